"""Scaffolds from OpenAPI documents of different form: each starts, passes its own tests, and keeps its contract."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from paysandbox.app import create_runtime
from paysandbox.cli.main import main
from paysandbox.kit.discovery import load_provider
from paysandbox.server.live import Server
from paysandbox.testing import Client
from tests.helpers.pytest_projects import WITHOUT, run
from tests.helpers.runtimes import broken_invariants

DOCUMENTS: Final = Path(__file__).parent / "documents"
# The operations that each scaffold imitates, and those that answer their example.
IMITATED: Final = {
    "nested": {
        *("listMerchants", "createMerchant", "getMerchant", "updateMerchant", "deleteMerchant"),
        *("listPayments", "createPayment", "getPayment", "createRefund", "getRefund"),
    },
    "alternatives": {"createTransfer", "listTransfers", "getTransfer", "replaceTransfer"},
    "header_keys": {"getVouchers", "postVouchers", "getVouchersByCode", "deleteVouchersByCode"},
    "generated": {
        *("listChargesChargesGet", "createChargeChargesPost", "getChargeChargesChargeIdGet"),
        *("refund", "refundsOf", "getRefund"),
    },
    "example": {"listPayments", "createPayment", "getPayment", "deletePayment"},
}
EXAMPLES: Final = {
    "nested": {"capturePayment"},
    "alternatives": {"createQuote"},
    "header_keys": {"getVouchersCsv", "getStatus"},
    "generated": {"health", "listOperation"},
    "example": set[str](),
}
NAMES: Final = list(IMITATED)


def call(*arguments: str) -> Result:
    """Call the command in this process."""
    return CliRunner().invoke(main, list(arguments), prog_name="paysandbox")


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scaffold from each document, and one from none."""
    folder = tmp_path_factory.mktemp("scaffolds") / "providers"
    for name in NAMES:
        document = next(DOCUMENTS.glob(f"{name}.*"), None)
        options = [] if document is None else ["--openapi", str(document)]
        result = call("new", name, "--providers", str(folder), *options)
        assert result.exit_code == 0, result.output
    return folder


def open_client(providers: Path, name: str, root: str, headers: dict[str, str]) -> Client:
    """A client of one scaffold alone."""
    return Client(create_runtime(providers=[load_provider(providers / name)]), root=f"/{root}", headers=headers)


def test_all_of_them_are_valid_together(providers: Path) -> None:
    """Beside the packaged providers."""
    result = call("validate", "--providers", str(providers))
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    for name in NAMES:
        assert f" {name}" in result.stdout


def test_their_own_tests_pass(providers: Path) -> None:
    """At once, with pytest alone, from the folder above."""
    done = run(providers.parent, *WITHOUT, "-q", "providers")
    assert done.code == 0, done.output
    assert done.outcomes["passed"] > 40, done.output


@pytest.mark.parametrize("name", NAMES)
def test_the_scaffold_keeps_its_contract(providers: Path, name: str) -> None:
    """By the contract suites, on a live server."""
    result = call("check", "--providers", str(providers), "--provider", name)
    assert result.exit_code == 0, result.output
    assert f"No findings: a sandbox of its own keeps its contracts ({name})." in result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_operations_are_imitated_or_marked(providers: Path, name: str) -> None:
    """What answers its example says so: in the contract, in the journal, in its docstring and in the README."""
    provider = load_provider(providers / name)
    runtime = create_runtime(providers=[provider])
    service = runtime.services[name]
    marked = {operation.id for operation in service.contract.operations if "answers-its-example" in operation.rules}
    assert marked == EXAMPLES[name]
    assert {operation.id for operation in service.contract.operations} - marked == IMITATED[name]
    readme = (providers / name / "README.md").read_text()
    for operation in service.contract.operations:
        said = service.handlers[operation.id].__doc__ or ""
        assert ("Not imitated yet" in said) == (operation.id in marked)
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{operation.id}`"))
        assert ("its example" in row) == (operation.id in marked)


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_assumed_until_it_is_compared(providers: Path, name: str) -> None:
    """A document that someone gave proves nothing about the live service."""
    service = create_runtime(providers=[load_provider(providers / name)]).services[name]
    assert {operation.provenance for operation in service.contract.operations} == {"assumed"}


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_such_that_a_person_would_keep(providers: Path, name: str) -> None:
    """Python that compiles, lines of bounded length, docstrings, and nothing left over."""
    files = {str(path.relative_to(providers / name)) for path in (providers / name).rglob("*") if path.is_file()}
    files = {path for path in files if "__pycache__" not in path and ".pytest_cache" not in path}
    assert {"openapi.yaml", "fixtures.yaml", "README.md", f"tests/test_{name}.py"} <= files
    assert not [path.name for path in providers.iterdir() if path.name.startswith(".")]
    for path in files:
        text = (providers / name / path).read_text()
        assert not text.endswith("\n\n"), path
        if path.endswith(".py"):
            tree = ast.parse(text)
            assert ast.get_docstring(tree), path
            assert max(map(len, text.splitlines())) <= 120, path
            functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
            assert all(ast.get_docstring(node) or node.name.startswith("_") for node in functions), path


def test_formatter_and_type_checker_have_nothing_to_say(providers: Path) -> None:
    """So that a person goes on with a clean start."""
    ruff = [str(Path(sys.executable).parent / "ruff"), "format", "--isolated", "--line-length", "120", "--check"]
    done = subprocess.run([*ruff, str(providers)], capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert done.returncode == 0, done.stdout + done.stderr
    for name in NAMES:
        checked = run(
            providers / name, "-m", "mypy", "--strict", "--cache-dir", str(providers.parent / "c"), "provider"
        )
        assert checked.code == 0, checked.output


def test_a_live_server_serves_it(providers: Path) -> None:
    """On its own port, at the path of its server's URL."""
    with Server(provider_ports=True, provider_folder=providers) as server:
        assert server.credentials("header_keys") == {"api_key": "header-keys-test-key"}
        assert set(server.ready()["providers"]) >= set(NAMES)


def test_records_belong_to_those_above_them(providers: Path) -> None:
    """Three levels: what is created below another record is found there only, and is deleted with it."""
    client = open_client(providers, "nested", "nested/api/v2", {"Authorization": "Bearer nested-test-token"})
    merchant = client.post("/merchants", {"name": "Second"}).json["id"]
    payment = client.post(f"/merchants/{merchant}/payments", {"amount": 5, "currency": "EUR"}).json["id"]
    refund = client.post(f"/merchants/{merchant}/payments/{payment}/refunds", {"amount": 1, "reason": None}).json
    below = f"payments/{payment}/refunds/{refund['id']}"
    assert refund == {"id": "re_00000043", "amount": 1, "state": "pending"}
    assert client.get(f"/merchants/{merchant}/{below}").json == refund
    assert client.get(f"/merchants/12/{below}").status == 404
    assert [one["id"] for one in client.get(f"/merchants/{merchant}/payments").json] == [payment]
    assert client.post(f"/merchants/{merchant}/payments/{payment}/capture", {}).json["status"] == "captured"
    assert client.get("/merchants").json["meta"] == {"page": 1, "per_page": 10, "total": 2}
    assert [one["name"] for one in client.get("/merchants", query="page=2&per_page=1").json["items"]] == ["Second"]
    assert client.delete(f"/merchants/{merchant}").status == 204
    assert client.get(f"/merchants/{merchant}/{below}").status == 404
    assert broken_invariants(client.runtime) == []


def test_refusals_have_the_documents_form(providers: Path) -> None:
    """Its bodies, with the reason in their place; another form in another document."""
    client = open_client(providers, "nested", "nested/api/v2", {"Authorization": "Bearer nested-test-token"})
    refused = client.post("/merchants/12/payments", {"amount": -1, "currency": "EUR"})
    assert refused.status == 422
    assert refused.json["error"]["code"] == "invalid_request"
    assert "/amount: -1 is less than the minimum of 0.01" in refused.json["error"]["message"]
    assert client.post("/merchants", {"nome": "x", "name": "y"}).status == 422
    other = open_client(providers, "alternatives", "alternatives", {"Authorization": "Bearer alternatives-test-token"})
    refused = other.post("/transfers", {"method": "cash"})
    assert (refused.status, refused.headers["content-type"]) == (400, "application/problem+json")
    assert refused.json["status"] == 400
    keys = {"X-Locker-Key": "header-keys-test-key", "X-Locker-Secret": "any"}
    third = open_client(providers, "header_keys", "header-keys/locker/v3", keys)
    assert (third.get("/vouchers/XYZ-0000").status, third.get("/vouchers/XYZ-0000").content) == (404, b"")
    assert third.get("/vouchers", headers={"X-Locker-Secret": None}).status == 400
    assert third.get("/vouchers", headers={"X-Locker-Key": "other"}).status == 401


def test_each_alternative_of_a_body_is_taken(providers: Path) -> None:
    """And only one of them; what the reply does not show is not kept."""
    client = open_client(providers, "alternatives", "alternatives", {"Authorization": "Bearer alternatives-test-token"})
    amount = {"value": 100, "currency": "EUR"}
    card = client.post("/transfers", {"method": "card", "amount": amount, "card": {"number": "4111111111111111"}})
    bank = client.post("/transfers", {"method": "bank", "amount": amount, "iban": "PT50000201231234567890154"})
    assert (card.status, bank.status) == (201, 201)
    assert "card" not in card.json["transfer"]
    assert bank.json["transfer"]["iban"] == "PT50000201231234567890154"
    mixed = {"method": "bank", "amount": amount, "card": {"number": "4111111111111111"}}
    assert client.post("/transfers", mixed).status == 400
    found = client.get("/transfers", query="method=bank").json["transfers"]
    assert [one["method"] for one in found] == ["bank"]
    item = f"/transfers/{bank.json['transfer']['id']}"
    client.put(item, {"method": "card", "amount": amount, "card": {"number": "4111111111111111"}})
    assert "iban" not in client.get(item).json["transfer"]


def test_a_collection_below_an_item_may_have_a_path_of_its_own(providers: Path) -> None:
    """`/charges/{charge_id}/refunds` and `/refunds/{id}` are about the same records."""
    client = open_client(providers, "generated", "generated", {"Authorization": "Bearer generated-test-token"})
    charge = client.post("/charges", {"amount": 5}).json["id"]
    refund = client.post(f"/charges/{charge}/refunds", {"amount": 1}).json
    assert refund["charge_id"] == charge
    assert client.get(f"/refunds/{refund['id']}").json == refund
    assert client.get(f"/charges/{charge}/refunds").json["refunds"] == [refund]
    assert client.get("/charges", query="limit=1").json[0]["id"] != charge
    refused = client.post(f"/charges/{charge}/refunds", {})
    assert (refused.status, refused.json["detail"][0]["msg"]) == (422, "the body: missing property 'amount'")


def test_a_key_that_the_client_chose_is_taken_once(providers: Path) -> None:
    """The second time is a conflict; without one a key of the documented form is made."""
    keys = {"X-Locker-Key": "header-keys-test-key", "X-Locker-Secret": "any", "Idempotency-Key": "12345678"}
    client = open_client(providers, "header_keys", "header-keys/locker/v3", keys)
    voucher = {"code": "QRS-0001", "value": 7.5, "from": "2026-01-01", "class": "2"}
    assert client.post("/vouchers", voucher).json == voucher
    refused = client.post("/vouchers", voucher)
    assert (refused.status, refused.headers["x-sandbox-reason"]) == (409, "state")
    assert client.get("/vouchers/QRS-0001").json == voucher
    assert client.delete("/vouchers/QRS-0001").json == {"voided": True, "code": "QRS-0001"}
    assert client.get("/vouchers/QRS-0001").status == 404
    assert client.get("/vouchers.csv").content.startswith(b"code,value\n")
