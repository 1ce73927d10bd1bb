"""Real ids in generated requests: parameters that refer to records, and amounts that records can take."""

from typing import Any

import pytest

from paysandbox.check.binding import Binder
from tests.conformance.subject import Subject


@pytest.mark.parametrize(
    ("provider", "operation", "place", "bound"),
    [
        ("invoiless", "getPayment", "header", {"scope-id": "603dfa1f9b3e7d00418c2f15"}),
        ("crm_com", "showPayment", "query", {"payment_identifier": "number=97"}),
    ],
    ids=["header", "query"],
)
def test_parameters_that_refer_to_records_get_their_examples(
    provider: str, operation: str, place: str, bound: dict[str, str]
) -> None:
    """A made-up scope or number would be refused for the state, however valid it is."""
    subject = Subject(provider)
    (found,) = (one for one in subject.operations if one.id == operation)
    subject.operations = (found,)
    assert Binder(subject).bind_parameters(found, place, {*bound, "other"}) == bound


@pytest.mark.parametrize(
    ("provider", "operation", "body"),
    [
        ("invoiless", "createPayment", {"method": "Cash", "amount": 9999999999999.99}),
        ("invoicexpress", "createPartialPayment", {"partial_payment": {"amount": 9999999999999.99}}),
    ],
)
def test_an_amount_that_no_document_can_take_is_the_example_s(
    provider: str, operation: str, body: dict[str, Any]
) -> None:
    """Whether the refusal names the property or not."""
    subject = Subject(provider)
    (found,) = (one for one in subject.operations if one.id == operation)
    subject.operations = (found,)
    path, changed = Binder(subject).bind(found, body)
    subject.reset()
    assert changed != body
    assert subject.succeeded(found, subject.call(found, changed, path))


@pytest.mark.parametrize(
    "form",
    [
        {"sequence_id": 37911, "client": {"name": "n", "fiscal_id": "293045"}},
        {"date": "20/11/8116", "client": {"name": "n", "fiscal_id": "293045"}},
    ],
)
def test_a_refused_property_goes_where_no_example_has_it(form: dict[str, Any]) -> None:
    """Nor the object around it, as no example of the vendor's wrapper has a client or a date."""
    subject = Subject("invoicexpress")
    (found,) = (one for one in subject.operations if one.id == "updateDebitNote")
    subject.operations = (found,)
    path, changed = Binder(subject).bind(found, {"invoice": form})
    subject.reset()
    assert changed == {"invoice": {"client": {"name": "n"}}}
    assert subject.succeeded(found, subject.call(found, changed, path))


def test_items_of_an_array_that_name_something_are_the_example_s() -> None:
    """An endpoint takes events by their names; any others are refused."""
    subject = Subject("control")
    (found,) = (one for one in subject.operations if one.id == "createWebhook")
    subject.operations = (found,)
    path, changed = Binder(subject).bind(found, {"url": "http://127.0.0.1:9/", "events": ["a", "b"]})
    subject.reset()
    assert changed["events"] == ["InvoicePaid", "InvoicePaid"]
    assert subject.succeeded(found, subject.call(found, changed, path))
