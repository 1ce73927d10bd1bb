"""Where a check works: a namespace of its own, so that whoever uses the same sandbox notices nothing."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self

from msgspec import UNSET

from paysandbox.kit.runtime import CONTROL_PREFIX
from paysandbox.testing import Response

DEFAULT: Final = "default"
HEADER: Final = "X-Sandbox-Namespace"
NAMESPACES: Final = f"/{CONTROL_PREFIX}/namespaces"
GONE: Final = (204, 404)
_NOT_ADMITTED: Final = (401, 403)


class Unreachable(Exception):
    """Nobody answers there, or not as agreed."""


class Door(Protocol):
    """A way into a sandbox, in memory or over HTTP; paths begin at its root."""

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        headers: Mapping[str, str | None] | None = None,
        query: str | None = None,
    ) -> Response:
        """One call."""


class Step(NamedTuple):
    """A call that sets a scene. `path` begins at the sandbox's root."""

    method: str
    path: str
    json: Any = UNSET
    headers: Mapping[str, str | None] = {}
    query: str = ""


class ScratchNamespace:
    """A namespace that a check has to itself, for a block; neither it nor what the check made besides stays.

    `scene` are the calls after which it has everything that the checked contract's examples name.
    """

    def __init__(self, door: Door, name: str = DEFAULT, scene: Iterable[Step] = ()) -> None:
        self.name = name
        self._door = door
        self._scene = tuple(scene)
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        """Make the namespace.

        Raises:
            Unreachable: the sandbox does not do so.
        """
        if self.name != DEFAULT:
            self._call(Step("POST", NAMESPACES, {"name": self.name}), wanted=(201,))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind.

        Raises:
            Unreachable: something stays, as the sandbox no longer answers.
        """
        self._forget({*self._made, self.name})

    def note(self, operation: str, reply: Any) -> None:
        """Remember a namespace that a reply (None: no JSON) of this operation says was made."""
        if operation in {"createNamespace", "forkNamespace"} and isinstance(reply, dict) and "clock" in reply:
            self._made.add(reply["name"])

    def reset(self) -> None:
        """Everything as it was at the first call: records, journal, clock, faults and snapshots, and the scene set.

        The namespace is dropped instead of reset, as journals share one limit: a long one would drive out the entries
        of others. The first call into it makes it anew.

        Raises:
            Unreachable: the sandbox does not do so.
        """
        self._forget({*self._made, self.name})
        for step in self._scene:
            self._call(step)

    def _forget(self, names: set[str]) -> None:
        for name in sorted(names):
            self._call(Step("DELETE", f"{NAMESPACES}/{name}", query="counted=false"), wanted=GONE)
        self._made.clear()

    def _call(self, step: Step, wanted: tuple[int, ...] = ()) -> None:
        status = self._door.call(step.method, step.path, json=step.json, headers=step.headers, query=step.query).status
        if not wanted or status in wanted:
            return
        why = f"answers {status} to {step.method} {step.path}"
        if status in _NOT_ADMITTED:
            raise Unreachable(f"this is a sandbox, and it {why}; it wants its --control-token")
        raise Unreachable(f"this is a sandbox, and it {why} instead of {wanted[0]}")
