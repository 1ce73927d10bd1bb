"""Renders the files of a scaffold from its draft."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from paysandbox.core.messages import JSON_TYPE
from paysandbox.core.strict_yaml import write_yaml
from paysandbox.scaffold.completion import Completed
from paysandbox.scaffold.draft import Draft
from paysandbox.scaffold.fields import hidden_name
from paysandbox.scaffold.handlers import Handler, HandlerWriter
from paysandbox.scaffold.literals import has_decimal, write_literal, write_string
from paysandbox.scaffold.names import make_pascal, make_snake
from paysandbox.scaffold.refusals import REASON, Refusals
from paysandbox.scaffold.resources import Resource, Role
from paysandbox.scaffold.samples import NOTHING
from paysandbox.scaffold.tests_view import CallView

MOST_HANDLERS: Final = 14  # in one module; more get a module for each resource
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=False,  # noqa: S701 - source code, not pages
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


class Scaffold:
    """A draft with everything that is known of it, and the files that it becomes."""

    def __init__(
        self,
        name: str,
        draft: Draft,
        resources: Sequence[Resource],
        roles: dict[str, Role],
        completed: Completed,
        refusals: Refusals,
    ) -> None:
        self.name = name
        self.draft = draft
        self.resources = list(resources)
        self.roles = roles
        self.completed = completed
        self.refusals = refusals
        self.title: str = draft.document["info"]["title"]
        self.state = f"{make_pascal(name)}State"
        self.credentials = self._make_credentials()
        self._writer = HandlerWriter(draft, self.resources, roles, completed)
        self._handlers = [self._writer.write(operation) for operation in draft.operations()]

    def render(self, folder: str) -> dict[str, str]:
        """Return the text of each file by its path below the provider's own folder; `folder` is the one above it."""
        common = {"title": self.title.replace('"', "'").replace("\\", "/"), "state": self.state, "name": self.name}
        views = self._view_resources()
        code = {
            "__init__.py": ("init", {"has_parents": any(view["parent"] for view in views), **self._view_credentials()}),
            "records.py": ("records", {"resources": views, "uses": self._view_uses(views)}),
            "errors.py": ("errors", self._view_errors()),
        }
        if views:
            code |= {"wire.py": ("wire", {}), "lookup.py": ("lookup", self._view_lookup(views))}
        files = {
            "openapi.yaml": f"# {self.title}, taken over by `paysandbox new`.\n{write_yaml(self.draft.document)}",
            "fixtures.yaml": self._render_fixtures(),
            **{f"provider/{file}": _render(template, common | view) for file, (template, view) in code.items()},
            **self._render_operations(common),
            f"tests/test_{self.name}.py": _render("test.py", common | CallView(self).make()),
            "README.md": _render("readme.md", common | self._view_readme(folder)),
        }
        examples = self._list_examples()
        if examples:
            values = [value for value in self.completed.replies.values() if value is not NOTHING]
            view = {"examples": examples, "uses_decimal": has_decimal(values)}
            files["provider/examples.py"] = _render("examples.py", common | view)
        return files

    def _make_credentials(self) -> dict[str, str]:
        """Return the test credentials by the names that fixtures have."""
        found = {}
        for scheme in self.draft.document["components"]["securitySchemes"].values():
            is_bearer = scheme["type"] == "http"
            secret = f"{self.name.replace('_', '-')}-test-{'token' if is_bearer else 'key'}"
            found["token" if is_bearer else "api_key"] = secret
        return found

    def _view_credentials(self) -> dict[str, Any]:
        schemes = self.draft.document["components"]["securitySchemes"].values()
        # A Basic credential is encoded by clients, so that it cannot name a namespace.
        is_basic = any(scheme.get("name") == "Authorization" for scheme in schemes)
        return {"namespace_credentials": [name for name in self.credentials if not (is_basic and name == "api_key")]}

    def _view_resources(self) -> list[dict[str, Any]]:
        """Return the views of all resources, each with those of its parent and of its children."""
        views = {resource.table: self._view_resource(resource) for resource in self.resources}
        for resource in self.resources:
            view = views[resource.table]
            view["children"] = [views[child.table] for child in self.resources if child.parent is resource]
            view["parent"] = None if resource.parent is None else views[resource.parent.table]
        return list(views.values())

    def _view_resource(self, resource: Resource) -> dict[str, Any]:
        words = resource.singular.replace("_", " ")
        article = "An" if words[0] in "aeiou" else "A"
        return {
            "table": resource.table,
            "singular": resource.singular,
            "variable": resource.variable,
            "class_name": resource.class_name,
            "words": words,
            "says": f"{article} {words}",
            "key": self._writer.key_attribute(resource),
            "fields": self._writer.fields[resource.table],
            "parent_attribute": self._find_parent_attribute(resource),
            "is_found": resource.item is not None or any(one.parent is resource for one in self.resources),
        }

    def _find_parent_attribute(self, resource: Resource) -> str:
        if resource.parent is None:
            return ""
        return self._writer.find_field(resource, resource.parent_property or hidden_name(resource.parent)).attribute

    def _view_uses(self, views: list[dict[str, Any]]) -> dict[str, Any]:
        sources = " ".join(field.source for view in views for field in view["fields"])
        return {
            "decimal": "Decimal" in sources,
            "typing": [name for name in ("Any", "Literal") if f"{name}" in sources.replace("Decimal", "")],
            "msgspec": [name for name in ("UNSET", "UnsetType", "field") if name in sources],
        }

    def _list_imported(self, views: list[dict[str, Any]]) -> list[str]:
        named = {view["class_name"] for view in views if view["is_found"] or view["children"]}
        named |= {view["parent"]["class_name"] for view in views if view["parent"] and view["is_found"]}
        return sorted({*named, self.state})

    def _view_lookup(self, views: list[dict[str, Any]]) -> dict[str, Any]:
        has_pages = any("lookup.take_page(" in line for handler in self._handlers for line in handler.lines)
        return {"resources": views, "imported": self._list_imported(views), "pages": has_pages}

    def _view_errors(self) -> dict[str, Any]:
        bodies = self.refusals.bodies
        values = {status: None if body is None else body[1] for status, body in bodies.items()}
        first = next(iter(values.values()))
        common = ""
        if all(value == first for value in values.values()):
            statuses = ", ".join(map(str, values))
            source = f"dict.fromkeys(({statuses}{',' if len(values) == 1 else ''}), BODY)"
            common = write_literal(first, 0, 20)
        else:
            lines = (f"    {status}: {write_literal(value, 4, 10)},\n" for status, value in values.items())
            source = "{\n" + "".join(lines) + "}"
        kinds = {status: body[0] for status, body in bodies.items() if body is not None and body[0] != JSON_TYPE}
        media = "".join(f'    {status}: "{kind}",\n' for status, kind in kinds.items())
        return {
            "reason": REASON,
            "body": common.replace(write_string(REASON), "REASON"),
            "bodies": source.replace(write_string(REASON), "REASON"),
            "media_types": "{\n" + media + "}" if kinds else "",
            "malformed": self.refusals.malformed,
            "invalid": self.refusals.invalid,
            "has_conflict": HTTPStatus.CONFLICT in bodies,
        }

    def _render_fixtures(self) -> str:
        tables: dict[str, Any] = {"api_keys": [{"key": secret} for secret in self.credentials.values()]}
        for resource in self.resources:
            record = dict(self.completed.records[resource.table])
            if resource.parent is not None and resource.parent_property is None:
                above = self.completed.records[resource.parent.table]
                record[hidden_name(resource.parent)] = above[resource.parent.key]
            tables[resource.table] = [record]
        head = f"# What {self.title} remembers after a reset. The examples of the contract name these records.\n"
        return head + write_yaml({"variants": {}, "credentials": self.credentials, "tables": tables})

    def _render_operations(self, common: dict[str, Any]) -> dict[str, str]:
        if len(self._handlers) <= MOST_HANDLERS:
            says = f"Operations of {common['title']}"
            return {
                "provider/operations.py": _render("operations.py", common | _view_module(self._handlers, ".", says))
            }
        modules: dict[str, list[Handler]] = {}
        for handler in self._handlers:
            first = next((step for step in handler.operation.template.split("/") if step and "{" not in step), "other")
            modules.setdefault(make_snake(handler.table or first, "other"), []).append(handler)
        files = {
            "provider/operations/__init__.py": f'"""Operations of {common["title"]}, a module for each subject."""\n'
        }
        for subject, handlers in modules.items():
            view = _view_module(handlers, "..", f"Operations on {subject.replace('_', ' ')}")
            files[f"provider/operations/{subject}.py"] = _render("operations.py", common | view)
        return files

    def _list_examples(self) -> list[tuple[str, str]]:
        found = []
        for handler in self._handlers:
            value = self.completed.replies.get(handler.operation.id, NOTHING)
            if value is not NOTHING:
                found.append((handler.constant, write_literal(value, 0, len(handler.constant) + 14)))
        return found

    def _view_readme(self, folder: str) -> dict[str, Any]:
        source = self.draft.document["x-sources"]["given-document"]["title"]
        rows = []
        for handler in self._handlers:
            operation = handler.operation
            says = (
                f"imitated over `{handler.table}`" if handler.table is not None else "**its example, whatever is sent**"
            )
            rows.append(
                {"id": operation.id, "method": operation.method.upper(), "path": operation.template, "says": says}
            )
        return {"folder": folder, "given": source, "rows": rows, "notes": list(self.draft.notes)}


def _view_module(handlers: list[Handler], dots: str, says: str) -> dict[str, Any]:
    text = "\n".join(line for handler in handlers for line in handler.lines)
    modules = [name for name in ("examples", "lookup", "records", "wire") if f"{name}." in text]
    return {
        "handlers": handlers,
        "dots": dots,
        "says": says,
        "modules": modules,
        "uses": {"conflict": "raise Conflict(" in text, "decimal": "Decimal(" in text},
    }


def _render(template: str, view: dict[str, Any]) -> str:
    return _TEMPLATES.get_template(f"{template}.jinja" if "." in template else f"{template}.py.jinja").render(**view)
