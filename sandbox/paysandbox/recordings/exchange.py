"""The records of a recording: an `Exchange` is a request and its reply, and says where it stands in its file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct, field

from paysandbox.core.content_encoding import decode_content

Headers = tuple[tuple[str, str], ...]

EXTENSION: Final = "_paysandbox"  # of an entry in a HAR file
BODY_LIMIT: Final = 64 << 20  # bytes of a body that was compressed


class Message(Struct, frozen=True):
    """The headers, with their names as recorded, and the body of a request or a reply.

    `content` is decoded from its Content-Encoding, empty if there is no body, and None if it was not recorded or cannot
    be decoded.
    """

    headers: Headers = ()
    content: bytes | None = b""

    def get_headers(self, name: str) -> list[str]:
        """Return all values of a header, in the order recorded."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


class Place(Struct, frozen=True):
    """Where an exchange stands: the file as the user named it, and its number there, from 1."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}#{self.number}"


class Judgement(Struct, frozen=True):
    """What the sandbox says of an exchange beside its bytes: `_paysandbox` in a HAR file.

    The properties are those of the journal: `violations` have pointer, keyword, message, rule, says, provenance and
    source, and `url` begins below the provider's root. `changes` have provider, table, key, before and after; None if
    they are not known. `changes_left_out` counts changed records that are not among them.
    """

    provider: str | None = None
    operation: str | None = None
    refused: bool = False
    explanation: str | None = None
    advice: Sequence[str] = ()
    violations: Sequence[Mapping[str, Any]] = ()
    id: str | None = None
    namespace: str | None = None
    url: str | None = None
    rules: Sequence[Mapping[str, Any]] = ()
    fault: Mapping[str, Any] | None = None
    changes: Sequence[Mapping[str, Any]] | None = None
    changes_left_out: int = 0


class Exchange(Struct, frozen=True):
    """A recorded request and its reply.

    `url` is absolute where the recording has the host, else it begins with a slash. `status` is None if no reply came.
    `at` is when the request was sent, in UTC; `duration` is in milliseconds. Both are None if they were not recorded.
    """

    method: str
    url: str
    request: Message
    status: int | None
    reply: Message
    place: Place = Place("", 0)
    at: datetime | None = None
    duration: Decimal | None = None
    judgement: Judgement | None = None


class Log(Struct):
    """What a reader could not use: `skipped` counts entries by reason, `notices` are sentences for the user."""

    skipped: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)


class UnreadableRecording(Exception):
    """A file is no recording. The message is for the user, and quotes nothing of the file."""


def decode_body(content: bytes | None, headers: Headers) -> bytes | None:
    """Decode a body that is still compressed as its Content-Encoding says; None if that cannot be done.

    Most recorders decode bodies and keep the header, so only what begins like gzip or zlib is taken for compressed.
    """
    encodings = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
    if not content or not encodings.strip() or _is_text(content):
        return content
    decoded, error = decode_content(content, encodings, BODY_LIMIT)
    return None if error is not None else decoded


def split_url(url: str) -> SplitResult:
    """Split a URL as `urlsplit` does; one that it refuses has only a path and a query."""
    try:
        return urlsplit(url)
    except ValueError:
        path, _, query = url.partition("?")
        return SplitResult("", "", path, query, "")


def read_time(written: Any) -> datetime | None:
    """Read an ISO 8601 time with a zone as UTC; None for anything else."""
    if not isinstance(written, str):
        return None
    try:
        found = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def read_mappings(written: Any) -> tuple[Mapping[str, Any], ...] | None:
    """Read the objects of a list, and pass over all else in it; None if it is no list."""
    return tuple(item for item in written if isinstance(item, Mapping)) if isinstance(written, list | tuple) else None


def read_count(written: Any) -> int:
    """Read a whole number from 0 on; 0 for anything else."""
    return int(written) if isinstance(written, int | Decimal) and written >= 0 and written == int(written) else 0


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return "\0" not in text
