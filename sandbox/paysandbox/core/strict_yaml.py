"""YAML restricted to JSON's types: `2024-01-15` and `NO` are strings, 19.99 is exact, errors have line numbers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from paysandbox.core.exact_json import exact_number
from paysandbox.core.problems import Malformed, StartupError

DEPTH: Final = 64
_TOO_DEEP: Final = f"nested deeper than {DEPTH} levels"

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Any]] = {"null": None, "": None, "true": True, "false": False}
_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser where libyaml was built in

Path = Sequence[str | int]
LocatedError = tuple[int, str]


def read_yaml(text: str, name: str) -> Any:
    """Parse a YAML file into a JSON value.

    Raises:
        StartupError: not YAML, not JSON's types (tags, aliases, keys that are not strings, duplicate keys), nesting
            beyond 64 levels, or numbers out of range; with `name` and line.
    """
    root = _compose(text, name)
    errors = _find_beyond_json(text)
    value = None
    # An alias can refer to a node that contains it, so a file with aliases is not walked.
    if root is not None and not any("alias" in what for _, what in errors):
        value = _value(root, errors)
    if errors:
        raise StartupError([f"{name}:{line}: {what}" for line, what in sorted(errors)])
    return value


def write_yaml(value: Any) -> str:
    """Return a JSON value as YAML, properties in their order; a `Decimal` is written as a number."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=120)


def locate_errors(text: str, name: str, errors: Iterable[tuple[Path, str]]) -> list[str]:
    """Return errors in a readable file as `name:line: path: what is wrong`."""
    root = _compose(text, name)
    return [f"{name}:{_line(root, where)}: {format_path(where)}: {what}" for where, what in errors]


def _line(node: Any, path: Path) -> int:
    """Return the line, from 1, of the deepest part of `path` that the file has."""
    for step in path:
        below = _child(node, step)
        if below is None:
            break
        node = below
    return 1 if node is None else int(node.start_mark.line) + 1


def format_path(path: Path) -> str:
    """Return a path in JSONPath notation: `$.tables.debts[3].number`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _compose(text: str, name: str) -> Any:
    try:
        _refuse_depth(text, name)  # before composing, where deep nesting would crash the process
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        if "maximum nesting depth" in problem:  # PyYAML's own limit, reached first where it reads ahead
            problem = _TOO_DEEP
        raise StartupError([f"{name}:{mark.line + 1 if mark else 1}: {problem}"]) from None
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise StartupError([f"{name}:{line}: {str(error).partition(chr(10))[0]}"]) from None


def _refuse_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise StartupError([f"{name}:{line}: {_TOO_DEEP}"])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _find_beyond_json(text: str) -> list[LocatedError]:
    """List the lines with tags and aliases, which JSON lacks."""
    errors: list[LocatedError] = []
    if any(sign in text for sign in "!*"):
        for token in yaml.scan(text, Loader=_LOADER):
            line = token.start_mark.line + 1
            if isinstance(token, yaml.TagToken):
                errors.append(
                    (line, f"unknown tag {''.join(filter(None, token.value))}; only JSON's types are allowed")
                )
            elif isinstance(token, yaml.AliasToken):
                errors.append(
                    (
                        line,
                        f"aliases such as *{token.value} are not allowed; repeat the value, or use $ref in a contract",
                    )
                )
    return errors


def _value(node: Any, errors: list[LocatedError]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, errors)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, errors) for item in node.value]
    return dict(_read_properties(node, errors))


def _read_properties(node: Any, errors: list[LocatedError]) -> Iterator[tuple[str, Any]]:
    keys: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            errors.append((line, "a key must be a string"))
            continue
        if key.value in keys:
            errors.append((line, f"duplicate key {key.value!r}"))
        keys.add(key.value)
        yield key.value, _value(value, errors)


def _scalar(node: Any, errors: list[LocatedError]) -> Any:
    text = node.value
    if node.style:  # quoted or a block; plain is "" with libyaml and None without
        return text
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    try:
        number = exact_number(text)
    except Malformed as error:
        errors.append((node.start_mark.line + 1, error.message))
        return None
    return int(text) if _INTEGER.fullmatch(text) else number


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


class _Writer(yaml.SafeDumper):
    """Writes each value in full, without anchors for values that occur twice."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML passes it
        """Return True, so that no anchor is written."""
        return True


def _number(writer: _Writer, value: Decimal) -> Any:
    """Write a number unquoted, under the tag that readers resolve its text to."""
    text = str(value)
    tag = writer.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # untyped there
    return writer.represent_scalar(tag, text)


def _text(writer: _Writer, value: str) -> Any:
    """Quote a string that `read_yaml` would read as a number or a word: `651e10` is a number only here."""
    style = "'" if value in _WORDS or _NUMBER.fullmatch(value) else None
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Writer.add_representer(Decimal, _number)
_Writer.add_representer(str, _text)
