"""GET /_sandbox/openapi/{provider}.yaml: the contracts for tools that read YAML."""

import json

import pytest
import yaml

from paysandbox.core.strict_yaml import read_yaml
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, fresh_runtime
from tests.unit.control.asking import check_problem

NAMES = [*(provider.name for provider in find_providers()), "control"]


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_the_json_says(client: Client, name: str) -> None:
    """To any reader of YAML, and to an exact one each number exactly."""
    as_json = client.get(f"/_sandbox/openapi/{name}.json")
    response = client.get(f"/_sandbox/openapi/{name}.yaml")
    assert (response.status, response.headers["content-type"]) == (200, "application/yaml")
    assert yaml.safe_load(response.content) == json.loads(as_json.content)
    assert read_yaml(response.content.decode(), "openapi.yaml") == as_json.json


@pytest.mark.parametrize("name", NAMES)
def test_it_is_written_in_the_contracts_order(client: Client, name: str) -> None:
    """For people too: `openapi` comes first, and no value refers to another."""
    text = client.get(f"/_sandbox/openapi/{name}.yaml").content.decode()
    assert text.startswith("openapi: ")
    document = yaml.safe_load(text)
    service = client.runtime.control if name == "control" else client.runtime.services[name]
    assert list(document["paths"]) == list(service.contract.document["paths"])
    assert not any(isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken) for token in yaml.scan(text))


def test_the_server_is_where_the_sandbox_was_asked(base_runtime: Runtime) -> None:
    """By which host, and at a port of its own."""
    client = Client(fresh_runtime(base_runtime, Settings(ports={"invoiless": 5001})))
    for host, url in [("127.0.0.1:4080", "http://127.0.0.1:5001/v1"), ("localhost", "http://localhost:5001/v1")]:
        served = yaml.safe_load(client.get("/_sandbox/openapi/invoiless.yaml", headers={"host": host}).content)
        assert [one["url"] for one in served["servers"]] == [url]


def test_an_unknown_provider_is_not_found(client: Client) -> None:
    """404 with the names that there are."""
    known = ", ".join(client.runtime.services)
    check_problem(client.get("/_sandbox/openapi/nobody.yaml"), 404, f"there are {known} and control")
    check_problem(client.get("/_sandbox/openapi/invoiless.yml"), 404)
    check_problem(client.post("/_sandbox/openapi/invoiless.yaml"), 405, "allowed: GET, HEAD")
