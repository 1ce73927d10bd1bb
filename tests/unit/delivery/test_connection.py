"""The HTTP client of deliveries: what a name resolves to is checked, and nothing else is connected to."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from paysandbox.delivery.connection import Sender
from paysandbox.delivery.request import Refused
from tests.helpers.receiver import Receiver, endless, receiving, status

FAR = "192.0.2.1"  # of a network that is kept for examples


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to, in place of the resolver; each answer is used up but the last."""
    answers: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in answers:
            return real(host, port, *more, **options)
        address = answers[name].pop(0) if len(answers[name]) > 1 else answers[name][0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return answers


def send(url: str, *allowed: str) -> Any:
    """Send a delivery under asyncio's own loop, which resolves with `socket.getaddrinfo`."""

    async def run() -> Any:
        async with asyncio.timeout(20):
            return await Sender(allowed).send(url, {"connection": "close"}, b"{}", 1000)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "10.0.0.1", FAR, "fd00:ec2::254", "::ffff:169.254.169.254", "0.0.0.0"],  # noqa: S104
)
def test_a_name_that_resolves_elsewhere_is_refused(names: dict[str, list[str]], address: str) -> None:
    names["hooks.example"] = [address]
    with pytest.raises(Refused, match=r"nothing is delivered to hooks\.example"):
        send("http://hooks.example/")


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "fd00:ec2::254"])
def test_not_even_an_allowed_name_leads_to_metadata(names: dict[str, list[str]], address: str) -> None:
    names["hooks.example"] = [address]
    with pytest.raises(Refused, match="metadata"):
        send("http://hooks.example/", "hooks.example")


def test_a_name_is_resolved_once_for_check_and_connection(names: dict[str, list[str]], receiver: Receiver) -> None:
    """A second answer would be another address (DNS rebinding)."""
    names["hooks.example"] = ["127.0.0.1", "169.254.169.254"]
    assert send(at_name(receiver)).status == 200
    assert receiver.requests[0].headers["host"].startswith("hooks.example:")
    with pytest.raises(Refused):
        send(at_name(receiver))


def test_https_is_verified(receiver: Receiver) -> None:
    """A plain server is no TLS server; a certificate that nobody trusts is not trusted."""
    with pytest.raises(Exception, match=r"(?i)ssl|tls") as refusal:
        send(receiver.url.replace("http:", "https:"))
    assert not isinstance(refusal.value, Refused)
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("url", [f"http://{FAR}/", "ftp://127.0.0.1/", "http://me:hush@127.0.0.1/"])
def test_a_url_that_no_endpoint_can_have_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        send(url)


def test_a_name_that_nobody_knows_is_refused() -> None:
    """It may be the name of another machine, which must be allowed; of one that is, this is not said."""
    with pytest.raises(
        Refused, match=r"nowhere\.invalid cannot be resolved: .*; .* serve --webhook-allow nowhere\.invalid"
    ):
        send("http://nowhere.invalid/")
    with pytest.raises(Refused, match=r"nowhere\.invalid cannot be resolved: (?!.*--webhook-allow)"):
        send("http://nowhere.invalid/", "nowhere.invalid")


def test_an_allowed_name_is_delivered_to(receiver: Receiver, names: dict[str, list[str]]) -> None:
    names["hooks.example"] = ["127.0.0.1"]
    assert send(at_name(receiver), "hooks.example").status == 200


def test_of_several_addresses_the_first_that_may_and_does_answer_is_taken(receiver: Receiver) -> None:
    """`localhost` is often ::1 first, where nothing listens."""
    assert send(receiver.url.replace("127.0.0.1", "localhost")).status == 200


def test_a_reply_is_read_to_a_limit(receiver: Receiver) -> None:
    receiver.answers = [status(500, b"no"), status(200, b"x" * 1000), status(200, b"x" * 1001), endless]
    found = [send(receiver.url) for _ in range(4)]
    assert [(one.status, len(one.content), one.is_cut) for one in found] == [
        (500, 2, False),
        (200, 1000, False),
        (200, 1000, True),
        (200, 1000, True),
    ]


def test_what_is_sent_is_what_arrives(receiver: Receiver) -> None:
    send(f"{receiver.url}/deep?a=b%20c")
    (request,) = receiver.requests
    assert (request.path, request.content) == ("/hook/deep?a=b%20c", b"{}")
    assert request.headers["content-length"] == "2"


def at_name(receiver: Receiver) -> str:
    """The receiver's URL under a name."""
    return receiver.url.replace("127.0.0.1", "hooks.example")
