"""What every page keeps: nothing from elsewhere, nothing that a contract or a client says is markup, own site only."""

import json
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.contract.document import Contract
from paysandbox.contract.sources import split_citations
from paysandbox.html import rendering
from paysandbox.kit.provider import Service, create_service
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from tests.helpers.html_reading import Element, read_page
from tests.helpers.runtimes import Client, fresh_runtime
from tests.unit.control.asking import check_problem

PATHS: Final = [
    "/_sandbox/",
    "/_sandbox/docs/invoicexpress",
    "/_sandbox/docs/invoicexpress/createPartialPayment",
    "/_sandbox/docs/control",
]
HOSTILE: Final = (
    "</textarea></style><script>alert('&\"')</script><img src=x onerror=alert(1)> {{ 7*7 }} `<b>` \x1b[2J \ud800"
)
SHOWN: Final = "</textarea></style><script>alert('&\"')</script><img src=x onerror=alert(1)> {{ 7*7 }} <b> \x1b[2J ?"
SAID: Final = {"title", "summary", "description", "says", "version"}
CITED: Final = {"x-source", "source"}
SCRIPTS: Final = {path.read_text("utf-8") for path in Path(rendering.__file__).parents[1].rglob("*.js")}


def own(page: Element, tag: str) -> list[str]:
    """The styles or scripts of a page, at least one."""
    found = page.all(tag)
    assert found
    assert all(set(one.attributes) == set() for one in found)
    return [one.raw for one in found]


def text_of(page: Element, tag: str) -> str:
    return "\n".join(own(page, tag))


@pytest.mark.parametrize("path", PATHS)
def test_only_the_pages_own_style_and_script_may_run(client: Client, path: str) -> None:
    """The policy names both by their hashes, and lets calls go nowhere but to this sandbox."""
    response = client.get(path)
    policy = dict(one.split(" ", 1) for one in response.headers["content-security-policy"].split("; "))
    page = read_page(response)
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        digests = [b64encode(sha256(text.encode()).digest()).decode() for text in own(page, tag)]
        assert policy.pop(directive).split(" ") == [f"'sha256-{digest}'" for digest in digests]
    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_nothing_from_elsewhere(client: Client, path: str) -> None:
    """Its links stay here or lead to a cited page; no element has a source, and no attribute holds style or script."""
    page = read_page(client.get(path))
    for one in page:
        assert one.attributes.keys().isdisjoint({"src", "srcset", "style", "action", "formaction", "background"})
        assert not [name for name in one.attributes if name.startswith("on")]
        target = str(one.attributes.get("href", "#"))
        cited = one.tag == "a" and one.attributes.get("rel") == "noreferrer" and target.startswith("https://")
        assert cited or target.startswith(("#", "/_sandbox/", "data:,"))
    assert "url(" not in text_of(page, "style")
    assert "@import" not in text_of(page, "style")
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval", "import", "http"):
        assert word not in text_of(page, "script")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_follows_the_reader(client: Client, path: str) -> None:
    """Light or dark as the system is, as wide as the screen, in a language that is named, with a title."""
    page = read_page(client.get(path))
    assert "@media (prefers-color-scheme: dark)" in text_of(page, "style")
    metas = {one.attributes.get("name"): one.attributes.get("content") for one in page.all("meta")}
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert page.all("html")[0].attributes["lang"] == "en"
    assert page.all("title")[0].text
    assert all(one.all("span")[0].text for one in page.all("label"))


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_for_this_machine_alone(client: Client, path: str) -> None:
    """A person at the address bar and a link of ours may open it, a page of another site may not."""
    for site in ("none", "same-origin"):
        assert client.get(path, headers={"sec-fetch-site": site}).status == 200
    for site in ("cross-site", "same-site"):
        check_problem(client.get(path, headers={"sec-fetch-site": site}), 403)
    check_problem(client.get(path, headers={"host": "evil.example"}), 403)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_wants_the_control_token(base_runtime: Runtime, path: str) -> None:
    """Where there is one; it is not told."""
    client = Client(fresh_runtime(base_runtime, Settings(control_token="let-me-in")))
    check_problem(client.get(path), 401)
    response = client.get(path, headers={"authorization": "Bearer let-me-in", "host": "paysandbox:4080"})
    read_page(response)
    assert b"let-me-in" not in response.content


def replaced(node: Any, *, said: bool = False, cited: bool = False) -> Any:
    """A part of a contract in which whatever people read is hostile, and one member's name and values too."""
    if isinstance(node, list):
        return [replaced(one, said=said, cited=cited) for one in node]
    if isinstance(node, dict):
        # The value of an example is JSON, which cannot hold half of a surrogate pair.
        found = {
            name: below if name == "value" else replaced(below, said=name in SAID, cited=name in CITED)
            for name, below in node.items()
        }
        if "note" in (found.get("properties") or {}):
            values = {"type": "string", "enum": [SHOWN], "default": SHOWN, "description": HOSTILE, "pattern": SHOWN}
            found["properties"] = {**found["properties"], SHOWN: values}
        return found
    if cited and isinstance(node, str):
        return f"{split_citations(node)[0][0]}: {HOSTILE}"
    return HOSTILE if said and isinstance(node, str) else node


def hostile(runtime: Runtime) -> Client:
    """A sandbox whose every provider has such a contract."""
    services: dict[str, Service] = {}
    for name, service in runtime.services.items():
        document = replaced(service.contract.document)
        for item in document["paths"].values():
            for operation in item.values():
                if isinstance(operation, dict) and "requestBody" in operation:
                    (content,) = operation["requestBody"]["content"].values()
                    content["examples"] = {SHOWN: {"summary": SHOWN, "value": {SHOWN: SHOWN}}, "b": {"value": SHOWN}}
        document["info"]["description"] = f"{HOSTILE}\n\nDoc defects:\n\n- {HOSTILE}"
        document["servers"][0]["url"] = "https://<script>.example"
        services[name] = create_service(service.provider, Contract(document), {SHOWN: SHOWN}, service.variants)
    made = Runtime(
        services=services,
        control=runtime.control,
        namespaces=fresh_runtime(runtime).namespaces,
        settings=runtime.settings,
        version=SHOWN,
        time=runtime.time,
    )
    return Client(made)


def check_tame(page: Element) -> None:
    """Nothing of it has become an element."""
    assert len(page.all("style")) == 1
    assert {one.raw for one in page.all("script")} <= SCRIPTS
    assert not [one for one in page if one.tag in {"img", "b"}]
    assert "49" not in page.all("h1")[0].text


@pytest.mark.parametrize("name", ["crm_com", "invisible_collector", "invoicexpress", "invoiless"])
def test_what_a_contract_says_is_text(base_runtime: Runtime, name: str) -> None:
    """Titles, sentences, names of members, values, defaults, examples, addresses and credentials."""
    page = read_page(hostile(base_runtime).get(f"/_sandbox/docs/{name}", query="operations=all"))
    check_tame(page)
    text = " ".join(SHOWN.split())
    assert text in page.at("here").text
    assert text in page.at("defects").text
    assert text in page.at("variants").text or name != "crm_com"
    assert any(SHOWN in json.loads(one.raw) for one in page.all("textarea"))


def test_what_clients_and_contracts_say_is_text_on_the_start_page(base_runtime: Runtime) -> None:
    """Paths, queries and explanations of calls, titles, credentials and the version."""
    client = hostile(base_runtime)
    client.call("GET", "/invoicexpress/<script>alert(1)</script>", query="a=<img src=x>")
    client.post("/invoicexpress/documents/1/partial_payments.json", {"<script>": 1}, query="api_key=x'\"><script>")
    page = read_page(client.get("/_sandbox/"))
    check_tame(page)
    assert "<script>alert(1)</script>" in page.text
    assert len(page.all("ol", "requests")[0].all("li")) == 2


def test_a_host_that_is_markup_is_text(base_runtime: Runtime) -> None:
    """Under any host name, for a client with the token."""
    client = Client(fresh_runtime(base_runtime, Settings(control_token="t")))
    page = read_page(client.get("/_sandbox/", headers={"host": '"><script>x', "authorization": "Bearer t"}))
    check_tame(page)
    assert '"><script>x' in page.text


def test_who_opens_no_page_does_not_wait_for_them() -> None:
    """The engine of the templates is loaded by the first page."""
    every = "from paysandbox.cli.main import main; list(main.commands.values())"
    loaded = f"import sys, paysandbox.app; {every}; print('jinja2' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", loaded], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
