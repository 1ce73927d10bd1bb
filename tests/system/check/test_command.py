"""`paysandbox check`: green on itself, red on a wrong server, harmless to a foreign one, clear about what it lacks."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result

from paysandbox.check import runner
from paysandbox.check.profiles import PROFILES
from paysandbox.check.runner import CheckRequest
from paysandbox.cli.main import main
from paysandbox.kit.files import find_data_folder
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from paysandbox.testing import Client, Response
from tests.conformance.wire_edges.targets import whole
from tests.helpers.runtimes import NOON
from tests.system.check.servers import recording, vendor

NOBODY = Response(404, {}, b"")


def setup_steps(client: Client, namespace: str) -> None:
    """A namespace with something to lose."""
    home = f"/_sandbox/namespaces/{namespace}"
    headers = {"authorization": "Bearer ic-test-token", "x-sandbox-namespace": namespace}
    client.post("/invisible-collector/payments", {"number": "RG 1"}, headers=headers)
    assert client.post(f"{home}/snapshots", {"name": "mine"}).status == 201
    assert client.post(f"{home}/faults", {"then": {"status": 503}}).status == 201
    assert client.put(f"{home}/clock", {"now": "2030-01-01T00:00:00Z", "frozen": True}).status == 200


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own settings and credentials do not reach the tests."""
    for name in list(os.environ):
        if name.startswith("PAYSANDBOX_") or name.endswith(("_TOKEN", "_API_KEY")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole depth is tried elsewhere."""
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], cases=10, seconds=900))


def check(*arguments: str, **environment: str) -> Result:
    """Run the command in this process."""
    return CliRunner(env=environment).invoke(main, ["check", *arguments], prog_name="paysandbox")


def test_it_leaves_nothing_where_it_is_run(tmp_path: Path) -> None:
    """A new process, because Hypothesis looks for its folder once."""
    here, cache = tmp_path / "here", tmp_path / "cache"
    here.mkdir()
    arguments = ["check", "--provider", "invisible_collector", "--operation", "getPayment"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HYPOTHESIS_")}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "paysandbox", *arguments],
        cwd=here,
        env={**environment, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(here.iterdir()) == []


def test_it_is_green_on_a_sandbox_of_its_own(tmp_path: Path) -> None:
    """Exit 0, progress on standard error, a summary on standard output, and both reports."""
    result = check("--provider", "invisible_collector", "--report", str(tmp_path / "new" / "reports"))
    assert result.exit_code == 0, result.output
    assert "invisible_collector: coverage: POST /payments" in result.stderr
    assert re.search(r"createPayment +\d+ cases, \d+ of \d+ valid ones succeeded", result.stdout)
    assert "No findings: a sandbox of its own keeps its contracts (invisible_collector)." in result.stdout
    assert {path.name for path in (tmp_path / "new" / "reports").iterdir()} == {"junit.xml", "report.html"}
    assert_needs_nothing((tmp_path / "new" / "reports" / "report.html").read_text())


def assert_needs_nothing(page: str) -> None:
    """The page has no script, no link, no picture, no font from elsewhere."""
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img|iframe|object)|\bsrc=|\bhref=|url\(|@import", page)


def test_it_names_the_fault_of_a_wrong_server(tmp_path: Path) -> None:
    """A server that forgot an enum: exit 1; the check, the call and the contract's sentence in all three reports."""
    schemas = Path(shutil.copytree(find_data_folder("schemas"), tmp_path / "schemas"))
    contract = schemas / "invisible_collector" / "openapi.yaml"
    text = contract.read_text()
    for enum in ("enum: [FINAL, CANCELLED, null]", "enum: [FINAL, CANCELLED]"):
        assert text.count(enum) == 1
        text = text.replace(enum, "maxLength: 9000")
    contract.write_text(text)
    with Server(schemas=schemas) as server:
        result = check(server.url(), "--provider", "invisible_collector", "--report", str(tmp_path))
    assert result.exit_code == 1, result.output
    assert "invisible_collector createPayment: body_schema_iff" in result.stdout
    assert "an invalid body is accepted with 201" in result.stdout
    assert "contract: /status: " in result.stdout
    assert f"{server.url()}/invisible-collector/payments" in result.stdout
    assert "curl -X POST -H 'Authorization: Bearer ic-test-token'" in result.stdout
    assert result.stdout.count("createPayment: body_schema_iff") == 1

    (suite,) = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314 - our own file
    failed = [case for case in suite if case.find("failure") is not None]
    assert suite.get("failures") == str(len(failed)) != "0"
    assert suite.get("tests") == str(len(suite.findall("testcase")))
    assert "body_schema_iff" in [case.get("name") for case in failed]
    page = (tmp_path / "report.html").read_text()
    assert_needs_nothing(page)
    assert "createPayment: body_schema_iff" in page
    assert "curl -X POST" in page


def test_a_foreign_server_is_neither_reset_nor_written_to_below_the_control_plane(base_runtime: Runtime) -> None:
    """All that it sees there is one question whether it is a sandbox, and no header; it keeps its contract."""
    with recording(vendor(base_runtime, "invisible_collector")) as server:
        result = check(server.url, "--provider", "invisible_collector", "--depth", "quick")
    assert result.exit_code == 0, result.output
    assert len(server.seen) > 100
    assert [one for one in server.seen if "_sandbox" in one[1]] == [("GET", "/_sandbox/health")]
    assert not any(name.startswith("x-sandbox") for name in server.headers)


def test_whoever_uses_the_sandbox_notices_nothing() -> None:
    """The default namespace and another are as before, records, journal, faults, clock and snapshots; none is new.

    The sandbox wants its control token, and has it.
    """
    with Server(settings=Settings(control_token="t0ken"), time=lambda: NOON) as server:
        client = Client(server.runtime, "", {"authorization": "Bearer t0ken"})
        for namespace in ("default", "checkout-7", "mine"):
            setup_steps(client, namespace)
        before = whole(server.runtime)
        assert {one for name in before for one in before[name]["faults"]} == {("fault-1", 0)}
        chosen = ("--provider", "control", "--provider", "invisible_collector")
        result = check(server.url(), *chosen, PAYSANDBOX_CONTROL_TOKEN="t0ken")
        after = whole(server.runtime)
    assert result.exit_code == 0, result.output
    assert after == before
    assert "reset" not in {line.split()[0] for line in result.stdout.splitlines() if line.strip()}


@pytest.mark.parametrize("processors", [1, 2])
@pytest.mark.parametrize("ending", [KeyboardInterrupt, OSError])
def test_whoever_breaks_off_leaves_nothing_behind(
    processors: int, ending: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the check is interrupted or fails, with one worker or several: its namespaces go."""
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    seen: list[int] = []

    def log(line: str) -> None:
        seen.append(len(list(server.runtime.namespaces)))
        if "cases" in line:
            raise ending

    with Server(time=lambda: NOON) as server:
        before = whole(server.runtime)
        request = CheckRequest(
            url=server.url(), provider_names=(), depth=PROFILES["quick"], credentials={}, environment={}
        )
        if ending is KeyboardInterrupt:
            assert runner.run_check(request, log).exit_code == 130
        else:
            with pytest.raises(ending):
                runner.run_check(request, log)
        assert max(seen) > 1
        assert whole(server.runtime) == before


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whom", [os.kill, os.killpg])
def test_a_signal_leaves_nothing_behind(whom: Callable[[int, int], None], ending: signal.Signals) -> None:
    """Whether the first process gets it or all of them, as from a terminal."""
    with Server(time=lambda: NOON) as server:
        before = whole(server.runtime)
        command = [sys.executable, "-m", "paysandbox", "check", server.url()]
        with subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            assert process.stderr is not None
            while "cases" not in process.stderr.readline():
                assert process.poll() is None
            whom(process.pid, ending)
            process.stderr.read()
        assert process.returncode == 130
        assert whole(server.runtime) == before


def test_a_foreign_server_that_refuses_everything_is_not_green() -> None:
    """Nothing was tested then, and that is a finding; the secret it was called with is shown nowhere."""
    with recording(lambda *_: Response(400, {"content-type": "application/json"}, b"{}")) as server:
        secret = "s3cret/of ours"
        chosen = ("--operation", "getInvoice", "--operation", "createPartialPayment")
        result = check(server.url, "--provider", "invoicexpress", *chosen, INVOICEXPRESS_API_KEY=secret)
    assert result.exit_code == 1
    assert "success_gate" in result.stdout
    assert not re.search("s3cret.{1,3}of.{1,3}ours", result.output)
    assert "<INVOICEXPRESS_API_KEY>" in result.stdout


def test_credentials_come_from_options_before_the_environment() -> None:
    """Under the short name or with the provider before it."""
    sent: set[str] = set()

    def answer(_method: str, _path: str, _content: bytes, headers: dict[str, str]) -> Response:
        sent.add(headers.get("authorization", ""))
        return NOBODY

    with recording(answer) as server:
        arguments = [server.url, "--provider", "invisible_collector", "--operation", "createPayment", "--credential"]
        check(*arguments, "token=one", INVISIBLE_COLLECTOR_TOKEN="no")
        check(*arguments, "INVISIBLE_COLLECTOR_TOKEN=two", INVISIBLE_COLLECTOR_TOKEN="no")
        check(*arguments[:-1], INVISIBLE_COLLECTOR_TOKEN="three")
    assert {"Bearer one", "Bearer two", "Bearer three"} <= sent
    assert "Bearer no" not in sent


def test_a_sandbox_that_wants_its_control_token_is_told_so() -> None:
    """Without it there is no namespace to work in: exit 2."""
    with Server(settings=Settings(control_token="t0ken")) as server:
        result = check(server.url(), "--provider", "control")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "it requires its --control-token" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--provider", "nobody"], "unknown provider 'nobody'; the providers are "),
        (["ftp://127.0.0.1", "--provider", "invoiless"], "not an http:// or https:// URL"),
        (["--credential", "api_key"], "NAME=VALUE"),
        (["--credential", "password=1", "--provider", "invoiless"], "unknown credential 'password'"),
        (["--depth", "deep"], "PAYSANDBOX_DEPTH"),
    ],
    ids=str,
)
def test_what_it_cannot_do_is_exit_2(arguments: list[str], said: str) -> None:
    """And what is wrong stands on standard error."""
    result = check(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_every_option_is_an_environment_variable() -> None:
    """`PAYSANDBOX_` and its name; here each has a value that stops the check."""
    for variable, value in (("PROVIDER", "nobody"), ("DEPTH", "deep"), ("CREDENTIAL", "x"), ("REPORT", __file__)):
        result = check(**{f"PAYSANDBOX_{variable}": value})
        assert result.exit_code == 2, variable


def test_an_unreachable_target_is_exit_2() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        result = check(f"http://127.0.0.1:{unused.getsockname()[1]}", "--provider", "invoiless")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no server answers at http://127.0.0.1:" in result.stderr


def test_a_foreign_server_needs_the_name_of_its_contract() -> None:
    """It says nothing of itself; and it has no control plane."""
    with recording(lambda *_: NOBODY) as server:
        unnamed, control = check(server.url), check(server.url, "--provider", "control")
    assert (unnamed.exit_code, control.exit_code) == (2, 2)
    assert "is not a Paysandbox server, so --provider must name the contract" in unnamed.stderr
    assert "no control plane" in control.stderr
    assert server.seen == [("GET", "/_sandbox/health")] * 2


def test_without_schemathesis_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, and the name of the extra."""
    monkeypatch.setitem(sys.modules, "schemathesis", None)
    result = check()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pip install 'paysandbox[check]'" in result.stderr
