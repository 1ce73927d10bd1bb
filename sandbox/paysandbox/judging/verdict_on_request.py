"""Judge a recorded request by the pipeline that serves calls, without its state."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from paysandbox.contract.operation import Operation
from paysandbox.contract.validators import UNKNOWN
from paysandbox.control.masking import MASK
from paysandbox.core.exact_json import read_json
from paysandbox.core.messages import Call, Request
from paysandbox.core.problems import Malformed, Problem, Violation
from paysandbox.judging.traffic import Addressed
from paysandbox.kit.provider import Service
from paysandbox.pipeline.process import OtherStatus, Outcome, process
from paysandbox.recordings.exchange import split_url

_UNKNOWN_NAME: Final = re.compile(r"""unknown property (['"])(.*?)\1(?=$| \(|;)""")
_MISSING_NAME: Final = re.compile(r"missing property '(.*)'")
_BRANCHING: Final = ("oneOf", "anyOf", "not", "contains")
_ANY: Final = "x"  # the credential of a recording is masked, and those of its account are unknown


class Verdict(NamedTuple):
    """What the contract says of a request alone: its `call`, or the `problem` with the `status` that answers it."""

    call: Call | None
    problem: Problem | None
    status: int | None


class _Accepted(OtherStatus):
    """The contract allows the call, which is rolled back."""

    def __init__(self, call: Call) -> None:
        super().__init__(0)
        self.call = call


class _Handlers(dict[str, Any]):
    """A handler for every operation, which only tells that it was reached."""

    def __missing__(self, operation: str) -> Any:
        return _accept


def _accept(call: Call, _state: Any) -> NoReturn:
    raise _Accepted(call)


def _admit(_credential: str, _state: Any) -> None:
    return None


def without_state(service: Service) -> Service:
    """A service that takes any credential and stops before the handler, so that only the request is judged."""
    provider = replace(service.provider, admit=None, authenticate=_admit, authenticators={})
    return service.replace(provider=provider, handlers=_Handlers())


def judge_request(addressed: Addressed, service: Service, operation: Operation, state: Any) -> Verdict:
    """Judge a request by a service `without_state`. What is masked matches anything."""
    request = build_request(addressed, operation)
    try:
        outcome: Outcome = process(request, service, state)
    except _Accepted as accepted:
        return Verdict(accepted.call, None, None)
    problem = outcome.problem
    if problem is None:
        return Verdict(None, Problem(outcome.breach or "the sandbox broke its own contract"), None)
    violations = [one for one in problem.violations if not _is_masked(one, request)]
    if problem.violations and not violations:
        return Verdict(outcome.call, None, None)
    problem.violations = tuple(violations)
    return Verdict(None, problem, outcome.reply.status)


def build_request(addressed: Addressed, operation: Operation, credential: str = _ANY) -> Request:
    """The request as the pipeline takes it, with a credential in the place of the recorded one."""
    exchange, scheme = addressed.exchange, operation.scheme
    headers = [(name.lower(), value) for name, value in exchange.request.headers if name.lower() != "content-encoding"]
    query = split_url(exchange.url).query
    if scheme is not None and scheme.place == "query":
        pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != scheme.name]
        query = urlencode([*pairs, (scheme.name, scheme.write(credential))])
    elif scheme is not None:
        headers = [(name, value) for name, value in headers if name != scheme.name.lower()]
        headers.append((scheme.name.lower(), scheme.write(credential)))
    return Request(
        exchange.method,
        addressed.path,
        query,
        [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers],
        exchange.request.content,
    )


def _is_masked(violation: Violation, request: Request) -> bool:
    pointer = violation.pointer
    if pointer.startswith("?"):
        name = pointer[1:].partition("/")[0]
        return any(value == MASK for given, value in parse_qsl(request.query) if given == name)
    if pointer.startswith("#"):
        return MASK in request.get_headers(pointer[1:])
    if pointer.startswith("{"):
        return MASK in request.path
    try:
        value = read_json(request.content or b"")
    except Malformed:
        return False
    return is_masked(violation, find_value(value, pointer))


def is_masked(violation: Violation, value: Any) -> bool:
    """Whether a value violates a schema only because it, or a part of it that chooses a branch, is masked."""
    if isinstance(value, str):
        return MASK in value
    return violation.keyword in _BRANCHING and any(MASK in text for text in _list_texts(value))


def split_unknown(violation: Violation) -> list[Violation]:
    """A violation for each unknown or missing property of an object, at the property; others stay as they are."""
    missing = _MISSING_NAME.fullmatch(violation.message) if violation.keyword == "required" else None
    if missing is not None and not violation.pointer.startswith(("?", "#", "{")):
        return [replace(violation, pointer=f"{violation.pointer}/{missing[1]}")]
    names = _UNKNOWN_NAME.findall(violation.message) if violation.keyword in UNKNOWN else []
    if not names or violation.pointer.startswith(("?", "#", "{")) or violation.keyword == "falseSchema":
        return [violation]
    return [
        replace(
            violation,
            pointer=f"{violation.pointer}/{name.replace('~', '~0').replace('/', '~1')}",
            message=f"unknown property {name!r}",
        )
        for _, name in names
    ]


def find_value(value: Any, pointer: str, default: Any = None) -> Any:
    """The value at a JSON pointer; the default if there is none."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return default
    return value


def _list_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _list_texts(inner)
