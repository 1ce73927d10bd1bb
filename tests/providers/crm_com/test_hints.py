"""What a call tells of its client's mistakes: a sentence with the mend, and none for a call that is right."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from paysandbox.core.exact_json import read_json
from paysandbox.core.messages import Attempt
from paysandbox.core.problems import Violation
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com.hints import advise
from tests.providers.crm_com.known import CANCEL, CREDENTIALS, KEY, KEY_LOGIN, PAY, PROVIDER, SHOW, TOKEN
from tests.providers.crm_com.test_seed_examples import EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, REPAIRED_1, REPAIRED_3

BASE: Final = "/crmapi/rest/v2"
JSON: Final = {"content-type": "application/json; charset=utf-8"}
RIGHT: Final[dict[str, Any]] = {
    "token": TOKEN,
    "accounts_receivable_identifier": {"number": "192"},
    "wallet_identifier": None,
    "type_identifier": {"name": "Payment 1"},
    "payment_method_identifier": {"name": "Direct Debit"},
    "invoice_identifier": {"reference_number": "2024"},
    "received_on": "2014-07-14T09:12:54",
}
WITHOUT: Final = {name: value for name, value in RIGHT.items() if name != "token"}
PREFERENCE: Final = "accounts_receivable_payment_preference_identifier"
TWICE: Final[dict[str, Any]] = {"id": TOKEN, "name": "SEPA"}
NO_KEY: Final = "Send the web API key as the user name of HTTP Basic authentication, with an empty password."
NOT_THE_STATUS: Final = "Test `status.code` of the reply for OK"


def attempt(**changes: Any) -> Attempt:
    """A payment that was made, with whatever a test changes."""
    made: dict[str, Any] = {
        "method": "POST",
        "path": BASE + PAY,
        "query": [],
        "headers": JSON,
        "body": RIGHT,
        "content": b"",
        "operation": "payInvoice",
        "status": 200,
    }
    return Attempt(**made | changes)


def reading(**changes: Any) -> Attempt:
    """A payment that was shown, with whatever a test changes."""
    shown: dict[str, Any] = {
        "method": "GET",
        "path": BASE + SHOW,
        "headers": {},
        "body": None,
        "operation": "showPayment",
    }
    return attempt(**{**shown, "query": [("token", TOKEN), ("payment_identifier", "number=97")], **changes})


def specific(made: Attempt) -> list[str]:
    """The advice but for that on the HTTP status, which every refusal gets."""
    return [hint for hint in advise(made) if NOT_THE_STATUS not in hint]


@pytest.mark.parametrize("text", [REPAIRED_1, EXAMPLE_2, REPAIRED_3], ids=["1", "2", "3"])
def test_the_examples_of_the_page_need_no_advice(text: str) -> None:
    assert list(advise(attempt(body=read_json(text.encode()), content=text.encode()))) == []


def test_every_example_of_the_contract_is_right(base_runtime: Runtime) -> None:
    for operation in base_runtime.services[PROVIDER].contract.operations:
        written = base_runtime.services[PROVIDER].contract.document["paths"][operation.template]
        if "get" in written:
            query = [(one["name"], str(one["example"])) for one in written["get"]["parameters"]]
            made = reading(operation=operation.id, path=BASE + operation.template, query=[("token", TOKEN), *query])
            assert list(advise(made)) == []
            continue
        for one in written["post"]["requestBody"]["content"]["application/json"]["examples"].values():
            headers = JSON | (KEY if operation.id == "createWebApiKeyToken" else {})
            assert list(advise(attempt(operation=operation.id, body=one["value"], headers=headers))) == []


@pytest.mark.parametrize(
    ("headers", "content", "hints"),
    [
        (KEY, b"{}", []),
        (KEY, b"", []),
        (KEY, b"{", [NOT_THE_STATUS]),
        ({}, b"{}", [NOT_THE_STATUS, NO_KEY]),
        ({"authorization": "Bearer x"}, b"", [NOT_THE_STATUS, NO_KEY]),
    ],
)
def test_a_key_belongs_into_the_header(headers: dict[str, str], content: bytes, hints: list[str]) -> None:
    """Its call needs no body, and no token."""
    call = {"operation": "createWebApiKeyToken", "path": BASE + KEY_LOGIN, "headers": headers, "content": content}
    found = list(advise(attempt(**call, body={} if content == b"{}" else None)))
    assert len(found) == len(hints)
    assert all(hint.startswith(beginning) for hint, beginning in zip(found, hints, strict=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "settled-invoice-is-refused"},
        {"violations": [Violation("/type_identifier", "required", "it is missing")]},
        {"body": None, "content": b"{"},
        {"body": []},
        {"body": WITHOUT},
        {"body": WITHOUT | {"token": 5}},
        {"headers": {}},
        {"operation": "createToken", "body": CREDENTIALS, "rule": "login-must-match"},
    ],
    ids=str,
)
def test_a_refusal_with_200_is_no_success(changes: dict[str, Any]) -> None:
    """However it was refused: the HTTP status alone does not show it."""
    (hint,) = advise(attempt(**changes))
    assert NOT_THE_STATUS in hint


@pytest.mark.parametrize("status", [None, 404, 503])
def test_a_failure_with_another_status_is_not_mistaken_for_success(status: int | None) -> None:
    assert list(advise(attempt(status=status, rule="settled-invoice-is-refused"))) == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        (
            {"body": WITHOUT, "headers": JSON | {"authorization": f"Bearer {TOKEN}"}},
            "in the body as `token`, not in the header `authorization`",
        ),
        ({"body": WITHOUT, "headers": JSON | {"token": TOKEN}}, "not in the header `token`"),
        ({"body": WITHOUT, "query": [("token", TOKEN)]}, "not in the query as `token`"),
        ({"body": None, "query": [("token", TOKEN)]}, "not in the query as `token`"),
        ({"body": RIGHT | {"token": f"Bearer {TOKEN}"}}, "Send the `token` without `Bearer` in front."),
        ({"body": RIGHT | {"token": TOKEN.lower()}}, "in upper case"),
        ({"body": RIGHT | {"token": f"{TOKEN.lower()}~checkout-7"}}, "in upper case"),
        ({"rule": "token-expires"}, "Log in again"),
        ({"body": None, "content": EXAMPLE_1.encode()}, "Remove the comma before a closing brace"),
        ({"body": None, "content": EXAMPLE_3.encode()}, "Replace the placeholder in double braces"),
        ({"body": RIGHT | {"token": "{{token}}"}, "content": b'{"token": "{{token}}"}'}, "Replace the placeholder in"),
        (
            {"body": RIGHT | {"invoice_identifier": {"id": TOKEN, "number": "1", "reference_number": None}}},
            "with one of the keys `id`, `number`, and",
        ),
        (
            {"body": RIGHT | {PREFERENCE: {"payment_preference_identifier": TWICE}}},
            "`payment_preference_identifier` with one of the keys `id`, `name`, and",
        ),
        ({"body": RIGHT | {"invoice_identifier": "328"}}, "Send `invoice_identifier` as an object"),
        ({"body": RIGHT | {"invoice_identifier": {"number": 328}}}, "Send the key of `invoice_identifier` as a string"),
        ({"body": RIGHT | {"wallet_identifier": {"number": "W1"}}}, "`wallet_identifier`, not both"),
        ({"body": RIGHT | {"payment_amount": 55}}, "Omit `payment_amount`, because a payment is of all"),
        (
            {"body": RIGHT | {"received_on": "2014-07-14 09:12:54"}},
            "Send `received_on` as a day, like 2014-07-14, or a time with seconds",
        ),
        (
            {"body": RIGHT | {"received_on": "2014-07-14T09:12:54+0200"}},
            "Send `received_on` as a day, like 2014-07-14, or a time with seconds",
        ),
        (
            {"body": RIGHT | {"udf_date_4": "2014-07-14T09:12"}},
            "Send `udf_date_4` as a day, like 2014-07-14, or a time with seconds",
        ),
        (
            {
                "operation": "createToken",
                "body": {"username": "JackH", "password": "crm-test-password", "organization": "Demo"},
            },
            "Unknown property `organization`: send `organisation`.",
        ),
        (
            {"operation": "createToken", "body": CREDENTIALS | {"token": TOKEN}},
            "Leave `token` out of a login, because it is what a login answers.",
        ),
        (
            {"operation": "createToken", "body": CREDENTIALS | {"web_api_key": KEY}},
            "Leave `web_api_key` out of this login: POST authentication/web_api_key/token takes it",
        ),
        (
            {"operation": "createToken", "body": CREDENTIALS | {"unit": "Admin Unit"}},
            "Send `unit` as an id of 32 hex digits, not 'Admin Unit'.",
        ),
        ({"operation": None, "status": 405, "method": "GET"}, f"Send POST {BASE}{PAY}, not "),
        ({"operation": None, "status": 404, "path": PAY}, f"Send POST {BASE}{PAY}, not POST /"),
        ({"operation": None, "status": 404, "path": "/crmapi/rest/%24version" + PAY}, f"Send POST {BASE}{PAY}, not "),
        ({"operation": None, "status": 404, "path": f"{BASE}{PAY}/"}, f"Send POST {BASE}{PAY}, not POST /"),
        (
            {"operation": None, "status": 404, "path": "//crmapi/rest/v2/authentication/token/release"},
            f"Send POST {BASE}/authentication/token/release",
        ),
    ],
    ids=str,
)
def test_a_mistake_is_named_with_its_mend(changes: dict[str, Any], part: str) -> None:
    """One sentence for each, and no other; neither token nor password is ever repeated."""
    (hint,) = specific(attempt(**changes))
    assert part in hint
    assert hint.endswith(".")
    assert TOKEN.lower() not in hint.lower()
    assert "crm-test-password" not in hint


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": JSON | {"authorization": "Basic eDp5"}},
        {"body": RIGHT | {"notes": "from {{name}}, }"}, "content": b'{"notes": "from {{name}}, }"}'},
        {"body": RIGHT | {"received_on": None}},
        {"body": RIGHT | {"invoice_identifier": {"id": None, "number": "", "reference_number": "328"}}},
        {"body": RIGHT | {"wallet_identifier": {"id": None, "number": ""}}},
        {"body": RIGHT | {"received_on": "14/07/2014"}},
        {"operation": None, "status": 404, "path": "/crmapi/rest/v2/payments/refund"},
        {"operation": None, "status": 404, "path": "/crmapi/rest/v2/payments/get_latest", "method": "GET"},
        {"operation": "createToken", "body": CREDENTIALS | {"unit": TOKEN}},
        {"operation": "createToken", "body": CREDENTIALS, "headers": JSON | {"authorization": "Basic eDp5"}},
    ],
    ids=str,
)
def test_what_is_no_mistake_of_this_api_gets_no_advice(changes: dict[str, Any]) -> None:
    """Nothing is said where nothing is known."""
    assert specific(attempt(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        (
            {"query": [], "headers": {"authorization": TOKEN}},
            "in the query as `token`, not in the header `authorization`",
        ),
        ({"query": [], "body": {"token": TOKEN}}, "not in the body"),
        ({"query": [("token", TOKEN.lower())]}, "in upper case"),
        ({"rule": "token-expires"}, "Log in again"),
        ({"body": {"payment_identifier": {"number": "97"}}}, "a call that reads has no body"),
        ({"query": [("token", TOKEN), ("payment_identifier", '{"number":"97"}')]}, "as one string with its key"),
        ({"query": [("token", TOKEN), ("payment_identifier", "97")]}, "its key, like `payment_identifier=number=97`"),
        ({"query": [("token", TOKEN), ("payment_identifier[number]", "97")]}, "not as JSON or a bare value"),
        (
            {"operation": None, "status": 405, "method": "POST"},
            f"Send GET {BASE}{SHOW}, not POST {BASE}{SHOW}, because a call that reads has all in its query.",
        ),
        (
            {"operation": None, "status": 404, "path": f"{BASE}{SHOW}/"},
            f"Send GET {BASE}{SHOW}, not GET {BASE}{SHOW}/.",
        ),
        (
            {"operation": None, "status": 405, "path": BASE + CANCEL},
            f"Send POST {BASE}{CANCEL}, not GET {BASE}{CANCEL}, because this call has a JSON body.",
        ),
    ],
    ids=str,
)
def test_a_mistake_of_a_call_that_reads_is_named_with_its_mend(changes: dict[str, Any], part: str) -> None:
    """One sentence for each, and no other; the token is never repeated."""
    (hint,) = specific(reading(**changes))
    assert part in hint
    assert hint.endswith(".")
    assert TOKEN.lower() not in hint.lower()


@pytest.mark.parametrize(
    "changes",
    [{"rule": "unknown-reference-is-refused"}, {"violations": [Violation("?payment_identifier", "pattern", "x")]}],
    ids=str,
)
def test_a_refused_call_that_reads_is_no_success(changes: dict[str, Any]) -> None:
    """It has HTTP 200 as well."""
    (hint,) = advise(reading(**changes))
    assert NOT_THE_STATUS in hint


def test_a_cancellation_names_no_amount() -> None:
    """It is of the whole payment."""
    body = {"token": TOKEN, "payment_identifier": {"number": "99"}, "payment_amount": 5}
    (hint,) = specific(attempt(operation="cancelPayment", body=body))
    assert hint == "Omit `payment_amount`, because a payment is cancelled as a whole."


NAMES = st.sampled_from([*RIGHT, PREFERENCE, "payment_preference_identifier", "id", "unit"]) | st.text(max_size=5)
LEAVES = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5) | st.just("{{token}}")
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20)


@given(
    body=VALUES,
    content=st.binary(max_size=20),
    operation=st.sampled_from(["payInvoice", "showPayment", "cancelPayment", "createToken", "releaseToken", None]),
    path=st.sampled_from(["", "/", "//", PAY, "/%FF%", BASE + PAY]),
    headers=st.sampled_from([{}, JSON, {"authorization": ""}, {"content-type": ";"}]),
)
@example(body={"invoice_identifier": {"a": Decimal("NaN")}}, content=b"", operation="payInvoice", path="/", headers={})
def test_no_body_is_too_strange(
    body: Any, content: bytes, operation: str | None, path: str, headers: dict[str, str]
) -> None:
    """Whatever JSON was sent, wherever: sentences or none, and no failure."""
    made = attempt(body=body, content=content, operation=operation, path=path, headers=headers)
    assert all(isinstance(hint, str) for hint in advise(made))


@pytest.mark.parametrize(
    ("headers", "body", "is_told"),
    [
        ({"authorization": "Basic SmFja0g6eA=="}, None, True),
        ({"authorization": "Basic SmFja0g6eA=="}, {"organisation": "Demo"}, True),
        ({"authorization": "Bearer x"}, {"username": "JackH"}, True),
        ({"authorization": "Basic SmFja0g6eA=="}, {"username": "JackH", "password": "x"}, False),
        ({}, {"organisation": "Demo"}, False),
    ],
)
def test_a_login_in_a_header(headers: dict[str, str], body: Any, *, is_told: bool) -> None:
    """The other login reads HTTP Basic authentication; this one has all in its body."""
    made = attempt(path=f"{BASE}/authentication/token", operation="createToken", headers=headers, body=body)
    assert any("in the body, not in the header" in hint for hint in advise(made)) is is_told
