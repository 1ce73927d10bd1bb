"""GET /debts/{id} and GET /debts/find: what is shown, what is found, and what is refused."""

from typing import Final

import pytest

from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client, nothing_changes
from tests.providers.invisible_collector.known import COMPANY, PROVIDER, Body
from tests.providers.known import Passed

OPEN: Final = "e9b2a794-9959-4dc3-b07b-f440c1f8e994"  # FT 2016/101
PAID: Final = "92249eae-8340-4e82-8644-058fdd5ed10b"  # FT 2016/007, 2460 of it by a credit note
OF_THE_BAKERY: Final = "da87359c-ba28-4175-a311-2da942d85d77"
INVALID: Final = b'{"code":422,"message":"The request is syntactically correct but not a valid search for debts"}'
TOKEN: Final = {"authorization": "Bearer ic-test-token"}


def found(api: Client, query: str = "") -> list[str]:
    """The numbers of the debts that a search finds."""
    response = api.get("/debts/find", query=query)
    assert response.status == 200, response.explain
    return [one["number"] for one in response.json]


def test_a_debt_is_read_with_its_totals(api: Client) -> None:
    """What is paid and what notes have changed, and since when it is paid."""
    with nothing_changes(api, PROVIDER):
        response = api.get(f"/debts/{PAID}")
    assert response.status == 200
    assert response.json == {
        "id": PAID,
        "number": "FT 2016/007",
        "customerId": "2e792ecc-0aba-45d5-a368-a1b6788dee2c",
        "type": "FT",
        "status": "PAID",
        "date": "2016-02-15",
        "dueDate": "2016-04-15",
        "netTotal": 8000,
        "tax": 1840,
        "grossTotal": 9840,
        "currency": "EUR",
        "paidTotal": 7380,
        "debitTotal": 0,
        "creditTotal": 2460,
        "paidAt": "2016-04-14T00:00:00Z",
    }


@pytest.mark.parametrize("rest", ["", "/credits", "/debits"])
@pytest.mark.parametrize("debt_id", [OF_THE_BAKERY, "00000000-0000-4000-8000-000000000000"])
def test_a_debt_that_this_company_lacks_is_not_found(api: Client, note: Body, debt_id: str, rest: str) -> None:
    """404; nothing changes, and the reply does not say which company has it."""
    with nothing_changes(api, PROVIDER):
        path = f"/debts/{debt_id}{rest}"
        response = api.post(path, note()) if rest else api.get(path)
    assert (response.status, response.content) == (404, b'{"code":404,"message":"The debt was not found"}')
    assert response.headers["x-sandbox-reason"] == "state"
    assert f"this company has no debt {debt_id}" in response.explain


@pytest.mark.parametrize("rest", ["", "/credits", "/debits"])
@pytest.mark.parametrize(
    "debt_id", ["1", "FT%202016%2F101", OPEN.upper(), f"{{{OPEN}}}", OPEN.replace("-", ""), f"{OPEN}%0A", f"%20{OPEN}"]
)
def test_an_id_in_another_spelling_names_nothing(api: Client, note: Body, debt_id: str, rest: str) -> None:
    """404 without a look at the state."""
    path = f"/debts/{debt_id}{rest}"
    response = api.post(path, note()) if rest else api.get(path)
    assert (response.status, response.content) == (404, b'{"code":404,"message":"Not Found"}')
    assert "x-sandbox-reason" not in response.headers


def test_without_parameters_all_debts_of_the_company_are_found(api: Client, state: InvisibleCollectorState) -> None:
    """In the order in which they were registered; none of another company."""
    own = [debt.number for debt in state.debts.records() if debt.company == COMPANY]
    assert found(api) == own
    assert len(own) >= 40


def test_what_is_found_is_what_is_read(api: Client) -> None:
    """Each debt with all its members, a new one as the last."""
    for one in api.get("/debts/find").json:
        assert api.get(f"/debts/{one['id']}").json == one


def test_a_new_debt_is_found_last(api: Client, debt: Body) -> None:
    """By its number as well."""
    made = api.post("/debts", debt()).json
    assert api.get("/debts/find").json[-1] == made
    assert api.get("/debts/find", query="number=FT%202016/777").json == [made]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("number=FT%202016/101", ["FT 2016/101"]),
        ("number=FT+2016%2F101", ["FT 2016/101"]),
        ("number=ft%202016/101", []),
        ("number=FT%20P/100", []),
        ("number=FT%202016/101&from_date=2016-04-04&to_date=2016-04-04", ["FT 2016/101"]),
        ("number=FT%202016/101&from_date=2016-04-05", []),
        ("number=FT%202016/101&to_duedate=2016-07-02", []),
        ("to_date=2016-01-18", ["FT 2016/001", "FT 2016/002", "SD 2015/001", "SD 2015/002"]),
        ("from_date=2016-01-18&to_date=2016-01-25", ["FT 2016/002", "FT 2016/003"]),
        ("to_duedate=2016-02-16", ["FT 2016/001", "FT 2016/004", "SD 2015/001", "SD 2015/002"]),
        ("from_date=2016-01-13&to_duedate=2016-02-16", ["FT 2016/004"]),
        ("from_duedate=2016-02-12&to_duedate=2016-02-16", ["FT 2016/004"]),
        ("from_date=9999-12-31", []),
        ("to_date=1000-01-01", []),
    ],
)
def test_every_parameter_narrows(api: Client, query: str, numbers: list[str]) -> None:
    """Ranges include both of their ends."""
    assert found(api, query) == numbers


@pytest.mark.parametrize("kind", ["date", "duedate"])
def test_a_range_does_not_end_before_it_begins(api: Client, kind: str) -> None:
    """422, and which parameter is after which."""
    with nothing_changes(api, PROVIDER):
        response = api.get("/debts/find", query=f"from_{kind}=2016-07-02&to_{kind}=2016-07-01")
    assert (response.status, response.content) == (422, INVALID)
    assert response.headers["x-sandbox-reason"] == "state"
    assert response.explain.startswith(f"?from_{kind}: 2016-07-02 is after to_{kind}, 2016-07-01")


@pytest.mark.parametrize("name", ["from_date", "to_date", "from_duedate", "to_duedate"])
@pytest.mark.parametrize(
    "value", ["%20", "x", "2016-02-30", "2016-7-1", "01/07/2016", "0000-01-01", "2016-07-01T00:00:00Z"]
)
def test_what_is_no_date_is_refused(api: Client, name: str, value: str) -> None:
    """The contract refuses the request."""
    response = api.get("/debts/find", query=f"{name}={value}")
    assert (response.status, response.content) == (422, INVALID)
    assert f"?{name}" in response.explain
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize("query", [f"number={'x' * 256}", "number=a&number=b", "nummer=a"])
def test_what_is_no_number_is_refused(api: Client, query: str) -> None:
    """Too long, given twice, or under an unknown name."""
    response = api.get("/debts/find", query=query)
    assert (response.status, response.content) == (422, INVALID)


@pytest.mark.parametrize(
    ("query", "same"),
    [
        ("number=&from_date=&to_date=&from_duedate=&to_duedate=", ""),
        ("number=FT%20TEST/001&to_date=2016-07-01&to_duedate=", "number=FT%20TEST/001&to_date=2016-07-01"),
        ("from_date=2016-07-02&to_date=", "from_date=2016-07-02"),
    ],
)
def test_an_empty_parameter_does_not_narrow(api: Client, query: str, same: str) -> None:
    """The vendor's Go client sends what was set to nil as an empty parameter."""
    response = api.get("/debts/find", query=query)
    assert (response.status, response.json) == (200, api.get("/debts/find", query=same).json)


@pytest.mark.parametrize("path", ["/debts/find", f"/debts/{OPEN}", "/debts/find?from_date=x"])
def test_without_a_token_nothing_is_told(api: Client, path: str) -> None:
    """401 before anything else is looked at."""
    path, _, query = path.partition("?")
    assert api.get(path, query=query, headers={"authorization": None}).status == 401


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/debts", "GET", {"POST"}),
        ("/debts/find", "POST", {"GET", "HEAD"}),
        (f"/debts/{OPEN}", "DELETE", {"GET", "HEAD"}),
        (f"/debts/{OPEN}", "PUT", {"GET", "HEAD"}),
        (f"/debts/{OPEN}/credits", "GET", {"POST"}),
        ("/payments/transfer-80117", "PUT", {"GET", "HEAD", "DELETE"}),
        ("/payments/transfer-80117/cancel", "POST", {"PUT"}),
    ],
)
def test_another_method_is_not_allowed(api: Client, path: str, method: str, allow: set[str]) -> None:
    """405, and Allow names those that are."""
    response = api.call(method, path)
    assert (response.status, set(response.headers["allow"].split(", "))) == (405, allow)


def test_a_doubled_slash_is_tolerated(api: Client) -> None:
    """A client library does the same with debts as with payments."""
    assert api.get("//debts/find").status == 200
    assert api.get(f"//debts/{OPEN}").status == 200


@pytest.mark.parametrize(
    ("call", "query", "rules"),
    [
        (f"GET /debts/{OPEN}", "", {"debt-is-of-this-company"}),
        ("GET /debts/find", "", {"every-parameter-narrows"}),
        ("GET /debts/find", "number=x", {"every-parameter-narrows"}),
        ("GET /debts/find", "to_date=", {"every-parameter-narrows", "empty-parameter-is-not-given"}),
        ("GET /debts/find", "from_date=2016-01-01", {"every-parameter-narrows", "ranges-include-their-ends"}),
        (
            "GET /debts/find",
            "from_duedate=2016-01-01&to_duedate=2016-01-01",
            {"every-parameter-narrows", "ranges-include-their-ends", "range-does-not-end-before-it-begins"},
        ),
    ],
)
def test_a_call_passes_through_what_it_exercises(passed: Passed, call: str, query: str, rules: set[str]) -> None:
    """Those rules, and no other."""
    assert passed(PROVIDER, call, query=query, **TOKEN) == rules
