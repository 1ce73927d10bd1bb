"""The table: every mutant, where it is, and what kills it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.mutants.mutant import Mutant
from tools.mutants.running import ALONE, STAGES, Verdict

TABLE: Final = Path(__file__).parent / "TABLE.md"
LONGEST: Final = 160
SURVIVED: Final = "**survived**"
_COLUMN: Final = re.compile(r"(?<!\\)\|")
_HEAD: Final = """# Mutants

Each mutant is planted alone into a copy of the project. Then the contract suites run; where they do not kill it, the
wire-level edges; where these do not either, the scenario tests. `make mutants` does it again, and
`make mutants ARGS=--write` writes this file; with `--only` it updates the rows of those mutants. Where the scenario
tests ran alone, the suites have not been tried. Mutants of the suites themselves meet the tests of the suites.

"""


def as_text(verdicts: Sequence[Verdict]) -> str:
    """The table for a terminal, with the seconds that each mutant took, and the sum below it."""
    rows = [("mutant", "area", "killed by", "s", "first failing test")]
    rows += [
        (verdict.mutant, verdict.area, verdict.killed_by or "SURVIVED", f"{verdict.seconds:.0f}", _short(verdict.test))
        for verdict in verdicts
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", summary(verdicts)])


def as_markdown(verdicts: Sequence[Verdict], mutants: Mapping[str, Mutant]) -> str:
    """The table to be kept; without times, so that it changes only with what it says."""
    lines = ["| Mutant | What is wrong | Within | Kind | Killed by | First failing test |", "|---|---|---|---|---|---|"]
    for verdict in verdicts:
        mutant = mutants[verdict.mutant]
        cells = [f"`{mutant.id}`", mutant.says, f"`{mutant.within}`", mutant.kind, verdict.killed_by or SURVIVED]
        lines.append("| " + " | ".join([*map(_cell, cells), _cell(f"`{_short(verdict.test)}`")]) + " |")
    return _HEAD + "\n".join([*lines, "", summary(verdicts), ""])


def summary(verdicts: Iterable[Verdict]) -> str:
    """How many are killed, and by which suite first."""
    by = Counter(verdict.killed_by for verdict in verdicts)
    killed = by.total() - by[None]
    firsts = ", ".join(f"{by[suite]} by the {suite}" for suite in (*STAGES, ALONE) if by[suite])
    return f"{killed} of {by.total()} mutants are killed: {firsts}."


def list_ids(text: str) -> list[str]:
    """The ids of the mutants in a table, in its order."""
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]


def read_table(text: str) -> dict[str, Verdict]:
    """The verdicts of a table, without the times."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip().replace("\\|", "|") for cell in _COLUMN.split(line)[1:-1]]
            killed = None if cells[4] == SURVIVED else cells[4]
            found[cells[0].strip("`")] = Verdict(cells[0].strip("`"), "", killed, cells[5].strip("`"), 0)
    return found


def _short(test: str | None) -> str:
    """A test's id as a table has room for it: of long parameters the beginning."""
    said = " ".join((test or "").replace("`", "'").split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
