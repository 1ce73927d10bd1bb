"""The file that a request carries, as a stream that can be read as a recording."""

import io
import zlib
from typing import Final

from paysandbox.core.problems import NotAllowed, TooLarge
from paysandbox.recordings.exchange import Log

INFLATED: Final = 32  # times the limit of bodies, which a file compressed by gzip may have
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


def open_upload(content: bytes | None, limit: int, name: str, log: Log) -> io.BytesIO:
    """Return the file of a request's body, inflated; what a damaged one has before the damage, which is noted.

    Raises:
        TooLarge: it is longer than `limit` bytes, or has too many when it is inflated.
        NotAllowed: there is none.
    """
    if content is None:
        raise TooLarge(
            f"the file has more than {limit} bytes, which is the most that this sandbox takes: compress it by gzip, "
            "or serve with a larger --body-limit"
        )
    if not content:
        raise NotAllowed(f"{name} is empty")
    if not content.startswith(_GZIP):
        return io.BytesIO(content)
    # Before it is read, because a reader asks for a whole line, which may have a gigabyte.
    most = INFLATED * limit
    inflating = zlib.decompressobj(_GZIP_WINDOW)
    try:
        inflated = inflating.decompress(content, most + 1)
        is_whole = inflating.eof
    except zlib.error:
        inflated, is_whole = _inflate_undamaged(content, most), False
    if len(inflated) > most:
        raise TooLarge(f"{name} has more than {most} bytes when it is inflated; open a part of it")
    if not is_whole:
        log.notices.append(f"{name} breaks off, because its compressed data does")
    if not inflated:
        raise NotAllowed(f"{name} is empty, or its compressed data is damaged at the beginning")
    return io.BytesIO(inflated)


def _inflate_undamaged(content: bytes, most: int) -> bytes:
    """Inflate what stands before the damage."""
    inflating = zlib.decompressobj(_GZIP_WINDOW)
    found = bytearray()
    for at in range(0, len(content), 512):
        try:
            found += inflating.decompress(content[at : at + 512], most + 1 - len(found))
        except zlib.error:
            break
        if len(found) > most:
            break
    return bytes(found)
