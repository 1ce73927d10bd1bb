"""Records of a log: written as JSON, read with all checks, or many at once without the slow ones."""

import types
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from paysandbox.store.tables import Record

_FEW: Final = 50  # records; preparing to read many of a table takes as long as reading so many one by one
_AT_ONCE: Final = 1000  # records, so that no second copy of a large table is made


class RecordReader:
    """Decodes the records of one table. Both methods raise `msgspec.MsgspecError` for what is no such record."""

    __slots__ = ("_decoder", "_kind", "_many", "_read")

    def __init__(self, kind: type[Record]) -> None:
        self._kind = kind
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(kind, float_hook=Decimal)
        self._many: msgspec.json.Decoder[list[Any]] | None = None
        self._read = 0

    def read(self, content: bytes) -> Any:
        return self._decoder.decode(content)

    def read_many(self, contents: Sequence[bytes]) -> list[Any]:
        """Decode records without the patterns and bounds of their own properties, which take most of the time.

        A log has them from this program, which made them without such checks, and its check sums tell of damage.
        """
        if self._many is None:
            self._read += len(contents)
            if self._read < _FEW:
                return [self._decoder.decode(content) for content in contents]
            self._many = msgspec.json.Decoder(list[_relax(self._kind)], float_hook=Decimal)  # type: ignore[misc] # made here
        found: list[Any] = []
        kind, read_properties = self._kind, msgspec.structs.asdict
        for start in range(0, len(contents), _AT_ONCE):
            part = contents[start : start + _AT_ONCE]
            records = self._many.decode(b"[%b]" % b",".join(part))
            if len(records) != len(part):
                raise msgspec.DecodeError("there are several records in the place of one")
            found += [kind(**read_properties(record)) for record in records]
        return found


def _relax(kind: type[Record]) -> type[msgspec.Struct]:
    """Make a type with the same properties, whose own values are not held against patterns and bounds."""
    hints = get_type_hints(kind, include_extras=True)
    properties = [
        (
            each.name,
            _drop_constraints(hints[each.name]),
            msgspec.field(name=each.encode_name, **_find_default(each)),
        )
        for each in msgspec.structs.fields(kind)
    ]
    return msgspec.defstruct(kind.__name__, properties, kw_only=True, gc=False, forbid_unknown_fields=True)


def _find_default(described: msgspec.structs.FieldInfo) -> dict[str, Any]:
    """Find the default of a property, as `msgspec.field` takes it: none, a value or a factory."""
    found = {"default": described.default, "default_factory": described.default_factory}
    return {name: value for name, value in found.items() if value is not msgspec.NODEFAULT}


def _drop_constraints(hint: Any) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        return _drop_constraints(get_args(hint)[0])
    if origin is None or origin is Literal:
        return hint
    inner = tuple(each if each is ... else _drop_constraints(each) for each in get_args(hint))
    return Union[inner] if origin in (Union, types.UnionType) else origin[inner]  # noqa: UP007 - of a tuple
