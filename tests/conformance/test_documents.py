"""What every contract promises of itself: valid OpenAPI, examples that work, closed and bounded requests, no gaps."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from paysandbox.check.binding import list_record_keys
from paysandbox.contract.inventory import find_units
from paysandbox.contract.operation import Operation
from paysandbox.contract.provenance import GRADES
from paysandbox.kit.runtime import CONTROL, Runtime
from tests.conformance.subject import Subject, names

FORMS_OF_A_LENGTH: Final = {"date", "uuid"}  # formats that bound the text by themselves
UNLIMITED: Final = re.compile(r"[*+]|,\}")
INNERMOST: Final = re.compile(r"\([^()]*\)")
# The schemas of requests that are open, by contract and name, each with the reason.
OPEN: Final = {
    (CONTROL, "Record"): (
        "what a record may hold says the provider's table, not this contract, and the record is checked like one of a "
        "fixture file: a member that the table lacks is refused"
    ),
}

# Path parameters that name no record by its key, each with the reason.
DERIVED: Final = {
    ("invoicexpress", "permalink"): "the id of a record of the fixtures, and digits that follow from it",
}


@pytest.fixture(params=names())
def subject(request: pytest.FixtureRequest) -> Subject:
    """Each API in turn, on fresh fixtures."""
    return Subject(request.param)


def test_document_is_valid_openapi(subject: Subject) -> None:
    """The contract is OpenAPI 3.1 to an independent judge, as written and as served."""
    written = [str(error) for error in OpenAPIV31SpecValidator(subject.service.contract.document).iter_errors()]
    served = [str(error) for error in OpenAPIV31SpecValidator(subject.document).iter_errors()]
    assert written == served == []


def test_served_document_points_here(subject: Subject) -> None:
    """The only server of a served document is the absolute URL at which the API stands in this sandbox."""
    assert [one["url"] for one in subject.document["servers"]] == [f"http://127.0.0.1:4080{subject.root}"]


def test_every_request_example_is_valid_and_works(subject: Subject) -> None:
    """Each example of a request keeps its schema, and is carried out on fresh fixtures."""
    for operation in subject.operations:
        examples = subject.examples(operation)
        assert bool(examples) == (operation.body is not None), f"{operation.id} has a body and no example"
        for name, body in examples.items():
            assert subject.is_valid(subject.body_schema_path(operation), body), (operation.id, name)
            subject.reset()
            reply = subject.call(operation, body)
            assert subject.succeeded(operation, reply), (operation.id, name, reply.status, reply.headers)


def test_every_operation_without_a_body_works_on_its_examples(subject: Subject) -> None:
    """With the examples of its path, query and header parameters an operation without a body is carried out."""
    for operation in subject.operations:
        if operation.body is None:
            subject.reset()
            reply = subject.call(operation, parameters=_parameter_examples(subject, operation))
            assert 200 <= reply.status < 300, (operation.id, reply.status, reply.headers)


def test_path_parameter_examples_name_seeded_records(subject: Subject) -> None:
    """The example of a path parameter is the key of a fixture record, or made by the control plane's set-up calls."""
    subject.reset()
    known = set(_seeded(subject.runtime) if subject.is_control else list_record_keys(subject))
    for operation in subject.operations:
        for parameter in subject.parameters(operation):
            if parameter["in"] == "path" and (subject.name, parameter["name"]) not in DERIVED:
                assert parameter["example"] in known, (operation.id, parameter["name"])


def test_requests_are_closed_and_bounded(subject: Subject) -> None:
    """No text, number, array or object that a request may carry is without a bound, but for `OPEN`."""
    findings = []
    for operation in subject.operations:
        for parameter in subject.parameters(operation):
            findings += list(_unbounded(subject, parameter["schema"], f"{operation.id} {parameter['name']}"))
        if operation.body is not None:
            findings += list(_unbounded(subject, _body_schema(subject, operation), operation.id))
    assert findings == []


def test_nothing_else_is_open(subject: Subject) -> None:
    """Each schema that may be open is some operation's body as a whole, is bounded, and is not closed after all."""
    bodies = [_body_schema(subject, one) for one in subject.operations if one.body is not None]
    assert len(OPEN) == 1
    for (name, schema), reason in OPEN.items():
        if name == subject.name:
            assert {"$ref": f"#/components/schemas/{schema}"} in bodies
            assert subject.document["components"]["schemas"][schema].keys() >= {"maxProperties"}, reason
            found = list(_unbounded(subject, subject.document["components"]["schemas"][schema], "", opened=False))
            assert found == [" may have any members"]


def test_no_response_is_left_open(subject: Subject) -> None:
    """Every status is listed by number: a `default` response would switch the check of statuses off."""
    for operation in subject.operations:
        responses = subject.operation_object(operation)["responses"]
        assert all(status.isdecimal() for status in responses), operation.id


def test_every_member_is_described(subject: Subject) -> None:
    """Each member of requests and replies, each parameter, and each response says what it is."""
    findings = []
    for operation in subject.operations:
        for parameter in subject.parameters(operation):
            findings += [] if parameter.get("description") else [f"{operation.id} {parameter['name']}"]
        for status, response in subject.operation_object(operation)["responses"].items():
            written = subject.follow(response)
            findings += [] if written.get("description") else [f"{operation.id} {status}"]
            for content in written.get("content", {}).values():
                findings += list(_undescribed(subject, content["schema"], f"{operation.id} {status}"))
        if operation.body is not None:
            findings += list(_undescribed(subject, _body_schema(subject, operation), operation.id))
    assert findings == []


def test_everything_has_a_provenance(subject: Subject) -> None:
    """Operations, responses, members and rules each say, or inherit, who vouches for them."""
    found = list(find_units(subject.document))
    assert len(found) > len(subject.operations)
    assert [(name, grade) for name, grade in found if grade not in GRADES] == []
    for operation in subject.operations:
        assert subject.operation_object(operation)["x-provenance"] in GRADES
        for rule in operation.rules.values():
            assert rule.says.endswith("."), rule.id
            assert rule.source, rule.id


def _parameter_examples(subject: Subject, operation: Operation) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {"query": {}, "header": {}}
    for parameter in subject.parameters(operation):
        if parameter["in"] in found and "example" in parameter:
            example = parameter["example"]
            found[parameter["in"]][parameter["name"]] = (
                example if isinstance(example, str | list) else json.dumps(example)
            )
    return found


def _body_schema(subject: Subject, operation: Operation) -> Any:
    node: Any = subject.document
    for step in subject.body_schema_path(operation):
        node = subject.follow(node)[step]
    return node


def _seeded(runtime: Runtime) -> Iterator[Any]:
    """What there is in a sandbox after the set-up calls."""
    yield from (*runtime.services, CONTROL)
    for namespace in runtime.namespaces:
        yield from (namespace.name, *namespace.snapshots, *(fault.id for fault in namespace.faults))
        if namespace.webhooks is not None:
            yield from (endpoint.id for endpoint in namespace.webhooks.endpoints)
            yield from (delivery.id for delivery in namespace.webhooks.deliveries)
        yield from (namespace.request_id(entry.number) for entry in namespace.journal)
        for provider in runtime.services:
            state = namespace.state(provider)
            for name, table_def in state.table_defs().items():
                yield from (name, *(table_def.key(record) for record in state.table(name).records()))


def _unbounded(subject: Subject, schema: Any, where: str, *, opened: bool = True) -> Iterator[str]:
    """Where a value that the schema allows may be of any size; `opened` lets be what may be open."""
    if opened and schema in [{"$ref": f"#/components/schemas/{one}"} for name, one in OPEN if name == subject.name]:
        return
    schema = subject.follow(schema)
    if "enum" in schema or "const" in schema or schema.get("readOnly"):  # a request's readOnly properties are dropped
        return
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not types:
        branches = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
        for branch in branches:
            yield from _unbounded(subject, branch, where)
        if not branches:
            yield f"{where} may be anything"
    if "string" in types and not _of_a_length(schema):
        yield f"{where} may be of any length"
    if {"number", "integer"} & set(types):
        yield from (f"{where} has no {name}" for name in ("minimum", "maximum") if not _bounded(schema, name))
    if "array" in types:
        yield from [] if "maxItems" in schema else [f"{where} may have any number of items"]
        yield from _unbounded(subject, schema.get("items", {}), f"{where}/*")
    if "object" in types:
        yield from _unbounded_members(subject, schema, where)


def _unbounded_members(subject: Subject, schema: Any, where: str) -> Iterator[str]:
    """Where an object may have any members; free names must be few, short, and of bounded values."""
    for name, below in schema.get("properties", {}).items():
        yield from _unbounded(subject, below, f"{where}/{name}")
    if schema.get("additionalProperties") is False or schema.get("unevaluatedProperties") is False:
        return
    if "maxProperties" in schema and "maxLength" in schema.get("propertyNames", {}):
        yield from _unbounded(subject, schema["additionalProperties"], f"{where}/*")
    else:
        yield f"{where} may have any members"


def _of_a_length(schema: Any) -> bool:
    """Whether a text is bounded: by its length, its form, or a pattern with an end that repeats nothing for ever."""
    pattern = schema.get("pattern", "")
    exact = pattern.startswith("^") and pattern.endswith("$") and not UNLIMITED.search(pattern)
    while pattern != (outer := INNERMOST.sub("", pattern)):
        pattern = outer
    exact = exact and "|" not in pattern  # whose branches outside of brackets would lack an anchor
    return "maxLength" in schema or schema.get("format") in FORMS_OF_A_LENGTH or exact


def _bounded(schema: Any, name: str) -> bool:
    return name in schema or f"exclusive{name.capitalize()}" in schema


def _undescribed(subject: Subject, schema: Any, where: str) -> Iterator[str]:
    """The members without a description, beside the reference or behind it."""
    schema = subject.follow(schema)
    for name, below in schema.get("properties", {}).items():
        # A branch that only narrows a member described elsewhere repeats its name.
        if not below.get("description") and not subject.follow(below).get("description"):
            yield f"{where}/{name}"
        yield from _undescribed(subject, below, f"{where}/{name}")
    for keyword in ("items", "allOf", "anyOf"):
        parts = schema.get(keyword, [])
        for part in parts if isinstance(parts, list) else [parts]:
            yield from _undescribed(subject, part, f"{where}/*" if keyword == "items" else where)
    if "type" not in schema:
        for part in schema.get("oneOf", []):
            yield from _undescribed(subject, part, where)
