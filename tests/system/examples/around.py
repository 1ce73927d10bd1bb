"""Runs a worked example as its reader would: `paysandbox exec` around a command."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[3]


class Done(NamedTuple):
    """What became of a run: `coverage` is the report as JSON, `told` the run's whole output."""

    code: int
    told: str
    coverage: Mapping[str, Any]

    def exercised(self) -> dict[str, int]:
        """How many units of each provider's contract the run has exercised; printed, too."""
        found: dict[str, int] = {}
        total: dict[str, int] = {}
        for unit in self.coverage["units"]:
            provider = unit["provider"]
            total[provider] = total.get(provider, 0) + 1
            found[provider] = found.get(provider, 0) + (unit["exercised"] > 0)
        for provider, count in found.items():
            sys.stdout.write(f"{provider}: {count} of {total[provider]} units of the contract exercised\n")
        return found


def sandboxed(folder: Path, *command: str, options: tuple[str, ...] = (), **environment: str) -> Done:
    """Run a command in the examples' folders with a sandbox around it; its report goes to `folder`."""
    report = folder / "coverage.json"
    known = {name: value for name, value in os.environ.items() if not name.startswith("PAYSANDBOX_")}
    done = subprocess.run(  # noqa: S603 - our own examples
        [sys.executable, "-m", "paysandbox", "exec", "--coverage", str(report), *options, "--", *command],
        cwd=ROOT / "examples",
        env={
            **known,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "sandbox"), str(ROOT)]),
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = done.stdout + done.stderr
    return Done(done.returncode, told, json.loads(report.read_text()) if report.exists() else {"units": []})
