"""Dates: a day or a time, with a fraction or a zone; replies have UTC to the second."""

import pytest

from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import PAY, SHOW, Body, asked, code, data


@pytest.mark.parametrize(
    ("given", "answered"),
    [
        ("2014-07-14T09:12:54", "2014-07-14T09:12:54"),
        ("2014-07-14", "2014-07-14T00:00:00"),
        ("2014-07-14T09:12:54.999999999", "2014-07-14T09:12:54"),
        ("2014-07-14T09:12:54Z", "2014-07-14T09:12:54"),
        ("2014-07-14T01:12:54+02:00", "2014-07-13T23:12:54"),
        ("2014-12-31T23:59:59.5-00:30", "2015-01-01T00:29:59"),
        ("1000-01-01T00:00:00+14:00", "1000-01-01T00:00:00"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59"),
    ],
)
def test_a_date_is_answered_in_utc_to_the_second(api: Client, payment: Body, given: str, answered: str) -> None:
    """The same in every date of the request; a zone that leads out of the calendar is dropped."""
    paid = data(api.post(PAY, payment(received_on=given, udf_date_3=given)))
    shown = data(asked(api, SHOW, payment_identifier=f"id={paid['id']}"))
    assert (shown["received_on"], shown["udf_date_3"]) == (answered, answered)


@pytest.mark.parametrize("given", ["14/07/2014", "2014-7-14", "2014-07-14 09:12:54", "20140714", "", "now"])
def test_any_other_form_is_refused(api: Client, payment: Body, given: str) -> None:
    response = api.post(PAY, payment(received_on=given))
    assert code(response) == "INVALID_REQUEST"
    assert "/received_on" in response.explain
    assert (
        "for example '2014-07-14T09:12:54', '2014-07-14', '2014-07-14T09:12:54.5', '2014-07-14T09:12:54Z' or "
        "'2014-07-14T09:12:54+02:00'"
    ) in response.explain
