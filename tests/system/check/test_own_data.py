"""`paysandbox check` of servers with their own data and without our headers: green if they conform, red if not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import msgspec
import pytest
from click.testing import CliRunner, Result

from paysandbox.check.profiles import PROFILES
from paysandbox.cli.main import main
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Message
from paysandbox.recordings.har_writer import write_har
from paysandbox.testing import Response
from tests.helpers.other_data import create_other_runtime
from tests.system.check.servers import Recording, recording, vendor

PROVIDERS: Final = ("crm_com", "invisible_collector", "invoicexpress", "invoiless")
# An operation of each provider, the way to the object that its reply is about, and an enum and an amount in it.
READS: Final = {
    "crm_com": ("showInvoice", ("data",), "life_cycle_state", "total_amount"),
    "invisible_collector": ("getDebt", (), "status", "grossTotal"),
    "invoicexpress": ("getInvoice", ("invoice",), "status", "total"),
    "invoiless": ("getInvoice", (), "status", "total"),
}
Deviation = Callable[[Response, dict[str, Any], str, str], tuple[int, dict[str, Any]]]


def lack_property(reply: Response, found: dict[str, Any], _enum: str, _amount: str) -> tuple[int, dict[str, Any]]:
    return reply.status, dict(list(found.items())[1:])


def change_type(reply: Response, found: dict[str, Any], enum: str, _amount: str) -> tuple[int, dict[str, Any]]:
    return reply.status, {**found, enum: [found[enum]]}


def change_enum(reply: Response, found: dict[str, Any], enum: str, _amount: str) -> tuple[int, dict[str, Any]]:
    return reply.status, {**found, enum: "SOMETHING"}


def write_money_as_string(
    reply: Response, found: dict[str, Any], _enum: str, amount: str
) -> tuple[int, dict[str, Any]]:
    return reply.status, {**found, amount: str(found[amount])}


def change_status(_reply: Response, found: dict[str, Any], _enum: str, _amount: str) -> tuple[int, dict[str, Any]]:
    return 202, found


DEVIATIONS: Final[tuple[Deviation, ...]] = (
    lack_property,
    change_type,
    change_enum,
    write_money_as_string,
    change_status,
)


@pytest.fixture(autouse=True)
def _few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole depth is tried elsewhere; no test fails on a time."""
    monkeypatch.setitem(PROFILES, "quick", msgspec.structs.replace(PROFILES["quick"], cases=10, seconds=900))


def check(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, ["check", *arguments], prog_name="paysandbox")


@contextmanager
def serving(provider: str, folder: Path, deviation: Deviation | None = None) -> Iterator[Recording]:
    """A server with its own data and without our headers, which may deviate in one operation's replies."""
    runtime = create_other_runtime(provider, folder)
    answer = vendor(runtime, provider)
    with recording(answer if deviation is None else deviate(runtime, provider, answer, deviation)) as server:
        yield server


def deviate(runtime: Runtime, provider: str, answer: Any, deviation: Deviation) -> Any:
    """The answers of a server, changed where the provider's read succeeds."""
    name, way, enum, amount = READS[provider]
    contract = runtime.services[provider].contract
    (operation,) = (operation for operation in contract.operations if operation.id == name)
    before, _, after = operation.template.partition("{")
    ending = after.partition("}")[2]

    def changed(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        reply: Response = answer(method, path, content, headers)
        plain = path.partition("?")[0].removeprefix(contract.base_path)
        meant = (
            plain.startswith(before) and plain.endswith(ending) and plain.count("/") == operation.template.count("/")
        )
        if method != operation.method or not meant or reply.status != 200:
            return reply
        whole = json.loads(reply.content)
        found = whole
        for step in way:
            found = found.get(step) or {}
        if amount not in found:
            return reply
        if deviation is lack_property and way:  # what is inside of an envelope is required by no contract of CRM.COM
            return Response(reply.status, reply.headers, json.dumps(lack_property(reply, whole, "", "")[1]).encode())
        status, wrong = deviation(reply, found, enum, amount)
        return Response(status, reply.headers, json.dumps({**whole, way[0]: wrong} if way else wrong).encode())

    return changed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("provider", "tags"),
    [
        ("crm_com", ()),
        ("invisible_collector", ()),
        ("invoicexpress", ("payments", "clients", "items", "taxes")),
        ("invoiless", ()),
        pytest.param("invoicexpress", (), marks=pytest.mark.sweep),  # sixty operations
    ],
)
def test_a_conforming_server_with_other_data_is_green(provider: str, tags: tuple[str, ...], tmp_path: Path) -> None:
    """No finding; most operations are reached, and the others are said apart with what would help."""
    chosen = [word for tag in tags for word in ("--tag", tag)]
    with serving(provider, tmp_path) as server:
        result = check(server.url, "--provider", provider, *chosen, "--report", str(tmp_path / "report"))
    assert result.exit_code == 0, result.output
    (suite,) = ET.parse(tmp_path / "report" / "junit.xml").getroot()  # noqa: S314 - our own file
    unreached = [case for case in suite if case.find("skipped") is not None and case.get("name") == "reached"]
    operations = {case.get("classname") for case in suite}
    assert len(unreached) * 3 < len(operations), [case.get("classname") for case in unreached]
    assert ("Not reached" in result.stdout) == bool(unreached)


@pytest.mark.slow
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("deviation", [None, *DEVIATIONS])
def test_a_deviation_is_found_on_a_server_with_other_data(
    provider: str, deviation: Deviation | None, tmp_path: Path
) -> None:
    """Over HTTP, without our headers, in a reply about a record that no fixture file has; green without it."""
    with serving(provider, tmp_path, deviation) as server:
        result = check(server.url, "--provider", provider, "--operation", READS[provider][0], "--strict-assumed")
    assert result.exit_code == (0 if deviation is None else 1), result.output


def test_taking_what_is_only_assumed_to_be_refused_is_a_question(tmp_path: Path) -> None:
    """No page says that unknown properties are refused, so a server that ignores them keeps its contract."""
    runtime = create_other_runtime("invoiless", tmp_path)
    answer = vendor(runtime, "invoiless")
    operations = runtime.services["invoiless"].contract.operations
    known = {name for operation in operations if operation.body for name in operation.body.members}

    def ignore_unknown(method: str, path: str, content: bytes, headers: dict[str, str]) -> Response:
        with suppress(ValueError):
            body = json.loads(content)
            if isinstance(body, dict):
                content = json.dumps({name: value for name, value in body.items() if name in known}).encode()
        return answer(method, path, content, headers)

    arguments = ("--provider", "invoiless", "--operation", "createCustomer")
    with recording(ignore_unknown) as server:
        lenient, strict = check(server.url, *arguments), check(server.url, *arguments, "--strict-assumed")
    assert (lenient.exit_code, strict.exit_code) == (0, 1), lenient.output + strict.output
    assert "Questions to the vendor" in lenient.stdout
    assert "unknown property" in lenient.stdout.partition("Questions to the vendor")[2]
    assert "Questions to the vendor" not in strict.stdout


def test_what_was_not_reached_says_what_would_help_and_data_helps(tmp_path: Path) -> None:
    """A read whose ids no list shows, where nothing may be made: reached with the file that names one."""
    data = tmp_path / "ids.yaml"
    runtime = create_other_runtime("invisible_collector", tmp_path / "other")
    data.write_text("parameters:\n  getPayment.externalId: [bank-80117]\n")
    arguments = ("--provider", "invisible_collector", "--read-only")
    with recording(vendor(runtime, "invisible_collector")) as server:
        without = check(server.url, *arguments)
        with_it = check(server.url, *arguments, "--data", str(data))
    assert (without.exit_code, with_it.exit_code) == (0, 0), without.output + with_it.output
    assert "getPayment: none of " in without.stdout
    assert "with --data: externalId (table payments.external_id)" in without.stdout
    assert "getPayment: none of " not in with_it.stdout


Seen = tuple[str, str, int, dict[str, Any]]  # method, path below the root, status, reply
SECRET: Final = "s3cr3t-of-the-vendor-2b7e"


def write_recording(path: Path, url: str, *calls: Seen) -> Path:
    """A HAR file of calls with a credential that is told again."""
    exchanges = [
        Exchange(
            method,
            f"{url}{target}",
            Message((("Authorization", f"Bearer {SECRET}"),)),
            status,
            Message((("Content-Type", "application/json"),), write_json({**reply, "note": f"as {SECRET}"})),
        )
        for method, target, status, reply in calls
    ]
    path.write_bytes(b"".join(write_har(exchanges, version="1")))
    return path


def test_a_recording_is_data_too(tmp_path: Path) -> None:
    """Its path parameters reach the read that no list shows; its credential is in no output and is not sent."""
    runtime = create_other_runtime("invisible_collector", tmp_path / "other")
    base = runtime.services["invisible_collector"].contract.base_path
    with recording(vendor(runtime, "invisible_collector")) as server:
        taken: Seen = ("GET", f"{base}/payments/bank-80117", 200, {})
        missed: Seen = ("GET", f"{base}/payments/bank-1", 404, {})
        data = write_recording(tmp_path / "seen.har", server.url, taken, missed)
        arguments = ("--provider", "invisible_collector", "--read-only", "--data", str(data))
        result = check(server.url, *arguments, "--report", str(tmp_path / "report"))
    assert result.exit_code == 0, result.output
    assert "getPayment: none of " not in result.stdout
    assert any("bank-80117" in target for _, target in server.seen)
    assert not any("bank-1" in target for _, target in server.seen)
    written = "".join(file.read_text() for file in (tmp_path / "report").iterdir())
    assert SECRET not in result.output + written + repr(server.seen)


def test_a_recording_of_another_api_is_refused(tmp_path: Path) -> None:
    """It names nothing that the check could use, and says what the file has instead."""
    data = write_recording(tmp_path / "seen.har", "https://else.example", ("GET", "/v9/things/1", 200, {}))
    with recording(lambda *_: Response(404, {}, b"")) as server:
        result = check(server.url, "--provider", "invisible_collector", "--data", str(data))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "seen.har has no call of invisible_collector that succeeds and names a record" in result.stderr
    assert "1 of another API: else.example" in result.stderr
    assert server.seen == [("GET", "/_sandbox/health")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "ids.yaml:1: $: must be an object with parameters and tables"),
        ("things: {}", "ids.yaml:1: $.things: unknown section"),
        ("tables:\n  debtz: [1]", "ids.yaml:2: $.tables.debtz: the API has none of this name"),
        ("tables:\n  debts: 1", "ids.yaml:2: $.tables.debts: must be a list of strings and numbers"),
        ("parameters:\n  customer: []", "ids.yaml:2: $.parameters.customer: must be a list"),
        ("parameters: [", "ids.yaml:2: "),
    ],
)
def test_a_wrong_data_file_is_refused_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    """Before anything but the question whether it is a sandbox is sent: exit 2."""
    data = tmp_path / "ids.yaml"
    data.write_text(text)
    with recording(lambda *_: Response(404, {}, b"")) as server:
        result = check(server.url, "--provider", "invisible_collector", "--data", str(data))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert server.seen == [("GET", "/_sandbox/health")]


def test_read_only_sends_nothing_that_changes(tmp_path: Path) -> None:
    """No other method than GET and HEAD, for a made-up method or a recipe neither."""
    with serving("invisible_collector", tmp_path) as server:
        result = check(server.url, "--provider", "invisible_collector", "--read-only")
    assert result.exit_code == 0, result.output
    assert {method for method, _ in server.seen} <= {"GET", "HEAD"}
    assert "createDebt" not in result.stdout


def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    """It lists the requests that each operation would get, the first few as text and all as JSON."""
    arguments = ("--provider", "invisible_collector", "--operation", "createGroup", "--dry-run")
    with serving("invisible_collector", tmp_path) as server:
        text, listed = check(server.url, *arguments), check(server.url, *arguments, "--format", "json")
    assert (text.exit_code, listed.exit_code) == (0, 0), text.output + listed.output
    assert "invisible_collector createGroup: " in text.stdout
    assert "  POST /groups  {name: string}" in text.stdout
    assert "nothing was sent" in text.stdout
    (found,) = json.loads(listed.stdout)["apis"]
    requests = [request for request in found["requests"] if request["operation"] == "createGroup"]
    assert sum(request["count"] for request in requests) > 10
    assert {request["valid"] for request in requests} == {True, False}
    assert set(server.seen) == {("GET", "/_sandbox/health")}


def test_a_format_is_that_of_a_dry_run() -> None:
    result = check("--provider", "invoiless", "--format", "json")
    assert result.exit_code == 2
    assert "--format is the form of what --dry-run lists" in result.stderr


@pytest.mark.parametrize(("option", "kind"), [("--operation", "operation"), ("--tag", "tag")])
def test_an_unknown_choice_is_refused(option: str, kind: str) -> None:
    result = check("--provider", "invoiless", option, "nothing")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"unknown {kind} 'nothing'; the {kind}s are " in result.stderr


def test_a_contradicted_assumption_is_a_question_unless_it_is_to_be_strict(tmp_path: Path) -> None:
    """The id of an Invoiless invoice is documented, its `kind` is assumed."""

    def rename_kind(reply: Response, found: dict[str, Any], _enum: str, _amount: str) -> tuple[int, dict[str, Any]]:
        return reply.status, {**found, "kind": "Bill"}

    arguments = ("--provider", "invoiless", "--operation", "getInvoice")
    with serving("invoiless", tmp_path, rename_kind) as server:
        lenient, strict = check(server.url, *arguments), check(server.url, *arguments, "--strict-assumed")
    assert (lenient.exit_code, strict.exit_code) == (0, 1), lenient.output + strict.output
    assert "Questions to the vendor" in lenient.stdout
