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


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; it must succeed. Nothing of the checkout is on its path."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(  # noqa: S603 - our own command
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
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


def test_an_installed_sandbox_answers_a_payment(wheel: Path, tmp_path: Path) -> None:
    """Installed with locked versions into an empty environment, started from elsewhere, paid through."""
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    binaries = tmp_path / "venv" / BINARIES
    locked = re.findall(r"^[a-z0-9._-]+==\S+(?: ; [^\\\n]+)?", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    (tmp_path / "versions.txt").write_text("\n".join(locked))
    pip: list[str | Path] = [binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--constraint", tmp_path / "versions.txt", wheel, cwd=tmp_path)
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
