"""A requested failure looks like InvoiceXpress's own: a status with an empty body."""

import pytest
from msgspec import UNSET

from paysandbox.core.messages import Reply
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoicexpress.errors import fail
from paysandbox.providers.invoicexpress.records import InvoiceXpressState
from tests.providers.invoicexpress.known import PROVIDER


def test_every_documented_failure_keeps_the_contract(base_runtime: Runtime, state: InvoiceXpressState) -> None:
    """For every operation."""
    service = base_runtime.services[PROVIDER]
    assert service.provider.fail is fail
    checked = 0
    for operation in service.contract.operations:
        for status in operation.replies:
            if not 200 <= status < 300:
                operation.check_reply(fail(status, state))
                checked += 1
    assert checked >= 3


@pytest.mark.parametrize("status", [400, 409, 429, 500, 503, 599])
def test_a_status_that_the_vendor_does_not_document_is_empty_too(state: InvoiceXpressState, status: int) -> None:
    """Like every refusal of this API."""
    assert fail(status, state) == Reply(status, UNSET)
