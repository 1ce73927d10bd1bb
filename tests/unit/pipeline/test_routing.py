"""Where a request is meant to go: by prefix, by host name, by port."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.routing import Address, Router
from tests.helpers.runtimes import Client

LOCAL = "127.0.0.1:4080"
PORTS = {"invoiless": 4081, "invisible_collector": 4082}


@pytest.fixture
def addresses(base_runtime: Runtime) -> Router:
    """All providers on the shared port; invoiless and invisible_collector also on ports of their own."""
    return Router(base_runtime.services, base_runtime.control.provider, PORTS)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/invoiless/v1/payments/p1", Address("invoiless", None, "/v1/payments/p1", "/invoiless")),
        ("/invisible-collector/payments", Address("invisible_collector", None, "/payments", "/invisible-collector")),
        ("/crm-com/crmapi/rest/v2/x", Address("crm_com", None, "/crmapi/rest/v2/x", "/crm-com")),
        ("/_sandbox/health", Address("control", None, "/health", "/_sandbox")),
        ("/ns/a/invoiless/v1", Address("invoiless", "a", "/v1", "/invoiless")),
        ("/ns/a/_sandbox/health", Address("control", "a", "/health", "/_sandbox")),
        ("/invoiless", Address("invoiless", None, "", "/invoiless")),
        ("/invoiless/", Address("invoiless", None, "/", "/invoiless")),
        ("/ns/a/ns/b/x", Address(None, "a", "/ns/b/x")),
        ("/ns/a", Address(None, "a", "/")),
        ("/", Address(None, None, "/")),
        ("/invoiless/v1/payments/p1/", Address("invoiless", None, "/v1/payments/p1", "/invoiless")),
        ("/invoiless/v1/payments/p1//", Address("invoiless", None, "/v1/payments/p1//", "/invoiless")),
        ("/_sandbox/reset/", Address("control", None, "/reset/", "/_sandbox")),
        ("/Invoiless/v1", Address(None, None, "/Invoiless/v1")),
        ("/invisible_collector/payments", Address(None, None, "/invisible_collector/payments")),
        ("/_sandboxes/health", Address(None, None, "/_sandboxes/health")),
    ],
)
def test_the_first_segment_names_the_provider(addresses: Router, path: str, address: Address) -> None:
    """Dashes for underscores, letter by letter; what follows is the path below that provider's root."""
    assert addresses.find(path, LOCAL, 4080) == address


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4080", "127.0.0.1", "localhost:4080", "localhost", "[::1]:4080", "", "192.168.1.5:4080"]
)
def test_on_this_machines_own_names_the_prefix_decides(addresses: Router, host: str) -> None:
    """No provider is at the root there."""
    assert addresses.find("/invoiless/v1", host, 4080).provider == "invoiless"
    assert addresses.find("/v1/payments/p1", host, 4080).provider is None


@pytest.mark.parametrize("host", ["paysandbox:4080", "sandbox", "host.docker.internal:4080", "build-7.example:80"])
def test_a_host_of_another_name_is_no_provider(addresses: Router, host: str) -> None:
    """In a network of containers the sandbox has a name that it does not know."""
    assert addresses.find("/invoiless/v1", host, 4080) == Address("invoiless", None, "/v1", "/invoiless")
    assert addresses.find("/_sandbox/health", host, 4080).provider == "control"


@pytest.mark.parametrize("port", [":4080", ":80", ""])
@pytest.mark.parametrize("name", ["crm_com", "invisible_collector", "invoicexpress", "invoiless"])
def test_below_localhost_each_provider_has_a_name(addresses: Router, name: str, port: str) -> None:
    """There it stands at the root, whatever the port is called."""
    host = f"{name.replace('_', '-')}.localhost{port}"
    assert addresses.find("/x/y", host, 4080) == Address(name, None, "/x/y")
    assert addresses.find("/x/y", host.upper(), 4080).provider == name


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("api.invisiblecollector.com", "invisible_collector"),
        ("api.invoiless.com", "invoiless"),
        ("API.Invoiless.COM:443", "invoiless"),
        ("account_name.app.invoicexpress.com", "invoicexpress"),
        ("my-firm.app.invoicexpress.com:443", "invoicexpress"),
    ],
)
def test_a_vendors_own_host_is_that_vendor(addresses: Router, host: str, provider: str) -> None:
    """For those who point DNS at the sandbox: the hosts of the contract, at their root."""
    assert addresses.find("/any/path", host, 4080) == Address(provider, None, "/any/path")


@pytest.mark.parametrize(
    "host",
    [
        "invoiless.com",
        "api.invoiless.com.evil.example",
        "evil-api.invoiless.com",
        "apixinvoiless.com",
        "a.b.app.invoicexpress.com",
        ".app.invoicexpress.com",
        "invoiless.localhost.evil.example",
        "crm.example",
        "app.crm.com",
    ],
)
def test_a_host_that_only_resembles_a_vendors_is_not_it(addresses: Router, host: str) -> None:
    """A variable of the contract's server is one label of the name; a host that is nothing else has no name."""
    assert addresses.find("/v1/x", host, 4080).provider is None


def test_a_port_of_its_own_has_its_provider_at_the_root(addresses: Router) -> None:
    """Whatever the Host says; with a namespace if the path has one."""
    assert addresses.find("/payments", "127.0.0.1:4082", 4082) == Address("invisible_collector", None, "/payments")
    assert addresses.find("/payments", "invoiless.localhost", 4082).provider == "invisible_collector"
    assert addresses.find("/ns/a/v1/x", LOCAL, 4081) == Address("invoiless", "a", "/v1/x")
    assert addresses.find("/invoiless/v1", LOCAL, 4080).provider == "invoiless"


@pytest.mark.parametrize(
    "path",
    ["/_sandbox", "/_sandbox/health", "/ns/a/_sandbox/reset", "/%5Fsandbox/reset", "/ns/a/%5fsandbox/%72eset"],
)
@pytest.mark.parametrize(
    ("host", "port"),
    [("api.invoiless.com", 4080), ("invoiless.localhost:4080", 4080), ("127.0.0.1:4081", 4081), (LOCAL, 4082)],
)
def test_the_control_plane_is_not_below_a_provider(addresses: Router, path: str, host: str, port: int) -> None:
    """A page of the vendor's own name would be let in as same-origin."""
    assert addresses.find(path, host, port).provider is None


def test_under_a_vendors_host_the_control_plane_does_nothing(client: Client) -> None:
    """404 in the sandbox's own voice, and the state stays."""
    client.runtime.namespaces.get("default").state("invoiless").uuid("payment")
    response = client.post("/_sandbox/reset", headers={"host": "api.invoiless.com"})
    assert (response.status, response.json["title"]) == (404, "No such provider")
    assert client.runtime.namespaces.get("default").state("invoiless").counters() == {"payment": 1}


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/invoiless/v1/%70%31", "/v1/p1"),
        ("/%69nvoiless/v1", "/v1"),
        ("/invoiless/a%2Db%2e%5F%7e", "/a-b._~"),
        ("/invoiless/a%2fb", "/a%2Fb"),
        ("/invoiless/a%20b%c3%a9", "/a%20b%C3%A9"),
        ("/invoiless/%2531", "/%2531"),
        ("/invoiless/%", "/%"),
        ("/invoiless/%zz%4", "/%zz%4"),
        ("/invoiless/..%2fx", "/..%2Fx"),
        ("/invoiless/%2e%2e/x", "/../x"),
    ],
)
def test_unreserved_characters_mean_the_same_escaped_or_not(addresses: Router, path: str, below: str) -> None:
    """All others stay escaped, once; dots are not resolved."""
    assert addresses.find(path, LOCAL, 4080) == Address("invoiless", None, below, "/invoiless")


def test_a_doubled_slash_is_one_where_the_provider_tolerates_it(addresses: Router) -> None:
    """And only there: anywhere else it is another path."""
    assert addresses.find("/invisible-collector///a//b", LOCAL, 4080).path == "/a/b"
    assert addresses.find("//payments", "api.invisiblecollector.com", 4080).path == "/payments"
    assert addresses.find("//payments", LOCAL, 4082).path == "/payments"
    assert addresses.find("/invoiless//a//b", LOCAL, 4080).path == "//a//b"
    assert addresses.find("//invoiless/v1", LOCAL, 4080).provider is None
