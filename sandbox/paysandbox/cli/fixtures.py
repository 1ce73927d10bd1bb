"""`paysandbox fixtures`: the default fixtures to start your own from, and their JSON Schema for editors."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from paysandbox.cli.options import StartupFailed, chosen_providers, option, own_providers
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.kit.provider import Service
    from paysandbox.kit.runtime import Runtime


@click.command(short_help="Write the default fixtures, or their JSON Schema.")
@option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write <provider>/default.yaml below this folder, each with its schema for editors.",
)
@option("--schema", is_flag=True, help="Print the JSON Schema of a file of fixtures.")
@chosen_providers
@own_providers
def fixtures(
    folder: Path | None,
    schema: bool,  # noqa: FBT001 - click passes options by name
    **application: Any,
) -> None:
    """List the default fixtures, write them to start your own from, or print their JSON Schema.

    With one --provider, --schema is that of <provider>/default.yaml; otherwise it is that of a file of several
    providers, each under its name.
    """
    from paysandbox.app import create_runtime  # noqa: PLC0415 - --help need not wait for it

    if folder is not None and schema:
        raise click.UsageError("--write writes the schema too; give --schema alone to print it")
    try:
        runtime = create_runtime(**application)
    except StartupError as error:
        raise StartupFailed.from_error(error) from None
    services = list(runtime.services.values())
    if folder is not None:
        write_fixtures(folder, services)
    elif schema:
        click.echo(render_schema(services))
    else:
        click.echo(render_tables(services, runtime))


def write_fixtures(folder: Path, services: "Iterable[Service]") -> None:
    """Write the default fixtures and the schema of each provider; refuse if one of the files is there."""
    from paysandbox.kit.files import find_default_fixtures  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.kit.fixture_schema import FILE as SCHEMA_FILE  # noqa: PLC0415 - as above
    from paysandbox.kit.fixtures import FILE  # noqa: PLC0415 - as above

    content: dict[Path, str] = {}
    for service in services:
        default = find_default_fixtures(service.provider).read_text("utf-8")
        below = folder / service.provider.name
        content[below / FILE] = f"# yaml-language-server: $schema={SCHEMA_FILE}\n{default}"
        content[below / SCHEMA_FILE] = f"{render_schema([service])}\n"
    there = [path for path in content if path.exists()]
    if there:
        raise StartupFailed(f"{there[0]} is there already; nothing was written. Choose another folder, or move it away")
    try:
        for path, text in content.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise StartupFailed(f"cannot write {error.filename}: {error.strerror}") from None
    for path in content:
        click.echo(path)
    click.echo(f"To start from them: paysandbox serve --fixtures {folder}")


def render_schema(services: "Iterable[Service]") -> str:
    """The JSON Schema of a provider's fixture file, or of a file with the fixtures of several."""
    import json  # noqa: PLC0415 - --help need not wait for it

    from paysandbox.core.exact_json import write_json  # noqa: PLC0415 - as above
    from paysandbox.kit.fixture_schema import make_file_schema, make_schema_of_all  # noqa: PLC0415 - as above

    schemas = {
        service.provider.name: make_file_schema(
            service.provider,
            service.base_contract.variants,
            list(service.credentials),
            service.base_contract.events,
        )
        for service in services
    }
    schema = next(iter(schemas.values())) if len(schemas) == 1 else make_schema_of_all(schemas)
    return json.dumps(json.loads(write_json(schema)), indent=1, ensure_ascii=False)


def render_tables(services: "Iterable[Service]", runtime: "Runtime") -> str:
    """The file and the tables of each provider, with the numbers of records."""
    from paysandbox.kit.files import find_default_fixtures  # noqa: PLC0415 - --help need not wait for it

    lines = []
    for service in services:
        rows = runtime.namespaces.baselines[service.provider.name].fixture_rows
        lines.append(f"{service.provider.name}: {find_default_fixtures(service.provider)}")
        lines += [f"  {name:{max(map(len, rows))}}  {len(table.records):4}" for name, table in rows.items()]
    return "\n".join(lines)
