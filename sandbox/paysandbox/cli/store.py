"""`paysandbox store`: look after the store of sandboxes, which may be running."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from paysandbox.cli.options import FINDINGS, StartupFailed, application_options, option
from paysandbox.core.problems import StartupError
from paysandbox.kit.settings import MEMORY, Settings

if TYPE_CHECKING:
    from paysandbox.store.log.engine import Log
    from paysandbox.store.log.inspection import Checked, NamespaceInfo

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_SHOWN: Final = 3  # lines of a kind: a log over other fixtures has one for every entry
_HEADINGS: Final = ("NAMESPACE", "VERSION", "ENTRIES", "BYTES", "LAST ENTRY")


@click.group("store", short_help="Look after a store.")
def store() -> None:
    """Look after a store: sqlite:PATH, or the URL of a Redis or Valkey. Sandboxes may be running on it."""


def store_argument(command: F) -> F:
    """Add the argument STORE; the option that `serve` has in its place is refused with the form of the argument."""
    command = click.option("--store", hidden=True, is_eager=True, expose_value=False, callback=_refuse_option)(command)
    return click.argument("address", metavar="STORE", envvar="PAYSANDBOX_STORE")(command)


def _refuse_option(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise click.UsageError(f"give the store without --store: paysandbox store {context.info_name} STORE", context)


@store.command(short_help="List the namespaces of a store.")
@store_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with sizes in bytes and times in RFC 3339.")
def info(address: str, *, as_json: bool) -> None:
    """List the namespaces of STORE, with the version, number and bytes of their entries, and the time of the last."""
    from paysandbox.core.exact_json import write_json  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.store.log.inspection import list_namespaces  # noqa: PLC0415 - as above

    async def describe(log: "Log") -> dict[str, Any]:
        namespaces = [_describe_namespace(found) for found in await list_namespaces(log)]
        return {"store": log.name, "engine": log.engine, "namespaces": namespaces}

    found = _run(address, describe)
    click.echo(write_json(found).decode() if as_json else _render_info(found))


@store.command(short_help="Read all entries of a store.")
@store_argument
@application_options
@option("--seed", default=Settings().seed, help="Seed that the store was begun with.")
def check(address: str, seed: str, **application: Any) -> None:
    """Read every entry of STORE; say which namespaces are damaged, with the version, and what another program left.

    Give the fixtures with which the store was begun. Exit codes: 0 all can be read, 1 some cannot, 2 the check
    could not be done.
    """
    from paysandbox.app import create_runtime  # noqa: PLC0415 - --help need not wait for it
    from paysandbox.store.log.codec import Codec  # noqa: PLC0415 - as above
    from paysandbox.store.log.inspection import check_namespaces  # noqa: PLC0415 - as above
    from paysandbox.store.log.replicas import Replicas  # noqa: PLC0415 - as above

    try:
        baselines = create_runtime(settings=Settings(seed=seed), **application).namespaces.baselines
    except StartupError as error:
        raise StartupFailed.from_error(error) from None
    replicas = Replicas(baselines, seed=seed, limit=1)

    async def read(log: "Log") -> tuple[list["Checked"], list[str]]:
        codec = Codec(baselines, seed)
        return [checked async for checked in check_namespaces(log, replicas, codec)], await log.list_foreign()

    found, foreign = _run(address, read)
    for checked in found:
        _echo_lines(checked.errors, f"of the namespace {checked.name}")
    _echo_lines(foreign, "of another program")
    click.echo(_summarize(found, len(foreign)))
    raise SystemExit(FINDINGS if foreign or any(checked.errors for checked in found) else 0)


@store.command(short_help="Delete namespaces from a store.")
@store_argument
@click.argument("names", metavar="[NAMESPACE]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Delete all namespaces, default too.")
def forget(address: str, names: tuple[str, ...], *, is_all: bool) -> None:
    """Delete each NAMESPACE from STORE, without asking. What uses it next finds it new, as in the fixtures."""
    if bool(names) == is_all:
        raise click.UsageError("give either the names of namespaces, or --all")

    async def delete(log: "Log") -> list[str]:
        there = await log.list_names()
        unknown = [name for name in names if name not in there]
        if unknown:
            raise StartupFailed(f"there is no namespace {unknown[0]!r} in {log.name}; nothing was deleted")
        for name in names or there:
            await log.forget(name)
        return list(names or there)

    click.echo(f"deleted {_count(len(_run(address, delete)), 'namespace', 'namespaces')}")


def _run(address: str, work: Callable[["Log"], Awaitable[T]]) -> T:
    """Do some work on the log of a store that exists."""
    import asyncio  # noqa: PLC0415 - --help need not wait for it

    from paysandbox.store.log.engine import StoreError  # noqa: PLC0415 - as above
    from paysandbox.store.log.opening import open_log  # noqa: PLC0415 - as above

    if address == MEMORY:
        raise StartupFailed("memory is no store to look after: what is in it ends with its sandbox")

    async def run() -> T:
        log = open_log(address, create=False)
        try:
            return await work(log)
        finally:
            await log.close()

    try:
        return asyncio.run(run())
    except StoreError as error:
        raise StartupFailed(str(error)) from None


def _describe_namespace(found: "NamespaceInfo") -> dict[str, Any]:
    from paysandbox.core.clock import read_microseconds  # noqa: PLC0415 - as in `_run`

    used = read_microseconds(found.used).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "name": found.name,
        "format": found.format,
        "version": found.version,
        "entries": found.entries,
        "bytes": found.size,
        "last_entry_at": used,
    }


def _render_info(found: dict[str, Any]) -> str:
    rows = [
        _HEADINGS,
        *(
            (held["name"], f"{held['version']:,}", f"{held['entries']:,}", f"{held['bytes']:,}", held["last_entry_at"])
            for held in found["namespaces"]
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if 0 < place < len(row) - 1 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    total = sum(held["bytes"] for held in found["namespaces"])
    entries = _count(sum(held["entries"] for held in found["namespaces"]), "entry", "entries")
    head = f"{found['store']}: {_count(len(rows) - 1, 'namespace', 'namespaces')}, {entries}, {total:,} bytes"
    return "\n".join([head, *(lines if len(rows) > 1 else ())])


def _summarize(found: Sequence["Checked"], foreign: int) -> str:
    """Count what was read, and what of it cannot be used."""
    others = sum(checked.is_of_other_origin for checked in found)
    theirs = sum(checked.is_foreign for checked in found)
    damaged = sum(bool(checked.errors) for checked in found) - others - theirs
    states = [
        *([f"{_count(damaged, 'is', 'are')} damaged"] if damaged else ()),
        *([f"{_count(others, 'is', 'are')} of other fixtures, another release or another seed"] if others else ()),
        *([f"{_count(foreign + theirs, 'belongs', 'belong')} to another program"] if foreign + theirs else ()),
    ]
    entries = _count(sum(checked.entries for checked in found), "entry", "entries")
    head = f"{_count(len(found), 'namespace', 'namespaces')}, {entries}"
    return f"{head}: {', '.join(states) or 'all can be read'}"


def _echo_lines(lines: Sequence[object], whose: str) -> None:
    """Print the first lines, and how many more there are."""
    for line in lines[:_SHOWN]:
        click.echo(line)
    more = len(lines) - _SHOWN
    if more > 0:
        click.echo(f"{more:,} more {whose}")


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
