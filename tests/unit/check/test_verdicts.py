"""What becomes a finding, a question or nothing: short runs in memory against a server that deviates."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import pytest
from schemathesis.openapi.checks import AllowHeaderMismatch, EnsureResourceAvailability

from paysandbox.app import Sandbox, create_runtime
from paysandbox.check.exclusions import is_failure
from paysandbox.check.own_checks import CheckFailure, body_schema_iff
from paysandbox.check.profiles import PROFILES
from paysandbox.check.rehearsal import Listener
from paysandbox.check.results import Run, Tally
from paysandbox.check.runner import rehearse_api
from paysandbox.check.scratch_namespace import ScratchNamespace
from paysandbox.check.subject import Subject
from paysandbox.check.suites import Suites
from paysandbox.check.target import HOST, Target
from paysandbox.check.task import Task
from paysandbox.check.verdicts import VerdictRecorder
from paysandbox.core.exact_json import write_json
from paysandbox.testing import Client

NAME: Final = "invoiless"
FEW: Final = msgspec.structs.replace(PROFILES["quick"], cases=3, seconds=900)
REPLY_START: Final = "http.response.start"
Change = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject(NAME, create_runtime(provider_names=[NAME]), independent=False)


def find(subject: Subject, name: str) -> Any:
    return next(operation for operation in subject.operations if operation.id == name)


def run(subject: Subject, name: str, change: Change) -> Run:
    """Check one operation of a sandbox in memory whose messages are changed on their way."""
    runtime = create_runtime(provider_names=[NAME])
    sandbox = Sandbox(runtime)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def deviate(message: Any) -> None:
            await send(change(message))

        await sandbox(scope, receive, deviate)

    target = Target(
        url=f"http://{HOST}/{NAME}",
        scratch=ScratchNamespace(Client(runtime)),
        credentials=subject.credentials,
        unchecked=frozenset(operation.id for operation in subject.operations) - {name},
        app=app,
    )
    return Suites(subject, target, FEW, lambda _: None).run_all()


def keep(message: dict[str, Any]) -> dict[str, Any]:
    return message


def change_status(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"status": 202} if message.get("status") == 200 else message


def empty_body(message: dict[str, Any]) -> dict[str, Any]:
    if message["type"] == REPLY_START:
        return message | {"headers": [pair for pair in message["headers"] if pair[0] != b"content-length"]}
    return message | {"body": b"{}"}


def drop_explanation(message: dict[str, Any]) -> dict[str, Any]:
    if message["type"] != REPLY_START:
        return message
    return message | {"headers": [pair for pair in message["headers"] if pair[0].lower() != b"x-sandbox-explain"]}


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (change_status, "status_code_conformance"),
        (empty_body, "response_schema_conformance"),
        (drop_explanation, "explained"),
    ],
)
def test_a_deviation_is_found(subject: Subject, change: Change, check: str) -> None:
    assert run(subject, "getPayment", keep).findings == []
    assert check in {finding.check for finding in run(subject, "getPayment", change).findings}


@pytest.mark.parametrize(
    ("is_sandbox", "is_strict", "is_question"), [(False, False, True), (False, True, False), (True, False, False)]
)
def test_what_contradicts_an_assumption_is_a_question(
    subject: Subject, *, is_sandbox: bool, is_strict: bool, is_question: bool
) -> None:
    """The status 201 of createPayment is a house decision; our own sandbox has to keep those too."""
    scratch = ScratchNamespace(Client(subject.runtime)) if is_sandbox else None
    target = Target(f"http://{HOST}", scratch, {}, strict_assumed=is_strict)
    found = Run(NAME, {"createPayment": Tally()})
    operation = find(subject, "createPayment")
    case: Any = SimpleNamespace(
        operation=SimpleNamespace(method=operation.method, path=operation.template), as_curl_command=lambda **_: "curl"
    )
    reply: Any = SimpleNamespace(status_code=201, headers={}, content=b"")
    failure = CheckFailure("documented_empty_body", "says", "sentence")
    VerdictRecorder(subject, target, found).add_failure(failure, case, None, reply, "fuzzing")
    assert (len(found.questions), len(found.findings)) == ((1, 0) if is_question else (0, 1))


@pytest.mark.parametrize(("is_sandbox", "found"), [(False, 0), (True, 1)])
def test_only_a_sandbox_says_that_its_state_refuses(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, *, is_sandbox: bool, found: int
) -> None:
    """Another server may refuse a valid body, because its invoice may be paid."""
    monkeypatch.setattr(subject, "is_sandbox", is_sandbox)
    headers = {"Content-Type": ["application/json"]}
    case: Any = SimpleNamespace(meta=SimpleNamespace(is_negative_at=lambda _: False, phase=SimpleNamespace(name="")))
    request: Any = SimpleNamespace(method="POST", headers=headers, body=write_json({"amount": 25, "method": "Card"}))
    reply: Any = SimpleNamespace(status_code=400, headers={}, content=b"{}")
    assert len(list(body_schema_iff(subject, find(subject, "createPayment"), case, request, reply))) == found


@pytest.fixture
def suites(subject: Subject) -> Callable[..., Suites]:
    def make(**options: Any) -> Suites:
        target = Target(f"http://{HOST}", None, subject.credentials, app=object(), **options)
        return Suites(subject, target, FEW, lambda _: None)

    return make


@pytest.mark.parametrize(
    ("record", "is_sandbox", "counts"), [("example", False, False), ("example", True, True), ("new", False, True)]
)
def test_a_record_that_was_not_created_may_be_missing(
    subject: Subject, record: str, *, is_sandbox: bool, counts: bool
) -> None:
    """A server with its own data need not have that of the contract's example."""
    operation = find(subject, "getPayment")
    (example,) = (each["example"] for each in subject.parameters(operation) if each["in"] == "path")
    case: Any = SimpleNamespace(path_parameters={"id": example if record == "example" else "f" * 24})
    failure = EnsureResourceAvailability(
        operation="POST /invoices/{id}/payments", message="", created_with="", not_available_with=""
    )
    target: Any = SimpleNamespace(is_sandbox=is_sandbox)
    unread: Any = None
    assert is_failure(subject, target, failure, operation, case, unread) is counts


@pytest.mark.parametrize(("allowed", "counts"), [(["PATCH"], True), (["DELETE"], False)])
def test_a_wrong_allow_header_counts(subject: Subject, allowed: list[str], *, counts: bool) -> None:
    """Unless the method is that of an operation which is left out."""
    failure = AllowHeaderMismatch(
        operation="GET /payments/{id}",
        message="",
        allow_header="",
        missing_methods=allowed,
        undocumented_methods=[],
    )
    unread: Any = None
    target = Target(f"http://{HOST}", None, subject.credentials, unchecked=frozenset({"deletePayment"}))
    assert is_failure(subject, target, failure, find(subject, "getPayment"), unread, unread) is counts


@pytest.mark.parametrize(("method", "is_sent"), [("GET", True), ("head", True), ("DELETE", False), ("TRACE", False)])
def test_read_only_sends_no_other_method(suites: Callable[..., Suites], method: str, *, is_sent: bool) -> None:
    case: Any = SimpleNamespace(method=method, operation=SimpleNamespace(method="delete"))
    assert suites(reads_only=True)._may_send(case) is is_sent  # noqa: SLF001 - it is what the hook asks


def test_a_dry_run_sends_to_memory_only(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    """All that it makes comes to the listener, and none of it to the server that is to be checked."""
    listeners: list[Listener] = []

    def listen(app: Any) -> Listener:
        listeners.append(Listener(app))
        return listeners[-1]

    monkeypatch.setattr("paysandbox.check.runner.Listener", listen)
    task = Task(
        name=NAME,
        depth=FEW,
        url="http://127.0.0.1:9",
        namespace=None,
        credentials=subject.credentials,
        unchecked=frozenset(operation.id for operation in subject.operations) - {"getPayment"},
        application={"provider_names": (NAME,)},
    )
    found = rehearse_api(task, lambda _: None)
    (listener,) = listeners
    assert sum(planned.count for planned in found.planned) == len(listener.seen) > 0
    assert found.errors == []
