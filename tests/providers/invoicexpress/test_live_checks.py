"""What the live service refuses under the variant `checks`, and what the other choice takes."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, fresh_runtime, nothing_changes
from tests.providers.invoicexpress.known import DRAFT, NEW, PROVIDER, WRAPPERS, Change, Make, is_empty
from tests.providers.known import Passed

KINDS = pytest.mark.parametrize("kind", list(WRAPPERS))
ITEM = {"name": "i", "unit_price": "100", "quantity": "1"}
EXEMPT = ITEM | {"tax": {"name": "Isento"}}


def client(**members: Any) -> dict[str, Any]:
    """A form with a client whom the account does not know."""
    return {"client": {"name": "Ana", **members}}


# What each choice of the variant says of a form, and what the explanation says where it is refused.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("code of a country", client(country="PT"), "'PT' is not one of Portugal, Ireland"),
    ("country in Portuguese", client(country="Alemanha"), "full English name"),
    ("country in another list", client(country="United Kingdom"), "UK, not United Kingdom"),
    ("case of a country", client(country="portugal"), "did you mean 'Portugal'? case matters"),
    ("e-mail", client(email="ana"), "Email must be an email address"),
    ("two e-mails", client(email="ana@example.com bea@example.com"), "Email must be an email address"),
    ("unit", {"items": [ITEM | {"unit": "kg"}]}, "list of accepted units"),
    ("exemption code", {"tax_exemption": "M98"}, "is not one of M01"),
    ("exemption reason", {"items": [EXEMPT], "tax_exemption_reason": "M03"}, "is not one of M01"),
    ("no exemption code", {"items": [ITEM, EXEMPT]}, "rule exempt-line-needs-reason, observed"),
    ("exemption code for none", {"items": [EXEMPT], "tax_exemption": "M00"}, "rule exempt-line-needs-reason, observed"),
    ("check digit", client(fiscal_id="508000000"), "rule fiscal-id-of-portugal, observed"),
    ("short number", client(fiscal_id=50800000, country="Portugal"), "rule fiscal-id-of-portugal, observed"),
    ("letters", client(fiscal_id="PT508000009"), "rule fiscal-id-of-portugal, observed"),
    ("known client", {"client": {"name": "John", "fiscal_id": "1"}}, "rule fiscal-id-of-portugal, observed"),
    ("known number", {"client": {"name": "Dulce Rebelo", "fiscal_id": "1"}}, "'1' is not a Portuguese tax number"),
]
TAKEN: dict[str, dict[str, Any]] = {
    "names of countries": client(country="Côte d’Ivoire"),
    "country with a comma": client(country="Korea, South"),
    "number abroad": client(country="Spain", fiscal_id="B-1"),
    "number of a known client abroad": {"client": {"name": "Radwerk Bremen GmbH", "fiscal_id": "DE 1"}},
    "final consumer": client(fiscal_id="999999990"),
    "number": client(fiscal_id=508000009, country="Portugal"),
    "check digit of 10": client(fiscal_id="100000100"),
    "nothing": client(country="", email=None, fiscal_id=""),
    "reason": {"items": [EXEMPT], "tax_exemption_reason": "M99"},
    "reason without an exempt item": {"tax_exemption": "M40"},
    "no code": {"tax_exemption": "M00"},
    **{f"unit {unit}": {"items": [ITEM | {"unit": unit}]} for unit in ("service", "hour", "day", "month", "other")},
}


@pytest.fixture
def lenient(base_runtime: Runtime) -> Client:
    """A client of a sandbox without the checks."""
    return Client(
        fresh_runtime(base_runtime, None, checks="lenient"), root="/invoicexpress", query="api_key=ix-test-key"
    )


@KINDS
@pytest.mark.parametrize(("form", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_the_live_service_refuses(api: Client, kind: str, form: dict[str, Any], said: str) -> None:
    """422 without a body, and nothing is changed."""
    with nothing_changes(api, PROVIDER):
        response = api.post(f"/{kind}.json", {WRAPPERS[kind]: NEW | form})
    assert response.status == 422
    assert is_empty(response)
    assert said in response.explain


@pytest.mark.parametrize("form", [case[1] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_lenient_sandbox_takes_it(lenient: Client, form: dict[str, Any]) -> None:
    """Each of the forms that are refused otherwise."""
    response = lenient.post("/invoices.json", {"invoice": NEW | form})
    assert response.status == 201, response.explain


@pytest.mark.parametrize("form", TAKEN.values(), ids=TAKEN)
def test_what_the_live_service_takes(api: Client, form: dict[str, Any]) -> None:
    """By either choice."""
    response = api.post("/invoices.json", {"invoice": NEW | form})
    assert response.status == 201, response.explain


def test_the_country_of_a_new_client_is_kept(make: Make) -> None:
    """In its own letters."""
    assert make("invoices", **client(country="Curaçao"))["client"]["country"] == "Curaçao"


@KINDS
def test_a_document_is_not_dated_before_the_last(api: Client, make: Make, change: Change, kind: str) -> None:
    """The most frequent refusal in production; the same date is allowed, and a draft does not count."""
    first, earlier, same = (
        make(kind, date=date, due_date="31/12/2017") for date in ("04/12/2017", "03/12/2017", "04/12/2017")
    )
    change(kind, first["id"], state="finalized")
    make(kind, date="05/12/2017", due_date="31/12/2017")
    with nothing_changes(api, PROVIDER):
        refused = change(kind, earlier["id"], state="finalized")
    assert refused.status == 422
    assert is_empty(refused)
    assert refused.headers["x-sandbox-reason"] == "state"
    assert "is dated 03/12/2017, before 04/12/2017" in refused.explain
    assert "rule date-not-before-last-of-sequence, observed" in refused.explain
    assert change(kind, same["id"], state="finalized").status == 200
    assert change(kind, earlier["id"], state="deleted").status == 200


def test_each_sequence_and_type_has_its_own_last_date(make: Make, change: Change) -> None:
    """A later document elsewhere is in no one's way."""
    for kind, form in [
        ("invoices", {"date": "20/12/2017"}),
        ("simplified_invoices", {"date": "19/12/2017"}),
        ("invoices", {"date": "18/12/2017", "sequence_id": "12346"}),
    ]:
        made = make(kind, **{"due_date": "31/12/2017", **form})
        assert change(kind, made["id"], state="finalized").status == 200


def test_a_cancelled_document_is_still_the_last(make: Make, change: Change) -> None:
    """Its number is taken."""
    last, earlier = (make("invoices", date=date, due_date="31/12/2017") for date in ("20/12/2017", "19/12/2017"))
    change("invoices", last["id"], state="finalized")
    change("invoices", last["id"], state="canceled", message="m")
    assert change("invoices", earlier["id"], state="finalized").status == 422


def test_a_lenient_sandbox_numbers_in_any_order(lenient: Client) -> None:
    """So a document of 2017 goes after one of 2020."""
    for date in ("01/01/2020", "03/12/2017"):
        form = NEW | {"date": date, "due_date": date}
        made = lenient.post("/invoices.json", {"invoice": form}).json["invoice"]["id"]
        changed = lenient.call("PUT", f"/invoices/{made}/change-state.json", json={"invoice": {"state": "finalized"}})
        assert changed.status == 200


def test_the_fixtures_are_not_judged(api: Client, change: Change) -> None:
    """The vendor's own example has a unit that the live service refuses."""
    assert api.get("/invoices/1.json").json["invoice"]["items"][0]["unit"] == "foo"
    assert change("invoices", DRAFT, state="finalized").status == 200


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"client": {"name": "a", "country": "PT"}}, "Client is invalid"),
        ({"client": {"name": "a", "email": "a"}}, "Email must be an email address"),
        ({"client": {"name": "a", "fiscal_id": "1"}}, "Fiscal is invalid"),
        ({"items": [EXEMPT]}, "Razão de isenção deve ter uma opção selecionada"),
        ({"due_date": "02/12/2017"}, "Due date must be later than date"),
        ({"retention": "abc"}, "Retention must be a number between 0 and 99.99"),
        ({"retention": 100}, "Retention must be a number between 0 and 99.99"),
        ({"mb_reference": "1"}, "Option to generate MB reference is set but no payment provider is configurated"),
        ({"mb_reference": True}, "Option to generate MB reference is set but no payment provider is configurated"),
        ({"items": []}, "Document should have at least one item"),
        ({"items": [ITEM | {"quantity": 0}]}, "Quantity must be a number greater than 0"),
        ({"items": [ITEM | {"quantity": 1e10}]}, "/invoice/items/0/quantity: "),
        ({"items": [ITEM | {"unit": "kg"}]}, "/invoice/items/0/unit: 'kg' is not one of service, unit, hour"),
    ],
)
def test_error_bodies_have_the_vendors_texts(base_runtime: Runtime, form: dict[str, Any], text: str) -> None:
    """Where a source shows them."""
    runtime = fresh_runtime(base_runtime, None, error_bodies="json")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    (error,) = api.post("/invoices.json", {"invoice": NEW | form}).json["errors"]
    assert error["error"].startswith(text)


def test_a_cancellation_without_a_reason_has_the_vendors_text(base_runtime: Runtime) -> None:
    """Of documents and of receipts."""
    runtime = fresh_runtime(base_runtime, None, error_bodies="json")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    for path, wrapper in (("/invoices/1", "invoice"), ("/receipts/540137", "receipt")):
        body = {wrapper: {"state": "canceled", "message": ""}}
        response = api.call("PUT", f"{path}/change-state.json", json=body)
        assert response.json == {"errors": [{"error": "Cancel message can't be blank"}]}


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("invoices", "invoice"),
        ("simplified_invoices", "simplified-invoice"),
        ("invoice_receipts", "invoice-receipt"),
    ],
)
def test_the_text_about_a_date_names_type_and_day(base_runtime: Runtime, kind: str, named: str) -> None:
    """As the live service does, in English."""
    runtime = fresh_runtime(base_runtime, None, error_bodies="json")
    api = Client(runtime, root="/invoicexpress", query="api_key=ix-test-key")
    for date in ("02/08/2026", "01/08/2026"):
        form = NEW | {"date": date, "due_date": date}
        made = api.post(f"/{kind}.json", {WRAPPERS[kind]: form}).json[WRAPPERS[kind]]["id"]
        path = f"/{kind}/{made}/change-state.json"
        response = api.call("PUT", path, json={WRAPPERS[kind]: {"state": "finalized"}})
    text = f"Date cannot be earlier than the last {named} of this sequence[02 Aug 26]"
    assert response.json == {"errors": [{"error": text}]}


def test_a_form_passes_through_what_it_exercises(passed: Passed) -> None:
    """A tax number is judged where one is given, an exemption always."""
    create = {
        "exempt-line-needs-reason", "sequence-defaults-to-the-first", "client-is-found-by-name",
        "tax-defaults-to-the-accounts", "new-document-is-a-draft", "document-is-rounded-once", "total-can-be-paid",
        "items-upsert-the-catalogue",
    }  # fmt: skip
    call, key = "POST /invoices.json", "api_key=ix-test-key"
    assert passed(PROVIDER, call, {"invoice": NEW}, query=key) == create
    form = NEW | {"client": {"name": "a", "fiscal_id": "999999990"}}
    assert passed(PROVIDER, call, {"invoice": form}, query=key) == create | {"fiscal-id-of-portugal"}
    change = f"PUT /invoices/{DRAFT}/change-state.json"
    rules = {"finalized-takes-next-number", "date-not-before-last-of-sequence"}
    assert passed(PROVIDER, change, {"invoice": {"state": "finalized"}}, query=key) == rules
