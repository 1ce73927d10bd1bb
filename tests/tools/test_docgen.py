"""The pages of the providers are what their contracts say now, and their calls work."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from paysandbox.contract.document import METHODS
from paysandbox.contract.validators import Schemas
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.server.live import Server
from tools.docgen.curl import HERE
from tools.docgen.markdown import make_anchor
from tools.docgen.page import DOCS, pages

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.name for path in (ROOT / "schemas").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def made(base_runtime: Runtime) -> dict[Path, str]:
    """The pages as they are made now."""
    return pages(base_runtime)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A sandbox for the pages' calls."""
    with Server() as running:
        yield running


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_current(name: str, made: dict[Path, str]) -> None:
    """`make docs` would change nothing."""
    path = DOCS / f"{name}.md"
    assert path.exists(), "make docs writes it"
    assert path.read_text() == made[path], "make docs writes it anew"


def test_a_page_says_which_operations_read_a_credential_where(made: dict[Path, str]) -> None:
    """Only one login of CRM.COM reads HTTP Basic authentication; the other providers have one place for all."""
    sent_in = {path.stem: re.search(r"\| Sent in \| (.*) \|\n", text) for path, text in made.items()}
    places = {name: found[1] for name, found in sent_in.items() if found is not None}
    assert places["crm_com"] == (
        "the query as `token` (every GET), the header `Authorization: Basic …` (only "
        "[createWebApiKeyToken](#createwebapikeytoken)), the body as `token` (every POST but "
        "[createToken](#createtoken) and [createWebApiKeyToken](#createwebapikeytoken))"
    )
    assert places["invisible_collector"] == "the header `Authorization: Bearer …`"
    assert places["invoicexpress"] == "the query as `api_key`"
    assert places["invoiless"] == "the header `api-key`"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_leaves_nothing_out(name: str, base_runtime: Runtime) -> None:
    """Each operation, status, rule and choice of its contract is on it, and each property of a named schema."""
    text = (DOCS / f"{name}.md").read_text()
    service = base_runtime.control if name == CONTROL else base_runtime.services[name]
    for operation in service.contract.operations:
        part = text.partition(f"\n## {operation.id}\n")[2].partition("\n## ")[0]
        assert f"`{operation.method} {operation.template}`" in part
        assert [status for status in operation.replies if f"\n| {status} | " not in part] == []
        assert [rule for rule in operation.rules if f"\n| `{rule}` | " not in part] == []
        assert [one.name for one in operation.parameters if f"\n| `{one.name}` | {one.place} | " not in part] == []
    if name != CONTROL:
        for variant in service.contract.variants.values():
            assert [choice for choice in variant.choices if f"\n| `{choice}` | " not in text] == []
    schemas = service.contract.document["components"].get("schemas", {})
    for section in re.split(r"^## Schema ", text, flags=re.MULTILINE)[1:]:
        written = schemas[section.partition("\n")[0]]
        assert [one for one in written.get("properties", {}) if f"\n| `{one}` | " not in section] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_body_is_described(name: str, base_runtime: Runtime) -> None:
    """Each schema that a request or reply refers to by name, and that has members, has its section."""
    text = (DOCS / f"{name}.md").read_text()
    service = base_runtime.control if name == CONTROL else base_runtime.services[name]
    schemas = Schemas(service.contract.document)
    for item in service.contract.document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in schemas.follow(part).get("content", {}).values():
                    if has_properties(schemas.follow(content["schema"])) and "$ref" in content["schema"]:
                        assert f"\n## Schema {content['schema']['$ref'].rpartition('/')[2]}\n" in text


def has_properties(schema: Any) -> bool:
    """Whether a schema names properties, or consists of others."""
    return not {"properties", "allOf"}.isdisjoint(schema)


@pytest.mark.parametrize("name", NAMES)
def test_every_link_within_a_page_leads_somewhere(name: str) -> None:
    text = (DOCS / f"{name}.md").read_text()
    headings = [make_anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    linked = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert linked
    assert [one for one in linked if headings.count(one) != 1] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="the pages call with curl, and there is none")
@pytest.mark.parametrize("name", [name for name in NAMES if name != CONTROL])
def test_the_calls_of_a_page_are_carried_out(name: str, server: Server) -> None:
    """Each on fresh fixtures, by the real curl; the journal says that it was not refused."""
    calls = re.findall(r"^```sh\n(.*?)^```$", (DOCS / f"{name}.md").read_text(), re.MULTILINE | re.DOTALL)
    assert calls
    for call in calls:
        httpx.post(f"{server.url()}/_sandbox/reset").raise_for_status()
        words = shlex.split(call.replace(HERE, server.url()).replace("\\\n", " "))
        done = subprocess.run(  # noqa: S603 - the page's own command
            [*words, "--silent", "--show-error"], capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stderr
        last = httpx.get(f"{server.url()}/_sandbox/namespaces/default/requests").json()["requests"][-1]
        assert (last["provider"], last["refused"]) == (name, False), f"{call}\n{last['explanation']}"
