"""POST /_sandbox/open: a recording shown as the live calls are, whatever it has, and kept nowhere."""

import asyncio
import base64
import gzip
import io
import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from paysandbox.app import Sandbox
from paysandbox.core.exact_json import write_json
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.recordings.exchange import Log
from paysandbox.recordings.har_writer import write_har
from paysandbox.recordings.journal_file import read_entry
from paysandbox.recordings.reading import read_stream
from paysandbox.testing import Response
from paysandbox.web.console.opening.listing import MOST, read_found
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client, fresh_runtime
from tests.unit.control.asking import check_problem, everything
from tests.unit.recordings.hars import entry, har

PAY: Final = "/invoicexpress/documents/1/partial_payments.json"
WRONG_DATE: Final = {"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}
SCRIPT: Final = "<script>alert(1)</script>"
VENDOR: Final = "https://oficina.app.invoicexpress.com/clients.json?api_key=secret-key-of-mine"
CASSETTE: Final = Path(__file__).parents[4] / "examples" / "recordings" / "invoicexpress-2019.yml"


def send(
    runtime: Runtime, content: bytes, *, headers: dict[str, str] | None = None, method: str = "POST", **query: Any
) -> Response:
    """Open a file, in an event loop of its own."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def collect(message: Any) -> None:
        sent.append(message)

    given = {"host": "127.0.0.1:4080", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": "/_sandbox/open",
        "query_string": urlencode(query).encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    asyncio.run(Sandbox(runtime)(scope, receive, collect))
    start, body = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(start["status"], found, body["body"])


def open_file(client: Client, content: bytes, **query: Any) -> Element:
    return read_page(send(client.runtime, content, **query))


def list_calls(page: Element) -> list[Element]:
    return page.at("calls").all("li")


def write_whole_har(client: Client) -> bytes:
    """The HAR file of the two calls, as `calls.har` has them: with what they changed."""
    entries = [client.get(f"/_sandbox/namespaces/default/requests/default-{number}").json for number in (1, 2)]
    return b"".join(write_har(map(read_entry, entries), version="1"))


@pytest.fixture
def called(client: Client) -> Client:
    """A journal of a call that succeeded, one that the contract refused, and one that reached no provider."""
    client.post(PAY, {"partial_payment": {"amount": 1}}, query="api_key=ix-test-key")
    client.post(PAY, WRONG_DATE, query="api_key=ix-test-key")
    client.get("/nothing")
    return client


def write_journal(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/_sandbox/namespaces/default/requests").json
    return found


def write_lines(journal: dict[str, Any]) -> bytes:
    return b"\n".join(write_json({"namespace": "default", **one}) for one in journal["requests"])


@pytest.mark.parametrize("form", ["journal", "lines", "packed"])
def test_a_journal_is_listed_as_the_start_page_lists_it(called: Client, form: str) -> None:
    """Status, reason, advice and rules of each call, the last first; opening it changes nothing."""
    journal = write_journal(called)
    content = write_lines(journal) if form == "lines" else write_json(journal)
    before = everything(called.runtime)
    page = open_file(called, gzip.compress(content) if form == "packed" else content, name="calls.json")
    assert everything(called.runtime) == before
    live = [one for listed in read_page(called.get("/_sandbox/")).all("ol", "requests") for one in listed.all("li")]
    assert [one.text for one in list_calls(page)] == [one.text for one in live]
    assert "calls.json 3 of 3 calls" in page.at("opened").text


def read_again(form: Element) -> dict[str, Any]:
    """What the form sends if nothing is changed in it."""
    fields = [one for one in form.all("input") if "data-place" in one.attributes]
    places = {str(one.attributes["data-place"]): str(one.attributes["value"]) for one in fields}
    headers = {
        str(one.attributes["name"]): str(one.attributes["value"])
        for one in fields
        if one.attributes["data-place"] == "header"
    }
    body = form.all("textarea")[0].text.encode()
    return {
        "path": str(form.attributes["data-path"]) + places["address"],
        "query": places["whole-query"],
        "headers": headers | ({"content-type": places["type"]} if body else {}),
        "content": body,
    }


def test_a_call_of_a_file_is_shown_as_one_of_the_journal(called: Client) -> None:
    """The violation at its place, advice, and the call again with the test credential, into the chosen namespace."""
    called.post("/_sandbox/namespaces", {"name": "shop"})
    content = write_json(write_journal(called))
    page = open_file(called, content, call=2, namespace="shop", name="calls.json")
    (line,) = page.all("span", "broken")
    assert line.text.startswith('"payment_date": "2017-10-26"')
    assert "as day/month/year, '26/10/2017'" in page.at("opened").text
    (form,) = [one for one in page.all("form") if "data-method" in one.attributes]
    sent = read_again(form)
    assert (sent["path"], sent["query"]) == (f"/ns/shop{PAY}", "api_key=ix-test-key")
    assert form.attributes["data-namespace"] == "shop"
    links = {one.text: one.attributes["href"] for one in page.at("opened").all("a")}
    assert links["All calls of calls.json"] == "/_sandbox/open?namespace=shop&name=calls.json"
    assert links["the call before"] == "/_sandbox/open?call=1&namespace=shop&name=calls.json"
    assert links["the next call"] == "/_sandbox/open?call=3&namespace=shop&name=calls.json"


@pytest.mark.parametrize("form", ["har", "entry"])
def test_what_a_call_changed_is_shown_as_on_its_own_page(called: Client, form: str) -> None:
    """Of a refused one that it changed nothing; without links, because the records may be another sandbox's."""
    for number in (1, 2):
        if form == "har":
            content, call = write_whole_har(called), number
        else:
            content, call = called.get(f"/_sandbox/namespaces/default/requests/default-{number}").content, 1
        page = open_file(called, content, call=call)
        live = read_page(called.get(f"/_sandbox/calls/default-{number}"))
        shown = [cell.text for one in page.all("section", "change") for cell in (*one.all("h3"), *one.all("th"))]
        alive = [cell.text for one in live.all("section", "change") for cell in (*one.all("h3"), *one.all("th"))]
        assert shown == alive
        assert [one.text for one in page.all("ins")][:1] == [one.text for one in live.all("ins")][:1]
        assert bool(shown) is (number == 1)
        assert ("It changed no record." in page.at("opened").text) is (number == 2)
        assert not [link for one in page.all("section", "change") for link in one.all("a")]


def test_of_a_listing_it_is_not_said_what_a_call_changed(called: Client) -> None:
    page = open_file(called, write_json(write_journal(called)), call=1)
    assert "What it changed" not in page.at("opened").text


def test_credentials_of_changed_records_are_masked(client: Client) -> None:
    """A file that was not masked when it was written: under the name of a credential, and where it is told again."""
    after = {"api_key": "secret-key-of-mine", "note": "with secret-key-of-mine"}
    changes = [{"provider": "invoicexpress", "table": "clients", "key": "1", "before": None, "after": after}]
    said = {"provider": "invoicexpress", "operation": "createClient", "changes": [*changes, {"table": 7}, 7]}
    page = open_file(client, har(make_vendor_entry(_paysandbox=said)), call=1)
    (change,) = page.all("section", "change")
    assert "with ***" in change.text
    assert "secret-key-of-mine" not in page.text
    assert "1 more records are not shown." in page.at("opened").text


def test_every_provider_takes_a_call_of_a_file_again(base_runtime: Runtime) -> None:
    """What the form of an opened call would send is answered as the recorded call was."""
    client = Client(fresh_runtime(base_runtime))
    client.get("/invisible-collector/companies", headers={"authorization": "Bearer ic-test-token"})
    client.get("/invoiless/v1/customers", headers={"api-key": "invoiless-test-key"})
    client.get("/invoicexpress/clients.json", query="api_key=ix-test-key")
    token = client.runtime.services["crm_com"].credentials["token"]
    client.post("/crm-com/v1/customers/contacts/show", {"token": token})
    recorded = write_journal(client)["requests"]
    assert {call["provider"] for call in recorded} == set(client.runtime.services)
    content = write_json({"requests": recorded})
    for number, call in enumerate(recorded, 1):
        page = open_file(client, content, call=number)
        (form,) = [one for one in page.all("form") if "data-method" in one.attributes]
        again = client.call(str(form.attributes["data-method"]), **read_again(form))
        assert (again.status, call["provider"]) == (call["status"], call["provider"])
        assert "it is masked here" not in page.text


def make_vendor_entry(**changes: Any) -> dict[str, Any]:
    changes = {"request__url": VENDOR, "request__postData__text": json.dumps({"client": {"nam": "A"}}), **changes}
    return entry(**changes)


def test_a_foreign_call_is_judged_when_it_is_opened(client: Client) -> None:
    """The vendor took what the contract refuses: at its place, in the words of the contract, masked."""
    content = har(make_vendor_entry(), entry(request__url="https://cdn.example/a.js"))
    page = open_file(client, content)
    (call,) = list_calls(page)
    assert call.kinds == ["refused"]
    assert "the vendor took what the contract refuses: /client: unknown property 'nam'" in call.text
    assert "another API: cdn.example: 1 not shown" in page.at("notes").text
    shown = send(client.runtime, content, call=1)
    assert b"secret-key-of-mine" not in shown.content
    assert b"api_key=ix-test-key" in shown.content
    assert [line.text[:9] for line in read_page(shown).all("span", "broken")] == ['"client":', '"nam": "A']


def test_a_variant_that_explains_a_reply_is_advice(client: Client) -> None:
    page = open_file(client, CASSETTE.read_bytes(), status=422, advised="true")
    assert "With the variant error_bodies=json the contract agrees." in page.at("calls").text


def test_a_variant_that_explains_a_part_is_no_agreement(client: Client) -> None:
    """Invisible Collector takes a payment without a currency under another variant, but not with this reply."""
    made = entry(
        request__url="https://api.invisiblecollector.com/payments",
        request__postData__text="{}",
        response__status=201,
        response__content__text=json.dumps({"x": 1}),
    )
    page = open_file(client, har(made))
    assert "The variant currency_required=false explains a part of it." in page.at("calls").text
    assert "the contract agrees" not in page.text


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({"refused": "true"}, ["default-3", "default-2"]),
        ({"status": 200}, ["default-1"]),
        ({"provider": "invoicexpress"}, ["default-2", "default-1"]),
        ({"provider": "invoiless"}, []),
        ({"operation": "createPartialPayment", "advised": "true"}, ["default-2"]),
        ({"rule": "amount-zero-or-more"}, ["default-1"]),
        ({"text": "2017-10-26"}, ["default-2"]),
    ],
)
def test_a_file_has_the_filters_of_the_start_page(called: Client, query: dict[str, Any], listed: list[str]) -> None:
    content = write_json(write_journal(called))
    page = open_file(called, content, **query)
    assert [one.all("a")[0].text for one in list_calls(page)] == listed
    fields = {str(one.attributes["name"]): one.attributes.get("value") for one in page.at("filters").all("input")}
    assert {name: str(value) for name, value in query.items() if name in fields}.items() <= fields.items()


def test_many_calls_are_listed_page_by_page(base_runtime: Runtime) -> None:
    """Of more than the most the rest is left out, and said."""
    client = Client(fresh_runtime(base_runtime))
    client.get("/invisible-collector/companies", headers={"authorization": "Bearer ic-test-token"})
    (call,) = write_journal(client)["requests"]
    call = {**call, "reply": {"headers": {}, "body": None}, "request": {"headers": {}, "body": None}, "rules": []}
    content = gzip.compress(b"\n".join([write_json(call)] * (MOST + 1)))
    page = open_file(client, content, rows=1000, page=2)
    assert len(list_calls(page)) == 1000
    assert f"1000 of {MOST} calls" in page.at("opened").text
    assert f"more than {MOST} exchanges" in page.at("notes").text
    links = {one.text: one.attributes["href"] for one in page.at("filters").all("a")}
    assert links == {
        "later calls": "/_sandbox/open?rows=1000&page=1",
        "earlier calls": "/_sandbox/open?rows=1000&page=3",
    }


def test_of_a_broken_file_what_could_be_read_is_shown(client: Client) -> None:
    """And where it broke; of a damaged gzip file too."""
    whole = har(*[make_vendor_entry()] * 200)
    cut = open_file(client, whole[: len(whole) // 2], rows=200)
    assert 90 <= len(list_calls(cut)) <= 100
    assert "the file breaks off, or is not JSON, behind entry" in cut.at("notes").text
    packed = gzip.compress(whole)
    for damaged in (packed[: len(packed) // 2], packed[:-8] + bytes(8)):
        page = open_file(client, damaged, rows=200)
        assert "because its compressed data does" in page.at("notes").text
        assert list_calls(page)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "calls.har is empty"),
        (b" \n ", "calls.har is empty"),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(500),
            "it is binary",
        ),
        (b"PK\x03\x04rest", "it is a zip archive; unpack it first"),
        (b'{"openapi": "3.1.0"}', "it is an OpenAPI document"),
        (b'{"info": {}, "item": []}', "it may be a collection of requests"),
        (b'{"nodes": [1, 2]}', "calls.har is not a HAR file"),
        (b"[1, 2]", "calls.har is not a HAR file"),
        (b"7", "calls.har is not"),
        (gzip.compress(b""), "calls.har is empty"),
        (b"\x1f\x8b" + bytes(100), "damaged at the beginning"),
    ],
    ids=["empty", "blank", "png", "zip", "openapi", "collection", "other JSON", "array", "number", "gzip", "damaged"],
)
def test_what_is_no_recording_is_refused_with_the_reason(client: Client, content: bytes, says: str) -> None:
    check_problem(send(client.runtime, content, name="calls.har"), 422, says)
    page = read_page(send(client.runtime, content, name="calls.har", headers={"accept": "text/html"}), 422)
    assert says in page.at("refusal").text


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"content-encoding": "br"}, "the sandbox reads gzip"),
        ({"content-encoding": "gzip"}, "the body is not gzip"),
        ({"content-type": "multipart/form-data; boundary=x"}, "send the file itself as the body"),
    ],
)
def test_a_body_that_is_not_the_file_itself_is_refused(client: Client, headers: dict[str, str], says: str) -> None:
    check_problem(send(client.runtime, har(make_vendor_entry()), headers=headers), 422, says)


def test_a_file_above_the_limit_is_refused_with_it(base_runtime: Runtime) -> None:
    """As it is sent, and as it is inflated: a megabyte of gzip may have a gigabyte."""
    client = Client(fresh_runtime(base_runtime, Settings(body_limit=10_000)))
    check_problem(send(client.runtime, bytes(10_001)), 413, "more than 10000 bytes", "--body-limit")
    bomb = gzip.compress(b'{"log":' + b" " * 1_000_000)
    assert len(bomb) < 10_000
    check_problem(send(client.runtime, bomb), 413, "more than 320000 bytes when it is inflated")


ODD: Final = [
    make_vendor_entry(request__postData__text=json.dumps({"client": {"name": "x" * (1 << 20)}})),
    make_vendor_entry(response__content={"text": base64.b64encode(bytes(range(256))).decode(), "encoding": "base64"}),
    make_vendor_entry(response__content={"text": "no base64!", "encoding": "base64"}),
    make_vendor_entry(request__postData={"text": "\ud800", "mimeType": "text/plain"}),
    make_vendor_entry(request__postData={"params": [{"name": "a", "value": "b"}], "mimeType": "x"}),
    make_vendor_entry(response={}),
    make_vendor_entry(time="soon", startedDateTime="yesterday"),
    make_vendor_entry(request__method=SCRIPT, request__url=f"https://x.app.invoicexpress.com/{SCRIPT}"),
    make_vendor_entry(_resourceType="websocket"),
    make_vendor_entry(_paysandbox={"provider": "invoicexpress", "violations": [{"pointer": 7}, 7, {"rule": "x"}]}),
    make_vendor_entry(_paysandbox={"provider": 7, "rules": [{"id": []}, {"id": SCRIPT}], "fault": {"id": {}}}),
    make_vendor_entry(
        _paysandbox={
            "provider": "invoicexpress",
            "operation": SCRIPT,
            "id": SCRIPT,
            "namespace": SCRIPT,
            "explanation": SCRIPT,
            "refused": True,
            "advice": [SCRIPT],
            "violations": [dict.fromkeys(("pointer", "message", "says", "provenance", "source", "rule"), SCRIPT)],
            "rules": [dict.fromkeys(("id", "says", "provenance", "source"), SCRIPT)],
            "fault": {"id": SCRIPT},
        }
    ),
    make_vendor_entry(request__postData__text="[" * 5000),
    make_vendor_entry(request__postData__text='{"client":' * 900 + "1" + "}" * 900),
    make_vendor_entry(request__headers=[{"name": SCRIPT, "value": SCRIPT}, {"name": "x-ü", "value": "日本"}]),
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_entries_are_shown_and_stay_text(client: Client, number: int) -> None:
    """In the list and on the page of the call, which a websocket has not."""
    content = gzip.compress(har(ODD[number]))
    listed = send(client.runtime, content, name=SCRIPT)
    is_shown = len(list_calls(read_page(listed)))
    assert is_shown == (ODD[number].get("_resourceType") is None)
    shown = send(client.runtime, content, name=SCRIPT, call=1)
    assert shown.status == (200 if is_shown else 404)
    for page in (listed, shown):
        assert SCRIPT.encode() not in page.content


def test_a_body_longer_than_a_call_may_have_is_left_out(client: Client) -> None:
    """And said, because masking it would keep the sandbox from other calls."""
    content = gzip.compress(har(ODD[0], make_vendor_entry()))
    page = open_file(client, content)
    assert len(list_calls(page)) == 2
    assert "a body of more than 1048576 bytes: 1 not shown" in page.at("notes").text
    assert "or is longer than a body may be" in open_file(client, content, call=1).at("opened").text


def test_other_calls_are_answered_while_a_file_is_read(client: Client) -> None:
    """A file of many entries that are none is read in a thread, one of many calls in turns."""
    contents = (
        gzip.compress(b'{"id":1}\n' + b"\n" * 3_000_000),
        gzip.compress(har(*[make_vendor_entry()] * 300)),
    )
    for content in contents:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async def read(content: bytes = content) -> None:
            log = Log()
            counting = asyncio.create_task(count())
            found = await read_found(read_stream(io.BytesIO(content), "x", log, name="x"), log, {}, client.runtime)
            counting.cancel()
            assert found.calls in {0, 300}

        asyncio.run(read())
        assert turns > 200


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"call": 9}, 404, "the file has no call 9"),
        ({"call": "x"}, 422, "call is 'x'"),
        ({"provider": "paypal"}, 404, "paypal"),
        ({"namespace": "nobody"}, 404, "there is no namespace 'nobody'"),
        ({"page": "0"}, 422, "page is '0'"),
        ({"rows": "7"}, 422, "rows is '7'"),
        ({"status": "many"}, 422, "status is 'many'"),
    ],
)
def test_a_view_that_cannot_be_is_refused(client: Client, query: dict[str, Any], status: int, says: str) -> None:
    check_problem(send(client.runtime, har(make_vendor_entry()), **query), status, says)


def test_a_file_without_calls_says_so(client: Client) -> None:
    """No filter is blamed for it; nor where all that it has is another API's."""
    assert "The file has no call: its list of exchanges is empty." in open_file(client, har()).at("opened").text
    other = open_file(client, har(entry(request__url="https://cdn.example/a.js"))).at("opened").text
    assert "The file has no call that is shown; why, stands above." in other
    filtered = open_file(client, har(make_vendor_entry()), status=404).at("opened").text
    assert "No call of the file passes the filter." in filtered


def test_a_wrong_filter_keeps_the_page_of_the_file(client: Client) -> None:
    """And is named at its field."""
    shown = send(client.runtime, har(make_vendor_entry()), status="many", text="kept", headers={"accept": "text/html"})
    page = read_page(shown, 422)
    assert "status is 'many'" in page.at("error-status").text
    assert "None is listed, because a filter" in page.at("opened").text
    [text] = [one for one in page.at("filters").all("input") if one.attributes["name"] == "text"]
    assert text.attributes["value"] == "kept"


@pytest.mark.parametrize(("name", "given"), [("rows", "51"), ("page", "0")])
def test_a_wrong_part_of_the_list_keeps_the_page_of_the_file(client: Client, name: str, given: str) -> None:
    content = har(make_vendor_entry())
    wrong: Any = {name: given}
    page = read_page(send(client.runtime, content, headers={"accept": "text/html"}, **wrong), 422)
    assert f"{name} is '{given}'; it is " in page.at(f"error-{name}").text
    assert "None is listed, because the address" in page.at("opened").text
    check_problem(send(client.runtime, content, **wrong), 422, f"{name} is '{given}'; it is ")


def test_a_file_is_opened_with_the_token_and_by_this_site_alone(base_runtime: Runtime) -> None:
    """Before anything of it is read."""
    runtime = fresh_runtime(base_runtime, Settings(control_token="secret"))
    check_problem(send(runtime, b"no recording"), 401, "control token")
    good = {"authorization": "Bearer secret"}
    assert send(runtime, har(make_vendor_entry()), headers=good).status == 200
    for foreign in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        check_problem(send(runtime, b"no recording", headers={**good, **foreign}), 403, "")
    check_problem(send(runtime, b"", headers=good, method="PUT"), 405, "it takes GET, HEAD, POST")
