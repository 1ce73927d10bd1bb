"""DNS rebinding: a request under a name that is not this machine's own is refused, however the name is written."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from paysandbox.server.live import Server
from tests.helpers.raw_http import Address, Message, replies
from tests.helpers.runtimes import Response, dump
from tests.system.security.walking import control_requests

RESET = Message("POST", "/_sandbox/reset")
VENDORS = ["api.invoiless.com", "www.app.invoicexpress.com", "api.invisiblecollector.com"]
PROVIDERS = ["invoiless.localhost", "invoicexpress.localhost", "invisible-collector.localhost", "crm-com.localhost"]


@contextmanager
def unchanged(server: Server) -> Iterator[None]:
    """Something to lose, and nothing lost by the block."""
    server.runtime.namespaces.get("default").state("invoiless").uuid("payment")
    before = dump(server.runtime, "invoiless")
    yield
    assert dump(server.runtime, "invoiless") == before


def sent(address: Address, message: Message) -> Response:
    (reply,) = replies(address, [message.wire])
    assert not [name for name in reply.headers if name.startswith("access-control-")]
    return reply


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost.",
        "localhost.:{port}",
        "127.0.0.1.",
        "localhost.localdomain",
        "127.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.2",
        "0.0.0.0:{port}",
        "[::]:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "[0:0:0:0:0:0:0:1]:{port}",
        "[::1",
        "::1",
        "[::1]evil.example",
        "evil.example@localhost",
        "localhost@evil.example",
        "localhost/evil.example",
        "localhost?evil.example",
        "localhost#evil.example",
        "localhost\\evil.example",
        "localhost:evil.example",
        "localhost:123456",
        "localhost:",
        "localhost, evil.example",
        "localhost\tevil.example",
        "localhost\xe9",
        "*",
        "",
    ],
)
def test_a_foreign_name_is_refused(server: Server, address: Address, host: str) -> None:
    """403, and nothing is done; also where a parser of URLs would find localhost in it, or nothing at all."""
    with unchanged(server):
        reply = sent(address, RESET.having("host", host.format(port=address[1])))
    assert (reply.status, reply.json["title"]) == (403, "Forbidden origin")


@pytest.mark.parametrize("host", ["localhost", "LocalHost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "localhost:1"])
def test_this_machines_own_names_are_admitted(address: Address, host: str) -> None:
    """In any case, with any port: a port may be forwarded."""
    assert sent(address, RESET.having("host", host.format(port=address[1]))).status == 204


@pytest.mark.parametrize("ending", ["", ":{port}", ".", ".:{port}"])
@pytest.mark.parametrize("name", [*VENDORS, *PROVIDERS])
def test_under_a_providers_name_there_is_no_control_plane(
    server: Server, address: Address, name: str, ending: str
) -> None:
    """Neither under the vendors' own names, as their owners may point them here, nor with a dot behind them."""
    host = (name + ending).format(port=address[1])
    with unchanged(server):
        for target in ("/_sandbox/reset", "/ns/default/_sandbox/reset", "/%5Fsandbox/reset", "//_sandbox/reset"):
            assert sent(address, RESET.but(target=target).having("host", host)).status in {403, 404}


def test_every_operation_but_health_looks_at_the_host(server: Server, address: Address) -> None:
    """Those that only read as well: a page of another name must not read the journal."""
    with unchanged(server):
        for name, message in control_requests(server.runtime):
            assert sent(address, message.having("host", "evil.example")).status == 403, name
    assert sent(address, Message("GET", "/_sandbox/health").having("host", "evil.example")).status == 200


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("other", ["evil.example", "localhost"])
def test_of_two_hosts_none_counts(server: Server, address: Address, order: int, other: str) -> None:
    """Whichever comes first, and were they the same."""
    hosts = [f"127.0.0.1:{address[1]}", other][::order]
    with unchanged(server):
        reply = sent(address, RESET.having("host", *hosts))
    assert (reply.status, "given 2 times" in reply.json["detail"]) == (403, True)


@pytest.mark.parametrize("target", ["http://evil.example", "http://127.0.0.1:{port}", "http://[::1", "//evil.example"])
def test_an_address_in_the_request_line_admits_nobody(server: Server, address: Address, target: str) -> None:
    """As clients send it to a proxy; a browser that takes the sandbox for one sends a foreign Host beside it."""
    message = RESET.but(target=target.format(port=address[1]) + RESET.target)
    with unchanged(server):
        assert sent(address, message.having("host", "evil.example")).status in {400, 403, 404}


@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_without_a_host_it_is_no_browser(address: Address, version: str) -> None:
    """Browsers send one always; small tools of HTTP/1.0 do not."""
    assert sent(address, RESET.but(version=version).having("host")).status == 204
