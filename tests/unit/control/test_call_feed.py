"""The feed of calls: each call once, in the order of all namespaces, and the latest if there are too many."""

from typing import Any

import pytest

from paysandbox.control.call_feed import LATEST, MOST, Batch, CallFeed
from paysandbox.control.call_filter import CallFilter
from paysandbox.control.masking import Content, Cover
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.runtimes import Client, fresh_runtime

BEARER = {"authorization": "Bearer ic-test-token"}


def look(client: Client, namespace: str = "default", count: int = 1) -> None:
    for _ in range(count):
        assert client.get(f"/ns/{namespace}/invisible-collector/companies", headers=BEARER).status == 200


def refuse(client: Client) -> None:
    assert client.post("/invisible-collector/payments", {"amont": 1}, headers=BEARER).status == 422


def ids(batch: Batch) -> list[str]:
    return [call.summary["id"] for call in batch.calls]


def test_each_call_is_read_once_in_the_order_of_all_namespaces(client: Client) -> None:
    look(client)
    feed = CallFeed(client.runtime)
    look(client, "a")
    look(client, "default")
    look(client, "a")
    batch = feed.read()
    assert ids(batch) == ["a-1", "default-2", "a-2"]
    assert [call.summary["namespace"] for call in batch.calls] == ["a", "default", "a"]
    assert batch.skipped == 0
    assert feed.read() == Batch((), 0)


def test_of_too_many_calls_the_latest_are_read_and_the_others_counted(client: Client) -> None:
    feed = CallFeed(client.runtime)
    look(client, count=MOST + 7)
    batch = feed.read()
    assert ids(batch) == [f"default-{number}" for number in range(8, MOST + 8)]
    assert batch.skipped == 7


def test_calls_that_the_journal_has_dropped_count_as_skipped(base_runtime: Runtime) -> None:
    client = Client(fresh_runtime(base_runtime, Settings(journal_entries=3)))
    feed = CallFeed(client.runtime)
    look(client, count=5)
    batch = feed.read()
    assert ids(batch) == ["default-3", "default-4", "default-5"]
    assert batch.skipped == 2


def test_a_namespace_that_was_created_again_is_read_from_its_beginning(client: Client) -> None:
    look(client, "a", 3)
    feed = CallFeed(client.runtime)
    client.delete("/_sandbox/namespaces/a")
    look(client, "a", 2)
    assert ids(feed.read()) == ["a-1", "a-2"]


def test_the_bodies_are_left_out_and_the_reason_is_there(client: Client) -> None:
    feed = CallFeed(client.runtime)
    refuse(client)
    [call] = feed.read().calls
    assert call.summary["refused"]
    assert "unknown property 'amont'" in call.summary["explanation"]
    assert "request" not in call.summary
    assert call.described["request"]["body"] == {"amont": 1}
    assert "ic-test-token" not in str(call.described)


PATHS = {
    "invisible_collector": "/invisible-collector/companies",
    "invoicexpress": "/invoicexpress/clients.json",
    "invoiless": "/invoiless/v1/customers",
    "crm_com": "/crm-com/payments",
}


@pytest.mark.parametrize("provider", PATHS)
def test_a_summary_says_what_the_whole_says_and_masks_it(client: Client, provider: str) -> None:
    """A credential of the body, told again in the URL and by the refusal, is masked there too."""
    secret = "secret-key-of-mine-4711"
    body = {"token": secret, "api_key": secret, secret: 1, "name": secret}
    client.post(PATHS[provider], body, query=f"note={secret}&api_key={secret}", headers={"api-key": secret})
    [call] = CallFeed(client.runtime).list_latest(CallFilter(provider=provider), 10).calls
    left_out = {"request", "reply"}
    assert call.summary == {name: value for name, value in call.described.items() if name not in left_out}
    assert secret not in str(call.summary)
    assert "note=***" in call.summary["url"]


def test_bodies_are_masked_only_for_those_who_want_them(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list, and a stream of summaries, does not wait for a body of 1 MiB; a text is looked for in all of it."""
    masked: list[Content] = []
    cover_body = Cover.cover_body

    def count(cover: Cover, content: Content) -> Any:
        masked.append(content)
        return cover_body(cover, content)

    monkeypatch.setattr(Cover, "cover_body", count)
    feed = CallFeed(client.runtime)
    refuse(client)
    [call] = feed.read().calls
    others = CallFilter(status=201, text="amont")
    for wanted in (CallFilter(), CallFilter(refused=True, advised=False), CallFilter(rule="none"), others):
        feed.list_latest(wanted, 10)
    client.get("/_sandbox/")
    assert not masked
    assert ids(feed.list_latest(CallFilter(text="amont"), 10)) == ["default-1"]
    assert call.described["reply"]["body"]
    assert masked


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (CallFilter(), ["a-1", "default-1", "default-2"]),
        (CallFilter(namespace="a"), ["a-1"]),
        (CallFilter(refused=True), ["default-2"]),
        (CallFilter(refused=False), ["a-1", "default-1"]),
        (CallFilter(status=422), ["default-2"]),
        (CallFilter(provider="invoiless"), []),
        (CallFilter(operation="getCompany"), ["a-1", "default-1"]),
        (CallFilter(advised=False, text="AMONT"), ["default-2"]),
        (CallFilter(rule="there-is-none"), []),
    ],
)
def test_a_filter_says_which_calls_are_wanted(client: Client, asked: CallFilter, found: list[str]) -> None:
    look(client, "a")
    look(client)
    refuse(client)
    assert ids(CallFeed(client.runtime).list_latest(asked, 10)) == found


def test_a_rule_is_found_where_it_was_broken(client: Client) -> None:
    """An invoice that does not exist any more, and one that is overpaid."""
    path = "/invoicexpress/documents/1/partial_payments.json"
    client.post(path, {"partial_payment": {"amount": 99999}}, query="api_key=ix-test-key")
    feed = CallFeed(client.runtime)
    assert ids(feed.list_latest(CallFilter(rule="overpayment-is-refused"), 10)) == ["default-1"]


def test_the_calls_after_a_mark_are_found(client: Client) -> None:
    feed = CallFeed(client.runtime)
    look(client, count=2)
    look(client, "a")
    first = feed.list_latest(CallFilter(), 10).calls[0]
    assert ids(feed.list_after(first.mark, CallFilter())) == ["default-2", "a-1"]
    assert ids(feed.list_after(first.mark, CallFilter(namespace="a"))) == ["a-1"]


@pytest.mark.parametrize(
    "mark", ["", "default-2", "default-2@another run", "nobody-1@", "\x00", "default-99999999999999999999@"]
)
def test_all_calls_come_after_a_mark_of_another_run(client: Client, mark: str) -> None:
    look(client, count=2)
    assert ids(CallFeed(client.runtime).list_after(mark, CallFilter())) == ["default-1", "default-2"]


def test_a_beginning_is_bounded(client: Client) -> None:
    look(client, count=LATEST + 2)
    batch = CallFeed(client.runtime).list_after("", CallFilter())
    assert len(batch.calls) == LATEST
    assert batch.calls[-1].summary["id"] == f"default-{LATEST + 2}"
    assert batch.skipped == 2
