"""A fault as a value, and how it is planted: one exact piece of text of one file replaced by another."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tools.mutants import planted

ROOT: Final = Path(__file__).parents[2]
SHARED: Final = "shared"


class NotThere(Exception):
    """The old text of a fault is not in its file, or is there more than once."""


class Fault(Struct, frozen=True):
    """One thing that a careless change could do wrong.

    `id` names it, `kind` is `semantic` or what a mutation tool would call the change, `says` is a sentence of what is
    wrong then. In `file` (below the project's root) the text `old`, which must stand there exactly once, becomes `new`.
    """

    id: str
    kind: str
    says: str
    file: str
    old: str
    new: str

    def changed(self, text: str) -> str:
        """The file's text with the fault in it.

        Raises:
            NotThere: the old text is not there exactly once.
        """
        if text.count(self.old) != 1:
            raise NotThere(f"{self.id}: {self.file} has {self.old!r} {text.count(self.old)} times, not once")
        return text.replace(self.old, self.new)


def all_faults() -> dict[str, tuple[Fault, ...]]:
    """The faults by where they are: the name of a provider, or `shared`, which comes last."""
    names = sorted(
        (one.name for one in pkgutil.iter_modules(planted.__path__)), key=lambda name: (name == SHARED, name)
    )
    return {name: importlib.import_module(f"{planted.__name__}.{name}").FAULTS for name in names}


@contextmanager
def in_place(fault: Fault, project: Path) -> Iterator[None]:
    """Plant a fault into a copy of the project, for the length of the block.

    Raises:
        NotThere: the old text is not there exactly once.
    """
    file = project / fault.file
    text = file.read_text()
    try:
        file.write_text(fault.changed(text))
        _forget_compiled(file)
        yield
    finally:
        file.write_text(text)
        _forget_compiled(file)


def _forget_compiled(file: Path) -> None:
    """Python tells compiled files by the second and the length of their source, and two changes can share both."""
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        compiled.unlink()
