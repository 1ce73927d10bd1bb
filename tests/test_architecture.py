"""Folders are layers: which folder imports which, who names time, floats and the environment, and what is global."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from paysandbox.cli.commands import PLACES, Commands

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sandbox" / "paysandbox"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What only the contract suites import, and only once they run.
SUITES = {"schemathesis", "hypothesis", "jsonschema", "referencing"}

# The modules at the package's top: the public face, the application, and the ways into tests.
TOP = {"__init__", "__main__", "_version", "app", "testing", "testcontainers", "pytest_plugin"}
TOP |= {"pytest_markers", "pytest_namespaces", "pytest_sandboxes"}

# Each folder, from the lowest layer up: the folders below it that it imports, and the packages of others.
LAYERS: dict[str, tuple[set[str], set[str]]] = {
    "core": (set(), {"msgspec", "yaml"}),
    "recordings": ({"core"}, {"msgspec", "ijson", "yaml"}),
    "store": ({"core"}, {"msgspec", "hiredis"}),
    "contract": ({"core"}, {"msgspec", "jsonschema", "jsonschema_rs", "platformdirs"}),
    "html": ({"core"}, {"msgspec", "jinja2", "markupsafe"}),
    "coverage": ({"core", "contract", "html"}, {"msgspec"}),
    "kit": ({"core", "store", "contract", "coverage"}, {"msgspec", "segno"}),
    "providers": ({"core", "store", "kit"}, {"msgspec"}),
    "pipeline": ({"core", "store", "contract", "kit"}, {"msgspec"}),
    "control": ({"core", "recordings", "store", "contract", "coverage", "kit"}, {"msgspec"}),
    "judging": (
        {"core", "recordings", "store", "contract", "coverage", "kit", "pipeline", "control"},
        {"msgspec"},
    ),
    "web": (
        {"core", "recordings", "store", "contract", "html", "coverage", "kit", "pipeline", "control", "judging"},
        {"msgspec", "starlette", "markupsafe"},
    ),
    "delivery": ({"core", "store", "kit"}, {"msgspec", "httpcore"}),
    "app": ({"_version", "core", "store", "contract", "kit", "control", "web", "delivery"}, {"msgspec"}),
    "server": (
        {"core", "kit", "pipeline", "web", "app"},
        {"msgspec", "starlette", "uvicorn", "watchfiles", "trustme", "cryptography"},
    ),
    "testing": ({"core", "kit", "app"}, {"msgspec"}),
    "scaffold": ({"core", "contract", "kit", "app", "testing"}, {"msgspec", "jinja2"}),
    "client": ({"core"}, set()),
    "agents": ({"_version", "core", "client"}, {"mcp"}),
    "testcontainers": ({"client"}, {"testcontainers"}),
    "evidence": (
        {
            "_version",
            "core",
            "recordings",
            "contract",
            "html",
            "coverage",
            "kit",
            "pipeline",
            "control",
            "judging",
            "app",
            "testing",
        },
        {"msgspec", "jinja2"},
    ),
    "check": (
        {
            "core",
            "recordings",
            "contract",
            "html",
            "kit",
            "control",
            "judging",
            "app",
            "testing",
            "server",
            "client",
            "evidence",
        },
        {"msgspec", "schemathesis", "hypothesis", "jsonschema", "referencing", "requests", "urllib3"},
    ),
    "recorder": (
        {"core", "recordings", "store", "kit", "pipeline", "control", "judging", "web"},
        {"msgspec", "httpcore"},
    ),
    "cli": (
        {
            "_version",
            "core",
            "store",
            "contract",
            "coverage",
            "kit",
            "pipeline",
            "app",
            "scaffold",
            "server",
            "client",
            "check",
            "agents",
            "recordings",
            "judging",
            "evidence",
            "recorder",
        },
        {"click", "msgspec"},
    ),
    "pytest_sandboxes": ({"core", "client", "server"}, {"pytest"}),
    "pytest_namespaces": ({"core", "client", "app", "testing"}, set()),
    "pytest_markers": (set(), {"pytest"}),
    "pytest_plugin": (
        {"core", "client", "server", "pytest_markers", "pytest_namespaces", "pytest_sandboxes"},
        {"pytest"},
    ),
    "": ({"_version", "app", "client", "server"}, set()),
    "_version": (set(), set()),
    "__main__": ({"cli"}, set()),
}


def name_of(module: Path) -> str:
    """`contract/operation.py` is `contract.operation`; the package itself is empty."""
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def layer_of(name: str) -> str:
    """The folder, or the module at the package's top."""
    return name.partition(".")[0]


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
def test_a_module_imports_only_what_its_folder_may(module: Path) -> None:
    """One direction: from the command line down to the values."""
    name = name_of(module)
    layer = layer_of(name)
    below, packages = LAYERS[layer]
    for target in imported(module):
        first, _, rest = target.partition(".")
        if first != "paysandbox":
            assert first in sys.stdlib_module_names or first in packages, f"{name} must not import {target}"
            continue
        other = layer_of(rest)
        if other == layer == "providers":
            assert rest.split(".")[1:2] in ([], name.split(".")[1:2]), f"{name} imports another provider: {target}"
        elif target == "paysandbox.providers":
            assert name == "kit.provider", f"{name} must not look for providers"
        else:
            assert other == layer or other in below, f"{name} must not import {target}"


def test_no_folder_reaches_itself() -> None:
    """The table itself has no circle: each layer names only layers above it in the table's order."""
    order: set[str] = {"_version"}
    for layer, (below, _) in LAYERS.items():
        assert below <= order, f"{layer} names {below - order}, which come later"
        order.add(layer)


def test_the_package_top_holds_the_listed_modules() -> None:
    """Everything else has a folder, and every folder is a layer."""
    assert {module.stem for module in PACKAGE.glob("*.py")} == TOP
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert folders == LAYERS.keys() - TOP - {""}


def test_the_command_line_loads_without_the_contract_suites() -> None:
    """No command waits for schemathesis, which is an extra, and a server does not wait for the other commands."""
    every = "from paysandbox.cli.main import main; list(main.commands.values())"
    assert _list_loaded(every, *SUITES, "paysandbox.check.runner") == []
    commands = [f"paysandbox.cli.{module}" for module, _ in PLACES.values()]
    assert {*_list_loaded(every, *commands)} == {*commands}
    serve = "from paysandbox.cli.main import main; main.commands['serve']"
    assert _list_loaded(serve, *commands) == ["paysandbox.cli.serve"]


def _list_loaded(code: str, *modules: str) -> list[str]:
    """List those of the modules that are loaded once a program has run."""
    shown = f"import sys; {code}; print(*(name for name in sys.argv[1:] if name in sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", shown, *modules], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_every_command_is_found_by_its_name() -> None:
    """The table of commands has all that the modules declare, each under its own name."""
    assert {name: command.name for name, command in Commands().items()} == {name: name for name in PLACES}
    declared = sum(
        text.startswith(("@click.command(", "@click.group("))
        for module in (PACKAGE / "cli").glob("*.py")
        for text in module.read_text().splitlines()
    )
    assert declared == len(PLACES) + 1  # the one that they belong to


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


def test_float_is_not_named_outside_exact_json() -> None:
    for module in MODULES:
        if module.name != "exact_json.py":
            names = {node.id for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Name)}
            assert "float" not in names, module


def test_only_the_clock_asks_the_system_for_the_time() -> None:
    """Behaviour depends on the namespace's clock alone."""
    for module in MODULES:
        text = module.read_text()
        if module.name != "clock.py":
            for spelled in (
                r"datetime\.now\(",
                r"utcnow\(",
                r"date\.today\(",
                r"(?<!\w)(?<!\.)time\.time\(",
                r"^import time$",
            ):
                assert not re.search(spelled, text, re.MULTILINE), f"{module} asks the system for the time: {spelled}"


def test_only_the_command_line_reads_the_environment() -> None:
    """Settings come in as values."""
    for module in MODULES:
        if module.name not in {"main.py", "env.py", "pytest_plugin.py", "__main__.py"}:
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


def test_every_module_of_a_provider_is_in_the_table() -> None:
    """ARCHITECTURE.md lists them: a reader who knows one provider finds their way in all."""
    table = (ROOT / "ARCHITECTURE.md").read_text().partition("## The modules of a provider")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", table, re.MULTILINE))
    found = {
        module.stem
        for provider in (PACKAGE / "providers").iterdir()
        if (provider / "__init__.py").exists()
        for module in provider.iterdir()
        if module.suffix == ".py" or (module / "__init__.py").exists()
    }
    assert found == listed
