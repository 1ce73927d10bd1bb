"""PUT, PATCH and DELETE /v1/invoices/{id}."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoiless.known import (
    BAKERY,
    FORBIDDEN,
    INVOICES,
    MOLEN,
    MONDEGO,
    NEW,
    NOBODY,
    NOT_FOUND,
    PAID,
    PROVIDER,
    REFUNDED,
    REFUNDED_PAYMENT,
    RETAINER,
    SHOP,
    THREE,
    THREE_LAST,
    UNACCEPTABLE,
    UNPAID,
    UNTOUCHED,
    invoice_path,
    path_of,
    payments_of,
    standing,
)
from tests.providers.known import Passed

METHODS = pytest.mark.parametrize("method", ["PUT", "PATCH"])
KEPT = ("id", "_id", "__v", "kind", "url", "number", "scope", "createdAt")
ITEM = {"name": "x", "price": 100}
FULL: dict[str, Any] = {
    **UNPAID,
    "number": "A-1",
    "date": "2024-01-15",
    "dueDate": "2024-02-01",
    "currency": "GBP",
    "lang": "nl",
    "terms": "t",
    "notes": "n",
    "tags": ["x"],
    "taxIncluded": True,
    "shipTo": True,
    "slug": "s",
    "header": "h",
    "discount": 5,
    "extraCharges": {"value": 7},
    "extraFields": [{"name": "f"}],
    "taxes": [{"rate": 20}],
}


def make(api: Client, **members: Any) -> dict[str, Any]:
    made = api.post(INVOICES, {**UNPAID, **members})
    assert made.status == 201
    found: dict[str, Any] = made.json
    return found


def pay(api: Client, invoice: str, amount: float) -> None:
    assert api.post(payments_of(invoice), {"method": "Card", "amount": amount}).status == 201


def test_put_replaces(api: Client) -> None:
    """What is left out has the default of a new invoice, but for number and scope; items keep their ids."""
    made = make(api, **FULL)
    replaced = api.put(invoice_path(made["id"]), NEW)
    plain = api.post(INVOICES, NEW).json
    assert replaced.status == 200
    assert {**plain, **{name: made[name] for name in KEPT}, "items": replaced.json["items"]} == replaced.json
    assert replaced.json["items"][0]["id"] == made["items"][0]["id"]
    assert api.get(invoice_path(made["id"])).json == replaced.json


def test_patch_merges(api: Client) -> None:
    """Only what is named changes; items as a whole."""
    made = make(api, **FULL)
    path = invoice_path(made["id"])
    assert api.patch(path, {}).json == made
    assert api.patch(path, {"notes": "m", "tags": ["y", "z"]}).json == {**made, "notes": "m", "tags": ["y", "z"]}
    priced = api.patch(path, {"items": [ITEM, {**ITEM, "quantity": 2}], "taxes": [], "discount": 0}).json
    assert [item["price"] for item in priced["items"]] == [100, 100]
    assert priced["items"][0]["id"] == made["items"][0]["id"] != priced["items"][1]["id"]
    assert (priced["total"], priced["balance"], priced["discount"]) == (307, 307, 0)
    assert "taxes" not in priced


@pytest.mark.parametrize("nothing", ["", None])
def test_patch_clears(api: Client, nothing: Any) -> None:
    """An empty string or null; what has a default goes back to it, a number stays."""
    made = make(api, **FULL)
    names = ("number", "date", "dueDate", "currency", "lang", "terms", "notes", "slug", "header", "status")
    more = dict.fromkeys(("tags", "discount", "extraCharges", "extraFields", "taxes", "taxIncluded", "shipTo"))
    cleared = api.patch(invoice_path(made["id"]), {**dict.fromkeys(names, nothing), **more})
    plain = api.post(INVOICES, NEW).json
    expected = {**plain, **{name: made[name] for name in KEPT}, "items": made["items"]}
    assert (cleared.status, cleared.json) == (200, expected)


@METHODS
def test_every_invoice_that_was_read_can_be_sent_back(api: Client, state: InvoilessState, method: str) -> None:
    """As it was read, with the customer as an object; nothing changes."""
    own = [invoice.id for invoice in state.invoices.records() if invoice.account != "62a85cc79b3e7d00418c2f0e"]
    own.append(make(api, **FULL)["id"])
    for key in own:
        read = api.get(invoice_path(key)).json
        before = state.invoices.get(key)
        written = api.call(method, invoice_path(key), json=read)
        assert (written.status, written.json) == (200, read)
        assert state.invoices.get(key) == before


def test_an_invoice_that_was_read_can_be_created_again(api: Client) -> None:
    """With another number."""
    read = api.get(invoice_path(THREE)).json
    copy = api.post(INVOICES, {**read, "number": None})
    assert copy.status == 201
    own = ("id", "_id", "url", "number", "scope", "createdAt", "items", "balance", "isOverdue")
    assert {**copy.json, **{name: read[name] for name in own}} == read


@METHODS
@pytest.mark.parametrize(
    ("asked", "status", "balance"),
    [
        ("Draft", "Draft", 480),
        ("Pending", "Pending", 480),
        ("Unpaid", "Unpaid", 480),
        ("Partial", "Partial", 480),
        ("Paid", "Paid", 0),
        ("Canceled", "Canceled", 0),
        ("Refunded", "Refunded", 0),
    ],
)
def test_a_status_that_is_asked_for_is_kept(api: Client, method: str, asked: str, status: str, balance: int) -> None:
    """While nothing is paid; and back."""
    path = invoice_path(make(api)["id"])
    for wanted, owed, shown in ((asked, balance, status), ("Unpaid", 480, "Unpaid")):
        changed = api.call(method, path, json={**NEW, "status": wanted}).json
        assert (changed["status"], changed["balance"]) == (shown, owed)


@METHODS
@pytest.mark.parametrize("asked", ["Draft", "Pending", "Unpaid", "Partial", "Paid", "Canceled", "Refunded"])
def test_an_invoice_with_payments_follows_them(api: Client, state: InvoilessState, method: str, asked: str) -> None:
    """Whatever status is asked for, unless it is closed; a deleted payment is owed again."""
    key = make(api)["id"]
    pay(api, key, 80)
    changed = api.call(method, invoice_path(key), json={**NEW, "status": asked}).json
    closed = asked in {"Canceled", "Refunded"}
    assert (changed["status"], changed["balance"]) == (asked if closed else "Partial", 400)
    fitted = api.call(method, invoice_path(key), json={**NEW, "status": asked, "items": [{"name": "x", "price": 80}]})
    assert (fitted.json["status"], fitted.json["balance"]) == (asked if closed else "Paid", 0)
    (payment,) = state.payments.all("invoice", key)
    api.delete(path_of(payment.id))
    assert standing(state, key) == (80, asked if closed else "Pending" if asked == "Pending" else "Unpaid")


@METHODS
def test_what_a_closed_invoice_owes_stays(api: Client, state: InvoilessState, method: str) -> None:
    """Its payment is deleted, and is owed again; a change of the notes does not change that, another status does."""
    assert api.delete(path_of(REFUNDED_PAYMENT)).status == 200
    assert standing(state, REFUNDED) == (Decimal("349.95"), "Refunded")
    body = {**UNPAID, "items": [{"name": "x", "price": Decimal("349.95")}], "status": "Refunded", "notes": "n"}
    assert api.call(method, invoice_path(REFUNDED), json=body).status == 200
    assert standing(state, REFUNDED) == (Decimal("349.95"), "Refunded")
    assert api.call(method, invoice_path(REFUNDED), json={**body, "status": "Canceled"}).status == 200
    assert standing(state, REFUNDED) == (0, "Canceled")


def test_a_date_after_the_due_date_is_named(api: Client) -> None:
    """Where a change gives the date alone."""
    with nothing_changes(api, PROVIDER):
        refused = api.patch(invoice_path(UNTOUCHED), {"date": "9999-12-31"})
    assert (refused.status, refused.headers["x-sandbox-reason"]) == (400, "state")
    assert refused.explain.startswith("/date: The invoice would be due on 2024-02-13, before its date 9999-12-31.")


@METHODS
def test_an_invoice_costs_at_least_what_is_paid(api: Client, method: str) -> None:
    """To the cent, by items or discount."""
    key = make(api)["id"]
    pay(api, key, 80)
    for less in ({"items": [{"name": "x", "price": Decimal("79.99")}]}, {"discount": Decimal("400.01")}):
        with nothing_changes(api, PROVIDER):
            refused = api.call(method, invoice_path(key), json={**UNPAID, **less})
        assert refused.json == {"message": "The total would be 79.99, less than the 80.00 that is paid."}
        assert (refused.status, refused.headers["x-sandbox-reason"]) == (400, "state")
        assert "[rule total-covers-the-payments, assumed" in refused.explain


@METHODS
@pytest.mark.parametrize(("key", "flag"), [(UNTOUCHED, True), (RETAINER, False)])
def test_a_retainer_stays_one(api: Client, method: str, key: str, *, flag: bool) -> None:
    """403 as the live service answers; left out it stays."""
    with nothing_changes(api, PROVIDER):
        refused = api.call(method, invoice_path(key), json={**UNPAID, "isRetainer": flag})
    assert (refused.status, refused.content) == (403, FORBIDDEN)
    assert "[rule retainer-flag-is-final, observed" in refused.explain
    assert api.call(method, invoice_path(key), json={**UNPAID, "isRetainer": not flag}).status == 200
    assert api.call(method, invoice_path(key), json=UNPAID).json["isRetainer"] is not flag


@METHODS
def test_a_number_is_changed_to_a_free_one(api: Client, method: str) -> None:
    """Its own is no other's."""
    made = make(api, number="A-1")
    path = invoice_path(made["id"])
    for number in ("A-1", "A-2", "A-1"):
        assert api.call(method, path, json={**UNPAID, "number": number}).json["number"] == number
    with nothing_changes(api, PROVIDER):
        refused = api.call(method, path, json={**UNPAID, "number": "INV-2023-145"})
    assert (refused.status, refused.json) == (400, {"message": "Another invoice has the number INV-2023-145."})


@METHODS
def test_a_changed_invoice_bills_another_customer(api: Client, method: str) -> None:
    """A known one, or one that is described; a deleted one stays where it is billed."""
    path = invoice_path(UNTOUCHED)
    assert api.call(method, path, json={**UNPAID, "customer": MONDEGO}).json["customer"]["id"] == MONDEGO
    api.delete(f"/v1/customers/{MONDEGO}")
    assert api.call(method, path, json={**UNPAID, "customer": MONDEGO}).json["customer"]["id"] == MONDEGO
    described = {**UNPAID, "customer": {"billTo": {"company": "Zonnehof"}}}
    assert api.call(method, path, json=described).json["customer"]["billTo"]["name"] == "Zonnehof"
    for customer in (MONDEGO, MOLEN, NOBODY):
        with nothing_changes(api, PROVIDER):
            refused = api.call(method, path, json={**UNPAID, "customer": customer})
        assert (refused.status, refused.content) == (404, NOT_FOUND)


@METHODS
@pytest.mark.parametrize(
    "body",
    [
        {"items": []},
        {"items": None},
        {"customer": None},
        {"isRecurring": 0},
        {"status": "draft"},
        {"vat": 1},
        {"dueDate": "15/01/2024"},
        {"items": [{"name": "x"}]},
    ],
)
def test_what_the_contract_does_not_allow_is_refused(api: Client, method: str, body: Any) -> None:
    """As for a new invoice."""
    with nothing_changes(api, PROVIDER):
        refused = api.call(method, invoice_path(UNTOUCHED), json={**UNPAID, **body})
    assert refused.status == 400
    assert "x-sandbox-reason" not in refused.headers


def test_put_needs_customer_and_items(api: Client) -> None:
    for body in ({}, {"items": [ITEM]}, {"customer": MONDEGO}):
        with nothing_changes(api, PROVIDER):
            refused = api.put(invoice_path(UNTOUCHED), body)
        assert (refused.status, refused.content) == (400, UNACCEPTABLE)


def test_a_deleted_invoice_is_gone_with_its_payments(api: Client, state: InvoilessState) -> None:
    """For every call; its messages stay in the outbox, and its number is free."""
    assert api.patch(path_of(THREE_LAST), {"sendNotification": True}).status == 200
    number = api.get(invoice_path(THREE)).json["number"]
    deleted = api.delete(invoice_path(THREE))
    assert (deleted.status, deleted.json) == (200, {"message": "The invoice has been deleted."})
    with nothing_changes(api, PROVIDER):
        calls = [
            api.get(invoice_path(THREE)),
            api.delete(invoice_path(THREE)),
            api.put(invoice_path(THREE), NEW),
            api.patch(invoice_path(THREE), {}),
            api.get(payments_of(THREE)),
            api.post(payments_of(THREE), {"method": "Card"}),
            api.get(path_of(THREE_LAST)),
            api.delete(path_of(THREE_LAST)),
        ]
    assert [(call.status, call.content) for call in calls] == [(404, NOT_FOUND)] * 8
    assert [message.invoice for message in state.outbox.records()] == [THREE]
    assert list(state.payments.all("invoice", THREE)) == []
    assert api.post(INVOICES, {**NEW, "number": number}).status == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_unknown_invoice_is_not_found(api: Client, method: str) -> None:
    """Nor one of another account or scope."""
    body = None if method == "DELETE" else NEW
    for key, headers in ((NOBODY, {}), (BAKERY, {}), ("x", {}), (PAID, {"scope-id": SHOP}), (PAID, {"scope-id": "x"})):
        with nothing_changes(api, PROVIDER):
            response = api.call(method, invoice_path(key), json=body, headers=headers)
        assert (response.status, response.content) == (404, NOT_FOUND)


def test_a_write_may_answer_id_and_url_alone(runtime: Runtime) -> None:
    """By choice, as a connector sees it."""
    control = Client(runtime)
    control.post(
        "/_sandbox/namespaces", {"name": "chosen", "variants": {PROVIDER: {"invoice_write_reply": "id_and_url"}}}
    )
    api = Client(runtime, root="/ns/chosen/invoiless", headers={"api-key": "invoiless-test-key"})
    made = api.post(INVOICES, NEW)
    only = {"id": made.json["id"], "url": f"https://invoiless.com/i/{made.json['id']}"}
    assert (made.status, made.json) == (201, only)
    assert api.put(invoice_path(only["id"]), NEW).json == only
    assert api.patch(invoice_path(only["id"]), {}).json == only
    assert api.get(invoice_path(only["id"])).json["total"] == 480


DEFAULTS = {"date", "dueDate", "currency", "status"}
LISTED: list[tuple[dict[str, Any], set[str]]] = [
    ({"number": "A-9", "date": "2024-01-15", "dueDate": "2024-02-01", "currency": "EUR"}, set()),
    ({"date": None}, {"date-defaults-to-today"}),
    ({"dueDate": None}, {"due-date-defaults-to-30-days"}),
    ({"dueDate": "2000-01-01", "date": "2024-01-15"}, {"due-date-is-not-before-date"}),
    ({"currency": None}, {"currency-defaults-to-the-account-s"}),
    ({"status": None}, {"status-defaults-to-draft"}),
    ({"status": "Paid"}, {"status-asked-for-is-kept", "paid-status-needs-no-payment"}),
    ({"number": None}, {"number-stays"}),
    ({"number": "INV-2023-145"}, {"number-is-unique"}),
    ({"isRetainer": True}, {"retainer-flag-is-final"}),
    ({"customer": NOBODY}, {"customer-must-be-known"}),
    ({"customer": {"billTo": {"company": "x", "email": "A@b.example"}}}, {"customer-is-made-in-passing"}),
    ({"customer": {"billTo": {"company": "x", "email": "A@b.example"}}}, {"email-is-lower-cased"}),
    ({"notes": "<b>x</b>"}, {"html-is-sanitized"}),
    ({"discount": 1}, {"discount-and-charges-change-the-net-total", "total-is-the-sum-of-the-items"}),
    ({"taxes": [{"rate": 21}]}, {"taxes-are-of-the-net-total"}),
    ({"extraCharges": {"value": Decimal("9999999999999.99")}}, {"total-can-be-paid"}),
]


@METHODS
@pytest.mark.parametrize(("changes", "rules"), LISTED, ids=[str(changes)[:40] for changes, _ in LISTED])
def test_a_change_passes_through_what_it_exercises(
    passed: Passed, method: str, changes: dict[str, Any], rules: set[str]
) -> None:
    """These rules among them."""
    body = {**UNPAID, **changes}
    found = passed(PROVIDER, f"{method} {invoice_path(UNTOUCHED)}", body, api_key="invoiless-test-key")
    assert rules | {"put-replaces" if method == "PUT" else "patch-merges"} <= found


@METHODS
def test_a_change_of_a_paid_or_retained_invoice_passes_through_its_rules(passed: Passed, method: str) -> None:
    """Of payments, of retainers, of scopes."""
    key = {"api_key": "invoiless-test-key"}
    body = {**UNPAID, "items": [{"name": "x", "price": 9000}]}
    assert "paid-invoice-follows-its-payments" in passed(PROVIDER, f"{method} {invoice_path(THREE)}", body, **key)
    assert "total-covers-the-payments" in passed(PROVIDER, f"{method} {invoice_path(THREE)}", UNPAID, **key)
    assert "retainers-are-invoices" in passed(PROVIDER, f"{method} {invoice_path(RETAINER)}", UNPAID, **key)
    scoped = passed(PROVIDER, f"{method} {invoice_path(UNTOUCHED)}", UNPAID, scope_id=SHOP, **key)
    assert scoped == {"scope-limits-what-is-seen"}
