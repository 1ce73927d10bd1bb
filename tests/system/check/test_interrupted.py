"""Ctrl+C in a check of a server that is no sandbox: what was found until then is reported, exit code 130."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.testing import Response
from tests.system.check.servers import recording


def test_what_was_found_until_then_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def stop(_suites: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("paysandbox.check.suites.Suites._check_credentials", stop)  # which comes after the cases
    with recording(lambda *_: Response(500, {}, b"")) as server:
        arguments = ["--provider", "invoicexpress", "--operation", "getTax", "--report", str(tmp_path / "report")]
        result = CliRunner().invoke(main, ["check", server.url, *arguments], prog_name="paysandbox")
    assert result.exit_code == 130
    assert "not finished: stopped by Ctrl+C" in result.stdout
    assert "1. invoicexpress getTax: " in result.stdout
    assert "stopped by Ctrl+C" in (tmp_path / "report" / "junit.xml").read_text()
    assert (tmp_path / "report" / "report.html").exists()
