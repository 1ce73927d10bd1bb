"""What a file is that is no recording, told by its beginning, and what to do about it."""

import re
from typing import Final

_PACKED: Final = (
    (b"PK\x03\x04", "a zip archive"),
    (b"BZh", "compressed by bzip2"),
    (b"\xfd7zXZ\x00", "compressed by xz"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd"),
    (b"\x1f\x8b", "compressed twice"),
)
_TAR: Final = slice(257, 262)  # where a tar archive says that it is one
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_PACKETS: Final = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a")
_HTML: Final = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_FLOWS: Final = re.compile(rb"\d+:\d+:\w")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def describe_other_file(head: bytes) -> str | None:
    """Say what a file is that begins so, behind "it is"; None if it may be a recording."""
    for beginning, kind in _PACKED:
        if head.startswith(beginning):
            return f"{kind}; unpack it first"
    if head[_TAR] == b"ustar":
        return "a tar archive; unpack it first"
    if head.startswith(_UTF16):
        return "text in UTF-16; save it as UTF-8"
    if head.startswith(_PACKETS):
        return "a capture of packets, in which TLS is not readable; record with a browser or a proxy"
    if _HTML.match(head):
        return "an HTML page, perhaps a form to sign in; save the recording itself"
    if head.lstrip().startswith(b"<"):
        return "XML; export the session as HAR"
    if _FLOWS.match(head):
        return "perhaps a file of mitmproxy's flows; export them as HAR (mitmdump --set hardump=FILE)"
    return "binary" if _CONTROL.search(head) or head.startswith(b"%PDF") else None
