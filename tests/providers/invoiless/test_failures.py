"""A requested failure looks like Invoiless's own: `{"message": "…"}`."""

import pytest

from paysandbox.core.messages import Reply
from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invoiless.errors import fail
from paysandbox.providers.invoiless.records import InvoilessState
from tests.providers.invoiless.known import PROVIDER


def test_every_documented_failure_keeps_the_contract_in_the_vendors_words(
    base_runtime: Runtime, state: InvoilessState
) -> None:
    """For every operation; the message is the contract's description of the status."""
    service = base_runtime.services[PROVIDER]
    assert service.provider.fail is fail
    checked = 0
    for operation in service.contract.operations:
        for status, answerable in operation.replies.items():
            if not 200 <= status < 300:
                reply = fail(status, state)
                operation.check_reply(reply)
                assert reply.body == {"message": answerable.says}
                checked += 1
    assert checked >= 9 * 7


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "Unauthorized"),
        (405, "The resource does not take this method."),
        (429, "Too Many Requests"),
        (501, "Not Implemented"),
        (599, "Status 599"),
    ],
)
def test_a_status_that_the_vendor_does_not_document_has_the_same_form(
    state: InvoilessState, status: int, message: str
) -> None:
    """With HTTP's own phrase, if HTTP has one."""
    assert fail(status, state) == Reply(status, {"message": message})
