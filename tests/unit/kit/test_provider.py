"""A provider and its contract are joined by the names of functions."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from msgspec.structs import replace

from paysandbox.core.problems import StartupError
from paysandbox.kit.provider import create_service, import_modules
from paysandbox.kit.runtime import Runtime


def test_a_package_of_operations_stands_for_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One module for each subject, and no list of them to keep."""
    package = tmp_path / "piggybank_operations"
    package.mkdir()
    for name in ("__init__", "withdrawals", "deposits"):
        (package / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    found = import_modules(importlib.import_module(package.name))
    assert [module.__name__ for module in found] == [
        "piggybank_operations.deposits",
        "piggybank_operations.withdrawals",
    ]


def test_a_module_of_operations_stands_for_itself() -> None:
    """A small provider needs no package."""
    module = ModuleType("operations")
    assert import_modules(module) == [module]


def test_an_operation_without_a_function_is_named(base_runtime: Runtime) -> None:
    """Each of them, with the file in which its function is looked for."""
    for service in base_runtime.services.values():
        bare = replace(service.provider, operations=ModuleType("bare.operations"))
        with pytest.raises(StartupError) as caught:
            create_service(bare, service.contract, {})
        assert sorted(caught.value.errors) == sorted(
            f"bare/operations.py: no function {operation.name} for the operation {operation.id}"
            for operation in service.contract.operations
        )


def test_a_function_without_an_operation_is_named(base_runtime: Runtime) -> None:
    """Under another provider's contract, nearly all functions are without one."""
    service, other = list(base_runtime.services.values())[:2]
    names = {operation.name for operation in service.contract.operations}
    strange = names - {operation.name for operation in other.contract.operations}
    assert strange
    with pytest.raises(StartupError) as caught:
        create_service(service.provider, other.contract, {})
    said = [error.rpartition(" ")[2] for error in caught.value.errors if "no operation in the contract" in error]
    assert set(said) == strange
