"""What an agent is told of an operation: all that its contract says about requests."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_DEPTH: Final = 12  # of references: deeper ones stay as they are
_TOLD: Final = ("operationId", "summary", "description", "x-provenance", "x-source", "x-rules")


def describe_operation(document: Mapping[str, Any], name: str, *, with_replies: bool) -> dict[str, Any]:
    """Describe an operation: its rules, parameters, body and statuses, with provenance and sources.

    Raises:
        LookupError: the contract has no such operation.
    """
    for path, method, operation in _walk(document):
        if operation["operationId"] == name:
            item = document["paths"][path]
            parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
            statuses = _resolve(operation["responses"], document, _DEPTH)
            return {
                "method": method.upper(),
                "path": path,
                **{key: operation[key] for key in _TOLD if key in operation},
                "parameters": _resolve(parameters, document, _DEPTH),
                "requestBody": _resolve(operation.get("requestBody"), document, _DEPTH),
                "responses": statuses if with_replies else {code: _shorten(found) for code, found in statuses.items()},
            }
    known = ", ".join(operation["operationId"] for _, _, operation in _walk(document))
    raise LookupError(f"there is no operation {name!r}; there are {known}")


def _walk(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _shorten(status: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in status.items() if key in {"description", "x-provenance", "x-source"}}


def _resolve(node: Any, document: Mapping[str, Any], depth: int) -> Any:
    """Put what is referred to in the place of each reference."""
    if isinstance(node, list):
        return [_resolve(item, document, depth) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/") and depth:
        found: Any = document
        for part in reference[2:].split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        return _resolve({**found, **beside}, document, depth - 1)
    return {key: _resolve(value, document, depth) for key, value in node.items()}
