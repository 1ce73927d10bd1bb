"""What a start costs: a command, embedded, around a command, in tests; each beside the same without a sandbox."""

import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import sleep
from typing import Final

from tools.bench import goals
from tools.bench.figures import Figure, figure, share
from tools.bench.plan import Plan
from tools.bench.processes import BARE, PACKAGE, PATIENCE, ROOT, SANDBOX, environment, on_first_core, running

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
_PYTEST: Final = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
_PLUGIN: Final = ("-p", "paysandbox.pytest_plugin")
_WORKER: Final = ("-p", "xdist.plugin", "-n", "1")
_TESTS: Final = {
    "test_bare.py": "def test_nothing():\n    pass\n",
    "test_sandbox.py": "def test_one(paysandbox):\n    assert paysandbox.credentials('invoiless')\n",
}
# By name: what runs without a sandbox, and what runs with one.
_PROGRAMS: Final = {
    "exec -- true": (("-m", "tools.bench.bare_exec"), ("-m", "paysandbox", "exec", "--", "true")),
    "the plugin's first test": ((*_PYTEST, "test_bare.py"), (*_PYTEST, *_PLUGIN, "test_sandbox.py")),
    "a new xdist worker's first test": (
        (*_PYTEST, *_WORKER, "test_bare.py"),
        (*_PYTEST, *_PLUGIN, *_WORKER, "test_sandbox.py"),
    ),
}
_BARE: Final = "bare"

Times = dict[tuple[str, str], list[float]]


def measured(plan: Plan) -> Iterator[Figure]:
    """From the start of a process to its first answer or its end, and the memory of a server that idles."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        for name, text in _TESTS.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        times: Times = defaultdict(list)
        _start_all(plan, Path(folder), defaultdict(list))  # the first only warms the files
        for _ in plan.turns("start"):
            _start_all(plan, Path(folder), times)
    yield figure("bare uvicorn, first answer", "ms", times["serve", _BARE])
    for name in plan.packages():
        yield from _figures(name, times)


def _figures(name: str, times: Times) -> Iterator[Figure]:
    present = name == "sandbox"
    of = "" if present else ", older commit"
    yield figure(f"serve, first answer{of}", "ms", times["serve", name])
    yield share(
        f"serve, first answer against bare uvicorn's{of}",
        times["serve", name],
        times["serve", _BARE],
        goals.FIRST_ANSWER if present else None,
    )
    yield figure(f"serve, idle memory{of}", "MiB", times["memory", name], goals.IDLE if present else None)
    yield figure(f"embedded, import paysandbox.server.live{of}", "ms", times["import", name])
    what = f"embedded, Server() to its first answer{of}"
    yield figure(what, "ms", times["embedded", name], goals.EMBEDDED if present else None)
    for program in _PROGRAMS:
        if present:
            yield figure(f"{program}: the same without a sandbox", "ms", times[program, _BARE])
        yield figure(f"{program}{of}", "ms", times[program, name])
        yield share(f"{program}, against the same without a sandbox{of}", times[program, name], times[program, _BARE])


def _start_all(plan: Plan, folder: Path, times: Times) -> None:
    """Start everything once, the bare programs first."""
    with running(BARE) as server:
        times["serve", _BARE].append(server.first_answer * 1e3)
    for name, package in plan.packages().items():
        with running(SANDBOX, package) as server:
            times["serve", name].append(server.first_answer * 1e3)
            sleep(_SETTLED)
            times["memory", name].append(server.memory())
        imported, answered = embedded(package)
        times["import", name].append(imported * 1e3)
        times["embedded", name].append(answered * 1e3)
    for program, (bare, with_sandbox) in _PROGRAMS.items():
        times[program, _BARE].append(_run(bare, folder, PACKAGE) * 1e3)
        for name, package in plan.packages().items():
            times[program, name].append(_run(with_sandbox, folder, package) * 1e3)


def embedded(package: Path = PACKAGE) -> tuple[float, float]:
    """Seconds of the import, and from then to the first answer of a `Server()`, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _EMBEDDED],
        cwd=ROOT,
        env=environment(package),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        preexec_fn=on_first_core,
    )
    imported, answered = done.stdout.split()
    return float(imported), float(answered)


def _run(arguments: Sequence[str], folder: Path, package: Path) -> float:
    """Seconds of a program from its start to its end.

    Raises:
        RuntimeError: it failed.
    """
    variables = environment(package)
    # Plugins of this environment that a user's need not have would cost both sides the same, and hide the difference.
    variables |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": f"{package}:{ROOT}"}
    started = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *arguments],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        preexec_fn=on_first_core,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return time.perf_counter() - started
