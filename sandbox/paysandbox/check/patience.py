"""Tell the replies of what stands before an API, a rate limit or a gateway, from its own, and send such calls again.

They say nothing about the request, so no check may judge them. How long a server may keep a check waiting is bounded.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import sleep
from typing import Any, Final, NamedTuple, NoReturn

from schemathesis.core.transport import Response

from paysandbox.check.choice import READING
from paysandbox.check.own_checks import AnyCase
from paysandbox.check.transport import LeanTransport
from paysandbox.evidence.callers import Unreachable

LIMITED: Final = 429
UNAVAILABLE: Final = 503
OF_GATEWAYS: Final = frozenset({502, UNAVAILABLE, 504})
PAUSES: Final = (500, 1500)  # milliseconds before each further try, where the reply does not say how long to wait
LONGEST: Final = 60  # seconds that a reply may ask for
_LARGEST: Final = 9  # digits of seconds that are read
MOST_IN_VAIN: Final = 3  # calls of an operation; then the next ones are sent once


class Reply(NamedTuple):
    """What tells whose reply it is. Names of headers are in lower case; `is_documented` if the contract has it."""

    status: int
    headers: Mapping[str, str]
    is_documented: bool

    @property
    def is_of_others(self) -> bool:
        """Whether it is a rate limit's or a gateway's: an API that speaks JSON says in JSON that it is down."""
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = media_type == "application/json" or media_type.endswith("+json")
        asks_to_wait = self.status == UNAVAILABLE and "retry-after" in self.headers
        return self.status == LIMITED or (self.status in OF_GATEWAYS and (asks_to_wait or not is_json))


class Sent(NamedTuple):
    """A call: `what` it is in words, `send` sends it. A call that `reads` may be sent at any time.

    `is_judged` if its reply counts for or against the server, as that of a call which only learns does not.
    """

    what: str
    send: Callable[[], Reply]
    reads: bool
    is_judged: bool


class Patience:
    """Waits as replies ask for, and counts that.

    `check` raises if the time of the check is over; `abort` ends the check with an error; `wait` takes milliseconds.
    """

    def __init__(
        self,
        check: Callable[[], None],
        abort: Callable[[Exception], None],
        wait: Callable[[int], None] = lambda milliseconds: sleep(milliseconds / 1000),
    ) -> None:
        self.check = check
        self._abort = abort
        self._wait = wait
        self._repeated: Counter[int] = Counter()
        self._vain: Counter[str] = Counter()
        self._waited = 0
        self._known: Sent | None = None

    def carry_out(self, sent: Sent) -> None:
        """Send a call, again if it did not reach the API.

        Raises:
            Unreachable: the API cannot be reached through what stands before it.
        """
        tries = 0
        while self._waits_for(sent, sent.send(), tries):
            tries += 1

    def _waits_for(self, sent: Sent, reply: Reply, tries: int) -> bool:
        """Whether a call is to be sent again, now that it waited; `tries` are those before this reply."""
        if not reply.is_of_others:
            self._known = sent if sent.reads else self._known
            self._vain[sent.what] = 0
            return False
        seconds = read_retry_after(reply.headers)
        is_enough = tries >= len(PAUSES) or self._vain[sent.what] >= MOST_IN_VAIN
        if is_enough or (seconds or 0) > LONGEST:
            self._vain[sent.what] += 1
            self._tell_whose_fault(sent, reply, "" if seconds is None else f", which asks to wait {seconds} s")
            return False
        pause = PAUSES[tries] if seconds is None else seconds * 1000
        self._repeated[reply.status] += 1
        self._waited += pause
        self._wait(pause)
        return True

    def _tell_whose_fault(self, sent: Sent, reply: Reply, asked: str) -> None:
        """Return if a call gets no further because of what it asks for, which a read that got through before tells."""
        if reply.status == LIMITED:
            if not reply.is_documented:
                self._give_up(f"the server limits how often it may be called: it answers {sent.what} with 429{asked}")
        elif (self._known is None and sent.is_judged) or (self._known and self._known.send().is_of_others):
            media_type = reply.headers.get("content-type", "no Content-Type")
            where = f"{sent.what} is answered {reply.status} ({media_type}){asked}"
            self._give_up(
                f"what stands before the API does not reach it: {where}, as are calls that got through before"
            )

    def _give_up(self, why: str) -> NoReturn:
        error = Unreachable(why)
        self._abort(error)
        raise error

    def describe(self) -> list[str]:
        """What was waited for, for the report."""
        return [
            f"sent again: {count} call{'' if count == 1 else 's'} that {_WHY.get(status, _WHY_OTHERS)} with {status}"
            for status, count in self._repeated.items()
        ] + ([self._describe_waiting()] if self._repeated else [])

    def _describe_waiting(self) -> str:
        return f"waited for that: {round(self._waited / 1000)} s, which the time limit does not count"


_WHY: Final = {LIMITED: "a rate limit answered"}
_WHY_OTHERS: Final = "a gateway before the API answered"


def read_retry_after(headers: Mapping[str, str]) -> int | None:
    """The seconds that Retry-After asks for, in a number or a date by the server's clock; None if it says nothing."""
    written = headers.get("retry-after", "").strip()
    if written.isascii() and written.isdigit():
        return int(written[:_LARGEST])
    until, now = _read_date(written), _read_date(headers.get("date", ""))
    return None if until is None or now is None else max(round((until - now).total_seconds()), 0)


def _read_date(written: str) -> datetime | None:
    with suppress(ValueError):
        found = parsedate_to_datetime(written)
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return None


class PatientTransport(LeanTransport):
    """Sends a case again where the reply is not the API's."""

    def __init__(self, seconds: int, patience: Patience) -> None:
        super().__init__(seconds)
        self._patience = patience

    def send(self, case: AnyCase, *, session: Any = None, **kwargs: Any) -> Response:
        """Send a case, as LeanTransport does.

        Raises:
            requests.RequestException: as that transport does.
            Unreachable: the API cannot be reached through what stands before it.
        """
        known = {str(status) for status in case.operation.responses.status_codes}
        replies: list[Response] = []

        def send() -> Reply:
            self._patience.check()
            replies[:] = [super(PatientTransport, self).send(case, session=session, **dict(kwargs))]
            status = replies[0].status_code
            headers = {name.lower(): ", ".join(values) for name, values in replies[0].headers.items()}
            return Reply(status, headers, str(status) in known)

        reads = case.method.upper() in READING
        sent = Sent(f"{case.method} {case.operation.path}", send, reads=reads, is_judged=True)
        self._patience.carry_out(sent)
        return replies[0]
