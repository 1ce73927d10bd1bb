"""Long bodies at a recorder: passed on, kept as far as the limit goes, and no other call waits for their judgement."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx
import pytest

from paysandbox.recorder.proxy import BODY_LIMIT, KEPT
from paysandbox.recorder.writing import Recorder
from tests.system.record.recording import Recording, recording

LONG: Final = 1 << 20


class Vendor(BaseHTTPRequestHandler):
    """Answers with as many bytes as the query says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each reply, whose head and body are two writes, waits 40 ms

    def do_GET(self) -> None:
        length = int(self.path.partition("?")[2])
        self.send_response(200)
        self.send_header("content-length", str(length))
        self.end_headers()
        self.wfile.write(b"x" * length)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Recording]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as server:
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            with recording("invoiless", url, tmp_path / "long.har") as running:
                yield running
        finally:
            server.shutdown()


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=60)


def test_a_reply_beyond_the_limit_is_passed_on_and_counted(run: Recording) -> None:
    assert len(get(f"{run.url}/v1/invoices?{KEPT + 1}").content) == KEPT + 1
    (entry,) = run.read(1)
    assert (entry["response"]["status"], entry["response"]["bodySize"]) == (200, -1)
    assert "too long to be recorded and judged, and was passed on" in run.lines[0]
    assert run.recorder.counts["cut"] == 1


def test_a_request_beyond_the_limit_is_refused_told_and_counted(run: Recording) -> None:
    parts = (b"x" * LONG for _ in range(BODY_LIMIT // LONG + 1))
    refused = httpx.post(f"{run.url}/v1/invoices?0", content=parts, trust_env=False, timeout=60)
    assert (refused.status_code, "nothing was sent to the vendor" in refused.json()["detail"]) == (413, True)
    assert "nothing was sent to the vendor" in run.lines[0]
    assert (run.recorder.counts["stopped"], run.recorder.counts["calls"]) == (1, 0)


def test_no_call_waits_for_the_judgement_of_a_long_one(run: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    free = Event()
    examine = Recorder._examine_and_write  # noqa: SLF001 - what takes long

    def wait(self: Recorder, *given: Any) -> Any:
        assert free.wait(60)
        return examine(self, *given)

    monkeypatch.setattr(Recorder, "_examine_and_write", wait)
    try:
        assert len(get(f"{run.url}/v1/invoices?{LONG}").content) == LONG
        assert get(f"{run.url}/v1/invoices?0").status_code == 200  # its own judgement waits for its turn
        assert get(f"{run.url}/_sandbox/").status_code == 200
    finally:
        free.set()
    assert [entry["response"]["content"]["size"] for entry in run.read(2)] == [LONG, 0]
