"""Example requests of a contract, with the credentials of the fixtures as variables, for tools that send requests."""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from msgspec import UNSET, Struct, UnsetType

from paysandbox.contract.credentials import Scheme
from paysandbox.contract.operation import Operation
from paysandbox.core.exact_json import write_json
from paysandbox.kit.provider import Service

_OTHER: Final = "other"  # folder of operations without a tag


class ExampleParameter(Struct, frozen=True):
    """A query parameter or header as text, not encoded. Only a `required` one is sent unless the user asks for it."""

    name: str
    value: str
    required: bool


class ExampleRequest(Struct, frozen=True):
    """One request of an operation, which the default fixtures allow.

    `path` is percent-encoded, and begins with the contract's base path. `body` is compact JSON; UNSET sends none. A
    credential in it is a variable, `{{CRM_COM_TOKEN}}`; that of the `scheme` is named by `credential`.
    """

    operation: Operation
    name: str
    tag: str
    path: str
    query: tuple[ExampleParameter, ...]
    headers: tuple[ExampleParameter, ...]
    scheme: Scheme | None
    credential: str
    body: bytes | UnsetType = UNSET
    media_type: str = ""


def name_variable(provider: str, credential: str) -> str:
    """The environment variable of a credential or of the URL, as `paysandbox env` has it: `INVOILESS_API_KEY`."""
    return f"{provider}_{credential}".upper()


def list_example_requests(service: Service) -> Iterator[ExampleRequest]:
    """Yield a request for each example body of each operation, or one without a body, in the contract's order."""
    contract = service.contract
    for operation in contract.operations:
        reader = _Reader(service, operation)
        examples = reader.read_bodies()
        for name, body in examples.items():
            yield ExampleRequest(
                operation=operation,
                name=f"{operation.summary}: {name.replace('_', ' ')}" if len(examples) > 1 else operation.summary,
                tag=reader.tag,
                path=reader.fill_path(),
                query=tuple(reader.read_parameters("query")),
                headers=tuple(reader.read_parameters("header")),
                scheme=operation.scheme,
                credential=reader.name_credential(),
                body=body,
                media_type="" if operation.body is None or body is UNSET else operation.body.media_type,
            )


class _Reader:
    """Reads what the contract's document exemplifies of one operation."""

    def __init__(self, service: Service, operation: Operation) -> None:
        self._service = service
        self._document = service.contract.document
        self._operation = operation
        item = self._document["paths"][operation.template]
        self._written = item[operation.method.lower()]
        self._parameters = [
            self._follow(parameter) for parameter in (*item.get("parameters", ()), *self._written.get("parameters", ()))
        ]
        self.tag: str = next(iter(self._written.get("tags", ())), _OTHER)

    def fill_path(self) -> str:
        path = self._service.contract.base_path + self._operation.template
        for parameter in self._parameters:
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(_as_text(self._find_example(parameter)), safe=""))
        return path

    def read_parameters(self, place: str) -> Iterator[ExampleParameter]:
        """Yield each value of the parameters in query or header that have an example, or must be sent."""
        for parameter in self._parameters:
            required = parameter.get("required", False)
            example = self._find_example(parameter)
            if parameter["in"] != place or (example == "" and not required):
                continue
            name = parameter["name"]
            if isinstance(example, Mapping):
                pairs = [(f"{name}[{key}]", value) for key, value in example.items()]
            else:
                pairs = [(name, value) for value in (example if isinstance(example, list) else [example])]
            for key, value in pairs:
                yield ExampleParameter(key, _as_text(value), required)

    def read_bodies(self) -> dict[str, bytes | UnsetType]:
        """The example bodies by name. Without any, one request without a body, which an optional body allows."""
        if self._operation.body is None:
            return {"": UNSET}
        content = self._follow(self._written["requestBody"])["content"][self._operation.body.media_type]
        found = {name: self._follow(example)["value"] for name, example in content.get("examples", {}).items()}
        if not found and "example" in content:
            found = {"": content["example"]}
        return {name: write_json(self._with_variables(body)) for name, body in found.items()} or {"": UNSET}

    def name_credential(self) -> str:
        """The variable of the scheme's credential."""
        scheme = self._operation.scheme
        if scheme is None:
            return ""
        return name_variable(self._service.provider.name, scheme.choose_name(self._service.credentials))

    def _with_variables(self, body: Any) -> Any:
        if not isinstance(body, dict):
            return body
        provider, known = self._service.provider, self._service.credentials
        return {
            name: f"{{{{{name_variable(provider.name, name)}}}}}"
            if name in known and (name == provider.body_credential or value == known[name])
            else value
            for name, value in body.items()
        }

    def _find_example(self, parameter: Mapping[str, Any]) -> Any:
        """The example of a parameter, or of its schema; "" if neither has one."""
        if "example" in parameter:
            return parameter["example"]
        for example in parameter.get("examples", {}).values():
            return self._follow(example)["value"]
        schema = self._follow(parameter["schema"])
        for keyword in ("examples", "enum"):
            if schema.get(keyword):
                return schema[keyword][0]
        return schema.get("default", "")

    def _follow(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            found: Any = self._document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node


def _as_text(value: Any) -> str:
    """The value as a URL or a header has it."""
    return value if isinstance(value, str) else write_json(value).decode()
