"""A whole check: which APIs of which server, with whose credentials, one after another."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct

from sandbox.app import create_world
from sandbox.check.depths import Depth
from sandbox.check.results import Report
from sandbox.check.running import Suites
from sandbox.check.subject import Subject
from sandbox.check.target import Target, Unreachable, reset_over_http, sandbox_at
from sandbox.provider import Service
from sandbox.server import Server
from sandbox.world import CONTROL, CONTROL_PREFIX, World


class CannotCheck(Exception):
    """The check could not begin; the message says what is missing."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a check is asked to do.

    `url` is the root of a sandbox or of the one `provider`; None: of an own sandbox. `credentials` were given as
    options, `NAME` or `PROVIDER_NAME`; `environment` holds the same under the second form, in upper case.
    """

    url: str | None
    provider: str | None
    depth: Depth
    credentials: Mapping[str, str]
    environment: Mapping[str, str]
    control_token: str | None = None


def check(asked: Asked, tell: Callable[[str], None]) -> Report:
    """Check, and tell of each step.

    Raises:
        CannotCheck: it could not begin.
    """
    world = create_world()
    names = [*world.services, CONTROL]
    if asked.provider is not None and asked.provider not in names:
        raise CannotCheck(f"there is no provider {asked.provider!r}; there are {', '.join(names)}")
    _refuse_unknown(asked, world)
    with _targets(asked, world) as (where, targets):
        runs = []
        for name, target in targets.items():
            tell(f"{name}: {asked.depth.name} check of {target.url}")
            subject = Subject(name, create_world(), marks=target.is_sandbox)
            runs.append(Suites(subject, target, asked.depth, tell).all())
    return Report(where, asked.depth.name, world.version, f"{world.started:%Y-%m-%d %H:%M} UTC", tuple(runs))


@contextmanager
def _targets(asked: Asked, world: World) -> Iterator[tuple[str, Mapping[str, Target]]]:
    """The APIs to check, by name, and how to call the whole."""
    chosen = [asked.provider] if asked.provider is not None else [*world.services, CONTROL]
    if asked.url is None:
        with Server() as server:
            yield (
                "a sandbox of its own",
                {
                    name: Target(
                        url=f"{server.url()}/{CONTROL_PREFIX}" if name == CONTROL else server.url(name),
                        reset=lambda: server.world.namespaces.get("default").reset(),
                        credentials={**_service(world, name).credentials, **_given(asked, name, world)},
                    )
                    for name in chosen
                },
            )
        return
    try:
        yield asked.url, _of_url(asked, asked.url.rstrip("/"), world, chosen)
    except Unreachable as error:
        raise CannotCheck(str(error)) from None


def _of_url(asked: Asked, url: str, world: World, chosen: list[str]) -> Mapping[str, Target]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CannotCheck(f"{url!r} is no http:// or https:// address")
    there = sandbox_at(url)
    if there is None:
        if asked.provider is None:
            raise CannotCheck(f"{url} is no sandbox; --provider says whose contract it claims")
        if asked.provider == CONTROL:
            raise CannotCheck(f"{url} is no sandbox, so it has no control plane to check")
        target = Target(url, None, _credentials(asked, asked.provider, world), secret=_secret(asked, world))
        return {asked.provider: target}
    missing = [name for name in chosen if name not in {*there, CONTROL}]
    if missing and asked.provider is not None:
        raise CannotCheck(f"the sandbox at {url} has no provider {asked.provider!r}; it has {', '.join(there)}")
    headers = {"Authorization": f"Bearer {asked.control_token}"} if asked.control_token else {}
    return {
        name: Target(
            url=f"{url}/{_service(world, name).provider.prefix}",
            reset=partial(reset_over_http, url, headers),
            credentials=_credentials(asked, name, world),
            headers=headers if name == CONTROL else {},
        )
        for name in chosen
        if name not in missing
    }


def _credentials(asked: Asked, name: str, world: World) -> Mapping[str, str]:
    """Those given as options, else those of the environment, else the fixtures' test credentials."""
    known = _service(world, name).credentials
    found = {one: asked.environment.get(_variable(name, one), value) for one, value in known.items()}
    return found | _given(asked, name, world)


def _given(asked: Asked, name: str, world: World) -> dict[str, str]:
    """The credentials of a provider that were given as options."""
    given = {key.upper(): value for key, value in asked.credentials.items()}
    known = _service(world, name).credentials
    return {one: given[key] for one in known for key in (one.upper(), _variable(name, one)) if key in given}


def _secret(asked: Asked, world: World) -> Mapping[str, str]:
    """What must not be shown: credentials that are not the fixtures'."""
    assert asked.provider is not None
    known = _service(world, asked.provider).credentials
    used = _credentials(asked, asked.provider, world)
    return {_variable(asked.provider, one): value for one, value in used.items() if value != known[one]}


def _refuse_unknown(asked: Asked, world: World) -> None:
    known = {
        key
        for name in ([asked.provider] if asked.provider is not None else world.services)
        for one in _service(world, name).credentials
        for key in (one.upper(), _variable(name, one))
    }
    for name in asked.credentials:
        if name.upper() not in known:
            raise CannotCheck(f"there is no credential {name!r}; there are {', '.join(sorted(known))}")


def _service(world: World, name: str) -> Service:
    return world.control if name == CONTROL else world.services[name]


def _variable(provider: str, credential: str) -> str:
    return f"{provider}_{credential}".upper()
