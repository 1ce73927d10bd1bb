"""The numbers that new records are given: each kind counts for itself, and no number is given twice."""

from typing import Final

from paysandbox.providers.crm_com import rules
from paysandbox.providers.crm_com.records import CrmComState, Sequence

PAYMENTS: Final = "payments"
PAYMENT_CANCELLATIONS: Final = "payment_cancellations"


def next_numbers(state: CrmComState, kind: str) -> Sequence:
    """The numbers for one more record of a kind, kept."""
    last = state.sequences.get(kind) or Sequence(id=kind, last_number=0, last_reference_number=0)
    numbers = rules.following(last)
    state.sequences.put(numbers)
    return numbers
