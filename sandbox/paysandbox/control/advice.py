"""Advice about likely faults of the client, made when an entry of the journal is read.

Sources: the provider's own advice, and here what goes wrong with any API: amounts computed with binary floats, dates in
the other notation, requests carried out twice, live credentials.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

from paysandbox.control.duplicate_calls import Repeats, gives_credentials, was_carried_out
from paysandbox.control.masking import Content, Cover, Masks, read_content
from paysandbox.core.messages import Attempt
from paysandbox.core.problems import Problem
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import Namespace

_SHOWN: Final = 5
_EXACT: Final = Context(prec=400, rounding=ROUND_HALF_EVEN)
_DIGITS: Final = 12
_LARGEST: Final = 15  # binary floats have no more decimal digits
_RELATIVE: Final = Decimal("1e-9")
_DECIMALS: Final = (2, 3, 4)
_NUMERAL: Final = re.compile(r"-?[0-9]{1,15}\.[0-9]{8,30}", re.ASCII)

_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[T ].{0,40})?", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([/.-])([0-9]{1,2})\2([0-9]{1,2})(?:[T ].{0,40})?", re.ASCII)
_MONTHS: Final = 12

_LIVE: Final = re.compile(r"(?:^|[_-])(?:live|prod|production)(?:[_-]|$)", re.IGNORECASE)
_NOT_LIVE: Final = re.compile("test|sandbox|example|dummy|fake|invalid|wrong|unknown|expired", re.IGNORECASE)
_LENGTH: Final = 20

_log = logging.getLogger("paysandbox.control.advice")


class _Accepted(Exception):
    """Undoes what an authentication noted, once it has shown that a credential is known."""


class Adviser:
    """Gives advice about the entries of one journal, which it is shown from the oldest on."""

    def __init__(self, namespace: Namespace, runtime: Runtime, read: Iterable[Entry]) -> None:
        """`read` are the entries that advice will be asked about."""
        self._namespace = namespace
        self._runtime = runtime
        self._repeats = Repeats(namespace, read)
        self._issued: set[str] = set()

    def note(self, entry: Entry, service: Service, masks: Masks) -> None:
        """Remember an entry for the advice about those after it."""
        self._repeats.note(entry, service)
        if was_carried_out(entry) and gives_credentials(entry, service):
            self._issued |= {one.value for one in masks.carried(read_content(entry.content))}

    def about(self, entry: Entry, service: Service, sent: Content, cover: Cover) -> list[str]:
        """Sentences about what the client probably got wrong, each with its mend; the provider's own come first."""
        body = sent.value if sent.is_json else None
        sources: list[Callable[[], Iterable[str]]] = [
            lambda: binary_amounts(body),
            lambda: other_dates(entry, service, body),
            lambda: filter(None, [self._repeats.of(entry, service)]),
            lambda: self._live(entry, service, cover),
        ]
        advise = service.provider.advise
        if advise is not None:
            sources.insert(0, lambda: advise(attempt(entry, body)))
        told = [cover.text(one) for source in sources for one in self._from(source, entry)]
        return list(dict.fromkeys(told))

    def _from(self, source: Callable[[], Iterable[str]], entry: Entry) -> list[str]:
        """What one source says; a mistake there must not keep anybody from reading the journal."""
        try:
            return list(source())
        except Exception:  # noqa: BLE001 - whatever it is, the journal stays readable
            _log.exception("no advice about %s", self._namespace.request_id(entry.number))
            return []

    def _live(self, entry: Entry, service: Service, cover: Cover) -> Iterator[str]:
        """Credentials that look as if they were meant for the vendor's own server. They are never shown."""
        for credential in dict.fromkeys(cover.credentials):
            if credential.value in service.credentials.values() or not looks_live(credential.value):
                continue
            if not _LIVE.search(credential.value) and self._is_known(credential.value, entry, service):
                continue
            yield (
                f"What {credential.place} carries looks like a live credential: never send one to a test server. "
                "Revoke it if it was committed or logged, and use the test credentials that the sandbox prints at its "
                f"start ({', '.join(service.credentials)})."
            )

    def _is_known(self, value: str, entry: Entry, service: Service) -> bool:
        """Whether a credential is one of this sandbox: from its records or fixtures, or handed out by it."""
        if value in self._issued or (was_carried_out(entry) and gives_credentials(entry, service)):
            return True
        fixtures = self._runtime.namespaces.made(self._namespace.name)
        return any(_is_accepted(value, one, service) for one in (self._namespace, fixtures))


def _is_accepted(credential: str, namespace: Namespace, service: Service) -> bool:
    """Whether a provider knows a credential in a namespace, where it notes nothing of being asked."""
    state = namespace.state(service.provider.name)
    try:
        with state.transaction():
            service.provider.authenticate(credential, state)
            raise _Accepted  # noqa: TRY301 - the transaction must see it
    except _Accepted:
        return True
    except Problem:
        return False


def attempt(entry: Entry, body: Any) -> Attempt:
    """An entry as providers advise on it; nothing is masked."""
    request, refusal = entry.request, entry.refusal
    headers: dict[str, str] = {}
    for raw, value in request.headers:
        name = raw.decode("latin-1").lower()
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return Attempt(
        method=request.method,
        path=request.path,
        query=parse_qsl(request.query, keep_blank_values=True),
        headers=headers,
        body=body,
        content=request.content or b"",
        operation=entry.operation,
        status=entry.status,
        violations=() if refusal is None else refusal.violations,
        rule=None if refusal is None else refusal.rule,
    )


def binary_amounts(body: Any) -> Iterator[str]:
    """Amounts like 30.750000000000004: 10.1 + 20.65, added up in binary."""
    found = [(pointer, text, meant) for pointer, text in _numerals(body) if (meant := _meant(text)) is not None]
    for pointer, text, meant in found[:_SHOWN]:
        yield (
            f"The amount {pointer or 'that is the body'} was computed with binary floats: it is {text}, send {meant}. "
            "Round before sending, or compute with a decimal type."
        )
    if len(found) > _SHOWN:
        yield f"{len(found) - _SHOWN} more amounts of this body were computed with binary floats."


def _numerals(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every number with a fraction, also those sent as text, with its JSON pointer."""
    if isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _numerals(item, f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, Decimal) or (isinstance(value, str) and _NUMERAL.fullmatch(value)):
        yield pointer, str(value)


def _meant(text: str) -> str | None:
    """The amount of few decimals that a number of many digits misses by what binary arithmetic does."""
    number = Decimal(text)
    if len(number.as_tuple().digits) < _DIGITS or number.adjusted() >= _LARGEST:
        return None
    for decimals in _DECIMALS:
        near = number.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
        off = abs(_EXACT.subtract(number, near))
        # Far below the last decimal too, or else the fraction of a large number would count for nothing.
        if 0 < off <= abs(number) * _RELATIVE and off < Decimal(1).scaleb(-decimals - 3):
            return f"{near:f}"
    return None


def other_dates(entry: Entry, service: Service, body: Any) -> Iterator[str]:
    """Dates refused because they are in the other notation: 26/10/2017 for 2017-10-26, or the reverse."""
    operation = next((one for one in service.contract.operations if one.id == entry.operation), None)
    if entry.refusal is None or operation is None or operation.body is None:
        return
    judge = operation.body.judge
    for violation in entry.refusal.violations:
        steps = [one.replace("~1", "/").replace("~0", "~") for one in violation.pointer.split("/")[1:]]
        value = _at(body, steps) if violation.pointer.startswith("/") else None
        if not isinstance(value, str):
            continue
        for candidate in _otherwise(value):
            # The contract says which notation it wants: the one that it takes.
            wrong = judge.violations(_with(body, steps, candidate))
            if all(one.pointer != violation.pointer for one in wrong):
                here, there = _notation(value), _notation(candidate)
                yield (
                    f"The date {violation.pointer} is {value!r}, that is {here}; this API wants {there} there: send "
                    f"{candidate!r}."
                )
                break


def _notation(date: str) -> str:
    found = _DAY_FIRST.fullmatch(date)
    if found is None:
        return "year-month-day"
    return "month/day/year" if int(found[3]) > _MONTHS else "day/month/year"


def _otherwise(value: str) -> Iterator[str]:
    """A date in other notations, the likelier ones first; nothing for what is no date."""
    if found := _DAY_FIRST.fullmatch(value):
        day, month, year = int(found[1]), int(found[3]), found[4]
        swapped = month > _MONTHS >= day
        if swapped:
            day, month = month, day
            yield f"{day:02}/{month:02}/{year}"
    elif found := _YEAR_FIRST.fullmatch(value):
        day, month, year = int(found[4]), int(found[3]), found[1]
        yield f"{day:02}/{month:02}/{year}"
        return
    else:
        return
    iso = f"{year}-{month:02}-{day:02}"
    yield from (iso, f"{iso}T00:00:00", f"{iso}T00:00:00Z")


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _with(value: Any, steps: list[str], leaf: str) -> Any:
    """The value with another leaf at a place that it has; the value itself stays as it is."""
    if not steps:
        return leaf
    step, *rest = steps
    if isinstance(value, list):
        return [_with(item, rest, leaf) if number == int(step) else item for number, item in enumerate(value)]
    return {**value, step: _with(value[step], rest, leaf)}


def looks_live(credential: str) -> bool:
    """Whether a credential looks as if it were for the vendor's own server."""
    if _NOT_LIVE.search(credential):
        return False
    mixed = re.search("[0-9]", credential) and re.search("[A-Za-z]", credential)
    return _LIVE.search(credential) is not None or (len(credential) >= _LENGTH and mixed is not None)
