"""Any sequence of calls, compared with a small model that shares no code with the provider."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import LedgerMachine, play_until
from tests.helpers.runtimes import Client, Response
from tests.providers.invoiless.known import (
    BAKERY,
    CANCELED,
    DRAFT,
    INVOICES,
    LEAST,
    MOLEN,
    MONDEGO,
    NOBODY,
    PAID,
    PENDING,
    PROVIDER,
    REFUNDED,
    RETAINER,
    SHOP,
    THREE,
    UNTOUCHED,
    WORKSHOP,
    invoice_path,
    path_of,
    payments_of,
)

TODAY: Final = dt.date(2026, 3, 31)
MONTH: Final = dt.timedelta(days=30)
EXAMPLES: Final = 80  # with some 40 calls each
CENT: Final = Decimal("0.01")
OWN: Final = "603df7939b3e7d00418c2f07"  # the workshop's account
CHOSEN: Final = (THREE, PAID, LEAST, UNTOUCHED, PENDING, DRAFT, CANCELED, REFUNDED, RETAINER)
CARRIED_OUT: Final = (
    "create invoice 201",
    "create payment 201",
    "change payment PUT 200",
    "change payment PATCH 200",
    "delete payment 200",
)
DESCRIBED: Final = {"internalId": "C-9", "billTo": {"company": "Z"}}
SETTLED: Final = ("Paid", "Canceled", "Refunded")  # an invoice that is created so owes nothing
WRONG: Final = (NOBODY, BAKERY, "no-id")

amounts: Final = st.decimals(Decimal("0.01"), Decimal("2000.00"), places=2)
methods: Final = st.sampled_from(["Cash", "Cheque", "Card", "BankTransfer", "Other"])
days: Final = st.dates(dt.date(2023, 12, 1), dt.date(2026, 6, 30))
picks: Final = st.integers(0, 10**6)
scopes: Final = st.sampled_from([*[None] * 9, WORKSHOP, SHOP, NOBODY])
terms: Final = st.fixed_dictionaries(
    {"method": methods},
    optional={"amount": amounts, "paidAt": days.map(str), "notes": st.sampled_from(["", "n", None])},
)
customers: Final = st.sampled_from([MONDEGO, MONDEGO, MONDEGO, MOLEN, DESCRIBED])
items: Final = st.lists(
    st.fixed_dictionaries(
        {"name": st.just("x"), "price": amounts},
        optional={"quantity": st.decimals(Decimal("0.01"), Decimal("20.00"), places=2)},
    ),
    min_size=1,
    max_size=3,
)


class Ledger(LedgerMachine):
    """The API, and a model of its invoices and payments in plain dicts."""

    provider = PROVIDER

    def __init__(self) -> None:
        super().__init__()
        self.api = Client(self.runtime, root="/invoiless", headers={"api-key": "invoiless-test-key"})
        remembered = self.dump()
        # What an invoice is beside its payments, in the order of their creation: the fixtures' of this account.
        self.bills = {
            invoice["id"]: self._bill(invoice) for invoice in remembered["invoices"] if invoice["account"] == OWN
        }
        self.paid = {
            payment["id"]: {
                "invoice": payment["invoice"],
                "amount": Decimal(payment["amount"]),
                "method": payment["method"],
                "paidAt": payment["paidAt"],
                "notes": payment["notes"],
            }
            for payment in remembered["payments"]
            if payment["invoice"] in self.bills
        }
        self.first = frozenset(self.bills)
        self.gone: dict[str, None] = {}

    @staticmethod
    def _bill(record: dict[str, Any]) -> dict[str, Any]:
        first = record["status"] if record["status"] in {"Draft", "Pending", "Canceled", "Refunded"} else "Unpaid"
        return {
            "number": record["number"],
            "scope": record["scope"],
            "total": Decimal(record["total"]),
            "status": first,
            "settled": record["statusGiven"],
            "retainer": record["isRetainer"],
            "date": record["date"],
            "due": record["dueDate"],
            "customer": record["customer"],
        }

    # The model.

    def owed(self, invoice: str, besides: str | None = None) -> Decimal:
        """The amount owed on an invoice, or owed without one of its payments."""
        if self.bills[invoice]["settled"]:
            return Decimal(0)
        paid = [
            payment["amount"] for key, payment in self.paid.items() if payment["invoice"] == invoice and key != besides
        ]
        total: Decimal = self.bills[invoice]["total"]
        return total - sum(paid, Decimal(0))

    def status(self, invoice: str) -> str:
        """The expected status of an invoice, which depends on the amount paid only."""
        bill, owed = self.bills[invoice], self.owed(invoice)
        if bill["settled"] or bill["status"] in {"Draft", "Canceled", "Refunded"} or owed == bill["total"]:
            return str(bill["status"])
        return "Partial" if owed else "Paid"

    def next_number(self, year: str, *, retainer: bool) -> str:
        """The first free number after as many as there are of a year."""
        count = sum((bill["retainer"], bill["date"][:4]) == (retainer, year) for bill in self.bills.values()) + 1
        taken = {bill["number"] for bill in self.bills.values()}
        while (number := f"{'RET' if retainer else 'INV'}-{year}-{count:03}") in taken:
            count += 1
        return number

    def sees(self, invoice: str | None, scope: str | None) -> bool:
        """Whether a call sees an invoice."""
        return invoice in self.bills and scope in {None, self.bills[invoice]["scope"]}

    def takes(self, invoice: str, wanted: Decimal | None, besides: str | None = None) -> Decimal | None:
        """The amount that a payment takes; None if it is refused."""
        owed = self.owed(invoice, besides)
        if self.bills[invoice]["status"] in {"Draft", "Canceled", "Refunded"}:
            return None
        if wanted is None:
            return owed or None
        return wanted if wanted <= owed else None

    def can_be_billed(self, customer: Any) -> bool:
        """Whether the account has a customer, or the request describes one."""
        return bool(customer != MOLEN)

    def bill_customer(self, customer: Any, key: str, scope: str | None) -> None:  # noqa: ARG002 - for models with scopes
        """Check the customer that is billed."""
        assert key == customer or not isinstance(customer, str)

    def called(self, what: str, call: Callable[..., Response], *sent: Any, scope: str | None = None) -> Response:
        """Make a call and count it; a refused call changes nothing."""
        before = self.dump()
        response = call(*sent, headers={} if scope is None else {"scope-id": scope})
        self.played.calls[f"{what} {response.status}"] += 1
        if response.status >= 400 or what.startswith(("read", "list")):
            assert self.dump() == before
        return response

    def invoice(self, pick: int) -> str:
        """An invoice of this run, one of the fixtures, or an unknown one."""
        ids: list[str] = [*(key for key in self.bills if key not in self.first), *CHOSEN, *CHOSEN, *WRONG]
        return ids[pick % len(ids)]

    def payment(self, pick: int) -> str:
        """A payment of this run, one of the fixtures, a deleted or an unknown one."""
        made = [
            key
            for key, payment in self.paid.items()
            if payment["invoice"] in CHOSEN or payment["invoice"] not in self.first
        ]
        ids: list[str] = [*made, *made, *list(self.gone)[-1:], *WRONG]
        return ids[pick % len(ids)]

    # The calls.

    @rule(
        items=items,
        scope=scopes,
        customer=customers,
        more=st.fixed_dictionaries(
            {},
            optional={
                "date": days.map(str),
                "dueDate": days.map(str),
                "status": st.sampled_from(["Draft", "Pending", *["Unpaid"] * 4, *SETTLED, "Partial", "Sent"]),
                "isRetainer": st.booleans(),
            },
        ),
    )
    def create_invoice(self, items: Any, scope: str | None, customer: Any, more: dict[str, Any]) -> None:
        """Create an invoice; its dates, customer, scope or status may be refused."""
        body = {"customer": customer, "items": items, **more}
        response = self.called("create invoice", self.api.post, INVOICES, body, scope=scope)
        date = more.get("date", str(TODAY))
        if more.get("status") == "Sent" or (scope != NOBODY and more.get("dueDate", date) < date):
            assert response.status == 400
            return
        if scope == NOBODY or not self.can_be_billed(customer):
            assert response.status == 404
            return
        total = sum((item["price"] * item.get("quantity", 1)).quantize(CENT, rounding=ROUND_HALF_UP) for item in items)
        retainer = more.get("isRetainer", False)
        number = self.next_number(date[:4], retainer=retainer)
        made = response.json
        assert (response.status, made["total"], made["number"]) == (201, total, number)
        assert made["id"] not in self.bills
        self.bills[made["id"]] = {
            "number": number,
            "scope": scope,
            "total": total,
            "status": more.get("status", "Draft"),
            "settled": more.get("status") in SETTLED,
            "retainer": retainer,
            "date": date,
            "due": more.get("dueDate", str(dt.date.fromisoformat(date) + MONTH)),
            "customer": made["customer"]["id"],
        }
        self.bill_customer(customer, made["customer"]["id"], scope)

    @rule(pick=picks, scope=scopes, body=terms, how=st.integers(0, 7))
    def create_payment(self, pick: int, scope: str | None, body: dict[str, Any], how: int) -> None:
        """Pay all, a part, a cent too much, nothing, or another amount."""
        key = self.invoice(pick)
        if self.sees(key, None) and how < 4:
            owed = self.owed(key)
            body = {**body, "amount": [owed, owed + CENT, *[(owed / 2).quantize(CENT)] * 2][how]}
        if how == 4:
            body = {**body, "amount": 0}
        response = self.called("create payment", self.api.post, payments_of(key), body, scope=scope)
        wanted = body.get("amount")
        if wanted is not None and not 0 < wanted <= Decimal("9999999999999.99"):
            assert response.status == (404 if key == "no-id" else 400)
            return
        if not self.sees(key, scope):
            assert response.status == 404
            return
        paid = self.takes(key, wanted)
        if paid is None:
            assert response.status == 400
            return
        assert (response.status, response.json["amount"]) == (201, paid)
        self.keep(response.json["id"], key, body, paid)
        self.matches(response.json)

    @rule(
        pick=picks,
        scope=scopes,
        change=st.one_of(
            st.tuples(st.just("PUT"), terms),
            st.tuples(
                st.just("PATCH"),
                st.fixed_dictionaries(
                    {},
                    optional={
                        "amount": amounts | st.none(),
                        "method": methods,
                        "paidAt": st.sampled_from(["2024-02-29", "", None]),
                        "notes": st.sampled_from(["", "m", None]),
                    },
                ),
            ),
        ),
    )
    def change_payment(self, pick: int, scope: str | None, change: tuple[str, dict[str, Any]]) -> None:
        """PUT replaces a payment, PATCH changes its given properties."""
        key, (method, body) = self.payment(pick), change
        response = self.called(
            f"change payment {method}",
            self.api.put if method == "PUT" else self.api.patch,
            path_of(key),
            body,
            scope=scope,
        )
        before = self.paid.get(key)
        if before is None or not self.sees(before["invoice"], scope):
            assert response.status == 404
            return
        whole = body if method == "PUT" else {**before, **body}
        paid = self.takes(before["invoice"], whole.get("amount"), besides=key)
        if paid is None:
            assert response.status == 400
            return
        assert response.status == 200
        self.keep(key, before["invoice"], whole, paid)
        self.matches(response.json)

    @rule(pick=picks, scope=scopes)
    def delete_payment(self, pick: int, scope: str | None) -> None:
        """Delete a payment twice, the second time without effect, whatever the invoice's status."""
        key = self.payment(pick)
        before = self.paid.get(key)
        there = before is not None and self.sees(before["invoice"], scope)
        response = self.called("delete payment", self.api.delete, path_of(key), scope=scope)
        assert response.status == (200 if there else 404)
        if before is not None and there:
            del self.paid[key]
            self.gone[key] = None
            assert self.called("delete payment again", self.api.delete, path_of(key)).status == 404

    @rule(pick=picks, scope=scopes)
    def read_payment(self, pick: int, scope: str | None) -> None:
        """It is as last changed."""
        key = self.payment(pick)
        response = self.called("read payment", self.api.get, path_of(key), scope=scope)
        there = key in self.paid and self.sees(self.paid[key]["invoice"], scope)
        assert response.status == (200 if there else 404)
        if there:
            self.matches(response.json)

    @rule(pick=picks, scope=scopes)
    def read_invoice(self, pick: int, scope: str | None) -> None:
        """With balance, status and all payments in order."""
        key = self.invoice(pick)
        response = self.called("read invoice", self.api.get, invoice_path(key), scope=scope)
        listed = self.called("list payments", self.api.get, payments_of(key), scope=scope)
        if not self.sees(key, scope):
            assert (response.status, listed.status) == (404, 404)
            return
        shown = {name: response.json[name] for name in ("balance", "status", "number", "total", "scope")}
        bill = self.bills[key]
        assert shown == {name: bill[name] for name in ("number", "total", "scope")} | {
            "balance": self.owed(key),
            "status": self.status(key),
        }
        docs = listed.json["docs"]
        assert [payment["id"] for payment in docs] == [
            payment_id for payment_id, payment in self.paid.items() if payment["invoice"] == key
        ]
        for payment in docs:
            self.matches(payment)

    @rule(
        scope=scopes,
        page=st.integers(0, 9),
        limit=st.sampled_from([9, 10, 50, 100]),
        search=st.sampled_from(["", "inv-2026"]),
    )
    def list_invoices(self, scope: str | None, page: int, limit: int, search: str) -> None:
        """A page of the invoices that the call sees, in the order of creation."""
        query = f"page={page}&limit={limit}&search={search}"
        response = self.called(
            "list invoices",
            lambda path, headers: self.api.get(path, query=query, headers=headers),
            INVOICES,
            scope=scope,
        )
        if page == 0 or limit == 9:
            assert response.status == 400
            return
        if scope == NOBODY:
            assert response.status == 404
            return
        seen = [
            key for key, invoice in self.bills.items() if self.sees(key, scope) and search in invoice["number"].lower()
        ]
        found = response.json
        assert [invoice["id"] for invoice in found["docs"]] == seen[(page - 1) * limit : page * limit]
        assert (found["page"], found["pages"]) == (page, max(1, (len(seen) + limit - 1) // limit))
        for invoice in found["docs"]:
            assert (invoice["balance"], invoice["status"]) == (self.owed(invoice["id"]), self.status(invoice["id"]))

    def keep(self, key: str, invoice: str, body: dict[str, Any], paid: Decimal) -> None:
        """Keep a payment in the model; from now on the invoice's status follows its payments."""
        if self.bills[invoice]["status"] == "Partial":
            self.bills[invoice]["status"] = "Unpaid"
        self.paid[key] = {
            "invoice": invoice,
            "amount": paid,
            "method": body["method"],
            "paidAt": body.get("paidAt") or str(TODAY),
            "notes": body.get("notes") or None,
        }

    def matches(self, shown: dict[str, Any]) -> None:
        """A payment is as the model has it."""
        assert {name: shown[name] for name in self.paid[shown["id"]]} == self.paid[shown["id"]]

    @invariant()
    def the_books_agree(self) -> None:
        """Every record is as in the model."""
        remembered = self.dump()
        balances = {
            invoice["id"]: (Decimal(invoice["balance"]), invoice["status"])
            for invoice in remembered["invoices"]
            if invoice["account"] == OWN
        }
        assert balances == {key: (self.owed(key), self.status(key)) for key in self.bills}
        assert [payment["id"] for payment in remembered["payments"] if payment["invoice"] in self.bills] == sorted(
            self.paid, key=[payment["id"] for payment in remembered["payments"]].index
        )


def test_any_sequence_keeps_the_ledger(base_runtime: Runtime) -> None:
    """Every call is accepted and refused in some state, hundreds of calls in all."""
    everything = {
        "create invoice",
        "create payment",
        "change payment PUT",
        "change payment PATCH",
        "delete payment",
        "read payment",
        "read invoice",
        "list payments",
        "list invoices",
    }
    refused = everything | {"delete payment again"}
    steps = play_until(
        lambda calls: (list_calls(calls, "2"), list_calls(calls, "4")) == (everything, refused),
        Ledger,
        base_runtime,
        sequences=EXAMPLES,
        steps=50,
    ).calls
    assert list_calls(steps, "2") == everything
    assert list_calls(steps, "4") == refused
    assert steps.total() > 20 * EXAMPLES, steps
    assert min(steps[step] for step in CARRIED_OUT) > EXAMPLES // 8, steps


def list_calls(calls: Counter[str], status: str) -> set[str]:
    """The calls whose status began with this digit, without it."""
    return {name.rsplit(" ", 1)[0] for name in calls if name[-3] == status}
