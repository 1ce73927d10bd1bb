"""Reload of code: that of an own provider is imported anew; that of the program itself cannot be, and this is said."""

import asyncio
import logging
import os
import re
import sys
from pathlib import Path

import pytest

from paysandbox.app import create_runtime
from paysandbox.kit.program import RESTART, note_program
from paysandbox.server.reloading import Reloader
from tests.helpers.own_providers import write_toy
from tests.helpers.runtimes import NOON, Client
from tests.unit.control.asking import check_problem

FULL = re.compile(r"FULL = [0-9]+")


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    return write_toy(tmp_path / "providers")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of the program, which is another one for this test."""
    path = tmp_path / "program" / "kit" / "module.py"
    path.parent.mkdir(parents=True)
    path.write_text("A = 1\n")
    monkeypatch.setattr("paysandbox.kit.program.ROOT", tmp_path / "program")
    return path


def test_edits_within_a_second_are_all_taken_over(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python tells compiled files by the second and the length of their source. Each edit is named."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    client = Client(create_runtime(provider_folder=toy.parent, time=lambda: NOON))
    module = toy / "provider" / "records.py"
    for coins, status in ((3, 409), (5, 201), (3, 409), (9, 201)):
        module.write_text(FULL.sub(f"FULL = {coins}", module.read_text()))
        assert client.post("/_sandbox/reload").json["files"] == [str(module)]
        assert client.post("/piggybank/v1/coins", {"value": 1}, headers={"piggy-key": "oink"}).status == status
        client.post("/_sandbox/reset")
    assert not list(toy.rglob("*.pyc"))
    assert not sys.dont_write_bytecode


def test_modules_of_any_depth_are_imported_anew(toy: Path) -> None:
    """Also those that are added; a reset says that they are newer."""
    client = Client(create_runtime(provider_folder=toy.parent, time=lambda: NOON))
    module = toy / "provider" / "limits" / "coins.py"
    module.parent.mkdir()
    (module.parent / "__init__.py").write_text("")
    for coins, status in ((3, 409), (4, 201)):
        module.write_text(f"FULL = {coins}\n")
        records = toy / "provider" / "records.py"
        records.write_text(FULL.sub("from .limits.coins import FULL", records.read_text()))
        assert str(module) in client.post("/_sandbox/reload").json["files"]
        assert client.post("/piggybank/v1/coins", {"value": 1}, headers={"piggy-key": "oink"}).status == status
        assert client.post("/_sandbox/reset").status == 204
    module.write_text("FULL = 100\n")
    assert client.post("/_sandbox/reset").json["newer_files"] == [str(module)]


def test_a_refused_reload_of_a_newer_program_says_to_restart(toy: Path, program: Path) -> None:
    """Its files may be right for the program on disk."""
    runtime = create_runtime(provider_folder=toy.parent, time=lambda: NOON)
    client = Client(runtime)
    contract = toy / "openapi.yaml"
    contract.write_text(contract.read_text().replace("operationId:", "operationID:"))
    for noted, says in ((False, False), (True, False), (True, True)):
        if noted and not says:
            note_program(runtime)
        if says:
            program.write_text("A = 22\n")
        reply = client.post("/_sandbox/reload")
        check_problem(reply, 422, f"nothing was changed: {contract}:")
        assert (RESTART in reply.json["detail"]) is says


def test_any_failure_is_put_down_to_a_newer_program(program: Path) -> None:
    """A module that is imported only now can be another one than the others expect."""
    runtime = create_runtime(time=lambda: NOON)
    note_program(runtime)

    def read_again() -> None:
        raise ImportError("cannot import name 'read'")

    runtime.read_again = read_again  # type: ignore[assignment] # it never returns
    assert Client(runtime).post("/_sandbox/reload").status == 500
    os.utime(program, ns=(0, 0))
    reply = Client(runtime).post("/_sandbox/reload")
    check_problem(reply, 422, "nothing was changed: ImportError: cannot import name 'read'", RESTART)


def test_a_reload_that_succeeds_says_it_too(program: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In the log, because the program that runs is not the one on disk."""
    runtime = create_runtime(time=lambda: NOON)
    note_program(runtime)
    with caplog.at_level(logging.INFO, "paysandbox.reload"):
        asyncio.run(Reloader(runtime).reload())
        assert RESTART not in caplog.text
        program.unlink()
        asyncio.run(Reloader(runtime).reload())
    assert caplog.messages[-1] == RESTART
