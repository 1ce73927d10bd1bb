"""Recognizes resources: a collection `/payments`, its items `/payments/{id}`, and what operations do with them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from paysandbox.scaffold.draft import Draft, DraftOperation
from paysandbox.scaffold.names import make_pascal, make_singular, make_snake, make_unique, split_words
from paysandbox.scaffold.shapes import collect_properties, find_list, get_kind, merge_properties, unwrap

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_KEY_NAMES: Final = ("id", "uuid", "gid", "guid", "reference", "number", "code", "token", "key", "name")
# What a State has already, so that no table can have this name.
_TAKEN: Final = {
    *("variants", "table", "table_defs", "open_table", "snapshot", "restore", "diff", "counters", "transaction"),
    *("now", "today", "hex_id", "next_number", "uuid", "api_keys"),
}
# What the module of the operations calls other things.
_VARIABLES: Final = {
    *("call", "state", "wire", "lookup", "examples", "records"),
    *("found", "page", "shown", "size", "start"),
}
ROLES: Final = {
    ("post", False): "create",
    ("get", False): "list",
    ("get", True): "read",
    ("put", True): "replace",
    ("patch", True): "update",
    ("delete", True): "delete",
}


class Resource(Struct, kw_only=True):
    """A kind of record that operations create, read and change.

    `properties` are the schemas of its properties, `required` those that every reply has, `key` the property that
    identifies a record. `item` is the template of one record's path, `collection` that of all; an item's path is None
    if there is no operation on single records. `parent` is the resource whose item's path begins this one's.
    """

    table: str
    collection: str
    item: str | None
    key: str
    properties: dict[str, Any]
    required: set[str]
    parent: "Resource | None" = None
    parent_property: str | None = None

    @property
    def singular(self) -> str:
        """The name of one record, in snake case."""
        return make_singular(self.table)

    @property
    def variable(self) -> str:
        """The name of a variable that holds a record."""
        return f"{self.singular}_record" if self.singular in _VARIABLES else self.singular

    @property
    def class_name(self) -> str:
        """The name of the record's class."""
        name = make_pascal(self.singular)
        return f"{name}Record" if name in {"Record", "State", "Any", "Literal", "Decimal", "Final"} else name


class Role(Struct, frozen=True):
    """What an operation does with a resource: create, list, read, update, replace or delete.

    `above` is the resource below whose item the operation stands though the resource has a path of its own, as in
    `/payments/{id}/refunds` beside `/refunds/{id}`; `above_property` the property that holds its key.
    """

    operation: DraftOperation
    resource: Resource
    kind: str
    above: Resource | None = None
    above_property: str | None = None


def find_shape(template: str) -> str:
    """Return a template whose variables have no names, because they differ between paths of one resource."""
    return _VARIABLE.sub("{}", template)


def recognize(draft: Draft, demoted: set[str]) -> tuple[list[Resource], dict[str, Role]]:
    """Return the resources of a draft, parents first, and the role of each operation that has one, by operationId.

    Operations in `demoted` have none, because an attempt to imitate them failed.
    """
    candidates: dict[tuple[str, str | None], list[tuple[str, DraftOperation]]] = {}
    for operation in draft.operations():
        if operation.id in demoted:
            continue
        collection, item = _split_template(operation.template)
        kind = ROLES.get((operation.method, item is not None))
        if kind is not None:
            candidates.setdefault((collection, None), []).append((kind, operation))
    resources: list[Resource] = []
    roles: dict[str, Role] = {}
    for (collection, _), found in sorted(candidates.items(), key=lambda entry: entry[0][0].count("/")):
        shared = _find_shared(draft, collection, found, resources)
        if shared is not None:
            roles |= {role.operation.id: role for role in shared}
            continue
        resource = _make_resource(draft, collection, found, resources)
        if resource is None:
            continue
        for kind, operation in found:
            if _fits(draft, operation, kind, resource):
                roles[operation.id] = Role(operation, resource, kind)
        if any(role.resource is resource for role in roles.values()):
            resources.append(resource)
    return resources, roles


def find_ancestors(template: str, resources: Sequence[Resource]) -> list[tuple[Resource, str]]:
    """Return the resources whose items a path names, outermost first, each with its variable in this path."""
    found = []
    variables = _VARIABLE.findall(template)
    shape = find_shape(template)
    for resource in resources:
        item = find_shape(resource.item) if resource.item is not None else None
        if item is not None and (shape == item or shape.startswith(f"{item}/")):
            found.append((resource, variables[item.count("{}") - 1]))
    return sorted(found, key=lambda entry: entry[0].collection.count("{"))


def _split_template(template: str) -> tuple[str, str | None]:
    """Return the template of the collection, and the variable if the template names one item."""
    above, _, last = template.rpartition("/")
    match = _VARIABLE.search(last)
    if match is None:
        return template, None
    return above + last[match.end() :], match[1]


def _find_shared(
    draft: Draft, collection: str, found: list[tuple[str, DraftOperation]], known: list[Resource]
) -> list[Role] | None:
    """Return the roles of a collection below an item whose records have a path of their own; None if they have none."""
    ancestors = find_ancestors(collection, known)
    last = collection.rpartition("/")[2]
    resource = next((one for one in known if one.parent is None and one.collection.rpartition("/")[2] == last), None)
    if not ancestors or resource is None or resource is ancestors[-1][0]:
        return None
    above, variable = ancestors[-1]
    name = _find_parent_property(draft, resource.properties, above, variable)
    fitting = [(kind, operation) for kind, operation in found if kind in {"create", "list"}]
    if name is None or len(fitting) < len(found) or not all(_fits(draft, one, kind, resource) for kind, one in fitting):
        return None
    return [Role(operation, resource, kind, above, name) for kind, operation in fitting]


def _make_resource(
    draft: Draft, collection: str, found: list[tuple[str, DraftOperation]], known: list[Resource]
) -> Resource | None:
    last = collection.rpartition("/")[2].partition(".")[0]
    kinds = {kind for kind, _ in found}
    # A lone POST is rather an action, such as `/payments/{id}/capture`, than a collection, and a lone GET a report.
    if not last or "{" in last or kinds in ({"create"}, {"list"}):
        return None
    properties: dict[str, Any] = {}
    required: set[str] | None = None
    for schema in _record_schemas(draft, found):
        inner, needed = collect_properties(draft, schema)
        properties = merge_properties(draft, properties, inner)
        required = needed if required is None else required & needed
    item = next((operation.template for kind, operation in found if kind not in {"create", "list"}), None)
    key = _find_key(draft, properties, make_singular(make_snake(last)), item)
    if key is None:
        return None
    ancestors = find_ancestors(collection, known)
    parent, variable = ancestors[-1] if ancestors else (None, None)
    names = {resource.table for resource in known} | _TAKEN
    table = make_snake(last, "records")
    if table in names and parent is not None:
        table = f"{parent.singular}_{table}"
    return Resource(
        table=make_unique(table, names, "_"),
        collection=collection,
        item=item,
        key=key,
        properties=properties,
        required=(required or set()) | {key},
        parent=parent,
        parent_property=None if parent is None else _find_parent_property(draft, properties, parent, str(variable)),
    )


def _record_schemas(draft: Draft, found: list[tuple[str, DraftOperation]]) -> Iterator[Any]:
    """Yield the schemas of one record in the replies of a resource, the fullest first."""
    order = ("read", "create", "update", "replace", "list")
    for kind, operation in sorted(
        (entry for entry in found if entry[0] in order), key=lambda entry: order.index(entry[0])
    ):
        schema = record_schema(draft, operation, kind)
        if schema is not None:
            yield schema


def record_schema(draft: Draft, operation: DraftOperation, kind: str) -> Any:
    """Return the schema of one record in the reply of an operation; None if it has none."""
    content = operation.content(operation.status)
    if content is None or not content[0].endswith("json"):
        return None
    schema = content[1]["schema"]
    if kind == "list":
        listed = find_list(draft, schema)
        return None if listed is None else listed[1]
    return unwrap(draft, schema)[1]


def _find_key(draft: Draft, properties: dict[str, Any], singular: str, item: str | None) -> str | None:
    variable = _VARIABLE.findall(item)[-1] if item is not None else "id"
    names = {"".join(split_words(name)): name for name in properties}
    wanted = ["".join(split_words(variable)), *_KEY_NAMES]
    wanted += ["".join(split_words(f"{singular}_{name}")) for name in _KEY_NAMES]
    for name in wanted:
        found = names.get(name)
        if found is not None and get_kind(draft, properties[found]) in {"string", "integer"}:
            return found
    return None


def _find_parent_property(draft: Draft, properties: dict[str, Any], parent: Resource, variable: str) -> str | None:
    """Return the property that holds the parent's key; None if no property does."""
    kind = get_kind(draft, parent.properties[parent.key])
    wanted = {"".join(split_words(name)) for name in (variable, f"{parent.singular}_{parent.key}", parent.singular)}
    wanted -= {"id"}
    for name, schema in properties.items():
        if "".join(split_words(name)) in wanted and get_kind(draft, schema) == kind:
            return name
    return None


def _fits(draft: Draft, operation: DraftOperation, kind: str, resource: Resource) -> bool:
    """Tell whether an operation does what its method and path promise: its reply is a record, or a list of them."""
    if kind == "delete":
        return True
    schema = record_schema(draft, operation, kind)
    if schema is None:
        return False
    properties, _ = collect_properties(draft, schema)
    needs_body = kind in {"create", "update", "replace"}
    return resource.key in properties and (not needs_body or operation.body is not None)


def is_key_given(draft: Draft, role: Role) -> bool:
    """Tell whether clients choose the key of what they create."""
    if role.kind != "create" or role.operation.body is None:
        return False
    properties, _ = collect_properties(draft, role.operation.body["schema"])
    schema = properties.get(role.resource.key)
    whole = draft.follow(schema)
    return schema is not None and not any(
        isinstance(node, dict) and node.get("readOnly") is True for node in (schema, whole)
    )
