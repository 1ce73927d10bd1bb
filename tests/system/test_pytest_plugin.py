"""The pytest plugin, as a user's project sees it: pytest runs there, in a process of its own."""

import shutil
import tomllib
from pathlib import Path
from typing import Final

import pytest

from paysandbox.kit.settings import Settings
from paysandbox.pytest_plugin import namespace_name
from paysandbox.server.live import Server
from paysandbox.store.namespaces import NAME
from tests.helpers.pytest_projects import BESIDE_OTHERS, PYTEST, ROOT, WITHOUT, Ran, run, written

SHOP: Final = """
import httpx

def pay(paysandbox, **members):
    return httpx.post(
        f"{paysandbox.url('invoicexpress')}/documents/1/partial_payments.json",
        params=paysandbox.credentials("invoicexpress"),
        json={"partial_payment": {"amount": 100.0, **members}},
        timeout=60,
    )
"""
FAILING: Final = """
import pytest
from shop import pay

WRONG = {"payment_date": "2017-10-26"}

def test_that_calls_wrongly(paysandbox):
    pay(paysandbox)
    assert pay(paysandbox, **WRONG).status_code == 200

def test_that_calls_nothing(paysandbox):
    assert not paysandbox.namespace

def test_without_a_sandbox():
    assert not WRONG

@pytest.fixture
def strict(paysandbox):
    yield
    assert not paysandbox.refused

def test_whose_teardown_fails(paysandbox, strict):
    pay(paysandbox, **WRONG)

@pytest.fixture
def broken(paysandbox):
    pay(paysandbox, **WRONG)
    raise RuntimeError

def test_whose_setup_fails(broken):
    pass

def test_that_loses_its_reply(paysandbox):
    paysandbox.fault(then={"drop": "after"})
    pay(paysandbox)

def test_that_calls_a_lot(paysandbox):
    for _ in range(22):
        pay(paysandbox, **WRONG)
    assert False

def test_that_passes(paysandbox):
    assert pay(paysandbox, **WRONG).status_code == 422
"""
REQUESTS: Final = "- paysandbox requests -"
ALONE: Final = """
import pytest
from shop import pay

# Each test would see the receipts of the others, were they in one world.
@pytest.mark.parametrize("number", range(8))
def test_alone(paysandbox, paysandbox_server, number):
    assert pay(paysandbox).json()["receipt"]["sequence_number"] == "28/A"
    assert len(paysandbox.requests()) == 1
    assert paysandbox.namespace == f"test_alone.py-test_alone-{number}"
    with open(f"{paysandbox_server.url.rpartition(':')[2]}.port", "a") as file:
        file.write(f"{paysandbox_server.call('GET', '/namespaces')['namespaces'][1:]}\\n")
"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run of tests that fail in all ways."""
    folder = written(tmp_path_factory.mktemp("failing"), {"shop.py": SHOP, "test_failing.py": FAILING})
    return run(folder, *PYTEST)


def test_a_failing_test_shows_its_calls(failing: Ran) -> None:
    """In order: method, URL, status; why one was refused in the vendor's words; and advice. Credentials are masked."""
    shown = failing.section("test_that_calls_wrongly")
    assert shown.count(REQUESTS) == 1
    first, second = (line for line in shown.splitlines() if line.startswith("POST "))
    name = "test_failing.py-test_that_calls_wrongly"
    assert first.startswith("POST /documents/1/partial_payments.json?api_key=***")
    assert first.endswith(f"-> 200  (invoicexpress, {name}-1)")
    assert second.endswith(f"-> 422 refused  (invoicexpress, {name}-2)")
    assert "    why: /partial_payment/payment_date: '2017-10-26' does not match the expected format" in shown
    assert "    advice: Send /partial_payment/payment_date as day/month/year, '26/10/2017'" in shown
    assert "ix-test-key" not in shown


@pytest.mark.parametrize("test", ["test_that_calls_nothing", "test_without_a_sandbox"])
def test_where_nothing_was_called_nothing_is_shown(failing: Ran, test: str) -> None:
    assert REQUESTS not in failing.section(test)


@pytest.mark.parametrize(
    "test", ["ERROR at teardown of test_whose_teardown_fails", "ERROR at setup of test_whose_setup_fails"]
)
def test_failures_beside_the_test_show_its_calls_as_well(failing: Ran, test: str) -> None:
    """In fixtures that use the sandbox, before the test and after it."""
    shown = failing.section(test)
    assert shown.count(REQUESTS) == 1
    assert "-> 422 refused" in shown


def test_a_call_that_a_fault_struck_says_so(failing: Ran) -> None:
    """With the fault's name and what it did."""
    assert "    fault: fault-1 fired: drop after" in failing.section("test_that_loses_its_reply")


def test_of_many_calls_the_latest_are_shown(failing: Ran) -> None:
    shown = failing.section("test_that_calls_a_lot")
    assert shown.count("POST /documents") == 20
    assert "(2 earlier calls are not shown)" in shown


def test_only_failing_tests_fail(failing: Ran) -> None:
    """What is shown changes no outcome."""
    assert failing.outcomes == {"failed": 5, "passed": 2, "error": 2}


@pytest.mark.parametrize("options", [BESIDE_OTHERS, ("-n", "2")], ids=["beside other plugins", "-n 2"])
def test_each_test_is_alone_and_each_worker_has_a_server(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The same call gives the same number in every test; a namespace that was left is gone."""
    written(tmp_path, {"shop.py": SHOP, "test_alone.py": ALONE})
    ran = run(tmp_path, *PYTEST, *options)
    assert ran.outcomes == {"passed": 8}, ran.output
    ports = list(tmp_path.glob("*.port"))
    assert len(ports) == (2 if "-n" in options else 1)
    for port in ports:
        for line in port.read_text().splitlines():
            assert line.count("'name'") == 1


def test_a_failing_test_shows_its_calls_from_a_worker_too(tmp_path: Path) -> None:
    """And a wrong marker, which a worker cannot refuse before the tests run, fails its test with the same words."""
    marker = "@pytest.mark.paysandbox(variant={})\ndef test_marked(paysandbox):\n    pass\n"
    written(tmp_path, {"shop.py": SHOP, "test_failing.py": f"{FAILING}\n{marker}"})
    ran = run(tmp_path, *PYTEST, "-n", "2", "-k", "wrongly or marked")
    assert REQUESTS in ran.section("test_that_calls_wrongly")
    assert "test_marked: @pytest.mark.paysandbox does not take variant;" in ran.section("ERROR at setup of test_marked")


@pytest.mark.parametrize("by", ["option", "environment", "both"])
def test_a_sandbox_that_runs_is_used(tmp_path: Path, by: str) -> None:
    """By option, or else by PAYSANDBOX_URL; also by two workers. What the tests exercise is counted there."""
    written(tmp_path, {"shop.py": SHOP, "test_alone.py": ALONE})
    with Server(settings=Settings(control_token="mine")) as server:
        option = ["--paysandbox-url", server.url(), "--paysandbox-control-token", "mine"]
        environment = {"PAYSANDBOX_URL": server.url(), "PAYSANDBOX_CONTROL_TOKEN": "mine"}
        if by == "both":
            environment = {"PAYSANDBOX_URL": "http://127.0.0.1:9", "PAYSANDBOX_CONTROL_TOKEN": "not this one"}
        ran = run(
            tmp_path,
            *PYTEST,
            *(["-n", "2"] if by == "option" else []),
            *(option if by != "environment" else []),
            environment={} if by == "option" else environment,
        )
        assert ran.outcomes == {"passed": 8}, ran.output
        assert f"paysandbox: {server.url()}" in ran.output
        assert [port.stem for port in tmp_path.glob("*.port")] == [server.url().rpartition(":")[2]]
        assert [one.name for one in server.runtime.namespaces] == ["default"]
        assert sum(server.runtime.namespaces.sum_counts()["invoicexpress"].values()) > 0


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    """Another run of the same test is left alone."""
    test = "def test_it(paysandbox):\n    assert paysandbox.namespace == 'test_it.py-test_it-2'\n"
    with Server() as server:
        taken = server.runtime.namespaces.get("test_it.py-test_it")
        ran = run(written(tmp_path, {"test_it.py": test}), *PYTEST, "--paysandbox-url", server.url())
        assert ran.outcomes == {"passed": 1}, ran.output
        assert server.runtime.namespaces.find(taken.name) is taken


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("http://127.0.0.1:9", 1, "paysandbox: no server answers at http://127.0.0.1:9"),
        ("localhost:4080", 4, "ERROR: --paysandbox-url: 'localhost:4080' is not an http:// or https:// URL"),
    ],
)
def test_an_address_that_is_none_is_told(tmp_path: Path, url: str, code: int, says: str) -> None:
    """Before the tests, or in each; without a traceback of ours."""
    written(tmp_path, {"test_it.py": "def test_it(paysandbox):\n    pass\n"})
    ran = run(tmp_path, *PYTEST, f"--paysandbox-url={url}")
    assert (ran.code, says in ran.output) == (code, True), ran.output
    assert "Traceback" not in ran.output
    assert "client/namespace.py" not in ran.output


MARKED: Final = """
import pytest
from datetime import datetime, timedelta, timezone

pytestmark = pytest.mark.paysandbox(now="2026-03-31T12:00:00Z", variants={"crm_com": {"release": "R9.1.0"}})

def release(paysandbox):
    return paysandbox.call("GET", "")["providers"]["crm_com"]["variants"]["release"]

def test_of_the_module(paysandbox):
    assert (paysandbox.clock.now.year, paysandbox.clock.frozen, release(paysandbox)) == (2026, True, "R9.1.0")

@pytest.mark.paysandbox(now=datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=1))))
def test_whose_own_is_closer(paysandbox):
    assert (paysandbox.clock.now.isoformat(), release(paysandbox)) == ("2026-12-31T23:00:00+00:00", "R9.1.0")

@pytest.mark.paysandbox(fixtures="../books")
def test_with_books_of_its_own(paysandbox, paysandbox_server):
    assert paysandbox.sandbox.url != paysandbox_server.url
    assert paysandbox.state("invoicexpress", "clients")["1310176"]["name"] == "Joan"
    assert paysandbox_server.namespace().state("invoicexpress", "clients")["1310176"]["name"] == "John"

@pytest.mark.paysandbox(fixtures="../books")
def test_with_the_same_books(paysandbox):
    with open("urls", "a") as file:
        file.write(paysandbox.sandbox.url + "\\n")

test_with_the_same_books_again = test_with_the_same_books
"""


def test_markers_choose_variants_moment_and_fixtures(tmp_path: Path) -> None:
    """The closest counts, argument by argument; a folder is beside the test's file, and has one server."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "books")
    path = tmp_path / "books/invoicexpress/default.yaml"
    path.write_text(path.read_text().replace("name: John,", "name: Joan,"))
    written(tmp_path, {"pytest.ini": "[pytest]\naddopts = --strict-markers\n", "checks/test_marked.py": MARKED})
    ran = run(tmp_path, *PYTEST)
    assert ran.outcomes == {"passed": 5}, ran.output
    assert len(set((tmp_path / "urls").read_text().split())) == 1


OURS: Final = """\
invoicexpress:
  extends: default
  variants: {success_status: 201}
  tables:
    clients: [{id: 1310176, account: 104412, name: Joan, country: Portugal}]
"""
WITH_A_FILE: Final = """
import pytest

@pytest.mark.paysandbox(fixtures="ours.yaml", variants={"invisible_collector": {"currency_required": False}})
def test_of_a_file(paysandbox):
    assert paysandbox.state("invoicexpress", "clients")["1310176"]["name"] == "Joan"
    providers = paysandbox.call("GET", "")["providers"]
    assert providers["invoicexpress"]["variants"]["success_status"] == "201"
    assert providers["invisible_collector"]["variants"]["currency_required"] == "false"
    exported = paysandbox.export()
    assert paysandbox.load(exported) == []
    assert paysandbox.export() == exported
"""


def test_fixtures_may_be_a_file_and_choices_booleans(tmp_path: Path) -> None:
    """And a namespace can be exported and loaded by the test."""
    ran = run(written(tmp_path, {"ours.yaml": OURS, "test_it.py": WITH_A_FILE}), *PYTEST)
    assert ran.outcomes == {"passed": 1}, ran.output


MARKED_TEST: Final = """
from datetime import datetime

import pytest

def test_before():
    pass

@pytest.mark.paysandbox(ARGUMENTS)
def test_it(paysandbox):
    pass
"""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("'frozen'", "does not take 'frozen'; it takes variants={provider: {variant: choice}}, now="),
        ("moment='2026-01-01T00:00:00Z'", "does not take moment; it takes"),
        ("variants={'crm_com': 'R9.1.0'}", "is not a mapping of providers to variants and choices"),
        ("now=2026", "now=2026 is not a date-time"),
        ("fixtures=7", "fixtures=7 is not a folder"),
        ("fixtures='nowhere'", "there is no folder "),
        (
            "fixtures='.'",
            ":1: there are no fixtures here; a file is <provider>/default.yaml; the providers are crm_com",
        ),
        ("providers=7", "providers=7 is not a folder"),
        ("provider=7", "provider=7 is not a name or a list of names"),
        ("provider='invoices'", "unknown provider 'invoices' (did you mean invoiless?); the providers are crm_com"),
        ("now='2026-03-31'", "/now: '2026-03-31' is not a valid date-time"),
        ("now=datetime(2026, 3, 31)", "/now: '2026-03-31T00:00:00' is not a valid date-time"),
        ("variants={'nobody': {}}", "there is no provider 'nobody'; there are crm_com"),
        ("variants={'crm_com': {'age': '9'}}", "crm_com has no variant 'age'; its variants are release"),
        (
            "variants={'crm_com': {'release': 'R99'}}",
            "crm_com's variant release has no choice 'R99'; its choices are R18",
        ),
        ("variants={'crm_com': {'release': object()}}", "object is unsupported"),
        ("provider='invoiless', variants={'crm_com': {}}", "there is no provider 'crm_com'; there are invoiless"),
    ],
)
def test_a_wrong_marker_is_a_usage_error(tmp_path: Path, arguments: str, says: str) -> None:
    """No test runs; the error names the test and says what would be right."""
    ran = run(written(tmp_path, {"test_it.py": MARKED_TEST.replace("ARGUMENTS", arguments)}), *PYTEST)
    assert (ran.code, ran.outcomes.get("passed", 0)) == (4, 0)
    (line,) = (line for line in ran.output.splitlines() if line.startswith("ERROR: "))
    assert line.startswith("ERROR: test_it.py::test_it: @pytest.mark.paysandbox")
    assert says in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            "variants={'crm_com': {'release': 'R99'}}",
            "crm_com's variant release has no choice 'R99'; its choices are R18.0.0",
        ),
        ("now='tomorrow'", "'tomorrow'"),
        (
            "fixtures='.'",
            ":1: there are no fixtures here; a file is <provider>/default.yaml; the providers are crm_com",
        ),
    ],
)
def test_in_a_worker_of_xdist_it_fails_the_test(tmp_path: Path, arguments: str, says: str) -> None:
    """In the sandbox's words, without a traceback of ours; a worker cannot stop the run."""
    ran = run(written(tmp_path, {"test_it.py": MARKED_TEST.replace("ARGUMENTS", arguments)}), *PYTEST, "-n", "1")
    assert ran.outcomes == {"passed": 1, "error": 1}, ran.output
    assert says in ran.output
    assert "During handling" not in ran.output
    assert "client/namespace.py" not in ran.output


def test_a_running_sandbox_says_what_it_has(tmp_path: Path) -> None:
    """Not the one that the tests would start; its trials leave no namespace."""

    def run_with(arguments: str, url: str) -> Ran:
        files = {"test_it.py": MARKED_TEST.replace("ARGUMENTS", arguments)}
        return run(written(tmp_path, files), *PYTEST, "--paysandbox-url", url)

    with Server(provider_names=("invoiless",)) as server:
        for arguments, code in (
            ("variants={'invoiless': {}}", 0),
            ("variants={'crm_com': {}}", 4),
            ("now='2026-03-31'", 4),
            ("provider='crm_com', variants={'crm_com': {}}", 0),
        ):
            ran = run_with(arguments, server.url())
            assert ran.code == code, ran.output
        assert [namespace.name for namespace in server.runtime.namespaces] == ["default"]
    ran = run_with("now='2026-03-31'", server.url())
    assert (ran.code, "no server answers at" in ran.output) == (1, True)


SHOW_MODULES: Final = "import sys\n\ndef pytest_unconfigure():\n    print('MODULES', *sorted(sys.modules))\n"


def test_a_project_that_does_not_use_it_pays_nothing(tmp_path: Path) -> None:
    """Two modules more than without it, both small: no server, no framework, nothing of the standard library."""
    written(tmp_path, {"conftest.py": SHOW_MODULES})
    assert modules(tmp_path, *PYTEST) - modules(tmp_path, *WITHOUT) == {
        "paysandbox",
        "paysandbox._version",
        "paysandbox.pytest_plugin",
    }


def modules(folder: Path, *command: str) -> set[str]:
    """All that is imported after the tests of a folder were collected."""
    output = run(folder, *command, "--collect-only", "-s").output
    (line,) = (line for line in output.splitlines() if line.startswith("MODULES "))
    return set(line.split()[1:])


def test_pytest_finds_it_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["pytest11"] == {"paysandbox": "paysandbox.pytest_plugin"}


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("test_shop.py::test_pays", "test_shop.py-test_pays"),
        ("tests/test_shop.py::TestPaying::test_pays[eur]", "tests-test_shop.py-TestPaying-test_pays-eur"),
        ("_own/test_shop.py::test_pays", "own-test_shop.py-test_pays"),
        ("test_shop.py::test_pays[10 € / month]", "test_shop.py-test_pays-10-month-"),
        (f"test_shop.py::test_pays[{'x' * 300}]", f"test_shop.py-test_pays-{'x' * 64}-"),
        ("::", "test-"),
    ],
)
def test_a_namespaces_name_reads_like_its_test(nodeid: str, name: str) -> None:
    """It is one that a namespace can have, with room for a number; what had to be left out is made up by a hash."""
    found = namespace_name(nodeid)
    assert NAME.fullmatch(f"{found}-99")
    assert found.startswith(name)
    assert len(found) - len(name) == (8 if name.endswith("-") else 0)


def test_names_that_would_be_the_same_differ() -> None:
    """What a name cannot show is in its hash."""
    ids = [f"test_shop.py::test_pays[{one}]" for one in ("a b", "a€b", "a-b", "x" * 200, "x" * 201)]
    assert len({namespace_name(one) for one in ids}) == len(ids)


def test_a_long_name_leads_into_its_world_by_credentials_alone(tmp_path: Path) -> None:
    test = f"""
import httpx

def test_{"long" * 40}(paysandbox, paysandbox_server):
    assert len(paysandbox.namespace) > 95
    with httpx.Client(base_url=paysandbox_server.url, timeout=60) as http:
        token = paysandbox.credentials("invisible_collector")["token"]
        http.get("/invisible-collector/x", headers={{"authorization": f"Bearer {{token}}"}})
        http.get("/invoiless/v1/x", headers={{"api-key": paysandbox.credentials("invoiless")["api_key"]}})
        http.post("/invoicexpress/x", params=paysandbox.credentials("invoicexpress"))
        login = paysandbox.credentials("crm_com")
        login = {{name: login[name] for name in ("username", "password", "organisation")}}
        answer = http.post("/crm-com/crmapi/rest/v2/authentication/token", json=login)
        assert answer.json()["status"]["code"] == "OK"
    assert len(paysandbox.requests()) == 4
"""
    ran = run(written(tmp_path, {"test_it.py": test}), *PYTEST)
    assert ran.outcomes == {"passed": 1}, ran.output


PROXIED: Final = """
import os
import urllib.request
from shop import pay

def test_a_client_that_heeds_the_environment_reaches_the_sandbox(paysandbox):
    assert os.environ["HTTP_PROXY"] == "http://127.0.0.1:9"
    assert urllib.request.proxy_bypass("localhost")
    assert pay(paysandbox).status_code == 200
    hosts = os.environ["NO_PROXY"].split(",")
    assert hosts == os.environ["no_proxy"].split(",") == ["a.example", "127.0.0.1", "localhost", "::1"]
"""
UNPROXIED: Final = """
import httpx
import pytest

def test_the_proxy_is_used_for_the_rest():
    with pytest.raises(httpx.ConnectError):
        httpx.get("http://b.example/", timeout=60)
"""


def test_tests_reach_the_sandbox_past_a_proxy(tmp_path: Path) -> None:
    """NO_PROXY is completed before the first call, and what it had stays; nothing answers where the proxy should be."""
    project = written(tmp_path, {"shop.py": SHOP, "test_proxied.py": PROXIED, "test_unproxied.py": UNPROXIED})
    dead = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:9")
    ran = run(project, *PYTEST, environment={**dead, "NO_PROXY": "a.example", "no_proxy": ""})
    assert (ran.code, ran.outcomes) == (0, {"passed": 2}), ran.output
