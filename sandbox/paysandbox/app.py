"""START HERE: contracts are read, providers found, and everything is joined into one Starlette application."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from paysandbox._version import __version__
from paysandbox.contract.document import Contract
from paysandbox.contract.loader import read_contract
from paysandbox.control import PROVIDER as CONTROL_PLANE
from paysandbox.core.clock import system_time
from paysandbox.core.problems import StartupError
from paysandbox.kit.fixtures import Fixtures, read_fixtures
from paysandbox.kit.provider import Provider, create_service, find_providers
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.store.journal import JournalBudget
from paysandbox.store.namespaces import Namespaces
from paysandbox.web.asgi import AsgiApp
from paysandbox.web.console.routes import EXCEPTION_HANDLERS, ROUTES

_PACKAGED: Final = Path(__file__).parent / "data"


class Sandbox(Starlette):
    """The application: the console's pages are Starlette routes, all else is plain ASGI. `state.runtime` is its state.

    An HTTP request goes to the plain ASGI door first, because Starlette's middleware and routing would cost each call a
    tenth of its time, and the providers' paths, methods and errors are not Starlette's. What is no call comes back.
    """

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(routes=ROUTES, exception_handlers=EXCEPTION_HANDLERS, lifespan=_lifespan)
        self.router.redirect_slashes = False  # a page has one address
        self.state.runtime = runtime
        self.door = AsgiApp(runtime, pages=super().__call__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no request (the lifespan) is Starlette's."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self.door(scope, receive, send)


def create_app(
    *,
    schemas: Path | None = None,
    fixtures: Path | None = None,
    settings: Settings | None = None,
    time: Callable[[], datetime] = system_time,
    providers: Iterable[Provider] | None = None,
) -> "Sandbox":
    """The sandbox as an ASGI application; two of them share nothing.

    Args:
        schemas: the folder of contracts, `<provider>/openapi.yaml`; by default those that come with the package.
        fixtures: the folder of fixtures, `<provider>/default.yaml`; by default those that come with the package.
        settings: limits and the like.
        time: where every namespace's clock takes its time from; UTC.
        providers: whom to imitate; by default all that are installed.

    Raises:
        Unusable: a contract, a fixture file or a provider that the sandbox cannot start with.
    """
    runtime = create_runtime(schemas=schemas, fixtures=fixtures, settings=settings, time=time, providers=providers)
    return Sandbox(runtime)


def create_runtime(
    *,
    schemas: Path | None = None,
    fixtures: Path | None = None,
    settings: Settings | None = None,
    time: Callable[[], datetime] = system_time,
    providers: Iterable[Provider] | None = None,
) -> Runtime:
    """What `create_app` serves, as values.

    Raises:
        Unusable: with the findings of all providers together.
    """
    settings = settings or Settings()
    chosen = {one.name: one for one in (find_providers() if providers is None else providers)}
    contracts, read = _read(chosen, schemas or find_data_folder("schemas"), fixtures or find_data_folder("fixtures"))
    return Runtime(
        services={
            name: create_service(one, contracts[name], read[name].credentials, read[name].baseline.variants)
            for name, one in chosen.items()
        },
        control=create_service(CONTROL_PLANE, contracts[CONTROL_PLANE.name], {}),
        namespaces=Namespaces(
            {name: one.baseline for name, one in read.items()},
            seed=settings.seed,
            limit=settings.namespace_limit,
            time=time,
            budget=JournalBudget(entries=settings.journal_entries, limit=settings.journal_bytes),
        ),
        settings=settings,
        version=__version__,
        time=time,
    )


def find_data_folder(folder: str) -> Path:
    """The folder `schemas` or `fixtures`: inside an installed package, or beside it in a checkout."""
    inside = _PACKAGED / folder
    return inside if inside.is_dir() else Path(__file__).parents[2] / folder


def _read(
    chosen: Mapping[str, Provider], schemas: Path, fixtures: Path
) -> tuple[dict[str, Contract], dict[str, Fixtures]]:
    """The contracts, the control plane's too, and the fixtures."""
    contracts: dict[str, Contract] = {}
    read: dict[str, Fixtures] = {}
    errors: list[str] = []
    for provider in [*chosen.values(), CONTROL_PLANE]:
        with _collect_errors(errors):
            contracts[provider.name] = read_contract(*_find_file(schemas, provider, "openapi.yaml"))
    for provider in chosen.values():
        with _collect_errors(errors):
            path, shown = _find_file(fixtures, provider, "default.yaml")
            # Of a contract that cannot be read nobody knows what may be chosen.
            variants = contracts[provider.name].variants if provider.name in contracts else None
            read[provider.name] = read_fixtures(path, provider, shown, variants)
    if errors:
        raise StartupError(errors)
    return contracts, read


def _find_file(folder: Path, provider: Provider, name: str) -> tuple[Path, str]:
    """A provider's file, and its path as given, so that an editor can open what an error names."""
    path = folder / provider.name / name
    if not path.is_file():
        raise StartupError([f"{path}:1: the file is missing; provider {provider.name} needs it"])
    return path, str(path)


@contextmanager
def _collect_errors(errors: list[str]) -> Iterator[None]:
    """Go on after what cannot be used, so that all findings are told at once."""
    try:
        yield
    except StartupError as startup_error:
        errors += startup_error.errors


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
