"""A pytest plugin (`-p tests.conformance.second_validator.plugin`): a second verdict on every exchange of the run.

Disagreement is red.

It observes the exchanges of every application in its process. Under pytest-xdist each worker does so for itself, and
hands its counts to the first process.
"""

import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

from paysandbox.pipeline.dispatch import Observation
from tests.conformance.second_validator.contracts import document
from tests.conformance.second_validator.verdicts import NOT_JUDGED, Exchange, on_the_reply, on_the_request
from tests.helpers.observers import observe_exchanges

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
        with self._lock:
            self._count(exchange)
            key = _key(exchange)
            if key in self._seen:
                return
            self._seen.add(key)
            contract = document(exchange.provider, exchange.variants)
            kind, findings = on_the_request(contract, exchange)
            self.counts["distinct exchanges, of an operation"] += kind not in {"unrouted", "unauthenticated"}
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

    def observe(self, observation: Observation) -> None:
        """Judge an exchange; a reply that a fault or a Prefer header chose says nothing about the request."""
        if observation.outcome.is_simulated:
            self.judges.counts["replies simulated, not judged"] += 1
            return
        reply = observation.reply
        headers = [(name.decode(), value.decode("latin-1")) for name, value in reply.headers]
        self.judges.judge(
            Exchange(
                observation.provider,
                observation.request,
                observation.outcome,
                reply.status,
                headers,
                reply.content,
                tuple(observation.variants.items()),
            )
        )

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
        terminalreporter.section("second verdict, by Python's jsonschema")
        for line in self.summary():
            terminalreporter.write_line(line)

    def summary(self) -> Iterator[str]:
        yield from (f"{count:8} {what}" for what, count in sorted(self.judges.counts.items()))
        yield f"{len(self.judges.findings):8} disagreements"
        yield from sorted(self.judges.findings)[:SHOWN]


def _key(exchange: Exchange) -> int:
    """What the verdicts depend on, ids of the call and of the client left out."""
    request = exchange.request
    sent = tuple(pair for pair in request.headers if pair[0] not in _OF_THE_CLIENT)
    asked = (exchange.provider, exchange.variants, request.method, request.path, request.query, sent, request.content)
    got = tuple(pair for pair in exchange.headers if pair[0] not in _OF_THE_CALL)
    return hash((asked, type(exchange.outcome.problem), exchange.status, got, exchange.content))


def pytest_configure(config: pytest.Config) -> None:
    """Observe every exchange from now on."""
    plugin = Plugin()
    config.pluginmanager.register(plugin, "second-verdict")
    observing = ExitStack()
    observing.enter_context(observe_exchanges(plugin.observe))
    config.add_cleanup(observing.close)
