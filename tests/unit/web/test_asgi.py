"""HTTP in and out: limits, clients that leave, HEAD, and what happens when the sandbox itself is wrong."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.app import Sandbox
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict
from paysandbox.kit.provider import Handler
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, dump, fresh_runtime, nothing_changes

PROVIDER = "invisible_collector"
PATH = "/invisible-collector/payments"
HEADERS = {"authorization": "Bearer ic-test-token", "content-type": "application/json"}
BODY = {
    "number": "RG 1",
    "type": "RG",
    "date": "2016-07-20",
    "currency": "EUR",
    "lines": [{"number": "FT 2016/101", "amount": 1}],
}


def scope_of(**changes: Any) -> dict[str, Any]:
    """The ASGI scope of a POST."""
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
        "server": ("127.0.0.1", 4080),
    }
    return scope | changes


def drive(
    runtime: Runtime, scope: dict[str, Any], messages: Iterable[dict[str, Any]]
) -> tuple[list[dict[str, Any]], int]:
    """What the application sends for a scope and the client's messages, and how many of these it took."""
    sent: list[dict[str, Any]] = []
    coming = iter(messages)
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        message = next(coming, None)
        assert message is not None, "the application waits for more than the client sends"
        taken += 1
        return message

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(StopIteration):
        Sandbox(runtime)(scope, receive, send).send(None)
    return sent, taken


def chunk(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def with_handler(base: Runtime, handler: Handler) -> Client:
    """A client of a sandbox whose POST /payments is this function."""
    runtime = fresh_runtime(base)
    service = base.services[PROVIDER].replace(handlers={"createPayment": handler})
    return Client(
        Runtime(
            services={**base.services, PROVIDER: service},
            control=base.control,
            namespaces=runtime.namespaces,
            settings=runtime.settings,
            version=runtime.version,
            time=runtime.time,
        )
    )


@pytest.fixture
def narrow(base_runtime: Runtime) -> Runtime:
    """A sandbox that takes a head of 300 bytes and a body of 300."""
    return fresh_runtime(base_runtime, Settings(head_limit=300, body_limit=300))


@pytest.mark.parametrize("part", ["header value", "header name", "many headers", "query"])
def test_a_head_beyond_the_limit_is_refused(narrow: Runtime, part: str) -> None:
    """In the provider's words and with the reason, wherever the bytes are; the call is in the journal and not made."""
    client = Client(narrow, headers=HEADERS)
    parts: dict[str, dict[str, Any]] = {
        "header value": {"headers": {"x": "y" * 300}},
        "header name": {"headers": {"y" * 300: "x"}},
        "many headers": {"raw_headers": [("x", "yyyyyyy")] * 40},
        "query": {"query": "y=" + "y" * 300},
    }
    grown = parts[part]
    with nothing_changes(client, PROVIDER):
        response = client.post(PATH, BODY, **grown)
    assert (response.status, response.headers["content-type"]) == (400, "application/json")
    assert re.match("the request head has [0-9]+ bytes, and the limit is 300 bytes", response.explain)
    (entry,) = Client(narrow).get("/_sandbox/namespaces/default/requests").json["requests"]
    assert (entry["id"], entry["operation"]) == (response.headers["x-sandbox-request"], "createPayment")


@pytest.mark.parametrize("path", ["/_sandbox/health", "/nowhere", "/_sandbox/docs/invoiless"])
def test_a_head_beyond_the_limit_that_calls_no_provider_is_431(narrow: Runtime, path: str) -> None:
    """As a problem document."""
    response = Client(narrow).get(path, headers={"x": "y" * 300})
    assert (response.status, response.headers["content-type"]) == (431, "application/problem+json")
    assert response.json["detail"] == "the limit is 300 bytes"


def test_a_path_beyond_the_limit_is_not_found(narrow: Runtime) -> None:
    """In the provider's words, as any other path that it does not have."""
    response = Client(narrow, headers=HEADERS).post(f"{PATH}/1/{'y' * 300}", BODY)
    assert response.status == 404
    assert "has no path" in response.explain


def test_a_head_at_the_limit_is_served(base_runtime: Runtime) -> None:
    """One byte more is too much."""
    pairs = sum(len(name) + len(value) for name, value in {**HEADERS, "host": "127.0.0.1:4080"}.items())
    size = pairs + len(PATH) + len("x" + "y" * 50)
    statuses = [
        Client(fresh_runtime(base_runtime, Settings(head_limit=limit))).post(
            PATH, BODY, headers={**HEADERS, "x": "y" * 50}
        )
        for limit in (size, size - 1)
    ]
    assert [one.status for one in statuses] == [201, 400]


def test_the_limits_are_64_kib_and_1_mib() -> None:
    assert (Settings().head_limit, Settings().body_limit) == (65536, 1048576)


def test_a_body_at_the_limit_is_read(narrow: Runtime) -> None:
    """300 bytes are, 301 are not."""
    client = Client(narrow, headers=HEADERS)
    content = b'{"a":1}'.ljust(300)
    for body, status in ((content, 422), (content + b" ", 400)):
        response = client.call("POST", PATH, content=body)
        assert response.status == status
    assert "longer than the limit" in response.explain


def test_a_body_in_chunks_is_put_together(narrow: Runtime) -> None:
    content = b'{"number": 1}'
    messages = [chunk(content[:3], more=True), chunk(b"", more=True), chunk(content[3:], more=False)]
    (start, body), _ = drive(narrow, scope_of(), messages)
    assert start["status"] == 422
    assert b"syntactically correct" in body["body"]


def test_a_body_in_chunks_beyond_the_limit_is_not_read_to_its_end(narrow: Runtime) -> None:
    """Read on for 64 limits, so that the client sees the refusal, but not kept, and not for ever."""
    endless = (chunk(b"x" * 100, more=True) for _ in range(1_000_000))
    (start, body), taken = drive(narrow, scope_of(), endless)
    assert (start["status"], body["body"]) == (400, b'{"code":400,"message":"Invalid JSON"}')
    assert taken == 64 * 300 // 100 + 1


def test_the_last_chunk_counts_as_well(narrow: Runtime) -> None:
    """300 bytes and one more."""
    messages = [chunk(b"x" * 300, more=True), chunk(b"x", more=False)]
    (start, _), _ = drive(narrow, scope_of(), messages)
    assert start["status"] == 400


@pytest.mark.parametrize("before", [[], [chunk(b'{"number"', more=True)]], ids=["at once", "in the middle"])
def test_a_client_that_leaves_gets_no_answer_and_changes_nothing(
    runtime: Runtime, before: list[dict[str, Any]]
) -> None:
    """Half a request is none."""
    state = dump(runtime, PROVIDER)
    sent, _ = drive(runtime, scope_of(), [*before, {"type": "http.disconnect"}])
    assert sent == []
    assert dump(runtime, PROVIDER) == state


def test_a_websocket_is_turned_away(runtime: Runtime) -> None:
    """Closed before it is accepted, which servers answer with 403."""
    sent, _ = drive(runtime, {"type": "websocket", "path": PATH, "headers": []}, [{"type": "websocket.connect"}])
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_head_is_get_without_its_body(client: Client) -> None:
    """The same headers, Content-Length included."""
    got, headed = (client.call(method, "/_sandbox/providers") for method in ("GET", "HEAD"))
    assert (got.status, headed.status) == (200, 200)
    assert headed.content == b""
    assert headed.headers == got.headers
    assert headed.headers["content-length"] == str(len(got.content))


def test_head_is_not_where_get_is_not(client: Client) -> None:
    """405 with Allow, and no body."""
    response = client.call("HEAD", PATH, headers=HEADERS)
    assert (response.status, response.headers["allow"], response.content) == (405, "POST", b"")


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "post", "QUERY"])
def test_any_other_method_is_405_with_allow(client: Client, method: str) -> None:
    response = client.call(method, PATH, headers=HEADERS)
    assert (response.status, response.headers["allow"]) == (405, "POST")
    assert response.json == {"code": 405, "message": "Method Not Allowed"}


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_is_led_from_the_root_to_the_start_page(client: Client, method: str) -> None:
    """303, without a body, and nothing is kept in a journal."""
    response = client.call(method, "/", headers={"accept": BROWSER})
    assert (response.status, response.headers["location"], response.content) == (303, "/_sandbox/", b"")
    assert client.get(response.headers["location"], headers={"accept": BROWSER}).status == 200
    assert len(client.runtime.namespaces.get("default").journal) == 0


def test_what_a_browser_asks_for_by_itself_is_in_no_journal(client: Client) -> None:
    """The icon, which each view of JSON makes it ask for; as a path of a namespace it is as unknown as any other."""
    response = client.get("/favicon.ico")
    assert (response.status, response.content) == (204, b"")
    assert len(client.runtime.namespaces.get("default").journal) == 0
    assert client.get("/ns/a/favicon.ico").status == client.call("POST", "/favicon.ico").status == 404


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/", "*/*"),
        ("GET", "/", "application/json"),
        ("GET", "/", None),
        ("POST", "/", BROWSER),
        ("GET", "//", BROWSER),
        ("GET", "/nope", BROWSER),
        ("GET", "/ns/a/", BROWSER),
    ],
)
def test_any_other_client_gets_the_problem_document(client: Client, method: str, path: str, accept: str | None) -> None:
    """Only a browser that asks for the root itself wants a page."""
    response = client.call(method, path, headers={"accept": accept})
    assert (response.status, response.json["title"]) == (404, "No such provider")


@pytest.mark.parametrize("path", ["/", "/payments", "/invisible_collector/payments", "/ns/a/nobody", "*", "//", "/é"])
def test_where_nobody_is_the_sandbox_says_who_is_where(client: Client, path: str) -> None:
    """404, a problem document that names every prefix."""
    response = client.get(path)
    assert (response.status, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json["title"] == "No such provider"
    for service in client.runtime.services.values():
        assert f"/{service.provider.prefix}" in response.json["detail"]
    assert "/_sandbox" in response.json["detail"]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/crm_com/soap", "did you mean /crm-com? the providers"),
        ("/Invoiles/v1/payments", "did you mean /invoiless? the providers"),
        ("/sandbox/health", "did you mean /_sandbox? the providers"),
        ("/debts/find", "did you mean /invisible-collector/debts/find? the providers"),
        ("/invoices.json", "did you mean /invoicexpress/invoices.json? the providers"),
        ("/ns/a/v1/payments/1", "did you mean /invoiless/v1/payments/1? the providers"),
        ("/nobody/x", "the providers"),
        ("/" + "x" * 5000, "the providers"),
    ],
)
def test_an_unknown_mount_is_told_the_nearest(client: Client, path: str, near: str) -> None:
    """A misspelt prefix, or a path of the contract without any."""
    assert client.post(path, {}).json["detail"].startswith(near)


def test_a_call_to_an_unknown_mount_is_in_the_journal(client: Client) -> None:
    """In the namespace that it chose, else in `default`; its credentials are masked."""
    headers = {"api-key": "secret-of-mine", "authorization": "Bearer secret-of-mine"}
    reply = client.post("/nope/v1/x", {"password": "secret-too"}, headers=headers, query="token=secret-too&a=1")
    assert reply.headers["x-sandbox-request"] == "default-1"
    (entry,) = client.get("/_sandbox/namespaces/default/requests").json["requests"]
    assert (entry["provider"], entry["operation"], entry["status"], entry["refused"]) == (None, None, 404, True)
    assert (entry["url"], entry["advice"]) == ("/nope/v1/x?token=***&a=1", [])
    assert entry["explanation"].startswith("the providers are at ")
    assert "secret" not in str(entry)
    client.get("/ns/mine/nope")
    assert len(client.get("/_sandbox/namespaces/mine/requests").json["requests"]) == 1
    client.get("/nope", headers={"x-sandbox-namespace": "no name!"})
    assert len(client.get("/_sandbox/namespaces/default/requests").json["requests"]) == 2
    assert client.get("/_sandbox/namespaces/default/requests", query="provider=invoiless").json["requests"] == []


@pytest.mark.parametrize("path", ["/", "/_sandbox/nope", "/_sandbox/"])
def test_other_pages_that_are_not_there_are_in_no_journal(client: Client, path: str) -> None:
    client.get(path)
    assert client.get("/_sandbox/namespaces/default/requests").json["requests"] == []


def keeps_something(state: Any) -> str:
    """What every broken handler below has done before it breaks."""
    identity: str = state.uuid("payment")
    state.companies.put(replace(next(state.companies.records()), id=identity))
    return identity


def raises(_: Call, state: Any) -> Reply:
    keeps_something(state)
    raise KeyError("a mistake")


def undocumented_status(_: Call, state: Any) -> Reply:
    """Answers what the contract does not list."""
    keeps_something(state)
    return Reply(202, {})


def undocumented_body(_: Call, state: Any) -> Reply:
    """Answers another body than the contract's."""
    return Reply(201, {"number": keeps_something(state)})


def no_body(_: Call, state: Any) -> Reply:
    """Answers without the body that the contract asks for."""
    keeps_something(state)
    return Reply(201)


def unlisted_rule(_: Call, state: Any) -> Reply:
    """Passes through a rule that its contract lacks."""
    keeps_something(state)
    raise Conflict("no", rule="no-such-rule", facts={"gid": state.uuid("payment")})


@pytest.mark.parametrize(
    ("handler", "says"),
    [
        (raises, "KeyError: 'a mistake'"),
        (undocumented_status, "ContractBreach: createPayment answers the undocumented status 202"),
        (undocumented_body, "ContractBreach: createPayment answers 201 against its contract: "),
        (no_body, "ContractBreach: createPayment answers 201 without the application/json of its contract"),
        (
            unlisted_rule,
            "ContractBreach: createPayment passes through rules that are not in its contract: no-such-rule",
        ),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_breach_is_loud_and_undoes_the_call(
    base_runtime: Runtime, handler: Callable[[Call, Any], Reply], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in the sandbox's own voice, never in the provider's words; nothing stays, ids included."""
    client = with_handler(base_runtime, handler)
    with nothing_changes(client, PROVIDER):
        response = client.post(PATH, BODY, headers=HEADERS)
    assert (response.status, response.headers["content-type"]) == (500, "application/problem+json")
    assert response.json["title"] == "The sandbox broke its own contract"
    assert response.json["detail"].startswith(says)
    assert response.explain.startswith(f"contract breach: {says}")
    assert response.headers["x-sandbox-request"] == "default-1"
    assert says in caplog.text


def test_after_a_breach_the_sandbox_goes_on(base_runtime: Runtime) -> None:
    """The next call is answered as if the broken one had not been."""
    broken = with_handler(base_runtime, raises)
    assert broken.post(PATH, BODY, headers=HEADERS).status == 500
    assert broken.get("/_sandbox/health").status == 200
    assert broken.post(PATH, {}, headers=HEADERS).status == 422


def test_an_empty_answer_has_no_content_type(client: Client) -> None:
    response = client.post("/_sandbox/reset")
    assert (response.status, response.content) == (204, b"")
    assert "content-type" not in response.headers
