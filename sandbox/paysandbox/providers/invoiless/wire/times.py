"""Days and moments: dates are written `YYYY-MM-DD`, times in UTC with milliseconds."""

from datetime import UTC, date, datetime, time
from typing import Final

_DAY_LENGTH: Final = len("2024-01-15")
# A zone is less than a day from UTC, so between these a moment stays within the years 1000 to 9999.
_FIRST: Final = datetime(1000, 1, 2, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 31, tzinfo=UTC)


def write_time(time: datetime) -> str:
    """Write a time in UTC, truncated to milliseconds: `2024-01-15T11:50:22.000Z`."""
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_date(day: date) -> str:
    """Write a date as the time at which it begins in UTC."""
    return f"{day.isoformat()}T00:00:00.000Z"


def read_day(text: str | None) -> tuple[date | None, time | None]:
    """Read a day alone, or a moment as its day and its time of day in UTC, to the millisecond."""
    if not text:
        return None, None
    if len(text) == _DAY_LENGTH:
        return date.fromisoformat(text), None
    # Digits beyond the microsecond are dropped, as those beyond the millisecond are: a reply shows no more.
    moment = datetime.fromisoformat(text)
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    # In UTC a moment of the first or the last day would have a year that no request can name: it keeps its own day.
    local = moment.replace(tzinfo=UTC)
    utc = moment.astimezone(UTC) if _FIRST <= local <= _LAST else local
    return utc.date(), utc.time()
