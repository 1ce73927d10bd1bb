"""A mutant as a value: a function by its qualified name, and the operator that changes it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tools.mutants import catalogue
from tools.mutants.operators import Edit, Operator, SchemaValue

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = Path("sandbox/paysandbox")
SHARED: Final = "shared"
CHECK: Final = "check"  # the contract suites, which are asked elsewhere, and here are what is changed
CONTRACT: Final = "contract"
_NOT_SHARED: Final = ("providers", CHECK)  # which are areas of their own


class DoesNotApply(Exception):
    """A mutant's place is not in the code, or is there more than once."""


class Mutant(Struct, frozen=True):
    """One thing that a careless change could do wrong.

    `id` names it, `kind` is `semantic` or what a mutation tool would call the change, `says` is a sentence of what is
    wrong then. `within` is the qualified name of a function, a class or a module's constant, or `contract`. It is
    looked for in the whole area (a provider, the check, or the shared code), so that code may move between files.
    """

    id: str
    kind: str
    says: str
    within: str
    change: Operator | SchemaValue

    def apply(self, area: str, project: Path) -> tuple[Path, str]:
        """The changed file, below the project's root, and its text with the mutant in it.

        Raises:
            DoesNotApply: the operator does not fit exactly one place.
        """
        if isinstance(self.change, SchemaValue):
            file = Path("schemas", area, "openapi.yaml")
            return file, self._checked(file, self.change.apply((project / file).read_text()), project)
        places = list(self._places(area, project, self.change))
        if len(places) != 1:
            raise DoesNotApply(
                f"{self.id}: {self.change} fits {len(places)} places in {self.within} of {area}, not one"
            )
        file, (start, end, new) = places[0]
        source = (project / file).read_bytes()
        return file, self._checked(file, (source[:start] + new.encode() + source[end:]).decode(), project)

    def _checked(self, file: Path, text: str, project: Path) -> str:
        before = (project / file).read_text()
        if text == before or (file.suffix == ".py" and ast.dump(ast.parse(text)) == ast.dump(ast.parse(before))):
            raise DoesNotApply(f"{self.id}: {self.change} changes nothing in {file}")
        return text

    def _places(self, area: str, project: Path, operator: Operator) -> Iterator[tuple[Path, Edit]]:
        for file in list_modules(area, project):
            source = (project / file).read_bytes()
            if self.within.rpartition(".")[2].encode() not in source:
                continue  # to parse every module for every mutant took half a minute
            for node in find_named(ast.parse(source), self.within):
                yield from ((file, edit) for edit in operator.edits(node, source))


def list_modules(area: str, project: Path) -> list[Path]:
    """The modules of a provider, of the check or of the shared code, below the project's root."""
    if area != SHARED:
        folder = area if area == CHECK else f"providers/{area}"
        return sorted(module.relative_to(project) for module in (project / PACKAGE / folder).rglob("*.py"))
    modules = (module.relative_to(project) for module in (project / PACKAGE).rglob("*.py"))
    return sorted(module for module in modules if module.relative_to(PACKAGE).parts[0] not in _NOT_SHARED)


def find_named(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """The functions, classes or constants of a module that have this qualified name."""
    *outer, last = name.split(".")
    scopes: list[ast.AST] = [tree]
    for step in outer:
        scopes = [
            node
            for scope in scopes
            for node in ast.iter_child_nodes(scope)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == step
        ]
    for scope in scopes:
        for node in ast.iter_child_nodes(scope):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                if node.name == last:
                    yield node
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(target, ast.Name) and target.id == last for target in targets):
                    yield node


def all_mutants() -> dict[str, tuple[Mutant, ...]]:
    """The mutants by area: the name of a provider, `check`, or `shared`, which comes last."""
    names = sorted(
        (module.name for module in pkgutil.iter_modules(catalogue.__path__)), key=lambda name: (name == SHARED, name)
    )
    return {name: tuple(_list_mutants(f"{catalogue.__name__}.{name}")) for name in names}


def _list_mutants(area: str) -> Iterator[Mutant]:
    """The mutants of an area, which is a module, or a package with a module for each subject."""
    module = importlib.import_module(area)
    if not hasattr(module, "__path__"):
        yield from module.MUTANTS
        return
    for found in pkgutil.iter_modules(module.__path__):
        yield from importlib.import_module(f"{area}.{found.name}").MUTANTS


@contextmanager
def planted(mutant: Mutant, area: str, project: Path) -> Iterator[None]:
    """Plant a mutant into a copy of the project, for the length of the block.

    Raises:
        DoesNotApply: the operator does not fit exactly one place.
    """
    changed, mutated = mutant.apply(area, project)
    file = project / changed
    text = file.read_text()
    try:
        file.write_text(mutated)
        _forget_compiled(file)
        yield
    finally:
        file.write_text(text)
        _forget_compiled(file)


def _forget_compiled(file: Path) -> None:
    """Python tells compiled files by the second and the length of their source, and two changes can share both."""
    for compiled in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        compiled.unlink()
