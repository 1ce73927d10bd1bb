"""Any sequence of calls that change invoices and customers too, compared with the model of invoices and payments.

The rules are those of the vendor's pages: PUT replaces, PATCH merges, what is deleted is gone.
"""

import datetime as dt
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import play_until
from tests.providers.invoiless.known import (
    LEAST,
    MOLEN,
    MONDEGO,
    NOBODY,
    invoice_path,
    path_of,
)
from tests.providers.invoiless.test_ledger import (
    CENT,
    MONTH,
    SETTLED,
    TODAY,
    Ledger,
    customers,
    days,
    items,
    picks,
    scopes,
)

SEQUENCES, STEPS = 60, 50
CUSTOMERS: Final = "/v1/customers"
POLYTECHNIC: Final = "644908ec9b3e7d00418c2f69"  # of the workshop
LIVRARIA: Final = "61e550f29b3e7d00418c2f46"  # of the shop
UNKNOWN: Final = (MOLEN, NOBODY, "no-id")
OPTIONAL: Final = ("shipTo", "cc", "bcc", "currency", "lang", "dateFormat", "tags")  # answered if they were given

numbers: Final = st.sampled_from(["A-1", "A-2", "INV-2026-002", "", None])
changes: Final = {
    "number": numbers,
    "date": days.map(str) | st.sampled_from(["", None]),
    "dueDate": days.map(str) | st.sampled_from(["", None]),
    "status": st.sampled_from(["Draft", "Pending", *["Unpaid"] * 4, *SETTLED, "Partial", "", None]),
    "isRetainer": st.sampled_from([False, False, False, True, None]),
    "discount": st.sampled_from([0, 5, Decimal("12.34"), 10**6, None]),
    "taxes": st.sampled_from([[{"rate": 23}], [], None]),
}
names: Final = st.sampled_from(
    [
        {"company": "Zonnehof"},
        {"company": "De Hoek", "email": "A@b.example"},
        {"company": "De Hoek", "name": "Café De Hoek"},
        {"firstName": "Ines", "lastName": "Okafor", "phone": "1", "legal": "KvK 1"},
    ]
)
name_changes: Final = st.sampled_from(
    [
        {"company": ""},
        {"company": None, "firstName": "Ines", "lastName": "Okafor"},
        {"lastName": "de Vries"},
        {"phone": "2", "legal": ""},
        {"email": "C@d.example"},
        {"email": ""},
        {"name": "Zon"},
        {"name": ""},
    ]
)
traits: Final = {
    "cc": st.sampled_from([["c@d.example"], ["A@B.example"], [], None]),
    "bcc": st.sampled_from([["e@f.example"], ["C@d.example"], None]),
    "shipTo": st.sampled_from([{"company": "Atelier"}, None]),
    "currency": st.sampled_from(["GBP", "", None]),
    "attachPdf": st.sampled_from([True, False, None]),
    "notes": st.sampled_from(["n", "", None]),
    "tags": st.sampled_from([["x"], [], None]),
}


class InvoicesLedger(Ledger):
    """The model with invoices that are replaced, changed and deleted, and with customers."""

    def __init__(self) -> None:
        super().__init__()
        # What a customer is, as a read answers it; from here on the model says how it changes.
        self.customers = {
            read["id"]: self._customer(read) for read in self.api.get(CUSTOMERS, query="limit=100").json["docs"]
        }
        scoped = {
            record["id"]: record["scope"] for record in self.dump()["customers"] if record["id"] in self.customers
        }
        for key, customer in self.customers.items():
            customer["scope"] = scoped[key]
        self.fixed = frozenset(self.customers)
        self.internal = {"C-1007": MONDEGO}
        self.deleted: dict[str, dict[str, Any]] = {}  # customers who stay on their invoices
        self.gone_invoices: list[str] = []

    # The model.

    @staticmethod
    def _customer(read: dict[str, Any]) -> dict[str, Any]:
        bill_to = {name: read["billTo"][name] for name in read["billTo"] if name not in {"email", "name", "shortName"}}
        name = read["billTo"]["name"]
        return {
            "billTo": bill_to,
            "name": None if name == choose_name(bill_to) else name,
            "email": read["email"],
            "createdAt": read["createdAt"],
            **{trait: read[trait] for trait in (*OPTIONAL, "attachPdf", "notes") if trait in read},
        }

    def read_customer_of(self, key: str) -> dict[str, Any]:
        """Return what a read of a customer must answer."""
        customer = self.customers.get(key) or self.deleted[key]
        name = customer["name"] or choose_name(customer["billTo"])
        initials = "".join(word[0] for word in name.split()[:2])
        return {
            "id": key,
            "_id": key,
            "__v": 0,
            "billTo": {**customer["billTo"], "email": customer["email"], "name": name, "shortName": initials},
            "email": customer["email"],
            "attachPdf": customer.get("attachPdf") or False,
            "isArchived": False,
            "notes": customer.get("notes") or "",
            "createdAt": customer["createdAt"],
            **{trait: customer[trait] for trait in OPTIONAL if customer.get(trait)},
        }

    def change_of_customer(self, before: dict[str, Any], body: dict[str, Any]) -> dict[str, Any] | None:
        """Return a customer with what a request says, None if it is refused; empty values clear."""
        given = {name: value or None for name, value in body["billTo"].items()} if "billTo" in body else {}
        name = given.pop("name") if "name" in given else before["name"]
        email = given.pop("email") if "email" in given else before["email"]
        bill_to = {name: value for name, value in (before["billTo"] | given).items() if value}
        after = {**before, **body, "billTo": bill_to, "email": email and email.lower()}
        after["name"] = None if name == choose_name(bill_to) else name
        copies = [address.lower() for address in (*(after.get("cc") or ()), *(after.get("bcc") or ()))]
        addresses = [*copies, after["email"]] if after["email"] else copies
        if not choose_name(bill_to) or (copies and len(set(addresses)) < len(addresses)):
            return None
        return after

    def can_be_billed(self, customer: Any) -> bool:
        """Whether the account has a customer, or the request describes one."""
        return not isinstance(customer, str) or customer in self.customers

    def bill_customer(self, customer: Any, key: str, scope: str | None) -> None:
        """Keep the customer that an invoice describes: a new one, or the one with its internal id."""
        if isinstance(customer, str):
            assert key == customer
            return
        known = self.internal.get(customer["internalId"])
        if known is None:
            self.internal[customer["internalId"]] = key
            self.customers[key] = {**NONE, "scope": scope}
        assert key == (known or key)
        held = self.customers[key]
        self.customers[key] = held | {"billTo": held["billTo"] | customer["billTo"], "name": None}

    def customer(self, pick: int) -> str:
        """A customer of this run, one of the fixtures, a deleted or an unknown one."""
        made = [key for key in self.customers if key not in self.fixed]
        ids: list[str] = [*made, *made, MONDEGO, POLYTECHNIC, LIVRARIA, *list(self.deleted)[-1:], *UNKNOWN]
        return ids[pick % len(ids)]

    def sees_customer(self, key: str, scope: str | None) -> bool:
        """Whether a call sees a customer."""
        return key in self.customers and scope in {None, self.customers[key]["scope"]}

    def paid_of(self, invoice: str) -> Decimal:
        """What is paid of an invoice."""
        return sum((payment["amount"] for payment in self.paid.values() if payment["invoice"] == invoice), Decimal(0))

    # The calls on invoices.

    @rule(
        pick=picks,
        scope=scopes,
        customer=customers | picks,
        items=items,
        more=st.fixed_dictionaries({}, optional=changes),
    )
    def replace_invoice(self, pick: int, scope: str | None, customer: Any, items: Any, more: dict[str, Any]) -> None:
        """PUT: what is left out has its default, but for number and whether it is a retainer."""
        customer = self.customer(customer) if isinstance(customer, int) else customer
        self.change_invoice("PUT", self.invoice(pick), scope, {"customer": customer, "items": items, **more})

    @rule(
        pick=picks,
        scope=scopes,
        customer=st.none() | customers | picks,
        more=st.fixed_dictionaries({}, optional={**changes, "items": items}),
    )
    def update_invoice(self, pick: int, scope: str | None, customer: Any, more: dict[str, Any]) -> None:
        """PATCH: what is left out stays."""
        customer = self.customer(customer) if isinstance(customer, int) else customer
        body = more if customer is None else {"customer": customer, **more}
        self.change_invoice("PATCH", self.invoice(pick), scope, body)

    def change_invoice(self, method: str, key: str, scope: str | None, body: dict[str, Any]) -> None:
        """Make the call, and compare the reply with the model."""
        call = self.api.put if method == "PUT" else self.api.patch
        response = self.called(f"change invoice {method}", call, invoice_path(key), body, scope=scope)
        if not self.sees(key, scope):
            assert response.status == 404
            return
        before = self.bills[key]
        after = self._changed(key, body, is_patch=method == "PATCH")
        if isinstance(after, int):
            assert response.status == after, response.content
            return
        assert response.status == 200, response.content
        made = response.json
        if "customer" in body and body["customer"] != before["customer"]:
            self.bill_customer(body["customer"], made["customer"]["id"], before["scope"])
            after["customer"] = made["customer"]["id"]
        self.bills[key] = after
        assert (made["date"][:10], made["dueDate"][:10]) == (after["date"], after["due"])
        shown = {name: made[name] for name in ("number", "total", "isRetainer", "balance", "status")}
        assert shown == {
            "number": after["number"],
            "total": after["total"],
            "isRetainer": after["retainer"],
            "balance": self.owed(key),
            "status": self.status(key),
        }
        self.compare_customer(key, made["customer"])

    def _changed(self, key: str, body: dict[str, Any], *, is_patch: bool) -> dict[str, Any] | int:
        """Return the invoice as a request changes it, or the status of the refusal."""
        before = self.bills[key]
        kept = {"date": before["date"], "dueDate": before["due"]} if is_patch else {}
        date, due = (({**kept, **body}).get(name) or None for name in ("date", "dueDate"))
        date = date or str(TODAY)
        taken = {bill["number"] for other, bill in self.bills.items() if other != key}
        customer = body.get("customer", before["customer"])
        after = before | self._amounts(before, body, is_patch=is_patch)
        after |= {"number": body.get("number") or before["number"], "date": date}
        after["due"] = due or str(dt.date.fromisoformat(date) + MONTH)
        if (due is not None and due < date) or after["number"] in taken:
            return 400
        if body.get("isRetainer") not in {None, before["retainer"]}:
            return 403
        if customer != before["customer"] and not self.can_be_billed(customer):
            return 404
        if after["total"] < self.paid_of(key):
            return 400
        shown = self.status(key)
        asked = (body.get("status") or "Draft") if "status" in body or not is_patch else shown
        return after | self._standing(key, asked, is_same=asked == shown)

    @staticmethod
    def _amounts(before: dict[str, Any], body: dict[str, Any], *, is_patch: bool) -> dict[str, Any]:
        """Return the sum of the items, the discount, the rate and the total."""
        kept = {
            "sum": before.get("sum", before["total"]),
            "discount": before.get("discount", 0),
            "rate": before.get("rate", 0),
        }
        terms: dict[str, Any] = kept if is_patch else {"discount": 0, "rate": 0}
        if "items" in body:
            prices = ((item["price"] * item.get("quantity", 1)).quantize(CENT, ROUND_HALF_UP) for item in body["items"])
            terms["sum"] = sum(prices)
        if "discount" in body:
            terms["discount"] = body["discount"] or 0
        if "taxes" in body:
            terms["rate"] = body["taxes"][0]["rate"] if body["taxes"] else 0
        net = terms["sum"] - min(terms["discount"], terms["sum"])
        return {**terms, "total": net + (net * terms["rate"] / 100).quantize(CENT, ROUND_HALF_UP)}

    def _standing(self, key: str, asked: str, *, is_same: bool) -> dict[str, Any]:
        """Return the status of a changed invoice: as asked for while nothing is paid, else its payments decide."""
        before = self.bills[key]
        if not self.paid_of(key):
            return {"status": asked, "settled": before["settled"] if is_same else asked in SETTLED}
        if asked in {"Canceled", "Refunded"}:
            return {"status": asked, "settled": False}
        stays = asked == "Pending" or (is_same and before["status"] == "Pending")
        return {"status": "Pending" if stays else "Unpaid", "settled": False}

    @rule(pick=picks, scope=scopes)
    def delete_invoice(self, pick: int, scope: str | None) -> None:
        """Delete an invoice: its payments are gone, and its number is free."""
        key = self.invoice(pick)
        if key == LEAST or (key in self.first and pick % 3):
            return  # some of the fixtures', so that there is always something to pay
        is_seen = self.sees(key, scope)
        response = self.called("delete invoice", self.api.delete, invoice_path(key), scope=scope)
        assert response.status == (200 if is_seen else 404)
        if is_seen:
            payments = [payment for payment, paid in self.paid.items() if paid["invoice"] == key]
            for payment in payments:
                del self.paid[payment]
            del self.bills[key]
            assert self.called("read invoice", self.api.get, invoice_path(key)).status == 404
            for payment in payments[:2]:
                assert self.called("read payment", self.api.get, path_of(payment)).status == 404

    # The calls on customers.

    @rule(scope=scopes, bill_to=names, more=st.fixed_dictionaries({}, optional=traits))
    def create_customer(self, scope: str | None, bill_to: dict[str, Any], more: dict[str, Any]) -> None:
        """Create a customer; refused if an address would get invoices twice."""
        body = {"billTo": bill_to, **more}
        response = self.called("create customer", self.api.post, CUSTOMERS, body, scope=scope)
        after = self.change_of_customer(NONE, body)
        if scope == NOBODY or after is None:
            assert response.status == (404 if scope == NOBODY else 400)
            return
        key = response.json["id"]
        assert key not in {**self.customers, **self.deleted}
        self.customers[key] = after | {"scope": scope}
        assert (response.status, response.json) == (201, self.read_customer_of(key))

    @rule(pick=picks, scope=scopes, bill_to=names, more=st.fixed_dictionaries({}, optional=traits))
    def replace_customer(self, pick: int, scope: str | None, bill_to: dict[str, Any], more: dict[str, Any]) -> None:
        """PUT: what is left out is none."""
        self.change_customer("PUT", self.customer(pick), scope, {"billTo": bill_to, **more})

    @rule(
        pick=picks,
        scope=scopes,
        more=st.fixed_dictionaries({}, optional={**traits, "billTo": names | name_changes | name_changes}),
    )
    def update_customer(self, pick: int, scope: str | None, more: dict[str, Any]) -> None:
        """PATCH: what is left out stays, also within the billing address."""
        self.change_customer("PATCH", self.customer(pick), scope, more)

    def change_customer(self, method: str, key: str, scope: str | None, body: dict[str, Any]) -> None:
        """Make the call, and compare the reply with the model."""
        call = self.api.put if method == "PUT" else self.api.patch
        response = self.called(f"change customer {method}", call, f"{CUSTOMERS}/{key}", body, scope=scope)
        if not self.sees_customer(key, scope):
            assert response.status == 404
            return
        before = self.customers[key]
        kept = {name: before[name] for name in ("createdAt", "scope")}
        after = self.change_of_customer(before if method == "PATCH" else {**NONE, **kept}, body)
        if after is None:
            assert response.status == 400
            return
        self.customers[key] = after
        assert (response.status, response.json) == (200, self.read_customer_of(key))

    @rule(pick=picks, scope=scopes)
    def delete_customer(self, pick: int, scope: str | None) -> None:
        """Delete a customer, who is found no more; the internal id is free."""
        key = self.customer(pick)
        is_seen = self.sees_customer(key, scope)
        response = self.called("delete customer", self.api.delete, f"{CUSTOMERS}/{key}", scope=scope)
        assert response.status == (200 if is_seen else 404)
        if is_seen:
            self.deleted[key] = self.customers.pop(key)
            self.internal = {name: known for name, known in self.internal.items() if known != key}

    @rule(pick=picks, scope=scopes)
    def read_customer(self, pick: int, scope: str | None) -> None:
        """It is as last changed."""
        key = self.customer(pick)
        response = self.called("read customer", self.api.get, f"{CUSTOMERS}/{key}", scope=scope)
        if self.sees_customer(key, scope):
            assert (response.status, response.json) == (200, self.read_customer_of(key))
        else:
            assert response.status == 404

    @rule(
        scope=scopes | st.just(NOBODY),
        page=st.integers(1, 3),
        search=st.sampled_from(["", "zon", "HOEK", "a@b", "555"]),
    )
    def list_customers(self, scope: str | None, page: int, search: str) -> None:
        """A page of the customers that the call sees, in the order of creation."""
        response = self.called(
            "list customers",
            lambda path, headers: self.api.get(path, query=f"page={page}&limit=10&search={search}", headers=headers),
            CUSTOMERS,
            scope=scope,
        )
        if scope == NOBODY:
            assert response.status == 404
            return
        seen = [read for key in self.customers if self.sees_customer(key, scope) and (read := self._find(key, search))]
        assert response.json["docs"] == seen[(page - 1) * 10 : page * 10]
        assert response.json["total"] == len(seen)

    def _find(self, key: str, search: str) -> dict[str, Any] | None:
        read = self.read_customer_of(key)
        texts = (read["billTo"]["name"], read["email"] or "", read["billTo"].get("phone", ""))
        return read if any(search.lower() in text.lower() for text in texts) else None

    @rule(pick=picks)
    def read_billed_customer(self, pick: int) -> None:
        """An invoice shows its customer, deleted or not."""
        key = self.invoice(pick)
        if key in self.bills:
            self.compare_customer(key, self.called("read billed", self.api.get, invoice_path(key)).json["customer"])

    def compare_customer(self, invoice: str, shown: dict[str, Any]) -> None:
        """The customer of an invoice is who the model has."""
        key = self.bills[invoice]["customer"]
        read = self.read_customer_of(key)
        assert (shown["id"], shown["billTo"]["name"], shown["email"]) == (key, read["billTo"]["name"], read["email"])

    @invariant()
    def customers_agree(self) -> None:
        """The account has the model's customers, in their order, and no others."""
        kept = [
            record["id"]
            for record in self.dump()["customers"]
            if not record["isDeleted"] and record["id"] in self.customers
        ]
        assert kept == list(self.customers)


NONE: Final[dict[str, Any]] = {"billTo": {}, "name": None, "email": None, "createdAt": "2026-03-31T12:00:00.000Z"}


def choose_name(bill_to: dict[str, Any]) -> str:
    """The company's name, else the person's; empty if there is neither."""
    person = f"{bill_to.get('firstName') or ''} {bill_to.get('lastName') or ''}".strip()
    return bill_to.get("company") or (person if bill_to.get("firstName") and bill_to.get("lastName") else "")


@pytest.mark.slow
def test_any_sequence_of_changes_keeps_the_ledger(base_runtime: Runtime) -> None:
    """Every call is accepted and refused in some state."""
    steps = play_until(
        lambda calls: not find_untried(calls), InvoicesLedger, base_runtime, sequences=SEQUENCES, steps=STEPS
    ).calls
    assert find_untried(steps) == set()


def find_untried(calls: Counter[str]) -> set[str]:
    """What is not among these calls: one that was carried out, one that was refused, or one with a certain status."""
    done = {name.rsplit(" ", 1)[0] for name in calls if name[-3] == "2"}
    refused = {name.rsplit(" ", 1)[0] for name in calls if name[-3] == "4"}
    changed = {f"change {what} {method}" for what in ("invoice", "customer") for method in ("PUT", "PATCH")}
    everything = changed | {f"{verb} customer" for verb in ("create", "delete", "read")} | {"delete invoice"}
    return (
        {f"{name} 2xx" for name in everything - done}
        | {f"{name} 4xx" for name in (everything | {"list customers"}) - refused}
        | {"change invoice PUT 403", "change invoice PATCH 400", "list customers 200"} - calls.keys()
    )
