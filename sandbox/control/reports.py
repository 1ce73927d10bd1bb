"""Coverage in the form that a call asks for."""

from collections.abc import Mapping
from typing import Any

from sandbox.exchange import JSON_TYPE, Reply
from sandbox.world import World


def coverage_report(form: str, counts: Mapping[str, Mapping[str, int]], world: World) -> Reply:
    """A coverage report in one of its forms."""
    from sandbox.control import coverage  # noqa: PLC0415 - who asks for none does not wait for it

    parts = [
        (name, service.contract.title, service.coverage.units, counts.get(name, {}))
        for name, service in world.services.items()
    ]
    if form == "html":
        from sandbox.control.pages.coverage import coverage_page  # noqa: PLC0415 - as above

        return coverage_page(parts)
    forms: Mapping[str, tuple[str, Any]] = {
        "json": (JSON_TYPE, coverage.as_json),
        "text": ("text/plain", coverage.as_text),
        "junit": ("application/xml", coverage.as_junit),
    }
    media_type, written = forms[form]
    return Reply(200, written(parts), media_type=media_type)
