"""A server under load: a process of its own, what it holds of the machine, what it logs, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 60  # seconds for a start or a stop, far beyond what it takes
_PRIVATE: Final = re.compile(r"^Private_(?:Clean|Dirty|Hugetlb): +(\d+) kB$", re.MULTILINE)


class Holding(Struct, frozen=True):
    """What a process holds: MiB of memory in all, MiB of its own (not shared), and open file descriptors."""

    resident: float
    own: float
    descriptors: int


class Served:
    """A running `sandbox serve`."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self.address = ("127.0.0.1", int(url.rpartition(":")[2]))
        self._log = log

    def holding(self) -> Holding:
        """What it holds at this moment."""
        home = Path(f"/proc/{self.process.pid}")
        rollup = (home / "smaps_rollup").read_text()
        resident = int(rollup.split("Rss:")[1].split()[0])
        own = sum(map(int, _PRIVATE.findall(rollup)))
        return Holding(resident / 1024, own / 1024, len(os.listdir(home / "fd")))  # noqa: PTH208 - names are all

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it hangs.
        """
        return self.process.wait(PATIENCE)

    def log(self) -> list[str]:
        """What it has logged, line by line."""
        return self._log.read_text().splitlines()


@contextmanager
def served(options: Sequence[str] = ()) -> Iterator[Served]:
    """A server on a free port that has written its ready file; it is gone after the block.

    Raises:
        RuntimeError: it does not start; its log says why.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYSANDBOX_")}
    with tempfile.TemporaryDirectory() as folder:
        ready, log = Path(folder, "ready.json"), Path(folder, "log")
        command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready), *options]
        with (
            log.open("wb") as errors,
            subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=errors
            ) as process,
        ):
            try:
                deadline = time.monotonic() + PATIENCE
                while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.02)
                if not ready.exists():
                    raise RuntimeError(f"the server did not start: {log.read_text()}")
                yield Served(process, json.loads(ready.read_text())["url"], log)
            finally:
                process.kill()
