"""Bytes that no client should send, over real sockets: refused in each provider's own words, with the reason beside.

Every case meets every operation that it can be made of. Afterwards nothing has changed, and the operation still works.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import pytest

from sandbox.contract.operation import Operation
from sandbox.provider import installed
from sandbox.server import Server
from tests import raw_http
from tests.conformance.subject import Subject
from tests.raw_http import Change, Message, Target, break_off, replies
from tests.support import Response

METHODS: Final = ("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")
DOUBLED: Final = "a doubled slash"

# The only part that knows who is installed: the form of a refusal, and the status and words of each kind.
WORDS: Final[Mapping[str, tuple[str, Mapping[str, tuple[int, str]]]]] = {
    "crm_com": (
        r'\{"status":\{"code":"WORDS","description":"[^"]+","message":"[^\n]+"\}\}',
        {"malformed": (200, "INVALID_REQUEST"), "unauthenticated": (200, "INVALID_TOKEN")}
        | {"not found": (404, "NOT_FOUND"), "method": (405, "INVALID_REQUEST")},
    ),
    "invisible_collector": (
        r'\{"code":STATUS,"message":"WORDS"\}',
        {"malformed": (400, "Invalid JSON"), "unauthenticated": (401, "Invalid credentials were supplied")}
        | {"not found": (404, '[^"]+'), "method": (405, "Method Not Allowed")},
    ),
    "invoicexpress": (
        "",
        {"malformed": (422, ""), "unauthenticated": (401, ""), "not found": (404, ""), "method": (405, "")},
    ),
    "invoiless": (
        r'\{"message":"WORDS"\}',
        {
            "malformed": (400, "The request was unacceptable, often due to missing a required parameter."),
            "unauthenticated": (403, "The API key doesn't have permissions to perform the request."),
            "not found": (404, "The requested resource doesn't exist."),
            "method": (405, "The resource does not take this method."),
        },
    ),
}
NO_JSON: Final[Mapping[str, tuple[Callable[[bytes], bytes], str]]] = {
    "empty": (lambda _: b"", "empty"),
    "blank": (lambda _: b" \r\n", "empty"),
    "cut short": (lambda body: body[:-1], "not JSON"),
    "two values": (lambda body: body * 2, "not JSON"),
    "a trailing comma": (lambda body: body[:-1] + b",}", "not JSON"),
    "single quotes": (lambda body: body.replace(b'"', b"'"), "not JSON"),
    "a comment": (lambda body: b"/* paid */" + body, "not JSON"),
    "a form": (lambda _: b"amount=1&currency=EUR", "not JSON"),
    "NaN": (lambda body: b'{"x":NaN,' + body[1:], "not JSON"),
    "Infinity": (lambda body: b'{"x":-Infinity,' + body[1:], "not JSON"),
    "1e400": (lambda body: b'{"x":1e400,' + body[1:], "out of range"),
    "301 digits": (lambda body: b'{"x":' + b"1" * 301 + b"," + body[1:], "301 characters"),
    "deep nesting": (lambda body: b'{"x":' + b"[" * 9000 + b"]" * 9000 + b"," + body[1:], "nested"),
    "a member twice": (lambda body: b'{"x":1,"x":1,' + body[1:], "twice"),
    "half a surrogate pair": (lambda body: rb'{"x":"\ud800",' + body[1:], "surrogate"),
    "a byte order mark": (lambda body: b"\xef\xbb\xbf" + body, "byte order mark"),
    "UTF-16": (lambda body: body.decode().encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (lambda body: body.decode().encode("utf-16-be"), "UTF-16"),
    "Latin-1": (lambda body: b'{"x":"\xe9",' + body[1:], "not UTF-8"),
    "compressed": (lambda _: bytes.fromhex("1f8b08000000000000ffab562a4b2d2a56b2520200"), "not JSON"),
    "a NUL": (lambda body: body + b"\0", "not JSON"),
}
NOT_DECLARED_JSON: Final[Sequence[list[str]]] = (
    *([], [""], ["*/*"], ["text/plain"], ["text/json"], ["application/jsonp"], ["application/x-www-form-urlencoded"]),
    *(["application/json; charset=utf-16"], ["application/json, application/json"], ["application/json"] * 2),
    ["application/\xff"],
)
NO_PATH: Final[Mapping[str, Callable[[str], str]]] = {
    "another": lambda _: "/no/such/path",
    "the root": lambda _: "/",
    "a trailing slash": lambda path: path + "/",
    "an encoded trailing slash": lambda path: path + "%2F",
    "a trailing dot": lambda path: path + "/.",
    "a trailing NUL": lambda path: path + "%00",
    "a step up": lambda path: "/x/.." + path,
    "upper case": str.upper,
    DOUBLED: lambda path: "/" + path,
}
NO_ID: Final = (
    *("+1", "01", "-1", "1.0", "1e0", "0x1", "1%20", "%201", "1%2F1", "%2F", "1;v=1", "1,2", "'", "%", "%zz"),
    *("%00", "1%00", "%FF", "%D9%A1", "%EF%BC%91", "%0D%0AX:1", ".", "..", "%2e%2e", "null", "1" * 60_000),
)
# The credential as sent (`{}` stands for the one that works), and what the explanation says.
NO_CREDENTIAL: Final[Mapping[str, tuple[Sequence[str], str]]] = {
    "none": ([], "missing|has no"),
    "an empty one": ([""], "missing|has no"),
    "twice": (["{}", "{}"], "2 times|twice"),
    "one that nobody has": (["nobodys"], "has this"),
    "more than one": (["{}, {}"], "has this"),
    "one with a letter more": (["{}x"], "has this"),
    "beyond ASCII": (["{}\xff"], "has this"),
    "a long one": (["x" * 60_000], "has this"),
}
ELSEWHERE: Final = ("header authorization", "header x-api-key", "header api-key", "query api_key", "query access_token")
OPERATIONS: Final = {provider.name: Subject(provider.name).operations for provider in installed()}


def every(
    cases: Iterable[object], wanted: Callable[[Operation], bool] = lambda _: True
) -> Callable[[Callable[..., None]], pytest.MarkDecorator]:
    """Run a test for every provider that has an operation as wanted, and for every case."""
    names = [name for name, operations in OPERATIONS.items() if any(wanted(one) for one in operations)]
    pairs = [pytest.param(name, case, id=f"{name}-{str(case)[:40]}") for name in names for case in cases]
    return pytest.mark.parametrize(("target", "case"), pairs, indirect=["target"])


@pytest.fixture(scope="module")
def targets() -> Iterator[Mapping[str, Target]]:
    """Every provider on one live server."""
    with Server() as server:
        yield {name: Target(server, name) for name in OPERATIONS}


@pytest.fixture
def target(targets: Mapping[str, Target], request: pytest.FixtureRequest) -> Target:
    """The provider that the test is about."""
    return targets[request.param]


def refused(target: Target, reply: Response, kind: str, why: str) -> None:
    """Check that a reply is the provider's own refusal of that kind, and that it says why."""
    form, (status, words) = WORDS[target.name][0], WORDS[target.name][1][kind]
    assert reply.status == status, reply
    assert re.fullmatch(form.replace("STATUS", str(status)).replace("WORDS", words), reply.content.decode()), reply
    assert reply.headers.get("content-type") == ("application/json" if form else None)
    assert re.search(why, reply.explain), reply.explain


def refuses(target: Target, calls: Iterable[Operation], change: Change, kind: str, why: str) -> None:
    """Check that valid calls are refused once they are changed, and that this does no harm."""
    for operation in calls:
        with target.unharmed(operation):
            refused(target, target.send(change(target.valid(operation))), kind, why)


def test_the_words_of_every_provider_are_known() -> None:
    """Whoever is installed has a row in the table."""
    assert WORDS.keys() == OPERATIONS.keys()


@every(NO_JSON, raw_http.takes_a_body)
def test_a_body_that_is_no_json_is_malformed(target: Target, case: str) -> None:
    """However it is broken."""
    change, why = NO_JSON[case]
    calls = filter(raw_http.takes_a_body, target.operations)
    refuses(target, calls, lambda message: message.but(body=change(message.body)), "malformed", why)


@every(NOT_DECLARED_JSON, raw_http.takes_a_body)
def test_a_body_that_is_not_declared_as_json_is_malformed(target: Target, case: list[str]) -> None:
    """Without a Content-Type, with another one, or with two."""
    calls, why = filter(raw_http.takes_a_body, target.operations), "the Content-Type must be application/json; it is"
    refuses(target, calls, lambda message: message.having("content-type", *case), "malformed", why)


@every(raw_http.TOO_LONG, raw_http.takes_a_body)
def test_a_body_longer_than_it_may_be_is_malformed(target: Target, case: str) -> None:
    """The refusal reaches the client, however much it goes on to send."""
    change, why = raw_http.TOO_LONG[case]
    refuses(target, filter(raw_http.takes_a_body, target.operations), change, "malformed", why)


@every(METHODS)
def test_another_method_is_not_allowed(target: Target, case: str) -> None:
    """405, and Allow names those that are; HEAD is where GET is, and has its headers."""
    for operation in target.operations:
        allowed = {one.method for one in target.operations if one.template == operation.template}
        allowed |= {"HEAD"} if "GET" in allowed else set()
        with target.unharmed(operation):
            message = target.valid(operation).but(method=case)
            if case not in allowed:
                reply = target.send(message)
                assert (reply.status, set(reply.headers["allow"].split(", "))) == (405, allowed)
                assert f"does not take {case}; it takes" in reply.explain
                if case != "HEAD":
                    refused(target, reply, "method", "")
            elif case == "HEAD":
                got, headed = target.send(message.but(method="GET")), target.send(message)
                own = {"date": "", "x-sandbox-request": ""}
                assert (headed.status, {**headed.headers, **own}) == (got.status, {**got.headers, **own})


@every(NO_PATH)
def test_another_path_is_not_found(target: Target, case: str) -> None:
    """In the provider's words; no redirect to a path that exists. Some tolerate a doubled slash."""
    root = target.subject.root

    def moved(message: Message) -> Message:
        path, mark, query = message.target.removeprefix(root).partition("?")
        return message.but(target=root + NO_PATH[case](path) + mark + query)

    if case == DOUBLED and target.provider.tolerates_double_slash:
        target.carries_out(target.operations, moved)
    else:
        refuses(target, target.operations, moved, "not found", "has no path|is not of the form")


@every(NO_ID, raw_http.has_an_id)
def test_what_can_be_no_id_names_nothing(target: Target, case: str) -> None:
    """Ids have one form each, and nothing else is read as one."""
    for operation in filter(raw_http.has_an_id, target.operations):
        with target.unharmed(operation):
            refused(target, target.send(target.valid(operation, case)), "not found", r"\w")


@every(NO_CREDENTIAL, raw_http.wants_a_credential)
def test_without_one_good_credential_nobody_comes_in(target: Target, case: str) -> None:
    """Whoever is not known learns nothing else. A body that names somebody twice is no JSON."""
    values, why = NO_CREDENTIAL[case]
    for operation in filter(raw_http.wants_a_credential, target.operations):
        kind = "malformed" if operation.scheme is None and len(values) > 1 else "unauthenticated"
        with target.unharmed(operation):
            refused(target, target.send(target.with_credential(operation, values)), kind, why)


@every(ELSEWHERE, raw_http.wants_a_credential)
def test_a_credential_in_another_place_is_not_read(target: Target, case: str) -> None:
    """And is pointed out."""
    place, name = case.split()
    for operation in filter(raw_http.wants_a_credential, target.operations):
        message = target.with_credential(operation, [])
        if operation.scheme is not None and operation.scheme.name == name:
            continue
        with target.unharmed(operation):
            query = message.but(target=f"{message.target.partition('?')[0]}?{name}=x")
            reply = target.send(message.having(name, "x") if place == "header" else query)
            refused(target, reply, "unauthenticated", f"there is a {place} .*{name}, which this API does not read")


@every(raw_http.LONG_HEADS)
def test_a_head_over_64_kib_is_refused(target: Target, case: str) -> None:
    """By the sandbox itself: a vendor's server would not say anything of its own here."""
    for operation in target.operations:
        with target.unharmed(operation):
            reply = target.send(raw_http.LONG_HEADS[case](target.valid(operation)))
            assert (reply.status, reply.json["detail"]) == (431, "the limit is 65536 bytes")


@every(raw_http.NO_HTTP)
def test_what_is_no_http_is_refused(target: Target, case: str) -> None:
    """Once, with a reason, and the connection is closed."""
    for operation in target.operations:
        with target.unharmed(operation):
            (reply,) = replies(target.address, [raw_http.NO_HTTP[case](target.valid(operation))])
            assert reply.status == 400
            assert "not HTTP/1.1" in reply.explain


@every(raw_http.LEFT)
def test_who_leaves_in_the_middle_gets_no_answer(target: Target, case: str) -> None:
    """Whether the connection is closed or broken off; and nothing is done."""
    for operation in target.operations:
        half = raw_http.LEFT[case](target.valid(operation))
        with target.unharmed(operation):
            assert replies(target.address, [half], leaves=True) == []
            break_off(target.address, half)


@every(raw_http.FORMS)
def test_what_is_odd_but_http_is_carried_out(target: Target, case: str) -> None:
    """As if it had been sent in the usual form."""
    target.carries_out(target.operations, raw_http.FORMS[case])


@every([b" /", b"host", b"connection", b"upgrade: ", b"\r\n\r\n"])
def test_a_slow_request_is_carried_out(target: Target, case: bytes) -> None:
    """However it is cut into packets: here two bytes after a piece of it begins, and before its last byte."""
    for operation in target.operations:
        target.reset()
        wire = raw_http.FORMS["with an offer of HTTP/2"](target.valid(operation)).wire
        cut = wire.index(case) + 2
        (reply,) = replies(target.address, [wire[:cut], wire[cut:-1], wire[-1:]], pause=0.01)
        assert target.done(operation, reply), operation.id


@every(["one packet", "three packets"])
def test_requests_in_a_row_are_answered_in_their_order(target: Target, case: str) -> None:
    """A refused one does not spoil the next."""
    for operation in target.operations:
        target.reset()
        message = target.valid(operation).having("connection", "keep-alive")
        wrong = message.but(target=target.subject.root + "/no/such/path")
        wires = [wrong.wire, message.wire, wrong.having("connection", "close").wire]
        first, second, third = replies(target.address, wires if case == "three packets" else [b"".join(wires)])
        assert target.done(operation, second), operation.id
        for reply in (first, third):
            refused(target, reply, "not found", "has no path")
