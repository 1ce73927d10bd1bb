"""Tell what rests on assumed parts of a contract alone, which is a question to the vendor rather than a finding.

An invalid request that a server takes rests on the properties that make it invalid, a reply on the properties that
make it invalid or on its status, and anything else on the operation.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from msgspec.structs import replace
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.engine.recorder import Request

from paysandbox.check.own_checks import AnyCase, cite_violation, get_header, read_body
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.contract.validators import Schemas, SchemaValidator
from paysandbox.core.problems import Invalid, UnknownResource, Violation
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_request import judge_request, without_state
from paysandbox.kit.provider import Service
from paysandbox.recordings.exchange import Exchange, Message, split_url

OF_REQUEST: Final = frozenset({"body_schema_iff", "negative_data_rejection"})
OF_BODY: Final = "response_schema_conformance"
OF_STATUS: Final = "status_code_conformance"
OF_REPLY: Final = frozenset(
    {
        OF_BODY,
        OF_STATUS,
        "content_type_conformance",
        "documented_empty_body",
        "envelope_status",
        "response_headers_conformance",
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
            return self.is_reply_assumed(operation, reply)
        return operation.provenance == ASSUMED

    def cite(
        self, check: str, operation: Operation, case: AnyCase, request: Request | None, reply: Response | None
    ) -> str | None:
        """What the contract says of the first part that makes a request or a reply invalid; None if no part does."""
        if self._subject.is_control:
            return None
        if check == OF_BODY and reply is not None:
            return next((cite_violation(found, operation) for found in self.find_broken(operation, reply)), None)
        if check not in OF_REQUEST or request is None:
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

    def is_reply_assumed(self, operation: Operation, reply: Response) -> bool:
        """Whether a reply contradicts assumptions alone: the properties that make its body invalid, else its status."""
        spec = operation.replies.get(reply.status_code)
        if spec is None:
            return is_status_assumed(operation, reply.status_code)
        broken = self.find_broken(operation, reply)
        return all(violation.provenance == ASSUMED for violation in broken) if broken else spec.provenance == ASSUMED

    def find_broken(self, operation: Operation, reply: Response) -> list[Violation]:
        """What makes the body of a reply invalid, each with its provenance, which may be that of the status."""
        spec = operation.replies.get(reply.status_code)
        media_type = (get_header(reply, "content-type") or "").partition(";")[0].strip()
        judge = spec.contents.get(media_type) if spec is not None else None
        if spec is None or judge is None:
            return []
        body = read_body(reply)
        broken = list(judge.violations(body))
        if broken and self._subject.envelope(operation, reply.status_code):
            broken = min((form.violations(body) for form in self._list_forms(operation, reply.status_code)), key=len)
        return [
            violation if violation.provenance else replace(violation, provenance=spec.provenance, source=spec.source)
            for violation in broken
        ]

    def _list_forms(self, operation: Operation, status: int) -> list[SchemaValidator]:
        """The forms of an envelope, success first; the one with the fewest faults is the one that was meant."""
        place = self._subject.envelope(operation, status) or ()
        count = self._subject.envelope_branches(operation, status)
        return [self._schemas.validator(*place[:-1], number) for number in range(count)]

    @cached_property
    def _schemas(self) -> Schemas:
        return Schemas(self._subject.document)


def is_status_assumed(operation: Operation, status: int) -> bool:
    """Whether an undocumented status contradicts assumptions alone: all known ones of its class, as 200 for 201."""
    alike = [spec for known, spec in operation.replies.items() if known // 100 == status // 100]
    return operation.provenance == ASSUMED or (bool(alike) and all(spec.provenance == ASSUMED for spec in alike))


def _grade(violation: Violation, operation: Operation) -> str:
    return violation.provenance or operation.provenance
