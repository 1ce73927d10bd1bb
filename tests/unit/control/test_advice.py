"""Advice about likely faults of a client, which the journal gives when it is read."""

import logging
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.control.advice import find_binary_amounts, make_attempt
from paysandbox.core.messages import Attempt
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.unit.control.advised import IC, PAYMENT, PAYMENTS, URL, about, advice


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("30.750000000000004", "30.75"),
        ("0.30000000000000004", "0.30"),
        ("19.989999999999998", "19.99"),
        ("-19.989999999999998", "-19.99"),
        ("1.1000000000000001", "1.10"),
        ("0.12299999999999998", "0.123"),
        ("0.12340000000000001", "0.1234"),
        ("3.0000000000000004e-1", "0.30"),
        ("1234567.8900000001", "1234567.89"),
    ],
)
def test_an_amount_computed_with_binary_floats(client: Client, sent: str, meant: str) -> None:
    """With the amount that was meant, of as few decimals as there are."""
    content = f'{{"lines":[{{"amount":1.5}},{{"amount":{sent}}}]}}'.encode()
    client.call("POST", PAYMENTS, content=content, headers={**IC, "content-type": "application/json"})
    (hint,) = about(advice(client, 1), "binary floats")
    assert hint.startswith(f"Send /lines/1/amount as {meant}, not ")


@pytest.mark.parametrize(
    "exact",
    [
        "30.75",
        "30",
        "0",
        "0.000000000000",
        "30.7500000000000",
        "1234567890.12",
        "123456789012.34",
        "0.333333333333333",
        "1234567890.123456",
        "9000.000009",
        "3.14159265358979",
        "0.0000000000001",
        "1e-300",
        "1e300",
        "12345678901234567890.0000000001",
        "100000000000000000000",
    ],
)
def test_an_exact_amount_is_none(exact: str) -> None:
    """Many digits alone do not show it: a long amount, a rate, a fraction of something else."""
    assert list(find_binary_amounts({"amount": Decimal(exact)})) == []


@pytest.mark.parametrize("body", [None, True, "text", "30.75", "26.10.2017", 5, [], {"a": ["1.2.3", None]}])
def test_what_is_no_amount_is_none(body: Any) -> None:
    assert list(find_binary_amounts(body)) == []


def test_an_amount_sent_as_text_is_one_too() -> None:
    """Many APIs want it so."""
    (hint,) = find_binary_amounts({"a/b": {"~": ["30.750000000000004"]}})
    assert hint.startswith("Send /a~1b/~0/0 as 30.75, not 30.750000000000004, which was computed with binary floats")


def test_many_such_amounts_are_told_in_short() -> None:
    """Five of them, and how many more."""
    hints = list(find_binary_amounts([Decimal("30.750000000000004")] * 9))
    assert len(hints) == 6
    assert hints[-1].startswith("4 more amounts")


def advised_by(runtime: Runtime, advise: Any) -> Client:
    """The sandbox with other advice of one provider."""
    name = "invisible_collector"
    service = runtime.services[name]
    changed = service.replace(provider=replace(service.provider, advise=advise))
    return Client(
        Runtime(
            services={**runtime.services, name: changed},
            control=runtime.control,
            namespaces=runtime.namespaces,
            settings=runtime.settings,
            version=runtime.version,
            time=runtime.time,
        )
    )


def test_the_providers_advice_comes_first(runtime: Runtime) -> None:
    """Each sentence once, credentials masked, and then what goes wrong with any API."""
    client = advised_by(runtime, lambda _: ["Pay less.", "Pay less.", "Do not send ic-test-token."])
    client.post(PAYMENTS, PAYMENT | {"netTotal": Decimal("30.750000000000004")}, headers=IC)
    hints = advice(client, 1)
    assert hints[:2] == ["Pay less.", "Do not send ***."]
    assert len(hints) == 3


def test_a_provider_sees_the_call_as_it_was_made(runtime: Runtime) -> None:
    """Nothing is masked for it."""
    seen: list[Attempt] = []

    def advise(made: Attempt) -> list[str]:
        seen.append(made)
        return []

    client = advised_by(runtime, advise)
    headers = [("X-Note", "a"), ("x-note", "b"), ("authorization", "Bearer ic-test-token")]
    body = b'{"number": 1}'
    json = ("content-type", "application/json")
    client.call("POST", PAYMENTS, content=body, raw_headers=[*headers, json], query="a=%20&b=&a=2")
    client.get(f"{URL}/default-1")
    (made,) = seen
    assert (made.method, made.path, made.query) == ("POST", "/payments", [("a", " "), ("b", ""), ("a", "2")])
    assert (made.headers["x-note"], made.headers["authorization"]) == ("a, b", "Bearer ic-test-token")
    assert (made.body, made.content, made.operation, made.status) == ({"number": 1}, body, "createPayment", 422)
    assert made.violations
    assert made.rule is None


def test_a_provider_sees_no_body_where_it_is_no_json(client: Client) -> None:
    """But the bytes; and the rule that a refusal has."""
    client.call("POST", PAYMENTS, content=b'"number": 1', headers={**IC, "content-type": "application/json"})
    client.post(PAYMENTS, PAYMENT, headers=IC)
    client.post(PAYMENTS, PAYMENT | {"type": "XX"}, headers=IC)
    broken, _, other = client.runtime.namespaces.get("default").journal
    assert make_attempt(broken, None).content == b'"number": 1'
    assert make_attempt(other, PAYMENT).rule == "different-payment-same-number-conflicts"
    assert about(advice(client, 1), "between { and }") != []
    assert about(advice(client, 3), "in a retry") != []


def test_advice_that_fails_keeps_nobody_from_reading(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """The log says why, and all other advice is given."""

    def advise(_: Attempt) -> list[str]:
        raise LookupError("a provider's mistake")

    client = advised_by(runtime, advise)
    client.post(PAYMENTS, PAYMENT | {"netTotal": Decimal("30.750000000000004")}, headers=IC)
    with caplog.at_level(logging.ERROR, "paysandbox"):
        assert len(about(advice(client, 1), "binary floats")) == 1
    assert caplog.records[0].getMessage() == "no advice about default-1"
    assert "a provider's mistake" in caplog.text


@pytest.mark.parametrize("provider", [one.name for one in find_providers()])
def test_every_provider_advises_on_anything(runtime: Runtime, provider: str) -> None:
    """No call, however odd, makes its advice fail."""
    service, namespace = runtime.services[provider], runtime.namespaces.get("default")
    client = Client(runtime)
    root = f"/{service.provider.prefix}"
    paths = [root + service.contract.base_path + one.template for one in service.contract.operations]
    bodies = [b"", b"null", b"[]", b'"x"', b"{", b'{"":{"":[{}]}}', b"1e300", b"\xff"]
    for path in [*paths, root + "/", root + "//x/%FF"]:
        for body in bodies:
            client.call("POST", path, content=body, headers={"content-type": "application/json", "token": "x"})
    assert service.provider.advise is not None
    for entry in namespace.journal:
        values: list[Any] = [None, [], {}, "x", 1, {"": [{"": None}]}]
        for value in values:
            assert all(isinstance(one, str) for one in service.provider.advise(make_attempt(entry, value)))
