"""A `Contract`: an OpenAPI document as operations, paths, variants and sources."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import Any, Final

from paysandbox.contract.credentials import Scheme
from paysandbox.contract.operation import Body, Operation, ResponseSpec, Rule
from paysandbox.contract.parameters import DEEP_OBJECT, Parameter, read_query_names
from paysandbox.contract.paths import A_VARIABLE, Paths, find_nearest
from paysandbox.contract.provenance import UNSTATED, Provenance
from paysandbox.contract.read_only import ReadOnlyProperties
from paysandbox.contract.validators import Schemas
from paysandbox.contract.variants import IGNORE, UNKNOWN_MEMBERS, apply_patch, read_variants
from paysandbox.core.problems import Unroutable

METHODS: Final = ("get", "put", "post", "patch", "delete")
_HUMP: Final = re.compile(r"(?<=[a-z0-9])([A-Z])")


class Contract:
    """The contract of one API.

    `document` is the OpenAPI document as written, `sources` its table of sources, `base_path` the path of its first
    server URL, `hosts` a pattern for each of the vendor's host names, `host_names` the same as a certificate names them
    (`*.app.example.com`), `schemes` the places of credentials (one in base64 if it `encodes_credentials`), `events`
    those of its webhooks, `variants` the choices. A `lenient` contract ignores unknown properties of requests.
    """

    def __init__(self, document: dict[str, Any], *, lenient: bool = False) -> None:
        self.document = document
        self.lenient = lenient
        schemas = Schemas(document)
        self.sources = schemas.sources
        self.variants = read_variants(document, self.sources)
        self.title: str = document["info"]["title"]
        self.version: str = document["info"]["version"]
        _, _, path = document["servers"][0]["url"].partition("://")[2].partition("/")
        self.events: tuple[str, ...] = tuple(document.get("webhooks", {}))
        self.base_path = f"/{path}".rstrip("/")
        hosts = [parts for server in document["servers"] if (parts := _split_host(server)) is not None]
        self.hosts = tuple(map(_host_pattern, hosts))
        self.host_names = tuple(map(_host_name, hosts))
        self.operations = tuple(_operations(document, schemas, lenient=lenient))
        self.schemes = tuple(dict.fromkeys(one.scheme for one in self.operations if one.scheme is not None))
        self.encodes_credentials = any(scheme.place == "basic" for scheme in self.schemes)
        self._paths = Paths((self.base_path + one.template, one) for one in self.operations)

    @cached_property
    def provenance(self) -> Mapping[str, int]:
        """The number of its units with each provenance. Counted once, because that took most of a page's time."""
        from paysandbox.contract.inventory import count_units  # noqa: PLC0415 - a start must not wait for it

        return count_units(self.document)

    @cached_property
    def password_names(self) -> frozenset[str]:
        """The names of its credentials. Found once, because that took most of the time of a call's page."""
        from paysandbox.contract.password_names import find_password_names  # noqa: PLC0415 - as above

        return frozenset(find_password_names(self.document))

    def route(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """Find the operation for a method and a path (percent-encoded), with its path parameters as sent.

        Raises:
            Unroutable: the contract lacks the path, or the method on it.
        """
        found = self._paths.find(path)
        if found is not None:
            methods, variables = found
            operation = methods.get("GET" if method == "HEAD" else method)
            if operation is None:
                allow = [*methods, *(["HEAD"] if "GET" in methods else [])]
                raise Unroutable(
                    f"{method[:20]} is not allowed on {path[:100]}; allowed: {', '.join(allow)}", allow=allow
                )
            return operation, variables
        raise Unroutable(f"{self.title} has no path {path[:100]}{self._near(path)}")

    def has_path(self, path: str) -> bool:
        """Whether the contract has a path (percent-encoded), under any method."""
        return self._paths.find(path) is not None

    def has_operation(self, method: str, path: str) -> bool:
        """Whether the contract has an operation for a method and a path (percent-encoded)."""
        found = self._paths.find(path)
        return found is not None and ("GET" if method == "HEAD" else method) in found[0]

    def without_trailing_slash(self, path: str) -> str:
        """The path without its last slash if only that path is known: clients join paths carelessly."""
        return path[:-1] if self.has_path(path[:-1]) and not self.has_path(path) else path

    def with_variants(self, chosen: Mapping[str, str]) -> "Contract":
        """This contract under choices of its variants. It must be as written, and the choices must exist."""
        patches = [self.variants[name].choices[choice].patch for name, choice in chosen.items()]
        lenient = chosen.get(UNKNOWN_MEMBERS) == IGNORE
        if not any(patches) and lenient == self.lenient:
            return self
        document = self.document
        for patch in patches:
            document = apply_patch(document, patch)
        return Contract(document, lenient=lenient)

    def document_at(self, url: str) -> dict[str, Any]:
        """The document with the sandbox's own server; `url` is the root of the API here."""
        server = {"url": url + self.base_path, "description": "This sandbox."}
        return {**self.document, "servers": [server]}

    def _near(self, path: str) -> str:
        """A hint: the nearest path of the contract."""
        near = find_nearest(path, [self.base_path + operation.template for operation in self.operations])
        return "" if near is None else f" (did you mean {near}?)"


def make_handler_name(operation_id: str) -> str:
    """The name of the function for an operation: `createPayment` is `create_payment`."""
    return _HUMP.sub(r"_\1", operation_id).lower()


def _host_pattern(parts: list[str]) -> re.Pattern[str]:
    """The pattern of a vendor's host names, in which a variable is one label."""
    pattern = "".join("[^.:/]+" if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile(pattern, re.IGNORECASE)


def _host_name(parts: list[str]) -> str:
    """The vendor's host name, with `*` for a variable."""
    return "".join("*" if index % 2 else part for index, part in enumerate(parts))


def _split_host(server: Mapping[str, Any]) -> list[str] | None:
    """The host of a server's URL as fixed parts, with the names of variables between them.

    None if it is only a variable, because the vendor's customers then have hosts of their own, and no name is known.
    """
    host = server["url"].split("://", 1)[1].partition("/")[0].partition(":")[0]
    parts = A_VARIABLE.split(host)
    return None if parts[::2] == ["", ""] else parts


def _operations(document: dict[str, Any], schemas: Schemas, *, lenient: bool) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in item:
            if method in METHODS:
                yield _operation(document, schemas, path, method, lenient=lenient)


def _operation(document: dict[str, Any], schemas: Schemas, path: str, method: str, *, lenient: bool) -> Operation:
    """The operation as routing needs it; the rest is read at its first call, because most are never called."""
    written = document["paths"][path][method]
    scheme = _scheme(document, written)
    return Operation.read_later(
        lambda _asked: _read_operation(schemas, path, method, scheme),
        id=written["operationId"],
        name=make_handler_name(written["operationId"]),
        method=method.upper(),
        template=path,
        scheme=scheme,
        lenient=lenient,
    )


def _read_operation(schemas: Schemas, path: str, method: str, scheme: Scheme | None) -> dict[str, Any]:
    """The fields of an operation that are read late."""
    place: tuple[str | int, ...] = ("paths", path, method)
    item = schemas.at(place[:2])
    written = item[method]
    shared = [(*place[:2], "parameters", index) for index in range(len(item.get("parameters", [])))]
    own = [(*place, "parameters", index) for index in range(len(written.get("parameters", [])))]
    parameters = tuple(_parameter(schemas, at) for at in [*shared, *own])
    credential = scheme.name if scheme is not None and scheme.place == "query" else None
    read_by = () if scheme is None else (written, schemas.at(("components", "securitySchemes", scheme.id)))
    return {
        "summary": written["summary"],
        "provenance": written["x-provenance"],
        "source": schemas.sources.find_evidence(written.get("x-source")),
        "parameters": parameters,
        "query_names": read_query_names(parameters, credential),
        "body": _body(schemas, place) if "requestBody" in written else None,
        "replies": {
            int(status): _response_spec(schemas, (*place, "responses", status)) for status in written["responses"]
        },
        "rules": {rule["id"]: _rule(schemas, rule) for rule in written.get("x-rules", [])},
        "credential": UNSTATED.along(read_by, schemas.sources),
    }


def _rule(schemas: Schemas, written: Mapping[str, Any]) -> Rule:
    return Rule(**{**written, "source": schemas.sources.find_evidence(written["source"])})


def _parameter(schemas: Schemas, place: tuple[str | int, ...]) -> Parameter:
    written = schemas.at(place)
    schema = schemas.follow(written["schema"])
    types = _types(schemas, schema)
    inner = schema.get("items", schema.get("additionalProperties", {}))
    return Parameter(
        name=written["name"],
        place=written["in"],
        required=written.get("required", False),
        types=types,
        default=schema.get("default"),
        says=written.get("description"),
        source=schemas.sources.find_evidence(written.get("x-source")),
        provenance=written.get("x-provenance"),
        validator=schemas.validator(*place, "schema"),
        is_array="array" in types,
        is_deep=written.get("style") == DEEP_OBJECT,
        item_types=_types(schemas, inner),
        key_types={name: _types(schemas, below) for name, below in schema.get("properties", {}).items()},
        may_be_empty=written.get("allowEmptyValue", False),
    )


def _types(schemas: Schemas, written: Any) -> frozenset[str]:
    schema = schemas.follow(written)
    types = schema.get("type", []) if isinstance(schema, dict) else []
    return frozenset([types] if isinstance(types, str) else types)


def _body(schemas: Schemas, place: tuple[str | int, ...]) -> Body:
    ((media_type, content),) = schemas.at((*place, "requestBody"))["content"].items()
    schema = schemas.follow(content["schema"])
    at = (*place, "requestBody", "content", media_type, "schema")
    return Body(
        media_type=media_type,
        members=frozenset(schema.get("properties", {})),
        # Not for replies: they have no `multipleOf`, and longer searches for amounts.
        validator=schemas.validator(*at, wants_quick_yes=True),
        read_only=ReadOnlyProperties(schemas, at),
        state_member=partial(_state_member, schemas, at),
        required=schemas.at((*place, "requestBody")).get("required", False),
    )


def _state_member(schemas: Schemas, place: tuple[str | int, ...], name: str) -> Provenance:
    written = schemas.at(place)["properties"][name]
    # What stands beside a reference says more of this property than the common schema behind it.
    way = (schemas.at(place[:3]), schemas.at(place), schemas.follow(written), written)
    return UNSTATED.along(way, schemas.sources)


def _response_spec(schemas: Schemas, place: tuple[str | int, ...]) -> ResponseSpec:
    written = schemas.at(place)
    stated = UNSTATED.along((schemas.at(place[:3]), written), schemas.sources)
    return ResponseSpec(
        contents={one: schemas.validator(*place, "content", one, "schema") for one in written.get("content", ())},
        says=written["description"],
        provenance=stated.provenance,
        source=stated.source,
    )


def _scheme(document: dict[str, Any], written: Mapping[str, Any]) -> Scheme | None:
    security = written.get("security", document.get("security", []))
    if not security:
        return None
    (name,) = security[0]
    scheme = document["components"]["securitySchemes"][name]
    if scheme["type"] == "http":
        return Scheme(place=scheme["scheme"], name="authorization", id=name)
    return Scheme(place=scheme["in"], name=scheme["name"], id=name)
