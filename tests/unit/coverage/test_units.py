"""Coverage: which units a contract has, and which of them a call exercises."""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET

from paysandbox.contract.document import Contract
from paysandbox.contract.provenance import GRADES
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Call, Request
from paysandbox.coverage.units import KINDS, Coverage, Unit
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.process import process

Read = Callable[..., Contract]
Change = tuple[str, str]

PROVIDERS = [provider.name for provider in find_providers()]
MEMBERS = "        currency: {enum: [EUR, USD], x-provenance: assumed}\n"
LIMIT = "          schema: {type: integer, minimum: 1, maximum: 100, default: 20}"
ANSWER = '{$ref: "#/components/schemas/Order"}\n        "404"'


def member(text: str) -> Change:
    """One more member of a payment."""
    return MEMBERS, f"{MEMBERS}        {text}\n"


def new(contract: Contract, plain: Contract) -> dict[str, str]:
    """The units that a change has brought, with their provenance."""
    known = {unit.id for unit in Coverage(plain).units}
    return {unit.id: unit.provenance for unit in Coverage(contract).units if unit.id not in known}


def called(contract: Contract, body: Any = None, *, operation: str = "payOrder", **parameters: Any) -> set[str]:
    """The units of members and parameters that a call exercises, called by their places."""
    asked = next(one for one in contract.operations if one.id == operation)
    path, query, headers = (parameters.get(kind, {}) for kind in ("path", "query", "headers"))
    call = Call(operation, path, query, headers, body, principal=None, origin="http://127.0.0.1")
    found = Coverage(contract).find_exercised(asked, 999, UNSET, call, [])
    assert len(found) == len(set(found))
    return {one.removeprefix(f"{operation} ") for one in found if one != operation}


def test_the_units_of_a_contract_stand_in_its_order(contract: Read) -> None:
    """Operation, statuses, parameters, body, rules; each under the nearest mark."""
    assert [(unit.id, unit.kind, unit.provenance) for unit in Coverage(contract()).units] == [
        ("getOrder", "operation", "documented"),
        ("getOrder 200", "status", "documented"),
        ("getOrder 404", "status", "documented"),
        ("getOrder ?limit default", "default", "observed"),
        ("payOrder", "operation", "documented"),
        ("payOrder 201", "status", "observed"),
        ("payOrder 409", "status", "documented"),
        ("payOrder /currency=EUR", "enum", "assumed"),
        ("payOrder /currency=USD", "enum", "assumed"),
        ("payOrder rule only-once", "rule", "assumed"),
    ]


def test_a_unit_says_what_the_contract_says(contract: Read) -> None:
    """The nearest sentence and source; a member without a sentence has none, whatever describes its object."""
    units = {unit.id: unit for unit in Coverage(contract(member("kind: {enum: [A], description: Its kind.}"))).units}
    assert units["getOrder"] == Unit("getOrder", "operation", "getOrder", "documented", "the page: 1", "Get an order")
    assert units["getOrder 404"].says == "There is none."
    assert units["getOrder ?limit default"].source == "the page: 2"
    assert units["getOrder ?limit default"].says == "How many at most."
    assert (units["payOrder /kind=A"].source, units["payOrder /kind=A"].says) == ("the page: 3", "Its kind.")
    assert units["payOrder /currency=EUR"].says is None
    assert units["payOrder rule only-once"].says == "An order is paid once."


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("kind: {enum: [A, null]}", {"/kind=A": "documented"}),
        ("kind: {const: A}", {}),
        ("kind: {type: string, default: A}", {"/kind default": "documented"}),
        ("kind: {enum: [0.50, 2, true]}", dict.fromkeys(["/kind=0.50", "/kind=2", "/kind=true"], "documented")),
        ("a/b~c: {enum: [A]}", {"/a~1b~0c=A": "documented"}),
        ("kind: {anyOf: [{enum: [A]}, {type: 'null'}]}", {"/kind=A": "documented"}),
        ("kind: {allOf: [{type: string}, {enum: [A]}]}", {"/kind=A": "documented"}),
        ("kinds: {type: array, items: {enum: [A]}}", {"/kinds/*=A": "documented"}),
        (
            "parts: {type: array, items: {properties: {kind: {enum: [A], default: A}}}}",
            {"/parts/*/kind=A": "documented", "/parts/*/kind default": "documented"},
        ),
        (
            "kind: {oneOf: [{enum: [A], x-provenance: assumed}, {enum: [A, B], x-provenance: observed}, {enum: [B]}]}",
            {"/kind=A": "observed", "/kind=B": "documented"},
        ),
        ("kind: {$ref: '#/components/schemas/Kind'}", {"/kind=A": "assumed"}),
        ("kind: {$ref: '#/components/schemas/Kind', x-provenance: observed}", {"/kind=A": "observed"}),
        ("kind: {$ref: '#/components/schemas/Kind', enum: [B]}", {"/kind=A": "assumed", "/kind=B": "documented"}),
        ("again: {$ref: '#/components/schemas/Payment'}", {}),
    ],
)
def test_what_a_request_may_choose_from_is_found(contract: Read, text: str, units: dict[str, str]) -> None:
    """At any depth and through every composition; one place has each value once, on the best word for it."""
    kind = ("    Payment:\n", "    Kind: {enum: [A], x-provenance: assumed}\n    Payment:\n")
    found = new(contract(member(text), kind), contract())
    assert {one.removeprefix("payOrder "): grade for one, grade in found.items()} == units


@pytest.mark.parametrize(("count", "units"), [(20, 20), (21, 1)])
def test_a_long_list_of_values_is_one_unit(contract: Read, count: int, units: int) -> None:
    """A test for each currency would prove nothing more."""
    many = contract(member(f"unit: {{enum: [{', '.join(f'U{n}' for n in range(count))}]}}"))
    assert len(new(many, contract())) == units
    assert called(many, {"unit": "U7"}) == {"/unit=U7" if units > 1 else "/unit=any of 21"}
    assert called(many, {"unit": "other"}) == set()


def test_parameters_have_units_too(contract: Read) -> None:
    """Each under the mark of its place, in the path of the items around the operations as well."""
    choosy = contract(
        (LIMIT, "          schema: {enum: [asc, desc], default: asc}"),
        ("schema: {type: string, maxLength: 5, x-assumed: [maxLength]}", "schema: {enum: [shop]}"),
    )
    found = new(choosy, contract((LIMIT, "          schema: {type: integer}")))
    assert list(found) == [
        f"getOrder {one}" for one in ("?limit=asc", "?limit=desc", "?limit default", "#scope-id=shop")
    ]
    asked = called(choosy, operation="getOrder", query={"limit": "asc", "full": None}, headers={"scope-id": "shop"})
    assert asked == {"?limit=asc", "?limit default", "#scope-id=shop"}
    assert called(choosy, operation="getOrder", query={"limit": "desc"}, headers={}) == {"?limit=desc"}


DEFAULTS = member("kind: {type: [string, 'null'], default: A, enum: [A, B, null]}")
PARTS = member("parts: {type: array, items: {properties: {kind: {enum: [1, 0.5], default: 1}}}}")


@pytest.mark.parametrize(
    ("change", "body", "units"),
    [
        (DEFAULTS, {"currency": "EUR"}, {"/currency=EUR", "/kind default"}),
        (DEFAULTS, {"currency": "EUR", "kind": None}, {"/currency=EUR", "/kind default"}),
        (DEFAULTS, {"currency": "GBP", "kind": "A"}, {"/kind=A"}),
        (PARTS, {"parts": [{"kind": 1}, {"kind": Decimal(1)}, {"kind": Decimal("0.5")}]}, 2),
        (PARTS, {"parts": [{}, {"kind": None}]}, {"/parts/*/kind default"}),
        (PARTS, {"parts": []}, set()),
        (PARTS, {"parts": "none", "currency": ["EUR"]}, set()),
        (PARTS, {"parts": None, "currency": {"EUR": 1}}, set()),
        (PARTS, [], set()),
        (PARTS, None, set()),
    ],
)
def test_a_body_exercises_its_values_and_the_defaults_of_what_it_leaves_out(
    contract: Read, change: Change, body: Any, units: set[str] | int
) -> None:
    """A member that is null is left out; many items of an array exercise a unit once; odd values exercise none."""
    found = called(contract(change), body)
    assert found == ({"/parts/*/kind=1", "/parts/*/kind=0.5"} if units == 2 else units)


def test_a_request_that_was_not_understood_exercises_operation_status_and_rules(contract: Read) -> None:
    """Its members may mean anything. What the contract lacks is no unit."""
    shop = contract(DEFAULTS)
    coverage = Coverage(shop)
    pay = shop.operations[1]
    found = coverage.find_exercised(pay, 409, UNSET, None, ["only-once", "unheard-of"])
    assert found == ["payOrder", "payOrder 409", "payOrder rule only-once"]
    assert coverage.find_exercised(pay, 500, {"title": "The sandbox broke"}, None, []) == ["payOrder"]


OK = "{properties: {state: {properties: {code: {const: OK}}}, kind: {enum: [A, B]}}}"
FAILED = "{x-provenance: assumed, properties: {state: {properties: {code: {enum: [LOST, BROKEN]}}}, kind: {const: A}}}"


def test_the_codes_of_an_envelope_are_statuses(contract: Read) -> None:
    """Wherever in the answer it stands what tells the branches of a `oneOf` apart."""
    shop = contract((ANSWER, f'{{oneOf: [{OK}, {FAILED}]}}\n        "404"'))
    assert new(shop, contract()) == {
        "getOrder 200 OK": "documented",
        "getOrder 200 LOST": "assumed",
        "getOrder 200 BROKEN": "assumed",
    }
    coverage, asked = Coverage(shop), shop.operations[0]
    lost = {"state": {"code": "LOST"}, "kind": "A"}
    assert coverage.find_exercised(asked, 200, lost, None, []) == ["getOrder", "getOrder 200", "getOrder 200 LOST"]
    odd_answers: list[Any] = [UNSET, None, "LOST", [], {}, {"state": "LOST"}]
    for odd in [*odd_answers, {"state": {"code": "NEW"}}, {"state": {"code": [1]}}]:
        assert coverage.find_exercised(asked, 200, odd, None, []) == ["getOrder", "getOrder 200"]


@pytest.mark.parametrize(
    "branches",
    [
        "{properties: {code: {enum: [OK]}}}, {properties: {code: {type: string}}}",
        "{properties: {code: {enum: [A, B]}}}, {properties: {code: {enum: [B]}}}",
        "{properties: {code: {const: 1}}}, {properties: {code: {const: 2}}}",
        "{type: string}, {type: 'null'}",
    ],
)
def test_what_does_not_tell_branches_apart_is_no_code(contract: Read, branches: str) -> None:
    """A value that two branches share, a number, or a text that is free in one of them."""
    assert new(contract((ANSWER, f'{{oneOf: [{branches}]}}\n        "404"')), contract()) == {}


@pytest.mark.parametrize("provider", [*PROVIDERS, "control"])
def test_every_status_and_rule_of_the_contracts_is_a_unit(base_runtime: Runtime, provider: str) -> None:
    """Under ids that are unique, with a kind and a provenance that reports know."""
    service = base_runtime.control if provider == "control" else base_runtime.services[provider]
    units = {unit.id: unit for unit in Coverage(service.contract).units}
    assert len(units) == len(Coverage(service.contract).units)
    assert {unit.kind for unit in units.values()} <= set(KINDS)
    assert {unit.provenance for unit in units.values()} <= set(GRADES)
    for one in service.contract.operations:
        assert units[one.id].provenance == one.provenance
        for status, answerable in one.replies.items():
            assert units[f"{one.id} {status}"].provenance == answerable.provenance
        for rule in one.rules.values():
            assert units[f"{one.id} rule {rule.id}"].says == rule.says


INVOICE = "/v1/invoices/651d68809b3e7d00418c2f77/payments"
KEY = {"api-key": "invoiless-test-key"}
SCENARIOS = """
invisible_collector seed {}
  201, /status=FINAL, /currency=any of 195, rule number-unique-per-company, rule two-documents-one-payment,
  rule payment-updates-referenced-debts, rule line-with-reference-links-note, rule linked-note-counts-once,
  rule note-names-its-latest-debt, rule debt-status-follows-totals
invisible_collector seed {"status": "final"}
  422
invisible_collector mandatoryOnly {"status": null}
  201, /status default, /currency=any of 195, rule number-unique-per-company, rule status-defaults-to-final,
  rule payment-updates-referenced-debts
invoicexpress seed {}
  200, /partial_payment/payment_mechanism=TB, rule amount-zero-or-more, rule receipt-takes-next-number,
  rule receipt-total-is-amount-paid
invoicexpress seed {"payment_mechanism": "CC"}
  422
invoiless bankTransfer {}
  201, /method=BankTransfer, /sendNotification default
crm_com example-3 {}
  200, 200 OK, rule token-must-be-valid, rule exactly-one-key-per-identifier, rule accounts-receivable-or-wallet,
  rule wallet-definition-allows-payment, rule invoice-belongs-to-account, rule wallet-unconditional-funds-only,
  rule pays-whole-outstanding-amount, rule received-defaults, rule currency-rate-period, rule allocation-against-item
crm_com example-3 {"token": "x"}
  200, 200 INVALID_TOKEN, rule token-must-be-valid
"""
CALLS = {
    "invisible_collector": ("POST /payments", {"authorization": "Bearer ic-test-token"}),
    "invoicexpress": ("POST /documents/1/partial_payments.json?api_key=ix-test-key", {}),
    "invoiless": (f"POST {INVOICE}", KEY),
    "crm_com": ("POST /crmapi/rest/v2/payments/pay_invoice", {}),
}


def outcome(runtime: Runtime, provider: str, call: str, headers: Mapping[str, str], body: Any = None) -> set[str]:
    """The units that a call in the default namespace exercises, called as below their operation."""
    method, target = call.split(" ")
    path, _, query = target.partition("?")
    sent = [(name.encode(), value.encode()) for name, value in {"content-type": "application/json", **headers}.items()]
    request = Request(method, path, query, sent, write_json(body))
    service = runtime.services[provider]
    done = process(request, service, runtime.namespaces.get("default").state(provider))
    assert done.breach is None
    assert done.operation is not None
    coverage = Coverage(service.contract)
    found = coverage.find_exercised(done.operation, done.reply.status, done.reply.body, done.call, done.rules)
    assert len(found) == len(set(found))
    assert set(found) <= {unit.id for unit in coverage.units}
    return {one.removeprefix(f"{done.operation.id} ") for one in found} - {done.operation.id}


@pytest.mark.parametrize("scenario", re.split(r"\n(?=\w)", SCENARIOS.strip()), ids=lambda one: one.partition("\n")[0])
def test_the_examples_exercise_what_they_show(runtime: Runtime, scenario: str) -> None:
    """Neither more nor less; refused before they are understood, only what they were refused with."""
    asked, _, units = scenario.partition("\n")
    provider, example, changes = asked.split(" ", 2)
    call, headers = CALLS[provider]
    contract = runtime.services[provider].contract
    operation, _ = contract.route("POST", call.removeprefix("POST ").partition("?")[0])
    (content,) = contract.document["paths"][operation.template]["post"]["requestBody"]["content"].values()
    body = {**content["examples"][example]["value"], **json.loads(changes)}
    assert outcome(runtime, provider, call, headers, body) == set(" ".join(units.split()).split(", "))


def test_what_is_read_exercises_its_parameters_defaults(runtime: Runtime) -> None:
    """Those of the parameters that were not sent; without a key nothing was understood."""
    assert outcome(runtime, "invoiless", f"GET {INVOICE}?limit=10", KEY) == {"200", "?page default"}
    assert outcome(runtime, "invoiless", f"GET {INVOICE}", KEY) == {"200", "?page default", "?limit default"}
    assert outcome(runtime, "invoiless", f"GET {INVOICE}", {}) == {"403"}
