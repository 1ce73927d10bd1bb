"""Rules both ways: each in a contract is one in the code of its provider, and the other way round.

That a test passes through each is known only when all have run: tests/judges/rules_passed.py decides it then, and is
held to that here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.provider import installed
from sandbox.world import World
from tests.judges.rules_passed import FOLDER, RulesPassed, required, rules_of_contracts

PROVIDERS = [provider.name for provider in installed()]


def rules_in_code(provider: str) -> Iterator[str]:
    """The literal names in `call.rule("…")` and `rule="…"`."""
    for module in (Path(__file__).parents[1] / "sandbox" / "providers" / provider).rglob("*.py"):
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
    written = service.provider.operations
    modules = written if isinstance(written, tuple) else (written,)
    known = {one.name for one in service.contract.operations}
    in_code = [
        name
        for module in modules
        for name, value in vars(module).items()
        if name in known and getattr(value, "__module__", None) == module.__name__
    ]
    assert in_code == [operation.name for operation in service.contract.operations]


def test_a_rule_that_no_test_passes_through_makes_the_run_red() -> None:
    """Of any operation, once all tests of its provider have run."""
    everything = set(required(PROVIDERS))
    assert len(everything) == sum(map(len, rules_of_contracts().values()))
    for left_out in everything:
        law = RulesPassed()
        law.passed = everything - {left_out}
        session = _finished(law, FOLDER / left_out[0])
        assert (law.missing, session.exitstatus) == ([left_out], pytest.ExitCode.TESTS_FAILED)
    law = RulesPassed()
    law.passed = everything
    assert _finished(law, FOLDER).exitstatus == pytest.ExitCode.OK
    assert sorted(everything) == law.judged


@pytest.mark.parametrize(
    "chosen",
    [
        {"args": [FOLDER / PROVIDERS[0] / "test_fixtures.py"]},
        {"args": [f"{FOLDER / PROVIDERS[0]}/test_fixtures.py::test_one"]},
        {"args": [FOLDER.parent / "judges"]},
        {"ignore": ["x"]},
        {"collectonly": True},
        {"status": pytest.ExitCode.TESTS_FAILED},
        {"deselected": [SimpleNamespace(path=FOLDER / PROVIDERS[0] / "test_fixtures.py")]},
    ],
    ids=str,
)
def test_a_part_of_the_tests_proves_nothing_about_rules(chosen: dict[str, Any]) -> None:
    """Whoever runs some of them is not told that others are missing."""
    law = RulesPassed()
    law.pytest_deselected(chosen.get("deselected", []))
    assert _finished(law, *chosen.get("args", [FOLDER]), **chosen).exitstatus == chosen.get("status", 0)
    assert law.judged == []


def test_what_workers_have_seen_is_added_up() -> None:
    """Under pytest-xdist each sees a part; of one that died nobody knows what it saw."""
    law, worker = RulesPassed(), RulesPassed()
    worker.passed = set(required(PROVIDERS))
    node = SimpleNamespace(workeroutput={})
    _finished(worker, FOLDER, workeroutput=node.workeroutput)
    law.pytest_testnodedown(node)
    assert (law.passed, law.partial) == (worker.passed, False)
    law.pytest_testnodedown(SimpleNamespace())
    assert law.partial


def _finished(law: RulesPassed, *args: Path | str, **chosen: Any) -> Any:
    """A run of these tests at its end."""
    options = {"ignore": None, "ignore_glob": None, "collectonly": False, **chosen}
    config = SimpleNamespace(
        args=list(map(str, args)),
        option=SimpleNamespace(**options),
        invocation_params=SimpleNamespace(dir=FOLDER),
        **({"workeroutput": chosen["workeroutput"]} if "workeroutput" in chosen else {}),
    )
    session = SimpleNamespace(config=config, exitstatus=chosen.get("status", pytest.ExitCode.OK))
    law.pytest_sessionfinish(cast("pytest.Session", session), session.exitstatus)
    return session
