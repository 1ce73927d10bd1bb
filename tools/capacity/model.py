"""A simulation of sandboxes over a store: clients, processes, the store's shards, and the network between them.

Each client waits for its reply, and calls again. A process and a shard do one thing at a time, in the order of arrival.
A call holds its namespace in its process from its beginning to the store's reply, as the program does; the store takes
an append only if nothing else was appended since the call began, else the call is made again.
"""

import heapq
import random
from collections import defaultdict, deque
from collections.abc import Callable, Generator
from typing import NamedTuple


class Costs(NamedTuple):
    """Microseconds of a processor, and of the network.

    `call` and `append` are what a process and a shard spend on a call of a namespace that the same process called last;
    `moved_call` and `moved_append`, if another one did. `network` is a round trip to the store, without the store's own
    time.
    """

    call: int
    append: int
    moved_call: int
    moved_append: int
    network: int


class Site(NamedTuple):
    """What is deployed, and who calls. With `sticky`, a namespace goes to one host, by the balancer."""

    hosts: int
    workers: int
    shards: int
    clients: int
    namespaces: int
    sticky: bool = True


class Outcome(NamedTuple):
    """Calls a second, latency in microseconds, how busy the busiest are (1 is always), and calls made again a call."""

    rate: float
    median: int
    p99: int
    worker_load: float
    shard_load: float
    redone: float

    @property
    def bottleneck(self) -> str:
        """What cannot do more; a namespace, if neither processes nor shards are busy."""
        most = max(self.worker_load, self.shard_load)
        if most < _BUSY:
            return "clients or a namespace"
        return "processes" if most == self.worker_load else "store"


_BUSY = 0.9
_WARM = 0.1  # of the calls, which are not counted


class _Station:
    """A process or a shard: one job at a time."""

    def __init__(self) -> None:
        self.free_at = self.busy = 0

    def use(self, now: int, duration: int) -> int:
        """Return when a job that arrives now is done."""
        self.free_at = max(now, self.free_at) + duration
        self.busy += duration
        return self.free_at

    def measure_load(self, now: int) -> float:
        """Return the share of the time until now that it was busy."""
        return (self.busy - max(self.free_at - now, 0)) / now


class _Locks:
    """The namespaces that calls hold, by process."""

    def __init__(self) -> None:
        self._waiting: dict[object, deque[Callable[[], None]]] = {}

    def take(self, key: object, go_on: Callable[[], None]) -> bool:
        """Take a lock; return False, and go on later, if another call has it."""
        if key in self._waiting:
            self._waiting[key].append(go_on)
            return False
        self._waiting[key] = deque()
        return True

    def give(self, key: object) -> None:
        waiting = self._waiting[key]
        if waiting:
            waiting.popleft()()
        else:
            del self._waiting[key]


class Simulation:
    """One run: the same seed gives the same outcome."""

    def __init__(self, costs: Costs, site: Site, seed: int = 0) -> None:
        self._costs, self._site, self._random = costs, site, random.Random(seed)  # noqa: S311 - no secret
        self._workers = [[_Station() for _ in range(site.workers)] for _ in range(site.hosts)]
        self._shards = [_Station() for _ in range(site.shards)]
        self._locks = _Locks()
        self._versions: defaultdict[int, int] = defaultdict(int)
        self._last: dict[int, tuple[int, int]] = {}
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._number = self._now = 0
        self._latencies: list[int] = []
        self._ends: list[int] = []
        self._redone = 0

    def run(self, calls: int) -> Outcome:
        """Simulate until so many calls are answered."""
        for client in range(self._site.clients):
            self._step(self._call_again_and_again(client))
        while len(self._latencies) < calls:
            self._now, _, go_on = heapq.heappop(self._events)
            go_on()
        warm = int(calls * _WARM)
        counted = sorted(self._latencies[warm:])
        return Outcome(
            rate=(calls - warm) * 1e6 / max(self._ends[-1] - self._ends[warm], 1),
            median=counted[len(counted) // 2],
            p99=counted[len(counted) * 99 // 100],
            worker_load=max(station.measure_load(self._now) for host in self._workers for station in host),
            shard_load=max(station.measure_load(self._now) for station in self._shards),
            redone=self._redone / calls,
        )

    def _call_again_and_again(self, client: int) -> Generator[int | object, None, None]:
        site, costs = self._site, self._costs
        namespace = client % site.namespaces
        shard = self._shards[namespace % site.shards]
        worker = self._random.randrange(site.workers)  # of its connection to each host
        while True:
            started = self._now
            host = namespace % site.hosts if site.sticky else self._random.randrange(site.hosts)
            place = host, worker
            yield place, namespace
            while True:
                version = self._versions[namespace]
                is_moved = self._last.get(namespace, place) != place
                yield self._workers[host][worker].use(self._now, costs.moved_call if is_moved else costs.call)
                yield self._now + costs.network // 2 + (costs.network if is_moved else 0)
                yield shard.use(self._now, costs.moved_append if is_moved else costs.append)
                is_kept = self._versions[namespace] == version
                if is_kept:
                    self._versions[namespace], self._last[namespace] = version + 1, place
                yield self._now + costs.network // 2
                if is_kept:
                    break
                self._redone += 1
            self._locks.give((place, namespace))
            self._latencies.append(self._now - started)
            self._ends.append(self._now)

    def _step(self, client: Generator[int | object, None, None]) -> None:
        """Let a client go on until it waits: for a time, or for a namespace in a process."""
        wanted = next(client)
        if isinstance(wanted, int):
            self._number += 1
            heapq.heappush(self._events, (wanted, self._number, lambda: self._step(client)))
        elif self._locks.take(wanted, lambda: self._step(client)):
            self._step(client)


def estimate_limits(costs: Costs, site: Site) -> dict[str, float]:
    """Return the calls a second that each part can do alone, in arithmetic."""
    return {
        "processes": site.hosts * site.workers * 1e6 / costs.call,
        "store": site.shards * 1e6 / costs.append,
        "a namespace": 1e6 / (costs.call + costs.network + costs.append),
    }
