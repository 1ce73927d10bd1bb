"""`paysandbox operations`: list operations and variants, with the evidence for each, or write requests for a tool."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from paysandbox.cli.options import StartupFailed, application_options, echo_notices, option
from paysandbox.core.problems import StartupError

if TYPE_CHECKING:
    from paysandbox.kit.provider import Service

FORMATS: Final = ("table", "postman", "http")
DEFAULT_URL: Final = "http://127.0.0.1:4080"
_URL: Final = re.compile(r"[!-~]+")  # a variable of a collection takes it as it is


@click.command()
@option("--variants", is_flag=True, help="List the variants of each API instead, with the evidence for each choice.")
@option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="Print the example requests of the contracts instead: a Postman collection v2.1, or an .http file of editors.",
)
@option("--url", default=DEFAULT_URL, help="URL of the sandbox in the requests.")
@application_options
def operations(variants: bool, form: str, url: str, **application: Any) -> None:  # noqa: FBT001 - click passes it by name
    """List the operations and the provenance of each: documented, observed or assumed.

    With --format postman or --format http, print requests for another tool.
    """
    if variants and form != "table":
        raise click.UsageError("--variants and --format exclude each other: requests have no variants")
    from paysandbox.app import create_runtime  # noqa: PLC0415 - --help need not wait for it

    try:
        runtime = create_runtime(**application)
    except StartupError as error:
        raise StartupFailed.from_error(error) from None
    echo_notices(runtime)
    services = runtime.services.values()
    if form != "table":
        from paysandbox.cli.request_files import RENDERERS  # noqa: PLC0415 - --help need not wait for it

        click.echo(RENDERERS[form](services, read_url(url)))
        return
    click.echo(render_variants(services) if variants else render_operations(services))


def read_url(text: str) -> str:
    """The URL of a sandbox without its last slash.

    Raises:
        BadParameter: it is not the root of an HTTP server.
    """
    try:
        parts = urlsplit(text)
        root = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        root = False
    if not root or parts.query or parts.fragment or not _URL.fullmatch(text):
        raise click.BadParameter(f"{text!r} is not a URL such as {DEFAULT_URL}", param_hint="--url")
    return text.rstrip("/")


def render_operations(services: "Iterable[Service]") -> str:
    """A table of all operations, and the counts of each provenance by provider."""
    from paysandbox.contract.inventory import count_units  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.contract.provenance import GRADES  # noqa: PLC0415 - as above

    rows = [("provider", "method", "path", "operation", "provenance")]
    totals = []
    for service in services:
        contract = service.contract
        rows += [
            (
                service.provider.name,
                operation.method,
                contract.base_path + operation.template,
                operation.id,
                operation.provenance,
            )
            for operation in contract.operations
        ]
        counted = count_units(contract.document)
        totals.append(f"{service.provider.name}: " + ", ".join(f"{counted[grade]} {grade}" for grade in GRADES))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    table.insert(1, "  ".join("-" * width for width in widths))
    summary = f"{len(rows) - 1} operations. Operations, responses, properties and rules by provenance:"
    return "\n".join([*table, "", summary, *totals])


def render_variants(services: "Iterable[Service]") -> str:
    """The variants of each API with the evidence for each choice; an asterisk marks the choice in force."""
    lines = []
    for service in services:
        lines.append(f"{service.provider.name}")
        for variant in service.contract.variants.values():
            lines.append(f"  {variant.name}: {variant.says}")
            for name, choice in variant.choices.items():
                asterisk = "*" if service.variants[variant.name] == name else " "
                lines.append(f"   {asterisk} {name:8} {choice.provenance:10}  {choice.says} ({choice.source})")
    return "\n".join(lines)
