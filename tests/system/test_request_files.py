"""`paysandbox operations --format postman|http`: every request that is printed succeeds on a sandbox as started."""

import base64
import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner, Result
from msgspec import Struct

from paysandbox.cli.main import main
from paysandbox.kit.runtime import Runtime
from paysandbox.server.live import Server

VARIABLE = re.compile(r"\{\{(\w+)\}\}")
RESET = "/_sandbox/namespaces/default/reset"


class Sent(Struct, frozen=True):
    """A request as the tool would send it, its variables filled in."""

    name: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["operations", *arguments], prog_name="paysandbox")


def fill(text: str, variables: Mapping[str, str]) -> str:
    """A variable may hold another; one that is not declared is a KeyError."""
    while VARIABLE.search(text):
        text = VARIABLE.sub(lambda found: variables[found[1]], text)
    return text


def read_postman(printed: str) -> Iterator[Sent]:
    """Read a collection as Postman does: parts of the URL, enabled entries alone, the credential from `auth`."""
    collection = json.loads(printed)
    variables = {entry["key"]: entry["value"] for entry in collection["variable"]}

    def read(items: list[dict[str, Any]], path: str) -> Iterator[Sent]:
        for item in items:
            name = f"{path}/{item['name']}"
            if "item" in item:
                yield from read(item["item"], name)
            else:
                yield read_item(name, item["request"])

    def read_item(name: str, request: dict[str, Any]) -> Sent:
        url, auth = request["url"], request.get("auth", {"type": "noauth"})
        headers = {entry["key"]: entry["value"] for entry in request.get("header", []) if not entry.get("disabled")}
        query = [f"{entry['key']}={entry['value']}" for entry in url["query"] if not entry["disabled"]]
        values = {entry["key"]: entry["value"] for entry in auth.get(auth["type"], [])}
        if auth["type"] == "bearer":
            headers["Authorization"] = f"Bearer {values['token']}"
        elif auth["type"] == "basic":
            pair = fill(f"{values['username']}:{values['password']}", variables)
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif auth["type"] == "apikey" and values["in"] == "header":
            headers[values["key"]] = values["value"]
        elif auth["type"] == "apikey":
            query.append(urlencode({values["key"]: fill(values["value"], variables)}))
        address = "/".join([*url["host"], *url["path"]]) + ("?" + "&".join(query) if query else "")
        raw = request["body"]["raw"] if "body" in request else None
        return Sent(
            name,
            request["method"],
            fill(address, variables),
            {key: fill(value, variables) for key, value in headers.items()},
            None if raw is None else fill(raw, variables).encode(),
        )

    yield from read(collection["item"], "")


def read_http_file(printed: str) -> Iterator[Sent]:
    """Read the syntax: `###` begins a request, `#` a comment, an empty line the body."""
    head, *blocks = re.split(r"^### ", printed, flags=re.MULTILINE)
    variables = dict(re.findall(r"^@(\w+) = (.*)$", head, re.MULTILINE))
    for block in blocks:
        name, _, rest = block.partition("\n")
        top, _, body = rest.strip().partition("\n\n")
        request, *headers = [line for line in top.splitlines() if not line.startswith("#")]
        method, _, url = request.partition(" ")
        given = dict(line.split(": ", 1) for line in headers)
        yield Sent(
            name,
            method,
            fill(url, variables),
            {key: fill(value, variables) for key, value in given.items()},
            fill(body, variables).encode() if body else None,
        )


READERS = {"postman": read_postman, "http": read_http_file}


def call(sent: Sent) -> tuple[int, str | None]:
    """Send a request; the status, and the reason of a refusal."""
    request = urllib.request.Request(sent.url, sent.body, dict(sent.headers), method=sent.method)  # noqa: S310 - own URL
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return reply.status, reply.headers.get("X-Sandbox-Explain")
    except HTTPError as error:
        return error.code, error.headers.get("X-Sandbox-Explain")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.mark.parametrize("form", READERS)
def test_every_request_succeeds(server: Server, form: str) -> None:
    """On the fixtures as they were at the start."""
    printed = run("--format", form, "--url", server.url())
    sent = list(READERS[form](printed.stdout))
    assert printed.exit_code == 0
    assert len(sent) > sum(len(service.contract.operations) for service in server.runtime.services.values())
    for request in sent:
        assert call(Sent("", "POST", server.url() + RESET, {}, None))[0] in {200, 204}
        status, reason = call(request)
        assert (status < 400, reason) == (True, None), request
    assert len({request.name for request in sent}) == len(sent)


def test_both_forms_send_the_same() -> None:
    """The same calls with the same bodies, however each form writes them."""

    def plain(sent: Sent) -> tuple[Any, ...]:
        address, _, query = sent.url.partition("?")
        headers = {name.lower(): value for name, value in sent.headers.items()}
        return sent.method, address, sorted(query.split("&")), headers, sent.body

    postman, http = (list(reader(run("--format", form).output)) for form, reader in READERS.items())
    assert [plain(sent) for sent in postman] == [plain(sent) for sent in http]


def test_every_operation_and_example_is_there(base_runtime: Runtime) -> None:
    """As many requests as the contracts have examples, and one for each operation without a body."""
    wanted = 1  # the reset
    for service in base_runtime.services.values():
        for operation in service.contract.operations:
            written = service.contract.document["paths"][operation.template][operation.method.lower()]
            content = written.get("requestBody", {}).get("content", {})
            wanted += sum(len(media["examples"]) for media in content.values()) or 1
    assert len(list(read_http_file(run("--format", "http").output))) == wanted


@pytest.mark.parametrize("form", READERS)
def test_a_provider_and_a_url_are_chosen(form: str) -> None:
    result = run("--format", form, "--provider", "invoiless", "--url", "https://pay.test:8443/")
    urls = [sent.url for sent in READERS[form](result.output)]
    assert urls[0] == f"https://pay.test:8443{RESET}"
    assert {url.split("/")[3] for url in urls[1:]} == {"invoiless"}
    assert "crm" not in result.output.lower()


@pytest.mark.parametrize(
    "url", ["127.0.0.1:4080", "ftp://a", "http://", "http://a?b=c", "http://a b", "http://[::1", "http://a:x"]
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    result = run("--format", "http", "--url", url)
    assert result.exit_code == 2
    assert "Invalid value for --url" in result.stderr
    assert result.stdout == ""


def test_variants_have_no_requests() -> None:
    result = run("--variants", "--format", "http")
    assert result.exit_code == 2
    assert "--variants and --format exclude each other" in result.stderr


@pytest.mark.skipif(shutil.which("newman") is None, reason="needs newman, which runs Postman collections")
def test_newman_runs_the_collection(server: Server, tmp_path: Path) -> None:
    """With the collection's own assertions, each request on fixtures that it has reset."""
    collection = tmp_path / "paysandbox.postman_collection.json"
    collection.write_text(run("--format", "postman", "--url", server.url()).stdout)
    command = ["newman", "run", str(collection), "--env-var", "RESET=true", "--color", "off"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout[-4000:]
