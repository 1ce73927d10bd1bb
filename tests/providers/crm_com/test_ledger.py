"""Any sequence of calls of all operations, against a small model of the ledger that shares no code with the sandbox.

A run plays 40 sequences of at most 30 steps, from the fixtures each, and makes about 1000 calls.
"""

from collections import Counter
from decimal import Decimal
from typing import Any, ClassVar, Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from paysandbox.kit.runtime import Runtime
from tests.helpers.ledgers import LedgerMachine, play_until
from tests.helpers.runtimes import Client, Response
from tests.providers.crm_com.known import (
    ACCOUNT,
    CANCEL,
    CREATE,
    CREDENTIALS,
    INVOICE,
    LIST,
    LOGIN,
    PAY,
    PROVIDER,
    RELEASE,
    ROOT,
    SHOW,
    TOKEN,
    asked,
)

LEAST: Final = 600  # calls
MOST_TOKENS: Final = 5
FIXED_TOKENS: Final = 2  # a token that never expires, and a token that does not exist
ENOUGH: Final = 1  # call of each operation that is carried out, as sequences are drawn by chance
# Invoices by reference number: open, partly paid, settled, a draft, cancelled, of others, dearer than a wallet, none.
REFERENCES: Final = ("328", "2024", "2026", "322", "2028", "2029", "2030", "2151", "4862", "4863", "4864", "4865", "1")
ACCOUNTS: Final = ("192", "198", "207")
WALLETS: Final = ("W0000007376", "W0000007402", "W0000007391")
CODES: Final = (None, "TILL-1", "TILL-2", "TILL-7-000317")
CANCELLATION_CODES: Final = (None, "C-1", "C-2", "TILL-7-000201-C")
NUMBERS: Final = st.integers(95, 106).map(str)
MINUTES: Final = st.sampled_from([1, 45, 119, 121])


class Books:
    """A model of the ledger: plain dicts, and the rules written a second time."""

    def __init__(self, found: dict[str, Any], *, against_item: bool) -> None:
        # Whether a payment goes to the invoice that it names first, or to the one that is due first in any case.
        self.against_item = against_item
        accounts = {account["id"]: account for account in found["accounts_receivable"]}
        definitions = {definition["id"]: definition for definition in found["wallet_definitions"]}
        self.invoices = {
            invoice["reference_number"]: {
                "id": invoice["id"],
                "account": accounts[invoice["accounts_receivable"]]["number"],
                "owner": accounts[invoice["accounts_receivable"]]["owner"],
                "state": invoice["life_cycle_state"],
                "due": invoice["due_on"],
                "total": Decimal(str(invoice["total_amount"])),
                "outstanding": Decimal(str(invoice["outstanding_amount"])),
            }
            for invoice in found["invoices"]
        }
        self.wallets = {
            wallet["number"]: {
                "owner": wallet["owner"],
                "account": accounts[wallet["accounts_receivable"]]["number"],
                "may": definitions[wallet["definition"]]["payments_enabled"],
                "money": Decimal(str(wallet["unconditional_balance"])),
            }
            for wallet in found["wallets"]
        }
        references = {invoice["id"]: reference for reference, invoice in self.invoices.items()}
        self.payments = {
            payment["number"]: {
                "reference_number": payment["reference_number"],
                "state": payment["life_cycle_state"],
                "amount": Decimal(str(payment["payment_amount"])),
                "invoice": references[payment["invoice"]],
                "account": accounts[payment["accounts_receivable"]]["number"],
                "wallet": None,
                "code": payment["back_office_code"],
                "named": references[payment["invoice"]],
                "credits": accounts[payment["accounts_receivable"]]["number"],
                "parts": {},
            }
            for payment in found["payments"]
        }
        self.codes = {cancellation["back_office_code"] for cancellation in found["payment_cancellations"]}
        self.cancellations = len(found["payment_cancellations"])
        self.minute = 0
        # Until which minute each lives.
        self.tokens: dict[str, int | None] = {TOKEN: None, "F" * 32: -1}

    def knows(self, token: str) -> bool:
        """Whether a token is valid: for two hours, or for ever."""
        until = self.tokens[token]
        return until is None or self.minute < until

    def pay(self, account: str | None, wallet: str | None, reference: str, code: str | None) -> str:
        """Return the expected status code of a payment, and keep the payment if it succeeds."""
        purse = self.wallets[wallet] if wallet is not None else None
        invoice = self.invoices.get(reference)
        taken = code is not None and code in {payment["code"] for payment in self.payments.values()}
        if (purse is not None and not purse["may"]) or taken:
            return "NOT_ALLOWED"
        if invoice is None:
            return "NOT_FOUND"
        mine = invoice["account"] == account if purse is None else invoice["owner"] == purse["owner"]
        owed = invoice["outstanding"]
        if not mine or invoice["state"] != "POSTED" or owed == 0 or (purse is not None and purse["money"] < owed):
            return "NOT_ALLOWED"
        number = max(map(int, self.payments)) + 1
        self.payments[str(number)] = {
            "reference_number": str(number + 15),
            "state": "POSTED",
            "amount": owed,
            "invoice": reference if self.against_item else None,
            "account": account,
            "wallet": wallet,
            "code": code,
            "named": reference,
            "credits": invoice["account"],
            "parts": {},
        }
        if self.against_item:
            invoice["outstanding"] = Decimal(0)
        self.allocate(invoice["account"])
        if purse is not None:
            purse["money"] -= owed
        return "OK"

    def create(self, account: str | None, wallet: str | None, amount: Decimal, code: str | None) -> str:
        """Return the expected status code of a payment of an amount, and keep the payment if it succeeds."""
        purse = self.wallets[wallet] if wallet is not None else None
        taken = code is not None and code in {payment["code"] for payment in self.payments.values()}
        if (purse is not None and (not purse["may"] or purse["money"] < amount)) or taken:
            return "NOT_ALLOWED"
        number = max(map(int, self.payments)) + 1
        credited = str(account or (purse or {})["account"])
        self.payments[str(number)] = {
            "reference_number": str(number + 15),
            "state": "POSTED",
            "amount": amount,
            "invoice": None,
            "account": account,
            "wallet": wallet,
            "code": code,
            "named": None,
            "credits": credited,
            "parts": {},
        }
        if purse is not None:
            purse["money"] -= amount
        self.allocate(credited)
        return "OK"

    def allocate(self, account: str) -> None:
        """Give each cent of the oldest payments to the invoice that is due first."""
        own = [invoice for invoice in self.invoices.items() if invoice[1]["account"] == account]
        for payment in sorted(self.payments.items(), key=lambda payment: int(payment[0])):
            paid = payment[1]
            if paid["state"] != "POSTED" or paid["invoice"] is not None or paid["credits"] != account:
                continue
            for reference, invoice in sorted(own, key=lambda invoice: invoice[1]["due"]):
                part = min(paid["amount"] - sum(paid["parts"].values()), invoice["outstanding"])
                if part > 0 and invoice["state"] == "POSTED":
                    invoice["outstanding"] -= part
                    paid["parts"][reference] = paid["parts"].get(reference, 0) + part

    def cancel(self, number: str, code: str | None) -> str:
        """Return the expected status code of a cancellation, and keep it if it succeeds."""
        payment = self.payments.get(number)
        if payment is None:
            return "NOT_FOUND"
        if payment["state"] != "POSTED" or (code is not None and code in self.codes):
            return "NOT_ALLOWED"
        payment["state"] = "CANCELLED"
        parts = payment["parts"] if payment["invoice"] is None else {payment["invoice"]: payment["amount"]}
        for reference, part in parts.items():
            self.invoices[reference]["outstanding"] += part
        payment["parts"] = {}
        self.allocate(payment["credits"])
        if payment["wallet"] is not None:
            self.wallets[payment["wallet"]]["money"] += payment["amount"]
        self.codes.add(code)
        self.cancellations += 1
        return "OK"


class Ledger(LedgerMachine):
    """Each step is a call; the reply must agree with the model, and a refusal must change nothing."""

    provider = PROVIDER
    against_item: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.api = Client(self.runtime, root=ROOT)
        self.books = Books(self.dump(), against_item=self.against_item)

    def held(self, what: str, response: Response, before: Any, expected: str) -> Any:
        """Check the status code, and return the data of a success. A refusal must have changed nothing."""
        self.played.calls[f"{what} {expected}"] += 1
        assert (response.status, response.json["status"]["code"]) == (200, expected), response.content
        if expected == "OK":
            return response.json["data"]
        assert self.dump() == before
        assert response.explain
        return None

    def posted(self, what: str, path: str, body: dict[str, Any], expected: str) -> Any:
        before = self.dump()
        return self.held(what, self.api.post(path, body), before, expected)

    def read(self, what: str, path: str, expected: str, **query: Any) -> Any:
        """Make a call that reads, which must change nothing."""
        before = self.dump()
        found = self.held(what, asked(self.api, path, **query), before, expected)
        assert self.dump() == before
        return found

    def token(self, data: st.DataObject) -> str:
        """Draw a token, expired tokens included; mostly the one that never expires."""
        return data.draw(st.sampled_from([TOKEN] * 9 + list(self.books.tokens)))

    @rule(
        data=st.data(),
        payer=st.sampled_from([*ACCOUNTS, *WALLETS]),
        reference=st.sampled_from(REFERENCES),
        code=st.sampled_from(CODES),
    )
    def pay(self, data: st.DataObject, payer: str, reference: str, code: str | None) -> None:
        """Pay an invoice that is often settled, cancelled, too large, another account's or unknown."""
        self.order(self.token(data), payer, reference, code)

    @rule(data=st.data(), code=st.sampled_from([None, *CODES]))
    def pay_what_is_owed(self, data: st.DataObject, code: str | None) -> None:
        """Pay an outstanding invoice of the payer, from the account or a wallet."""
        books = self.books
        owed = [reference for reference in REFERENCES if books.invoices.get(reference, {}).get("outstanding")]
        reference = data.draw(st.sampled_from(owed or REFERENCES))
        invoice = books.invoices.get(reference, {})
        own = [number for number in WALLETS if books.wallets[number]["owner"] == invoice.get("owner")]
        payer = data.draw(st.sampled_from([invoice.get("account", "192"), *own]))
        self.order(TOKEN, payer, reference, code)

    def order(self, token: str, payer: str, reference: str, code: str | None) -> None:
        """Pay an invoice, and compare the reply with the model."""
        books = self.books
        wallet = payer if payer in WALLETS else None
        account = None if wallet is not None else payer
        owed = books.invoices.get(reference, {}).get("outstanding")
        expected = books.pay(account, wallet, reference, code) if books.knows(token) else "INVALID_TOKEN"
        name = "wallet_identifier" if wallet is not None else "accounts_receivable_identifier"
        body = {
            "token": token,
            name: {"number": payer},
            "type_identifier": {"name": "Payment 1"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "invoice_identifier": {"reference_number": reference},
            "back_office_code": code,
        }
        made = self.posted("pay", PAY, body, expected)
        if made is not None:
            number = max(books.payments, key=int)
            reference_number = books.payments[number]["reference_number"]
            assert (made["number"], made["reference_number"]) == (number, reference_number)
            assert (made["payment_amount"], made["life_cycle_state"]) == (owed, "POSTED")

    @rule(
        payer=st.sampled_from([*ACCOUNTS, *WALLETS]),
        cents=st.sampled_from([1, 550, 12_000, 20_000, 100_000, 1_000_000]) | st.integers(1, 2_000_000),
        code=st.sampled_from(CODES),
    )
    def create(self, payer: str, cents: int, code: str | None) -> None:
        """Create a posted payment, sometimes of more than is owed or than a wallet has."""
        books, amount = self.books, Decimal(cents) / 100
        wallet = payer if payer in WALLETS else None
        expected = books.create(None if wallet else payer, wallet, amount, code)
        name = "wallet_identifier" if wallet is not None else "accounts_receivable_identifier"
        body = {
            "token": TOKEN,
            name: {"number": payer},
            "type_identifier": {"name": "Payment 1"},
            "payment_method_identifier": {"name": "Direct Debit"},
            "life_cycle_state": "POSTED",
            "payment_amount": amount,
            "back_office_code": code,
        }
        made = self.posted("create", CREATE, body, expected)
        if made is not None:
            assert (made["number"], made["payment_amount"]) == (max(books.payments, key=int), amount)

    @rule(data=st.data(), number=NUMBERS, code=st.sampled_from(CANCELLATION_CODES))
    def cancel(self, data: st.DataObject, number: str, code: str | None) -> None:
        """Cancel a payment that may be cancelled already or not exist."""
        self.take_back(self.token(data), number, code)

    @rule(data=st.data(), code=st.sampled_from([None, *CANCELLATION_CODES]))
    def cancel_what_was_paid(self, data: st.DataObject, code: str | None) -> None:
        """Cancel a payment that exists, mostly a new one."""
        numbers = sorted(self.books.payments, key=int)
        self.take_back(TOKEN, data.draw(st.sampled_from(numbers + numbers[-3:])), code)

    def take_back(self, token: str, number: str, code: str | None) -> None:
        """Cancel a payment, and compare the reply with the model."""
        books = self.books
        expected = books.cancel(number, code) if books.knows(token) else "INVALID_TOKEN"
        body = {
            "token": token,
            "payment_identifier": {"number": number},
            "type_identifier": {"alternative_code": "PAYCAN"},
            "back_office_code": code,
        }
        made = self.posted("cancel", CANCEL, body, expected)
        if made is not None:
            assert made["number"] == made["reference_number"] == str(books.cancellations)
            assert (made["payment_amount"], made["life_cycle_state"]) == (books.payments[number]["amount"], "POSTED")

    @rule(data=st.data(), number=NUMBERS)
    def show_payment(self, data: st.DataObject, number: str) -> None:
        """Show a payment with the current state of its invoice."""
        token, payment = self.token(data), self.books.payments.get(number)
        expected = "INVALID_TOKEN" if not self.books.knows(token) else "OK" if payment is not None else "NOT_FOUND"
        shown = self.read("show payment", SHOW, expected, token=token, payment_identifier=f"number={number}")
        if shown is not None and payment is not None:
            self.compare(shown, number)

    @rule(data=st.data(), account=st.sampled_from([*ACCOUNTS, "1"]), start=st.integers(0, 4), size=st.integers(1, 5))
    def list_payments(self, data: st.DataObject, account: str, start: int, size: int) -> None:
        """List a part of an account's payments, oldest first."""
        token, books = self.token(data), self.books
        expected = "INVALID_TOKEN" if not books.knows(token) else "OK" if account in ACCOUNTS else "NOT_FOUND"
        identifier = {"accounts_receivable_identifier": f"number={account}"}
        listed = self.read("list", LIST, expected, token=token, offset=start, number_of_results=size, **identifier)
        if listed is not None:
            own = [number for number in sorted(books.payments, key=int) if books.payments[number]["account"] == account]
            assert [payment["number"] for payment in listed] == own[start : start + size]
            for payment in listed:
                self.compare(payment, payment["number"])

    @rule(data=st.data(), reference=st.sampled_from(REFERENCES))
    def show_invoice(self, data: st.DataObject, reference: str) -> None:
        """Show an invoice with its total and outstanding amount."""
        token, invoice = self.token(data), self.books.invoices.get(reference)
        expected = "INVALID_TOKEN" if not self.books.knows(token) else "OK" if invoice is not None else "NOT_FOUND"
        identifier = f"reference_number={reference}"
        shown = self.read("show invoice", INVOICE, expected, token=token, invoice_identifier=identifier)
        if shown is not None and invoice is not None:
            assert shown["accounts_receivable"]["number"] == invoice["account"]
            assert shown["life_cycle_state"] == invoice["state"]
            assert (shown["total_amount"], shown["outstanding_amount"]) == (invoice["total"], invoice["outstanding"])

    @rule(number=st.sampled_from(ACCOUNTS))
    def show_account(self, number: str) -> None:
        """Show an account: what posted invoices are over, less what posted payments are over."""
        books = self.books
        own = [invoice for invoice in books.invoices.values() if invoice["account"] == number]
        paid = [
            payment["amount"]
            for payment in books.payments.values()
            if payment["state"] == "POSTED" and payment["credits"] == number
        ]
        opening = Decimal("12.5") if number == "198" else Decimal(0)
        shown = self.read("show account", ACCOUNT, "OK", accounts_receivable_identifier=f"number={number}")
        total = sum(invoice["total"] for invoice in own if invoice["state"] == "POSTED")
        assert shown["balance"] == opening + total - sum(paid)

    @precondition(lambda self: len(self.books.tokens) < MOST_TOKENS)
    @rule(password=st.sampled_from(["crm-test-password", "crm-test-password", "x"]))
    def log_in(self, password: str) -> None:
        """Log in, sometimes with a wrong password."""
        expected = "OK" if password == CREDENTIALS["password"] else "INVALID_TOKEN"
        made = self.posted("log in", LOGIN, {**CREDENTIALS, "password": password}, expected)
        if made is not None:
            assert made["token"] not in self.books.tokens
            self.books.tokens[made["token"]] = self.books.minute + 120

    @precondition(lambda self: len(self.books.tokens) > FIXED_TOKENS)
    @rule(data=st.data())
    def log_out(self, data: st.DataObject) -> None:
        """Release a token, sometimes twice; never the token that never expires."""
        others = [token for token in self.books.tokens if token != TOKEN]
        token = data.draw(st.sampled_from([other for other in others if self.books.knows(other)] * 3 + others))
        expected = "OK" if self.books.knows(token) else "INVALID_TOKEN"
        self.posted("log out", RELEASE, {"token": token}, expected)
        self.books.tokens[token] = -1

    @rule(minutes=MINUTES)
    def wait(self, minutes: int) -> None:
        """Advance the clock, which only makes tokens expire."""
        self.books.minute += minutes
        self.runtime.namespaces.get("default").clock.advance(60 * minutes)

    @rule(wrong=st.sampled_from(["pay", "cancel", "show", "list", "part"]))
    def say_something_wrong(self, wrong: str) -> None:
        """Send a request that the contract refuses."""
        before = self.dump()
        response = {
            "pay": lambda: self.api.post(PAY, {"token": TOKEN, "payment_amount": 0}),
            "cancel": lambda: self.api.post(
                CANCEL, {"token": TOKEN, "payment_identifier": {"number": "97", "id": "x"}}
            ),
            "show": lambda: asked(self.api, SHOW, payment_identifier="97"),
            "list": lambda: asked(self.api, LIST),
            "part": lambda: asked(self.api, LIST, accounts_receivable_identifier="number=192", number_of_results=0),
        }[wrong]()
        self.held(f"wrong {wrong}", response, before, "INVALID_REQUEST")

    @invariant()
    def the_ledger_is_as_in_the_books(self) -> None:
        """All invoices, wallets and payments agree with the model."""
        found, books = self.dump(), self.books
        owed = {
            invoice["reference_number"]: Decimal(str(invoice["outstanding_amount"])) for invoice in found["invoices"]
        }
        assert owed == {reference: invoice["outstanding"] for reference, invoice in books.invoices.items()}
        money = {wallet["number"]: Decimal(str(wallet["unconditional_balance"])) for wallet in found["wallets"]}
        assert money == {number: wallet["money"] for number, wallet in books.wallets.items()}
        states = {payment["number"]: payment["life_cycle_state"] for payment in found["payments"]}
        assert states == {number: payment["state"] for number, payment in books.payments.items()}
        assert len(found["payment_cancellations"]) == books.cancellations

    def compare(self, shown: dict[str, Any], number: str) -> None:
        """Compare a shown payment with the model."""
        payment = self.books.payments[number]
        payer = payment["wallet"] or payment["account"]
        assert shown["reference_number"] == payment["reference_number"]
        assert (shown["life_cycle_state"], shown["payment_amount"]) == (payment["state"], payment["amount"])
        assert shown["back_office_code"] == payment["code"]
        assert (shown["wallet"] or shown["accounts_receivable"])["number"] == payer
        paid = {invoice["id"]: invoice["outstanding_amount"] for invoice in shown["invoices_to_pay_set"]}
        references = dict.fromkeys([*([payment["named"]] if payment["named"] else []), *payment["parts"]])
        named = [self.books.invoices[reference] for reference in references]
        assert paid == {invoice["id"]: invoice["outstanding"] for invoice in named}


class FifoLedger(Ledger):
    """An organisation whose payments all go to the invoice that is due first, whatever invoice they name."""

    variants: ClassVar[dict[str, str]] = {"allocation_principle": "fifo"}
    against_item = False


@pytest.mark.parametrize("ledger", [Ledger, FifoLedger])
def test_the_ledger_keeps_its_books(base_runtime: Runtime, ledger: type[Ledger]) -> None:
    """Any order of calls agrees with the model; each operation succeeded and was refused at least once."""
    done = play_until(lambda calls: not find_untried(calls), ledger, base_runtime, sequences=40, steps=30).calls
    assert done.total() >= LEAST
    assert find_untried(done) == []


def find_untried(calls: Counter[str]) -> list[str]:
    """The operations that never succeeded, or were never refused."""
    return [
        what
        for what in ("pay", "create", "cancel", "show payment", "list", "show invoice", "log in", "log out")
        if calls[f"{what} OK"] < ENOUGH
        or sum(count for name, count in calls.items() if name.startswith(what)) <= calls[f"{what} OK"]
    ]
