"""Export of a namespace as fixtures, and import of fixtures into a namespace."""

from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.core.strict_yaml import read_yaml, write_yaml
from paysandbox.kit.runtime import Runtime
from tests.helpers.round_trip import check_round_trips
from tests.helpers.runtimes import NOON, Client, dump
from tests.helpers.valid_calls import first_calls
from tests.unit.control.asking import ROOT, check_problem, everything

CUSTOMER: Final = {"id": "65a000000000000000000001", "account": "603df7939b3e7d00418c2f07", "name": "Ana Berg"}
PAYMENTS: Final = "/invoiless/v1/invoices/651d68809b3e7d00418c2f77/payments"
KEY: Final = {"api-key": "invoiless-test-key"}


def pay(client: Client, root: str = "") -> Any:
    """Pay a part of an invoice, and return the payment."""
    response = client.post(root + PAYMENTS, {"amount": 1, "method": "Card"}, headers=KEY)
    assert response.status == 201
    return response.json


def test_what_is_exported_starts_as_the_same_state(client: Client, tmp_path: Path) -> None:
    """As a file: records, ids and variants go on where they were."""
    pay(client)
    exported = client.get(f"{ROOT}/default/export")
    assert exported.status == 200
    file = tmp_path / "mine.yaml"
    file.write_text(write_yaml(exported.json))
    started = Client(create_runtime(fixtures=file, time=lambda: NOON))
    for provider in client.runtime.services:
        assert dump(started.runtime, provider) == dump(client.runtime, provider)
    assert pay(started) == pay(client)
    # A reset goes back to the file, its counters included.
    started.post("/_sandbox/reset")
    assert started.get(f"{ROOT}/default/export").content == exported.content


def test_what_is_imported_takes_the_place_of_the_records(client: Client) -> None:
    """Of the named providers; a reset goes back to the sandbox's own fixtures."""
    pay(client)
    exported = client.get(f"{ROOT}/default/export").json
    client.post(ROOT, {"name": "other", "variants": {"invoiless": {"unknown_members": "ignore"}}})
    before = dump(client.runtime, "invoicexpress", "other")
    response = client.post(f"{ROOT}/other/import", {"invoiless": exported["invoiless"]})
    assert (response.status, response.json) == (200, {"imported": ["invoiless"], "warnings": []})
    assert dump(client.runtime, "invoiless", "other") == dump(client.runtime, "invoiless")
    assert client.get(f"{ROOT}/other").json["providers"]["invoiless"]["variants"]["unknown_members"] == "refuse"
    assert dump(client.runtime, "invoicexpress", "other") == before
    pay(client, "/ns/other")
    client.post(f"{ROOT}/other/reset")
    assert client.get(f"{ROOT}/other/snapshots/fixtures/diff").json == {}


def test_an_import_can_extend_the_sandboxs_fixtures(client: Client) -> None:
    """And choose variants, which calls see at once."""
    body = {
        "invoiless": {"extends": "default", "tables": {"customers": [CUSTOMER]}},
        "invoicexpress": {"extends": "default", "variants": {"success_status": 201}},
    }
    assert client.post(f"{ROOT}/default/import", body).status == 200
    difference = client.get(f"{ROOT}/default/snapshots/fixtures/diff").json
    assert difference == {"invoiless": {"customers": {"added": {CUSTOMER["id"]: CUSTOMER | _EMPTY}, "changed": {},
                                                      "removed": {}}}}  # fmt: skip
    url = "/invoicexpress/documents/1/partial_payments.json"
    paid = client.post(url, {"partial_payment": {"amount": 1}}, query="api_key=ix-test-key")
    assert paid.status == 201


_EMPTY: Final[dict[str, Any]] = {
    **dict.fromkeys(("email", "internalId", "scope", "currency", "lang", "dateFormat", "notes", "createdAt")),
    "billTo": {},
    "shipTo": {},
    "cc": [],
    "bcc": [],
    "tags": [],
    "attachPdf": False,
    "isDeleted": False,
}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ([], 400, ["object"]),
        ({"invoiless": []}, 400, ["/invoiless"]),
        ({"invoiless": {"tabels": {}}}, 400, ["tabels"]),
        ({"invoiless": {"extends": "nothing"}}, 400, ["/invoiless/extends"]),
        ({"nobody": {}}, 422, ["/nobody: there is no provider of this name; there are crm_com"]),
        (
            {"invoiless": {"tables": {"custommers": []}}},
            422,
            ["/invoiless/tables/custommers: unknown table 'custommers'; the tables are accounts"],
        ),
        (
            {
                "invoicexpress": {"extends": "default", "variants": {"success_status": 202}},
                "invoiless": {"extends": "default", "tables": {"customers": [CUSTOMER | {"account": "0" * 24}]}},
            },
            422,
            [
                "nothing was imported: /invoicexpress/variants/success_status: 202 is not one of 200, 201",
                "/invoiless/tables/customers/0/account: '000000000000000000000000' is not in accounts",
            ],
        ),
    ],
    ids=["list", "sections", "section", "extends", "provider", "table", "several"],
)
def test_what_cannot_be_imported_changes_nothing(client: Client, body: Any, status: int, says: list[str]) -> None:
    """Not even of the providers whose part is valid; all errors are listed."""
    pay(client)
    before = everything(client.runtime)
    check_problem(client.post(f"{ROOT}/default/import", body), status, *says)
    assert everything(client.runtime) == before


def test_credentials_that_the_records_lack_are_named(client: Client) -> None:
    """They stay as they are; without the records that have them, they open nothing."""
    warnings = client.post(f"{ROOT}/default/import", {"invoiless": {"tables": {}}}).json["warnings"]
    (warning,) = warnings
    assert warning.startswith("invoiless: the sandbox's api_key does not work in this namespace: no account has this ")
    assert client.get(f"{ROOT}/default/export").json["invoiless"]["credentials"] == {}


def test_a_broken_invariant_is_refused(client: Client) -> None:
    exported = client.get(f"{ROOT}/default/export").json["invoiless"]
    del exported["tables"]["payments"][0]
    check_problem(client.post(f"{ROOT}/default/import", {"invoiless": exported}), 422, "balance is ")


def test_what_every_operation_leaves_round_trips(runtime: Runtime) -> None:
    """After a valid call of each operation of each provider, in one state. In tests/conformance: of every test."""
    client = Client(runtime)
    for call in first_calls(runtime):
        call.send(client)
    assert check_round_trips(runtime) == len(runtime.services)


def test_a_text_that_looks_like_a_number_stays_text() -> None:
    """YAML's readers differ about `651e10`; ours takes it for a number."""
    texts = [
        "651e10",
        "1e5",
        "0",
        "-1.5",
        "null",
        "true",
        "",
        "yes",
        "2024-01-31",
        "1_000",
        "a: b",
        "#",
        "x\ny",
        "é\u2028",
    ]
    assert read_yaml(write_yaml(texts), "file") == texts
