"""The command: help, exit codes, and messages that name what is wrong and what would be right."""

import gc
import os
import shutil
import socket
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import click
import pytest
from click.testing import CliRunner, Result

from paysandbox.cli.main import main
from paysandbox.kit.files import find_data_folder
from paysandbox.kit.runtime import Runtime
from paysandbox.server.live import Server

COMMANDS = ["serve", "validate", "operations", "health"]


def run(*arguments: str, **environment: str) -> Result:
    """Run the command in this process, without any PAYSANDBOX_ variable but these."""
    return CliRunner(env=environment).invoke(main, list(arguments), prog_name="paysandbox")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own settings do not reach the tests."""
    for name in list(os.environ):
        if name.startswith("PAYSANDBOX_"):
            monkeypatch.delenv(name)


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A copy of the contracts, to be broken."""
    return Path(shutil.copytree(find_data_folder("schemas"), tmp_path / "schemas"))


@pytest.fixture
def fixtures(tmp_path: Path) -> Path:
    """A copy of the fixtures, to be broken."""
    return Path(shutil.copytree(find_data_folder("fixtures"), tmp_path / "fixtures"))


def line_with(path: Path, text: str) -> int:
    """The number of the first line that holds a text."""
    return path.read_text().split(text)[0].count("\n") + 1


def change(path: Path, old: str, new: str) -> int:
    """Change the first place of a text in a file; its line."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return line_with(path, new)


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)], ids=str)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(command: list[str], flag: str) -> None:
    """That says what it does and names its options."""
    result = run(*command, flag)
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: {' '.join(['paysandbox', *command])} ")


def test_the_help_lists_every_command() -> None:
    """With a sentence each."""
    result = run("--help")
    assert set(COMMANDS) <= set(main.commands)
    for name, command in main.commands.items():
        assert command.help
        assert f"\n  {name} " in result.output


def test_without_a_command_the_help_is_shown() -> None:
    """Exit 2, as nothing was done."""
    result = run()
    assert result.exit_code == 2
    assert "Commands:" in result.output


def options() -> Iterator[tuple[str, click.Option]]:
    """Every option of every command."""
    for name, command in main.commands.items():
        yield from ((name, one) for one in command.params if isinstance(one, click.Option))


def test_every_option_is_also_a_variable_of_the_environment() -> None:
    """PAYSANDBOX_ and its name, shown in the help beside its default."""
    for command, one in options():
        variable = "PAYSANDBOX_" + one.opts[0].removeprefix("--").upper().replace("-", "_")
        assert one.envvar == variable, f"{command} {one.opts[0]}"
        assert variable in " ".join(run(command, "--help").output.split()).replace(" ", "")
        assert one.help, f"{command} {one.opts[0]}"


def test_the_version_is_told(base_runtime: Runtime) -> None:
    """Also from a checkout that is not installed."""
    result = run("--version")
    assert result.exit_code == 0
    assert base_runtime.version in result.output


def test_the_operations_are_listed_with_who_vouches_for_them(base_runtime: Runtime) -> None:
    """One line each, and the counts of every provider."""
    result = run("operations")
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    for service in base_runtime.services.values():
        for one in service.contract.operations:
            path = service.contract.base_path + one.template
            assert [service.provider.name, one.method, path, one.id, one.provenance] in rows
        assert f"\n{service.provider.name}: " in result.output
    total = sum(len(service.contract.operations) for service in base_runtime.services.values())
    assert f"\n{total} operations." in result.output


def test_good_files_are_valid(schemas: Path, fixtures: Path, base_runtime: Runtime) -> None:
    """Exit 0, by option and by environment."""
    expected = f"contracts and fixtures of {', '.join(base_runtime.services)}: ok\n"
    for result in (
        run("validate"),
        run("validate", "--schemas", str(schemas), "--fixtures", str(fixtures)),
        run("validate", PAYSANDBOX_SCHEMAS=str(schemas), PAYSANDBOX_FIXTURES=str(fixtures)),
    ):
        assert (result.exit_code, result.output) == (0, expected)


def test_every_error_is_a_line_with_file_line_and_path(schemas: Path, fixtures: Path) -> None:
    """Of all providers together, in contracts and fixtures, by the path that was given; exit 1."""
    bad = fixtures / "invisible_collector" / "default.yaml"
    line = change(
        bad,
        ', name: "Oficina do Lago, Lda."',
        ', nmae: "Oficina do Lago, Lda."',
    )
    change(schemas / "invoiless" / "openapi.yaml", "additionalProperties: false", "aditionalProperties: false")
    result = run("validate", "--schemas", str(schemas), "--fixtures", str(fixtures))
    assert result.exit_code == 1
    said = result.output.splitlines()
    assert any(one.startswith(f"{bad}:{line}: $.tables.companies[0].nmae: ") for one in said)
    assert any(one.startswith(f"{schemas}/invoiless/openapi.yaml:") and "aditionalProperties" in one for one in said)


def test_contract_and_fixtures_of_one_provider_are_both_looked_at(schemas: Path, fixtures: Path) -> None:
    """Both files' errors are told in one go."""
    change(fixtures / "invoiless" / "default.yaml", "tables:", "tabels:")
    change(schemas / "invoiless" / "openapi.yaml", "additionalProperties: false", "aditionalProperties: false")
    said = run("validate", "--schemas", str(schemas), "--fixtures", str(fixtures)).output
    assert "tabels" in said
    assert "aditionalProperties" in said


def test_a_missing_contract_is_named(schemas: Path, fixtures: Path) -> None:
    """With the provider that wants it; a folder of fixtures may lack some."""
    shutil.rmtree(schemas / "invoiless")
    result = run("validate", "--schemas", str(schemas), "--fixtures", str(fixtures))
    assert result.exit_code == 1
    assert "invoiless" in result.output


@pytest.mark.parametrize("command", ["serve", "operations"])
def test_nothing_starts_with_broken_files(fixtures: Path, command: str) -> None:
    """Exit 2; the findings, and how to check again, on standard error."""
    change(fixtures / "invoiless" / "default.yaml", "tables:", "tabels:")
    port = ["--port", "0"] if command == "serve" else []
    result = run(command, *port, "--fixtures", str(fixtures))
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{fixtures}/invoiless/default.yaml:" in result.stderr
    assert "paysandbox validate" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "names"),
    [
        (["--port", "http"], {}, ["--port", "PAYSANDBOX_PORT"]),
        (["--port", "65536"], {}, ["--port", "PAYSANDBOX_PORT", "65536"]),
        (["--port", "-1"], {}, ["--port", "PAYSANDBOX_PORT"]),
        ([], {"PAYSANDBOX_PORT": "many"}, ["--port", "PAYSANDBOX_PORT", "many"]),
        (["--log-format", "xml"], {}, ["--log-format", "PAYSANDBOX_LOG_FORMAT", "xml", "json"]),
        ([], {"PAYSANDBOX_LOG_FORMAT": "xml"}, ["--log-format", "PAYSANDBOX_LOG_FORMAT", "xml"]),
        ([], {"PAYSANDBOX_PROVIDER_PORTS": "perhaps"}, ["--provider-ports", "PAYSANDBOX_PROVIDER_PORTS", "perhaps"]),
        (["--fixtures", "/no/such/folder"], {}, ["--fixtures", "PAYSANDBOX_FIXTURES", "/no/such/folder"]),
        ([], {"PAYSANDBOX_SCHEMAS": "/no/such/folder"}, ["--schemas", "PAYSANDBOX_SCHEMAS", "/no/such/folder"]),
        (["--prot", "1"], {}, ["--prot", "--port"]),
        (["extra"], {}, ["extra"]),
    ],
    ids=str,
)
def test_a_bad_setting_stops_the_start_and_is_named(
    arguments: list[str], environment: dict[str, str], names: list[str]
) -> None:
    """By option and variable, wherever it came from; exit 2."""
    result = run("serve", *arguments, **environment)
    assert (result.exit_code, result.stdout) == (2, "")
    for name in names:
        assert name in result.stderr


def test_the_option_goes_before_the_environment() -> None:
    """A bad value in the environment does not matter then."""
    result = run("validate", "--schemas", str(find_data_folder("schemas")), PAYSANDBOX_SCHEMAS="/no/such/folder")
    assert result.exit_code == 0


def test_a_port_that_is_taken_is_told_with_a_way_out() -> None:
    """Exit 2, without a traceback; garbage is collected again, which a start puts off."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in result.stderr
    assert "--port 0" in result.stderr
    assert gc.isenabled()


def test_health_is_0_for_a_sandbox_that_is_ready() -> None:
    """By option and by environment, with or without a slash at the end."""
    with Server() as server:
        for result in (
            run("health", "--url", server.url()),
            run("health", "--url", server.url() + "/"),
            run("health", PAYSANDBOX_URL=server.url()),
        ):
            assert (result.exit_code, result.stderr) == (0, "")
            assert "is ready" in result.stdout


def test_health_asks_the_sandbox_itself_whatever_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container's settings for the world outside are not meant for it."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr(urllib.request, "_opener", None)  # it remembers the proxies of its first use
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Server() as server:
        assert run("health", "--url", server.url()).exit_code == 0


def test_health_is_1_where_nobody_listens() -> None:
    """And says why, on standard error."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = run("health", "--url", url, "--timeout", "5")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{url} is not ready: ")


class Other(BaseHTTPRequestHandler):
    """A server that is no sandbox."""

    answers = iter([(404, b"no"), (200, b"hello"), (200, b"[]"), (200, b'{"status": "starting"}'), (200, b"\xff")])

    def do_GET(self) -> None:
        """Answer the next thing."""
        status, body = next(self.answers)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def test_health_is_1_for_a_server_that_is_no_sandbox() -> None:
    """404, text, a list, another status and bytes that are no text."""
    with HTTPServer(("127.0.0.1", 0), Other) as other:
        thread = Thread(target=other.serve_forever, args=[0.02], daemon=True)
        thread.start()
        codes = [run("health", "--url", f"http://127.0.0.1:{other.server_port}").exit_code for _ in range(5)]
        other.shutdown()
        thread.join()
    gc.collect()  # a connection left open is a warning, and so an error, here
    assert codes == [1] * 5


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://"])
def test_health_refuses_what_is_no_url_of_a_sandbox(url: str) -> None:
    """Exit 2, naming the option; nobody is asked."""
    result = run("health", "--url", url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--url" in result.stderr
