"""The handle: everything that a test does around its calls, in Python, over HTTP, with or without pytest."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from paysandbox.client.namespace import NamespaceClient, SandboxClient, SandboxError
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server

API, OPERATION = "invoicexpress", "createPartialPayment"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox with a port for each provider."""
    with Server(provider_ports=True) as running:
        yield running


@pytest.fixture
def paysandbox(server: Server) -> Iterator[NamespaceClient]:
    with SandboxClient(server.url()).namespace() as made:
        yield made


def pay(paysandbox: NamespaceClient, url: str | None = None, **members: Any) -> httpx.Response:
    """A payment of 100 in the namespace."""
    return httpx.post(
        f"{url or paysandbox.url(API)}/documents/1/partial_payments.json",
        params=paysandbox.credentials(API),
        json={"partial_payment": {"amount": 100.0, **members}},
        trust_env=False,
        timeout=60,
    )


def test_url_and_credentials_lead_into_the_namespace(paysandbox: NamespaceClient, server: Server) -> None:
    """The URL does, and so do the credentials alone, at the root that a client comes to which drops path prefixes."""
    assert pay(paysandbox).status_code == pay(paysandbox, server.url(API)).status_code == 200
    assert len(paysandbox.requests()) == 2


def test_the_environment_is_the_one_of_exec(paysandbox: NamespaceClient) -> None:
    """With the namespace's URLs and credentials."""
    found = paysandbox.environment
    assert found["PAYSANDBOX_URL"] == paysandbox.sandbox.url
    assert found["INVOICEXPRESS_URL"] == paysandbox.url(API)
    assert found["INVOICEXPRESS_API_KEY"] == f"ix-test-key~{paysandbox.namespace}"


def test_a_provider_that_there_is_not_is_told_with_those_that_there_are(paysandbox: NamespaceClient) -> None:
    for asked in (paysandbox.url, paysandbox.credentials):
        with pytest.raises(ValueError, match=r"unknown provider 'stripe'; the providers are crm_com, .*invoicexpress"):
            asked("stripe")


def test_requests_are_those_of_the_journal(paysandbox: NamespaceClient) -> None:
    """Oldest first, masked, chosen by what they are."""
    pay(paysandbox)
    pay(paysandbox, payment_date="2017-10-26")
    first, second = paysandbox.requests()
    assert (first["status"], second["status"], first["refused"], second["refused"]) == (200, 422, False, True)
    assert "ix-test-key" not in str([first, second])
    assert paysandbox.refused == paysandbox.requests(status=422) == [second]
    assert paysandbox.requests(refused=False, provider=API, operation=OPERATION) == [first]
    assert paysandbox.requests(limit=1) == [second]
    assert paysandbox.requests(provider="invoiless") == []


def test_an_expected_refusal_counts_no_more(server: Server, paysandbox: NamespaceClient) -> None:
    """With the entries of the block's refused calls, also where the client raises."""
    expected = server.runtime.namespaces.budget.expected
    pay(paysandbox, payment_date="2017-10-26")
    with paysandbox.expect_refusal() as refused:
        pay(paysandbox)
        assert pay(paysandbox, payment_date="2017-10-27").status_code == 422
    assert [entry["operation"] for entry in refused] == [OPERATION]
    with pytest.raises(httpx.HTTPStatusError), paysandbox.expect_refusal():
        pay(paysandbox, payment_date="2017-10-28").raise_for_status()
    assert [entry["expects_refusal"] for entry in paysandbox.refused] == [False, True, True]
    assert server.runtime.namespaces.budget.expected == expected + 2


def test_an_expected_refusal_must_come(paysandbox: NamespaceClient) -> None:
    """Otherwise the block fails and shows its calls; its own exception goes first."""
    pay(paysandbox, payment_date="2017-10-26")
    with (
        pytest.raises(AssertionError, match=r"no call was refused\n(.*\n)?POST /documents/1/.*-> 200"),
        paysandbox.expect_refusal(),
    ):
        pay(paysandbox)
    with pytest.raises(ZeroDivisionError), paysandbox.expect_refusal():
        raise ZeroDivisionError


def test_numbers_with_a_fraction_are_decimals(paysandbox: NamespaceClient) -> None:
    """As the records have them, digit by digit."""
    pay(paysandbox)
    (receipt,) = paysandbox.diff()[API]["receipts"]["added"].values()
    assert (str(receipt["total"]), type(receipt["total"])) == ("100.00", Decimal)
    assert paysandbox.state(API, "receipts")["541793"] == paysandbox.state(API)["receipts"]["541793"] == receipt


def test_a_record_is_written_or_refused_with_all_that_is_wrong(paysandbox: NamespaceClient) -> None:
    """Decimals go out as exactly as they come in."""
    invoice = paysandbox.state(API, "invoices")["1"]
    paysandbox.put(API, "invoices", "1", {**invoice, "reference": "of our own", "paid": Decimal("0.10")})
    written = paysandbox.state(API, "invoices")["1"]
    paysandbox.put(API, "invoices", 1, written)  # a key may be an integer, as in the fixture file
    assert (written["reference"], str(written["paid"])) == ("of our own", "0.10")
    with pytest.raises(SandboxError) as refused:
        paysandbox.put(API, "invoices", "1", {**invoice, "total": "much", "colour": "red"})
    assert refused.value.status == 422
    assert "total" in refused.value.detail
    assert paysandbox.state(API, "invoices")["1"] == written


def test_a_diff_is_since_the_latest_snapshot_or_else_the_fixtures(paysandbox: NamespaceClient) -> None:
    assert paysandbox.diff() == {}
    pay(paysandbox)
    assert list(paysandbox.diff()[API]["receipts"]["added"]) == ["541793"]
    first = paysandbox.snapshot()
    assert paysandbox.diff() == {}
    pay(paysandbox)
    assert list(paysandbox.diff()[API]["receipts"]["added"]) == ["541794"]
    assert paysandbox.snapshot("later") == "later" != first
    assert list(paysandbox.diff(first)[API]["receipts"]["added"]) == ["541794"]
    assert list(paysandbox.diff("fixtures")[API]["receipts"]["added"]) == ["541793", "541794"]
    paysandbox.restore(first)
    assert list(paysandbox.diff()[API]["receipts"]["removed"]) == ["541794"]
    paysandbox.restore()
    assert paysandbox.diff() == {}
    paysandbox.reset()
    assert paysandbox.diff("fixtures") == {}
    assert len(paysandbox.requests()) == 2


def test_the_clock_stands_still_goes_on_and_jumps(paysandbox: NamespaceClient) -> None:
    """With moments as text or as datetime, and steps in seconds or as timedelta."""
    clock = paysandbox.clock
    assert not clock.frozen
    clock.freeze("2026-03-31T12:00:00Z")
    assert (clock.now, clock.frozen) == (datetime(2026, 3, 31, 12, tzinfo=UTC), True)
    for step in (30, Decimal("0.5"), timedelta(minutes=1, microseconds=1)):
        clock.advance(step)
    assert clock.now == datetime(2026, 3, 31, 12, 1, 30, 500_001, tzinfo=UTC)
    clock.freeze(datetime(2026, 12, 24, 18, tzinfo=UTC))
    assert pay(paysandbox).json()["receipt"]["date"] == "24/12/2026"
    clock.release()
    assert not clock.frozen
    clock.freeze()
    assert clock.now == clock.now


def test_a_fault_strikes_and_is_called_off(paysandbox: NamespaceClient) -> None:
    """It counts how often it has; the journal names it."""
    fault = paysandbox.fault(provider=API, operation=OPERATION, when={"times": 1}, then={"status": 503})
    assert [fault.fired, pay(paysandbox).status_code, fault.fired, pay(paysandbox).status_code] == [0, 503, 1, 200]
    assert [one["fault"] and one["fault"]["id"] for one in paysandbox.requests()] == [fault.id, None]
    lost = paysandbox.fault(then={"drop": "after"})
    with pytest.raises(httpx.TransportError):
        pay(paysandbox)
    lost.call_off()
    assert pay(paysandbox).status_code == 200
    assert lost.fired == 0
    assert len(paysandbox.diff()[API]["receipts"]["added"]) == 3  # all but the one that was answered 503


def test_coverage_and_invariants_are_the_namespaces_own(paysandbox: NamespaceClient) -> None:
    assert paysandbox.coverage()["exercised"] == 0
    pay(paysandbox)
    assert paysandbox.coverage()["exercised"] > 0
    assert isinstance(paysandbox.coverage()["percent"], Decimal | int)
    assert paysandbox.coverage("text").startswith("Coverage of the contracts")
    assert paysandbox.sandbox.coverage()["exercised"] > 0
    assert {invariant["holds"] for invariant in paysandbox.invariants()} == {True}
    assert paysandbox.outbox() == []


def test_a_namespace_is_made_as_wished(server: Server) -> None:
    """With variants and a clock that stands still; a naive moment is refused, not guessed."""
    running = SandboxClient(server.url())
    variants = {"crm_com": {"release": "R9.1.0"}}
    with running.namespace("wished", variants=variants, now="2026-01-01T00:00:00Z") as made:
        assert (made.namespace, made.clock.now) == ("wished", datetime(2026, 1, 1, tzinfo=UTC))
        shown = running.call("GET", "/namespaces/wished")["providers"]["crm_com"]
        assert shown["variants"]["release"] == "R9.1.0"
        with pytest.raises(SandboxError, match="there is a namespace 'wished' already") as taken:
            running.namespace("wished")
    assert taken.value.status == 409
    for wrong in ({"now": datetime(2026, 1, 1)}, {"variants": {"crm_com": {"release": "R0"}}}, {"name": "no name"}):  # noqa: DTZ001 - that is the claim
        with pytest.raises(SandboxError):
            running.namespace(**wrong)


def test_a_namespace_is_gone_after_its_block_and_may_be_gone_before(server: Server) -> None:
    """What it exercised is still counted."""
    running = SandboxClient(server.url())
    with running.namespace() as made:
        pay(made)
        before = running.coverage()["exercised"]
    assert server.runtime.namespaces.find(made.namespace) is None
    assert running.coverage()["exercised"] == before > 0
    with running.namespace() as made:
        made.delete()
    with pytest.raises(SandboxError, match=f"404: there is no namespace '{made.namespace}'"):
        made.requests()


def test_a_control_token_is_sent() -> None:
    """Without it the refusal says what is missing."""
    with Server(settings=Settings(control_token="mine")) as server:
        with pytest.raises(SandboxError, match="401: send the control token"):
            SandboxClient(server.url()).namespace()
        with SandboxClient(f"{server.url()}/", control_token="mine").namespace() as made:
            assert pay(made).status_code == 200


def test_where_there_is_no_sandbox_the_error_says_what_starts_one() -> None:
    """A status it has none."""
    with Server() as server:
        running = SandboxClient(server.url())
        assert running.health()["status"] == "ok"
    with pytest.raises(SandboxError, match=rf"no server answers at {server.url()} .*paysandbox serve") as error:
        running.health()
    assert error.value.status is None
    with pytest.raises(ValueError, match="not an http:// or https:// URL"):
        SandboxClient("localhost:4080")


@pytest.mark.parametrize(
    ("status", "media_type", "body"),
    [(200, "application/json", b"<html>"), (200, "text/html", b"<html>"), (200, "application/json", b"[]")],
)
def test_another_server_is_no_sandbox(status: int, media_type: str, body: bytes) -> None:
    with (
        answering(status, media_type, body) as url,
        pytest.raises(SandboxError, match=f"{url} is not a Paysandbox server"),
    ):
        SandboxClient(url).health()


def test_a_refusal_that_is_no_problem_document_is_told_as_it_is() -> None:
    """A proxy's page, for one."""
    said = "the sandbox answered 502: <h1>Bad gateway</h1>"
    with answering(502, "text/html", b"<h1>Bad gateway</h1>") as url, pytest.raises(SandboxError, match=said):
        SandboxClient(url).coverage()


@contextmanager
def answering(status: int, media_type: str, body: bytes) -> Iterator[str]:
    """A server that always answers this."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-type", media_type)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=[0.02])
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}"
        finally:
            http.shutdown()
            thread.join()
