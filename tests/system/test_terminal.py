"""Manners at a terminal: a banner that fits, colours where they are wanted, completion, errors that say the mend."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paysandbox.cli.banner import render_banner
from paysandbox.cli.main import main
from paysandbox.server.certificates import Tls, open_certificates
from paysandbox.server.live import Server

ROOT = Path(__file__).parents[2]
COLOUR = "\x1b["
COLUMNS = 80


def run(*arguments: str, **environment: str) -> Result:
    """The command, as it is installed."""
    known = {name: None for name in os.environ if name.startswith("PAYSANDBOX_")}
    return CliRunner(env={**known, **environment}).invoke(main, list(arguments), prog_name="paysandbox")


@pytest.mark.parametrize("provider_ports", [False, True])
def test_the_banner_fits_a_terminal(*, provider_ports: bool) -> None:
    """80 columns, with the longest port and a control token that was made up; with HTTPS too."""
    with open_certificates() as certificates, Server(provider_ports=provider_ports, tls=Tls(certificates)) as server:
        ready = json.loads(re.sub(r"(127\.0\.0\.1):[0-9]+", r"\1:65535", json.dumps(server.ready())))
        said = render_banner(ready, server.runtime.version, "x" * 32)
    assert max(map(len, said.splitlines())) <= COLUMNS
    assert "http://127.0.0.1:65535/_sandbox/\n" in said


def seen(arguments: list[str], path: str, **environment: str) -> str:
    """What a terminal shows of a sandbox's log while one call is made."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    screen, terminal = pty.openpty()
    known = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", str(port), *arguments]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, env={**known, **environment}, stdout=subprocess.PIPE, stderr=terminal
    ) as server:
        os.close(terminal)
        try:
            assert server.stdout is not None
            assert b"is ready at" in server.stdout.readline()
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", path)
            connection.getresponse().read()
            connection.close()
            return os.read(screen, 1000).decode()
        finally:
            server.terminate()
            server.communicate()
            os.close(screen)


def test_a_terminal_gets_one_line_for_each_call_in_colour() -> None:
    """Yellow for a refusal; the key is masked."""
    (line,) = seen(["--access-log"], "/invoicexpress/documents/1?api_key=ix-test-key").splitlines()
    assert line.startswith(f"{COLOUR}33m")
    assert '"GET /invoicexpress/documents/1?api_key=*** HTTP/1.1" 404 ' in line
    assert " default-1: InvoiceXpress API has no path /documents/1" in line


@pytest.mark.parametrize(("options", "environment"), [(["--log-format", "json"], {}), ([], {"NO_COLOR": "1"})])
def test_there_are_no_colours_where_nobody_wants_them(options: list[str], environment: dict[str, str]) -> None:
    """Not in JSON, and not with NO_COLOR."""
    assert COLOUR not in seen(["--access-log", *options], "/_sandbox/health", **environment)


@pytest.mark.parametrize("shell", ["zsh", "fish", "bash"])
def test_a_shell_gets_its_completion(shell: str) -> None:
    """A script that asks the command itself what may follow."""
    if shell == "bash" and not Path("/bin/bash").exists():
        pytest.skip("click asks bash for its version, and there is no bash")
    script = run(_PAYSANDBOX_COMPLETE=f"{shell}_source").output
    assert f"_PAYSANDBOX_COMPLETE={shell}_complete" in script


@pytest.mark.parametrize(
    ("typed", "offered"), [("ser", "serve"), ("serve --acc", "--access-log"), ("serve --log-format j", "json")]
)
def test_what_may_follow_is_offered(typed: str, offered: str) -> None:
    """Commands, options and their values."""
    words = f"paysandbox {typed}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    assert f"plain,{offered}" in run(_PAYSANDBOX_COMPLETE="bash_complete", **asked).output.splitlines()


@pytest.mark.parametrize(
    ("arguments", "exit_code", "mend"),
    [
        (["servee"], 2, "Did you mean 'serve'?"),
        (["serve", "--prot", "1"], 2, "Did you mean one of: '--host', '--port', '--provider'?"),
        (["serve", "--port", "0", "--ready-file", "/nowhere/ready.json"], 2, "there is no folder /nowhere; make it"),
        (["exec", "--coverage", "/nowhere/c.html", "--", "true"], 2, "there is no folder /nowhere; make it first"),
        (["serve", "--port", "0", "--host", "192.0.2.1"], 2, "--host must be an address of this machine"),
        (["health", "--url", "http://127.0.0.1:9"], 1, "paysandbox serve starts a sandbox"),
        (["env", "--url", "http://127.0.0.1:9"], 2, "paysandbox serve starts a sandbox"),
        (["check", "--provider", "nobody"], 2, "the providers are "),
    ],
)
def test_an_error_says_the_mend(arguments: list[str], exit_code: int, mend: str) -> None:
    """Not only what is wrong; nothing was started."""
    said = run(*arguments)
    assert said.exit_code == exit_code
    assert mend in " ".join(said.output.split())


@pytest.mark.parametrize("command", [["serve"], ["exec", "--", "true"]])
def test_a_port_that_is_taken_is_told_with_what_to_do(command: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = run(command[0], "--port", str(taken.getsockname()[1]), *command[1:])
    assert said.exit_code == 2
    assert "another program has this port; --port 0 takes a free one" in " ".join(said.output.split())
