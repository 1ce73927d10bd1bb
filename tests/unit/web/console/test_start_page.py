"""GET /_sandbox/: what there is here, and what was asked lately."""

from typing import Any

import pytest

from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client, fresh_runtime
from tests.unit.control.asking import everything

WRONG_DATE = {"partial_payment": {"amount": 1, "payment_date": "2017-10-26"}}
RIGHT = {"partial_payment": {"amount": 1}}
PAY = "/invoicexpress/documents/1/partial_payments.json"


def start(client: Client, path: str = "/_sandbox/", **options: Any) -> Element:
    return read_page(client.get(path, **options))


def pay(client: Client, body: Any, path: str = PAY) -> None:
    """A call with the test credential."""
    client.post(path, body, query="api_key=ix-test-key")


def requests(client: Client) -> list[Element]:
    """The calls that the start page lists."""
    return [one for listed in start(client).all("ol", "requests") for one in listed.all("li")]


@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox", "/%5Fsandbox", "/ns/a/_sandbox"])
def test_it_is_there_however_its_address_ends(client: Client, path: str) -> None:
    assert client.get(path).content == client.get("/_sandbox/").content


def test_the_urls_are_one_step_from_the_sentence_about_them(client: Client) -> None:
    """They stand below the calls, which are many screens."""
    page = start(client)
    (link,) = [one for one in page.all("a") if one.text == "URLs below"]
    assert page.at(str(link.attributes["href"]).removeprefix("#")).text == "Providers"


def test_every_provider_is_there_with_its_url_and_credentials(client: Client) -> None:
    """And with links to its docs, its contract and its records."""
    page = start(client)
    for name, service in client.runtime.services.items():
        card = page.at(name)
        assert service.contract.title in card.text
        assert f"URL http://127.0.0.1:4080/{service.provider.prefix} " in card.text
        for credential, value in service.credentials.items():
            assert f"{credential} {value}" in card.text
        links = {one.attributes["href"] for one in card.all("a")}
        assert links == {
            f"/_sandbox/docs/{name}",
            f"/_sandbox/openapi/{name}.json",
            f"/_sandbox/openapi/{name}.yaml",
            f"/_sandbox/records/default/{name}",
        }


def test_a_card_and_the_docs_name_the_same_urls(client: Client) -> None:
    """With the base path where the API has one, as the vendor's own URL has it."""
    for name, service in client.runtime.services.items():
        urls = []
        for section in (start(client).at(name), start(client, f"/_sandbox/docs/{name}").at("here")):
            terms = [one.text for one in section.all("dt")]
            values = [one.text for one in section.all("dd")]
            urls.append({term: value for term, value in zip(terms, values, strict=True) if term in {"URL", "Base URL"}})
        assert urls[0] == urls[1]
        managed = start(client, "/_sandbox/manage/default").at(f"url-{name}").text
        assert managed.startswith(f"{urls[0]['URL']} ")
        assert ("Base URL" in urls[0]) == bool(service.contract.base_path)
        assert list(urls[0].values())[-1].endswith(f"/{service.provider.prefix}{service.contract.base_path}")


def test_a_namespace_names_the_base_urls_to_copy(client: Client) -> None:
    client.post("/_sandbox/namespaces", {"name": "shop"})
    text = start(client, "/_sandbox/manage/shop").text
    for name, service in client.runtime.services.items():
        base = f"/ns/shop/{service.provider.prefix}{service.contract.base_path}"
        assert (f"Base URL http://127.0.0.1:4080{base} Copy" in text) == bool(service.contract.base_path), name


def test_what_stands_between_backticks_is_code(client: Client) -> None:
    """In advice and explanations, as in the docs; what a client sends is no markup."""
    client.post("/crm-com/crmapi/rest/v2/payments/create", {}, headers={"x-api-key": "`<b>`"})
    client.get("/invoicexpress/`<b>`")
    page = start(client)
    sentences = [one for kind in ("why", "advice") for one in page.all("p", kind)]
    assert any(one.all("code") for one in sentences)
    assert not any("`" in one.text for one in sentences)
    assert page.all("b") == []


def test_urls_are_those_by_which_it_was_asked(base_runtime: Runtime) -> None:
    """And those of the ports that providers have of their own."""
    client = Client(fresh_runtime(base_runtime, Settings(ports={"invoiless": 5001})))
    text = start(client, headers={"host": "localhost:9999"}).text
    assert "URL http://localhost:5001 " in text
    assert "URL http://localhost:9999/invoicexpress " in text


def test_every_link_leads_somewhere(client: Client) -> None:
    """To health, docs, contracts, coverage, namespaces, invariants and the journal, and to calls and their rules."""
    pay(client, RIGHT)
    pay(client, WRONG_DATE)
    pay(client, {"partial_payment": {"amount": 99999}})
    targets = {str(link.attributes["href"]) for link in start(client).all("a")}
    assert targets >= {
        "/_sandbox/docs/control",
        "/_sandbox/openapi/control.json",
        "/_sandbox/coverage?format=html",
        "/_sandbox/namespaces/default/requests",
        "/_sandbox/calls/default-2",
        "/_sandbox/health",
        "/_sandbox/calls.har",
        "/_sandbox/open",
        "/_sandbox/docs/invoicexpress/createPartialPayment?namespace=default",
        "/_sandbox/docs/invoicexpress/createPartialPayment?namespace=default#createPartialPayment-rule-overpayment-is-refused",
    }
    for target in targets:
        path, _, anchor = target.partition("#")
        bare, _, query = path.partition("?")
        # A file is streamed, which takes a server; its headers do not.
        response = client.call("HEAD" if bare.endswith(".har") else "GET", bare or "/_sandbox/", query=query)
        assert response.status == 200
        if anchor:
            assert read_page(response).at(anchor)


def test_a_call_names_the_rules_that_may_be_the_reason(client: Client) -> None:
    """Of one that succeeded they are counted, because it may meet a dozen; its page has them."""
    pay(client, RIGHT)
    pay(client, {"partial_payment": {"amount": 99999}})
    refused, done = requests(client)
    anchors = [str(link.attributes["href"]).partition("#")[2] for link in refused.all("a")]
    assert "createPartialPayment-rule-overpayment-is-refused" in anchors
    (counted,) = [link for link in done.all("a") if link.text.endswith((" rule", " rules"))]
    address, _, anchor = str(counted.attributes["href"]).partition("#")
    assert address == "/_sandbox/calls/default-1"
    assert len(start(client, address).at(anchor).text.split()) > 0
    (entry,) = client.get("/_sandbox/namespaces/default/requests", query="limit=1&refused=false").json["requests"]
    assert counted.text == f"{len(entry['rules'])} rules"


def test_before_any_call_it_says_so(client: Client) -> None:
    assert "None yet." in start(client).text
    assert requests(client) == []


def test_a_refusal_is_explained(client: Client) -> None:
    """By the header that went with it, and by the journal's advice; the credential is masked."""
    pay(client, RIGHT)
    pay(client, WRONG_DATE)
    refused, done = requests(client)
    assert (refused.kinds, done.kinds) == (["refused"], ["done"])
    assert refused.text.startswith(
        "422 POST /documents/1/partial_payments.json?api_key=*** /partial_payment/payment_date"
    )
    assert "'2017-10-26' does not match the expected format, for example '26/10/2017'" in refused.text
    assert "as day/month/year, '26/10/2017', not as year-month-day" in refused.text
    assert done.text.startswith(
        "200 POST /documents/1/partial_payments.json?api_key=*** 2026-03-31T12:00:00Z default-1"
    )


def list_ids(page: Element) -> list[str]:
    return [one.all("a")[0].text for listed in page.all("ol", "requests") for one in listed.all("li")]


def test_the_last_twenty_calls_of_all_namespaces_are_listed(client: Client) -> None:
    """Newest first."""
    for _ in range(21):
        pay(client, RIGHT)
    pay(client, RIGHT, f"/ns/other{PAY}")
    assert list_ids(start(client)) == ["other-1", *(f"default-{number}" for number in range(21, 2, -1))]
    assert "20 of 22, newest first" in start(client).text


def test_more_calls_are_listed_for_a_choice_of_rows(client: Client) -> None:
    """The stream and the download are not changed by it, and a number that is not to choose is refused."""
    for _ in range(51):
        pay(client, RIGHT)
    page = start(client, query="rows=200")
    assert len(list_ids(page)) == 51
    (chosen,) = [one for one in page.at("rows").all("option") if "selected" in one.attributes]
    assert chosen.text == "200"
    assert "rows" not in str(page.at("calls").attributes["data-stream"])
    assert {str(one.attributes["href"]) for one in page.all("a")} >= {"/_sandbox/calls.har"}
    assert client.get("/_sandbox/", query="rows=51").status == 422


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ("namespace=other", ["other-1"]),
        ("refused=true", ["default-2"]),
        ("refused=false&status=200", ["other-1", "default-1"]),
        ("text=2017-10-26", ["default-2"]),
        ("provider=invoiless", []),
        ("operation=&status=&text=", ["other-1", "default-2", "default-1"]),
    ],
)
def test_a_filter_of_the_address_chooses_calls(client: Client, query: str, listed: list[str]) -> None:
    """The form shows it, and the stream goes on with it."""
    pay(client, RIGHT)
    pay(client, WRONG_DATE)
    pay(client, RIGHT, f"/ns/other{PAY}")
    page = start(client, query=query)
    assert list_ids(page) == listed
    given = {name: value for name, value in (pair.split("=") for pair in query.split("&")) if value}
    fields = {str(one.attributes["name"]): one.attributes.get("value", "") for one in page.all("input")}
    assert {name: value for name, value in fields.items() if value} == {
        name: value for name, value in given.items() if name in fields
    }
    stream = str(page.at("calls").attributes["data-stream"])
    assert stream.startswith("/_sandbox/namespaces/other/stream?" if "namespace" in given else "/_sandbox/stream?")
    assert all(f"{name}={value}" in stream for name, value in given.items() if name != "namespace")
    assert "after=other-1%40" in stream


@pytest.mark.parametrize(
    ("query", "status"), [("namespace=nobody", 404), ("provider=paypal", 404), ("status=many", 422), ("refused=1", 422)]
)
def test_a_filter_that_no_call_can_pass_is_refused(client: Client, query: str, status: int) -> None:
    assert client.get("/_sandbox/", query=query).status == status


@pytest.mark.parametrize(
    ("query", "name", "status", "says"),
    [
        ("status=abc", "status", 422, "status is 'abc'; it is a number from 100 to 599"),
        ("refused=1", "refused", 422, "refused is '1'; it is true or false"),
        ("provider=paypal", "provider", 404, "there is no provider 'paypal'"),
        ("operation=createPaymnt", "operation", 404, "near it are"),
        ("rule=overpayment", "rule", 404, "overpayment-is-refused"),
        ("rule=overpaiment-is-refused&provider=invoicexpress", "rule", 404, "overpayment-is-refused"),
        ("rule=overpayment-is-refused&provider=paypal", "provider", 404, "there is no provider 'paypal'"),
    ],
)
def test_a_browser_keeps_the_page_and_reads_at_the_field_what_is_wrong(
    client: Client, query: str, name: str, status: int, says: str
) -> None:
    """The other fields keep what was given; no call is listed, and none streams in."""
    pay(client, RIGHT)
    response = client.get("/_sandbox/", query=f"{query}&text=kept", headers={"accept": "text/html"})
    page = read_page(response, status)
    fields = {one.attributes["name"]: one for tag in ("input", "select") for one in page.at("filters").all(tag)}
    wrong = [one for one in fields.values() if "aria-invalid" in one.attributes]
    assert [one.attributes["name"] for one in wrong] == [name]
    assert says in page.at(str(wrong[0].attributes["aria-describedby"])).text
    assert fields["text"].attributes["value"] == "kept"
    assert page.at("calls").all("li") == []
    assert "data-stream" not in page.at("calls").attributes
    assert "None is listed, because a filter" in page.at("none").text
    [download] = [str(one.attributes["href"]) for one in page.all("a") if "download" in one.attributes]
    assert client.call("HEAD", "/_sandbox/calls.har", query=download.partition("?")[2]).status == 200


def test_a_list_that_a_filter_empties_says_so(client: Client) -> None:
    pay(client, RIGHT)
    assert start(client, query="status=404").at("none").text == "None of 1 passes the filter."


def test_a_call_without_a_reply_is_listed(client: Client) -> None:
    """With the fault that struck it; so is one that no operation takes."""
    client.post("/_sandbox/namespaces/default/faults", {"when": {"times": 1}, "then": {"drop": "before"}})
    with pytest.raises(ConnectionAbortedError):
        pay(client, RIGHT)
    client.get("/invoicexpress/nothing")
    unknown, dropped = requests(client)
    assert dropped.text.startswith("no reply POST /documents/1/")
    assert "Struck by the fault fault-1." in dropped.text
    assert unknown.text.startswith("404 GET /nothing")


def test_a_page_is_no_call(client: Client) -> None:
    pay(client, RIGHT)
    before = everything(client.runtime)
    start(client)
    assert everything(client.runtime) == before
