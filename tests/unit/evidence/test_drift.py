"""Drift tells what a recording shows of a contract, by kind, and names the exchange that shows it."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.evidence.drift import run_drift
from paysandbox.judging.differences import UNDOCUMENTED, Difference, Drift
from paysandbox.judging.judge import Judge
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Judgement, Log, Message
from paysandbox.recordings.reading import read_recording
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import valid_call
from tests.unit.evidence.recorded import (
    HOST,
    JSON,
    InvoiceXpress,
    change_reply,
    make_exchange,
    record,
    record_valid_calls,
    write,
)

TAX = {"id": 1, "name": "IVA23", "value": "23.0", "region": "PT", "default_tax": 1, "code": None}


@pytest.fixture
def drift_of(client: Client, tmp_path: Path) -> Any:
    def run(*exchanges: Exchange, provider: str | None = None) -> Drift:
        return run_drift([write(tmp_path / "seen.har", exchanges)], client.runtime, provider)

    return run


def only(drift: Drift) -> Difference:
    (found,) = drift.differences
    return found


def test_a_recording_of_the_contract_itself_does_not_differ(client: Client, drift_of: Any) -> None:
    vendor = InvoiceXpress(client, "plain")
    vendor.pay()
    drift = drift_of(*vendor.record())
    assert [one for one in drift.differences if one.verdict not in ("confirmed", "unclear")] == []
    assert drift.exchanges == {"invoicexpress": 7}
    assert drift.exit_code == 0


def test_variants_of_a_second_sandbox_are_named_and_no_others(client: Client, drift_of: Any) -> None:
    chosen = {"success_status": "201", "error_bodies": "json", "tax_value_type": "number"}
    vendor = InvoiceXpress(client, "other", chosen)
    vendor.pay()
    drift = drift_of(*vendor.record())
    assert {*drift.variants} == {f"invoicexpress: {name}={choice}" for name, choice in chosen.items()}
    assert [
        one for one in drift.differences if one.variant is None and one.verdict not in ("confirmed", "unclear")
    ] == []
    assert drift.exit_code == 1


@pytest.mark.parametrize("status", [201, 202, 226])
def test_the_body_of_a_success_that_the_contract_lacks_is_judged_too(drift_of: Any, status: int) -> None:
    """Against the nearest success, whose status is named; of a refusal only the status is told."""
    tax = {**TAX, "value": 23, "fee": 1}
    exchange = make_exchange("GET", "/taxes.json", status, reply={"taxes": [tax]})
    told = {(one.about, one.where) for one in drift_of(exchange).differences}
    assert told == {("status", str(status)), ("type", "200 /taxes/*/value"), ("property", "200 /taxes/*/fee")}
    refused = replace(exchange, status=418)
    assert {one.about for one in drift_of(refused).differences} == {"status"}


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("value", 23, ("undocumented", "type", "200 /taxes/*/value")),
        ("default_tax", 2, ("undocumented", "enum value", "200 /taxes/*/default_tax=2")),
        ("name", ..., ("contradicted", "missing property", "200 /taxes/*/name")),
        ("colour", "red", ("undocumented", "property", "200 /taxes/*/colour")),
    ],
)
def test_a_reply_that_differs_is_told_by_kind(drift_of: Any, name: str, change: Any, expected: Any) -> None:
    exchange = change_reply(
        make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]}), "taxes", 0, name, value=change
    )
    found = only(drift_of(exchange))
    assert (found.verdict, found.about, found.where) == expected
    assert found.operation == "listTaxes"
    assert found.places == ("seen.har#1",)


def test_a_status_that_the_contract_lacks_is_undocumented(drift_of: Any) -> None:
    found = only(drift_of(make_exchange("GET", "/taxes.json", 418, reply={})))
    assert (found.verdict, found.about, found.where) == ("undocumented", "status", "418")


def test_a_header_that_the_contract_lacks_is_undocumented(drift_of: Any) -> None:
    headers = [("X-RateLimit-Remaining", "779"), ("Server", "nginx"), ("CF-RAY", "1"), ("X-Sandbox-Request", "a-1")]
    found = only(drift_of(make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]}, headers=headers)))
    assert (found.verdict, found.about, found.where) == ("undocumented", "header", "200 #x-ratelimit-remaining")


@pytest.mark.parametrize(
    ("body", "media_type"), [(b"<html>busy</html>", "text/html"), (b"", "application/json"), (b"{", "application/json")]
)
def test_a_vendor_that_answers_no_json_is_told(drift_of: Any, body: bytes, media_type: str) -> None:
    plain = make_exchange("GET", "/taxes.json", 200)
    found = only(drift_of(replace(plain, reply=Message((("content-type", media_type),), body))))
    assert (found.verdict, found.about) == ("undocumented", "media type")


def test_what_the_vendor_took_and_the_contract_refuses_is_too_strict(drift_of: Any) -> None:
    sent = {"tax": {"name": "IVA9", "value": "9.0", "region": "PT", "colour": "red"}}
    found = [
        one
        for one in drift_of(make_exchange("POST", "/taxes.json", 201, sent, {"tax": TAX})).differences
        if one.verdict == "too strict"
    ]
    assert [(one.about, one.where, one.provenance) for one in found] == [
        ("additionalProperties", "/tax/colour", "assumed")
    ]
    assert found[0].variant == "unknown_members=ignore"
    assert found[0].is_question


def test_a_refusal_that_records_may_cause_is_unclear(drift_of: Any) -> None:
    """An id, or a rule between records, is nothing that the request shows."""
    sent = {"partial_payment": {"amount": 5}}
    found = only(drift_of(make_exchange("POST", "/documents/77/partial_payments.json", 422, sent)))
    assert found.verdict == "unclear"


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_refusal_by_credentials_records_or_trouble_says_nothing_of_the_request(drift_of: Any, status: int) -> None:
    sent = {"partial_payment": {"amount": "abc"}}
    found = drift_of(make_exchange("POST", "/documents/77/partial_payments.json", status, sent)).differences
    assert {one.verdict for one in found} <= {"undocumented"}
    assert {one.about for one in found} <= {"status"}


def test_other_traffic_is_ignored_and_counted(drift_of: Any) -> None:
    plain = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    drift = drift_of(
        plain,
        replace(plain, url="https://tracker.example/pixel?token=s3cr3t"),
        replace(plain, status=None),
        replace(plain, url="https://acme.app.invoicexpress.com/no/such.json"),
        replace(plain, url="http://[bad"),
    )
    assert drift.exchanges == {"invoicexpress": 1}
    assert drift.ignored == {
        "another API: tracker.example": 1,
        "no reply": 1,
        "no operation of invoicexpress": 1,
        "another API": 1,
    }


def test_one_provider_has_the_unknown_hosts(drift_of: Any) -> None:
    plain = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    unknown = replace(plain, url="https://gateway.test/taxes.json?api_key=1")
    assert not drift_of(unknown).exchanges
    assert drift_of(unknown, provider="invoicexpress").exchanges == {"invoicexpress": 1}
    assert not drift_of(plain, provider="invoiless").exchanges


def test_a_recording_of_the_proxy_says_whose_api_it_is(drift_of: Any) -> None:
    plain = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    recorded = replace(plain, url="https://gateway.test/taxes.json", judgement=Judgement(provider="invoicexpress"))
    assert drift_of(recorded).exchanges == {"invoicexpress": 1}
    assert not drift_of(replace(recorded, judgement=Judgement(provider="nobody"))).exchanges


def test_a_masked_value_matches_anything(drift_of: Any) -> None:
    """A recorder has covered it, so it is no difference."""
    sent = {"client": {"name": "***", "email": "***", "code": "1"}}
    reply = {"client": {"id": 1, "name": "***", "code": "1"}}
    drift = drift_of(make_exchange("POST", "/clients.json", 201, sent, reply))
    assert not [one for one in drift.differences if one.verdict == "too strict"]
    assert not [one for one in drift.differences if one.about in ("type", "bound", "enum value")]


def test_what_is_seen_often_is_told_once(drift_of: Any) -> None:
    seen = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [{**TAX, "colour": "red"}] * 3})
    found = only(drift_of(*[seen] * 5))
    assert found.count == 5
    assert found.places == ("seen.har#1", "seen.har#2", "seen.har#3")


@pytest.mark.parametrize("provider", ["crm_com", "invisible_collector", "invoicexpress", "invoiless"])
def test_no_operation_of_a_sandbox_differs_from_its_contract(
    runtime: Runtime, client: Client, drift_of: Any, provider: str
) -> None:
    """A valid call of each, as if a vendor had answered it."""
    client.post("/_sandbox/namespaces", json={"name": "vendor"})
    service = runtime.services[provider]
    for operation in service.contract.operations:
        valid_call(runtime, provider, operation).send(client, "/ns/vendor")
    drift = drift_of(*record(client, "vendor", f"http://127.0.0.1/{service.prefix}"))
    assert drift.exchanges[provider] == len(service.contract.operations)
    assert [one for one in drift.differences if one.verdict not in ("confirmed", "unclear")] == []
    assert [one for one in drift.differences if one.verdict == "confirmed"]
    assert {one.provenance for one in drift.differences if one.verdict == "confirmed"} <= {"assumed"}


def test_a_path_before_the_api_is_recognized(client: Client, drift_of: Any) -> None:
    """A gateway puts one before all of its calls; what has another one is not the API."""
    vendor = InvoiceXpress(client, "plain")
    vendor.pay()
    seen = vendor.record()
    plain = drift_of(*seen)
    gateway = [replace(one, url=one.url.replace(HOST, "https://gw.acme.example/pay/v2")) for one in seen]
    other = replace(gateway[0], url=gateway[0].url.replace("/pay/v2", "/else"))
    drift = drift_of(*gateway, other, provider="invoicexpress")
    assert (drift.exchanges, drift.operations) == (plain.exchanges, plain.operations)
    assert [one.id for one in drift.differences] == [one.id for one in plain.differences]
    assert drift.ignored == {"another API: gw.acme.example": 1}
    assert drift_of(*gateway).exchanges == {}  # nobody has said whose API it is


def test_each_unknown_property_is_told(drift_of: Any) -> None:
    """Two in one object are two differences."""
    drift = drift_of(make_exchange("GET", "/taxes.json", 200, reply={"taxes": [{**TAX, "colour": "red", "size": 7}]}))
    found = {one.where for one in drift.differences if one.verdict == "undocumented"}
    assert found == {"200 /taxes/*/colour", "200 /taxes/*/size"}


def test_a_choice_is_tried_once_however_much_differs(drift_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a reply of 30 kB with other names takes a quarter of a minute."""
    tried: Counter[int] = Counter()
    judge = Judge.judge

    def count(self: Judge, *given: Any) -> Any:
        tried[id(self)] += 1
        return judge(self, *given)

    monkeypatch.setattr(Judge, "judge", count)
    reply = {f"other_{number}": 1 for number in range(40)}
    found = drift_of(make_exchange("GET", "/clients/1.json", 200, reply=reply))
    assert len(found.select(UNDOCUMENTED)) >= 40
    assert set(tried.values()) == {1}


def test_a_difference_within_an_envelope_is_told_at_its_place(client: Client, runtime: Runtime, tmp_path: Path) -> None:
    """CRM.COM answers a success or a refusal with 200; a reply that is neither is compared with the nearest."""
    path = record_valid_calls(runtime, client, "crm_com", tmp_path / "seen.har")
    (shown,) = (one for one in read_recording(path, Log()) if "/payments/show" in one.url)
    refused = replace(shown, reply=Message(JSON, b'{"status":{"code":"NEW","description":"x","message":"x"}}'))
    drift = run_drift(
        [write(tmp_path / "planted.har", [change_reply(shown, "data", "colour", value="red"), refused])],
        runtime,
        "crm_com",
    )
    found = {(one.about, one.where) for one in drift.differences if one.verdict == UNDOCUMENTED}
    assert found == {("property", "200 /data/colour"), ("enum value", "200 /status/code=NEW")}
