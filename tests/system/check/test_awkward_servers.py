"""Conforming servers behind what stands before real ones: limits, gateways, compression, TLS, redirects, outages.

A check of each is green, or says what it could not reach and why; none is told that it does not keep its contract.
"""

import gzip
import ssl
import zlib
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Final
from xml.etree import ElementTree as ET

import msgspec
import pytest
import trustme
from click.testing import CliRunner, Result

from paysandbox.check.profiles import PROFILES
from paysandbox.check.time_limit import TimeLimit, read_clock
from paysandbox.cli.main import main
from paysandbox.testing import Response
from tests.helpers.other_data import create_other_runtime
from tests.system.check.servers import Chunked, Closing, Handler, HttpOnePointZero, Outcome, recording, vendor

SECRET: Final = "s3cret-of-the-account"
BUSY: Final = (2, 30, 31)  # calls that do not reach the API; the first ones learn what it has
HTML: Final = {"content-type": "text/html"}
GREEN: Final = "keeps its contracts (invoiless)."
UNFINISHED: Final = "No findings, but 1 of 1 could not be checked to the end."
Before = Callable[[int, Callable[[], Response]], Response]


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to see whose fault something is, with short pauses between tries; no test fails on a time."""
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], cases=5, seconds=900))
    monkeypatch.setattr("paysandbox.check.patience.PAUSES", (5, 15))


@pytest.fixture
def answer(tmp_path: Path) -> Outcome:
    """A conforming server with its own data."""
    return vendor(create_other_runtime("invoiless", tmp_path / "other"), "invoiless")


def check(url: str, *arguments: str, operation: str = "getCustomer") -> Result:
    return CliRunner().invoke(
        main, ["check", url, "--provider", "invoiless", "--operation", operation, *arguments], prog_name="paysandbox"
    )


def put_before(answer: Outcome, before: Before) -> Outcome:
    """A server whose calls pass through something that knows their number."""
    numbers = iter(range(1, 1_000_000))

    def outcome(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        return before(next(numbers), lambda: answer(method, path, content, headers))

    return outcome


def refuse_some(status: int, headers: Callable[[], dict[str, str]]) -> Before:
    def before(number: int, call: Callable[[], Response]) -> Response:
        return Response(status, HTML | headers(), b"<h1>Later</h1>") if number in BUSY else call()

    return before


def compress(name: str, write: Callable[[bytes], bytes]) -> Before:
    def before(_: int, call: Callable[[], Response]) -> Response:
        reply = call()
        return Response(reply.status, {**reply.headers, "content-encoding": name}, write(reply.content))

    return before


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (refuse_some(429, lambda: {"retry-after": "0"}), "3 calls that a rate limit answered with 429"),
        (
            refuse_some(429, lambda: {"retry-after": formatdate(time() + 1, usegmt=True)}),
            "3 calls that a rate limit answered with 429",
        ),
        (refuse_some(429, dict), "3 calls that a rate limit answered with 429"),
        (refuse_some(502, dict), "3 calls that a gateway before the API answered with 502"),
        (refuse_some(503, lambda: {"retry-after": "0"}), "3 calls that a gateway before the API answered with 503"),
        (compress("gzip", gzip.compress), GREEN),
        (compress("deflate", zlib.compress), GREEN),
    ],
    ids=["429 in seconds", "429 by date", "429", "502", "503", "gzip", "deflate"],
)
def test_what_stands_before_a_conforming_server_is_not_its_fault(before: Before, said: str, answer: Outcome) -> None:
    """Calls that did not reach it are sent again and counted; compressed replies are read, those that learn too."""
    with recording(put_before(answer, before)) as server:
        result = check(server.url)
    assert result.exit_code == 0, result.output
    assert GREEN in result.stdout
    assert said in result.stdout


def test_waiting_as_a_rate_limit_asks_for_does_not_use_up_the_time(
    answer: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three minutes of waiting and a limit of less; of what is left after them the check needs a part."""
    waited: list[int] = []

    def limit(seconds: int) -> TimeLimit:
        return TimeLimit(seconds, lambda: read_clock() + sum(waited), waited.append)

    monkeypatch.setattr("paysandbox.check.suites.TimeLimit", limit)
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], seconds=170))
    with recording(put_before(answer, refuse_some(429, lambda: {"retry-after": "60"}))) as server:
        result = check(server.url)
    assert sum(waited) == 180_000
    assert result.exit_code == 0, result.output
    assert "waited for that: 180 s, which the time limit does not count" in result.stdout


@pytest.mark.parametrize("way", [HttpOnePointZero, Closing, Chunked])
def test_a_conforming_server_may_send_as_http_allows(way: type[Handler], answer: Outcome) -> None:
    with recording(answer, way=way) as server:
        result = check(server.url)
    assert result.exit_code == 0, result.output
    assert GREEN in result.stdout


def test_a_conforming_server_may_stand_below_a_path(answer: Outcome) -> None:
    def before(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        if not path.startswith("/gateway/billing/"):
            return Response(404, {"content-type": "text/plain"}, b"unknown")
        return answer(method, path.removeprefix("/gateway/billing"), content, headers)

    with recording(before) as server:
        result = check(f"{server.url}/gateway/billing")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "before", [refuse_some(500, dict), refuse_some(502, lambda: {"content-type": "application/json"})]
)
def test_what_the_api_itself_answers_is_judged(before: Before, answer: Outcome) -> None:
    """500 is no gateway's, and 502 in JSON is the API's own."""
    with recording(put_before(answer, before)) as server:
        result = check(server.url)
    assert result.exit_code == 1, result.output
    assert "getCustomer: not_a_server_error" in result.stdout
    assert "sent again" not in result.stdout


def test_a_request_that_brings_the_api_down_behind_its_gateway_is_found(answer: Outcome) -> None:
    """Each time, while others reach the API: so it is the request."""

    def crash(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        if method == "GET" and "scope-id" in headers and len(headers["scope-id"]) > 100:
            return Response(502, HTML, b"<h1>Bad Gateway</h1>")
        return answer(method, path, content, headers)

    with recording(crash) as server:
        result = check(server.url)
    assert result.exit_code == 1, result.output
    assert "getCustomer: not_a_server_error" in result.stdout


@pytest.mark.parametrize("most", [0, 12])
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (429, {"retry-after": "3600"}, "with 429, which asks to wait 3600 s"),
        (502, {}, "what stands before the API does not reach it: GET /customers/{id} is answered 502 (text/html)"),
    ],
)
def test_an_api_that_cannot_be_reached_is_not_judged(
    status: int, headers: dict[str, str], said: str, most: int, answer: Outcome, tmp_path: Path
) -> None:
    """From the beginning, or after some calls, which may all be of the one operation that is to be checked."""

    def before(number: int, call: Callable[[], Response]) -> Response:
        return Response(status, HTML | headers, b"<h1>Later</h1>") if number > most else call()

    with recording(put_before(answer, before)) as server:
        result = check(server.url, "--report", str(tmp_path / "report"))
    assert result.exit_code == 2, result.output
    assert said in result.stdout
    assert UNFINISHED in result.stdout
    assert len(server.seen) < 20
    (suite,) = ET.parse(tmp_path / "report" / "junit.xml").getroot()  # noqa: S314 - our own file
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")


def test_a_server_that_goes_away_is_said_to_and_no_credential_is_shown(answer: Outcome) -> None:
    """The engine quotes the last requests, whose credential is masked."""
    count = iter(range(1_000_000))

    class Leaving(Handler):
        def handle_one_request(self) -> None:
            if next(count) < 12:
                super().handle_one_request()
            else:
                self.rfile.readline()
                self.close_connection = True

    def admit(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        key = headers.get("api-key")
        return answer(method, path, content, {**headers, "api-key": "invoiless-test-key"} if key == SECRET else headers)

    with recording(admit, way=Leaving) as server:
        result = check(server.url, "--credential", f"api_key={SECRET}")
    assert result.exit_code == 2, result.output
    assert "stopped responding" in result.stdout
    assert UNFINISHED in result.stdout
    assert SECRET not in result.output


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context, and the file of the CA that no system knows."""
    ca, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return context, tmp_path / "ca.pem"


def test_a_ca_of_ones_own_is_trusted_for_all_calls(
    authority: tuple[ssl.SSLContext, Path], answer: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, file = authority
    with recording(answer, context) as server:
        unknown = check(server.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        known = check(server.url)
    assert unknown.exit_code == 2, unknown.output
    assert "is not trusted" in unknown.stderr
    assert "SSL_CERT_FILE names" in unknown.stderr
    assert known.exit_code == 0, known.output
    assert GREEN in known.stdout


@pytest.mark.parametrize("status", [301, 308])
def test_a_move_to_https_is_said(status: int) -> None:
    """Nothing is sent there, because the credential would have gone over http:// before."""

    def move(_method: str, path: str, _content: bytes, _headers: dict[str, str]) -> Response:
        return Response(status, {"location": f"https://pay.example{path}", **HTML}, b"moved")

    with recording(move) as server:
        result = check(server.url)
    assert result.exit_code == 2, result.output
    assert "sends its callers to https://pay.example, so check that URL instead" in result.stdout
    assert UNFINISHED in result.stdout


def test_operations_that_there_was_no_time_for_are_named(answer: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], seconds=0))
    with recording(answer) as server:
        result = check(server.url)
    assert result.exit_code == 2, result.output
    assert "--operation and --tag check fewer operations at a time" in result.stdout
    assert "invoiless getCustomer: not called before the check ended" in result.stdout
