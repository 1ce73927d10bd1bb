"""The variant token_form: from R12.0.0 on, both logins may hand out JSON Web Tokens."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, fresh_runtime, nothing_changes
from tests.providers.crm_com.known import (
    CREDENTIALS,
    KEY,
    KEY_LOGIN,
    LOGIN,
    PAY,
    RELEASE,
    ROOT,
    TOKEN,
    TWO_HOURS,
    Body,
    code,
    data,
)

LOGINS = [(LOGIN, CREDENTIALS, {}), (KEY_LOGIN, {}, KEY)]


@pytest.fixture
def jwt_api(base_runtime: Runtime) -> Client:
    """A client of a sandbox whose tokens are JWTs."""
    return Client(fresh_runtime(base_runtime, token_form="jwt"), root=ROOT)


def decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize(("path", "body", "headers"), LOGINS, ids=["login", "key"])
def test_a_token_is_a_signed_jwt(jwt_api: Client, payment: Body, path: str, body: Any, headers: dict[str, str]) -> None:
    """Its claims name the token, the user, the organisation and the unit; it can pay, and be released."""
    token = data(jwt_api.post(path, body, headers=headers))["token"]
    header, claims, signature = token.split(".")
    assert decode(header) == {"typ": "JWT", "alg": "HS256"}
    found = decode(claims)
    assert list(found) == ["jti", "usr", "org", "oun", "exp", "iat"]
    assert found["exp"] - found["iat"] == TWO_HOURS
    assert found["org"] == "47EE739F381366B7F5381E895BBD9A56"
    assert found["oun"] == "D7482E37538032BB247506C2D7F86BA1"
    assert all(re.fullmatch("[0-9A-F]{32}", found[name]) for name in ("jti", "usr"))
    expected = hmac.digest(b"paysandbox", f"{header}.{claims}".encode(), hashlib.sha256)
    assert base64.urlsafe_b64decode(signature + "=") == expected
    data(jwt_api.post(PAY, payment(token=token)))
    data(jwt_api.post(RELEASE, {"token": token}))
    assert code(jwt_api.post(RELEASE, {"token": token})) == "INVALID_TOKEN"


def test_its_id_alone_is_the_same_token(jwt_api: Client, payment: Body) -> None:
    """And the fixed tokens of the fixtures stay valid."""
    token = data(jwt_api.post(LOGIN, CREDENTIALS))["token"]
    data(jwt_api.post(PAY, payment(token=decode(token.split(".")[1])["jti"])))
    data(jwt_api.post(PAY, payment(token=TOKEN, invoice_identifier={"reference_number": "328"})))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: f"{token[:-2]}AA",
        lambda token: f"{token}A",
        lambda token: token.replace(".", ".A", 1),
        lambda token: f"{token.rpartition('.')[0]}.",
        lambda token: f"{token.rpartition('.')[0]}.\u00e9",
        lambda _: "..",
        lambda _: "eyJhbGciOiJub25lIn0.eyJqdGkiOiJCOEQ3QTEyRTlGOTFBRkFERTkxNEI3MzMwQUZEMDhDQiJ9.",
    ],
    ids=["signature", "longer", "claims", "unsigned", "no ASCII", "empty", "none"],
)
def test_a_changed_jwt_is_refused(jwt_api: Client, payment: Body, change: Any) -> None:
    """The last one is of the fixtures' own token, without a signature."""
    token = data(jwt_api.post(LOGIN, CREDENTIALS))["token"]
    with nothing_changes(jwt_api, "crm_com"):
        assert code(jwt_api.post(PAY, payment(token=change(token)))) == "INVALID_TOKEN"


def test_it_expires_after_two_hours(jwt_api: Client, payment: Body) -> None:
    """By the namespace's clock, as any token."""
    token = data(jwt_api.post(LOGIN, CREDENTIALS))["token"]
    jwt_api.runtime.namespaces.get("default").clock.advance(TWO_HOURS)
    response = jwt_api.post(PAY, payment(token=token))
    assert (code(response), "token-expires" in response.explain) == ("INVALID_TOKEN", True)


@pytest.mark.parametrize(
    ("release", "form", "is_jwt"),
    [("R11.0.0", "jwt", False), ("R12.0.0", "jwt", True), ("R18.0.0", "jwt", True), ("R18.0.0", "hex", False)],
)
def test_release_and_variant_decide(base_runtime: Runtime, release: str, form: str, *, is_jwt: bool) -> None:
    api = Client(fresh_runtime(base_runtime, release=release, token_form=form), root=ROOT)
    for path, body, headers in LOGINS:
        token = data(api.post(path, body, headers=headers))["token"]
        assert (token.count(".") == 2) is is_jwt


def test_a_suffix_follows_the_jwt(jwt_api: Client, payment: Body) -> None:
    """And chooses the namespace, with dots in its name too."""
    token = data(jwt_api.post(LOGIN, CREDENTIALS | {"username": "JackH~a.b"}))["token"]
    assert token.endswith("~a.b")
    response = jwt_api.post(PAY, payment(token=token))
    data(response)
    assert response.headers["x-sandbox-request"].startswith("a.b-")
