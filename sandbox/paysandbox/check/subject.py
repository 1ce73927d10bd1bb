"""One API under contract test: what its document says, who may call it, and a second judge of its schemas.

Nothing here names a provider: which there are, the folders say; credentials are those of the fixture file; the rest is
in the contract.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Context, Decimal, localcontext
from typing import Any, Final
from urllib.parse import quote

import jsonschema
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from paysandbox.check.scratch_namespace import DEFAULT, HEADER, NAMESPACES, ScratchNamespace, Step
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.testing import Client, Response

ROOT: Final = "urn:contract"
# Enough digits for a remainder of the longest number that the sandbox reads.
EXACT: Final = Context(prec=800)
SUCCESS: Final = range(200, 300)
_END: Final = re.compile(r"(?<!\\)\$")
_OF_DEFAULT: Final = re.compile(r"default(?=\Z|-[0-9])")  # the namespace, and the id of a call in it


class Subject:
    """An API in a world of its own, which calls may change, and a client that has its credentials.

    `document` is the contract as served, its fractions as Decimal; `credentials` are those of the fixture file.
    `marks` says whether the server under test marks its refusals, as a sandbox does. `namespace` is the one that the
    control plane's examples are about.
    """

    def __init__(self, name: str, runtime: Runtime, *, marks: bool = True, namespace: str = DEFAULT) -> None:
        self.name = name
        self.marks = marks
        self.runtime = runtime
        self.namespace = namespace if name == CONTROL else DEFAULT
        self.document: dict[str, Any] = self._at_home(Client(self.runtime).get(f"/_sandbox/openapi/{name}.json").json)
        self.service: Service = self.runtime.control if name == CONTROL else self.runtime.services[name]
        self.credentials = self.service.credentials
        self.operations = self.service.contract.operations
        self.root = f"/{self.service.provider.prefix}{self.service.contract.base_path}"
        self._validators: dict[tuple[str | int, ...], Validator] = {}
        self._registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(self.document))
        self.scene = tuple(self._scene()) if name == CONTROL else ()
        self._ground = ScratchNamespace(Client(self.runtime), self.namespace, self.scene)

    @property
    def is_control(self) -> bool:
        """Whether it is the control plane."""
        return self.service is self.runtime.control

    def plain_document(self, root: str, spared: Collection[str] = ()) -> dict[str, Any]:
        """The contract as another reader gets it, numbers as that reader has them; its only server is `root`.

        Operations that are `spared` are left out.
        """
        document = {**self._at_home(self.service.contract.document), "servers": [{"url": root}]}
        document["paths"] = {template: dict(item) for template, item in document["paths"].items()}
        for one in self.operations:
            if one.id in spared:
                del document["paths"][one.template][one.method.lower()]
        found: dict[str, Any] = json.loads(write_json(document))
        return found

    def reset(self) -> None:
        """Everything in the world as it was at the start; for the control plane with its scene set."""
        for one in list(self.runtime.namespaces):
            if one.name not in {DEFAULT, self.namespace}:
                self.runtime.namespaces.drop(one.name)
        self._ground.reset()

    def follow(self, node: Any) -> Any:
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
            yield self.follow(one)

    def examples(self, operation: Operation) -> dict[str, Any]:
        """The examples of an operation's request body, by name."""
        if operation.body is None:
            return {}
        content = self.follow(self.written(operation)["requestBody"])["content"][operation.body.media_type]
        return {name: self.follow(one)["value"] for name, one in content.get("examples", {}).items()}

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
                format_checker=FORMATS,
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
        template = self.path_of(operation, path)
        headers, query = self.credential_of(operation)
        given = parameters or {}
        headers |= given.get("header", {})
        query = "&".join([query, *(f"{name}={quote(text)}" for name, text in given.get("query", {}).items())]).strip(
            "&"
        )
        options = {} if body is ... else {"json": body}
        return Client(self.runtime, self.root, headers, query).call(operation.method, template, **options)

    def path_of(self, operation: Operation, given: Mapping[str, Any] | None = None) -> str:
        """The path of an operation below its root, with these parameters and otherwise the contract's examples."""
        template = operation.template
        for parameter in self.parameters(operation):
            if parameter["in"] == "path":
                value = (given or {}).get(parameter["name"], parameter["example"])
                template = template.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
        return template

    def credential_of(self, operation: Operation) -> tuple[dict[str, str], str]:
        """The headers and the query that carry the credential, where the contract has a security scheme."""
        scheme = operation.scheme
        if scheme is None:
            return {}, ""
        if scheme.place == "bearer":
            return {scheme.name: f"Bearer {self.credentials['token']}"}, ""
        # Where the fixture file has a credential of the scheme's own name, it is that one.
        credential = self.credentials.get(scheme.name) or self.credentials["api_key"]
        if scheme.place == "query":
            return {}, f"{scheme.name}={credential}"
        return {scheme.name: credential}, ""

    def _at_home(self, document: dict[str, Any]) -> dict[str, Any]:
        """A contract whose examples are about the namespace of this subject."""
        return document if self.namespace == DEFAULT else dict(_renamed(document, self.namespace))

    def _scene(self) -> Iterator[Step]:
        """The calls after which the namespace has all that the control plane's examples name, and something to show.

        A call that is refused, a snapshot, a fault that never strikes, and a payment after it.
        """
        home = f"{NAMESPACES}/{self.namespace}"
        subject = next(iter(self._others()))
        operation = next(one for one in subject.operations if one.body is not None)
        headers, query = subject.credential_of(operation)
        headers[HEADER] = self.namespace
        path = subject.root + subject.path_of(operation)
        yield Step(operation.method, path, {}, headers, query)  # which makes the namespace, if it is not there
        yield Step("POST", f"{home}/snapshots", {"name": "before-payment"})
        yield Step("POST", f"{home}/faults", {"when": {"after": 1_000_000}, "then": {"status": 503}})
        yield Step(operation.method, path, next(iter(subject.examples(operation).values())), headers, query)

    def _others(self) -> Iterable["Subject"]:
        """The providers with an operation that takes a body."""
        for name, service in self.runtime.services.items():
            if any(one.body is not None for one in service.contract.operations):
                yield Subject(name, self.runtime)

    def done(self, operation: Operation, reply: Response) -> bool:
        """Whether a reply in memory says that the call was carried out."""
        return self.carried_out(operation, reply.status, reply.json if reply.is_json else None)

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
        content = self.follow(self.written(operation)["responses"].get(str(status), {})).get("content", {})
        for media_type, one in content.items():
            if "oneOf" in one["schema"]:
                return (*place, "content", media_type, "schema", "oneOf", 0)
        return None

    def envelope_branches(self, operation: Operation, status: int) -> int:
        """How many forms an envelope has."""
        content = self.follow(self.written(operation)["responses"][str(status)])["content"]
        return max(len(one["schema"].get("oneOf", [])) for one in content.values())


def _renamed(node: Any, namespace: str) -> Any:
    """A part of a document with another namespace in the examples of its parameters."""
    if isinstance(node, list):
        return [_renamed(one, namespace) for one in node]
    if not isinstance(node, dict):
        return node
    if "in" in node and isinstance(node.get("example"), str):
        return {**node, "example": _OF_DEFAULT.sub(lambda _: namespace, node["example"])}
    return {name: _renamed(below, namespace) for name, below in node.items()}


def _ecma_pattern(validator: Validator, pattern: str, value: Any, _: Any) -> Iterator[jsonschema.ValidationError]:
    """`pattern` in the ECMA reading, where `$` does not match before a newline at the end, as Python's does."""
    if validator.is_type(value, "string") and not re.search(_END.sub(r"\\Z", pattern), value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


FORMATS: Final = jsonschema.FormatChecker()
_MOMENT: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?([Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)


@FORMATS.checks("date-time")
def _is_moment(value: Any) -> bool:
    """RFC 3339, which Python's jsonschema judges with a further package only; a leap second ends a day in UTC."""
    if not isinstance(value, str):
        return True
    found = _MOMENT.fullmatch(value)
    # The year 0 is a leap year, and Python has none.
    if found is None or not FORMATS.conforms(re.sub("^0000", "2000", found[1]), "date"):
        return False
    if found[4] != "60":
        return True
    minutes = 60 * int(found[2]) + int(found[3])
    offset = 60 * int(found[8]) + int(found[9]) if found[7] else 0
    return (minutes + (offset if found[7] == "-" else -offset)) % (24 * 60) == 24 * 60 - 1


def _is_integer(_: Any, value: Any) -> bool:
    """1.0 is an integer to JSON Schema, and so it is as a Decimal."""
    if isinstance(value, Decimal):
        return value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


EcmaValidator: Final[type[Validator]] = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # untyped there
    jsonschema.Draft202012Validator,
    {"pattern": _ecma_pattern},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)
