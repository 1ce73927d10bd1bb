"""`paysandbox check` of a provider of one's own with amounts to the cent, limits, and 402 where the funds are short."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from paysandbox.app import create_runtime
from paysandbox.cli.main import main
from paysandbox.kit.discovery import load_provider
from paysandbox.testing import Response
from tests.system.check.servers import recording, vendor

NAME: Final = "acme"
EDITS: Final = (  # of a scaffold: file, text, text in its place
    (
        "openapi.yaml",
        "        '201':\n          description: The new",
        "        '402': {$ref: '#/components/responses/Refused422'}\n        '201':\n          description: The new",
    ),
    ("provider/operations.py", "from .records", "from paysandbox.core.problems import NotAllowed\n\nfrom .records"),
    (
        "provider/operations.py",
        '    """Create a payment."""\n',
        '''    """Create a payment."""
    if call.body["amount"] + sum(payment.amount for payment in state.payments.records()) > 100:
        raise NotAllowed("the funds are short")
''',
    ),
    ("provider/errors.py", "import NotFound,", "import NotAllowed, NotFound,"),
    (
        "provider/errors.py",
        "        case NotFound():",
        "        case NotAllowed():\n            status = 402\n        case NotFound():",
    ),
    ("provider/errors.py", "(401, 404,", "(401, 402, 404,"),
)
Deviation = Callable[[str, str, bytes, Response], Response]


def check(providers: Path, *arguments: str) -> Result:
    command = ["check", *arguments, "--providers", str(providers), "--provider", NAME]
    return CliRunner().invoke(main, command, prog_name="paysandbox")


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a scaffold whose payments draw on funds of 100."""
    folder = tmp_path_factory.mktemp("own") / "providers"
    assert CliRunner().invoke(main, ["new", NAME, "--providers", str(folder)]).exit_code == 0
    for file, text, other in EDITS:
        path = folder / NAME / file
        before = path.read_text()
        assert before.count(text) == 1, (file, text)
        path.write_text(before.replace(text, other))
    return folder


def keep(_method: str, _path: str, _sent: bytes, reply: Response) -> Response:
    return reply


def lose_cents(_method: str, _path: str, _sent: bytes, reply: Response) -> Response:
    """Amounts of a tenth of a cent, which no multiple of 0.01 is."""
    return change(reply, 201, "amount", lambda amount: amount + 0.001)


def write_amount_as_string(_method: str, _path: str, _sent: bytes, reply: Response) -> Response:
    return change(reply, 201, "amount", str)


def refuse_without_reason(_method: str, _path: str, _sent: bytes, reply: Response) -> Response:
    return Response(402, reply.headers, b"{}") if reply.status == 402 else reply


def take_nothing_for_an_amount(method: str, _path: str, sent: bytes, reply: Response) -> Response:
    """A payment of 0 is made, which exclusiveMinimum forbids."""
    if method == "POST" and reply.status == 422 and b'"amount": 0' in sent.replace(b":0", b": 0"):
        body = {
            "id": "pay_1",
            "amount": 1,
            "currency": "EUR",
            "status": "pending",
            "created_at": "2026-03-31T12:00:00Z",
        }
        return Response(201, reply.headers, json.dumps(body).encode())
    return reply


def answer_with_an_undocumented_status(_method: str, _path: str, _sent: bytes, reply: Response) -> Response:
    return Response(409, reply.headers, reply.content) if reply.status == 402 else reply


def change(reply: Response, status: int, name: str, write: Callable[[float], object]) -> Response:
    if reply.status != status:
        return reply
    body = json.loads(reply.content)
    return Response(status, reply.headers, json.dumps({**body, name: write(body[name])}).encode())


@pytest.mark.slow
def test_money_limits_and_402_pass(providers: Path) -> None:
    """As a sandbox of its own: what the limits allow is taken, and a refusal by the funds is no finding."""
    result = check(providers)
    assert result.exit_code == 0, result.output


@pytest.mark.slow
@pytest.mark.parametrize("depth", ["quick", pytest.param("full", marks=pytest.mark.sweep)])
def test_a_server_without_our_headers_passes_too(providers: Path, depth: str) -> None:
    """It refuses most valid payments with 402, because its funds are used up."""
    result, statuses = check_server(providers, keep, "--depth", depth)
    assert result.exit_code == 0, result.output
    assert 402 in statuses
    assert "Not reached" not in result.stdout, result.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deviation", "operation"),
    [
        (lose_cents, "createPayment"),
        (write_amount_as_string, "createPayment"),
        (refuse_without_reason, "createPayment"),
        (take_nothing_for_an_amount, "createPayment"),
        (answer_with_an_undocumented_status, "createPayment"),
    ],
)
def test_a_deviation_is_found(providers: Path, deviation: Deviation, operation: str) -> None:
    result, _ = check_server(providers, deviation, "--strict-assumed")
    assert result.exit_code == 1, result.output
    assert f"{NAME} {operation}: " in result.stdout


def check_server(providers: Path, deviation: Deviation, *arguments: str) -> tuple[Result, set[int]]:
    """The check of a server that knows nothing of sandboxes, and the statuses that it answered."""
    runtime = create_runtime(providers=[load_provider(providers / NAME)])
    answer = vendor(runtime, NAME)
    statuses: set[int] = set()

    def deviate(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        reply = deviation(method, path, content, answer(method, path, content, headers))
        statuses.add(reply.status)
        return reply

    with recording(deviate) as server:
        return check(providers, server.url, *arguments), statuses
