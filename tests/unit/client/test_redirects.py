"""A server that sends the client of the control plane elsewhere does not get it, nor its token, there."""

import pytest

from paysandbox.client.http import SandboxError
from paysandbox.client.namespace import SandboxClient
from paysandbox.testing import Response
from tests.system.check.servers import recording

HEALTH = Response(200, {"content-type": "application/json"}, b'{"status":"ok","providers":[]}')


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_token_is_sent_to_no_other_host(status: int) -> None:
    with recording(lambda *_: HEALTH) as other:
        moved = Response(status, {"location": f"{other.url}/_sandbox/health"}, b"")
        with recording(lambda *_: moved) as server, pytest.raises(SandboxError) as refused:
            SandboxClient(server.url, control_token="a-token").health()
        assert other.seen == []
    assert f"it leads to {other.url}/_sandbox/health; use that URL" in str(refused.value)


def test_a_redirect_within_a_server_is_followed() -> None:
    def answer(_method: str, path: str, *_: object) -> Response:
        return HEALTH if path.endswith("/") else Response(301, {"location": f"{path}/"}, b"")

    with recording(answer) as server:
        assert SandboxClient(server.url).health()["providers"] == []
