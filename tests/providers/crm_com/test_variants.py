"""The variants error_http_status and empty_status_text: both sides of each, chosen by a namespace or for a sandbox."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT
from tests.helpers.runtimes import Client, Response, dump, fresh_runtime
from tests.providers.crm_com.known import (
    CANCEL,
    CREDENTIALS,
    INVOICE,
    LIST,
    LOGIN,
    PAY,
    PROVIDER,
    RELEASE,
    ROOT,
    SHOW,
    TOKEN,
    asked,
    examples,
)

Call = Callable[[Client], Response]

PAYMENT: Final[dict[str, Any]] = {
    "token": TOKEN,
    "accounts_receivable_identifier": {"number": "192"},
    "type_identifier": {"name": "Payment 1"},
    "payment_method_identifier": {"name": "Direct Debit"},
    "invoice_identifier": {"reference_number": "2024"},
}
CANCELLATION: Final[dict[str, Any]] = {
    "token": TOKEN,
    "payment_identifier": {"number": "99"},
    "type_identifier": {"alternative_code": "PAYCAN"},
}
DINA: Final = {"accounts_receivable_identifier": "number=192"}
STATUSES: Final = {"INVALID_REQUEST": 400, "INVALID_TOKEN": 401, "NOT_FOUND": 404, "NOT_ALLOWED": 409}
REFUSED: Final[dict[str, tuple[Call, str]]] = {
    "pay, no token": (lambda api: api.post(PAY, {**PAYMENT, "token": "x"}), "INVALID_TOKEN"),
    "pay, a member more": (lambda api: api.post(PAY, {**PAYMENT, "amount": 1}), "INVALID_REQUEST"),
    "pay, no JSON": (lambda api: api.call("POST", PAY, content=b"{"), "INVALID_REQUEST"),
    "pay, no invoice": (lambda api: api.post(PAY, {**PAYMENT, "invoice_identifier": {"number": "1"}}), "NOT_FOUND"),
    "pay, settled": (
        lambda api: api.post(PAY, {**PAYMENT, "invoice_identifier": {"reference_number": "2028"}}),
        "NOT_ALLOWED",
    ),
    "show, no token": (lambda api: asked(api, SHOW, token=..., payment_identifier="number=97"), "INVALID_TOKEN"),
    "show, not packed": (lambda api: asked(api, SHOW, payment_identifier="97"), "INVALID_REQUEST"),
    "show, no payment": (lambda api: asked(api, SHOW, payment_identifier="number=1"), "NOT_FOUND"),
    "list, no token": (lambda api: asked(api, LIST, token="x", **DINA), "INVALID_TOKEN"),
    "list, an impossible part": (lambda api: asked(api, LIST, number_of_results=0, **DINA), "INVALID_REQUEST"),
    "list, no type": (lambda api: asked(api, LIST, type_identifier="name=x", **DINA), "NOT_FOUND"),
    "list, two accounts": (
        lambda api: asked(api, LIST, accounts_receivable_identifier="name=António Vaz"),
        "NOT_ALLOWED",
    ),
    "cancel, no token": (lambda api: api.post(CANCEL, {**CANCELLATION, "token": "x"}), "INVALID_TOKEN"),
    "cancel, no type": (lambda api: api.post(CANCEL, {**CANCELLATION, "type_identifier": {}}), "INVALID_REQUEST"),
    "cancel, no payment": (
        lambda api: api.post(CANCEL, {**CANCELLATION, "payment_identifier": {"number": "1"}}),
        "NOT_FOUND",
    ),
    "cancel, cancelled": (
        lambda api: api.post(CANCEL, {**CANCELLATION, "payment_identifier": {"number": "96"}}),
        "NOT_ALLOWED",
    ),
    "invoice, no token": (lambda api: asked(api, INVOICE, token="", invoice_identifier="number=1"), "INVALID_TOKEN"),
    "invoice, not packed": (lambda api: asked(api, INVOICE, invoice_identifier="1"), "INVALID_REQUEST"),
    "invoice, no invoice": (lambda api: asked(api, INVOICE, invoice_identifier="number=1"), "NOT_FOUND"),
    "login, no password": (lambda api: api.post(LOGIN, {**CREDENTIALS, "password": "x"}), "INVALID_TOKEN"),
    "login, a member less": (lambda api: api.post(LOGIN, {"username": "JackH"}), "INVALID_REQUEST"),
    "login, no unit": (lambda api: api.post(LOGIN, {**CREDENTIALS, "unit": "x"}), "NOT_FOUND"),
    "release, no token": (lambda api: api.post(RELEASE, {"token": "x"}), "INVALID_TOKEN"),
    "release, a member more": (lambda api: api.post(RELEASE, {"token": TOKEN, "x": 1}), "INVALID_REQUEST"),
}
CHOICES: Final = [
    {"error_http_status": "200"},
    {"error_http_status": "4xx"},
    {"empty_status_text": "empty"},
    {"empty_status_text": "null_text"},
    {"error_http_status": "4xx", "empty_status_text": "null_text"},
]


class Chosen:
    """A sandbox under choices, made in one of two ways, and a client of it."""

    def __init__(self, base_runtime: Runtime, way: str, choices: dict[str, str]) -> None:
        self.choices = choices
        if way == "for a sandbox":
            self.runtime, self.namespace, root = fresh_runtime(base_runtime, None, **choices), DEFAULT, ROOT
        else:
            self.runtime, self.namespace, root = fresh_runtime(base_runtime), "varied", f"/ns/varied{ROOT}"
            body = {"name": self.namespace, "variants": {PROVIDER: choices}}
            made = Client(self.runtime).post("/_sandbox/namespaces", body)
            assert made.status == 201, made.content
            assert made.json["providers"][PROVIDER]["variants"].items() >= choices.items()
        self.api = Client(self.runtime, root=root)

    @property
    def text(self) -> str | None:
        """What stands for an empty text."""
        return None if self.choices.get("empty_status_text") == "null_text" else ""

    def status(self, code: str) -> int:
        """The HTTP status of a refusal."""
        return STATUSES[code] if self.choices.get("error_http_status") == "4xx" else 200


@pytest.fixture(params=["for a sandbox", "by a namespace"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("choices", CHOICES, ids=str)
@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_under_each_choice(base_runtime: Runtime, way: str, choices: dict[str, str], case: str) -> None:
    """The same envelope, the status of the choice, the reason beside it; nothing is changed."""
    chosen, (call, code) = Chosen(base_runtime, way, choices), REFUSED[case]
    before = dump(chosen.runtime, PROVIDER, chosen.namespace)
    response = call(chosen.api)
    assert (response.status, response.json["status"]["code"]) == (chosen.status(code), code)
    assert response.json.keys() == {"status"}
    assert all(isinstance(text, str) and text for text in response.json["status"].values())
    assert response.explain
    assert ("x-sandbox-reason" in response.headers) == (code in {"NOT_FOUND", "NOT_ALLOWED"})
    assert dump(chosen.runtime, PROVIDER, chosen.namespace) == before


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_every_example_is_carried_out_under_each_choice(
    base_runtime: Runtime, way: str, choices: dict[str, str]
) -> None:
    """With HTTP 200, and with the empty texts of the choice."""
    for operation, call in examples(base_runtime):
        chosen = Chosen(base_runtime, way, choices)
        response = call(chosen.api)
        assert response.status == 200, operation
        assert response.json["status"] == {"code": "OK", "description": chosen.text, "message": chosen.text}, operation


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_a_path_or_a_method_that_is_not_there_has_its_own_status(
    base_runtime: Runtime, way: str, choices: dict[str, str]
) -> None:
    """404 and 405, whatever is chosen."""
    api = Chosen(base_runtime, way, choices).api
    assert (api.get("/payments").status, api.get(PAY).status) == (404, 405)


@pytest.mark.parametrize(
    ("choice", "statuses"), [("200", {200}), ("4xx", {200, 400, 401, 404, 409})], ids=["200", "4xx"]
)
def test_the_contract_lists_what_a_choice_answers(base_runtime: Runtime, choice: str, statuses: set[int]) -> None:
    """And under 4xx no refusal comes with 200."""
    contract = base_runtime.services[PROVIDER].base_contract.with_variants({"error_http_status": choice})
    assert {status for operation in contract.operations for status in operation.replies} == statuses
    for operation in contract.operations:
        text = {"code": "NOT_FOUND", "description": "x", "message": "x"}
        taken = operation.replies[200].contents["application/json"].is_valid({"status": text})
        assert taken == (choice == "200" and operation.id != "releaseToken")


@pytest.mark.parametrize(("choice", "text", "other"), [("empty", "", None), ("null_text", None, "")])
def test_the_contract_has_the_text_of_a_choice(
    base_runtime: Runtime, choice: str, text: str | None, other: str | None
) -> None:
    contract = base_runtime.services[PROVIDER].base_contract.with_variants({"empty_status_text": choice})
    for operation in contract.operations:
        if operation.id in {"listPayments", "releaseToken"}:
            judge = operation.replies[200].contents["application/json"]
            data: Any = [] if operation.id == "listPayments" else {}
            for said in (text, other):
                status = {"code": "OK", "description": said, "message": said}
                assert judge.is_valid({"status": status, "data": data}) == (said == text)


def test_the_first_choices_are_the_defaults(base_runtime: Runtime) -> None:
    """HTTP 200 and empty texts, as in the newer examples."""
    service = base_runtime.services[PROVIDER]
    assert service.base_contract.variants["error_http_status"].default == "200"
    assert service.base_contract.variants["empty_status_text"].default == "empty"
    variants = base_runtime.namespaces.baselines[PROVIDER].variants
    assert (variants["error_http_status"], variants["empty_status_text"]) == ("200", "empty")


@pytest.mark.parametrize("member", ["x", "payment_amount"])
def test_a_member_that_is_not_there_can_be_passed_over(base_runtime: Runtime, way: str, member: str) -> None:
    """Under unknown_members: ignore, as in every API here; what is paid is all of the invoice nevertheless."""
    chosen = Chosen(base_runtime, way, {"unknown_members": "ignore"})
    response = chosen.api.post(PAY, {**PAYMENT, member: 5})
    assert response.json["status"]["code"] == "OK"
    assert response.json["data"]["payment_amount"] == 55
