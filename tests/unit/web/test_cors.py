"""`--cors`: web pages of allowed origins call the providers; nothing else changes, and never the control plane."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.helpers.valid_calls import operations, valid_call

PAGE = "http://localhost:3000"
OTHER = "https://evil.example"
CORS = ("access-control-", "vary")


def client(base: Runtime, *origins: str) -> Client:
    return Client(fresh_runtime(base, Settings(cors_origins=origins)))


def cors_headers(reply: Response) -> dict[str, str]:
    return {name: value for name, value in reply.headers.items() if name.startswith(CORS)}


def preflight(asked: Client, path: str, origin: str = PAGE, **more: str) -> Response:
    headers = {"origin": origin, "access-control-request-method": "POST", **more}
    return asked.call("OPTIONS", path, headers=headers)


def test_a_preflight_of_every_path_passes(base_runtime: Runtime) -> None:
    """With the contract's methods, and the headers that the page asks for."""
    asked = client(base_runtime, PAGE)
    for name, operation in operations(base_runtime):
        path = valid_call(base_runtime, name, operation).path
        reply = preflight(asked, path, **{"access-control-request-headers": "api-key, content-type"})
        assert (reply.status, reply.content) == (204, b"")
        methods = reply.headers["access-control-allow-methods"].split(", ")
        assert operation.method in methods
        assert cors_headers(reply) == {
            "access-control-allow-origin": PAGE,
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": "api-key, content-type",
            "access-control-max-age": "600",
            "vary": "Origin",
        }


def test_a_preflight_is_in_no_journal_and_meets_no_fault(base_runtime: Runtime) -> None:
    asked = client(base_runtime, PAGE)
    asked.call("POST", "/_sandbox/namespaces/default/faults", json={"when": {}, "then": {"status": 503}})
    assert preflight(asked, "/invoiless/v1/invoices").status == 204
    assert asked.call("GET", "/_sandbox/namespaces/default/requests").json["requests"] == []
    reply = asked.call("GET", "/invoiless/v1/invoices", headers={"origin": PAGE})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (503, PAGE)


def test_replies_are_as_before_but_for_cors(base_runtime: Runtime) -> None:
    """Carried out and refused; the X-Sandbox headers of the reply are exposed."""
    for name, operation in operations(base_runtime):
        call = valid_call(base_runtime, name, operation)
        for more in ({}, {"prefer": "code=418"}):
            plain = call.send(client(base_runtime), origin=PAGE, **more)
            reply = call.send(client(base_runtime, OTHER, PAGE), origin=PAGE, **more)
            added = cors_headers(reply)
            assert (reply.status, reply.content) == (plain.status, plain.content)
            assert {key: value for key, value in reply.headers.items() if key not in added} == dict(plain.headers)
            own = [key for key in plain.headers if key.startswith("x-sandbox-")]
            assert added.pop("access-control-expose-headers").split(", ") == own
            assert added == {"access-control-allow-origin": PAGE, "vary": "Origin"}


@pytest.mark.parametrize("origin", [OTHER, "null", "", f"{PAGE}0", "http://localhost", f"{PAGE}/", "*"])
def test_another_origin_gets_what_it_got(base_runtime: Runtime, origin: str) -> None:
    path = "/invoiless/v1/invoices"
    with_cors, without = client(base_runtime, PAGE), client(base_runtime)
    for ask in (
        lambda asked: preflight(asked, path, origin),
        lambda asked: asked.get(path, headers={"origin": origin}),
    ):
        reply, plain = ask(with_cors), ask(without)
        assert (reply.status, reply.headers, reply.content) == (plain.status, plain.headers, plain.content)
        assert cors_headers(reply) == {}


def test_two_origins_are_none(base_runtime: Runtime) -> None:
    raw = [("origin", PAGE), ("origin", PAGE)]
    assert cors_headers(client(base_runtime, "*").call("GET", "/invoiless/v1/invoices", raw_headers=raw)) == {}


def test_every_page_with_a_star(base_runtime: Runtime) -> None:
    """A sandboxed page too, whose origin is null; cookies are never allowed."""
    for origin in (OTHER, "null"):
        for reply in (
            preflight(client(base_runtime, "*"), "/invoiless/v1/invoices", origin),
            client(base_runtime, "*").get("/invoiless/v1/invoices", headers={"origin": origin}),
        ):
            assert reply.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("root", ["", "/ns/a"])
@pytest.mark.parametrize("origins", [(PAGE,), ("*",)])
def test_the_control_plane_has_none(base_runtime: Runtime, origins: tuple[str, ...], root: str) -> None:
    """Nor its pages, nor a path that is no provider's; a call from there is refused as before."""
    asked, plain = client(base_runtime, *origins), client(base_runtime)
    paths = [
        "/_sandbox",
        "/_sandbox/",
        "/_sandbox/health",
        "/_sandbox/reset",
        "/_sandbox/namespaces",
        "/%5Fsandbox/reset",
    ]
    for path in [*paths, "/_sandbox/invoiless/v1/invoices", "/", "/nowhere"]:
        for method in ("OPTIONS", "GET", "POST"):
            headers = {"origin": PAGE, "access-control-request-method": "POST"}
            reply, before = (one.call(method, root + path, headers=headers) for one in (asked, plain))
            assert reply.status == before.status
            assert cors_headers(reply) == cors_headers(before) == {}, path


def test_an_unknown_path_is_the_vendors_404(base_runtime: Runtime) -> None:
    reply = preflight(client(base_runtime, PAGE), "/invoiless/v1/nothing")
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (404, PAGE)


@pytest.mark.parametrize("names", ["", "a;b", "a\x01", "x" * 3000])
def test_odd_names_of_headers_are_not_echoed(base_runtime: Runtime, names: str) -> None:
    reply = preflight(client(base_runtime, PAGE), "/invoiless/v1/invoices", **{"access-control-request-headers": names})
    assert reply.status == 204
    assert "access-control-allow-headers" not in reply.headers


def test_without_the_option_the_door_is_the_plain_one(base_runtime: Runtime) -> None:
    """So that calls pay nothing."""
    from paysandbox.app import Sandbox  # noqa: PLC0415 - only here
    from paysandbox.web.asgi import AsgiApp  # noqa: PLC0415 - as above

    doors: list[Any] = [
        Sandbox(fresh_runtime(base_runtime, Settings(cors_origins=origins))).door for origins in ((), ("*",))
    ]
    assert [type(door) is AsgiApp for door in doors] == [True, False]
