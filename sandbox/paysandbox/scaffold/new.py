"""Makes a scaffold: reads the document, takes it over, tries the result, and keeps it."""

import shutil
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Final

from msgspec import Struct

from paysandbox.core.problems import StartupError
from paysandbox.kit.discovery import NAME, RESERVED, list_providers
from paysandbox.scaffold.completion import complete
from paysandbox.scaffold.draft import Draft, convert_source
from paysandbox.scaffold.notes import Notes
from paysandbox.scaffold.refusals import plan_refusals
from paysandbox.scaffold.rendering import Scaffold
from paysandbox.scaffold.resources import recognize
from paysandbox.scaffold.source import Source, read_source
from paysandbox.scaffold.trial import find_failures

EXAMPLE: Final = Path(__file__).parent / "example.yaml"
_HOUSE_DECISION: Final = {"title": "house decision", "kind": "house-decision"}


class Made(Struct, frozen=True):
    """What was made: the folder, the tables, the operationIds that are imitated and those that are not, the notes."""

    home: Path
    tables: list[str]
    imitated: list[str]
    examples: list[str]
    notes: list[str]


def make_provider(name: str, openapi: Path | None, folder: Path) -> Made:
    """Write a provider into `folder`, from an OpenAPI file, or from a small example if there is none.

    Raises:
        StartupError: the name is taken or not possible, the folder exists, or the document cannot be read.
    """
    home = folder / name
    _check_name(name, home, folder)
    source = read_source(openapi or EXAMPLE)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
        made = Path(scratch) / name
        scaffold = _make_until_it_works(name, source, made, str(folder))
        shutil.rmtree(made / "provider" / "__pycache__", ignore_errors=True)
        shutil.rmtree(made / "provider" / "operations" / "__pycache__", ignore_errors=True)
        made.rename(home)
    every = [operation.id for operation in scaffold.draft.operations()]
    return Made(
        home=home,
        tables=[resource.table for resource in scaffold.resources],
        imitated=[name for name in every if name in scaffold.roles],
        examples=[name for name in every if name not in scaffold.roles],
        notes=list(scaffold.draft.notes),
    )


def _check_name(name: str, home: Path, folder: Path) -> None:
    if not NAME.fullmatch(name) or name in RESERVED:
        raise StartupError(
            [f"{name!r} cannot be the name of a provider: lower-case letters, digits and single underscores"]
        )
    if home.exists():
        raise StartupError([f"{home}:1: there is such a folder already; choose another name, or remove it"])
    taken = {provider.name for provider in list_providers()}
    if name in taken:
        raise StartupError(
            [f"there is a provider of the name {name!r} already; the providers are {', '.join(sorted(taken))}"]
        )
    if folder.exists() and not folder.is_dir():
        raise StartupError([f"{folder}:1: this is not a folder"])


def _make_until_it_works(name: str, source: Source, home: Path, folder: str) -> Scaffold:
    """Make a scaffold whose operations all answer; those that cannot be imitated answer their example."""
    demoted: dict[str, str] = {}
    while True:
        scaffold = _make(name, source, demoted)
        _write(scaffold.render(folder), home)
        try:
            failures = find_failures(scaffold, home)
        except StartupError as error:
            raise StartupError(
                [f"{source.shown}:1: the scaffold does not start, so nothing is kept; of what was made:", *error.errors]
            ) from error
        added = {failed: why for failed, why in failures.items() if failed in scaffold.roles}
        if not added:
            for failed, why in failures.items():
                raise StartupError(
                    [f"{source.shown}:1: no reply of {failed} could be made that keeps its contract: {why}"]
                )
            return scaffold
        demoted |= added


def _make(name: str, source: Source, demoted: dict[str, str]) -> Scaffold:
    notes = Notes()
    try:
        draft = convert_source(source, name, notes)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # Parts of a document that are read but not expected one by one, such as a number in place of a name.
        what = f"a part of this document has another form than OpenAPI's ({type(error).__name__}: {error})"
        raise StartupError([f"{source.shown}:1: {what}; to find it: npx @redocly/cli lint {source.shown}"]) from error
    for failed, why in demoted.items():
        notes.add(f"{failed} is not imitated, because an attempt failed with {why}")
    resources, roles = recognize(draft, set(demoted))
    completed = complete(draft, resources, roles)
    refusals = plan_refusals(draft, roles)
    _add_house_decision(draft)
    scaffold = Scaffold(name, draft, resources, roles, completed, refusals)
    _add_notes(draft, notes)
    return scaffold


def _add_house_decision(draft: Draft) -> None:
    """Add the source that the parts cite which the document lacks."""
    if "house-decision" in str(draft.document["components"]["responses"]) + str(draft.document["paths"]):
        retrieved = draft.document["x-sources"]["given-document"]["retrieved"]
        draft.document["x-sources"]["house-decision"] = {**_HOUSE_DECISION, "retrieved": retrieved}


def _add_notes(draft: Draft, notes: Notes) -> None:
    lines = "".join(f"\n- {note}" for note in notes)
    if lines:
        description = deepcopy(draft.document["info"]["description"]).rstrip()
        draft.document["info"]["description"] = f"{description}\n\nDoc defects:\n{lines}\n"


def _write(files: dict[str, str], home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
