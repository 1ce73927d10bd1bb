"""The commands by their names, each imported when it is first asked for."""

from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import Final

import click

# Where each is: a module of this folder, and the name in it.
PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("serve", "serve"),
    "exec": ("exec", "exec_"),
    "env": ("env", "env"),
    "check": ("check", "check"),
    "drift": ("drift", "drift"),
    "replay": ("replay", "replay"),
    "evidence": ("evidence", "evidence"),
    "sources": ("sources", "sources"),
    "record": ("record", "record"),
    "validate": ("validate", "validate"),
    "fixtures": ("fixtures", "fixtures"),
    "export": ("transfer", "export"),
    "import": ("transfer", "import_"),
    "operations": ("operations", "operations"),
    "health": ("health", "health"),
    "new": ("new", "new"),
    "tail": ("tail", "tail"),
    "mcp": ("mcp", "mcp"),
    "store": ("store", "store"),
}


class Commands(MutableMapping[str, click.Command]):
    """The commands, as a group of click takes them. A server does not wait for the modules of the others."""

    def __init__(self) -> None:
        self._places = dict(PLACES)
        self._found: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        found = self._found.get(name)
        if found is None:
            module, attribute = self._places[name]
            found = self._found[name] = getattr(import_module(f"paysandbox.cli.{module}"), attribute)
        return found

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._places[name], self._found[name] = ("", ""), command

    def __delitem__(self, name: str) -> None:
        del self._places[name]
        self._found.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
