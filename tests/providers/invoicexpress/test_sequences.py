"""Sequences of an account: created, registered with the tax authority, and one of them the default."""

import re
from typing import Any

import pytest

from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import OTHER_ACCOUNT, PROVIDER, Change, Make, is_empty

UNREGISTERED, OTHER = 12346, 11874


def create(api: Client, serie: Any, *, query: str | None = None, **properties: Any) -> Any:
    """The reply to a new sequence."""
    return api.post("/sequences.json", {"sequence": {"serie": serie, **properties}}, query=query)


def test_sequences_are_listed(api: Client) -> None:
    """With the last number of each type, and an id for each."""
    sequences = api.get("/sequences.json").json["sequences"]
    assert [(one["serie"], one["default_sequence"], one["current_receipt_number"]) for one in sequences] == [
        ("A", 1, 27),
        ("B", 0, 4),
        ("LOJA", 0, 11),
        ("E", 0, 0),
    ]
    ids = [value for one in sequences for name, value in one.items() if name.endswith("sequence_id")]
    assert len(set(ids)) == len(ids) == 4 * 16
    assert api.get(f"/sequences/{UNREGISTERED}.json").json == {"sequence": sequences[1]}


@pytest.mark.parametrize(("query", "atcud"), [(None, r"[A-Z0-9]{8}-1"), (OTHER_ACCOUNT, "N/D")])
def test_a_new_sequence_is_registered_if_the_account_can(api: Client, query: str | None, atcud: str) -> None:
    """It is not the default one, though that is asked for; its numbers begin at 1."""
    made = create(api, "FEIRA", query=query, default_sequence="1")
    assert (made.status, made.json["sequence"]["default_sequence"]) == (201, 0)
    sequence = made.json["sequence"]["id"]
    body = {
        "invoice": {
            "date": "03/12/2017", "due_date": "03/12/2017", "sequence_id": sequence, "client": {"name": "John"},
            "items": [{"name": "Capa", "unit_price": "1", "quantity": 1}],
        }
    }  # fmt: skip
    document = api.post("/invoices.json", body, query=query).json["invoice"]["id"]
    path = f"/invoices/{document}/change-state.json"
    final = api.call("PUT", path, json={"invoice": {"state": "finalized"}}, query=query).json["invoice"]
    assert final["sequence_number"] == "1/FEIRA"
    assert re.fullmatch(atcud, final["atcud"])
    read = api.get(f"/sequences/{sequence}.json", query=query).json["sequence"]
    assert (read["current_invoice_number"], read["current_receipt_number"]) == (1, 0)


def test_the_default_sequence_is_one(api: Client, make: Make, change: Change) -> None:
    """New documents take it."""
    reply = api.call("PUT", f"/sequences/{UNREGISTERED}/set_current.json")
    assert (reply.status, is_empty(reply)) == (200, True)
    sequences = api.get("/sequences.json").json["sequences"]
    assert [one["default_sequence"] for one in sequences] == [0, 1, 0, 0]
    document = change("invoices", make("invoices")["id"], state="finalized").json["invoice"]
    assert document["sequence_number"].endswith("/B")
    api.call("PUT", f"/sequences/{UNREGISTERED}/set_current.json")
    assert api.get("/sequences.json").json["sequences"] == [
        one | ({"current_invoice_number": one["current_invoice_number"] + 1} if one["serie"] == "B" else {})
        for one in sequences
    ]


def test_a_sequence_is_registered_once(api: Client, make: Make, change: Change) -> None:
    """Its documents have an atcud then, and a second time it keeps its code."""
    first, second = (api.call("PUT", f"/sequences/{UNREGISTERED}/register.json") for _ in range(2))
    (registered,) = first.json["sequences"]
    code = registered["current_invoice_validation_code"]
    assert registered["current_receipt_validation_code"] == code
    assert second.json == first.json
    document = make("invoices", sequence_id=UNREGISTERED)["id"]
    final = change("invoices", document, state="finalized").json["invoice"]
    assert final["atcud"] == f"{code}-{final['sequence_number'].partition('/')[0]}"


def test_registering_needs_credentials(api: Client) -> None:
    """The other account has none."""
    with nothing_changes(api, PROVIDER):
        reply = api.call("PUT", "/sequences/11875/register.json", query=OTHER_ACCOUNT)
    assert (reply.status, is_empty(reply)) == (422, True)
    assert "registering-needs-credentials" in reply.explain


@pytest.mark.parametrize("serie", ["A", "LOJA", "", None, "A/1", " x", 5, "x" * 31])
def test_a_wrong_serie_is_refused(api: Client, serie: Any) -> None:
    """It is taken, or no text without a slash."""
    with nothing_changes(api, PROVIDER):
        assert create(api, serie).status == 422


def test_series_are_taken_by_account(api: Client) -> None:
    """The other account has a P."""
    assert create(api, "P").status == 201
    assert "serie-unique" in create(api, "P").explain


@pytest.mark.parametrize("sequence", [2, OTHER])
@pytest.mark.parametrize(("method", "end"), [("GET", ""), ("PUT", "/set_current"), ("PUT", "/register")])
def test_unknown_sequences_are_not_found(api: Client, method: str, end: str, sequence: int) -> None:
    """Those of another account neither."""
    with nothing_changes(api, PROVIDER):
        reply = api.call(method, f"/sequences/{sequence}{end}.json")
    assert (reply.status, "unknown-sequence-is-404" in reply.explain) == (404, True)
