"""One schemathesis run over one API, in memory: every request meets the fixtures, with valid credentials."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import schemathesis
from msgspec import Struct, field
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import CaseNode, CheckNode
from schemathesis.hooks import HookContext
from starlette.applications import Starlette

from sandbox.app import create_app
from sandbox.contract.operation import Operation
from sandbox.provider import installed
from sandbox.world import CONTROL
from tests.conformance import own_checks
from tests.conformance.binding import Binder
from tests.conformance.own_checks import AnyCase
from tests.conformance.subject import Subject
from tests.support import NOON

HOST: Final = "127.0.0.1:4080"  # the control plane answers to names of this machine only
EXAMPLES: Final = 150  # fuzzed cases of each operation, valid and invalid together

# Everything that is switched off, with the reason. `test_nothing_else_is_switched_off` counts these.
EXCLUDED: Final[Mapping[str, str]] = {
    "negative_data_rejection where the envelope refuses": (
        "the check knows HTTP statuses only, and an API whose every answer is HTTP 200 refuses in its envelope; what "
        "the envelope lets through still fails the check, and body_schema_iff judges all of it"
    ),
}


class Run(Struct):
    """What came of a run. `positive` counts each operation's valid requests, `carried_out` those that succeeded."""

    cases: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    positive: Counter[str] = field(default_factory=Counter)
    carried_out: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    judged_bodies: int = 0


def run(name: str) -> Run:
    """Run examples, coverage and fuzzing over one API, positive and negative."""
    providers = [one for one in installed() if name in {one.name, CONTROL}]
    app = create_app(providers=providers, time=lambda: NOON)
    subject = Subject(name)
    schema = schemathesis.openapi.from_asgi(
        f"/_sandbox/openapi/{name}.json", app, config=_config(subject), headers={"Host": HOST}
    )
    _hook(schema, subject, app)
    found = Run()
    operations = {f"{one.method} {one.template}": one for one in subject.operations}
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(found, event, subject, operations[event.recorder.label])
        elif isinstance(event, events.NonFatalError):
            found.errors.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


def _config(subject: Subject) -> SchemathesisConfig:
    schemes = subject.document["components"].get("securitySchemes", {})
    auth = {
        scheme: {"bearer": subject.credentials["token"]}
        if written["type"] == "http"
        else {"api_key": subject.credentials["api_key"]}
        for scheme, written in schemes.items()
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": 20260331,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none", "mode": "all"},
            "phases": {"stateful": {"enabled": False}},
            "headers": {"Host": HOST},
        }
        | ({"auth": {"openapi": auth}} if auth else {})
    )


def _hook(schema: Any, subject: Subject, app: Starlette) -> None:
    """Real ids and credentials into every case, and the fixtures back after every call."""
    binder = Binder(Subject(subject.name))
    operations = {(one.method, one.template): one for one in subject.operations}

    def operation_of(case: AnyCase) -> Operation:
        return operations[case.operation.method.upper(), case.operation.path]

    def map_case(_: HookContext, case: AnyCase) -> AnyCase:
        _bind(binder, operation_of(case), case)
        return case

    def filter_failure(_: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
        operation = operation_of(case)
        if not isinstance(failure, AcceptedNegativeData) or subject.envelope(operation, response.status_code) is None:
            return True
        # The one exclusion: see EXCLUDED.
        return subject.carried_out(operation, response.status_code, own_checks.body_of(response))

    def after_call(_context: HookContext, _case: AnyCase, _response: Response) -> None:
        app.state.world.namespaces.get("default").reset()

    for hook in (map_case, filter_failure, after_call):
        schema.hook(hook)


def _bind(binder: Binder, operation: Operation, case: AnyCase) -> None:
    """Credentials into every body that makes them up well, real ids into a case that is valid on purpose."""
    if isinstance(case.body, dict):
        case.body = binder.with_credentials(operation, case.body)
    if _is_positive(case):
        path, body = binder.bound(operation, case.body if operation.body is not None else ...)
        if path:
            case.path_parameters = dict(path)
        if operation.body is not None:
            case.body = body


def _note(found: Run, event: events.ScenarioFinished, subject: Subject, operation: Operation) -> None:
    """Count a scenario's cases, hold them against our own checks, and keep what failed."""
    recorder = event.recorder
    for case_id, node in recorder.cases.items():
        found.cases[event.phase.value] += 1
        interaction = recorder.interactions.get(case_id)
        if interaction is None or interaction.response is None or not _is_ordinary(node, operation):
            continue
        case, reply = node.value, interaction.response
        if _is_positive(case):
            found.positive[operation.id] += 1
            done = subject.carried_out(operation, reply.status_code, own_checks.body_of(reply))
            found.carried_out[operation.id] += done
        findings = [
            *own_checks.body_schema_iff(subject, operation, case, interaction.request, reply),
            *own_checks.documented_empty_body(subject, operation, reply),
            *own_checks.explained(subject, operation, reply),
        ]
        found.judged_bodies += own_checks.judges_the_body(operation, case, interaction.request)
        found.failures += [f"{recorder.label} ({event.phase.value}): {finding}" for finding in findings]
    for checks in recorder.checks.values():
        for check in checks:
            found.checks[check.name] += 1
            if check.status is not Status.SUCCESS:
                found.failures.append(f"{recorder.label} ({event.phase.value}): {_told(check)}")


def _is_positive(case: AnyCase) -> bool:
    return case.meta is not None and not case.meta.generation.mode.is_negative


def _is_ordinary(node: CaseNode, operation: Operation) -> bool:
    """Whether a case is a request of the operation itself, neither a check's probe nor another method on its path."""
    return node.parent_id is None and node.value.method.upper() == operation.method


def _told(check: CheckNode) -> str:
    info = check.failure_info
    return f"{check.name}\n{info.failure}\n{info.code_sample}" if info is not None else f"{check.name} crashed"
