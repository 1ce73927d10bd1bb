"""Packaged providers are read when they are first used, from files that were found valid, and only then."""

import gc
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from paysandbox.app import create_runtime
from paysandbox.contract.loader import read_contract
from paysandbox.core.problems import StartupError
from paysandbox.kit import files, packaged
from paysandbox.kit.packaged import find_packaged
from paysandbox.kit.provider import list_packaged, make_prefix
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.settings import Settings
from paysandbox.testing import Client

NAMES = list_packaged()
CREDENTIALS = {"api-key": "invoiless-test-key"}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packaged files of a program that has not been started yet; a test may replace them."""
    for folder in ("schemas", "fixtures"):
        for file in files.find_data_folder(folder).glob("*/*.yaml"):
            link = tmp_path / folder / file.parent.name / file.name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)  # so that its parsed value is found
    monkeypatch.setattr(files, "find_data_folder", lambda folder: tmp_path / folder)
    notes: dict[str, bytes] = {}
    monkeypatch.setattr(packaged, "keep_entry", notes.__setitem__)
    monkeypatch.setattr(packaged, "read_entry", lambda name, stamp: _read_note(notes.get(name, b""), stamp))
    return tmp_path


def _read_note(content: bytes, stamp: str) -> bytes | None:
    return content if content.startswith(f'["{stamp}"'.encode()) else None


def replace_file(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def are_read(runtime: Runtime) -> list[str]:
    """The providers whose contracts are there."""
    return [name for name, service in runtime.services.items() if "_by_variants" in _filled(service)]


def _filled(service: object) -> set[str]:
    slots = [slot for kind in type(service).__mro__ for slot in getattr(kind, "__slots__", ())]
    found = set()
    for slot in slots:
        try:
            object.__getattribute__(service, slot)
        except AttributeError:
            continue
        found.add(slot)
    return found


def break_fixtures(data: Path) -> None:
    """Write a record that no table may have."""
    file = data / "fixtures/invoiless/default.yaml"
    replace_file(file, file.read_text().replace("  invoices:\n", "  invoices:\n    - {id: 7}\n", 1))


def test_the_names_and_mounts_are_those_that_the_providers_declare() -> None:
    """They are known before any code is imported."""
    services = create_runtime(check_again=True).services
    assert {name: (service.provider.name, service.provider.prefix) for name, service in services.items()} == {
        name: (name, make_prefix(name)) for name in NAMES
    }


def test_a_start_reads_everything_once_and_the_next_one_nothing(data: Path) -> None:
    """In a checkout the first start checks, and remembers that for itself."""
    assert find_packaged(()) is None
    assert are_read(create_runtime()) == NAMES
    assert are_read(create_runtime()) == []
    assert are_read(create_runtime(check_again=True)) == NAMES
    assert are_read(create_runtime(fixtures=data / "fixtures")) == NAMES


@pytest.mark.usefixtures("data")
def test_a_provider_is_read_by_its_first_call_alone() -> None:
    """Health, the banner's credentials and a wrong mount need none of them."""
    create_runtime()
    runtime = create_runtime()
    client = Client(runtime)
    assert client.get("/_sandbox/health").json["providers"] == NAMES
    assert {name: dict(service.credentials) for name, service in runtime.services.items()} == {
        name: dict(service.credentials) for name, service in create_runtime(check_again=True).services.items()
    }
    assert are_read(runtime) == []
    assert client.get("/invoiless/v1/invoices", headers=CREDENTIALS).status == 200
    assert are_read(runtime) == ["invoiless"]


@pytest.mark.usefixtures("data")
def test_a_namespace_is_described_without_reading_a_provider() -> None:
    """With its credentials and variants, which the note on the checked files has; so is an empty journal."""
    at_once, later = (Client(create_runtime()) for _ in range(2))
    wanted = {"name": "mine", "now": "2026-03-01T12:00:00Z"}
    described = [client.post("/_sandbox/namespaces", wanted).json for client in (at_once, later)]
    assert described[0] == described[1]
    assert described[1]["providers"]["crm_com"]["credentials"]["web_api_key"] == "crm-test-key~mine"
    assert described[1]["providers"]["crm_com"]["variants"]["release"] == "R18.0.0"
    assert later.get("/_sandbox/namespaces/mine/requests").json["requests"] == []
    assert are_read(later.runtime) == []


@pytest.mark.usefixtures("data")
def test_a_damaged_note_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are checked again."""
    create_runtime()
    for damaged in ('["{}", {{"credentials": 7}}]', '["{}"]', '["{}", {{"cred'):
        monkeypatch.setattr(packaged, "read_entry", lambda _, stamp, text=damaged: text.format(stamp).encode())
        assert are_read(create_runtime()) == NAMES


@pytest.mark.usefixtures("data")
def test_what_is_read_later_is_what_is_read_at_once() -> None:
    """Contract, handlers, variants and records."""
    at_once, later = create_runtime(), create_runtime()
    for name in NAMES:
        first, second = at_once.services[name], later.services[name]
        assert first.contract.document == second.contract.document
        assert (first.handlers, first.variants, first.prefix) == (second.handlers, second.variants, second.prefix)
        before, after = at_once.namespaces.baselines[name], later.namespaces.baselines[name]
        assert {table: rows.records for table, rows in before.fixture_rows.items()} == {
            table: rows.records for table, rows in after.fixture_rows.items()
        }
    assert at_once.files == later.files


def test_a_mistake_stops_the_start_as_before(data: Path) -> None:
    """A file that has changed is read and checked, whatever was found valid before."""
    create_runtime()
    break_fixtures(data)
    with pytest.raises(StartupError, match=r"default\.yaml:\d+: \$\.tables\.invoices\[0\]"):
        create_runtime()
    with pytest.raises(StartupError):
        create_runtime()  # and again, because nothing was noted


@pytest.mark.usefixtures("data")
def test_a_changed_program_checks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether fixtures are valid depends on the code."""
    create_runtime()
    monkeypatch.setattr(packaged, "read_program", lambda: {"a.py": (1, 2)})
    assert are_read(create_runtime()) == NAMES


@pytest.mark.usefixtures("data")
def test_only_a_start_that_can_wait_does() -> None:
    """One with endpoints for all has to know which providers have webhooks."""
    create_runtime()
    with_endpoint = create_runtime(settings=Settings(webhook_urls=("http://127.0.0.1:9/",)))
    assert are_read(with_endpoint) == NAMES
    assert are_read(create_runtime(provider_names=["invoiless"])) == []


def test_fixtures_with_endpoints_are_read_at_once(data: Path) -> None:
    """Each namespace registers them when it is made."""
    file = data / "fixtures/invoiless/default.yaml"
    replace_file(file, f"{file.read_text()}\nwebhooks:\n  - {{url: 'http://127.0.0.1:9/'}}\n")
    for _ in range(2):
        runtime = create_runtime()
        assert "invoiless" in are_read(runtime)
        assert runtime.namespaces.get("default").webhooks is not None


def test_a_file_that_changes_while_it_waits_is_not_read(data: Path) -> None:
    """Only a reload takes changes over."""
    create_runtime()
    runtime = create_runtime()
    break_fixtures(data)
    replace_file(data / "schemas/invoiless/openapi.yaml", "broken")
    assert Client(runtime).get("/invoiless/v1/invoices", headers=CREDENTIALS).status == 200
    assert [Path(path).parent.name for path in runtime.list_newer_files()] == ["invoiless", "invoiless"]


@pytest.mark.usefixtures("data")
def test_a_damaged_entry_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut one begins as a whole one does."""
    create_runtime()
    find = packaged.find_values

    def find_damaged(name: str) -> Any:
        values = find(name)
        assert values is not None
        return type(values)(*(value._replace(entry=value.entry[:200]) for value in values))

    monkeypatch.setattr(packaged, "find_values", find_damaged)
    runtime = create_runtime()
    assert are_read(runtime) == []
    assert runtime.services["invoiless"].credentials == {"api_key": "invoiless-test-key"}
    assert Client(runtime).get("/invoiless/v1/invoices", headers=CREDENTIALS).status == 200


@pytest.mark.usefixtures("data")
def test_two_threads_get_the_same_service() -> None:
    """An embedding program asks beside the thread that serves."""
    create_runtime()
    service = create_runtime().services["invoiless"]
    found: list[object] = []
    threads = [Thread(target=lambda: found.append(service.contract)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(contract) for contract in found}) == 1


@pytest.mark.usefixtures("data")
def test_a_misspelt_field_is_none_of_a_service() -> None:
    """Before it is read and after."""
    create_runtime()
    service = create_runtime().services["invoiless"]
    for _ in range(2):
        with pytest.raises(AttributeError, match="contrakt"):
            service.contrakt  # type: ignore[attr-defined] # noqa: B018 - the mistake itself
        assert service.contract is not None


@pytest.mark.usefixtures("data")
def test_garbage_is_collected_as_before() -> None:
    """Reading a provider neither switches collection on nor off."""
    create_runtime()
    gc.disable()
    try:
        assert create_runtime().services["invoiless"].contract
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert create_runtime().services["invoiless"].contract
    assert gc.isenabled()


def test_the_contract_of_the_control_plane_is_read_at_once(data: Path) -> None:
    """The first call may be one of its."""
    create_runtime()
    path = data / "schemas/control/openapi.yaml"
    replace_file(path, "broken")
    with pytest.raises(StartupError):
        read_contract(path, str(path))
    with pytest.raises(StartupError):
        create_runtime()


@pytest.mark.slow
def test_the_first_answer_imports_no_provider(tmp_path: Path) -> None:
    """A process that is asked for its health has none of their modules, nor what serves the pages."""
    program = (
        "import sys; from paysandbox.testing import Client; "
        "assert Client().get('/_sandbox/health').status == 200; "
        "assert 'starlette' not in sys.modules; "
        "print(sorted(name for name in sys.modules if name.startswith('paysandbox.providers.')))"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}  # where nothing was found valid yet
    for expected in (True, False):
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
        assert (done.stdout.strip() != "[]") is expected
