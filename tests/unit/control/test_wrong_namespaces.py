"""Advice about the end of a credential that cannot name a namespace, such as the title of a test."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.helpers.runtimes import Client
from tests.unit.control.advised import INVOICE, LOGIN, PAID, PARTIAL, PAYMENT, PAYMENTS, RECEIPT, TOKENS, about, advice

TITLE = "my test/1"
CALLS: list[tuple[str, dict[str, Any], dict[str, str], str]] = [
    (PAYMENTS, PAYMENT, {"authorization": f"Bearer ic-test-token~{TITLE}"}, ""),
    (PARTIAL, RECEIPT, {}, f"api_key={quote(f'ix-test-key~{TITLE}')}"),
    (INVOICE, PAID, {"api-key": f"invoiless-test-key~{TITLE}"}, ""),
    (TOKENS, LOGIN | {"username": f"JackH~{TITLE}"}, {}, ""),
]


@pytest.mark.parametrize(("path", "body", "headers", "query"), CALLS, ids=["IC", "IX", "IL", "CRM"])
def test_a_test_credential_with_a_wrong_end_is_told_so(
    client: Client, path: str, body: dict[str, Any], headers: dict[str, str], query: str
) -> None:
    client.post(path, body, headers=headers, query=query)
    [hint] = about(advice(client, 1), "Choose another namespace")
    assert f"{TITLE!r} behind ~ is no name, because a name has 1 to 100 characters" in hint


@pytest.mark.parametrize("end", ["~checkout-7", "~", "", "x~my test"])
def test_nothing_else_is_about_namespaces(client: Client, end: str) -> None:
    """A name that can be one, none at all, or a key that the sandbox does not have."""
    client.post(PARTIAL, RECEIPT, query=f"api_key={quote(f'ix-test-key{end}')}")
    namespace = end[1:] if end == "~checkout-7" else "default"
    assert about(advice(client, 1, namespace), "namespace") == []
