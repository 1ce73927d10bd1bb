"""GET /_sandbox/docs/{provider}: a contract, whole or by operation, and forms whose calls are carried out."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from paysandbox.contract.inventory import count_units, find_units
from paysandbox.html.prose import parse_blocks
from paysandbox.kit.provider import Service, find_providers
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.kit.settings import Settings
from paysandbox.web.console.contract_view.values import make_anchor
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client, Response, fresh_runtime, nothing_changes
from tests.unit.control.asking import check_problem, everything

PROVIDERS = [provider.name for provider in find_providers()]
NAMES = [*PROVIDERS, CONTROL]


def docs(client: Client, name: str, **options: Any) -> Element:
    """All operations of a contract on one page."""
    return read_page(client.get(f"/_sandbox/docs/{name}", query="operations=all", **options))


def service_of(runtime: Runtime, name: str) -> Service:
    """A provider, or the control plane."""
    return runtime.control if name == CONTROL else runtime.services[name]


def plain(text: str) -> str:
    """A description as a page says it: without marks, in one line."""
    return " ".join(" ".join(block.text for block in parse_blocks(text)).split())


@pytest.mark.parametrize("name", NAMES)
def test_every_unit_of_a_contract_is_on_its_page(client: Client, name: str) -> None:
    """Operations, parameters, members, statuses and rules have an anchor each, and the badge of their provenance."""
    page = docs(client, name)
    shown: dict[str, set[str]] = {}
    for one in page:
        if one.attributes.get("id") and one.all("span", "badge"):
            shown.setdefault(re.sub(r"-\d+$", "", str(one.attributes["id"])), set()).add(one.badge)
            shown.setdefault(str(one.attributes["id"]), set()).add(one.badge)
    found = list(find_units(service_of(client.runtime, name).contract.document))
    assert len(found) > 10
    assert [(unit, grade) for unit, grade in found if grade not in shown.get(make_anchor(unit), set())] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_says_all_that_its_contract_says(client: Client, name: str) -> None:
    """Method, path, description and source; each parameter, status and rule in its words; what it wants to know."""
    page, contract = docs(client, name), service_of(client.runtime, name).contract
    listed = page.all("nav")[1]
    assert [one.attributes["href"] for one in listed.all("a")] == [f"#{one.id}" for one in contract.operations]
    for operation in contract.operations:
        section, path = page.at(operation.id), contract.base_path + operation.template
        written = contract.document["paths"][operation.template][operation.method.lower()]
        said = [operation.summary, f"{operation.method} {path}", operation.source, written.get("description")]
        said += [part for one in operation.parameters for part in (one.name, one.place, one.says, one.source)]
        said += [part for code, one in operation.replies.items() for part in (str(code), one.says, one.source)]
        said += [part for one in operation.rules.values() for part in (one.id, one.says, one.source)]
        said += [str(operation.scheme)] if operation.scheme else []
        words = [str(one) for one in said if one]
        assert [one for one in words if plain(one) not in section.text and one not in section.text] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_member_says_what_it_is(client: Client, name: str) -> None:
    """Its type and its description, its values, default and pattern, in the block of its own anchor."""
    page = docs(client, name)
    seen, sources = 0, service_of(client.runtime, name).contract.sources
    for unit, written in described(service_of(client.runtime, name).contract.document):
        block = page.at(make_anchor(unit))
        source = sources.find_evidence(written.get("x-source"))
        said = [written.get("description"), source and str(source), written.get("pattern"), written.get("format")]
        said += written.get("x-assumed", [])
        said += [str(one) for one in written.get("enum", []) if isinstance(one, str)]
        said += [str(written[word]) for word in ("const", "minimum", "maximum") if isinstance(written.get(word), str)]
        missing = [one for one in said if one and plain(one) not in block.text and one not in block.text]
        assert missing == [], unit
        seen += 1
    assert seen


def described(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The members of every request, where they are written in the place itself, with their units."""
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                (content,) = operation["requestBody"]["content"].values()
                yield from within(document, f"{operation['operationId']} request", content["schema"])


def within(document: dict[str, Any], unit: str, written: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The members of a schema and of those below, references followed."""
    if "$ref" in written:
        _, _, kind, name = written["$ref"].split("/")
        written = document["components"][kind][name]
    for name, below in written.get("properties", {}).items():
        yield f"{unit} {name}", below
        yield from within(document, f"{unit} {name}", below)
    if isinstance(written.get("items"), dict):
        yield from within(document, unit, written["items"])


def test_a_member_is_shown_with_all_its_limits(client: Client) -> None:
    """Type, required, limits, values, description, provenance and source."""
    page = docs(client, "invoicexpress")
    assert page.at("createPartialPayment-request-partial_payment-amount").text == (
        "amount number required documented at least 0 at most 9999999999999.99 a multiple of 0.01 "
        "for example 100.0 assumed here: maximum, multipleOf "
        "Amount of the partial payment. Must be a value greater or equal to zero. "
        "InvoiceXpress API-v2, Generate payment: Request Body, amount"
    )
    mechanism = page.at("createPartialPayment-request-partial_payment-payment_mechanism").text
    assert mechanism.startswith("payment_mechanism string or null documented one of CC CD CH CO ")
    assert page.at("createPartialPayment-path-document-id").text.startswith("document-id integer in path required")
    default = docs(client, "invisible_collector").at("createPayment-request-status").text
    assert "default FINAL" in default


def test_a_status_without_a_body_says_so(client: Client) -> None:
    """InvoiceXpress refuses with an empty body."""
    page = docs(client, "invoicexpress")
    assert "The reply has no body." in page.at("createPartialPayment-422").text
    assert "The reply has no body." not in page.at("createPartialPayment-200").text


@pytest.mark.parametrize("name", PROVIDERS)
def test_variants_are_shown_with_their_evidence(client: Client, name: str) -> None:
    """Each choice, who vouches for it and where, and which one is in force."""
    section, service = docs(client, name).at("variants"), client.runtime.services[name]
    for variant in service.contract.variants.values():
        assert plain(variant.says) in section.text
        for choice, one in variant.choices.items():
            in_force = " in force" if service.variants[variant.name] == choice else ""
            assert f"{choice}{in_force} {one.provenance} {plain(one.says)} {one.source}" in section.text
    assert section.text.count(" in force ") == len(service.contract.variants)


@pytest.mark.parametrize("name", PROVIDERS)
def test_events_of_webhooks_are_shown_with_their_evidence(client: Client, name: str) -> None:
    """An API without webhooks has no section for them."""
    page, contract = docs(client, name), client.runtime.services[name].contract
    assert ("Events are delivered" in page.text) == bool(contract.events)
    for event in contract.events:
        post = contract.document["webhooks"][event]["post"]
        shown = page.at(f"webhook-{event}").text
        assert shown.startswith(f"{event} {post['x-provenance']} {post['summary']}.")
        assert plain(post["description"]) in shown


def test_the_page_is_about_the_choices_in_force(base_runtime: Runtime) -> None:
    """Those of the fixture file."""
    page = docs(Client(fresh_runtime(base_runtime, release="R9.1.0")), "crm_com")
    assert "R9.1.0 in force" in page.at("variants").text
    assert "R18.0.0 in force" not in page.at("variants").text


@pytest.mark.parametrize("name", PROVIDERS)
def test_doc_defects_are_a_list_of_their_own(client: Client, name: str) -> None:
    """Every one that the contract's description ends with."""
    contract = client.runtime.services[name].contract
    listed = contract.document["info"]["description"].partition("Doc defects:")[2]
    items = [one for one in re.split(r"\n[-*] ", listed) if one.strip()]
    page = docs(client, name)
    assert [one.text for one in page.at("defects").all("li")] == [plain(one) for one in items]
    assert "Doc defects:" not in page.text


def test_the_control_plane_has_neither_variants_nor_defects(client: Client) -> None:
    page = docs(client, CONTROL)
    assert {"variants", "defects"}.isdisjoint(one.attributes.get("id") for one in page)
    assert "Vendor's" not in page.at("here").text
    assert "Vendor's base URL https://api.invoiless.com/v1" in docs(client, "invoiless").at("here").text


@pytest.mark.parametrize("name", NAMES)
def test_code_of_a_description_is_shown_as_code(client: Client, name: str) -> None:
    """Summaries, statuses and links included: no backtick is left."""
    page = docs(client, name)
    shown = [*page.all("nav"), *page.all("summary"), *page.all("h2"), *page.all("p")]
    assert [one.text for one in shown if "`" in one.text] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_url_credentials_and_counts_stand_at_the_top(client: Client, name: str) -> None:
    here, service = docs(client, name).at("here").text, client.runtime.services[name]
    assert f"URL http://127.0.0.1:4080/{service.provider.prefix} " in here
    for credential, value in service.credentials.items():
        assert f"{credential} {value}" in here
    counted = count_units(service.contract.document)
    assert " ".join(f"{counted[grade]} {grade}" for grade in counted) in here


def test_a_provider_with_a_port_of_its_own_is_tried_at_the_shared_one(base_runtime: Runtime) -> None:
    """To a browser another port is another site, and no provider lets other sites in."""
    page = docs(Client(fresh_runtime(base_runtime, Settings(ports={"invoiless": 5001}))), "invoiless")
    assert "URL http://127.0.0.1:5001 " in page.at("here").text
    assert {str(form.attributes["data-path"]).partition("/v1/")[0] for form in page.all("form")} == {"/invoiless"}


def sent(client: Client, form: Element) -> Response:
    """What comes of a form as it is filled in, sent as the page's script does."""
    path, query = str(form.attributes["data-path"]), []
    headers = {"x-sandbox-namespace": form.attributes["data-namespace"]} if form.attributes["data-namespace"] else {}
    for field in form.all("input"):
        name, value = str(field.attributes["name"]), str(field.attributes["value"] or "")
        if field.attributes["data-place"] == "path":
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        elif value and field.attributes["data-place"] == "query":
            query.append((name, value))
        elif value:
            headers[name] = f"{field.attributes['data-before'] or ''}{value}"
    bodies = form.all("textarea")
    if bodies:
        headers["content-type"] = str(bodies[0].attributes["data-type"])
    content = bodies[0].raw.encode() if bodies else b""
    return client.call(
        str(form.attributes["data-method"]), path, content=content, headers=headers, query=urlencode(query)
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_form_is_carried_out_as_it_is_filled_in(base_runtime: Runtime, name: str) -> None:
    """With the test credential and the first example, in the namespace `docs`; nothing changes in `default`."""
    page = docs(Client(fresh_runtime(base_runtime)), name)
    for operation in base_runtime.services[name].contract.operations:
        client = Client(fresh_runtime(base_runtime))
        (form,) = page.at(operation.id).all("form")
        with nothing_changes(client, name):
            reply = sent(client, form)
        assert (reply.status // 100, reply.headers.get("x-sandbox-explain")) == (2, None)
        assert reply.headers["x-sandbox-request"] == "docs-1"
        (entry,) = client.get("/_sandbox/namespaces/docs/requests").json["requests"]
        assert (entry["operation"], entry["refused"]) == (operation.id, False)


def test_the_forms_of_the_control_plane_call_it(client: Client) -> None:
    """Whose paths name the namespace."""
    page = docs(client, CONTROL)
    for operation in client.runtime.control.contract.operations:
        (form,) = page.at(operation.id).all("form")
        assert form.attributes["data-namespace"] == ""
        assert form.attributes["data-path"] == f"/_sandbox{operation.template}"
    assert sent(client, page.at("createNamespace").all("form")[0]).status == 201
    assert sent(client, page.at("getClock").all("form")[0]).status == 200


@pytest.mark.parametrize("name", NAMES)
def test_a_form_has_every_example(client: Client, name: str) -> None:
    """The first one is filled in."""
    page, contract = docs(client, name), service_of(client.runtime, name).contract
    for operation in contract.operations:
        written = contract.document["paths"][operation.template][operation.method.lower()]
        (form,) = page.at(operation.id).all("form")
        if operation.body is None:
            assert not form.all("textarea")
            continue
        examples = written["requestBody"]["content"][operation.body.media_type]["examples"]
        options = form.all("option")
        if len(examples) > 1:
            assert [one.text for one in options] == [plain(one["summary"]) for one in examples.values()]
            assert options[0].attributes["data-text"] == form.all("textarea")[0].raw
        else:
            assert not options


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_page_leads_somewhere(client: Client, name: str) -> None:
    """Within the page, to a reply of the sandbox, or to the page of a source."""
    page = docs(client, name)
    ids = {one.attributes.get("id") for one in page}
    cited = {one.url for one in service_of(client.runtime, name).contract.sources}
    for link in page.all("a"):
        target = str(link.attributes["href"])
        if target in cited:
            continue
        if target.startswith("#"):
            assert target.removeprefix("#") in ids
        else:
            path, _, query = target.partition("#")[0].partition("?")
            assert client.get(path, query=query).status == 200, target


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_has_a_page_of_its_own(client: Client, name: str) -> None:
    """With what the whole page says of it, and its anchors; links to other operations lead to their pages."""
    whole, service = docs(client, name), service_of(client.runtime, name)
    ids = {f"/_sandbox/docs/{name}/{operation.id}" for operation in service.contract.operations}
    for operation in service.contract.operations:
        page = read_page(client.get(f"/_sandbox/docs/{name}/{operation.id}"))
        (section,) = page.all("section")
        assert section.text == whole.at(operation.id).text
        anchors = [one.attributes.get("id") for one in section]
        assert anchors == [one.attributes.get("id") for one in whole.at(operation.id)]
        linked = {str(one.attributes["href"]).partition("?")[0] for one in section.all("a")}
        assert {one for one in linked if one.startswith("/_sandbox/docs/")} <= ids
        assert {one for one in linked if one.startswith("#")} <= {f"#{one}" for one in anchors}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_contract_is_light(client: Client, name: str) -> None:
    """It lists the operations, says what they have in common, and leaves each to its page."""
    reply, contract = client.get(f"/_sandbox/docs/{name}"), service_of(client.runtime, name).contract
    page, whole = read_page(reply), docs(client, name)
    assert len(reply.content) < 150_000
    *listed, together = page.all("nav")[1].all("a")
    assert [str(one.attributes["href"]).partition("?")[0] for one in listed] == [
        f"/_sandbox/docs/{name}/{operation.id}" for operation in contract.operations
    ]
    assert "operations=all" in str(together.attributes["href"])
    for part in ("here", "variants", "webhooks", "sources", "defects"):
        assert [one.text for one in page if one.attributes.get("id") == part] == [
            one.text for one in whole if one.attributes.get("id") == part
        ]


def test_a_page_of_an_operation_keeps_the_namespace(client: Client) -> None:
    """So do its links, and the page that they come from."""
    client.get("/ns/shop/invoiless/v1/nothing")
    for path in ("docs/invoiless", "docs/invoiless/createPayment"):
        page = read_page(client.get(f"/_sandbox/{path}", query="namespace=shop"))
        parts = [*page.all("header"), *page.all("nav")[1:], *page.all("main")]
        links = [str(one.attributes["href"]) for part in parts for one in part.all("a")]
        found = [one for one in links if one.startswith("/_sandbox/docs/")]
        assert found
        assert [one for one in found if "namespace=shop" not in one] == []


def test_an_unknown_operation_is_not_found(client: Client) -> None:
    check_problem(client.get("/_sandbox/docs/invoiless/payAll"), 404, "invoiless has no operation 'payAll'")
    check_problem(client.get("/_sandbox/docs/invoiless/%3Cscript%3E"), 404)


def test_an_unknown_provider_is_not_found(client: Client) -> None:
    """404, as a problem document, with the names that there are."""
    check_problem(client.get("/_sandbox/docs/nobody"), 404, "there is no provider 'nobody'", *client.runtime.services)
    check_problem(client.get("/_sandbox/docs/No%20Name"), 404)


def test_a_page_is_no_call(client: Client) -> None:
    """It neither changes nor exercises anything, and makes no namespace `docs`."""
    before = everything(client.runtime)
    for name in NAMES:
        docs(client, name)
    assert everything(client.runtime) == before
