"""A recorder in a thread, in front of a vendor."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from paysandbox.recorder.proxy import RecordingProxy
from paysandbox.recorder.vendor import Vendor
from paysandbox.recorder.writing import Recorder
from paysandbox.recordings.har_writer import HarWriter
from paysandbox.server.live import Live

_TURNS: Final = 1000
_PAUSE: Final = 0.02


class Recording:
    """A running recorder: its URL, the lines that it printed, and its file."""

    def __init__(self, url: str, path: Path, recorder: Recorder, lines: list[str]) -> None:
        self.url, self.path, self.recorder, self.lines = url, path, recorder, lines

    def read(self, count: int) -> list[dict[str, Any]]:
        """Return the entries of the file, once so many are recorded: that is after their clients have the replies.

        Lines, counts and console have them then, too.
        """
        for _ in range(_TURNS):
            if self.recorder.counts["calls"] >= count:
                break
            time.sleep(_PAUSE)
        entries: list[dict[str, Any]] = json.loads(self.path.read_bytes())["log"]["entries"]
        assert len(entries) == count
        return entries


@contextmanager
def recording(provider: str, url: str, path: Path, **options: Any) -> Iterator[Recording]:
    """Context manager: record calls to a vendor at this URL; `options` are those of `Vendor`."""
    lines: list[str] = []
    live = Live(provider_names=[provider])
    with path.open("xb") as stream:
        vendor = Vendor(url, **options)
        recorder = Recorder(live.runtime, vendor.url, HarWriter(stream, version="1"), lines.append)
        up = threading.Event()
        server = live.server(
            up.set, front=lambda sandbox: RecordingProxy(sandbox, vendor, recorder), log_config=None, date_header=False
        )
        thread = threading.Thread(target=live.run, args=[server])
        thread.start()
        try:
            assert up.wait(60)
            yield Recording(live.url, path, recorder, lines)
        finally:
            server.should_exit = True
            thread.join(30)
            live.close_sockets()
