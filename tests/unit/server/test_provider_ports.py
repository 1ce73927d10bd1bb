"""`--provider-ports`: which providers get a port of their own, and which."""

import pytest

from paysandbox.core.problems import UnknownProvider
from paysandbox.server.provider_ports import ProviderPorts, assign_ports, is_port_plan

NAMES = ["crm_com", "invoicexpress", "invoiless"]
FREE = dict.fromkeys(NAMES, 0)


@pytest.mark.parametrize(
    ("given", "ports"),
    [
        (True, FREE),
        (False, {}),
        ("free", FREE),
        ("1", FREE),
        ("True", FREE),
        ("off", {}),
        ("0", {}),
        ("4081-", {"crm_com": 4081, "invoicexpress": 4082, "invoiless": 4083}),
        ("invoiless=4090", {"invoiless": 4090}),
        ("invoiless=4090,crm_com=0", {"invoiless": 4090, "crm_com": 0}),
        ("4081-,invoicexpress=4090", {"invoicexpress": 4090, "crm_com": 4081, "invoiless": 4082}),
        ({"invoiless": 4090}, {"invoiless": 4090}),
    ],
)
def test_ports_are_assigned(given: ProviderPorts, ports: dict[str, int]) -> None:
    """In the order of the providers, the named ones first; the same list gives the same ports."""
    assert assign_ports(given, NAMES) == ports
    assert not isinstance(given, str) or is_port_plan(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("4081", "'4081' is neither a first port, such as 4081-, nor"),
        ("invoiless=4081-", "is neither"),
        ("invoiless=", "is neither"),
        ("invoiless:4081", "is neither"),
        ("", "'' is neither"),
        ("invoiless=4090,crm_com=4090", "of one provider"),
        ("invoiless=65536", "at most 65535"),
        ("65534-", "at most 65535"),
    ],
)
def test_another_form_is_refused(given: str, says: str) -> None:
    """With the forms that there are."""
    with pytest.raises(ValueError, match=says):
        assign_ports(given, NAMES)


def test_a_name_that_no_provider_has_is_refused() -> None:
    with pytest.raises(UnknownProvider, match=r"unknown provider 'invoice' \(did you mean invoiless\?\)"):
        assign_ports("invoice=4090", NAMES)
