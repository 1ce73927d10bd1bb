"""Clients from PyPI over HTTPS, against `serve --tls`: unchanged, but for the URL and the CA that they trust."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.system.clients.installed import INSTALLED
from tests.system.clients.replay import Sandbox
from tests.system.test_server import serving


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The ready file of a sandbox with a TLS port for each provider, because a client may drop path prefixes."""
    with serving(tmp_path_factory.mktemp("https"), "--tls", "--tls-port", "0", "--provider-ports") as (_, found):
        yield found


@pytest.mark.parametrize("name", INSTALLED)
def test_a_client_gets_what_it_waits_for(ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As over plain HTTP. Both call with requests, which reads the CA file of the ready file from this variable."""
    client = INSTALLED[name]
    provider = ready["providers"][client.provider]
    assert provider["https_url"].startswith("https://")
    sandbox = Sandbox(provider["https_url"], provider["credentials"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ready["tls"]["ca_file"])
    outcomes = {outcome.call: outcome for outcome in client.play(sandbox)}
    assert {call: outcome.passed for call, outcome in outcomes.items()} == {
        step.call: step.missing is None and step.fault is None for step in client.calls
    }, outcomes


@pytest.mark.parametrize("name", INSTALLED)
def test_without_the_ca_no_call_is_made(ready: dict[str, Any], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The test above would pass for a client that trusts anything."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    client = INSTALLED[name]
    provider = ready["providers"][client.provider]
    outcomes = list(client.play(Sandbox(provider["https_url"], provider["credentials"])))
    assert not any(outcome.passed for outcome in outcomes)
    assert requests.exceptions.SSLError.__name__ in {outcome.answer for outcome in outcomes}
