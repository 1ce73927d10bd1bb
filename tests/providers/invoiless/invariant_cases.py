"""Calls of Invoiless that keep the invariants, and records that break one."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.providers.invoiless.records import InvoilessState
from tests.helpers.runtimes import Client
from tests.helpers.wrong_records import InvariantCases, WrongRecord, combine, delete, edit
from tests.providers.invoiless.known import (
    CANCELED,
    DRAFT,
    INVOICES,
    MARKET_STALL,
    MOLEN,
    MONDEGO,
    NEW,
    NOBODY,
    PAID,
    PARTIAL,
    PENDING,
    PROVIDER,
    REFUNDED,
    REFUNDED_PAYMENT,
    RETAINER,
    THREE,
    THREE_LAST,
    UNTOUCHED,
    path_of,
    payments_of,
)

CALLS: Final[tuple[tuple[str, Any, int], ...]] = (
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
    (f"POST {INVOICES}", {**NEW, "discount": 0.01, "extraCharges": {"value": 7}, "taxes": [{"rate": 21}]}, 201),
    (f"POST {INVOICES}", {**NEW, "discount": 1000, "taxes": [{"rate": 21}], "taxIncluded": True}, 201),
    *((f"PUT {INVOICES}/{key}", {**NEW, "status": "Unpaid"}, 400) for key in (THREE, PAID)),
    *((f"PUT {INVOICES}/{key}", NEW, 200) for key in (DRAFT, PENDING, CANCELED, UNTOUCHED)),
    *((f"PATCH {INVOICES}/{key}", {"notes": "x"}, 200) for key in (THREE, DRAFT, PENDING, PAID, CANCELED, REFUNDED)),
    *(
        (f"PATCH {INVOICES}/{UNTOUCHED}", {"status": status}, 200)
        for status in ("Paid", "Partial", "Refunded", "Draft")
    ),
    *((f"PATCH {INVOICES}/{THREE}", {"status": status}, 200) for status in ("Paid", "Canceled", "Refunded", "Draft")),
    (f"PATCH {INVOICES}/{THREE}", {"items": [{"name": "x", "price": 3850.5}]}, 200),
    ("POST /v1/customers", {"billTo": {"company": "x"}}, 201),
    (f"PUT /v1/customers/{MONDEGO}", {"billTo": {"company": "x"}}, 200),
    (f"PATCH /v1/customers/{MONDEGO}", {"notes": "x"}, 200),
    *((f"POST {INVOICES}", {**NEW, "status": status}, 201) for status in ("Paid", "Partial", "Canceled", "Refunded")),
)


def call_twice(call: str, body: Any, status: int, api: Client) -> Iterator[None]:
    """Accepted or refused, the second time as well."""
    method, path = call.split(" ")
    sent = {} if body is None else {"json": body}
    assert api.call(method, path, **sent).status == status
    yield
    api.call(method, path, **sent)
    yield


def bill_nothing(api: Client) -> Iterator[None]:
    """An invoice of nothing may be Unpaid or Paid: nothing of it is paid, and nothing is owed."""
    state = api.runtime.namespaces.get("default").state(PROVIDER)
    for status in ("Unpaid", "Paid"):
        edit("invoices", UNTOUCHED, items=(), total=Decimal(0), balance=Decimal(0), status=status)(state)
        yield


def duplicate_number(state: InvoilessState) -> None:
    """Give an invoice the number of another one of its account, which another account may have too."""
    three, paid = state.invoices.get(THREE), state.invoices.get(PAID)
    assert three is not None
    assert paid is not None
    state.invoices.put(replace(paid, number=three.number))
    theirs = next(invoice for invoice in state.invoices.records() if invoice.account != three.account)
    state.invoices.put(replace(theirs, number=three.number))


WRONG: Final = (
    WrongRecord(
        "credentials-are-of-one-record",
        edit("accounts", "62a85cc79b3e7d00418c2f0e", api_key="invoiless-test-key"),
        "accounts/62a85cc79b3e7d00418c2f0e: apiKey is the same as that of accounts/603df7939b3e7d00418c2f07",
    ),
    WrongRecord(
        "numbers-are-unique",
        duplicate_number,
        f"invoices/{PAID}: number is the same as that of invoices/{THREE}",
    ),
    WrongRecord(
        "balance-is-total-less-payments",
        edit("invoices", THREE, balance=Decimal("1549.51")),
        f"invoices/{THREE}: balance is 1549.51, but the total less the payments is 1549.50",
    ),
    WrongRecord(
        "balance-is-total-less-payments",
        edit("payments", THREE_LAST, amount=Decimal("250.49")),
        f"invoices/{THREE}: balance is 1549.50, but the total less the payments is 1549.51",
    ),
    WrongRecord(
        "balance-is-total-less-payments",
        delete("payments", THREE_LAST),
        f"invoices/{THREE}: balance is 1549.50, but the total less the payments is 1800.00",
    ),
    WrongRecord(
        "balance-is-total-less-payments",
        edit("invoices", CANCELED, balance=Decimal("198.00")),
        f"invoices/{CANCELED}: balance is 198.00, but nothing is owed as Canceled",
    ),
    WrongRecord(
        "status-agrees-with-balance",
        edit("invoices", THREE, status_given=True),
        f"invoices/{THREE}: status is Partial, but 1549.50 of 5400.00 is owed: it is not given any more",
    ),
    WrongRecord(
        "nobody-owes-less-than-nothing",
        combine(
            edit("invoices", THREE, balance=Decimal("-0.50")),
            edit("payments", THREE_LAST, amount=Decimal("1800.50")),
        ),
        f"invoices/{THREE}: balance is -0.50, but it should not be below 0",
    ),
    WrongRecord(
        "status-agrees-with-balance",
        edit("invoices", THREE, status="Paid"),
        f"invoices/{THREE}: status is Paid, but 1549.50 of 5400.00 is owed: it is Partial",
    ),
    WrongRecord(
        "status-agrees-with-balance",
        edit("invoices", UNTOUCHED, status="Partial"),
        f"invoices/{UNTOUCHED}: status is Partial, but 1640.00 of 1640.00 is owed: it is Unpaid",
    ),
    WrongRecord(
        "status-agrees-with-balance",
        edit("invoices", PAID, status="Unpaid"),
        f"invoices/{PAID}: status is Unpaid, but 0.00 of 2600.00 is owed: it is Paid",
    ),
    WrongRecord(
        "status-agrees-with-balance",
        edit("invoices", PARTIAL, status="Pending"),
        f"invoices/{PARTIAL}: status is Pending, but 2100.00 of 2480.00 is owed: it is Partial",
    ),
    WrongRecord(
        "total-is-the-sum-of-the-items",
        edit("invoices", THREE, items=()),
        f"invoices/{THREE}: total is 5400.00, but its items add up to 0",
    ),
    WrongRecord(
        "accounts-keep-to-themselves",
        edit("invoices", THREE, customer=MOLEN),
        f"invoices/{THREE}: customer is {MOLEN}, but that is of another account",
    ),
    WrongRecord(
        "accounts-keep-to-themselves",
        edit("invoices", THREE, scope=MARKET_STALL),
        f"invoices/{THREE}: scope is {MARKET_STALL}, but that is of another account",
    ),
    WrongRecord(
        "accounts-keep-to-themselves",
        edit("customers", MONDEGO, scope=MARKET_STALL),
        f"customers/{MONDEGO}: scope is {MARKET_STALL}, but that is of another account",
    ),
    WrongRecord(
        "a-payment-is-of-something",
        combine(
            edit("payments", THREE_LAST, amount=Decimal(0)),
            edit("invoices", THREE, balance=Decimal("1800.00")),
        ),
        f"payments/{THREE_LAST}: amount is 0, but it should be above 0",
    ),
    WrongRecord(
        "nothing-names-what-is-missing",
        delete("customers", "61fbba729b3e7d00418c2f4d"),
        ("invoices/",) * 5,
    ),
    WrongRecord(
        "nothing-names-what-is-missing",
        edit("invoices", THREE, scope=NOBODY),
        f"invoices/{THREE}: scope is {NOBODY}, but scopes has no such record",
    ),
    WrongRecord(
        "nothing-names-what-is-missing",
        delete("invoices", THREE),
        tuple(
            f"payments/{payment}: invoice is {THREE}, but invoices has no such record"
            for payment in ("653657419b3e7d00418c30dc", "6560b9429b3e7d00418c311b", THREE_LAST)
        ),
    ),
    WrongRecord(
        "nothing-names-what-is-missing",
        edit("invoices", UNTOUCHED, customer=NOBODY),
        f"invoices/{UNTOUCHED}: customer is {NOBODY}, but customers has no such record",
    ),
)

CASES: Final = InvariantCases(
    provider=PROVIDER,
    make_client=lambda runtime: Client(runtime, root="/invoiless", headers={"api-key": "invoiless-test-key"}),
    calls={
        **{f"{call} {body}": partial(call_twice, call, body, status) for call, body, status in CALLS},
        "an invoice of nothing": bill_nothing,
    },
    wrong=WRONG,
)
