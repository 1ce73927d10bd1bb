"""`paysandbox export` and `import`: the records of a running sandbox as a file, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from paysandbox.app import create_runtime
from paysandbox.cli.main import main
from paysandbox.kit.files import find_packaged_fixtures
from paysandbox.kit.provider import find_providers
from paysandbox.server.live import Server
from tests.helpers.runtimes import dump


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def run(server: Server, *arguments: str | Path) -> Result:
    name, *more = map(str, arguments)
    return CliRunner().invoke(main, [name, "--url", server.url(), *more])


def test_a_namespace_is_written_started_from_and_loaded(server: Server, tmp_path: Path) -> None:
    """Into a namespace that is created for it."""
    file = tmp_path / "ours.yaml"
    result = run(server, "export", "--output", file)
    assert (result.exit_code, result.output) == (0, "")
    assert file.read_text().startswith(f"# The namespace default of {server.url()}. To start from it: ")
    started = create_runtime(fixtures=file)
    assert dump(started, "crm_com") == dump(server.runtime, "crm_com")
    result = run(server, "import", file, "--namespace", "copy")
    names = ", ".join(server.runtime.services)
    assert (result.exit_code, result.output) == (0, f"imported {names} into the namespace copy\n")
    assert dump(server.runtime, "invoiless", "copy") == dump(server.runtime, "invoiless")


def test_one_provider_can_be_written_and_loaded(server: Server, tmp_path: Path) -> None:
    result = run(server, "export", "--provider", "invoiless")
    assert result.exit_code == 0
    assert [line for line in result.stdout.splitlines() if line[:1].isalpha()] == ["invoiless:"]
    file = tmp_path / "default.yaml"
    file.write_text(
        "extends: default\ntables:\n  customers:\n"
        "    - {id: 65a000000000000000000001, account: 603df7939b3e7d00418c2f07, name: Ana}\n"
    )
    result = run(server, "import", file, "--provider", "invoiless", "--namespace", "one")
    assert (result.exit_code, result.output) == (0, "imported invoiless into the namespace one\n")
    assert len(dump(server.runtime, "invoiless", "one")["customers"]) == 13


def test_what_was_written_of_one_provider_is_loaded_by_the_same_option(server: Server, tmp_path: Path) -> None:
    """Also out of a file of all providers, of which the others are left alone."""
    for options in (["--provider", "invoiless"], []):
        file = tmp_path / "written.yaml"
        assert run(server, "export", "--output", file, *options).exit_code == 0
        result = run(server, "import", file, "--provider", "invoiless", "--namespace", "again")
        assert (result.exit_code, result.output) == (0, "imported invoiless into the namespace again\n")


def test_errors_of_one_provider_have_the_lines_of_its_file(server: Server, tmp_path: Path) -> None:
    """Every error has its line, and a key with a slash is found."""
    file = tmp_path / "default.yaml"
    file.write_text("tables:\n  customers:\n    - {id: 5}\n    - id: 6\n")
    result = run(server, "import", file, "--provider", "invoiless")
    assert f"\n{file}:3: $.tables.customers[0].id: it must be a string, not an integer" in result.output
    assert f"\n{file}:4: $.tables.customers[1].id: it must be a string, not an integer" in result.output
    file.write_text("extends: default\nvariants:\n  a/b~c: 1\n")
    result = run(server, "import", file, "--provider", "invoiless")
    assert f"\n{file}:3: $.variants.a/b~c: " in result.output


def test_errors_say_what_is_wrong_and_nothing_is_loaded(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    for text, error in (
        ("invoiless: [\n", f"{file}:2: did not find"),
        ("- a\n", f"{file}:1: $: a file of fixtures is a mapping"),
        ("table: {}\n", f"{file}:1: $.table: there is no provider of this name; there are crm_com"),
        (
            "tables: {}\n",
            "it has the records of one provider and does not name it; add --provider, one of crm_com, ",
        ),
        (
            "invoiless:\n  tables:\n    customers:\n      - {id: 5}\n",
            f"{file}:4: $.invoiless.tables.customers[0].id: it must be a string, not an integer",
        ),
    ):
        file.write_text(text)
        result = run(server, "import", file)
        assert result.exit_code == 2
        assert error in result.output
        assert run(server, "import", file, "--namespace", "never").exit_code == 2
        assert "never" not in [namespace.name for namespace in server.runtime.namespaces]
    assert run(server, "export", "--provider", "nobody").exit_code == 2
    assert run(server, "export", "--namespace", "nowhere").exit_code == 2
    result = CliRunner().invoke(main, ["export", "--url", "http://127.0.0.1:9"])
    assert (result.exit_code, "no server answers at http://127.0.0.1:9" in result.output) == (2, True)


@pytest.mark.parametrize("name", [provider.name for provider in find_providers()])
def test_the_file_of_one_provider_is_told_its_option(server: Server, name: str) -> None:
    """By the folder that it stands in, as our own default files do."""
    file = find_packaged_fixtures(name)
    result = run(server, "import", file, "--namespace", "none")
    assert (result.exit_code, result.output) == (
        2,
        f"{file}: it has the records of one provider and does not name it; add --provider {name}\n",
    )
    assert "none" not in [namespace.name for namespace in server.runtime.namespaces]
