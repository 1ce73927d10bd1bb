"""The tools. The docstring of each is what an agent reads of it, so its first sentences say what it is for and when."""

from typing import Any, Final

from paysandbox.agents.contracts import describe_operation
from paysandbox.client.http import ControlClient, path_of
from paysandbox.core.exact_json import write_json

MOST: Final = 20_000  # characters of one answer
_REFUSAL: Final = (
    "id",
    "at",
    "provider",
    "operation",
    "method",
    "url",
    "status",
    "explanation",
    "violations",
    "advice",
)


class Tools:
    """The tools over one running sandbox. Each answers JSON text, and raises `SandboxError` with the reason."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def list_operations(self, provider: str = "") -> str:
        """List the operations of the imitated payment APIs with method, path and how well each is documented.

        Use it first, to find the operationId that the other tools want. Without a provider it lists the providers with
        their URLs and how many operations they have.
        """
        known = self._call_providers()
        if not provider:
            return _write([
                {"name": one["name"], "title": one["title"], "url": one["url"], "operations": len(one["operations"])}
                for one in known
            ])  # fmt: skip
        for one in known:
            if one["name"] == provider:
                return _write(one["operations"])
        raise LookupError(f"there is no provider {provider!r}; there are {', '.join(one['name'] for one in known)}")

    def describe_operation(self, provider: str, operation: str, with_replies: bool = False) -> str:  # noqa: FBT001, FBT002 - the protocol passes arguments by name
        """Describe one operation: parameters, request body, rules, statuses, each with its provenance and source.

        Use it before you write or mend a request. `documented` means that the vendor says it, `assumed` that the
        sandbox had to choose. Replies are left out unless `with_replies` is true.
        """
        described = describe_operation(self._read_contract(provider), operation, with_replies=with_replies)
        # A contract has paths below its base path; clients and the other tools need the whole one.
        whole = (one for known in self._call_providers() if known["name"] == provider for one in known["operations"])
        path = next((one["path"] for one in whole if one["id"] == operation), described["path"])
        return _write({**described, "path": path})

    def create_namespace(self, name: str = "", now: str = "") -> str:
        """Create a namespace: records, clock and journal of its own, with URLs and test credentials for each provider.

        Use it so that your calls do not meet those of others. `now` freezes its clock, as in 2026-03-31T12:00:00Z.
        """
        body = {key: value for key, value in (("name", name), ("now", now)) if value}
        return _write(self._client.call("POST", "/namespaces", body))

    def read_refusals(self, namespace: str = "default", limit: int = 5) -> str:
        """Read the latest refused calls: what was sent, why it was refused, the vendor's sentence, and how to mend it.

        Use it whenever a call of the client under test has failed. The newest comes last.
        """
        return _write([
            {**{key: entry[key] for key in _REFUSAL}, "sent": entry["request"]["body"]}
            for entry in self._list_requests(namespace, limit, refused=True)
        ])  # fmt: skip

    def read_requests(self, namespace: str = "default", limit: int = 5) -> str:
        """Read the latest calls with request, reply, rules and advice, refused or not.

        Use it to see what the client under test has really sent and got. The newest comes last.
        """
        return _write(self._list_requests(namespace, limit))

    def diff_records(self, namespace: str = "default", since: str = "fixtures") -> str:
        """Show which records the calls have added, changed and removed since the fixtures or another snapshot.

        Use it to check what a flow of calls has done.
        """
        return _write(self._call("GET", namespace, "snapshots", since, "diff"))

    def read_ledger(self, provider: str, namespace: str = "default", table: str = "", key: str = "") -> str:
        """Read what is paid and owed: all documents that owe something, or with table and key one document.

        Use it to check the money after a flow of calls. A document comes with its payments, notes and receipts, the
        parts that what is owed is made of, and the invariants that do not hold.
        """
        if not table or not key:
            return _write(self._call("GET", namespace, "ledger", provider, table=table or None, owing="true"))
        found = self._call("GET", namespace, "ledger", provider, table, key)
        broken = [invariant for invariant in found["invariants"] if not invariant["holds"]]
        return _write({**found, "invariants": broken})

    def set_clock(self, namespace: str = "default", now: str = "", advance_seconds: int = 0) -> str:
        """Freeze the clock of a namespace at a time (RFC 3339), or advance it by seconds.

        Use it to test due dates, expiry and default dates, which follow it.
        """
        if now:
            return _write(self._call("PUT", namespace, "clock", body={"now": now, "frozen": True}))
        return _write(self._call("POST", namespace, "clock", "advance", body={"seconds": advance_seconds}))

    def add_fault(
        self, then: dict[str, Any], namespace: str = "default", provider: str = "", operation: str = "", times: int = 1
    ) -> str:
        """Let the next calls fail. Use it to test retries and timeouts.

        `then` is one of {"status": 503}, {"delay_ms": 250}, {"drop": "before"}, {"drop": "after"} (carried out, but the
        reply is lost) and {"truncate": 10}. `times` is how many calls it strikes.
        """
        body: dict[str, Any] = {"then": then, "when": {"times": times}}
        body |= {key: value for key, value in (("provider", provider), ("operation", operation)) if value}
        return _write(self._call("POST", namespace, "faults", body=body))

    def clear_faults(self, namespace: str = "default") -> str:
        """Drop all faults of a namespace. Use it when the test of a failure is over."""
        return _write(self._call("DELETE", namespace, "faults"))

    def reset(self, namespace: str = "default") -> str:
        """Set the records of a namespace back to the fixtures. Use it to begin a flow anew."""
        return _write(self._call("POST", namespace, "reset"))

    def list_untested(self, namespace: str = "default", provider: str = "") -> str:
        """List what of the contracts no call has exercised yet: operations, statuses, values, defaults and rules.

        Use it to find the next test. Name a provider, because the whole list is long.
        """
        found = self._call("GET", namespace, "coverage")
        units = [unit["id"] for unit in found["units"] if not unit["exercised"] and provider in {"", unit["provider"]}]
        return _write({"percent": found["percent"], "untested": units})

    def _call(self, method: str, namespace: str, *path: str, body: Any = None, **query: Any) -> Any:
        return self._client.call(method, path_of("namespaces", namespace, *path), body, **query)

    def _list_requests(self, namespace: str, limit: int, *, refused: bool | None = None) -> list[dict[str, Any]]:
        asked = None if refused is None else str(refused).lower()
        found: list[dict[str, Any]] = self._call("GET", namespace, "requests", limit=limit, refused=asked)["requests"]
        return found

    def _call_providers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._client.call("GET", "/providers")["providers"]
        return found

    def _read_contract(self, provider: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.call("GET", f"/openapi{path_of(provider)}.json")
        return found


def _write(value: Any) -> str:
    """Write a value as JSON text, cut where it is too long for an agent to read."""
    text = "done" if value is None else write_json(value).decode()
    if len(text) <= MOST:
        return text
    return f"{text[:MOST]}\n… {len(text) - MOST} more characters are left out; ask for less, or for one part"
