"""Find all providers: packaged ones, those of installed distributions, and those in a folder that the user names.

Outside the package a provider is one folder: `openapi.yaml`, `fixtures.yaml`, and the package `provider/`, whose
`PROVIDER` declares it. A distribution names that package in its entry point group `paysandbox.providers`.
"""

import hashlib
import importlib
import importlib.util
import os
import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from msgspec.structs import replace

from paysandbox.core.problems import StartupError, UnknownProvider
from paysandbox.kit.provider import Provider, find_providers, import_modules
from paysandbox.kit.runtime import CONTROL, CONTROL_PREFIX

GROUP: Final = "paysandbox.providers"
CONTRACT: Final = "openapi.yaml"
FIXTURES: Final = "fixtures.yaml"
CODE: Final = "provider"
NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
RESERVED: Final = (CONTROL, CONTROL_PREFIX, "ns")  # the control plane, and the first segment of a namespace's path
_ENTRY_POINTS: Final = "entry_points.txt"

Folders = Path | Sequence[Path] | None


def list_providers(folders: Folders = None) -> list[Provider]:
    """Return the packaged providers, those of installed distributions, and those in a folder, or in several.

    Raises:
        StartupError: a provider cannot be imported, is incomplete, or has the name of another.
    """
    found = [*find_providers(), *_find_installed()]
    for folder in dict.fromkeys(_list_folders(folders)):
        found += load_folder(folder)
    errors = list(_find_duplicates(found))
    if errors:
        raise StartupError(errors)
    return found


def has_packaged_alone(folders: Folders = None) -> bool:
    """Tell whether the packaged providers are all that there are: none in a folder, and none installed."""
    return not _list_folders(folders) and not _is_any_installed()


def choose_providers(found: Sequence[Provider], names: Collection[str]) -> list[Provider]:
    """Return the providers with these names, in the order of `found`; all of them if there are no names.

    Raises:
        UnknownProvider: a name is not that of a provider.
    """
    chosen = choose_names([provider.name for provider in found], names)
    return [provider for provider in found if provider.name in chosen]


def choose_names(known: Sequence[str], names: Collection[str]) -> list[str]:
    """Return these of the known names of providers, in the order of `known`; all of them if `names` is empty.

    Raises:
        UnknownProvider: a name is not that of a provider.
    """
    errors = [describe_unknown(name, known) for name in dict.fromkeys(names) if name not in known]
    if errors:
        raise UnknownProvider(errors)
    return [name for name in known if not names or name in names]


def describe_unknown(name: str, known: Collection[str]) -> str:
    """Say that there is no provider of a name, and which there are."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a wrong name asks for it

    near = get_close_matches(name.lower(), known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"unknown provider {name!r}{hint}; the providers are {', '.join(known)}"


def load_folder(folder: Path) -> list[Provider]:
    """Load the providers in a folder, in the order of their names.

    Subfolders that hold none of a provider's parts are passed over.

    Raises:
        StartupError: with the errors of all of them, or because there is no provider.
    """
    if _is_provider(folder):
        raise StartupError([f"{folder}:1: this folder is a provider itself; name the folder above it: {folder.parent}"])
    found: list[Provider] = []
    errors: list[str] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir() and _is_provider(path):
            try:
                found.append(load_provider(path))
            except StartupError as error:
                errors += error.errors
    if not found and not errors:
        errors = [f"{folder}:1: no provider in this folder; one is <name>/ with {CONTRACT}, {FIXTURES} and {CODE}/"]
    if errors:
        raise StartupError(errors)
    return found


def load_provider(folder: Path) -> Provider:
    """Load the provider in `folder`, whose name is the folder's. Each load imports its code anew.

    Raises:
        StartupError: a part is missing, or the code cannot be imported or declares no such provider.
    """
    missing = [part for part in (CONTRACT, FIXTURES, f"{CODE}/__init__.py") if not (folder / part).is_file()]
    if missing:
        raise StartupError(
            [f"{folder / part}:1: the file is missing; provider {folder.name} needs it" for part in missing]
        )
    code = folder / CODE / "__init__.py"
    with _writing_no_bytecode():
        provider = _import(folder, lambda: _declared(_import_package(folder), str(code)))
    if provider.name != folder.name:
        raise StartupError([f"{code}:1: PROVIDER has the name {provider.name!r}, but its folder {folder.name!r}"])
    return replace(provider, folder=folder)


def list_code(providers: Iterable[Provider], folders: Folders) -> list[Path]:
    """List the files of code of the providers that are loaded from these folders, which each load imports anew."""
    given = _list_folders(folders)
    homes = [provider.folder for provider in providers if provider.folder is not None]
    return [path for home in homes if home.parent in given for path in sorted((home / CODE).rglob("*.py"))]


def _list_folders(folders: Folders) -> Sequence[Path]:
    return [folders] if isinstance(folders, Path) else folders or ()


def _is_provider(folder: Path) -> bool:
    return (folder / CONTRACT).is_file() or (folder / CODE / "__init__.py").is_file()


def _import_package(folder: Path) -> ModuleType:
    # The name has the folder's hash, because two folders may hold providers of one name.
    name = f"paysandbox_{folder.name}_{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"
    for loaded in [other for other in sys.modules if other == name or other.startswith(f"{name}.")]:
        del sys.modules[loaded]
    importlib.invalidate_caches()
    code = folder / CODE
    spec = importlib.util.spec_from_file_location(name, code / "__init__.py", submodule_search_locations=[str(code)])
    assert spec is not None  # given for every .py file
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def _writing_no_bytecode() -> Iterator[None]:
    """Keep compiled files from being written: an edit in the second of the last one, of the same length, uses them."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _declared(declaring: Any, where: str) -> Provider:
    """Return the provider that a module declares as PROVIDER, or the object itself if it is one."""
    found = getattr(declaring, "PROVIDER", None) if isinstance(declaring, ModuleType) else declaring
    if not isinstance(found, Provider):
        raise StartupError([f"{where}:1: there is no PROVIDER = Provider(…) in this package"])
    if not NAME.fullmatch(found.name) or found.name in RESERVED or found.prefix in RESERVED:
        raise StartupError([f"{where}:1: a provider cannot be called {found.name!r} with the mount {found.prefix!r}"])
    # Imported now, because a module that fails is reported with its file only here.
    for package in found.operations if isinstance(found.operations, tuple) else (found.operations,):
        import_modules(package)
    return found


def _import(folder: Path, load: Callable[[], Provider]) -> Provider:
    """Import a provider's code; an error in it is reported where it was raised."""
    try:
        return load()
    except StartupError:
        raise
    except (Exception, SystemExit) as error:
        raise StartupError([f"{_locate(error, folder)}: {type(error).__name__}: {error}"]) from error


def _locate(error: BaseException, folder: Path) -> str:
    """Return the file and line of the provider's code at which an error was raised."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}"
    root = folder.resolve()
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).resolve().is_relative_to(root):
            return f"{frame.filename}:{frame.lineno}"
    return f"{folder}:1"


def _find_installed() -> Iterator[Provider]:
    """Yield the providers of installed distributions."""
    if not _is_any_installed():
        return
    from importlib.metadata import entry_points  # noqa: PLC0415 - takes longer than the rest of the search

    for entry in entry_points(group=GROUP):
        where = f"entry point {entry.name} = {entry.value}"
        found = importlib.util.find_spec(entry.module.partition(".")[0])
        home = Path(found.origin).parent if found is not None and found.origin else Path(entry.module)
        provider = _import(home, lambda entry=entry, where=where: _declared(entry.load(), where))  # type: ignore[misc] # mypy cannot infer a default's type
        if provider.name != entry.name:
            raise StartupError([f"{where}:1: PROVIDER has the name {provider.name!r}"])
        if provider.folder is None:
            code = Path(str(sys.modules[entry.module].__file__))
            provider = replace(provider, folder=code.parent.parent)
        yield provider


def _is_any_installed() -> bool:
    """Tell whether a distribution on the path may have an entry point of the group, without importlib.metadata."""
    section = f"[{GROUP}]".encode()
    for place in dict.fromkeys(sys.path):
        try:
            with os.scandir(place or ".") as entries:
                folders = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            continue
        for folder in folders:
            try:
                # Not by way of Path, because there may be hundreds of distributions, most of them without this file.
                with open(f"{folder}/{_ENTRY_POINTS}", "rb") as file:  # noqa: PTH123 - as said above
                    if section in file.read():
                        return True
            except OSError:
                continue
    return False


def _find_duplicates(providers: list[Provider]) -> Iterator[str]:
    names = Counter(provider.name for provider in providers)
    mounts = Counter(provider.prefix for provider in providers)
    for provider in providers:
        where = f"{provider.folder / CONTRACT}:1" if provider.folder is not None else "packaged with the sandbox"
        if names[provider.name] > 1:
            yield f"{where}: there are {names[provider.name]} providers of the name {provider.name!r}"
        elif mounts[provider.prefix] > 1:
            yield f"{where}: there are {mounts[provider.prefix]} providers with the mount {provider.prefix!r}"
