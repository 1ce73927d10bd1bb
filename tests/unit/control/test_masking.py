"""No credential is readable in the journal, wherever it stood in a call; the namespace that it chose is."""

from copy import copy
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from paysandbox.control.masking import Content, Cover, Masks, read_content
from paysandbox.core.messages import Request
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client

SECRET = "s3cr3t-Key/with+signs"
LIVE = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
PAYMENTS = "/invisible-collector/payments"
PARTIAL = "/invoicexpress/documents/1/partial_payments.json"
CRM = "/crm-com/crmapi/rest/v2"
JSON = {"content-type": "application/json"}
LOGIN = {"username": "JackH", "password": "crm-test-password", "organisation": "Demo"}


def entries(client: Client, namespace: str = "default") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/_sandbox/namespaces/{namespace}/requests").json["requests"]
    return found


def read(client: Client, namespace: str = "default") -> str:
    """The journal of a namespace as it goes over the wire."""
    response = client.get(f"/_sandbox/namespaces/{namespace}/requests")
    assert response.status == 200
    return response.content.decode()


@pytest.fixture
def cover(runtime: Runtime) -> Cover:
    """What covers up the credentials of a call that carried SECRET in a header."""
    request = Request("POST", "/", "", [(b"x-api-key", SECRET.encode())], b"")
    nothing = Content(None, is_json=False)
    return Cover(Masks(runtime.services["invoiless"]), request, nothing, nothing)


@pytest.mark.parametrize(
    ("header", "sent", "shown"),
    [
        ("authorization", f"Bearer {SECRET}", "Bearer ***"),
        ("authorization", f"bearer  {SECRET}~checkout-7", "bearer  ***~checkout-7"),
        ("authorization", SECRET, "***"),
        ("authorization", "Basic dXNlcjpzM2NyM3Q=", "Basic ***"),
        ("authorization", f"{SECRET} {LIVE}", "***"),
        ("api-key", SECRET, "***"),
        ("x-api-key", SECRET, "***"),
        ("X-Auth-Token", SECRET, "***"),
        ("cookie", f"session={SECRET}; theme=dark", "***"),
        ("proxy-authorization", f"Basic {LIVE}", "Basic ***"),
        ("referer", f"https://shop.example/?a=1&api_key={LIVE}&b=2", "https://shop.example/?a=1&api_key=***&b=2"),
    ],
)
def test_a_header_is_masked(client: Client, header: str, sent: str, shown: str) -> None:
    """Whether this API reads it or not; of a scheme its name stays, and a namespace where the API reads one there."""
    client.post("/ns/mine" + PAYMENTS, {}, headers={header: sent})
    (entry,) = entries(client, "mine")
    assert entry["request"]["headers"][header.lower()] == shown
    assert SECRET not in read(client, "mine")
    assert LIVE not in read(client, "mine")


def test_repeated_headers_are_masked_each(client: Client) -> None:
    client.call("POST", PAYMENTS, raw_headers=[("authorization", f"Bearer {SECRET}"), ("authorization", LIVE)])
    assert entries(client)[0]["request"]["headers"]["authorization"] == "Bearer ***, ***"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"api_key={LIVE}", "api_key=***"),
        (f"a=1&api_key={LIVE}&b=%20", "a=1&api_key=***&b=%20"),
        (f"api_key={LIVE}~mine", "api_key=***~mine"),
        (f"api_key={LIVE}%7Emine", "api_key=***~mine"),
        (f"api%5Fkey={LIVE}", "api%5Fkey=***"),
        (f"apiKey={LIVE}", "apiKey=***"),
        (f"API-KEY={LIVE}", "API-KEY=***"),
        (f"key={LIVE}", "key=***"),
        (f"access_token={LIVE}", "access_token=***"),
        (f"partial_payment[password]={LIVE}", "partial_payment[password]=***"),
        (f"a=1;api_key={LIVE}", "a=1;api_key=***"),
        ("api_key=", "api_key="),
        ("api_key", "api_key"),
        ("invoice=7&keys=5&note=a+b", "invoice=7&keys=5&note=a+b"),
    ],
)
def test_a_query_parameter_is_masked(client: Client, query: str, shown: str) -> None:
    """Under any name that a credential usually has; what is none stays as it was sent."""
    client.post("/ns/mine" + PARTIAL, {}, query=query)
    assert entries(client, "mine")[0]["url"] == f"/documents/1/partial_payments.json?{shown}"
    assert LIVE not in read(client, "mine")


@pytest.mark.parametrize("encoded", ["s3cr3t-Key%2Fwith%2Bsigns", "s3cr3t-Key%2fwith%2bsigns", quote(SECRET, safe="")])
def test_an_encoded_credential_is_masked(client: Client, encoded: str) -> None:
    """Also where it is sent again under a name that says nothing, or in the path."""
    client.get(f"/invoiless/v1/payments/{encoded}", query=f"q={encoded}&n=1", headers={"api-key": SECRET})
    assert entries(client)[0]["url"] == "/v1/payments/***?q=***&n=1"
    assert "signs" not in read(client)


@pytest.mark.parametrize(
    "body",
    [
        {"password": SECRET},
        {"a": [{"b": {"accessToken": SECRET}}]},
        {"api_key": SECRET, "note": f"my key is {SECRET}!"},
        {"API-Key": SECRET, SECRET: SECRET},
        {"client_secret": {"value": SECRET, "again": [SECRET]}},
        {"note": f"https://shop.example/?token={SECRET}"},
    ],
)
def test_a_member_is_masked(client: Client, body: Any) -> None:
    """At any depth, under its usual names, and wherever its value stands again."""
    client.post(PAYMENTS, body)
    assert SECRET not in read(client)
    assert "***" in str(entries(client)[0]["request"]["body"])


def test_a_number_can_be_a_password(client: Client) -> None:
    client.post(PAYMENTS, {"password": 12345678, "token": None, "number": 12345})
    assert entries(client)[0]["request"]["body"] == {"password": "***", "token": None, "number": 12345}


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (f'{{"password": "{LIVE}", "amount": 1', '{"password": "***", "amount": 1'),
        (f'{{"password": "a\\"{LIVE}", "amount": 1', '{"password": "***", "amount": 1'),
        (f'"{{\\"token\\": \\"{LIVE}\\", \\"amount\\": 1}}', '"{\\"token\\": \\"***\\", \\"amount\\": 1}'),
        (f"{{token: '{LIVE}', amount: 1}}", "{token: '***', amount: 1}"),
        (f"{{token: {LIVE}, amount: 1}}", "{token: ***, amount: 1}"),
        (f"a=1&api_key={LIVE}&b=2", "a=1&api_key=***&b=2"),
        (f"<pay><token>{LIVE}</token> <amount>1</amount></pay>", "<pay><token>***</token> <amount>1</amount></pay>"),
        (f"Authorization: Bearer {LIVE}\r\namount: 1", "Authorization: Bearer ***\r\namount: 1"),
        ("the token is missing; {amount 1", "the token is missing; {amount 1"),
        ('{"token": "", "amount": 1', '{"token": "", "amount": 1'),
    ],
)
def test_a_text_that_is_no_json_is_masked(client: Client, content: str, shown: str) -> None:
    """Broken JSON, forms, XML; all else stays as it was sent."""
    client.call("POST", CRM + "/payments/pay_invoice", content=content.encode(), headers=JSON)
    assert entries(client)[0]["request"]["body"] == shown
    assert LIVE not in read(client)


def test_what_the_contract_calls_a_password_is_masked_in_both_directions(client: Client) -> None:
    """A login and its token; whose login it is, and in which namespace, is no secret."""
    answered = client.post(CRM + "/authentication/token", LOGIN | {"username": "JackH~mine"}).json
    token = answered["data"]["token"]
    client.post(CRM + "/authentication/token/release", {"token": token})
    login, release = entries(client, "mine")
    assert login["request"]["body"] == {"username": "JackH~mine", "password": "***", "organisation": "Demo"}
    assert login["reply"]["body"]["data"] == {"token": "***~mine"}
    assert release["request"]["body"] == {"token": "***~mine"}
    assert token.partition("~")[0] not in read(client, "mine")


def test_a_sign_in_a_password_chooses_no_namespace(client: Client) -> None:
    """So what stands behind it is masked too."""
    client.post(CRM + "/authentication/token", LOGIN | {"password": "hunter~2024"})
    assert entries(client)[0]["request"]["body"]["password"] == "***"
    assert "2024" not in str(entries(client)[0]["request"]["body"])


def test_violations_and_explanations_do_not_repeat_it(client: Client) -> None:
    """A message quotes what it refuses."""
    body = {"number": LIVE, "type": LIVE, "date": LIVE, LIVE: 1, "currency": "EUR", "lines": []}
    client.post(PAYMENTS, body, headers={"authorization": "Bearer ic-test-token", "x-api-key": LIVE})
    (entry,) = entries(client)
    assert len(entry["violations"]) >= 3
    assert "***" in str(entry["violations"])
    assert "***" in entry["explanation"]
    assert "***" in entry["reply"]["headers"]["x-sandbox-explain"]
    assert LIVE not in read(client)


def test_a_credential_that_a_message_cuts_short_is_masked(client: Client) -> None:
    """Messages show 80 characters of a value."""
    long = LIVE * 10
    client.post(PAYMENTS, {"date": long}, headers={"authorization": "Bearer ic-test-token", "x-api-key": long})
    (entry,) = entries(client)
    assert any("'***…'" in one["message"] for one in entry["violations"])
    assert LIVE[:20] not in read(client)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SECRET, "***"),
        (f"({SECRET}~x)", "(***~x)"),
        (quote(SECRET, safe=""), "***"),
        (quote(SECRET, safe="").lower().replace("key", "Key"), "***"),
        (f"begins with {SECRET[:17]}…", "begins with ***…"),
        ("s3cr3t", "s3cr3t"),
        ("nothing", "nothing"),
    ],
)
def test_prose_is_masked(cover: Cover, text: str, shown: str) -> None:
    """In every way that a credential is written again."""
    assert cover.cover_text(text) == shown


@pytest.mark.parametrize(
    ("credential", "text", "shown"),
    [
        ("test", "the latest test", "the latest ***"),
        ("1", "document 1", "document 1"),
        ("pass", "password pass", "password ***"),
    ],
)
def test_a_short_credential_masks_no_other_words(runtime: Runtime, credential: str, text: str, shown: str) -> None:
    """It is an echo only as a word of its own, and of fewer than four characters never."""
    nothing = Content(None, is_json=False)
    request = Request("POST", "/", "", [(b"api-key", credential.encode())], b"")
    assert Cover(Masks(runtime.services["invoiless"]), request, nothing, nothing).cover_text(text) == shown


def test_what_a_reply_hands_out_is_masked_in_all_of_it(runtime: Runtime) -> None:
    """A token is told again where it was made."""
    answered = read_content(f'{{"token":"{LIVE}","next":["/tokens/{LIVE}"]}}'.encode())
    request = Request("POST", "/", "", [], b"")
    cover = Cover(Masks(runtime.services["crm_com"]), request, Content(None, is_json=False), answered)
    assert cover.cover_body(answered) == {"token": "***", "next": ["/tokens/***"]}


def test_what_a_contract_calls_a_password_has_any_name(runtime: Runtime) -> None:
    service = runtime.services["invoiless"]
    member = {"anyOf": [{"$ref": "#/components/schemas/Sesame"}, {"type": "null"}]}
    document = {
        **service.contract.document,
        "components": {"schemas": {"Sesame": {"type": "string", "format": "password"}}},
        "paths": {"/": {"post": {"schema": {"properties": {"sesame": member, "other": {"type": "string"}}}}}},
        "parameters": [{"name": "open", "in": "query", "schema": {"$ref": "#/components/schemas/Sesame"}}],
    }
    contract = copy(service.contract)
    contract.document = document
    vars(contract).pop("password_names", None)  # those of its own document
    masks = Masks(service.replace(contract=contract))
    sent = read_content(b'{"sesame":"abc","other":"abcd","SeSame":1,"x":null}')
    cover = Cover(masks, Request("POST", "/", "open=abc&shut=1", [], b""), sent, Content(None, is_json=False))
    assert cover.cover_body(sent) == {"sesame": "***", "other": "abcd", "SeSame": "***", "x": None}
    assert cover.cover_url("/", "open=abc&shut=1") == "/?open=***&shut=1"
    assert masks.mask_text("sesame: abc, x: 1") == "sesame: ***, x: 1"


def test_other_bodies_are_exact(client: Client) -> None:
    """Digits, texts and order as they were sent."""
    content = '{"amount":25.00,"big":123456789012345678901234567890,"note":"ñ \\" /","list":[null,true,{}],"e":1E+5}'
    client.call("POST", PAYMENTS, content=content.encode(), headers=JSON)
    (entry,) = entries(client)
    assert entry["request"]["body"]["amount"].as_tuple() == Decimal("25.00").as_tuple()
    assert content.replace('\\" /', '\\" /') in read(client)


@pytest.mark.parametrize(
    ("content", "read_as"),
    [
        (None, Content(None, is_json=False)),
        (b"", Content(None, is_json=False)),
        (b"null", Content(None, is_json=True)),
        (b'"x"', Content("x", is_json=True)),
        (b"x", Content("x", is_json=False)),
        (b'{"a": 1, "a": 2}', Content('{"a": 1, "a": 2}', is_json=False)),
        (b"\xff", Content("�", is_json=False)),
    ],
)
def test_a_body_is_read(content: bytes | None, read_as: Content) -> None:
    """What is no JSON, or JSON that readers disagree about, is text."""
    assert read_content(content) == read_as


@pytest.mark.parametrize("text", ["token" * 20_000, "token=" * 20_000, 'token:"\\' * 10_000, "a.b-" * 20_000 + "token"])
def test_a_long_text_is_masked_in_one_pass(cover: Cover, text: str) -> None:
    """However it is made; a search that began anew at every character would not come to an end here."""
    assert len(cover.cover_body(Content(text, is_json=False))) <= len(text) + 3


def test_a_body_full_of_credentials_is_masked(client: Client) -> None:
    """Each where it stands; echoes are looked for of the first ones only, or it would take minutes."""
    lines = [{"token": f"{number:032}"} for number in range(2000)]
    client.post(PAYMENTS, {"lines": lines, "note": f"{0:032}"})
    body = entries(client)[0]["request"]["body"]
    assert body == {"lines": [{"token": "***"}] * 2000, "note": "***"}
