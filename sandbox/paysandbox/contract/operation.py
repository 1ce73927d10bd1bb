"""One operation of a contract: checks requests and replies against it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from msgspec import UNSET, Struct

from paysandbox.contract.credentials import Scheme
from paysandbox.contract.parameters import Parameter, QueryNames
from paysandbox.contract.provenance import Provenance
from paysandbox.contract.read_only import ReadOnlyProperties
from paysandbox.contract.sources import Evidence
from paysandbox.contract.validators import UNKNOWN, SchemaValidator
from paysandbox.core.later import ReadLater
from paysandbox.core.messages import Reply, Request
from paysandbox.core.problems import (
    ContractBreach,
    Invalid,
    Malformed,
    TooLarge,
    UnknownResource,
    UnsupportedMediaType,
    Violation,
)


class Rule(Struct, frozen=True):
    """A behaviour that a schema cannot express: the sentence, its provenance, and its evidence."""

    id: str
    says: str
    provenance: str
    source: Evidence


class Body(Struct, frozen=True):
    """The JSON body of an operation. `members` are the property names that it declares at the top.

    One that is not `required` and not sent counts as an empty object. `state_member` returns what the contract states
    of one of the members.
    """

    media_type: str
    members: frozenset[str]
    validator: SchemaValidator
    read_only: ReadOnlyProperties
    state_member: Callable[[str], Provenance]
    required: bool = True


class ResponseSpec(Struct, frozen=True):
    """One status of an operation; `says` is its description.

    `contents` maps each media type to the validator of its body; without any, the body is empty.
    """

    contents: Mapping[str, SchemaValidator]
    says: str
    provenance: str
    source: Evidence | None


class Arguments(NamedTuple):
    """The declared parameters of a request, typed, by wire name."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]


_NO_ARGUMENTS: Final = Arguments({}, {}, {})


@dataclass(frozen=True, slots=True, eq=False)  # not a Struct, because most of its fields are read at its first call
class Operation(ReadLater):
    """An operation of a contract. `name` is the handler's name, `template` the path below the base path.

    A `lenient` operation ignores unknown properties of a body and unknown query parameters. `credential` is what the
    contract states of its security scheme.
    """

    id: str
    name: str
    method: str
    template: str
    scheme: Scheme | None
    lenient: bool
    summary: str
    provenance: str
    source: Evidence | None
    parameters: tuple[Parameter, ...]
    query_names: QueryNames
    body: Body | None
    replies: Mapping[int, ResponseSpec]
    rules: Mapping[str, Rule]
    credential: Provenance

    def read_arguments(
        self, path: Mapping[str, str], query: Sequence[tuple[str, str]], request: Request
    ) -> tuple[Arguments, list[Violation]]:
        """The parameters of a request, and the violations of those in query and headers.

        Raises:
            UnknownResource: a path parameter does not match its schema, so no resource can have it.
        """
        if not self.parameters:
            return _NO_ARGUMENTS, []
        found: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
        violations: list[Violation] = []
        # Read once for all parameters: a list of invoices has fifteen, of which most calls give one.
        texts: dict[str, list[str]] = {}
        for name, text in query:
            texts.setdefault(name, []).append(text)
        for parameter in self.parameters:
            name, place = parameter.name, parameter.place
            if place == "query":
                given = parameter.collect(query) if parameter.is_deep else texts.get(name, [])
            elif place == "path":
                given = [unquote(path[name], errors="replace")]
            else:
                given = request.get_headers(name)
            if not given and not parameter.required:
                found[place][name] = parameter.default
                continue
            value, wrong = parameter.read(given)
            if wrong and place == "path":
                raise UnknownResource(f"{given[0][:80]!r} is not a valid {name}", violations=wrong)
            violations += wrong
            found[place][name] = value
        return Arguments(found["path"], found["query"], found["header"]), violations

    def read_content(self, request: Request) -> bytes:
        """The bytes of a request's body.

        Raises:
            UnsupportedMediaType: the Content-Type is not application/json in UTF-8, or the Content-Encoding is unknown.
            Malformed: the body is not what its Content-Encoding says.
            TooLarge: the body is longer than the limit and was not read.
        """
        if not request.content and self._may_be_without_body(request):
            return b"{}"
        declared = request.get_headers("content-type")
        if len(declared) != 1 or not _is_json(declared[0]):
            said = f"is {', '.join(declared)[:100]}" if declared else "is missing"
            raise UnsupportedMediaType(f"the Content-Type must be application/json, but it {said}")
        error = request.decoding_error
        if error is not None:
            raise (UnsupportedMediaType if error.is_unsupported else Malformed)(error.message)
        if request.content is None:
            raise TooLarge("the body is longer than the limit")
        return request.content

    def _may_be_without_body(self, request: Request) -> bool:
        is_sent = request.content is None or request.decoding_error is not None
        return self.body is not None and not self.body.required and not is_sent

    def check(self, body: Any, violations: list[Violation]) -> None:
        """Validate the body, and refuse it together with the `violations` found before.

        Raises:
            Invalid: with all violations.
        """
        if self.body is not None and not self.body.validator.is_valid(body):
            violations = violations + self.body.validator.violations(body)
        if self.lenient and violations:
            violations = [violation for violation in violations if violation.keyword not in UNKNOWN]
        if violations:
            raise Invalid(_summarize(violations), violations=violations)

    def state_credential(self, member: str | None = None) -> Provenance:
        """What the contract states of the credential: of its security scheme, or of this property of the body."""
        return self.credential if member is None or self.body is None else self.body.state_member(member)

    def check_reply(self, reply: Reply) -> None:
        """Validate a reply.

        Raises:
            ContractBreach: the contract lacks the status or media type, or the body violates its schema.
        """
        spec = self.replies.get(reply.status)
        if spec is None:
            raise ContractBreach(f"{self.id} answers the undocumented status {reply.status}")
        if not spec.contents:
            if reply.body is not UNSET:
                raise ContractBreach(f"{self.id} answers {reply.status} with a body; its contract has none")
            return
        validator = spec.contents.get(reply.media_type)
        if reply.body is UNSET or validator is None:
            wanted = " or ".join(spec.contents)
            raise ContractBreach(f"{self.id} answers {reply.status} without the {wanted} of its contract")
        if not validator.is_valid(reply.body):
            wrong = validator.violations(reply.body)
            raise ContractBreach(f"{self.id} answers {reply.status} against its contract: {_summarize(wrong)}")


def _is_json(media_type: str) -> bool:
    if media_type == "application/json":
        return True
    kind, _, rest = media_type.partition(";")
    if kind.strip().lower() != "application/json":
        return False
    parameters = [part.strip().lower().replace('"', "") for part in rest.split(";") if part.strip()]
    return all(part in {"charset=utf-8", "charset=utf8"} or not part.startswith("charset=") for part in parameters)


def _summarize(violations: Sequence[Violation]) -> str:
    first = violations[0]
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{first}{more}"
