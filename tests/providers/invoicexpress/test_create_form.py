"""What clients send when they create a document: wrappers, texts and numbers, currencies, discounts, identifiers."""

from decimal import Decimal
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invoicexpress.known import NEW, PROVIDER, WRAPPERS, Change, Make, Pay

KINDS = pytest.mark.parametrize("kind", list(WRAPPERS))
ITEM = {"name": "i", "unit_price": "100", "quantity": "1"}


def refuse(api: Client, text: str, *, kind: str = "invoices", **members: Any) -> str:
    """Create a document that is refused, and return the explanation."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/{kind}.json", {WRAPPERS[kind]: NEW | members})
    assert response.status == 422
    assert text in response.explain
    return response.explain


@KINDS
def test_everything_that_clients_send_is_accepted(make: Make, kind: str) -> None:
    """With numbers as strings and as numbers."""
    draft = make(
        kind,
        reference="PO 1",
        observations="o",
        retention=7.5,
        tax_exemption_reason="M07",
        sequence_id=12345,
        manual_sequence_number="25",
        currency_code="USD",
        rate="1.25",
        mb_reference="0",
        owner_invoice_id="1",
        global_discount={"value_type": "percentage", "value": "10"},
        client={
            "name": "Ana",
            "code": 7,
            "email": "ana@example.com",
            "address": "Rua 1",
            "city": "Lisboa",
            "postal_code": "1000-001",
            "country": "Portugal",
            "fiscal_id": "999999990",
            "language": "pt",
            "website": "example.com",
            "phone": "210000000",
            "fax": "210000001",
            "observations": "c",
        },
        items=[
            ITEM
            | {"description": "d", "unit": "hour", "discount": "33.3333", "discount_amount": 1, "tax": {"name": "IVA6"}}
        ],
    )
    assert (draft["retention"], draft["tax_exemption"], draft["mb_reference"]) == ("7.5", "M07", "0")
    assert draft["global_discount"] == {"value_type": "percentage", "value": 10}
    # 100 less 33.3333 % is 66.6667, less 10 % is 60.00003; 6 % of it are 3.6000018.
    assert (draft["before_taxes"], draft["taxes"], draft["total"]) == (60, Decimal("3.6"), Decimal("63.6"))
    assert draft["multicurrency"] == {"rate": Decimal("1.25"), "currency": "U.S. dollar", "total": Decimal("79.5")}
    assert list(draft["client"]) == ["id", "name", "country", "code", "email", "fiscal_id"]
    assert draft["client"]["code"] == "7"


@KINDS
def test_an_empty_string_is_as_if_not_given(make: Make, kind: str) -> None:
    """For every optional property."""
    plain = make(kind)
    names: tuple[str, ...] = (
        "reference",
        "observations",
        "retention",
        "tax_exemption",
        "tax_exemption_reason",
        "sequence_id",
    )
    names += ("manual_sequence_number", "currency_code", "rate", "mb_reference", "owner_invoice_id")
    empty = make(
        kind,
        global_discount="",
        **dict.fromkeys(names, ""),
        items=[NEW["items"][0] | dict.fromkeys(("description", "unit", "discount"), "") | {"tax": {"name": ""}}],
        client=NEW["client"] | dict.fromkeys(("code", "email", "fiscal_id", "country", "id", "phone"), ""),
    )
    untaxed = make(kind, items=[NEW["items"][0] | {"tax": ""}])
    for name in ("id", "permalink"):
        del plain[name], empty[name], untaxed[name]
    assert empty == plain == untaxed


def test_a_simplified_invoice_has_either_wrapper(api: Client) -> None:
    """The reply has the type's own; both at once are refused."""
    made = api.post("/simplified_invoices.json", {"invoice": NEW})
    assert made.status == 201
    assert made.json["simplified_invoice"]["type"] == "SimplifiedInvoice"
    with nothing_changes(api, PROVIDER):
        assert api.post("/simplified_invoices.json", {"invoice": NEW, "simplified_invoice": NEW}).status == 422
        assert api.post("/invoices.json", {"simplified_invoice": NEW}).status == 422


def test_a_document_is_rounded_once(make: Make, change: Change, pay: Pay) -> None:
    """Half a cent up, from items that are not rounded; what is owed is the document's total."""
    first = make("invoices", items=[{"name": "i", "unit_price": "1.05", "quantity": 5}])
    assert (first["before_taxes"], first["taxes"], first["total"]) == (
        Decimal("5.25"),
        Decimal("1.21"),
        Decimal("6.46"),
    )
    assert first["items"][0]["tax_amount"] == Decimal("1.2075")
    second = make("invoices", items=[{"name": "i", "unit_price": "0.335", "quantity": 1}] * 3)
    assert (second["before_taxes"], second["taxes"], second["total"]) == (
        Decimal("1.01"),
        Decimal("0.23"),
        Decimal("1.24"),
    )
    change("invoices", second["id"], state="finalized")
    part = pay(second["id"], amount=0.5).json["receipt"]
    assert part["total"] == Decimal("0.5")
    assert sum(item["total"] for item in part["items"]) == Decimal("0.5")
    assert pay(second["id"], amount=0.75).status == 422
    assert pay(second["id"], amount=0.74).json["receipt"]["total"] == Decimal("0.74")
    whole = make("invoices", items=[{"name": "i", "unit_price": "0.335", "quantity": 1}] * 3)
    change("invoices", whole["id"], state="finalized")
    receipt = pay(whole["id"], amount=1.24).json["receipt"]
    assert (receipt["before_taxes"], receipt["taxes"], receipt["total"]) == (
        Decimal("1.01"),
        Decimal("0.23"),
        Decimal("1.24"),
    )


def test_a_global_discount_is_borne_by_the_items(make: Make) -> None:
    """In proportion, before tax, beyond their own."""
    items = [ITEM, ITEM | {"unit_price": "300", "tax": {"name": "Isento"}}]
    draft = make("invoices", items=items, tax_exemption="M07", global_discount={"value_type": "amount", "value": 40})
    assert [item["discount_amount"] for item in draft["items"]] == [10, 30]
    assert (draft["discount"], draft["before_taxes"], draft["taxes"]) == (40, 360, Decimal("20.7"))
    whole = make("invoices", items=items, tax_exemption="M07", global_discount={"value_type": "amount", "value": "400"})
    assert (whole["before_taxes"], whole["total"]) == (0, 0)
    half = make("invoices", items=[ITEM | {"discount": 50}], global_discount={"value_type": "percentage", "value": 50})
    assert half["before_taxes"] == 25


@pytest.mark.parametrize("discount", [("amount", "100.01"), ("percentage", 100.5)])
def test_a_global_discount_is_at_most_the_whole(make: Make, discount: tuple[str, Any]) -> None:
    """More takes off all."""
    given = {"value_type": discount[0], "value": discount[1]}
    assert make("invoices", items=[ITEM], global_discount=given)["total"] == 0


def test_a_foreign_currency_needs_a_rate(api: Client, make: Make) -> None:
    """The account's own needs none, and shows none."""
    for none in ({}, {"rate": ""}, {"rate": None}):
        refuse(api, "rate", currency_code="GBP", **none)
    assert "multicurrency" not in make("invoices", currency_code="EUR")
    assert make("invoices", currency_code="HRK", rate=7.5345)["multicurrency"] == {
        "rate": Decimal("7.5345"),
        "currency": "Croatian kuna",
        "total": Decimal("1386.42"),
    }
    assert make("invoices", currency_code="EEK", rate=1)["multicurrency"]["currency"] == "EEK"


@KINDS
def test_an_exemption_may_have_both_of_its_names(make: Make, kind: str) -> None:
    """With the same code; one that is empty does not count."""
    assert make(kind, tax_exemption="M07", tax_exemption_reason="M07")["tax_exemption"] == "M07"
    assert make(kind, tax_exemption="M07", tax_exemption_reason="")["tax_exemption"] == "M07"
    assert make(kind, tax_exemption=None, tax_exemption_reason="M07")["tax_exemption"] == "M07"


@KINDS
def test_a_known_client_keeps_what_it_has_and_the_journal_says_so(runtime: Runtime, make: Make, kind: str) -> None:
    """Another value is passed over with advice; the same value, and what is new, need none."""
    make(kind, client={"name": "Ana", "code": "A7", "email": "ana@example.com"})
    changes: list[dict[str, Any]] = [{"email": "new@example.com"}, {"email": "ana@example.com"}, {"phone": "21"}]
    for more in ({}, *changes, {"name": "Ana B.", "code": "A7"}, {"code": "A8"}):
        kept = make(kind, client={"name": "Ana"} | more)["client"]
        assert (kept["name"], kept["code"], kept["email"]) == ("Ana", "A7", "ana@example.com")
    entries = Client(runtime).get("/_sandbox/namespaces/default/requests").json["requests"]
    told = [bool(entry["advice"]) for entry in entries]
    assert told == [False, False, True, False, False, True, True]
    assert "change a client by PUT /clients/{client-id}.json" in entries[2]["advice"][0]
    assert "known-client-keeps-what-it-has" in [rule["id"] for rule in entries[2]["rules"]]


@KINDS
def test_a_copy_of_a_document_that_was_read_is_made(api: Client, make: Make, kind: str) -> None:
    """What it computes is passed over; the copy has an id of its own."""
    read = api.get(f"/{kind}/{make(kind, reference='R 1')['id']}.json").json
    copy = api.post(f"/{kind}.json", read)
    assert copy.status == 201
    before, after = read[WRAPPERS[kind]], copy.json[WRAPPERS[kind]]
    own = ("id", "permalink")
    assert {**after, **{name: before[name] for name in own}} == before
    assert all(after[name] != before[name] for name in own)


@KINDS
def test_an_exemption_of_two_codes_is_refused(api: Client, kind: str) -> None:
    """Also where one of them says that there is none."""
    rule = "[rule exemption-is-the-same-under-both-names, assumed: "
    for codes in (("M07", "M01"), ("M00", "M01"), ("M01", "M00")):
        why = refuse(api, rule, kind=kind, tax_exemption=codes[0], tax_exemption_reason=codes[1])
        assert f"/tax_exemption_reason: {codes[1]}, but tax_exemption is {codes[0]}" in why


@pytest.mark.parametrize("given", ["1", 1, True])
def test_a_multibanco_reference_needs_a_provider(api: Client, given: Any) -> None:
    """No account has one."""
    refuse(api, "/invoice/mb_reference", mb_reference=given)


@pytest.mark.parametrize("given", ["0", 0, False])
def test_no_multibanco_reference_is_fine(make: Make, given: Any) -> None:
    """In whatever type it is said."""
    assert make("invoices", mb_reference=given)["mb_reference"] == "0"


@pytest.mark.parametrize(
    ("kind", "number"), [("invoices", "15"), ("simplified_invoices", "2"), ("invoice_receipts", "5")]
)
def test_a_manual_number_is_the_next(api: Client, make: Make, change: Change, kind: str, number: str) -> None:
    """Numbers have no gaps."""
    wrong, right = make(kind, manual_sequence_number="30"), make(kind, manual_sequence_number=number)
    with nothing_changes(api, PROVIDER):
        response = change(kind, wrong["id"], state="finalized")
    assert response.status == 422
    assert "manual-number-is-the-next" in response.explain
    assert change(kind, right["id"], state="finalized").json[WRAPPERS[kind]]["sequence_number"] == f"{number}/A"


@pytest.mark.parametrize(
    "tax", [{"id": 31598}, {"id": "31598"}, {"value": 6}, {"value": "6.0"}, {"name": "IVA6", "id": 1}]
)
def test_a_tax_is_picked_by_name_else_by_id_or_value(make: Make, tax: Any) -> None:
    """The name counts first."""
    (item,) = make("invoices", items=[ITEM | {"tax": tax}])["items"]
    assert item["tax"]["name"] == "IVA6"


def test_the_largest_debt_is_paid_at_once(pay: Pay) -> None:
    """A payment can name as much as a document of the fixtures owes."""
    assert pay(538043, amount=Decimal("9999999999999.99")).json["receipt"]["total"] == Decimal("9999999999999.99")
    assert pay(538043, amount=Decimal("0.01")).status == 422


@pytest.mark.parametrize(
    "members",
    [
        {"retention": "100"},
        {"retention": -1},
        {"retention": "abc"},
        {"currency_code": "XXX"},
        {"currency_code": "USD", "rate": 0},
        {"currency_code": "USD", "rate": "0.000"},
        {"mb_reference": 2},
        {"mb_reference": "yes"},
        {"global_discount": {"value_type": "euros", "value": 1}},
        {"global_discount": {"value": 1}},
        {"manual_sequence_number": "0"},
        {"items": [ITEM | {"quantity": 0}]},
        {"items": [ITEM | {"quantity": "0.0"}]},
        {"items": [ITEM | {"unit_price": -1}]},
        {"items": [ITEM | {"discount": -0.1}]},
        {"items": [ITEM | {"discount": "100.1"}]},
        {"items": [ITEM | {"discount": "1.00001"}]},
        {"items": [ITEM | {"tax": "IVA23"}]},
        {"client": {"code": "A"}},
        {"client": {"name": ""}},
        {"items": []},
        {"proprietary_uid": "inside"},
    ],
)
def test_what_the_contract_does_not_allow_is_refused(api: Client, members: dict[str, Any]) -> None:
    """Because of the request alone."""
    refuse(api, "", **members)


@KINDS
def test_a_uid_is_taken_once(api: Client, change: Change, kind: str) -> None:
    """For all types, until its document is deleted or cancelled; it is read back."""
    body = {WRAPPERS[kind]: NEW, "proprietary_uid": "order-1"}
    first = api.post(f"/{kind}.json", body)
    assert first.status == 201
    document = first.json[WRAPPERS[kind]]
    assert document["proprietary_uid"] == "order-1"
    with nothing_changes(api, PROVIDER):
        for other in WRAPPERS:
            response = api.post(f"/{other}.json", {WRAPPERS[other]: NEW, "proprietary_uid": "order-1"})
            assert (response.status, response.content) == (409, b"")
            assert "same-uid-conflicts" in response.explain
    change(kind, document["id"], state="finalized")
    assert api.post(f"/{kind}.json", body).status == 409
    change(kind, document["id"], state="canceled", message="m")
    again = api.post(f"/{kind}.json", body)
    assert again.status == 201
    change(kind, again.json[WRAPPERS[kind]]["id"], state="deleted")
    assert api.post(f"/{kind}.json", body).status == 201


def test_a_uid_is_the_accounts_and_may_be_empty(api: Client) -> None:
    """Another account's does not count, nor does none."""
    body = {"invoice": NEW, "proprietary_uid": "order-1"}
    assert api.post("/invoices.json", body).status == 201
    assert api.post("/invoices.json", body, query="api_key=ix-other-key").status == 201
    for none in ("", None):
        for _ in range(2):
            made = api.post("/invoices.json", body | {"proprietary_uid": none})
            assert made.status == 201
            assert "proprietary_uid" not in made.json["invoice"]


def test_a_conflict_says_why_in_its_body(runtime: Runtime) -> None:
    """By choice, in the vendor's words."""
    control = Client(runtime)
    control.post("/_sandbox/namespaces", {"name": "chosen", "variants": {PROVIDER: {"error_bodies": "json"}}})
    api = Client(runtime, root="/ns/chosen/invoicexpress", query="api_key=ix-test-key")
    body = {"invoice": NEW, "proprietary_uid": "order-1"}
    api.post("/invoices.json", body)
    text = "Conflict. There's an ongoing document creation with the provided UID."
    assert api.post("/invoices.json", body).json == {"errors": [{"error": text}]}
    assert api.call("POST", "/invoices.json", json=body, headers={"prefer": "code=409"}).status == 409
