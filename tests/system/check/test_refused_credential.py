"""A server that refuses the credential is asked a few calls only, and told once what to give."""

from typing import Final

import pytest
from click.testing import CliRunner, Result

from paysandbox.check.credential_gate import ENOUGH
from paysandbox.cli.main import main
from paysandbox.kit.runtime import Runtime
from paysandbox.testing import Response
from tests.system.check.servers import Outcome, recording, vendor

NAMES: Final = {"crm_com": "token", "invisible_collector": "token", "invoicexpress": "api_key", "invoiless": "api_key"}


def check(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["check", *arguments], prog_name="paysandbox")


@pytest.mark.parametrize("provider", NAMES)
def test_a_credential_that_every_call_is_refused_for_ends_the_check(provider: str, base_runtime: Runtime) -> None:
    """Whether the refusal is a status or in an envelope; exit code 2, because nothing was found out."""
    name = NAMES[provider]
    with recording(vendor(base_runtime, provider)) as server:
        result = check(server.url, "--provider", provider, "--credential", f"{name}=of-another-account")
    assert result.exit_code == 2, result.output
    assert 0 < len(server.seen) <= ENOUGH + 2  # the first calls find out what server it is
    assert result.stdout.count("--credential") == 1
    assert f"with --credential {name}=VALUE, or in {provider.upper()}_{name.upper()}" in result.stdout
    assert "the server refuses the credential that was given" in result.stdout
    assert "of-another-account" not in result.output
    assert "valid ones succeeded" not in result.stdout


def test_the_credential_of_the_fixtures_is_said_to_have_been_sent_in_its_place() -> None:
    with recording(lambda *_: Response(401, {}, b"")) as server:
        result = check(server.url, "--provider", "invisible_collector", "--operation", "createPayment")
    assert result.exit_code == 2, result.output
    assert (
        "refuses the credential of the sandbox's fixtures, as none was given (401 to POST /payments)" in result.stdout
    )


def test_an_account_that_may_not_call_everything_is_checked(base_runtime: Runtime) -> None:
    """Invoiless answers 403 for both; that one call is let through tells them apart."""
    answer: Outcome = vendor(base_runtime, "invoiless")

    def refuse_lists(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        without = {name: value for name, value in headers.items() if name != "api-key"}
        is_list = path.split("?", maxsplit=1)[0] in {"/v1/invoices", "/v1/customers"}
        return answer(method, path, content, without if is_list else headers)

    arguments = ("--operation", "listInvoices", "--operation", "listCustomers", "--operation", "getCustomer")
    with recording(refuse_lists) as server:
        result = check(server.url, "--provider", "invoiless", *arguments)
    assert "so nothing else was sent" not in result.stdout
    assert "getCustomer" in result.stdout
