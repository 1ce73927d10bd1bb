"""Bodies at edges that generated cases do not hit: odd dates and amounts, and an unknown property in each object.

Which these are is known, so they need not be drawn. They are sent as exact JSON, where generated numbers are floats.
Each schema of an API gets them at the first operation that has it. Only a sandbox does, because another server need not
have the records that the contract's examples name.
"""

import shlex
from collections.abc import Callable, Iterable
from typing import Final

from paysandbox.check.live_calls import LiveCalls, MemoryCalls, read_reply
from paysandbox.check.mutations import Mutant, build_edges
from paysandbox.check.own_checks import Outcome, judge_body
from paysandbox.check.progress import Progress
from paysandbox.check.records import example_query
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target
from paysandbox.check.verdicts import VerdictRecorder
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json

PHASE: Final = "edges"


class EdgeSuite:
    """Sends the edges of an API. `reset` restores the fixtures, and raises where the time is up."""

    def __init__(
        self,
        subject: Subject,
        target: Target,
        calls: LiveCalls | MemoryCalls,
        recorder: VerdictRecorder,
        reset: Callable[[], None],
    ) -> None:
        self._subject = subject
        self._target = target
        self._calls = calls
        self._recorder = recorder
        self._reset = reset

    def run(self, operations: Iterable[Operation], progress: Progress) -> None:
        """Send all edges of these operations; none of the control plane, whose examples need more than a body."""
        if self._subject.is_sandbox and not self._subject.is_control:
            progress.tell(f"edges: {self._try_all(operations)} cases")

    def _try_all(self, operations: Iterable[Operation]) -> int:
        seen: set[str] = set()
        count = 0
        for operation in operations:
            if operation.body is None or operation.body.media_type != "application/json":
                continue
            place, examples = self._subject.body_schema_path(operation), self._subject.examples(operation)
            for edge in build_edges(self._subject, place, examples, seen):
                # A credential of the right form need not be the right one.
                if self._subject.credentials.keys().isdisjoint(edge.path):
                    self._try_edge(operation, edge)
                    count += 1
        return count

    def _try_edge(self, operation: Operation, edge: Mutant) -> None:
        assert operation.body is not None
        self._reset()
        reply = self._calls.call(operation, edge.body, {}, example_query(self._subject, operation))
        if reply is None:
            return
        self._recorder.count_edge(operation)
        done = self._subject.is_success(operation, reply.status, read_reply(reply))
        outcome = Outcome(reply.status, done, reply.headers.get("x-sandbox-reason") == "state")
        value = operation.body.read_only.strip(edge.body)
        valid = self._subject.is_valid(self._subject.body_schema_path(operation), value)
        for failure in judge_body(self._subject, operation, value, outcome, valid=valid):
            self._recorder.add_finding(failure, operation, PHASE, self._describe(operation, edge))

    def _describe(self, operation: Operation, edge: Mutant) -> str:
        """The curl command that repeats the request."""
        headers, query = self._subject.credential_of(operation, self._target.credentials)
        base = self._target.url + self._subject.service.contract.base_path
        url = f"{base}{self._subject.path_of(operation)}{'?' if query else ''}{query}"
        given = self._subject.headers_of(operation)
        sent = {**self._target.headers, **given, **headers, "Content-Type": "application/json"}
        options = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in sent.items()]
        body = shlex.quote(write_json(edge.body).decode())
        return f"curl -X {operation.method} {' '.join(options)} -d {body} {shlex.quote(url)}"
