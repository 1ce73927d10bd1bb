"""The other half of "rules both ways": a rule that no test of its provider's own folder passes through is not proven.

A plugin, registered by tests/conftest.py. It watches the answers of each test in tests/providers and decides once the
run is over, if all tests of a provider have run; under pytest-xdist every worker hands over what it has seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.kit.provider import find_providers
from paysandbox.pipeline.dispatch import Observation
from tests.helpers.observers import observe_exchanges
from tests.helpers.runtimes import read_runtime

FOLDER: Final = Path(__file__).parents[2] / "providers"
_OUTPUT: Final = "rules_passed"

Passed = tuple[str, str, str]  # the provider in whose folder the test is, the operation, the rule


class RulesPassed:
    """What has been seen so far; `partial` once some test has been left out by a choice."""

    def __init__(self) -> None:
        self.passed: set[Passed] = set()
        self.partial = False
        self.missing: list[Passed] = []
        self.judged: list[Passed] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Watch the answers while a provider's test runs, its fixtures included."""
        if not item.path.is_relative_to(FOLDER) or item.path.parent == FOLDER:
            return (yield)
        folder = item.path.relative_to(FOLDER).parts[0]

        def note(observation: Observation) -> None:
            outcome = observation.outcome
            if outcome.operation is not None:
                self.passed |= {(folder, outcome.operation.id, rule) for rule in outcome.rules}

        with observe_exchanges(note):
            return (yield)

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        """A choice by name or mark."""
        self.partial |= any(item.path.is_relative_to(FOLDER) for item in items)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A worker hands over what it has; the first process decides, if nothing else is wrong."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = (sorted(self.passed), self.partial)
        elif exitstatus == pytest.ExitCode.OK and not self.partial:
            self.judged = list(required(covered(session.config)))
            self.missing = sorted(set(self.judged) - self.passed)
            if self.missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add up what a worker has seen."""
        passed, partial = getattr(node, "workeroutput", {}).get(_OUTPUT, ((), True))
        self.passed |= {(one[0], one[1], one[2]) for one in passed}
        self.partial |= partial

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """How many rules were to be passed through, and which were not."""
        if self.judged:
            terminalreporter.section("rules of the contracts, passed through by tests")
            terminalreporter.write_line(f"{len(self.judged) - len(self.missing)} of {len(self.judged)}")
        for provider, operation, rule in self.missing:
            terminalreporter.write_line(f"no test in tests/providers/{provider} passes through {rule} of {operation}")


def covered(config: pytest.Config) -> set[str]:
    """The providers whose folders are asked for as a whole: by name, or by a folder around them.

    `--last-failed` skips whole files, without deselecting their tests.
    """
    option = config.option
    if option.collectonly or option.ignore or option.ignore_glob or getattr(option, "lf", False):
        return set()
    asked = [(config.invocation_params.dir / one).resolve() for one in config.args if "::" not in one]
    return {one.name for one in FOLDER.iterdir() if any(one.is_relative_to(path) for path in asked)}


def required(providers: Iterable[str], rules: Mapping[str, set[tuple[str, str]]] | None = None) -> Iterator[Passed]:
    """Every rule of every operation of these providers."""
    rules = rules_of_contracts() if rules is None else rules
    for provider in sorted(set(providers) & rules.keys()):
        yield from ((provider, operation, rule) for operation, rule in sorted(rules[provider]))


@cache
def rules_of_contracts() -> dict[str, set[tuple[str, str]]]:
    """The rules of each contract, with the operation that each belongs to."""
    services = read_runtime().services
    return {
        one.name: {
            (operation.id, rule) for operation in services[one.name].contract.operations for rule in operation.rules
        }
        for one in find_providers()
    }
