"""The example in Go passes its own tests, with a sandbox around `go test`."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from paysandbox.kit.runtime import Runtime
from tests.system.examples.around import ROOT, sandboxed

OLDEST = (1, 19)


def find_missing_go() -> str | None:
    """Why the example cannot be run, None if it can."""
    go = shutil.which("go")
    if go is None:
        return "the example in Go wants Go, and there is none"
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    version = tuple(int(number) for number in re.findall(r"[0-9]+", said)[:2])
    return None if version >= OLDEST else f"the example in Go wants Go 1.19, and this is {said.strip()}"


NOT_HERE = find_missing_go()
pytestmark = pytest.mark.skipif(NOT_HERE is not None, reason=NOT_HERE or "")


def run_tests(folder: Path, *options: str) -> set[str]:
    """Run the example's tests from a copy, with nothing to download; they must pass. Returns the vendors called."""
    copy = shutil.copytree(ROOT / "examples/go", folder / "go")
    done = sandboxed(
        folder, "sh", "-c", 'cd "$0" && go vet ./... && go test -v ./...', str(copy), options=options, GOPROXY="off"
    )
    assert done.code == 0, done.told
    passed = re.findall(r"^--- PASS: (\w+)", done.told, re.MULTILINE)
    assert len(passed) == (copy / "payments_test.go").read_text().count("\nfunc Test"), done.told
    exercised = done.exercised()
    assert min(exercised.values()) > 0
    return set(exercised)


def test_the_example_pays_through_every_vendor(tmp_path: Path, base_runtime: Runtime) -> None:
    """Its tests pass side by side, each in a namespace of its own, and each contract is exercised."""
    assert run_tests(tmp_path) == set(base_runtime.services)


def test_the_example_pays_over_https(tmp_path: Path) -> None:
    """Go trusts the CA of `SSL_CERT_FILE`, which `exec --tls` sets."""
    run_tests(tmp_path, "--tls")


def test_the_example_is_formatted() -> None:
    """As gofmt writes it."""
    formatter = shutil.which("gofmt")
    if formatter is None:
        pytest.skip("Go is here without gofmt")
    said = subprocess.run(  # noqa: S603 - Go's own formatter
        [formatter, "-l", ROOT / "examples/go"], capture_output=True, text=True, check=True
    )
    assert said.stdout == ""
