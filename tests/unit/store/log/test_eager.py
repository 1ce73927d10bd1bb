"""Work that runs without a task: as far as it can at once, and on when what it waits for is there."""

import asyncio

from paysandbox.store.log.eager import Reply, run_eagerly


def test_work_that_waits_for_nothing_is_done_at_once() -> None:
    async def work() -> int:
        return 1

    said: list[int] = []
    run_eagerly(work(), said.append)
    assert said == [1]


def test_work_goes_on_when_what_it_waits_for_is_there() -> None:
    async def run() -> None:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        reply = Reply()
        said: list[str] = []

        async def work() -> str:
            await asyncio.sleep(0)
            return await future + str(await reply)

        run_eagerly(work(), said.append)
        await asyncio.sleep(0)
        future.set_result("a")
        await asyncio.sleep(0)
        reply.set_result("b")
        assert said == []
        reply.tell()
        assert said == ["ab"]

    asyncio.run(run())


def test_an_error_reaches_the_work_that_waits() -> None:
    async def run() -> None:
        reply = Reply()
        said: list[str] = []

        async def work() -> str:
            try:
                await reply
            except ValueError as error:
                return str(error)
            return "none"

        run_eagerly(work(), said.append)
        reply.set_exception(ValueError("why"))
        reply.tell()
        assert said == ["why"]

    asyncio.run(run())
