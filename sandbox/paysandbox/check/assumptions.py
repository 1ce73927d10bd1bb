"""Tell what rests on assumed parts of a contract alone, which is a question to the vendor rather than a finding.

An invalid request that a server takes rests on the properties that make it invalid, a reply on the properties that
make it invalid or on its status, and anything else on the operation.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import Request

from paysandbox.check.own_checks import AnyCase, cite_violation, get_header, read_body
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.core.problems import Invalid, UnknownResource, Violation
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_request import judge_request, without_state
from paysandbox.kit.provider import Service
from paysandbox.recordings.exchange import Exchange, Message, split_url

OF_REQUEST: Final = frozenset({"body_schema_iff", "negative_data_rejection"})
OF_REPLY: Final = frozenset(
    {
        "content_type_conformance",
        "documented_empty_body",
        "envelope_status",
        "response_headers_conformance",
        "response_schema_conformance",
    }
)
_BESIDE_THE_PATH: Final = [place for place in ParameterLocation if place is not ParameterLocation.PATH]


class Assumptions:
    """Judges the failures of one API at `url`, the root without the contract's base path."""

    def __init__(self, subject: Subject, url: str) -> None:
        self._subject = subject
        self._base = split_url(url).path

    def explain(
        self, check: str, operation: Operation, case: AnyCase, request: Request | None, reply: Response | None
    ) -> bool:
        """Whether a failed check contradicts assumed parts of the contract alone."""
        if check in OF_REQUEST and request is not None:
            violations = self.find_violations(operation, case, request)
            return bool(violations) and all(_grade(one, operation) == ASSUMED for one in violations)
        if check in OF_REPLY and reply is not None:
            return is_reply_assumed(operation, reply)
        return operation.provenance == ASSUMED

    def cite(self, check: str, operation: Operation, case: AnyCase, request: Request | None) -> str | None:
        """What the contract says of the first part that makes a request invalid; None if the check is of the reply."""
        if check not in OF_REQUEST or request is None or self._subject.is_control:
            return None
        return next(
            (cite_violation(found, operation) for found in self.find_violations(operation, case, request)), None
        )

    def find_violations(self, operation: Operation, case: AnyCase, request: Request) -> Sequence[Violation]:
        """All that makes a request invalid by a schema; none if that is not all, as in a body that is no JSON."""
        parts = split_url(request.uri)
        headers = tuple((name, value) for name, values in request.headers.items() for value in values)
        sent = Exchange(request.method, request.uri, Message(headers, request.body or b""), None, Message())
        addressed = Addressed(self._subject.name, parts.path.removeprefix(self._base), sent)
        state: Any = self._subject.runtime.namespaces.get("default").state(self._subject.name)
        problem = judge_request(addressed, self._service, operation, state).problem
        if isinstance(problem, UnknownResource):  # which tells of the path alone
            beside = case.meta is None or any(case.meta.is_negative_at(place) for place in _BESIDE_THE_PATH)
            return () if beside else problem.violations
        return problem.violations if isinstance(problem, Invalid) else ()

    @cached_property
    def _service(self) -> Service:
        return without_state(self._subject.service)


def is_reply_assumed(operation: Operation, reply: Response) -> bool:
    """Whether what a reply contradicts is only assumed: the properties that make its body invalid, else its status."""
    spec = operation.replies.get(reply.status_code)
    if spec is None:
        return operation.provenance == ASSUMED
    media_type = (get_header(reply, "content-type") or "").partition(";")[0].strip()
    judge = spec.contents.get(media_type)
    broken = judge.violations(read_body(reply)) if judge is not None else []
    if not broken:
        return spec.provenance == ASSUMED
    return all((violation.provenance or spec.provenance) == ASSUMED for violation in broken)


def _grade(violation: Violation, operation: Operation) -> str:
    return violation.provenance or operation.provenance
