"""What a start costs: as a command, and embedded in a program that has imported the sandbox."""

import subprocess
import sys
from collections.abc import Iterator
from time import sleep
from typing import Final

from tools.bench.figures import Figure, Goal, figure, share
from tools.bench.plan import Plan
from tools.bench.processes import BARE, PATIENCE, ROOT, SANDBOX, environment, on_first_core, running

_SETTLED: Final = 0.5  # seconds until the memory of a server that idles is looked at
_EMBEDDED: Final = """
import socket, time
began = time.perf_counter()
from paysandbox.server.live import Server
imported = time.perf_counter()
with Server() as server:
    host, _, port = server.url().rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /_sandbox/health HTTP/1.1\\r\\nhost: 127.0.0.1\\r\\n\\r\\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    print(imported - began, time.perf_counter() - imported)
"""


def measured(plan: Plan) -> Iterator[Figure]:
    """From the start of a process to its first answer, the memory it then needs, and the embedded start."""
    _started()  # the first only warms the files
    bare, serve, memory, imports, first = zip(*(_started() for _ in plan.turns("start")), strict=True)
    yield figure("bare uvicorn, first answer", "ms", bare)
    yield figure("serve, first answer", "ms", serve)
    yield share("serve, first answer against bare uvicorn's", serve, bare, Goal(1.6))
    yield figure("serve, idle memory", "MiB", memory, Goal(45))
    yield figure("embedded, import paysandbox.server.live", "ms", imports)
    yield figure("embedded, Server() to its first answer", "ms", first, Goal(25))


def _started() -> tuple[float, float, float, float, float]:
    """Milliseconds of the bare server and of the sandbox, MiB of the sandbox, and an embedded one's two times in ms."""
    with running(BARE) as server:
        bare = server.first_answer
    with running(SANDBOX) as server:
        sleep(_SETTLED)
        imported, answered = embedded()
        return bare * 1e3, server.first_answer * 1e3, server.memory(), imported * 1e3, answered * 1e3


def embedded() -> tuple[float, float]:
    """Seconds of the import, and from then to the first answer of a `Server()`, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _EMBEDDED],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        preexec_fn=on_first_core,
    )
    imported, answered = done.stdout.split()
    return float(imported), float(answered)
