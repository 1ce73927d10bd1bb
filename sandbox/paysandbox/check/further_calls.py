"""All checks that make further calls beside a case, and compare what these answer."""

from collections import Counter
from collections.abc import Iterator

from schemathesis.core.transport import Response

from paysandbox.check.listing import Listed
from paysandbox.check.own_checks import AnyCase, CheckFailure
from paysandbox.check.read_back import Call, ReadBack
from paysandbox.check.subject import Subject
from paysandbox.check.unchanged import Unchanged
from paysandbox.contract.operation import Operation


class FurtherCalls:
    """Makes further calls by `call`.

    A sandbox goes back to its fixtures after each case, and has tests of its own for what a refused call may change.
    """

    def __init__(self, subject: Subject, call: Call, *, is_sandbox: bool) -> None:
        self.unchanged = Unchanged(subject, call)
        self._is_sandbox = is_sandbox
        self._checks: list[ReadBack | Listed | Unchanged] = [ReadBack(subject, call)]
        if not is_sandbox:
            self._checks += [Listed(subject, call), self.unchanged]

    def prepare(self, operation: Operation, case: AnyCase) -> None:
        """Make the calls before a case.

        Raises:
            Unreachable: no server answers.
        """
        if not self._is_sandbox:
            self.unchanged.prepare(operation, case)

    def check(
        self, operation: Operation, case: AnyCase, reply: Response, counts: Counter[str]
    ) -> Iterator[CheckFailure]:
        """Make the calls after a case, and count the verdicts in `counts`; yield what contradicts the reply.

        Raises:
            Unreachable: no server answers.
        """
        for check in self._checks:
            yield from check.check(operation, case, reply, counts)
