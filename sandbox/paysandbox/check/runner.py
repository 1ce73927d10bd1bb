"""Run a check: choose server, APIs and credentials, and check the APIs in parallel."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from paysandbox.app import create_runtime
from paysandbox.check.profiles import Profile
from paysandbox.check.results import Report, Run
from paysandbox.check.scratch_namespace import DEFAULT, HEADER, ScratchNamespace, Unreachable
from paysandbox.check.subject import Subject
from paysandbox.check.suites import Suites
from paysandbox.check.target import OverHttp, Target, sandbox_at
from paysandbox.check.workers import run_in_parallel
from paysandbox.kit.discovery import describe_unknown, list_providers
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.server.live import Server
from paysandbox.testing import Client

Log = Callable[[str], None]

OWN: Final = "check"  # namespace in a new sandbox, and prefix of namespaces in a running one
RESET: Final = "reset"  # not on a running sandbox, because it would clear its default namespace
# Not where there is a control token, because the examples have another one.
SESSIONS: Final = frozenset({"createSession", "deleteSession"})


class CannotCheck(Exception):
    """The check cannot begin; the message says why."""


class CheckRequest(Struct, frozen=True, kw_only=True):
    """Parameters of a check.

    `url` is the root of a sandbox, or of the API of the one provider in `provider_names` if the server is not a
    sandbox; None starts a new sandbox. `provider_names` are the APIs to check, `control` among them; all if it is
    empty. `credentials` are the options, named `NAME` or `PROVIDER_NAME`; `environment` has them as `PROVIDER_NAME`.
    `application` are the folders for `create_app`: `schemas`, `fixtures`, `provider_folder`.
    """

    url: str | None
    provider_names: Sequence[str]
    depth: Profile
    credentials: Mapping[str, str]
    environment: Mapping[str, str]
    control_token: str | None = None
    application: Mapping[str, Any] = field(default_factory=dict)


class Task(Struct, frozen=True, kw_only=True):
    """The check of one API, as values that can be sent to another process.

    `url` is as in CheckRequest. `namespace` is the one to work in; None if the server is not a sandbox.
    """

    name: str
    depth: Profile
    url: str | None
    namespace: str | None
    credentials: Mapping[str, str]
    secret: Mapping[str, str] = field(default_factory=dict)
    control_token: str | None = None
    application: Mapping[str, Any] = field(default_factory=dict)


def run_check(request: CheckRequest, log: Log) -> Report:
    """Check all requested APIs; `log` gets a line for each step.

    Raises:
        CannotCheck: the check cannot begin.
        StartupError: a contract, a fixture file or a provider is not valid.
    """
    request = _narrow(request)
    runtime = create_runtime(**request.application)
    for notice in runtime.notices:
        log(notice)
    chosen = request.provider_names
    _refuse_unknown_credentials(request, runtime)
    try:
        names = [*runtime.services, CONTROL]
        tasks = _plan_tasks(request, runtime, [name for name in names if not chosen or name in chosen])
        runs = run_in_parallel(check_api, tasks, log)
    except Unreachable as error:
        raise CannotCheck(str(error)) from None
    where = request.url or "a sandbox of its own"
    return Report(where, request.depth.name, runtime.version, f"{runtime.started:%Y-%m-%d %H:%M} UTC", tuple(runs))


def _narrow(request: CheckRequest) -> CheckRequest:
    """Return the request for an application of the chosen providers only.

    The control plane is checked with all providers, because its contract is about them.

    Raises:
        CannotCheck: a name is not that of a provider.
    """
    known = [provider.name for provider in list_providers(request.application.get("provider_folder"))] + [CONTROL]
    for name in request.provider_names:
        if name not in known:
            raise CannotCheck(describe_unknown(name, known))
    names = () if CONTROL in request.provider_names else tuple(request.provider_names)
    return replace(request, application={**request.application, "provider_names": names})


def check_api(task: Task, log: Log) -> Run:
    """Check one API.

    Raises:
        Unreachable: no server answers, or the sandbox refuses the set-up calls.
    """
    runtime = create_runtime(**task.application)
    subject = Subject(
        task.name,
        runtime,
        is_sandbox=task.namespace is not None,
        namespace=task.namespace or DEFAULT,
        independent=task.depth.independent,
    )
    with _target(task, subject) as target:
        log(f"{task.name}: {task.depth.name} check of {target.url}")
        return Suites(subject, target, task.depth, log).run_all()


@contextmanager
def _target(task: Task, subject: Subject) -> Iterator[Target]:
    """Context manager: the target of a task, with a scratch namespace if it is a sandbox."""
    if task.url is None:
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # wrong requests are the point
        with (
            Server(**task.application) as server,
            ScratchNamespace(Client(server.runtime), OWN, subject.setup_steps) as scratch,
        ):
            yield _sandbox_target(task, subject, server.url(), scratch)
    elif task.namespace is None:
        yield Target(task.url, None, task.credentials, secret=task.secret)
    else:
        with (
            closing(OverHttp(task.url, _authorization(task))) as caller,
            ScratchNamespace(caller, task.namespace, subject.setup_steps) as scratch,
        ):
            yield _sandbox_target(task, subject, task.url, scratch)


def _sandbox_target(task: Task, subject: Subject, url: str, scratch: ScratchNamespace) -> Target:
    return Target(
        url=f"{url}/{subject.service.provider.prefix}",
        scratch=scratch,
        credentials=task.credentials,
        headers=_authorization(task) if subject.is_control else {HEADER: scratch.name},
        skipped=_list_skipped(task) if subject.is_control else frozenset(),
    )


def _list_skipped(task: Task) -> frozenset[str]:
    """List the operations of the control plane that are not called."""
    skipped = {RESET} if task.url is not None else set()
    return SESSIONS | skipped if task.control_token else frozenset(skipped)


def _authorization(task: Task) -> dict[str, str]:
    return {"Authorization": f"Bearer {task.control_token}"} if task.control_token else {}


def _plan_tasks(request: CheckRequest, runtime: Runtime, chosen: list[str]) -> list[Task]:
    """One task for each API to check; of a running sandbox, the APIs that it has."""
    if request.url is None:
        return [_make_task(request, name, runtime, None, OWN) for name in chosen]
    url = request.url.rstrip("/")
    try:
        there = sandbox_at(url)
    except ValueError as error:
        raise CannotCheck(str(error)) from None
    if there is None:
        if len(request.provider_names) != 1:
            what = "--provider must name the contract to check, one"
            raise CannotCheck(f"{url} is not a Paysandbox server, so {what}")
        if chosen == [CONTROL]:
            raise CannotCheck(f"{url} is not a Paysandbox server, so it has no control plane to check")
        return [_make_task(request, chosen[0], runtime, url, None)]
    missing = [name for name in chosen if name not in {*there, CONTROL}]
    if missing and request.provider_names:
        raise CannotCheck(f"the sandbox at {url} has no provider {missing[0]!r}; it has {', '.join(there)}")
    # A new name each time, because two people may check the same sandbox.
    namespace = f"{OWN}-{secrets.token_hex(4)}"
    return [
        _make_task(request, name, runtime, url, f"{namespace}-{name.replace('_', '-')}")
        for name in chosen
        if name not in missing
    ]


def _make_task(request: CheckRequest, name: str, runtime: Runtime, url: str | None, namespace: str | None) -> Task:
    return Task(
        name=name,
        depth=request.depth,
        url=url,
        namespace=namespace,
        credentials=_resolve_credentials(request, name, runtime),
        secret=_secrets_to_mask(request, name, runtime) if namespace is None else {},
        control_token=request.control_token,
        application=request.application,
    )


def _resolve_credentials(request: CheckRequest, name: str, runtime: Runtime) -> Mapping[str, str]:
    """Credentials from options, then from the environment, then from the fixtures."""
    known = _service(runtime, name).credentials
    found = {
        credential: request.environment.get(_variable(name, credential), value) for credential, value in known.items()
    }
    return found | _credentials_in_options(request, name, runtime)


def _credentials_in_options(request: CheckRequest, name: str, runtime: Runtime) -> dict[str, str]:
    given = {key.upper(): value for key, value in request.credentials.items()}
    known = _service(runtime, name).credentials
    return {
        credential: given[key]
        for credential in known
        for key in (credential.upper(), _variable(name, credential))
        if key in given
    }


def _secrets_to_mask(request: CheckRequest, name: str, runtime: Runtime) -> Mapping[str, str]:
    """Credentials to mask: those that are not the fixtures'."""
    known = _service(runtime, name).credentials
    used = _resolve_credentials(request, name, runtime)
    return {_variable(name, credential): value for credential, value in used.items() if value != known[credential]}


def _refuse_unknown_credentials(request: CheckRequest, runtime: Runtime) -> None:
    known = {
        key
        for name in request.provider_names or runtime.services
        for credential in _service(runtime, name).credentials
        for key in (credential.upper(), _variable(name, credential))
    }
    for name in request.credentials:
        if name.upper() not in known:
            raise CannotCheck(f"unknown credential {name!r}; the credentials are {', '.join(sorted(known))}")


def _service(runtime: Runtime, name: str) -> Service:
    return runtime.control if name == CONTROL else runtime.services[name]


def _variable(provider: str, credential: str) -> str:
    return f"{provider}_{credential}".upper()
