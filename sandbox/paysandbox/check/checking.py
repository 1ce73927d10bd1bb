"""A whole check: which APIs of which server, with whose credentials, side by side."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Final

from msgspec import Struct, field

from paysandbox.app import create_runtime
from paysandbox.check.profiles import Profile
from paysandbox.check.results import Report, Run
from paysandbox.check.running import Suites
from paysandbox.check.scratch_namespace import DEFAULT, HEADER, ScratchNamespace, Unreachable
from paysandbox.check.subject import Subject
from paysandbox.check.target import OverHttp, Target, sandbox_at
from paysandbox.check.workers import run_in_parallel
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.server.live import Server
from paysandbox.testing import Client

Tell = Callable[[str], None]

OWN: Final = "check"  # the namespace in an own sandbox, and how names in others begin
SPARED: Final = frozenset({"reset"})  # on a running sandbox: the default namespace is somebody's


class CannotCheck(Exception):
    """The check could not begin; the message says what is missing."""


class Asked(Struct, frozen=True, kw_only=True):
    """What a check is asked to do.

    `url` is the root of a sandbox or of the one `provider`; None: of an own sandbox. `credentials` were given as
    options, `NAME` or `PROVIDER_NAME`; `environment` holds the same under the second form, in upper case.
    """

    url: str | None
    provider: str | None
    depth: Profile
    credentials: Mapping[str, str]
    environment: Mapping[str, str]
    control_token: str | None = None


class Task(Struct, frozen=True, kw_only=True):
    """The check of one API, as values that another process can be given.

    `url` is the root of the sandbox, or of the API where that is no sandbox; None: of an own sandbox. `namespace` is
    the one to work in; None: the server is no sandbox.
    """

    name: str
    depth: Profile
    url: str | None
    namespace: str | None
    credentials: Mapping[str, str]
    secret: Mapping[str, str] = field(default_factory=dict)
    control_token: str | None = None


def check(asked: Asked, tell: Tell) -> Report:
    """Check, and tell of each step.

    Raises:
        CannotCheck: it could not begin.
    """
    runtime = create_runtime()
    names = [*runtime.services, CONTROL]
    if asked.provider is not None and asked.provider not in names:
        raise CannotCheck(f"there is no provider {asked.provider!r}; there are {', '.join(names)}")
    _refuse_unknown(asked, runtime)
    try:
        tasks = _tasks(asked, runtime, [asked.provider] if asked.provider is not None else names)
        runs = run_in_parallel(run, tasks, tell)
    except Unreachable as error:
        raise CannotCheck(str(error)) from None
    where = asked.url or "a sandbox of its own"
    return Report(where, asked.depth.name, runtime.version, f"{runtime.started:%Y-%m-%d %H:%M} UTC", tuple(runs))


def run(task: Task, tell: Tell) -> Run:
    """Check one API.

    Raises:
        Unreachable: nobody answers, or the sandbox does not let itself be used.
    """
    runtime = create_runtime()
    subject = Subject(task.name, runtime, marks=task.namespace is not None, namespace=task.namespace or DEFAULT)
    with _target(task, subject) as target:
        tell(f"{task.name}: {task.depth.name} check of {target.url}")
        return Suites(subject, target, task.depth, tell).all()


@contextmanager
def _target(task: Task, subject: Subject) -> Iterator[Target]:
    """What to call, for as long as it is there."""
    if task.url is None:
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # wrong requests are the point
        with Server() as server, ScratchNamespace(Client(server.runtime), OWN, subject.scene) as ground:
            yield _in_a_sandbox(task, subject, server.url(), ground)
    elif task.namespace is None:
        yield Target(task.url, None, task.credentials, secret=task.secret)
    else:
        with (
            closing(OverHttp(task.url, _token(task))) as door,
            ScratchNamespace(door, task.namespace, subject.scene) as ground,
        ):
            yield _in_a_sandbox(task, subject, task.url, ground)


def _in_a_sandbox(task: Task, subject: Subject, url: str, ground: ScratchNamespace) -> Target:
    return Target(
        url=f"{url}/{subject.service.provider.prefix}",
        ground=ground,
        credentials=task.credentials,
        headers=_token(task) if subject.is_control else {HEADER: ground.name},
        spared=SPARED if subject.is_control and task.url is not None else frozenset(),
    )


def _token(task: Task) -> dict[str, str]:
    return {"Authorization": f"Bearer {task.control_token}"} if task.control_token else {}


def _tasks(asked: Asked, runtime: Runtime, chosen: list[str]) -> list[Task]:
    """What there is to check; of a running sandbox what it has."""
    if asked.url is None:
        return [_task(asked, name, runtime, None, OWN) for name in chosen]
    url = asked.url.rstrip("/")
    try:
        there = sandbox_at(url)
    except ValueError as error:
        raise CannotCheck(str(error)) from None
    if there is None:
        if asked.provider is None:
            raise CannotCheck(f"{url} is not a Paysandbox server, so --provider must name the contract to check")
        if asked.provider == CONTROL:
            raise CannotCheck(f"{url} is not a Paysandbox server, so it has no control plane to check")
        return [_task(asked, asked.provider, runtime, url, None)]
    missing = [name for name in chosen if name not in {*there, CONTROL}]
    if missing and asked.provider is not None:
        raise CannotCheck(f"the sandbox at {url} has no provider {asked.provider!r}; it has {', '.join(there)}")
    # Another one each time, as two people may check the same sandbox.
    namespace = f"{OWN}-{secrets.token_hex(4)}"
    return [
        _task(asked, name, runtime, url, f"{namespace}-{name.replace('_', '-')}")
        for name in chosen
        if name not in missing
    ]


def _task(asked: Asked, name: str, runtime: Runtime, url: str | None, namespace: str | None) -> Task:
    return Task(
        name=name,
        depth=asked.depth,
        url=url,
        namespace=namespace,
        credentials=_credentials(asked, name, runtime),
        secret=_secret(asked, runtime) if namespace is None else {},
        control_token=asked.control_token,
    )


def _credentials(asked: Asked, name: str, runtime: Runtime) -> Mapping[str, str]:
    """Those given as options, else those of the environment, else the fixtures' test credentials."""
    known = _service(runtime, name).credentials
    found = {one: asked.environment.get(_variable(name, one), value) for one, value in known.items()}
    return found | _given(asked, name, runtime)


def _given(asked: Asked, name: str, runtime: Runtime) -> dict[str, str]:
    """The credentials of a provider that were given as options."""
    given = {key.upper(): value for key, value in asked.credentials.items()}
    known = _service(runtime, name).credentials
    return {one: given[key] for one in known for key in (one.upper(), _variable(name, one)) if key in given}


def _secret(asked: Asked, runtime: Runtime) -> Mapping[str, str]:
    """What must not be shown: credentials that are not the fixtures'."""
    assert asked.provider is not None
    known = _service(runtime, asked.provider).credentials
    used = _credentials(asked, asked.provider, runtime)
    return {_variable(asked.provider, one): value for one, value in used.items() if value != known[one]}


def _refuse_unknown(asked: Asked, runtime: Runtime) -> None:
    known = {
        key
        for name in ([asked.provider] if asked.provider is not None else runtime.services)
        for one in _service(runtime, name).credentials
        for key in (one.upper(), _variable(name, one))
    }
    for name in asked.credentials:
        if name.upper() not in known:
            raise CannotCheck(f"there is no credential {name!r}; there are {', '.join(sorted(known))}")


def _service(runtime: Runtime, name: str) -> Service:
    return runtime.control if name == CONTROL else runtime.services[name]


def _variable(provider: str, credential: str) -> str:
    return f"{provider}_{credential}".upper()
