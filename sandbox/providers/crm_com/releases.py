"""Which release of CRM.COM brought what: the variant `release`, from R7.0.0 to R18.0.0."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

# The newest first, as it is the default. R9.1.0 is among them because the page names it.
RELEASES: Final = (
    *(f"R{major}.0.0" for major in range(18, 9, -1)),
    "R9.1.0",
    *(f"R{major}.0.0" for major in range(9, 6, -1)),
)

TOKENS_CAN_BE_RELEASED: Final = "R10.0.0"
RATE_PERIODS: Final = "R10.0.0"
GENERIC_GATEWAYS: Final = "R11.0.0"
TOKENS_LAST_TWO_HOURS: Final = "R12.0.0"
CURRENCY_STATES: Final = "R14.0.0"

# The members of a pay_invoice request that were not there from the beginning. Source: the page's "Available from".
MEMBERS: Final[Mapping[tuple[str, ...], str]] = {
    ("back_office_code",): "R9.1.0",
    ("invoice_identifier", "back_office_code"): "R9.1.0",
    ("fields_set",): "R10.0.0",
    ("accounts_receivable_payment_preference_identifier",): "R11.0.0",
    ("wallet_identifier",): "R14.0.0",
}


def knows(release: str, since: str) -> bool:
    """Whether `release` is `since` or a later one."""
    return _order(release) >= _order(since)


def unknown_members(release: str, body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The given members of a request that `release` does not know yet, each with the release that brings it."""
    for path, since in MEMBERS.items():
        if not knows(release, since) and _given(body, path):
            yield path, since


def _given(body: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    value: Any = body
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value is not None


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.removeprefix("R").split("."))
