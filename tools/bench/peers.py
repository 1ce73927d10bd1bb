"""Other stateful mocks beside the sandbox: a payment that is kept, and reading it. Installed for the run alone."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from typing import Any, Final, NamedTuple

from tools.bench import goals
from tools.bench.calls import CREDENTIALS, payments, request
from tools.bench.figures import Figure, figure, share
from tools.bench.load import loaded, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import ROOT, SANDBOX, Running, find_free_port, run_server, running

_CONNECTIONS: Final = 16
_INSTALL_SECONDS: Final = 600
_PAYMENT: Final = {"id": "p1", "amount": 25, "currency": "EUR"}
_JSON: Final = {"content-type": "application/json"}
_SANDBOX: Final = "sandbox"
_PRISM: Final = "Prism"


class CannotInstall(Exception):
    """A peer is not there for the run; the message says why."""


class Started(NamedTuple):
    """How a peer is started: the command, the port that it answers on, and what is sent to it before."""

    command: Sequence[str]
    port: int
    first: tuple[bytes, ...] = ()


class Peer(NamedTuple):
    """A program to compare with: its package in a registry, its start in a folder, and its calls."""

    name: str
    package: str
    install: Callable[[str, Path], None]
    start: Callable[[Path], Started]
    pay: Callable[[], Iterator[bytes]]
    read: bytes


def measured(plan: Plan) -> Iterator[Figure]:
    """Requests per second of each peer that can be installed here, and how many times as many the sandbox answers."""
    rates: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="paysandbox-peers-") as folder, ExitStack() as stack:
        servers = {_SANDBOX: stack.enter_context(running(SANDBOX))}
        calls = {_SANDBOX: (payments(0), _READ_PAYMENT)}
        loaded(servers[_SANDBOX].port, some(calls[_SANDBOX][0], 1), expected=b"201")
        for peer in PEERS:
            try:
                servers[peer.name] = _start(peer, Path(folder, peer.name.replace(" ", "-")), stack)
            except CannotInstall as error:
                tell(f"peers: {peer.name} is left out: {error}")
            else:
                calls[peer.name] = (peer.pay(), peer.read)
        for _ in plan.turns("peers"):
            for name, server in servers.items():
                paying, reading = calls[name]
                for what, requests in (("payment", paying), ("read", repeat(reading))):
                    rates[what, name].append(loaded(server.port, requests, plan.seconds, _CONNECTIONS).rate)
    for what in ("payment", "read"):
        for name in servers:
            yield figure(f"{what}, {_CONNECTIONS} connections: {name}", "requests/s", rates[what, name])
            if name != _SANDBOX:
                goal = goals.PRISM if (what, name) == ("payment", _PRISM) else None
                yield share(f"{what}: times the rate of {name}", rates[what, _SANDBOX], rates[what, name], goal)


def _start(peer: Peer, folder: Path, stack: ExitStack) -> Running:
    """Install a peer and start it.

    Raises:
        CannotInstall: its package cannot be installed, or it does not answer as expected.
    """
    tell(f"peers: {peer.package} is installed")
    folder.mkdir()
    peer.install(peer.package, folder)
    started = peer.start(folder)
    probe = started.first[0] if started.first else next(peer.pay())
    variables = dict(os.environ)
    try:
        server = stack.enter_context(run_server(started.command, started.port, variables, probe, folder, is_quiet=True))
        loaded(server.port, iter([*started.first[1:], next(peer.pay()), peer.read]))
    except (RuntimeError, OSError) as error:
        raise CannotInstall(str(error)) from error
    return server


def _install_npm(package: str, folder: Path) -> None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise CannotInstall("there is no Node.js with npm here")
    _run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder), package])


def _install_pip(package: str, folder: Path) -> None:
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", package])


def _run(command: Sequence[str]) -> None:
    """Run a command of an installation.

    Raises:
        CannotInstall: it failed or took too long; the message is its last line.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)  # noqa: S603 - our own command
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"{command[0]} took more than {_INSTALL_SECONDS} seconds") from None
    if done.returncode:
        raise CannotInstall((done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1])


def _start_prism(folder: Path) -> Started:
    port = find_free_port()
    contract = str(ROOT / "schemas/invisible_collector/openapi.yaml")
    script = str(folder / "node_modules/@stoplight/prism-cli/dist/index.js")
    return Started(["node", script, "mock", "--verboseLevel", "silent", "--port", str(port), contract], port)


def _start_mountebank(folder: Path) -> Started:
    port = find_free_port()
    headers = {"Content-Type": "application/json", "Connection": "keep-alive"}
    answer = {"is": {"statusCode": 201, "headers": headers, "body": _PAYMENT}}
    imposter = {"port": port, "protocol": "http", "recordRequests": True, "stubs": [{"responses": [answer]}]}
    config = folder / "imposters.json"
    config.write_text(json.dumps({"imposters": [imposter]}), encoding="utf-8")
    script = str(folder / "node_modules/mountebank/bin/mb")
    options = ("--configfile", str(config), "--nologfile", "--loglevel", "error", "--pidfile", str(folder / "mb.pid"))
    return Started(["node", script, "--port", str(find_free_port()), *options], port)


def _start_json_server(folder: Path) -> Started:
    port = find_free_port()
    store = folder / "db.json"
    store.write_text(json.dumps({"payments": [_PAYMENT]}), encoding="utf-8")
    script = str(folder / "node_modules/json-server/lib/bin.js")
    return Started(["node", script, "--host", "127.0.0.1", "--port", str(port), str(store)], port)


def _start_moto(folder: Path) -> Started:
    port = find_free_port()
    table = {
        "TableName": "payments",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return Started([str(folder / "bin/moto_server"), "--port", str(port)], port, (_ask_dynamodb("CreateTable", table),))


def _start_localstripe(folder: Path) -> Started:
    port = find_free_port()
    return Started([str(folder / "bin/python"), "-m", "localstripe", "--port", str(port)], port)


def _ask_dynamodb(target: str, body: Any) -> bytes:
    key = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=a"
    headers = {
        "x-amz-target": f"DynamoDB_20120810.{target}",
        "content-type": "application/x-amz-json-1.0",
        "authorization": key,
    }
    return request("POST", "/", headers, json.dumps(body).encode())


def _pay_by_json() -> Iterator[bytes]:
    return repeat(request("POST", "/payments", _JSON, json.dumps({"amount": 25, "currency": "EUR"}).encode()))


def _pay_by_contract() -> Iterator[bytes]:
    """The sandbox's own payments, at the root."""
    return (sent.replace(b"POST /invisible-collector/", b"POST /", 1) for sent in payments(0))


def _pay_dynamodb() -> Iterator[bytes]:
    item = {"id": {"S": "p1"}, "amount": {"N": "25.00"}, "currency": {"S": "EUR"}}
    return repeat(_ask_dynamodb("PutItem", {"TableName": "payments", "Item": item}))


_STRIPE: Final = {"authorization": "Bearer sk_test_12345", "content-type": "application/x-www-form-urlencoded"}
_READ_BY_ID: Final = request("GET", "/payments/p1")
_READ_PAYMENT: Final = request("GET", "/invisible-collector/payments/123455", CREDENTIALS)

PEERS: Final = (
    Peer(
        _PRISM,
        "@stoplight/prism-cli@5.14.2",
        _install_npm,
        _start_prism,
        _pay_by_contract,
        request("GET", "/payments/123455", CREDENTIALS),
    ),
    Peer(
        "mountebank", "mountebank@2.9.1", _install_npm, _start_mountebank, _pay_by_json, request("GET", "/payments/p1")
    ),
    Peer(
        "json-server",
        "json-server@1.0.0-beta.3",
        _install_npm,
        _start_json_server,
        _pay_by_json,
        _READ_BY_ID,
    ),
    Peer(
        "moto, DynamoDB",
        "moto[server]==5.2.5",
        _install_pip,
        _start_moto,
        _pay_dynamodb,
        _ask_dynamodb("GetItem", {"TableName": "payments", "Key": {"id": {"S": "p1"}}}),
    ),
    Peer(
        "localstripe",
        "localstripe==1.15.10",
        _install_pip,
        _start_localstripe,
        lambda: repeat(request("POST", "/v1/payment_intents", _STRIPE, b"amount=2500&currency=eur")),
        request("GET", "/v1/payment_intents?limit=10", _STRIPE),
    ),
)
