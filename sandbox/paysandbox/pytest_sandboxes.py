"""Sandboxes that the pytest plugin starts, and what clients need to reach them: imported when a test needs one."""

import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pytest

from paysandbox.client.namespace import SandboxClient
from paysandbox.core.problems import StartupError
from paysandbox.server.certificates import Certificates, Tls, TlsError, open_certificates
from paysandbox.server.live import Server
from paysandbox.server.trust import trust_variables


class CannotStart(Exception):
    """A sandbox cannot be started; the message says why."""


class Wanted(NamedTuple):
    """What a sandbox is started with: a folder of fixtures, one of providers, and the only providers to imitate."""

    fixtures: Path | None = None
    providers: Path | None = None
    names: tuple[str, ...] = ()


class OwnSandboxes:
    """Context manager: sandboxes on free ports, stopped at the end. With `tls` clients call and trust them by https."""

    def __init__(self, environment: Mapping[str, str], *, tls: bool) -> None:
        self._environment = environment
        self._tls = tls
        self._certificates: Certificates | None = None
        self._started: dict[Wanted, SandboxClient] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, wanted: Wanted) -> SandboxClient:
        """Return the sandbox that is wanted, started when it is first asked for.

        Raises:
            CannotStart: a file is not valid, or the package for HTTPS is missing.
        """
        if wanted not in self._started:
            try:
                self._started[wanted] = self._start(wanted)
            except StartupError as error:
                raise CannotStart("\n".join(error.errors)) from None
            except TlsError as error:
                raise CannotStart(str(error)) from None
        return self._started[wanted]

    def _start(self, wanted: Wanted) -> SandboxClient:
        if self._tls and self._certificates is None:
            self._certificates = self._make_certificates()
        tls = None if self._certificates is None else Tls(self._certificates)
        server = Server(
            provider_ports=True,
            tls=tls,
            fixtures=wanted.fixtures,
            provider_folder=wanted.providers,
            provider_names=wanted.names,
        )
        self._stack.enter_context(server)
        for notice in server.runtime.notices:
            warnings.warn(pytest.PytestWarning(f"paysandbox: {notice}"), stacklevel=1)
        if self._certificates is None:
            return SandboxClient(server.url())
        return SandboxClient(server.https_url(), ca_file=self._certificates.ca_file)

    def _make_certificates(self) -> Certificates:
        """Make one CA for all sandboxes, and let clients of this process and its children trust it."""
        certificates = self._stack.enter_context(open_certificates())
        patch = self._stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in trust_variables(certificates.ca_file, self._environment).items():
            patch.setenv(name, value)
        return certificates
