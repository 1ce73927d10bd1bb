"""No credential is readable in anything that the sandbox tells or writes: sent rightly, wrongly, anywhere in a call.

Each place has a secret of its own. What a provider's test credentials are is told on purpose: on the start page, in the
docs, with a namespace and among its records; what a client sent is told nowhere.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import quote

import pytest

from paysandbox.app import create_runtime
from paysandbox.cli.summary import render_summary
from paysandbox.client.transcript import render_transcript
from paysandbox.contract.operation import Operation
from tests.helpers.runtimes import Client, Response, fresh_runtime
from tests.system.security.processes import PATIENCE, ROOT, wait_for
from tests.system.security.story import MEMBERS, QUERIES, WORLD, Secrets, story, with_secrets
from tests.system.security.walking import control_operations, page_paths, path_of

# Where a provider's own test credentials stand on purpose, and where a token that it has given stands among records.
TELL_OF_CREDENTIALS: Final = {"listNamespaces", "getNamespace"}  # and the pages
TELL_OF_RECORDS: Final = {
    "getState",
    "getTable",
    "getRecord",
    "listLedger",
    "getLedger",
    "diffSnapshot",
    "exportNamespace",
}
PAGES_OF_RECORDS: Final = ("/_sandbox/records/", "/_sandbox/ledger/", "/_sandbox/snapshots/")
# A client names the attributes of a customer or debt as it likes, so what it stores as one is a record.
STORED: Final = {"a token that was given", *(f"the member {name}" for name in MEMBERS)}
FORMS: Final = ("json", "text", "junit", "html")


def play(client: Client, secrets: Secrets) -> Iterator[Response]:
    """The replies; tokens that a provider gives are secrets from then on."""
    for method, target, headers, body in story(client.runtime, secrets):
        path, _, query = target.partition("?")
        reply = client.call(method, path, headers=headers, content=body, query=query)
        given = re.search(rb'"data":\{"token":"([^"~]+)', reply.content)
        if given is not None:
            secrets.add_given(given[1].decode().lower(), "a token that was given")
        yield reply


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Client, Secrets, list[Response]]:
    """A sandbox after the story, its secrets, and the replies."""
    secrets = Secrets()
    runtime = fresh_runtime(create_runtime(fixtures=with_secrets(tmp_path_factory.mktemp("f") / "fixtures", secrets)))
    client = Client(runtime)
    return client, secrets, list(play(client, secrets))


Told = tuple[Client, Secrets, list[Response]]


def test_the_story_is_one(told: Told) -> None:
    """Calls are carried out and refused, with many secrets; a secret that is told is found."""
    _, secrets, replies = told
    assert {200, 201, 401, 403, 404, 422} <= {one.status for one in replies}
    assert len(secrets.told) > 500
    assert {"a token that was given"} <= set(secrets.told.values())
    for what, secret in {what: secret for secret, what in secrets.told.items()}.items():  # one of each kind
        assert what in secrets.found_in(f"…{quote(secret)}…")


def test_no_explanation_quotes_one(told: Told) -> None:
    """Headers are shown by any client, and kept by any log."""
    _, secrets, replies = told
    for reply in replies:
        assert secrets.found_in(str(dict(reply.headers))) == []


def readings(client: Client, operation: Operation) -> Iterator[Response]:
    """What an operation that reads tells, of each namespace, provider, table and the latest calls."""
    runtime = client.runtime
    for namespace in ("default", WORLD):
        wanted = operation.template
        for provider in runtime.services if "{provider}" in wanted else ("",):
            for table in (
                runtime.namespaces.get(namespace).state(provider).table_defs() if "{table}" in wanted else ("",)
            ):
                requests = runtime.namespaces.get(namespace).requests
                for number in range(1, requests + 1, 29) if "{id}" in wanted else (0,):
                    names = {"ns": namespace, "id": f"{namespace}-{number}", "provider": provider, "table": table}
                    path = path_of(operation, **names)
                    for form in FORMS if wanted.endswith("/coverage") else ("",):
                        query = f"format={form}" if form else "limit=10000" if wanted.endswith("/requests") else ""
                        yield client.get(path, query=query)


def test_nothing_that_can_be_read_of_the_sandbox_tells_one(told: Told) -> None:
    """Every operation of the control plane that reads, found by its contract; a new one is looked at as well."""
    client, secrets, _ = told
    looked = 0
    for operation in control_operations(client.runtime):
        if operation.method != "GET":
            continue
        but = "the test credential" if operation.id in TELL_OF_CREDENTIALS else ""
        for reply in readings(client, operation):
            looked += reply.status == 200
            if operation.id in TELL_OF_RECORDS:
                own = [*secrets.found_in(str(reply.content), but="the test credential")]
                assert set(own) <= STORED, operation.id
            else:
                assert secrets.found_in(str(reply.content), but=but) == [], (operation.id, reply.content[:300])
    assert looked > 100


def test_no_page_tells_one(told: Told) -> None:
    """Apart from a provider's own test credentials, which the pages are there to tell, and from records."""
    client, secrets, _ = told
    for path in page_paths(client.runtime):
        reply = client.get(path)
        assert reply.status == 200
        own = secrets.found_in(str(reply.content), but="the test credential")
        assert set(own) <= (STORED if path.startswith(PAGES_OF_RECORDS) else set()), path


def test_the_journal_tells_that_there_was_one(told: Told) -> None:
    """In its place, and the namespace that it chose."""
    client, _, _ = told
    listed = client.get(f"/_sandbox/namespaces/{WORLD}/requests", query="limit=10000").content.decode()
    assert listed.count(f"***~{WORLD}") > 20


def test_transcript_and_summary_tell_none(told: Told) -> None:
    """What a failing test shows, and what `exec` says at its end."""
    client, secrets, _ = told
    entries = client.get("/_sandbox/namespaces/default/requests", query="limit=10000").json["requests"]
    assert "refused" in render_transcript(entries)
    assert secrets.found_in(render_transcript(entries)) == []
    for name in QUERIES:  # the summary tells of the last refusals alone
        query = f"{name}={secrets.new(f'the query {name} of the last refusals')}"
        assert client.get("/invoicexpress/invoices.json", query=query).status == 401
    assert " refused, " in render_summary(client.runtime)
    assert secrets.found_in(render_summary(client.runtime)) == []


CALLER: Final = """
import http.client, json, os, sys
from urllib.parse import urlsplit
client = http.client.HTTPConnection(urlsplit(os.environ["PAYSANDBOX_URL"]).netloc, timeout=60)
for method, target, headers, body in json.load(open(sys.argv[1])):
    client.request(method, target, body.encode(), headers)
    client.getresponse().read()
"""


@pytest.fixture
def script(tmp_path: Path) -> tuple[list[str], Secrets, Path]:
    """A command that plays the story, its secrets, and the fixtures that have the credentials."""
    secrets = Secrets()
    fixtures = with_secrets(tmp_path / "fixtures", secrets)
    runtime = fresh_runtime(create_runtime(fixtures=fixtures))
    asked = [(method, target, headers, body.decode()) for method, target, headers, body in story(runtime, secrets)]
    (tmp_path / "story.json").write_text(json.dumps(asked))
    return [sys.executable, "-c", CALLER, str(tmp_path / "story.json")], secrets, fixtures


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_tells_none(script: tuple[list[str], Secrets, Path], tmp_path: Path, log_format: str) -> None:
    """With a line for each request, query and all."""
    command, secrets, fixtures = script
    ready_file = tmp_path / "ready"
    serve = [
        sys.executable,
        "-m",
        "paysandbox",
        "serve",
        "--port",
        "0",
        "--ready-file",
        str(ready_file),
        "--access-log",
    ]
    serve += ["--fixtures", str(fixtures), "--log-format", log_format]
    with subprocess.Popen(serve, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        log: list[str] = []
        reading = Thread(target=lambda: log.extend(process.stderr or ()))
        reading.start()
        try:
            wait_for(ready_file, process)
            url = json.loads(ready_file.read_text())["url"]
            subprocess.run(command, env={**os.environ, "PAYSANDBOX_URL": url}, check=True, timeout=PATIENCE)  # noqa: S603 - our own command
        finally:
            process.terminate()
            reading.join(PATIENCE)
    assert len(log) > 500
    assert any("api_key=***" in line for line in log)
    assert secrets.found_in("".join(log)) == []


def test_exec_tells_none(script: tuple[list[str], Secrets, Path], tmp_path: Path) -> None:
    """Neither at its end nor in the report that it writes."""
    command, secrets, fixtures = script
    report = tmp_path / "coverage.html"
    options = ["--fixtures", str(fixtures), "--coverage", str(report), "--fail-on", "refused"]
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "paysandbox", "exec", *options, "--", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, " refused, " in done.stderr) == (1, True), done.stderr
    assert secrets.found_in(done.stdout + done.stderr + report.read_text()) == []
