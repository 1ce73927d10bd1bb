"""rule_enforced: a server with its own data refuses what a rule of the contract refuses for the state."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_checks import CheckFailure
from paysandbox.check.own_data import OwnData
from paysandbox.check.read_back import Call
from paysandbox.check.records import example_query
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.rule_probes import Probe, ProbeFinder, find_part, put_value
from paysandbox.check.subject import Subject
from paysandbox.check.unchanged import Look, Unchanged
from paysandbox.check.unique_values import number_value
from paysandbox.check.unknown_references import UnknownFinder
from paysandbox.check.verdicts import VerdictRecorder
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import ASSUMED
from paysandbox.testing import Response

NAME: Final = "rule_enforced"
PHASE: Final = "rules"
MOST_TRIES: Final = 3  # records made for a probe; the first may have a name that the server knows already


class RuleSuite:
    """Tries the probes of an API's rules on records that `own` makes; what refuses them may change nothing."""

    def __init__(
        self,
        subject: Subject,
        own: OwnData,
        call: Call,
        builder: RequestBuilder,
        recorder: VerdictRecorder,
        unchanged: Unchanged,
    ) -> None:
        self._subject = subject
        self._own = own
        self._call = call
        self._builder = builder
        self._recorder = recorder
        self._unchanged = unchanged

    def run(self, schema: Any, operations: Sequence[Operation], counts: Counter[str]) -> None:
        """Try the rules of these operations; `schema` makes the cases that reports show.

        Raises:
            Unreachable: no server answers.
        """
        for probe in list_probes(self._subject, self._own, operations):
            self._try(schema, probe, counts)

    def _try(self, schema: Any, probe: Probe, counts: Counter[str]) -> None:
        for turn in range(MOST_TRIES):
            made = self._own.follow(probe.recipe)
            if any(field not in made for _, field in probe.takes):
                return
            path, query, body = self._fill(probe, made, turn)
            if probe.is_repeat:
                is_done = self._succeeds(probe, self._send(probe, path, query, body))
                self._own.judge(succeeded=is_done)
                if not is_done:
                    continue
            looks = self._unchanged.look(probe.operation, path, body)
            reply = self._send(probe, path, query, body)
            if reply is not None:
                if self._is_refused_before(probe, reply) and turn + 1 < MOST_TRIES:
                    continue
                counts[NAME] += 1
                for failure in self._judge(probe, reply, looks, counts):
                    case = self._builder.build_call(schema, probe.operation, path, query, body)
                    self._recorder.add_failure(failure, case, None, None, PHASE)
            return

    def _is_refused_before(self, probe: Probe, reply: Response) -> bool:
        """Whether another refusal came before that of the unknown name, such as of a number that another record has."""
        return probe.unknown is not None and reply.status != probe.status and not self._succeeds(probe, reply)

    def _judge(self, probe: Probe, reply: Response, looks: list[Look], counts: Counter[str]) -> Iterator[CheckFailure]:
        if not self._succeeds(probe, reply):
            yield from self._unchanged.compare(probe.operation, reply.status, looks, counts)
            return
        says = f"what {probe.refuser} refuses is taken with {reply.status}: the call {probe.what}"
        spec = probe.rule or probe.operation.replies[probe.status]
        cited = f"{spec.says} [{spec.provenance}: {spec.source}]"
        yield CheckFailure(NAME, says, cited, is_assumed=spec.provenance == ASSUMED)

    def _succeeds(self, probe: Probe, reply: Response | None) -> bool:
        return reply is not None and self._subject.is_success(probe.operation, reply.status, read_reply(reply))

    def _fill(self, probe: Probe, made: Mapping[str, Any], turn: int) -> tuple[dict[str, Any], dict[str, Any], Any]:
        """The path, the query and the body of a probe, with records of the server but for the one that is unknown.

        After the first `turn` all texts that may be anything are other ones.
        """
        path = {parameter: made[field] for parameter, field in probe.takes}
        query = example_query(self._subject, probe.operation)
        body = self._own.fill(probe.operation, probe.body)
        if probe.unknown is None:
            return path, query, body
        kind, name, *_ = probe.unknown.place
        if kind == "path":
            path[str(name)] = probe.unknown.value
        elif kind == "query":
            query[str(name)] = probe.unknown.value
        else:
            body = body if find_part(body, probe.unknown.place[1:]) is not None else probe.body
            for place in probe.free if turn else ():
                text = find_part(body, place)
                body = put_value(body, place, number_value(text, turn)) if isinstance(text, str) else body
            body = probe.unknown.put_into("body", body)
        return path, query, body

    def _send(self, probe: Probe, path: Mapping[str, Any], query: Mapping[str, Any], body: Any) -> Response | None:
        return self._call(probe.operation, body, path, query)


def list_probes(subject: Subject, own: OwnData, operations: Iterable[Operation]) -> Iterator[Probe]:
    """What rules of these operations refuse, and what names no record."""
    finder, unknown = ProbeFinder(subject, own.cookbook), UnknownFinder(subject, own.cookbook, own.fields)
    for operation in operations:
        yield from finder.find(operation)
        yield from unknown.find(operation)
