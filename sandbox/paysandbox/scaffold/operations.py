"""Takes the operations of an OpenAPI document over: parameters, bodies, responses."""

import re
from http import HTTPStatus
from typing import Any, Final

from paysandbox.contract.document import make_handler_name
from paysandbox.contract.paths import A_VARIABLE
from paysandbox.scaffold.names import is_taken, make_camel, make_snake
from paysandbox.scaffold.notes import Notes
from paysandbox.scaffold.schemas import SchemaConverter
from paysandbox.scaffold.security import SecurityConverter
from paysandbox.scaffold.source import Place, Source

JSON: Final = "application/json"
DEFAULT: Final = "default"
_IGNORED_HEADERS: Final = ("accept", "content-type", "authorization")  # OpenAPI leaves them to other keywords
_PLACES: Final = ("path", "query", "header")
_STATUS: Final = re.compile(r"[1-5][0-9]{2}", re.ASCII)
_RANGE: Final = re.compile(r"([1-5])XX", re.IGNORECASE)
_FORM_KINDS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
# Names that the module of the operations has already.
_RESERVED: Final = ("call", "state", "wire", "lookup", "examples", "records", "final", "replace")


class OperationConverter:
    """Converts operations. `defaults` has the `default` response of each that has one, by operationId."""

    def __init__(self, source: Source, schemas: SchemaConverter, security: SecurityConverter, notes: Notes) -> None:
        self._source = source
        self._schemas = schemas
        self._security = security
        self._notes = notes
        self._names: set[str] = set()
        self.defaults: dict[str, dict[str, Any]] = {}

    def convert(self, template: str, method: str, item: dict[str, Any], written: dict[str, Any]) -> dict[str, Any]:
        """Convert the operation of a method at a path template."""
        place: Place = ("paths", template, method)
        self._source.expect(written, place)
        shown = f"{method.upper()} {template}"
        name = self._make_id(written.get("operationId"), method, template)
        needed = written.get("security", self._source.document.get("security", []))
        security, further = self._security.convert(needed, shown)
        parameters = [*self._convert_parameters(item, written, template, method), *further]
        found: dict[str, Any] = {
            "operationId": name,
            "summary": _make_summary(written, name),
            "tags": [str(tag) for tag in written.get("tags") or ()],
            "x-provenance": "assumed",
            "x-source": "given-document",
        }
        if isinstance(written.get("description"), str) and written["description"].strip():
            found["description"] = written["description"]
        if not found["tags"]:
            del found["tags"]
        found["security"] = security
        if parameters:
            found["parameters"] = parameters
        body = self._convert_body(written.get("requestBody"), (*place, "requestBody"), shown)
        if body is not None and method in {"post", "put", "patch"}:
            found["requestBody"] = body
        elif body is not None:
            self._notes.add("A body of this method is not read", shown)
        found["responses"] = self._convert_responses(written.get("responses"), (*place, "responses"), name)
        for left in ("callbacks", "servers"):
            if written.get(left):
                self._notes.add(f"The keyword {left} was left out", shown)
        return found

    def _make_id(self, given: Any, method: str, template: str) -> str:
        """Return an operationId that is unique also as the name of a function."""
        path = A_VARIABLE.sub(r"by \1", template)
        text = str(given) if given else f"{method} {path}"
        name = make_camel(text)
        if is_taken(make_handler_name(name)) or make_handler_name(name) in _RESERVED:
            name = f"{name}Operation"
        number, found = 1, name
        while make_handler_name(found) in self._names:
            number += 1
            found = f"{name}{number}"
        self._names.add(make_handler_name(found))
        return found

    def _convert_parameters(
        self, item: dict[str, Any], written: dict[str, Any], template: str, method: str
    ) -> list[dict[str, Any]]:
        merged: dict[tuple[str, str], dict[str, Any]] = {}
        for above, owner in ((("paths", template), item), (("paths", template, method), written)):
            place: Place = (*above, "parameters")
            for index, given in enumerate(self._source.expect(owner.get("parameters") or [], place, list)):
                parameter = self._source.expect(self._source.follow(given, (*place, index)), (*place, index))
                merged[str(parameter.get("name")), str(parameter.get("in"))] = parameter
        variables = A_VARIABLE.findall(template)
        for variable in variables:
            merged.setdefault((variable, "path"), {"schema": {"type": "string"}})
        found = []
        for (name, where), parameter in merged.items():
            shown = f"{where} parameter {name} of {method.upper()} {template}"
            is_misplaced = where == "path" and name not in variables
            if where not in _PLACES or is_misplaced or (where == "header" and name.lower() in _IGNORED_HEADERS):
                self._notes.add("A parameter was left out", shown)
            elif (converted := self._convert_parameter(name, where, parameter, shown)) is not None:
                found.append(converted)
        return found

    def _convert_parameter(self, name: str, where: str, written: dict[str, Any], shown: str) -> dict[str, Any] | None:
        contents = list((written.get("content") or {}).values())
        given = {"type": "string"} if contents else written.get("schema") or {"type": "string"}
        place: Place = ("paths", "parameters", name)
        schema = _drop_null(self._schemas.convert_object(given, place))
        whole = _drop_null(self._schemas.convert_object(self._source.follow(given, place), place))
        types = whole.get("type", [])
        types = types if isinstance(types, list) else [types]
        found: dict[str, Any] = {"name": name, "in": where}
        if where == "path" or written.get("required") is True:
            found["required"] = True
        if isinstance(written.get("description"), str) and written["description"].strip():
            found["description"] = written["description"]
        is_deep = where == "query" and written.get("style") == "deepObject" and "object" in types
        if "array" in types and (where != "query" or written.get("explode") is False):
            self._notes.add("A list in one text is not taken apart", shown)
            schema = {"type": "string"}
        elif is_deep:
            found |= {"style": "deepObject", "explode": True}
            if whole.get("additionalProperties") is not False:
                schema = {**whole, "additionalProperties": False}
        elif "object" in types or any(name in whole for name in ("allOf", "oneOf", "anyOf")):
            self._notes.add("A parameter that is an object is taken as text", shown)
            schema = {"type": "string"}
        if isinstance(schema.get("default"), (dict, list)):
            del schema["default"]
        if (
            where == "query"
            and written.get("allowEmptyValue") is True
            and found.keys().isdisjoint({"required", "style"})
        ):
            found["allowEmptyValue"] = True
        found["schema"] = schema
        example = _first_example(written)
        return found | ({} if example is None else {"example": example})

    def _convert_body(self, given: Any, place: Place, shown: str) -> dict[str, Any] | None:
        if given is None:
            return None
        written = self._source.expect(self._source.follow(given, place), place)
        contents = self._source.expect(written.get("content") or {}, (*place, "content"))
        kind = next((kind for kind in contents if kind.lower().startswith(JSON)), None)
        kind = kind or next((kind for kind in contents if kind.endswith("json") or "*" in kind), None)
        if kind is None:
            kind = next((kind for kind in contents if kind in _FORM_KINDS), None)
            if kind is None:
                if contents:
                    self._notes.add(f"A body of {next(iter(contents))} is not read", shown)
                return None
            self._notes.add(f"The body is taken as JSON, not as {kind}, which the sandbox does not read", shown)
        content = self._convert_content(contents[kind], (*place, "content", kind))
        found = {"required": True, "content": {JSON: content}}
        is_optional = written.get("required") is not True
        schema = self._source.follow(contents[kind].get("schema") or {}, (*place, "content", kind))
        # OpenAPI's default is that a body may be left out, which most documents do not mean.
        if is_optional and not (isinstance(schema, dict) and schema.get("required")):
            found["x-optional"] = True
        return found

    def _convert_content(self, given: Any, place: Place) -> dict[str, Any]:
        written = self._source.expect(given, place)
        found: dict[str, Any] = {"schema": self._schemas.convert_object(written.get("schema", {}), (*place, "schema"))}
        examples = {}
        if "example" in written:
            examples["documented"] = {"value": written["example"]}
        for name, example in (written.get("examples") or {}).items():
            whole = self._source.follow(example, (*place, "examples", name))
            if isinstance(whole, dict) and "value" in whole:
                texts = {key: whole[key] for key in ("summary", "description") if whole.get(key)}
                examples[name] = {**texts, "value": whole["value"]}
        return found | ({"examples": examples} if examples else {})

    def _convert_responses(self, given: Any, place: Place, name: str) -> dict[str, Any]:
        responses = self._source.expect(given or {}, place)
        found: dict[str, Any] = {}
        for status, response in responses.items():
            below = (*place, status)
            converted = self._convert_response(self._source.follow(response, below), below, str(status))
            kind = _RANGE.fullmatch(str(status))
            if _STATUS.fullmatch(str(status)):
                found[str(status)] = converted
            elif kind is not None and kind[1] in "23":
                found.setdefault(f"{kind[1]}00", converted)
            else:
                self.defaults[name] = converted
        if not any(status < "400" for status in found):
            found["200"] = self.defaults.pop(name, {"description": "It is done."})
        return dict(sorted(found.items()))

    def _convert_response(self, given: Any, place: Place, status: str) -> dict[str, Any]:
        written = self._source.expect(given, place)
        phrase = HTTPStatus(int(status)).phrase if status in {str(int(known)) for known in HTTPStatus} else "An answer."
        found: dict[str, Any] = {"description": str(written.get("description") or phrase)}
        headers = {
            name: {"schema": self._schemas.convert_object(header["schema"], (*place, "headers", name))}
            for name, header in self._headers(written, place)
        }
        if headers:
            found["headers"] = headers
        contents = self._source.expect(written.get("content") or {}, (*place, "content"))
        kind = next((kind for kind in contents if kind.lower().startswith(JSON)), None)
        kind = kind or next((kind for kind in contents if kind.endswith("json")), None) or next(iter(contents), None)
        if kind is not None and status not in {"204", "304"}:
            media_type = JSON if "*" in kind or kind.lower().startswith(JSON) else kind.partition(";")[0].strip()
            found["content"] = {media_type: self._convert_content(contents[kind], (*place, "content", kind))}
        return found

    def _headers(self, written: dict[str, Any], place: Place) -> list[tuple[str, dict[str, Any]]]:
        """Return the headers of a response that have a schema; none of them is required here."""
        headers = self._source.expect(written.get("headers") or {}, (*place, "headers"))
        followed = [(name, self._source.follow(header, (*place, "headers", name))) for name, header in headers.items()]
        return [(name, header) for name, header in followed if isinstance(header, dict) and "schema" in header]


def _make_summary(written: dict[str, Any], name: str) -> str:
    for given in (written.get("summary"), written.get("description")):
        if isinstance(given, str) and given.strip():
            return given.strip().splitlines()[0].strip()
    words = make_snake(name).replace("_", " ").strip()
    return f"{words[0].upper()}{words[1:]}."


def _drop_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be null, which no text is, without null."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) != 1 or not isinstance(branches[0], dict):
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **branches[0]}


def _first_example(written: dict[str, Any]) -> Any:
    if "example" in written:
        return written["example"]
    for example in (written.get("examples") or {}).values():
        if isinstance(example, dict) and "value" in example:
            return example["value"]
    return None
