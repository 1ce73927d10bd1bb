"""START HERE: contracts are read, providers found, and everything is joined into one Starlette application."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from sandbox import __version__
from sandbox.clock import system_time
from sandbox.contract.document import Contract
from sandbox.contract.files import read_contract
from sandbox.control import PROVIDER as CONTROL_PLANE
from sandbox.edge import Edge
from sandbox.fixtures import Fixtures, read_fixtures
from sandbox.journal import Shelf
from sandbox.namespaces import Namespaces
from sandbox.problems import Unusable
from sandbox.provider import Provider, installed, join
from sandbox.world import Settings, World

_PACKAGED: Final = Path(__file__).parent / "data"


class Sandbox(Starlette):
    """The application. `state.world` is the sandbox as values.

    Every HTTP request goes straight to the edge: Starlette's middleware and routing would cost each call a tenth of its
    time to no purpose, for the providers' paths, methods and errors are not Starlette's.
    """

    def __init__(self, world: World) -> None:
        super().__init__(lifespan=_lifespan)
        self.state.world = world
        self._edge = Edge(world)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no request (the lifespan) is Starlette's."""
        if scope["type"] == "lifespan":
            await super().__call__(scope, receive, send)
        else:
            await self._edge(scope, receive, send)


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
    world = create_world(schemas=schemas, fixtures=fixtures, settings=settings, time=time, providers=providers)
    return Sandbox(world)


def create_world(
    *,
    schemas: Path | None = None,
    fixtures: Path | None = None,
    settings: Settings | None = None,
    time: Callable[[], datetime] = system_time,
    providers: Iterable[Provider] | None = None,
) -> World:
    """What `create_app` serves, as values.

    Raises:
        Unusable: with the findings of all providers together.
    """
    settings = settings or Settings()
    chosen = {one.name: one for one in (installed() if providers is None else providers)}
    contracts, read = _read(chosen, schemas or packaged("schemas"), fixtures or packaged("fixtures"))
    return World(
        services={
            name: join(one, contracts[name], read[name].credentials, read[name].origin.variants)
            for name, one in chosen.items()
        },
        control=join(CONTROL_PLANE, contracts[CONTROL_PLANE.name], {}),
        namespaces=Namespaces(
            {name: one.origin for name, one in read.items()},
            seed=settings.seed,
            limit=settings.namespace_limit,
            time=time,
            shelf=Shelf(entries=settings.journal_entries, limit=settings.journal_bytes),
        ),
        settings=settings,
        version=__version__,
        time=time,
    )


def packaged(folder: str) -> Path:
    """The folder `schemas` or `fixtures`: inside an installed package, or beside it in a checkout."""
    inside = _PACKAGED / folder
    return inside if inside.is_dir() else Path(__file__).parents[1] / folder


def _read(
    chosen: Mapping[str, Provider], schemas: Path, fixtures: Path
) -> tuple[dict[str, Contract], dict[str, Fixtures]]:
    """The contracts, the control plane's too, and the fixtures."""
    contracts: dict[str, Contract] = {}
    read: dict[str, Fixtures] = {}
    findings: list[str] = []
    for provider in [*chosen.values(), CONTROL_PLANE]:
        with _collected(findings):
            contracts[provider.name] = read_contract(*_file(schemas, provider, "openapi.yaml"))
    for provider in chosen.values():
        with _collected(findings):
            path, shown = _file(fixtures, provider, "default.yaml")
            # Of a contract that cannot be read nobody knows what may be chosen.
            variants = contracts[provider.name].variants if provider.name in contracts else None
            read[provider.name] = read_fixtures(path, provider, shown, variants)
    if findings:
        raise Unusable(findings)
    return contracts, read


def _file(folder: Path, provider: Provider, name: str) -> tuple[Path, str]:
    """A provider's file in one of the two folders, and the name that errors call it by."""
    path, shown = folder / provider.name / name, f"{folder.name}/{provider.name}/{name}"
    if not path.is_file():
        raise Unusable([f"{shown}:1: the provider {provider.name} needs this file, and it is not there"])
    return path, shown


@contextmanager
def _collected(findings: list[str]) -> Iterator[None]:
    """Go on after what cannot be used, so that all findings are told at once."""
    try:
        yield
    except Unusable as unusable:
        findings += unusable.findings


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
