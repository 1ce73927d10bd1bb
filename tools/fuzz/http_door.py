"""The HTTP door: bytes over sockets to a server of its own, one connection a case, and now and then a flood of them."""

import re
import socket
import struct
import time
from contextlib import suppress
from random import Random
from typing import Final

from tests.helpers.raw_http import PATIENCE, Message, replies
from tests.helpers.runtimes import read_runtime
from tests.helpers.valid_calls import operations, valid_call
from tools.fuzz.http_cases import hostile_request, message_of, packets
from tools.fuzz.http_floods import FLOODS, Flood, connected
from tools.fuzz.http_server import Attacked
from tools.fuzz.tally import MIB, Finding, Tally

FLOODED: Final = 0.02
LEFT: Final = 0.1
MOMENT: Final = 0.01  # seconds in which most answers are there; nothing is concluded from it
TOLD: Final = 300
STATUS: Final = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) ")


class HttpDoor:
    """Requests that are almost valid, to every operation of every provider."""

    name = "http"
    growth = 96 * MIB  # ten connections at once, each with a body of 1 MiB, and 8 MiB of journal

    def __init__(self, attacked: Attacked, *, floods: bool = True) -> None:
        self._flooded = FLOODED if floods else 0
        self.pid = attacked.pid
        self._attacked = attacked
        runtime = read_runtime()
        self._calls = [valid_call(runtime, provider, operation) for provider, operation in operations(runtime)]
        self._payments = [call for call in self._calls if call.operation.method == "POST"]
        self._batches = 0
        self.check(Tally(self.name, 0))
        self._files = attacked.open_files()

    def case(self, dice: Random, tally: Tally) -> None:
        """One connection, or a flood of them.

        Raises:
            Finding: a failure of the server, or no end.
        """
        message = message_of(dice.choice(self._calls))
        if dice.random() < self._flooded:
            self.flood(dice.choice(FLOODS), dice, tally)
            return
        sent = hostile_request(dice, message)
        with tally.timed():
            said = self._sent(dice, packets(dice, sent))
        count(said, repr(sent[:TOLD]), tally)

    def flood(self, flood: Flood, dice: Random, tally: Tally) -> None:
        """Many connections at once.

        Raises:
            Finding: a failure of the server, or no end.
        """
        self._attacked.settled(self._files)
        for said in flood(self._attacked, dice, message_of(self._calls[0]).wire):
            count(said, flood.__name__, tally)

    def check(self, tally: Tally) -> None:
        """The server has closed what it opened, logged no error, and is still of use.

        Raises:
            Finding: one of these is not so.
        """
        self._batches += 1
        if self._batches > 1:
            self._attacked.settled(self._files)
        log = self._attacked.log.read_text(errors="replace")
        if " ERROR " in log:
            raise Finding(f"the server logs{log[log.index(' ERROR ') :][:3000]}")
        namespace = f"alive-{self._batches}"
        for call in self._payments:
            message = message_of(call, f"/ns/{namespace}")
            with tally.timed():
                (reply,) = replies(self._attacked.address, [message.wire])
            if not 200 <= reply.status < 300:
                raise Finding(f"a valid {call.name} is answered {reply.status} {reply.content[:TOLD]!r}")
            # Each call meets the fixtures, because it may want the name that another one gives.
            again = Message("POST", f"/_sandbox/namespaces/{namespace}/reset", (("host", "127.0.0.1"),))
            replies(self._attacked.address, [again.wire])
        reset = Message("POST", "/_sandbox/reset", (("host", "127.0.0.1"),))
        replies(self._attacked.address, [reset.wire])

    def _sent(self, dice: Random, parts: list[bytes]) -> bytes:
        """All that comes back for the parts; the client says then that nothing more will come, or just leaves."""
        said = b""
        with connected(self._attacked) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                    time.sleep(0.001 * (len(parts) > 1))
                if dice.random() < LEFT:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return said
                connection.settimeout(MOMENT)
                with suppress(TimeoutError):
                    while some := connection.recv(1 << 16):
                        said += some
                connection.settimeout(PATIENCE)
                connection.shutdown(socket.SHUT_WR)
                while some := connection.recv(1 << 16):
                    said += some
            except TimeoutError as error:
                raise Finding(f"no end after {PATIENCE} seconds for {[part[:TOLD] for part in parts]}") from error
            except OSError:
                pass  # the server has closed, which it may
        return said


def count(said: bytes, sent: str, tally: Tally) -> None:
    """Count what was answered on one connection.

    Raises:
        Finding: a failure of the server is among it.
    """
    for status in STATUS.findall(said):
        tally.status(int(status))
        if status >= b"500":
            raise Finding(f"{said[:TOLD]!r} for {sent}")
