"""The deployment for a company: its files say the same, and HAProxy does with real sandboxes what is written there."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from paysandbox.cli.main import main
from paysandbox.store.log.redis.address import read_address

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "examples" / "deployment"
SERVICES = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
DOCUMENTS = {
    (document["kind"], document["metadata"]["name"]): document
    for document in yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
}
BALANCER = (FOLDER / "haproxy.cfg").read_text()
PATIENCE = 60  # seconds
DEFAULTS = read_address("redis://host")
SLOWEST_HEALTH = (DEFAULTS.connect_ms + DEFAULTS.answer_ms) / 1000  # seconds
IC = {"authorization": "Bearer ic-test-token"}


def pod(kind: str, name: str) -> Any:
    return DOCUMENTS[kind, name]["spec"]["template"]["spec"]


def test_settings_are_those_that_serve_takes() -> None:
    known = {f"PAYSANDBOX_{option.opts[0][2:].upper().replace('-', '_')}" for option in main.commands["serve"].params}
    (container,) = pod("Deployment", "paysandbox")["containers"]
    given = {entry["name"] for entry in container["env"]}
    assert given == set(SERVICES["sandbox-1"]["environment"]) <= known
    values = {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}
    assert values.items() <= SERVICES["sandbox-1"]["environment"].items()
    arguments = [
        argument
        for name, value in values.items()
        for argument in (f"--{name.removeprefix('PAYSANDBOX_').lower().replace('_', '-')}", value)
    ]
    # Under the group, because a command keeps the help options of the context that it is first asked in.
    group = main.make_context("paysandbox", ["serve"])
    options = [*arguments, "--store", "redis://:secret@valkey:6379/0"]
    main.commands["serve"].make_context("serve", options, parent=group, obj={})


def test_both_sandboxes_are_the_same_and_only_the_balancer_is_published() -> None:
    assert SERVICES["sandbox-1"] == SERVICES["sandbox-2"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["balancer"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["balancer"]["ports"])
    servers = re.findall(r"^\s+server (\S+) (\S+):4080$", BALANCER, re.MULTILINE)
    assert [(name, name) for name in SERVICES if name.startswith("sandbox")] == servers
    build = SERVICES["sandbox-1"]["build"]
    assert (FOLDER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


def test_nothing_runs_with_more_rights_than_it_needs() -> None:
    for service in SERVICES.values():
        assert service["read_only"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    for kind, name in (("Deployment", "paysandbox"), ("StatefulSet", "paysandbox-valkey")):
        spec = pod(kind, name)
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["runAsUser"] > 0
        assert not spec["automountServiceAccountToken"]
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "readOnlyRootFilesystem": True,
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            }
            assert set(container["resources"]) == {"requests", "limits"}


def test_no_health_check_fails_because_the_store_is_slow() -> None:
    """Else sandboxes would be taken out, and a client learned no more than that nobody is there."""
    assert float(re.findall(r"timeout check (\d+)s", BALANCER)[0]) > SLOWEST_HEALTH
    check = SERVICES["sandbox-1"]["healthcheck"]
    assert float(check["test"][check["test"].index("--timeout") + 1]) > SLOWEST_HEALTH
    assert float(check["timeout"].removesuffix("s")) > float(check["test"][-1])


def test_probes_and_services_reach_the_port_and_selectors_their_pods() -> None:
    (container,) = pod("Deployment", "paysandbox")["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/_sandbox/health", "port": "http"}
        assert container[probe]["timeoutSeconds"] > SLOWEST_HEALTH
    for (kind, name), document in DOCUMENTS.items():
        if kind == "Service":
            owner = next(other for other in ("Deployment", "StatefulSet") if (other, name) in DOCUMENTS)
            labels = DOCUMENTS[owner, name]["spec"]["template"]["metadata"]["labels"]
            assert document["spec"]["selector"] == labels
            ports = {port["name"] for port in pod(owner, name)["containers"][0]["ports"]}
            assert {port["targetPort"] for port in document["spec"]["ports"]} <= ports
    budget = DOCUMENTS["PodDisruptionBudget", "paysandbox"]["spec"]
    assert budget["selector"] == DOCUMENTS["Deployment", "paysandbox"]["spec"]["selector"]
    assert budget["minAvailable"] < DOCUMENTS["Deployment", "paysandbox"]["spec"]["replicas"]


@contextmanager
def started(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own commands
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def sandbox(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A sandbox over the file that both share, and its port."""
    ready = folder / "ready.json"
    store = f"sqlite:{folder.parent / 'stub.db'}"
    command = [sys.executable, "-m", "paysandbox", "serve", "--port", "0", "--ready-file", str(ready), "--store", store]
    with started(command) as process:
        wait_for(ready.exists)
        yield process, int(json.loads(ready.read_text())["url"].rpartition(":")[2])


def wait_for(what: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="there is no haproxy on this machine")
def test_the_balancer_keeps_a_namespace_at_a_sandbox_and_moves_it_when_that_dies(tmp_path: Path) -> None:
    with ExitStack() as stack:
        processes = {}
        text = BALANCER
        for name in ("sandbox-1", "sandbox-2"):
            (tmp_path / name).mkdir()
            process, port = stack.enter_context(sandbox(tmp_path / name))
            processes[port] = process
            text = text.replace(f"{name}:4080", f"127.0.0.1:{port}")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            front = free.getsockname()[1]
        config = tmp_path / "haproxy.cfg"
        config.write_text(text.replace("bind :4080", f"bind 127.0.0.1:{front}"))
        assert subprocess.run(["haproxy", "-c", "-f", str(config)], check=False, capture_output=True).returncode == 0  # noqa: S603, S607 - from the path, as checked
        stack.enter_context(started(["haproxy", "-db", "-f", str(config)]))
        http = stack.enter_context(
            httpx.Client(base_url=f"http://127.0.0.1:{front}", trust_env=False, timeout=PATIENCE)
        )

        def count_calls() -> dict[int, int]:
            """The calls that each sandbox has answered itself."""
            found = {}
            for port, process in processes.items():
                if process.poll() is None:
                    lines = httpx.get(f"http://127.0.0.1:{port}/_sandbox/metrics", trust_env=False).text.splitlines()
                    found[port] = sum(int(line.rpartition(" ")[2]) for line in lines if "_calls_total{" in line)
            return found

        def call(namespace: str, **headers: str) -> str:
            path = f"/ns/{namespace}" if not headers else ""
            reply = http.get(f"{path}/invisible-collector/companies", headers={**IC, **headers})
            assert reply.status_code == 200
            return str(reply.headers["x-sandbox-request"])

        def is_up() -> bool:
            try:
                return http.get("/_sandbox/health").status_code == 200
            except httpx.TransportError:
                return False

        wait_for(is_up)
        assert [call("mine") for _ in range(4)] == [f"mine-{number}" for number in range(1, 5)]
        assert call("mine", **{"x-sandbox-namespace": "mine"}) == "mine-5"
        assert sorted(count_calls().values()) == [0, 5]
        for number in range(20):
            assert call(f"other-{number}") == f"other-{number}-1"
        assert min(count_calls().values()) > 0
        home = next(port for port, calls in count_calls().items() if calls == max(count_calls().values()))
        processes[home].kill()
        processes[home].wait()
        assert [call(name) for name in ("mine", *(f"other-{number}" for number in range(20)))] == [
            "mine-6",
            *(f"other-{number}-2" for number in range(20)),
        ]
