"""`make fuzz`: hostile input at every door of the sandbox, from a seed, until the time or the number is up."""

import argparse
import faulthandler
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import fresh_runtime, read_runtime
from tools.fuzz.control_door import ControlDoor
from tools.fuzz.heads_door import HeadsDoor
from tools.fuzz.http_door import HttpDoor
from tools.fuzz.http_server import serving
from tools.fuzz.json_door import JsonDoor
from tools.fuzz.running import Door, run
from tools.fuzz.schema_door import SchemaDoor
from tools.fuzz.tally import HEADINGS, Finding, Tally
from tools.fuzz.yaml_door import YamlDoor

HANGS = 120  # seconds; nothing that is tried here takes so long
TOLD = 10  # seconds between two lines of progress
SECONDS = 60


@contextmanager
def doors(name: str) -> Iterator[Door]:
    """The door of that name, open."""
    with tempfile.TemporaryDirectory() as folder:
        if name == "http":
            with serving(Path(folder)) as server:
                yield HttpDoor(server)
        elif name == "heads":
            yield HeadsDoor()
        elif name == "yaml":
            yield YamlDoor(Path(folder))
        else:
            in_memory: dict[str, Callable[[Runtime], Door]] = {
                "json": JsonDoor,
                "control": ControlDoor,
                "schema": SchemaDoor,
            }
            yield in_memory[name](fresh_runtime(read_runtime()))


def main() -> None:
    """Try the doors one after the other, and print what was counted; 1 if something was found."""
    names = ("http", "heads", "json", "schema", "yaml", "control")
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--door", choices=[*names, "all"], default="all")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed makes the same cases")
    parser.add_argument("--seconds", type=int, help=f"for each door; {SECONDS} unless --cases is given")
    parser.add_argument("--cases", type=int, help="for each door")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    options = parser.parse_args()
    if options.cases is None and options.seconds is None:
        options.seconds = SECONDS
    say(f"seed {options.seed}")
    rows, findings = [], []
    for name in names if options.door == "all" else (options.door,):
        with doors(name) as door:
            try:
                tally = run(
                    door,
                    options.seed,
                    first=options.first,
                    cases=options.cases,
                    seconds=options.seconds,
                    tell=progress(),
                )
                rows.append(tally.row())
            except Finding as finding:
                findings.append(f"FOUND at the {name} door: {finding}")
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    for row in (HEADINGS, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for found in findings:
        say(found)
    sys.exit(bool(findings))


def progress() -> Callable[[Tally], None]:
    """Tells now and then how far a door is, and that nothing hangs."""
    told = [time.monotonic()]
    faulthandler.dump_traceback_later(HANGS, exit=True)

    def tell(tally: Tally) -> None:
        faulthandler.dump_traceback_later(HANGS, exit=True)
        if time.monotonic() - told[0] >= TOLD:
            told[0] = time.monotonic()
            say(f"{tally.door}: {tally.cases} cases, {dict(tally.answers)}")

    return tell


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
