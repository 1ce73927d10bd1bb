"""Advice about likely mistakes of the client, made when an entry of the journal is read.

It is the provider's own hints, and those about mistakes with any API: amounts computed with binary floats, dates in
another notation, calls carried out twice, live credentials.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

from paysandbox.contract.credentials import decode_basic
from paysandbox.control.duplicate_calls import DuplicateCalls, Logins, find_operation, was_carried_out
from paysandbox.control.masking import Content, Cover, Masks, read_content
from paysandbox.control.wrong_dates import find_wrong_dates
from paysandbox.core.messages import Attempt
from paysandbox.core.problems import Problem
from paysandbox.kit.namespace_suffix import SIGN, split_suffix
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.journal import Entry
from paysandbox.store.namespaces import NAME, NAME_RULE, Namespace

_MOST: Final = 5  # hints about amounts of one body
_EXACT: Final = Context(prec=400, rounding=ROUND_HALF_EVEN)
_DIGITS: Final = 12  # an amount that a person chose has fewer
_LARGEST: Final = 15  # binary floats have no more decimal digits
_RELATIVE: Final = Decimal("1e-9")
_DECIMALS: Final = (2, 3, 4)
_NUMERAL: Final = re.compile(r"-?[0-9]{1,15}\.[0-9]{8,30}", re.ASCII)

_LIVE: Final = re.compile(r"(?:^|[_-])(?:live|prod|production)(?:[_-]|$)", re.IGNORECASE)
_NOT_LIVE: Final = re.compile("test|sandbox|example|dummy|fake|invalid|wrong|unknown|expired", re.IGNORECASE)
_LENGTH: Final = 20  # from here on, letters with digits look generated

_log = logging.getLogger("paysandbox.control.advice")


class _Accepted(Exception):
    """Rolls the transaction back once the credential is accepted, because authentication may change records."""


class Adviser:
    """Makes advice about the entries of one journal, each of which is noted once, from the oldest on."""

    def __init__(self, namespace: Namespace, runtime: Runtime) -> None:
        self._namespace = namespace
        self._runtime = runtime
        self._logins = Logins()
        self._duplicates = DuplicateCalls(namespace, self._logins)
        self._issued: set[str] = set()

    def note(self, entry: Entry, service: Service, masks: Masks) -> None:
        """Remember an entry, because the advice about later ones depends on it."""
        self._duplicates.note(entry, service)
        if was_carried_out(entry) and self._logins.has(entry, service):
            self._issued |= {
                credential.value for credential in masks.find_body_credentials(read_content(entry.content))
            }

    def advise(self, entry: Entry, service: Service, sent: Content, cover: Cover) -> list[str]:
        """Return a sentence for each likely mistake that says what to do instead; the provider's own come first."""
        body = sent.value if sent.is_json else None
        sources: list[Callable[[], Iterable[str]]] = [
            lambda: find_binary_amounts(body),
            lambda: find_wrong_dates(entry, service, body),
            lambda: find_read_only(entry, service, body),
            lambda: filter(None, [self._duplicates.find(entry, service)]),
            lambda: self._find_live_credentials(entry, service, cover),
            lambda: self._find_wrong_namespaces(service, body, cover),
        ]
        advise = service.provider.advise
        if advise is not None:
            sources.insert(0, lambda: advise(make_attempt(entry, body)))
        hints = [cover.cover_text(hint) for source in sources for hint in self._collect(source, entry)]
        return list(dict.fromkeys(hints))

    def _collect(self, source: Callable[[], Iterable[str]], entry: Entry) -> list[str]:
        try:
            return list(source())
        except Exception:  # noqa: BLE001 - a mistake in a hint must not make the journal unreadable
            _log.exception("no advice about %s", self._namespace.request_id(entry.number))
            return []

    def _find_live_credentials(self, entry: Entry, service: Service, cover: Cover) -> Iterator[str]:
        # Base64 of any user name and password looks generated: what it encodes is looked at in its place.
        sent = ((one.place, decode_basic(one.value) or one.value) for one in cover.credentials)
        for place, value in dict.fromkeys(sent):
            if not looks_live(value) or self._is_printed(value):
                continue
            if not _LIVE.search(value) and self._is_known(value, entry, service):
                continue
            yield (
                f"Use a test credential: {place} seems to carry a live one. Revoke it if it was committed "
                f"or logged. The sandbox prints its test credentials at start ({', '.join(service.credentials)})."
            )

    def _find_wrong_namespaces(self, service: Service, body: Any, cover: Cover) -> Iterator[str]:
        """Yield a hint about each end of a test credential that cannot name a namespace, as the title of a test."""
        given = dict(cover.credentials)
        for name in service.namespace_credentials if isinstance(body, dict) else ():
            if isinstance(body.get(name), str):
                given[f"the property {name}"] = body[name]
        for place, value in given.items():
            user, sign, password = (decode_basic(value) or value).partition(":")
            bare, _, name = user.partition(SIGN)
            is_ours = bare in self._issued or self._is_printed(bare + sign + password)
            if name and is_ours and not NAME.fullmatch(name):
                wrong = f"{name[:100]!r} behind {SIGN} is no name, because {NAME_RULE}"
                yield f"Choose another namespace in {place}: {wrong}."

    def _is_printed(self, value: str) -> bool:
        """Tell whether a credential is a test credential of any provider, or user name and password that both are."""
        printed = {one for service in self._runtime.services.values() for one in service.credentials.values()}
        user, _, password = value.partition(":")
        return split_suffix(value)[0] in printed or {split_suffix(user)[0], password} <= printed

    def _is_known(self, value: str, entry: Entry, service: Service) -> bool:
        """Tell whether a credential is of this sandbox: issued by it, or in its records or fixtures."""
        if value in self._issued or (was_carried_out(entry) and self._logins.has(entry, service)):
            return True
        fixtures = self._runtime.namespaces.create(self._namespace.name)
        authenticators = (service.provider.authenticate, *service.provider.authenticators.values())
        return any(
            _is_accepted(split_suffix(value)[0], authenticate, namespace.state(service.provider.name))
            for namespace in (self._namespace, fixtures)
            for authenticate in authenticators
        )


def _is_accepted(credential: str, authenticate: Callable[[str, Any], Any], state: Any) -> bool:
    """Tell whether a provider accepts a credential in a state, and change nothing there."""
    try:
        with state.transaction():
            authenticate(credential, state)
            raise _Accepted  # noqa: TRY301 - the transaction must see it
    except _Accepted:
        return True
    except Problem:
        return False


def make_attempt(entry: Entry, body: Any) -> Attempt:
    """Return an entry as a provider advises on it, unmasked."""
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
        rules=entry.rules,
    )


def find_binary_amounts(body: Any) -> Iterator[str]:
    """Yield hints about amounts like 30.750000000000004, which is 10.1 + 20.65 added up in binary."""
    numbers = [(pointer, text, _find_amount(text)) for pointer, text in _find_numbers(body)]
    found = [(pointer, text, amount) for pointer, text, amount in numbers if amount is not None]
    for pointer, text, amount in found[:_MOST]:
        yield (
            f"Send {pointer or 'the body'} as {amount}, not {text}, which was computed with binary floats: round it, "
            "or compute with a decimal type."
        )
    if len(found) > _MOST:
        yield f"{len(found) - _MOST} more amounts of this body were computed with binary floats."


def _find_numbers(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield the JSON pointer and the text of every number with a fraction, in strings too."""
    if isinstance(value, dict | list):
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _find_numbers(item, f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, Decimal) or (isinstance(value, str) and _NUMERAL.fullmatch(value)):
        yield pointer, str(value)


def _find_amount(text: str) -> str | None:
    """Return the amount of few decimals that a number of many digits misses by a binary rounding error."""
    number = Decimal(text)
    if len(number.as_tuple().digits) < _DIGITS or number.adjusted() >= _LARGEST:
        return None
    for decimals in _DECIMALS:
        near = number.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
        off = abs(_EXACT.subtract(number, near))
        # Compare with the last decimal too: relative to a large number, any fraction is small.
        if 0 < off <= abs(number) * _RELATIVE and off < Decimal(1).scaleb(-decimals - 3):
            return f"{near:f}"
    return None


def find_read_only(entry: Entry, service: Service, body: Any) -> Iterator[str]:
    """Yield a hint about properties that the API answers and that a write cannot change."""
    operation = find_operation(entry, service)
    pointers = [] if operation is None or operation.body is None else operation.body.read_only.find(body)
    if pointers:
        more = f" and {len(pointers) - _MOST} more" if len(pointers) > _MOST else ""
        yield f"Leave out {', '.join(pointers[:_MOST])}{more}: read-only, so the value sent was passed over."


def looks_live(credential: str) -> bool:
    """Tell whether a credential looks as if it were for the vendor's own server."""
    if _NOT_LIVE.search(credential):
        return False
    mixed = re.search("[0-9]", credential) and re.search("[A-Za-z]", credential)
    return _LIVE.search(credential) is not None or (len(credential) >= _LENGTH and mixed is not None)
