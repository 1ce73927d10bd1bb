"""NO_PROXY: completed where a proxy is set, so that clients reach a sandbox on this machine."""

import pytest

from paysandbox.client.env_vars import complete_no_proxy

OWN = "127.0.0.1,localhost,::1"


@pytest.mark.parametrize(
    ("environment", "completed"),
    [
        ({}, None),
        ({"NO_PROXY": "a.example"}, None),
        ({"HTTP_PROXY": ""}, None),
        ({"HTTP_PROXY": "http://proxy:3128"}, OWN),
        ({"https_proxy": "http://proxy:3128"}, OWN),
        ({"ALL_PROXY": "socks5://proxy"}, OWN),
        ({"all_proxy": "socks5://proxy", "no_proxy": " a.example , localhost,"}, "a.example,localhost,127.0.0.1,::1"),
        ({"HTTP_PROXY": "http://proxy", "NO_PROXY": "a", "no_proxy": "b"}, f"a,b,{OWN}"),
        ({"HTTP_PROXY": "http://proxy", "NO_PROXY": "*"}, "*"),
    ],
)
def test_no_proxy_is_completed(environment: dict[str, str], completed: str | None) -> None:
    """Under both names, with what either had."""
    assert complete_no_proxy(environment) == (
        {} if completed is None else dict.fromkeys(("NO_PROXY", "no_proxy"), completed)
    )
