"""`make faults`: plant every fault into a copy of the project, and see that the tests notice it."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tools.mutants.copies import Copies
from tools.mutants.mutant import Fault, NotThere, all_faults
from tools.mutants.running import RunnerBroke, Verdict
from tools.mutants.table import TABLE, as_markdown, as_text, kept

COPIES: Final = 2  # so many faults are tried at once, each in a copy of its own


def main() -> int:
    """0 if every fault is noticed, 1 if one is not, 2 if that cannot be said."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--only", action="append", metavar="ID", help="this fault; may be given several times")
    parser.add_argument("--where", action="append", help="the faults of this provider, or of the shared code")
    parser.add_argument("--alone", action="store_true", help="ask the scenario tests alone, which is quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts there")
    parser.add_argument("--write", action="store_true", help=f"write these faults' rows of {TABLE.name} anew")
    options = parser.parse_args()
    everything = [(where, fault) for where, faults in all_faults().items() for fault in faults]
    chosen = [
        (where, fault)
        for where, fault in everything
        if (options.only is None or fault.id in options.only) and (options.where is None or where in options.where)
    ]
    if not chosen:
        parser.error("there is no such fault")
    before = kept(TABLE.read_text()) if options.write else {}
    if options.write and (new := [fault.id for _, fault in everything if fault.id not in before]):
        chosen += [(where, fault) for where, fault in everything if fault.id in new and (where, fault) not in chosen]
    start = time.monotonic()
    try:
        verdicts = _verdicts(chosen, alone=options.alone)
    except (NotThere, RunnerBroke) as error:
        _say(f"\n{error}")
        return 2
    _say(f"\n{as_text(verdicts)}\n{time.monotonic() - start:.0f} s; {_count(verdicts)} of {len(verdicts)}")
    if options.json:
        options.json.write_text(json.dumps(msgspec.to_builtins(verdicts), indent=2) + "\n")
    if options.write:
        known = before | {one.fault: one for one in verdicts}
        rows = [known[fault.id] for _, fault in everything]
        TABLE.write_text(as_markdown(rows, {fault.id: fault for _, fault in everything}))
    return 0 if _count(verdicts) == len(verdicts) else 1


def _verdicts(chosen: Sequence[tuple[str, Fault]], *, alone: bool) -> list[Verdict]:
    """Each fault's verdict, in the order given; told as they come.

    Raises:
        RunnerBroke: the tests fail without any fault.
    """
    found: dict[str, Verdict] = {}
    with Copies(COPIES, alone=alone) as copies:
        _say(f"The tests of {COPIES} copies without any fault ...")
        copies.check_sound({where for where, _ in chosen})
        for verdict in copies.tried(chosen):
            found[verdict.fault] = verdict
            by = f"{verdict.noticed_by}, {verdict.test}" if verdict.noticed_by else f"NOBODY {verdict.test or ''}"
            _say(f"[{len(found)}/{len(chosen)}] {verdict.seconds:4.0f} s  {verdict.fault}: {by}")
    return [found[fault.id] for _, fault in chosen]


def _count(verdicts: Sequence[Verdict]) -> int:
    return sum(one.noticed_by is not None for one in verdicts)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
