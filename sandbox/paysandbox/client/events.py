"""Server-sent events, as the control plane streams them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class ServerSentEvent(NamedTuple):
    """An event: its kind, its text, and its id, which is empty if it has none."""

    kind: str
    data: str
    id: str


def read_events(lines: Iterable[bytes]) -> Iterator[ServerSentEvent]:
    """Yield the events of a stream; comments and the time after which to connect again are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
        elif line.strip():
            continue  # a comment
        else:
            if "data" in fields:
                yield ServerSentEvent(fields.get("event", "message"), fields["data"], fields.get("id", ""))
            fields = {}
