"""Providers from outside the package: where they are looked for, and what is said of a broken one."""

import shutil
import sys
from pathlib import Path

import pytest

from paysandbox.app import create_runtime
from paysandbox.core.problems import StartupError
from paysandbox.kit.discovery import list_providers, load_folder, load_provider
from paysandbox.kit.provider import find_providers
from paysandbox.testing import Client
from tests.helpers.own_providers import write_toy

PACKAGED = [provider.name for provider in find_providers()]


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """The toy's folder, in a folder of providers."""
    return write_toy(tmp_path / "providers")


def find_errors(folder: Path) -> list[str]:
    """The errors of a folder of providers, without its path."""
    with pytest.raises(StartupError) as caught:
        list_providers(folder)
    return [error.replace(f"{folder}/", "") for error in caught.value.errors]


def test_a_folder_adds_its_providers_behind_the_packaged_ones(toy: Path) -> None:
    """Each is imitated as any other."""
    assert [provider.name for provider in list_providers(toy.parent)] == [*PACKAGED, "piggybank"]
    client = Client(create_runtime(provider_folder=toy.parent))
    assert client.post("/piggybank/v1/coins", {"value": 1}, headers={"piggy-key": "oink"}).status == 201
    assert client.get("/_sandbox/namespaces/default/state/piggybank/banks/oink").json["coins"] == 4


def test_several_folders_add_theirs(tmp_path: Path, toy: Path) -> None:
    """Each once; a name that two of them have is refused."""
    (tmp_path / "none").mkdir()
    assert [provider.name for provider in list_providers([toy.parent, toy.parent])] == [*PACKAGED, "piggybank"]
    with pytest.raises(StartupError, match="no provider in this folder"):
        list_providers([toy.parent, tmp_path / "none"])
    other = write_toy(tmp_path / "other").parent
    with pytest.raises(StartupError, match="there are 2 providers of the name 'piggybank'") as caught:
        list_providers((toy.parent, other))
    assert str(other) in str(caught.value)


def test_a_provider_alone_starts_without_the_packaged_ones(toy: Path) -> None:
    """Its own tests do so, because it is faster."""
    assert list(create_runtime(providers=[load_provider(toy)]).services) == ["piggybank"]


def test_folders_of_the_same_name_are_loaded_apart(tmp_path: Path, toy: Path) -> None:
    """Two sandboxes in one process may have two versions of a provider."""
    other = write_toy(tmp_path / "other")
    (other / "provider" / "records.py").write_text((other / "provider" / "records.py").read_text().replace("100", "3"))
    full = Client(create_runtime(providers=[load_provider(other)]))
    roomy = Client(create_runtime(providers=[load_provider(toy)]))
    statuses = [
        client.post("/piggybank/v1/coins", {"value": 1}, headers={"piggy-key": "oink"}).status
        for client in (full, roomy)
    ]
    assert statuses == [409, 201]


def test_the_users_own_folders_go_before_the_files_of_a_provider(tmp_path: Path, toy: Path) -> None:
    """As for packaged providers."""
    own = tmp_path / "fixtures" / "piggybank"
    own.mkdir(parents=True)
    (own / "default.yaml").write_text((toy / "fixtures.yaml").read_text().replace("total: 1.11", "total: 5"))
    runtime = create_runtime(providers=[load_provider(toy)], fixtures=own.parent)
    assert Client(runtime).get("/_sandbox/namespaces/default/state/piggybank/banks/oink").json["total"] == 5


@pytest.mark.parametrize(
    ("file", "text", "error"),
    [
        ("provider/errors.py", "import nowhere\n", "piggybank/provider/errors.py:1: ModuleNotFoundError: No module"),
        ("provider/records.py", "\n\n1 / 0\n", "piggybank/provider/records.py:3: ZeroDivisionError: division by zero"),
        ("provider/operations.py", "raise SystemExit(3)\n", "piggybank/provider/operations.py:1: SystemExit: 3"),
        ("provider/wire.py", "", ""),
        ("provider/errors.py", "\nif:\n", "piggybank/provider/errors.py:2: SyntaxError: invalid syntax"),
        ("provider/__init__.py", "", "piggybank/provider/__init__.py:1: there is no PROVIDER = Provider(…)"),
        ("provider/__init__.py", "PROVIDER = 3\n", "piggybank/provider/__init__.py:1: there is no PROVIDER"),
    ],
)
def test_code_that_fails_is_reported_with_file_and_line(toy: Path, file: str, text: str, error: str) -> None:
    """Whatever it raises when it is imported."""
    (toy / file).write_text(text)
    if not error:
        assert load_provider(toy).name == "piggybank"
        return
    (said,) = find_errors(toy.parent)
    assert said.startswith(error)


@pytest.mark.parametrize("part", ["openapi.yaml", "fixtures.yaml", "provider/__init__.py"])
def test_a_missing_part_is_named(toy: Path, part: str) -> None:
    """Half a provider is not passed over."""
    (toy / part).unlink()
    assert find_errors(toy.parent) == [f"piggybank/{part}:1: the file is missing; provider piggybank needs it"]


def test_each_broken_provider_is_reported(toy: Path) -> None:
    """Together, so that all can be mended."""
    write_toy(toy.parent, "second")
    for name in ("piggybank", "second"):
        (toy.parent / name / "provider" / "errors.py").write_text("1 / 0\n")
    assert [error.partition(":")[0] for error in find_errors(toy.parent)] == [
        "piggybank/provider/errors.py",
        "second/provider/errors.py",
    ]


def test_two_providers_of_one_name_are_refused(tmp_path: Path) -> None:
    """A name of the package is taken."""
    write_toy(tmp_path, PACKAGED[0])
    assert find_errors(tmp_path) == [
        f"packaged with the sandbox: there are 2 providers of the name {PACKAGED[0]!r}",
        f"{PACKAGED[0]}/openapi.yaml:1: there are 2 providers of the name {PACKAGED[0]!r}",
    ]


@pytest.mark.parametrize("name", ["control", "ns", "Piggybank", "piggy-bank"])
def test_a_name_that_cannot_be_served_is_refused(tmp_path: Path, name: str) -> None:
    """It would hide the control plane or the namespaces, or could not be part of a variable's name."""
    write_toy(tmp_path, name)
    (error,) = find_errors(tmp_path)
    assert f"a provider cannot be called {name!r}" in error


def test_the_folder_and_the_provider_have_one_name(toy: Path) -> None:
    """Otherwise a reader would look for it in vain."""
    toy.rename(toy.parent / "moneybox")
    assert find_errors(toy.parent) == [
        "moneybox/provider/__init__.py:1: PROVIDER has the name 'piggybank', but its folder 'moneybox'"
    ]


def test_a_folder_without_providers_is_refused(tmp_path: Path, toy: Path) -> None:
    """A typo in the option would otherwise be seen late; folders that are not providers are passed over."""
    (tmp_path / "docs").mkdir()
    with pytest.raises(StartupError, match="no provider in this folder"):
        load_folder(tmp_path / "docs")
    with pytest.raises(StartupError, match=f"name the folder above it: {toy.parent}"):
        load_folder(toy)
    (toy.parent / "docs").mkdir()
    assert [provider.name for provider in load_folder(toy.parent)] == ["piggybank"]


def test_an_installed_distribution_brings_a_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its entry point, whose package lies below the folder of contract and fixtures."""
    home = write_toy(tmp_path)
    home.rename(tmp_path / "acme_piggybank")
    (tmp_path / "acme_piggybank" / "__init__.py").touch()
    info = tmp_path / "acme_piggybank-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-piggybank\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[paysandbox.providers]\npiggybank = acme_piggybank.provider\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert [provider.name for provider in list_providers()] == [*PACKAGED, "piggybank"]
        client = Client(create_runtime())
        assert client.post("/piggybank/v1/coins", {"value": 1}, headers={"piggy-key": "oink"}).status == 201
        write_toy(tmp_path / "providers")
        assert len(find_errors(tmp_path / "providers")) == 2
    finally:
        for name in [name for name in sys.modules if name.startswith("acme_piggybank")]:
            del sys.modules[name]


def test_a_broken_entry_point_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its line in the distribution."""
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[paysandbox.providers]\npiggybank = acme_nowhere.provider\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(StartupError, match="acme_nowhere"):
        list_providers()


def test_a_function_without_an_operation_is_named_with_its_file(toy: Path) -> None:
    """In the user's own folder."""
    with (toy / "provider" / "operations.py").open("a") as file:
        file.write("\n\ndef shake(call: Call, state: PiggybankState) -> Reply:\n    return Reply(204)\n")
    with pytest.raises(StartupError) as caught:
        create_runtime(providers=[load_provider(toy)])
    assert list(caught.value.errors) == [
        f"{toy / 'provider' / 'operations.py'}:1: no operation in the contract for the function shake"
    ]


def test_a_folder_that_is_not_read_is_noticed(tmp_path: Path, toy: Path) -> None:
    """A misspelt name is proposed right; hidden folders are left alone."""
    for name in ("pigybank", "unrelated", ".git", "__pycache__"):
        (tmp_path / "mine" / name).mkdir(parents=True)
    shutil.copytree(toy, tmp_path / "mine" / "piggybank")
    (tmp_path / "mine" / "piggybank" / "fixtures.yaml").rename(tmp_path / "mine" / "piggybank" / "default.yaml")
    runtime = create_runtime(providers=[load_provider(toy)], fixtures=tmp_path / "mine")
    unread = "this folder is not read, because there is no provider"
    assert runtime.notices == (
        f"{tmp_path}/mine/pigybank: {unread} 'pigybank' (did you mean piggybank?)",
        f"{tmp_path}/mine/unrelated: {unread} 'unrelated' (the providers are piggybank)",
    )
