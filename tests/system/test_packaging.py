"""The distribution works outside of the checkout: in an empty environment, from another directory."""

import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
BINARIES = "Scripts" if os.name == "nt" else "bin"


def run(*command: str | Path, cwd: Path, code: int = 0, python_path: str = "") -> str:
    """What a command prints; it must end with this exit code. Nothing of the checkout is on its path."""
    foreign = ("PYTHON", "PYTEST", "VIRTUAL_ENV", "MYPY", "PAYSANDBOX")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environment |= {"PYTHONPATH": python_path} if python_path else {}
    done = subprocess.run(  # noqa: S603 - our own command
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    where = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", where, ROOT, cwd=where)
    (made,) = where.glob("*.whl")
    return made


def test_the_wheel_carries_contracts_and_fixtures_and_no_tests(wheel: Path) -> None:
    """Every one of the checkout's, byte for byte."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        for folder in ("schemas", "fixtures"):
            for path in (ROOT / folder).glob("*/*.yaml"):
                assert archive.read(f"paysandbox/data/{path.relative_to(ROOT).as_posix()}") == path.read_bytes()
    assert "paysandbox/py.typed" in names
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_a_start_from_the_wheel_reads_no_yaml(wheel: Path, tmp_path: Path) -> None:
    """Contracts and fixtures lie parsed in the wheel, so neither YAML nor JSON Schema nor a cache folder is loaded."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    start = "import paysandbox; paysandbox.create_app(); print(sorted({*sys.argv[1:]} & sys.modules.keys()))"
    python = (sys.executable, "-B", "-c", f"import sys; sys.path.insert(0, sys.argv.pop(1)); {start}")
    said = run(*python, tmp_path / "installed", "yaml", "jsonschema", "platformdirs", cwd=tmp_path)
    assert said.split() == ["[]"]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment into which the wheel, pytest and httpx are installed in locked versions."""
    where = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", where / "venv", cwd=where)
    binaries = where / "venv" / BINARIES
    locks = "".join((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    locked = re.findall(r"^[a-z0-9._-]+==\S+(?: ; [^\\\n]+)?", locks, re.MULTILINE)
    (where / "versions.txt").write_text("\n".join(dict.fromkeys(locked)))
    pip: list[str | Path] = [binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--constraint", where / "versions.txt", wheel, "pytest", "httpx", cwd=where)
    return binaries


def test_an_installed_sandbox_answers_a_payment(installed: Path, tmp_path: Path) -> None:
    """Started from another directory, and paid through."""
    binaries = installed
    assert re.search(r"^[0-9]+ operations\.", run(binaries / "paysandbox", "operations", cwd=tmp_path), re.MULTILINE)
    ready = tmp_path / "ready.json"
    serve: list[str | Path] = [binaries / "paysandbox", "serve", "--port", "0", "--ready-file", ready]
    with subprocess.Popen(serve, cwd=tmp_path) as server:  # noqa: S603 - our own command
        try:
            while not ready.exists():
                assert server.poll() is None, "the installed sandbox stopped"
                time.sleep(0.05)
            provider = json.loads(ready.read_text())["providers"]["invoicexpress"]
            paid = httpx.post(
                f"{provider['url']}/documents/1/partial_payments.json",
                params=provider["credentials"],
                json={"partial_payment": {"amount": 100.0, "payment_date": "26/10/2017"}},
            )
        finally:
            server.terminate()
    assert (paid.status_code, paid.json()["receipt"]["total"]) == (200, 100)
    assert server.returncode == 0


ACME = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme-tollgate"
version = "1.0"
dependencies = ["paysandbox"]

[project.entry-points."paysandbox.providers"]
tollgate = "acme_tollgate.provider"
"""


def test_a_distribution_brings_a_provider(installed: Path, tmp_path: Path) -> None:
    """Scaffolded by the installed program, built as a wheel, and found by its entry point."""
    assert "4 operations, 4 imitated" in run(installed / "paysandbox", "new", "tollgate", cwd=tmp_path)
    run(installed / "python", "-m", "pytest", "-q", "providers", cwd=tmp_path)
    (tmp_path / "providers" / "tollgate").rename(acme := tmp_path / "acme_tollgate")
    (acme / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(ACME)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    said = run(installed / "paysandbox", "validate", cwd=tmp_path / "dist", python_path=str(tmp_path / "site"))
    assert "tollgate: ok" in said


# Payment integrators like to call a package or module of their own `sandbox`.
OWN_TEST = """
import sandbox


def test_both(paysandbox):
    assert sandbox.WHOSE == "the project's"
    assert paysandbox.url("invoiless").startswith("http://127.0.0.1:")
"""


@pytest.mark.parametrize("path", ["sandbox/__init__.py", "sandbox.py"])
@pytest.mark.parametrize("how", ["pytest", "python -m pytest", "pythonpath", "PYTHONPATH"])
def test_a_project_keeps_its_own_sandbox(installed: Path, tmp_path: Path, path: str, how: str) -> None:
    """A package or module of the project named `sandbox` is imported in its tests, and the plugin works beside it."""
    module = tmp_path / path
    module.parent.mkdir(exist_ok=True)
    module.write_text('WHOSE = "the project\'s"\n')
    (tmp_path / "test_own.py").write_text(OWN_TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n" + ("pythonpath = .\n" if how == "pythonpath" else ""))
    program = [installed / "python", "-m", "pytest"] if how == "python -m pytest" else [installed / "pytest"]
    assert "1 passed" in run(*program, "-q", cwd=tmp_path, python_path="." if how == "PYTHONPATH" else "")


USER_CODE = """
from decimal import Decimal

from paysandbox import NamespaceClient, SandboxClient, SandboxError, Server, __version__, create_app
from paysandbox.testing import Client, Response


def pay(paysandbox: NamespaceClient) -> str:
    url, key = paysandbox.url("invoicexpress"), paysandbox.credentials("invoicexpress")
    paid = httpx.post(
        f"{url}/documents/1/partial_payments.json", params=key, json={"partial_payment": {"amount": 100.0}}
    )
    return str(paid.json()["receipt"]["sequence_number"])


def run() -> None:
    with Server() as server:
        sandbox: SandboxClient = SandboxClient(server.url())
        with sandbox.namespace("mine", now="2026-03-31T12:00:00Z") as mine:
            assert pay(mine) == "28/A"
            mine.put("invoicexpress", "invoices", 1, mine.state("invoicexpress", "invoices")["1"])
            mine.fault(then={"status": 503}).call_off()
            mine.clock.advance(Decimal("1.5"))
            try:
                mine.restore("none")
            except SandboxError as error:
                assert error.status == 404, error.detail
    reply: Response = Client(create_app()).get("/_sandbox/health")
    assert reply.json["version"] == __version__
    assert Client().get("/_sandbox/health").status == 200


run()
"""
README_SNIPPET = re.compile(r"```python\n(import httpx\n\n\ndef test_a_paid_invoice_is_receipted.*?)```", re.DOTALL)


def test_a_users_file_is_type_checked_and_runs(installed: Path, tmp_path: Path) -> None:
    """The whole public face under `mypy --strict`, and the README's snippet with its fixture annotated."""
    (tmp_path / "user.py").write_text("import httpx\n" + USER_CODE)
    found = README_SNIPPET.search((ROOT / "README.md").read_text())
    assert found is not None
    annotated = found[1].replace("(paysandbox)", "(paysandbox: NamespaceClient) -> None")
    (tmp_path / "test_readme.py").write_text("from paysandbox import NamespaceClient\n" + annotated)
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", installed / "python")
    assert "Success" in run(*mypy, "--cache-dir", tmp_path / "cache", "user.py", "test_readme.py", cwd=tmp_path)
    run(installed / "python", "user.py", cwd=tmp_path)
    assert "1 passed" in run(installed / "pytest", "-q", "test_readme.py", cwd=tmp_path)


def test_an_error_in_a_users_file_is_found(installed: Path, tmp_path: Path) -> None:
    """So the types are really read from the wheel, and are not Any."""
    (tmp_path / "user.py").write_text("from paysandbox import Server\n\nServer().url(7)\n")
    mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", installed / "python")
    said = run(*mypy, "--cache-dir", tmp_path / "cache", "user.py", cwd=tmp_path, code=1)
    assert 'incompatible type "int"' in said
