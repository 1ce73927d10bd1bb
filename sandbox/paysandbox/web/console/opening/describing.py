"""A recorded exchange as the journal describes calls. Of what a file says only text of known forms is taken."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import GRADES
from paysandbox.control.call_filter import Described
from paysandbox.control.changes_view import MOST
from paysandbox.control.masking import read_content
from paysandbox.control.timestamps import format_timestamp
from paysandbox.judging.traffic import Addressed
from paysandbox.recordings.exchange import Exchange, Headers, Judgement, Message, split_url

_NOTHING: Final = Judgement()
_OF_VIOLATION: Final = ("pointer", "keyword", "message", "rule", "says", "provenance", "source")
_OF_RULE: Final = ("id", "says", "provenance", "source")


def describe_exchange(exchange: Exchange, addressed: Addressed | None, operation: Operation | None) -> Described:
    """Describe an exchange whose judgement is that of its file, or of the contract."""
    said = exchange.judgement or _NOTHING
    fault = said.fault.get("id") if said.fault is not None else None
    # A rule is known by its operation.
    of_rule = _OF_RULE if operation is not None else ()
    of_violation = [name for name in _OF_VIOLATION if name != "rule" or operation is not None]
    return {
        "namespace": said.namespace,
        "id": said.id or f"call {exchange.place.number}",
        "at": None if exchange.at is None else format_timestamp(exchange.at),
        "provider": None if addressed is None else addressed.provider,
        "operation": None if operation is None else operation.id,
        "method": exchange.method,
        "url": _find_url(exchange, addressed),
        "status": exchange.status,
        "refused": said.refused,
        "explanation": said.explanation,
        "violations": [{"pointer": "", "message": "", **one} for one in _choose(said.violations, of_violation)],
        "rules": [{"says": "", **one} for one in _choose(said.rules, of_rule) if "id" in one],
        "advice": list(said.advice),
        "fault": {"id": fault} if isinstance(fault, str) else None,
        "request": _describe_message(exchange.request),
        "reply": _describe_message(exchange.reply),
        "duration_ms": exchange.duration,
        **_describe_changes(said),
    }


def _describe_changes(said: Judgement) -> dict[str, Any]:
    """What a call changed, as far as its file says it in the journal's form; None if it does not say it."""
    if said.changes is None:
        return {"changes": None, "changes_left_out": 0}
    chosen = [one for one in said.changes if _is_change(one)]
    left_out = said.changes_left_out + len(said.changes) - len(chosen[:MOST])
    return {"changes": chosen[:MOST], "changes_left_out": left_out}


def _is_change(written: Mapping[str, Any]) -> bool:
    sides = [written.get("before"), written.get("after")]
    is_named = all(isinstance(written.get(name), str) for name in ("provider", "table", "key"))
    return is_named and any(sides) and all(side is None or isinstance(side, Mapping) for side in sides)


def _find_url(exchange: Exchange, addressed: Addressed | None) -> str:
    """Below the provider's root, as in the journal; the whole URL of what reached no provider."""
    if addressed is None:
        return exchange.url
    query = split_url(exchange.url).query
    return f"{addressed.path}?{query}" if query else addressed.path


def _choose(written: Iterable[Mapping[str, Any]], names: Iterable[str]) -> list[dict[str, str]]:
    """Take the texts of these names; a provenance is one of the contract's words."""
    return [
        {
            name: one[name]
            for name in names
            if isinstance(one.get(name), str) and (name != "provenance" or one[name] in GRADES)
        }
        for one in written
    ]


def _describe_message(message: Message) -> dict[str, Any]:
    return {"headers": join_headers(message.headers), "body": read_content(message.content).value}


def join_headers(headers: Headers) -> dict[str, str]:
    """Headers by name, in lower case; what came several times is joined by a comma."""
    found: dict[str, str] = {}
    for name, value in headers:
        plain = name.lower()
        found[plain] = f"{found[plain]}, {value}" if plain in found else value
    return found
