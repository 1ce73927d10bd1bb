"""A running sandbox in the hands of a test: its namespaces, and all that the control plane knows and does.

with RunningSandbox("http://127.0.0.1:4080").namespace("checkout") as paysandbox:
    paysandbox.url(provider), paysandbox.credentials(provider)

Numbers with a fraction are `Decimal` in all that is read. Nothing here needs pytest.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

from paysandbox.client.env_vars import variables
from paysandbox.client.http import ControlClient, NotASandbox, SandboxError, path_of
from paysandbox.client.transcript import transcript

__all__ = ["Clock", "Fault", "NamespaceClient", "SandboxClient", "SandboxError"]

_JOURNAL: Final = 10_000  # as many calls as may be asked for at once
_SHOWN: Final = 20


class SandboxClient(ControlClient):
    """A sandbox at a URL; nothing is asked before a method is called."""

    def namespace(
        self,
        name: str | None = None,
        *,
        variants: Mapping[str, Mapping[str, str]] | None = None,
        now: datetime | str | None = None,
    ) -> "NamespaceClient":
        """A new namespace; without a name one is made up.

        Args:
            name: 1 to 100 of A-Z a-z 0-9 . _ - that no namespace has.
            variants: choices of providers, as in `{provider: {variant: choice}}`.
            now: its clock stands still at this moment, with a zone; RFC 3339 as text.

        Raises:
            SandboxError: the name is taken (409), or there is no such variant, choice or moment.
        """
        wanted = {"name": name, "variants": variants, "now": now}
        body = {member: value for member, value in wanted.items() if value is not None}
        return NamespaceClient(self, self.call("POST", "/namespaces", body))

    def health(self) -> dict[str, Any]:
        """Ask whether this is a sandbox that is ready.

        Returns:
            `{"status": "ok", "version", "uptime_seconds", "providers": [name, …]}`.

        Raises:
            SandboxUnreachable: no server answers.
            NotASandbox: another server answers.
        """
        try:
            found = self.call("GET", "/health")
        except SandboxError as error:
            if error.status is None:
                raise
            raise NotASandbox(self.url, f"GET /_sandbox/health answered {error.status}: {error.detail}") from None
        if not isinstance(found, dict) or found.get("status") != "ok" or not isinstance(found.get("providers"), list):
            raise NotASandbox(self.url, "GET /_sandbox/health answered something else")
        return found

    def coverage(self, form: str = "json") -> Any:
        """What the calls of all namespaces exercised; `form` is json, or text, junit or html as text."""
        return self.call("GET", "/coverage", format=form)


class Clock:
    """The time of a namespace."""

    def __init__(self, namespace: "NamespaceClient") -> None:
        self._namespace = namespace

    @property
    def now(self) -> datetime:
        """The present moment there; UTC."""
        return datetime.fromisoformat(self._namespace.call("GET", "/clock")["now"])

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        found: bool = self._namespace.call("GET", "/clock")["frozen"]
        return found

    def freeze(self, at: datetime | str | None = None) -> None:
        """Let it stand still: now, or at a moment with a zone; RFC 3339 as text."""
        self._namespace.call("PUT", "/clock", {"frozen": True} if at is None else {"now": at, "frozen": True})

    def advance(self, time: Decimal | timedelta | int) -> None:
        """Let time pass: seconds, or a timedelta. A clock that stands still is later, and still stands."""
        seconds = Decimal(time // timedelta(microseconds=1)).scaleb(-6) if isinstance(time, timedelta) else time
        self._namespace.call("POST", "/clock/advance", {"seconds": seconds})

    def release(self) -> None:
        """Let it go on from where it stands."""
        self._namespace.call("PUT", "/clock", {"frozen": False})


class Fault:
    """Something that is to go wrong."""

    def __init__(self, namespace: "NamespaceClient", name: str) -> None:
        self.id = name
        self._namespace = namespace

    @property
    def fired(self) -> int:
        """How many calls it has struck."""
        faults = self._namespace.call("GET", "/faults")["faults"]
        return next((one["fired"] for one in faults if one["id"] == self.id), 0)

    def call_off(self) -> None:
        """Let it strike no more."""
        self._namespace.call("DELETE", f"/faults/{self.id}")


class NamespaceClient:
    """A namespace: a world of its own over the fixtures. Left as a block, it is deleted."""

    def __init__(self, sandbox: SandboxClient, made: Mapping[str, Any]) -> None:
        """`made` is the namespace as the control plane shows it."""
        self.sandbox = sandbox
        self.namespace: str = made["name"]
        self.clock = Clock(self)
        self._providers: Mapping[str, Any] = made["providers"]
        self._snapshots = 0
        self._latest = "fixtures"

    def __repr__(self) -> str:
        """What a failing test shows of it."""
        return f"<Paysandbox, namespace {self.namespace}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.delete()

    def call(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Call the control plane about this namespace: `path` is what follows `/_sandbox/namespaces/<name>`."""
        return self.sandbox.call(method, f"{path_of('namespaces', self.namespace)}{path}", body, **query)

    def url(self, provider: str) -> str:
        """Where a provider stands in this namespace: no trailing slash, no base path."""
        found: str = self._provider(provider)["url"]
        return found

    def credentials(self, provider: str) -> dict[str, str]:
        """Test credentials of a provider, by name. They lead into this namespace under any URL."""
        return dict(self._provider(provider)["credentials"])

    @property
    def environment(self) -> dict[str, str]:
        """URLs and credentials as `paysandbox exec` gives them to a program: `PAYSANDBOX_URL` and the like."""
        return variables({"url": self.sandbox.url, "providers": self._providers})

    def requests(
        self,
        *,
        provider: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        refused: bool | None = None,
        limit: int = _JOURNAL,
    ) -> list[dict[str, Any]]:
        """The calls that were made, oldest first, with all that the journal knows of them; credentials masked."""
        chosen = {"provider": provider, "operation": operation, "status": status, "limit": limit}
        said = None if refused is None else str(refused).lower()
        found: list[dict[str, Any]] = self.call("GET", "/requests", refused=said, **chosen)["requests"]
        return found

    @property
    def refused(self) -> list[dict[str, Any]]:
        """The calls that were refused."""
        return self.requests(refused=True)

    def transcript(self, limit: int = _SHOWN) -> str:
        """The latest calls as text, with why they were refused, and advice; empty if there were none."""
        return transcript(self.requests(limit=limit))

    def state(self, provider: str, table: str | None = None) -> Any:
        """The records of a table by key, or all tables of a provider by name."""
        return self.call("GET", path_of("state", provider, table))

    def put(self, provider: str, table: str, key: str | int, record: Mapping[str, Any]) -> None:
        """Write a whole record; it is validated like a record of a fixture file.

        Raises:
            SandboxError: the record is not valid; the error lists everything that is wrong.
        """
        self.call("PUT", path_of("state", provider, table, str(key)), dict(record))

    def fault(
        self,
        *,
        then: Mapping[str, Any],
        when: Mapping[str, Any] | None = None,
        provider: str | None = None,
        operation: str | None = None,
    ) -> Fault:
        """Let something go wrong from the next call on, with all providers and operations that are not left out.

        Args:
            then: one of `{"status": 503}`, `{"delay_ms": 250}`, `{"drop": "before"}`, `{"drop": "after"}` (done, and
                the reply lost), `{"truncate": 10}`.
            when: which of the calls: `after`, `times`, `probability` and `seed`.
            provider: only calls to this provider.
            operation: only calls of the operation with this operationId.
        """
        wanted = {"provider": provider, "operation": operation, "when": when, "then": then}
        made = self.call("POST", "/faults", {name: value for name, value in wanted.items() if value is not None})
        return Fault(self, made["id"])

    def snapshot(self, name: str | None = None) -> str:
        """Keep the records as they are now; the name, made up if none is given."""
        self._snapshots += 1
        made: str = self.call("POST", "/snapshots", {"name": name or f"snapshot-{self._snapshots}"})["name"]
        self._latest = made
        return made

    def diff(self, since: str | None = None) -> dict[str, Any]:
        """What has changed since a snapshot: by default the latest that was taken here, or else the fixtures.

        `{provider: {table: {"added": {...}, "changed": {key: {"before", "after"}}, "removed": {...}}}}`, only where
        something differs.
        """
        found: dict[str, Any] = self.call("GET", path_of("snapshots", since or self._latest, "diff"))
        return found

    def restore(self, name: str | None = None) -> None:
        """Make the records what they were in a snapshot: by default the latest, or else the fixtures."""
        self.call("POST", path_of("snapshots", name or self._latest, "restore"))

    def reset(self) -> None:
        """Records and id counters back to the fixtures. Journal, clock, faults, snapshots and coverage stay."""
        self.call("POST", "/reset")

    def coverage(self, form: str = "json") -> Any:
        """What the calls here exercised of the contracts; `form` is json, or text, junit or html as text."""
        return self.call("GET", "/coverage", format=form)

    def invariants(self) -> list[dict[str, Any]]:
        """The ledgers' invariants: `{"id", "provider", "says", "holds", "where"}`."""
        found: list[dict[str, Any]] = self.call("GET", "/invariants")["invariants"]
        return found

    def outbox(self) -> list[dict[str, Any]]:
        """Notifications that would have been sent."""
        found: list[dict[str, Any]] = self.call("GET", "/outbox")["messages"]
        return found

    def delete(self) -> None:
        """Forget the namespace, if it is still there. What its calls exercised counts for the sandbox as a whole."""
        try:
            self.call("DELETE", "")
        except SandboxError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    def _provider(self, name: str) -> Mapping[str, Any]:
        if name not in self._providers:
            raise ValueError(f"there is no provider {name!r}; there are {', '.join(self._providers)}")
        found: Mapping[str, Any] = self._providers[name]
        return found
