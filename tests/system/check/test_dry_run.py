"""What `paysandbox check` sends to a server that is no sandbox: what a dry run lists, and what a choice leaves out."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest
from click.testing import CliRunner, Result

from paysandbox.app import create_runtime
from paysandbox.check.profiles import PROFILES
from paysandbox.cli.main import main
from paysandbox.testing import Response
from tests.helpers.other_data import create_other_runtime
from tests.system.check.servers import Recording, recording, vendor

PROVIDERS: Final = ("crm_com", "invisible_collector", "invoicexpress", "invoiless")


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole depth is tried elsewhere; no test fails on a time."""
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], cases=10, seconds=900))


def check(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["check", *arguments], prog_name="paysandbox")


@contextmanager
def serving(provider: str, folder: Path) -> Iterator[Recording]:
    """A server with its own data and without our headers."""
    with recording(vendor(create_other_runtime(provider, folder), provider)) as server:
        yield server


def test_a_dry_run_lists_what_a_run_sends(tmp_path: Path) -> None:
    """Other methods and look-ups too; a chosen operation brings no DELETE to its path, which the contract lacks."""
    arguments = ("--provider", "invoicexpress", "--operation", "createTax")
    with serving("invoicexpress", tmp_path) as server:
        text = check(server.url, *arguments, "--dry-run")
        listed = json.loads(check(server.url, *arguments, "--dry-run", "--format", "json").stdout)
        server.seen.clear()
        check(server.url, *arguments)
    (found,) = listed["apis"]
    planned = {(request["method"], request["path"]) for request in found["requests"]}
    planned |= {tuple(call.split()[:2]) for call in found["lookups"] + found["makers"]}
    read_back, listed_again = ("GET", "/taxes/{tax-id}.json"), ("GET", "/taxes.json")
    assert [tuple(call.split()[:2]) for call in found["readers"]] == [read_back, listed_again]
    assert found["refused"] == ["POST /taxes.json (createTax) once more: the rule tax-name-unique"]
    probes = ("/_sandbox", "/schemathesis-probe")  # is it a sandbox, and does it answer at all
    sent = {(method, path.partition("?")[0]) for method, path in server.seen}
    sent = {(method, path) for method, path in sent if path != "/" and not path.startswith(probes)}
    assert any(re.fullmatch(r"/taxes/\d+\.json", path) for method, path in sent if method == "GET")
    sent = {(method, re.sub(r"/taxes/\d+", "/taxes/{tax-id}", path)) for method, path in sent}
    assert sent <= {*planned, read_back}
    assert {method for method, path in sent if path == "/taxes.json"} == {"GET", "POST", "OPTIONS", "QUERY", "TRACE"}
    assert "  TRACE /taxes.json" in text.stdout
    assert "  GET /clients.json (listClients)" in text.stdout


def test_a_dry_run_names_the_records_that_were_given(tmp_path: Path) -> None:
    data = tmp_path / "ids.yaml"
    data.write_text("parameters: {getTax.tax-id: [777123]}\n", "utf-8")
    arguments = ("--provider", "invoicexpress", "--operation", "getTax", "--data", str(data))
    with serving("invoicexpress", tmp_path) as server:
        result = check(server.url, *arguments, "--dry-run")
    assert "  GET /taxes/777123.json" in result.stdout, result.output


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_choice_that_leaves_nothing_is_refused(provider: str) -> None:
    contract = create_runtime(provider_names=[provider]).services[provider].contract
    writing = next(operation.id for operation in contract.operations if operation.method not in {"GET", "HEAD"})
    result = check("--provider", provider, "--operation", writing, "--read-only")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--read-only sends only GET and HEAD, and no operation of that kind is among the chosen" in result.stderr


@pytest.mark.parametrize(("allowed", "found"), [("GET", False), ("GET, PATCH", True)])
def test_methods_of_operations_left_out_do_not_count_in_allow(allowed: str, *, found: bool) -> None:
    """A path has PUT and DELETE too, which the choice leaves out; PATCH no operation has."""

    def answer(method: str, *_: object) -> Response:
        return Response(200 if method == "OPTIONS" else 405, {"allow": allowed}, b"")

    with recording(answer) as server:
        result = check(server.url, "--provider", "invoicexpress", "--operation", "getTax")
    assert ("http_methods" in result.stdout) is found


def test_a_refused_credential_is_named_as_the_reason() -> None:
    def refuse(*_: object) -> Response:
        return Response(401, {}, b"")

    with recording(refuse) as server:
        result = check(server.url, "--provider", "invoicexpress", "--operation", "getTax")
    assert "401 to " in result.stdout
    assert "the server refuses the credential" in result.stdout
    assert "must have the records of the fixtures" not in result.stdout
