"""A call sent again from its page in a real browser, with any part of it changed."""

from playwright.sync_api import Locator, expect

from tests.system.browser.console import Console


def open_form(console: Console) -> Locator:
    assert console.pay(amount=99999).status_code == 422
    page = console.open("calls/default-1")
    page.get_by_text("Send it again, changed or not").click()
    return page.locator("form.again")


def read_latest(console: Console) -> dict[str, object]:
    found: dict[str, object] = console.control("GET", "namespaces/default/requests")["requests"][-1]
    return found


def test_unchanged_it_is_the_same_call(console: Console) -> None:
    form = open_form(console)
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_have_text("422 Unprocessable Entity")
    first, again = (console.control("GET", f"namespaces/default/requests/default-{n}") for n in (1, 2))
    for name in ("method", "url", "provider", "operation", "explanation"):
        assert again[name] == first[name]
    assert again["request"]["body"] == first["request"]["body"]


def test_method_path_and_query_are_changed(console: Console) -> None:
    """The body is emptied with them, because a browser sends none with GET; until then the form says so."""
    form = open_form(console)
    form.get_by_label("Method").select_option("GET")
    form.get_by_label("Path").fill("/invoices.json")
    query = form.get_by_label("Query")
    query.fill(query.input_value() + "&page=1&status[]=final")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output")).to_contain_text("a browser sends no body with GET")
    form.locator("textarea").fill("")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_have_text("200 OK")
    call = read_latest(console)
    assert (call["method"], call["url"]) == ("GET", "/invoices.json?api_key=***&page=1&status[]=final")


def test_a_header_is_added_and_one_that_cannot_be_is_refused(console: Console) -> None:
    form = open_form(console)
    form.get_by_label("Another header").fill("not a name")
    form.get_by_label("Its value").fill("1")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output")).to_contain_text("It was not sent")
    form.get_by_label("Another header").fill("X-Tried")
    form.get_by_role("button", name="Send").click()
    expect(form.locator("output .status")).to_have_text("422 Unprocessable Entity")
    call = console.control("GET", "namespaces/default/requests/default-2")
    assert call["request"]["headers"]["x-tried"] == "1"
    form.get_by_role("button", name="As it was").click()
    expect(form.get_by_label("Another header")).to_have_value("")
