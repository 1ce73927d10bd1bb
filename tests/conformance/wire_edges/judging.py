"""How an edge is judged: by the reply to it, and by what the server remembers afterwards."""

import importlib
import re
from typing import Any, Final

from paysandbox.contract.operation import Operation
from paysandbox.core.messages import JSON_TYPE
from paysandbox.kit.runtime import CONTROL
from tests.conformance.second_validator.contracts import document
from tests.conformance.wire_edges.reading import AsgiApp, Sent, made
from tests.helpers.raw_http import WireTarget, break_off, replies
from tests.helpers.runtimes import Response

OWN_VOICE: Final = {"head": 431, "no HTTP": 400}


def words_of(name: str) -> Any:
    """An API's `words` module, among its own tests: the form of its refusals, their statuses and their words."""
    return importlib.import_module(f"tests.unit.{name}.words" if name == CONTROL else f"tests.providers.{name}.words")


def check_edge(target: WireTarget, edge: AsgiApp) -> None:
    """Check that every operation that the line fits answers as the line says, and that a refusal does no harm."""
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


def tolerates(target: WireTarget, edge: AsgiApp) -> bool:
    """Whether a doubled slash, or one at the end, is tolerated here."""
    if edge.answers == ("trailing",):
        return target.name != CONTROL
    return edge.answers == ("doubled",) and target.provider.tolerates_double_slash


def allowed(target: WireTarget, operation: Operation) -> set[str]:
    """The methods that the path of an operation takes; HEAD is where GET is."""
    found = {one.method for one in target.subject.operations if one.template == operation.template}
    return found | ({"HEAD"} if "GET" in found else set())


def is_another(target: WireTarget, sent: Sent) -> bool:
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


def answered(target: WireTarget, operation: Operation, edge: AsgiApp, sent: Sent) -> None:
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


def refused(target: WireTarget, operation: Operation, reply: Response, edge: AsgiApp, kind: str) -> None:
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


def reads_as_get(target: WireTarget, sent: Sent, headed: Response) -> None:
    """Check that HEAD has the status and the headers of GET."""
    target.reset()  # a PDF is ready at the second request only
    got = target.send(sent.message.but(method="GET"))
    own = {"date": "", "x-sandbox-request": ""}
    assert (headed.status, {**headed.headers, **own}) == (got.status, {**got.headers, **own})
