"""The demonstration: a reply lost after all was done, a retry, a second receipt, and the journal that says so."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from paysandbox.server.live import Server
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import dump

ROOT: Final = Path(__file__).parents[3]
SCRIPT: Final = ROOT / "examples" / "python" / "lost_reply.py"
PATIENCE: Final = 60  # seconds, far beyond what it takes
SEEN: Final = """\
A namespace of our own, where it is 2026-03-31T12:00:00Z and time stands still.
We pay 100, and the connection is closed without an answer. Is it paid?
It is: the state has a receipt 28/A of 100.00.
Our client retries, and gets the receipt 29/A.
The journal's advice about ns-1-2:
  ADVICE
What differs from the fixtures:
  sequences/12345: current_receipt_number was 27, is 29
  invoices/1: paid was 0, is 200.00
  receipts/541793 is new
  receipts/541794 is new
  id_counters/document: last was 541792, is 541794
After a reset: nothing.
"""


def demonstrated(url: str) -> str:
    """What the script prints; Python runs it alone, as a user's would."""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-I", str(SCRIPT), url], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_shows_what_it_says() -> None:
    """Line by line; the advice names the lost call and the fault, and says that there are two now."""
    with Server() as server:
        lines = demonstrated(server.url()).splitlines()
        start = lines.index("The journal's advice about ns-1-2:") + 1
        end = lines.index("What differs from the fixtures:")
        advice = "\n".join(lines[start:end])
        assert "This call repeats ns-1-1, which was carried out (its reply was lost by fault-1)" in advice
        assert "There are two now" in advice
        assert "\n".join([*lines[:start], "  ADVICE", *lines[end:], ""]) == SEEN
        assert [namespace.name for namespace in server.runtime.namespaces] == [DEFAULT]


def test_it_can_be_shown_again_and_harms_nobody() -> None:
    """On a sandbox that others use: all but the name of its world is the same, and default is as it was."""
    with Server() as server:
        before = dump(server.runtime, "invoicexpress")
        first, second = demonstrated(server.url()), demonstrated(f"{server.url()}/")
        assert second == first.replace("ns-1-", "ns-2-")
        default = server.runtime.namespaces.get(DEFAULT)
        assert (dump(server.runtime, "invoicexpress"), default.requests, default.fault_count) == (before, 0, 0)
