"""Every choice of every variant, made through the control plane and through fixtures."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, fresh_runtime
from tests.providers.invoicexpress.known import DRAFT, NEW, PROVIDER, SETTLED, SIMPLIFIED, is_empty

VARIANTS = {
    "success_status": ("200", "201"),
    "error_bodies": ("empty", "json"),
    "state_refusal_status": ("422", "406"),
    "receipt_type": ("Invoice", "Receipt"),
    "sequence_id_type": ("string", "integer"),
    "pdf_polls": ("1", "0", "2", "3", "4", "5"),
    "settled_makes_receipt": ("true", "false"),
    "credit_note_effect": ("lowers", "none"),
    "per_page_over_limit": ("clamp", "accept", "refuse"),
    "checks": ("live", "lenient"),
    "tax_value_type": ("string", "number"),
    "rounding": ("once", "per_item"),
}
CHOICES = [(name, choice) for name, choices in VARIANTS.items() for choice in choices]
PAY = "/documents/1/partial_payments.json"
PAYMENT = {"partial_payment": {"amount": 1}}


def chosen(runtime: Runtime, **variants: str) -> Client:
    """A client of a namespace created with these choices through the control plane."""
    control = Client(runtime)
    made = control.post("/_sandbox/namespaces", {"name": "chosen", "variants": {PROVIDER: variants}})
    assert made.status == 201
    return Client(runtime, root="/ns/chosen/invoicexpress", query="api_key=ix-test-key")


def by_fixtures(base_runtime: Runtime, **variants: str) -> Client:
    """A client of a sandbox whose fixtures have these choices."""
    return Client(fresh_runtime(base_runtime, None, **variants), root="/invoicexpress", query="api_key=ix-test-key")


def test_these_are_the_variants(base_runtime: Runtime) -> None:
    """With their defaults first, and the one that every API has."""
    written = base_runtime.services[PROVIDER].base_contract.variants
    assert {name: tuple(variant.choices) for name, variant in written.items() if name != "unknown_members"} == VARIANTS


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_each_choice_is_made_in_two_ways(base_runtime: Runtime, runtime: Runtime, name: str, choice: str) -> None:
    """Both reply alike to any call, accepted or refused."""
    calls: list[tuple[str, str, Any]] = [
        ("POST", PAY, PAYMENT),
        ("POST", PAY, {}),
        ("POST", PAY, {"partial_payment": {"amount": 5000}}),
        ("POST", "/documents/2/partial_payments.json", PAYMENT),
        ("POST", "/invoices.json", {"invoice": NEW}),
        ("GET", "/receipts/541793.json", None),
        ("GET", "/document/1/related_documents.json", None),
        ("GET", "/taxes.json", None),
        ("PUT", "/credit_notes/538881/change-state.json", {"credit_note": {"state": "finalized"}}),
        ("GET", "/document/538104/related_documents.json", None),
        ("PUT", "/invoices/538404/change-state.json", {"invoice": {"state": "settled"}}),
        ("GET", "/invoices.json", None),
        ("GET", "/invoices.json?api_key=ix-test-key&per_page=31", None),
        ("PUT", "/receipts/541793/change-state.json", {"receipt": {"state": "canceled", "message": "m"}}),
        ("PUT", "/receipts/541793/change-state.json", {"receipt": {"state": "canceled", "message": "m"}}),
        ("PUT", "/invoices/1/change-state.json", {"invoice": {"state": "finalized"}}),
    ]
    in_namespace, in_fixtures = chosen(runtime, **{name: choice}), by_fixtures(base_runtime, **{name: choice})
    for method, path, body in calls:
        options = {} if body is None else {"json": body}
        first, second = in_namespace.call(method, path, **options), in_fixtures.call(method, path, **options)
        assert (first.status, first.content) == (second.status, second.content), path
        assert first.status < 500


@pytest.mark.parametrize("choice", VARIANTS["success_status"])
def test_the_success_status_is_that_of_payments(runtime: Runtime, choice: str) -> None:
    """It applies to payments only."""
    api = chosen(runtime, success_status=choice)
    assert api.post(PAY, PAYMENT).status == int(choice)
    assert api.post("/invoices.json", {"invoice": NEW}).status == 201
    assert api.get("/receipts/541793.json").status == 200
    assert api.post(PAY, {}).status == 422


@pytest.mark.parametrize(("choice", "other"), [("Invoice", "Receipt"), ("Receipt", "Invoice")])
def test_the_receipt_type_is_that_of_receipts(runtime: Runtime, choice: str, other: str) -> None:
    """It applies to receipts everywhere; invoices keep their type."""
    api = chosen(runtime, receipt_type=choice)
    assert api.post(PAY, PAYMENT).json["receipt"]["type"] == choice
    assert api.get("/receipts/541793.json").json["receipt"]["type"] == choice
    assert [document["type"] for document in api.get("/document/1/related_documents.json").json["documents"]] == [
        choice
    ]
    assert api.get("/invoices/1.json").json["invoice"]["type"] == "Invoice"
    assert other not in {
        document["type"] for document in api.get("/document/538222/related_documents.json").json["documents"]
    }


@pytest.mark.parametrize("choice", VARIANTS["state_refusal_status"])
def test_the_state_refusal_status_is_that_of_states(runtime: Runtime, choice: str) -> None:
    """It applies to what a document's state refuses, and to nothing else that is refused."""
    api, other = chosen(runtime, state_refusal_status=choice), {"receipt": {"state": "canceled", "message": "m"}}
    receipt = api.post(PAY, PAYMENT).json["receipt"]["id"]
    of_state: list[tuple[str, str, Any]] = [
        ("POST", f"/documents/{DRAFT}/partial_payments.json", PAYMENT),
        ("PUT", f"/invoices/{SETTLED}/change-state.json", {"invoice": {"state": "finalized"}}),
        ("PUT", f"/simplified_invoices/{SIMPLIFIED}/change-state.json", {"simplified_invoice": {"state": "deleted"}}),
        ("PUT", "/invoices/1/change-state.json", {"invoice": {"state": "canceled", "message": "m"}}),
    ]
    for method, path, body in of_state:
        refused = api.call(method, path, json=body)
        assert (refused.status, is_empty(refused)) == (int(choice), True), path
        assert refused.headers["x-sandbox-reason"] == "state"
    path = f"/receipts/{receipt}/change-state.json"
    assert [api.call("PUT", path, json=other).status for _ in range(2)] == [200, int(choice)]
    for body in ({"partial_payment": {"amount": 5000}}, {}, {"partial_payment": {"amount": 1, "serie": "none"}}):
        assert api.post(PAY, body).status == 422


def test_a_state_refused_with_406_may_have_a_body(runtime: Runtime) -> None:
    """With both variants; a failure that was asked for looks alike."""
    api = chosen(runtime, state_refusal_status="406", error_bodies="json")
    refused = api.post(f"/documents/{DRAFT}/partial_payments.json", PAYMENT)
    assert (refused.status, refused.json["errors"]) == (406, [{"error": f"document {DRAFT} is draft"}])
    failed = api.call("POST", PAY, json=PAYMENT, headers={"prefer": "code=406"})
    assert (failed.status, failed.json["errors"][0]["error"]) == (406, "document-id provided is in an invalid state")


@pytest.mark.parametrize(("choice", "value"), [("string", "12345"), ("integer", 12345)])
def test_the_sequence_id_type_is_that_of_all_documents(runtime: Runtime, choice: str, value: Any) -> None:
    """It applies to documents of every type; requests may use both."""
    api = chosen(runtime, sequence_id_type=choice)
    assert api.post(PAY, PAYMENT).json["receipt"]["sequence_id"] == value
    assert api.get("/invoices/1.json").json["invoice"]["sequence_id"] == value
    assert api.get("/document/538222/related_documents.json").json["documents"][0]["sequence_id"] == value
    assert api.get("/invoices.json").json["invoices"][0]["sequence_id"] == value
    for given in (12345, "12345"):
        made = api.post("/invoices.json", {"invoice": NEW | {"sequence_id": given}})
        assert made.json["invoice"]["sequence_id"] == value


def test_empty_error_bodies_are_empty(runtime: Runtime) -> None:
    """A refusal is a status only."""
    api = chosen(runtime, error_bodies="empty")
    for response in (api.post(PAY, {}), api.post(PAY, PAYMENT, query="api_key=x"), api.get("/invoices/2.json")):
        assert is_empty(response)


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ({"partial_payment": {"amount": 1070.01}}, ["O valor tem de ser menor ou igual a 1070.00"]),
        (
            {"partial_payment": {"amount": -1, "payment_date": "x"}},
            [
                "/partial_payment/amount: -1 is less than the minimum of 0",
                "/partial_payment/payment_date: 'x' does not match",
            ],
        ),
        ({"partial_payment": {"amount": 1, "serie": "São"}}, ["/partial_payment/serie: this account has no serie"]),
        ([], ["[] is not an object", "an array is not an object"]),
    ],
    ids=["overpaid", "two mistakes", "a serie", "no object"],
)
def test_error_bodies_json_says_what_is_wrong(runtime: Runtime, body: Any, texts: list[str]) -> None:
    """A 422 has a text for each mistake."""
    response = chosen(runtime, error_bodies="json").post(PAY, body)
    assert response.status == 422
    assert response.headers["content-type"] == "application/json"
    errors = [error["error"] for error in response.json["errors"]]
    if isinstance(body, list):
        assert errors[0] in texts
    else:
        assert len(errors) == len(texts)
        assert all(error.startswith(text) for error, text in zip(errors, texts, strict=True))


def test_error_bodies_json_is_ascii(runtime: Runtime) -> None:
    """Other characters are escaped, those beyond the first plane as a pair."""
    serie = {"partial_payment": {"amount": 1, "serie": "São 😀"}}
    response = chosen(runtime, error_bodies="json").post(PAY, serie)
    assert rb"S\u00e3o \ud83d\ude00" in response.content
    assert "São 😀" in response.json["errors"][0]["error"]


def test_error_bodies_json_knows_the_key_and_no_unknown_document(runtime: Runtime) -> None:
    """401 has the recorded text; 404 and unknown paths have none."""
    api = chosen(runtime, error_bodies="json")
    refused = api.post(PAY, PAYMENT, query="api_key=x")
    assert (refused.status, refused.content) == (401, b'{"errors":[{"error":"Invalid API key"}]}')
    assert is_empty(api.get("/invoices/2.json"))
    assert is_empty(api.get("/nothing.json"))
    assert is_empty(api.call("DELETE", PAY))


@pytest.mark.parametrize("status", [401, 404, 422])
@pytest.mark.parametrize("choice", VARIANTS["error_bodies"])
def test_a_failure_that_was_asked_for_looks_like_a_refusal(runtime: Runtime, choice: str, status: int) -> None:
    """It conforms to the contract under its choice."""
    api = chosen(runtime, error_bodies=choice)
    response = api.call("POST", PAY, json=PAYMENT, headers={"prefer": f"code={status}"})
    assert response.status == status
    assert is_empty(response) == (choice == "empty" or status == 404)


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_the_examples_still_work(base_runtime: Runtime, name: str, choice: str) -> None:
    """Every request example works under every choice."""
    contract = base_runtime.services[PROVIDER].with_variants({name: choice}).contract
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            if method == "parameters" or "requestBody" not in operation:
                continue
            given = [reference["$ref"].rpartition("/")[2] for reference in item.get("parameters", [])]
            known = {name: contract.document["components"]["parameters"][name] for name in given}
            where = path
            for parameter in known.values():
                where = where.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
            for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
                api = by_fixtures(base_runtime, **{name: choice})
                assert api.call(method.upper(), where, json=example["value"]).status in {200, 201}, where
