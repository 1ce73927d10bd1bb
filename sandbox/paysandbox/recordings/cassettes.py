"""Read cassettes of VCR: vcrpy's form (`interactions`) and Ruby's (`http_interactions`), in YAML or JSON.

YAML is read interaction by interaction. No object is made whatever its tags say: a Ruby string with an encoding, a
symbol or an object is the text or the mapping that is written there.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, Final

import yaml

from paysandbox.recordings.exchange import Exchange, Headers, Log, Message, Place, decode_body, read_time
from paysandbox.recordings.json_stream import iterate_items

KEYS: Final = ("http_interactions", "interactions")
_PARSER: Final[Any] = getattr(yaml, "CParser", None)  # in C where libyaml was built in
_DEPTH: Final = 50
_NODES: Final = 100_000  # of one interaction; aliases could make few bytes endless


class _Unusable(Exception):
    """An interaction is nested too deeply, or is endless."""


if _PARSER is None:
    _Loader: Any = yaml.SafeLoader
else:

    class _Loader(yaml.composer.Composer, _PARSER, yaml.resolver.Resolver):  # type: ignore[no-redef,misc]
        """libyaml's parser under Python's composer, which can compose one node at a time."""

        def __init__(self, stream: BinaryIO) -> None:
            _PARSER.__init__(self, stream)
            yaml.composer.Composer.__init__(self)
            yaml.resolver.Resolver.__init__(self)


def read_cassette(stream: BinaryIO, file: str, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of a YAML cassette; of a truncated one those before the place where it breaks off."""
    number = 0
    try:
        for node in _compose_interactions(stream):
            number += 1
            yield from _read_or_skip(_to_value(node, [_NODES], _DEPTH), Place(file, number), log)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError, _Unusable) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = "" if mark is None else f" in line {mark.line + 1}"
        # The parser's own message quotes the file, where a credential may stand.
        where = f"behind interaction {number}" if number else "before its first interaction"
        used = "; the interactions before are used" if number else ""
        log.notices.append(f"{file} breaks off, or is not YAML,{line} {where}{used}")


def read_json_cassette(stream: BinaryIO, key: str, file: str, log: Log) -> Iterator[Exchange]:
    """Yield the exchanges of a JSON cassette, whose list is under `key`."""
    for number, written in iterate_items(stream, (key,), file, log):
        yield from _read_or_skip(written, Place(file, number), log)


def _compose_interactions(stream: BinaryIO) -> Iterator[Any]:
    """The nodes of the list of interactions, each composed when it is asked for."""
    loader = _Loader(stream)
    try:
        loader.get_event()
        if not loader.check_event(yaml.DocumentStartEvent):
            return
        loader.get_event()
        if not loader.check_event(yaml.MappingStartEvent):
            return
        loader.get_event()
        while not loader.check_event(yaml.MappingEndEvent):
            key = loader.compose_node(None, None)
            is_list = str(key.value).lstrip(":") in KEYS and loader.check_event(yaml.SequenceStartEvent)
            if not is_list:
                loader.compose_node(None, None)
                continue
            loader.get_event()
            while not loader.check_event(yaml.SequenceEndEvent):
                yield loader.compose_node(None, None)
            loader.get_event()
    finally:
        loader.dispose()


def _to_value(node: Any, left: list[int], depth: int) -> Any:
    """A node as strings, lists and dictionaries; bytes where it is `!binary`, None where it is null."""
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        raise _Unusable
    if isinstance(node, yaml.SequenceNode):
        return [_to_value(item, left, depth - 1) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {
            str(_to_value(key, left, 1)).lstrip(":"): _to_value(value, left, depth - 1) for key, value in node.value
        }
    if node.tag in ("tag:yaml.org,2002:binary", "!binary"):
        return _decode_base64(node.value)
    return None if node.tag == "tag:yaml.org,2002:null" else node.value


def _read_or_skip(written: Any, place: Place, log: Log) -> Iterator[Exchange]:
    try:
        yield _read_interaction(written, place)
    except (KeyError, TypeError, AttributeError, ValueError):
        log.skipped["interactions without a request and a response"] += 1


def _read_interaction(written: Mapping[str, Any], place: Place) -> Exchange:
    request, response = written["request"], written["response"]
    headers, reply_headers = _read_headers(request.get("headers")), _read_headers(response.get("headers"))
    status = response["status"]
    return Exchange(
        method=str(request["method"]).lstrip(":").upper(),
        url=str(request["uri"]),
        request=Message(headers, decode_body(_read_body(request.get("body")), headers)),
        status=int(status["code"] if isinstance(status, Mapping) else status) or None,
        reply=Message(reply_headers, decode_body(_read_body(response.get("body")), reply_headers)),
        place=place,
        at=_read_date(written.get("recorded_at")) or _read_date(_find_header(reply_headers, "date")),
    )


def _read_headers(written: Any) -> Headers:
    found = []
    for name, values in (written or {}).items():
        for value in values if isinstance(values, list) else [values]:
            if value is not None and not str(name).startswith(":"):
                text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                found.append((str(name), text))
    return tuple(found)


def _read_body(written: Any) -> bytes | None:
    """Ruby has `{encoding, string | base64_string}`, vcrpy `{string}` or the text itself."""
    if isinstance(written, Mapping):
        if isinstance(written.get("base64_string"), str):
            return _decode_base64(written["base64_string"])
        written = written.get("string")
    if written is None:
        return b""
    if isinstance(written, bytes):
        return written
    return written.encode("utf-8", "surrogatepass") if isinstance(written, str) else None


def _decode_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _find_header(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _read_date(written: Any) -> Any:
    """A time in ISO 8601, or in the form of HTTP."""
    found = read_time(written)
    if found is None and isinstance(written, str):
        try:
            return read_time(parsedate_to_datetime(written).isoformat())
        except ValueError:
            return None
    return found
