"""Records of a log, which are JSON: read with all checks, or without the slow ones; and what an index reads of many."""

import types
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from paysandbox.store.log.engine import StoreError
from paysandbox.store.tables import Record, TableDef

_FEW: Final = 50  # records; preparing to read without the slow checks takes as long as reading so many with them
_AT_ONCE: Final = 1000  # records, so that no second copy of a large table is made


class RecordReader:
    """Decodes the records of one table. All methods raise `StoreError` for what is no such record."""

    __slots__ = ("_decoder", "_kind", "_name", "_outline", "_outlines", "_read", "_relaxed", "_table_def")

    def __init__(self, table_def: TableDef[Any], name: str) -> None:
        """`name` is the table's in messages."""
        self._table_def, self._kind, self._name = table_def, table_def.record, name
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(self._kind, float_hook=Decimal)
        self._relaxed: msgspec.json.Decoder[Any] | None = None
        self._outline: msgspec.json.Decoder[Any] | None = None
        self._outlines: msgspec.json.Decoder[list[Any]] | None = None
        self._read = 0

    def check(self, content: bytes) -> Any:
        """Decode a record with all checks."""
        try:
            return self._decoder.decode(content)
        except msgspec.MsgspecError as error:
            raise self._refuse(error) from None

    def read(self, content: bytes) -> Any:
        """Decode a record without the patterns and bounds of its own properties, which take most of the time.

        A log has it from this program, which made it without such checks, and the log's check sums tell of damage.
        """
        if self._relaxed is None:
            self._read += 1
            if self._read < _FEW:
                return self.check(content)
            self._relaxed = msgspec.json.Decoder(_relax(self._kind), float_hook=Decimal)
        try:
            return self._kind(**msgspec.structs.asdict(self._relaxed.decode(content)))
        except msgspec.MsgspecError as error:
            raise self._refuse(error) from None

    def read_outline(self, content: bytes) -> Any:
        """Decode of a record what the table's key and indexes read."""
        if self._outline is None:
            self._prepare_outlines()
        try:
            return self._outline.decode(content)  # type: ignore[union-attr] # just made
        except msgspec.MsgspecError as error:
            raise self._refuse(error) from None

    def read_outlines(self, contents: Sequence[bytes]) -> list[Any]:
        """Decode of records what the table's key and indexes read."""
        if self._outlines is None:
            self._prepare_outlines()
        found: list[Any] = []
        for start in range(0, len(contents), _AT_ONCE):
            part = contents[start : start + _AT_ONCE]
            try:
                outlines = self._outlines.decode(b"[%b]" % b",".join(part))  # type: ignore[union-attr] # just made
            except msgspec.MsgspecError as error:
                raise self._refuse(error) from None
            if len(outlines) != len(part):
                raise StoreError(f"there are several records of {self._name} in the place of one")
            found += outlines
        return found

    def _prepare_outlines(self) -> None:
        outline = _outline(self._kind, self._table_def.paths)
        self._outline = msgspec.json.Decoder(outline, float_hook=Decimal)
        self._outlines = msgspec.json.Decoder(list[outline], float_hook=Decimal)  # type: ignore[valid-type] # made here

    def _refuse(self, error: msgspec.MsgspecError) -> StoreError:
        return StoreError(f"a record of {self._name} cannot be read: {error}")


def _relax(kind: type[Record]) -> type[msgspec.Struct]:
    """Make a type with the same properties, whose own values are not held against patterns and bounds."""
    return msgspec.defstruct(
        kind.__name__, _list_properties(kind), kw_only=True, gc=False, frozen=True, forbid_unknown_fields=True
    )


def _outline(kind: type[Record], paths: Sequence[str]) -> type[msgspec.Struct]:
    """Make a type with those properties that begin one of these paths of attributes.

    What a path begins with can be computed; then the type has all properties, and computes it in the same way.
    """
    names = {path.partition(".")[0] for path in paths}
    properties = [each for each in _list_properties(kind) if each[0] in names]
    if len(properties) == len(names):
        return msgspec.defstruct(kind.__name__, properties, kw_only=True, gc=False, frozen=True)
    methods = {
        name: value
        for base in reversed(kind.__mro__[: kind.__mro__.index(Record)])
        for name, value in vars(base).items()
        if not name.startswith("__") and name not in kind.__struct_fields__
    }
    return msgspec.defstruct(
        kind.__name__, _list_properties(kind), namespace=methods, kw_only=True, gc=False, frozen=True
    )


def _list_properties(kind: type[Record]) -> list[tuple[str, Any, Any]]:
    """List the properties of a record as `msgspec.defstruct` takes them, without patterns and bounds."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        (each.name, _drop_constraints(hints[each.name]), msgspec.field(name=each.encode_name, **_find_default(each)))
        for each in msgspec.structs.fields(kind)
    ]


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
