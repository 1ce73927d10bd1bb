"""Reload: changed files are taken over, what calls have changed stays where it fits, and mistakes change nothing."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.kit.files import find_default_fixtures
from paysandbox.kit.provider import find_providers
from paysandbox.kit.reload import reload
from paysandbox.kit.runtime import Runtime
from tests.helpers.own_providers import write_toy
from tests.helpers.runtimes import NOON, Client, dump
from tests.unit.control.asking import check_problem, everything

INVOICE: Final = "651d68809b3e7d00418c2f77"
PAYMENTS: Final = f"/invoiless/v1/invoices/{INVOICE}/payments"
KEY: Final = {"api-key": "invoiless-test-key"}
ADDED: Final = """\
extends: default
tables:
  customers:
    - {id: 65a000000000000000000001, account: 603df7939b3e7d00418c2f07, name: Ana Berg}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Fixtures of Invoiless: as packaged, in a folder of the test's."""
    path = tmp_path / "mine" / "invoiless" / "default.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("extends: default\n")
    return path


@pytest.fixture
def client(file: Path) -> Client:
    return Client(create_runtime(fixtures=file.parents[1], time=lambda: NOON))


def change(path: Path, text: str) -> None:
    """Write a file, and let it be seen to be newer."""
    path.write_text(text)
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1_000_000_000))


def pay(client: Client, root: str = "", status: int = 201) -> Any:
    response = client.post(root + PAYMENTS, {"amount": 1, "method": "Card"}, headers=KEY)
    assert response.status == status
    return response.json


def test_what_calls_have_changed_stays(client: Client, file: Path) -> None:
    """In every namespace, over the new records; journal, clock and faults too."""
    mine, others = pay(client), pay(client, "/ns/other")
    client.post("/_sandbox/namespaces/other/snapshots", {"name": "paid"})
    change(file, ADDED)
    reply = client.post("/_sandbox/reload")
    assert (reply.status, reply.json["files"], reply.json["dropped"]) == (200, [str(file)], [])
    for root, payment in (("", mine), ("/ns/other", others)):
        assert client.get(f"{root}/invoiless/v1/payments/{payment['id']}", headers=KEY).json == payment
    for namespace in ("default", "other", "new"):
        names = [record["name"] for record in dump(client.runtime, "invoiless", namespace)["customers"]]
        assert names.count("Ana Berg") == 1
    assert pay(client)["id"] != mine["id"]
    assert client.get("/_sandbox/namespaces/other").json["requests"] == 2
    # A snapshot and a reset go on to work, over the new records.
    client.post("/_sandbox/namespaces/other/snapshots/paid/restore")
    assert client.get(f"/ns/other/invoiless/v1/payments/{others['id']}", headers=KEY).status == 200
    client.post("/_sandbox/namespaces/other/reset")
    assert client.get("/_sandbox/namespaces/other/snapshots/fixtures/diff").json == {}
    assert client.get(f"/ns/other/invoiless/v1/payments/{others['id']}", headers=KEY).status == 404


def test_what_does_not_fit_is_dropped_and_named(client: Client, file: Path) -> None:
    """An invoice that is not in the new fixtures takes its payment with it; other providers' records stay."""
    pay(client)
    pay(client, "/ns/other")
    client.post("/_sandbox/namespaces/other/snapshots", {"name": "paid"})
    url = "/ns/other/invoicexpress/documents/1/partial_payments.json"
    assert client.post(url, {"partial_payment": {"amount": 1}}, query="api_key=ix-test-key").status == 200
    before = dump(client.runtime, "invoicexpress", "other")
    change(
        file,
        "credentials: {api_key: our-key}\n"
        "tables:\n  accounts: [{id: 603df7939b3e7d00418c2f07, name: Our shop, apiKey: our-key}]\n",
    )
    dropped = client.post("/_sandbox/reload").json["dropped"]
    assert [line.partition(":")[0] for line in dropped] == [
        "namespace default",
        "namespace other",
        "namespace other, snapshot paid",
    ]
    assert "the records of invoiless do not fit the new fixtures: " in dropped[0]
    assert dump(client.runtime, "invoicexpress", "other") == before
    assert dump(client.runtime, "invoiless")["invoices"] == []
    assert client.get("/invoiless/v1/invoices", headers={"api-key": "our-key"}).status == 200


@pytest.mark.parametrize(
    "text",
    ["extends: default\ntables: {customers: [", "tables: {custommers: []}\n", "credentials: {api_key: nobodys}\n"],
    ids=["half-written", "table", "credential"],
)
def test_a_file_with_mistakes_changes_nothing(client: Client, file: Path, text: str) -> None:
    """All of them are in the answer, with file and line."""
    pay(client)
    before = everything(client.runtime)
    services = client.runtime.services
    change(file, text)
    check_problem(client.post("/_sandbox/reload"), 422, f"nothing was changed: {file}:")
    assert everything(client.runtime) == before
    assert client.runtime.services is services
    pay(client)
    change(file, ADDED)
    assert client.post("/_sandbox/reload").status == 200


def test_a_changed_contract_is_taken_over(tmp_path: Path) -> None:
    """Calls are validated by it at once, and a choice that it lacks is dropped and named."""
    folder = write_toy(tmp_path / "providers")
    client = Client(create_runtime(provider_folder=folder.parent, time=lambda: NOON))
    name = folder.name
    variants = {name: {"unknown_members": "ignore"}}
    client.post("/_sandbox/namespaces", {"name": "own", "variants": variants})
    contract = folder / "openapi.yaml"
    change(contract, contract.read_text().replace("title: ", "title: New ", 1))
    assert client.post("/_sandbox/reload").json["dropped"] == []
    assert client.get(f"/_sandbox/openapi/{name}.json").json["info"]["title"].startswith("New ")
    assert client.get("/_sandbox/namespaces/own").json["providers"][name]["variants"]["unknown_members"] == "ignore"


def test_a_providers_code_is_imported_anew(tmp_path: Path) -> None:
    """Its records are converted; code that cannot be imported changes nothing; a provider that is gone is said."""
    folder = write_toy(tmp_path / "providers")
    client = Client(create_runtime(provider_folder=folder.parent, time=lambda: NOON))
    state = client.runtime.namespaces.get("default").state(folder.name)
    name, table = next((name, state.table(name)) for name in state.table_defs() if list(state.table(name).records()))
    key = state.table_defs()[name].key(next(iter(table.records())))
    with state.transaction():
        table.delete(key)
    before = dump(client.runtime, folder.name)
    code = folder / "provider" / "errors.py"
    text = code.read_text()
    change(code, f"{text}\nNEW = 1\n")
    assert client.post("/_sandbox/reload").json["dropped"] == []
    assert dump(client.runtime, folder.name) == before
    assert client.runtime.namespaces.get("default").state(folder.name).__class__ is not state.__class__
    change(code, f"{text}\nraise RuntimeError('half done')\n")
    check_problem(client.post("/_sandbox/reload"), 422, f"nothing was changed: {code}:", "half done")
    assert dump(client.runtime, folder.name) == before


def test_a_reset_says_that_files_are_newer(client: Client, file: Path) -> None:
    """Until they are taken over."""
    assert client.post("/_sandbox/reset").status == 204
    change(file, ADDED)
    for path in ("/_sandbox/reset", "/_sandbox/namespaces/default/reset"):
        reply = client.post(path)
        assert (reply.status, reply.json["newer_files"]) == (200, [str(file)])
        assert "POST /_sandbox/reload" in reply.json["hint"]
    client.post("/_sandbox/reload")
    assert client.post("/_sandbox/reset").status == 204


def test_a_sandbox_of_no_files_stays_as_it_is(runtime: Runtime) -> None:
    reply = Client(runtime).post("/_sandbox/reload").json
    assert reply == {"providers": list(runtime.services), "files": [], "dropped": []}


def test_a_reload_without_changes_loses_nothing(tmp_path: Path) -> None:
    """The packaged files, after a payment; as many times as one likes."""
    client = Client(create_runtime(time=lambda: NOON))
    pay(client)
    before = everything(client.runtime)
    for _ in range(3):
        reloaded = reload(client.runtime)
        assert (reloaded.files, reloaded.dropped) == ([], [])
    assert everything(client.runtime) == before
    assert all(find_default_fixtures(provider) in client.runtime.files for provider in find_providers())
    assert tmp_path not in client.runtime.files
