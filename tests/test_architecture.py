"""The layers hold: who may import whom, who names time, floats and the environment, and that nothing is global."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sandbox"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What only the contract suites import, and only once they run: `check/command.py` brings their other modules in.
SUITES = {"schemathesis", "hypothesis", "jsonschema", "referencing"}
NOT_YET = {"check", "check.command", "check.depths"}

# Each layer: its modules, and what it may import beside itself and the standard library.
LAYERS: dict[str, tuple[set[str], set[str]]] = {
    "values": (
        {"exchange", "problems", "money", "documents", "yaml_file", "precompiled", "clock"},
        {"msgspec", "yaml"},
    ),
    "store": ({"tables", "undo", "state", "faults", "journal", "namespaces"}, {"values", "msgspec"}),
    "contract": ({"contract"}, {"values", "msgspec", "jsonschema", "jsonschema_rs"}),
    "kit": ({"provider", "fixtures", "laws", "marks", "world"}, {"values", "store", "contract", "msgspec"}),
    "behaviour": ({"providers"}, {"values", "store", "kit", "msgspec"}),
    "control": ({"control"}, {"values", "store", "contract", "kit", "msgspec", "jinja2", "markupsafe"}),
    "life of a call": (
        {"answer", "attend", "explanation", "addresses"},
        {"values", "store", "contract", "kit", "msgspec"},
    ),
    "http": (
        {"edge", "app", ""},
        {"values", "store", "contract", "kit", "control", "life of a call", "msgspec", "starlette"},
    ),
    "shells": (
        {
            "cli",
            "options",
            "exec_command",
            "environment",
            "control_client",
            "handle",
            "transcript",
            "pytest_plugin",
            "server",
            "wire_protocol",
            "logs",
            "banner",
            "check",
            "__main__",
        },
        {
            "values",
            "contract",
            "kit",
            "control",
            "life of a call",
            "http",
            "msgspec",
            "starlette",
            "uvicorn",
            "pytest",
            "click",
            *SUITES,
        },
    ),
}


def name_of(module: Path) -> str:
    """`contract/operation.py` is `contract.operation`; the package itself is empty."""
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def layer_of(name: str) -> str:
    """The layer that a module belongs to."""
    first = name.partition(".")[0]
    return next(layer for layer, (members, _) in LAYERS.items() if first in members)


def imported(module: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import"
            base = node.module or ""
            for alias in node.names:
                inner = PACKAGE.parent / Path(*base.split("."), alias.name)
                yield f"{base}.{alias.name}" if inner.with_suffix(".py").exists() or inner.is_dir() else base


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_layer_may(module: Path) -> None:
    """One direction: from the shells down to the values."""
    name = name_of(module)
    layer = layer_of(name)
    allowed = LAYERS[layer][1]
    for target in imported(module):
        first, _, rest = target.partition(".")
        if first != "sandbox":
            stdlib = first in __import__("sys").stdlib_module_names
            assert stdlib or first in allowed, f"sandbox/{name} is of the layer {layer} and must not import {target}"
            continue
        other = layer_of(rest)
        if other == layer == "behaviour":
            assert rest.split(".")[1:2] in ([], name.split(".")[1:2]), f"{name} imports another provider: {target}"
        elif target == "sandbox.providers":
            assert name == "provider", f"{name} must not look for providers"
        else:
            assert other == layer or other in allowed, f"sandbox/{name} ({layer}) must not import {target} ({other})"


def test_only_the_contract_suites_know_what_they_run_on() -> None:
    """Schemathesis is an extra: nothing but `check/` names it, and there nothing that the command line reads first."""
    for module in MODULES:
        name = name_of(module)
        if layer_of(name) == "shells" and (not name.startswith("check") or name in NOT_YET):
            assert not {target.partition(".")[0] for target in imported(module)} & SUITES, name


def test_the_command_line_loads_without_the_contract_suites() -> None:
    """Who only serves does not wait for them."""
    loaded = "import sys, sandbox.cli; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", loaded, *SUITES, "sandbox.check.checking"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_every_module_has_a_layer() -> None:
    """A new room must say where it stands."""
    assert {layer_of(name_of(module)) for module in MODULES} == set(LAYERS)


def test_shared_code_names_no_provider() -> None:
    """A provider is its folders; no other file knows its name."""
    providers = [path.name for path in (PACKAGE / "providers").iterdir() if (path / "__init__.py").exists()]
    assert providers
    for module in MODULES:
        if not name_of(module).startswith("providers."):
            named = [name for name in providers if name in strings_and_names(module)]
            assert not named, f"{module.relative_to(ROOT)} names {named}"


def strings_and_names(module: Path) -> set[str]:
    """All names, and all strings but docstrings."""
    tree = ast.parse(module.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
    return found | {word for node in constants if isinstance(node.value, str) for word in node.value.split()}


def test_float_is_not_named_outside_documents() -> None:
    """Money is Decimal."""
    for module in MODULES:
        if module.name != "documents.py":
            names = {node.id for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Name)}
            assert "float" not in names, module


def test_only_the_clock_asks_the_system_for_the_time() -> None:
    """Behaviour depends on the namespace's clock alone."""
    for module in MODULES:
        text = module.read_text()
        if module.name != "clock.py":
            for spelled in ("datetime.now(", "utcnow(", "date.today(", "time.time(", "import time"):
                assert spelled not in text, f"{module} asks the system for the time: {spelled}"


def test_only_the_command_line_reads_the_environment() -> None:
    """Settings come in as values."""
    for module in MODULES:
        if module.name not in {"cli.py", "pytest_plugin.py", "__main__.py"}:
            assert not {"environ", "getenv", "argv"} & strings_and_names(module), module


def test_nothing_mutable_is_global() -> None:
    """Two sandboxes can live in one process: what stands at the top of a module is Final, or no container."""
    for module in MODULES:
        for node in ast.parse(module.read_text()).body:
            value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
            if isinstance(value, (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)):
                names = [ast.unparse(target) for target in getattr(node, "targets", [getattr(node, "target", None)])]
                annotated = isinstance(node, ast.AnnAssign) and "Final" in ast.unparse(node.annotation)
                assert annotated or names == ["__all__"], f"{module}:{node.lineno} {names}"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_rooms_are_small(module: Path) -> None:
    """A file is at most 300 lines, a function at most 40."""
    text = module.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.end_lineno is not None:
            assert node.end_lineno - node.lineno + 1 <= 40, node.name
