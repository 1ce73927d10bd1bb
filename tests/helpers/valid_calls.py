"""A valid call of each operation of each provider, made from its contract's own examples; no provider is named here."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import UNSET, Struct

from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client, Response


class ValidCall(Struct, frozen=True):
    """A call that is carried out on fresh fixtures. `path` begins below the shared root; UNSET is no body."""

    service: Service
    operation: Operation
    path: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    body: Any = UNSET

    @property
    def name(self) -> str:
        """The provider's name and the operationId."""
        return f"{self.service.provider.name} {self.operation.id}"

    def send(self, client: Client, root: str = "", *, query: str | None = None, **headers: str) -> Response:
        """Make the call, below another root such as `/ns/a`, with another query, with headers beside its own."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.call(
            self.operation.method,
            root + self.path,
            json=self.body,
            headers={**self.headers, **more},
            query=urlencode(self.parameters, safe="~") if query is None else query,
        )

    def carried_out(self, reply: Response, runtime: Runtime) -> bool:
        """Whether a reply says that it was carried out."""
        subject = _read_subject(_Contracts(self.service.provider.name, runtime))
        return subject.is_success(self.operation, reply.status, reply.json if reply.is_json else None)


def valid_call(
    runtime: Runtime, provider: str, operation: Operation, credentials: Mapping[str, str] | None = None
) -> ValidCall:
    """A call of the operation with the test credentials, or with those given, by their names in the fixture file."""
    subject, service = _read_subject(_Contracts(provider, runtime)), runtime.services[provider]
    given = service.credentials if credentials is None else credentials
    path, headers, parameters = subject.root + operation.template, {}, dict[str, str]()
    for one in subject.parameters(operation):
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", quote(str(one["example"]), safe=""))
        elif one["in"] == "query" and one.get("required"):
            parameters[one["name"]] = str(one["example"])
    scheme = operation.scheme
    if scheme is not None:
        credential = given[scheme.choose_name(given)]
        if scheme.place == "query":
            parameters = {scheme.name: credential, **parameters}
        else:
            headers = {scheme.name: scheme.write(credential)}
    body = next(iter(subject.examples(operation).values()), UNSET)
    if isinstance(body, dict) and service.provider.body_credential is not None:
        body = {name: given.get(name, value) for name, value in body.items()}
    return ValidCall(service, operation, path, headers, parameters, body)


def operations(runtime: Runtime) -> Iterator[tuple[str, Operation]]:
    """Every operation of every provider, with the provider's name."""
    for name, service in runtime.services.items():
        for operation in service.contract.operations:
            yield name, operation


def first_calls(runtime: Runtime) -> Iterator[ValidCall]:
    """A call of the first operation of each provider, which creates something."""
    for name, service in runtime.services.items():
        yield valid_call(runtime, name, service.contract.operations[0])


class _Contracts:
    """A provider of a runtime, equal to that of another runtime with the same contracts."""

    def __init__(self, provider: str, runtime: Runtime) -> None:
        self.provider, self.runtime = provider, runtime
        self.service = runtime.services[provider]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Contracts) and self.service is other.service

    def __hash__(self) -> int:
        return id(self.service)


@lru_cache(maxsize=32)  # because reading a contract takes longer than the call itself
def _read_subject(contracts: _Contracts) -> Subject:
    return Subject(contracts.provider, contracts.runtime)
