"""POST authentication/web_api_key/token: a key, as the user name of HTTP Basic, is exchanged for a token."""

import base64
import re
from typing import Any

import pytest

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, Response, nothing_changes
from tests.providers.crm_com.known import KEY_LOGIN, PAY, RELEASE, TOKEN, Body, Under, code, data

STORE = "EE63A82C4FEBE02FF34E90DD1EBA5ABE"
HOUR = 3600


def encode(pair: str, kind: str = "Basic") -> dict[str, str]:
    """The header of HTTP Basic authentication."""
    return {"authorization": f"{kind} {base64.b64encode(pair.encode()).decode()}"}


def log_in(api: Client, key: str = "crm-test-key", body: Any = None, kind: str = "Basic") -> Response:
    return api.post(KEY_LOGIN, {} if body is None else body, headers=encode(f"{key}:", kind))


def test_a_key_is_exchanged_for_a_token(api: Client, state: CrmComState, payment: Body) -> None:
    """The token is the only property of the reply, of the key's user, and can pay."""
    token = data(log_in(api))["token"]
    assert re.fullmatch("[0-9A-F]{32}", token)
    data(api.post(PAY, payment(token=token)))
    made = state.payments.find("number", "100")
    assert made is not None
    assert made.issued_by_user == "494DF5749FBF4BCC6F2AE9CB860F2ECD"
    assert data(log_in(api))["token"] != token


@pytest.mark.parametrize("kind", ["basic", "BASIC"])
def test_the_kind_of_authorization_may_be_in_any_case(api: Client, kind: str) -> None:
    """Public clients write it in small letters."""
    data(log_in(api, kind=kind))


def test_the_body_may_be_left_out(api: Client) -> None:
    """With or without a Content-Type; one that is sent must be JSON."""
    headers = encode("crm-test-key:")
    data(api.call("POST", KEY_LOGIN, headers=headers))
    data(api.call("POST", KEY_LOGIN, headers={**headers, "content-type": "application/json"}))
    data(api.call("POST", KEY_LOGIN, headers={**headers, "content-type": "applicaton/json"}))
    refused = api.call("POST", KEY_LOGIN, content=b"{}", headers={**headers, "content-type": "applicaton/json"})
    assert code(refused) == "INVALID_REQUEST"
    assert "the Content-Type must be application/json, but it is applicaton/json" in refused.explain
    assert code(api.call("POST", KEY_LOGIN, content=b" ", headers=headers)) == "INVALID_REQUEST"


@pytest.mark.parametrize(
    ("key", "body", "unit"),
    [
        ("crm-test-key", {}, "Admin Unit"),
        ("crm-test-key", {"unit": None}, "Admin Unit"),
        ("crm-test-key", {"unit": STORE}, "Coimbra Store"),
        ("crm-store-key", {}, "Coimbra Store"),
        ("crm-store-key", {"unit": "D7482E37538032BB247506C2D7F86BA1"}, "Admin Unit"),
    ],
)
def test_the_token_is_at_a_unit(api: Client, state: CrmComState, key: str, body: Any, unit: str) -> None:
    """That of the call, else of the key, else of its user."""
    kept = state.tokens.get(data(log_in(api, key, body))["token"])
    assert kept is not None
    found = state.units.get(kept.unit)
    assert found is not None
    assert found.name == unit


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "the header Authorization: Basic <base64 of user:password> is missing"),
        (encode("no-such-key:"), "no user has this web API key"),
        (encode("crm-test-key:secret"), "no user has this web API key with a password, which must be empty"),
        (encode("JackH:crm-test-password"), "no user has this web API key with a password, which must be empty"),
        (encode(f"{TOKEN}:"), "no user has this web API key"),
        (encode(":"), "is missing"),
        ({"authorization": "Bearer crm-test-key"}, "it begins with 'Bearer'"),
        ({"authorization": "Basic crm-test-key"}, "it is not base64, or has no ':'"),
    ],
)
def test_any_other_credential_is_refused(api: Client, headers: dict[str, str], says: str) -> None:
    """Nothing is issued."""
    with nothing_changes(api, "crm_com"):
        response = api.post(KEY_LOGIN, {}, headers=headers)
    assert code(response) == "INVALID_TOKEN"
    assert says in response.explain
    assert "crm-test-password" not in response.explain


def test_a_key_is_no_token(api: Client, payment: Body) -> None:
    """It opens the one operation alone."""
    assert code(api.post(PAY, payment(token="crm-test-key"))) == "INVALID_TOKEN"


@pytest.mark.parametrize("body", [{"unit": "F" * 32}, {"unit": "x"}])
def test_an_unknown_unit_is_refused(api: Client, body: Any) -> None:
    with nothing_changes(api, "crm_com"):
        response = log_in(api, body=body)
    assert (code(response), "has no unit with the id" in response.explain) == ("NOT_FOUND", True)


@pytest.mark.parametrize("body", [{"token": TOKEN}, {"unit": 5}, {"unit": ""}, []])
def test_any_other_body_is_refused(api: Client, body: Any) -> None:
    with nothing_changes(api, "crm_com"):
        assert code(log_in(api, body=body)) == "INVALID_REQUEST"


def test_a_get_is_told_to_post(api: Client) -> None:
    """A habit of public clients."""
    response = api.get(KEY_LOGIN, headers=encode("crm-test-key:"))
    assert response.status == 405
    assert response.headers["allow"] == "POST"
    assert "allowed: POST" in response.explain


@pytest.mark.parametrize(("release", "status"), [("R9.1.0", "INVALID_REQUEST"), ("R10.0.0", "OK"), ("R18.0.0", "OK")])
def test_keys_came_with_a_release(under: Under, release: str, status: str) -> None:
    response = log_in(under(release))
    assert code(response) == status
    assert status == "OK" or "web API keys are available from CRM.COM R10.0.0; this is R9.1.0" in response.explain


@pytest.mark.parametrize("release", ["R11.0.0", "R18.0.0"])
def test_its_token_lasts_two_hours(under: Under, payment: Body, release: str) -> None:
    """Also under releases whose other tokens expire when they are idle, and however often it is used."""
    api = under(release)
    clock = api.runtime.namespaces.get("default").clock
    token = data(log_in(api))["token"]
    clock.advance(2 * HOUR - 2)
    data(api.post(PAY, payment(token=token)))
    clock.advance(2)
    response = api.post(PAY, payment(token=token, invoice_identifier={"reference_number": "2023"}))
    assert (code(response), "token-expires" in response.explain) == ("INVALID_TOKEN", True)


def test_its_token_can_be_released(api: Client, payment: Body) -> None:
    token = data(log_in(api))["token"]
    data(api.post(RELEASE, {"token": token}))
    assert code(api.post(PAY, payment(token=token))) == "INVALID_TOKEN"


def test_a_suffix_of_the_key_chooses_a_namespace(api: Client, payment: Body) -> None:
    """And is on the token, so that what is paid with it is paid there."""
    response = log_in(api, "crm-test-key~checkout-7")
    assert response.headers["x-sandbox-request"].startswith("checkout-7-")
    token = data(response)["token"]
    assert token.endswith("~checkout-7")
    assert api.post(PAY, payment(token=token)).headers["x-sandbox-request"].startswith("checkout-7-")


def test_the_journal_does_not_show_the_key(api: Client) -> None:
    """Neither as it was sent nor decoded."""
    log_in(api)
    log_in(api, "crm-wrong-key")
    shown = Client(api.runtime).get("/_sandbox/namespaces/default/requests").content
    for secret in (b"crm-test-key", b"crm-wrong-key", encode("crm-test-key:")["authorization"][6:].encode()):
        assert secret not in shown
    assert b"Basic ***" in shown


@pytest.mark.breaks_invariants
def test_a_key_of_a_user_that_was_deleted_is_refused(api: Client, state: CrmComState) -> None:
    """As the control plane can do it."""
    state.users.delete("494DF5749FBF4BCC6F2AE9CB860F2ECD")
    assert code(log_in(api)) == "INVALID_TOKEN"
