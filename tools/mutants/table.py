"""The table: every fault, where it is, and what notices it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.mutants.mutant import Fault
from tools.mutants.running import ALONE, STAGES, Verdict

TABLE: Final = Path(__file__).parent / "TABLE.md"
LONGEST: Final = 160
NOBODY: Final = "**nobody**"
_COLUMN: Final = re.compile(r"(?<!\\)\|")
_HEAD: Final = """# Planted faults

Each fault is planted alone into a copy of the project. Then the contract suites are asked; where they do not notice,
the wire-level edges; where these do not either, the scenario tests. `make faults` does it again, and
`make faults ARGS=--write` writes this file; with `--only` it writes the rows of those faults anew. Where the scenario
tests were asked alone, nobody has asked the suites.

"""


def as_text(verdicts: Sequence[Verdict]) -> str:
    """The table for a terminal, with the seconds that each fault took, and the sum below it."""
    rows = [("fault", "where", "noticed by", "s", "first failing test")]
    rows += [
        (one.fault, one.where, one.noticed_by or "NOBODY", f"{one.seconds:.0f}", _short(one.test)) for one in verdicts
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", summary(verdicts)])


def as_markdown(verdicts: Sequence[Verdict], faults: Mapping[str, Fault]) -> str:
    """The table to be kept; without times, so that it changes only with what it says."""
    lines = ["| Fault | What is wrong | Where | Kind | Noticed by | First failing test |", "|---|---|---|---|---|---|"]
    for one in verdicts:
        fault = faults[one.fault]
        cells = [f"`{one.fault}`", fault.says, f"`{fault.file}`", fault.kind, one.noticed_by or NOBODY]
        lines.append("| " + " | ".join([*map(_cell, cells), _cell(f"`{_short(one.test)}`")]) + " |")
    return _HEAD + "\n".join([*lines, "", summary(verdicts), ""])


def summary(verdicts: Iterable[Verdict]) -> str:
    """How many are noticed, and by whom first."""
    by = Counter(one.noticed_by for one in verdicts)
    noticed = by.total() - by[None]
    firsts = ", ".join(f"{by[who]} by the {who}" for who in (*STAGES, ALONE) if by[who])
    return f"{noticed} of {by.total()} faults are noticed: {firsts}."


def listed(text: str) -> list[str]:
    """The ids of the faults that a kept table lists, in its order."""
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]


def kept(text: str) -> dict[str, Verdict]:
    """What a kept table says of each fault, without the times."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip().replace("\\|", "|") for cell in _COLUMN.split(line)[1:-1]]
            noticed = None if cells[4] == NOBODY else cells[4]
            found[cells[0].strip("`")] = Verdict(cells[0].strip("`"), "", noticed, cells[5].strip("`"), 0)
    return found


def _short(test: str | None) -> str:
    """A test's id as a table has room for it: of long parameters the beginning."""
    said = " ".join((test or "").replace("`", "'").split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
