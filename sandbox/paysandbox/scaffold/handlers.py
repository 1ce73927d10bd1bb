"""The lines of a scaffold's handlers."""

from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.document import make_handler_name
from paysandbox.contract.paths import A_VARIABLE
from paysandbox.scaffold.completion import EXAMPLE_RULE, Completed
from paysandbox.scaffold.draft import Draft, DraftOperation
from paysandbox.scaffold.fields import Field, hidden_name, is_kept, is_moment, make_fields
from paysandbox.scaffold.identifiers import write_new_key
from paysandbox.scaffold.listing import ListWriter
from paysandbox.scaffold.literals import write_literal, write_string
from paysandbox.scaffold.operations import JSON
from paysandbox.scaffold.resources import Resource, Role, find_ancestors, is_key_given, record_schema
from paysandbox.scaffold.samples import NOTHING, Sampler
from paysandbox.scaffold.shapes import collect_properties, unwrap

_WIDTH: Final = 108  # of a line inside of a function, behind its return


class Handler(Struct, frozen=True):
    """The source of a handler: its name, summary and lines. `table` is that of its resource; None without a role."""

    function: str
    summary: str
    lines: list[str]
    table: str | None
    operation: DraftOperation

    @property
    def constant(self) -> str:
        """The name of the example that it answers."""
        return self.function.upper()


class HandlerWriter:
    """Writes the handlers of a draft, whose resources, roles and fixtures are known."""

    def __init__(self, draft: Draft, resources: list[Resource], roles: dict[str, Role], completed: Completed) -> None:
        self._draft = draft
        self._resources = resources
        self._roles = roles
        self._completed = completed
        self.fields = {resource.table: make_fields(draft, resource) for resource in resources}

    def write(self, operation: DraftOperation) -> Handler:
        """Write the handler of an operation."""
        role = self._roles.get(operation.id)
        lines = list(self._write_lookups(operation, role))
        if role is None:
            lines.append(f'call.rule("{EXAMPLE_RULE}")')
            lines.append(f"return {self.write_reply(operation, self._example(operation))}")
        else:
            lines += getattr(self, f"_{role.kind}")(role)
        summary = operation.written["summary"].rstrip(".") + "."
        table = None if role is None else role.resource.table
        return Handler(
            make_handler_name(operation.id), summary.replace("\\", "/").replace('"""', "'''"), lines, table, operation
        )

    def _example(self, operation: DraftOperation) -> str | None:
        if self._completed.replies.get(operation.id, NOTHING) is NOTHING:
            return None
        return f"examples.{make_handler_name(operation.id).upper()}"

    def _write_lookups(self, operation: DraftOperation, role: Role | None) -> list[str]:
        """Write the lines that find the records which the path names."""
        ancestors = find_ancestors(operation.template, self._resources)
        lines, above = [], ""
        is_used = role is not None
        for index, (resource, variable) in enumerate(ancestors):
            name = resource.variable
            parent = f"{above}, " if resource.parent is not None and above else ""
            call = f'lookup.find_{resource.singular}(state, {parent}call.path["{variable}"])'
            is_last = index == len(ancestors) - 1
            needs_name = not is_last or (
                is_used and (role is None or role.kind != "list" or resource is role.resource.parent)
            )
            if is_last and role is not None and role.resource.parent is not resource and role.resource is not resource:
                needs_name = False
            needs_name = needs_name or (role is not None and role.above is resource)
            lines.append(f"{name} = {call}" if needs_name else call)
            above = name
        return lines

    def write_reply(self, operation: DraftOperation, body: str | None) -> str:
        """Write the source of the reply of an operation with this body."""
        status = operation.status
        content = operation.content(status)
        if body is None or content is None:
            return f"Reply({status})"
        kind = "" if content[0] == JSON else f', media_type="{content[0]}"'
        line = f"Reply({status}, {body}{kind})"
        if "\n" not in body and len(line) <= _WIDTH:
            return line
        media = f"\n        {kind[2:]}," if kind else ""
        return f"Reply(\n        {status},\n        {body},{media}\n    )"

    def write_record(self, operation: DraftOperation, kind: str, resource: Resource) -> str:
        """Write the source of a record in a reply, which may have only some of its properties."""
        schema = self._draft.follow(record_schema(self._draft, operation, kind))
        shown, _ = collect_properties(self._draft, schema)
        is_open = not isinstance(schema, dict) or (
            "properties" in schema and schema.get("additionalProperties", True) is not False
        )
        names = [] if is_open or resource.properties.keys() <= shown.keys() else sorted(shown)
        more = "".join(f", {write_string(name)}" for name in names)
        return f"wire.write({resource.variable}{more})"

    def _record_reply(self, role: Role) -> str:
        content = role.operation.content(role.operation.status)
        assert content is not None  # a role has a record in its reply
        wrapper, _ = unwrap(self._draft, content[1]["schema"])
        body = self.write_record(role.operation, role.kind, role.resource)
        return self.write_reply(role.operation, body if wrapper is None else f"{{{write_string(wrapper)}: {body}}}")

    def _read(self, role: Role) -> list[str]:
        return [f"return {self._record_reply(role)}"]

    def _list(self, role: Role) -> list[str]:
        return ListWriter(self._draft, self).write(role)

    def _delete(self, role: Role) -> list[str]:
        resource = role.resource
        name = resource.variable
        has_children = any(other.parent is resource for other in self._resources)
        lines = [
            f"lookup.delete_{resource.singular}(state, {name})"
            if has_children
            else f"state.{resource.table}.delete({name}.{self.key_attribute(resource)})"
        ]
        schema = record_schema(self._draft, role.operation, "read")
        if schema is None:
            return [*lines, f"return {self.write_reply(role.operation, None)}"]
        shown, needed = collect_properties(self._draft, schema)
        is_record = resource.required <= shown.keys() <= resource.properties.keys() and needed <= resource.required
        if is_record:
            return [*lines, f"return {self._record_reply(role)}"]
        content = role.operation.content(role.operation.status)
        assert content is not None  # there is a schema
        sample = Sampler(self._draft).make(content[1]["schema"])
        parts = [f"{write_string(part)}: {self._write_deleted(role, part, value)}" for part, value in sample.items()]
        return [*lines, f"return {self.write_reply(role.operation, '{' + ', '.join(parts) + '}')}"]

    def _write_deleted(self, role: Role, name: str, value: Any) -> str:
        """Write a property of the reply to a deletion: the key, a flag that says it is done, or an example."""
        if name == role.resource.key:
            return f"{role.resource.variable}.{self.key_attribute(role.resource)}"
        return "True" if isinstance(value, bool) else write_literal(value, 8, 12 + len(name))

    def _taken_properties(self, role: Role) -> tuple[str, list[str], set[str]]:
        """Return where the properties are in the call, which of them the record keeps, and which are always given."""
        body = role.operation.body
        assert body is not None  # a role that writes has one
        wrapper, schema = unwrap(self._draft, body["schema"])
        properties, needed = collect_properties(self._draft, schema)
        resource = role.resource
        kept = []
        for name, given in properties.items():
            whole = self._draft.follow(given)
            is_read_only = any(isinstance(node, dict) and node.get("readOnly") for node in (given, whole))
            if name not in resource.properties or is_read_only or name in {resource.key, resource.parent_property}:
                continue
            if is_kept(self._draft, given, resource.properties[name]):
                kept.append(name)
            else:
                self._draft.notes.add(
                    "A property that replies show in another form is not kept", f"{name} of {role.operation.id}"
                )
        return "call.body" if wrapper is None else f"call.body[{write_string(wrapper)}]", kept, needed

    def _create(self, role: Role) -> list[str]:
        resource = role.resource
        name = resource.variable
        source, kept, needed = self._taken_properties(role)
        lines = []
        is_given = is_key_given(self._draft, role)
        if is_given:
            key = f"{source}.get({write_string(resource.key)})"
            lines += [f"if state.{resource.table}.get({key}) is not None:"]
            lines += [f'    raise Conflict("there is such a {resource.singular.replace("_", " ")} already")']
        lines += [f"{name} = wire.read(", f"    records.{resource.class_name},", "    {"]
        nullable = {kept_name for kept_name in kept if self._may_be_null(role, kept_name)}
        for field, value in self._list_defaults(role, set(kept) & (needed - nullable)):
            lines.append(f"        {write_string(field)}: {value},")
        if kept:
            lines += _write_select(source, kept)
        lines.append(f"        {write_string(resource.key)}: {self._new_key(role, source, is_given=is_given)},")
        if resource.parent is not None:
            parent = f"{resource.parent.variable}.{self.key_attribute(resource.parent)}"
            lines.append(f"        {write_string(resource.parent_property or hidden_name(resource.parent))}: {parent},")
        if role.above is not None and role.above_property is not None:
            key = f"{role.above.variable}.{self.key_attribute(role.above)}"
            lines.append(f"        {write_string(role.above_property)}: {key},")
        lines += ["    },", ")", f"state.{resource.table}.put({name})", f"return {self._record_reply(role)}"]
        return lines

    def _may_be_null(self, role: Role, name: str) -> bool:
        assert role.operation.body is not None  # as above
        schema = unwrap(self._draft, role.operation.body["schema"])[1]
        given = collect_properties(self._draft, schema)[0][name]
        return self._draft.is_valid(given, None)

    def _new_key(self, role: Role, source: str, *, is_given: bool) -> str:
        resource = role.resource
        key = self._completed.records[resource.table][resource.key]
        made = write_new_key(self._draft, resource, self._path_schema(resource), key)
        return f"{source}.get({write_string(resource.key)}) or {made}" if is_given else made

    def _path_schema(self, resource: Resource) -> Any:
        """Return the schema of the variable that names a record in a path."""
        for operation in self._draft.operations():
            if operation.template == resource.item:
                variable = A_VARIABLE.findall(operation.template)[-1]
                return next(one["schema"] for one in operation.parameters("path") if one["name"] == variable)
        return {}

    def _list_defaults(self, role: Role, given: set[str]) -> list[tuple[str, str]]:
        """Return the properties that a record needs and a request may lack, each with the source of its value."""
        resource = role.resource
        record = self._completed.records[resource.table]
        found = []
        for name, schema in resource.properties.items():
            whole = self._draft.follow(schema)
            if name in {resource.key, resource.parent_property, role.above_property} or name in given:
                continue
            is_status = isinstance(whole, dict) and "enum" in whole and name in {"status", "state"}
            if is_moment(self._draft, name, schema):
                found.append((name, self._write_now(whole)))
            elif name in resource.required or is_status:
                found.append((name, self._default(name, whole, record)))
        return found

    def _default(self, name: str, schema: Any, record: dict[str, Any]) -> str:
        form = schema.get("format") if isinstance(schema, dict) else None
        if form == "date":
            return "state.today().isoformat()"
        if form == "date-time":
            return self._write_now(schema)
        value = record.get(name, NOTHING)
        for keyword in ("default", "const"):
            if isinstance(schema, dict) and keyword in schema:
                value = schema[keyword]
        if value is NOTHING:
            value = Sampler(self._draft).make(schema, name)
        return write_literal(value, 8, 12 + len(name))

    def _write_now(self, schema: Any) -> str:
        is_short = self._draft.is_valid(schema, "2026-03-31T12:00:00Z")
        return f"wire.format_time(state.now(){'' if is_short else ', digits=3'})"

    def _update(self, role: Role, without: str = "") -> list[str]:
        resource = role.resource
        name = resource.variable
        source, kept, _ = self._taken_properties(role)
        lines = [f"{name} = wire.read(", f"    records.{resource.class_name},", "    {"]
        lines.append(f"        **wire.encode({name}{without}),")
        if kept:
            lines += _write_select(source, kept)
        for other, schema in resource.properties.items():
            if is_moment(self._draft, other, schema, changed=True):
                lines.append(f"        {write_string(other)}: {self._write_now(self._draft.follow(schema))},")
        return [*lines, "    },", ")", f"state.{resource.table}.put({name})", f"return {self._record_reply(role)}"]

    def _replace(self, role: Role) -> list[str]:
        _, kept, _ = self._taken_properties(role)
        optional = [name for name in kept if name not in role.resource.required]
        names = "".join(f"{write_string(name)}, " for name in optional)
        return self._update(
            role, f", without=({names.strip() if len(optional) == 1 else names.rstrip(', ')})" if names else ""
        )

    def key_attribute(self, resource: Resource) -> str:
        """Return the attribute of a resource's key."""
        return self.find_field(resource, resource.key).attribute

    def find_field(self, resource: Resource, name: str) -> Field:
        """Return the field of a property."""
        return next(field for field in self.fields[resource.table] if field.name == name)


def _write_select(source: str, names: list[str]) -> list[str]:
    quoted = ", ".join(map(write_string, names))
    line = f"        **wire.select({source}, {quoted}),"
    if len(line) <= _WIDTH:
        return [line]
    return [
        "        **wire.select(",
        f"            {source},",
        *(f"            {write_string(name)}," for name in names),
        "        ),",
    ]
