"""Record verdicts: failed checks of schemathesis and of our own become findings."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok, Result
from schemathesis.core.transport import Response
from schemathesis.engine import Status
from schemathesis.engine.recorder import CaseNode, CheckNode, Interaction, Request, ScenarioRecorder
from schemathesis.openapi.checks import UseAfterFree

from paysandbox.check import own_checks
from paysandbox.check.assumptions import Assumptions
from paysandbox.check.own_checks import AnyCase, CheckFailure
from paysandbox.check.results import Finding, Run
from paysandbox.check.subject import SUCCESS, Subject
from paysandbox.check.target import Target
from paysandbox.contract.operation import Operation

NOT_FOUND: Final = 404
LENGTH: Final = 4000  # characters of a curl command; a body may have a hundred thousand


class VerdictRecorder:
    """Records the verdicts on cases in a `Run`."""

    def __init__(self, subject: Subject, target: Target, run: Run) -> None:
        self._subject = subject
        self._target = target
        self._run = run
        self._assumptions = Assumptions(subject, target.url)
        self._operations = {(operation.method, operation.template): operation for operation in subject.operations}

    def operation_of(self, case: AnyCase) -> Operation:
        """The operation of a case, which may have another method on purpose."""
        return self._operations[case.operation.method.upper(), case.operation.path]

    def record(self, recorder: ScenarioRecorder, phase: str) -> None:
        """Count a scenario's cases, apply our own checks, and record all failures."""
        for case_id, node in recorder.cases.items():
            operation = self.operation_of(node.value)
            self._run.phases[phase] += 1
            self._run.operations[operation.id].cases += 1
            self._run.links += node.transition is not None and node.is_transition_applied
            interaction = recorder.interactions.get(case_id)
            if interaction is not None and interaction.response is not None and is_ordinary(node, operation):
                self._record_reply(node.value, operation, interaction, phase)
                self._record_link(recorder, case_id, operation, phase)
        for case_id, checks in recorder.checks.items():
            for check in checks:
                self._record_check(check, recorder, case_id, phase)

    def count(self, check: str) -> None:
        """Count a verdict of one of our own checks."""
        self._run.checks[check] += 1

    def add_failure(
        self, failure: CheckFailure, case: AnyCase, request: Request | None, reply: Response | None, phase: str
    ) -> None:
        """Record a failure of our own checks, with the curl command that repeats the request."""
        headers = {name: values[0] for name, values in request.headers.items()} if request is not None else None
        self._add(failure, case, request, reply, phase, case.as_curl_command(headers=headers))

    def _record_reply(self, case: AnyCase, operation: Operation, interaction: Interaction, phase: str) -> None:
        reply = interaction.response
        assert reply is not None
        positive = is_positive(case) or valid_but_for_its_credential(case, operation)
        if positive and phase != "stateful":  # there the state may refuse a valid request
            tally = self._run.operations[operation.id]
            tally.positive += 1
            done = self._subject.is_success(operation, reply.status_code, own_checks.read_body(reply))
            tally.carried_out += done
            if not done:
                tally.refusals[reply.status_code] += 1
        failures = {
            "body_schema_iff": own_checks.body_schema_iff(self._subject, operation, case, interaction.request, reply),
            "documented_empty_body": own_checks.documented_empty_body(self._subject, operation, reply),
            "envelope_status": own_checks.envelope_status(self._subject, operation, reply),
            "explained": own_checks.explained(self._subject, operation, reply),
        }
        self._run.checked_bodies += own_checks.is_decided_by_body(operation, case, interaction.request)
        for name, found in failures.items():
            self._run.checks[name] += 1
            for failure in found:
                self.add_failure(failure, case, interaction.request, reply, phase)

    def _record_link(self, recorder: ScenarioRecorder, case_id: str, operation: Operation, phase: str) -> None:
        """link_holds: a valid call to the target of a link is not answered 404, unless something was deleted before."""
        node, reply = recorder.cases[case_id], recorder.find_response(case_id=case_id)
        if not is_positive(node.value) or not follows_link(node, operation) or reply is None:
            return
        self._run.checks["link_holds"] += 1
        before = list(recorder.cases)[: list(recorder.cases).index(case_id)]
        deleted = any(
            recorder.cases[earlier].value.method.upper() == "DELETE"
            and (answered := recorder.find_response(case_id=earlier)) is not None
            and answered.status_code in SUCCESS
            for earlier in before
        )
        if reply.status_code == NOT_FOUND and not deleted:
            parent = recorder.cases[node.parent_id].value.operation.label if node.parent_id else "a call"
            says = f"broken link: {parent} returned the id of a record that does not exist"
            failure = CheckFailure("link_holds", says, own_checks.cite_contract(operation, reply.status_code))
            self.add_failure(failure, node.value, recorder.interactions[case_id].request, reply, phase)

    def _record_check(self, check: CheckNode, recorder: ScenarioRecorder, case_id: str, phase: str) -> None:
        self._run.checks[check.name] += 1
        if check.status is Status.SUCCESS:
            return
        case = recorder.cases[case_id].value
        operation = self.operation_of(case)
        info = check.failure_info
        if info is None:
            self._run.errors.append(f"{operation.id}: the check {check.name} crashed")
            return
        if isinstance(info.failure, UseAfterFree):
            deleted = recorder.find_response(case_id=info.failure.deleted_case_id or case_id)
            found = recorder.find_response(case_id=case_id)
            bodies = [own_checks.read_body(reply) for reply in (deleted, found) if reply]
            if len(bodies) == 2 and own_checks.is_of_another_record(self._subject, operation, *bodies):  # noqa: PLR2004
                return
        interaction = recorder.interactions.get(info.failure.case_id or case_id)
        reply = interaction.response if interaction is not None else None
        says = f"{info.failure.title}: {info.failure.message}" if info.failure.message else info.failure.title
        request = interaction.request if interaction is not None else None
        cited = self._assumptions.cite(check.name, operation, case, request, reply) or own_checks.cite_contract(
            operation, None if reply is None else reply.status_code
        )
        self._add(CheckFailure(check.name, says, cited), case, request, reply, phase, info.code_sample)

    def _add(
        self,
        failure: CheckFailure,
        case: AnyCase,
        request: Request | None,
        reply: Response | None,
        phase: str,
        curl: str,
    ) -> None:
        operation = self.operation_of(case)
        is_question = not (self._target.is_sandbox or self._target.strict_assumed) and (
            self._assumptions.explain(failure.check, operation, case, request, reply)
            if failure.is_assumed is None
            else failure.is_assumed
        )
        self.add_finding(failure, operation, phase, curl, is_question=is_question)

    def add_finding(
        self, failure: CheckFailure, operation: Operation, phase: str, curl: str, *, is_question: bool = False
    ) -> None:
        """Record a failure as a finding, or as a question to the vendor, without what reports cannot show."""

        def shown(text: str) -> str:
            return printable(self._target.masked(text))

        curl = curl if len(curl) <= LENGTH else f"{curl[:LENGTH]}…"
        self._run.add(
            Finding(
                provider=self._subject.name,
                operation=operation.id,
                phase=phase,
                check=failure.check,
                says=shown(failure.says),
                curl=shown(curl),
                sentence=shown(failure.sentence),
            ),
            is_question=is_question,
        )

    def count_edge(self, operation: Operation) -> None:
        """Count a request of the edges, whose body is judged."""
        self._run.phases["edges"] += 1
        self._run.operations[operation.id].cases += 1
        self._run.checks["body_schema_iff"] += 1
        self._run.checked_bodies += 1


def follows_link(node: CaseNode, operation: Operation) -> bool:
    """Whether all path parameters come from the link, and no query or header parameter narrows the search.

    A link that schemathesis infers may give some of them only; the others are made up, so that nothing was returned.
    """
    names = {name.lower() for name in [*(node.value.headers or {}), *(node.value.query or {})]}
    if any(parameter.name.lower() in names for parameter in operation.parameters if parameter.place != "path"):
        return False
    given = node.transition.parameters.get("path_parameters", {}) if node.transition is not None else {}
    sent = node.value.path_parameters or {}
    wanted = [parameter.name for parameter in operation.parameters if parameter.place == "path"]
    return bool(wanted) and all(name in given and _is_sent(given[name].value, sent.get(name)) for name in wanted)


def _is_sent(extracted: Result[Any, Exception] | None, sent: object) -> bool:
    return isinstance(extracted, Ok) and str(extracted.ok()) == str(sent)


def printable(text: str) -> str:
    """Escape unprintable characters except line ends, because terminals, XML and HTML cannot show them."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


def is_positive(case: AnyCase) -> bool:
    """Whether a case was generated as a valid one."""
    meta = case.meta
    return meta is not None and not meta.generation.mode.is_negative


def valid_but_for_its_credential(case: AnyCase, operation: Operation) -> bool:
    """Whether schemathesis calls a query invalid only because of the credential in it, which is not a parameter."""
    scheme, query = operation.scheme, dict(case.query or {})
    if scheme is None or scheme.place != "query" or scheme.name not in query:
        return False
    meta = case.meta
    if meta is None:
        return False
    others = [component for place, component in meta.components.items() if place is not ParameterLocation.QUERY]
    known = [parameter for parameter in operation.parameters if parameter.place == "query"]
    pairs = list(_list_pairs(query))
    return (
        not any(component.mode.is_negative for component in others)
        and not operation.query_names.find_unknown(pairs)
        and not any(parameter.read(parameter.collect(pairs))[1] for parameter in known)
    )


def _list_pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and values of a query as they are sent: lists are repeated, objects have their keys in brackets."""
    for name, value in query.items():
        if isinstance(value, dict):
            yield from ((f"{name}[{key}]", str(inner)) for key, inner in value.items())
        elif isinstance(value, list):
            yield from ((name, str(inner)) for inner in value)
        else:
            yield name, str(value)


def is_ordinary(node: CaseNode, operation: Operation) -> bool:
    """Whether a case calls the operation itself, so is neither a probe of a check nor another method on its path."""
    linked = node.parent_id is None or node.transition is not None
    return linked and node.value.method.upper() == operation.method
