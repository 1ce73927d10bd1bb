"""GET /_sandbox/providers: who is imitated, where, and how much of it is documented."""

from typing import Any

import pytest

from paysandbox.contract.inventory import count_units
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, fresh_runtime


def providers(client: Client, **options: Any) -> dict[str, Any]:
    response = client.get("/_sandbox/providers", **options)
    assert response.status == 200
    return {one["name"]: one for one in response.json["providers"]}


def test_every_provider_is_listed_with_its_operations(client: Client) -> None:
    """Paths are below its URL, base path included; operations in the contract's order."""
    found = providers(client)
    assert list(found) == list(client.runtime.services)
    for name, one in found.items():
        contract = client.runtime.services[name].contract
        assert one["title"] == contract.title
        assert [operation["id"] for operation in one["operations"]] == [each.id for each in contract.operations]
    assert found["invisible_collector"]["operations"][0] == {
        "id": "createPayment",
        "method": "POST",
        "path": "/payments",
        "summary": "Register a payment",
        "provenance": "documented",
    }
    assert found["invoiless"]["operations"][0]["path"].startswith("/v1/")


def test_the_urls_lead_back_here(client: Client) -> None:
    """Under the host by which the sandbox was asked, without a trailing slash."""
    assert providers(client)["invoiless"]["url"] == "http://127.0.0.1:4080/invoiless"
    asked = providers(client, headers={"host": "localhost:9999"})
    assert asked["invisible_collector"]["url"] == "http://localhost:9999/invisible-collector"


def test_url_and_path_together_reach_the_operation(client: Client) -> None:
    """A method that nobody has is told those that the path has."""
    for one in providers(client).values():
        for operation in one["operations"]:
            path = one["url"].removeprefix("http://127.0.0.1:4080") + operation["path"]
            allowed = client.call("TRACE", path.replace("{", "").replace("}", "")).headers["allow"]
            assert operation["method"] in allowed.split(", ")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1:4080", "http://127.0.0.1:5001"),
        ("localhost", "http://localhost:5001"),
        ("[::1]:4080", "http://[::1]:5001"),
    ],
)
def test_a_provider_with_a_port_of_its_own_stands_there(base_runtime: Runtime, host: str, url: str) -> None:
    client = Client(fresh_runtime(base_runtime, Settings(ports={"invoiless": 5001})))
    found = providers(client, headers={"host": host})
    assert found["invoiless"]["url"] == url
    assert found["invisible_collector"]["url"] == f"http://{host}/invisible-collector"


def test_the_counts_are_the_contracts(client: Client) -> None:
    for name, one in providers(client).items():
        assert one["provenance"] == count_units(client.runtime.services[name].contract.document)
        assert one["provenance"]["documented"] > 0


def test_the_variants_in_force_are_told(base_runtime: Runtime) -> None:
    """Those of the fixtures, or chosen otherwise."""
    runtime = fresh_runtime(base_runtime, release="R13.0.0")
    assert providers(Client(runtime))["crm_com"]["variants"] == {
        **base_runtime.namespaces.baselines["crm_com"].variants,
        "release": "R13.0.0",
    }
    assert providers(Client(base_runtime))["invisible_collector"]["variants"]["unknown_members"] == "refuse"
