"""The contract of a scaffold while it is made: a document in the dialect, whose parts are still added to."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.document import METHODS
from paysandbox.contract.validators import Schemas
from paysandbox.core.clock import system_time
from paysandbox.scaffold.notes import Notes
from paysandbox.scaffold.operations import JSON, OperationConverter
from paysandbox.scaffold.schemas import COMPONENT, COMPOSED, Closer, SchemaConverter, walk_schemas
from paysandbox.scaffold.security import SecurityConverter
from paysandbox.scaffold.source import Source

SUCCESS: Final = re.compile(r"[23][0-9]{2}", re.ASCII)
_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")
_SHARED_KEYS: Final = ("termsOfService", "contact", "license")


class DraftOperation(Struct, frozen=True):
    """An operation of a draft: its method and path, and the object in the document, which may be changed."""

    method: str
    template: str
    written: dict[str, Any]

    @property
    def id(self) -> str:
        """The operationId."""
        return str(self.written["operationId"])

    @property
    def status(self) -> str:
        """The status of success: the first one that is documented."""
        return next(str(status) for status in self.written["responses"] if SUCCESS.fullmatch(status))

    def content(self, status: str) -> tuple[str, dict[str, Any]] | None:
        """Return the media type and the content of a response; None if it is empty."""
        contents = self.written["responses"].get(status, {}).get("content", {})
        return next(iter(contents.items()), None)

    @property
    def body(self) -> dict[str, Any] | None:
        """The content of the request body; None if there is none."""
        body = self.written.get("requestBody")
        return None if body is None else body["content"][JSON]

    def parameters(self, place: str) -> list[dict[str, Any]]:
        """Return the parameters in a place: path, query or header."""
        return [parameter for parameter in self.written.get("parameters", []) if parameter["in"] == place]


class Draft:
    """A document in the dialect. `defaults` are the `default` responses of operations, by operationId."""

    def __init__(self, document: dict[str, Any], defaults: Mapping[str, dict[str, Any]], notes: Notes) -> None:
        self.document = document
        self.defaults = defaults
        self.notes = notes
        self.closer = Closer(document["components"]["schemas"])
        self._schemas: Schemas | None = None
        self._probes = 0

    def operations(self) -> Iterator[DraftOperation]:
        """Yield the operations in the order of the document."""
        for template, item in self.document["paths"].items():
            for method in item:
                if method in METHODS:
                    yield DraftOperation(method, template, item[method])

    def follow(self, schema: Any) -> Any:
        """Return a schema, or the component that it refers to."""
        return self.closer.follow(schema)

    def is_valid(self, schema: Any, value: Any) -> bool:
        """Tell whether a value is valid by a schema that refers to the components."""
        # A document of its own for each schema, because a schema is compiled by its place in a document.
        probe = {"components": self.document["components"], "probe": schema}
        try:
            return Schemas(probe).compile(("probe",)).is_valid(value) if schema != {} else True
        except ValueError:
            return False


def convert_source(source: Source, name: str, notes: Notes) -> Draft:
    """Take a document over into the dialect, objects closed, all of it assumed.

    Raises:
        StartupError: a part of the document is not what OpenAPI says.
    """
    schemas = SchemaConverter(source, notes)
    security = SecurityConverter(source, notes)
    operations = OperationConverter(source, schemas, security, notes)
    components = schemas.convert_components()
    paths = _convert_paths(source, operations, notes)
    info = source.document.get("info") or {}
    title = str(info.get("title") or name)
    given = f"{title}, the OpenAPI file {source.shown.rpartition('/')[2]}"
    today = system_time().date().isoformat()
    found: dict[str, Any] = {
        "openapi": "3.1.1",
        "info": {
            "title": title,
            "version": str(info.get("version") or "1"),
            "description": str(info.get("description") or title),
            **{key: info[key] for key in _SHARED_KEYS if info.get(key)},
        },
        "x-sources": {"given-document": {"title": given, "kind": "vendor-page", "retrieved": today}},
        "servers": [_convert_server(source, name)],
    }
    tags = [tag for tag in source.document.get("tags") or () if isinstance(tag, dict) and tag.get("name")]
    if tags:
        found["tags"] = [{key: tag[key] for key in ("name", "description") if tag.get(key)} for tag in tags]
    found["paths"] = paths
    found["components"] = {"schemas": components, "responses": {}, "securitySchemes": security.schemes}
    draft = Draft(found, operations.defaults, notes)
    draft.closer.close_all(list(_roots(draft)))
    _split_read_only(draft)
    return draft


def _convert_paths(source: Source, operations: OperationConverter, notes: Notes) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for template, given in source.document["paths"].items():
        if template.startswith("x-"):
            continue
        item = source.expect(source.follow(given, ("paths", template)), ("paths", template))
        if not template.startswith("/") or any(segment.count("{") > 1 for segment in template.split("/")):
            notes.add("A path with several variables in one segment, or without a slash, was left out", template)
            continue
        found = {
            method: operations.convert(template, method, item, item[method]) for method in METHODS if method in item
        }
        for method in ("head", "options", "trace"):
            if method in item:
                notes.add("A method that the sandbox does not imitate was left out", f"{method.upper()} {template}")
        if found:
            paths[template] = found
    if not paths:
        raise source.error(("paths",), "the document has no operation that can be imitated")
    return paths


def _convert_server(source: Source, name: str) -> dict[str, Any]:
    servers = [server for server in source.document.get("servers") or () if isinstance(server, dict)]
    server = servers[0] if servers else {}
    variables = source.expect(server.get("variables") or {}, ("servers", 0, "variables"))

    def fill(match: re.Match[str]) -> str:
        variable = variables.get(match[1])
        return str(variable.get("default", match[1])) if isinstance(variable, dict) else match[1]

    url = _VARIABLE.sub(fill, str(server.get("url") or "/")).rstrip("/")
    if not url.startswith(("http://", "https://")):
        url = f"https://api.{name.replace('_', '-')}.example/{url.strip('/')}".rstrip("/")
    about = {"description": server["description"]} if server.get("description") else {}
    return {"url": url, **about}


def _roots(draft: Draft) -> Iterator[dict[str, Any]]:
    """Yield the schemas of bodies and responses. Those of parameters are left as they are."""
    for operation in draft.operations():
        contents = [
            operation.body,
            *(found[1] for status in operation.written["responses"] if (found := operation.content(status))),
        ]
        contents += [
            found[1]
            for response in [draft.defaults.get(operation.id)]
            if response
            for found in response.get("content", {}).items()
        ]
        yield from (content["schema"] for content in contents if content is not None)


def _split_read_only(draft: Draft) -> None:
    """Let no request require a read-only property, and no response a write-only one.

    OpenAPI lets one schema serve both, and `required` then counts on one side only; the other side gets a copy.
    """
    for operation in draft.operations():
        if operation.body is not None:
            operation.body["schema"] = _Relaxer(draft, "readOnly", "Request").relax(operation.body["schema"])
        for status in operation.written["responses"]:
            content = operation.content(status)
            if content is not None:
                content[1]["schema"] = _Relaxer(draft, "writeOnly", "Response").relax(content[1]["schema"])


class _Relaxer:
    """Copies schemas that require a property with a flag, and requires it no longer."""

    def __init__(self, draft: Draft, flag: str, suffix: str) -> None:
        self._draft = draft
        self._flag = flag
        self._suffix = suffix

    def relax(self, schema: Any) -> Any:
        return self._copy(schema) if self._needs_copy(schema, set()) else schema

    def _required(self, schema: dict[str, Any]) -> set[str]:
        properties = schema.get("properties", {})
        flagged = {name for name, inner in properties.items() if self._is_flagged(inner)}
        return flagged & set(schema.get("required", []))

    def _is_flagged(self, inner: Any) -> bool:
        whole = self._draft.follow(inner)
        return any(isinstance(node, dict) and node.get(self._flag) is True for node in (inner, whole))

    def _needs_copy(self, schema: Any, seen: set[str]) -> bool:
        for inner in walk_schemas(schema):
            if self._required(inner):
                return True
            reference = inner.get("$ref", "")
            if reference.startswith(COMPONENT) and reference not in seen:
                seen.add(reference)
                if self._needs_copy(self._draft.follow(inner), seen):
                    return True
        return False

    def _copy(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        components = self._draft.document["components"]["schemas"]
        found = dict(schema)
        if str(schema.get("$ref", "")).startswith(COMPONENT) and self._needs_copy(schema, set()):
            name = f"{schema['$ref'].removeprefix(COMPONENT)}{self._suffix}"
            if name not in components:
                components[name] = {}  # before the copy, because a schema may contain itself
                components[name].update(self._copy(self._draft.follow(schema)))
            found["$ref"] = COMPONENT + name
        if "properties" in schema:
            found["properties"] = {name: self._copy(inner) for name, inner in schema["properties"].items()}
        for keyword in COMPOSED:
            if keyword in schema:
                found[keyword] = [self._copy(part) for part in schema[keyword]]
        if isinstance(schema.get("items"), dict):
            found["items"] = self._copy(schema["items"])
        if "required" in schema:
            kept = [name for name in schema["required"] if name not in self._required(schema)]
            found["required"] = kept
            if not kept:
                del found["required"]
        return found
