"""Render journal entries as text: call, reply, reason of a refusal, and advice."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any, Final

_WIDTH: Final = 100
_INDENT: Final = "    "


def render_transcript(entries: Sequence[Mapping[str, Any]]) -> str:
    """Calls as text, oldest first; `entries` are as in the journal of the control plane. Empty without calls."""
    if not entries:
        return ""
    earlier = int(entries[0]["id"].rpartition("-")[2]) - 1
    lines = [f"({earlier} earlier {'call is' if earlier == 1 else 'calls are'} not shown)"] if earlier else []
    for entry in entries:
        lines.append(_render_call(entry))
        # A date or path that is broken at a hyphen cannot be copied.
        lines += [
            fill(remark, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
            for remark in _render_remarks(entry)
        ]
    return "\n".join(lines)


def _render_call(entry: Mapping[str, Any]) -> str:
    status = "no reply" if entry["status"] is None else entry["status"]
    refused = " refused" if entry["refused"] else ""
    return (
        f"{entry['method']} {entry['url']} -> {status}{refused}  ({entry['provider'] or 'no provider'}, {entry['id']})"
    )


def _render_remarks(entry: Mapping[str, Any]) -> Iterator[str]:
    if entry["fault"] is not None:
        ((effect, value),) = entry["fault"]["then"].items()
        yield f"fault: {entry['fault']['id']} fired: {effect} {value}"
    if entry["explanation"] is not None:
        yield f"why: {entry['explanation']}"
    for advice in entry["advice"]:
        yield f"advice: {advice}"
