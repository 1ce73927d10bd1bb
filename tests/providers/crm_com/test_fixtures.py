"""The fixtures add up, and hold the records that tests and contract suites need."""

from decimal import Decimal

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client, fresh_runtime
from tests.providers.crm_com.known import CREDENTIALS, PROVIDER, ROOT, TOKEN, data, examples


def test_what_is_outstanding_is_the_total_without_what_was_paid(state: CrmComState) -> None:
    """This holds for every invoice, and payments do not exceed its total."""
    for invoice in state.invoices.records():
        posted = [
            payment for payment in state.payments.all("invoice", invoice.id) if payment.life_cycle_state == "POSTED"
        ]
        paid = sum((payment.payment_amount for payment in posted), Decimal(0))
        assert invoice.outstanding_amount == invoice.total_amount - paid, invoice.number
        assert invoice.outstanding_amount >= 0
        assert (invoice.posted_on is None) == (invoice.life_cycle_state == "DRAFT")


def test_there_are_large_amounts_and_a_cent(state: CrmComState) -> None:
    """Among the posted invoices that owe something."""
    posted = [invoice for invoice in state.invoices.records() if invoice.life_cycle_state == "POSTED"]
    owed = {invoice.outstanding_amount for invoice in posted} - {Decimal(0)}
    assert (min(owed), max(owed)) == (Decimal("0.01"), Decimal("999999.99"))


def test_numbers_name_one_invoice_each(state: CrmComState) -> None:
    """Numbers, reference numbers and back office codes are unique."""
    invoices = list(state.invoices.records())
    for member in ("number", "reference_number", "back_office_code"):
        values = [getattr(invoice, member) for invoice in invoices if getattr(invoice, member) is not None]
        assert len(set(values)) == len(values)


def test_rates_and_their_inverses_agree(state: CrmComState) -> None:
    """Their product is exactly 1."""
    for period in state.currency_rate_periods.records():
        assert period.rate * period.inverse_rate == 1


def test_the_published_credentials_work(runtime: Runtime, api: Client) -> None:
    """The banner shows a login, a key, and the token of the vendor's page."""
    published = dict(runtime.services[PROVIDER].credentials)
    assert published == CREDENTIALS | {"token": TOKEN, "web_api_key": "crm-test-key"}
    data(api.post("/authentication/token", CREDENTIALS))


def test_every_example_of_the_contract_is_carried_out(base_runtime: Runtime) -> None:
    """Each example is called alone, on fresh fixtures."""
    made = [data(call(Client(fresh_runtime(base_runtime), root=ROOT))) for _, call in examples(base_runtime)]
    assert len(made) == 46
