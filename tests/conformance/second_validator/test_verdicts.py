"""The second judges notice what they are there for: each wrong exchange is told, and a right one is not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Request
from paysandbox.core.problems import Invalid, Malformed, UnknownResource, Unroutable
from paysandbox.pipeline.dispatch import Observation, encode_headers
from paysandbox.pipeline.process import process
from tests.conformance.second_validator.contracts import document
from tests.conformance.second_validator.readers import Unreadable, declares_json, read
from tests.conformance.second_validator.verdicts import Exchange, on_the_reply, on_the_request
from tests.conformance.subject import Subject, base_runtime, names
from tests.helpers.observers import observe_exchanges
from tests.helpers.runtimes import Client, fresh_runtime

Change = Callable[[Exchange], Exchange]
ROOT: Final = Path(__file__).parents[3]
SHOWN: Final = "token=B8D7A12E9F91AFADE914B7330AFD08CB&payment_identifier=number%3D97"


def exchange_of(subject: Subject, operation: Operation) -> Exchange:
    """A valid call of an operation, and what became of it."""
    path = subject.service.contract.base_path + operation.template
    for parameter in subject.parameters(operation):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(parameter["example"]), safe=""))
    headers, query = subject.credential_of(operation)
    for parameter in subject.parameters(operation):
        if parameter["in"] == "query" and parameter.get("required"):
            query += f"&{parameter['name']}={quote(str(parameter['example']), safe='')}"
    query = query.strip("&")
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    content = b""
    if operation.body is not None:
        pairs.append((b"content-type", b"application/json"))
        content = write_json(next(iter(subject.examples(operation).values())))
    request = Request(operation.method, path, query, pairs, content)
    control = subject.service is subject.runtime.control
    state: Any = subject.runtime if control else subject.runtime.namespaces.get("default").state(subject.name)
    found = process(request, subject.service, state)
    sent = [(name.decode(), value.decode()) for name, value in encode_headers(found)]
    return Exchange(subject.name, request, found, found.reply.status, sent, found.content)


def findings(exchange: Exchange) -> str:
    contract = document(exchange.provider, exchange.variants)
    return "; ".join([*on_the_request(contract, exchange)[1], *on_the_reply(contract, exchange)])


def _asked(exchange: Exchange, **parts: Any) -> Exchange:
    return replace(exchange, request=replace(exchange.request, **parts))


def _refused(exchange: Exchange, problem: Any) -> Exchange:
    return replace(exchange, outcome=replace(exchange.outcome, problem=problem))


def _replied(exchange: Exchange, content: bytes, media_type: str = "application/json") -> Exchange:
    length = ("content-length", str(len(content)))
    return replace(exchange, content=content, headers=[length, ("content-type", media_type)])


ANY: Final[dict[str, tuple[Change, str]]] = {
    "an undocumented status": (lambda one: replace(one, status=299), "the status 299 is not among"),
    "a wrong length": (lambda one: replace(one, headers=[("content-length", "7777")]), "Content-Length"),
    "a breach": (lambda one: replace(one, outcome=replace(one.outcome, breach="x")), "breaks its contract: x"),
    "a path that is not there": (lambda one: _asked(one, path="/no/such/path"), "routed to None"),
    "a path not found that is there": (lambda one: _refused(one, Unroutable("x")), "Unroutable"),
    "another operation": (lambda one: replace(one, outcome=replace(one.outcome, operation=None)), "took it for None"),
    "a valid request refused": (lambda one: _refused(one, Invalid("x")), "expected no refusal"),
    "a path refused": (lambda one: _refused(one, UnknownResource("x")), "expected no refusal"),
}
WITH_A_BODY: Final[dict[str, tuple[Change, str]]] = {
    "an invalid body": (lambda one: _asked(one, content=b"[[]]"), "expected Invalid .the body breaks its schema"),
    "no JSON": (lambda one: _asked(one, content=b"{},"), "expected Malformed"),
    "a member twice": (lambda one: _asked(one, content=b'{"a":1,"a":1}'), "expected Malformed"),
    "no Content-Type": (lambda one: _asked(one, headers=[]), "expected UnsupportedMediaType"),
    "a body too long": (lambda one: _asked(one, content=None), "expected TooLarge"),
    "JSON refused as none": (lambda one: _refused(one, Malformed("x")), "expected no refusal"),
}
WITH_A_REPLY: Final[dict[str, tuple[Change, str]]] = {
    "a reply of another form": (lambda one: _replied(one, b'[{"x":1}]'), "breaks its schema"),
    "a reply cut short": (lambda one: _replied(one, one.content[:-1]), "the body is no JSON"),
    "a reply of another type": (lambda one: _replied(one, one.content, "image/png"), "is not among"),
    "a reply without its body": (lambda one: replace(one, content=b"", headers=[("content-length", "0")]), "not among"),
}


@pytest.mark.parametrize("name", names())
def test_what_is_right_is_not_told(name: str) -> None:
    """The example of every operation, as the sandbox answers it."""
    subject = Subject(name)
    for operation in subject.operations:
        subject.reset()
        exchange = exchange_of(subject, operation)
        assert exchange.outcome.problem is None, operation.id
        assert findings(exchange) == "", operation.id


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("case", [*ANY, *WITH_A_BODY, *WITH_A_REPLY])
def test_what_is_wrong_is_told(name: str, case: str) -> None:
    """Of every operation that it can happen to."""
    change, why = {**ANY, **WITH_A_BODY, **WITH_A_REPLY}[case]
    subject = Subject(name)
    for operation in subject.operations:
        subject.reset()
        exchange = exchange_of(subject, operation)
        judged = exchange.named("content-type") == ["application/json"] or (exchange.content and "type" in case)
        lacks = (case in WITH_A_BODY and operation.body is None) or (case in WITH_A_REPLY and not judged)
        if not lacks:
            with pytest.raises(AssertionError, match=why):
                assert findings(change(exchange)) == "", operation.id


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({}, ""),
        ({"empty_status_text": "null_text"}, "the body of 200 breaks its schema"),
        ({"unknown_members": "ignore"}, "the query has an unknown x"),
    ],
    ids=str,
)
def test_an_exchange_is_judged_under_the_choices_it_was_under(choices: dict[str, str], told: str) -> None:
    runtime = fresh_runtime(base_runtime("crm_com"), None, **choices)
    seen: list[Observation] = []
    with observe_exchanges(seen.append):
        Client(runtime).get(
            "/crm-com/crmapi/rest/v2/payments/show", query=SHOWN + "&x=1" * ("unknown_members" in choices)
        )
    (seen_call,) = seen
    reply = seen_call.reply
    sent = [(name.decode(), value.decode()) for name, value in reply.headers]
    exchange = Exchange("crm_com", seen_call.request, seen_call.outcome, reply.status, sent, reply.content)
    assert findings(replace(exchange, variants=tuple(seen_call.variants.items()))) == ""
    assert told in findings(exchange)


def test_a_body_where_none_is_documented_is_told() -> None:
    empty = [
        exchange
        for name in names()
        for subject in [Subject(name)]
        for operation in subject.operations
        if (exchange := exchange_of(subject, operation)).outcome.reply.body is UNSET
    ]
    refused = [_emptied(name) for name in names()]
    for exchange in [*empty, *(one for one in refused if one is not None)]:
        assert "is without content" in findings(_replied(exchange, b"{}"))
    assert [one for one in refused if one is not None]


def _emptied(name: str) -> Exchange | None:
    """A refusal without content, where the API has one."""
    subject = Subject(name)
    for operation in subject.operations:
        for status, encode_body in subject.operation_object(operation)["responses"].items():
            if "content" not in subject.follow(encode_body):
                exchange = exchange_of(subject, operation)
                return replace(exchange, status=int(status), content=b"", headers=[("content-length", "0")])
    return None


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"nul", b"NaN", b"\xef\xbb\xbf1", b"\xff", b'{"a":1,"a":1}', rb'"\ud800"', b"1e309", b"1e-401"),
        *(b"1" * 301, b"[" * 65 + b"]" * 65, b"[" * 100_000),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_what_readers_disagree_about_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content)


@pytest.mark.parametrize(
    ("values", "declared"),
    [
        (["application/json"], True),
        (['Application/JSON; charset="UTF-8"'], True),
        ([], False),
        (["text/json"], False),
        (["application/json; charset=utf-16"], False),
        (["application/json"] * 2, False),
        (["application/jsonp"], False),
    ],
)
def test_json_is_declared_by_one_content_type(values: list[str], declared: bool) -> None:  # noqa: FBT001 - from the table
    assert declares_json(values) is declared


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_with_a_wrong_exchange_is_red(tmp_path: Path, processes: str) -> None:
    """Although its tests are green; in one process and in several."""
    test = tmp_path / "test_wrong.py"
    test.write_text(
        "import paysandbox.pipeline.process\n"
        "from paysandbox.core.messages import Reply\n"
        "from tests.helpers.runtimes import Client, read_runtime\n"
        "def test_green(monkeypatch):\n"
        "    right = paysandbox.pipeline.process._check_reply\n"
        "    wrong = lambda reply, *rest: right(Reply(reply.status, reply.body, media_type='image/png'), *rest)\n"
        "    monkeypatch.setattr(paysandbox.pipeline.process, '_check_reply', wrong)\n"
        "    monkeypatch.setattr('paysandbox.contract.operation.Operation.check_reply', lambda *_: None)\n"
        "    assert Client(read_runtime()).get('/_sandbox/health').status == 200\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        processes,
        "-p",
        "tests.conformance.second_validator.plugin",
        str(test),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.returncode == 1, done.stdout
    assert "the Content-Type ['image/png'] is not among application/json" in done.stdout
    assert "1 passed" in done.stdout
