"""The CI recipes: whole, and the commands in them do what they say in an empty environment. No image is built here."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from paysandbox.client.env_vars import variables
from paysandbox.kit.runtime import Runtime
from tests.system import test_packaging

ROOT = Path(__file__).parents[3]
CI = ROOT / "examples" / "ci"
WORKFLOW = yaml.load((CI / "github-actions.yml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - only texts
STEPS = WORKFLOW["jobs"]["payments"]["steps"]
SERVICES = yaml.safe_load((CI / "compose.yaml").read_text())["services"]
DOCKERFILE = (CI / "Dockerfile").read_text()
NEEDS_NODE = pytest.mark.skipif(shutil.which("npm") is None, reason="the recipes run Node's tests, and there is no npm")


def instructions(name: str) -> list[str]:
    """What stands behind an instruction of the Dockerfile, each time."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_workflow_is_a_job_that_runs_the_tests_in_the_sandbox() -> None:
    """With no more rights than it needs, a limit of time, and every action at a version."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert set(WORKFLOW["on"]) == {"push", "pull_request"}
    assert int(WORKFLOW["jobs"]["payments"]["timeout-minutes"]) > 0
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@v[0-9]+", one)] == []
    assert [step["run"] for step in STEPS if step.get("run", "").startswith("paysandbox exec ")]
    assert all(("uses" in step) != ("run" in step) for step in STEPS)


def test_the_tests_of_the_compose_file_wait_for_a_healthy_sandbox() -> None:
    """Asked by a command of its own, without a shell."""
    assert SERVICES["paysandbox"]["healthcheck"]["test"] == ["CMD", "paysandbox", "health"]
    assert SERVICES["tests"]["depends_on"] == {"paysandbox": {"condition": "service_healthy"}}
    assert (CI / SERVICES["paysandbox"]["build"]["context"]).resolve() == ROOT
    assert (ROOT / SERVICES["paysandbox"]["build"]["dockerfile"]).exists()


def test_the_compose_file_names_urls_and_credentials_as_they_are(base_runtime: Runtime) -> None:
    """As `paysandbox exec` would, in the sandbox's name on the network of the containers."""
    url = "http://paysandbox:4080"
    providers = {
        name: {"url": base_runtime.url(name, url), "credentials": one.credentials}
        for name, one in base_runtime.services.items()
    }
    given = dict(SERVICES["tests"]["environment"])
    token = given.pop("PAYSANDBOX_CONTROL_TOKEN")
    assert given.items() <= variables({"url": url, "providers": providers}).items()
    assert token == SERVICES["paysandbox"]["environment"]["PAYSANDBOX_CONTROL_TOKEN"]


def test_the_image_runs_as_nobody_and_needs_no_shell() -> None:
    """What it runs, and what asks for its health, are lists of words."""
    (user,) = instructions("USER")
    assert int(user.partition(":")[0]) > 0
    (health,) = instructions("HEALTHCHECK")
    assert json.loads(health.partition("CMD ")[2]) == ["paysandbox", "health"]
    assert [json.loads(one) for one in (*instructions("ENTRYPOINT"), *instructions("CMD"))] == [
        ["paysandbox"],
        ["serve"],
    ]


def test_the_image_gets_the_files_that_it_copies() -> None:
    """They are there, and not kept from the build."""
    ignored = (CI / "Dockerfile.dockerignore").read_text().splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {path for one in instructions("COPY") if not one.startswith("--") for path in shlex.split(one)[:-1]}
    assert copied == let_in
    assert [path for path in copied if not (ROOT / path).exists()] == []
    built = (ROOT / "pyproject.toml").read_text()
    assert [path for path in ("README.md", "LICENSE", "sandbox", "schemas", "fixtures") if path not in copied] == []
    assert all(path in built for path in ("README.md", "LICENSE"))
    assert fnmatch.fnmatch("sandbox/__pycache__", ignored[-1])


class Clean(NamedTuple):
    """An environment with nothing in it but the sandbox, installed by the workflow's own step."""

    folder: Path
    variables: Mapping[str, str]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Locked versions, chosen by the Dockerfile's own line; the wheel of this checkout."""
    folder = tmp_path_factory.mktemp("clean")
    test_packaging.run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    test_packaging.run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    (locked,) = [one.partition(" && ")[0] for one in instructions("RUN") if one.startswith("sed ")]
    for lock in ("requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / lock, folder)
    test_packaging.run("sh", "-c", locked, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    foreign = ("PAYSANDBOX_", "PYTHON", "VIRTUAL_ENV")
    known = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    known |= {
        "PATH": f"{folder / 'venv' / test_packaging.BINARIES}{os.pathsep}{os.environ['PATH']}",
        "PAYSANDBOX": str(wheel),
        "PIP_CONSTRAINT": str(folder / "versions.txt"),
        "NO_PROXY": "127.0.0.1",
    }
    made = Clean(folder, known)
    run(made, step("Install the sandbox"), folder)
    return made


def step(name: str) -> str:
    """The command of a step of the workflow."""
    (found,) = [one["run"] for one in STEPS if one.get("name") == name]
    return str(found)


def run(clean: Clean, command: str, where: Path, **environment: str) -> str:
    """What a command of a recipe prints, run as GitHub does; it must succeed."""
    done = subprocess.run(  # noqa: S603 - our own recipes
        ["bash", "-e", "-c", command],  # noqa: S607 - whichever bash a developer has
        cwd=where,
        env={**clean.variables, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@NEEDS_NODE
def test_the_workflow_runs_the_tests_and_keeps_the_coverage(clean: Clean, tmp_path: Path) -> None:
    """Its own command, in a copy of the example."""
    project = shutil.copytree(ROOT / "examples" / "node", tmp_path / "project")
    told = run(clean, step("Run the tests with a sandbox around them"), project)
    assert "of the contracts exercised" in told
    (kept,) = [one["with"]["path"] for one in STEPS if "upload-artifact" in one.get("uses", "")]
    assert "Coverage of the contracts" in (project / kept).read_text()


@contextmanager
def container(clean: Clean) -> Iterator[str]:
    """The sandbox with the image's settings and the compose file's, on a free port; its URL."""
    given: dict[str, Any] = dict(pair.split("=", 1) for pair in shlex.split(instructions("ENV")[-1]))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    settings = {name: value for name, value in given.items() if name != "PATH"} | {"PAYSANDBOX_PORT": port}
    token = {"PAYSANDBOX_CONTROL_TOKEN": "for-tests-only"}
    words = [word for one in ("ENTRYPOINT", "CMD") for word in json.loads(instructions(one)[0])]
    words[0] = str(clean.folder / "venv" / test_packaging.BINARIES / words[0])
    with subprocess.Popen(  # noqa: S603 - our own recipe
        words, cwd=clean.folder, env={**clean.variables, **settings, **token}, stdout=subprocess.PIPE
    ) as server:
        try:
            assert server.stdout is not None
            assert b"is ready at" in server.stdout.readline()
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.communicate()


@NEEDS_NODE
def test_what_the_containers_run_works(clean: Clean, tmp_path: Path) -> None:
    """Healthy by the image's own question, and the tests beside it pass with the token that both are given."""
    project = shutil.copytree(ROOT / "examples" / "node", tmp_path / "project")
    environment = {
        name: value.replace("${PAYSANDBOX_CONTROL_TOKEN:-for-tests-only}", "for-tests-only")
        for name, value in SERVICES["tests"]["environment"].items()
    }
    with container(clean) as url:
        health = shlex.join(SERVICES["paysandbox"]["healthcheck"]["test"][1:])
        assert "is ready" in run(clean, health, tmp_path, PAYSANDBOX_URL=url)
        here = {name: value.replace("http://paysandbox:4080", url) for name, value in environment.items()}
        run(clean, shlex.join(SERVICES["tests"]["command"]), project, **here)
