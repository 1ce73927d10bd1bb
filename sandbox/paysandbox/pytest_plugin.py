"""The pytest plugin: a sandbox for the session, and for each test a world of its own in it.

pytest reads this file in every project of its user, so it imports nothing but pytest before a test asks for a sandbox.
"""

import hashlib
import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from paysandbox.client.namespace import NamespaceClient, SandboxClient

_MARKER: Final = "paysandbox"
_SECTION: Final = "paysandbox requests"
_MARKED: Final = "variants={provider: {variant: choice}}, now=<moment with a zone>, fixtures=<folder>"
_STRUCTURE: Final = re.compile(r"[/\[\]:]+")  # what pytest itself puts between the parts of a test's id
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._]+")
_LENGTH: Final = 87  # of the 100 that a namespace's name may have: a hash and a number may follow
_SCHEMES: Final = ("http://", "https://")


class Marked(NamedTuple):
    """What a test's marker asks for."""

    variants: Mapping[str, Mapping[str, str]] | None = None
    now: datetime | str | None = None
    fixtures: Path | None = None


class _Calls:
    """The calls of a test: those of its namespace as long as that is there, then what was kept of them."""

    def __init__(self, namespace: "NamespaceClient") -> None:
        self._namespace: NamespaceClient | None = namespace
        self._kept = ""

    def told(self) -> str:
        return self._kept if self._namespace is None else self._namespace.transcript()

    def keep(self) -> None:
        """Read them before the namespace goes: whether the test's teardown fails is known only afterwards."""
        self._kept, self._namespace = self.told(), None

    def forget(self) -> None:
        """One telling is enough."""
        self._kept, self._namespace = "", None


_CALLS: Final = pytest.StashKey[_Calls]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, which are environment variables too."""
    group = parser.getgroup("paysandbox", "payment APIs with a world of its own for each test")
    group.addoption(
        "--paysandbox-url",
        metavar="URL",
        help="use the sandbox that runs there; by default PAYSANDBOX_URL, or else one is started on free ports",
    )
    group.addoption(
        "--paysandbox-control-token",
        metavar="TOKEN",
        help="the control token of that sandbox, if it wants one; by default PAYSANDBOX_CONTROL_TOKEN",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse an address that is none before any test runs."""
    config.addinivalue_line("markers", f"{_MARKER}({_MARKED}): what the test's world is to be like; all are optional.")
    url = _given(config, "url")
    if url is not None and not url.startswith(_SCHEMES):
        raise pytest.UsageError(
            f"--paysandbox-url: {url!r} is not an http:// or https:// URL, such as http://127.0.0.1:4080"
        )


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say it if the tests use a sandbox that runs."""
    url = _given(config, "url")
    return None if url is None else f"paysandbox: {url}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse wrong markers before any test runs; a worker of xdist cannot, there the test itself fails."""
    if not hasattr(config, "workerinput"):
        for item in items:
            marked(item)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show the calls of a test that fails."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    calls = item.stash.get(_CALLS, None)
    if calls is not None and report.failed:
        told = _told(calls)
        if told:
            report.sections.append((_SECTION, told))


@pytest.fixture(scope="session")
def _paysandbox_own() -> "Iterator[Callable[[Path | None], SandboxClient]]":
    """Sandboxes of this session's own by their folder of fixtures, each started when it is first asked for."""
    started: dict[Path | None, SandboxClient] = {}
    with ExitStack() as stack:

        def own(fixtures: Path | None) -> "SandboxClient":
            from paysandbox.client.namespace import SandboxClient  # noqa: PLC0415
            from paysandbox.core.problems import StartupError  # noqa: PLC0415
            from paysandbox.server.live import Server  # noqa: PLC0415

            if fixtures not in started:
                try:
                    server = stack.enter_context(Server(provider_ports=True, fixtures=fixtures))
                except StartupError as startup_error:
                    raise _failed("\n".join(startup_error.errors)) from None
                started[fixtures] = SandboxClient(server.url())
            return started[fixtures]

        yield own


@pytest.fixture(scope="session")
def paysandbox_server(request: pytest.FixtureRequest) -> "SandboxClient":
    """The sandbox that the tests use: the one that runs at `--paysandbox-url`, or one of this session's own.

    Under xdist each worker has one of its own. `.url`, `.namespace(name)` and `.coverage()` are of use to fixtures.
    """
    url = _given(request.config, "url")
    if url is None:
        own: SandboxClient = request.getfixturevalue("_paysandbox_own")(None)
        return own
    from paysandbox.client import namespace as client  # noqa: PLC0415

    running = client.SandboxClient(url, control_token=_given(request.config, "control_token"))
    try:
        running.health()
    except client.SandboxError as error:
        raise _failed(error) from None
    return running


@pytest.fixture
def paysandbox(request: pytest.FixtureRequest) -> "Iterator[NamespaceClient]":
    """A world of the test's own: a fresh namespace, deleted at the end."""
    try:
        wanted = marked(request.node)
    except pytest.UsageError as error:
        raise _failed(error) from None
    if wanted.fixtures is None:
        sandbox: SandboxClient = request.getfixturevalue("paysandbox_server")
    else:
        sandbox = request.getfixturevalue("_paysandbox_own")(wanted.fixtures)
    with _namespace(sandbox, namespace_name(request.node.nodeid), wanted) as made:
        calls = request.node.stash[_CALLS] = _Calls(made)
        yield made
        calls.keep()


def marked(item: pytest.Item) -> Marked:
    """What the test's markers ask for; of several the closest to the test counts, argument by argument.

    Raises:
        pytest.UsageError: an argument that there is not, or a value that it cannot have.
    """
    found: dict[str, Any] = {}
    for mark in item.iter_markers(_MARKER):
        wrong = [repr(one) for one in mark.args] + [name for name in mark.kwargs if name not in Marked._fields]
        if wrong:
            raise _unusable(item, f"does not take {', '.join(wrong)}")
        found = {**mark.kwargs, **found}
    variants, now, fixtures = (found.get(name) for name in Marked._fields)
    if variants is not None and not _are_variants(variants):
        raise _unusable(item, f"variants={variants!r} does not choose by provider and variant")
    if not isinstance(now, datetime | str | None):
        raise _unusable(item, f"now={now!r} is no moment")
    if not isinstance(fixtures, os.PathLike | str | None):
        raise _unusable(item, f"fixtures={fixtures!r} is no folder")
    # A relative folder is one beside the test's file, wherever pytest was started.
    folder = None if fixtures is None else item.path.parent / fixtures
    if folder is not None and not folder.is_dir():
        raise _unusable(item, f"fixtures={fixtures!r}: there is no folder {folder}")
    return Marked(variants, now, folder)


def namespace_name(nodeid: str) -> str:
    """A namespace's name that reads like the test's id; tests whose names would be the same get different ones."""
    structured = _STRUCTURE.sub("-", nodeid).strip("-._")
    name = _NO_NAME.sub("-", structured).strip("-._")[:_LENGTH] or "test"
    return name if name == structured else f"{name}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"


def _namespace(sandbox: "SandboxClient", name: str, wanted: Marked) -> "NamespaceClient":
    """A fresh namespace; where others run the same test on the same sandbox, its name gets a number."""
    from paysandbox.client.namespace import SandboxError  # noqa: PLC0415

    for number in range(1, 100):
        try:
            return sandbox.namespace(
                name if number == 1 else f"{name}-{number}", variants=wanted.variants, now=wanted.now
            )
        except SandboxError as error:
            if error.status != 409:  # noqa: PLR2004 - the name is taken
                raise _failed(error.detail) from None
    raise _failed(f"{sandbox.url} has 99 namespaces named {name} already; restart it")


def _told(calls: _Calls) -> str:
    """The calls as text, once; a sandbox that does not answer any more must not hide the test's own failure."""
    from paysandbox.client.namespace import SandboxError  # noqa: PLC0415

    try:
        return calls.told()
    except SandboxError as error:
        return f"they cannot be read: {error}"
    finally:
        calls.forget()


def _given(config: pytest.Config, what: str) -> str | None:
    """A setting of the run: option, or else environment, or else nothing."""
    given: str | None = config.getoption(f"paysandbox_{what}")
    return given or os.environ.get(f"PAYSANDBOX_{what.upper()}") or None


def _are_variants(variants: Any) -> bool:
    return isinstance(variants, Mapping) and all(isinstance(one, Mapping) for one in variants.values())


def _failed(why: object) -> BaseException:
    """The end of a test for a reason that needs no traceback."""
    return pytest.fail.Exception(f"paysandbox: {why}", pytrace=False)


def _unusable(item: pytest.Item, what: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: @pytest.mark.{_MARKER} {what}; it takes {_MARKED}")
