"""Endpoints of webhooks in fixture files: namespaces start with them, and a wrong one stops the start."""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.core.problems import StartupError
from paysandbox.core.strict_yaml import write_yaml
from paysandbox.kit.settings import Settings
from paysandbox.store.endpoints import ENDPOINTS, EndpointDef
from tests.helpers.runtimes import NOON, Client
from tests.unit.control.asking import ROOT, check_problem, everything

URL: Final = "http://127.0.0.1:9/hooks"
PAID: Final = {"url": URL, "events": ["InvoicePaid"], "secret": "hush", "retry_seconds": [10, 60]}
SHOWN: Final = {**PAID, "id": "endpoint-1", "provider": "invoiless", "secret": "***"}
NEW: Final = {"customer": "604759ef9b3e7d00418c2f2a", "items": [{"name": "Label design", "price": 480}]}


def write_fixtures(path: Path, *webhooks: Any, **sections: Any) -> Path:
    """Write fixtures of Invoiless that extend the default ones; a second writing is seen to be newer."""
    wanted = {"webhooks": list(webhooks)} if webhooks else {}
    path.write_text(write_yaml({"invoiless": {"extends": "default", **wanted, **sections}}))
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns + 1_000_000_000))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_fixtures(tmp_path / "mine.yaml", PAID)


def start(file: Path, provider: str = "invoiless", **settings: Any) -> Client:
    runtime = create_runtime(fixtures=file, provider_names=[provider], time=lambda: NOON, settings=Settings(**settings))
    return Client(runtime)


def list_endpoints(client: Client, namespace: str = "default") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{ROOT}/{namespace}/webhooks").json["endpoints"]
    return found


def list_urls(client: Client, namespace: str = "default") -> list[str]:
    return [endpoint["url"] for endpoint in list_endpoints(client, namespace)]


def find_refusal(file: Path, **settings: Any) -> list[str]:
    with pytest.raises(StartupError) as refusal:
        start(file, **settings)
    assert all(error.startswith(f"{file}:") for error in refusal.value.errors)
    return [error.partition(": ")[2] for error in refusal.value.errors]


def test_every_namespace_has_them(file: Path) -> None:
    """`default`, one that a call creates, and a fork; an endpoint of the first is not one of the others."""
    client = start(file)
    client.post(f"{ROOT}/default/webhooks", {"url": "http://127.0.0.1:9/other"})
    client.post(f"{ROOT}/default/fork", {"name": "fork"})
    client.post(ROOT, {"name": "new"})
    assert list_endpoints(client) == [SHOWN, {"id": "endpoint-2", "url": "http://127.0.0.1:9/other"}]
    assert list_endpoints(client, "new") == list_endpoints(client, "fork") == [SHOWN]


def test_they_get_the_events_of_the_first_call(file: Path) -> None:
    """Only those that they take."""
    client = start(file)
    for status in ("Unpaid", "Paid"):
        made = client.post(
            "/invoiless/v1/invoices", {**NEW, "status": status}, headers={"api-key": "invoiless-test-key"}
        )
        assert made.status == 201
    (delivery,) = client.get(f"{ROOT}/default/webhooks").json["deliveries"]
    assert (delivery["event"], delivery["endpoint"]) == ("InvoicePaid", "endpoint-1")


def test_a_reset_keeps_them_and_a_deleted_namespace_has_them_anew(file: Path) -> None:
    client = start(file)
    client.post("/_sandbox/reset")
    assert list_endpoints(client) == [SHOWN]
    client.delete(f"{ROOT}/default/webhooks/endpoint-1")
    client.post("/_sandbox/reset")
    assert list_endpoints(client) == []
    client.delete(f"{ROOT}/default")
    assert list_endpoints(client) == [SHOWN]


def test_without_any_there_are_no_webhooks_at_all(tmp_path: Path) -> None:
    """As with the default fixtures: no event is even written."""
    client = start(write_fixtures(tmp_path / "mine.yaml", webhooks=None))
    assert client.runtime.namespaces.get("default").webhooks is None


def test_an_endpoint_of_the_command_line_is_not_there_twice(file: Path) -> None:
    write_fixtures(file, {"url": URL}, {"url": URL, "events": ["InvoicePaid"]})
    assert [(one["url"], one.get("events")) for one in list_endpoints(start(file, webhook_urls=(URL,)))] == [
        (URL, None),
        (URL, ["InvoicePaid"]),
    ]


@pytest.mark.parametrize(
    ("endpoint", "where", "says"),
    [
        ({"url": "ftp://127.0.0.1/"}, "[0].url", "the scheme is 'ftp'"),
        ({"url": "http://me:hush@127.0.0.1/"}, "[0].url", "the URL has credentials"),
        ({"url": "http://169.254.169.254/"}, "[0].url", "link-local or metadata"),
        ({"url": "http://[fd00:ec2::254]/"}, "[0].url", "link-local or metadata"),
        ({"url": "http://192.0.2.1/"}, "[0].url", "--webhook-allow"),
        ({"url": "http:///"}, "[0].url", "the URL has no host"),
        ({"url": ""}, "[0].url", "at least 1 character"),
        ({"url": f"http://127.0.0.1/{'a' * 2000}"}, "[0].url", "at most 2000 characters"),
        ({}, "[0]", "'url' is missing"),
        ({"url": URL, "uri": URL}, "[0].uri", "unknown property 'uri'"),
        ({"url": URL, "provider": "invoiless"}, "[0].provider", "unknown property 'provider'"),
        ({"url": URL, "events": ["Paid"]}, "[0].events[0]", "there is no event 'Paid'; there are InvoiceCreated"),
        ({"url": URL, "events": "InvoicePaid"}, "[0].events", "array"),
        ({"url": URL, "secret": 5}, "[0].secret", "string"),
        ({"url": URL, "retry_seconds": [-1]}, "[0].retry_seconds[0]", "at least 0"),
        ({"url": URL, "retry_seconds": [1] * 11}, "[0].retry_seconds", "at most 10"),
        (URL, "[0]", "a record is a mapping"),
    ],
    ids=str,
)
def test_a_wrong_one_stops_the_start(file: Path, endpoint: Any, where: str, says: str) -> None:
    """With its place; a URL that cannot be registered either, and no credential of it is repeated."""
    errors = find_refusal(write_fixtures(file, endpoint))
    assert errors[0].startswith(f"$.invoiless.webhooks{where}: ")
    assert says in errors[0]
    assert not any("hush" in error for error in errors)


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"webhooks": {"url": URL}}, "a list of endpoints"),
        ({"webhooks": [{"url": f"{URL}/{number}"} for number in range(ENDPOINTS + 1)]}, "at most 20 endpoints"),
    ],
    ids=["no list", "too many"],
)
def test_a_wrong_section_stops_the_start(file: Path, sections: dict[str, Any], says: str) -> None:
    (error,) = find_refusal(write_fixtures(file, **sections))
    assert error.startswith("$.invoiless.webhooks: ")
    assert says in error


def test_the_same_twice_is_refused(file: Path) -> None:
    (error,) = find_refusal(write_fixtures(file, PAID, PAID))
    assert error.startswith("$.invoiless.webhooks[1]: this endpoint stands above already")


def test_an_api_without_webhooks_has_none(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(write_yaml({"invoicexpress": {"extends": "default", "webhooks": [{"url": URL}]}}))
    (error,) = find_refusal(file, provider="invoicexpress")
    assert error == "$.invoicexpress.webhooks: invoicexpress has no webhooks, so nothing would ever be delivered"


def test_a_host_can_be_allowed(file: Path) -> None:
    write_fixtures(file, {"url": "http://192.0.2.1/"})
    assert list_urls(start(file, webhook_hosts=("192.0.2.1",))) == ["http://192.0.2.1/"]


def test_an_export_starts_with_them(file: Path, tmp_path: Path) -> None:
    """Those for all providers too, each once; secrets are not masked there, because it has to work again."""
    client = start(file)
    client.post(f"{ROOT}/default/webhooks", {"url": "http://127.0.0.1:9/all"})
    client.post(f"{ROOT}/default/webhooks", {"url": URL, "events": PAID["events"], "secret": "other"})
    exported = client.get(f"{ROOT}/default/export").json
    wanted = [PAID, {"url": "http://127.0.0.1:9/all"}, {"url": URL, "events": ["InvoicePaid"], "secret": "other"}]
    assert exported["invoiless"]["webhooks"] == wanted
    again = tmp_path / "again.yaml"
    again.write_text(write_yaml(exported))
    assert start(again).get(f"{ROOT}/default/export").json == exported


def test_an_import_adds_those_that_are_not_there(file: Path, client: Client) -> None:
    """Once, however often; what the namespace has stays."""
    exported = {"invoiless": start(file).get(f"{ROOT}/default/export").json["invoiless"]}
    client.post(f"{ROOT}/default/webhooks", {"url": "http://127.0.0.1:9/other"})
    for _ in range(2):
        assert client.post(f"{ROOT}/default/import", exported).status == 200
    assert list_endpoints(client) == [
        {"id": "endpoint-1", "url": "http://127.0.0.1:9/other"},
        {**SHOWN, "id": "endpoint-2"},
    ]
    assert client.post(f"{ROOT}/default/import", {"invoiless": {"extends": "default"}}).status == 200
    assert len(list_endpoints(client)) == 2
    having = [name for name, sections in client.get(f"{ROOT}/default/export").json.items() if "webhooks" in sections]
    assert having == ["invoiless"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (
            {"invoiless": {"extends": "default", "webhooks": [{"url": "http://192.0.2.1/"}]}},
            422,
            "/invoiless/webhooks/0/url",
        ),
        ({"crm_com": {"extends": "default", "webhooks": [{"url": URL}]}}, 422, "crm_com has no webhooks"),
        (
            {"invoiless": {"extends": "default", "webhooks": [{"url": f"{URL}/{number}"} for number in range(20)]}},
            409,
            "at most 20 endpoints, and has 1 now",
        ),
    ],
    ids=["URL", "provider", "too many"],
)
def test_a_wrong_import_changes_nothing(client: Client, body: Any, status: int, says: str) -> None:
    client.post(f"{ROOT}/default/webhooks", {"url": URL})
    before = everything(client.runtime)
    check_problem(client.post(f"{ROOT}/default/import", body), status, "nothing was imported", says)
    assert everything(client.runtime) == before
    assert list_urls(client) == [URL]


def test_a_reload_takes_over_what_changed(file: Path) -> None:
    """In every namespace; what a call registered or removed stays as it is."""
    kept, gone, new = ({"url": f"http://127.0.0.1:9/{name}"} for name in ("kept", "gone", "new"))
    client = start(write_fixtures(file, kept, gone))
    client.post(ROOT, {"name": "other"})
    client.delete(f"{ROOT}/other/webhooks/endpoint-1")
    client.post(f"{ROOT}/other/webhooks", {"url": URL})
    write_fixtures(file, kept, new)
    assert client.post("/_sandbox/reload").json["dropped"] == []
    assert list_urls(client) == [kept["url"], new["url"]]
    assert list_urls(client, "other") == [URL, new["url"]]
    write_fixtures(file)
    client.post("/_sandbox/reload")
    assert (list_urls(client), list_urls(client, "other")) == ([], [URL])
    assert client.runtime.namespaces.baselines["invoiless"].endpoints == ()


def test_an_import_that_extends_the_fixtures_brings_theirs(file: Path) -> None:
    """Together with its own; the fixtures themselves stay as they are."""
    started = start(file)
    started.delete(f"{ROOT}/default/webhooks/endpoint-1")
    more = {"invoiless": {"extends": "default", "webhooks": [{"url": "http://127.0.0.1:9/more"}]}}
    assert started.post(f"{ROOT}/default/import", more).status == 200
    assert list_urls(started) == [URL, "http://127.0.0.1:9/more"]
    assert started.runtime.namespaces.baselines["invoiless"].endpoints == (
        EndpointDef(url=URL, events=("InvoicePaid",), secret="hush", retry_seconds=(10, 60)),
    )
