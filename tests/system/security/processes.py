"""Sandboxes in processes of their own."""

import subprocess
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
PATIENCE: Final = 120  # seconds for a start, a stop or a command, far beyond what it takes


def wait_for(ready_file: Path, process: "subprocess.Popen[Any]") -> None:
    """Wait until a sandbox has said that it is ready, or is gone."""
    until = time.monotonic() + PATIENCE
    while not ready_file.exists():
        assert process.poll() is None, f"it ended with {process.returncode}"
        assert time.monotonic() < until, "it is not ready"
        time.sleep(0.05)
