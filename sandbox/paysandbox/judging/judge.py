"""Hold one recorded exchange against the contract of its provider: what differs, and which assumptions it settles."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

from paysandbox.contract.operation import Operation
from paysandbox.contract.parameters import MARKS
from paysandbox.contract.provenance import ASSUMED
from paysandbox.contract.validators import UNKNOWN, Schemas
from paysandbox.control.exchange_masking import Bodies, read_bodies
from paysandbox.core.messages import Call
from paysandbox.core.problems import Problem, Unroutable
from paysandbox.coverage.units import Unit
from paysandbox.judging import differences
from paysandbox.judging.differences import Difference, generalize
from paysandbox.judging.traffic import Addressed
from paysandbox.judging.verdict_on_reply import Lack, ReplyJudge
from paysandbox.judging.verdict_on_request import Verdict, judge_request, split_unknown, without_state
from paysandbox.kit.provider import Service
from paysandbox.recordings.exchange import split_url

# What these refuse, the request alone does not show: credentials, records, how many calls there were before.
_BY_STATE: Final = frozenset({401, 402, 403, 404, 409, 410, 412, 423, 429})
_SERVER_ERROR: Final = 500
_NEAR: Final = 3  # levels at which a reply tells the value that a default has


class Judge:
    """Judges the exchanges of one provider under one choice of its variants.

    `state` is any state of the provider, by which refusals are worded; it is not changed.
    """

    def __init__(self, service: Service, state: Any) -> None:
        self.service = service
        self._plain = without_state(service)
        self._state = state
        self._schemas = Schemas(service.contract.document)
        self._replies: dict[str, ReplyJudge] = {}
        self._units: Mapping[str, Unit] = {unit.id: unit for unit in service.coverage.units}

    def find_operation(self, addressed: Addressed) -> Operation | None:
        """The operation of an exchange; None if the contract lacks it."""
        try:
            return self.service.contract.route(addressed.exchange.method, addressed.path)[0]
        except Unroutable:
            return None

    def judge(self, addressed: Addressed, operation: Operation, bodies: Bodies | None = None) -> Iterator[Difference]:
        """Yield all that an exchange says of the contract; `bodies` are its own, if they were parsed before."""
        exchange = addressed.exchange
        bodies = bodies or read_bodies(exchange)
        replies = self._replies.get(operation.id)
        if replies is None:
            replies = self._replies[operation.id] = ReplyJudge(self.service, operation, self._schemas)
        for lack in replies.find_lacks(exchange, bodies.answered):
            yield self._tell_lack(addressed, operation, lack)
        succeeded = replies.is_success(exchange.status, bodies.answered)
        call: Call | None = None
        verdict = self.judge_request(addressed, operation)
        if verdict is not None:
            call = verdict.call
            if succeeded and verdict.problem is not None:
                yield from self._tell_strict(addressed, operation, verdict.problem)
            elif not succeeded:
                yield from self._tell_refusal(addressed, operation, verdict.problem, verdict.status)
        yield from self._confirm(addressed, operation, bodies, call, succeeded=succeeded)

    def judge_request(self, addressed: Addressed, operation: Operation) -> Verdict | None:
        """Return what the contract says of the request alone; None if its body was not recorded."""
        if addressed.exchange.request.content is None:
            return None
        return judge_request(addressed, self._plain, operation, self._state)

    def _make(
        self,
        addressed: Addressed,
        operation: Operation,
        verdict: str,
        about: str,
        where: str,
        message: str,
        **more: Any,
    ) -> Difference:
        return Difference(
            verdict=verdict,
            provider=addressed.provider,
            operation=operation.id,
            about=about,
            where=generalize(where),
            message=message,
            provenance=more.pop("provenance", differences.REALITY),
            places=(str(addressed.exchange.place),),
            **more,
        )

    def _tell_lack(self, addressed: Addressed, operation: Operation, lack: Lack) -> Difference:
        violation = lack.violation
        more: dict[str, Any] = {"value": lack.value}
        verdict = differences.UNDOCUMENTED
        if violation is not None and violation.keyword not in UNKNOWN:
            more |= {"provenance": violation.provenance or operation.provenance, "says": violation.own_sentence}
            more["source"] = violation.source
            if lack.about in ("bound", "missing property"):
                verdict = differences.CONTRADICTED
        return self._make(addressed, operation, verdict, lack.about, lack.where, lack.message, **more)

    def _tell_strict(self, addressed: Addressed, operation: Operation, problem: Problem) -> Iterator[Difference]:
        """The contract refuses what the vendor took: a difference for each violation."""
        for violation in (part for one in problem.violations for part in split_unknown(one)):
            yield self._make(
                addressed,
                operation,
                differences.TOO_STRICT,
                violation.keyword,
                violation.pointer,
                violation.message,
                provenance=violation.provenance or operation.provenance,
                says=violation.own_sentence,
                source=violation.source,
            )
        if not problem.violations:
            kind = type(problem).__name__
            yield self._make(addressed, operation, differences.TOO_STRICT, kind, "", problem.message)

    def _tell_refusal(
        self, addressed: Addressed, operation: Operation, problem: Problem | None, status: int | None
    ) -> Iterator[Difference]:
        """The vendor refused: with another status than the contract says, or what the contract allows."""
        answered = addressed.exchange.status
        if answered is None or answered in _BY_STATE or answered >= _SERVER_ERROR:
            return
        if problem is None and answered in operation.replies:
            said = _describe_body(addressed)
            # Records may be the cause where the operation takes an id, or has a rule that calls can break.
            has_state = bool(operation.rules) or any(one.place == "path" for one in operation.parameters)
            verdict = differences.UNCLEAR if has_state else differences.TOO_LENIENT
            message = f"the vendor refused with {answered}, and the contract allows the request{said}"
            yield self._make(addressed, operation, verdict, "request", str(answered), message)
        elif problem is not None and status is not None and status != answered and answered in operation.replies:
            spec = operation.replies.get(status)
            kind = type(problem).__name__
            yield self._make(
                addressed,
                operation,
                differences.CONTRADICTED,
                "status",
                f"{status} {kind}",
                f"the vendor refused with {answered}, the sandbox with {status}: {problem.message}",
                provenance=operation.provenance if spec is None else spec.provenance,
                says=None if spec is None else spec.says,
                source=None if spec is None or spec.source is None else str(spec.source),
                unit=f"{operation.id} {status}",
            )

    def _confirm(
        self, addressed: Addressed, operation: Operation, bodies: Bodies, call: Call | None, *, succeeded: bool
    ) -> Iterator[Difference]:
        """The assumed units that the exchange shows to be so, or not to be so."""
        exchange = addressed.exchange
        assert exchange.status is not None
        taken = call if succeeded else None
        for name in self.service.coverage.find_exercised(operation, exchange.status, bodies.answered.value, taken, ()):
            unit = self._units[name]
            if unit.provenance == ASSUMED and unit.kind in (
                ("operation", "status", "enum") if succeeded else ("status",)
            ):
                yield self._settle(addressed, operation, unit, differences.CONFIRMED, "the vendor does so")
        if taken is not None:
            yield from self._settle_defaults(addressed, operation, bodies)

    def _settle(
        self, addressed: Addressed, operation: Operation, unit: Unit, verdict: str, message: str, value: Any = None
    ) -> Difference:
        more = {"provenance": unit.provenance, "says": unit.says, "source": unit.source, "unit": unit.id}
        where = unit.id.removeprefix(operation.id).strip()
        return self._make(addressed, operation, verdict, unit.kind, where, message, value=value, **more)

    def _settle_defaults(self, addressed: Addressed, operation: Operation, bodies: Bodies) -> Iterator[Difference]:
        """A default is settled where the reply tells a property of the same name that was not sent."""
        sent, reply = bodies.sent.value, bodies.answered.value
        query = {name for name, _ in _list_query(addressed)}
        for label, name, default, path in self._list_defaults(operation):
            unit = self._units.get(f"{operation.id} {label} default")
            omitted = name not in query if path is None else _omits(sent, path)
            if unit is None or unit.provenance != ASSUMED or not omitted:
                continue
            told = list(_find_named(reply, name, _NEAR))
            if told and all(_is_equal(value, default) for value in told):
                yield self._settle(addressed, operation, unit, differences.CONFIRMED, f"the reply tells {default!r}")
            elif len(told) == 1 and told[0] is not None and not isinstance(told[0], (dict, list)):
                message = f"the reply tells {told[0]!r}; the contract has {default!r}"
                yield self._settle(addressed, operation, unit, differences.CONTRADICTED, message, told[0])

    def _list_defaults(self, operation: Operation) -> Iterator[tuple[str, str, Any, tuple[str, ...] | None]]:
        """Label, name and value of each default, and its path in the body; None for a parameter."""
        for parameter in operation.parameters:
            if parameter.default is not None and parameter.place == "query":
                yield MARKS[parameter.place] % parameter.name, parameter.name, parameter.default, None
        if operation.body is not None:
            place = ("paths", operation.template, operation.method.lower(), "requestBody")
            content = self._schemas.at(place)["content"][operation.body.media_type]
            yield from self._walk_defaults(content["schema"], ())

    def _walk_defaults(
        self, written: Any, path: tuple[str, ...]
    ) -> Iterator[tuple[str, str, Any, tuple[str, ...] | None]]:
        schema = self._schemas.follow(written)
        if not isinstance(schema, dict) or len(path) > _NEAR:
            return
        for name, below in schema.get("properties", {}).items():
            inner = (*path, name)
            behind = self._schemas.follow(below)
            default = below.get("default", behind.get("default")) if isinstance(behind, dict) else None
            if default is not None:
                yield "/" + "/".join(inner), name, default, inner
            yield from self._walk_defaults(below, inner)


def _list_query(addressed: Addressed) -> list[tuple[str, str]]:
    return parse_qsl(split_url(addressed.exchange.url).query, keep_blank_values=True)


def _describe_body(addressed: Addressed) -> str:
    content = addressed.exchange.reply.content or b""
    text = " ".join(content.decode("utf-8", "replace").split())
    return f": {text[:200]}" if text else ""


def _get(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _omits(sent: Any, path: tuple[str, ...]) -> bool:
    """Whether an object that was sent leaves a property out. Null is a value, for which a default may not stand."""
    parent = _get(sent, path[:-1])
    return isinstance(parent, dict) and path[-1] not in parent


def _find_named(value: Any, name: str, depth: int) -> Iterator[Any]:
    """The values of a property of this name in an object, not within arrays."""
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            if key == name:
                yield inner
            else:
                yield from _find_named(inner, name, depth - 1)


def _is_equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one == other
    return str(one) == str(other)
