"""Entries of the journal as text for people: what was called, what came, why it was refused, and advice."""

from collections.abc import Iterator, Mapping, Sequence
from textwrap import fill
from typing import Any, Final

_WIDTH: Final = 100
_INDENT: Final = "    "


def transcript(entries: Sequence[Mapping[str, Any]]) -> str:
    """The calls, oldest first, as the control plane's journal shows them; empty if there are none."""
    if not entries:
        return ""
    earlier = int(entries[0]["id"].rpartition("-")[2]) - 1
    lines = [f"({earlier} earlier {'call is' if earlier == 1 else 'calls are'} not shown)"] if earlier else []
    for entry in entries:
        lines.append(_call(entry))
        # A date or path that is broken at a hyphen cannot be copied.
        lines += [
            fill(remark, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT, break_on_hyphens=False)
            for remark in _remarks(entry)
        ]
    return "\n".join(lines)


def _call(entry: Mapping[str, Any]) -> str:
    """One line: method, URL, status, and where in which journal it stands."""
    status = "no answer" if entry["status"] is None else entry["status"]
    refused = " refused" if entry["refused"] else ""
    return f"{entry['method']} {entry['url']} -> {status}{refused}  ({entry['provider']}, {entry['id']})"


def _remarks(entry: Mapping[str, Any]) -> Iterator[str]:
    """What there is to say about a call."""
    if entry["fault"] is not None:
        (what,) = entry["fault"]["then"].items()
        yield f"fault: {entry['fault']['id']} struck it: {what[0]} {what[1]}"
    if entry["explanation"] is not None:
        yield f"why: {entry['explanation']}"
    for advice in entry["advice"]:
        yield f"advice: {advice}"
