"""The console's routes: HEAD, other methods and paths, and a page that fails."""

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from paysandbox.app import Sandbox
from paysandbox.contract import document, password_names
from paysandbox.core.messages import PROBLEM_TYPE
from paysandbox.kit.runtime import Runtime
from paysandbox.server.live import Server
from tests.helpers.html_reading import read_page
from tests.helpers.runtimes import Client, fresh_runtime
from tests.system.security.walking import page_paths
from tests.unit.control.asking import check_problem


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    client.get("/invoicexpress/nothing")  # the first call, which has a page
    for path in page_paths(client.runtime):
        got, head = client.get(path), client.call("HEAD", path)
        assert (head.status, head.headers, head.content) == (200, got.headers, b"")
        assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "X"])
def test_a_page_takes_no_other_method(client: Client, method: str) -> None:
    """405 with the methods that it takes, worded as the control plane's."""
    for path in page_paths(client.runtime):
        takes = "GET, HEAD, POST" if path == "/_sandbox/open" else "GET, HEAD"
        if method in takes:
            continue  # a file that is opened is posted
        response = client.call(method, path)
        check_problem(response, 405, f"does not take {method}; it takes {takes}")
        assert response.headers["allow"] == takes


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/invoiless/", "/docs/invoiless/x/y", "//", "/nothing"])
def test_a_path_without_a_page_is_not_found(client: Client, path: str) -> None:
    """404 without a redirect; a path close to one of the control API is named."""
    check_problem(client.get(f"/_sandbox{path}"), 404, f"has no path {path}")
    check_problem(client.get("/_sandbox/x/health"), 404, "did you mean /health?")


HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ELSEWHERE = "<script>alert(1)</script>"


def test_a_browser_gets_a_refusal_as_a_page(client: Client) -> None:
    """Every page of a namespace that does not exist: with its status, the reason, and the namespaces that exist."""
    client.post("/_sandbox/namespaces", {"name": "checkout-7"})
    paths = [path.replace("/default", "/nobody") for path in page_paths(client.runtime) if "/default" in path]
    assert len(paths) > 10
    for path in [*paths, "/_sandbox/?namespace=nobody", "/_sandbox/docs/invoiless?namespace=%00"]:
        bare, _, query = path.partition("?")
        response = client.get(bare, query=query, headers=HTML)
        page = read_page(response, 404)
        assert page.at("refusal").text.startswith("there is no "), path
        links = {one.text: one.attributes["href"] for one in page.at("refusal").all("a")}
        assert links["checkout-7"] == "/_sandbox/?namespace=checkout-7"
        check_problem(client.get(bare, query=query), 404, "there is no ")


def test_a_refusal_as_a_page_keeps_text_text_and_names_to_itself(base_runtime: Runtime) -> None:
    """A script in a name is no script; another site, and a client without the token, gets no list of namespaces."""
    client = Client(fresh_runtime(base_runtime))
    client.post("/_sandbox/namespaces", {"name": "checkout-7"})
    response = client.get("/_sandbox/", query=f"namespace={ELSEWHERE}", headers=HTML)
    assert ELSEWHERE.encode() not in response.content
    assert ELSEWHERE in read_page(response, 404).text
    assert client.call("POST", "/_sandbox/", headers=HTML).headers["allow"] == "GET, HEAD"
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"host": "evil.example"}):
        refused = client.get("/_sandbox/nothing", headers={**HTML, **headers})
        assert read_page(refused, 404).at("refusal").all("a") == []
        assert b"checkout-7" not in refused.content


def test_a_page_that_fails_says_so(base_runtime: Runtime) -> None:
    """500 as a problem document; the server sees the exception and logs it."""
    runtime = fresh_runtime(base_runtime)
    app = Sandbox(runtime)
    runtime.namespaces = None  # type: ignore[assignment] # a state of which no page can be made
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/_sandbox/",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:4080")],
    }
    with pytest.raises(TypeError):
        app(scope, receive, send).send(None)
    start, body = sent
    assert start["status"] == 500
    assert dict(start["headers"])[b"content-type"] == PROBLEM_TYPE.encode()
    assert json.loads(body["body"])["title"] == "Internal error"


def test_a_page_that_fails_is_logged_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """One record with the traceback, of a live server."""

    def fail(*_: Any) -> None:
        raise KeyError("a mistake")

    monkeypatch.setattr("paysandbox.web.console.routes.build_overview", fail)
    with Server() as server:
        connection = HTTPConnection(server.url().removeprefix("http://"))
        connection.request("GET", "/_sandbox/")
        assert connection.getresponse().status == 500
        connection.close()
    said = [record for record in caplog.records if "a mistake" in caplog.handler.format(record)]
    assert [record.exc_info is not None for record in said] == [True]


def test_a_page_costs_no_search_for_near_paths(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which took two milliseconds of each; only a path that has no page either is looked for."""
    sought: list[str] = []
    monkeypatch.setattr(document, "find_nearest", lambda path, _: sought.append(path))
    for path in page_paths(client.runtime):
        client.get(path.partition("?")[0], query=path.partition("?")[2], headers=HTML)
    assert not sought
    check_problem(client.get("/_sandbox/nothing"), 404, "has no path /nothing")
    assert sought == ["/nothing"]


def test_a_call_page_reads_no_contract_for_names_of_credentials(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But the first time: that took most of the page's time."""
    client.get("/invoiless/customers")
    read: list[dict[str, Any]] = []

    def find(document: dict[str, Any]) -> list[str]:
        read.append(document)
        return []

    monkeypatch.setattr(password_names, "find_password_names", find)
    for service in (*client.runtime.services.values(), client.runtime.control):
        vars(service.contract).pop("password_names", None)
    for _ in range(3):
        client.get("/_sandbox/calls/default-1", headers=HTML)
        client.get("/_sandbox/clock/default", headers=HTML)
    assert 0 < len(read) <= len(client.runtime.services) + 1
    for service in (*client.runtime.services.values(), client.runtime.control):
        vars(service.contract).pop("password_names", None)  # contracts are shared between tests
