"""What a recording shows of variants is named: two at once, where a rule looks contradicted, and in a patch."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.evidence.drift import run_drift
from paysandbox.evidence.patching import make_patch
from paysandbox.evidence.settling import settle_by_replay
from paysandbox.judging.differences import CONTRADICTED, TOO_STRICT, Difference, Drift
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import InvoiceXpress, record, write

BOTH = "receipt_type=Receipt and success_status=201"


@pytest.fixture
def of_two(client: Client, runtime: Runtime, tmp_path: Path) -> Drift:
    """The drift of a recording of an account with two other choices."""
    vendor = InvoiceXpress(client, "other", {"success_status": "201", "receipt_type": "Receipt"})
    vendor.pay()
    return run_drift([write(tmp_path / "seen.har", vendor.record())], runtime)


def test_two_variants_at_once_are_named(of_two: Drift) -> None:
    """Each by itself removes one difference and brings another."""
    (found,) = [one for one in of_two.differences if one.operation == "createPartialPayment" and one.where == "201"]
    assert found.variant == BOTH
    assert of_two.variants[f"invoicexpress: {BOTH}"] == 1


def test_a_patch_names_the_variants_that_a_recording_shows(of_two: Drift, runtime: Runtime) -> None:
    """They are left to a person, because another choice may fit as well."""
    left = make_patch(runtime.services["invoicexpress"], of_two, date(2026, 2, 14)).left
    (line,) = [line for line in left if line.startswith(f"variant {BOTH} (seen.har#")]
    assert "it explains 1 difference;" in line


@pytest.mark.parametrize("verdict", [CONTRADICTED, TOO_STRICT])
def test_a_patch_names_each_assumption_that_is_not_so(runtime: Runtime, verdict: str) -> None:
    difference = Difference(
        verdict,
        "invoicexpress",
        "createInvoice",
        "additionalProperties",
        "/invoice/x",
        "unknown property 'x'",
        "assumed",
    )
    left = make_patch(runtime.services["invoicexpress"], Drift((), differences=[difference]), date(2026, 2, 14)).left
    assert left == ["createInvoice additionalProperties /invoice/x: what was assumed is not so: unknown property 'x'"]


def test_a_rule_is_not_contradicted_where_a_variant_explains_the_status(
    client: Client, runtime: Runtime, tmp_path: Path
) -> None:
    """CRM.COM may refuse with 4xx in the place of 200; the rule refuses then too."""
    client.post("/_sandbox/namespaces", json={"name": "other", "variants": {"crm_com": {"error_http_status": "4xx"}}})
    root = "/ns/other/crm-com/crmapi/rest/v2"
    login = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}
    token = client.post(f"{root}/authentication/token", login).json["data"]["token"]
    assert client.get(f"{root}/invoices/show?token={token}&invoice_identifier=number%3D9999999").status == 404
    path = write(tmp_path / "seen.har", record(client, "other", "http://127.0.0.1/crm-com"))
    drift = run_drift([path], runtime)
    settle_by_replay(drift, [path], runtime)
    rules: list[Any] = [one for one in drift.differences if (one.about, one.verdict) == ("rule", CONTRADICTED)]
    assert [one.variant for one in rules] == ["error_http_status=4xx"]


@pytest.mark.parametrize("form", ["text", "json", "junit", "html"])
def test_each_form_tells_that_a_recording_breaks_off(client: Client, tmp_path: Path, form: str) -> None:
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    path = write(tmp_path / "cut.har", vendor.record())
    path.write_bytes(path.read_bytes()[:-500])
    assert "cut.har breaks off" in CliRunner().invoke(main, ["drift", str(path), "--format", form]).stdout
    assert "cut.har breaks off" in CliRunner().invoke(main, ["evidence", str(path)]).stderr
    assert "cut.har breaks off" in json.dumps(CliRunner().invoke(main, ["replay", str(path)]).stdout)
