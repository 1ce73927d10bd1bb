"""A process is killed at each step of a call over a store: what was answered is there, and nothing is there twice."""

from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.helpers.served import serve

KILLER: Final = """
import os, signal
from paysandbox.cli.main import main
from paysandbox.server.batched_protocol import BatchedProtocol
from paysandbox.store.log.sqlite import SqliteLog

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def is_second(content):
    return b"R 2" in content

insert, append_all, send = SqliteLog._insert, SqliteLog.append_all, BatchedProtocol._send_held

def insert_or_kill(self, appends, at):
    has_second = any(is_second(each.content) for each in appends)
    if STEP == "before the append" and has_second:
        kill()
    kept = insert(self, appends, at)
    if STEP == "before the commit" and has_second:
        kill()
    return kept

async def append_or_kill(self, appends):
    kept = await append_all(self, appends)
    if STEP == "after the append" and any(is_second(entry.content) for entry in appends):
        kill()
    return kept

SqliteLog._insert, SqliteLog.append_all = insert_or_kill, append_or_kill

def send_or_kill(self, packets, reply):
    if STEP == "before the reply" and is_second(reply.content):
        kill()
    send(self, packets, reply)

BatchedProtocol._send_held = send_or_kill
main()
"""
STEPS: Final = {
    "before the append": False,
    "before the commit": False,
    "after the append": True,
    "before the reply": True,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_is_killed(tmp_path: Path, step: str) -> None:
    store, file = f"sqlite:{tmp_path / 'stub.db'}", tmp_path / "ready.json"
    with serve(store, file, program=("-c", f"STEP = {step!r}\n{KILLER}")) as first:
        assert first.pay("R 1").status_code == 201
        with pytest.raises(httpx.TransportError):
            first.pay("R 2")
        assert first.process.wait() == -9
    with serve(store, file) as second:
        is_kept = STEPS[step]
        numbers = [entry["id"] for entry in second.get("namespaces/default/requests")["requests"]]
        assert numbers == ["default-1", "default-2"][: 1 + is_kept]
        assert second.pay("R 1").status_code == 200  # it is there
        assert second.pay("R 2").status_code == (200 if is_kept else 201)
        assert second.pay("R 2").headers["x-sandbox-request"] == f"default-{4 + is_kept}"
