"""The suites of one API: generated cases, invalid cases only, credentials, and scenarios along links."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.hooks import HookContext, unregister

from paysandbox.check import own_checks, scenarios
from paysandbox.check.binding import Binder
from paysandbox.check.checked_schema import describe_auth, load_schema, make_config
from paysandbox.check.choice import READING, SAFE
from paysandbox.check.containment import contain
from paysandbox.check.credential_gate import CredentialRefused, ask_for_credential
from paysandbox.check.credential_suite import CredentialSuite
from paysandbox.check.data_file import GivenData
from paysandbox.check.drawing import quick_drawing
from paysandbox.check.edges import EdgeSuite
from paysandbox.check.exclusions import is_failure
from paysandbox.check.further_calls import FurtherCalls
from paysandbox.check.live_calls import LiveCalls, MemoryCalls
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.own_data import OwnData
from paysandbox.check.patience import Patience, PatientTransport
from paysandbox.check.profiles import Profile
from paysandbox.check.progress import Progress
from paysandbox.check.read_back import Call
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.results import INTERRUPTED, KEPT, Run, Tally
from paysandbox.check.rule_suite import RuleSuite
from paysandbox.check.sampling import Sampler
from paysandbox.check.subject import Subject
from paysandbox.check.success_gate import check_success, list_untried
from paysandbox.check.target import HOST, SECONDS, Target
from paysandbox.check.time_limit import TimeLimit, TimeLimitReached
from paysandbox.check.transport import LeanTransport
from paysandbox.check.unmet_refusals import list_documented
from paysandbox.check.verdicts import VerdictRecorder
from paysandbox.contract.operation import Operation
from paysandbox.evidence.callers import Unreachable

Log = Callable[[str], None]


class Suites:
    """The suites of one API on one target. Bindings are tried out in the namespace of the subject."""

    def __init__(self, subject: Subject, target: Target, depth: Profile, log: Log, *, most: int = KEPT) -> None:
        self._subject = subject
        self._target = target
        self._depth = depth.shared(len(subject.operations))
        self._progress = Progress(lambda line: log(f"{subject.name}: {line}"))
        self._time_limit = limit = TimeLimit(depth.seconds)
        binder = Binder(subject)
        self._request_builder = RequestBuilder(subject, binder, target)
        self._own: OwnData | None = None
        # A sandbox has no gateway before it, and its own refusals must be judged.
        self._patience = None if target.is_sandbox else Patience(limit.check, limit.abort, limit.wait)
        self._calls = LiveCalls(subject, target, self._request_builder, self._patience) if target.app is None else None
        # Not of the control plane, whose calls change namespaces, not records.
        reading = None if subject.is_control else self._calls
        self._further = None if reading is None else FurtherCalls(subject, reading.call, is_sandbox=target.is_sandbox)
        if not target.is_sandbox and self._calls is not None:
            self._own = OwnData(subject, binder, self._calls.call, target.given)
        elif target.given != GivenData():  # a rehearsal, whose requests name the records that the user gave
            self._own = OwnData(subject, binder, lambda *_: None, target.given)
        self._operations = [
            operation for operation in subject.operations if operation.id not in target.skipped | target.unchecked
        ]
        tallies = {operation.id: Tally(documented=list_documented(operation)) for operation in self._operations}
        self.run = Run(subject.name, tallies, most=most)
        self._noted: set[events.NonFatalError] = set()
        self._recorder = VerdictRecorder(subject, target, self.run)
        patience = self._patience
        self._transport = LeanTransport(SECONDS) if patience is None else PatientTransport(SECONDS, patience)

    def run_all(self) -> Run:
        """Run all suites of the profile; if one stops early, the errors say why."""
        try:
            self._ask_for_credential()
            with self._own_records(), quick_drawing():
                self._run_suites()
        except CredentialRefused as error:
            self.run.errors.append(str(error))
        except (TimeLimitReached, Unreachable) as error:
            self._end_early(str(error))
        except KeyboardInterrupt:
            self._end_early(INTERRUPTED)
        else:
            check_success(self.run, self._operations, self._target, self._own)
        finally:
            if self._patience is not None:
                self.run.notices.extend(self._patience.describe())
            self._transport.close()
            if self._calls is not None:
                self._calls.close()
        self.run.seconds = self._time_limit.seconds
        return self.run

    def _ask_for_credential(self) -> None:
        if self._calls is not None and not self._target.is_sandbox:
            ask_for_credential(self._subject, self._calls.call, self._operations, self._target.secret)

    def _end_early(self, why: str) -> None:
        self.run.errors.append(self._target.masked(why))
        self.run.unreached.extend(list_untried(self._operations, self.run.operations))

    def _run_suites(self) -> None:
        """Run the suites one after the other; one that breaks keeps none of the others from running."""
        self._reset()
        suites: dict[str, Callable[[], None]] = {
            "the suite of generated cases": lambda: self._run_cases("all", self._depth.cases, ""),
            "the suite of invalid cases": lambda: self._run_cases("negative", self._depth.invalid, "invalid only: "),
            "the suite of credentials": self._check_credentials,
            "the suite of rules": self._check_rules,
            "the suite of edges": self._check_edges,
            "the suite of scenarios": self._run_scenarios,
        }
        for name, run in suites.items():
            with contain(name, self._note_broken):
                run()

    def _note_broken(self, says: str) -> None:
        self._progress.tell(says)
        self.run.errors.append(self._target.masked(says))

    def _check_credentials(self) -> None:
        suite = CredentialSuite(self._subject, self._request_builder, self._recorder, self._send)
        suite.run(self._load_schema("all", self._depth.cases), self._operations)

    def _check_edges(self) -> None:
        calls = self._calls or MemoryCalls(self._subject, self._target, self._request_builder)
        suite = EdgeSuite(self._subject, self._target, calls, self._recorder, self._reset)
        suite.run(self._operations, self._progress)

    @contextmanager
    def _own_records(self) -> Iterator[None]:
        """Context manager: cases get records of a server with its own data just before they are sent."""
        own = self._own
        if own is None:
            yield
            return

        def before_call(_context: HookContext, case: AnyCase, _options: dict[str, Any]) -> None:
            if not scenarios.is_step(case):
                operation = self._recorder.operation_of(case)
                own.adapt(operation, case)
                if self._further is not None:
                    self._further.prepare(operation, case)

        # For all schemas, because one schema cannot have a hook of this name; and not earlier, because schemathesis
        # makes many cases before it sends the first.
        schemathesis.hook(before_call)
        try:
            own.learn()
            yield
        finally:
            unregister(before_call)

    def _load_schema(self, mode: str, cases: int, *, stateful: bool = False) -> Any:
        root = self._target.url + ("" if self._subject.is_control else self._subject.service.contract.base_path)
        known = self._target.credentials
        auth = {scheme.id: describe_auth(scheme, known) for scheme in self._subject.service.contract.schemes}
        config = make_config(root, mode, cases, stateful=stateful, auth=auth, headers=self._headers())
        schema: Any = load_schema(self._subject.plain_document(root, self._target.skipped), config)
        if self._target.unchecked:
            schema = schema.include(operation_id=[operation.id for operation in self._operations])
        schema.app = self._target.app
        schema.sender = self._transport if self._target.app is None else None
        schema.sampler = Sampler() if self._depth.samples else None
        self._add_hooks(schema)
        return schema

    def _headers(self) -> dict[str, str]:
        return dict(self._target.headers) | ({"Host": HOST} if self._target.app is not None else {})

    def _add_hooks(self, schema: Any) -> None:
        """Put real ids and credentials into every case, and look at every reply."""

        def map_case(_: HookContext, case: AnyCase) -> AnyCase:
            self._time_limit.case = f"{case.method} {case.operation.path}, body {str(case.body)[:300]}"
            self._time_limit.check()
            if not scenarios.is_step(case):
                self._request_builder.adapt(self._recorder.operation_of(case), case)
            return case

        def after_call(_: HookContext, case: AnyCase, response: Response) -> None:
            self._look_at_reply(case, response)

        def filter_failure(_: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
            return is_failure(self._subject, self._target, failure, self._recorder.operation_of(case), case, response)

        for hook in (map_case, after_call, filter_failure):
            schema.hook(hook)
        if self._target.reads_only or self._target.keeps_to_chosen:
            schema.hook("filter_case")(lambda _, case: self._may_send(case))

    def _look_at_reply(self, case: AnyCase, response: Response) -> None:
        """Learn from a reply, read what its call has made, and restore the fixtures."""
        operation, body = self._recorder.operation_of(case), own_checks.read_body(response)
        self._progress.count(operation.id)
        self.run.operations[operation.id].met.add(response.status_code)
        if self._target.scratch is not None:
            self._target.scratch.record_reply(operation.id, body)
        if self._own is not None and self._target.app is None and not scenarios.is_step(case):
            self._own.judge(succeeded=self._subject.is_success(operation, response.status_code, body))
            self._own.observe(operation, response.status_code, body)
        if self._further is not None:
            for failure in self._further.check(operation, case, response, self.run.checks):
                self._recorder.add_failure(failure, case, None, response, "reading back")
        # Half of the control plane's calls only read, so they need no reset.
        if not scenarios.is_step(case) and not (self._subject.is_control and case.method.upper() in READING):
            self._reset()

    def _may_send(self, case: AnyCase) -> bool:
        """Whether a case has a method that this target may get; some cases have another one on purpose."""
        method = case.method.upper()
        if self._target.reads_only:
            return method in READING
        return method in {*SAFE, case.operation.method.upper()}

    def _reset(self) -> None:
        self._time_limit.check()
        if self._target.scratch is not None:
            self._target.scratch.reset()

    def _run_cases(self, mode: str, cases: int, kind: str) -> None:
        if not cases:
            return
        stream = from_schema(self._load_schema(mode, cases)).execute()
        for event in self._time_limit.iterate(iter(stream), stream.stop):
            if isinstance(event, events.ScenarioFinished):
                self._recorder.record(event.recorder, f"{'invalid ' if kind else ''}{event.phase.value}")
                label, count = event.recorder.label, len(event.recorder.cases)
                self._progress.tell(f"{kind}{event.phase.value}: {label}: {count} cases, {event.status.value}")
            elif isinstance(event, events.NonFatalError):
                self._note_error(event)
            elif isinstance(event, events.FatalError):
                raise event.exception

    def _check_rules(self) -> None:
        own, calls, further = self._own, self._calls, self._further
        if own is not None and calls is not None and further is not None and not self._target.reads_only:
            call = self._count_status(calls.call)
            suite = RuleSuite(self._subject, own, call, self._request_builder, self._recorder, further.unchanged)
            suite.run(self._load_schema("all", self._depth.cases), self._operations, self.run.checks)

    def _count_status(self, call: Call) -> Call:
        """The same calls, whose statuses count as met."""

        def counted(operation: Operation, body: Any, path: Mapping[str, Any], query: Mapping[str, Any]) -> Any:
            reply = call(operation, body, path, query)
            if reply is not None:
                self.run.operations[operation.id].met.add(reply.status)
            return reply

        return counted

    def _note_error(self, event: events.NonFatalError) -> None:
        """Note what kept the engine from a verdict, each kind of each operation once."""
        self._time_limit.check()  # because an error that ends the check is noted where it ends
        if event in self._noted:
            return
        self._noted.add(event)
        self.run.errors.append(self._target.masked(f"{event.label}: {event.value}"))

    def _send(self, case: AnyCase) -> Any:
        def send() -> Iterator[Any]:
            yield case.call(headers=self._headers())

        (reply,) = self._time_limit.iterate(send(), lambda: None)
        return reply

    def _run_scenarios(self) -> None:
        if not self._depth.scenarios:
            return
        schema = self._load_schema("all", self._depth.cases, stateful=True)
        if schema.statistic.transitions.total == 0:
            self._progress.tell("stateful: the contract has no links")
            return
        options = {"headers": self._headers()} | ({} if self._target.app is not None else {"timeout": SECONDS})
        is_reset = self._target.scratch is not None
        context = scenarios.ScenarioContext(self._request_builder, self._recorder, self._reset, is_reset, options)

        def play() -> Iterator[int]:
            yield scenarios.run_scenarios(schema, self._depth, context)

        (count,) = self._time_limit.iterate(play(), lambda: None)
        self._progress.tell(f"stateful: {count} scenarios, {self.run.links} steps along links")
