"""Real ids in generated requests: parameters that refer to records."""

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
