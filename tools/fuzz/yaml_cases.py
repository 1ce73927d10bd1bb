"""Files that no loader should be broken by: bombs, tags, cycles, depth, damage, and real files with a change."""

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from random import Random
from typing import Any, Final

from paysandbox.core.strict_yaml import write_yaml
from tools.fuzz.mutations import ODD_BYTES, SchemaNode, at, changed_bytes, changed_value, places

Bomb = Callable[[Random], str]

TAGS: Final = (
    "!!python/object/apply:os.getcwd []",
    "!!python/name:os.system x",
    "!!python/object:object {}",
    "!!binary aGk=",
    "!!timestamp 2024-01-01",
    "!!set {a, b}",
    "!!omap [a: 1]",
    '!!int "5"',
    "!<tag:yaml.org,2002:str> x",
    "!foo {a: 1}",
    "! x",
)
ODD_YAML: Final = (
    *(
        b"&a ",
        b"*a",
        b"<<: *a\n",
        b"!!str ",
        b"? ",
        b": ",
        b"- ",
        b"--- ",
        b"...\n",
        b"%YAML 1.1\n",
        b"# ",
        b"| ",
        b">-\n",
    ),
    *(b"\x85", b"\xe2\x80\xa9", b"\xef\xbb\xbf", b'"\\ud800"', b'"\\x00"', b"1e999999999", b"9" * 5000, b"- " * 500),
    *ODD_BYTES,
)
ODD_REFERENCES: Final = (
    *("", "#", "#/", "#//", "#/paths", "#/components/schemas/", "#/components/schemas/%00", "#/~2", "#/components/~1"),
    *(
        "other.yaml",
        "other.yaml#/a",
        "http://127.0.0.1:1/a.json",
        "file:///etc/passwd",
        "urn:contract#/info",
        "#anchor",
    ),
    *("#/paths/0", "#/servers/0", "#/info/title", "#/components/schemas", "#/$defs/x", "#" * 3000, "#/é/\U0001f4b6"),
)
ODD_SCHEMAS: Final[tuple[dict[str, Any], ...]] = (
    *(
        {"pattern": one}
        for one in ("(", "[", "(?<x>", "a{99999999}", "(a+)+$", "\\d", "(?i)x", "\\", "\x00", "é" * 500)
    ),
    *({"pattern": "(((((((((((((((((a?){30}){30}){30}){30}){30}){30})))))))))))"}, {"pattern": "(?=x)" * 500}),
    *({"multipleOf": one} for one in (Decimal("1e-300"), Decimal("1e300"), Decimal("0.01"), 10**290, 1)),
    *({name: 10**298} for name in ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maximum")),
    *({"minimum": Decimal("1e308")}, {"minimum": 2, "maximum": 1}, {"required": ["a", ""]}, {"enum": [None, [], {}]}),
    *({"type": "null"}, {"type": ["integer", "string"]}, {"const": {"a": [1]}}, {"not": {}}, {"if": {}, "then": False}),
    *({"allOf": [{}] * 300}, {"oneOf": [{}] * 2}, {"properties": {"": {}, "\x00": {}, "a/b~c%": {"type": "string"}}}),
    *({"patternProperties": {"(": {}}}, {"propertyNames": {"pattern": "["}}, {"additionalProperties": False}),
    *(
        {"default": {"a": []}},
        {"examples": [[]]},
        {"format": "email", "type": "integer"},
        {"unevaluatedProperties": False},
    ),
)


def laughs(dice: Random) -> str:
    """Aliases of aliases: a few lines that would be many gigabytes."""
    width = dice.choice((2, 9))
    lines = ["a0: &a0 lol"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, dice.choice((3, 30, 200)))]
    return "\n".join(lines)


def merges(dice: Random) -> str:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], x{n}: 1}}" for n in range(1, dice.choice((3, 40)))]
    return "\n".join(lines)


def cycle(dice: Random) -> str:
    """A node that stands in itself."""
    return dice.choice(("a: &a [*a]", "&a a: {b: *a}", "&a {b: &b [*a, *b]}", "&a ? *a\n: *a", "tables: &t\n  x: *t"))


def anchors(dice: Random) -> str:
    """Anchors without an alias, or that are given twice, or not at all."""
    return dice.choice(("a: &a 1\nb: &a 2", "a: *b", "&a &b c: 1", "a: &a", f"a: &{'x' * 100_000} 1"))


def tagged(dice: Random) -> str:
    """A value that asks for an object."""
    return f"a: 1\nb: {dice.choice(TAGS)}\n"


def nested(dice: Random) -> str:
    """Depth, in each of the ways there are."""
    depth = dice.choice((60, 63, 64, 65, 66, 300, 5000, 100_000))
    kind = dice.choice(("flow", "open", "objects", "dashes", "keys", "questions"))
    if kind == "keys":
        depth = min(depth, 1000)
        return "\n".join(f"{' ' * level}a:" for level in range(depth))
    return {
        "flow": f"a: {'[' * depth}{']' * depth}",
        "open": f"a: {'[' * depth}",
        "objects": f"a: {'{a: ' * depth}1{'}' * depth}",
        "dashes": f"{'- ' * depth}x",
        "questions": f"{'? ' * depth}x",
    }[kind]


def huge(dice: Random) -> str:
    """One thing that is far too long."""
    size = dice.choice((5000, 200_000))
    return dice.choice(
        (
            f"a: {'x' * size}",
            f'a: "{"x" * size}"',
            f"a: |\n  {'x' * size}",
            f"{'x' * size}: 1",
            f"a: {'9' * size}",
            f"a: 0.{'3' * size}",
            f"a: 1e{'9' * size}",
            f"# {'x' * size}",
            "\n" * size,
            f"a: {' ' * size}1",
            f"a: [{'1, ' * (size // 10)}]",
            "\n".join(f"k{n}: {n}" for n in range(size // 100)),
            "\n".join("k: 1" for _ in range(size // 100)),
            f"tables: {{debts: [{'{}, ' * (size // 100)}]}}",
            f"tables: {{{'a: 1, ' * (size // 100)}}}",
        )
    )


def several(dice: Random) -> str:
    """More than one document, or none."""
    return dice.choice(
        ("", "---\n---\n", "a: 1\n---\nb: 2", "--- 1\n...\n--- 2", "null", "[]", "x", "1", "\ufeff", "\t")
    )


BOMBS: Final[tuple[Bomb, ...]] = (laughs, merges, cycle, anchors, tagged, nested, huge, several)


def damaged(dice: Random, content: bytes) -> bytes:
    """A file with bytes that were changed on their way."""
    found = changed_bytes(dice, content, ODD_YAML)
    return found.decode("utf-8", "replace").encode("utf-16") if dice.random() < 0.02 else found


def infected(dice: Random, content: bytes) -> bytes:
    """A file with a bomb in front, behind, or somewhere in it."""
    bomb = dice.choice(BOMBS)(dice).encode()
    lines = content.split(b"\n")
    at = dice.choice((0, len(lines), dice.randrange(len(lines))))
    return b"\n".join([*lines[:at], bomb, *lines[at:]])


def rewritten(dice: Random, value: Any) -> bytes:
    """A file whose value is changed at a few places."""
    return write_yaml(changed_value(dice, value)).encode()


def misled(dice: Random, value: Any) -> bytes:
    """A contract whose references lead elsewhere: to themselves, in circles, out of it, or to other things."""
    found = deepcopy(value)
    everywhere = [place for place in places(found) if place]
    sound = [place for place in everywhere if place[-1] == "$ref"]
    for _ in range(dice.choice((1, 1, 2, 4))):
        where = dice.choice(sound) if sound and dice.random() < 0.7 else (*dice.choice(everywhere), "$ref")
        near = [where[:size] for size in range(len(where))]
        components = [place for place in everywhere if place[0] == "components" and len(place) == 3]
        target = dice.choice((*near, *components, dice.choice(everywhere)))
        reference = "#/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in target)
        parent = at_or_none(found, where[:-1])
        if isinstance(parent, dict):
            if dice.random() < 0.3:
                parent.clear()  # a reference stands alone
            parent["$ref"] = dice.choice(ODD_REFERENCES) if dice.random() < 0.2 else reference
    return write_yaml(found).encode()


def reworded(dice: Random, value: Any) -> bytes:
    """A contract with a schema that says odd things, each of which the dialect knows."""
    found = deepcopy(value)
    schemas = [place for place in places(found) if place[-1:] == ("schema",) or place[-2:-1] == ("properties",)]
    node = at_or_none(found, dice.choice(schemas)) if schemas else None
    if isinstance(node, dict):
        node.update(deepcopy(dice.choice(ODD_SCHEMAS)))
    return write_yaml(found).encode()


def at_or_none(value: Any, where: SchemaNode) -> Any:
    """What stands at a place, if that is still there."""
    try:
        return at(value, where)
    except (KeyError, IndexError, TypeError):
        return None


def hostile_file(dice: Random, content: bytes, value: Any, *, is_contract: bool) -> bytes:
    """A file to be read instead of one that has this content and this value."""
    kind = dice.randrange(10)
    if is_contract and dice.random() < 0.4:
        return misled(dice, value) if kind < 6 else reworded(dice, value)
    if kind < 5:
        return rewritten(dice, value)
    if kind < 8:
        return damaged(dice, content)
    return infected(dice, content) if kind < 9 else dice.choice(BOMBS)(dice).encode()
