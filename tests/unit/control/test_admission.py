"""Who may drive the sandbox: no web page of another site, and where there is a control token no client without it."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, Response, dump, fresh_runtime

TOKEN = "let-me-in"
CALLS = [
    ("GET", "/_sandbox/providers", 200),
    ("GET", "/_sandbox/openapi/control.json", 200),
    ("POST", "/_sandbox/reset", 204),
]


@pytest.fixture
def changed(runtime: Runtime) -> Client:
    """A sandbox with something to lose by a reset."""
    runtime.namespaces.get("default").state("invisible_collector").uuid("payment")
    return Client(runtime)


@pytest.fixture
def guarded(base_runtime: Runtime) -> Client:
    """A sandbox with a control token."""
    return Client(fresh_runtime(base_runtime, Settings(control_token=TOKEN)))


def check_refused(response: Response, status: int, title: str, says: str) -> None:
    """A problem document, and no leave for a page to read it."""
    assert (response.status, response.headers["content-type"]) == (status, "application/problem+json")
    assert (response.json["title"], response.json["status"]) == (title, status)
    assert says in response.json["detail"]
    assert not any(name.startswith("access-control-") for name in response.headers)


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
@pytest.mark.parametrize(
    "host", ["127.0.0.1:4080", "localhost:4080", "LOCALHOST", "[::1]:4080", "127.0.0.1", "localhost:1"]
)
def test_this_machine_may_ask(client: Client, method: str, path: str, status: int, host: str) -> None:
    assert client.call(method, path, headers={"host": host}).status == status


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:4080"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "localhost.evil.example:4080"},
        {"host": "localhost@evil.example"},
        {"host": "0.0.0.0:4080"},
        {"host": "192.168.1.5:4080"},
        {"host": "["},
        {"host": "localhost]"},
        {"host": "[127.0.0.1"},
        {"host": "evil.example", "origin": "http://evil.example", "sec-fetch-site": "same-origin"},
    ],
    ids=str,
)
def test_a_foreign_host_is_refused(changed: Client, headers: dict[str, str]) -> None:
    """A page may point its own name at this machine (DNS rebinding), and is same-origin then."""
    before = dump(changed.runtime, "invisible_collector")
    check_refused(changed.post("/_sandbox/reset", headers=headers), 403, "Forbidden origin", "the Host is")
    assert dump(changed.runtime, "invisible_collector") == before


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://127.0.0.1:4080",
        "http://127.0.0.1:4080.evil.example",
        "HTTP://127.0.0.1:4080/",
        "file://",
    ],
)
def test_a_foreign_origin_is_refused(changed: Client, origin: str) -> None:
    """Another port is another site, and a sandboxed frame or a file is `null`."""
    before = dump(changed.runtime, "invisible_collector")
    check_refused(changed.post("/_sandbox/reset", headers={"origin": origin}), 403, "Forbidden origin", "the Origin is")
    assert dump(changed.runtime, "invisible_collector") == before


def test_of_two_origins_both_must_be_this_one(client: Client) -> None:
    own, foreign = ("origin", "http://127.0.0.1:4080"), ("origin", "null")
    for pair in ([own, foreign], [foreign, own]):
        assert client.call("POST", "/_sandbox/reset", raw_headers=pair).status == 403
    assert client.call("POST", "/_sandbox/reset", raw_headers=[own]).status == 204


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 204), ("none", 204)]
)
def test_what_the_browser_says_of_the_site_counts(client: Client, site: str, status: int) -> None:
    """`none` is a person at the address bar; another port of localhost is `same-site`."""
    assert client.post("/_sandbox/reset", headers={"sec-fetch-site": site}).status == status


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
def test_whoever_sends_the_token_may_ask_under_any_host(guarded: Client, method: str, path: str, status: int) -> None:
    """In a network of containers the sandbox has other names."""
    headers = {"authorization": f"Bearer {TOKEN}", "host": "paysandbox:4080"}
    assert guarded.call(method, path, headers=headers).status == status


@pytest.mark.parametrize(("method", "path", "_status"), CALLS)
@pytest.mark.parametrize(
    "sent",
    [
        [],
        ["Bearer wrong"],
        [f"Bearer {TOKEN}x"],
        [f"Bearer {TOKEN[:-1]}"],
        [f"Basic {TOKEN}"],
        [TOKEN],
        ["Bearer "],
        ["Bearer ü"],
        [f"Bearer {TOKEN}", f"Bearer {TOKEN}"],
    ],
    ids=str,
)
def test_without_the_token_nobody_may_ask(
    guarded: Client, method: str, path: str, _status: int, sent: list[str]
) -> None:
    """401, on loopback as well; the token is not told."""
    response = guarded.call(method, path, raw_headers=[("authorization", one) for one in sent])
    check_refused(response, 401, "Control token missing or wrong", "Authorization: Bearer <token>")
    assert TOKEN.encode() not in response.content


@pytest.mark.parametrize("headers", [{"origin": "null"}, {"sec-fetch-site": "cross-site"}], ids=str)
def test_the_token_does_not_let_other_sites_in(guarded: Client, headers: dict[str, str]) -> None:
    """A page that has got hold of it is still a page."""
    response = guarded.post("/_sandbox/reset", headers={"authorization": f"Bearer {TOKEN}", **headers})
    check_refused(response, 403, "Forbidden origin", "")


def test_providers_ask_for_no_control_token(guarded: Client) -> None:
    """They have credentials of their own, and are meant to be called from anywhere."""
    headers = {"authorization": "Bearer ic-test-token", "host": "paysandbox:4080", "origin": "https://shop.example"}
    assert guarded.post("/invisible-collector/payments", {}, headers=headers).status == 422


def test_no_answer_of_the_control_plane_is_for_other_sites(client: Client) -> None:
    """No CORS, and no preflight passes."""
    preflight = client.call("OPTIONS", "/_sandbox/reset", headers={"origin": "https://evil.example"})
    assert preflight.status == 405
    for response in (preflight, client.get("/_sandbox/health"), client.get("/_sandbox/providers")):
        assert not any(name.startswith("access-control-") for name in response.headers)
