"""No credential of a recording is readable after masking, wherever it stood and wherever it was told again."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from paysandbox.control.exchange_masking import ExchangeMasker
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Message
from paysandbox.recordings.har_writer import write_har

SECRETS = [f"{number:03d}-s3cr3t/Key+{number * 7919}" for number in range(500)]


def place_secret(number: int, secret: str) -> Exchange:
    """An exchange that carries a secret; where it stands changes with its number. It is told again in the reply."""
    plain = Exchange("POST", f"https://api.example.test/v1/payments?page={number}", Message(), 200, Message())
    told = Message((("x-hint", f"you sent {secret}"),), write_json({"message": f"no such key {secret}", "id": number}))
    body = write_json({"note": "x", "nested": [{"accessToken": secret}]})
    match number % 10:
        case 0:
            return replace(plain, request=Message((("Authorization", f"Bearer {secret}"),)), reply=told)
        case 1:
            return replace(plain, url=f"{plain.url}&api_key={quote(secret, safe='')}", reply=told)
        case 2:
            return replace(plain, request=Message((), body), reply=told)
        case 3:
            return replace(plain, request=Message((("api-key", secret),)), reply=told)
        case 4:
            return replace(plain, request=Message((("Cookie", f"session={secret}; theme=dark"),)))
        case 5:
            return replace(plain, reply=Message((("Set-Cookie", f"session={secret}; Path=/; HttpOnly"),)))
        case 6:
            text = f"user=x&password={quote(secret, safe='')}".encode()
            return replace(plain, request=Message((("Content-Type", "application/x-www-form-urlencoded"),), text))
        case 7:
            basic = base64.b64encode(f"user:{secret}".encode()).decode()
            return replace(plain, request=Message((("authorization", f"Basic {basic}"),)), reply=told)
        case 8:
            return replace(plain, reply=Message((), write_json({"token": secret, "echo": f"<{secret}>"})))
        case _:
            return replace(plain, url=f"https://user:{quote(secret, safe='')}@api.example.test/v1/payments")


@pytest.fixture(params=["invoiless", "invoicexpress", "crm_com", "invisible_collector"])
def masker(request: pytest.FixtureRequest, base_runtime: Runtime) -> ExchangeMasker:
    return ExchangeMasker(base_runtime.services[request.param])


def test_five_hundred_secrets_are_in_no_file(masker: ExchangeMasker) -> None:
    exchanges = [place_secret(number, secret) for number, secret in enumerate(SECRETS)]
    written = b"".join(write_har(map(masker.mask, exchanges), version="1")).decode()
    assert len(json.loads(written)["log"]["entries"]) == 500
    for secret in SECRETS:
        assert secret not in written
        assert quote(secret, safe="") not in written
        assert base64.b64encode(f"user:{secret}".encode()).decode() not in written
    assert "page=17" in written
    assert "theme=dark" not in written


def test_a_credential_is_covered_in_later_exchanges(masker: ExchangeMasker) -> None:
    """A token that was handed out stands in texts that follow."""
    secret = "handed-out/T0ken"
    masker.mask(Exchange("POST", "/login", Message(), 200, Message((), write_json({"token": secret}))))
    body = b'{"message": "the session of handed-out\\/T0ken has expired", "seen": "handed-out/T0ken"}'
    later = masker.mask(
        Exchange("GET", f"/sessions/{quote(secret, safe='')}?of={secret}", Message(), 404, Message((), body))
    )
    assert secret not in str(later)
    assert later.url == "/sessions/***?of=***"
    assert later.reply.content == b'{"message":"the session of *** has expired","seen":"***"}'


def test_without_a_credential_nothing_changes(masker: ExchangeMasker) -> None:
    """The bytes of a body stay as they were: order, spaces and digits are evidence."""
    exchange = Exchange(
        "POST",
        "https://api.example.test/v1/payments?page=1&q=a%20b",
        Message((("X-Mixed", "Case"), ("x-mixed", "Again")), b'{ "b": 1.50, "a": 2.0 }'),
        200,
        Message((), b"\x89PNG\x00"),
    )
    assert masker.mask(exchange) == exchange


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='~"'), min_size=8, max_size=30))
def test_any_credential_is_covered(base_runtime: Runtime, secret: str) -> None:
    masker = ExchangeMasker(base_runtime.services["invoiless"])
    body = write_json({"message": f"bad key {secret} here"})
    found = masker.mask(Exchange("GET", "/v1/payments", Message((("api-key", secret),)), 403, Message((), body)))
    assert found.reply.content == b'{"message":"bad key *** here"}'
