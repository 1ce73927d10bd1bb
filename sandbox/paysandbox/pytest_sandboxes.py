"""Sandboxes that the pytest plugin starts, and what clients need to reach them: imported when a test needs one."""

import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from paysandbox.client.namespace import SandboxClient
from paysandbox.core.problems import StartupError
from paysandbox.server.certificates import Certificates, Tls, TlsError, open_certificates
from paysandbox.server.live import Server
from paysandbox.server.trust import trust_variables


class CannotStart(Exception):
    """A sandbox cannot be started; the message says why."""


class OwnSandboxes:
    """Context manager: sandboxes on free ports, stopped at the end. With `tls` clients call and trust them by https."""

    def __init__(self, environment: Mapping[str, str], *, tls: bool) -> None:
        self._environment = environment
        self._tls = tls
        self._certificates: Certificates | None = None
        self._started: dict[tuple[Path | None, Path | None], SandboxClient] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def start(self, fixtures: Path | None, providers: Path | None) -> SandboxClient:
        """Return the sandbox of a folder of fixtures and one of providers, started when it is first asked for.

        Raises:
            CannotStart: a file is not valid, or the package for HTTPS is missing.
        """
        folders = fixtures, providers
        if folders not in self._started:
            try:
                self._started[folders] = self._start(fixtures, providers)
            except StartupError as error:
                raise CannotStart("\n".join(error.errors)) from None
            except TlsError as error:
                raise CannotStart(str(error)) from None
        return self._started[folders]

    def _start(self, fixtures: Path | None, providers: Path | None) -> SandboxClient:
        if self._tls and self._certificates is None:
            self._certificates = self._make_certificates()
        tls = None if self._certificates is None else Tls(self._certificates)
        server = Server(provider_ports=True, tls=tls, fixtures=fixtures, provider_folder=providers)
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
