"""Clients of others, played against a live sandbox: each call passes, unless its client says why it cannot yet."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

import pytest

from paysandbox.server.live import Server
from tests.helpers.runtimes import broken_invariants
from tests.system.clients.clients import CLIENTS, list_calls
from tests.system.clients.installed import INSTALLED
from tests.system.clients.replay import Outcome
from tools.clients.__main__ import play_all
from tools.clients.page import PAGE, make_page, read_before

Outcomes = dict[str, list[Outcome]]
_LEAST: Final = 26  # clients that were looked at


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    """What becomes of every client's calls."""
    with Server(provider_ports=True) as server:
        yield play_all(server.ready())
        assert broken_invariants(server.runtime) == []


@pytest.mark.parametrize("name", CLIENTS)
def test_a_client_gets_what_it_waits_for(outcomes: Outcomes, name: str) -> None:
    """Its calls pass; a call that is said not to pass does not, else its reason is out of date."""
    calls = list_calls(name)
    expected = {call.call: call.missing is None and call.fault is None for call in calls}
    assert {outcome.call: outcome.passed for outcome in outcomes[name]} == expected
    assert len(expected) == len(calls), "two calls of one name"


@pytest.mark.parametrize("name", [name for name in CLIENTS if name not in INSTALLED])
def test_a_mistake_of_the_client_is_explained(outcomes: Outcomes, name: str) -> None:
    """A call that no sandbox can let pass says why it is refused."""
    for call, outcome in zip(list_calls(name), outcomes[name], strict=True):
        assert call.fault is None or outcome.explanation, outcome


def test_the_page_is_current(outcomes: Outcomes) -> None:
    """`make clients ARGS=--write` was run since anything changed."""
    assert PAGE.read_text() == make_page(outcomes)


def test_what_was_answered_before_is_of_the_same_calls(outcomes: Outcomes) -> None:
    """All clients, all calls, in their order; and no client passes fewer calls than before."""
    before = read_before()
    assert len(before) >= _LEAST
    for name, now in outcomes.items():
        assert [answer.call for answer in before[name]] == [outcome.call for outcome in now], name
        lost = [
            answer.call for answer, outcome in zip(before[name], now, strict=True) if answer.passed > outcome.passed
        ]
        assert lost == [], name


def test_no_client_installs_anything(outcomes: Outcomes) -> None:
    """The client for HTTP that appier would install by itself is not there after its calls."""
    assert outcomes["invoice-express-api"]
    assert find_spec("netius") is None
