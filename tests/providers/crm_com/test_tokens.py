"""POST authentication/token and authentication/token/release, and how long a token is valid."""

import re
from typing import Any

import pytest

from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.crm_com.known import (
    CREDENTIALS,
    LOGIN,
    PAY,
    RELEASE,
    TOKEN,
    Body,
    Under,
    code,
    data,
    state_of,
)

OLD, NEW = "R11.0.0", "R12.0.0"


def login(api: Client, **changes: Any) -> str:
    """Log in and return the token."""
    return str(data(api.post(LOGIN, CREDENTIALS | changes))["token"])


def wait(api: Client, seconds: int) -> None:
    api.runtime.namespaces.get("default").clock.advance(seconds)


def is_alive(api: Client, payment: Body, token: str, reference: str) -> bool:
    """Whether the token can pay this invoice."""
    response = api.post(PAY, payment(token=token, invoice_identifier={"reference_number": reference}))
    if code(response) == "OK":
        return True
    assert (code(response), "token-expires" in response.explain) == ("INVALID_TOKEN", True)
    return False


def test_a_login_hands_out_a_token(api: Client, payment: Body) -> None:
    """The token is 32 upper-case hexadecimal digits, is the only property of the reply, and can pay."""
    response = api.post(LOGIN, CREDENTIALS)
    assert data(response).keys() == {"token"}
    token = data(response)["token"]
    assert re.fullmatch("[0-9A-F]{32}", token)
    data(api.post(PAY, payment(token=token)))


def test_each_login_has_a_token_of_its_own(api: Client) -> None:
    assert login(api) != login(api)


def test_payments_are_issued_by_who_logged_in(api: Client, state: CrmComState, payment: Body) -> None:
    """User and unit of the token, the unit of the user unless the login names one."""
    elena = {"username": "ElenaP", "password": "elena-test-password"}
    for changes, unit in ((elena, "Coimbra Store"), (elena | {"unit": None}, "Coimbra Store"), ({}, "Admin Unit")):
        kept = state.tokens.get(login(api, **changes))
        assert kept is not None
        found = state.units.get(kept.unit)
        assert found is not None
        assert found.name == unit
    token = login(api, unit="EE63A82C4FEBE02FF34E90DD1EBA5ABE")
    data(api.post(PAY, payment(token=token)))
    made = state.payments.find("number", "100")
    assert made is not None
    assert made.issued_by_unit == "EE63A82C4FEBE02FF34E90DD1EBA5ABE"


@pytest.mark.parametrize(
    "change",
    [
        {"username": "JackX"},
        {"username": "jackh"},
        {"password": "wrong"},
        {"password": "mp-test-password"},
        {"organisation": "Other"},
    ],
    ids=str,
)
def test_a_login_must_match(api: Client, change: dict[str, str]) -> None:
    """Every mistake has the same reply, so that the reply does not reveal which value is right."""
    with nothing_changes(api, "crm_com"):
        response = api.post(LOGIN, CREDENTIALS | change)
    assert code(response) == "INVALID_TOKEN"
    assert response.json["status"]["message"] == "the user name, the password and the organisation do not match"


def test_the_unit_of_a_login_must_exist(api: Client) -> None:
    """A unit is named by its id; a name is refused."""
    for unit in ("Admin Unit", "F" * 32):
        with nothing_changes(api, "crm_com"):
            response = api.post(LOGIN, CREDENTIALS | {"unit": unit})
        assert code(response) == "NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": "JackH", "password": "crm-test-password"},
        CREDENTIALS | {"username": ""},
        CREDENTIALS | {"password": None},
        CREDENTIALS | {"organization": "Demo"},
        CREDENTIALS | {"unit": 5},
        [],
    ],
    ids=str,
)
def test_a_login_has_three_members_and_perhaps_a_unit(api: Client, body: Any) -> None:
    """Other bodies are refused, and the explanation never repeats the password."""
    response = api.post(LOGIN, body)
    assert code(response) == "INVALID_REQUEST"
    assert "crm-test-password" not in response.explain + response.content.decode()


@pytest.mark.parametrize("token", ["", "x", "b8d7a12e9f91afade914b7330afd08cb", "F" * 32, None, 5, ..., [TOKEN]])
def test_without_a_known_token_nothing_is_done(api: Client, payment: Body, token: Any) -> None:
    """INVALID_TOKEN, whatever else is wrong with the body."""
    for more in ({}, {"invoice_identifier": {}, "nonsense": 1}):
        with nothing_changes(api, "crm_com"):
            response = api.post(PAY, payment(token=token, **more))
        assert code(response) == "INVALID_TOKEN"
        assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("body", [[], "text", 5, None], ids=str)
def test_a_body_that_is_no_object_has_no_token(api: Client, body: Any) -> None:
    """The token is looked for first."""
    assert code(api.post(PAY, body)) == "INVALID_TOKEN"


def test_from_r12_a_token_lives_two_hours(under: Under, payment: Body) -> None:
    """Use does not extend its life."""
    api = under(NEW)
    token = login(api)
    wait(api, 7000)
    assert is_alive(api, payment, token, "2024")
    wait(api, 199)
    assert is_alive(api, payment, token, "2025")
    wait(api, 1)
    assert not is_alive(api, payment, token, "2026")


def test_before_r12_a_token_lives_until_it_is_idle_for_an_hour(under: Under, payment: Body) -> None:
    """Each use extends its life, without an upper limit."""
    api = under(OLD)
    token = login(api)
    for reference in ("2024", "2025", "2026"):
        wait(api, 3599)
        assert is_alive(api, payment, token, reference)
    wait(api, 3600)
    assert not is_alive(api, payment, token, "2027")


def test_a_refused_call_does_not_keep_a_token_alive(under: Under, payment: Body) -> None:
    """A refused call changes nothing, so it is no use."""
    api = under(OLD)
    token = login(api)
    wait(api, 1800)
    assert code(api.post(PAY, payment(token=token, type_identifier={"name": "none"}))) == "NOT_FOUND"
    wait(api, 1800)
    assert not is_alive(api, payment, token, "2024")


@pytest.mark.parametrize(("release", "moves"), [(OLD, True), (NEW, False)])
def test_the_last_use_is_kept_where_it_counts(under: Under, payment: Body, release: str, *, moves: bool) -> None:
    """The last use is stored only for tokens that expire when idle."""
    api = under(release)
    token = login(api)
    wait(api, 60)
    assert is_alive(api, payment, token, "2024")
    assert is_alive(api, payment, TOKEN, "2025")
    used, fixed = (state_of(api).tokens.get(key) for key in (token, TOKEN))
    assert used is not None
    assert fixed is not None
    assert (used.last_used_on > used.issued_on) == moves
    assert fixed.last_used_on == fixed.issued_on


@pytest.mark.parametrize("release", [OLD, NEW])
def test_the_fixed_token_outlives_everything(under: Under, payment: Body, release: str) -> None:
    """The token of the vendor's page needs no login, today and in ten years."""
    api = under(release)
    wait(api, 10 * 365 * 24 * 3600)
    assert is_alive(api, payment, TOKEN, "2024")


@pytest.mark.parametrize("release", ["R10.0.0", "R18.0.0"])
def test_a_released_token_is_dead(under: Under, payment: Body, release: str) -> None:
    """The data are empty; the token can neither pay nor be released again."""
    api = under(release)
    token = login(api)
    response = api.post(RELEASE, {"token": token})
    assert response.content == b'{"status":{"code":"OK","description":"","message":""},"data":{}}'
    assert code(api.post(PAY, payment(token=token))) == "INVALID_TOKEN"
    assert code(api.post(RELEASE, {"token": token})) == "INVALID_TOKEN"
    data(api.post(PAY, payment()))


def test_an_expired_token_cannot_be_released(api: Client) -> None:
    """An expired token is invalid for every operation."""
    token = login(api)
    wait(api, 7200)
    assert code(api.post(RELEASE, {"token": token})) == "INVALID_TOKEN"


def test_before_r10_tokens_cannot_be_released(under: Under) -> None:
    """The method came with R10.0.0."""
    api = under("R9.1.0")
    with nothing_changes(api, "crm_com"):
        response = api.post(RELEASE, {"token": TOKEN})
    assert code(response) == "INVALID_REQUEST"
    assert "R10.0.0" in response.json["status"]["message"]


@pytest.mark.parametrize("body", [{"token": TOKEN, "user": "JackH"}, {"token": TOKEN, "Token": TOKEN}], ids=str)
def test_a_release_has_a_token_and_nothing_else(api: Client, body: dict[str, str]) -> None:
    """An unknown property is refused, and the token stays valid."""
    with nothing_changes(api, "crm_com"):
        assert code(api.post(RELEASE, body)) == "INVALID_REQUEST"
