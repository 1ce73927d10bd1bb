"""The worlds side by side: each namespace is the fixtures, an overlay of its own for every provider, and a clock."""

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sandbox.clock import Clock, system_time
from sandbox.state import Origin, State

DEFAULT: Final = "default"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

_log = logging.getLogger("sandbox.namespaces")


class Namespace:
    """One world. A provider's state comes into being when it is first asked for."""

    __slots__ = ("_origins", "_requests", "_seed", "_states", "clock", "name")

    def __init__(self, name: str, origins: Mapping[str, Origin], clock: Clock, seed: str) -> None:
        self.name = name
        self.clock = clock
        self._seed = f"{seed}/{name}"
        self._origins = origins
        self._states: dict[str, State] = {}
        self._requests = 0

    def state(self, provider: str) -> State:
        """What a provider remembers here."""
        found = self._states.get(provider)
        if found is None:
            origin = self._origins[provider]
            found = self._states[provider] = origin.state(origin, self.clock, self._seed)
        return found

    def next_request(self) -> str:
        """The id of the next request to this namespace: `default-1`, `default-2` and so on."""
        self._requests += 1
        return f"{self.name}-{self._requests}"

    def reset(self) -> None:
        """Back to the fixtures; the clock stays as it is."""
        self._states.clear()
        self._requests = 0


class Namespaces:
    """All namespaces, made on first use. Beyond `limit` the one unused for longest goes; `default` never does."""

    def __init__(
        self,
        origins: Mapping[str, Origin],
        *,
        seed: str = "paysandbox",
        limit: int = 1000,
        time: Callable[[], datetime] = system_time,
    ) -> None:
        self._origins = origins
        self._seed = seed
        self._limit = limit
        self._time = time
        self._default = self._made(DEFAULT)
        self._others: OrderedDict[str, Namespace] = OrderedDict()

    @property
    def origins(self) -> Mapping[str, Origin]:
        """What every namespace starts from, by provider."""
        return self._origins

    def get(self, name: str) -> Namespace:
        """The namespace of this name.

        Raises:
            ValueError: no name that a namespace can have.
        """
        if name == DEFAULT:
            return self._default
        found = self._others.get(name)
        if found is not None:
            self._others.move_to_end(name)
            return found
        if not NAME.fullmatch(name):
            raise ValueError(
                f"{name[:100]!r} cannot name a namespace: "
                "1 to 100 of A-Z a-z 0-9 . _ - are allowed, the first a letter or digit"
            )
        if len(self._others) >= max(self._limit - 1, 1):
            gone, _ = self._others.popitem(last=False)
            _log.warning("namespace %s was dropped: more than %d are in use", gone, self._limit)
        made = self._others[name] = self._made(name)
        return made

    def _made(self, name: str) -> Namespace:
        return Namespace(name, self._origins, Clock(self._time), self._seed)
