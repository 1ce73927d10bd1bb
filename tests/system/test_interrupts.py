"""Ctrl+C while the command is still starting: no traceback, and the exit code of a later Ctrl+C."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.own_providers import write_toy

# Python prints a line on standard error after each import, so a test knows how far a start has come.
PYTHON = (sys.executable, "-X", "importtime", "-m", "paysandbox")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl+C to a whole console")


def interrupt(arguments: list[str], module: str, cwd: Path) -> tuple[int, str, str]:
    """Exit code, output and errors of a command that gets SIGINT once it has imported the module."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [*PYTHON, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith(f" {module}"):
                process.send_signal(signal.SIGINT)
                break
        else:
            pytest.fail(f"{module} was not imported")
        output, errors = process.communicate(timeout=60)
    return process.returncode, output, "\n".join(line for line in errors.splitlines() if "import time:" not in line)


@pytest.mark.parametrize("module", ["click.globals", "click.core", "msgspec", "paysandbox.core.messages", "uvicorn"])
@pytest.mark.parametrize(("command", "code", "errors"), [(["serve", "--port", "0"], 0, ""), (["exec"], 1, "Aborted!")])
def test_an_interrupted_import_prints_no_traceback(
    command: list[str], code: int, errors: str, module: str, tmp_path: Path
) -> None:
    """In the imports of the command line, and in those of the server."""
    never = [] if command[0] == "serve" else ["--", sys.executable, "-c", "open('ran', 'w')"]
    ended = interrupt([*command, *never], module, tmp_path)
    assert (ended[0], ended[1], ended[2].strip()) == (code, "", errors)
    assert not (tmp_path / "ran").exists()


def test_a_later_interrupt_of_serve_ends_the_same_way(tmp_path: Path) -> None:
    """Once the sandbox is ready."""
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stdout is not None
        assert "is ready at" in process.stdout.readline()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors) == (0, False)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize(
    "stopped",
    ["os.kill(os.getpid(), signal.{0})", "try: os.kill(os.getpid(), signal.{0})\nexcept SystemExit: pass"],
    ids=["reported", "swallowed"],
)
def test_a_stop_that_a_file_seems_to_fail_for_is_quiet(tmp_path: Path, stopped: str, number: str) -> None:
    """What runs while files are read can take the exit for an error of the file, or lose it."""
    provider = write_toy(tmp_path / "providers") / "provider" / "errors.py"
    provider.write_text(f"import os, signal\n{stopped.format(number)}\n{provider.read_text()}")
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--providers", "providers"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)  # noqa: S603 - our own command
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_ignored_interrupt_stays_ignored(tmp_path: Path) -> None:
    """As a shell sets it for a command in the background."""
    script = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); import runpy; "
    script += "sys.argv = ['paysandbox', 'exec', '--', sys.executable, '-c', '']; "
    script += "runpy.run_module('paysandbox', run_name='__main__')"
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-X", "importtime", "-c", script], stderr=subprocess.PIPE, text=True, cwd=tmp_path
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith(" msgspec"):
                process.send_signal(signal.SIGINT)
                break
        process.communicate(timeout=60)
    assert process.returncode == 0
