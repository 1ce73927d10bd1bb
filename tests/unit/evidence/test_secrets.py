"""No credential of a recording is in a report that is made of it."""

from pathlib import Path

import pytest

from paysandbox.core.exact_json import write_json
from paysandbox.evidence.drift import run_drift
from paysandbox.evidence.page import render_page
from paysandbox.evidence.reports import render_junit, render_text
from paysandbox.judging.differences import render_json
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Message
from tests.unit.evidence.recorded import JSON, write

HOSTS = ["acme.app.invoicexpress.com", "api.invoiless.com/v1", "api.invisiblecollector.com", "erp.test/crmapi/rest/v2"]
PATHS = ["/invoices.json", "/invoices", "/payments", "/authentication/token", "/no/such"]


def make_secrets() -> list[str]:
    return [f"k{number:03d}-Zy9/secret+{number * 31}" for number in range(300)]


def place_secret(number: int, secret: str) -> Exchange:
    """A wrong call that carries a secret, and a reply that tells it again where the contract has another type."""
    url = f"https://{HOSTS[number % 4]}{PATHS[number % 5]}"
    headers = [
        ("Authorization", f"Bearer {secret}"),
        ("api-key", secret),
        ("Cookie", f"s={secret}"),
        ("X-Token", secret),
    ]
    told = {
        "message": f"wrong key {secret}",
        secret: secret,
        "status": secret,
        "errors": [{"error": secret}],
        "id": [secret],
    }
    body = {"token": secret, "status": secret, "amount": secret, secret: 1, "client": {"password": secret}}
    request = Message((headers[number % 4], *JSON), write_json(body))
    return Exchange(
        "POST",
        f"{url}?api_key={secret}" if number % 3 else url,
        request,
        200 + number % 3,
        Message(JSON, write_json(told)),
    )


@pytest.mark.parametrize("provider", [None, "crm_com"])
def test_no_report_tells_a_credential(base_runtime: Runtime, tmp_path: Path, provider: str | None) -> None:
    secrets = make_secrets()
    path = write(tmp_path / "seen.har", [place_secret(number, secret) for number, secret in enumerate(secrets)])
    drift = run_drift([path], base_runtime, provider)
    assert drift.differences
    for report in (
        write_json(render_json(drift)).decode(),
        render_text(drift),
        render_junit(drift),
        str(render_page(drift).body),
    ):
        assert not [secret for secret in secrets if secret in report]
        assert "Zy9/secret" not in report
