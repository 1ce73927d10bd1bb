"""rule_enforced: a server with its own data refuses what a rule of the contract refuses for the state."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from paysandbox.check.live_calls import read_reply
from paysandbox.check.own_checks import CheckFailure
from paysandbox.check.own_data import OwnData
from paysandbox.check.read_back import Call
from paysandbox.check.records import example_query
from paysandbox.check.request_builder import RequestBuilder
from paysandbox.check.rule_probes import Probe, ProbeFinder
from paysandbox.check.subject import Subject
from paysandbox.check.unchanged import Look, Unchanged
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
        finder = ProbeFinder(self._subject, self._own.cookbook)
        for operation in operations:
            for probe in finder.find(operation):
                self._try(schema, probe, counts)

    def _try(self, schema: Any, probe: Probe, counts: Counter[str]) -> None:
        for _ in range(MOST_TRIES):
            made = self._own.follow(probe.recipe)
            if any(field not in made for _, field in probe.takes):
                return
            path = {parameter: made[field] for parameter, field in probe.takes}
            body = self._own.fill(probe.operation, probe.body)
            if probe.is_repeat:
                is_done = self._succeeds(probe, self._send(probe, path, body))
                self._own.judge(succeeded=is_done)
                if not is_done:
                    continue
            looks = self._unchanged.look(probe.operation, path, body)
            reply = self._send(probe, path, body)
            if reply is not None:
                counts[NAME] += 1
                for failure in self._judge(probe, reply, looks, counts):
                    case = self._builder.build_call(schema, probe.operation, path, body)
                    self._recorder.add_failure(failure, case, None, None, PHASE)
            return

    def _judge(self, probe: Probe, reply: Response, looks: list[Look], counts: Counter[str]) -> Iterator[CheckFailure]:
        if not self._succeeds(probe, reply):
            yield from self._unchanged.compare(probe.operation, reply.status, looks, counts)
            return
        rule = probe.rule
        says = f"what the rule {rule.id} refuses is taken with {reply.status}: the call {probe.what}"
        cited = f"{rule.says} [{rule.provenance}: {rule.source}]"
        yield CheckFailure(NAME, says, cited, is_assumed=rule.provenance == ASSUMED)

    def _succeeds(self, probe: Probe, reply: Response | None) -> bool:
        return reply is not None and self._subject.is_success(probe.operation, reply.status, read_reply(reply))

    def _send(self, probe: Probe, path: Mapping[str, Any], body: Any) -> Response | None:
        return self._call(probe.operation, body, path, example_query(self._subject, probe.operation))
