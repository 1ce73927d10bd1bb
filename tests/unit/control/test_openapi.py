"""GET /_sandbox/openapi/{provider}.json: the contracts, for clients of this sandbox."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, fresh_runtime


@pytest.mark.parametrize("name", ["crm_com", "invisible_collector", "invoicexpress", "invoiless", "control"])
def test_each_contract_is_served_whole_with_servers_pointing_here(client: Client, name: str) -> None:
    """All else is as written."""
    response = client.get(f"/_sandbox/openapi/{name}.json")
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    service = client.runtime.control if name == "control" else client.runtime.services[name]
    assert {**response.json, "servers": None} == {**service.contract.document, "servers": None}
    (server,) = response.json["servers"]
    assert server["url"] == f"http://127.0.0.1:4080/{service.provider.prefix}{service.contract.base_path}"


def test_the_server_is_where_the_sandbox_was_asked(client: Client) -> None:
    """An absolute URL with the base path."""
    served = client.get("/_sandbox/openapi/invoiless.json", headers={"host": "localhost:80"}).json
    assert [one["url"] for one in served["servers"]] == ["http://localhost:80/invoiless/v1"]


def test_a_port_of_its_own_is_the_server(base_runtime: Runtime) -> None:
    client = Client(fresh_runtime(base_runtime, Settings(ports={"invoiless": 5001})))
    served = client.get("/_sandbox/openapi/invoiless.json").json
    assert [one["url"] for one in served["servers"]] == ["http://127.0.0.1:5001/v1"]


@pytest.mark.parametrize("name", ["nobody", "invoiles", "default"])
def test_an_unknown_provider_is_not_found(client: Client, name: str) -> None:
    """404 with the names that there are."""
    response = client.get(f"/_sandbox/openapi/{name}.json")
    assert (response.status, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json["detail"] == (
        f"there is no provider {name!r}; there are {', '.join(client.runtime.services)} and control"
    )


@pytest.mark.parametrize(
    "path", ["Invoiless.json", "..%2Finvoiless.json", ".json", "invoiless", "invoiless.xml", "a/b.json"]
)
def test_another_path_is_not_found(client: Client, path: str) -> None:
    response = client.get(f"/_sandbox/openapi/{path}")
    assert (response.status, response.json["title"]) == (404, "Not found")


def test_another_method_is_told_those_that_there_are(client: Client) -> None:
    """A problem document with Allow."""
    response = client.delete("/_sandbox/openapi/invoiless.json")
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")
    assert response.json["title"] == "Method not allowed"
