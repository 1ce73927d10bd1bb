"""What a run has done, in a few lines: calls, refusals with their explanation, coverage."""

from collections import Counter
from decimal import Decimal

from sandbox.control.reports import coverage_report
from sandbox.journal import Entry
from sandbox.world import World

_SHOWN = 10
_EXPLANATION = b"x-sandbox-explain"
_WIDTH = 200


def percent(world: World) -> Decimal:
    """How much of the contracts all calls have exercised."""
    found: Decimal = coverage_report("json", world.namespaces.counts(), world).body["percent"]
    return found


def summary(world: World) -> str:
    """The lines, for a terminal."""
    shelf = world.namespaces.shelf
    calls = f"{shelf.calls} {'call' if shelf.calls == 1 else 'calls'}"
    lines = [f"paysandbox: {calls}, {shelf.refused} refused, {percent(world)} % of the contracts exercised"]
    told = Counter(_told(entry) for entry in shelf.refusals)
    lines += [f"  {line}{f' ({times} times)' if times > 1 else ''}" for line, times in list(told.items())[-_SHOWN:]]
    if len(told) > _SHOWN:
        lines.insert(1, f"  the last {_SHOWN} different refusals:")
    return "\n".join(lines)


def _told(entry: Entry) -> str:
    """A refusal in a line: without its query, which may carry a credential."""
    why = next((value.decode() for name, value in entry.headers if name == _EXPLANATION), "")
    short = why if len(why) <= _WIDTH else f"{why[: _WIDTH - 3]}..."
    return f"{entry.provider} {entry.request.method} {entry.request.path[:80]} -> {entry.status}: {short}"
