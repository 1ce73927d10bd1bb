"""The stores are measured beside each other, SQLite always, Redis where there is a server."""

import os

from tests.helpers.redis_servers import find_redis
from tools.bench import goals, stores
from tools.bench.plan import Plan


def test_each_store_has_its_rows_and_goals() -> None:
    find_redis()
    before = os.sched_getaffinity(0)
    figures = {figure.what: figure for figure in stores.measured(Plan(rounds=1, seconds=0.05))}
    assert os.sched_getaffinity(0) == before
    for name in ("memory", "SQLite", "Redis"):
        assert figures[f"store {name}: POST, one waiting client, p50"].value > 0
    found = [figure.goal for figure in figures.values() if figure.goal is not None]
    assert [found.count(goal) for goal in (goals.SQLITE, goals.TRIPS, goals.TWO_PROCESSES)] == [1, 1, 1]
    assert [found.count(goal) for goal in (goals.FIRST_CALL, goals.CATCHING_UP)] == [2, 2]
    assert figures["SQLite alone: processor time of an entry, 16 in a transaction"].value > 0
    for kind in ("a bare ASGI application", "asyncio without a framework"):
        assert figures[f"floor: {kind}, an append and nothing else, one waiting client, p50"].value > 0
        assert f"floor: {kind}, the append in round trips of the engine" in figures
    trip, waits = figures["Redis alone: round trip of an append, p50"], figures
    beyond = waits["store Redis: one waiting client, beyond memory, in round trips of the engine"]
    redis, memory = (waits[f"store {name}: POST, one waiting client, p50"].value for name in ("Redis", "memory"))
    assert beyond.value == (redis - memory) / trip.value
