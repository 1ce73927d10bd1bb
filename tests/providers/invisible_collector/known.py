"""What the tests of this provider share: constants, types and readers of replies."""

from collections.abc import Callable, Mapping
from typing import Any

PROVIDER = "invisible_collector"
COMPANY = "838fe7a4-a111-49cf-8a22-615d41b772e8"
CUSTOMER = "c0587212-6072-4bf6-9e70-f832290b01b7"
OPEN = "e9b2a794-9959-4dc3-b07b-f440c1f8e994"  # the debt FT 2016/101
GROUP = "7c9f4b0e-52d1-4c3a-9a0d-6f2b8f1f2a11"  # João Matos is in it
_PATH_IDS = {"{id}": OPEN, "{customer}": CUSTOMER, "{group}": GROUP}
Body = Callable[..., dict[str, Any]]


def make_body(body: Mapping[str, Any]) -> Body:
    """Return a function that builds the body with changes; `...` leaves a property out."""

    def build(**changes: Any) -> dict[str, Any]:
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return build


def fill_path(template: str) -> str:
    """Return the path of a template of the contract, with ids of the fixtures."""
    for name, value in _PATH_IDS.items():
        template = template.replace(name, value)
    return template
