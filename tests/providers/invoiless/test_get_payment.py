"""GET /v1/payments/{id}."""

import pytest

from tests.helpers.runtimes import Client
from tests.providers.invoiless.known import (
    NO_SUCH_METHOD,
    NOBODY,
    NOT_FOUND,
    PARTIAL_PAYMENT,
    THREE,
    THREE_LAST,
    path_of,
    payments_of,
)


def test_a_payment_is_shown_as_the_fixtures_have_it(api: Client) -> None:
    """Every property, in order."""
    response = api.get(path_of(PARTIAL_PAYMENT))
    assert (response.status, response.headers["content-type"]) == (200, "application/json")
    assert response.content == (
        b'{"id":"653bc1579b3e7d00418c30ea","invoice":"651d68809b3e7d00418c2f77","amount":380,'
        b'"method":"BankTransfer","paidAt":"2023-10-27","notes":"First instalment",'
        b'"createdAt":"2023-10-27T13:55:35.502Z","updatedAt":"2023-10-27T13:55:35.502Z"}'
    )


def test_missing_notes_are_null_and_amounts_are_numbers(api: Client) -> None:
    """The last payment of the theatre's invoice has cents and no notes."""
    response = api.get(path_of(THREE_LAST))
    assert b'"amount":250.5,' in response.content
    assert b'"notes":null,' in response.content


def test_day_and_time_of_a_payment_are_one_moment(api: Client) -> None:
    """A record whose day the control plane changes is answered on that day, at the time it had."""
    body = {"amount": 1, "method": "Cash", "paidAt": "2026-03-01T23:30:00.250-02:00"}
    made = api.post(payments_of(THREE), body)
    assert made.json["paidAt"] == "2026-03-02T01:30:00.250Z"
    record = f"/_sandbox/namespaces/default/state/invoiless/payments/{made.json['id']}"
    control = Client(api.runtime)
    held = control.get(record).json
    assert (held["paidAt"], held["paidTime"]) == ("2026-03-02", "01:30:00.250000")
    assert control.put(record, {**held, "paidAt": "2026-03-05"}).status == 200
    assert api.get(path_of(made.json["id"])).json["paidAt"] == "2026-03-05T01:30:00.250Z"


def test_an_unknown_payment_is_not_found(api: Client) -> None:
    """404 because of the state."""
    response = api.get(path_of(NOBODY))
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert response.headers["x-sandbox-reason"] == "state"
    assert response.explain.startswith(f"{{id}}: this key has no payment {NOBODY}")


@pytest.mark.parametrize(
    "written",
    [
        "1",
        "+1",
        "01",
        "%D9%A1",
        "1%2F2",
        "..",
        "%00",
        PARTIAL_PAYMENT.upper(),
        PARTIAL_PAYMENT[:-1],
        PARTIAL_PAYMENT + "0",
        PARTIAL_PAYMENT + "%0A",
        "%20" + PARTIAL_PAYMENT,
    ],
)
def test_an_impossible_id_is_not_found(api: Client, written: str) -> None:
    """404 for any state, because ids have one form."""
    response = api.get(path_of(written))
    assert (response.status, response.content) == (404, NOT_FOUND)
    assert "x-sandbox-reason" not in response.headers


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v1/", "/v1/payments", "/payments/x", "/v1/Payments/x", "/v2/payments/x"]
)
def test_another_path_is_not_found(api: Client, path: str) -> None:
    """404 with a message; no redirect to a known path."""
    response = api.get(path)
    assert (response.status, response.content) == (404, NOT_FOUND)


@pytest.mark.parametrize("tail", ["//", "/x"])
def test_a_longer_path_is_another_path(api: Client, tail: str) -> None:
    """Without a redirect."""
    assert api.get(path_of(PARTIAL_PAYMENT) + tail).content == NOT_FOUND


def test_a_trailing_slash_is_tolerated(api: Client) -> None:
    """Without a redirect."""
    assert api.get(path_of(PARTIAL_PAYMENT) + "/").status == 200


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "BREW"])
def test_another_method_is_not_allowed(api: Client, method: str) -> None:
    """405 with Allow."""
    response = api.call(method, path_of(PARTIAL_PAYMENT))
    assert (response.status, response.content) == (405, NO_SUCH_METHOD)
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "PUT", "PATCH", "DELETE"}


def test_a_percent_encoded_id_reads_as_itself(api: Client) -> None:
    """`%36` is the digit 6, the first of the id."""
    assert api.get(path_of("%36" + PARTIAL_PAYMENT[1:])).status == 200
