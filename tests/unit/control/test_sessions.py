"""Signing a browser in and out where the sandbox has a control token."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.sessions import LINK_HOURS, SESSION_HOURS, TRIES, Sessions
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import NOON, Client, Response, fresh_runtime
from tests.unit.control.asking import check_problem

TOKEN = "t0ken-of-the-control-plane"
URL = "/_sandbox/session"


@pytest.fixture
def guarded(base_runtime: Runtime) -> Client:
    return Client(fresh_runtime(base_runtime, Settings(control_token=TOKEN)))


def sign_in(client: Client, body: Any, **headers: str) -> Response:
    return client.post(URL, body, headers={"host": "127.0.0.1:4080", **headers})


def cookie_of(response: Response) -> str:
    return response.headers["set-cookie"].partition(";")[0]


def test_the_token_opens_the_pages_and_the_control_plane(guarded: Client) -> None:
    signed_in = sign_in(guarded, {"token": TOKEN})
    assert signed_in.status == 204
    name, _, rest = signed_in.headers["set-cookie"].partition("=")
    assert name == "paysandbox-4080"
    assert rest.partition("; ")[2] == "Path=/_sandbox; HttpOnly; SameSite=Strict"
    assert TOKEN not in rest
    for path in ("/_sandbox/", "/_sandbox/docs/invoiless", "/_sandbox/namespaces"):
        assert guarded.get(path).status == 401
        assert guarded.get(path, headers={"cookie": cookie_of(signed_in)}).status == 200
        assert guarded.get(path, headers={"cookie": f"a=b; {cookie_of(signed_in)}; c"}).status == 200


@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/docs/invoiless", "/_sandbox/calls/default-1"])
def test_a_browser_is_asked_for_the_token_where_it_wants_a_page(guarded: Client, path: str) -> None:
    response = guarded.get(path, headers={"accept": "text/html,*/*"})
    assert response.status == 401
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert b'<input type="password" name="token"' in response.content
    check_problem(guarded.get(path), 401, "Authorization: Bearer")


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value[:-1],
        lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
        lambda value: "9" + value,
        lambda _: "",
        lambda _: ".",
        lambda _: "x.y.z",
        lambda value: f"{value}; paysandbox-4080={value}",
        lambda _: Sessions("another token", lambda: NOON).make_session(),
        lambda _: Sessions(TOKEN, lambda: NOON).make_link_code(),
        lambda _: TOKEN,
    ],
)
def test_a_session_that_was_changed_opens_nothing(guarded: Client, change: Any) -> None:
    name, _, value = cookie_of(sign_in(guarded, {"token": TOKEN})).partition("=")
    assert guarded.get("/_sandbox/namespaces", headers={"cookie": f"{name}={value}"}).status == 200
    assert guarded.get("/_sandbox/namespaces", headers={"cookie": f"{name}={change(value)}"}).status == 401


def test_a_session_of_another_port_is_none_here(guarded: Client) -> None:
    cookie = cookie_of(sign_in(guarded, {"token": TOKEN}))
    assert guarded.get("/_sandbox/namespaces", headers={"cookie": cookie, "host": "127.0.0.1:4081"}).status == 401


def test_a_wrong_bearer_token_is_not_healed_by_a_session(guarded: Client) -> None:
    cookie = cookie_of(sign_in(guarded, {"token": TOKEN}))
    response = guarded.get("/_sandbox/namespaces", headers={"cookie": cookie, "authorization": "Bearer wrong"})
    assert response.status == 401


def test_another_site_neither_signs_in_nor_uses_a_session(guarded: Client) -> None:
    cookie = cookie_of(sign_in(guarded, {"token": TOKEN}))
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert sign_in(guarded, {"token": TOKEN}, **headers).status == 403
        assert guarded.get("/_sandbox/namespaces", headers={"cookie": cookie, **headers}).status == 403


def test_a_session_ends_when_the_browser_signs_out(guarded: Client) -> None:
    cookie = cookie_of(sign_in(guarded, {"token": TOKEN}))
    signed_out = guarded.delete(URL, headers={"cookie": cookie})
    assert signed_out.status == 204
    assert signed_out.headers["set-cookie"].startswith("paysandbox-4080=; ")
    assert signed_out.headers["set-cookie"].endswith("; Max-Age=0")
    assert guarded.get("/_sandbox/namespaces", headers={"cookie": cookie}).status == 401


def test_the_code_of_a_link_is_good_once(guarded: Client) -> None:
    code = guarded.runtime.sessions.make_link_code()
    assert (
        guarded.get("/_sandbox/namespaces", headers={"cookie": cookie_of(sign_in(guarded, {"code": code}))}).status
        == 200
    )
    check_problem(sign_in(guarded, {"code": code}), 401, "was used before")


def test_wrong_tokens_are_counted(guarded: Client) -> None:
    for _ in range(TRIES):
        check_problem(sign_in(guarded, {"token": "wrong"}), 401, "not the control token")
    check_problem(sign_in(guarded, {"token": TOKEN}), 429, "wait")
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/_sandbox/namespaces", headers=bearer).status == 200


def test_after_a_minute_the_token_is_looked_at_again() -> None:
    moments: Iterator[datetime] = iter([NOON] * TRIES + [NOON + timedelta(seconds=59), NOON + timedelta(seconds=60)])
    sessions = Sessions(TOKEN, lambda: next(moments))
    for _ in range(TRIES):
        sessions.accepts_token("wrong")
    assert sessions.is_exhausted()
    assert not sessions.is_exhausted()


def test_made_up_values_do_not_revive_what_was_used_up() -> None:
    """However many come."""
    sessions = Sessions(TOKEN, lambda: NOON)
    session, code = sessions.make_session(), sessions.make_link_code()
    assert code is not None
    sessions.end(session)
    assert sessions.accepts_code(code)
    for number in range(2000):
        sessions.end(f"{session[:-8]}{number:08}")
        sessions.accepts_code(f"{code[:-8]}{number:08}")
    assert not sessions.accepts_session(session)
    assert not sessions.accepts_code(code)


@pytest.mark.parametrize(("make", "accepts", "hours"), [
    (Sessions.make_session, Sessions.accepts_session, SESSION_HOURS),
    (Sessions.make_link_code, Sessions.accepts_code, LINK_HOURS),
])  # fmt: skip
def test_what_is_signed_expires(make: Any, accepts: Any, hours: int) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    sessions = Sessions(TOKEN, lambda: now[0])
    signed = make(sessions)
    now[0] += timedelta(hours=hours, seconds=-1)
    assert accepts(sessions, signed)
    signed = make(sessions)
    now[0] += timedelta(hours=hours)
    assert not accepts(sessions, signed)


def test_another_worker_with_the_token_knows_a_session() -> None:
    session = Sessions(TOKEN, lambda: NOON).make_session()
    assert Sessions(TOKEN, lambda: NOON).accepts_session(session)


def test_without_a_control_token_everybody_is_signed_in(client: Client) -> None:
    response = sign_in(client, {"token": "any"})
    assert response.status == 204
    assert "set-cookie" not in response.headers
    assert client.delete(URL).status == 204
