"""Which URLs an endpoint can have, and which addresses are delivered to."""

from ipaddress import ip_address

import pytest

from paysandbox.kit.webhooks import URL_LENGTH, find_address_error, find_url_error

ALLOWED = ("hooks.example", "10.1.2.3")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/hooks",
        "http://127.8.9.1/",
        "http://[::1]:9000/?a=b",
        "http://localhost/",
        "https://hooks.example/path",
        "https://HOOKS.example./",
        "http://10.1.2.3/",
        "http://[::ffff:127.0.0.1]/",
        "http://anything.example/",  # what it resolves to is checked at each delivery
    ],
)
def test_it_can_be(url: str) -> None:
    assert find_url_error(url, ALLOWED) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://127.0.0.1/", "the scheme is 'ftp'"),
        ("file:///etc/passwd", "the scheme is 'file'"),
        ("javascript:alert(1)", "the scheme is 'javascript'"),
        ("//127.0.0.1/", "the scheme is ''"),
        ("127.0.0.1:9000", "the scheme is "),
        ("http://user:secret@127.0.0.1/", "credentials"),
        ("http://user@127.0.0.1/", "credentials"),
        ("http://@127.0.0.1/", "credentials"),
        ("http:///path", "no host"),
        ("http://:80/", "no host"),
        ("http://127.0.0.1:0/", "the port is 0"),
        ("http://127.0.0.1:65536/", "not a URL"),
        ("http://127.0.0.1:x/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("http://127.0.0.1/#part", "fragment"),
        ("http://127.0.0.1/a b", "percent-encoded"),
        ("http://127.0.0.1/\r\nHost: evil", "percent-encoded"),
        ("http://127.0.0.1\\@hooks.example/", "percent-encoded"),
        ("http://bücher.example/", "percent-encoded"),
        (f"http://127.0.0.1/{'a' * URL_LENGTH}", "longer than"),
        ("http://169.254.169.254/latest/meta-data/", "link-local or metadata"),
        ("http://10.1.2.4/", "not this machine"),
        ("http://[2001:db8::1]/", "not "),
    ],
)
def test_it_cannot_be(url: str, says: str) -> None:
    error = find_url_error(url, ALLOWED)
    assert error is not None
    assert says in error
    assert "secret" not in error


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_this_machine_is_always_delivered_to(address: str) -> None:
    assert find_address_error(ip_address(address), is_allowed=False) is None


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.1", "93.184.216.34", "2606:2800::1", "fd12::1"])
def test_other_machines_are_delivered_to_if_allowed(address: str) -> None:
    assert find_address_error(ip_address(address), is_allowed=True) is None
    error = find_address_error(ip_address(address), is_allowed=False)
    assert error is not None
    assert "--webhook-allow" in error


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",  # the metadata of AWS, Google, Azure and others
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%2",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "0.0.0.0",  # noqa: S104 - must not be delivered to
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
        "240.0.0.1",
    ],
)
def test_these_are_never_delivered_to(address: str) -> None:
    """Whatever --webhook-allow says."""
    assert find_address_error(ip_address(address), is_allowed=True) is not None
