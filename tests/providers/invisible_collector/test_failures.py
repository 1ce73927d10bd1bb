"""Failures requested by a fault or a header have the form and wording of the API's own failures."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.invisible_collector.errors import fail
from paysandbox.providers.invisible_collector.records import InvisibleCollectorState
from tests.helpers.runtimes import Client
from tests.providers.invisible_collector.known import PROVIDER


def test_every_documented_failure_keeps_the_contract(base_runtime: Runtime, state: InvisibleCollectorState) -> None:
    """This holds for every operation, and for the gid of a 409."""
    for operation in base_runtime.services[PROVIDER].contract.operations:
        documented = [status for status in operation.replies if status >= 300]
        assert documented
        for status in documented:
            reply = fail(status, state)
            operation.check_reply(reply)
            assert (reply.status, reply.body["code"]) == (status, status)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "Forbidden"),
        (405, "Method Not Allowed"),
        (429, "Too Many Requests"),
        (500, "Internal Server Error"),
        (503, "Service Unavailable"),
        (599, "Unknown Failure"),
    ],
)
def test_another_failure_has_the_same_form(state: InvisibleCollectorState, status: int, message: str) -> None:
    """It has a numeric code, and HTTP's reason phrase as the message."""
    assert fail(status, state).body == {"code": status, "message": message}


def test_a_failure_is_worded_like_a_refusal(api: Client, state: InvisibleCollectorState) -> None:
    """A client that handles a refusal handles a failure too."""
    refused = api.call("POST", "/payments", content=b"{", headers={"content-type": "application/json"})
    assert fail(400, state).body == refused.json
    assert fail(422, state).body == api.post("/payments", {}).json


def test_the_payment_of_a_made_up_conflict_does_not_exist(state: InvisibleCollectorState) -> None:
    """No payment has the gid of a requested 409."""
    assert state.payments.get(fail(409, state).body["gid"]) is None
