"""A page of a sandbox of its own, and what tests do with it."""

from typing import Any, Final

import httpx
from playwright.sync_api import Dialog, Page, expect

from paysandbox.server.live import Server

# What a browser itself writes of a reply that says 4xx; it is no error of the page.
OF_THE_REPLY: Final = "Failed to load resource: the server responded with a status of 4"
PAY: Final = "invoicexpress/documents/1/partial_payments.json?api_key=ix-test-key"


class Console:
    """A page of a sandbox, and what it asked before it acted."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.asked: list[str] = []
        self.agrees = True
        page.on("dialog", self._answer)

    def _answer(self, dialog: Dialog) -> None:
        self.asked.append(dialog.message)
        (dialog.accept if self.agrees else dialog.dismiss)()

    def open(self, path: str) -> Page:
        answered = self.page.goto(f"{self.server.url()}/_sandbox/{path}")
        assert answered is not None
        assert answered.status == 200
        return self.page

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def pay(self, namespace: str = "default", amount: int = 1) -> httpx.Response:
        body = {"partial_payment": {"amount": amount}}
        return httpx.post(f"{self.server.url()}/ns/{namespace}/{PAY}", json=body, trust_env=False)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        reply = httpx.request(method, f"{self.server.url()}/_sandbox/{path}", json=body, trust_env=False)
        reply.raise_for_status()
        return reply.json() if reply.content else None

    def says(self, text: str) -> None:
        expect(self.page.locator("#said")).to_have_text(text)
