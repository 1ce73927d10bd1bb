"""Completes a draft: fixtures for its resources, and examples that work on them."""

from typing import Any, Final

from msgspec import Struct

from paysandbox.scaffold.draft import Draft, DraftOperation
from paysandbox.scaffold.resources import Resource, Role, find_ancestors, is_key_given, record_schema
from paysandbox.scaffold.samples import NOTHING, Sampler
from paysandbox.scaffold.shapes import collect_properties, find_list, get_kind, unwrap

EXAMPLE_RULE: Final = "answers-its-example"
_MOST_EXAMPLES: Final = 4

Records = dict[str, dict[str, Any]]


class Completed(Struct, frozen=True):
    """A record for each table, by the table's name; and the reply of each operation without a role, by operationId."""

    records: Records
    replies: dict[str, Any]


def complete(draft: Draft, resources: list[Resource], roles: dict[str, Role]) -> Completed:
    """Make fixtures and replies, and add examples of bodies and parameters to the document."""
    records: Records = {}
    for resource in resources:
        record = _make_record(draft, resource, roles, records)
        if any(role.resource is resource and is_key_given(draft, role) for role in roles.values()):
            # The documented key is left to those who create a record with it.
            record[resource.key] = _vary_key(draft, resource, record[resource.key])
        records[resource.table] = record
    replies = {}
    for operation in draft.operations():
        _settle_body(draft, operation, roles.get(operation.id))
        _complete_parameters(draft, operation, resources, records)
        if operation.body is not None:
            _complete_examples(draft, operation.body)
        for status in operation.written["responses"]:
            content = operation.content(status)
            if content is not None:
                _drop_wrong_examples(draft, content[1])
        if operation.id not in roles:
            replies[operation.id] = _make_reply(draft, operation)
            operation.written["x-rules"] = [
                {
                    "id": EXAMPLE_RULE,
                    "says": "Not imitated yet: every valid call gets the documented example.",
                    "provenance": "assumed",
                    "source": "house-decision",
                }
            ]
    return Completed(records, replies)


def _make_record(draft: Draft, resource: Resource, roles: dict[str, Role], records: Records) -> dict[str, Any]:
    """Return a record: a documented example of a reply, or a made-up one."""
    order = ("read", "create", "update", "replace", "list")
    mine = [role for role in roles.values() if role.resource is resource and role.kind in order]
    mine.sort(key=lambda role: order.index(role.kind))
    candidates = [value for role in mine for value in _list_documented(draft, role)]
    candidates += [Sampler(draft).make(record_schema(draft, role.operation, role.kind)) for role in mine]
    whole = [found for found in candidates if isinstance(found, dict) and resource.key in found]
    record = {name: value for name, value in (whole[0] if whole else {}).items() if name in resource.properties}
    for name in sorted(resource.required - record.keys()):
        record[name] = Sampler(draft).make(resource.properties[name], name)
    key = f"{resource.singular}_1001"
    if record[resource.key] == resource.key and draft.is_valid(resource.properties[resource.key], key):
        record[resource.key] = key  # instead of a text made of the property's name
    if resource.parent is not None and resource.parent_property is not None:
        record[resource.parent_property] = records[resource.parent.table][resource.parent.key]
    for name in [name for name, value in record.items() if value is NOTHING]:
        del record[name]
    return record


def _vary_key(draft: Draft, resource: Resource, key: Any) -> Any:
    """Return another key of the same form."""
    schema = resource.properties[resource.key]
    if isinstance(key, int):
        return key + 1
    for index in reversed(range(len(key))):
        for char in "123456789abcdefABCDEF":
            other = f"{key[:index]}{char}{key[index + 1 :]}"
            if other != key and draft.is_valid(schema, other):
                return other
    return key


def _list_documented(draft: Draft, role: Role) -> list[Any]:
    """Return the records in the documented examples of a reply."""
    content = role.operation.content(role.operation.status)
    if content is None:
        return []
    found = []
    for example in content[1].get("examples", {}).values():
        value = example["value"]
        if not draft.is_valid(content[1]["schema"], value):
            continue
        if role.kind == "list":
            listed = find_list(draft, content[1]["schema"])
            inner = value if listed is None or listed[0] is None else value.get(listed[0])
            found += inner[:1] if isinstance(inner, list) else []
        else:
            wrapper, _ = unwrap(draft, content[1]["schema"])
            found.append(value if wrapper is None else value.get(wrapper))
    return found


def _settle_body(draft: Draft, operation: DraftOperation, role: Role | None) -> None:
    """Keep a body that may be left out only where the operation makes use of it."""
    body = operation.written.get("requestBody")
    if body is None or not body.pop("x-optional", False):
        return
    if role is None:
        del operation.written["requestBody"]
        draft.notes.add("A body that may be left out is not read", f"operation {operation.id}")
    else:
        draft.notes.add("A body that the document lets be left out is required", f"operation {operation.id}")


def _complete_parameters(draft: Draft, operation: DraftOperation, resources: list[Resource], records: Records) -> None:
    named = {variable: resource for resource, variable in find_ancestors(operation.template, resources)}
    for parameter in operation.written.get("parameters", []):
        resource = named.get(parameter["name"]) if parameter["in"] == "path" else None
        if resource is not None:
            key, schema = records[resource.table][resource.key], resource.properties[resource.key]
            if get_kind(draft, parameter["schema"]) != get_kind(draft, schema) or not draft.is_valid(
                parameter["schema"], key
            ):
                parameter["schema"] = {"type": get_kind(draft, schema)}
                draft.notes.add(
                    "A path parameter is read like the record's key", f"{parameter['name']} of {operation.id}"
                )
            parameter["example"] = key
            continue
        if "example" in parameter and not draft.is_valid(parameter["schema"], parameter["example"]):
            del parameter["example"]
        if "example" not in parameter and parameter.get("required"):
            parameter["example"] = Sampler(draft).make(parameter["schema"], parameter["name"])
            if not draft.is_valid(parameter["schema"], parameter["example"]):
                parameter["schema"] = {"type": "string"}
                parameter["example"] = str(parameter["example"])


def _complete_examples(draft: Draft, content: dict[str, Any]) -> None:
    """Keep the valid examples of a body; make some if there is none, one for each alternative of its schema."""
    schema = content["schema"]
    _drop_wrong_examples(draft, content)
    examples = dict(list(content.get("examples", {}).items())[:_MOST_EXAMPLES])
    if not examples:
        whole = draft.follow(schema)
        own = collect_properties(draft, {key: value for key, value in whole.items() if key not in {"oneOf", "anyOf"}})[
            0
        ]
        for name, branch in Sampler(draft).list_branches(schema):
            for sampler in (Sampler(draft), Sampler(draft, whole=False)):
                value = sampler.make(branch)
                if own and isinstance(value, dict):
                    value = {**sampler.make({"type": "object", "properties": own}), **value}
                if draft.is_valid(schema, value):
                    examples[name] = {"value": value}
                    break
    if examples:
        content["examples"] = examples


def _drop_wrong_examples(draft: Draft, content: dict[str, Any]) -> None:
    examples = content.get("examples", {})
    for name in list(examples):
        if not draft.is_valid(content["schema"], examples[name]["value"]):
            draft.notes.add("An example that breaks its schema was left out", f"example {name}")
            del examples[name]
    if not examples:
        content.pop("examples", None)


def _make_reply(draft: Draft, operation: DraftOperation) -> Any:
    """Return the documented example of a reply, or a made-up one; NOTHING if the reply is empty."""
    content = operation.content(operation.status)
    if content is None:
        return NOTHING
    schema = content[1]["schema"]
    for example in content[1].get("examples", {}).values():
        return example["value"]
    for sampler in (Sampler(draft), Sampler(draft, whole=False)):
        value = sampler.make(schema)
        if draft.is_valid(schema, value):
            return value
    draft.notes.add("No example of the reply could be made, so its schema was left out", f"operation {operation.id}")
    content[1]["schema"] = {}
    return {}
