"""A recording is replayed with our ids and in its times, and the first difference of each operation is told."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.evidence.callers import OverHttp, Unreachable, call_in_memory, call_over_http
from paysandbox.evidence.replay_report import render_json, render_text
from paysandbox.evidence.replaying import NotASandbox, Replay, run_replay
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Message
from paysandbox.server.live import Server
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import InvoiceXpress, change_reply, record_valid_calls, write

ReplayOf = Callable[..., Replay]


@pytest.fixture
def recorded(client: Client) -> list[Exchange]:
    """A payment and what comes before it, in another sandbox's ids."""
    vendor = InvoiceXpress(client, "vendor")
    vendor.call("POST", "/clients.json", {"client": {"name": "Zoe", "code": "Z-1"}})  # so that ids differ
    vendor.pay()
    return vendor.record()[1:]


@pytest.fixture
def replay_of(runtime: Runtime, tmp_path: Path) -> ReplayOf:
    def run(*exchanges: Exchange) -> Replay:
        return run_replay([write(tmp_path / "seen.har", exchanges)], runtime, call_in_memory(runtime))

    return run


def tell(replay: Replay) -> list[tuple[str, str, str]]:
    return [
        (result.operation, result.mismatch.kind, result.mismatch.pointer)
        for result in replay.results
        if result.mismatch is not None
    ]


def test_the_ids_of_a_recording_are_bound_as_they_come(recorded: list[Exchange], replay_of: ReplayOf) -> None:
    replay = replay_of(*recorded)
    assert [result.skipped for result in replay.results if result.skipped] == []
    assert tell(replay) == []
    assert len(replay.results) == 7
    assert replay.exit_code == 0


def test_a_replay_leaves_no_namespace(runtime: Runtime, recorded: list[Exchange], replay_of: ReplayOf) -> None:
    before = [namespace.name for namespace in runtime.namespaces]
    replay_of(*recorded)
    assert [namespace.name for namespace in runtime.namespaces] == before


@pytest.mark.parametrize(
    ("number", "steps", "value", "expected"),
    [
        (2, ("invoice", "total"), 25.84, ("createInvoice", "amount", "/invoice/total")),
        (2, ("invoice", "sum"), "21.0", ("createInvoice", "type", "/invoice/sum")),
        (2, ("invoice", "colour"), "red", ("createInvoice", "shape", "/invoice/colour")),
        (3, ("invoice", "items"), {}, ("changeInvoiceState", "type", "/invoice/items")),
        (4, ("receipt", "client", "name"), ..., ("createPartialPayment", "shape", "/receipt/client/name")),
    ],
)
def test_a_planted_difference_is_told_by_kind(
    recorded: list[Exchange], replay_of: ReplayOf, number: int, steps: Any, value: Any, expected: Any
) -> None:
    recorded[number] = change_reply(recorded[number], *steps, value=value)
    assert tell(replay_of(*recorded)) == [expected]


def test_another_order_of_properties_is_told(recorded: list[Exchange], replay_of: ReplayOf) -> None:
    client_first = recorded[0]
    body = client_first.reply.content or b""
    swapped = body.replace(b'"name":"Ann","code":"A-77"', b'"code":"A-77","name":"Ann"')
    assert swapped != body
    recorded[0] = replace(client_first, reply=Message(client_first.reply.headers, swapped))
    assert tell(replay_of(*recorded)) == [("createClient", "order", "/client")]


def test_another_status_is_told_with_our_reason(recorded: list[Exchange], replay_of: ReplayOf) -> None:
    recorded[5] = replace(recorded[5], status=200)
    replay = replay_of(*recorded)
    assert tell(replay) == [("createPartialPayment", "status", "")]
    assert "'abc' is not a number" in render_text(replay)


def test_records_that_the_recording_does_not_make_are_no_difference(
    recorded: list[Exchange], replay_of: ReplayOf
) -> None:
    """The rest of a recording that began earlier: its invoice is not ours."""
    replay = replay_of(recorded[4])
    (result,) = replay.results
    assert result.skipped == "it needs records that the recording does not make"
    assert replay.exit_code == 2


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_what_the_account_or_the_servers_decide_is_not_replayed(
    recorded: list[Exchange], replay_of: ReplayOf, status: int
) -> None:
    (result,) = replay_of(replace(recorded[0], status=status)).results
    assert result.skipped is not None


@pytest.mark.parametrize("provider", ["crm_com", "invisible_collector", "invoicexpress", "invoiless"])
def test_each_operation_of_a_sandbox_agrees_with_itself(
    runtime: Runtime, client: Client, tmp_path: Path, provider: str
) -> None:
    """One valid call of each operation, recorded in one namespace and replayed in another."""
    path = record_valid_calls(runtime, client, provider, tmp_path / "seen.har")
    service = runtime.services[provider]
    replay = run_replay([path], runtime, call_in_memory(runtime))
    assert len(replay.results) >= len(service.contract.operations)
    compared = [result for result in replay.results if result.skipped is None]
    assert len(compared) > len(replay.results) * 3 // 4
    assert tell(replay) == []


def test_a_score_for_each_operation(recorded: list[Exchange], replay_of: ReplayOf) -> None:
    recorded[4] = change_reply(recorded[4], "receipt", "total", value=9)
    replay = replay_of(*recorded)
    operations = {one["operation"]: one for one in render_json(replay)["operations"]}
    assert operations["createPartialPayment"]["agreed"] == 2
    assert operations["createPartialPayment"]["compared"] == 3
    assert str(operations["createPartialPayment"]["percent"]) == "66.6"
    assert operations["createPartialPayment"]["first"]["pointer"] == "/receipt/total"
    assert operations["createClient"]["first"] is None
    assert render_text(replay).endswith("6 of 7 replies agree with the recording.")


def test_a_running_sandbox_is_replayed_against(recorded: list[Exchange], tmp_path: Path) -> None:
    path = write(tmp_path / "seen.har", recorded)
    with Server() as server, call_over_http(server.url(), None) as call:
        replay = run_replay([path], server.runtime, call)
        assert tell(replay) == []
        assert [namespace.name for namespace in server.runtime.namespaces] == ["default"]


def test_a_server_that_makes_no_namespace_is_said_to_be_none(recorded: list[Exchange], tmp_path: Path) -> None:
    path = write(tmp_path / "seen.har", recorded)
    with Server() as server, call_over_http(f"{server.url()}/invoiless", None) as call, pytest.raises(NotASandbox):
        run_replay([path], server.runtime, call)


def test_a_connection_that_the_server_has_closed_is_opened_again() -> None:
    """A server closes what is idle, at any time: the call is sent once more, and only then."""
    with closing_server(answers=3) as (url, seen), closing(OverHttp(url)) as server:
        for number in range(3):
            assert server.send("GET", f"/{number}", "", {}, None).content == b"{}"
    assert seen == ["/0", "/1", "/2"]


def test_a_server_that_never_answers_is_said() -> None:
    """A first call is not repeated, because it may have been carried out."""
    with closing_server(answers=0) as (url, seen), closing(OverHttp(url)) as server, pytest.raises(Unreachable) as no:
        server.send("POST", "/0", "", {}, b"{}")
    assert str(no.value).startswith(f"no server answers at {url}: ")
    assert seen == ["/0"]


@contextmanager
def closing_server(answers: int) -> Iterator[tuple[str, list[str]]]:
    """A server that promises to keep connections and closes each, after so many answers without one; and its calls."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(self.path)
            self.close_connection = True
            if len(seen) <= answers:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

        do_POST = do_GET  # noqa: N815 - the names that the library calls

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()


def test_one_of_a_kind_is_told_in_the_singular(recorded: list[Exchange], replay_of: ReplayOf) -> None:
    lines = render_text(replay_of(recorded[1])).splitlines()
    assert lines[0].endswith(": 1 exchange replayed")
    assert lines[-1] == "1 of 1 reply agrees with the recording."
