"""What a browser gets of the control plane: each page under a policy of its own, and no text of a client as markup."""

import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import Runtime
from tests.helpers.html_reading import read_page
from tests.helpers.raw_http import Message
from tests.helpers.runtimes import Client, Response
from tests.helpers.valid_calls import operations, valid_call
from tests.system.security.walking import control_operations, control_requests, page_paths, path_of

HOSTILE: Final = "</style></textarea></script><script>alert('x')</script><img src=x onerror=alert(1)>"
FORMS: Final = ("json", "text", "junit", "html")
SAID: Final = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
}


def pages(runtime: Runtime) -> Iterator[tuple[str, str]]:
    """Yield path and query of every page: those of the console's routes, and reports that the contract has as HTML."""
    yield from ((path, "") for path in page_paths(runtime))
    for operation in control_operations(runtime):
        if not _answers_a_page(operation, runtime):
            continue
        assert "format" in _query(operation, runtime)
        yield path_of(operation), "format=html"


def _answers_a_page(operation: Operation, runtime: Runtime) -> bool:
    described = runtime.control.contract.document["paths"][operation.template][operation.method.lower()]
    return "text/html" in described["responses"].get("200", {}).get("content", {})


def _query(operation: Operation, runtime: Runtime) -> list[str]:
    item = runtime.control.contract.document["paths"][operation.template]
    listed = [*item.get("parameters", ()), *item[operation.method.lower()].get("parameters", ())]
    return [one.get("name", one.get("$ref", "").rpartition("/")[2]).lower() for one in listed]


def called(runtime: Runtime) -> Client:
    """A sandbox in which hostile text was sent to every operation: in path, query, headers and body."""
    client = Client(runtime)
    for name, operation in operations(runtime):
        call = valid_call(runtime, name, operation)
        call.send(client, x_note=HOSTILE, user_agent=HOSTILE, prefer=f"code={HOSTILE}")
        call.send(client, query=f"{HOSTILE.replace('&', '')}={HOSTILE}")
        client.call(operation.method, f"{call.path}{HOSTILE}", headers=call.headers)
        wrong = {HOSTILE: HOSTILE, "note": HOSTILE}
        client.call(operation.method, call.path, json=wrong, headers=call.headers, query=HOSTILE)
    return client


def check_tame(response: Response) -> None:
    """A page in which nothing that a client said has become an element or runs."""
    page = read_page(response)
    assert not [one for one in page if one.tag == "img" or any(name.startswith("on") for name in one.attributes)]
    assert not [one for one in page.all("script") if "alert" in one.raw]


def test_every_page_is_under_a_policy(runtime: Runtime) -> None:
    """Only its own style and script, by their hashes; no frame around it, nothing sent anywhere but here."""
    client = Client(runtime)
    client.get("/invoicexpress/nothing")  # the first call, which has a page
    found = list(pages(runtime))
    assert len(found) >= 8
    for path, query in found:
        response = client.get(path, query=query)
        page = read_page(response)
        policy = dict(one.split(" ", 1) for one in response.headers["content-security-policy"].split("; "))
        for tag, directive in (("style", "style-src"), ("script", "script-src")):
            hashes = [f"'sha256-{b64encode(sha256(one.raw.encode()).digest()).decode()}'" for one in page.all(tag)]
            assert (policy.pop(directive).split(" ") if directive in policy else []) == hashes, path
        assert policy.pop("connect-src") == "'self'"
        assert policy.pop("img-src") == "data:"
        # A form asks this sandbox for another list; a page that can be saved as a file has none.
        assert policy.pop("form-action") == ("'self'" if page.all("script") else "'none'")
        assert set(policy) == {"default-src", "base-uri", "frame-ancestors"}
        assert set(policy.values()) == {"'none'"}
        assert response.headers["referrer-policy"] == "same-origin"


def test_every_answer_of_the_control_plane_is_taken_for_what_it_says(runtime: Runtime) -> None:
    """Carried out or refused: no browser guesses at its type, keeps it, or lets another site embed it."""
    client = called(runtime)
    requests = [message for _, message in control_requests(runtime)]
    requests += [Message("GET", "/_sandbox/health"), Message("GET", "/_sandbox/nothing"), Message("PUT", "/_sandbox/")]
    for message in requests:
        for host in ("127.0.0.1:4080", "evil.example"):
            reply = client.call(message.method, message.target, content=message.body, headers={"host": host})
            assert {name: reply.headers.get(name) for name in SAID} == SAID, message


@pytest.mark.parametrize("form", FORMS)
def test_reports_hold_no_markup_of_clients(runtime: Runtime, form: str) -> None:
    client = called(runtime)
    for path in ("/_sandbox/coverage", "/_sandbox/namespaces/default/coverage"):
        response = client.get(path, query=f"format={form}")
        assert response.status == 200
        assert b"alert(" not in response.content


def test_what_clients_say_is_text_on_every_page(runtime: Runtime) -> None:
    """And it is there as text, on the page that shows calls."""
    client = called(runtime)
    for path, query in pages(runtime):
        check_tame(client.get(path, query=query))
    assert HOSTILE in read_page(client.get("/_sandbox/")).text


def test_the_journal_is_no_page(runtime: Runtime) -> None:
    """It repeats markup as it was sent, inside of JSON that no browser takes for a page."""
    client = called(runtime)
    listed = client.get("/_sandbox/namespaces/default/requests")
    assert listed.headers["content-type"] == "application/json"
    assert "alert(1)" in str(listed.json)


def test_the_report_that_exec_writes_has_no_markup_of_clients(tmp_path: Path) -> None:
    """A page that is opened from a file, or kept by a build server, has no headers to rely on."""
    ask = (
        "import http.client, os; from urllib.parse import urlsplit, quote; "
        f"hostile = {HOSTILE!r}; url = urlsplit(os.environ['INVOILESS_URL']); "
        "client = http.client.HTTPConnection(url.netloc); "
        "client.request('GET', url.path + '/' + quote(hostile) + '?' + quote(hostile), headers={'api-key': hostile}); "
        "client.getresponse().read()"
    )
    report = tmp_path / "coverage.html"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "paysandbox", "exec", "--coverage", report, "--", sys.executable, "-c", ask],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "1 call, 1 refused" in done.stderr
    assert "alert(" not in report.read_text()
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", report.read_text())
