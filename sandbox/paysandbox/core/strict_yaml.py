"""YAML with JSON's types only: `2024-01-15` and `NO` stay text, 19.99 stays exact, each place has a line."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from paysandbox.core.exact_json import exact_number
from paysandbox.core.problems import Malformed, StartupError

DEPTH: Final = 64
_TOO_DEEP: Final = f"this is nested deeper than {DEPTH} levels"

_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, Any]] = {"null": None, "": None, "true": True, "false": False}
_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser where libyaml was built in

Path = Sequence[str | int]
LocatedError = tuple[int, str]


def read_yaml(text: str, name: str) -> Any:
    """The JSON value of a YAML file.

    Raises:
        Unusable: not YAML, more than JSON can say (tags, aliases, keys that are no text or come twice), or more than
            is read (nesting beyond 64 levels, numbers out of range), with `name` and line.
    """
    root = _compose(text, name)
    errors = _beyond_json(text)
    value = None
    # An alias may stand inside of what it repeats, so a file with one is not walked through.
    if root is not None and not any("alias" in what for _, what in errors):
        value = _value(root, errors)
    if errors:
        raise StartupError([f"{name}:{line}: {what}" for line, what in sorted(errors)])
    return value


def write_yaml(value: Any) -> str:
    """A JSON value as YAML, members in their order; a `Decimal` is written as the number it is."""
    return yaml.dump(value, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=120)


def locate_errors(text: str, name: str, errors: Iterable[tuple[Path, str]]) -> list[str]:
    """What is wrong at places of a file that could be read, as `name:line: path: what is wrong`."""
    root = _compose(text, name)
    return [f"{name}:{_line(root, where)}: {format_path(where)}: {what}" for where, what in errors]


def _line(node: Any, path: Path) -> int:
    """The line (from 1) of the deepest part of `path` that the file has."""
    for step in path:
        below = _child(node, step)
        if below is None:
            break
        node = below
    return 1 if node is None else int(node.start_mark.line) + 1


def format_path(path: Path) -> str:
    """The path as people read it: `$.tables.debts[3].number`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _compose(text: str, name: str) -> Any:
    try:
        _refuse_depth(text, name)  # which comes first, as composing would end the whole process
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        if "maximum nesting depth" in problem:  # PyYAML's own limit, met before ours where it reads ahead
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


def _beyond_json(text: str) -> list[LocatedError]:
    """The lines with tags and aliases, which JSON does not have."""
    errors: list[LocatedError] = []
    if any(mark in text for mark in "!*"):
        for token in yaml.scan(text, Loader=_LOADER):
            line = token.start_mark.line + 1
            if isinstance(token, yaml.TagToken):
                errors.append(
                    (line, f"the tag {''.join(filter(None, token.value))} is not known; only JSON's types are")
                )
            elif isinstance(token, yaml.AliasToken):
                errors.append((line, f"the alias *{token.value} is not known; write it out, or use $ref in a contract"))
    return errors


def _value(node: Any, errors: list[LocatedError]) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, errors)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, errors) for item in node.value]
    return dict(_members(node, errors))


def _members(node: Any, errors: list[LocatedError]) -> Iterator[tuple[str, Any]]:
    keys: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            errors.append((line, "a key must be text"))
            continue
        if key.value in keys:
            errors.append((line, f"the key {key.value!r} is given twice"))
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
    """Writes what JSON has, each value in full: no anchors for what stands in two places."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML passes it
        """Never refer."""
        return True


def _number(writer: _Writer, value: Decimal) -> Any:
    """As plain text, under the tag that a reader takes that text for."""
    text = str(value)
    tag = writer.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # untyped there
    return writer.represent_scalar(tag, text)


_Writer.add_representer(Decimal, _number)
