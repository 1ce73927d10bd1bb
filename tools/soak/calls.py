"""The calls of the load: valid ones of every operation, those that the contracts' links lead to, and invalid ones.

No provider is named here: examples, credentials and links are the contracts' own.
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final
from urllib.parse import quote, urlencode

from msgspec import UNSET, Struct
from msgspec.structs import replace

from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.kit.runtime import Runtime
from tests.helpers.valid_calls import operations, valid_call
from tools.soak.wire import Got, request

LONG: Final = 20_000  # characters of a text in a body that is refused, so that some entries of the journal are large
_EMBEDDED: Final = re.compile(r"\{(\$[^}]+)\}")


class Missing(Exception):
    """A reply lacks what a link takes from it."""


class Made(Struct, frozen=True):
    """A call, ready to be sent below any root."""

    subject: Subject
    operation: Operation
    places: Mapping[str, str]
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = UNSET

    @property
    def name(self) -> str:
        """The provider's name and the operationId."""
        return f"{self.subject.name} {self.operation.id}"

    def wire(self, root: str) -> bytes:
        target = root + self.subject.root + self.operation.template
        for name, value in self.places.items():
            target = target.replace(f"{{{name}}}", quote(value, safe=""))
        asked = f"?{urlencode(self.query, safe='~')}" if self.query else ""
        return request(self.operation.method, target + asked, self.headers, self.body)


class Calls:
    """All that a load sends to providers."""

    def __init__(self, runtime: Runtime) -> None:
        self._subjects = {name: Subject(name, runtime) for name in runtime.services}
        self.valid = {one.name: one for one in self._valid(runtime)}
        led_to = {f"{name} {link['operationId']}" for name, _, link in self._all_links()}
        self.first = [one for name, one in self.valid.items() if name not in led_to]

    def led_to(self, made: Made, got: Got) -> list[Made]:
        """The calls that the contract links to this reply."""
        found = []
        for link in self._links(made.subject, made.operation, got.status):
            target = self.valid[f"{made.subject.name} {link['operationId']}"]
            try:
                found.append(_followed(link, target, made, got))
            except Missing:
                continue
        return found

    def invalid(self, chance: Random) -> tuple[str, str, Mapping[str, str], Any]:
        """Method, target, headers and body of a call that is refused, whatever the state is."""
        one = chance.choice(list(self.valid.values()))
        target = one.subject.root + one.operation.template
        asked = f"?{urlencode(one.query, safe='~')}" if one.query else ""
        match chance.randrange(5):
            case 0:
                return one.operation.method, target, {}, one.body
            case 1:
                return "POST", target + asked, one.headers, b'{"half": '
            case 2:
                return one.operation.method, f"{target}/no/such/path{asked}", one.headers, one.body
            case 3:
                return "PROPFIND", target + asked, one.headers, UNSET
            case _:
                return "POST", target + asked, one.headers, {"no such member": "x" * LONG}

    def _valid(self, runtime: Runtime) -> Iterator[Made]:
        for name, operation in operations(runtime):
            call, subject = valid_call(runtime, name, operation), self._subjects[name]
            places = {one["name"]: str(one["example"]) for one in subject.parameters(operation) if one["in"] == "path"}
            yield Made(subject, operation, places, call.headers, call.parameters, call.body)

    def _all_links(self) -> Iterator[tuple[str, Operation, Any]]:
        for name, subject in self._subjects.items():
            for operation in subject.operations:
                for status in subject.operation_object(operation)["responses"]:
                    for link in self._links(subject, operation, int(status)):
                        yield name, operation, link

    @staticmethod
    def _links(subject: Subject, operation: Operation, status: int) -> list[Any]:
        reply = subject.follow(subject.operation_object(operation)["responses"].get(str(status), {}))
        return [subject.follow(one) for one in reply.get("links", {}).values()]


def _followed(link: Mapping[str, Any], target: Made, made: Made, got: Got) -> Made:
    """The call that a link describes, what it leaves open being as in the example."""
    places, query = dict(target.places), dict(target.query)
    for name, said in link.get("parameters", {}).items():
        where, _, key = name.partition(".")
        (places if where == "path" else query)[key] = str(_value(said, made, got))
    body = target.body
    if "requestBody" in link:
        body = _value(link["requestBody"], made, got)
    return replace(target, places=places, query=query, body=body)


def _value(said: Any, made: Made, got: Got) -> Any:
    """What a link's expression stands for.

    Raises:
        Missing: nothing.
    """
    if isinstance(said, dict):
        return {name: _value(one, made, got) for name, one in said.items()}
    if isinstance(said, list):
        return [_value(one, made, got) for one in said]
    if not isinstance(said, str):
        return said
    if not said.startswith("$"):
        return _EMBEDDED.sub(lambda found: str(_value(found[1], made, got)), said)
    source, _, pointer = said.partition("#")
    if source.startswith("$request.query."):
        node: Any = made.query.get(source.removeprefix("$request.query."), UNSET)
    else:
        node = got.json if source == "$response.body" else made.body
    for step in pointer.split("/")[1:]:
        try:
            node = node[int(step) if isinstance(node, list) else step]
        except (KeyError, IndexError, TypeError):
            raise Missing(said) from None
    if node is UNSET or node is None:
        raise Missing(said)
    return node
