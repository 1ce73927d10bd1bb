"""Tries a scaffold in memory: which operations do not answer as their contract says."""

import logging
from pathlib import Path
from typing import Any

from paysandbox.app import create_runtime
from paysandbox.kit.discovery import load_provider
from paysandbox.scaffold.rendering import Scaffold
from paysandbox.scaffold.samples import Sampler
from paysandbox.scaffold.tests_view import CallView
from paysandbox.testing import Client, Response


def find_failures(scaffold: Scaffold, home: Path) -> dict[str, str]:
    """Call each operation with its examples, and with the smallest bodies; return what failed, by operationId.

    Raises:
        StartupError: the provider in `home` does not start.
    """
    runtime = create_runtime(providers=[load_provider(home)])
    view = CallView(scaffold)
    root = f"/{runtime.services[scaffold.name].provider.prefix}{view.base_path}"
    client = Client(runtime, root=root, headers=view.headers())
    failures: dict[str, str] = {}
    log = logging.getLogger("paysandbox.pipeline.process")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)  # what breaks is told in the notes
    for operation in scaffold.draft.operations():
        for body in _list_bodies(scaffold, operation.body):
            Client(runtime).post("/_sandbox/reset")
            options = {} if body is None else {"json": body}
            reply = client.call(operation.method.upper(), view.path(operation), query=view.query(operation), **options)
            if str(reply.status) != operation.status:
                failures.setdefault(operation.id, _explain(reply))
    log.setLevel(level)
    return failures


def _list_bodies(scaffold: Scaffold, content: dict[str, Any] | None) -> list[Any]:
    if content is None:
        return [None]
    schema = content["schema"]
    bodies = [example["value"] for example in content.get("examples", {}).values()]
    for _, branch in Sampler(scaffold.draft).list_branches(schema):
        bodies += [Sampler(scaffold.draft, whole=whole).make(branch) for whole in (True, False)]
    return [body for body in bodies if scaffold.draft.is_valid(schema, body)]


def _explain(reply: Response) -> str:
    return f"{reply.status}: {reply.headers.get('x-sandbox-explain', '')}"
