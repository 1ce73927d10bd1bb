"""Access: the api-key, and the scope that a call names."""

from typing import Any

import pytest

from tests.helpers.runtimes import Client, Response, nothing_changes
from tests.providers.invoiless.known import (
    BAKERY,
    BAKERY_PAYMENT,
    FORBIDDEN,
    INVOICES,
    MARKET_STALL,
    NEW,
    NOBODY,
    NOT_FOUND,
    PAID_PAYMENT,
    PROVIDER,
    REFUNDED_PAYMENT,
    SHOP,
    THREE,
    UNACCEPTABLE,
    WORKSHOP,
    invoice_path,
    path_of,
    payments_of,
)

WHOLE_ACCOUNT = "INV-2024-001"

EVERY_CALL: list[tuple[str, str, Any]] = [
    ("POST", payments_of(THREE), {"method": "Card", "amount": 1}),
    ("GET", payments_of(THREE), ...),
    ("GET", path_of(PAID_PAYMENT), ...),
    ("PUT", path_of(PAID_PAYMENT), {"method": "Card"}),
    ("PATCH", path_of(PAID_PAYMENT), {"notes": "x"}),
    ("DELETE", path_of(PAID_PAYMENT), ...),
    ("GET", invoice_path(THREE), ...),
]
ON_ALL_INVOICES: list[tuple[str, str, Any]] = [("POST", INVOICES, NEW), ("GET", INVOICES, ...)]
every_call = pytest.mark.parametrize(("method", "path", "body"), [*EVERY_CALL, *ON_ALL_INVOICES])


def sent(api: Client, method: str, path: str, body: Any, **headers: str | None) -> Response:
    """Make one of the calls above; header names are written with `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.call(method, path, headers=named) if body is ... else api.call(method, path, json=body, headers=named)


@every_call
@pytest.mark.parametrize("key", [None, "", "unknown", "INVOILESS-TEST-KEY", "Bearer invoiless-test-key"])
def test_without_a_known_key_every_call_is_forbidden(
    api: Client, method: str, path: str, body: Any, key: str | None
) -> None:
    """403 with the vendor's message, because the API documents no 401."""
    with nothing_changes(api, PROVIDER):
        response = sent(api, method, path, body, api_key=key)
    assert (response.status, response.content) == (403, FORBIDDEN)
    assert "x-sandbox-reason" not in response.headers


def test_a_repeated_key_is_no_key(api: Client) -> None:
    """Not even if both are the same."""
    response = api.get(payments_of(THREE), raw_headers=[("api-key", "invoiless-test-key")])
    assert (response.status, response.content) == (403, FORBIDDEN)
    assert "given 2 times" in response.explain


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ({"authorization": "Bearer invoiless-test-key"}, "", "a header authorization"),
        ({"x-api-key": "invoiless-test-key"}, "", "a header x-api-key"),
        ({}, "api_key=invoiless-test-key", "a query parameter api_key"),
    ],
)
def test_a_key_in_the_wrong_place_is_pointed_out(api: Client, headers: dict[str, str], query: str, found: str) -> None:
    """`Authorization: Bearer` is the most common mistake of this API's clients."""
    response = api.get(payments_of(THREE), headers={"api-key": None, **headers}, query=query)
    assert (response.status, response.content) == (403, FORBIDDEN)
    assert response.explain.startswith(f"the header api-key is missing; there is {found}, which this API does not read")


def test_the_key_comes_before_the_body_and_the_path_s_id(api: Client) -> None:
    """Without a key a client learns nothing else."""
    assert api.call("POST", payments_of("x"), content=b"{", headers={"api-key": None}).status == 403


def test_keys_do_not_see_each_other_s_payments(api: Client) -> None:
    """Records of one account are unknown to the other, in both directions."""
    assert api.get(path_of(BAKERY_PAYMENT)).content == NOT_FOUND
    bakery = {"api-key": "invoiless-other-key"}
    assert api.get(path_of(BAKERY_PAYMENT), headers=bakery).status == 200
    assert api.get(payments_of(BAKERY), headers=bakery).status == 200
    assert api.get(path_of(PAID_PAYMENT), headers=bakery).content == NOT_FOUND
    assert api.get(invoice_path(BAKERY)).content == NOT_FOUND
    assert api.get(invoice_path(BAKERY), headers=bakery).status == 200


@every_call
def test_in_its_own_scope_every_call_succeeds(api: Client, method: str, path: str, body: Any) -> None:
    """The invoice is the workshop's."""
    assert sent(api, method, path, body, scope_id=WORKSHOP).status in {200, 201}


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        (SHOP, "{id}: the scope Shop has no "),
        (MARKET_STALL, f"#scope-id: this key has no scope {MARKET_STALL}"),
        (NOBODY, f"#scope-id: this key has no scope {NOBODY}"),
        ("workshop", "#scope-id: this key has no scope workshop"),
    ],
    ids=["another scope", "another account's scope", "unknown scope", "no id at all"],
)
def test_in_another_scope_nothing_is_there(api: Client, scope: str, why: str) -> None:
    """404 because of the state; the explanation tells an unknown scope from an invoice outside the scope."""
    for method, path, body in EVERY_CALL:
        with nothing_changes(api, PROVIDER):
            response = sent(api, method, path, body, scope_id=scope)
        assert (response.status, response.content) == (404, NOT_FOUND)
        assert response.headers["x-sandbox-reason"] == "state"
        assert response.explain.startswith(why)
        assert "[rule scope-limits-what-is-seen, assumed" in response.explain


@pytest.mark.parametrize("scope", [MARKET_STALL, NOBODY, "workshop"])
@pytest.mark.parametrize(("method", "path", "body"), ON_ALL_INVOICES)
def test_an_unknown_scope_has_no_invoices_and_takes_none(
    api: Client, method: str, path: str, body: Any, scope: str
) -> None:
    """404 because of the state, not an empty list."""
    with nothing_changes(api, PROVIDER):
        response = sent(api, method, path, body, scope_id=scope)
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    said = f"#scope-id: this key has no scope {scope} [rule scope-limits-what-is-seen, assumed"
    assert response.explain.startswith(said)


def test_what_no_scope_has_is_seen_without_one(api: Client) -> None:
    """An invoice of the account as a whole is in neither scope."""
    state: Any = api.runtime.namespaces.get("default").state(PROVIDER)
    (key,) = [invoice.id for invoice in state.invoices.records() if invoice.number == WHOLE_ACCOUNT]
    assert api.get(payments_of(key)).status == 200
    assert [api.get(payments_of(key), headers={"scope-id": scope}).status for scope in (WORKSHOP, SHOP)] == [
        404,
        404,
    ]
    assert api.get(path_of(REFUNDED_PAYMENT), headers={"scope-id": SHOP}).status == 200


@pytest.mark.parametrize("scope", ["", "x" * 101])
def test_a_scope_that_is_no_id_of_any_kind_is_unacceptable(api: Client, scope: str) -> None:
    """400 because of the request alone."""
    response = api.get(payments_of(THREE), headers={"scope-id": scope})
    assert (response.status, response.content) == (400, UNACCEPTABLE)
    assert "scope-id" in response.explain


def test_a_repeated_scope_is_unacceptable(api: Client) -> None:
    """It would be unclear which value counts."""
    repeated = [("scope-id", WORKSHOP), ("scope-id", WORKSHOP)]
    assert api.get(payments_of(THREE), raw_headers=repeated).content == UNACCEPTABLE
