"""Advice about dates that a contract takes in another notation."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from paysandbox.control.wrong_dates import list_readings
from paysandbox.core.problems import RULE, Violation
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.unit.control.advised import (
    CRM,
    IC,
    INVOICE,
    IX,
    KEY,
    LOGIN,
    PAID,
    PARTIAL,
    PAYMENT,
    PAYMENTS,
    TOKENS,
    URL,
    about,
    advice,
)


def advice_on(client: Client, provider: str, sent: str) -> list[str]:
    """The advice about a date, sent where a provider's calls have one."""
    token = client.post(TOKENS, LOGIN).json["data"]["token"]
    calls: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
        "invisible_collector": (PAYMENTS, PAYMENT | {"date": sent}, {"headers": IC}),
        "invoicexpress": (PARTIAL, {"partial_payment": {"amount": 1, "payment_date": sent}}, {"query": IX}),
        "invoiless": (INVOICE, PAID | {"paidAt": sent}, {"headers": KEY}),
        "crm_com": (f"{CRM}/payments/pay_invoice", {"token": token, "received_on": sent}, {}),
    }
    path, body, credentials = calls[provider]
    client.post(path, body, **credentials)
    return about(advice(client, 2), sent)


ISO_PROVIDERS = {"invisible_collector": "/date", "invoiless": "/paidAt", "crm_com": "/received_on"}


@pytest.mark.parametrize("provider", ISO_PROVIDERS)
@pytest.mark.parametrize(
    ("sent", "european", "american"),
    [
        ("7/4/2026", "2026-04-07", "2026-07-04"),
        ("07/04/2026", "2026-04-07", "2026-07-04"),
        ("7-4-2026", "2026-04-07", "2026-07-04"),
        ("7/4/2026, 3:00:00 PM", "2026-04-07", "2026-07-04"),
    ],
)
def test_both_readings_of_a_date_are_named(
    client: Client, provider: str, sent: str, european: str, american: str
) -> None:
    """None is chosen: `toLocaleDateString()` writes 4 July as 7/4/2026 in the United States."""
    hint = next(one for one in advice_on(client, provider, sent) if "can mean" in one)
    sign = sent[1] if sent[1] in "/-" else sent[2]
    dmy, mdy = sign.join(("day", "month", "year")), sign.join(("month", "day", "year"))
    assert hint == (
        f"Send {ISO_PROVIDERS[provider]} as year-month-day: {sent!r} can mean {european!r} ({dmy}) or {american!r} "
        f"({mdy}), and only you know which."
    )


def test_both_readings_where_the_day_comes_first(client: Client) -> None:
    """The zeros alone would make it valid, and still perhaps wrong."""
    assert advice_on(client, "invoicexpress", "7/4/2026") == [
        (
            "Send /partial_payment/payment_date as day/month/year: '7/4/2026' can mean '07/04/2026' (day/month/year) "
            "or '04/07/2026' (month/day/year), and only you know which."
        )
    ]


@pytest.mark.parametrize(
    ("sent", "rest"),
    [
        ("26/10/2017", "year-month-day, '2017-10-26', not as day/month/year, '26/10/2017'."),
        ("6.1.2017", "year-month-day, '2017-01-06', not as day.month.year, '6.1.2017'."),
        ("10/26/2017", "year-month-day, '2017-10-26', not as month/day/year, '10/26/2017'."),
        ("1/1/1970", "year-month-day, '1970-01-01', not as day/month/year, '1/1/1970'."),
        ("2017/10/26", "year-month-day, '2017-10-26', not as year/month/day, '2017/10/26'."),
        ("2026-7-4", "'2026-07-04', not '2026-7-4'."),
        ("2026-10-26 09:00", "'2026-10-26', a day without a time, not '2026-10-26 09:00'."),
        (
            "2026-10-25T23:00:00.000Z",
            (
                "'2026-10-25', a day without a time, not '2026-10-25T23:00:00.000Z' (`toISOString()` of JavaScript "
                "gives the day in UTC, which may be another)."
            ),
        ),
    ],
)
def test_the_only_reading_of_a_date(client: Client, sent: str, rest: str) -> None:
    """Day and month of it cannot be exchanged, or exchanging them changes nothing."""
    assert advice_on(client, "invisible_collector", sent) == [f"Send /date as {rest}"]


@pytest.mark.parametrize(
    ("sent", "rest"),
    [
        ("2017-10-26", "day/month/year, '26/10/2017', not as year-month-day, '2017-10-26'."),
        ("2017-10-26T09:00:00Z", "day/month/year, '26/10/2017', not as year-month-day, '2017-10-26T09:00:00Z'."),
        ("10/26/2017", "day/month/year, '26/10/2017', not as month/day/year, '10/26/2017'."),
        ("26.10.2017", "day/month/year, '26/10/2017', not as day.month.year, '26.10.2017'."),
        ("26/10/2017 09:00", "'26/10/2017', a day without a time, not '26/10/2017 09:00'."),
        ("13/4/2026", "'13/04/2026', not '13/4/2026'."),
    ],
)
def test_a_date_where_the_day_comes_first(client: Client, sent: str, rest: str) -> None:
    assert advice_on(client, "invoicexpress", sent) == [f"Send /partial_payment/payment_date as {rest}"]


def test_a_day_is_enough_where_the_contract_takes_one(client: Client) -> None:
    """CRM.COM takes a day where it answers a time."""
    (sentence,) = about(advice_on(client, "crm_com", "26/10/2017"), "day/month")
    assert "as year-month-day, '2017-10-26', not as" in sentence


@pytest.mark.parametrize("sent", ["31/02/2017", "tomorrow", "2017-02-31", "99/99/2017", "13/13/2017", "2016-7-2O", ""])
def test_a_date_that_no_notation_mends(client: Client, sent: str) -> None:
    """Nothing is said that would be refused too."""
    client.post(PAYMENTS, PAYMENT | {"date": sent}, headers=IC)
    assert client.get(f"{URL}/default-1").json["refused"] is True
    assert about(advice(client, 1), "/date") == []


@pytest.mark.parametrize(
    ("path", "query", "headers", "hint"),
    [
        (
            "/invisible-collector/debts/find",
            "from_date=26/10/2017",
            IC,
            "Send ?from_date as year-month-day, '2017-10-26', not as day/month/year, '26/10/2017'.",
        ),
        (
            "/invoicexpress/invoices.json",
            f"{IX}&date%5Bfrom%5D=2017-10-26",
            {},
            "Send ?date[from] as day/month/year, '26/10/2017', not as year-month-day, '2017-10-26'.",
        ),
    ],
)
def test_a_date_in_a_query(client: Client, path: str, query: str, headers: dict[str, str], hint: str) -> None:
    client.get(path, query=query, headers=headers)
    assert about(advice(client, 1), "2017-10-26") == [hint]


def advise_on(runtime: Runtime, change: Callable[[Violation], list[Violation]]) -> list[str]:
    """Refuse a date for its notation, change the violations in the journal, and return the advice about dates."""
    client = Client(runtime)
    client.post(PAYMENTS, PAYMENT | {"date": "26/10/2017"}, headers=IC)
    journal = runtime.namespaces.get("default").journal
    entry = journal.get(1)
    assert entry is not None
    assert entry.refusal is not None
    violations = [changed for one in entry.refusal.violations for changed in change(one)]
    journal.clear()
    journal.add(replace(entry, refusal=replace(entry.refusal, violations=violations)))
    return about(advice(client, 1), "-day")


def test_a_date_is_found_wherever_it_stands(runtime: Runtime) -> None:
    """Its pointer may go through lists and escaped names, and may lead nowhere."""
    nowhere = [
        Violation(pointer, "pattern", "") for pointer in ("/no", "/lines/9", "/lines/x", "/lines/0/amount/x", "?q")
    ]
    assert len(advise_on(runtime, lambda violation: [*nowhere, violation])) == 1


def test_a_date_refused_by_a_rule_needs_no_other_notation(runtime: Runtime) -> None:
    """Its notation is the right one; other notations are tried only for what the schema refuses."""
    assert advise_on(runtime, lambda violation: [replace(violation, keyword=RULE)]) == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("7/4/2026", [(4, 7), (7, 4)]),
        ("7.4.2026", [(4, 7)]),
        ("4/4/2026", [(4, 4)]),
        ("10.26.2017", [(10, 26)]),
        ("13/4/2026", [(4, 13)]),
        ("4/13/2026", [(4, 13)]),
        ("2026-4-7", [(4, 7)]),
        ("7/4-2026", []),
        ("7/4/26", []),
    ],
)
def test_readings_of_a_text(text: str, days: list[tuple[int, int]]) -> None:
    """As month and day; a text with two signs, or a year of two digits, is not read."""
    assert [(reading.month, reading.day) for reading in list_readings(text)] == days
