"""Path traversal: no path, however it is written, leads to a file or past the door of the control plane."""

from pathlib import Path
from typing import Final

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.server.live import Server
from tests.helpers.raw_http import Address, Message, replies
from tests.helpers.runtimes import Client

ROOT: Final = Path(__file__).parents[3]
STEPS: Final = [
    "..",
    "../crm_com",
    "../../../../../../etc/passwd",
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "%252e%252e%252fetc%252fpasswd",
    "..%5C..%5Cwindows%5Cwin.ini",
    "..;/control",
    "%2Fetc%2Fpasswd",
    "/etc/passwd",
    "file:%2F%2F%2Fetc%2Fpasswd",
    "crm_com%00",
    "crm_com/../invoiless",
    "crm_com%2Fopenapi",
    "default",
    "page.css",
    "base.html",
    "%7B%7B7*7%7D%7D",
    "__class__",
    "CRM_COM",
    "crm-com",
    "x" * 5000,
]
PLACES: Final = [
    "/_sandbox/docs/{}",
    "/_sandbox/docs/crm_com/{}",
    "/_sandbox/openapi/{}.json",
    "/_sandbox/openapi/{}.yaml",
    "/_sandbox/namespaces/default/state/{}",
    "/_sandbox/namespaces/default/state/crm_com/{}",
    "/_sandbox/namespaces/default/state/crm_com/tokens/{}",
    "/_sandbox/namespaces/default/snapshots/{}/diff",
    "/_sandbox/namespaces/default/requests/{}",
    "/_sandbox/namespaces/{}",
    "/_sandbox/{}",
]
SECRETS: Final = [(ROOT / "schemas/crm_com/openapi.yaml").read_bytes()[:200], b"root:", b"font-family", b"<!doctype"]


@pytest.mark.parametrize("place", PLACES)
def test_no_path_leads_to_a_file(client: Client, server: Server, address: Address, place: str) -> None:
    """Nothing is there, in the sandbox's own words, and nothing of what the file holds."""
    assert server.url()
    for step in STEPS:
        if place.endswith("{}") and "/" in step and "namespaces" not in place and "docs" not in place:
            continue
        for (reply,) in (replies(address, [Message("GET", place.format(step)).wire]),):
            known = place.endswith("/namespaces/{}") and step == "default"
            assert reply.status == (200 if known else 404), step
            assert not [one for one in SECRETS if one in reply.content]
    assert client.get(place.format("a b")).status == 404


@pytest.mark.parametrize(
    "target",
    [
        "//_sandbox/reset",
        "/./_sandbox/reset",
        "/x/../_sandbox/reset",
        "/invoicexpress/../_sandbox/reset",
        "/invoiless/%2e%2e/_sandbox/reset",
        "/invoiless/..%2F_sandbox/reset",
        "/_sandbox%2Freset",
        "/_sandbox;/reset",
        "/_sandbox/reset/",
        "/_sandbox/reset%00",
        "/_sandbox/reset;x=1",
        "/_SANDBOX/reset",
        "/ns/a/b/_sandbox/reset",
        "/ns/a/ns/b/_sandbox/reset",
        "/ns%2Fa/_sandbox/reset",
    ],
)
def test_the_control_plane_has_one_address(server: Server, address: Address, target: str) -> None:
    """No step, no escape, no case, no doubled slash makes another one that a proxy's rules would not know."""
    state = server.runtime.namespaces.get("default").state("invoiless")
    state.uuid("payment")
    (reply,) = replies(address, [Message("POST", target).wire])
    assert reply.status in {404, 405}
    assert server.runtime.namespaces.get("default").state("invoiless") is state


def test_no_path_of_a_provider_leads_to_a_file(runtime: Runtime) -> None:
    """Below every provider's root, in the provider's own words."""
    client = Client(runtime)
    for service in runtime.services.values():
        for step in STEPS:
            reply = client.get(f"/{service.provider.prefix}/{step}", headers={"authorization": "Bearer ic-test-token"})
            assert reply.status in {401, 403, 404}, step
            assert not [one for one in SECRETS if one in reply.content]
