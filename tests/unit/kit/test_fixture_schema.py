"""JSON Schemas of fixture files: they accept what a start accepts, and refuse what an editor can see."""

from typing import Any, Final

import jsonschema
import pytest

from paysandbox.core.strict_yaml import read_yaml
from paysandbox.kit.files import find_default_fixtures
from paysandbox.kit.fixture_schema import make_file_schema, make_schema_of_all
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime

PROVIDERS: Final = [provider.name for provider in find_providers()]


def make_schema(runtime: Runtime, name: str) -> dict[str, Any]:
    service = runtime.services[name]
    contract = service.base_contract
    return make_file_schema(service.provider, contract.variants, list(service.credentials), contract.events)


def read_default(runtime: Runtime, name: str) -> Any:
    path = find_default_fixtures(runtime.services[name].provider)
    return read_yaml(path.read_text(), path.name)


def find_errors(schema: dict[str, Any], value: Any) -> list[str]:
    """The paths of all errors."""
    errors = jsonschema.Draft7Validator(schema).iter_errors(value)
    return ["/".join(map(str, error.absolute_path)) for error in errors]


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_default_fixtures_fit_their_schema(base_runtime: Runtime, name: str) -> None:
    schema = make_schema(base_runtime, name)
    jsonschema.Draft7Validator.check_schema(schema)
    assert find_errors(schema, read_default(base_runtime, name)) == []


def test_a_file_of_all_providers_fits(base_runtime: Runtime) -> None:
    """Records of the same name do not get mixed up."""
    schema = make_schema_of_all({name: make_schema(base_runtime, name) for name in PROVIDERS})
    jsonschema.Draft7Validator.check_schema(schema)
    value = {name: read_default(base_runtime, name) for name in PROVIDERS}
    assert find_errors(schema, value) == []
    value["invoiless"]["tables"]["invoices"][0]["total"] = "1"
    assert find_errors(schema, value) == ["invoiless/tables/invoices/0/total"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"tabels": {}}, ""),
        ({"extends": "nothing"}, "extends"),
        ({"variants": {"success_status": 202}}, "variants/success_status"),
        ({"credentials": {"api_key": 5}}, "credentials/api_key"),
        ({"tables": {"clients": [{"id": 0, "account": 1, "name": "A"}]}}, "tables/clients/0/id"),
        ({"tables": {"clients": [{"id": 1, "account": 1}]}}, "tables/clients/0"),
        ({"tables": {"clients": [{"id": 1, "account": 1, "name": "A", "payment_mechanism": "XX"}]}},
         "tables/clients/0/payment_mechanism"),
    ],
    ids=["section", "extends", "variant", "credential", "bound", "missing", "enum"],
)  # fmt: skip
def test_what_an_editor_can_see_is_refused(base_runtime: Runtime, change: dict[str, Any], where: str) -> None:
    assert find_errors(make_schema(base_runtime, "invoicexpress"), change) == [where]


@pytest.mark.parametrize(
    ("endpoint", "where"),
    [
        ({"url": "http://127.0.0.1/", "events": ["InvoicePaid"], "secret": "hush", "retry_seconds": [1]}, []),
        ({}, ["webhooks/0"]),
        ({"url": "http://127.0.0.1/", "events": ["Paid"]}, ["webhooks/0/events/0"]),
        ({"url": "http://127.0.0.1/", "provider": "invoiless"}, ["webhooks/0"]),
    ],
    ids=["whole", "no URL", "event", "unknown"],
)
def test_an_editor_completes_endpoints_where_the_api_has_webhooks(
    base_runtime: Runtime, endpoint: dict[str, Any], where: list[str]
) -> None:
    assert find_errors(make_schema(base_runtime, "invoiless"), {"webhooks": [endpoint]}) == where
    assert find_errors(make_schema(base_runtime, "invoicexpress"), {"webhooks": [endpoint]}) == [""]


def test_variants_have_all_spellings(base_runtime: Runtime) -> None:
    schema = make_schema(base_runtime, "invoicexpress")
    for choice in ("201", 201):
        assert find_errors(schema, {"variants": {"success_status": choice}}) == []
    assert schema["properties"]["tables"]["properties"]["clients"]["items"]["properties"]["account"]["description"] == (
        "The key of a record of accounts."
    )
