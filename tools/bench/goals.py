"""The goals of the whole program. Each figure that is measured for one carries it."""

from typing import Final

from tools.bench.figures import Goal

_THROUGHPUT: Final = "--only throughput"
_LATENCY: Final = "--only latency"
_START: Final = "--only start"
_STORES: Final = "--only stores"

VALID: Final = Goal(
    0.30, at_least=True, title="valid POST, 16 connections: share of the bare application's rate", needs=_THROUGHPUT
)
FASTER: Final = Goal(
    1.6, at_least=True, title="valid POST, 16 connections: times the older commit's rate", needs="--against REV"
)
WAITING: Final = Goal(
    0.45, at_least=True, title="valid POST, one waiting client: share of the bare application's rate", needs=_THROUGHPUT
)
REFUSED: Final = Goal(
    0.18, at_least=True, title="refused POST, 16 connections: share of the bare application's rate", needs=_THROUGHPUT
)
TAIL: Final = Goal(3, title="p99 with many payments held, against the bare application's", needs=_LATENCY)
HELD: Final = Goal(1.1, title="p50 with many payments held, against 100", needs=_LATENCY)
FIRST_ANSWER: Final = Goal(1.5, title="serve, first answer against bare uvicorn's", needs=_START)
EMBEDDED: Final = Goal(25, title="embedded, Server() to its first answer", needs=_START)
IDLE: Final = Goal(45, title="serve, idle memory", needs=_START)
SQLITE: Final = Goal(0.75, at_least=True, title="over SQLite: share of memory's rate", needs=_STORES)
TRIPS: Final = Goal(1.5, title="over Redis, one waiting client: round trips of the engine beyond memory", needs=_STORES)
TWO_PROCESSES: Final = Goal(
    1.25, title="over Redis: processor time of a POST, two processes against one", needs=_STORES
)
FIRST_CALL: Final = Goal(5, title="a namespace's first call on another worker", needs=_STORES)
CATCHING_UP: Final = Goal(30, title="a call that catches up 1,000 entries", needs=_STORES)
PRISM: Final = Goal(4, at_least=True, title="valid POST, 16 connections: times Prism's rate", needs="--peers")

ALL: Final = (
    VALID,
    FASTER,
    WAITING,
    REFUSED,
    TAIL,
    HELD,
    FIRST_ANSWER,
    EMBEDDED,
    IDLE,
    SQLITE,
    TRIPS,
    TWO_PROCESSES,
    FIRST_CALL,
    CATCHING_UP,
    PRISM,
)
