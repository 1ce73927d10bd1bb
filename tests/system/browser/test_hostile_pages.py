"""Hostile and large input on every page: nothing of it runs, nothing hangs, and pages stay of use."""

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.server.live import Server
from tests.helpers.valid_calls import operations, valid_call
from tests.system.browser.conftest import PATIENCE
from tests.system.security.walking import page_paths

SCRIPT: Final = (
    "</pre></textarea><script>window.ran=1</script><img src=x onerror=window.ran=1>\"' onfocus=window.ran=1 autofocus"
)
KEY: Final = "api_key=ix-test-key"
PAY: Final = f"/invoicexpress/documents/1/partial_payments.json?{KEY}"
MIB: Final = 1 << 20
LARGE: Final = (
    b'{"partial_payment": {"note": "' + b"<script>window.ran=1</script>" * (MIB // 30) + b'"}}',
    b'{"partial_payment": {' + b", ".join(b'"k%d": 1' % number for number in range(60_000)) + b"}}",
    bytes(range(256)) * 4000,
    b'{"partial_payment": {"note": "\xff\xc0\xfe"}}',
)
TOKEN: Final = "t0ken-of-the-control-plane"
OTHER: Final = "an0ther-of-the-control-plane"
# What a page itself reports of its policy, which is what would have kept hostile text from running.
WATCH: Final = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
"""


class Watched:
    """A page, and what went wrong on it: dialogs, errors of scripts, and text of clients that ran or was stopped."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.add_init_script(WATCH)
        page.on("dialog", self._note_dialog)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)

    def _note_dialog(self, dialog: Any) -> None:
        self.errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def check(self, what: str) -> None:
        """Nothing ran, and nothing had to be stopped."""
        assert self.page.evaluate("[window.ran ?? null, window.broken]") == [None, []], what
        assert [error for error in self.errors if "status of 4" not in error] == [], what


def send_hostile(server: Server) -> None:
    """Send script in path, query, headers and body of each operation, and what is large or no text."""
    runtime: Runtime = server.runtime
    with httpx.Client(base_url=server.url(), trust_env=False, timeout=60) as client:
        for name, operation in operations(runtime):
            call = valid_call(runtime, name, operation)
            headers = {**call.headers, "user-agent": SCRIPT, "x-note": SCRIPT}
            client.request(operation.method, call.path, params={SCRIPT: SCRIPT}, headers=headers, json={SCRIPT: SCRIPT})
        client.get(f"/invoicexpress/{SCRIPT}", params={"api_key": SCRIPT})
        for content in LARGE:
            client.post(PAY, content=content, headers={"content-type": "application/json"})
        control = "/_sandbox/namespaces/default"
        client.put(f"{control}/snapshots/%3Cscript%3E")
        table = f"{control}/state/invoicexpress/clients"
        key, record = next(iter(client.get(table).json().items()))
        client.put(f"{table}/{key}", json={**record, "name": SCRIPT}).raise_for_status()
        client.post(f"{control}/webhooks", json={"url": "http://127.0.0.1:9/%3Cscript%3E"})


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        send_hostile(running)
        yield running


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield Watched(context.new_page())
    context.close()


def test_hostile_text_runs_on_no_page(watched: Watched, server: Server) -> None:
    """Each page of each provider, all unfolded, after script in each property, header and name, and large bodies."""
    latest = server.runtime.namespaces.get("default").journal.newest
    paths = page_paths(server.runtime)
    paths += [f"/_sandbox/calls/default-{number}" for number in range(latest - 6, latest + 1)]
    paths += [f"/_sandbox/?text={SCRIPT}", f"/_sandbox/records/default/invoicexpress?table=clients&find={SCRIPT}"]
    for path in paths:
        watched.page.goto(server.url() + path.replace("#", "%23"))
        watched.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert watched.page.evaluate("document.querySelectorAll('main img, main script').length") == 0, path
        watched.check(path)


def test_hostile_calls_run_nothing_in_the_live_list(watched: Watched, server: Server) -> None:
    """They come by the stream, and are drawn by script."""
    watched.page.goto(f"{server.url()}/_sandbox/")
    httpx.get(f"{server.url()}/ns/live/invoicexpress/{SCRIPT}", headers={"user-agent": SCRIPT}, trust_env=False)
    expect(watched.page.locator("#calls > li").first).to_contain_text("live-1")
    expect(watched.page.locator("#calls > li").first).to_contain_text("window.ran")
    watched.check("live")


def test_a_strange_anchor_is_no_error(watched: Watched, server: Server) -> None:
    for anchor in ("%", "%E0%A4%A", "<script>", 'a\\"]', "createPayment-404"):
        watched.page.goto("about:blank")  # else the page is not loaded anew
        watched.page.goto(f"{server.url()}/_sandbox/docs/invoiless#{anchor}")
        watched.check(anchor)
    watched.page.wait_for_url("**/docs/invoiless/createPayment#createPayment-404")


@pytest.fixture
def guarded() -> Iterator[Server]:
    with Server(settings=Settings(control_token=TOKEN)) as running:
        yield running


def sign_in(page: Page, token: str = TOKEN) -> None:
    page.get_by_label("Control token").fill(token)
    page.keyboard.press("Enter")
    page.locator("#leave").wait_for()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize(
    ("path", "form", "typed"),
    [
        ("docs/control/createNamespace", "form[data-path='/_sandbox/namespaces']", '{"name": "kept"}'),
        ("manage/default", "form[data-call=POST]", "kept"),
    ],
    ids=["try it", "manage"],
)
def test_what_was_typed_outlives_an_expired_session(
    watched: Watched, guarded: Server, path: str, form: str, typed: str
) -> None:
    """The form says that one is signed out; another tab signs in, and the form is sent as it was typed."""
    page = watched.page
    page.goto(f"{guarded.url()}/_sandbox/{path}")
    sign_in(page)
    unfold(page)
    shown = page.locator(form).filter(has=page.locator("textarea, input[name='/name']")).first
    field = shown.locator("textarea, input[name='/name']").first
    field.fill(typed)
    page.context.clear_cookies()
    shown.get_by_role("button").first.click()
    expect(shown.locator("output")).to_contain_text("You are signed out.")
    expect(field).to_have_value(typed)
    with page.context.expect_page() as opened:
        shown.locator("output").get_by_role("link", name="Sign in").click()
    sign_in(opened.value)
    shown.get_by_role("button").first.click()
    expect(page.locator("body")).not_to_contain_text("You are signed out.")
    headers = {"authorization": f"Bearer {TOKEN}"}
    page.wait_for_function("document.body.textContent.includes('kept')")
    listed = httpx.get(f"{guarded.url()}/_sandbox/namespaces", headers=headers, trust_env=False)
    assert "kept" in listed.text
    watched.check(path)


@pytest.mark.parametrize("path", ["", "coverage/default"])
def test_an_open_page_is_signed_in_again_after_a_restart(watched: Watched, path: str) -> None:
    """A new token ends the sessions: the page says so, and follows the calls again once one has signed in."""
    with Server(settings=Settings(control_token=TOKEN)) as first:
        port, page = int(first.url().rpartition(":")[2]), watched.page
        page.goto(f"{first.url()}/_sandbox/{path}")
        with page.expect_response(lambda reply: "/stream" in reply.url):
            sign_in(page)
    with Server(port=port, settings=Settings(control_token=OTHER)):
        expect(page.locator("#signed-out")).to_contain_text("You are signed out.")
        with page.context.expect_page() as opened:
            page.locator("#signed-out").get_by_role("link", name="Sign in").click()
        sign_in(opened.value, OTHER)
        expect(page.locator("#signed-out")).to_have_count(0)
        assert page.evaluate("window.broken") == []
