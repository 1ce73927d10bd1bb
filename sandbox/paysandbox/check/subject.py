"""The API under test: its document, its credentials, and a second validator of its schemas.

Nothing here names a provider, because everything comes from the contract and the fixture file.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import localcontext
from typing import Any, Final
from urllib.parse import quote, urlencode

from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from paysandbox.check.scratch_namespace import DEFAULT, HEADER, NAMESPACES, ScratchNamespace, Step
from paysandbox.check.second_validator import EXACT, FORMATS, EcmaValidator
from paysandbox.contract.operation import Operation
from paysandbox.contract.validators import Schemas, SchemaValidator
from paysandbox.core.exact_json import write_json
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.testing import Client, Response

ROOT: Final = "urn:contract"
SUCCESS: Final = range(200, 300)
_NOWHERE: Final = "http://127.0.0.1:9/"  # the port of the discard service, which no machine runs any more
_OF_DEFAULT: Final = re.compile(r"default(?=\Z|-[0-9])")  # the namespace, and the id of a call in it


class Subject:
    """An API with a sandbox of its own in memory, which calls may change, and a client with its credentials.

    `document` is the contract as served, fractions as Decimal; `credentials` are those of the fixture file.
    `is_sandbox`: the server under test is a sandbox, so it marks its refusals. `namespace` replaces `default` in the
    examples of the control plane. `independent`: bodies are judged by a validator that the server does not use.
    """

    def __init__(
        self,
        name: str,
        runtime: Runtime,
        *,
        is_sandbox: bool = True,
        namespace: str = DEFAULT,
        independent: bool = True,
    ) -> None:
        self.name = name
        self.is_sandbox = is_sandbox
        self.runtime = runtime
        self.namespace = namespace if name == CONTROL else DEFAULT
        self.document: dict[str, Any] = self._in_own_namespace(
            Client(self.runtime).get(f"/_sandbox/openapi/{name}.json").json
        )
        self.service: Service = self.runtime.control if name == CONTROL else self.runtime.services[name]
        self.credentials = self.service.credentials
        self.operations = self.service.contract.operations
        self.root = f"/{self.service.provider.prefix}{self.service.contract.base_path}"
        self._validators: dict[tuple[str | int, ...], Validator | SchemaValidator] = {}
        self._schemas = None if independent else Schemas(self.document)
        self._registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(self.document))
        self.setup_steps = tuple(self._list_setup_steps()) if name == CONTROL else ()
        self._scratch = ScratchNamespace(Client(self.runtime), self.namespace, self.setup_steps)

    @property
    def is_control(self) -> bool:
        return self.name == CONTROL  # the service itself changes when a case reloads the sandbox

    def plain_document(self, root: str, skipped: Collection[str] = ()) -> dict[str, Any]:
        """The contract as plain JSON without the `skipped` operations; its only server is `root`."""
        document = {**self._in_own_namespace(self.service.contract.document), "servers": [{"url": root}]}
        document["paths"] = {template: dict(item) for template, item in document["paths"].items()}
        for operation in self.operations:
            if operation.id in skipped:
                del document["paths"][operation.template][operation.method.lower()]
        found: dict[str, Any] = json.loads(write_json(document))
        if skipped:
            _drop_links(found, skipped)
        return found

    def reset(self) -> None:
        """Reset the sandbox in memory to its start; for the control plane, after its set-up calls."""
        for namespace in list(self.runtime.namespaces):
            if namespace.name not in {DEFAULT, self.namespace}:
                self.runtime.namespaces.drop(namespace.name)
        self._scratch.reset()

    def follow(self, node: Any) -> Any:
        """A part of the document, or what it refers to."""
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def operation_object(self, operation: Operation) -> dict[str, Any]:
        found: dict[str, Any] = self.document["paths"][operation.template][operation.method.lower()]
        return found

    def parameters(self, operation: Operation) -> Iterator[dict[str, Any]]:
        """The Parameter Objects of an operation, references resolved."""
        item = self.document["paths"][operation.template]
        for parameter in [*item.get("parameters", []), *self.operation_object(operation).get("parameters", [])]:
            yield self.follow(parameter)

    def examples(self, operation: Operation) -> dict[str, Any]:
        """The examples of an operation's request body, by name."""
        if operation.body is None:
            return {}
        content = self.follow(self.operation_object(operation)["requestBody"])["content"][operation.body.media_type]
        return {name: self.follow(example)["value"] for name, example in content.get("examples", {}).items()}

    def body_schema_path(self, operation: Operation) -> tuple[str | int, ...]:
        """Path of the request body's schema in the document, for an operation with a body."""
        assert operation.body is not None
        place = ("paths", operation.template, operation.method.lower(), "requestBody", "content")
        return (*place, operation.body.media_type, "schema")

    def body_schema(self, operation: Operation) -> dict[str, Any]:
        """The schema of the request body, references followed; empty without a body."""
        if operation.body is None:
            return {}
        content = self.follow(self.operation_object(operation)["requestBody"])["content"][operation.body.media_type]
        found: dict[str, Any] = self.follow(content["schema"])
        return found

    def is_valid(self, place: tuple[str | int, ...], value: Any) -> bool:
        """Whether the value matches the schema at a path."""
        judge = self._validators.get(place)
        if judge is None:
            judge = self._validators[place] = self._make_validator(place)
        if self._schemas is not None:
            return bool(judge.is_valid(value))
        with localcontext(EXACT):
            return bool(judge.is_valid(value))

    def _make_validator(self, place: tuple[str | int, ...]) -> Validator | SchemaValidator:
        if self._schemas is not None:
            return self._schemas.validator(*place)
        schema = {"$ref": f"{ROOT}#{self.pointer(place)}"}
        return EcmaValidator(schema, registry=self._registry, format_checker=FORMATS)

    @staticmethod
    def pointer(place: tuple[str | int, ...]) -> str:
        """A path in the document as a JSON pointer in a URI fragment."""
        return "".join("/" + quote(str(step).replace("~", "~0").replace("/", "~1")) for step in place)

    def call(
        self,
        operation: Operation,
        body: Any = ...,
        path: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Response:
        """Call an operation with its own credentials.

        Path parameters and required headers are the contract's examples unless given. `parameters` are those in `query`
        and `header`; a list in the query is a parameter that is repeated.
        """
        template = self.path_of(operation, path)
        headers, query = self.credential_of(operation)
        given = parameters or {}
        headers = {**self.headers_of(operation), **headers, **given.get("header", {})}
        query = "&".join(filter(None, [query, urlencode(given.get("query", {}), doseq=True, quote_via=quote)]))
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

    def headers_of(self, operation: Operation) -> dict[str, str]:
        """The required headers of an operation with the contract's examples."""
        return {
            parameter["name"]: str(parameter["example"])
            for parameter in self.parameters(operation)
            if parameter["in"] == "header" and parameter.get("required") and "example" in parameter
        }

    def credential_of(
        self, operation: Operation, credentials: Mapping[str, str] | None = None
    ) -> tuple[dict[str, str], str]:
        """The headers and the query that carry the credential, where the contract has a security scheme."""
        scheme, known = operation.scheme, credentials or self.credentials
        if scheme is None:
            return {}, ""
        credential = known[scheme.choose_name(known)]
        if scheme.place == "query":
            return {}, f"{scheme.name}={quote(credential, safe='')}"
        return {scheme.name: scheme.write(credential)}, ""

    def _in_own_namespace(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with the namespace of this subject in its examples."""
        return document if self.namespace == DEFAULT else dict(_rename_namespace(document, self.namespace))

    def _list_setup_steps(self) -> Iterator[Step]:
        """Calls that make everything the control plane's examples refer to.

        A refused call, a snapshot, a fault that never fires, a payment, an endpoint, and a delivery to it.
        """
        home = f"{NAMESPACES}/{self.namespace}"
        subjects = list(self._list_providers_with_body())
        payment = subjects[0].make_step(self.namespace)
        yield payment._replace(json={})  # which creates the namespace if it is missing
        yield Step("POST", f"{home}/snapshots", {"name": "before-payment"})
        yield Step("POST", f"{home}/faults", {"when": {"after": 1_000_000}, "then": {"status": 503}})
        yield payment
        yield Step("POST", f"{home}/webhooks", {"url": _NOWHERE})
        delivering = [subject for subject in subjects if subject.service.provider.webhooks is not None]
        yield from (subject.make_step(self.namespace) for subject in delivering[:1])

    def make_step(self, namespace: str) -> Step:
        """Return a call of the first operation that takes a body, with its first example."""
        operation = next(operation for operation in self.operations if operation.body is not None)
        headers, query = self.credential_of(operation)
        example = next(iter(self.examples(operation).values()))
        headers[HEADER] = namespace
        return Step(operation.method, self.root + self.path_of(operation), example, headers, query)

    def _list_providers_with_body(self) -> Iterable["Subject"]:
        """The providers with an operation that takes a body."""
        for name, service in self.runtime.services.items():
            if any(operation.body is not None for operation in service.contract.operations):
                yield Subject(name, self.runtime)

    def succeeded(self, operation: Operation, reply: Response) -> bool:
        """Whether a reply in memory says that the call succeeded."""
        return self.is_success(operation, reply.status, reply.json if reply.is_json else None)

    def is_success(self, operation: Operation, status: int, body: Any) -> bool:
        """Whether a reply says that the call succeeded.

        An API that always answers HTTP 200 says so in an envelope, whose schema is a `oneOf` that begins with success.
        """
        if status not in SUCCESS:
            return False
        place = self.envelope(operation, status)
        return place is None or self.is_valid(place, body)

    def envelope(self, operation: Operation, status: int) -> tuple[str | int, ...] | None:
        """Path of the schema of a successful envelope; None if the API has no envelope."""
        place = ("paths", operation.template, operation.method.lower(), "responses", str(status))
        content = self.follow(self.operation_object(operation)["responses"].get(str(status), {})).get("content", {})
        for media_type, media in content.items():
            if "oneOf" in media["schema"]:
                return (*place, "content", media_type, "schema", "oneOf", 0)
        return None

    def envelope_branches(self, operation: Operation, status: int) -> int:
        """How many forms an envelope has."""
        content = self.follow(self.operation_object(operation)["responses"][str(status)])["content"]
        return max(len(media["schema"].get("oneOf", [])) for media in content.values())


def _rename_namespace(node: Any, namespace: str) -> Any:
    """Replace the namespace in the examples of parameters."""
    if isinstance(node, list):
        return [_rename_namespace(item, namespace) for item in node]
    if not isinstance(node, dict):
        return node
    if "in" in node and isinstance(node.get("example"), str):
        return {**node, "example": _OF_DEFAULT.sub(lambda _: namespace, node["example"])}
    return {name: _rename_namespace(below, namespace) for name, below in node.items()}


def _drop_links(node: Any, skipped: Collection[str]) -> None:
    """Remove the links to operations that the document no longer has."""
    for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _drop_links(below, skipped)
    links = node.get("links") if isinstance(node, dict) else None
    if isinstance(links, dict):
        node["links"] = {
            name: link
            for name, link in links.items()
            if not isinstance(link, dict) or link.get("operationId") not in skipped
        }
