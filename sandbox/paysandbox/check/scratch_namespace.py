"""A namespace made for a check, so that other users of the sandbox are not affected."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self

from msgspec import UNSET

from paysandbox.evidence.callers import Unreachable
from paysandbox.kit.runtime import CONTROL_PREFIX
from paysandbox.testing import Response

DEFAULT: Final = "default"
HEADER: Final = "X-Sandbox-Namespace"
NAMESPACES: Final = f"/{CONTROL_PREFIX}/namespaces"
GONE: Final = (204, 404)
_NOT_ADMITTED: Final = (401, 403)


class Caller(Protocol):
    """Calls a sandbox, in memory or over HTTP; paths begin at its root."""

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        headers: Mapping[str, str | None] | None = None,
        query: str | None = None,
    ) -> Response:
        """Call the sandbox."""


class Step(NamedTuple):
    """A set-up call. `path` begins at the root of the sandbox."""

    method: str
    path: str
    json: Any = UNSET
    headers: Mapping[str, str | None] = {}
    query: str = ""


class ScratchNamespace:
    """Context manager: a namespace for a check, deleted at the end with all namespaces that the check created.

    `setup_steps` are the calls that make everything the contract's examples refer to.
    """

    def __init__(self, caller: Caller, name: str = DEFAULT, setup_steps: Iterable[Step] = ()) -> None:
        self.name = name
        self._caller = caller
        self._setup_steps = tuple(setup_steps)
        self._made: set[str] = set()

    def __enter__(self) -> Self:
        """Create the namespace.

        Raises:
            Unreachable: the sandbox refuses.
        """
        if self.name != DEFAULT:
            self._call(Step("POST", NAMESPACES, {"name": self.name}), wanted=(201,))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Delete all namespaces.

        Raises:
            Unreachable: the sandbox no longer answers, so something may stay.
        """
        self._forget({*self._made, self.name})

    def record_reply(self, operation: str, reply: Any) -> None:
        """Remember the namespace that an operation created; `reply` is its JSON value, or None."""
        if operation in {"createNamespace", "forkNamespace"} and isinstance(reply, dict) and "clock" in reply:
            self._made.add(reply["name"])

    def reset(self) -> None:
        """Restore records, journal, clock, faults and snapshots, and repeat the set-up calls.

        Raises:
            Unreachable: the sandbox refuses.
        """
        # Deleted instead of reset, because journals share one limit and a long one would evict the entries of others.
        # The next call into the namespace creates it again.
        self._forget({*self._made, self.name})
        for step in self._setup_steps:
            self._call(step)

    def _forget(self, names: set[str]) -> None:
        for name in sorted(names):
            self._call(Step("DELETE", f"{NAMESPACES}/{name}", query="counted=false"), wanted=GONE)
        self._made.clear()

    def _call(self, step: Step, wanted: tuple[int, ...] = ()) -> None:
        status = self._caller.call(
            step.method, step.path, json=step.json, headers=step.headers, query=step.query
        ).status
        if not wanted or status in wanted:
            return
        reply = f"the sandbox answered {status} to {step.method} {step.path}"
        if status in _NOT_ADMITTED:
            raise Unreachable(f"{reply}; it requires its --control-token")
        raise Unreachable(f"{reply} instead of {wanted[0]}")
