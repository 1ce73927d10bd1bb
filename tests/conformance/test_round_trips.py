"""Every state that a test of a provider ends in can be exported, started from and imported."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from paysandbox.kit.provider import find_providers
from tests.helpers.round_trip import ROUND_TRIP

ROOT: Final = Path(__file__).parents[2]


@pytest.mark.sweep
@pytest.mark.parametrize("provider", [provider.name for provider in find_providers()])
def test_the_end_state_of_every_test_round_trips(provider: str) -> None:
    """The provider's tests once more, with the plugin that checks it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-p", ROUND_TRIP]
    done = subprocess.run(  # noqa: S603 - our own tests
        [*command, "--hypothesis-profile", "few", f"tests/providers/{provider}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-5000:]
