"""Where the credentials of a check come from; an empty one would be sent to a real server, and masks nothing."""

import pytest
from click.testing import CliRunner

from paysandbox.check.credentials import resolve_credentials, secrets_to_mask
from paysandbox.cli.main import main

KNOWN = {"api_key": "invoiless-test-key"}


@pytest.mark.parametrize(
    ("options", "environment", "used"),
    [
        ({}, {}, "invoiless-test-key"),
        ({}, {"INVOILESS_API_KEY": "mine"}, "mine"),
        ({"api_key": "given"}, {"INVOILESS_API_KEY": "mine"}, "given"),
        ({"INVOILESS_API_KEY": "given"}, {}, "given"),
        ({}, {"INVOILESS_API_KEY": ""}, "invoiless-test-key"),
    ],
    ids=str,
)
def test_options_come_before_the_environment(options: dict[str, str], environment: dict[str, str], used: str) -> None:
    found = resolve_credentials("invoiless", KNOWN, options, environment)
    assert found == {"api_key": used}
    assert "" not in secrets_to_mask("invoiless", KNOWN, found).values()


@pytest.mark.parametrize("given", ["api_key=", "api_key= "])
def test_an_empty_credential_is_refused(given: str) -> None:
    run = CliRunner().invoke(main, ["check", "--credential", given])
    assert run.exit_code == 2
    assert "api_key is empty, as from a variable that is not set" in run.output
