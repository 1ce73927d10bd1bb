"""The variant `unknown_members`: by default a member that no contract names is refused; each API can pass over it."""

from typing import Any

import pytest

from paysandbox.check.subject import Subject
from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, dump, read_runtime

LENIENT = "lenient"


def is_map(contract: Contract, operation: Operation) -> bool:
    """Whether a body takes any property, as attributes do."""
    written = contract.document["paths"][operation.template][operation.method.lower()]["requestBody"]
    (schema,) = [content["schema"] for content in written["content"].values()]
    if "$ref" in schema:
        schema = contract.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return isinstance(schema.get("additionalProperties"), dict)


def paint(body: Any) -> Any:
    """Add an unknown property, in the first item of a list."""
    return [paint(body[0]), *body[1:]] if isinstance(body, list) else {**body, "colour": "red"}


WITH_BODIES = [
    pytest.param(name, operation, id=f"{name}-{operation.id}")
    for name, service in read_runtime().services.items()
    for operation in service.contract.operations
    if operation.body is not None and not is_map(service.contract, operation)
]


@pytest.fixture
def lenient(client: Client) -> Client:
    """A sandbox with a namespace in which every API is lenient."""
    variants = {provider.name: {"unknown_members": "ignore"} for provider in find_providers()}
    assert client.post("/_sandbox/namespaces", {"name": LENIENT, "variants": variants}).status == 201
    return client


@pytest.mark.parametrize(("provider", "operation"), WITH_BODIES)
def test_an_unknown_member_is_refused_or_passed_over(lenient: Client, provider: str, operation: Operation) -> None:
    """In `default` nothing changes; in the lenient namespace the call is what it would be without the member."""
    runtime: Runtime = lenient.runtime
    subject = Subject(provider, runtime)
    example = next(iter(subject.examples(operation).values()))
    chosen = {"header": {"X-Sandbox-Namespace": LENIENT}}
    before = dump(runtime, provider)
    refused = subject.call(operation, paint(example))
    assert "unknown property 'colour'" in refused.explain
    assert dump(runtime, provider) == before
    done = subject.call(operation, paint(example), parameters=chosen)
    assert subject.is_success(operation, done.status, done.json if done.content else None), done
    assert b"colour" not in done.content


def test_what_else_is_wrong_is_still_refused(lenient: Client) -> None:
    """A wrong value is no unknown member."""
    headers = {"api-key": f"invoiless-test-key~{LENIENT}"}
    path = "/invoiless/v1/invoices/651d68809b3e7d00418c2f91/payments"
    answer = lenient.post(path, {"method": "card", "colour": "red"}, headers=headers)
    assert answer.status == 400
    assert "/method" in answer.explain
    assert "colour" not in answer.explain
