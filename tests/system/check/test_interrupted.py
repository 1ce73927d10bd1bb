"""Ctrl+C in a check: what was found until then is reported, exit code 130."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.testing import Response
from tests.system.check.servers import recording


def test_what_was_found_until_then_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("paysandbox.check.credential_suite.CredentialSuite.run", stop)  # which comes after the cases
    with recording(lambda *_: Response(500, {}, b"")) as server:
        arguments = ["--provider", "invoicexpress", "--operation", "getTax", "--report", str(tmp_path / "report")]
        result = CliRunner().invoke(main, ["check", server.url, *arguments], prog_name="paysandbox")
    assert result.exit_code == 130
    assert "not finished: stopped by Ctrl+C" in result.stdout
    assert "1. invoicexpress getTax: " in result.stdout
    assert "stopped by Ctrl+C" in (tmp_path / "report" / "junit.xml").read_text()
    assert (tmp_path / "report" / "report.html").exists()


def test_a_check_of_sandboxes_reports_it_too(tmp_path: Path) -> None:
    """All processes of the check end, and each API has a row, begun or not."""
    command = [sys.executable, "-m", "paysandbox", "check", "--report", str(tmp_path)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        assert running.stderr is not None
        assert running.stdout is not None
        for line in running.stderr:
            if ": coverage: " in line:
                break
        running.send_signal(signal.SIGINT)
        said = running.stdout.read()
        running.stderr.read()
    assert running.returncode == 130
    assert "not finished: stopped by Ctrl+C" in said
    report = (tmp_path / "junit.xml").read_text()
    for provider in ("crm_com", "invisible_collector", "invoicexpress", "invoiless", "control"):
        assert f'name="{provider}"' in report


def test_operations_that_were_not_called_by_then_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("paysandbox.check.suites.Suites._run_cases", stop)
    with recording(lambda *_: Response(500, {}, b"")) as server:
        arguments = ["check", server.url, "--provider", "invoicexpress", "--operation", "getTax"]
        result = CliRunner().invoke(main, arguments, prog_name="paysandbox")
    assert result.exit_code == 130
    assert "invoicexpress getTax: not called before the check ended" in result.stdout
