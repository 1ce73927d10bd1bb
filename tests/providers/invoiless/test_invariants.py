"""The invariants hold over the fixtures and after every call; a wrong record breaks exactly one of them."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.invariants import INVARIANTS
from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import Change, both, broken, gone, put
from tests.providers.invoiless.known import (
    DRAFT,
    INVOICES,
    MARKET_STALL,
    MOLEN,
    NEW,
    NOBODY,
    PAID,
    PENDING,
    PROVIDER,
    REFUNDED_PAYMENT,
    RETAINER,
    RUPIAH,
    THREE,
    THREE_LAST,
    UNTOUCHED,
    path_of,
    payments_of,
)


def test_the_provider_brings_them(base_runtime: Runtime) -> None:
    """Each under an id of its own, with a sentence."""
    assert base_runtime.services[PROVIDER].provider.invariants is INVARIANTS
    assert len({invariant.id for invariant in INVARIANTS}) == len(INVARIANTS)
    assert all(invariant.says.endswith(".") for invariant in INVARIANTS)


def test_they_hold_over_the_fixtures(state: InvoilessState) -> None:
    """Whatever was never called is right."""
    assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    ("call", "body", "status"),
    [
        (f"POST {payments_of(UNTOUCHED)}", {"method": "Card", "amount": 0.01}, 201),
        (f"POST {payments_of(UNTOUCHED)}", {"method": "Card"}, 201),
        (f"POST {payments_of(PENDING)}", {"method": "Cash", "amount": 1, "sendNotification": True}, 201),
        (f"POST {payments_of(RETAINER)}", {"method": "Cash", "sendNotification": True}, 201),
        (f"POST {payments_of(THREE)}", {"method": "Cash", "amount": 1549.51}, 400),
        (f"POST {payments_of(DRAFT)}", {"method": "Cash", "amount": 1}, 400),
        (f"PUT {path_of(THREE_LAST)}", {"method": "Cash"}, 200),
        (f"PUT {path_of(THREE_LAST)}", {"method": "Cash", "amount": 0.01}, 200),
        (f"PATCH {path_of(THREE_LAST)}", {"amount": 1800}, 200),
        (f"DELETE {path_of(THREE_LAST)}", None, 200),
        (f"DELETE {path_of(REFUNDED_PAYMENT)}", None, 200),
        (f"POST {INVOICES}", NEW, 201),
        (f"POST {INVOICES}", {**NEW, "items": [{"name": "x", "quantity": 0.33, "price": 0.05}]}, 201),
        (f"POST {INVOICES}", {**NEW, "customer": MOLEN}, 404),
    ],
)
def test_they_hold_after_every_call(api: Client, state: InvoilessState, call: str, body: Any, status: int) -> None:
    """Done twice, refused or not."""
    method, path = call.split(" ")
    sent = {} if body is None else {"json": body}
    assert api.call(method, path, **sent).status == status
    assert broken(INVARIANTS, state) == {}
    api.call(method, path, **sent)
    assert broken(INVARIANTS, state) == {}


@pytest.mark.parametrize(
    ("invariant", "change", "line"),
    [
        (
            "balance-is-total-less-payments",
            put("invoices", THREE, balance=Decimal("1549.51")),
            f"invoices/{THREE}: balance is 1549.51, but the total less the payments is 1549.50",
        ),
        (
            "balance-is-total-less-payments",
            put("payments", THREE_LAST, amount=Decimal("250.49")),
            f"invoices/{THREE}: balance is 1549.50, but the total less the payments is 1549.51",
        ),
        (
            "balance-is-total-less-payments",
            gone("payments", THREE_LAST),
            f"invoices/{THREE}: balance is 1549.50, but the total less the payments is 1800.00",
        ),
        (
            "nobody-owes-less-than-nothing",
            both(
                put("invoices", THREE, balance=Decimal("-0.50")),
                put("payments", THREE_LAST, amount=Decimal("1800.50")),
            ),
            f"invoices/{THREE}: balance is -0.50, but nobody can owe less than 0",
        ),
        (
            "status-agrees-with-balance",
            put("invoices", THREE, status="Paid"),
            f"invoices/{THREE}: status is Paid, but 1549.50 of 5400.00 is owed: it is Partial",
        ),
        (
            "status-agrees-with-balance",
            put("invoices", UNTOUCHED, status="Partial"),
            f"invoices/{UNTOUCHED}: status is Partial, but 1640000000.00 of 1640000000.00 is owed: it is Unpaid",
        ),
        (
            "status-agrees-with-balance",
            put("invoices", PAID, status="Unpaid"),
            f"invoices/{PAID}: status is Unpaid, but 0.00 of 2600.00 is owed: it is Paid",
        ),
        (
            "status-agrees-with-balance",
            put("invoices", RUPIAH, status="Pending"),
            f"invoices/{RUPIAH}: status is Pending, but 2100000000.00 of 2480000000.00 is owed: it is Partial",
        ),
        (
            "total-is-the-sum-of-the-items",
            put("invoices", THREE, items=()),
            f"invoices/{THREE}: total is 5400.00, but its items cost 0 together",
        ),
        (
            "accounts-keep-to-themselves",
            put("invoices", THREE, customer=MOLEN),
            f"invoices/{THREE}: customer is {MOLEN}, but that is of another account",
        ),
        (
            "accounts-keep-to-themselves",
            put("invoices", THREE, scope=MARKET_STALL),
            f"invoices/{THREE}: scope is {MARKET_STALL}, but that is of another account",
        ),
        (
            "a-payment-is-of-something",
            both(
                put("payments", THREE_LAST, amount=Decimal(0)),
                put("invoices", THREE, balance=Decimal("1800.00")),
            ),
            f"payments/{THREE_LAST}: amount is 0, but a payment is of more than 0",
        ),
        (
            "nothing-names-what-is-missing",
            gone("customers", "61fbba729b3e7d00418c2f4d"),
            "invoices/",
        ),
        (
            "nothing-names-what-is-missing",
            put("invoices", THREE, scope=NOBODY),
            f"invoices/{THREE}: scope is {NOBODY}, but scopes has no such record",
        ),
        (
            "nothing-names-what-is-missing",
            gone("invoices", THREE),
            f"payments/653657419b3e7d00418c30dc: invoice is {THREE}, but invoices has no such record",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
@pytest.mark.breaks_invariants
def test_a_wrong_record_breaks_one_invariant_and_is_named(
    state: InvoilessState, invariant: str, change: Change, line: str
) -> None:
    """That invariant alone, and its first line says what is and what should be."""
    change(state)
    found = broken(INVARIANTS, state)
    assert list(found) == [invariant]
    assert found[invariant][0].startswith(line)


@pytest.mark.breaks_invariants
def test_a_message_about_nothing_is_named(api: Client, state: InvoilessState) -> None:
    """Its invoice was taken away by hand after the notification."""
    assert api.post(payments_of(UNTOUCHED), {"method": "Card", "sendNotification": True}).status == 201
    (message,) = state.outbox.records()
    gone("invoices", UNTOUCHED)(state)
    lines = broken(INVARIANTS, state)["nothing-names-what-is-missing"]
    assert f"outbox/{message.id}: invoice is {UNTOUCHED}, but invoices has no such record" in lines


def test_an_invoice_of_nothing_may_be_paid_or_not(state: InvoilessState) -> None:
    """Nothing of it is paid, and nothing is owed: both are true."""
    for status in ("Unpaid", "Paid"):
        put("invoices", UNTOUCHED, items=(), total=Decimal(0), balance=Decimal(0), status=status)(state)
        assert broken(INVARIANTS, state) == {}


def test_they_can_judge_whatever_is_left(state: InvoilessState) -> None:
    """No deletion makes them fail, and that of a record which others name breaks one."""
    named: set[tuple[str, Any]] = set()
    for name, table_def in state.table_defs().items():
        for record in state.table(name).records():
            named |= {(target, getattr(record, attribute)) for attribute, target in table_def.refers.items()}
    for name, table_def in state.table_defs().items():
        for record in list(state.table(name).records()):
            key = table_def.key(record)
            with state.transaction():
                state.table(name).delete(key)
            assert ("nothing-names-what-is-missing" in broken(INVARIANTS, state)) == ((name, key) in named)
            with state.transaction():
                state.table(name).put(record)
    assert broken(INVARIANTS, state) == {}
