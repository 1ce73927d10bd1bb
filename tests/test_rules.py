"""Rules both ways: each in a contract is one in the code of its provider, and the other way round.

That a test passes through each is known only when all have run. The plugin rules_passed.py beside the second validator
decides it then, and is held to that here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from paysandbox.kit.provider import find_providers, import_modules
from paysandbox.kit.runtime import Runtime
from tests.conformance.second_validator.rules_passed import FOLDER, RulesPassed, required, rules_of_contracts

PROVIDERS = [provider.name for provider in find_providers()]


def rules_in_code(provider: str) -> Iterator[str]:
    """The literal names in `call.rule("…")` and `rule="…"`."""
    for module in (Path(__file__).parents[1] / "sandbox" / "paysandbox" / "providers" / provider).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call):
                named = node.args[:1] if isinstance(node.func, ast.Attribute) and node.func.attr == "rule" else []
                named = [*named, *(keyword.value for keyword in node.keywords if keyword.arg == "rule")]
                yield from (one.value for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "rule":
                yield from (str(one.value) for one in [node.value] if isinstance(one, ast.Constant))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_rules_in_the_contract_are_the_rules_in_code(base_runtime: Runtime, provider: str) -> None:
    """A rule that no code passes through is a lie, and one that no contract says is a secret."""
    operations = base_runtime.services[provider].contract.operations
    assert {rule for operation in operations for rule in operation.rules} == set(rules_in_code(provider))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_operations_of_a_subject_stand_in_the_contracts_order(base_runtime: Runtime, provider: str) -> None:
    """A reader of one finds the way in the other."""
    service = base_runtime.services[provider]
    packages, handlers = service.provider.operations, list(service.handlers.values())
    in_contract = [operation.name for operation in service.contract.operations]
    in_code = []
    for package in packages if isinstance(packages, tuple) else (packages,):
        for module in import_modules(package):
            functions = [name for name, value in vars(module).items() if value in handlers]
            assert functions == [name for name in in_contract if name in functions], module.__name__
            in_code += functions
    assert sorted(in_code) == sorted(in_contract)


def test_a_rule_that_no_test_passes_through_makes_the_run_red() -> None:
    """Of any operation, once all tests of its provider have run."""
    everything = set(required(PROVIDERS))
    assert len(everything) == sum(map(len, rules_of_contracts().values()))
    for left_out in everything:
        invariant = RulesPassed()
        invariant.passed = everything - {left_out}
        session = _finished(invariant, FOLDER / left_out[0])
        assert (invariant.missing, session.exitstatus) == ([left_out], pytest.ExitCode.TESTS_FAILED)
    invariant = RulesPassed()
    invariant.passed = everything
    assert _finished(invariant, FOLDER).exitstatus == pytest.ExitCode.OK
    assert sorted(everything) == invariant.judged


@pytest.mark.parametrize(
    "chosen",
    [
        {"args": [FOLDER / PROVIDERS[0] / "test_fixtures.py"]},
        {"args": [f"{FOLDER / PROVIDERS[0]}/test_fixtures.py::test_one"]},
        {"args": [FOLDER.parent / "judges"]},
        {"ignore": ["x"]},
        {"collectonly": True},
        {"lf": True},
        {"status": pytest.ExitCode.TESTS_FAILED},
        {"deselected": [SimpleNamespace(path=FOLDER / PROVIDERS[0] / "test_fixtures.py")]},
    ],
    ids=str,
)
def test_a_part_of_the_tests_proves_nothing_about_rules(chosen: dict[str, Any]) -> None:
    """A run of some tests does not report the rules of others as missing."""
    invariant = RulesPassed()
    invariant.pytest_deselected(chosen.get("deselected", []))
    assert _finished(invariant, *chosen.get("args", [FOLDER]), **chosen).exitstatus == chosen.get("status", 0)
    assert invariant.judged == []


def test_what_workers_have_seen_is_added_up() -> None:
    """Under pytest-xdist each sees a part; what a dead one saw is unknown."""
    invariant, worker = RulesPassed(), RulesPassed()
    worker.passed = set(required(PROVIDERS))
    node = SimpleNamespace(workeroutput={})
    _finished(worker, FOLDER, workeroutput=node.workeroutput)
    invariant.pytest_testnodedown(node)
    assert (invariant.passed, invariant.partial) == (worker.passed, False)
    invariant.pytest_testnodedown(SimpleNamespace())
    assert invariant.partial


def _finished(invariant: RulesPassed, *args: Path | str, **chosen: Any) -> Any:
    """A run of these tests at its end."""
    options = {"ignore": None, "ignore_glob": None, "collectonly": False, **chosen}
    config = SimpleNamespace(
        args=list(map(str, args)),
        option=SimpleNamespace(**options),
        invocation_params=SimpleNamespace(dir=FOLDER),
        **({"workeroutput": chosen["workeroutput"]} if "workeroutput" in chosen else {}),
    )
    session = SimpleNamespace(config=config, exitstatus=chosen.get("status", pytest.ExitCode.OK))
    invariant.pytest_sessionfinish(cast("pytest.Session", session), session.exitstatus)
    return session
