"""`paysandbox exec` and `env`: a sandbox around a command of any language."""

import json
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paysandbox.cli.main import main
from paysandbox.client.env_vars import export_lines, variables
from paysandbox.server.live import Server

ASK = """
import os, sys, urllib.error, urllib.request
request = urllib.request.Request(
    os.environ["INVOILESS_URL"] + "/v1/payments/" + sys.argv[1], headers={"api-key": os.environ["INVOILESS_API_KEY"]}
)
if "EXPECT" in os.environ:
    request.add_header("X-Sandbox-Expect", "refused")
try:
    print(urllib.request.urlopen(request).status)
except urllib.error.HTTPError as error:
    print(error.code)
sys.exit(int(sys.argv[2]))
"""
KNOWN, UNKNOWN = "659814049b3e7d00418c3145", "000000000000000000000000"


def run(*arguments: str) -> Result:
    """The command, without any PAYSANDBOX_ variable of the developer's own."""
    return CliRunner().invoke(main, list(arguments), prog_name="paysandbox")


def ask(*options: str, payment: str = KNOWN, code: int = 0) -> Result:
    """A command that asks for one payment and ends with this exit code."""
    return run("exec", *options, "--", sys.executable, "-c", ASK, payment, str(code))


def test_the_command_gets_urls_and_credentials() -> None:
    """And its call is counted in the summary."""
    done = ask()
    assert (done.exit_code, "1 call, 0 refused" in done.output) == (0, True), done.output


def test_the_command_reaches_the_sandbox_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY is completed, and what it had stays."""
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing answers there
    monkeypatch.setenv("NO_PROXY", "a.example")
    monkeypatch.delenv("no_proxy", raising=False)
    done = ask()
    assert (done.exit_code, "1 call, 0 refused" in done.output) == (0, True), done.output
    done = run("exec", "--", sys.executable, "-c", "import os; os.environ['NO_PROXY'].startswith('a.example,') or 1/0")
    assert done.exit_code == 0


@pytest.mark.parametrize("code", [0, 1, 3, 77])
def test_the_exit_code_is_passed_on(code: int) -> None:
    """Whatever it is."""
    assert ask(code=code).exit_code == code


def test_refusals_are_told_with_their_explanation() -> None:
    """In the vendor's words."""
    done = ask(payment=UNKNOWN)
    assert done.exit_code == 0
    assert f"invoiless GET /v1/payments/{UNKNOWN} -> 404: {{id}}: this key has no payment" in done.output


@pytest.mark.parametrize(
    ("options", "payment", "exit_code"),
    [
        (["--fail-on", "refused"], KNOWN, 0),
        (["--fail-on", "refused"], UNKNOWN, 1),
        (["--fail-under", "0.1", "--provider", "invoiless"], KNOWN, 0),
        (["--fail-under", "90"], KNOWN, 1),
        (["--fail-under", "invoiless=0.1"], KNOWN, 0),
        (["--fail-under", "invoiless=80"], KNOWN, 1),
        (["--fail-under", "invoiless=0.1", "--fail-under", "crm_com=0.1"], KNOWN, 1),
    ],
)
def test_gates_close(options: list[str], payment: str, exit_code: int) -> None:
    """On a refusal, and under so much coverage; each says which it was."""
    done = ask(*options, payment=payment)
    assert done.exit_code == exit_code
    assert (f"paysandbox: {options[0]}" in done.output) is (exit_code == 1)


@pytest.mark.parametrize(
    ("payment", "exit_code", "says"),
    [
        (UNKNOWN, 0, "paysandbox: 1 call, 1 refused (1 expected), "),
        (KNOWN, 1, "--fail-on refused: 1 call was not refused, though that was expected"),
    ],
)
def test_an_expected_refusal_closes_no_gate(
    monkeypatch: pytest.MonkeyPatch, payment: str, exit_code: int, says: str
) -> None:
    """And a call that should have been refused closes it."""
    monkeypatch.setenv("EXPECT", "1")
    done = ask("--fail-on", "refused", payment=payment)
    assert (done.exit_code, says in done.output) == (exit_code, True), done.output
    assert "-> 404" not in done.output


ADVISED = """
import json, os, urllib.error, urllib.request
ROOT = os.environ["PAYSANDBOX_URL"]
def send(url, body=None, method=None, **headers):
    content = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **headers}
    try:
        urllib.request.urlopen(urllib.request.Request(url, content, sent, method=method))
    except urllib.error.HTTPError as error:
        pass
key = os.environ["INVOICEXPRESS_API_KEY"]
for name in ("one", "two"):
    url = f"{ROOT}/ns/{name}/invoicexpress/documents/1/partial_payments.json?api_key={key}"
    send(url, {"partial_payment": {"amount": 100, "payment_date": "2017-10-26"}}, **HEADERS)
send(f"{ROOT}/_sandbox/namespaces/one", method="DELETE")
send(f"{ROOT}/_sandbox/namespaces/two/requests", method="DELETE")
"""


def test_advice_closes_a_gate() -> None:
    """Also about calls of namespaces that are deleted, and of a journal that is cleared; each advice is one line."""
    done = run("exec", "--fail-on", "advice", "--", sys.executable, "-c", ADVISED.replace("HEADERS", "{}"))
    assert done.exit_code == 1, done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("  advice: ")]
    assert line.startswith("  advice: invoicexpress POST /documents/1/partial_payments.json?api_key=***: Send ")
    assert line.endswith(" (2 times)")
    assert done.output.endswith("paysandbox: --fail-on advice: 2 calls have advice\n")


def test_advice_is_told_without_a_gate_and_refusals_are_whole() -> None:
    """Who pays twice should hear of it; and a sentence of the vendor's is quoted to its end."""
    done = run("exec", "--", sys.executable, "-c", ADVISED.replace("HEADERS", "{}"))
    assert done.exit_code == 0, done.output
    (advice,) = [line for line in done.output.splitlines() if line.startswith("  advice: ")]
    assert advice.endswith(", not as year-month-day, '2017-10-26'. (2 times)")
    (refusal,) = [line for line in done.output.splitlines() if "-> 422: " in line]
    assert refusal.endswith("years are 1000 to 9999)] (2 times)")


def test_advice_about_an_expected_refusal_closes_no_gate() -> None:
    """A test of a mistake makes it on purpose."""
    script = ADVISED.replace("HEADERS", '{"X-Sandbox-Expect": "refused"}')
    done = run("exec", "--fail-on", "advice", "--fail-on", "refused", "--", sys.executable, "-c", script)
    assert (done.exit_code, "advice:" in done.output) == (0, False), done.output


def test_calls_that_the_journal_dropped_are_said_to_have_no_advice() -> None:
    """A gate must not look closed over what was not looked at."""
    options = ["--fail-on", "advice", "--journal-entries", "1"]
    script = ADVISED.replace("HEADERS", "{}").replace('"two")', '"one")')
    done = run("exec", *options, "--", sys.executable, "-c", script)
    assert "no advice about 1 call that the journal had dropped" in done.output


@pytest.mark.parametrize(
    ("options", "providers_port"),
    [
        (["--provider-ports"], True),
        (["--provider-ports", "invoiless=0"], True),
        (["--provider-ports", "crm_com=0"], False),
    ],
)
def test_the_value_of_provider_ports_may_be_left_out(options: list[str], *, providers_port: bool) -> None:
    """Also right before the command."""
    script = "import os; print('own port:', '/invoiless' not in os.environ['INVOILESS_URL'], file=os.sys.stderr)"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "paysandbox", "exec", *options, sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, f"own port: {providers_port}" in done.stderr) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [("4081-,x=y", "No such file"), ("invoice=4090", "unknown provider 'invoice'"), ("65535-", "at most 65535")],
)
def test_provider_ports_that_cannot_be_are_refused(given: str, says: str) -> None:
    """A value of another form is the command."""
    done = run("exec", "--provider-ports", given, *([] if "x=y" in given else ["true"]))
    assert (done.exit_code, says in done.output) == (127 if "x=y" in given else 2, True), done.output


def test_a_provider_port_in_use_is_named() -> None:
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]
        done = run("exec", "--provider-ports", f"invoiless={port}", "true")
    assert (done.exit_code, f"cannot listen on 127.0.0.1:{port}: " in done.output) == (2, True), done.output


def test_the_summary_has_the_coverage_of_the_called_operations_too() -> None:
    """Those that an integration does not use are not its gaps."""
    assert " units of the 1 operation called)" in ask().output
    assert "; no operation was called" in run("exec", "--", "true").output


def test_a_gate_does_not_hide_the_commands_own_failure() -> None:
    """Its exit code goes first."""
    assert ask("--fail-on", "refused", payment=UNKNOWN, code=5).exit_code == 5


@pytest.mark.parametrize("ending", ["json", "txt", "xml", "html"])
def test_coverage_is_written_in_the_form_of_its_file(tmp_path: Path, ending: str) -> None:
    """By the ending of its name."""
    file = tmp_path / f"coverage.{ending}"
    assert ask("--coverage", str(file)).exit_code == 0
    text = file.read_text()
    if ending == "json":
        assert json.loads(text)["exercised"] > 0
    elif ending == "xml":
        assert ET.fromstring(text).tag == "testsuites"  # noqa: S314 - our own
    else:
        assert "Coverage of the contracts" in text


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["--coverage", "x.pdf", "--", "true"], 2, "must end in .json"),
        (["--", "no-such-command"], 127, "no-such-command: No such file"),
        (["--", "/"], 126, "/: "),
        ([], 2, "Missing argument"),
        (["--fail-under", "101", "--", "true"], 2, "'101' is not a percentage from 0 to 100, such as 80"),
        (["--fail-under", "invoiless:80", "--", "true"], 2, "such as 80 or invoiless=80"),
        (["--fail-under", "invoice=80", "--", "true"], 2, "there is no provider 'invoice'; there are crm_com"),
        (["--fixtures", "/", "--", "true"], 2, "paysandbox validate"),
    ],
)
def test_what_cannot_run_is_told(arguments: list[str], exit_code: int, says: str) -> None:
    """With what would be right."""
    done = run("exec", *arguments)
    assert done.exit_code == exit_code
    assert says in done.output


def test_a_ready_file_is_there_before_the_command(tmp_path: Path) -> None:
    """For programs that read files rather than the environment; afterwards it is gone."""
    file, copy = tmp_path / "ready.json", tmp_path / "copy.json"
    keep = f"import shutil; shutil.copy({str(file)!r}, {str(copy)!r})"
    assert run("exec", "--ready-file", str(file), "--", sys.executable, "-c", keep).exit_code == 0
    assert set(json.loads(copy.read_text())) == {"url", "pid", "store", "providers"}
    assert not file.exists()


def test_env_prints_what_exec_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """As lines that a shell evaluates, quoted where they must be."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with Server() as server:
        done = run("env", "--url", server.url())
        assert done.output == export_lines(server.ready(), {}) + "\n"
    ready = {"url": "http://x", "providers": {"shop": {"url": "http://x/shop", "credentials": {"password": "a b'c"}}}}
    assert variables(ready) == {"PAYSANDBOX_URL": "http://x", "SHOP_URL": "http://x/shop", "SHOP_PASSWORD": "a b'c"}
    assert export_lines(ready, {}).endswith("""export SHOP_PASSWORD='a b'"'"'c'""")


def test_env_prints_another_form() -> None:
    """With the same names."""
    with Server() as server:
        done = run("env", "--url", server.url(), "--format", "json")
        assert variables(server.ready()).items() <= json.loads(done.output).items()


def test_env_completes_no_proxy_where_a_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it had stays; the command itself reaches the sandbox past that proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nothing answers there
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "a.example")
    monkeypatch.delenv("no_proxy", raising=False)
    with Server() as server:
        done = run("env", "--url", server.url())
    assert done.exit_code == 0, done.output
    for name in ("NO_PROXY", "no_proxy"):
        assert f"export {name}=a.example,127.0.0.1,localhost,::1" in done.output.splitlines()


def test_env_of_a_namespace_leads_there() -> None:
    """And makes it, if there is none."""
    with Server() as server:
        said = run("env", "--url", server.url(), "--namespace", "mine").output
        assert f"export INVOILESS_URL={server.url()}/ns/mine/invoiless" in said.splitlines()
        assert "export INVOILESS_API_KEY='invoiless-test-key~mine'" in said.splitlines()
        assert server.runtime.namespaces.find("mine") is not None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--url", "http://127.0.0.1:9"], "no server answers at http://127.0.0.1:9"),
        (["--url", "ftp://x"], "not an http:// or https:// URL"),
    ],
)
def test_env_says_why_it_cannot(options: list[str], says: str) -> None:
    """And what starts one."""
    done = run("env", *options)
    assert done.exit_code == 2
    assert says in done.output


def test_env_refuses_a_name_that_is_none() -> None:
    """In the sandbox's own words."""
    with Server() as server:
        done = run("env", "--url", server.url(), "--namespace", "no name")
        assert done.exit_code == 2
        assert "404" in done.output or "400" in done.output
