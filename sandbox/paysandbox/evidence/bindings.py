"""Ids of a recording and of a replay: which of ours stands for which of the vendor's."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from paysandbox.control.masking import MASK

_NAMES_AN_ID: Final = re.compile(r"(?:^|_)(?:id|gid|uuid|token|code|number|reference)$|(?:Id|Gid|Number|Token)$|^_id$")
_STEM: Final = re.compile(r"([^.]*)(.*)", re.DOTALL)


class Bindings:
    """Learns pairs of ids from a recorded reply and ours, and puts ours into later requests.

    `credentials` are the test credentials, by name; they stand for what is masked.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials
        self._known: dict[str, Any] = {}

    def learn(self, recorded: Any, ours: Any, name: str = "") -> None:
        """Bind the ids at the same places of two replies; of arrays, item by item."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded.keys() & ours.keys():
                self.learn(recorded[key], ours[key], key)
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, other in zip(recorded, ours, strict=False):
                self.learn(one, other, name)
        elif _is_id(name, recorded) and _is_id(name, ours):
            self._known.setdefault(str(recorded), ours)

    def knows(self, path: str) -> bool:
        """Whether a path has an id that was learned."""
        return any(self._find(segment) is not None for segment in path.split("/"))

    def bind_path(self, path: str) -> str:
        """The path with our ids; one may have an ending, as `77.json` has."""
        return "/".join(map(self._bind_segment, path.split("/")))

    def bind_query(self, query: str) -> str:
        pairs = parse_qsl(query, keep_blank_values=True)
        return urlencode(
            [(name, self._known.get(value, value) if _is_id(name, value) else value) for name, value in pairs]
        )

    def bind_body(self, value: Any, name: str = "") -> Any:
        """The JSON value of a request with our ids and credentials."""
        if isinstance(value, dict):
            return {key: self.bind_body(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.bind_body(item, name) for item in value]
        if value == MASK and name in self._credentials:
            return self._credentials[name]
        return self._known.get(str(value), value) if _is_id(name, value) else value

    def _find(self, segment: str) -> str | None:
        stem, ending = _split(segment)
        ours = self._known.get(stem)
        return None if ours is None else f"{quote(str(ours), safe='')}{ending}"

    def _bind_segment(self, segment: str) -> str:
        found = self._find(segment)
        return segment if found is None else found


def _split(segment: str) -> tuple[str, str]:
    found = _STEM.fullmatch(unquote(segment))
    assert found is not None
    return found[1], found[2]


def _is_id(name: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value in ("", MASK):
        return False
    return _NAMES_AN_ID.search(name) is not None
