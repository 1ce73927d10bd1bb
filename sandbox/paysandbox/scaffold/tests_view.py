"""The view of a scaffold's own tests: a call for each operation, and the cycle of each resource."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from paysandbox.scaffold.draft import DraftOperation
from paysandbox.scaffold.literals import has_decimal, write_literal, write_string
from paysandbox.scaffold.resources import Resource
from paysandbox.scaffold.shapes import unwrap

if TYPE_CHECKING:
    from paysandbox.scaffold.rendering import Scaffold


class CallView:
    """Makes the view of the template of the tests."""

    def __init__(self, scaffold: "Scaffold") -> None:
        self._scaffold = scaffold
        self._draft = scaffold.draft
        self._bodies: list[Any] = []

    def make(self) -> dict[str, Any]:
        """Return what the template shows."""
        operations = list(self._draft.operations())
        calls = "".join(self._write_call(operation) for operation in operations)
        cycles = [cycle for resource in self._scaffold.resources if (cycle := self._view_cycle(resource)) is not None]
        missing = [view for resource in self._scaffold.resources if (view := self._view_missing(resource)) is not None]
        return {
            "headers": write_literal(self.headers()),
            "root": f"/{self._scaffold.name.replace('_', '-')}{self.base_path}",
            "calls": "[\n" + calls + "]",
            "secured": self._view_secured(operations),
            "cycles": cycles,
            "missing_records": missing,
            "uses_decimal": has_decimal(self._bodies),
        }

    @property
    def base_path(self) -> str:
        """The path of the contract's server."""
        path = self._draft.document["servers"][0]["url"].partition("://")[2].partition("/")[2]
        return f"/{path}".rstrip("/")

    def headers(self) -> dict[str, str]:
        """Return the credentials and the required headers of all operations."""
        found = {}
        for scheme in self._draft.document["components"]["securitySchemes"].values():
            if scheme["type"] == "http":
                found["Authorization"] = f"Bearer {self._scaffold.credentials['token']}"
            elif scheme["in"] == "header":
                found[scheme["name"]] = self._scaffold.credentials["api_key"]
        for operation in self._draft.operations():
            for parameter in operation.parameters("header"):
                if parameter.get("required"):
                    found[parameter["name"]] = str(parameter["example"])
        return found

    def query(self, operation: DraftOperation) -> str:
        """Return the query of an operation: its credential and its required parameters."""
        pairs = [
            (parameter["name"], parameter["example"])
            for parameter in operation.parameters("query")
            if parameter.get("required")
        ]
        for requirement in operation.written["security"]:
            scheme = self._draft.document["components"]["securitySchemes"][next(iter(requirement))]
            if scheme.get("in") == "query":
                pairs.append((scheme["name"], self._scaffold.credentials["api_key"]))
        return urlencode([(name, _write_value(value)) for name, value in pairs], doseq=True)

    def write_query(self, operation: DraftOperation) -> str:
        """Return the source of the argument `query`; empty if there is none."""
        query = self.query(operation)
        return f", query={write_string(query)}" if query else ""

    def path(self, operation: DraftOperation) -> str:
        """Return the path of an operation with the examples of its parameters."""
        path = operation.template
        for parameter in operation.parameters("path"):
            path = path.replace(f"{{{parameter['name']}}}", quote(_write_value(parameter["example"]), safe=""))
        return path

    def _write_call(self, operation: DraftOperation) -> str:
        call = [operation.method.upper(), self.path(operation), self.query(operation)]
        bodies = [example["value"] for example in (operation.body or {}).get("examples", {}).values()] or [None]
        self._bodies += bodies
        lines = ""
        for body in bodies:
            whole = f"    ({', '.join(map(write_string, call))}, {write_literal(body)}, {operation.status}),\n"
            if len(whole) > 120:  # noqa: PLR2004 - the width of a line
                parts = [*map(write_string, call), write_literal(body, 8, 9), operation.status]
                whole = "    (\n" + "".join(f"        {part},\n" for part in parts) + "    ),\n"
            lines += whole
        return lines

    def _view_secured(self, operations: list[DraftOperation]) -> dict[str, Any] | None:
        for operation in operations:
            for requirement in operation.written["security"]:
                scheme = self._draft.document["components"]["securitySchemes"][next(iter(requirement))]
                wrong = "Bearer made-up" if scheme["type"] == "http" else "made-up"
                name = scheme.get("name", "Authorization")
                if scheme.get("in") != "query":
                    return {
                        "method": operation.method.upper(),
                        "path": self.path(operation),
                        "query": self.write_query(operation),
                        "headers": write_literal({name: wrong}),
                    }
        return None

    def _find(self, resource: Resource, kind: str) -> DraftOperation | None:
        for role in self._scaffold.roles.values():
            if role.resource is resource and role.kind == kind:
                return role.operation
        return None

    def _view_cycle(self, resource: Resource) -> dict[str, Any] | None:
        create, read, delete = (self._find(resource, kind) for kind in ("create", "read", "delete"))
        if create is None or read is None or not (create.body or {}).get("examples"):
            return None
        body = next(iter((create.body or {})["examples"].values()))["value"]
        template, _, last = self.path(read).rpartition("/")
        end = last.removeprefix(quote(_write_value(read.parameters("path")[-1]["example"]), safe=""))
        return {
            "singular": resource.singular,
            "key": resource.key,
            "path": self.path(create),
            "body": write_literal(body, 4, 11),
            "item": f"{template}/{{created['{resource.key}']}}{end}",
            "create_query": self.write_query(create),
            "read_query": self.write_query(read),
            "create_wrap": self._wrap(create),
            "read_wrap": self._wrap(read),
            "delete": delete.status if delete is not None else None,
            "delete_query": self.write_query(delete) if delete is not None else "",
        }

    def _wrap(self, operation: DraftOperation) -> str:
        content = operation.content(operation.status)
        wrapper = None if content is None else unwrap(self._draft, content[1]["schema"])[0]
        return "" if wrapper is None else f"[{write_string(wrapper)}]"

    def _view_missing(self, resource: Resource) -> dict[str, Any] | None:
        read = self._find(resource, "read")
        if read is None:
            return None
        key = self._scaffold.completed.records[resource.table][resource.key]
        missing = key + 1_000_000 if isinstance(key, int) else f"{key[:-1]}{'0' if key[-1:] != '0' else '1'}"
        above, _, last = self.path(read).rpartition("/")
        path = f"{above}/{last.replace(quote(_write_value(key), safe=''), quote(str(missing), safe=''))}"
        return {"singular": resource.singular, "path": path, "query": self.write_query(read)}


def _write_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
