"""One API under contract test: what its document says, who may call it, and a second judge of its schemas.

Nothing here names a provider: which there are, the folders say; credentials are those of the fixture file; the rest is
in the contract.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Context, localcontext
from typing import Any, Final
from urllib.parse import quote

import jsonschema
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from sandbox.check.memory import Client, Response
from sandbox.contract.operation import Operation
from sandbox.documents import write_json
from sandbox.provider import Service
from sandbox.world import CONTROL, World

ROOT: Final = "urn:contract"
# Enough digits for a remainder of the longest number that the sandbox reads.
EXACT: Final = Context(prec=800)
SUCCESS: Final = range(200, 300)
_END: Final = re.compile(r"(?<!\\)\$")


class Subject:
    """An API in a world of its own, which calls may change, and a client that has its credentials.

    `document` is the contract as served, its fractions as Decimal; `credentials` are those of the fixture file.
    `marks` says whether the server under test marks its refusals, as a sandbox does.
    """

    def __init__(self, name: str, world: World, *, marks: bool = True) -> None:
        self.name = name
        self.marks = marks
        self.world = world
        self.document: dict[str, Any] = Client(self.world).get(f"/_sandbox/openapi/{name}.json").json
        self.service: Service = self.world.control if name == CONTROL else self.world.services[name]
        self.credentials = self.service.credentials
        self.operations = self.service.contract.operations
        self.root = f"/{self.service.provider.prefix}{self.service.contract.base_path}"
        self._validators: dict[tuple[str | int, ...], Validator] = {}
        self._registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(self.document))

    def plain_document(self, root: str) -> dict[str, Any]:
        """The contract as another reader gets it, numbers as that reader has them; its only server is `root`."""
        document = {**self.service.contract.document, "servers": [{"url": root}]}
        found: dict[str, Any] = json.loads(write_json(document))
        return found

    def reset(self) -> None:
        """The default namespace back to its fixtures."""
        self.world.namespaces.get("default").reset()

    def followed(self, node: Any) -> Any:
        """A part of the document, or what it refers to."""
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def written(self, operation: Operation) -> dict[str, Any]:
        """An operation as the document has it."""
        found: dict[str, Any] = self.document["paths"][operation.template][operation.method.lower()]
        return found

    def parameters(self, operation: Operation) -> Iterator[dict[str, Any]]:
        """The parameters of an operation as the document has them."""
        item = self.document["paths"][operation.template]
        for one in [*item.get("parameters", []), *self.written(operation).get("parameters", [])]:
            yield self.followed(one)

    def examples(self, operation: Operation) -> dict[str, Any]:
        """The examples of an operation's request body, by name."""
        if operation.body is None:
            return {}
        content = self.followed(self.written(operation)["requestBody"])["content"][operation.body.media_type]
        return {name: self.followed(one)["value"] for name, one in content.get("examples", {}).items()}

    def body_place(self, operation: Operation) -> tuple[str | int, ...]:
        """Where the schema of an operation's request body stands; for operations that take one."""
        assert operation.body is not None
        place = ("paths", operation.template, operation.method.lower(), "requestBody", "content")
        return (*place, operation.body.media_type, "schema")

    def is_valid(self, place: tuple[str | int, ...], value: Any) -> bool:
        """Whether Python's jsonschema, which the server does not use for calls, takes the value at a place."""
        if place not in self._validators:
            self._validators[place] = EcmaValidator(
                {"$ref": f"{ROOT}#{self.pointer(place)}"},
                registry=self._registry,
                format_checker=jsonschema.FormatChecker(),
            )
        with localcontext(EXACT):
            return self._validators[place].is_valid(value)

    @staticmethod
    def pointer(place: tuple[str | int, ...]) -> str:
        """A place of the document as a JSON pointer in a URI."""
        return "".join("/" + quote(str(step).replace("~", "~0").replace("/", "~1")) for step in place)

    def call(
        self,
        operation: Operation,
        body: Any = ...,
        path: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Response:
        """Call an operation with its own credentials. Path parameters are the contract's examples unless given.

        `parameters` are those in `query` and `header`.
        """
        template = operation.template
        for parameter in self.parameters(operation):
            if parameter["in"] == "path":
                value = (path or {}).get(parameter["name"], parameter["example"])
                template = template.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
        headers, query = self.credential_of(operation)
        given = parameters or {}
        headers |= given.get("header", {})
        query = "&".join([query, *(f"{name}={quote(text)}" for name, text in given.get("query", {}).items())]).strip(
            "&"
        )
        options = {} if body is ... else {"json": body}
        return Client(self.world, self.root, headers, query).call(operation.method, template, **options)

    def credential_of(self, operation: Operation) -> tuple[dict[str, str], str]:
        """The headers and the query that carry the credential, where the contract has a security scheme."""
        scheme = operation.scheme
        if scheme is None:
            return {}, ""
        if scheme.place == "bearer":
            return {scheme.name: f"Bearer {self.credentials['token']}"}, ""
        if scheme.place == "query":
            return {}, f"{scheme.name}={self.credentials['api_key']}"
        return {scheme.name: self.credentials["api_key"]}, ""

    def carried_out(self, operation: Operation, status: int, body: Any) -> bool:
        """Whether a reply says that the call was carried out.

        Where every answer is HTTP 200, its envelope decides: the contract's schema is then a `oneOf` that begins with
        success.
        """
        if status not in SUCCESS:
            return False
        place = self.envelope(operation, status)
        return place is None or self.is_valid(place, body)

    def envelope(self, operation: Operation, status: int) -> tuple[str | int, ...] | None:
        """Where the schema of a successful envelope stands; None if the HTTP status says it all."""
        place = ("paths", operation.template, operation.method.lower(), "responses", str(status))
        content = self.followed(self.written(operation)["responses"].get(str(status), {})).get("content", {})
        for media_type, one in content.items():
            if "oneOf" in one["schema"]:
                return (*place, "content", media_type, "schema", "oneOf", 0)
        return None

    def envelope_branches(self, operation: Operation, status: int) -> int:
        """How many forms an envelope has."""
        content = self.followed(self.written(operation)["responses"][str(status)])["content"]
        return max(len(one["schema"].get("oneOf", [])) for one in content.values())


def _ecma_pattern(validator: Validator, pattern: str, value: Any, _: Any) -> Iterator[jsonschema.ValidationError]:
    """`pattern` in the ECMA reading, where `$` does not match before a newline at the end, as Python's does."""
    if validator.is_type(value, "string") and not re.search(_END.sub(r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


EcmaValidator: Final[type[Validator]] = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # untyped there
    jsonschema.Draft202012Validator, {"pattern": _ecma_pattern}
)
