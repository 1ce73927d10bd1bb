"""The example for the shell pays with curl, and stops at a refusal."""

import shutil
from pathlib import Path

import pytest

from paysandbox.kit.runtime import Runtime
from tests.system.examples.around import sandboxed

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("sh") is None,
    reason="the example for the shell wants curl and sh, and one of them is missing",
)


def test_the_example_pays_through_every_vendor(tmp_path: Path, base_runtime: Runtime) -> None:
    """Nothing is refused, and each contract is exercised."""
    done = sandboxed(tmp_path, "sh", "shell/pay.sh", options=("--fail-on", "refused"))
    assert done.code == 0, done.told
    assert "its receipt is 28/A" in done.told
    exercised = done.exercised()
    assert set(exercised) == set(base_runtime.services)
    assert min(exercised.values()) > 0


def test_the_example_stops_at_a_refusal_and_says_why(tmp_path: Path) -> None:
    """In the sandbox's words, with an exit code that a CI job notices."""
    script = "INVOILESS_API_KEY=wrong sh shell/pay.sh"
    done = sandboxed(tmp_path, "sh", "-c", script)
    assert done.code != 0
    assert "x-sandbox-explain:" in done.told.lower()
    assert "its receipt" not in done.told
