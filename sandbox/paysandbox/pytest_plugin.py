"""The pytest plugin: a sandbox for the session, and a namespace of it for each test.

pytest imports this file in every project of its user, so it imports nothing else before a test uses a fixture.
"""

import hashlib
import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from paysandbox.client.namespace import NamespaceClient, SandboxClient
    from paysandbox.pytest_markers import MarkerArguments

_MARKER: Final = "paysandbox"
_SECTION: Final = "paysandbox requests"
_ARGUMENTS: Final = (
    "variants={provider: {variant: choice}}, now=<date-time with an offset>, fixtures=<folder or file>, "
    "providers=<folder>, provider=<name or list of names>"
)
_STRUCTURE: Final = re.compile(r"[/\[\]:]+")  # separators in the id of a test
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._]+")
_LENGTH: Final = 87  # of the 100 characters of a namespace's name, because a hash and a number may follow
_TRUE: Final = ("1", "true", "t", "yes", "y", "on")  # as the command line reads its environment
_SCHEMES: Final = ("http://", "https://")


class _Calls:
    """Transcript of a test's calls: read from its namespace, or kept from before the namespace was deleted."""

    def __init__(self, namespace: "NamespaceClient") -> None:
        self._namespace: NamespaceClient | None = namespace
        self._kept = ""

    def read(self) -> str:
        return self._kept if self._namespace is None else self._namespace.transcript()

    def keep(self) -> None:
        """Read the transcript before the namespace is deleted, because teardown may still fail."""
        self._kept, self._namespace = self.read(), None

    def clear(self) -> None:
        """Show nothing again, because one report of the calls is enough."""
        self._kept, self._namespace = "", None


_CALLS: Final = pytest.StashKey[_Calls]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, which are also environment variables."""
    group = parser.getgroup("paysandbox", "payment APIs with a namespace for each test")
    group.addoption(
        "--paysandbox-url",
        metavar="URL",
        help="URL of a running sandbox to use. Default: PAYSANDBOX_URL, or a new sandbox on free ports.",
    )
    group.addoption(
        "--paysandbox-tls",
        action="store_true",
        help="Serve HTTPS, and let clients trust it by the environment. Default: PAYSANDBOX_TLS, or the ini option.",
    )
    parser.addini("paysandbox_tls", "Serve HTTPS, as --paysandbox-tls does.", type="bool", default=False)
    group.addoption(
        "--paysandbox-control-token",
        metavar="TOKEN",
        help="Control token of that sandbox, if it requires one. Default: PAYSANDBOX_CONTROL_TOKEN.",
    )
    group.addoption(
        "--paysandbox-providers",
        metavar="DIR",
        help="Folder of your own providers for a new sandbox. Their code is run. Default: PAYSANDBOX_PROVIDERS.",
    )
    group.addoption(
        "--paysandbox-provider",
        action="append",
        metavar="NAME",
        help="Only this provider in a new sandbox; repeat it for several. Default: PAYSANDBOX_PROVIDER, or all.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse an invalid URL before any test runs."""
    config.addinivalue_line(
        "markers", f"{_MARKER}({_ARGUMENTS}): the namespace of the test; all arguments are optional."
    )
    url = _read_setting(config, "url")
    if url is not None and not url.startswith(_SCHEMES):
        raise pytest.UsageError(
            f"--paysandbox-url: {url!r} is not an http:// or https:// URL, such as http://127.0.0.1:4080"
        )
    providers = _read_setting(config, "providers")
    if providers is not None and not Path(providers).is_dir():
        raise pytest.UsageError(f"--paysandbox-providers: there is no folder {providers}")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Show the URL if the tests use a running sandbox."""
    url = _read_setting(config, "url")
    return None if url is None else f"paysandbox: {url}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse invalid markers before any test runs."""
    # An xdist worker cannot stop the run, so there the test itself fails.
    if not hasattr(config, "workerinput"):
        marked = [item for item in items if item.get_closest_marker(_MARKER) is not None]
        if marked:
            _try_markers(config, marked)


def _try_markers(config: pytest.Config, marked: Iterable[pytest.Item]) -> None:
    """Refuse markers of the wrong form, and what the sandbox of a test does not have, such as a variant."""
    from paysandbox.pytest_namespaces import Trials  # noqa: PLC0415 - imported when used

    wanted = [(item, _read_marker(item)) for item in marked]
    running = _find_running(config)
    trials = Trials(running)
    for item, arguments in wanted:
        asks_running = running is not None and not arguments.wants_own
        error = trials.find_error(*arguments if asks_running else _complete(config, arguments))
        if error is not None:
            raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.{_MARKER}: {error}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Show the calls of a test that fails."""
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    calls = item.stash.get(_CALLS, None)
    if calls is not None and report.failed:
        transcript = _read_once(calls)
        if transcript:
            report.sections.append((_SECTION, transcript))


@pytest.fixture(scope="session")
def _paysandbox_own(
    request: pytest.FixtureRequest, _paysandbox_no_proxy: None
) -> "Iterator[Callable[[MarkerArguments], SandboxClient]]":
    """Start a sandbox for each combination of fixtures and providers, when a test first needs it."""
    from paysandbox.pytest_sandboxes import CannotStart, OwnSandboxes, Wanted  # noqa: PLC0415 - imported when used

    with OwnSandboxes(os.environ, tls=_wants_tls(request.config)) as own:

        def start(wanted: "MarkerArguments") -> "SandboxClient":
            completed = _complete(request.config, wanted)
            try:
                return own.start(Wanted(completed.fixtures, completed.providers, completed.provider))
            except CannotStart as error:
                raise _failure(error) from None

        yield start


@pytest.fixture(scope="session")
def _paysandbox_no_proxy() -> Iterator[None]:
    """Keep proxies of the environment away from the sandbox until the session ends."""
    from paysandbox.client.env_vars import complete_no_proxy  # noqa: PLC0415 - tests without a sandbox need not wait

    with pytest.MonkeyPatch.context() as patch:
        for name, hosts in complete_no_proxy(os.environ).items():
            patch.setenv(name, hosts)
        yield


@pytest.fixture(scope="session")
def paysandbox_server(request: pytest.FixtureRequest, _paysandbox_no_proxy: None) -> "SandboxClient":
    """The sandbox of the tests: the running one at `--paysandbox-url`, or a new one for this session or xdist worker.

    Fixtures of yours may use `.url`, `.namespace(name)` and `.coverage()`.
    """
    running = _find_running(request.config)
    if running is None:
        from paysandbox.pytest_markers import MarkerArguments  # noqa: PLC0415 - imported when used

        own: SandboxClient = request.getfixturevalue("_paysandbox_own")(MarkerArguments())
        return own
    from paysandbox.client.http import SandboxError  # noqa: PLC0415 - tests without a sandbox need not wait

    try:
        running.health()
    except SandboxError as error:
        raise _failure(error) from None
    return running


@pytest.fixture
def paysandbox(request: pytest.FixtureRequest) -> "Iterator[NamespaceClient]":
    """A new namespace for the test, deleted at its end."""
    try:
        wanted = _read_marker(request.node)
    except pytest.UsageError as error:
        raise _failure(error) from None
    if wanted.wants_own:
        sandbox: SandboxClient = request.getfixturevalue("_paysandbox_own")(wanted)
    else:
        sandbox = request.getfixturevalue("paysandbox_server")
    with _create_namespace(sandbox, namespace_name(request.node.nodeid), wanted) as namespace:
        calls = request.node.stash[_CALLS] = _Calls(namespace)
        yield namespace
        calls.keep()


def _read_marker(item: pytest.Item) -> "MarkerArguments":
    """Arguments of the test's markers.

    Raises:
        pytest.UsageError: an unknown argument, or an invalid value.
    """
    from paysandbox.pytest_markers import WrongMarker, read_markers  # noqa: PLC0415 - imported when used

    try:
        return read_markers(item.iter_markers(_MARKER), item.path.parent)
    except WrongMarker as error:
        raise pytest.UsageError(f"{item.nodeid}: @pytest.mark.{_MARKER} {error}; it takes {_ARGUMENTS}") from None


def namespace_name(nodeid: str) -> str:
    """A name like the test's id; a hash is added where characters were replaced, so that names stay different."""
    structured = _STRUCTURE.sub("-", nodeid).strip("-._")
    name = _NOT_IN_NAMES.sub("-", structured).strip("-._")[:_LENGTH] or "test"
    return name if name == structured else f"{name}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"


def _create_namespace(sandbox: "SandboxClient", name: str, wanted: "MarkerArguments") -> "NamespaceClient":
    from paysandbox.pytest_namespaces import CannotCreate, create_namespace  # noqa: PLC0415 - imported when used

    try:
        return create_namespace(sandbox, name, wanted.variants, wanted.now)
    except CannotCreate as error:
        raise _failure(error) from None


def _read_once(calls: _Calls) -> str:
    from paysandbox.client.namespace import SandboxError  # noqa: PLC0415 - tests without a sandbox need not wait

    try:
        return calls.read()
    except SandboxError as error:
        # Returned, because a sandbox that no longer answers must not hide why the test failed.
        return f"the calls cannot be read: {error}"
    finally:
        calls.clear()


def _find_running(config: pytest.Config) -> "SandboxClient | None":
    """Client of the sandbox at `--paysandbox-url`, which was not asked yet; None without the option."""
    url = _read_setting(config, "url")
    if url is None:
        return None
    from paysandbox.client.namespace import SandboxClient  # noqa: PLC0415 - tests without a sandbox need not wait

    return SandboxClient(url, control_token=_read_setting(config, "control_token"))


def _complete(config: pytest.Config, wanted: "MarkerArguments") -> "MarkerArguments":
    """Add the providers of the options, which hold for each sandbox that is started."""
    folder = _read_setting(config, "providers")
    names = config.getoption("paysandbox_provider") or os.environ.get("PAYSANDBOX_PROVIDER", "").split()
    providers = wanted.providers or (Path(folder) if folder else None)
    return wanted._replace(providers=providers, provider=wanted.provider or tuple(names))


def _read_setting(config: pytest.Config, name: str) -> str | None:
    """A setting from the option, then from the environment."""
    value: str | None = config.getoption(f"paysandbox_{name}")
    return value or os.environ.get(f"PAYSANDBOX_{name.upper()}") or None


def _wants_tls(config: pytest.Config) -> bool:
    """Whether to serve HTTPS: by the option, then the environment, then the configuration file."""
    said = _read_setting(config, "tls")
    return str(said).lower() in _TRUE if said else bool(config.getini("paysandbox_tls"))


def _failure(reason: object) -> BaseException:
    """The exception that fails a test without a traceback."""
    return pytest.fail.Exception(f"paysandbox: {reason}", pytrace=False)
