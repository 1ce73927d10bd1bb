"""Failures requested by a fault or a header have the same envelope as every other reply."""

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.providers.crm_com.errors import fail
from paysandbox.providers.crm_com.records.state import CrmComState
from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import PAY, PROVIDER, Body, code


def test_a_failure_with_200_keeps_the_contract_of_every_operation(base_runtime: Runtime, state: CrmComState) -> None:
    """200 is the only status in the contract, so only `status.code` tells a failure from a success."""
    for operation in base_runtime.services[PROVIDER].contract.operations:
        assert list(operation.replies) == [200]
        reply = fail(200, state)
        operation.check_reply(reply)
        assert reply.body["status"]["code"] == "INVALID_REQUEST"
        assert "data" not in reply.body


@pytest.mark.parametrize(
    ("status", "word", "message"),
    [
        (400, "INVALID_REQUEST", "Bad Request"),
        (401, "INVALID_TOKEN", "Unauthorized"),
        (403, "NOT_ALLOWED", "Forbidden"),
        (404, "NOT_FOUND", "Not Found"),
        (409, "NOT_ALLOWED", "Conflict"),
        (429, "TOO_MANY_REQUESTS", "Too Many Requests"),
        (500, "INTERNAL_SERVER_ERROR", "Internal Server Error"),
        (502, "BAD_GATEWAY", "Bad Gateway"),
        (503, "SERVICE_UNAVAILABLE", "Service Unavailable"),
        (504, "GATEWAY_TIMEOUT", "Gateway Timeout"),
        (599, "UNKNOWN_FAILURE", "Unknown Failure"),
    ],
)
def test_another_failure_has_the_same_form(state: CrmComState, status: int, word: str, message: str) -> None:
    """It has no data, one of the four codes where one fits, and HTTP's reason phrase as the message."""
    reply = fail(status, state)
    assert reply.status == status
    assert reply.body.keys() == {"status"}
    assert reply.body["status"].keys() == {"code", "description", "message"}
    assert (reply.body["status"]["code"], reply.body["status"]["message"]) == (word, message)
    assert reply.body["status"]["description"]


def test_a_failure_is_described_like_a_refusal(api: Client, state: CrmComState, payment: Body) -> None:
    """A code has the same description in a failure and in a refusal."""
    refused = api.post(PAY, payment(token="F" * 32))
    assert code(refused) == "INVALID_TOKEN"
    assert fail(401, state).body["status"]["description"] == refused.json["status"]["description"]
