"""The control plane's own calls in memory: bodies, queries, paths and headers that are almost those of its contract."""

from random import Random

from msgspec import UNSET

from paysandbox.check.subject import Subject
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.testing import Client
from tests.helpers.valid_calls import ValidCall
from tools.fuzz.json_door import hostile, judged
from tools.fuzz.tally import MIB, Finding, Tally


class ControlDoor:
    """Calls to every operation of the control plane; each begins with the setup_steps that its examples are about."""

    name = "control"
    pid = "self"
    growth = 96 * MIB  # the journals may take 64

    def __init__(self, runtime: Runtime) -> None:
        self._subject = Subject(CONTROL, runtime)
        self._client = Client(runtime)
        self._calls = list(calls(self._subject))

    def case(self, dice: Random, tally: Tally) -> None:
        """One call, and all that must hold after it.

        Raises:
            Finding: something does not.
        """
        call = dice.choice(self._calls)
        sent = hostile(dice, call)
        self._subject.reset()
        judged(self._client, sent, tally)

    def check(self, tally: Tally) -> None:  # noqa: ARG002 - as every door has it
        """The sandbox is well.

        Raises:
            Finding: it is not.
        """
        well = self._client.get("/_sandbox/health")
        if well.status != 200:
            raise Finding(f"health answers {well.status}")


def calls(subject: Subject) -> list[ValidCall]:
    """A call for each example of each operation."""
    found = []
    for operation in subject.operations:
        parameters = {
            one["name"]: str(one["example"])
            for one in subject.parameters(operation)
            if one["in"] == "query" and "example" in one
        }
        path = subject.root + subject.path_of(operation)
        bodies = list(subject.examples(operation).values()) or [UNSET]
        found += [ValidCall(subject.service, operation, path, {}, parameters, body) for body in bodies]
    return found
