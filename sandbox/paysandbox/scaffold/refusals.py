"""Plans how a scaffolded provider refuses: by which statuses, and with which bodies."""

import json
from collections import Counter
from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.exact_json import write_json
from paysandbox.scaffold.draft import Draft, DraftOperation
from paysandbox.scaffold.operations import JSON
from paysandbox.scaffold.resources import Role, is_key_given
from paysandbox.scaffold.samples import Sampler

REASON: Final = "<reason>"  # stands in a body where the reason of a refusal goes
_REASON_NAMES: Final = ("message", "detail", "msg", "description", "error_description", "reason", "title", "error")
_FIRST_ERROR: Final = "400"
# As long and as odd as a reason can be; a property that takes it takes any.
_HARD_REASON: Final = "'é' is not one of a, b, c <" + "x" * 500
_OWN: Final = {
    "type": "object",
    "description": "Why the request was refused.",
    "additionalProperties": False,
    "required": ["message"],
    "properties": {"message": {"type": "string", "description": "The reason, in words."}},
}

Content = tuple[str, dict[str, Any]] | None


class Refusals(Struct, frozen=True):
    """The statuses of refusals, and the body of each status: its media type and value, None if it is empty."""

    invalid: int
    malformed: int
    bodies: dict[int, tuple[str, Any] | None]


def plan_refusals(draft: Draft, roles: dict[str, Role]) -> Refusals:
    """Choose the statuses, and add to each operation those that it answers without documenting them."""
    documented = Counter(status for operation in draft.operations() for status in operation.written["responses"])
    invalid = "422" if documented["422"] > documented["400"] else "400"
    malformed = "400" if documented["400"] else invalid
    common = _Common(draft)
    statuses = {status for status in documented if status >= _FIRST_ERROR} | {"500", "503"}
    for operation in draft.operations():
        for status in _list_needed(draft, operation, roles.get(operation.id), invalid, malformed):
            statuses.add(status)
            if status not in operation.written["responses"]:
                common.add(operation, status)
    bodies = {int(status): common.choose_body(status) for status in sorted(statuses)}
    for operation in draft.operations():
        for status in [status for status in operation.written["responses"] if status >= _FIRST_ERROR]:
            if not _is_body_of(draft, operation, status, bodies[int(status)]):
                common.replace(operation, status)
        operation.written["responses"] = dict(sorted(operation.written["responses"].items()))
    return Refusals(int(invalid), int(malformed), bodies)


def fill_reason(body: Any, reason: str) -> Any:
    """Return a body with the reason in its place."""
    if isinstance(body, dict):
        return {name: fill_reason(value, reason) for name, value in body.items()}
    if isinstance(body, list):
        return [fill_reason(value, reason) for value in body]
    return reason if body == REASON else body


class _Common:
    """The response that most operations have for a status."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._contents: dict[str, list[Content]] = {}
        for operation in draft.operations():
            for status in operation.written["responses"]:
                if status >= _FIRST_ERROR:
                    self._contents.setdefault(status, []).append(operation.content(status))
            default = draft.defaults.get(operation.id)
            if default is not None:
                self._contents.setdefault("default", []).append(next(iter(default.get("content", {}).items()), None))

    def add(self, operation: DraftOperation, status: str) -> None:
        """Add a status to an operation: its `default` response, or the common one."""
        default = self._draft.defaults.get(operation.id)
        if default is not None:
            operation.written["responses"][status] = deepcopy(default)
        else:
            operation.written["responses"][status] = {"$ref": self._component(status)}

    def replace(self, operation: DraftOperation, status: str) -> None:
        """Replace the response of an operation whose body differs from the common one."""
        if "$ref" not in operation.written["responses"][status]:
            self._draft.notes.add(
                f"The {status} has the body that most operations have, not its own", f"operation {operation.id}"
            )
            operation.written["responses"][status] = {"$ref": self._component(status)}

    def choose_body(self, status: str) -> tuple[str, Any] | None:
        """Return the body of a status with REASON in it."""
        content = self._choose(status)
        if content is None:
            return None
        media_type, written = content
        schema = written["schema"]
        samples = [example["value"] for example in written.get("examples", {}).values()]
        samples += [Sampler(self._draft).make(schema), Sampler(self._draft, whole=False).make(schema)]
        body = next((sample for sample in samples if self._draft.is_valid(schema, sample)), samples[-1])
        return media_type, _place_reason(self._draft, schema, body, status)

    def _choose(self, status: str) -> Content:
        """Return the content that most operations have for a status, or for refusals at all."""
        found = self._contents.get(status) or self._contents.get("default")
        found = found or [content for contents in self._contents.values() for content in contents if content]
        found = found or [(JSON, {"schema": _OWN})]
        counted = Counter(_sign(content) for content in found)
        return next(content for content in found if _sign(content) == counted.most_common(1)[0][0])

    def _component(self, status: str) -> str:
        name = f"Refused{status}"
        responses = self._draft.document["components"]["responses"]
        if name not in responses:
            content = self._choose(status)
            about = {"description": f"{HTTPStatus(int(status)).phrase}.", "x-source": "house-decision"}
            responses[name] = {**about, "x-provenance": "assumed"}
            if content is not None:
                responses[name]["content"] = {content[0]: {"schema": content[1]["schema"]}}
        return f"#/components/responses/{name}"


def _sign(content: Content) -> str:
    return "" if content is None else content[0] + write_json(content[1]["schema"]).decode()


def _place_reason(draft: Draft, schema: Any, body: Any, status: str) -> Any:
    """Put REASON where a reason fits, and the status where the body repeats it."""
    for path in _list_paths(body):
        name = path[-1]
        if name in {"status", "status_code", "statusCode"} and (int_body := _put(body, path, int(status))) != body:
            body = int_body if draft.is_valid(schema, int_body) else body
    for wanted in _REASON_NAMES:
        for path in _list_paths(body):
            if path[-1] == wanted and draft.is_valid(schema, _put(body, path, _HARD_REASON)):
                return _put(body, path, REASON)
    return body


def _list_paths(body: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all properties that are no objects or arrays."""
    entries = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    found: list[tuple[Any, ...]] = []
    for name, value in entries:
        inner = (*above, name)
        found += _list_paths(value, inner) if isinstance(value, (dict, list)) else [inner]
    return found


def _put(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    found = json.loads(write_json(body))
    node = found
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return found


def _list_needed(draft: Draft, operation: DraftOperation, role: Role | None, invalid: str, malformed: str) -> set[str]:
    """Return the statuses by which an operation may refuse."""
    needed = {invalid}
    if operation.written["security"]:
        needed.add("401")
    if operation.parameters("path"):
        needed.add("404")
    if operation.body is not None:
        needed.add(malformed)
    if role is not None and is_key_given(draft, role):
        needed.add("409")
    return needed


def _is_body_of(draft: Draft, operation: DraftOperation, status: str, body: tuple[str, Any] | None) -> bool:
    if "$ref" in operation.written["responses"][status]:
        return True
    content = operation.content(status)
    if content is None or body is None:
        return content is None and body is None
    return content[0] == body[0] and draft.is_valid(content[1]["schema"], fill_reason(body[1], _HARD_REASON))
