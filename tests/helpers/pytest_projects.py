"""A project of a user of the pytest plugin: files in a folder, and pytest run there in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 300  # seconds, far beyond what it takes
# By its module, whether or not this checkout is installed with its entry point; and nothing of this run's own.
# Without plugins that its tests do not use either, because importing them takes two thirds of a start of pytest.
WITHOUT: Final = (
    *("-m", "pytest", "-W", "error", "-p", "no:cacheprovider"),
    *("-p", "no:paysandbox", "-p", "no:schemathesis", "-p", "no:hypothesispytest"),
)
PYTEST: Final = (*WITHOUT, "-p", "paysandbox.pytest_plugin")
BESIDE_OTHERS: Final = ("-p", "schemathesis.pytest.plugin", "-p", "_hypothesis_pytestplugin")  # and with those plugins
_COUNT: Final = re.compile(r"([0-9]+) (passed|failed|errors?|skipped|warnings?)")


class Ran(NamedTuple):
    """What a run printed, and its exit code."""

    code: int
    output: str

    @property
    def outcomes(self) -> dict[str, int]:
        """How many tests passed, failed and so on, by the last line."""
        lines = [line for line in self.output.splitlines() if _COUNT.search(line) and " in " in line]
        return {what.removesuffix("s"): int(count) for count, what in _COUNT.findall(lines[-1] if lines else "")}

    def section(self, test: str) -> str:
        """What stands below a failing test's title, up to the next test's."""
        (_, _, rest) = self.output.partition(f" {test} ___")
        assert rest, f"{test} is not shown\n{self.output}"
        return re.split(r"\n_{3,}.* .*_{3,}\n|\n=+ .*=+\n", rest, maxsplit=1)[0]


def run(folder: Path, *command: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Python with these arguments, in a folder; it finds this checkout, and none of the developer's settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PAYSANDBOX_", "PYTEST_"))}
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *command],
        cwd=folder,
        # As wide as the documents show it, however wide the terminal of this run is.
        # The package's own folder comes first, so that this checkout is tested whichever one is installed.
        env={
            **own,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "sandbox"), str(ROOT)]),
            "NO_PROXY": "127.0.0.1",
            "COLUMNS": "80",
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def written(folder: Path, files: Mapping[str, str]) -> Path:
    """The folder with these files in it."""
    for name, text in {"pytest.ini": "[pytest]\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
