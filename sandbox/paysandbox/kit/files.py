"""The contract and fixture files of a start: where they are, and all of them read and checked at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from paysandbox.contract.document import Contract
from paysandbox.contract.loader import read_contract
from paysandbox.core.problems import StartupError
from paysandbox.kit.discovery import CONTRACT, FIXTURES
from paysandbox.kit.fixture_form import is_of_one_provider
from paysandbox.kit.fixtures import FILE, Fixtures, find_source, read_file, read_fixtures
from paysandbox.kit.provider import Provider
from paysandbox.kit.runtime import CONTROL, FileVersion, read_version

_PACKAGE: Final = Path(__file__).parents[1]


class Given(NamedTuple):
    """The user's own files: a folder of contracts, a folder or file of fixtures; None for the packaged ones.

    `hosts` are those beyond this machine that webhooks may be delivered to.
    """

    schemas: Path | None
    fixtures: Path | None
    hosts: Collection[str] = ()


class Read(NamedTuple):
    """All files as read, by provider, with the version of each file."""

    contracts: Mapping[str, Contract]
    fixtures: Mapping[str, Fixtures]
    versions: Mapping[Path, FileVersion]


def find_data_folder(folder: str) -> Path:
    """Return the folder `schemas` or `fixtures`: inside an installed package, or beside it in a checkout."""
    inside = _PACKAGE / "data" / folder
    return inside if inside.is_dir() else _PACKAGE.parents[1] / folder


def find_packaged_contract(name: str) -> Path:
    """Return the packaged contract of a provider, or of the control plane."""
    return find_data_folder("schemas") / name / CONTRACT


def find_packaged_fixtures(name: str) -> Path:
    """Return the default fixtures of a packaged provider."""
    return find_data_folder("fixtures") / name / FILE


def find_default_fixtures(provider: Provider) -> Path:
    """Return the file of a provider's default fixtures."""
    return find_packaged_fixtures(provider.name) if provider.folder is None else provider.folder / FIXTURES


def read_files(providers: Mapping[str, Provider], control: Provider, given: Given) -> Read:
    """Read the contracts, including the control plane's, and the fixtures.

    Raises:
        StartupError: with the errors of all files together.
    """
    schemas = given.schemas or find_data_folder("schemas")
    versions: dict[Path, FileVersion] = {}
    contracts: dict[str, Contract] = {}
    read: dict[str, Fixtures] = {}
    errors: list[str] = []
    for provider in [*providers.values(), control]:
        with _collect_errors(errors):
            path = _find_contract(schemas, provider)
            versions[path] = read_version(path)
            contracts[provider.name] = read_contract(path, str(path))
    if given.fixtures is not None:
        with _collect_errors(errors):
            _check_any_fixtures(given.fixtures, providers.values())
    for provider in providers.values():
        with _collect_errors(errors):
            source = find_source(given.fixtures, provider, find_default_fixtures(provider))
            versions |= {path: read_version(path) for path in (source.path, source.default) if path is not None}
            # Without a readable contract the variants are unknown, so the fixture file's choices are not checked.
            contract = contracts.get(provider.name)
            variants = None if contract is None else contract.variants
            read[provider.name] = read_fixtures(source, provider, variants, contract, given.hosts)
    if errors:
        raise StartupError(list(dict.fromkeys(errors)))  # a file of several providers' fixtures is read for each
    return Read(contracts, read, versions)


def _find_contract(folder: Path, provider: Provider) -> Path:
    """Return the path of a provider's contract, below the folder as it was given, so that an editor can open it.

    A provider from outside the package has its own if `folder` has none for it.
    """
    path = folder / provider.name / CONTRACT
    if provider.folder is not None and not path.is_file():
        path = provider.folder / CONTRACT
    if not path.is_file():
        raise StartupError([f"{path}:1: the file is missing; provider {provider.name} needs it"])
    return path


def _check_any_fixtures(given: Path, providers: Iterable[Provider]) -> None:
    """Refuse a folder or file without the fixtures of any provider, because it is certainly not what was meant."""
    names = [provider.name for provider in providers]
    if given.is_file():
        value = read_file(given)
        if names and is_of_one_provider(value, names):
            raise StartupError([f"{given}:1: {_explain_one_provider(given, names)}"])
        is_there = any(name in value for name in names)
        form = "<provider>: {tables: …}"
    else:
        is_there = any((given / name / FILE).is_file() for name in names)
        form = f"a file is <provider>/{FILE}"
    if names and not is_there:
        raise StartupError(
            [
                f"{given}:1: there are no fixtures here; {form}; the providers are {', '.join(names)}",
                *_list_unread_fixtures(given, set(names)),
            ]
        )


def _explain_one_provider(given: Path, names: Collection[str]) -> str:
    """Say how the file of one provider, which does not name it, is given."""
    above = given.absolute().parent
    if given.name == FILE and above.name in names:
        return f"these are the fixtures of {above.name} alone; name the folder that holds {above.name}/{FILE} instead"
    return (
        f"these are the fixtures of one provider; put them below its name, <provider>: {{tables: …}}, or into "
        f"<provider>/{FILE} of a folder; the providers are {', '.join(names)}"
    )


def _list_unread_fixtures(given: Path | None, names: set[str]) -> Iterator[str]:
    """Yield a line for each folder, or each property of a file, if no provider reads it."""
    if given is None or given.is_dir():
        yield from _list_unread_folders(given, names)
        return
    for name in read_file(given):
        if name not in names:
            there = ", ".join(sorted(names))
            yield f"{given}: {name} is not read, because no provider has this name; there are {there}"


def list_notices(given: Given, names: set[str]) -> Iterator[str]:
    """Yield what of the given files no provider reads, a line each."""
    yield from _list_unread_folders(given.schemas, {*names, CONTROL})
    yield from _list_unread_fixtures(given.fixtures, names)


def _list_unread_folders(folder: Path | None, names: set[str]) -> Iterator[str]:
    """Yield a line for each folder below one that the user has named, if no provider reads it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a start with the user's own folders asks for it

    for path in sorted(folder.iterdir()) if folder is not None else ():
        if path.is_dir() and path.name not in names and not path.name.startswith((".", "__")):
            near = get_close_matches(path.name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the providers are {', '.join(sorted(names))}"
            yield f"{path}: this folder is not read, because there is no provider {path.name!r} ({hint})"


@contextmanager
def _collect_errors(errors: list[str]) -> Iterator[None]:
    """Continue after a startup error, so that all errors are reported at once."""
    try:
        yield
    except StartupError as startup_error:
        errors += startup_error.errors
