"""Refusals of the control plane say at which part of the request they are, as those of the providers do."""

from typing import Any

import pytest

from paysandbox.core.exact_json import write_json
from tests.helpers.runtimes import Client
from tests.unit.control.asking import ROOT, check_problem

HERE = f"{ROOT}/default"
SCOPE = {"id": "f" * 24, "account": "f" * 24, "name": "Nobody's"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "pointers"),
    [
        ("POST", ROOT, {"name": "two words"}, 400, ["/name"]),
        ("POST", ROOT, {"name": "default"}, 409, ["/name"]),
        ("POST", ROOT, {"now": "2016-12-31T23:59:60Z"}, 422, ["/now"]),
        (
            "POST",
            ROOT,
            {"variants": {"nobody": {"a": "b"}, "invoicexpress": {"checks": "x", "no~such/one": "y"}}},
            422,
            ["/variants/nobody", "/variants/invoicexpress/checks", "/variants/invoicexpress/no~0such~1one"],
        ),
        ("POST", f"{ROOT}/nobody/reset", ..., 404, ["{ns}"]),
        ("GET", f"{HERE}/state/nobody", ..., 404, ["{provider}"]),
        ("GET", f"{HERE}/state/invoiless/nothing", ..., 404, ["{table}"]),
        ("GET", f"{HERE}/state/invoiless/invoices/nothing", ..., 404, ["{key}"]),
        ("PUT", f"{HERE}/state/invoiless/scopes/x", SCOPE | {"name": 1}, 422, ["/name"]),
        ("PUT", f"{HERE}/state/invoiless/scopes/x", SCOPE, 422, ["", "/account"]),
        ("GET", f"{HERE}/ledger/invoiless/nothing/1", ..., 404, ["{table}"]),
        ("GET", f"{HERE}/ledger/invoiless/invoices/1", ..., 404, ["{key}"]),
        ("GET", f"{HERE}/requests?after=nothing", ..., 404, ["?after"]),
        ("GET", f"{HERE}/requests?limit=0", ..., 400, ["?limit"]),
        ("GET", f"{HERE}/requests?operation=payInvoices", ..., 404, ["?operation"]),
        ("GET", f"{HERE}/requests?provider=nobody", ..., 404, ["?provider"]),
        ("GET", f"{HERE}/requests/default-9", ..., 404, ["{id}"]),
        ("PUT", f"{HERE}/clock", {"now": "0001-01-01T00:00:00+14:00"}, 422, ["/now"]),
        ("POST", f"{HERE}/faults", {"provider": "nobody", "then": {"status": 503}}, 422, ["/provider"]),
        ("POST", f"{HERE}/faults", {"operation": "nothing", "then": {"status": 503}}, 422, ["/operation"]),
        ("POST", f"{HERE}/faults", {"event": "Paid", "then": {"status": 503}}, 422, ["/event"]),
        ("DELETE", f"{HERE}/faults/fault-9", ..., 404, ["{id}"]),
        ("POST", f"{HERE}/snapshots", {"name": "fixtures"}, 409, ["/name"]),
        ("DELETE", f"{HERE}/snapshots/fixtures", ..., 409, ["{name}"]),
        ("POST", f"{HERE}/snapshots/nothing/restore", ..., 404, ["{name}"]),
        ("POST", f"{HERE}/webhooks", {"url": "http://192.0.2.1/"}, 422, ["/url"]),
        ("POST", f"{HERE}/webhooks", {"url": "http://127.0.0.1:9/", "events": ["No"]}, 422, ["/events"]),
        ("DELETE", f"{HERE}/webhooks/nothing", ..., 404, ["{id}"]),
        ("POST", f"{HERE}/webhooks/nothing/redeliver", ..., 404, ["{id}"]),
        ("POST", f"{HERE}/import", {"nobody": {}}, 422, ["/nobody"]),
        ("GET", "/_sandbox/openapi/nobody.json", ..., 404, ["{provider}"]),
    ],
)
def test_a_refusal_names_its_place(
    client: Client, method: str, path: str, body: Any, status: int, pointers: list[str]
) -> None:
    """All of them, in the order of the request."""
    path, _, query = path.partition("?")
    content = b"" if body is ... else write_json(body)
    headers = {} if body is ... else {"content-type": "application/json"}
    response = client.call(method, path, content=content, headers=headers, query=query)
    check_problem(response, status)
    assert [one["pointer"] for one in response.json["violations"]] == pointers


def test_a_refusal_of_no_place_has_no_violations(client: Client) -> None:
    """Nothing in a path that no contract has is wrong by itself."""
    assert "violations" not in client.get("/_sandbox/nothing").json
