"""No outbound connection, ever: whatever is asked of it, the sandbox only answers. The guard would notice one."""

import ast
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.raw_http import Address, Message, replies
from tests.helpers.runtimes import Response
from tests.helpers.valid_calls import ValidCall, operations, valid_call
from tests.system.security.processes import PATIENCE, ROOT, wait_for
from tests.system.security.walking import control_requests

LINK: Final = "http://telemetry.invalid/x"
# What may connect, and to which host: the one that a user names, on the command line or in a test.
CLIENTS: Final = {
    "client/http.py": "env and the pytest plugin ask the sandbox that they are told of",
    "check/transport.py": "check asks the server that it is to hold against the contracts",
    "server/uvicorn_server.py": "listens on its own ports",
    "server/sockets.py": "binds them",
    "server/tls_listener.py": "listens on its own TLS ports",
    "server/certificates.py": "makes their certificates",
    "server/trust.py": "asks where the system's CAs are",
    "store/log/redis/connection.py": "asks the engine that --store names",
    "store/log/redis/wording.py": "words what the system says of that connection",
    "evidence/callers.py": "replays a recording against the sandbox that replay --url names",
    "recorder/vendor.py": "record passes calls on to the vendor that --to names",
    "delivery/connection.py": "delivers events to the endpoints that are registered, to this machine unless allowed",
}
NETWORK: Final = {
    "socket",
    "ssl",
    "http.client",
    "urllib.request",
    "httpx",
    "httpcore",
    "requests",
    "smtplib",
    "ftplib",
    "telnetlib",
}

needs_a_kernel = pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters system calls")


def guarded(report: Path, *command: str, sealed: bool = True) -> list[str]:
    """`paysandbox` or `probe` under the guard."""
    how = ["--sealed"] if sealed and sys.platform == "linux" else []
    return [sys.executable, "-m", "tests.system.security.guard", str(report), *how, *command]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


@contextmanager
def serving(report: Path, ready_file: Path, *options: str) -> Iterator[Mapping[str, Any]]:
    """`paysandbox serve` under the guard; it ends by SIGTERM, well, having tried nothing."""
    command = guarded(report, "paysandbox", "serve", "--port", "0", "--ready-file", str(ready_file), *options)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own command
        try:
            wait_for(ready_file, process)
            yield json.loads(ready_file.read_text())
            assert process.poll() is None, process.returncode
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    assert report.read_text() == ""


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("kind", ["connect", "datagram", "name", "url", "process", "uvloop"])
def test_the_guard_notices_what_python_does(tmp_path: Path, kind: str, *, sealed: bool) -> None:
    """It forbids it, and its report names it."""
    done = run(*guarded(tmp_path / "report", "probe", kind, sealed=sealed))
    assert done.returncode == 1
    assert "Forbidden" in done.stderr
    assert len((tmp_path / "report").read_text().splitlines()) == 1


@needs_a_kernel
def test_the_guard_notices_what_native_code_does(tmp_path: Path) -> None:
    """Even a connection to this machine ends the process."""
    assert run(*guarded(tmp_path / "report", "probe", "native")).returncode == -signal.SIGSYS
    assert run(*guarded(tmp_path / "report", "probe", "native", sealed=False)).returncode == 0


def targets(calls: list[ValidCall], ready: Mapping[str, Any]) -> Iterator[tuple[Address, Message]]:
    """Every call: by prefix, at its own port, under the vendor's own name; links where texts may be."""
    shared = at(ready["url"])
    for call in calls:
        provider = call.service.provider
        message = Message(call.operation.method, call.path).having("x-callback", LINK).having("referer", LINK)
        for name, value in call.headers.items():
            message = message.having(name, value)
        if isinstance(call.body, dict):
            body = {**call.body, "webhook": LINK, "$ref": LINK, "$schema": LINK}
            message = message.having("content-type", "application/json")
            yield shared, message.but(body=json.dumps(body, default=str).encode())
            message = message.but(body=json.dumps(call.body, default=str).encode())
        query = "&".join(f"{name}={value}" for name, value in call.parameters.items())
        below = call.path.removeprefix(f"/{provider.prefix}")
        yield shared, message.but(target=f"{call.path}?{query}")
        yield shared, message.but(target=f"{LINK}{call.path}?{query}")
        yield at(ready["providers"][provider.name]["url"]), message.but(target=f"{below}?{query}")
        yield shared, message.but(target=f"{below}?{query}").having("host", vendors_name(call))


def vendors_name(call: ValidCall) -> str:
    """The host name of the vendor's own server, as the contract has it; else the sandbox's own name of the provider."""
    if not call.service.contract.hosts:
        return f"{call.service.provider.prefix}.localhost"
    server = call.service.contract.document["servers"][0]
    filled = {name: one["default"] for name, one in server.get("variables", {}).items()}
    host: str = urlsplit(server["url"].format(**filled)).netloc
    assert any(pattern.fullmatch(host) for pattern in call.service.contract.hosts)
    return host


def at(url: str) -> Address:
    """The host and port of a URL."""
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


def test_serve_only_answers(tmp_path: Path, base_runtime: Runtime) -> None:
    """All operations, the pages, the control plane, under the vendors' names, with links in all that they are sent."""
    calls = [valid_call(base_runtime, name, operation) for name, operation in operations(base_runtime)]
    with serving(tmp_path / "report", tmp_path / "ready", "--provider-ports", "--access-log") as ready:
        statuses = {one.status for where, message in targets(calls, ready) for one in answered(where, message)}
        assert {200, 201, 404, 422} <= statuses
        for _, message in control_requests(base_runtime):
            (reply,) = answered(at(ready["url"]), message)
            assert reply.status < 500
        fault = Message("POST", "/_sandbox/namespaces/default/faults").having("content-type", "application/json")
        answered(at(ready["url"]), fault.but(body=json.dumps({"then": {"drop": "after"}}).encode()))
        replies(at(ready["url"]), [Message("GET", calls[0].path).wire])


def answered(where: Address, message: Message) -> list[Response]:
    found = replies(where, [message.wire])
    assert len(found) == 1
    return found


@pytest.mark.parametrize(
    "command",
    [["validate"], ["operations"], ["operations", "--variants"], ["sources"], ["--help"], ["--version"]],
    ids=" ".join,
)
def test_commands_read_and_print(tmp_path: Path, command: list[str]) -> None:
    done = run(*guarded(tmp_path / "report", "paysandbox", *command))
    assert (done.returncode, (tmp_path / "report").read_text()) == (0, ""), done.stderr


@pytest.mark.parametrize("command", [["drift", "--format", "html"], ["evidence"], ["replay"]], ids=" ".join)
def test_commands_about_recordings_go_nowhere(tmp_path: Path, command: list[str]) -> None:
    """Whatever hosts a recording names; `replay` asks a sandbox in its own process."""
    recording = str(ROOT / "examples" / "recordings" / "invoicexpress-2019.yml")
    done = run(*guarded(tmp_path / "report", "paysandbox", *command, recording))
    assert (tmp_path / "report").read_text() == "", done.stderr
    assert done.returncode == (0 if command == ["evidence"] else 1), done.stderr
    assert done.stdout


def test_a_contract_that_refers_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """Neither by the reader nor by either validator: nothing connects to the address, although it is local."""
    schemas = tmp_path / "schemas"
    for path in (ROOT / "schemas").glob("*/openapi.yaml"):
        copy = schemas / path.parent.name / path.name
        copy.parent.mkdir(parents=True)
        copy.write_text(path.read_text())
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0)
        contract = schemas / "invoiless" / "openapi.yaml"
        elsewhere = f'$ref: "http://127.0.0.1:{trap.getsockname()[1]}/x.json#/'
        contract.write_text(contract.read_text().replace('$ref: "#/', elsewhere, 1))
        done = run(*guarded(tmp_path / "report", "paysandbox", "validate", "--schemas", str(schemas)))
        assert (done.returncode, "/x.json#/" in done.stdout) == (1, True), done.stdout
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert (tmp_path / "report").read_text() == ""


def test_only_the_named_modules_know_the_network() -> None:
    """Each for a reason that a user gives; nothing on the way of a call does."""
    found = {}
    for path in (ROOT / "sandbox" / "paysandbox").rglob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
        if names & NETWORK:
            found[path.relative_to(ROOT / "sandbox" / "paysandbox").as_posix()] = sorted(names & NETWORK)
    assert found.keys() == CLIENTS.keys(), found


def test_no_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that a company sets for the world outside sees nothing of the sandbox's own calls."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{trap.getsockname()[1]}")
            monkeypatch.setenv(name.upper(), os.environ[name])
        with serving(tmp_path / "report", tmp_path / "ready") as ready:
            assert run(sys.executable, "-m", "paysandbox", "health", "--url", ready["url"]).returncode == 0
            assert run(sys.executable, "-m", "paysandbox", "env", "--url", ready["url"]).returncode == 0
        with pytest.raises(BlockingIOError):
            trap.accept()
