"""Variants: where an API may be meant in several ways, the contract says each of them, and is another under each."""

from pathlib import Path
from typing import Any

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.loader import read_contract
from paysandbox.contract.variants import UNKNOWN_MEMBERS, apply_patch
from paysandbox.core.messages import Reply
from paysandbox.core.problems import Invalid, StartupError
from paysandbox.core.strict_yaml import write_yaml
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime

PROVIDERS = [provider.name for provider in find_providers()]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.1",
    "info": {"title": "Shop", "version": "1", "description": "A shop."},
    "servers": [{"url": "https://shop.example/v1"}],
    "x-sources": {
        "page": {"title": "the page", "kind": "vendor-page", "retrieved": "2026-11-22"},
        "client": {"title": "a client", "kind": "client", "retrieved": "2026-11-22"},
    },
    "x-variants": {
        "error_bodies": {
            "says": "Whether a refusal has a body.",
            "choices": {
                "empty": {"says": "It has none.", "provenance": "documented", "source": "page"},
                "json": {
                    "says": "It says why.",
                    "provenance": "observed",
                    "source": "client",
                    "patch": {
                        "paths": {
                            "/payments": {
                                "post": {
                                    "responses": {
                                        "422": {
                                            "content": {
                                                "application/json": {
                                                    "schema": {"type": "object", "required": ["error"]}
                                                }
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    },
                },
            },
        }
    },
    "paths": {
        "/payments": {
            "post": {
                "operationId": "pay",
                "summary": "Pay",
                "x-provenance": "documented",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["amount"],
                                "properties": {"amount": {"type": "integer"}},
                            }
                        }
                    },
                },
                "responses": {"204": {"description": "Paid."}, "422": {"description": "Not paid."}},
            }
        }
    },
    "components": {},
}


@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": None, "d": 2}}, {"a": {"c": 1, "d": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": "x"}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ({}, {}, {}),
    ],
)
def test_a_patch_is_merged(value: Any, patch: Any, result: Any) -> None:
    """As RFC 7396 has it, and both stay as they are."""
    before = repr((value, patch))
    assert apply_patch(value, patch) == result
    assert repr((value, patch)) == before


def test_the_first_choice_is_the_default() -> None:
    contract = Contract(DOCUMENT)
    assert contract.variants["error_bodies"].default == "empty"
    assert contract.with_variants({"error_bodies": "empty"}) is contract


def test_another_choice_makes_another_contract() -> None:
    """A reply that one forbids the other wants, and the written one has not changed."""
    written = Contract(DOCUMENT)
    told = written.with_variants({"error_bodies": "json"})
    refusal = Reply(422, {"error": "too much"})
    told.operations[0].check_reply(refusal)
    assert list(written.operations[0].replies[422].contents) == []
    assert list(told.operations[0].replies[422].contents) == ["application/json"]


def test_every_contract_can_pass_over_unknown_members() -> None:
    """Only those: what else is wrong is still refused."""
    strict = Contract(DOCUMENT)
    lenient = strict.with_variants({UNKNOWN_MEMBERS: "ignore"})
    lenient.operations[0].check({"amount": 1, "colour": "red"}, [])
    with pytest.raises(Invalid) as refused:
        lenient.operations[0].check({"amount": "x", "colour": "red"}, [])
    assert [one.pointer for one in refused.value.violations] == ["/amount"]
    with pytest.raises(Invalid, match="colour"):
        strict.operations[0].check({"amount": 1, "colour": "red"}, [])


def test_a_choice_that_breaks_the_contract_stops_the_start(tmp_path: Path) -> None:
    broken = apply_patch(DOCUMENT, {"x-variants": {"error_bodies": {"choices": {"json": {"patch": {"pahts": {}}}}}}})
    file = tmp_path / "openapi.yaml"
    file.write_text(write_yaml(broken))
    with pytest.raises(StartupError) as startup_error:
        read_contract(file, "schemas/shop/openapi.yaml")
    (finding,) = startup_error.value.errors
    assert "$.x-variants.error_bodies.choices.json: then at $" in finding
    assert "pahts" in finding


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_choice_says_who_vouches_for_it(base_runtime: Runtime, provider: str) -> None:
    """Each variant has two choices or more, and each of them makes a contract."""
    contract = base_runtime.services[provider].base_contract
    assert UNKNOWN_MEMBERS in contract.variants
    for variant in contract.variants.values():
        assert len(variant.choices) >= 2
        for name, choice in variant.choices.items():
            assert choice.says.endswith(".")
            assert contract.with_variants({variant.name: name}).operations
