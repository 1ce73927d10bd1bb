"""The vendors' own programs run as they stand on their pages: only host, port, document and credential are changed."""

# ruff: noqa: E501 - the page's lines are as long as they are

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.server.live import Server
from tests.helpers.runtimes import dump
from tests.providers.invisible_collector.test_seed_examples import CURL as PAYMENT_HEADERS
from tests.providers.invisible_collector.test_seed_examples import SEED as PAYMENT
from tests.providers.invoicexpress.test_seed_examples import CURL as RECEIPT_CURL
from tests.providers.invoicexpress.test_seed_examples import RESPONSE as RECEIPT
from tests.providers.invoicexpress.test_seed_examples import table_def

PATIENCE: Final = 30  # seconds for a program to start, ask and print

# InvoiceXpress's page, POST /documents/:document-id/partial_payments.json, Example Request, verbatim.
RECEIPT_PYTHON: Final = r"""
import http.client
conn = http.client.HTTPSConnection("account_name.app.invoicexpress.com")
payload = "{\"partial_payment\":{\"payment_mechanism\":\"TB\",\"note\":\"Observations\",\"serie\":\"A\",\"amount\":100.0,\"payment_date\":\"26/10/2017\"}}"
headers = {
'accept': "application/json",
'content-type': "application/json"
}
conn.request("POST", "/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE", payload, headers)
res = conn.getresponse()
data = res.read()
print(data.decode("utf-8"))
"""
RECEIPT_NODE: Final = r"""
var http = require("https");
var options = {
"method": "POST",
"hostname": "account_name.app.invoicexpress.com",
"port": null,
"path": "/documents/:document-id/partial_payments.json?api_key=YOUR%20API%20KEY%20HERE",
"headers": {
"accept": "application/json",
"content-type": "application/json"
}
};
var req = http.request(options, function (res) {
var chunks = [];
res.on("data", function (chunk) {
chunks.push(chunk);
});
res.on("end", function () {
var body = Buffer.concat(chunks);
console.log(body.toString());
});
});
req.write(JSON.stringify({ partial_payment:
{ payment_mechanism: 'TB',
note: 'Observations',
serie: 'A',
amount: 100,
payment_date: '26/10/2017' } }));
req.end();
"""
# How each program is run: the snippet is its standard input.
INTERPRETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "curl": ("sh", "-s"),
    "node": ("node", "-"),
    "python": (sys.executable, "-"),
}
SNIPPETS: Final = {"curl": RECEIPT_CURL, "node": RECEIPT_NODE, "python": RECEIPT_PYTHON}


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A sandbox where each provider stands at the root of a port of its own, as the vendors do."""
    with Server(provider_ports=True) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.runtime.namespaces.get("default").reset()
    return running


def printed_by(program: str, snippet: str, home: Path) -> str:
    """What a snippet prints; the machine's proxies and curl's settings are out of its sight."""
    if program in {"curl", "node"} and shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    ran = subprocess.run(  # noqa: S603 - the vendor's own program, against this machine
        INTERPRETERS[program],
        input=snippet,
        env=environment | {"HOME": str(home), "CURL_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def exact(text: str) -> Any:
    """A JSON text, its fractions as Decimal."""
    return json.loads(text, parse_float=Decimal)


def pointed(snippet: str, changes: Mapping[str, str]) -> str:
    """The snippet with these pieces changed, which must be there, and no other."""
    for old, new in changes.items():
        assert old in snippet, old
        snippet = snippet.replace(old, new)
    return snippet


def invoicexpress_changes(server: Server, program: str) -> dict[str, str]:
    """Where the page's program is pointed at the sandbox."""
    url = server.url("invoicexpress")
    host, _, port = url.removeprefix("http://").partition(":")
    vendor = "account_name.app.invoicexpress.com"
    places = {
        "curl": {f"https://{vendor}": url},
        "node": {'require("https")': 'require("http")', vendor: host, '"port": null': f'"port": {port}'},
        "python": {f'HTTPSConnection("{vendor}")': f'HTTPConnection("{host}:{port}")'},
    }
    return {
        **places[program],
        ":document-id": "1",
        "YOUR%20API%20KEY%20HERE": server.credentials("invoicexpress")["api_key"],
    }


@pytest.mark.parametrize("program", SNIPPETS)
def test_the_programs_of_invoicexpress_get_their_receipt(server: Server, tmp_path: Path, program: str) -> None:
    """Of the page's shape, over the page's amount, on the page's day; and the receipt is kept."""
    before = dump(server.runtime, "invoicexpress")
    answer = exact(printed_by(program, pointed(SNIPPETS[program], invoicexpress_changes(server, program)), tmp_path))
    assert table_def(answer) == table_def(exact(RECEIPT))
    receipt = answer["receipt"]
    assert (receipt["status"], receipt["total"], receipt["date"]) == ("final", 100, "26/10/2017")
    assert (receipt["observations"], receipt["sequence_number"].partition("/")[2]) == ("Observations", "A")
    after = dump(server.runtime, "invoicexpress")
    assert len(after["receipts"]) == len(before["receipts"]) + 1


@pytest.mark.parametrize("program", ["curl", "node"])
def test_the_programs_of_invoicexpress_print_the_same(server: Server, tmp_path: Path, program: str) -> None:
    """On the same fixtures, to the last character, whatever the language."""
    printed = []
    for one in (program, "python"):
        server.runtime.namespaces.get("default").reset()
        printed.append(printed_by(one, pointed(SNIPPETS[one], invoicexpress_changes(server, one)), tmp_path).strip())
    assert printed[0] == printed[1]


@pytest.mark.parametrize("program", SNIPPETS)
def test_a_program_with_another_key_gets_nothing(server: Server, tmp_path: Path, program: str) -> None:
    """The page's placeholder is no key: an empty answer, as documented, and no receipt."""
    changes = invoicexpress_changes(server, program)
    del changes["YOUR%20API%20KEY%20HERE"]
    before = dump(server.runtime, "invoicexpress")
    assert printed_by(program, pointed(SNIPPETS[program], changes), tmp_path).strip() == ""
    assert dump(server.runtime, "invoicexpress") == before


def test_the_curl_of_invisible_collector_registers_its_payment(server: Server, tmp_path: Path) -> None:
    """The page's own token and JSON; the answer is the payment. The page says no URL, and `...` for the JSON."""
    url = server.url("invisible_collector")
    snippet = f"{PAYMENT_HEADERS.rstrip()} \\\n  --data '{PAYMENT.decode()}' \\\n  {url}/payments\n"
    printed = printed_by("curl", snippet, tmp_path)
    assert exact(printed) == exact(PAYMENT.decode())
    assert printed_by("curl", snippet, tmp_path) == printed, "an identical repeat is idempotent"
    held = [one for one in dump(server.runtime, "invisible_collector")["payments"] if one["number"] == "RG TEST/001"]
    assert len(held) == 1
