"""The pinned file of wire-level edges, and the bytes that each of its lines means. The file says how to read it."""

import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.operation import Operation
from tests.helpers import raw_http
from tests.helpers.raw_http import Message, WireTarget

FILE: Final = Path(__file__).with_name("edges.txt")
PAUSE: Final = "<pause>"
PARTS: Final = ("body", "path", "query", "target", "method", "version", "id", "credential", "chunks", "ending")
WHOLE: Final = ("wire", "cut")
AFTER_A_PIECE: Final = 2  # bytes of a piece that are sent before the pause
_COLUMNS: Final = 5
_PLACEHOLDER: Final = re.compile(r"<(?:(\d+) \* ([^>]*)|([a-z]+)(?:\[(-?\d*):(-?\d*)\])?((?: [\w-]+)*))>")

_FITS: Final[Mapping[str, Callable[[Operation], bool]]] = {
    "any": lambda _: True,
    "body": raw_http.takes_a_body,
    "mandatory body": lambda operation: operation.body is not None and operation.body.required,
    "object": raw_http.takes_an_object,
    "id": raw_http.has_an_id,
    "GET": lambda operation: operation.method == "GET",
    "credential": raw_http.wants_a_credential,
    "scheme": lambda operation: operation.scheme is not None,
    "scheme in the query": lambda operation: operation.scheme is not None and operation.scheme.place == "query",
    "bearer": lambda operation: operation.scheme is not None and operation.scheme.place == "bearer",
    "member": lambda operation: operation.scheme is None and raw_http.wants_a_credential(operation),
}
_FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "upper": str.upper,
    "lower": str.lower,
    "single": lambda text: text.replace('"', "'"),
    "escaped": lambda text: re.sub("[a-z]", lambda letter: f"%{ord(letter[0]):02x}", text),
    "utf-16": lambda text: text.encode("latin-1").decode().encode("utf-16").decode("latin-1"),
    "utf-16-be": lambda text: text.encode("latin-1").decode().encode("utf-16-be").decode("latin-1"),
    "gzipped": lambda text: gzip.compress(text.encode("latin-1"), mtime=0).decode("latin-1"),
    "deflated": lambda text: zlib.compress(text.encode("latin-1")).decode("latin-1"),
    "raw-deflated": lambda text: zlib.compress(text.encode("latin-1"), wbits=-15).decode("latin-1"),
    "lf": lambda text: text.replace("\r\n", "\n"),
    "padded": lambda text, length: text.rjust(int(length)),
    "plus": lambda text, number: str(int(text) + int(number)),
    "hex": lambda text: f"{int(text):x}",
    "names-upper": lambda text: re.sub(r"(?m)^[^:\r\n]+(?=:)", lambda name: name[0].upper(), text),
}


class AsgiApp(Struct, frozen=True):
    """One line of the file. `changes` are pairs: what is changed (`:name` is a header), and the text, still escaped."""

    line: int
    name: str
    fits: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    answers: tuple[str, ...]
    why: str

    def meets(self, operation: Operation) -> bool:
        """Whether the line can be made of a call of this operation."""
        return all(_holds(word, operation) for word in self.fits)

    def given(self, name: str) -> str | None:
        """The last text for a part, or None."""
        return next((text for key, text in reversed(self.changes) if key == name), None)


class Sent(Struct, frozen=True):
    """What goes over the wire: the changed message, and the packets if the line gives the bytes themselves."""

    message: Message
    packets: tuple[bytes, ...] = ()


def read_edges(path: Path = FILE) -> list[AsgiApp]:
    """The lines of the file.

    Raises:
        ValueError: a line that cannot be read, with its number.
    """
    lines = enumerate(path.read_text(encoding="ascii").splitlines(), 1)
    return [_edge(number, line) for number, line in lines if line.strip() and not line.startswith("#")]


def made(edge: AsgiApp, target: WireTarget, operation: Operation) -> Sent:
    """The bytes that a line makes of a valid call."""
    message, seen = _begun(edge, target, operation), set[str]()
    known = credential_of(target, operation)
    for name, text in edge.changes:
        value = _expanded(text, message, target, known) if name not in WHOLE else ""
        if name.startswith(":"):
            header = _expanded(name[1:], message, target, known)
            before = [old for key, old in message.headers if key == header and header in seen]
            message = message.having(header, *before, *([] if text == "<none>" else [value]))
            seen.add(header)
        elif name == "chunks":
            ending = edge.given("ending")
            options = {} if ending is None else {"ending": _bytes(_expanded(ending, message, target, known))}
            message = message.chunked(int(value), **options)
        else:
            message = _with_part(message, target, name, value)
    if (cut := edge.given("cut")) is not None:
        at = message.wire.index(_bytes(_unescaped(cut))) + AFTER_A_PIECE
        return Sent(message, (message.wire[:at], message.wire[at:-1], message.wire[-1:]))
    if (wire := edge.given("wire")) is not None:
        return Sent(message, tuple(_bytes(_expanded(one, message, target, known)) for one in wire.split(PAUSE)))
    return Sent(message)


def credential_of(target: WireTarget, operation: Operation) -> str:
    """The credential that works; empty where none is wanted."""
    known = target.subject.credentials
    if operation.scheme is not None:
        return known[operation.scheme.choose_name(known)]
    return known.get(target.provider.body_credential or "", "")


def _edge(number: int, line: str) -> AsgiApp:
    columns = [column.strip() for column in re.split(r"(?<= )\|(?= )", line)]
    if len(columns) != _COLUMNS:
        raise ValueError(f"edges.txt:{number}: {len(columns)} columns instead of {_COLUMNS}")
    name, fits, changes, answers, why = columns
    words = tuple(fits.split(", "))
    if unknown := [word for word in words if word.removeprefix("not ") == word and word not in _FITS]:
        raise ValueError(f"edges.txt:{number}: {unknown} fits nothing")
    found = tuple(_change(number, change.strip()) for change in changes.split(" ; "))
    return AsgiApp(number, name, words, found, tuple(answers.split(" + ")), why)


def _change(number: int, text: str) -> tuple[str, str]:
    """`body = x`, `name: x` and `no name`."""
    name, equals, value = text.partition("=")
    if equals and name.strip() in PARTS + WHOLE:
        return name.strip(), value.removeprefix(" ")
    if text.startswith("no "):
        absent = text.removeprefix("no ")
        return ("credential", "<none>") if absent == "credential" else (f":{absent}", "<none>")
    name, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"edges.txt:{number}: {text!r} changes nothing")
    return f":{name}", value.removeprefix(" ")


def _holds(word: str, operation: Operation) -> bool:
    negated = word.removeprefix("not ")
    if negated == word:
        return _FITS[word](operation)
    if negated in _FITS:
        return not _FITS[negated](operation)
    return operation.scheme is None or operation.scheme.name != negated


def _begun(edge: AsgiApp, target: WireTarget, operation: Operation) -> Message:
    """A valid call but for its id and its credential, which are changed where they belong."""
    path_id = edge.given("id")
    if path_id is not None:
        return target.valid(operation, _expanded(path_id, Message("", ""), target, ""))
    values = [text for name, text in edge.changes if name == "credential"]
    if not values:
        return target.valid(operation)
    known = credential_of(target, operation)
    given = [_expanded(one, Message("", ""), target, known) for one in values if one != "<none>"]
    return target.with_credential(operation, given)


def _with_part(message: Message, target: WireTarget, name: str, value: str) -> Message:
    """The message with one part in place of its own; `id` and `credential` are in it, the rest comes later."""
    if name in {"id", "credential", "ending", *WHOLE}:
        return message
    path, mark, query = message.target.partition("?")
    if name == "path":
        return message.but(target=target.subject.root + value + mark + query)
    if name == "query":
        return message.but(target=f"{path}?{value}")
    return message.but(**{name: _bytes(value) if name == "body" else value})


def _expanded(text: str, message: Message, target: WireTarget, credential: str) -> str:
    """The text with its escapes read and its placeholders filled; one character for each byte."""
    parts, at = [], 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(_unescaped(text[at : found.start()]))
        times, repeated, name, first, last, words = found.groups()
        if times:
            parts.append(_unescaped(repeated) * int(times))
        elif name != "none":
            value = _part(name, message, target, credential)
            value = value[int(first or 0) : int(last) if last else None] if first is not None else value
            parts.append(_filtered(value, words.split()))
        at = found.end()
    return "".join([*parts, _unescaped(text[at:])])


def _part(name: str, message: Message, target: WireTarget, credential: str) -> str:
    path, _, query = message.target.partition("?")
    head = message.head.decode("latin-1")
    lost = message.but(target=f"{target.subject.root}/no/such/path")
    parts: Mapping[str, Callable[[], Any]] = {
        "body": lambda: message.body.decode("latin-1"),
        "path": lambda: path.removeprefix(target.subject.root),
        "query": lambda: query,
        "target": lambda: message.target,
        "method": lambda: message.method,
        "line": lambda: head.partition("\r\n")[0],
        "fields": lambda: head.partition("\r\n")[2],
        "head": lambda: head,
        "wire": lambda: message.wire.decode("latin-1"),
        "length": lambda: str(len(message.body)),
        "credential": lambda: credential,
        "lost": lambda: lost.wire.decode("latin-1"),
        "last": lambda: lost.having("connection", "close").wire.decode("latin-1"),
    }
    return str(parts[name]())


def _filtered(value: str, words: list[str]) -> str:
    """The value after filters, each with the options behind it."""
    while words:
        filter_, *rest = words
        count = next((index for index, word in enumerate(rest) if word in _FILTERS), len(rest))
        value, words = _FILTERS[filter_](value, *rest[:count]), rest[count:]
    return value


def _unescaped(text: str) -> str:
    return text.encode("ascii").decode("unicode_escape")


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
