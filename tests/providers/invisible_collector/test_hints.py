"""What a call tells of its client's mistakes: a sentence with the mend, and none for a call that is right."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paysandbox.core.messages import Attempt
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invisible_collector.hints import advise
from tests.providers.invisible_collector.known import PROVIDER

BEARER: Final = {"authorization": "Bearer ic-test-token", "content-type": "application/json"}
RIGHT: Final[dict[str, Any]] = {
    "number": "RG 1",
    "externalId": "1",
    "type": "RG",
    "date": "2016-07-01",
    "grossTotal": Decimal("30.75"),
    "currency": "EUR",
    "lines": [
        {"number": "FT TEST/001", "amount": Decimal("10.75")},
        {"number": "FT TEST/001", "referenceNumber": "NC NC/001", "amount": 20},
    ],
}
LOST_BRACES: Final = b'"number": "RG TEST/001",\n"lines": [\n "number": "FT TEST/001",\n]'


def attempt(**changes: Any) -> Attempt:
    """A payment that was registered, with whatever a test changes."""
    made: dict[str, Any] = {
        "method": "POST",
        "path": "/payments",
        "query": [],
        "headers": BEARER,
        "body": RIGHT,
        "content": b"",
        "operation": "createPayment",
        "status": 201,
    }
    return Attempt(**made | changes)


def test_a_call_without_a_mistake_needs_no_advice() -> None:
    """As registered, and as repeated."""
    assert list(advise(attempt())) == []
    assert list(advise(attempt(status=200))) == []


def test_every_example_of_the_contract_is_right(base_runtime: Runtime) -> None:
    """The vendor's own among them; those without an externalId get one hint."""
    paths = base_runtime.services[PROVIDER].contract.document["paths"]
    examples = paths["/payments"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert "seed" in examples
    for one in examples.values():
        hints = list(advise(attempt(body=one["value"])))
        assert [sentence for sentence in hints if "externalId" not in sentence] == []
        assert len(hints) == (one["value"].get("externalId") is None)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"body": RIGHT | {"grossTotal": 31}}, "Send a grossTotal that the lines add up to: it is 31, they are 30.75."),
        ({"body": RIGHT | {"grossTotal": 31}, "status": 422}, "it is 31, they are 30.75"),
        ({"body": RIGHT | {"externalId": None}}, "Send an externalId"),
        ({"headers": {"authorization": "ic-test-token"}, "status": 401}, "Write `Bearer` and a space before the token"),
        (
            {"headers": {"authorization": "Token ic-test-token"}, "status": 401},
            "Write `Bearer` and a space before the token",
        ),
        ({"headers": {"authorization": "Bearer"}, "status": 401}, "Write `Bearer` and a space before the token"),
        ({"headers": {"x-api-key": "ic-test-token"}, "status": 401}, "Bearer <token>`, not in the header `x-api-key`."),
        ({"headers": {}, "query": [("token", "ic-test-token")], "status": 401}, "not in the query as `token`"),
        ({"path": "//payments"}, "End the base URL without a slash"),
        ({"path": "/v1/payments", "operation": None, "status": 404}, "Send POST /payments, not POST /v1/payments"),
        ({"path": "/payments/", "operation": None, "status": 404}, "a path does not end in a slash"),
        ({"body": None, "content": LOST_BRACES, "status": 400}, "Put the body between { and }"),
        (
            {"rule": "different-payment-same-number-conflicts", "status": 409},
            "Repeat every property exactly in a retry",
        ),
        ({"path": "/v1/debts", "operation": None, "status": 404}, "Send POST /debts, not POST /v1/debts"),
        ({"path": "/debts/", "operation": None, "status": 404}, "Send POST /debts, not POST /debts/"),
        (
            {"method": "GET", "path": "/debts", "operation": None, "status": 405},
            "Send GET /debts/find, not GET /debts.",
        ),
        (
            {"path": "/payments/1/cancel", "operation": None, "status": 405},
            "Send PUT /payments/1/cancel, not POST /payments/1/cancel.",
        ),
        ({"path": "/payments/RG%201", "operation": "getPayment", "status": 404}, "by the externalId"),
        ({"path": "/payments/RG%201", "operation": "deletePayment", "status": 404}, "by the externalId"),
        ({"path": "/payments/RG%201/cancel", "operation": "cancelPayment", "status": 404}, "by the externalId"),
        ({"path": "/debts/FT%201", "operation": "getDebt", "status": 404}, "GET /debts/find?number="),
        ({"path": "/debts/FT%201/credits", "operation": "createCreditNote", "status": 404}, "GET /debts/find?number="),
        ({"path": "/debts/FT%201/debits", "operation": "createDebitNote", "status": 404}, "GET /debts/find?number="),
        (
            {"path": "/debts", "operation": "createDebt", "body": {"due_date": "2016-07-01"}, "status": 422},
            "Unknown property `due_date`: send `dueDate`.",
        ),
        ({"body": RIGHT | {"external_id": "1"}, "status": 422}, "Unknown property `external_id`: send `externalId`."),
        (
            {"body": RIGHT | {"lines": [{"reference_number": "NC"}]}, "status": 422},
            "Unknown property `reference_number`: send",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_named_with_its_mend(changes: dict[str, Any], part: str) -> None:
    """One sentence for each, and no other; a token is never repeated."""
    (hint,) = advise(attempt(**changes))
    assert part in hint
    assert hint.endswith(".")
    assert "ic-test-token" not in hint


@pytest.mark.parametrize(
    "changes",
    [
        {"body": RIGHT | {"grossTotal": Decimal("30.750")}},
        {"body": RIGHT | {"lines": [*RIGHT["lines"], {"number": "FT", "amount": "1"}]}},
        {"body": RIGHT | {"grossTotal": True}},
        {"headers": {"authorization": "bearer  ic-test-token"}},
        {"path": "/invoices", "operation": None, "status": 404},
        {"method": "PUT", "path": "/payments/1/cancel", "operation": "cancelPayment", "status": 200},
        {"path": "/debts", "operation": "createDebt", "body": {"number": "FT 1"}, "status": 201},
        {"path": "/debts", "operation": "createDebt", "body": {"number": "FT 1"}, "status": 404},
        {"body": None, "content": b"", "status": 400},
        {"body": None, "content": b'{"number": ', "status": 400},
    ],
    ids=str,
)
def test_what_is_no_mistake_gets_no_advice(changes: dict[str, Any]) -> None:
    """Nothing is said where nothing can be known."""
    assert list(advise(attempt(**changes))) == []


NAMES = st.sampled_from([*RIGHT, "external_id", "amount", "referenceNumber", "netTotal"]) | st.text(max_size=5)
LEAVES = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20)


@given(
    body=VALUES,
    status=st.sampled_from([None, 200, 201, 404, 422]),
    path=st.sampled_from(["", "/", "//", "//payments", "/payments/", "/v1/payments", "/debts", "/payments/1/cancel"]),
    operation=st.sampled_from(["createPayment", "getPayment", "createDebt", "getDebt", None]),
)
@example(
    body={"grossTotal": Decimal(1), "lines": [{"amount": Decimal("9e999999")}, {"amount": Decimal("NaN")}]},
    status=201,
    path="/payments",
    operation="createPayment",
)
def test_no_body_is_too_strange(body: Any, status: int | None, path: str, operation: str | None) -> None:
    """Whatever JSON was sent, wherever: sentences or none, and no failure."""
    made = attempt(body=body, status=status, path=path, operation=operation)
    assert all(isinstance(hint, str) for hint in advise(made))


@pytest.mark.parametrize("operation", ["createCustomer", "updateCustomer"])
def test_a_customer_called_like_the_search_is_told_of(operation: str) -> None:
    """Its path is that of the search."""
    body = {"name": "a", "vatNumber": "1", "country": "PT", "externalId": "find"}
    hints = list(advise(attempt(operation=operation, path="/customers", body=body)))
    (hint,) = hints
    assert hint == (
        "Give this customer another externalId, or read and change it by its gid: GET /customers/find is the search."
    )
    assert list(advise(attempt(operation=operation, path="/customers", body=body | {"externalId": "found"}))) == []
