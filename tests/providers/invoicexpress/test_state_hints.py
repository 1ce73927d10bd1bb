"""Advice about changes of state and related documents: the mistake, with its mend; and nothing about a right call."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paysandbox.providers.invoicexpress.hints import advise
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import PROVIDER
from tests.providers.invoicexpress.test_hints import attempt

PATH = "/invoices/1/change-state.json"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["invoice", "state", "message"]) | st.text(), inner)
    ),
)


def get_hints(body: Any = None, path: str = PATH, method: str = "PUT", operation: str | None = "any") -> list[str]:
    """What is said of a call."""
    return list(advise(attempt(body, path=path, method=method, operation=operation)))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"invoice": {"state": "canceled"}, "message": "m"}, "Move `message` into `invoice`."),
        (
            {"state": "canceled", "message": "m"},
            "Wrap the body in `invoice`.",
        ),
        (
            {"receipt": {"state": "canceled", "message": "m"}},
            "Wrap the body in `invoice`, not in `receipt`.",
        ),
        (
            {"invoice": {"state": "final"}},
            "Send `state` as `finalized`, not 'final'.",
        ),
        (
            {"invoice": {"state": "Cancelled", "message": "m"}},
            "Send `state` as `canceled`, not 'Cancelled'.",
        ),
        ({"invoice": {"state": "canceled"}}, "Send the reason of a cancellation as `message` beside `state`."),
        ({"invoice": {"status": "settled"}}, "Unknown property `status`: send `state`."),
        (
            {"invoice": {"state": "canceled", "message": "m", "reason": "r"}},
            "Unknown property `reason`: send `message`.",
        ),
    ],
    ids=str,
)
def test_a_mistake_in_the_body_is_named_alone(body: Any, says: str) -> None:
    """With what would be right."""
    assert get_hints(body) == [says]


@pytest.mark.parametrize(
    ("method", "path", "says"),
    [
        (
            "PUT",
            "/invoice/1/change-state.json",
            "Send PUT /invoices/1/change-state.json, not PUT /invoice/1/change-state.json.",
        ),
        (
            "PUT",
            "/receipts/9/change_state",
            "Send PUT /receipts/9/change-state.json, not PUT /receipts/9/change_state.",
        ),
        (
            "PUT",
            "/documents/1/change-state.json",
            "Change a state under the document's own type, such as /invoices, /credit_notes or /receipts.",
        ),
        ("POST", PATH, f"Send PUT {PATH}, not POST {PATH}."),
        (
            "GET",
            "/documents/1/related_documents.json",
            "Send GET /document/1/related_documents.json, not GET /documents/1/related_documents.json.",
        ),
    ],
)
def test_a_path_or_method_that_is_nearly_right(method: str, path: str, says: str) -> None:
    """Is named with the one that is meant."""
    assert get_hints(path=path, method=method, operation=None) == [says]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, {"invoice": {"state": "finalized"}}),
        (PATH, {"invoice": {"state": "canceled", "message": "m"}}),
        ("/simplified_invoices/1/change-state.json", {"invoice": {"state": "settled", "message": None}}),
        ("/simplified_invoices/1/change-state.json", {"simplified_invoice": {"state": "deleted"}}),
        ("/receipts/1/change-state.json", {"receipt": {"state": "canceled", "message": "m"}}),
    ],
)
def test_nothing_is_said_of_a_right_call(path: str, body: Any) -> None:
    """Whatever the state makes of it."""
    assert get_hints(body, path) == []


@given(JSON)
def test_no_body_makes_it_fail(body: Any) -> None:
    """And all that it says are sentences."""
    assert all(line.endswith(".") for line in get_hints(body))


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("PUT", "/invoice/1/change-state.json", "/invoices/{invoice-id}/change-state.json"),
        (
            "PUT",
            "/simplified_invoice/538683/change-state.json",
            "/simplified_invoices/{simplified-invoice-id}/change-state.json",
        ),
        ("PUT", "/receipt/540179/change-state.json", "/receipts/{receipt-id}/change-state.json"),
        ("GET", "/invoice/1.json", "/invoices/{invoice-id}.json"),
        ("POST", "/simplified_invoice.json", "/simplified_invoices.json"),
    ],
)
def test_a_singular_path_names_the_same_types_plural(api: Client, method: str, path: str, meant: str) -> None:
    """Three clients in production send it; it is explained, and nothing is changed."""
    with nothing_changes(api, PROVIDER):
        response = api.call(method, path, json={"invoice": {"state": "finalized"}})
    assert response.status == 404
    assert f"(did you mean {meant}?)" in response.explain
