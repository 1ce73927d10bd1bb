"""Bytes that no client should send, over real sockets: refused in each provider's own words, with the reason beside.

What is sent stands in edges.txt, one edge a line. Each line meets every operation that it can be made of.
"""

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.contract.operation import Operation
from paysandbox.core.messages import JSON_TYPE
from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import CONTROL
from paysandbox.server.live import Server
from tests.conformance.second_validator.contracts import document
from tests.conformance.subject import Subject
from tests.conformance.wire_edges.reading import FILE, AsgiApp, Sent, made, read_edges
from tests.conformance.wire_edges.targets import ControlTarget, one_of_each
from tests.helpers.raw_http import Target, break_off, replies
from tests.helpers.runtimes import NOON, Response

EDGES: Final = read_edges()
OPERATIONS: Final = {
    **{provider.name: Subject(provider.name).operations for provider in find_providers()},
    CONTROL: one_of_each(Subject(CONTROL).operations),
}
OWN_VOICE: Final = {"head": 431, "no HTTP": 400}
REFUSALS: Final = {"malformed", "invalid", "unauthenticated", "not found", "method"}
MALFORMED: Final = {"undeclared", "too long"}  # for which an API may have words of their own
KINDS: Final = {"done", "as GET", "doubled", "trailing", "nothing", *OWN_VOICE, *REFUSALS, *MALFORMED}
MET: Final = [
    pytest.param(name, edge, id=f"{name}-{edge.name}")
    for name, operations in OPERATIONS.items()
    for edge in EDGES
    if any(edge.meets(operation) for operation in operations)
]


def words_of(name: str) -> Any:
    """An API's `words` module, among its own tests: the form of its refusals, their statuses and their words."""
    return importlib.import_module(f"tests.unit.{name}.words" if name == CONTROL else f"tests.providers.{name}.words")


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
    for operation in filter(edge.meets, target.operations):
        sent = made(edge, target, operation)
        if edge.answers == ("method",) and sent.message.method in allowed(target, operation):
            continue
        if set(edge.answers) <= {"not found", "doubled"} and is_another(target, sent):
            continue
        if set(edge.answers) <= {"done", "as GET"} or "done" in edge.answers or tolerates(target, edge):
            target.reset()
            answered(target, operation, edge, sent)
        else:
            with target.unharmed(operation):
                answered(target, operation, edge, sent)


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


def tolerates(target: Target, edge: AsgiApp) -> bool:
    """Whether a doubled slash, or one at the end, is tolerated here."""
    if edge.answers == ("trailing",):
        return target.name != CONTROL
    return edge.answers == ("doubled",) and target.provider.tolerates_double_slash


def allowed(target: Target, operation: Operation) -> set[str]:
    """The methods that the path of an operation takes; HEAD is where GET is."""
    found = {one.method for one in target.subject.operations if one.template == operation.template}
    return found | ({"HEAD"} if "GET" in found else set())


def is_another(target: Target, sent: Sent) -> bool:
    """Whether what was meant to lead nowhere is the path of something else, as a second reader has the contract.

    Where names are free, `/reports.xml` may name something as well as `/reports`.
    """
    path = sent.message.target.partition("?")[0].removeprefix(f"/{target.provider.prefix}")
    if target.provider.tolerates_double_slash:  # an empty id leaves two slashes, which are one then
        path = re.sub("/+", "/", path)
    if target.name == CONTROL and path in {"", "/"}:
        return True  # the start page, which is beside the contract
    there = document(target.name).methods(path)
    found = there.get(sent.message.method)
    return bool(there) and (found is None or document(target.name).path_is_valid(found, path))


def answered(target: Target, operation: Operation, edge: AsgiApp, sent: Sent) -> None:
    if edge.answers == ("nothing",):
        packets = sent.packets or (sent.message.wire,)
        assert replies(target.address, packets, leaves=True) == []
        break_off(target.address, b"".join(packets))
        return
    if sent.packets:
        got = replies(target.address, sent.packets, pause=0.01 * (len(sent.packets) > 1))
    else:
        got = [target.send(sent.message)]
    assert len(got) == len(edge.answers), got
    for kind, reply in zip(edge.answers, got, strict=True):
        if kind == "done" or tolerates(target, edge):
            assert target.done(operation, reply), (operation.id, reply)
        elif kind == "as GET":
            reads_as_get(target, sent, reply)
        elif kind == "head" and target.name != CONTROL:
            refused(target, operation, reply, edge, "malformed")
        elif kind in OWN_VOICE:
            assert (reply.status, reply.headers["content-type"]) == (OWN_VOICE[kind], "application/problem+json")
            assert re.search(edge.why, reply.json["detail"]), reply
        else:
            refused(target, operation, reply, edge, "not found" if kind in {"doubled", "trailing"} else kind)


def refused(target: Target, operation: Operation, reply: Response, edge: AsgiApp, kind: str) -> None:
    """Check that a reply is the API's own refusal of that kind, and that it says why."""
    words = words_of(target.name)
    form, (status, said) = words.FORM, words.REFUSALS.get(kind) or words.REFUSALS["malformed"]
    assert reply.status == status, (operation.id, reply)
    assert reply.headers.get("content-type") == (getattr(words, "MEDIA_TYPE", JSON_TYPE) if form else None)
    assert "x-sandbox-reason" not in reply.headers, operation.id
    if kind == "method":
        assert set(reply.headers["allow"].split(", ")) == allowed(target, operation), operation.id
    if edge.given("method") != "HEAD":
        wanted = form.replace("STATUS", str(status)).replace("WORDS", said)
        assert re.fullmatch(wanted, reply.content.decode()), (operation.id, reply)
        why = reply.json["detail"] if target.name == CONTROL else reply.explain
        assert re.search(edge.why, why), (operation.id, why)
    elif target.name != CONTROL:
        assert re.search(edge.why, reply.explain), (operation.id, reply.explain)


def reads_as_get(target: Target, sent: Sent, headed: Response) -> None:
    """Check that HEAD has the status and the headers of GET."""
    target.reset()  # a PDF is ready at the second request only
    got = target.send(sent.message.but(method="GET"))
    own = {"date": "", "x-sandbox-request": ""}
    assert (headed.status, {**headed.headers, **own}) == (got.status, {**got.headers, **own})
