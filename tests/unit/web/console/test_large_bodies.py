"""The page of a call whose body is large or no text: it stays light, and says what it leaves out."""

import pytest

from tests.helpers.html_reading import read_page
from tests.helpers.runtimes import Client

PAY = "/invoicexpress/documents/1/partial_payments.json"
KEY = "api_key=ix-test-key"
MIB = 1 << 20
BODIES = {
    "a long string": b'{"partial_payment": {"note": "' + b"<b>" * (MIB // 3 - 50) + b'"}}',
    "line feeds": b'{"partial_payment": {"note": "' + b"\\n" * (MIB // 2 - 50) + b'"}}',
    "60,000 properties": b'{"partial_payment": {' + b", ".join(b'"k%d": 1' % n for n in range(60_000)) + b"}}",
    "100,000 brackets": b"[" * 100_000,
    "every byte": bytes(range(256)) * 4000,
    "invalid UTF-8": b'{"partial_payment": {"note": "' + b"\xff\xc0" * 200_000 + b'"}}',
}


@pytest.mark.parametrize("name", BODIES)
def test_the_page_of_a_large_call_is_light(client: Client, name: str) -> None:
    """In all lists and on its own page, and nothing of it is an element."""
    headers = {"content-type": "application/json"}
    client.call("POST", PAY, content=BODIES[name], headers=headers, query=KEY)
    for path in ("/_sandbox/", "/_sandbox/calls/default-1"):
        reply = client.get(path)
        assert reply.status == 200
        assert len(reply.content) < 300_000
        assert not read_page(reply).all("b")


def test_what_is_left_out_is_counted(client: Client) -> None:
    """Characters of a line and of a text, lines, and unknown properties beyond the first."""
    headers = {"content-type": "application/json"}
    for content in BODIES.values():
        client.call("POST", PAY, content=content, headers=headers, query=KEY)
    pages = [read_page(client.get(f"/_sandbox/calls/default-{number}")).text for number in range(1, len(BODIES) + 1)]
    string, _, properties, brackets, binary, _ = pages
    assert " more characters)" in string
    assert "59,004 more lines are not shown." in properties
    assert "; and 59,900 more" in properties
    assert "50,000 more characters are not shown." in brackets
    assert " more characters are not shown." in binary
    for page in (string, properties, brackets, binary):
        assert "characters is too long to be sent again from here." in page


def test_a_short_body_can_be_sent_again(client: Client) -> None:
    client.post(PAY, {"partial_payment": {"amount": "x"}}, query=KEY)
    page = read_page(client.get("/_sandbox/calls/default-1"))
    assert "too long" not in page.text
    assert "left out" not in page.text
    assert len(page.all("textarea")) == 1
