"""Advice about one call: the mistake that it shows, with its mend; and nothing about a call that is right."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Attempt
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.hints import advise
from tests.providers.invoiless.known import (
    INVOICES,
    MONDEGO,
    NEW,
    PROVIDER,
    THREE,
    THREE_LAST,
    WORKSHOP,
    invoice_path,
    path_of,
    payments_of,
)

CREATE = "createPayment"
KEY = {"api-key": "invoiless-test-key"}
PAYMENT = {"amount": Decimal("100.5"), "method": "BankTransfer", "paidAt": "2024-01-15", "notes": "n"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*PAYMENT, "payment"]), inner),
)


def attempt(  # noqa: PLR0913 - a request has many parts
    body: Any = None,
    *,
    method: str = "POST",
    path: str = payments_of(THREE),
    query: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] = KEY,
    operation: str | None = CREATE,
    status: int | None = 400,
) -> Attempt:
    """A call of Create Payment, unless told otherwise."""
    return Attempt(
        method=method,
        path=path,
        query=query,
        headers=headers,
        body=body,
        content=b"" if body is None else write_json(body),
        operation=operation,
        status=status,
    )


def made(more: dict[str, Any], status: int = 400) -> Attempt:
    """An invoice to create that would be right without these members."""
    return attempt(NEW | more, path=INVOICES, operation="createInvoice", status=status)


def astray(path: str, method: str = "POST") -> Attempt:
    """A right payment sent to a path that the contract lacks."""
    return attempt(PAYMENT, path=path, method=method, operation=None, status=404)


def test_the_provider_brings_it(base_runtime: Runtime) -> None:
    """So that the journal shows it."""
    assert base_runtime.services[PROVIDER].provider.advise is advise


def test_nothing_is_said_of_the_contracts_own_examples(base_runtime: Runtime) -> None:
    """The vendor's example is one of them."""
    document = base_runtime.services[PROVIDER].contract.document
    checked = 0
    for path, item in document["paths"].items():
        for method in item.keys() & {"post", "put", "patch"}:
            for example in item[method]["requestBody"]["content"]["application/json"]["examples"].values():
                for status in (200, 400, 404, 503, None):
                    sent = attempt(
                        example["value"],
                        method=method.upper(),
                        path=f"/v1{path.replace('{id}', THREE)}",
                        operation=item[method]["operationId"],
                        status=status,
                    )
                    assert list(advise(sent)) == []
                checked += 1
    assert checked >= 15


@pytest.mark.parametrize(
    "right",
    [
        attempt(PAYMENT, headers={**KEY, "authorization": "Bearer proxy", "scope-id": WORKSHOP}),
        attempt(PAYMENT, headers={}),
        attempt(PAYMENT, headers={**KEY, "scope-id": WORKSHOP, "scope": WORKSHOP}),
        attempt({"amount": 1}, operation="updatePayment", method="PATCH", path=path_of(THREE_LAST)),
        attempt(method="GET", operation="listPayments", query=(("page", "1"), ("limit", "50"))),
        attempt(method="DELETE", operation="deletePayment", path=path_of(THREE_LAST)),
        attempt({"method": "Gold"}),
        attempt({}),
        attempt(NEW, path=INVOICES, operation="createInvoice"),
        attempt({"customer": {"billTo": {}}}, path=INVOICES, operation="createInvoice"),
        attempt({**NEW, "status": "Paid", "items": ["x", {}, {"name": "x"}]}, path=INVOICES, operation="createInvoice"),
        attempt({**NEW, "status": "gone", "currency": "euro"}, path=INVOICES, operation="createInvoice"),
        attempt({**NEW, "amount": 1, "note": "x"}, path=INVOICES, operation="createInvoice"),
        attempt(method="GET", path=INVOICES, operation="listInvoices"),
        attempt(method="DELETE", path=invoice_path(THREE), operation=None, status=405),
        attempt({"method": "cash"}, path="/v1/expenses", operation=None, status=404),
        attempt({"billTo": {"company": "x"}, "notes": "y"}, path="/v1/customers", operation="createCustomer"),
        attempt({"billTo": {"phone": ""}}, method="PATCH", path=f"/v1/customers/{THREE}", operation="updateCustomer"),
        attempt({"name": "x"}, path="/v1/customers", operation="createCustomer"),
        attempt(PAYMENT, path=path_of(THREE_LAST), operation=None, status=405),
        attempt(method="GET", path="/", headers={}, operation=None, status=404),
    ],
    ids=lambda right: f"{right.method} {right.path}",
)
def test_nothing_is_said_where_nothing_is_known(right: Attempt) -> None:
    """A call that is right, or wrong in a way that only the explanation can tell."""
    assert list(advise(right)) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            attempt(PAYMENT, headers={"authorization": "Bearer invoiless-test-key"}, status=403),
            "Send the key alone in the header `api-key`, not in the header `authorization`.",
        ),
        (
            attempt(method="GET", operation="listPayments", headers={"authorization": "bearer invoiless-test-key"}),
            "not in the header `authorization`",
        ),
        (attempt(PAYMENT, headers={"authorization": "invoiless-test-key"}), "in the header `authorization`"),
        (attempt(PAYMENT, headers={"x-api-key": "invoiless-test-key"}), "in the header `x-api-key`"),
        (attempt(PAYMENT, headers={}, query=(("api_key", "invoiless-test-key"),)), "not in the query as `api_key`"),
        (
            attempt(PAYMENT, headers={"api-key": "Bearer invoiless-test-key"}),
            "Send the key in the header `api-key` without `Bearer` in front.",
        ),
        (attempt({"method": "cash"}), "Send `method` as `Cash`, not 'cash'."),
        (
            attempt({"method": "bank_transfer"}, method="PUT", operation="replacePayment"),
            "Send `method` as `BankTransfer`, not ",
        ),
        (
            attempt({"method": "Bank Transfer"}, method="PATCH", operation="updatePayment"),
            "Send `method` as `BankTransfer`, not ",
        ),
        (attempt({"method": "CREDIT_CARD"}), "Send `method` as `Card`, not "),
        (attempt({"method": "check"}), "Send `method` as `Cheque`, not "),
        (astray(f"/invoices/{THREE}/payments"), f"Send POST {payments_of(THREE)}, not POST /invoices/"),
        (
            astray(f"/payments/{THREE_LAST}", "GET"),
            f"Send GET {path_of(THREE_LAST)}, not GET /payments/",
        ),
        (astray(f"/v1{payments_of(THREE)}"), "because the path has `/v1` twice"),
        (astray(f"/api/v1/invoices/{THREE}/payments"), f"Send POST {payments_of(THREE)}, not POST /"),
        (astray(f"/v1/invoices/{THREE}/payments/"), f"Send POST {payments_of(THREE)}, not POST /"),
        (astray(f"//v1/invoices/{THREE}/payments"), f"Send POST {payments_of(THREE)}, not POST /"),
        (astray(f"/v1/invoice/{THREE}/payment"), f"Send POST {payments_of(THREE)}, not POST /"),
        (astray(f"/v1/retainers/{THREE}/payments"), f"Send POST {payments_of(THREE)}, not POST /"),
        (
            astray(f"/v1/invoices/{THREE}/payments/{THREE_LAST}", "PUT"),
            f"Send PUT {path_of(THREE_LAST)}, not PUT /v1/invoices/",
        ),
        (astray("/v1/payments"), "Send POST /v1/invoices/{id}/payments, not POST /v1/payments."),
        (
            attempt(PAYMENT, query=(("scope-id", WORKSHOP),), status=201),
            "Send the scope in the header `scope-id`, not in the query as `scope-id`.",
        ),
        (attempt(PAYMENT, headers={**KEY, "scope_id": WORKSHOP}), "not in the header `scope_id`"),
        (
            attempt({"invoice": NEW}, path=INVOICES, operation="createInvoice"),
            "Send the properties at the top of the body, not in `invoice`.",
        ),
        (
            attempt(method="GET", path=invoice_path("INV-2023-145"), operation="getInvoice", status=404),
            "by its `id` of 24 hex digits, not by its number INV-2023-145.",
        ),
        (
            attempt(PAYMENT, path=payments_of("RET-2023-007"), operation=CREATE, status=404),
            "not by its number RET-2023-007",
        ),
        (made({"customerId": MONDEGO}), "Unknown property `customerId`: send `customer`."),
        (made({"line_items": []}), "Unknown property `line_items`: send `items`."),
        (made({"due_date": "2024-02-14"}), "Unknown property `due_date`: send `dueDate`."),
        (
            made({"items": [{"name": "x"}, {"unitPrice": 1}]}),
            "Unknown property `unitPrice` of an item: send `price`.",
        ),
        (made({"status": "draft"}), "Send `status` as `Draft`, not 'draft'."),
        (made({"status": "sent"}), "Send `status` as `Unpaid`, not 'sent'."),
        (made({"discount": {"amount": 5}}, 201), "`discount` did not enter the total: send its `value` as a number"),
        (made({"extraCharges": {"value": "5"}}, 201), "`extraCharges` did not enter the total: send its `value` as "),
        (
            made({"taxes": [{"vat": 21}]}, 201),
            "A tax did not enter the total: send its `rate` as a number from 0 to 100.",
        ),
        (made({"currency": "eur"}), "Send `currency` as a code of three capital letters, `EUR`, not 'eur'."),
        (
            made({"dueDate": "2024-02-14 00:00:00"}),
            "Send `dueDate` as a day, `2024-02-14`, or a time with its zone, `2024-02-14T00:00:00Z`, not ",
        ),
        (
            attempt(NEW, path="/invoices", operation=None, status=404),
            "Send POST /v1/invoices, not POST /invoices, because the path lacks the version.",
        ),
        (attempt(NEW, path="/v1/invoice", operation=None, status=404), "Send POST /v1/invoices, not POST /v1/invoice."),
        (astray("/v1/invoices/", "GET"), "Send GET /v1/invoices, not GET /v1/invoices/."),
        (astray(f"/v1/retainers/{THREE}", "GET"), f"Send GET {invoice_path(THREE)}, not GET /v1/retainers/"),
        (
            attempt({"company": "x", "phone": "1"}, path="/v1/customers", operation="createCustomer"),
            "Move `company`, `phone` into `billTo`.",
        ),
        (
            attempt({"bill_to": {"company": "x"}}, path="/v1/customers", operation="createCustomer"),
            "Unknown property `bill_to`: send `billTo`.",
        ),
        (
            attempt({"billTo": {"companyName": "x"}}, path="/v1/customers", operation="createCustomer"),
            "Unknown property `companyName` of a customer: send `company`.",
        ),
        (astray(f"/customers/{THREE}", "GET"), f"Send GET /v1/customers/{THREE}, not GET /customers/"),
        (astray("/v1/customer", "GET"), "Send GET /v1/customers, not GET /v1/customer."),
        (attempt({"payment": PAYMENT}), "Send the properties at the top of the body, not in `payment`."),
        (attempt({"method": "Card", "paid_at": "2024-01-15"}), "Unknown property `paid_at`: send `paidAt`."),
        (attempt({"payment_method": "Card"}), "Unknown property `payment_method`: send `method`."),
        (
            attempt({"method": "Card", "paidAt": "2024-01-15T11:50:22"}),
            "Send `paidAt` as a day, `2024-01-15`, or a time with its zone, `2024-01-15T00:00:00Z`, not ",
        ),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_mistake_is_named_with_its_mend(wrong: Attempt, says: str) -> None:
    """In one sentence, and nothing else is said; the key is never repeated."""
    (sentence,) = advise(wrong)
    assert says in sentence
    assert sentence.endswith(".")
    assert "invoiless-test-key" not in sentence


def test_several_mistakes_are_named_together() -> None:
    """The most basic first."""
    wrong = attempt(
        {"method": "cash"},
        path=f"/invoices/{THREE}/payments",
        headers={"authorization": "Bearer k"},
        query=(("scope", WORKSHOP),),
        operation=None,
    )
    assert list(advise(wrong)) == [
        "Send the key alone in the header `api-key`, not in the header `authorization`.",
        f"Send POST {payments_of(THREE)}, not POST /invoices/{THREE}/payments, because the path lacks the version.",
        "Send the scope in the header `scope-id`, not in the query as `scope`.",
        "Send `method` as `Cash`, not 'cash'.",
    ]


@given(
    body=JSON,
    path=st.text() | st.just(payments_of(THREE)),
    method=st.text() | st.sampled_from(["POST", "PUT", "PATCH"]),
    operation=st.sampled_from([CREATE, "createInvoice", "createCustomer", None]),
)
def test_whatever_is_sent_can_be_looked_at(body: Any, path: str, method: str, operation: str | None) -> None:
    """Any JSON body, and any path and method."""
    for sent in (body, {"payment": body}, dict.fromkeys(PAYMENT, body), dict.fromkeys(NEW, body), {"items": [body]}):
        said = list(advise(attempt(sent, path=path, method=method, operation=operation)))
        assert all(sentence.strip() for sentence in said)
