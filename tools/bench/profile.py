"""`make profile`: where the processor's time of a call goes, from the bytes of a request to those of its reply.

A timer of the process's own time looks at the stack, as often as the system's clock ticks. So it slows nothing down,
unlike a profiler that counts calls; a function of C is a part of the Python that calls it, or that it calls. Sockets
and event loop are left out: a transport that keeps nothing takes their place.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any, Final

from uvicorn.server import ServerState

from paysandbox.app import create_app
from paysandbox.server.direct_protocol import DirectConfig, DirectProtocol
from tools.bench.kinds import CallKind, list_kinds

PATHS: Final = (
    "Invisible Collector: payment",
    "Invisible Collector: refusal",
    "Invoiless: payment",
    "InvoiceXpress: payment",
    "CRM.COM: payment",
)
_EVERY: Final = 0.001  # seconds of the processor's time between two looks; most systems take four times as long
_LONGEST: Final = 30
_RESET: Final = 200  # calls, after which the records go back to the fixtures: invoices are paid up at some time
_WARM: Final = 400  # calls that are not looked at: contracts are read and schemas compiled in them

Stack = tuple[str, ...]


class _Transport(asyncio.Transport):
    """The connection of a client that reads everything at once; only the last reply is kept."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 4080), "peername": ("127.0.0.1", 40800)})
        self.reply = b""

    def write(self, data: Any) -> None:
        self.reply = data

    def close(self) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0


def main() -> None:
    """Print the profile of each path, and write the stacks for a flame graph if asked to."""
    options = _read_options()
    kinds = {kind.name: kind for kind in list_kinds(1)}
    folded: list[str] = []
    for name in options.path or PATHS:
        stacks, calls, seconds = asyncio.run(measure(kinds[name], options.seconds))
        sys.stdout.write(f"{name}: {seconds / calls * 1e6:.1f} µs a call, {calls:,} calls\n")
        sys.stdout.write(render(stacks, options.top) + "\n")
        folded += [f"{';'.join((name, *stack))} {count}" for stack, count in sorted(stacks.items())]
    if options.folded:
        options.folded.write_text("\n".join(folded) + "\n", encoding="utf-8")


async def measure(kind: CallKind, seconds: float) -> tuple[Counter[Stack], int, float]:
    """Make calls of a kind for so many seconds of the processor's time; return the stacks, and the calls' time.

    Raises:
        RuntimeError: a reply is not as expected.
    """
    app = create_app()
    config = DirectConfig(app, app.state.runtime.settings, app.door, log_config=None)
    config.load()
    protocol, transport = DirectProtocol(config, ServerState(), {}), _Transport()
    protocol.connection_made(transport)
    namespace, requests = app.state.runtime.namespaces.get("default"), kind.requests()
    for request in islice(requests, _WARM):
        protocol.data_received(request)
    stacks: Counter[Stack] = Counter()
    calls = spent = 0
    while spent < seconds * 1e9:
        namespace.reset()
        batch = list(islice(requests, _RESET))
        started = time.process_time_ns()
        with _looking(stacks):
            for request in batch:
                protocol.data_received(request)
        spent += time.process_time_ns() - started
        calls += len(batch)
        if transport.reply.split(b" ", 2)[1][:1] != kind.expected:
            raise RuntimeError(f"{kind.name} was answered {transport.reply[:80]!r}")
    protocol.connection_lost(None)
    return stacks, calls, spent / 1e9


def render(stacks: Counter[Stack], top: int) -> str:
    """Show the functions with the largest share of their own, and what they and all that they call take."""
    total = max(stacks.total(), 1)
    own, whole = Counter[str](), Counter[str]()
    for stack, count in stacks.items():
        own[stack[-1]] += count
        for function in set(stack):
            whole[function] += count
    lines = [f"{'itself':>8} {'with callees':>13}  function"]
    lines += [f"{count / total:8.1%} {whole[name] / total:13.1%}  {name}" for name, count in own.most_common(top)]
    return "\n".join(lines) + "\n"


@contextmanager
def _looking(stacks: Counter[Stack]) -> Iterator[None]:
    """Add the stack to `stacks` at each tick of the timer."""
    outside = sys._getframe(2).f_code  # noqa: SLF001 - the function that is measured is above all others

    def look(_number: int, frame: FrameType | None) -> None:
        found: list[str] = []
        while frame is not None and frame.f_code is not outside:
            found.append(_name(frame))
            frame = frame.f_back
        if found and not found[-1].startswith("contextlib "):  # which ends the block that is looked at
            stacks[tuple(reversed(found))] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _name(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    place: Sequence[str] = path.with_suffix("").parts
    if "site-packages" in place:
        place = place[place.index("site-packages") + 1 :]
    elif "paysandbox" in place:
        place = place[len(place) - place[::-1].index("paysandbox") :]
    else:
        place = place[-1:]
    return f"{'.'.join(place)} {frame.f_code.co_qualname}"


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make profile", description=__doc__)
    names = [kind.name for kind in list_kinds(1)]
    parser.add_argument("--path", action="append", choices=names, metavar="NAME", help="a row of `make bench`")
    parser.add_argument("--seconds", type=float, default=5, help="of the processor's time for each path, 5 by default")
    parser.add_argument("--top", type=int, default=_LONGEST, help=f"functions to show, {_LONGEST} by default")
    parser.add_argument("--folded", type=Path, metavar="FILE", help="write the stacks there, for a flame graph")
    return parser.parse_args()


if __name__ == "__main__":
    main()
