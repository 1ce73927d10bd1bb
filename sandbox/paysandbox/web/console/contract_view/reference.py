"""The view of a contract: operations with their provenance, and the forms that try them."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from msgspec import Struct

from paysandbox.contract.document import Contract
from paysandbox.contract.operation import Operation, Rule
from paysandbox.contract.provenance import UNSTATED
from paysandbox.contract.sources import Evidence, Source
from paysandbox.contract.validators import Schemas
from paysandbox.contract.variants import Variant
from paysandbox.control.lookup import get_namespace
from paysandbox.html.prose import LIST, Block, parse_blocks
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.store.namespaces import DEFAULT
from paysandbox.web.console.contract_view.limits import format_json, format_value
from paysandbox.web.console.contract_view.values import Anchors, Tree, Value, make_anchor, make_rule_anchor

NAMESPACE: Final = "docs"
DEFECTS: Final = "Doc defects:"
_KIND: Final = re.compile("[A-Za-z]+ ")  # before the credential in the header Authorization


class Example(Struct, frozen=True):
    """An example of a body: its name, what it shows, and its JSON in lines."""

    name: str
    summary: str
    text: str


class Body(Struct, frozen=True):
    """A body of one media type."""

    media_type: str
    value: Value
    examples: tuple[Example, ...]


class Status(Struct, frozen=True):
    """A documented status; without bodies its reply is empty. `links` name operations that it leads to, and say why."""

    code: str
    anchor: str
    says: str
    provenance: str
    source: Evidence | None
    bodies: tuple[Body, ...]
    headers: tuple[tuple[str, str | None], ...]
    links: tuple[tuple[str, str | None], ...]


class Field(Struct, frozen=True):
    """An input of a form: where its value is sent (`path`, `query` or `header`), under which name, after which word.

    `choices` are values that it can have. `is_credential` if it is one.
    """

    name: str
    place: str
    value: str
    hint: str
    before: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    is_credential: bool = False


class Form(Struct, frozen=True):
    """What is sent to try an operation; `path` is a template below the sandbox's own address."""

    method: str
    path: str
    fields: tuple[Field, ...]
    body: Body | None


class Entry(Struct, frozen=True):
    """An operation. `credential` describes where its credential goes; None if the contract has no scheme."""

    operation: Operation
    path: str
    tags: tuple[str, ...]
    says: str | None
    credential: str | None
    parameters: tuple[Value, ...]
    body: Body | None
    body_says: str | None
    statuses: tuple[Status, ...]
    rules: tuple[tuple[str, Rule], ...]
    form: Form

    def list_bodies(self) -> Iterator[Body]:
        """Yield the body of the request, then those of the replies."""
        yield from () if self.body is None else (self.body,)
        for status in self.statuses:
            yield from status.bodies


class WebhookEvent(Struct, frozen=True):
    """An event that the API delivers."""

    name: str
    says: str
    provenance: str
    source: Evidence | None


class Reference(Struct, frozen=True):
    """The contract of a provider, or of the control plane, under the choices that the fixture file makes.

    `chosen` has the choice in force of each variant; `namespace` is where calls of the forms go. The control plane's
    paths say it themselves. `listed` are all operations with their paths, `entries` those that are shown.
    """

    name: str
    title: str
    version: str
    summary: str
    says: tuple[Block, ...]
    defects: Block | None
    vendor: tuple[str, ...]
    url: str
    base_url: str
    namespace: str
    is_control: bool
    credentials: Mapping[str, str]
    counts: Mapping[str, int]
    variants: tuple[Variant, ...]
    chosen: Mapping[str, str]
    listed: tuple[tuple[str, Operation], ...]
    entries: tuple[Entry, ...]
    events: tuple[WebhookEvent, ...]
    sources: tuple[Source, ...]


def build_reference(
    service: Service, runtime: Runtime, origin: str, namespace: str | None = None, shown: Collection[str] | None = None
) -> Reference:
    """Build the view of a contract, with URLs for a client that comes by `origin`, and forms for a namespace.

    `shown` are the ids of the operations to show, None for all.

    Raises:
        NotFound: the namespace does not exist.
    """
    chosen = (DEFAULT if service.provider.name == CONTROL else NAMESPACE) if namespace is None else namespace
    if chosen != NAMESPACE:
        get_namespace(chosen, runtime)
    contract, name = service.contract, service.provider.name
    info, control = contract.document["info"], name == CONTROL
    url = f"{origin}/{service.provider.prefix}" if control else runtime.url(name, origin)
    says, defects = _split_defects(parse_blocks(info.get("description")))
    return Reference(
        name=name,
        title=contract.title,
        version=contract.version,
        summary=info.get("summary", ""),
        says=says,
        defects=defects,
        vendor=() if control else tuple(server["url"] for server in contract.document["servers"]),
        url=url,
        base_url=url + contract.base_path,
        namespace=chosen,
        is_control=control,
        credentials=service.credentials,
        counts=contract.provenance,
        variants=() if control else tuple(contract.variants.values()),
        chosen={} if control else service.variants,
        listed=tuple((contract.base_path + operation.template, operation) for operation in contract.operations),
        entries=tuple(_Reader(service).list_entries(shown)),
        events=tuple(_list_events(contract)),
        sources=tuple(contract.sources),
    )


def _split_defects(found: tuple[Block, ...]) -> tuple[tuple[Block, ...], Block | None]:
    """Split the description from the list of documentation defects at its end."""
    for number, (title, below) in enumerate(pairwise(found)):
        if title.text == DEFECTS and below.kind == LIST:
            return found[:number] + found[number + 2 :], below
    return found, None


def _list_events(contract: Contract) -> Iterator[WebhookEvent]:
    for name, item in contract.document.get("webhooks", {}).items():
        post = item["post"]
        found = UNSTATED.within(post, contract.sources)
        says = f"{post['summary']}. {post.get('description', '')}".strip()
        yield WebhookEvent(name, says, found.provenance, found.source)


class _Reader:
    """Reads the operations of one contract."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._contract: Contract = service.contract
        self._schemas = Schemas(service.contract.document)
        self._tree = Tree(self._schemas, Anchors())

    def list_entries(self, shown: Collection[str] | None) -> Iterator[Entry]:
        for operation in self._contract.operations:
            if shown is None or operation.id in shown:
                yield self._read_entry(operation)

    def _read_entry(self, operation: Operation) -> Entry:
        item = self._schemas.at(("paths", operation.template))
        written = item[operation.method.lower()]
        declared = [
            self._schemas.follow(parameter)
            for parameter in [*item.get("parameters", []), *written.get("parameters", [])]
        ]
        request = self._schemas.follow(written.get("requestBody", {}))
        grade = request.get("x-provenance", operation.provenance)
        bodies = self._read_bodies(f"{operation.id} request", request, grade)
        body = bodies[0] if bodies else None
        path = self._contract.base_path + operation.template
        return Entry(
            operation=operation,
            path=path,
            tags=tuple(written.get("tags", ())),
            says=written.get("description"),
            credential=None if operation.scheme is None else str(operation.scheme),
            parameters=tuple(
                self._tree.read_parameter(operation.id, parameter, operation.provenance) for parameter in declared
            ),
            body=body,
            body_says=request.get("description"),
            statuses=tuple(
                self._read_status(operation, code, response) for code, response in written["responses"].items()
            ),
            rules=tuple((make_rule_anchor(operation.id, rule.id), rule) for rule in operation.rules.values()),
            form=Form(
                operation.method,
                f"/{self._service.provider.prefix}{path}",
                self._list_fields(operation, declared),
                body,
            ),
        )

    def _read_status(self, operation: Operation, code: str, response: Any) -> Status:
        written, spec = self._schemas.follow(response), operation.replies[int(code)]
        headers = {name: self._schemas.follow(header) for name, header in written.get("headers", {}).items()}
        links = [self._schemas.follow(link) for link in written.get("links", {}).values()]
        return Status(
            code=code,
            anchor=make_anchor(f"{operation.id} {code}"),
            says=spec.says,
            provenance=spec.provenance,
            source=spec.source,
            bodies=self._read_bodies(f"{operation.id} {code}", written, spec.provenance),
            headers=tuple((name, header.get("description")) for name, header in headers.items()),
            links=tuple((link["operationId"], link.get("description")) for link in links),
        )

    def _read_bodies(self, unit: str, written: Mapping[str, Any], grade: str) -> tuple[Body, ...]:
        found = []
        for media_type, content in written.get("content", {}).items():
            examples = {name: self._schemas.follow(example) for name, example in content.get("examples", {}).items()}
            if "example" in content:
                examples = {"example": {"value": content["example"]}, **examples}
            listed = tuple(
                Example(name, example.get("summary", name), format_json(example["value"]))
                for name, example in examples.items()
            )
            found.append(Body(media_type, self._tree.read_body(unit, content["schema"], grade), listed))
        return tuple(found)

    def _list_fields(self, operation: Operation, declared: list[Mapping[str, Any]]) -> tuple[Field, ...]:
        """List the credential, then the parameters; optional ones are empty."""
        found = []
        scheme = operation.scheme
        if scheme is not None:
            known = self._service.credentials
            value = scheme.write(known.get(scheme.choose_name(known), ""))
            before = _KIND.match(value) if scheme.place in {"bearer", "basic"} else None
            found.append(
                Field(
                    name=scheme.name,
                    place="query" if scheme.place == "query" else "header",
                    value=value[before.end() :] if before else value,
                    hint="the test credential",
                    before=before[0] if before else "",
                    is_credential=True,
                )
            )
        for parameter in declared:
            example = format_value(parameter["example"]) if "example" in parameter else ""
            is_required = parameter.get("required", False)
            found.append(
                Field(parameter["name"], parameter["in"], example if is_required else "", example, required=is_required)
            )
        return tuple(found)
