"""A pytest plugin (`-p tests.conformance.second_validator.plugin`): a second verdict on every exchange of the run.

Disagreement is red.

It stands between the edge and the life of a call, where both the values and what goes over the wire are at hand; in
every process of pytest-xdist for itself, which hands its counts to the first one.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest import mock

import pytest

import paysandbox.pipeline.dispatch
import paysandbox.pipeline.process
import paysandbox.web.asgi
from paysandbox.core.messages import Request
from paysandbox.kit.provider import Service
from paysandbox.pipeline.dispatch import WireReply, encode_headers
from paysandbox.pipeline.process import Outcome
from paysandbox.web.asgi import AsgiApp
from tests.conformance.second_validator.contracts import document
from tests.conformance.second_validator.verdicts import NOT_JUDGED, Exchange, on_the_reply, on_the_request

SHOWN: Final = 40  # disagreements told in full
_OUTPUT: Final = "second_verdicts"
_OF_THE_CLIENT: Final = {b"host", b"user-agent", b"x-schemathesis-testcaseid", b"x-sandbox-namespace"}
_OF_THE_CALL: Final = {"x-sandbox-request"}


class Judges:
    """Judges exchanges, each once, and counts all of them; several threads of a live server may come at once."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.findings: list[str] = []
        self._seen: set[int] = set()
        self._lock = threading.Lock()

    def judge(self, exchange: Exchange) -> None:
        """Both verdicts on an exchange."""
        with self._lock:
            self._count(exchange)
            key = _key(exchange)
            if key in self._seen:
                return
            self._seen.add(key)
            contract = document(exchange.provider)
            kind, findings = on_the_request(contract, exchange)
            self.counts["distinct exchanges, of an operation"] += kind not in {"nowhere", "nobody"}
            for finding in [*findings, *on_the_reply(contract, exchange)]:
                test = os.environ.get("PYTEST_CURRENT_TEST", "")
                said = f"{exchange.request.method} {exchange.request.path[:200]} -> {exchange.status}: {finding}"
                self.findings.append(f"{exchange.provider}: {said} [{test}]")

    def _count(self, exchange: Exchange) -> None:
        self.counts["replies judged"] += 1
        turned_away = isinstance(exchange.outcome.problem, NOT_JUDGED)
        self.counts["requests turned away unread" if turned_away else "requests judged"] += 1


class Plugin:
    """Hooks of pytest around the judges."""

    def __init__(self) -> None:
        self.judges = Judges()
        self._inside = threading.local()

    def processed(self, request: Request, service: Service, state: Any, wanted: int | None = None) -> Outcome:
        """The server's `answer`; outside of the edge its reply is judged as the edge would write it."""
        found = _ANSWER(request, service, state, wanted)
        written = [(name.decode(), value.decode("latin-1")) for name, value in encode_headers(found)]
        exchange = Exchange(service.provider.name, request, found, found.reply.status, written, found.content)
        if getattr(self._inside, "edge", False):
            self._inside.exchange = exchange
        else:
            self.judges.judge(exchange)
        return found

    def wire(self, edge: AsgiApp, scope: Any, content: bytes | None) -> WireReply | None:
        """The edge's reply as it goes over the wire; none if the pages answer, which no contract has."""
        self._inside.edge, self._inside.exchange = True, None
        try:
            attended = _WIRE(edge, scope, content)
        finally:
            self._inside.edge = False
        if attended is None:
            self.judges.counts["requests of pages"] += 1
        elif (exchange := self._inside.exchange) is None:
            self.judges.counts["calls of no API (the sandbox's own voice)"] += 1
        else:
            sent = [(name.decode(), value.decode("latin-1")) for name, value in attended.headers]
            one = exchange
            self.judges.judge(Exchange(one.provider, one.request, one.outcome, attended.status, sent, attended.content))
        return attended

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A worker hands over what it has; the first process decides."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = (dict(self.judges.counts), self.judges.findings)
        elif self.judges.findings or not self.judges.counts:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add up what a worker has."""
        counts, findings = getattr(node, "workeroutput", {}).get(_OUTPUT, ({}, ["a worker did not hand over"]))
        self.judges.counts.update(counts)
        self.judges.findings += findings

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The counts, and every disagreement."""
        terminalreporter.section("second verdict, by Python's jsonschema")
        for line in self.summary():
            terminalreporter.write_line(line)

    def summary(self) -> Iterator[str]:
        """Lines for a person."""
        yield from (f"{count:8} {what}" for what, count in sorted(self.judges.counts.items()))
        yield f"{len(self.judges.findings):8} disagreements"
        yield from sorted(self.judges.findings)[:SHOWN]


def _key(exchange: Exchange) -> int:
    """What the verdicts depend on, ids of the call and of the client left out."""
    request = exchange.request
    sent = tuple(pair for pair in request.headers if pair[0] not in _OF_THE_CLIENT)
    asked = (exchange.provider, request.method, request.path, request.query, sent, request.content)
    got = tuple(pair for pair in exchange.headers if pair[0] not in _OF_THE_CALL)
    return hash((asked, type(exchange.outcome.problem), exchange.status, got, exchange.content))


_ANSWER: Final = paysandbox.pipeline.process.process
_WIRE: Final = AsgiApp._answered  # noqa: SLF001 - where a request has become bytes again, and nothing waits


@contextmanager
def standing_between(plugin: Plugin) -> Iterator[None]:
    """Let the judges see every exchange of the block."""

    def wire(edge: AsgiApp, scope: Any, content: bytes | None) -> WireReply | None:
        return plugin.wire(edge, scope, content)

    with ExitStack() as patches:
        for where, name, instead in (
            (paysandbox.pipeline.process, "process", plugin.processed),
            (paysandbox.pipeline.dispatch, "process", plugin.processed),
            (paysandbox.web.asgi, "process", plugin.processed),
            (AsgiApp, "_answered", wire),
        ):
            patches.enter_context(mock.patch.object(where, name, instead))
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Stand between edge and answer from now on."""
    plugin = Plugin()
    config.pluginmanager.register(plugin, "second-verdict")
    patches = ExitStack()
    patches.enter_context(standing_between(plugin))
    config.add_cleanup(patches.close)
