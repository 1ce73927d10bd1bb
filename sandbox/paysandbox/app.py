"""START HERE: read the contracts, find the providers, and join everything into one Starlette application."""

from asyncio import CancelledError
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from paysandbox._version import __version__
from paysandbox.contract.document import Contract
from paysandbox.contract.loader import read_contract
from paysandbox.control import PROVIDER as CONTROL_PLANE
from paysandbox.control.journal_view import describe_entries
from paysandbox.core.clock import system_time
from paysandbox.core.problems import StartupError
from paysandbox.delivery.deliverer import run_deliveries
from paysandbox.kit.advice_log import AdviceLog
from paysandbox.kit.discovery import CONTRACT, FIXTURES, Folders, choose_providers, list_code, list_providers
from paysandbox.kit.fixtures import FILE, Fixtures, find_source, read_file, read_fixtures
from paysandbox.kit.provider import Provider, Service, create_service
from paysandbox.kit.runtime import FileVersion, Runtime, read_version
from paysandbox.kit.settings import Settings
from paysandbox.store.journal import JournalBudget
from paysandbox.store.namespaces import Namespaces
from paysandbox.web.asgi import AsgiApp
from paysandbox.web.console.routes import EXCEPTION_HANDLERS, ROUTES
from paysandbox.web.cors import CorsApp

_PACKAGED: Final = Path(__file__).parent / "data"


class Sandbox(Starlette):
    """The application: the console's pages are Starlette routes, all else is plain ASGI. `state.runtime` is its state.

    An HTTP request goes to the plain ASGI door first, because Starlette's middleware and routing would cost each call a
    tenth of its time, and the providers' paths, methods and errors are not Starlette's. Pages come back to Starlette.
    """

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(routes=ROUTES, exception_handlers=EXCEPTION_HANDLERS, lifespan=_lifespan)
        self.router.redirect_slashes = False  # a page has one address
        self.state.runtime = runtime
        door = CorsApp if runtime.settings.cors_origins else AsgiApp
        self.door = door(runtime, pages=super().__call__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self.door(scope, receive, send)


def create_app(  # noqa: PLR0913 - named arguments, all optional
    *,
    schemas: Path | None = None,
    fixtures: Path | None = None,
    settings: Settings | None = None,
    time: Callable[[], datetime] = system_time,
    providers: Iterable[Provider] | None = None,
    provider_folder: Folders = None,
    provider_names: Collection[str] = (),
) -> "Sandbox":
    """Create the sandbox as an ASGI application. Two applications share no state.

    Args:
        schemas: folder of contracts, `<provider>/openapi.yaml`. Default: the packaged ones.
        fixtures: folder of fixtures, `<provider>/default.yaml`, or a file with those of several providers, each under
            the provider's name. What it does not have comes from the package.
        settings: limits, seed and control token.
        time: source of every namespace's clock, in UTC.
        providers: the APIs to imitate. Default: the packaged ones, those of installed distributions, and those in
            `provider_folder`.
        provider_folder: folder of further providers, `<provider>/` with `openapi.yaml`, `fixtures.yaml`, `provider/`,
            or several such folders. Their code is imported.
        provider_names: imitate these of the providers only, and read no files of the others. Default: all.

    Raises:
        StartupError: a contract, a fixture file or a provider is not valid.
    """
    runtime = create_runtime(
        schemas=schemas,
        fixtures=fixtures,
        settings=settings,
        time=time,
        providers=providers,
        provider_folder=provider_folder,
        provider_names=provider_names,
    )
    return Sandbox(runtime)


def create_runtime(  # noqa: PLR0913 - named arguments, all optional
    *,
    schemas: Path | None = None,
    fixtures: Path | None = None,
    settings: Settings | None = None,
    time: Callable[[], datetime] = system_time,
    providers: Iterable[Provider] | None = None,
    provider_folder: Folders = None,
    provider_names: Collection[str] = (),
) -> Runtime:
    """Create the state that `create_app` serves; the arguments are the same.

    Raises:
        StartupError: with the errors of all providers together.
    """
    settings = settings or Settings()
    known = list_providers(provider_folder) if providers is None else list(providers)
    by_name = {provider.name: provider for provider in choose_providers(known, provider_names)}
    versions = {path: read_version(path) for path in list_code(by_name.values(), provider_folder)}
    contracts, fixture_files = _read_files(
        by_name, schemas or find_data_folder("schemas"), fixtures, versions, settings.webhook_hosts
    )
    runtime = _join(by_name, contracts, fixture_files, settings, time)
    runtime.notices = tuple(_list_notices(schemas, fixtures, {provider.name for provider in known}))
    if settings.webhook_urls and all(provider.webhooks is None for provider in by_name.values()):
        runtime.notices += ("nothing is delivered to --webhook, because none of these providers has webhooks",)
    runtime.files = versions
    # Own providers' code is imported anew, where a folder of them is given.
    again = None if provider_folder or providers is None else known
    runtime.read_again = partial(
        create_runtime, schemas=schemas, fixtures=fixtures, settings=settings, time=time, providers=again,
        provider_folder=provider_folder, provider_names=provider_names,
    )  # fmt: skip
    return runtime


def _join(
    providers: Mapping[str, Provider],
    contracts: Mapping[str, Contract],
    fixture_files: Mapping[str, Fixtures],
    settings: Settings,
    time: Callable[[], datetime],
) -> Runtime:
    return Runtime(
        services={
            name: _create_service(provider, contracts[name], fixture_files[name])
            for name, provider in providers.items()
        },
        control=create_service(CONTROL_PLANE, contracts[CONTROL_PLANE.name], {}),
        namespaces=Namespaces(
            {name: read.baseline for name, read in fixture_files.items()},
            seed=settings.seed,
            limit=settings.namespace_limit,
            time=time,
            budget=JournalBudget(entries=settings.journal_entries, limit=settings.journal_bytes),
            webhook_urls=settings.webhook_urls,
        ),
        settings=settings,
        version=__version__,
        time=time,
    )


def collect_advice(runtime: Runtime) -> AdviceLog:
    """Collect the advice about all calls from now on, also of namespaces that are deleted meanwhile."""
    log = AdviceLog(
        runtime.namespaces,
        lambda namespace: describe_entries(list(namespace.journal), namespace, runtime),
    )
    runtime.namespaces.on_clear = log.read
    return log


def find_data_folder(folder: str) -> Path:
    """Return the folder `schemas` or `fixtures`: inside an installed package, or beside it in a checkout."""
    inside = _PACKAGED / folder
    return inside if inside.is_dir() else Path(__file__).parents[2] / folder


def _create_service(provider: Provider, contract: Contract, read: Fixtures) -> Service:
    return create_service(provider, contract, read.credentials, read.baseline.variants)


def _read_files(
    providers: Mapping[str, Provider],
    schemas: Path,
    fixtures: Path | None,
    versions: dict[Path, FileVersion],
    hosts: Collection[str],
) -> tuple[dict[str, Contract], dict[str, Fixtures]]:
    """Read the contracts, including the control plane's, and the fixtures; note the version of each file.

    `hosts` are those beyond this machine that webhooks may be delivered to.
    """
    contracts: dict[str, Contract] = {}
    read: dict[str, Fixtures] = {}
    errors: list[str] = []
    for provider in [*providers.values(), CONTROL_PLANE]:
        with _collect_errors(errors):
            path, shown = _find_contract(schemas, provider)
            versions[path] = read_version(path)
            contracts[provider.name] = read_contract(path, shown)
    if fixtures is not None:
        with _collect_errors(errors):
            _check_any_fixtures(fixtures, providers.values())
    for provider in providers.values():
        with _collect_errors(errors):
            source = find_source(fixtures, provider, find_default_fixtures(provider))
            versions |= {path: read_version(path) for path in (source.path, source.default) if path is not None}
            # Without a readable contract the variants are unknown, so the fixture file's choices are not checked.
            variants = contracts[provider.name].variants if provider.name in contracts else None
            read[provider.name] = read_fixtures(source, provider, variants, contracts.get(provider.name), hosts)
    if errors:
        raise StartupError(list(dict.fromkeys(errors)))  # a file of several providers' fixtures is read for each
    return contracts, read


def _find_contract(folder: Path, provider: Provider) -> tuple[Path, str]:
    """Return the path of a provider's contract, and as it was given, so that an editor can open what an error names.

    A provider from outside the package has its own if `folder` has none for it.
    """
    path = folder / provider.name / CONTRACT
    if provider.folder is not None and not path.is_file():
        path = provider.folder / CONTRACT
    if not path.is_file():
        raise StartupError([f"{path}:1: the file is missing; provider {provider.name} needs it"])
    return path, str(path)


def find_default_fixtures(provider: Provider) -> Path:
    """Return the file of a provider's default fixtures."""
    if provider.folder is not None:
        return provider.folder / FIXTURES
    return find_data_folder("fixtures") / provider.name / FILE


def _check_any_fixtures(given: Path, providers: Iterable[Provider]) -> None:
    """Refuse a folder or file without the fixtures of any provider, because it is certainly not what was meant."""
    names = [provider.name for provider in providers]
    if given.is_file():
        is_there = any(name in read_file(given) for name in names)
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


def _list_unread_fixtures(given: Path | None, names: set[str]) -> Iterator[str]:
    """Yield a line for each folder, or each property of a file, if no provider reads it."""
    if given is None or given.is_dir():
        yield from _list_unread_folders(given, names)
        return
    for name in read_file(given):
        if name not in names:
            there = ", ".join(sorted(names))
            yield f"{given}: {name} is not read, because no provider has this name; there are {there}"


def _list_notices(schemas: Path | None, fixtures: Path | None, names: set[str]) -> Iterator[str]:
    yield from _list_unread_folders(schemas, {*names, CONTROL_PLANE.name})
    yield from _list_unread_fixtures(fixtures, names)


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


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """Serve until the server stops, and deliver the events of webhooks meanwhile."""
    with suppress(CancelledError):  # a server that is stopped by force cancels the lifespan and would log a traceback
        async with run_deliveries(app.state.runtime):
            yield
