"""Advice about credentials that look as if they were meant for the vendor's own server."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from paysandbox.control.advice import looks_live
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, dump, fresh_runtime
from tests.unit.control.advised import CRM, INVOICE, IX, LOGIN, PARTIAL, PAYMENTS, RECEIPT, TOKENS, URL, about, advice

LIVE = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@pytest.mark.parametrize(
    ("credential", "live"),
    [
        (LIVE, True),
        ("sk_live_x", True),
        ("live_abc", True),
        ("key-prod-1", True),
        ("A1b2C3d4E5f6G7h8I9j0", True),
        ("A1b2C3d4E5f6G7h8I9j", False),
        ("test_A1b2C3d4E5f6G7h8I9j0", False),
        ("00000000000000000000", False),
        ("correcthorsebatterystaple", False),
        ("alive", False),
        ("", False),
    ],
)
def test_what_looks_live(credential: str, live: bool) -> None:  # noqa: FBT001 - the claim itself
    """Letters and digits mixed at length, or a word that says so, and none that says the opposite."""
    assert looks_live(credential) is live


@pytest.mark.parametrize(
    ("where", "headers", "query", "body"),
    [
        ("the query parameter api_key", {}, f"api_key={LIVE}", {}),
        ("the query parameter api_key", {}, f"api_key={LIVE}~default", {}),
        ("the header authorization", {"authorization": f"Bearer {LIVE}"}, IX, {}),
        ("the header x-api-key", {"x-api-key": "sk_live_1"}, IX, {}),
        ("the property password", {}, IX, {"password": LIVE}),
    ],
)
def test_a_live_credential(
    client: Client, where: str, headers: dict[str, str], query: str, body: dict[str, Any]
) -> None:
    """It is not shown, but what to do about it."""
    client.post(PARTIAL, RECEIPT | body, headers=headers, query=query)
    hints = about(advice(client, 1), "Use a test credential")
    assert len(hints) == 1
    assert hints[0].startswith(f"Use a test credential: {where} seems to carry a live one.")
    assert LIVE not in client.get(URL).content.decode()


def test_credentials_of_the_sandbox_are_not_live(runtime: Runtime) -> None:
    """Neither those of the fixtures, nor those that it hands out, even after they are forgotten; whatever they are."""
    client = Client(runtime)
    for token in ("5e0f7262ad958072a368722a42e38ed9a249604dcff590975112c134b84ac058", "ic-test-token"):
        client.post(PAYMENTS, {}, headers={"authorization": f"Bearer {token}"})
    issued = client.post(TOKENS, LOGIN).json["data"]["token"]
    for token in (issued, "5C0E3B7A91D24F6880A7C4E2196BD35F"):
        client.post(f"{TOKENS}/release", {"token": token})
        client.post(f"{TOKENS}/release", {"token": token})
    entries = client.get(URL).json["requests"]
    assert [entry["refused"] for entry in entries] == [True, True, False, False, True, False, True]
    assert about([one for entry in entries for one in entry["advice"]], "live credential") == []


def basic(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


OWN = "B8D7A12E9F91AFADE914B7330AFD08CB"


@pytest.mark.parametrize(
    "credential",
    [OWN, f"{OWN}~default", basic(f"{OWN}:"), basic("JackH:crm-test-password"), basic("JackH~ns:crm-test-password")],
)
@pytest.mark.parametrize(
    ("path", "headers", "query"),
    [
        (TOKENS, {"authorization": "Basic {}"}, ""),
        (f"{TOKENS.removesuffix('token')}web_api_key/token", {"authorization": "Basic {}"}, ""),
        (f"{CRM}/payments/create", {"authorization": "Bearer {}"}, ""),
        (PAYMENTS, {"authorization": "Bearer {}"}, ""),
        (PAYMENTS, {"x-api-key": "{}"}, ""),
        (PARTIAL, {}, "api_key={}"),
        (INVOICE, {"api-key": "{}"}, ""),
        (INVOICE, {}, "api_key={}"),
    ],
)
def test_no_test_credential_is_live(
    client: Client, credential: str, path: str, headers: dict[str, str], query: str
) -> None:
    """Whichever provider it is of, wherever and however it is sent: the sandbox itself has printed it."""
    sent = {name: form.format(credential) for name, form in headers.items()}
    client.post(path, {"password": credential}, headers=sent, query=query.format(quote(credential)))
    assert about(advice(client, 1), "Use a test credential") == []


@pytest.mark.parametrize("pair", [f"JackH:{LIVE}", f"{LIVE}:"])
def test_a_live_credential_in_base64(client: Client, pair: str) -> None:
    """What it encodes is looked at, and told once."""
    client.post(TOKENS, {}, headers={"authorization": f"Basic {basic(pair)}"})
    assert len(about(advice(client, 1), "Use a test credential")) == 1


def test_credentials_of_own_records_are_not_live(runtime: Runtime) -> None:
    """Those of a security scheme of its own are asked for too."""
    client = Client(runtime)
    state: Any = runtime.namespaces.get("default").state("crm_com")
    with state.transaction():
        state.web_api_keys.put(replace(next(iter(state.web_api_keys.records())), key=LIVE))
    client.post(f"{CRM}/authentication/web_api_key/token", {}, headers={"authorization": f"Basic {basic(LIVE + ':')}"})
    client.post(f"{CRM}/payments/create", {"token": LIVE})
    assert [about(advice(client, number), "Use a test credential") for number in (1, 2)] == [[], []]


@pytest.mark.parametrize("credential", ["wrong-key", "ix-other-key", "0123456789", ""])
def test_any_other_credential_is_not_live(client: Client, credential: str) -> None:
    """A wrong one is refused, and that says enough."""
    client.post(PARTIAL, RECEIPT, query=f"api_key={credential}")
    assert about(advice(client, 1), "live credential") == []


def test_looking_for_a_credential_leaves_no_trace(base_runtime: Runtime) -> None:
    """A token that is used is kept alive under some releases; one that is read about is not."""
    runtime = fresh_runtime(base_runtime, release="R11.0.0")
    client = Client(runtime)
    token = client.post(TOKENS, LOGIN).json["data"]["token"]
    client.delete(URL)
    client.post(f"{CRM}/payments/pay_invoice", {"token": token})
    runtime.namespaces.get("default").clock.advance(60)
    before = {name: dump(runtime, name) for name in runtime.services}
    (entry,) = client.get(URL).json["requests"]
    assert (entry["refused"], about(entry["advice"], "live credential")) == (True, [])
    assert {name: dump(runtime, name) for name in runtime.services} == before
