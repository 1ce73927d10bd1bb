"""PaysandboxContainer starts, waits and stops with a stand-in for the container; the example passes with it."""

import inspect
import shutil
import sys
from pathlib import Path

import httpx
import pytest

from paysandbox.client.http import SandboxError
from paysandbox.testcontainers import PaysandboxContainer
from tests.helpers.fake_container import FakeContainer, imitate_testcontainers
from tests.helpers.pytest_projects import PYTEST, ROOT, run, written

API = "invoicexpress"


class SlowContainer(FakeContainer):
    """Healthy at the third question."""

    slow = 2


class SilentContainer(FakeContainer):
    """Never healthy."""

    slow = sys.maxsize


class EndedContainer(FakeContainer):
    """Exits before the sandbox is healthy."""

    ends = True


def pay(url: str, credentials: dict[str, str]) -> int:
    """The status of a payment of 100 at InvoiceXpress."""
    return httpx.post(
        f"{url}/documents/1/partial_payments.json",
        params=credentials,
        json={"partial_payment": {"amount": 100.0}},
        trust_env=False,
        timeout=60,
    ).status_code


@pytest.mark.parametrize("container", [FakeContainer, SlowContainer])
def test_url_and_credentials_lead_to_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, container: type[FakeContainer]
) -> None:
    """At once and after a wait; namespaces beside the default one, which the control token opens."""
    imitate_testcontainers(monkeypatch, container)
    with PaysandboxContainer() as sandbox:
        assert pay(sandbox.url(API), sandbox.credentials(API)) == 200
        with sandbox.namespace("checkout") as namespace:
            assert pay(namespace.url(API), namespace.credentials(API)) == 200
            assert [entry["status"] for entry in namespace.requests()] == [200]
        assert sandbox.environment["PAYSANDBOX_URL"] == sandbox.client.url
        assert sandbox.environment["INVOICEXPRESS_URL"] == sandbox.url(API)
        with pytest.raises(ValueError, match=r"unknown provider 'elsewhere'; the providers are .*invoicexpress"):
            sandbox.url("elsewhere")
    assert sandbox.container.stops == 1
    with pytest.raises(RuntimeError, match="not started"):
        sandbox.url(API)


def test_image_environment_and_options_go_to_the_container(monkeypatch: pytest.MonkeyPatch) -> None:
    imitate_testcontainers(monkeypatch, FakeContainer)
    sandbox = PaysandboxContainer("ours:1", control_token="known", env={"A": "b"}, command="serve --provider invoiless")
    assert sandbox.container.image == "ours:1"
    assert sandbox.container.env == {"A": "b", "PAYSANDBOX_CONTROL_TOKEN": "known"}
    assert sandbox.container.options == {"command": "serve --provider invoiless"}
    assert sandbox.container.exposed == (4080,)


def test_the_generated_token_is_another_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    imitate_testcontainers(monkeypatch, FakeContainer)
    tokens = {PaysandboxContainer().control_token for _ in range(2)}
    assert len(tokens) == 2
    assert min(map(len, tokens)) > 20


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        (SilentContainer, "the sandbox of image ours:1 is not healthy after 1 seconds: "),
        (EndedContainer, "the container of image ours:1 has ended before the sandbox was healthy"),
    ],
)
def test_a_sandbox_that_does_not_come_up_is_removed_and_its_log_kept(
    monkeypatch: pytest.MonkeyPatch, container: type[FakeContainer], reason: str
) -> None:
    imitate_testcontainers(monkeypatch, container)
    sandbox = PaysandboxContainer("ours:1", timeout=1)
    with pytest.raises(SandboxError, match=reason) as caught:
        sandbox.start()
    assert caught.value.__notes__ == ["log of the container:\non standard output\non standard error"]
    assert sandbox.container.stops == 1


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "testcontainers.core.container", None)
    with pytest.raises(ImportError, match=r"pip install 'paysandbox\[testcontainers\]'"):
        PaysandboxContainer()


def test_the_stand_in_has_the_methods_of_the_library() -> None:
    """With parameters of the same names; what they do needs a container runtime."""
    library = pytest.importorskip("testcontainers.core.container", reason="the extra testcontainers is not installed")
    methods = ["with_env", "with_exposed_ports", "start", "get_container_host_ip", "get_exposed_port", "get_logs"]
    for name in methods:
        real, fake = (inspect.signature(getattr(one, name)) for one in (library.DockerContainer, FakeContainer))
        assert list(real.parameters) == list(fake.parameters), name
    assert hasattr(library.DockerContainer, "get_wrapped_container")
    assert {"command", "volumes", "network"} <= set(inspect.signature(library.DockerContainer).parameters)


def test_the_example_passes(tmp_path: Path) -> None:
    """In a process of its own, where the stand-in is the library."""
    stand_in = "from tests.helpers.fake_container import FakeContainer as DockerContainer\n"
    packages = {"testcontainers/__init__.py": "", "testcontainers/core/__init__.py": ""}
    written(tmp_path, {**packages, "testcontainers/core/container.py": stand_in})
    shutil.copy(ROOT / "examples/testcontainers/test_payments.py", tmp_path)
    done = run(tmp_path, *PYTEST, "test_payments.py")
    assert done.outcomes == {"passed": 1}, done.output


def test_the_port_is_that_of_the_image() -> None:
    """The Dockerfile exposes it."""
    assert "EXPOSE 4080\n" in (ROOT / "examples/ci/Dockerfile").read_text()
