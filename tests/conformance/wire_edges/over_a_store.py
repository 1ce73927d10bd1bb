"""One API at two processes over a store, as edges meet it: what they remember is read over HTTP, from both by turns."""

from itertools import cycle
from typing import Any, Final

from paysandbox.check.scratch_namespace import DEFAULT, NAMESPACES, ScratchNamespace, Step
from paysandbox.check.target import TargetCaller
from paysandbox.kit.runtime import CONTROL
from tests.conformance.wire_edges.targets import one_of_each
from tests.helpers.raw_http import WireTarget
from tests.helpers.runtimes import NOON, Response

HOME: Final = f"{NAMESPACES}/{DEFAULT}"
KEPT: Final = ("snapshots/fixtures/diff", "faults", "webhooks")


class ByTurns:
    """Calls the control planes of several processes by turns, each over one connection."""

    def __init__(self, *urls: str) -> None:
        self._callers = [TargetCaller(url, {}) for url in urls]
        self._turns = cycle(self._callers)

    def call(self, method: str, path: str, **options: Any) -> Response:
        return next(self._turns).call(method, path, **options)

    def get(self, path: str) -> Any:
        """The JSON value of a reply."""
        reply = self.call("GET", path)
        assert reply.status == 200, reply
        return reply.json

    def close(self) -> None:
        for caller in self._callers:
            caller.close()


class StoredTarget(WireTarget):
    """One provider; of its operations, one of each kind."""

    def __init__(self, name: str, *urls: str) -> None:
        super().__init__(name, *urls)
        self.operations = tuple(one_of_each(self.subject.operations))
        self.control = ByTurns(*urls)

    def reset(self) -> None:
        """The default namespace back to its fixtures."""
        assert self.control.call("POST", f"{HOME}/reset").status == 204

    def dump(self) -> Any:
        """What differs from the fixtures."""
        return self.control.get(f"{HOME}/snapshots/fixtures/diff")


class StoredControlTarget(StoredTarget):
    """The control plane after its set-up calls, with a clock that stands still."""

    def __init__(self, *urls: str) -> None:
        super().__init__(CONTROL, *urls)
        # A sandbox with a store takes no files over, so `reset` stands for its kind.
        self.operations = tuple(one_of_each([one for one in self.subject.operations if one.id != "reload"]))
        stop = Step("PUT", f"{HOME}/clock", {"now": f"{NOON:%Y-%m-%dT%H:%M:%SZ}", "frozen": True})
        self._scratch = ScratchNamespace(self.control, setup_steps=(stop, *self.subject.setup_steps))

    def reset(self) -> None:
        """The default namespace after the set-up calls, and no other."""
        for namespace in self._list():
            if namespace["name"] != DEFAULT:
                assert self.control.call("DELETE", f"{NAMESPACES}/{namespace['name']}").status == 204
        self._scratch.reset()

    def dump(self) -> Any:
        """What can be read of each namespace; its URLs are those of the process that is asked."""
        return {
            namespace["name"]: {
                **{part: value for part, value in namespace.items() if part != "providers"},
                **{part: self.control.get(f"{NAMESPACES}/{namespace['name']}/{part}") for part in KEPT},
            }
            for namespace in self._list()
        }

    def _list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get(NAMESPACES)["namespaces"]
        return found
