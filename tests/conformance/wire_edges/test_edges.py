"""Bytes that no client should send, over real sockets: refused in each provider's own words, with the reason beside.

What is sent stands in edges.txt, one edge a line. Each line meets every operation that it can be made of.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import CONTROL
from paysandbox.server.live import Server
from tests.conformance.subject import Subject
from tests.conformance.wire_edges.judging import OWN_VOICE, check_edge, words_of
from tests.conformance.wire_edges.reading import FILE, AsgiApp, made, read_edges
from tests.conformance.wire_edges.targets import ControlTarget, one_of_each
from tests.helpers.raw_http import Target
from tests.helpers.runtimes import NOON

EDGES: Final = read_edges()
OPERATIONS: Final = {
    **{provider.name: Subject(provider.name).operations for provider in find_providers()},
    CONTROL: one_of_each(Subject(CONTROL).operations),
}
REFUSALS: Final = {"malformed", "invalid", "unauthenticated", "not found", "method"}
MALFORMED: Final = {"undeclared", "too long"}  # for which an API may have words of their own
KINDS: Final = {"done", "as GET", "doubled", "trailing", "nothing", *OWN_VOICE, *REFUSALS, *MALFORMED}
MET: Final = [
    pytest.param(name, edge, id=f"{name}-{edge.name}")
    for name, operations in OPERATIONS.items()
    for edge in EDGES
    if any(edge.meets(operation) for operation in operations)
]


@pytest.fixture(scope="module")
def targets() -> Iterator[Mapping[str, Target]]:
    """Every provider on one live server, and the control plane on another."""
    with Server() as server, Server(time=lambda: NOON) as controlled:
        providers = {name: Target(server, name) for name in OPERATIONS if name != CONTROL}
        yield {**providers, CONTROL: ControlTarget(controlled)}


@pytest.fixture
def target(targets: Mapping[str, Target], request: pytest.FixtureRequest) -> Target:
    """The provider that the test is about."""
    return targets[request.param]


@pytest.mark.parametrize(("target", "edge"), MET, indirect=["target"])
def test_edge(target: Target, edge: AsgiApp) -> None:
    """Every operation that the line fits answers as the line says, and a refusal does no harm."""
    check_edge(target, edge)


def test_every_edge_is_of_its_own_name_and_of_a_known_kind() -> None:
    """The name says which line has failed."""
    assert len({edge.name for edge in EDGES}) == len(EDGES)
    assert {kind for edge in EDGES for kind in edge.answers} == KINDS


def test_every_edge_meets_an_operation() -> None:
    """A line that fits no operation proves nothing."""
    met = {id(param.values[1]) for param in MET}
    assert [edge.name for edge in EDGES if id(edge) not in met] == []


def test_every_edge_changes_something(targets: Mapping[str, Target]) -> None:
    """Nothing that is meant to be refused is the valid call itself."""
    for target in targets.values():
        for edge in EDGES:
            for operation in filter(edge.meets, target.operations):
                sent, valid = made(edge, target, operation), target.valid(operation)
                same = sent.message.wire == valid.wire and b"".join(sent.packets) in {b"", valid.wire}
                if same and not (edge.given("wire") == "" and edge.answers == ("nothing",)):
                    assert "done" in edge.answers or edge.answers == ("method",), (edge.name, operation.id)


def test_the_words_of_every_provider_are_known() -> None:
    assert all(words_of(name).REFUSALS.keys() - MALFORMED == REFUSALS for name in OPERATIONS)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a name | body | body = x | malformed", "edges.txt:1: 4 columns instead of 5"),
        ("a name | nobody | body = x | malformed | -", r"edges.txt:1: \['nobody'\] fits nothing"),
        ("a name | body | x | malformed | -", "edges.txt:1: 'x' changes nothing"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(tmp_path: Path, line: str, why: str) -> None:
    assert FILE.is_file()
    wrong = tmp_path / "edges.txt"
    wrong.write_text(f"{line}\n")
    with pytest.raises(ValueError, match=why):
        read_edges(wrong)
