"""What the tests of this provider share: constants, types and readers of replies."""

from collections.abc import Callable, Mapping
from typing import Any

PROVIDER = "invisible_collector"
COMPANY = "838fe7a4-a111-49cf-8a22-615d41b772e8"
CUSTOMER = "c0587212-6072-4bf6-9e70-f832290b01b7"
Body = Callable[..., dict[str, Any]]


def make_body(body: Mapping[str, Any]) -> Body:
    """Return a function that builds the body with changes; `...` leaves a property out."""

    def build(**changes: Any) -> dict[str, Any]:
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    return build
