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
from paysandbox.providers.invoicexpress.hints import advise
from tests.providers.invoicexpress.known import PROVIDER

OPERATION = "createPartialPayment"
PATH = "/documents/1/partial_payments.json"
KEY = (("api_key", "ix-test-key"),)
PAYMENT = {
    "amount": Decimal("100.1"),
    "payment_mechanism": "TB",
    "serie": "A",
    "note": "n",
    "payment_date": "26/10/2017",
}
RIGHT = {"partial_payment": PAYMENT}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["partial_payment", *PAYMENT]), inner),
)


def attempt(  # noqa: PLR0913 - a request has many parts
    body: Any = None,
    *,
    method: str = "POST",
    path: str = PATH,
    query: Sequence[tuple[str, str]] = KEY,
    headers: Mapping[str, str] | None = None,
    operation: str | None = OPERATION,
    status: int | None = 422,
) -> Attempt:
    """A call of the operation, unless told otherwise."""
    return Attempt(
        method=method,
        path=path,
        query=query,
        headers=headers or {},
        body=body,
        content=b"" if body is None else write_json(body),
        operation=operation,
        status=status,
    )


def test_the_provider_brings_it(base_runtime: Runtime) -> None:
    """So that the journal shows it."""
    assert base_runtime.services[PROVIDER].provider.advise is advise


def test_nothing_is_said_of_the_contracts_own_examples(base_runtime: Runtime) -> None:
    """The vendor's example is one of them."""
    document = base_runtime.services[PROVIDER].contract.document
    body = document["paths"]["/documents/{document-id}/partial_payments.json"]["post"]["requestBody"]
    examples = [example["value"] for example in body["content"]["application/json"]["examples"].values()]
    assert len(examples) >= 2
    for example in examples:
        for status in (200, 422, 404, 503, None):
            assert list(advise(attempt(example, status=status))) == []


@pytest.mark.parametrize(
    "right",
    [
        attempt(RIGHT, headers={"authorization": "Basic cHJveHk6eA==", "content-type": "application/json"}),
        attempt({"partial_payment": {"amount": 1, "payment_mechanism": None}}),
        attempt(RIGHT, path="/documents/28%2FA/partial_payments.json", status=404),
        attempt({"invoice": {"date": "26/10/2017"}}, path="/invoices.json", operation=None, status=404),
        attempt({"invoice": {"client": {"country": "PT"}}}, path="/invoices.json", status=201),
        attempt({"invoice": {"client": {"country": "Spain"}, "items": [{"unit": "hour"}]}}, path="/invoices.json"),
        attempt({"invoice": {"client": {"country": 1}, "items": 2}}, path="/invoices.json"),
        attempt(method="GET", path="/invoices/1.json", operation=None, status=404),
        attempt(method="GET", path="/", query=(), operation=None, status=404),
        attempt(method="OPTIONS", operation=None, status=405),
        attempt({}),
        attempt(RIGHT, query=()),
    ],
    ids=lambda right: f"{right.method} {right.path}",
)
def test_nothing_is_said_where_nothing_is_known(right: Attempt) -> None:
    """A call that is right, or wrong in a way that only the explanation can tell."""
    assert list(advise(right)) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (attempt({"receipt": PAYMENT}), "Wrap the body in `partial_payment`, not in `receipt`."),
        (attempt({"partialPayment": PAYMENT}), "Wrap the body in `partial_payment`, not in `partialPayment`."),
        (attempt({"x" * 500: {}}), f"not in `{'x' * 100}…`."),
        (attempt(PAYMENT), "Wrap the body in `partial_payment`."),
        (attempt({"amount": 1}), "Wrap the body in `partial_payment`."),
        (attempt({"series": "A", "value": 1}), "Wrap the body in `partial_payment`."),
        (attempt([RIGHT]), "Send one object with `partial_payment`, not a list"),
        (attempt({"partial_payment": [PAYMENT]}), "Send `partial_payment` as one object, not a list"),
        (attempt({"partial_payment": RIGHT}), "Wrap the body in `partial_payment` once, not twice."),
        (attempt({**RIGHT, "note": "n"}), "Move `note` into `partial_payment`."),
        (attempt({**RIGHT, "message": "m"}), "Move `message` into `partial_payment`."),
        (attempt({"partial_payment": {**PAYMENT, "series": "A"}}), "Unknown property `series`: send `serie`."),
        (attempt({"partial_payment": {"value": 1}}), "Unknown property `value`: send `amount`."),
        (
            attempt({"partial_payment": {"payment_mechanism": "tb"}}),
            "Send `payment_mechanism` as `TB`, not 'tb'.",
        ),
        (
            attempt(RIGHT, path="/invoices/17/partial_payments.json", operation=None),
            "Send POST /documents/17/partial_payments.json, not POST /invoices/17/partial_payments.json.",
        ),
        (
            attempt({"invoice": {"client": {"country": "PT"}}}, path="/invoices.json"),
            "Send `country` as `Portugal`, not 'PT'.",
        ),
        (
            attempt({"invoice": {"client": {"country": "united kingdom"}}}, path="/simplified_invoices.json"),
            "Send `country` as `UK`, not 'united kingdom'.",
        ),
        (
            attempt({"simplified_invoice": {"items": [1, {"unit": "Unidade"}]}}, path="/simplified_invoices.json"),
            "Send `unit` as `unit`, not 'Unidade'.",
        ),
        (attempt({"invoice": {"items": [{"unit": "kg"}]}}, path="/invoices.json"), "Send `unit` as `other`, not 'kg'."),
        (attempt(RIGHT, path="/documents/1/partial_payments", operation=None), f"Send POST {PATH}, not POST /"),
        (attempt(RIGHT, path="/documents/1/partial_payments.json/", operation=None), f"Send POST {PATH}, not POST /"),
        (attempt(RIGHT, path="//documents/1/partial_payments.json", operation=None), f"Send POST {PATH}, not POST /"),
        (attempt(RIGHT, path="/document/1/partial-payments.json", operation=None), f"Send POST {PATH}, not POST /"),
        (
            attempt(RIGHT, path="/firm/documents/1/partial_payments.json", operation=None),
            f"Send POST {PATH}, not POST /",
        ),
        (
            attempt(RIGHT, path="/partial_payments.json", operation=None),
            "Send POST /documents/{document-id}/partial_payments.json, not POST /partial_payments.json.",
        ),
        (attempt(method="GET", operation=None), f"Send POST {PATH}, not GET {PATH}."),
        (attempt(RIGHT, method="PUT", operation=None), f"Send POST {PATH}, not PUT {PATH}."),
        (
            attempt(RIGHT, query=(), headers={"x-api-key": "ix-test-key"}),
            "Send the key in the query as `api_key`, not in the header `x-api-key`.",
        ),
        (attempt(RIGHT, query=(), headers={"authorization": "Bearer ix-test-key"}), "in the header `authorization`"),
        (attempt(RIGHT, query=(("api_key", ""),), headers={"api_key": "ix-test-key"}), "in the header `api_key`"),
        (attempt(RIGHT, query=(("apikey", "ix-test-key"),)), "not in the query as `apikey`"),
        (attempt({**RIGHT, "api_key": "ix-test-key"}, query=()), "not in the body"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) else "",
)
def test_a_mistake_is_named_with_its_mend(wrong: Attempt, says: str) -> None:
    """In one sentence, and nothing else is said; the key is never repeated."""
    (sentence,) = advise(wrong)
    assert says in sentence
    assert sentence.endswith(".")
    assert "ix-test-key" not in sentence


def test_several_mistakes_are_named_together() -> None:
    """The most basic first."""
    wrong = attempt(
        {"receipt": {}},
        path="/invoices/1/partial_payments.json",
        method="PUT",
        query=(),
        headers={"api-key": "k"},
        operation=None,
    )
    assert list(advise(wrong)) == [
        "Send the key in the query as `api_key`, not in the header `api-key`.",
        f"Send POST {PATH}, not PUT /invoices/1/partial_payments.json.",
        "Wrap the body in `partial_payment`, not in `receipt`.",
    ]


@given(body=JSON, path=st.text() | st.just(PATH), method=st.text(), operation=st.sampled_from([OPERATION, None]))
def test_whatever_is_sent_can_be_looked_at(body: Any, path: str, method: str, operation: str | None) -> None:
    """Any JSON body, and any path and method."""
    for sent in (body, {"partial_payment": body}, {"partial_payment": dict.fromkeys(PAYMENT, body)}):
        said = list(advise(attempt(sent, path=path, method=method, operation=operation)))
        assert all(sentence.strip() for sentence in said)
