"""Reads the OpenAPI file of a scaffold; what is wrong with it is reported with file, line and path."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from paysandbox.core.exact_json import exact_number
from paysandbox.core.problems import Malformed, StartupError
from paysandbox.core.strict_yaml import locate_errors, read_yaml

Place = tuple[str | int, ...]
LARGEST: Final = 16 << 20  # bytes
_CONVERT: Final = "convert it to OpenAPI 3 first: npx swagger2openapi --outfile openapi.yaml FILE"
_BUNDLE: Final = "bundle it first: npx @redocly/cli bundle --output openapi.yaml FILE"


class Source(Struct, frozen=True):
    """An OpenAPI 3.0 or 3.1 document, with the text and path that errors show."""

    document: Mapping[str, Any]
    text: str
    shown: str

    @property
    def is_older(self) -> bool:
        """Whether it is OpenAPI 3.0, whose schemas differ from JSON Schema."""
        return str(self.document["openapi"]).startswith("3.0")

    def error(self, place: Place, what: str) -> StartupError:
        """Return the error at a place of the document."""
        if self.text.lstrip().startswith("{"):
            # The YAML reader finds the lines of most JSON texts, but not of those with tabs.
            try:
                return StartupError(locate_errors(self.text, self.shown, [(place, what)]))
            except StartupError:
                return StartupError([f"{self.shown}:1: {what}"])
        return StartupError(locate_errors(self.text, self.shown, [(place, what)]))

    def follow(self, node: Any, place: Place) -> Any:
        """Return a node of the document, or what it refers to inside the document.

        Raises:
            StartupError: the reference leads to another file, nowhere, or back to itself.
        """
        seen: list[str] = []
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen:
                raise self.error(place, f"{reference} refers to itself")
            seen.append(reference)
            node = self._target(reference, place)
        return node

    def expect(self, node: Any, place: Place, kind: type = dict) -> Any:
        """Return the node if it is an object (or of another kind).

        Raises:
            StartupError: it is not.
        """
        if not isinstance(node, kind):
            raise self.error(place, f"{'an object' if kind is dict else 'an array'} is expected here")
        return node

    def _target(self, reference: str, place: Place) -> Any:
        if not reference.startswith("#/"):
            raise self.error((*place, "$ref"), f"{reference} leads to another file; {_BUNDLE}")
        node: Any = self.document
        for step in reference.removeprefix("#/").split("/"):
            name = step.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
            if isinstance(node, list) and name.isdigit() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, dict) and name in node:
                node = node[name]
            else:
                raise self.error((*place, "$ref"), f"{reference} does not exist")
        return node


def read_source(path: Path) -> Source:
    """Read an OpenAPI file, YAML or JSON.

    Raises:
        StartupError: it cannot be read, or is not an OpenAPI 3.0 or 3.1 document.
    """
    shown = str(path)
    try:
        if path.stat().st_size > LARGEST:
            raise StartupError([f"{shown}:1: the file has {path.stat().st_size} bytes; the limit is {LARGEST}"])
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise StartupError([f"{shown}:1: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise StartupError([f"{shown}:1: this is not UTF-8 text"]) from None
    reader: Callable[[str, str], Any] = _read_json if text.lstrip().startswith("{") else read_yaml
    document = reader(text, shown)
    source = Source(document if isinstance(document, dict) else {}, text, shown)
    if not isinstance(document, dict):
        raise source.error((), "this is not an OpenAPI document, which is an object with openapi, info and paths")
    if "swagger" in document:
        raise source.error(("swagger",), f"this is Swagger {document['swagger']}; {_CONVERT}")
    version = str(document.get("openapi", ""))
    if not version.startswith(("3.0", "3.1")):
        what = f"OpenAPI {version} is not read" if version else "this is not an OpenAPI document: openapi is missing"
        raise source.error(("openapi",), f"{what}; OpenAPI 3.0 and 3.1 are")
    source.expect(document.get("info", {}), ("info",))
    if not source.expect(document.get("paths", {}), ("paths",)):
        raise source.error(("paths",), "the document has no paths, so there is nothing to imitate")
    return source


def _read_json(text: str, shown: str) -> Any:
    try:
        return json.loads(text, parse_float=exact_number, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise StartupError([f"{shown}:{error.lineno}: {error.msg}"]) from None
    except (Malformed, RecursionError) as error:
        raise StartupError([f"{shown}:1: {error}"]) from None


def _refuse_constant(text: str) -> Any:
    raise Malformed(f"{text} is not JSON")
