"""Namespaces as the markers of tests want them: tried before the run, and created for a test that begins."""

import http
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paysandbox.client.namespace import NamespaceClient, SandboxClient, SandboxError

if TYPE_CHECKING:
    from paysandbox.testing import Client

_MOST = 99  # namespaces of one test's name in one sandbox


class CannotCreate(Exception):
    """A namespace cannot be created; the message says why."""


class Trials:
    """Tries what markers want, so that a wrong one is refused before any test has run.

    Args:
        running: the sandbox that tests use without files and providers of their own; None if there is none.
    """

    def __init__(self, running: SandboxClient | None) -> None:
        self._running = running
        self._in_memory: dict[tuple[Path | None, Path | None, tuple[str, ...]], Client] = {}
        self._settled: dict[str, str | None] = {}

    def find_error(
        self, variants: Any, now: Any, fixtures: Path | None, providers: Path | None, names: tuple[str, ...]
    ) -> str | None:
        """Say why no test can have such a namespace; None if one can. A running sandbox that is away says nothing."""
        wanted = {"variants": variants, "now": now}
        key = repr((wanted, fixtures, providers, names))
        if key not in self._settled:
            body = {name: value for name, value in wanted.items() if value is not None}
            try:
                if self._running is not None and not (fixtures or providers or names):
                    error = _try_running(self._running, body)
                else:
                    error = self._try_in_memory((fixtures, providers, names), body)
            except TypeError as unwritable:  # a value that is no JSON
                error = str(unwritable)
            self._settled[key] = error
        return self._settled[key]

    def _try_in_memory(
        self, place: tuple[Path | None, Path | None, tuple[str, ...]], body: Mapping[str, Any]
    ) -> str | None:
        from paysandbox.app import create_app  # noqa: PLC0415 - a running sandbox is asked without it
        from paysandbox.core.problems import StartupError  # noqa: PLC0415 - as above
        from paysandbox.testing import Client  # noqa: PLC0415 - as above

        if place not in self._in_memory:
            fixtures, folder, names = place
            try:
                app = create_app(fixtures=fixtures, provider_folder=folder, provider_names=names)
            except StartupError as error:
                return "\n".join(error.errors)
            self._in_memory[place] = Client(app)
        reply = self._in_memory[place].post("/_sandbox/namespaces", body)
        return None if reply.status == http.HTTPStatus.CREATED else str(reply.json["detail"])


def _try_running(sandbox: SandboxClient, body: Mapping[str, Any]) -> str | None:
    try:
        with sandbox.namespace(**body):
            return None
    except SandboxError as error:
        return None if error.status is None else error.detail


def create_namespace(
    sandbox: SandboxClient,
    name: str,
    variants: Mapping[str, Mapping[str, str | int | bool]] | None,
    now: datetime | str | None,
) -> NamespaceClient:
    """Create a namespace; add a number if its name is taken, because others may run the same test.

    Raises:
        CannotCreate: the sandbox refuses it, or cannot be reached.
    """
    for number in range(1, _MOST + 1):
        try:
            return sandbox.namespace(name if number == 1 else f"{name}-{number}", variants=variants, now=now)
        except SandboxError as error:
            if error.status != http.HTTPStatus.CONFLICT:
                raise CannotCreate(error.detail) from None
    raise CannotCreate(f"{sandbox.url} has {_MOST} namespaces named {name} already; restart it")
