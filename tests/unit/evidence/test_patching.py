"""What a recording confirms goes into the contract as a patch, and the patched contract is valid."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from paysandbox.contract.variants import apply_patch
from paysandbox.evidence.patching import Patch, diff_values, make_patch
from paysandbox.judging.differences import Difference, Drift
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import InvoiceXpress, change_reply, make_exchange, record_valid_calls, write

PROVIDERS = ["crm_com", "invisible_collector", "invoicexpress", "invoiless"]
DAY = date(2026, 2, 14)
KEY = "recording-2026-02-14"
TAX = {"id": 1, "name": "IVA23", "value": "23.0", "region": "PT", "default_tax": 1, "code": None}


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


def difference(
    verdict: str, operation: str, about: str, where: str, value: Any = None, message: str = ""
) -> Difference:
    return Difference(
        verdict, "invoicexpress", operation, about, where, message, "assumed", value=value, places=("a b; c.har#7",)
    )


def patch_of(runtime: Runtime, *differences: Difference) -> Patch:
    drift = Drift(("seen.har",), differences=list(differences))
    return make_patch(runtime.services["invoicexpress"], drift, DAY)


@pytest.mark.slow
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_patched_contract_is_valid_and_settled(
    runtime: Runtime, client: Client, tmp_path: Path, provider: str
) -> None:
    """A valid call of each operation; a second run finds nothing more to change."""
    service = runtime.services[provider]
    path = record_valid_calls(runtime, client, provider, tmp_path / "seen.har")
    schemas = tmp_path / "schemas"
    done = run("evidence", str(path), "--provider", provider, "--apply", str(schemas))
    assert done.exit_code == 0, done.output
    changed = [line for line in done.stderr.splitlines() if line.startswith("changed: ")]
    assert changed
    document = service.base_contract.document
    assert apply_patch(document, json.loads(done.stdout)) != document
    valid = run("validate", "--schemas", str(schemas), "--provider", provider)
    assert valid.exit_code == 0, valid.output
    again = run("evidence", str(path), "--provider", provider, "--schemas", str(schemas))
    assert not [line for line in again.stderr.splitlines() if line.startswith("changed: ")], again.stderr
    assert again.exit_code == 1


def test_a_merge_patch_leads_from_one_document_to_the_other() -> None:
    before = {"a": {"b": [1, 2], "c": 3, "d": {"e": 1}}, "f": 1}
    after = {"a": {"b": [1], "d": {"e": 2, "g": {}}}, "f": 1}
    patch = diff_values(before, after)
    assert patch == {"a": {"b": [1], "c": None, "d": {"e": 2, "g": {}}}}
    assert apply_patch(before, patch) == after


@pytest.mark.parametrize(
    ("found", "place", "expected"),
    [
        (
            difference("confirmed", "changeInvoiceState", "rule", "finalized-takes-next-number"),
            ("paths", "/invoices/{invoice-id}/change-state.json", "put", "x-rules"),
            "observed",
        ),
        (
            difference("confirmed", "all", "variant", "credit_note_effect=lowers"),
            ("x-variants", "credit_note_effect", "choices", "lowers"),
            "observed",
        ),
    ],
)
def test_what_is_confirmed_becomes_observed_with_the_day_as_its_source(
    runtime: Runtime, found: Difference, place: Sequence[str], expected: str
) -> None:
    made = patch_of(runtime, found)
    node: Any = made.patch
    for step in place:
        node = node[step]
    if isinstance(node, list):
        (node,) = [rule for rule in node if rule["id"] == found.where]
    assert node["provenance"] == expected
    assert node["source"].endswith(f"; {KEY}: a-b-c.har#7")
    assert made.patch["x-sources"][KEY]["retrieved"] == "2026-02-14"
    assert made.left == []


def test_undocumented_properties_types_and_enum_values_are_added(tmp_path: Path) -> None:
    plain = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    new = {"colour": "red", "rank": 3, "rate": 1.5, "live": True}
    changes = {**new, "name": None, "default_tax": 2}
    seen = [change_reply(plain, "taxes", 0, name, value=value) for name, value in changes.items()]
    properties = patch_seen(tmp_path, *seen)["components"]["schemas"]["TaxRecord"]["properties"]
    assert {name: properties[name]["type"] for name in new} == {
        "colour": "string",
        "rank": "integer",
        "rate": "number",
        "live": "boolean",
    }
    assert {properties[name]["x-provenance"] for name in changes} == {"observed"}
    assert properties["name"]["type"] == ["string", "null"]
    assert properties["default_tax"]["enum"] == [0, 1, 2]


def test_what_two_operations_show_of_one_schema_is_added_once(tmp_path: Path) -> None:
    listed = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    single = make_exchange("GET", "/taxes/1.json", 200, reply={"tax": TAX})
    changes: list[tuple[str, Any]] = [("colour", "red"), ("name", None), ("default_tax", 2)]
    seen = [change_reply(listed, "taxes", 0, name, value=value) for name, value in changes]
    seen += [change_reply(single, "tax", name, value=value) for name, value in changes]
    properties = patch_seen(tmp_path, *seen)["components"]["schemas"]["TaxRecord"]["properties"]
    assert properties["name"]["type"] == ["string", "null"]
    assert properties["default_tax"]["enum"] == [0, 1, 2]


def patch_seen(tmp_path: Path, *exchanges: Exchange) -> Any:
    path = write(tmp_path / "seen.har", exchanges)
    done = run("evidence", str(path), "--apply", str(tmp_path / "schemas"))
    assert done.exit_code == 0, done.output
    valid = run("validate", "--schemas", str(tmp_path / "schemas"), "--provider", "invoicexpress")
    assert valid.exit_code == 0, valid.output
    return json.loads(done.stdout)


def test_what_is_contradicted_is_left_to_a_person(runtime: Runtime) -> None:
    made = patch_of(runtime, difference("contradicted", "createPartialPayment", "rule", "overpayment-is-refused"))
    assert made.patch == {}
    assert "what was assumed is not so" in made.left[0]


def test_recordings_of_several_providers_want_a_choice(tmp_path: Path) -> None:
    taxes = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    other = Exchange("GET", "https://api.invoiless.com/v1/invoices", taxes.request, 200, taxes.reply)
    done = run("evidence", str(write(tmp_path / "seen.har", [taxes, other])))
    assert done.exit_code == 2
    assert "choose one with --provider" in done.stderr


def test_a_recording_that_settles_nothing_makes_no_patch(tmp_path: Path) -> None:
    taxes = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    done = run("evidence", str(write(tmp_path / "seen.har", [taxes])))
    assert (done.exit_code, done.stdout) == (1, "")


def test_no_credential_is_in_a_patch(client: Client, tmp_path: Path) -> None:
    vendor = InvoiceXpress(client, "vendor")
    vendor.pay()
    secret = "9f8e7d6c5b4a3928-secret"
    seen = change_reply(
        make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]}), "taxes", 0, "echo", value=secret
    )
    url = seen.url.replace("9f8e7d6c5b4a3928", secret)
    done = run(
        "evidence", str(write(tmp_path / "seen.har", [Exchange(seen.method, url, seen.request, 200, seen.reply)]))
    )
    assert done.exit_code == 0
    assert "echo" in done.output
    assert secret not in done.output
