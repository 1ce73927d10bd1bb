"""The arguments of the marker `paysandbox`: imported when a test has the marker, or uses a fixture."""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class WrongMarker(Exception):
    """A marker has an unknown argument or an invalid value; the message says which."""


class MarkerArguments(NamedTuple):
    """Arguments of a test's marker."""

    variants: Mapping[str, Mapping[str, str | int | bool]] | None = None
    now: datetime | str | None = None
    fixtures: Path | None = None
    providers: Path | None = None
    provider: tuple[str, ...] = ()

    @property
    def wants_own(self) -> bool:
        """Whether the test needs a sandbox of its own, for its files or providers."""
        return bool(self.fixtures or self.providers or self.provider)


def read_markers(marks: Iterable[pytest.Mark], folder: Path) -> MarkerArguments:
    """Arguments of a test's markers, the closest first, which counts for each argument; `folder` is that of the test.

    Raises:
        WrongMarker: an unknown argument, or an invalid value.
    """
    found: dict[str, Any] = {}
    for mark in marks:
        wrong = [*map(repr, mark.args), *sorted(set(mark.kwargs) - set(MarkerArguments._fields))]
        if wrong:
            raise WrongMarker(f"does not take {', '.join(wrong)}")
        found = {**mark.kwargs, **found}
    variants, now = (found.get(name) for name in ("variants", "now"))
    if variants is not None and not _are_variants(variants):
        raise WrongMarker(f"variants={variants!r} is not a mapping of providers to variants and choices")
    if not isinstance(now, datetime | str | None):
        raise WrongMarker(f"now={now!r} is not a date-time")
    fixtures, providers = (_read_folder(found, name, folder) for name in ("fixtures", "providers"))
    return MarkerArguments(variants, now, fixtures, providers, _read_names(found.get("provider")))


def _read_folder(found: Mapping[str, Any], name: str, above: Path) -> Path | None:
    given = found.get(name)
    if not isinstance(given, os.PathLike | str | None):
        raise WrongMarker(f"{name}={given!r} is not a folder")
    # Relative to the test's file, because pytest may be started anywhere; fixtures may also be a file.
    folder = None if given is None else above / given
    if folder is not None and not folder.is_dir() and not (name == "fixtures" and folder.is_file()):
        raise WrongMarker(f"{name}={given!r}: there is no folder {folder}")
    return folder


def _read_names(given: Any) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else given or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise WrongMarker(f"provider={given!r} is not a name or a list of names")
    return tuple(names)


def _are_variants(variants: Any) -> bool:
    return isinstance(variants, Mapping) and all(isinstance(choices, Mapping) for choices in variants.values())
