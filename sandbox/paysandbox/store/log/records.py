"""Records of a log, which are JSON: read with all checks, or without the slow ones; and what an index reads of many."""

import types
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from paysandbox.store.log.engine import StoreError
from paysandbox.store.sealing import Computed
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
    """Make a type with what these paths of attributes lead to, computed properties included."""
    wanted: dict[str, list[str]] = {}
    methods: dict[str, Any] = {}
    for path in paths:
        found = getattr(kind, path.partition(".")[0])
        if isinstance(found, Computed):
            methods[path] = found
        for name, _, rest in (each.partition(".") for each in (found.reads if path in methods else [path])):
            wanted.setdefault(name, []).append(rest)
    properties = [
        (name, _narrow(hint, wanted[name]), default) for name, hint, default in _list_properties(kind) if name in wanted
    ]
    return msgspec.defstruct(kind.__name__, properties, namespace=methods, kw_only=True, gc=False, frozen=True)


def _narrow(hint: Any, paths: Sequence[str]) -> Any:
    """Return the type of a property, of which only these paths are read; of a tuple's items if it is one."""
    if get_origin(hint) is not tuple or not all(paths):
        return hint
    item = get_args(hint)[0]
    return tuple[_outline(item, paths), ...]  # type: ignore[misc] # made here


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
