"""The lifespan tells the server what became of the start and of the end, as ASGI wants it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from paysandbox.web.lifespan import run_lifespan

STARTED = {"type": "lifespan.startup.complete"}
STOPPED = {"type": "lifespan.shutdown.complete"}


class Server:
    """Asks for a start and for an end, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.steps: list[str] = []
        self.fails_at = ""

    async def receive(self) -> dict[str, Any]:
        return {"type": "lifespan.shutdown" if self.told else "lifespan.startup"}

    async def send(self, message: Any) -> None:
        self.told.append(message)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        for step in ("start", "end"):
            if self.fails_at == step:
                raise ValueError(f"the {step} failed")
            self.steps.append(step)
            if step == "start":
                yield


def test_the_context_is_open_while_the_server_serves() -> None:
    """From the start to the end."""
    server = Server()
    asyncio.run(run_lifespan(server.running(), server.receive, server.send))
    assert server.told == [STARTED, STOPPED]
    assert server.steps == ["start", "end"]


@pytest.mark.parametrize(("step", "told"), [("start", "lifespan.startup.failed"), ("end", "lifespan.shutdown.failed")])
def test_a_failure_is_told_and_raised(step: str, told: str) -> None:
    """The server then stops with its traceback."""
    server = Server()
    server.fails_at = step
    with pytest.raises(ValueError, match=f"the {step} failed"):
        asyncio.run(run_lifespan(server.running(), server.receive, server.send))
    assert server.told[-1]["type"] == told
    assert f"the {step} failed" in server.told[-1]["message"]


def test_a_forced_stop_ends_without_a_traceback() -> None:
    """The server cancels the lifespan; what runs in it is ended all the same."""

    async def stop() -> list[Any]:
        server = Server()
        waits = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if server.told:
                await waits.wait()
            return {"type": "lifespan.startup"}

        task = asyncio.create_task(run_lifespan(server.running(), receive, server.send))
        while not server.told:  # noqa: ASYNC110 - the server cannot say when
            await asyncio.sleep(0)
        task.cancel()
        await task
        return server.told

    assert asyncio.run(stop()) == [STARTED, STOPPED]
