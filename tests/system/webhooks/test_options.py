"""`--webhook` and `--webhook-allow` of serve and exec."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.cli.options import WebhookHost
from tests.helpers.receiver import Receiver

# Creates an invoice in the sandbox that `exec` started, and waits for the deliveries.
SCRIPT = """
import os
import httpx
root, headers = os.environ["INVOILESS_URL"], {"api-key": os.environ["INVOILESS_API_KEY"]}
body = {"customer": {"billTo": {"company": "Acme"}}, "items": [{"name": "Label", "price": 1}]}
httpx.post(root + "/v1/invoices", json=body, headers=headers).raise_for_status()
log = httpx.get(os.environ["PAYSANDBOX_URL"] + "/_sandbox/namespaces/default/webhooks").json()
assert [delivery["progress"] for delivery in log["deliveries"]] == ["delivered"], log
"""


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("hooks.example", "hooks.example"),
        ("Hooks.Example.", "hooks.example"),
        ("192.168.1.7", "192.168.1.7"),
        ("fd12::1", "fd12::1"),
        ("[FD12::1]", "fd12::1"),
        ("host_1", "host_1"),
    ],
)
def test_a_host_is_taken_as_urls_are_compared_with_it(given: str, taken: str) -> None:
    assert WebhookHost().convert(given, None, None) == taken


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "is not a host"),
        ("http://hooks.example", "is not a host"),
        ("hooks.example:443", "is not a host"),
        ("hooks.example/path", "is not a host"),
        ("*", "is not a host"),
        ("169.254.169.254", "metadata"),
        ("fe80::1", "metadata"),
        ("0.0.0.0", "not the address of one machine"),  # noqa: S104 - must be refused
    ],
)
def test_another_text_is_refused(given: str, says: str) -> None:
    with pytest.raises(click.BadParameter, match=says):
        WebhookHost().convert(given, None, None)


@pytest.mark.parametrize("command", ["serve", "exec"])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--webhook", "ftp://127.0.0.1/"], "the scheme is 'ftp'"),
        (["--webhook", "http://me:hush@127.0.0.1/"], "credentials"),
        (["--webhook", "http://192.0.2.1/"], "--webhook-allow"),
        (["--webhook-allow", "192.0.2.2", "--webhook", "http://192.0.2.1/"], "--webhook-allow"),
        (["--webhook-allow", "http://hooks.example"], "is not a host"),
    ],
    ids=str,
)
def test_a_wrong_option_stops_the_start(command: str, options: list[str], says: str) -> None:
    """Its message names the option and its variable, and repeats no credential."""
    result = CliRunner().invoke(main, [command, *options, "--", "true"], prog_name="paysandbox")
    assert result.exit_code == 2
    assert options[-2] in result.stderr
    assert "PAYSANDBOX_WEBHOOK" in result.stderr
    assert says in result.stderr
    assert "hush" not in result.stderr


@pytest.mark.parametrize("by_environment", [True, False])
def test_exec_delivers_to_the_url(receiver: Receiver, *, by_environment: bool) -> None:
    """The endpoint is there before the first call, and in any order with the host that it needs."""
    options = [] if by_environment else ["--webhook", receiver.url, "--webhook-allow", "hooks.example"]
    environment = {**os.environ, **({"PAYSANDBOX_WEBHOOK": receiver.url} if by_environment else {})}
    command = [sys.executable, "-m", "paysandbox", "exec", *options, "--", sys.executable, "-c", SCRIPT]
    done = subprocess.run(  # noqa: S603 - our own command
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert receiver.events == ["InvoiceCreated"]


def test_an_allowed_host_may_come_after_its_url() -> None:
    """The options are read together: this fails later, for a provider that does not exist."""
    options = ["--webhook", "http://192.0.2.1/", "--webhook-allow", "192.0.2.1", "--provider", "nonsense"]
    result = CliRunner().invoke(main, ["exec", *options, "--", "true"], prog_name="paysandbox")
    assert result.exit_code == 2
    assert "nonsense" in result.stderr
    assert "webhook" not in result.stderr


def test_an_endpoint_of_a_fixture_file_gets_the_events(receiver: Receiver, tmp_path: Path) -> None:
    fixtures = tmp_path / "books.yaml"
    fixtures.write_text(f"invoiless: {{extends: default, webhooks: [{{url: '{receiver.url}'}}]}}")
    command = [sys.executable, "-m", "paysandbox", "exec", "--fixtures", str(fixtures), "--", sys.executable]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "-c", SCRIPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert receiver.events == ["InvoiceCreated"]


@pytest.mark.parametrize(("allowed", "code"), [("192.0.2.1", 0), ("192.0.2.2", 1)])
def test_validate_knows_the_allowed_hosts(tmp_path: Path, allowed: str, code: int) -> None:
    """So that it says what `serve` with the same option would."""
    fixtures = tmp_path / "books.yaml"
    fixtures.write_text("invoiless: {extends: default, webhooks: [{url: 'http://192.0.2.1/'}]}")
    options = ["--provider", "invoiless", "--fixtures", str(fixtures), "--webhook-allow", allowed]
    result = CliRunner().invoke(main, ["validate", *options], prog_name="paysandbox")
    assert (result.exit_code, "$.invoiless.webhooks[0].url" in result.stdout) == (code, code == 1)


def test_providers_without_webhooks_are_noticed(receiver: Receiver) -> None:
    command = [sys.executable, "-m", "paysandbox", "exec", "--provider", "crm_com", "--webhook", receiver.url]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--", "true"], capture_output=True, text=True, timeout=120, check=True
    )
    assert "none of these providers has webhooks" in done.stderr
