"""Dates on which something becomes due, as the records of every provider have them."""

from datetime import UTC, datetime

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.web.console.deadlines import list_deadlines
from tests.helpers.html_reading import read_page
from tests.helpers.runtimes import Client
from tests.providers.crm_com.known import LOGIN, ROOT
from tests.unit.control.asking import check_problem


@pytest.mark.parametrize(
    ("provider", "names"),
    [
        ("crm_com", {"due_on"}),
        ("invisible_collector", {"dueDate", "expiresAt"}),
        ("invoicexpress", {"due_date"}),
        ("invoiless", {"dueDate"}),
    ],
)
def test_each_provider_has_deadlines(runtime: Runtime, provider: str, names: set[str]) -> None:
    """A day has passed at its end, a time at once."""
    state = runtime.namespaces.get("default").state(provider)
    found = [one for one in list_deadlines(runtime.services[provider], state) if one.table != "tokens"]
    assert {deadline.name for deadline in found} <= names
    assert "due" in found[0].name.lower()
    for deadline in found:
        is_day = "T" not in deadline.value
        begin = datetime.fromisoformat(deadline.value).replace(tzinfo=UTC)
        assert (deadline.passes - begin).days == is_day, deadline


def test_a_token_of_crm_com_is_due_when_it_expires(client: Client) -> None:
    """Two hours after its issue, or under an early release an hour after its last use; the token is not shown."""
    for release, hours in (("R18.0.0", 2), ("R7.0.0", 1)):
        name = f"under-{release}"
        made = {"name": name, "now": "2026-03-31T12:00:00Z", "variants": {"crm_com": {"release": release}}}
        assert client.post("/_sandbox/namespaces", made).status == 201
        state = client.runtime.namespaces.get(name).state("crm_com")
        user = next(iter(state.table("users").records()))
        organisation = next(iter(state.table("organisations").records()))
        login = {"username": user.username, "password": user.password, "organisation": organisation.name}
        token = client.post(f"/ns/{name}{ROOT}{LOGIN}", login).json["data"]["token"]
        ends = f"2026-03-31T{12 + hours}:00:00Z"
        before = read_page(client.get(f"/_sandbox/clock/{name}")).text
        assert f"tokens/***: expires {'two hours' if hours == 2 else 'an hour'} after" in " ".join(before.split())
        assert f"Set the clock to {ends}" in before
        client.put(f"/_sandbox/namespaces/{name}/clock", {"now": ends})
        after = client.get(f"/_sandbox/clock/{name}", query="since=2026-03-31T12:00:00Z").content.decode()
        assert token not in before + after
        assert f"{ends} has passed" in " ".join(
            read_page(client.get(f"/_sandbox/clock/{name}", query="since=2026-03-31T12:00:00Z")).text.split()
        )


@pytest.mark.parametrize("since", ["yesterday", "2026-02-30T00:00:00Z"])
def test_a_time_that_is_none_is_refused(client: Client, since: str) -> None:
    """A program gets a problem document; a browser the page, which says at the field what is wrong."""
    check_problem(client.get("/_sandbox/clock/default", query=f"since={since}"), 422, "is not a time")
    reply = client.get("/_sandbox/clock/default", query=f"since={since}", headers={"accept": "text/html"})
    assert reply.status == 422
    page = read_page(reply, 422)
    (field,) = [one for one in page.all("input") if one.attributes.get("name") == "since"]
    assert (field.attributes["value"], field.attributes["aria-invalid"]) == (since, "true")
    assert "is not a time that the clock can show" in page.at(str(field.attributes["aria-describedby"])).text
    assert "Due since" not in page.text
    assert "Due next" in page.text


def test_nothing_is_due_without_a_time_before(client: Client) -> None:
    page = read_page(client.get("/_sandbox/clock/default"))
    assert "Due since" not in page.text
    assert "Due next" in page.text


@pytest.mark.parametrize(
    "path", ["manage/none", "clock/none", "faults/none", "snapshots/none", "snapshots/default/none"]
)
def test_a_page_of_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    """And makes no namespace of this name."""
    check_problem(client.get(f"/_sandbox/{path}"), 404, "there is no")
    assert [namespace.name for namespace in client.runtime.namespaces] == ["default"]
