"""Objects whose fields are read when one of them is first asked for."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

ReadFields = Callable[[str], Mapping[str, Any]]


class ReadLater:
    """Base class of objects with slots that can be made before their fields are read.

    A field that is there is found as in any other object, so that a call does not pay for the ones that were not.
    """

    __slots__ = ("_read_fields",)

    @classmethod
    def read_later(cls, read: ReadFields, **known: Any) -> Self:
        """Make an object of the `known` fields alone.

        `read` is called with the name of a field that is asked for and missing; it returns that field, or more of them.
        """
        made = cls.__new__(cls)
        _fill(made, {"_read_fields": read, **known})
        return made

    if not TYPE_CHECKING:  # a type checker would take every misspelt name for a field

        def __getattr__(self, name: str) -> Any:
            # Python calls this only for what is not there, which is also a name that is no field at all.
            if name.startswith("__") or name == "_read_fields" or not hasattr(type(self), name):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            _fill(self, self._read_fields(name))
            return object.__getattribute__(self, name)


def _fill(made: ReadLater, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        object.__setattr__(made, name, value)  # the object may be frozen for everyone else
