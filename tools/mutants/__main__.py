"""`make mutants`: plant each mutant into a copy of the project, and see that a test kills it."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tools.mutants.copies import Copies
from tools.mutants.mutant import DoesNotApply, Mutant, all_mutants
from tools.mutants.running import RunnerBroke, Verdict
from tools.mutants.table import TABLE, as_markdown, as_text, read_table

COPIES: Final = 2  # mutants are tried two at a time, each in a copy of its own


def main() -> int:
    """Run the program; exit code 0 if every mutant is killed, 1 if one survives, 2 if that cannot be said."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", action="append", metavar="ID", help="this mutant; may be given several times")
    parser.add_argument("--area", action="append", help="the mutants of a provider, of `check` or of `shared`")
    parser.add_argument("--alone", action="store_true", help="run the scenario tests alone, which is quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there")
    parser.add_argument("--write", action="store_true", help=f"update the rows of these mutants in {TABLE.name}")
    options = parser.parse_args()
    everything = [(area, mutant) for area, mutants in all_mutants().items() for mutant in mutants]
    chosen = [
        (area, mutant)
        for area, mutant in everything
        if (options.only is None or mutant.id in options.only) and (options.area is None or area in options.area)
    ]
    if not chosen:
        parser.error("no such mutant")
    before = read_table(TABLE.read_text()) if options.write else {}
    if options.write and (new := [mutant.id for _, mutant in everything if mutant.id not in before]):
        chosen += [(area, mutant) for area, mutant in everything if mutant.id in new and (area, mutant) not in chosen]
    start = time.monotonic()
    try:
        verdicts = _try_all(chosen, alone=options.alone)
    except (DoesNotApply, RunnerBroke) as error:
        _print(f"\n{error}")
        return 2
    _print(f"\n{as_text(verdicts)}\n{time.monotonic() - start:.0f} s; {_count_killed(verdicts)} of {len(verdicts)}")
    if options.json:
        options.json.write_text(json.dumps(msgspec.to_builtins(verdicts), indent=2) + "\n")
    if options.write:
        known = before | {verdict.mutant: verdict for verdict in verdicts}
        rows = [known[mutant.id] for _, mutant in everything]
        TABLE.write_text(as_markdown(rows, {mutant.id: mutant for _, mutant in everything}))
    return 0 if _count_killed(verdicts) == len(verdicts) else 1


def _try_all(chosen: Sequence[tuple[str, Mutant]], *, alone: bool) -> list[Verdict]:
    """Try each mutant and print its verdict; the verdicts come in the order given.

    Raises:
        RunnerBroke: the tests fail without any mutant.
    """
    found: dict[str, Verdict] = {}
    with Copies(COPIES, alone=alone) as copies:
        _print(f"Running the tests of {COPIES} copies without any mutant ...")
        copies.check_sound({area for area, _ in chosen})
        for verdict in copies.try_each(chosen):
            found[verdict.mutant] = verdict
            by = f"{verdict.killed_by}, {verdict.test}" if verdict.killed_by else f"SURVIVED {verdict.test or ''}"
            _print(f"[{len(found)}/{len(chosen)}] {verdict.seconds:4.0f} s  {verdict.mutant}: {by}")
    return [found[mutant.id] for _, mutant in chosen]


def _count_killed(verdicts: Sequence[Verdict]) -> int:
    return sum(verdict.killed_by is not None for verdict in verdicts)


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
