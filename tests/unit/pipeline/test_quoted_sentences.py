"""What an explanation quotes: the vendor's sentence beside its own evidence, never beside a decision of the house."""

import re
from typing import Any

import pytest

from paysandbox.contract.operation import Operation
from paysandbox.core.problems import Invalid, Violation
from paysandbox.kit.provider import Service, find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.explanation import explain
from tests.helpers.runtimes import Client
from tests.unit.control.advised import CRM

TOKEN = "B8D7A12E9F91AFADE914B7330AFD08CB"
SENTENCE = '[documented: "The token retrieved from the login method" (CRM.COM Web API, '
PROVIDERS = [one.name for one in find_providers()]


def list_wrong_bodies(operation: Operation) -> list[Any]:
    """Bodies that violate most of what an operation's schema says of its own properties."""
    values: list[Any] = [None, [], {"zzz": 1}, "", "x" * 5000, -1, 10**30]
    names = sorted(operation.body.members) if operation.body is not None else []
    inner = [{name: value} for name in names for value in values]
    return [{}, {"zzz": 1}, *inner, *({one: dict.fromkeys(names, "x" * 5000)} for one in names)]


def list_violations(service: Service) -> list[tuple[Operation, Violation]]:
    """What those bodies violate, and the parameters of each operation given twice or wrongly."""
    found = []
    for operation in service.contract.operations:
        if operation.body is not None:
            for body in list_wrong_bodies(operation):
                found += [(operation, one) for one in operation.body.validator.violations(body)]
        for parameter in operation.parameters:
            for given in (["x" * 5000], ["-1"], ["a", "b"]):
                found += [(operation, one) for one in ([] if parameter.is_deep else parameter.read(given)[1])]
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_sentence_of_the_vendor_stands_beside_a_house_decision_alone(base_runtime: Runtime, provider: str) -> None:
    """Each sentence has its own brackets, with the evidence for it."""
    violations = list_violations(base_runtime.services[provider])
    assert any(one.provenance == "assumed" for _, one in violations)
    wrong = {
        line
        for operation, one in violations
        for line in [explain(Invalid("x", violations=[one]), operation, 422)]
        if re.search(r'\[assumed: "[^"]*" \(house decision: (?:unknown|[a-zA-Z]+\)|it is given)', line)
    }
    assert wrong == set()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_assumed_violation_has_no_sentence_of_another(base_runtime: Runtime, provider: str) -> None:
    """Neither in the journal nor in reports of evidence."""
    for _, one in list_violations(base_runtime.services[provider]):
        if one.source is not None and re.fullmatch("house decision: [a-zA-Z]+", one.source):
            assert one.own_sentence is None


def test_an_unknown_property_is_told_with_its_own_evidence_first(client: Client) -> None:
    """The sentence about the object helps where no name is near, and is not needed where one is."""
    body = {"token": TOKEN, "amount": 5}
    near = client.post(f"{CRM}/payments/create", body).explain
    assert near.startswith(
        "the body: unknown property 'amount' (did you mean 'payment_amount'?) "
        "[assumed: house decision: unknown properties are refused]; also "
    )
    none = client.post(f"{CRM}/payments/pay_invoice", body).explain
    assert none.startswith(
        "the body: unknown property 'amount' [assumed: house decision: unknown properties are refused] "
        '[documented: "This method is creating a new payment with the intention to pay the whole outstanding amount'
    )


def test_every_missing_credential_is_told_with_a_sentence_of_the_contract(client: Client) -> None:
    """At all providers, for every operation that wants one; with a credential in a wrong place too."""
    for service in client.runtime.services.values():
        for operation in service.contract.operations:
            member = service.provider.body_credential
            if operation.scheme is None and (operation.body is None or member not in operation.body.members):
                continue  # a login
            path = f"/{service.prefix}{service.contract.base_path}{operation.template}"
            for headers in ({}, {"x-token": "x"}):
                sent = {"content-type": "application/json", **headers}
                refused = client.call(operation.method, path, content=b"{}", headers=sent)
                assert re.search(r'\[documented: "[^"]+" \([^)]', refused.explain), (operation.id, refused.explain)


@pytest.mark.parametrize("path", ["/payments/pay_invoice", "/payments/create", "/payments/cancel"])
def test_a_body_without_its_token(client: Client, path: str) -> None:
    """CRM.COM refuses with 200, whose description is that of a success: the property's own sentence is quoted."""
    refused = client.post(f"{CRM}{path}", {}, headers={"authorization": "Bearer x"})
    assert refused.explain.startswith("missing property 'token' in the body; there is a header authorization, ")
    assert SENTENCE in refused.explain


def test_a_query_without_its_token(client: Client) -> None:
    """The security scheme's own sentence is quoted."""
    assert SENTENCE in client.get(f"{CRM}/payments/list").explain


def test_a_wrong_token_is_still_told_by_its_rule(client: Client) -> None:
    refused = client.post(f"{CRM}/payments/create", {"token": "x"})
    assert refused.explain.startswith("no login has this token [rule token-must-be-valid, documented: ")
