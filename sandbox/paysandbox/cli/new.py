"""`paysandbox new`: scaffold a provider of your own."""

from pathlib import Path

import click

from paysandbox.cli.options import StartupFailed, option
from paysandbox.core.problems import StartupError

_SHOWN = 12


@click.command(short_help="Scaffold a provider of your own.")
@click.argument("name")
@option(
    "--openapi",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="OpenAPI 3.0 or 3.1 file to take over, YAML or JSON. Default: a small example of payments.",
)
@option(
    "--providers",
    type=click.Path(file_okay=False, path_type=Path),
    default="providers",
    help="Folder to write <NAME>/ into; made if missing.",
)
def new(name: str, openapi: Path | None, providers: Path) -> None:
    """Scaffold a provider: contract, fixtures, code and tests, which pass `validate` and its own tests at once.

    Resources that the document shows get tables, and handlers that create, read, list, change and delete. The other
    operations answer their documented example, and are marked so.
    """
    from paysandbox.scaffold.new import make_provider  # noqa: PLC0415 - --help need not wait for it

    try:
        made = make_provider(name, openapi, providers)
    except StartupError as error:
        raise StartupFailed("\n".join(error.errors)) from None
    except OSError as error:
        raise StartupFailed(f"cannot write into the folder {providers}: {error.strerror or error}") from None
    tables = f" over the tables {', '.join(made.tables)}" if made.tables else ""
    click.echo(
        f"{made.home}: {len(made.imitated) + len(made.examples)} operations, {len(made.imitated)} imitated{tables}"
    )
    if made.examples:
        more = f" and {len(made.examples) - _SHOWN} more" if len(made.examples) > _SHOWN else ""
        click.echo(f"These answer their documented example: {', '.join(made.examples[:_SHOWN])}{more}")
    for note in made.notes[:_SHOWN]:
        click.echo(f"- {note}")
    if len(made.notes) > _SHOWN:
        click.echo(f"- and {len(made.notes) - _SHOWN} more, in {made.home / 'README.md'}")
    click.echo(f"Next: paysandbox serve --providers {providers}")
