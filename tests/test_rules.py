"""Rules both ways: each in a contract is one in the code of its provider, and the other way round."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.provider import installed
from sandbox.world import World

PROVIDERS = [provider.name for provider in installed()]


def rules_in_code(provider: str) -> Iterator[str]:
    """The literal names in `call.rule("…")` and `rule="…"`."""
    for module in (Path(__file__).parents[1] / "sandbox" / "providers" / provider).glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call):
                named = node.args[:1] if isinstance(node.func, ast.Attribute) and node.func.attr == "rule" else []
                named = [*named, *(keyword.value for keyword in node.keywords if keyword.arg == "rule")]
                yield from (one.value for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "rule":
                yield from (str(one.value) for one in [node.value] if isinstance(one, ast.Constant))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rules_in_the_contract_are_the_rules_in_code(base_world: World, provider: str) -> None:
    """A rule that no code passes through is a lie, and one that no contract says is a secret."""
    operations = base_world.services[provider].contract.operations
    assert {rule for operation in operations for rule in operation.rules} == set(rules_in_code(provider))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_operations_stand_in_the_contracts_order(base_world: World, provider: str) -> None:
    """Whoever has read one finds their way in the other."""
    service = base_world.services[provider]
    in_code = [
        name for name in vars(service.provider.operations) if name in {one.name for one in service.contract.operations}
    ]
    assert in_code == [operation.name for operation in service.contract.operations]
