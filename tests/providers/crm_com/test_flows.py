"""The flows of clients around a payment: an ERP, a self-service page, a point of sale, a reversal."""

from decimal import Decimal
from typing import Any

from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import (
    ACCOUNT,
    BALANCE,
    CANCEL,
    CREATE,
    CREDENTIALS,
    INVOICE,
    INVOICES,
    LATEST,
    LIST,
    LOGIN,
    METHODS,
    PAY,
    asked,
    data,
)

BY_CASH = {"type_identifier": {"name": "Payment 1"}, "payment_method_identifier": {"name": "Cash Payment"}}
DINA = "number=192"


def log_in(api: Client, **more: Any) -> str:
    return str(data(api.post(LOGIN, CREDENTIALS | more))["token"])


def test_an_erp_pays_an_account(api: Client) -> None:
    """Two calls: the login, and a posted payment with the number of the account."""
    payment = {
        "token": log_in(api),
        "accounts_receivable_identifier": {"number": "192"},
        **BY_CASH,
        "life_cycle_state": "POSTED",
        "payment_amount": Decimal("15.50"),
    }
    made = data(api.post(CREATE, payment))
    assert (made["life_cycle_state"], made["payment_amount"]) == ("POSTED", Decimal("15.5"))


def test_a_self_service_page(api: Client) -> None:
    """Balance, open invoices, a payment of one and one by amount, the latest payments, the new balance."""
    token = log_in(api)
    before = data(asked(api, ACCOUNT, token=token, accounts_receivable_identifier=DINA))["balance"]
    listed = data(asked(api, INVOICES, token=token, accounts_receivable_identifier=DINA))
    newest = next(found for found in listed if found["life_cycle_state"] == "POSTED" and found["outstanding_amount"])
    account = {"token": token, "accounts_receivable_identifier": {"number": "192"}, **BY_CASH}
    paid = data(api.post(PAY, account | {"invoice_identifier": {"id": newest["id"]}}))
    data(api.post(CREATE, account | {"life_cycle_state": "POSTED", "payment_amount": 100}))
    latest = data(asked(api, LATEST, token=token, accounts_receivable_identifier=DINA, number=2))
    assert [found["payment_amount"] for found in latest] == [100, newest["outstanding_amount"]]
    assert latest[1]["id"] == paid["id"]
    after = data(asked(api, ACCOUNT, token=token, accounts_receivable_identifier=DINA))["balance"]
    assert after == before - newest["outstanding_amount"] - 100


def test_a_point_of_sale_pays_from_a_wallet(api: Client) -> None:
    """At its own unit: it reads the wallet's balance and the type's methods, then pays an invoice."""
    token = log_in(api, unit="EE63A82C4FEBE02FF34E90DD1EBA5ABE")
    wallet = {"token": token, "wallet_identifier": {"number": "W0000007376"}}
    before = data(api.post(BALANCE, wallet))
    listed = data(asked(api, METHODS, token=token, payment_type_identifier="alternative_code=IBP"))
    method = next(entry["payment_method"] for entry in listed if entry["default"])
    paid = data(
        api.post(
            PAY,
            wallet
            | {
                "type_identifier": {"alternative_code": "IBP"},
                "payment_method_identifier": {"id": method["id"]},
                "invoice_identifier": {"reference_number": "4862"},
            },
        )
    )
    after = data(api.post(BALANCE, wallet))
    assert after["balance"] == before["balance"] - paid["payment_amount"]
    assert after["conditional_balance"] == before["conditional_balance"]


def test_a_reversal(api: Client) -> None:
    """The last payment of the list is cancelled, and its invoice owes its amount again."""
    token = log_in(api)
    listed = data(asked(api, LIST, token=token, accounts_receivable_identifier=DINA))
    posted = [found for found in listed if found["life_cycle_state"] == "POSTED"]
    payment = posted[-1]
    (invoice,) = payment["invoices_to_pay_set"]
    body = {
        "token": token,
        "payment_identifier": {"id": payment["id"]},
        "type_identifier": {"alternative_code": "PAYCAN"},
    }
    data(api.post(CANCEL, body))
    shown = data(asked(api, INVOICE, token=token, invoice_identifier=f"id={invoice['id']}"))
    assert shown["outstanding_amount"] == invoice["outstanding_amount"] + payment["payment_amount"]
