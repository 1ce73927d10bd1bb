"""START HERE: read the contracts, find the providers, and join everything into one ASGI application."""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

from paysandbox._version import __version__
from paysandbox.contract.loader import read_contract
from paysandbox.control import PROVIDER as CONTROL_PLANE
from paysandbox.core.clock import system_time
from paysandbox.core.collector import keep_from_collector
from paysandbox.delivery.deliverer import run_deliveries
from paysandbox.kit.advice_log import AdviceLog
from paysandbox.kit.discovery import Folders, choose_providers, has_packaged_alone, list_code, list_providers
from paysandbox.kit.expiry import run_expiry
from paysandbox.kit.files import Given, find_packaged_contract, list_notices, read_files
from paysandbox.kit.packaged import find_packaged, note_checked
from paysandbox.kit.provider import Provider, Service, create_service
from paysandbox.kit.runtime import CONTROL, Runtime, read_version
from paysandbox.kit.settings import MEMORY, Settings
from paysandbox.store.expiring import ExpiringNamespaces
from paysandbox.store.journal import JournalBudget
from paysandbox.store.namespaces import Namespaces
from paysandbox.store.state import Baseline
from paysandbox.web.doors import choose_door
from paysandbox.web.effects import App, Message, Receive, Send
from paysandbox.web.lifespan import run_lifespan


class State(NamedTuple):
    """What the application holds."""

    runtime: Runtime


class Sandbox:
    """The application: plain ASGI, but for the console's pages, which are Starlette's. `state.runtime` is its state.

    Starlette's middleware and routing would cost each call a tenth of its time, and the providers' paths, methods and
    errors are not Starlette's. Its import is a tenth of a start, so it waits for the first page.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.state = State(runtime)
        self.door = choose_door(runtime)(runtime, pages=self._send_page)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(_run(self.state.runtime), receive, send)
        else:
            await self.door(scope, receive, send)

    async def _send_page(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._pages(scope, receive, send)

    @cached_property
    def _pages(self) -> App:
        from paysandbox.web.console.routes import create_pages  # noqa: PLC0415 - as said above

        return create_pages(self.state.runtime)


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
    check_again: bool = False,
) -> Runtime:
    """Create the state that `create_app` serves; the other arguments are the same.

    Packaged files that were found valid before are read when they are used, unless `check_again` is set.

    Raises:
        StartupError: with the errors of all providers together.
    """
    settings = settings or Settings()
    known = None if providers is None else list(providers)
    if known is None and not has_packaged_alone(provider_folder):
        known = list_providers(provider_folder)
    given = Given(schemas, fixtures, settings.webhook_hosts)
    is_packaged = known is None and schemas is None and fixtures is None
    # Whether a provider has webhooks only its code says.
    may_wait = is_packaged and not check_again and not settings.webhook_urls
    runtime = _find_checked(provider_names, settings, time) if may_wait else None
    if runtime is None:
        known = list_providers() if known is None else known
        runtime = _read_all(known, provider_names, provider_folder, given, settings, time)
        if is_packaged:
            note_checked(runtime.services, runtime.namespaces.baselines)
    _open_store(runtime)
    # Own providers' code is imported anew, where a folder of them is given.
    again = None if provider_folder or providers is None else known
    runtime.read_again = partial(
        create_runtime, schemas=schemas, fixtures=fixtures, settings=settings, time=time, providers=again,
        provider_folder=provider_folder, provider_names=provider_names,
    )  # fmt: skip
    return runtime


def _open_store(runtime: Runtime) -> None:
    if runtime.settings.store != MEMORY:
        from paysandbox.kit.store import open_store  # noqa: PLC0415 - a start without a store must not wait for it

        open_store(runtime)


@keep_from_collector()
def _find_checked(names: Collection[str], settings: Settings, time: Callable[[], datetime]) -> Runtime | None:
    """Create the state over packaged files that are read when they are used; None if they must be checked first."""
    packaged = find_packaged(names)
    if packaged is None:
        return None
    path = find_packaged_contract(CONTROL)
    control = create_service(CONTROL_PLANE, read_contract(path, str(path)), {})
    runtime = _join(packaged.services, packaged.baselines, control, settings, time)
    runtime.files = {**packaged.versions, path: read_version(path)}
    return runtime


def _read_all(
    known: list[Provider],
    names: Collection[str],
    folder: Folders,
    given: Given,
    settings: Settings,
    time: Callable[[], datetime],
) -> Runtime:
    """Create the state from all files at once."""
    by_name = {provider.name: provider for provider in choose_providers(known, names)}
    code = {path: read_version(path) for path in list_code(by_name.values(), folder)}
    read = read_files(by_name, CONTROL_PLANE, given)
    services = {
        name: create_service(provider, read.contracts[name], fixtures.credentials, fixtures.baseline.variants)
        for name, provider in by_name.items()
        for fixtures in [read.fixtures[name]]
    }
    control = create_service(CONTROL_PLANE, read.contracts[CONTROL], {})
    baselines = {name: fixtures.baseline for name, fixtures in read.fixtures.items()}
    runtime = _join(services, baselines, control, settings, time)
    runtime.files = {**code, **read.versions}
    runtime.notices = tuple(list_notices(given, {provider.name for provider in known}))
    if settings.webhook_urls and all(provider.webhooks is None for provider in by_name.values()):
        runtime.notices += ("nothing is delivered to --webhook, because none of these providers has webhooks",)
    return runtime


def _join(
    services: Mapping[str, Service],
    baselines: Mapping[str, Baseline],
    control: Service,
    settings: Settings,
    time: Callable[[], datetime],
) -> Runtime:
    kind = Namespaces if settings.namespace_ttl is None else ExpiringNamespaces
    return Runtime(
        services=services,
        control=control,
        namespaces=kind(
            baselines,
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
    from paysandbox.control.journal_view import describe_entries  # noqa: PLC0415 - a start must not wait for it

    log = AdviceLog(
        runtime.namespaces,
        lambda namespace: describe_entries(list(namespace.journal), namespace, runtime),
    )
    runtime.namespaces.on_clear = log.read
    return log


@asynccontextmanager
async def _run(runtime: Runtime) -> AsyncGenerator[None]:
    """Deliver the events of webhooks, and forget unused namespaces, until the server stops; close the store then."""
    try:
        async with run_deliveries(runtime), run_expiry(runtime):
            yield
    finally:
        if runtime.replication is not None:
            await runtime.replication.close()
