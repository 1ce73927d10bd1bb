"""Open the target of a task: a sandbox of its own, a namespace of a running one, or another server."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from msgspec.structs import replace

from paysandbox.check.scratch_namespace import HEADER, ScratchNamespace
from paysandbox.check.subject import Subject
from paysandbox.check.target import Target, TargetCaller
from paysandbox.check.task import Task
from paysandbox.kit.runtime import CONTROL_PREFIX
from paysandbox.kit.settings import MEMORY
from paysandbox.server.live import Server
from paysandbox.testing import Client

OWN: Final = "check"  # namespace in a new sandbox, and prefix of namespaces in a running one
RESET: Final = "reset"  # not on a running sandbox, because it would clear its default namespace
RELOAD: Final = "reload"
# Not where there is a control token, because the examples have another one.
SESSIONS: Final = frozenset({"createSession", "deleteSession"})


@contextmanager
def open_target(task: Task, subject: Subject) -> Iterator[Target]:
    """Context manager: the target of a task, with a scratch namespace if it is a sandbox."""
    if task.url is None:
        logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # wrong requests are the point
        with (
            Server(**task.application) as server,
            ScratchNamespace(Client(server.runtime), OWN, subject.setup_steps) as scratch,
        ):
            yield _sandbox_target(task, subject, server.url(), scratch)
    elif task.namespace is None:
        yield Target(
            task.url,
            None,
            task.credentials,
            secret=task.secret,
            unchecked=task.unchecked,
            reads_only=task.reads_only,
            keeps_to_chosen=task.keeps_to_chosen,
            given=task.given,
            strict_assumed=task.strict_assumed,
        )
    else:
        with (
            closing(TargetCaller(task.url, _authorization(task))) as caller,
            ScratchNamespace(caller, task.namespace, subject.setup_steps) as scratch,
        ):
            target = _sandbox_target(task, subject, task.url, scratch)
            yield replace(target, refused=_list_refused(caller)) if subject.is_control else target


def _sandbox_target(task: Task, subject: Subject, url: str, scratch: ScratchNamespace) -> Target:
    return Target(
        url=f"{url}/{subject.service.provider.prefix}",
        scratch=scratch,
        credentials=task.credentials,
        headers=_authorization(task) if subject.is_control else {HEADER: scratch.name},
        reads_only=task.reads_only,
        unchecked=task.unchecked,
        skipped=_list_skipped(task) if subject.is_control else frozenset(),
    )


def _list_skipped(task: Task) -> frozenset[str]:
    """List the operations of the control plane that are not called."""
    skipped = {RESET} if task.url is not None else set()
    return SESSIONS | skipped if task.control_token else frozenset(skipped)


def _list_refused(caller: TargetCaller) -> dict[str, str]:
    """The operations that a running sandbox always refuses, each with the reason."""
    engine = caller.call("GET", f"/{CONTROL_PREFIX}/health").json.get("store", {}).get("engine", MEMORY)
    return {} if engine == MEMORY else {RELOAD: f"a sandbox whose store is {engine} takes no files over"}


def _authorization(task: Task) -> dict[str, str]:
    return {"Authorization": f"Bearer {task.control_token}"} if task.control_token else {}
