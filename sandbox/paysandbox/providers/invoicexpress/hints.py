"""Hints about likely mistakes of InvoiceXpress's clients. Its refusals are empty, so a client learns it only here.

Source: mistakes in public client code (invoicexpress-api among it, whose message is outside of the wrapper), and near
misses of the names on the vendor's pages.
"""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, get_args

from paysandbox.core.messages import Attempt
from paysandbox.kit.hints import Placement, Properties, check_address, make_spellings
from paysandbox.providers.invoicexpress.records import Mechanism

_KEY: Final = Placement(what="key", right="in the query as `api_key`", body="api_key")

_PAYMENT: Final = Properties(
    names=make_spellings(
        ("payment_mechanism", "note", "serie", "amount", "payment_date"),
        {
            "mechanism": "payment_mechanism",
            "payment_method": "payment_mechanism",
            "notes": "note",
            "message": "note",
            "observations": "note",
            "series": "serie",
            "sequence": "serie",
            "sequence_id": "serie",
            "value": "amount",
            "total": "amount",
            "date": "payment_date",
        },
    ),
    values={"payment_mechanism": make_spellings(get_args(Mechanism))},
)
_PAYMENT_PATH: Final = re.compile(r"/documents/[^/]+/partial_payments\.json")
_ID: Final = re.compile("[1-9][0-9]*")
_PAYMENT_SEGMENTS: Final = frozenset({"partial_payments", "partial_payment", "payments", "payment"})

_STATE: Final = Properties(
    names=make_spellings(("state", "message"), {"status": "state", "reason": "message", "note": "message"}),
    values={
        "state": make_spellings(
            ("finalized", "canceled", "deleted", "settled", "unsettled"),
            {
                "final": "finalized",
                "finalize": "finalized",
                "finalised": "finalized",
                "cancelled": "canceled",
                "cancel": "canceled",
                "delete": "deleted",
                "settle": "settled",
                "paid": "settled",
            },
        )
    },
)
_STATE_PATH: Final = re.compile(
    r"/(?P<type>invoices?|simplified[_-]invoices?|invoice[_-]receipts?|credit[_-]notes?|debit[_-]notes?|receipts?|documents?)/(?P<id>[^/]+)/change[-_]state(?:\.json)?"
)
_STATE_WRAPPERS: Final[Mapping[str, tuple[str, ...]]] = {
    "invoices": ("invoice",),
    "simplified_invoices": ("simplified_invoice", "invoice"),
    "invoice_receipts": ("invoice_receipt", "invoice"),
    "credit_notes": ("credit_note", "invoice"),
    "debit_notes": ("debit_note", "invoice"),
    "receipts": ("receipt",),
}
_RELATED_PATH: Final = re.compile(r"/[a-z_]+/(?P<id>[^/]+)/related[-_]documents(?:\.json)?")

_CREATE_PATH: Final = re.compile(
    r"/(?P<wrapper>invoice|simplified_invoice|invoice_receipt|credit_note|debit_note)s\.json"
)
_COUNTRIES: Final[Mapping[str, str]] = {
    "PT": "Portugal",
    "PRT": "Portugal",
    "ES": "Spain",
    "España": "Spain",
    "Espanha": "Spain",
    "FR": "France",
    "França": "France",
    "DE": "Germany",
    "Deutschland": "Germany",
    "Alemanha": "Germany",
    "IT": "Italy",
    "Italia": "Italy",
    "Itália": "Italy",
    "GB": "UK",
    "United Kingdom": "UK",
    "Reino Unido": "UK",
    "England": "UK",
    "US": "United States",
    "USA": "United States",
    "United States of America": "United States",
    "Estados Unidos": "United States",
    "BR": "Brazil",
    "Brasil": "Brazil",
    "NL": "Netherlands",
    "The Netherlands": "Netherlands",
    "Holland": "Netherlands",
    "BE": "Belgium",
    "CH": "Switzerland",
    "IE": "Ireland",
    "AO": "Angola",
    "MZ": "Mozambique",
    "Moçambique": "Mozambique",
    "CV": "Cape Verde",
    "Cabo Verde": "Cape Verde",
    "Czechia": "Czech Republic",
    "Eswatini": "Swaziland",
    "North Macedonia": "Macedonia (Former Yug. Rep.)",
}
_CLIENT: Final = Properties(
    names={}, values={"country": make_spellings(_COUNTRIES.values(), _COUNTRIES)}, owner=" of a client"
)
_UNITS: Final[Mapping[str, str]] = {
    "un": "unit",
    "unidade": "unit",
    "units": "unit",
    "pcs": "unit",
    "hora": "hour",
    "h": "hour",
    "hours": "hour",
    "dia": "day",
    "days": "day",
    "mês": "month",
    "months": "month",
    "serviço": "service",
    "kg": "other",
}
_ITEM: Final = Properties(
    names={},
    values={"unit": make_spellings(("service", "unit", "hour", "day", "month", "other"), _UNITS)},
    owner=" of an item",
)


def advise(attempt: Attempt) -> Iterator[str]:
    """Yield a sentence for each likely mistake of a call, the most basic first; none for a right call."""
    if not any(name == "api_key" and value for name, value in attempt.query):
        yield from _KEY.check(attempt)
    if related := _RELATED_PATH.fullmatch(attempt.path):
        yield from check_address(attempt, attempt.method, f"/document/{related['id']}/related_documents.json")
    if change := _STATE_PATH.fullmatch(attempt.path):
        yield from _check_state(attempt, change["type"].replace("-", "_").rstrip("s") + "s", change["id"])
    if path := _find_payment_path(attempt.path):
        yield from _check_payment(attempt, path)
    if "known-client-keeps-what-it-has" in attempt.rules:
        yield (
            "The account knows this client, so what differs in `client` was passed over: change a client by "
            "PUT /clients/{client-id}.json."
        )
    if (created := _CREATE_PATH.fullmatch(attempt.path)) and attempt.status == HTTPStatus.UNPROCESSABLE_ENTITY:
        yield from _check_form(attempt.body, created["wrapper"])


def _check_payment(attempt: Attempt, path: str) -> Iterator[str]:
    method = "OPTIONS" if attempt.method == "OPTIONS" else "POST"
    yield from check_address(attempt, method, path)
    if isinstance(attempt.body, dict):
        yield from _PAYMENT.check_wrapper(attempt.body, ("partial_payment",))
        payment = attempt.body.get("partial_payment")
        if isinstance(payment, dict):
            yield from _PAYMENT.check(payment)
    elif isinstance(attempt.body, list):
        yield "Send one object with `partial_payment`, not a list; make one call for each payment."


def _find_payment_path(path: str) -> str | None:
    """Return the operation's path if `path` is it or nearly is: one path pays every type of document."""
    if _PAYMENT_PATH.fullmatch(path):
        return path
    *before, last = [segment for segment in path.split("/") if segment] or [""]
    if last.lower().removesuffix(".json").replace("-", "_") not in _PAYMENT_SEGMENTS:
        return None
    document = next((segment for segment in reversed(before) if _ID.fullmatch(segment)), "{document-id}")
    return f"/documents/{document}/partial_payments.json"


def _check_state(attempt: Attempt, document_type: str, document_id: str) -> Iterator[str]:
    wrappers = _STATE_WRAPPERS.get(document_type)
    if wrappers is None:
        yield "Change a state under the document's own type, such as /invoices, /credit_notes or /receipts."
        return
    method = "OPTIONS" if attempt.method == "OPTIONS" else "PUT"
    yield from check_address(attempt, method, f"/{document_type}/{document_id}/change-state.json")
    if not isinstance(attempt.body, dict):
        return
    yield from _STATE.check_wrapper(attempt.body, wrappers)
    change = next((attempt.body[name] for name in wrappers if name in attempt.body), None)
    if isinstance(change, dict):
        yield from _STATE.check(change)
        if change.get("state") == "canceled" and not change.get("message") and "message" not in attempt.body:
            yield "Send the reason of a cancellation as `message` beside `state`."


def _check_form(body: Any, wrapper: str) -> Iterator[str]:
    """Yield hints about the names in a refused form that the live service has a list of."""
    form = _find_object(body, wrapper) or _find_object(body, "invoice")
    yield from _CLIENT.check(_find_object(form, "client"))
    items = form.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield from _ITEM.check(item)


def _find_object(parent: Any, name: str) -> dict[str, Any]:
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}
