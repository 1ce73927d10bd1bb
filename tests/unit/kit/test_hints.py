"""The kinds of hints that providers fill with their data: what each says, and when it says nothing."""

import re
from collections.abc import Sequence
from typing import Any, Final

import pytest

from paysandbox.core.messages import Attempt
from paysandbox.kit.hints import (
    Placement,
    Properties,
    TextForm,
    check_address,
    check_scheme,
    find_spelling,
    make_spellings,
    shorten,
)

METHODS: Final = make_spellings(("Cash", "BankTransfer"), {"wire": "BankTransfer"})
PAYMENT: Final = Properties(
    names=make_spellings(("paidAt", "amount"), {"paymentDate": "paidAt"}),
    values={"method": METHODS},
    texts=(TextForm(("paidAt",), re.compile(r"([0-9-]{10})T.*"), lambda match: f"a day, `{match[1]}`"),),
    owner=" of a payment",
)
KEY: Final = Placement(what="key", right="in the header `api-key`", body="key")


def make_attempt(
    body: Any = None, query: Sequence[tuple[str, str]] = (), operation: str | None = None, **headers: str
) -> Attempt:
    """A POST /payment, unknown to the contract unless an operation is given."""
    return Attempt("POST", "/payment", query, headers, body, b"", operation, 404)


@pytest.mark.parametrize(
    ("attempt", "hints"),
    [
        (make_attempt(), []),
        (make_attempt(token=""), []),
        (make_attempt(body={"key": ""}, query=[("token", "")]), []),
        (make_attempt(body={"Key": "k"}, query=[("limit", "5")], accept="*/*"), []),
        (make_attempt(body=["key"]), []),
        (make_attempt(token="k"), ["Send the key in the header `api-key`, not in the header `token`."]),
        (
            make_attempt(query=[("apiKey", "k")]),
            ["Send the key in the header `api-key`, not in the query as `apiKey`."],
        ),
        (make_attempt(body={"key": "k"}), ["Send the key in the header `api-key`, not in the body."]),
        (
            make_attempt(body={"key": "k"}, query=[("token", "k")], token="k"),
            ["Send the key in the header `api-key`, not in the header `token`."],
        ),
    ],
    ids=range(9),
)
def test_a_value_in_a_wrong_place(attempt: Attempt, hints: list[str]) -> None:
    """Only the first of several places is named, and only if it holds something."""
    assert list(KEY.check(attempt)) == hints


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Cash", None),
        ("cash", "Cash"),
        ("bank_transfer", "BankTransfer"),
        ("Bank-Transfer ", "BankTransfer"),
        ("WIRE", "BankTransfer"),
        ("Gold", None),
        ("", None),
        (None, None),
        (5, None),
        (["cash"], None),
    ],
    ids=str,
)
def test_the_right_spelling(text: Any, right: str | None) -> None:
    """Case, spaces, dashes and underscores do not count; a right spelling is not corrected."""
    assert find_spelling(text, METHODS) == right


def test_misspelt_properties() -> None:
    """Names, enum values and forms of text, in this order."""
    body = {"paid_at": "x", "payment_date": "x", "other": 1, "method": "cash", "paidAt": "2024-01-15T11:50"}
    assert list(PAYMENT.check(body)) == [
        "Unknown property `paid_at` of a payment: send `paidAt`.",
        "Unknown property `payment_date` of a payment: send `paidAt`.",
        "Send `method` as `Cash`, not 'cash'.",
        "Send `paidAt` as a day, `2024-01-15`, not '2024-01-15T11:50'.",
    ]


@pytest.mark.parametrize(
    "body", [{}, {"paidAt": "2024-01-15", "amount": 1, "method": "Cash"}, {"paidAt": None, "method": 1}], ids=str
)
def test_right_or_unknown_properties(body: dict[str, Any]) -> None:
    """Nothing is said of them, nor of values of another type, which the contract refuses."""
    assert list(PAYMENT.check(body)) == []


@pytest.mark.parametrize(
    ("wrappers", "body", "hints"),
    [
        (("payment",), {"payment": {"amount": 1}}, []),
        (("payment", "receipt"), {"receipt": {"amount": 1}}, []),
        (("payment",), {"other": 1}, []),
        (("payment",), {"amount": 1}, ["Wrap the body in `payment`."]),
        (("payment",), {"paid_at": 1}, ["Wrap the body in `payment`."]),
        (("payment",), {"receipt": {}}, ["Wrap the body in `payment`, not in `receipt`."]),
        (("payment",), {"payment": {}, "paid_at": 1}, ["Move `paid_at` into `payment`."]),
        (("payment",), {"payment": {"payment": {}}}, ["Wrap the body in `payment` once, not twice."]),
        (("payment",), {"payment": []}, ["Send `payment` as one object, not a list; make one call for each."]),
        ((), {"amount": 1, "x": {}}, []),
        ((), {"x": {}}, ["Send the properties at the top of the body, not in `x`."]),
    ],
    ids=str,
)
def test_the_object_around_the_properties(wrappers: tuple[str, ...], body: Any, hints: list[str]) -> None:
    """For APIs that want a wrapper, and for those that want none."""
    assert list(PAYMENT.check_wrapper(body, wrappers)) == hints


def test_an_address_that_is_nearly_right() -> None:
    """The method, the path or both; an address that the contract knows is right."""
    sent = make_attempt()
    assert list(check_address(sent, "POST", "/payments")) == ["Send POST /payments, not POST /payment."]
    assert list(check_address(sent, "PUT", "/payment", "it changes one")) == [
        "Send PUT /payment, not POST /payment, because it changes one."
    ]
    assert list(check_address(sent, "POST", "/payment")) == []
    assert list(check_address(make_attempt(operation="createPayment"), "POST", "/payments")) == []


@pytest.mark.parametrize(("value", "said"), [("Bearer k", 1), (" bearer\tk", 1), ("k", 0), ("bearerk", 0), ("", 0)])
def test_a_credential_with_a_scheme(value: str, said: int) -> None:
    assert list(check_scheme(value, "the key")) == ["Send the key without `Bearer` in front."] * said


def test_long_texts_are_shortened() -> None:
    """A hint repeats at most 100 characters."""
    assert shorten("x" * 100) == "x" * 100
    assert shorten("x" * 101) == "x" * 100 + "…"
