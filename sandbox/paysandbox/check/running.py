"""All suites of one API: a mixed run, a run of invalid requests only, the body's credential, and scenarios."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import EnsureResourceAvailability, IgnoredAuth, RejectedPositiveData

from paysandbox.check import own_checks, scenarios
from paysandbox.check.binding import Binder
from paysandbox.check.judging import Judging
from paysandbox.check.own_checks import AnyCase, Remark
from paysandbox.check.profiles import LEAST_CARRIED_OUT, Profile
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.results import Finding, Run, Tally
from paysandbox.check.scratch_namespace import Unreachable
from paysandbox.check.subject import Subject
from paysandbox.check.target import HOST, SECONDS, Target
from paysandbox.check.time_limit import OutOfTime, TimeLimit
from paysandbox.contract.operation import Operation

OK: Final = 200

Tell = Callable[[str], None]
SAFE: Final = {"GET", "HEAD"}


class Suites:
    """The suites of one API on one target. In the subject's own world bindings are tried out."""

    def __init__(self, subject: Subject, target: Target, depth: Profile, tell: Tell) -> None:
        self._subject = subject
        self._target = target
        self._depth = depth.shared(len(subject.operations))
        self._tell: Tell = lambda line: tell(f"{subject.name}: {line}")
        self._watch = TimeLimit(depth.seconds)
        self._casting = RequestBuilder(subject, Binder(subject), target)
        self._operations = [one for one in subject.operations if one.id not in target.spared]
        self.run = Run(subject.name, {one.id: Tally() for one in self._operations})
        self._judging = Judging(subject, target, self.run)

    def all(self) -> Run:
        """Run everything that the depth asks for; what stops it early is among the errors."""
        try:
            self._reset()
            self._mixed(self._schema("all", self._depth.cases), "")
            if self._depth.invalid:
                self._mixed(self._schema("negative", self._depth.invalid), "invalid only: ")
            self._credentials()
            if self._depth.scenarios:
                self._scenarios()
        except (OutOfTime, Unreachable) as error:
            self.run.errors.append(self._target.masked(str(error)))
        else:
            self._gate()
        self.run.seconds = self._watch.seconds
        return self.run

    def _schema(self, mode: str, cases: int, *, stateful: bool = False) -> Any:
        root = self._target.url + ("" if self._subject.is_control else self._subject.service.contract.base_path)
        config = SchemathesisConfig.from_dict(self._settings(root, mode, cases, stateful=stateful))
        schema = schemathesis.openapi.from_dict(self._subject.plain_document(root, self._target.spared), config=config)
        schema.app = self._target.app
        self._hook(schema)
        return schema

    def _settings(self, root: str, mode: str, cases: int, *, stateful: bool) -> dict[str, Any]:
        schemes = self._subject.document["components"].get("securitySchemes", {})
        known = self._target.credentials
        auth = {
            scheme: {"bearer": known["token"]}
            if written["type"] == "http"
            else {"api_key": known.get(written["name"]) or known["api_key"]}
            for scheme, written in schemes.items()
        }
        headers = self._headers()
        return {
            "seed": 20260331,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "generation": {
                "max-examples": cases,
                "deterministic": True,
                "database": "none",
                "mode": mode,
                "no-shrink": True,  # a command that repeats the request is enough, and a wrong server soon found
            },
            "phases": {"stateful": {"enabled": stateful}},
            "output": {"sanitization": {"enabled": False}},  # a test credential is no secret; others we mask
            "base-url": root,
            "request-timeout": SECONDS,
            **({"headers": headers} if headers else {}),
            **({"auth": {"openapi": auth}} if auth else {}),
        }

    def _headers(self) -> dict[str, str]:
        return dict(self._target.headers) | ({"Host": HOST} if self._target.app is not None else {})

    def _hook(self, schema: Any) -> None:
        """Real ids and credentials into every case, and the fixtures back after every call."""

        def map_case(_: HookContext, case: AnyCase) -> AnyCase:
            self._watch.case = f"{case.method} {case.operation.path}, body {str(case.body)[:300]}"
            self._watch.check()
            if not scenarios.is_step(case):
                self._casting.cast(self._judging.operation_of(case), case)
            return case

        def after_call(_context: HookContext, case: AnyCase, response: Response) -> None:
            if self._target.ground is not None:
                self._target.ground.note(self._judging.operation_of(case).id, own_checks.body_of(response))
            # Reading from the control plane is not even noted, and nearly half of its calls read.
            reads = self._subject.is_control and case.method.upper() in SAFE
            if not scenarios.is_step(case) and not reads:
                self._reset()

        def filter_failure(_: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
            return self._counts(failure, case, response)

        for hook in (map_case, after_call, filter_failure):
            schema.hook(hook)

    def _counts(self, failure: Failure, case: AnyCase, reply: Response) -> bool:
        """Whether a failure is one: the exclusions of `depths.EXCLUDED`."""
        operation = self._judging.operation_of(case)
        if isinstance(failure, RejectedPositiveData):
            by_state = own_checks.header(reply, "x-sandbox-reason") == "state"
            may_be = scenarios.is_step(case) or self._subject.is_control
            return self._target.is_sandbox and not (by_state and may_be)
        if isinstance(failure, EnsureResourceAvailability):
            return any(one.place == "path" for one in operation.parameters)
        if isinstance(failure, IgnoredAuth):
            return not self._subject.envelope(operation, reply.status_code)  # there `_credentials` asks
        if not isinstance(failure, AcceptedNegativeData) or not self._subject.envelope(operation, reply.status_code):
            return True
        return self._subject.carried_out(operation, reply.status_code, own_checks.body_of(reply))

    def _reset(self) -> None:
        self._watch.check()
        if self._target.ground is not None:
            self._target.ground.reset()

    def _mixed(self, schema: Any, kind: str) -> None:
        stream = from_schema(schema).execute()
        for event in self._watch.over(_events(stream), stream.stop):
            if isinstance(event, events.ScenarioFinished):
                self._judging.note(event.recorder, f"{'invalid ' if kind else ''}{event.phase.value}")
                count = len(event.recorder.cases)
                self._tell(f"{kind}{event.phase.value}: {event.recorder.label}: {count} cases, {event.status.value}")
            elif isinstance(event, events.NonFatalError):
                self.run.errors.append(f"{event.label}: {event.value}")
            elif isinstance(event, events.FatalError):
                raise event.exception

    def _scenarios(self) -> None:
        schema = self._schema("all", self._depth.cases, stateful=True)
        if schema.statistic.transitions.total == 0:
            self._tell("stateful: the contract has no links")
            return
        options = {"headers": self._headers()} | ({} if self._target.app is not None else {"timeout": SECONDS})
        stage = scenarios.Stage(self._casting, self._judging, self._reset, options)

        def play() -> Iterator[int]:
            yield scenarios.play(schema, self._depth, stage)

        (count,) = self._watch.over(play(), lambda: None)
        self._tell(f"stateful: {count} scenarios, {self.run.links} steps along links")

    def _credentials(self) -> None:
        """body_token_enforced: no example is carried out without the credential of its body, or with a made-up one.

        query_token_enforced: the same of a credential in the query that only an envelope refuses.
        """
        member = self._subject.service.provider.body_credential
        schema = self._schema("all", self._depth.cases)
        for operation in self._operations:
            if operation.scheme is not None and self._subject.envelope(operation, OK):
                self._query_credential(schema, operation)
        for operation in self._operations if member is not None else ():
            for body in self._subject.examples(operation).values():
                for wrong in ({member: "made-up"}, {member: ""}, {member: None}, {member: ["made-up"]}, {}):
                    if member in body:
                        rest = {name: value for name, value in body.items() if name != member}
                        self._credential(schema, operation, rest | wrong)

    def _credential(self, schema: Any, operation: Any, body: Any) -> None:
        case = self._casting.example(schema, operation, body)
        (reply,) = self._watch.over((one.call(headers=self._headers()) for one in [case]), lambda: None)
        self.run.checks["body_token_enforced"] += 1
        if self._subject.carried_out(operation, reply.status_code, own_checks.body_of(reply)):
            says = f"a call without its credential is carried out: {str(body)[:300]}"
            remark = Remark("body_token_enforced", says, own_checks.sentence(operation, reply.status_code))
            self._judging.find(remark, case, None, "credentials")

    def _query_credential(self, schema: Any, operation: Operation) -> None:
        assert operation.scheme is not None
        for credential in ({}, {operation.scheme.name: ""}, {operation.scheme.name: "made-up"}):
            case = self._casting.query_example(schema, operation, credential)
            (reply,) = self._watch.over((one.call(headers=self._headers()) for one in [case]), lambda: None)
            self.run.checks["query_token_enforced"] += 1
            if self._subject.carried_out(operation, reply.status_code, own_checks.body_of(reply)):
                says = "a call without its credential is carried out"
                remark = Remark("query_token_enforced", says, own_checks.sentence(operation, reply.status_code))
                self._judging.find(remark, case, None, "credentials")

    def _gate(self) -> None:
        """The success gate: a run whose valid requests are all refused has tested nothing."""
        for operation in self._operations:
            tally = self.run.operations[operation.id]
            least = tally.positive * LEAST_CARRIED_OUT / 100 if self._target.is_sandbox else 1
            if tally.carried_out < least:
                says = f"only {tally.carried_out} of {tally.positive} valid requests were carried out"
                help_ = "so little of it was tested; the target must know the records of the fixtures"
                self.run.add(
                    Finding(
                        provider=self._subject.name,
                        operation=operation.id,
                        phase="all",
                        check="success_gate",
                        says=f"{says}, {help_}",
                        curl="",
                        sentence=own_checks.sentence(operation, None),
                    )
                )


def _events(stream: Any) -> Iterator[Any]:
    yield from stream
