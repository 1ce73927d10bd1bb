"""A read after a delete: of the deleted record, or of another one that has the same id."""

from typing import Any

import pytest

from paysandbox.check.own_checks import is_of_another_record
from paysandbox.check.subject import Subject
from paysandbox.kit.runtime import Runtime

PAYMENT = {"number": "RG 1", "externalId": "1", "status": "FINAL", "lines": [{"number": "FT 1", "amount": 1}]}


@pytest.mark.parametrize(
    ("found", "is_other"),
    [
        (PAYMENT, False),
        (PAYMENT | {"status": "CANCELLED"}, False),
        (PAYMENT | {"externalId": "2"}, False),
        (PAYMENT | {"lines": []}, False),
        (PAYMENT | {"number": "RG 2"}, True),
        ({"externalId": "1"}, False),
        ([PAYMENT | {"number": "RG 2"}], False),
    ],
)
def test_another_number_is_another_payment(base_runtime: Runtime, found: Any, *, is_other: bool) -> None:
    """A new payment must have a number; its status may have been changed by the delete."""
    subject = Subject("invisible_collector", base_runtime)
    (operation,) = (each for each in subject.operations if each.id == "getPayment")
    assert is_of_another_record(subject, operation, PAYMENT, found) is is_other
