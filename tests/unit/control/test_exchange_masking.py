"""No credential of a recording is readable after masking, wherever it stood and wherever it was told again."""

import base64
import html
import json
from collections.abc import Callable
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


def encode_every_sign(secret: str) -> str:
    """Percent-encode what need not be, as `%2D` for a hyphen."""
    return "".join(sign if sign.isalnum() else f"%{ord(sign):02X}" for sign in secret)


@pytest.mark.parametrize(
    "write",
    [
        quote,
        lambda secret: quote(secret, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
        encode_every_sign,
        lambda secret: quote(quote(secret, safe=""), safe=""),
        lambda secret: repr(secret.encode())[2:-1],
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
        html.escape,
    ],
    ids=["slashes", "small", "all", "twice", "bytes", "base64", "url-safe", "unpadded", "html"],
)
@pytest.mark.parametrize("secret", ["s3cr3t-Key/with+sign&\u00e9?~>", "k~e>y?/9-"])
def test_a_credential_in_another_encoding_is_covered(
    masker: ExchangeMasker, secret: str, write: Callable[[str], str]
) -> None:
    """In its own exchange and in later ones: in the URL, a header, JSON, and text."""
    told = write(secret)
    opened = Exchange("POST", "/login", Message(), 200, Message((), write_json({"token": secret, "seen": told})))
    assert told not in json.loads(masker.mask(opened).reply.content or b"")["seen"]
    for content in (write_json({"type": told, "list": [f"a {told} b"]}), f"<p>a {told} b</p>".encode()):
        later = masker.mask(Exchange("GET", "/x", Message((("x-hint", f"a {told} b"),)), 404, Message((), content)))
        assert later.request.headers == (("x-hint", "a *** b"),)
        assert b"***" in (later.reply.content or b"")
        assert told not in (later.reply.content or b"").decode()


def write_form(secret: str, end: str, head: str) -> bytes:
    lines = ["--b0", f"Content-Disposition: form-data; {head}", "", secret, "--b0"]
    more = ['content-disposition: form-data; filename="a.txt"; name="note"', "Content-Type: text/plain", "", "kept"]
    return end.join([*lines, *more, "--b0--", ""]).encode()


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize(
    "head", ['name="api_key"', "name=api_key", 'filename="x"; name="api_key"', 'name="new_password"']
)
def test_a_field_of_a_multipart_form_is_covered(masker: ExchangeMasker, end: str, head: str) -> None:
    """By its name, as in a form that is urlencoded, and wherever it is told again."""
    secret = "F0rm-secret-42"
    sent = Message((("Content-Type", "multipart/form-data; boundary=b0"),), write_form(secret, end, head))
    found = masker.mask(Exchange("POST", "/x", sent, 400, Message((), write_json({"error": f"{secret} is no key"}))))
    assert found.request.content == write_form("***", end, head)
    assert found.reply.content == b'{"error":"*** is no key"}'


@pytest.mark.parametrize(
    "text",
    ["content-disposition: form-data; name=" * 20_000, "\ncontent-disposition: form-data; name=x" * 20_000],
    ids=["one line", "lines"],
)
def test_a_long_form_is_read_in_one_pass(masker: ExchangeMasker, text: str) -> None:
    """A search that began anew at every character would not come to an end here."""
    exchange = Exchange("POST", "/x", Message((), text.encode()), 200, Message())
    assert masker.mask(exchange) == exchange


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
