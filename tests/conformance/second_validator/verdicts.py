"""A second verdict on one exchange: is the request what the server took it for, is the reply in the contract."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from msgspec import Struct

from paysandbox.core.messages import Request
from paysandbox.core.problems import (
    Forbidden,
    Invalid,
    Malformed,
    Problem,
    TooLarge,
    Unauthenticated,
    UnknownResource,
    Unroutable,
    UnsupportedMediaType,
)
from paysandbox.pipeline.process import Outcome
from tests.conformance.second_validator.contracts import Document, Judged
from tests.conformance.second_validator.readers import Unreadable, declares_json, read

NOT_JUDGED: Final = (Unauthenticated, Forbidden)  # who asks is not in the contract, and what they ask is not looked at
ROUTELESS: Final = {404, 405}
UTF_8_TEXT: Final = "; charset=utf-8"  # what a text may say beside its media type


class Exchange(Struct, frozen=True):
    """A request below the root of one provider, what became of it, what went over the wire, and the chosen variants."""

    provider: str
    request: Request
    outcome: Outcome
    status: int
    headers: Sequence[tuple[str, str]]
    content: bytes
    variants: tuple[tuple[str, str], ...] = ()

    def named(self, name: str) -> list[str]:
        """Every value of one header of the reply."""
        return [value for key, value in self.headers if key.lower() == name]


def on_the_request(document: Document, exchange: Exchange) -> tuple[str, list[str]]:
    """What kind of request it is, and where the two judges disagree about it."""
    request, problem = exchange.request, exchange.outcome.problem
    if exchange.outcome.breach is not None:
        return "breach", [f"the server breaks its contract: {exchange.outcome.breach}"]
    operation = document.methods(request.path).get(request.method)
    if operation is None or isinstance(problem, Unroutable):
        agreed = operation is None and isinstance(problem, Unroutable)
        return "unrouted", [] if agreed else [f"routed to {operation and operation.id}; the server: {_told(problem)}"]
    taken = exchange.outcome.operation
    if taken is None or taken.id != operation.id:
        return operation.id, [f"this is {operation.id}; the server took it for {taken and taken.id}"]
    if isinstance(problem, NOT_JUDGED):
        return "unauthenticated", []
    wanted, why = _verdict(document, operation, request)
    said = _server(problem)
    return operation.id, [] if said is wanted else [f"expected {_name(wanted)} ({why}); the server: {_told(problem)}"]


def on_the_reply(document: Document, exchange: Exchange) -> Iterator[str]:
    """What the contract does not allow of a reply: its status, its Content-Type, its body, its length."""
    declared, length = exchange.named("content-type"), exchange.named("content-length")
    if length != [str(len(exchange.content))]:
        yield f"the Content-Length is {length} for {len(exchange.content)} bytes"
    methods = document.methods(exchange.request.path)
    operation = methods.get(exchange.request.method)
    if operation is None:
        allow = {one for value in exchange.named("allow") for one in value.split(", ")}
        if exchange.status != (405 if methods else 404) or allow != set(methods):
            yield f"a call of no operation is outcome {exchange.status}, Allow {allow}; the path takes {set(methods)}"
        return
    responses = operation.written["responses"]
    if str(exchange.status) not in responses:
        yield f"the status {exchange.status} is not among {', '.join(responses)}"
        return
    content = document.followed(responses[str(exchange.status)]).get("content")
    if content is None:
        if exchange.content or declared:
            yield f"{exchange.status} is without content; here are {len(exchange.content)} bytes of {declared}"
        return
    kind = ", ".join(declared)
    kind = kind.removesuffix(UTF_8_TEXT) if kind.startswith("text/") else kind
    if kind not in content:
        yield f"the Content-Type {declared} is not among {', '.join(content)}"
        return
    place = (*operation.place, "responses", str(exchange.status), "content", kind, "schema")
    try:
        value = read(exchange.content) if kind.endswith("json") else exchange.content.decode()
        valid = document.is_valid(place, value)
    except Unreadable as unreadable:
        yield f"the body is no JSON: {unreadable}"
        return
    if not valid:
        yield f"the body of {exchange.status} breaks its schema: {exchange.content[:500]!r}"


def _verdict(document: Document, operation: Judged, request: Request) -> tuple[type[Problem] | None, str]:
    """How the request alone has to be refused, and why; None where only the state may."""
    if not document.path_is_valid(operation, request.path):
        return UnknownResource, "a variable of the path is invalid"
    wrong = list(_wrong_parameters(document, operation, request))
    if "requestBody" in operation.written:
        if not declares_json(request.get_headers("content-type")):
            return UnsupportedMediaType, "no JSON is declared"
        if (error := request.decoding_error) is not None:
            return UnsupportedMediaType if error.is_unsupported else Malformed, error.message
        if request.content is None:
            return TooLarge, "the body has not been read"
        try:
            body = read(request.content)
        except Unreadable as unreadable:
            return Malformed, str(unreadable)
        (media_type,) = document.followed(operation.written["requestBody"])["content"]
        place = (*operation.place, "requestBody", "content", media_type, "schema")
        body = document.without_read_only(document.at(place), body)
        wrong += [] if document.is_valid(place, body, lenient=document.is_lenient) else ["the body breaks its schema"]
    return (Invalid, wrong[0]) if wrong else (None, "the request is valid")


def _wrong_parameters(document: Document, operation: Judged, request: Request) -> Iterator[str]:
    pairs = parse_qsl(request.query, keep_blank_values=True)
    known = {document.credential_name(operation)}
    for place, one in operation.parameters:
        name, types = one["name"], _types(document, one)
        if one["in"] == "query" and "object" in types:
            keyed = [(key, value) for key, value in pairs if re.fullmatch(rf"{re.escape(name)}\[[^\[\]]+\]", key)]
            known |= {key for key, _ in keyed}
            texts = {key[len(name) + 1 : -1]: value for key, value in keyed}
            if len(texts) < len(keyed) or (not texts and one.get("required", False)):
                yield f"{name} has a key twice, or is missing"
            elif texts and not document.takes_keys(place, texts):
                yield f"{name} breaks its schema"
            continue
        values = [value for key, value in pairs if key == name] if one["in"] == "query" else request.get_headers(name)
        known |= {name} if one["in"] == "query" else set()
        if one["in"] != "path":
            yield from _wrong_values(document, place, one, values)
    if document.refuses_unknown_parameters:
        yield from (f"the query has an unknown {key}" for key, _ in pairs if key not in known)


def _wrong_values(document: Document, place: Any, written: Mapping[str, Any], values: list[str]) -> Iterator[str]:
    name, is_array = written["name"], "array" in _types(document, written)
    if written.get("allowEmptyValue", False):
        values = [value for value in values if value]
    if (len(values) > 1 and not is_array) or (not values and written.get("required", False)):
        yield f"{name} is given {len(values)} times"
    elif values and not (document.takes_all(place, values) if is_array else document.takes(place, values[0])):
        yield f"{name} breaks its schema"


def _types(document: Document, parameter: Mapping[str, Any]) -> list[str]:
    types = document.followed(parameter["schema"]).get("type", [])
    return [types] if isinstance(types, str) else types


def _server(problem: Problem | None) -> type[Problem] | None:
    """How the server refused the request for itself; what a rule or the state refuses has passed the contract."""
    for kind in (UnknownResource, UnsupportedMediaType, TooLarge, Malformed):
        if isinstance(problem, kind):
            return kind
    return Invalid if isinstance(problem, Invalid) and problem.rule is None else None


def _name(kind: type[Any] | None) -> str:
    return "no refusal" if kind is None else kind.__name__


def _told(problem: Problem | None) -> str:
    return "carried out" if problem is None else f"{type(problem).__name__}: {problem.message[:200]}"
