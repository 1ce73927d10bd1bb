"""Content-Encoding of a request: gzip and deflate, inflated within the limit of bodies."""

import zlib
from typing import Final

from paysandbox.core.messages import DecodingError

_GZIP: Final = ("gzip", "x-gzip")
_SHOWN: Final = 60
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
# Each member copies what is behind it, so that thousands of empty ones would keep the sandbox busy for seconds.
_MEMBERS: Final = 100
# RFC 9110 means zlib's format; many clients send the bare one.
_ZLIB_METHOD: Final = 8
_ZLIB_CHECK: Final = 31


def decode_content(content: bytes | None, encodings: str, limit: int) -> tuple[bytes | None, DecodingError | None]:
    """The decoded body, None if it is longer than `limit` bytes, which is found out before it is inflated.

    `encodings` is the value of the header Content-Encoding. What cannot be decoded is empty, with the reason.
    """
    listed = [part.strip().lower() for part in encodings.split(",")]
    names = [name for name in listed if name not in ("", "identity")]  # identity is no coding
    if not content or not names:
        return content, None
    if len(names) > 1:
        return b"", _unsupported(f"the body has {len(names)} encodings ({_show(names)}); send one, or none")
    if names[0] not in (*_GZIP, "deflate"):
        what = f"the Content-Encoding is {_show(names)}; the sandbox reads gzip, deflate and identity"
        return b"", _unsupported(what)
    window = _GZIP_WINDOW if names[0] in _GZIP else _find_deflate_window(content)
    try:
        return _inflate(content, window, limit), None
    except (zlib.error, EOFError, OverflowError) as error:
        why = {EOFError: "ends too early", OverflowError: f"has more than {_MEMBERS} members"}.get(
            type(error), "is damaged"
        )
        return b"", DecodingError(f"the body is not {names[0]}, as the Content-Encoding says: it {why}")


def _unsupported(message: str) -> DecodingError:
    return DecodingError(message, is_unsupported=True)


def _inflate(content: bytes, window: int, limit: int) -> bytes | None:
    parts, length = [], 0
    for _ in range(_MEMBERS):
        stream = zlib.decompressobj(window)
        part = stream.decompress(content, limit + 1 - length)
        length += len(part)
        if length > limit:
            return None
        if not stream.eof:
            raise EOFError
        parts.append(part)
        content = stream.unused_data
        if not content:
            return b"".join(parts)
        if window != _GZIP_WINDOW:  # only gzip may have several members
            raise zlib.error("more data behind the end")
    raise OverflowError


def _find_deflate_window(content: bytes) -> int:
    is_zlib = len(content) > 1 and content[0] & 15 == _ZLIB_METHOD and not (content[0] << 8 | content[1]) % _ZLIB_CHECK
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


def _show(names: list[str]) -> str:
    return ", ".join(names)[:_SHOWN]
