"""What a read answers, the matching write accepts: over all records of the fixtures, and along the contracts' links.

A write may be refused because of what is held (a number that is taken, a closed invoice). It may not be refused because
the contract does not know a property, or a value, that the API itself has answered.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from http import HTTPStatus
from itertools import product
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import pytest

from paysandbox.check.binding import list_record_keys
from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import CONTROL
from paysandbox.testing import Response
from tests.conformance.subject import Subject, names

# Writes whose bodies have another form than what their reads answer, by contract and operation, each with the reason.
OTHER_FORM: Final = {
    ("invoicexpress", "createSequence"): "a reply has the numbers of every type, a new sequence its serie",
    ("invoicexpress", "listClientInvoices"): "the body is a filter, the reply documents",
    (CONTROL, "createNamespace"): "a namespace says what it holds, a new one only its name, variants and time",
    (CONTROL, "forkNamespace"): "a namespace says what it holds, a fork only its name",
}
FOO: Final = "the vendor's example has foo for a unit and a retention; its form takes none"
UID: Final = (
    "a reply has the caller's own identifier in the document; a request has it beside the document, as documented"
)
# Records that no write takes, by contract, operation and key, each with the reason.
OTHER_VALUES: Final = {
    ("invoicexpress", "createInvoice", 1): FOO,
    ("invoicexpress", "updateInvoice", 1): FOO,
    ("invoicexpress", "createInvoiceReceipt", 538841): UID,
    ("invoicexpress", "updateInvoiceReceipt", 538841): UID,
}
_EXPRESSION: Final = re.compile(r"\$(request|response)\.(body|path|query)[.#]?(.*)")
_EMBEDDED: Final = re.compile(r"\{(\$[^}]*)\}")


class Exchange(NamedTuple):
    """A successful call, and what its links may name: its path and query parameters, its body and its reply's."""

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any
    reply: Response

    def evaluate(self, expression: Any) -> Any:
        """A link's value with its runtime expressions evaluated.

        Raises:
            LookupError: the exchange does not have what an expression names.
        """
        if isinstance(expression, dict):
            return {name: self.evaluate(value) for name, value in expression.items()}
        if isinstance(expression, list):
            return [self.evaluate(value) for value in expression]
        if not isinstance(expression, str):
            return expression
        if found := _EXPRESSION.fullmatch(expression):
            return self._look_up(*found.groups())
        return _EMBEDDED.sub(lambda embedded: str(self.evaluate(embedded[1])), expression)

    def _look_up(self, side: str, place: str, name: str) -> Any:
        if place != "body":
            return (self.path if place == "path" else self.query)[name]
        value = self.reply.json if side == "response" else self.body
        for step in name.split("/")[1:]:
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value


@pytest.fixture(params=names())
def subject(request: pytest.FixtureRequest) -> Subject:
    """Each API in turn, on fresh fixtures."""
    return Subject(request.param)


def list_reads(subject: Subject, operation: Operation) -> Iterator[Exchange]:
    """Every successful read of an operation: of each record whose key fits its parameters, examples first."""
    keys = list_record_keys(subject)
    judges = {parameter.name: parameter.validator for parameter in operation.parameters if parameter.place == "path"}
    parameters = list(subject.parameters(operation))
    paths = [
        [(parameter["name"], key) for key in (parameter["example"], *filter(judges[parameter["name"]].is_valid, keys))]
        for parameter in parameters
        if parameter["in"] == "path"
    ]
    query = {one["name"]: one["example"] for one in parameters if one["in"] == "query" and one.get("required")}
    queries = [query]
    for name, example in query.items():
        kind, sign, _ = str(example).rpartition("=")  # `number=97` names a record by a key, both in one text
        queries += [{**query, name: f"{kind}={key}"} for key in keys if sign]
    for path, given in product(product(*paths), queries):
        reply = subject.call(operation, path=dict(path), parameters={"query": given})
        if subject.succeeded(operation, reply) and reply.is_json:
            credential = dict(parse_qsl(subject.credential_of(operation)[1]))
            yield Exchange(operation, dict(path), {**credential, **given}, None, reply)


def list_exchanges(subject: Subject) -> Iterator[Exchange]:
    """Every read of every record, and every write of an example, each on fresh fixtures."""
    for operation in subject.operations:
        subject.reset()
        if operation.method == "GET":
            yield from list_reads(subject, operation)
        for body in subject.examples(operation).values():
            subject.reset()
            reply = subject.call(operation, body)
            if subject.succeeded(operation, reply) and reply.is_json:
                path = {one["name"]: one["example"] for one in subject.parameters(operation) if one["in"] == "path"}
                yield Exchange(operation, path, {}, body, reply)


def is_accepted(subject: Subject, operation: Operation, reply: Response) -> bool:
    """Whether a write succeeded, or was refused for what is held and not for its form."""
    return subject.succeeded(operation, reply) or reply.headers.get("x-sandbox-reason") == "state"


def covers(subject: Subject, schema: Any, value: Any) -> bool:
    """Whether a value has what a schema requires, on every level of objects."""
    schema = subject.follow(schema)
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    return all(
        name in value and covers(subject, known.get(name, {}), value[name]) for name in schema.get("required", ())
    )


def find_reply_schema(subject: Subject, operation: Operation) -> Any:
    """The schema of an operation's successful reply as it is written, usually a reference."""
    responses = subject.operation_object(operation)["responses"]
    success = next(subject.follow(response) for status, response in responses.items() if status.startswith("2"))
    return next((media["schema"] for media in success.get("content", {}).values()), None)


def takes_reply(subject: Subject, write: Operation, exchange: Exchange) -> bool:
    """Whether a write is of what was read: it changes it on the same path, or creates the same and requires no more."""
    read, body = exchange.operation, exchange.reply.json
    if write.body is None or not isinstance(body, dict) or (subject.name, write.id) in OTHER_FORM:
        return False
    if write.method != "POST":
        return write.template == read.template
    schema: Any = subject.document
    for step in subject.body_schema_path(write):
        schema = subject.follow(schema)[step]
    is_same = find_reply_schema(subject, write) == find_reply_schema(subject, read)
    is_same = is_same or read.template.rpartition("/")[0] == write.template.removesuffix(".json")
    return is_same and HTTPStatus.CREATED in write.replies and covers(subject, schema, body)


def list_links(subject: Subject, exchange: Exchange) -> Iterator[tuple[str, Operation, Mapping[str, Any]]]:
    """The links of a reply that say what to send, each with its name and the operation that it leads to."""
    responses = subject.operation_object(exchange.operation)["responses"]
    operations = {operation.id: operation for operation in subject.operations}
    for name, link in subject.follow(responses[str(exchange.reply.status)]).get("links", {}).items():
        if "requestBody" in link:
            yield name, operations[link["operationId"]], link


def list_numbers(value: Any) -> Iterator[Any]:
    """Every number in a JSON value."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from list_numbers(inner)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield value


def test_what_is_read_can_be_written(subject: Subject) -> None:
    """Each reply of each read, sent as it is to each write of the same resource."""
    tried, refused = 0, []
    for exchange in list_exchanges(subject):
        for write in subject.operations if exchange.operation.method == "GET" else ():
            if (subject.name, write.id, *exchange.path.values()) in OTHER_VALUES:
                continue
            if takes_reply(subject, write, exchange):
                tried += 1
                subject.reset()
                path = exchange.path if write.template == exchange.operation.template else None
                reply = subject.call(write, exchange.reply.json, path)
                if not is_accepted(subject, write, reply):
                    refused.append((exchange.operation.id, exchange.path, write.id, reply))
    assert refused == []
    if not tried:
        pytest.skip("no write of this contract takes what a read answers")


def test_what_a_link_names_is_accepted(subject: Subject) -> None:
    """Amounts that are owed can be paid by naming them, and so on: of every record, however large or old."""
    seen, carried_out, refused = set(), set(), []
    for exchange in list_exchanges(subject):
        for name, target, link in list_links(subject, exchange):
            seen.add((exchange.operation.id, name))
            try:
                path = {
                    one.removeprefix("path."): exchange.evaluate(to) for one, to in link.get("parameters", {}).items()
                }
                body = exchange.evaluate(link["requestBody"])
            except LookupError:
                continue  # a reply without an optional property, which the link needs
            if 0 in list_numbers(body):
                continue  # nothing is owed, so there is nothing to name
            subject.reset()
            if exchange.operation.method != "GET":
                subject.call(exchange.operation, exchange.body)
            reply = subject.call(target, body, path)
            if subject.succeeded(target, reply):
                carried_out.add((exchange.operation.id, name))
            elif not is_accepted(subject, target, reply):
                refused.append((exchange.operation.id, exchange.path, name, body, reply))
    assert refused == []
    assert carried_out == seen
    if not seen:
        pytest.skip("no link of this contract says what to send")
