"""A server to be attacked: a process of its own with small limits, watched from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.helpers.raw_http import PATIENCE, Address
from tools.fuzz.tally import Finding

ROOT: Final = Path(__file__).parents[2]
CONNECTIONS: Final = 200
SECONDS: Final = 2
LIMITS: Final = {
    "--connection-limit": CONNECTIONS,
    "--request-seconds": SECONDS,
    "--journal-bytes": 8 << 20,
    "--namespace-limit": 50,
}


class Attacked(Struct, frozen=True):
    """A running server: its address, its process, and the file of its log."""

    address: Address
    pid: int
    log: Path

    def open_files(self) -> int:
        """How many files and connections the process has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))  # noqa: PTH208 - it counts, and names nothing

    def settled(self, files: int) -> None:
        """Wait until no more than so many files are open.

        Raises:
            Finding: connections stay open.
        """
        deadline = time.monotonic() + PATIENCE
        while self.open_files() > files:
            if time.monotonic() > deadline:
                raise Finding(f"{self.open_files()} files stay open; there were {files}")
            time.sleep(0.02)


@contextmanager
def serving(folder: Path) -> Iterator[Attacked]:
    """`python -m sandbox serve` with small limits, for a block."""
    ready, log = folder / "ready.json", folder / "log"
    options = [str(part) for option in LIMITS.items() for part in option]
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYSANDBOX_")}
    with (
        log.open("wb") as written,
        subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=written
        ) as process,
    ):
        try:
            deadline = time.monotonic() + 2 * PATIENCE
            while not ready.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server did not start: {log.read_text()}")
                time.sleep(0.02)
            host, _, port = json.loads(ready.read_text())["url"].removeprefix("http://").partition(":")
            yield Attacked((host, int(port)), process.pid, log)
        finally:
            process.kill()
