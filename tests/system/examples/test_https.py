"""The examples pay over HTTPS as they stand: curl, Node, Python with httpx and requests, and Java."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.helpers.pytest_projects import PYTEST, ROOT
from tests.system.examples.around import sandboxed
from tests.system.examples.test_node import NOT_HERE
from tests.system.examples.test_python import TESTS

TLS = ("--tls",)


def is_missing(*programs: str) -> bool:
    """Whether one of the programs is not installed."""
    return any(shutil.which(program) is None for program in programs)


@pytest.mark.skipif(is_missing("curl", "sh"), reason="the example for the shell wants curl and sh")
def test_curl(tmp_path: Path) -> None:
    """The script of the plain example."""
    done = sandboxed(tmp_path, "sh", "-c", 'echo "$INVOICEXPRESS_URL" && sh shell/pay.sh', options=TLS)
    assert done.code == 0, done.told
    assert done.told.startswith("https://")
    assert "its receipt is 28/A" in done.told


@pytest.mark.skipif(NOT_HERE is not None, reason=NOT_HERE or "")
def test_node(tmp_path: Path) -> None:
    """The tests of the plain example, with Node's own fetch."""
    done = sandboxed(tmp_path, "node", "--test", "node/", options=TLS)
    assert done.code == 0, done.told
    assert re.search(r"^\W+pass 6$", done.told, re.MULTILINE), done.told


def test_python(tmp_path: Path) -> None:
    """The tests of the plain example, with httpx and requests, and the sandbox of `exec`."""
    example = ROOT / "examples/python"
    options = ["-c", "/dev/null", "--rootdir", str(example), str(example), "--paysandbox-url"]
    shell = f'"$0" {" ".join(PYTEST)} "$@" "$PAYSANDBOX_HTTPS_URL"'
    done = sandboxed(tmp_path, "sh", "-c", shell, sys.executable, *options, options=TLS)
    assert done.code == 0, done.told
    assert "paysandbox: https://" in done.told
    assert f"{TESTS} passed" in done.told


@pytest.mark.skipif(is_missing("java", "javac", "keytool"), reason="the example in Java wants a JDK")
def test_java(tmp_path: Path) -> None:
    """With a trust store made of the CA file."""
    done = sandboxed(tmp_path, "sh", "java/pay.sh", options=TLS)
    assert done.code == 0, done.told
    assert '"sequence_number":"28/A"' in done.told
