"""Mutation operators: each finds one place in a function, or in a contract, and changes it.

Code is compared as syntax trees, so that a mutant outlives formatting, comments and moves between files.
"""

import ast
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct

Edit = tuple[int, int, str]  # from and to which byte of the text, and what stands there then


class Operator(Struct, frozen=True):
    """A change of one place in the syntax tree of a function, a class or a module."""

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each place that the operator fits; a mutant wants exactly one."""
        raise NotImplementedError


class DropCall(Operator, frozen=True):
    """Drop the call of `callee` where it is a statement; `keep_argument` still evaluates its only argument."""

    callee: str
    keep_argument: bool = False

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each such statement."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                call = node.value
                if ast.unparse(call.func) == self.callee:
                    yield replace_node(node, ast.unparse(call.args[0]) if self.keep_argument else "pass", source)


class Replace(Operator, frozen=True):
    """Replace an expression or a statement."""

    old: str
    new: str

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each node that equals the old one."""
        (wanted,) = ast.parse(self.old).body
        node: ast.AST = wanted.value if isinstance(wanted, ast.Expr) else wanted
        key = ast.dump(node)
        for found in ast.walk(tree):
            if isinstance(found, ast.expr | ast.stmt) and ast.dump(found) == key:
                yield replace_node(found, self.new, source)


class Condition(Operator, frozen=True):
    """Replace the condition of an `if` statement or expression, or a part of it between `and` and `or`."""

    old: str
    new: str

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each condition, or part of one, that equals the old one."""
        key = ast.dump(ast.parse(self.old, mode="eval").body)
        for node in ast.walk(tree):
            if isinstance(node, ast.If | ast.IfExp):
                parts = [node.test, *(node.test.values if isinstance(node.test, ast.BoolOp) else [])]
                yield from (replace_node(part, self.new, source) for part in parts if ast.dump(part) == key)


class Argument(Operator, frozen=True):
    """Give another value to the keyword argument `name`, wherever in the function it is given."""

    name: str
    new: str

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each argument of that name."""
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == self.name:
                yield replace_node(node.value, self.new, source)


class Item(Operator, frozen=True):
    """Give another value to the item `key` of a dictionary display; None takes the item out."""

    key: str
    new: str | None

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each item of that key."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if key is not None and ast.unparse(key) == self.key:
                        yield self._edit(key, value, source)

    def _edit(self, key: ast.expr, value: ast.expr, source: bytes) -> Edit:
        if self.new is not None:
            return replace_node(value, self.new, source)
        return replace_node(key, "", source)[0], replace_node(value, "", source)[1], "**{}"


class Returned(Operator, frozen=True):
    """Return another value; `old` chooses among several returns."""

    new: str
    old: str | None = None

    def edits(self, tree: ast.AST, source: bytes) -> Iterator[Edit]:
        """The edit at each return of the old value."""
        wanted = None if self.old is None else ast.dump(ast.parse(self.old, mode="eval").body)
        for node in ast.walk(tree):
            if isinstance(node, ast.Return) and node.value is not None and wanted in {None, ast.dump(node.value)}:
                yield replace_node(node.value, self.new, source)


class SchemaValue(Struct, frozen=True):
    """Put another YAML value at a JSON pointer of a contract, or replace a part of the text that stands there."""

    pointer: str
    new: str
    part: str | None = None

    def apply(self, text: str) -> str:
        """The contract's text with the change."""
        node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        for step in self.pointer.split("/")[1:]:
            node = child_of(node, step.replace("~1", "/").replace("~0", "~"))
        start, end = node.start_mark.index, node.end_mark.index
        old = text[start:end]
        new = self.new if self.part is None else old.replace(self.part, self.new)
        return f"{text[:start]}{new}{text[end:]}"


def replace_node(node: ast.expr | ast.stmt, new: str, source: bytes) -> Edit:
    """Put new code where a node is: an expression in parentheses, so that operators around it keep their order."""
    lines = source.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    return start, end, f"({new})" if isinstance(node, ast.expr) else new


def child_of(node: Any, step: str) -> Any:
    """A mapping's value or a sequence's item.

    Raises:
        KeyError: there is none.
    """
    if isinstance(node, yaml.SequenceNode):
        return node.value[int(step)]
    children = {key.value: value for key, value in node.value}
    return children[step]
