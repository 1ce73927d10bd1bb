"""The reply to a reset: it says if the files on disk are newer than the fixtures that it went back to."""

from typing import Final

from paysandbox.core.messages import Reply
from paysandbox.kit.runtime import Runtime

_HINT: Final = (
    "these files were changed after they were read; the reset went back to what was read. "
    "POST /_sandbox/reload takes them over, as does serve --reload"
)


def describe_reset(runtime: Runtime) -> Reply:
    """Return 204, or 200 with the names of newer files."""
    newer = runtime.list_newer_files()
    return Reply(200, {"newer_files": newer, "hint": _HINT}) if newer else Reply(204)
