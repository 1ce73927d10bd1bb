"""Payments in parallel over HTTP have the outcome that the vendor's rule gives, as if they came one after the other.

In memory one call is one transaction because the server has one event loop and `process` never awaits: between a
call's first look at the records and its last change no other call has a turn. A handler that awaits, an `await` between
route and reply, or a second thread with the same records would break it. Over a store two workers answer: a worker's
call is undone, and made again, if the log of the namespace has gone on meanwhile. These tests and those of
`test_interleavings.py` fail if either is broken.
"""

from collections import Counter
from decimal import Decimal
from itertools import count
from typing import Any, Final

import pytest

from tests.helpers.runtimes import Response
from tests.system.concurrency.live import CLIENTS, TIMES, Crowd, at_once
from tools.matrix.vendors import VENDORS, CrmCom, InvisibleCollector, InvoiceXpress, Invoiless

CENT: Final = Decimal("0.01")
BY_NAME: Final = {vendor.name: vendor for vendor in VENDORS}
IDEMPOTENT: Final = "Invisible Collector"


@pytest.mark.parametrize("name", BY_NAME)
def test_identical_payments_are_one(clients: Crowd, name: str) -> None:
    """Where a repeat is the same payment all get its answer; else one is made, and the others are refused."""
    connect, vendor = clients.connect(runtime := clients.runtime()), BY_NAME[name]
    document = vendor(connect).document()

    def pay(_: int) -> list[Response]:
        one = vendor(connect)
        return [one.pay(document, None, 1) for _ in range(TIMES)]

    replies = at_once(pay)
    done = [one for one in replies if vendor(connect).carried_out(one)]
    assert len(replies) == CLIENTS * TIMES
    if name == IDEMPOTENT:
        assert Counter(one.status for one in replies) == {201: 1, 200: len(replies) - 1}
        assert len({one.content for one in replies}) == 1
    else:
        assert len(done) == 1
        assert {one.headers.get("x-sandbox-reason") for one in replies if one not in done} == {"state"}
    assert vendor(connect).owed(document)[0] == 0
    assert clients.broken_invariants(runtime) == []


def test_of_conflicting_payments_one_is_made(clients: Crowd) -> None:
    """One number, as many amounts as clients: the first is the payment, its repeats are answered, others refused."""
    connect = clients.connect(runtime := clients.runtime())
    document = InvisibleCollector(connect).document()

    def pay(number: int) -> list[tuple[int, int]]:
        one = InvisibleCollector(connect)
        return [(number + 1, one.pay(document, Decimal(number + 1), 1).status) for _ in range(TIMES)]

    found = at_once(pay)
    ((winner, _),) = [one for one in found if one[1] == 201]
    expected = [(amount, 200 if amount == winner else 409) for amount, _ in found]
    expected[expected.index((winner, 200))] = (winner, 201)
    assert Counter(found) == Counter(expected)
    assert InvisibleCollector(connect).owed(document)[0] == 100 - winner
    assert clients.broken_invariants(runtime) == []


@pytest.mark.parametrize("vendor", [Invoiless, InvoiceXpress], ids=lambda vendor: vendor.name)
def test_partial_payments_never_overpay(clients: Crowd, vendor: Any) -> None:
    """Of a hundred, thirty-three payments of three are made, and one is left."""
    connect = clients.connect(runtime := clients.runtime())
    document = vendor(connect).document()

    def pay(number: int) -> list[Response]:
        one = vendor(connect)
        return [one.pay(document, Decimal(3), number * TIMES + time) for time in range(TIMES)]

    replies = at_once(pay)
    assert sum(vendor(connect).carried_out(one) for one in replies) == 33
    assert {one.headers.get("x-sandbox-reason") for one in replies if one.status >= 400} == {"state"}
    assert vendor(connect).owed(document)[0] == 1
    assert clients.broken_invariants(runtime) == []


def test_no_payment_is_lost(clients: Crowd) -> None:
    """Each of another number: all are made, and the debt's total has them all."""
    connect = clients.connect(runtime := clients.runtime())
    document = InvisibleCollector(connect).document()

    def pay(number: int) -> list[int]:
        one = InvisibleCollector(connect)
        return [one.pay(document, CENT, number * TIMES + time).status for time in range(TIMES)]

    assert at_once(pay) == [201] * (CLIENTS * TIMES)
    assert InvisibleCollector(connect).owed(document)[0] == 100 - CENT * CLIENTS * TIMES
    assert clients.broken_invariants(runtime) == []


def check_without_gaps(numbers: list[int], first: int) -> None:
    """Each once, from the first on."""
    assert sorted(numbers) == list(range(first, first + len(numbers)))


def test_receipts_are_numbered_without_gaps(clients: Crowd) -> None:
    """By payments on one document at once; refused ones in between use no number up."""
    connect = clients.connect(runtime := clients.runtime())
    document = InvoiceXpress(connect).document()

    def pay(number: int) -> list[Response]:
        one = InvoiceXpress(connect)
        amounts = [CENT if (number + time) % 4 else Decimal(1000) for time in range(TIMES)]
        return [one.pay(document, amount, time) for time, amount in enumerate(amounts)]

    receipts = [one.json["receipt"] for one in at_once(pay) if one.status == 200]
    assert len(receipts) == CLIENTS * TIMES * 3 // 4
    check_without_gaps([int(one["sequence_number"].partition("/")[0]) for one in receipts], 28)
    check_without_gaps([one["id"] for one in receipts], min(one["id"] for one in receipts))
    assert clients.broken_invariants(runtime) == []


def test_invoices_are_numbered_without_gaps(clients: Crowd) -> None:
    connect = clients.connect(runtime := clients.runtime())

    def create(_: int) -> list[str]:
        one = Invoiless(connect)
        return [one.document() for _ in range(TIMES // 4)]

    ids = at_once(create)
    assert len(set(ids)) == len(ids)
    client = connect("/invoiless/v1", {"api-key": "invoiless-test-key"})
    numbers = [client.get(f"/invoices/{one}").json["number"] for one in ids]
    assert {one.rpartition("-")[0] for one in numbers} == {"INV-2026"}
    check_without_gaps([int(one.rpartition("-")[2]) for one in numbers], 1)
    assert clients.broken_invariants(runtime) == []


def test_payments_that_come_and_go_have_numbers_of_their_own(clients: Crowd) -> None:
    """The client that pays the invoice cancels the payment, so that another client can pay; no number comes twice."""
    connect = clients.connect(runtime := clients.runtime())

    def pay(_: int) -> list[tuple[int, int]]:
        one = CrmCom(connect)
        # How many tries a client needs depends on the scheduler, so it goes on until one succeeds.
        paid = next(paid for time in count() if one.carried_out(paid := one.pay("328", None, time)))
        assert one.carried_out(one.cancel(paid))
        return [(int(paid.json["data"]["number"]), int(paid.json["data"]["reference_number"]))]

    found = at_once(pay)
    assert len(found) == CLIENTS
    for numbers in zip(*found, strict=True):
        assert len(set(numbers)) == len(numbers)
    assert CrmCom(connect).owed("328")[0] == CrmCom.whole
    assert clients.broken_invariants(runtime) == []
