"""All namespaces of a store, as far as this process has replicas of them, and the turn of the running call."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from paysandbox.store.log.locks import Locks
from paysandbox.store.log.replica import Replica
from paysandbox.store.namespaces import DEFAULT, NAME, NAME_RULE, Namespace, Namespaces
from paysandbox.store.unit_counts import Counts, add_counts


class NotCaughtUp(BaseException):
    """A call needs a namespace that this process has not read yet, or all of them (None); it is then made again.

    Not an `Exception`, because the life of a call reports those as errors of the sandbox.
    """

    def __init__(self, name: str | None) -> None:
        super().__init__(name)
        self.name = name


class Pending:
    """A call that is not answered yet.

    `held` are the namespaces that it has locked, `read` those whose logs were read since it came in. `names` are those
    of all namespaces, None as long as it has not asked for them.
    """

    __slots__ = ("held", "names", "read")

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.read: set[str] = set()
        self.names: list[str] | None = None


class Turn:
    """One attempt at a call: the namespaces that it has opened, and those that it has created or deleted.

    A batch is one attempt at several calls of providers; `last` is the namespace that was opened last.
    """

    __slots__ = ("call", "created", "deleted", "is_batch", "last", "opened")

    def __init__(self, call: Pending, *, is_batch: bool = False) -> None:
        self.call = call
        self.is_batch = is_batch
        self.last: Replica | None = None
        self.opened: dict[str, Replica] = {}
        self.created: dict[str, Replica] = {}
        self.deleted: dict[str, Counts] = {}


class Replicas(Namespaces):
    """The namespaces of a store. Outside of a turn they are read as this process has them.

    `turn` is what the calls of this thread belong to; None between them. The limit is on the replicas in memory:
    dropping one loses nothing, because its log stays.
    """

    kind = Replica

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.turn: Turn | None = None
        self.locks = Locks()
        super().__init__(*arguments, **options)

    def __iter__(self) -> Iterator[Namespace]:
        """Iterate over all namespaces: `default`, then the others from that of the oldest entry."""
        for name in self._list_names():
            replica = self._open(name, is_control=True)
            if replica.exists:
                yield replica

    def find(self, name: str) -> Namespace | None:
        if not NAME.fullmatch(name):
            return None
        replica = self._open(name, is_control=True)
        return replica if replica.exists else None

    def get(self, name: str) -> Namespace:
        if name not in self._others and not NAME.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is not a name of a namespace: {NAME_RULE}")
        replica = self._open(name, is_control=False)
        replica.exists = True
        return replica

    def add(self, namespace: Namespace) -> Namespace:
        made = cast("Replica", namespace)
        before = self._open(made.name, is_control=True)
        self._turn_of(made.name).created[made.name] = made
        made.exists, made.retired = True, before.retired
        return made

    def drop(self, name: str, *, counted: bool = True) -> None:
        replica = self._open(name, is_control=True)
        retired: Counts = {}
        add_counts(retired, replica.retired)
        if counted:
            add_counts(retired, replica.counts)
        self.on_clear(replica)
        self._turn_of(name).deleted[name] = retired

    def generate_name(self) -> str:
        """Return a name that no namespace has had: `ns-1` and so on."""
        taken = set(self._list_names())
        number = 1
        while (name := f"ns-{number}") in taken:
            number += 1
        return name

    def sum_counts(self) -> Counts:
        merged: Counts = {}
        for name in self._list_names():
            replica = self._open(name, is_control=True)
            add_counts(merged, replica.retired)
            if replica.exists:
                add_counts(merged, replica.counts)
        return merged

    def replica(self, name: str) -> Replica:
        """Return the replica of a namespace, at version 0 if there was none."""
        found: Any = self._default if name == DEFAULT else self._others.get(name)
        if found is None:
            found = self._others[name] = self.create(name)
        elif name != DEFAULT:
            self._others.move_to_end(name)
        replica: Replica = found
        return replica

    def create(self, name: str, **options: Any) -> Namespace:
        created = super().create(name, **options)
        cast("Replica", created).exists = name == DEFAULT
        return created

    def replace(self, name: str, made: Replica | None = None) -> Replica:
        """Put another replica, or one at the fixtures, in the place of one."""
        before = self.replica(name)
        before.journal.clear()
        before.staged.commit()
        fresh = made or cast("Replica", self.create(name))
        if name == DEFAULT:
            self._default = fresh
        else:
            self._others[name] = fresh
        return fresh

    def shrink(self) -> None:
        """Drop the least recently used replicas beyond the limit, but none that a turn or a delivery still needs."""
        beyond = len(self._others) - max(self.limit - 1, 1)
        for name in list(islice(self._others, beyond)) if beyond > 0 else ():
            replica = cast("Replica", self._others[name])
            if self.locks.is_free(name) and not (replica.webhooks is not None and replica.webhooks.is_busy()):
                self.replace(name)
                del self._others[name]

    def _open(self, name: str, *, is_control: bool) -> Replica:
        turn = self.turn
        if turn is None:
            return self.replica(name)
        if turn.is_batch and is_control:
            raise NotCaughtUp(name)
        if turn.created and name in turn.created:
            return turn.created[name]
        replica = turn.opened.get(name)
        if replica is None:
            replica = self.replica(name)
            if replica.checks or self.locks.waiting:
                self._check(replica, turn.call)
            replica.begin(is_control=is_control)
            turn.opened[name] = replica
        elif is_control:
            replica.begin(is_control=True)
        turn.last = replica
        return replica

    def _check(self, replica: Replica, call: Pending) -> None:
        """Raise `NotCaughtUp` if a call must read the log of a namespace first, or wait for another call."""
        name = replica.name
        if (replica.checks and name not in call.read) or not (self.locks.is_free(name) or name in call.held):
            raise NotCaughtUp(name)

    def _turn_of(self, name: str) -> Turn:
        if self.turn is None:
            raise RuntimeError(f"{name}: a namespace of a store is changed in a turn only")
        return self.turn

    def _list_names(self) -> list[str]:
        """List the names of all namespaces that have ever been, `default` first."""
        names = list(self._others) if self.turn is None else self.turn.call.names
        if names is None:
            raise NotCaughtUp(None)
        return [DEFAULT, *(name for name in names if name != DEFAULT)]
