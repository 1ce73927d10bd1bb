"""A small contract in a file, to be broken in one place by each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.loader import read_contract
from paysandbox.core.problems import StartupError
from tests.unit.known import SHOP, Change


@pytest.fixture
def contract(tmp_path: Path) -> Callable[..., Contract]:
    """The contract, with pieces of its text changed."""

    def read(*changes: Change) -> Contract:
        text = SHOP
        for old, new in changes:
            assert text.count(old) >= 1, f"the contract has no {old!r}"
            text = text.replace(old, new, 1)
        path = tmp_path / "openapi.yaml"
        path.write_text(text, encoding="utf-8")
        return read_contract(path, "schemas/shop/openapi.yaml")

    return read


@pytest.fixture
def findings(contract: Callable[..., Contract]) -> Callable[..., list[str]]:
    """Why the contract, changed, is refused: `line: path: what`."""

    def refused(*changes: Change) -> list[str]:
        with pytest.raises(StartupError) as refusal:
            contract(*changes)
        prefix = "schemas/shop/openapi.yaml:"
        assert all(one.startswith(prefix) for one in refusal.value.errors)
        return [one.removeprefix(prefix) for one in refusal.value.errors]

    return refused
