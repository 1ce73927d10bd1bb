"""Run a check: choose server, APIs and credentials, and check the APIs in parallel."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from paysandbox.app import Sandbox, create_runtime
from paysandbox.check.choice import describe_empty_choice, describe_unknown_choice, skip_operations
from paysandbox.check.containment import contain
from paysandbox.check.credentials import describe_unknown_credential, resolve_credentials, secrets_to_mask
from paysandbox.check.data_file import GivenData
from paysandbox.check.findings import fold_http_findings
from paysandbox.check.opened_target import OWN, open_target
from paysandbox.check.profiles import Profile
from paysandbox.check.recorded_data import NothingRecorded, read_given
from paysandbox.check.rehearsal import Listener, list_calls_for_records, list_planned
from paysandbox.check.results import INTERRUPTED, KEPT, Report, Run, merge_runs
from paysandbox.check.scratch_namespace import DEFAULT, ScratchNamespace
from paysandbox.check.subject import Subject
from paysandbox.check.suites import Suites
from paysandbox.check.target import HOST, Target, sandbox_at
from paysandbox.check.task import Task, split_task
from paysandbox.check.workers import run_in_parallel
from paysandbox.core.collector import collect_rarely
from paysandbox.evidence.callers import Unreachable
from paysandbox.kit.discovery import describe_unknown, list_providers
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.recordings.exchange import UnreadableRecording
from paysandbox.testing import Client

Log = Callable[[str], None]


class CannotCheck(Exception):
    """The check cannot begin; the message says why."""


class CheckRequest(Struct, frozen=True, kw_only=True):
    """Parameters of a check.

    `url` is the root of a sandbox, or of the API of the one provider in `provider_names` if the server is not a
    sandbox; None starts a new sandbox. `provider_names` are the APIs to check, `control` among them; all if it is
    empty. `credentials` are the options, named `NAME` or `PROVIDER_NAME`; `environment` has them as `PROVIDER_NAME`.
    `data` is a file of records that another server has, or a recording of its traffic. `chosen` are the operations and
    `tags` of those to call, all if both are empty; `reads_only` leaves out all others than GET and HEAD, and
    `rehearses` sends nothing to the server. `most` findings of each kind are kept. `strict_assumed` makes a finding of
    what contradicts an assumption. `application` has the folders for `create_app`: `schemas`, `fixtures`, ….
    """

    url: str | None
    provider_names: Sequence[str]
    depth: Profile
    credentials: Mapping[str, str]
    environment: Mapping[str, str]
    control_token: str | None = None
    data: Path | None = None
    chosen: Sequence[str] = ()
    tags: Sequence[str] = ()
    reads_only: bool = False
    rehearses: bool = False
    most: int = KEPT
    strict_assumed: bool = False
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
    unknown = describe_unknown_credential(
        {name: _service(runtime, name).credentials for name in chosen or runtime.services}, request.credentials
    )
    if unknown:
        raise CannotCheck(unknown)
    try:
        names = [*runtime.services, CONTROL]
        tasks = _plan_tasks(request, runtime, [name for name in names if not chosen or name in chosen])
        wrong = describe_unknown_choice([_service(runtime, task.name) for task in tasks], request.chosen, request.tags)
        # Of an API that has none of the chosen operations there is nothing to check.
        tasks = [task for task in tasks if not task.is_empty(_service(runtime, task.name))]
        wrong = wrong or (None if tasks else describe_empty_choice(request.chosen, reads_only=request.reads_only))
        if wrong:
            raise CannotCheck(wrong)
        if request.rehearses:
            runs = _run(rehearse_api, tasks, log)
        else:
            services = {task.name: _service(runtime, task.name) for task in tasks}
            parts = [part for task in tasks for part in split_task(task, services[task.name])]
            order = {name: [operation.id for operation in services[name].contract.operations] for name in services}
            runs = merge_runs(_run(check_api, parts, log), order)
            for run in runs:
                fold_http_findings(run)
    except Unreachable as error:
        raise CannotCheck(str(error)) from None
    where = request.url or "a sandbox of its own"
    return Report(where, request.depth.name, runtime.version, f"{runtime.started:%Y-%m-%d %H:%M} UTC", tuple(runs))


def _run(work: Callable[[Task, Log], Run], tasks: Sequence[Task], log: Log) -> list[Run]:
    """Run tasks. A task that Ctrl+C stopped before its result has a run without cases, with that as its error."""
    runs = run_in_parallel(work, tasks, log)
    return [run or Run(task.name, {}, errors=[INTERRUPTED]) for run, task in zip(runs, tasks, strict=True)]


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
    """Check one API; if this program breaks, the run has that as its error.

    Raises:
        Unreachable: no server answers, or the sandbox refuses the set-up calls.
    """
    broken: list[str] = []
    with contain(f"the check of {task.name}", broken.append):
        return _check(task, log)
    return Run(task.name, {}, errors=broken)


def _check(task: Task, log: Log) -> Run:
    runtime = create_runtime(**task.application)
    subject = Subject(
        task.name,
        runtime,
        is_sandbox=task.namespace is not None,
        namespace=task.namespace or DEFAULT,
        independent=task.depth.independent,
    )
    with open_target(task, subject) as target, collect_rarely():
        log(f"{task.name}: {task.depth.name} check of {target.url}")
        return Suites(subject, target, task.depth, log, most=task.most).run_all()


def rehearse_api(task: Task, log: Log) -> Run:
    """Make the requests of a check and send them to a sandbox in memory instead."""
    runtime, answering = create_runtime(**task.application), create_runtime(**task.application)
    subject = Subject(task.name, runtime, is_sandbox=task.namespace is not None, independent=False)
    listener = Listener(Sandbox(answering))
    target = Target(
        url=f"http://{HOST}/{subject.service.provider.prefix}",
        scratch=ScratchNamespace(Client(answering), setup_steps=subject.setup_steps),
        credentials=subject.credentials,
        unchecked=task.unchecked,
        reads_only=task.reads_only,
        keeps_to_chosen=task.keeps_to_chosen,
        app=listener,
        given=task.given,
    )
    run = Suites(subject, target, task.depth, log).run_all()
    run.planned = list_planned(subject, listener)
    if task.url is not None and task.namespace is None:
        run.lookups, run.makers, run.readers, run.refused = list_calls_for_records(subject, task)
    return run


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
    known = _service(runtime, name).credentials
    credentials = resolve_credentials(name, known, request.credentials, request.environment)
    return Task(
        name=name,
        depth=request.depth,
        url=url,
        namespace=namespace,
        credentials=credentials,
        secret=secrets_to_mask(name, known, credentials) if namespace is None else {},
        control_token=request.control_token,
        given=_read_given(request, name, runtime, is_sandbox=url is None or namespace is not None),
        unchecked=skip_operations(_service(runtime, name), request.chosen, request.tags, reads_only=request.reads_only),
        reads_only=request.reads_only,
        keeps_to_chosen=bool(request.chosen or request.tags) and url is not None and namespace is None,
        most=request.most,
        strict_assumed=request.strict_assumed,
        application=request.application,
    )


def _read_given(request: CheckRequest, name: str, runtime: Runtime, *, is_sandbox: bool) -> GivenData:
    if request.data is None:
        return GivenData()
    if is_sandbox:
        raise CannotCheck("--data is for a server that is no sandbox, because a sandbox has the fixtures")
    try:
        return read_given(request.data, Subject(name, runtime))
    except (UnreadableRecording, NothingRecorded) as error:
        raise CannotCheck(str(error)) from None


def _service(runtime: Runtime, name: str) -> Service:
    return runtime.control if name == CONTROL else runtime.services[name]
