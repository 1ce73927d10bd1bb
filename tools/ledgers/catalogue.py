"""The ledgers, by name."""

from collections.abc import Mapping
from typing import Final

from tests.helpers.ledgers import LedgerMachine
from tests.providers.crm_com.test_ledger import FifoLedger
from tests.providers.crm_com.test_ledger import Ledger as CrmComLedger
from tests.providers.invisible_collector.test_customers_ledger import CustomersLedger
from tests.providers.invoicexpress.test_notes_ledger import NotesLedger
from tests.providers.invoiless.test_invoices_ledger import InvoicesLedger

LEDGERS: Final[Mapping[str, type[LedgerMachine]]] = {
    "invoicexpress": NotesLedger,
    "invoiless": InvoicesLedger,
    "invisible-collector": CustomersLedger,
    "crm-com": CrmComLedger,
    "crm-com-fifo": FifoLedger,
}
