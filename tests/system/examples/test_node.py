"""The example in JavaScript passes its own tests, with a sandbox around Node's test runner."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from paysandbox.kit.runtime import Runtime
from tests.system.examples.around import sandboxed

OLDEST = 20


def node_is_missing() -> str | None:
    """Why the example cannot be run, None if it can."""
    node = shutil.which("node")
    if node is None:
        return "the example in JavaScript wants Node, and there is none"
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    major = int(re.findall(r"[0-9]+", said)[0])
    return None if major >= OLDEST else f"the example in JavaScript wants Node {OLDEST}, and this is {said.strip()}"


NOT_HERE = node_is_missing()


@pytest.mark.skipif(NOT_HERE is not None, reason=NOT_HERE or "")
def test_the_example_pays_through_every_vendor(tmp_path: Path, base_runtime: Runtime) -> None:
    """Its tests pass, and each contract is exercised."""
    done = sandboxed(tmp_path, "node", "--test", "node/")
    assert done.code == 0, done.told
    assert re.search(r"^\W+pass 6$", done.told, re.MULTILINE), done.told
    exercised = done.exercised()
    assert set(exercised) == set(base_runtime.services)
    assert min(exercised.values()) > 0
