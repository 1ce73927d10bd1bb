"""The variant `unknown_members`: by default a member that no contract names is refused; each API can pass over it."""

import pytest

from sandbox.check.subject import Subject
from sandbox.contract.operation import Operation
from sandbox.provider import installed
from sandbox.world import World
from tests.support import Client, dump, read_world

LENIENT = "lenient"
WITH_BODIES = [
    pytest.param(name, operation, id=f"{name}-{operation.id}")
    for name, service in read_world().services.items()
    for operation in service.contract.operations
    if operation.body is not None
]


@pytest.fixture
def lenient(client: Client) -> Client:
    """A sandbox with a namespace in which every API is lenient."""
    variants = {provider.name: {"unknown_members": "ignore"} for provider in installed()}
    assert client.post("/_sandbox/namespaces", {"name": LENIENT, "variants": variants}).status == 201
    return client


@pytest.mark.parametrize(("provider", "operation"), WITH_BODIES)
def test_an_unknown_member_is_refused_or_passed_over(lenient: Client, provider: str, operation: Operation) -> None:
    """In `default` nothing changes; in the lenient namespace the call is what it would be without the member."""
    world: World = lenient.world
    subject = Subject(provider, world)
    example = next(iter(subject.examples(operation).values()))
    chosen = {"header": {"X-Sandbox-Namespace": LENIENT}}
    before = dump(world, provider)
    refused = subject.call(operation, {**example, "colour": "red"})
    assert "there is no member 'colour' here" in refused.explain
    assert dump(world, provider) == before
    done = subject.call(operation, {**example, "colour": "red"}, parameters=chosen)
    assert subject.carried_out(operation, done.status, done.json if done.content else None), done
    assert b"colour" not in done.content


def test_what_else_is_wrong_is_still_refused(lenient: Client) -> None:
    """A wrong value is no unknown member."""
    headers = {"api-key": f"invoiless-test-key~{LENIENT}"}
    path = "/invoiless/v1/invoices/651d68809b3e7d00418c2f91/payments"
    answer = lenient.post(path, {"method": "card", "colour": "red"}, headers=headers)
    assert answer.status == 400
    assert "/method" in answer.explain
    assert "colour" not in answer.explain
