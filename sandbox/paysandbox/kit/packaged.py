"""The packaged providers over their packaged files, each read when it is first used.

Only files that this program knows to be valid wait for their first use: the build checks the wheel's, and a start notes
which files it found valid. Any other file is checked at the start, so a mistake in it stops the start. A note has what
banners and new namespaces show of a provider, so that these read none.
"""

import hashlib
import sys
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, Final, NamedTuple

import msgspec

from paysandbox.contract.cache import KnownValue, keep_entry, read_entry, read_packaged_entry
from paysandbox.contract.document import Contract
from paysandbox.contract.loader import find_contract, read_contract
from paysandbox.core.collector import keep_from_collector
from paysandbox.core.exact_json import read_own_json, write_json
from paysandbox.core.problems import Malformed, StartupError
from paysandbox.kit.files import find_packaged_contract, find_packaged_fixtures
from paysandbox.kit.fixture_form import WEBHOOKS
from paysandbox.kit.fixtures import Fixtures, compile_fixtures, find_fixtures, read_file
from paysandbox.kit.program import ROOT, read_program
from paysandbox.kit.provider import Provider, Service, create_service, import_packaged, list_packaged, make_prefix
from paysandbox.kit.runtime import FileVersion, read_version
from paysandbox.store.state import Baseline

_HASH: Final = 12  # characters in the name of an entry


class Packaged(NamedTuple):
    """Services and initial states by provider, to be read when they are first used, and the versions of their files."""

    services: Mapping[str, Service]
    baselines: Mapping[str, Baseline]
    versions: Mapping[Path, FileVersion]


class _Values(NamedTuple):
    """What the files of a provider hold, as the wheel or the cache has it."""

    contract: KnownValue
    fixtures: KnownValue


class _Parts(NamedTuple):
    """What a service and a baseline are made of."""

    provider: Provider
    contract: Contract
    fixtures: Fixtures


def find_packaged(names: Collection[str]) -> Packaged | None:
    """Return the packaged providers of these names, or all of them; None if a file must be read and checked first."""
    known = [name for name in list_packaged() if not names or name in names]
    if set(names) - set(known):
        return None
    notes = _Notes()
    services: dict[str, Service] = {}
    baselines: dict[str, Baseline] = {}
    versions: dict[Path, FileVersion] = {}
    for name in known:
        versions |= {path: read_version(path) for path in (find_packaged_contract(name), find_packaged_fixtures(name))}
        values = find_values(name)
        facts = None if values is None else notes.find(name, values)
        if values is None or facts is None:
            return None
        reading = _Reading(name, values)
        services[name] = Service.read_later(
            reading.read_service_fields,
            prefix=make_prefix(name),
            credentials=facts.credentials,
            namespace_credentials=facts.namespace_credentials,
        )
        # Each namespace registers the endpoints at its start, so fixtures that have any are not read later.
        baselines[name] = Baseline.read_later(
            reading.read_baseline_fields, provider=name, endpoints=(), variants=facts.variants
        )
    return Packaged(services, baselines, versions)


def note_checked(services: Mapping[str, Service], baselines: Mapping[str, Baseline]) -> None:
    """Remember that a start of this program has found the files of these packaged providers valid."""
    notes = _Notes()
    for name, service in services.items():
        values = find_values(name)
        if values is not None and notes.find(name, values) is None:
            notes.keep(name, values, make_note(service, baselines[name]))


def make_note(service: Service, baseline: Baseline) -> "Note":
    """Return what is noted of a provider whose files are valid."""
    return Note(service.credentials, service.namespace_credentials, baseline.variants)


def name_packaged_note(name: str) -> str:
    """Return the name of the wheel's note on a provider, below the package's parsed data."""
    return f"{name}-checked.json"


def write_note(stamp: str, note: "Note") -> bytes:
    """Return a note as an entry of the cache or the wheel."""
    return write_json([stamp, note])


def create_packaged(name: str, document: dict[str, Any], sections: dict[str, Any]) -> tuple[Service, Baseline]:
    """Create a packaged provider from the document of its contract and the sections of its fixtures.

    Raises:
        StartupError: the fixtures are not valid, or handlers and operations do not match.
    """
    parts = _compile(name, document, sections)
    return _create_service(parts), parts.fixtures.baseline


def _compile(name: str, document: dict[str, Any], sections: dict[str, Any]) -> _Parts:
    provider, contract = import_packaged(name), Contract(document)
    fixtures, errors = compile_fixtures(sections, provider, contract.variants, None, contract)
    if fixtures is None:
        raise StartupError(
            [f"{find_packaged_fixtures(name)}: {'.'.join(map(str, where))}: {what}" for where, what in errors]
        )
    return _Parts(provider, contract, fixtures)


def _create_service(parts: _Parts) -> Service:
    provider, contract, fixtures = parts
    return create_service(provider, contract, fixtures.credentials, fixtures.baseline.variants)


def find_values(name: str) -> _Values | None:
    """Find what the files of a packaged provider hold; None if they must be read at the start."""
    try:
        contract = find_contract(find_packaged_contract(name))
        fixtures = find_fixtures(find_packaged_fixtures(name))
    except (OSError, StartupError):
        return None  # a start that reads them says what is wrong
    if contract is None or fixtures is None or f'"{WEBHOOKS}":'.encode() in fixtures.entry:
        return None
    return _Values(contract, fixtures)


class Note(msgspec.Struct, frozen=True):
    """What is known of a provider before its code is imported: see `Service` and `Baseline`."""

    credentials: Mapping[str, str]
    namespace_credentials: tuple[str, ...]
    variants: Mapping[str, str]


class _Notes:
    """The packaged files that were found valid, as entries of the user's cache, or of the wheel for its own."""

    @cached_property
    def _program(self) -> str:
        """What the verdict depends on beside the files: all code of this program, and what runs it."""
        versions = sorted(read_program().items())
        return _hash(repr((sys.version, msgspec.__version__, versions)))

    def find(self, name: str, values: _Values) -> Note | None:
        """Return the note on these files; None if they must be checked."""
        entry = None
        if all(value.is_packaged for value in values):
            entry = read_packaged_entry(name_packaged_note(name), stamp_files(value.stamp for value in values))
        if entry is None:
            entry = read_entry(_name_note(name), self._stamp(values))
        try:
            return None if entry is None else msgspec.convert(read_own_json(entry)[1], Note)
        except (Malformed, msgspec.ValidationError, IndexError):  # a damaged entry of the cache
            return None

    def keep(self, name: str, values: _Values, note: Note) -> None:
        keep_entry(_name_note(name), write_note(self._stamp(values), note))

    def _stamp(self, values: _Values) -> str:
        return _hash(f"{stamp_files(value.stamp for value in values)} {self._program}")


def stamp_files(stamps: Iterable[str]) -> str:
    """Return the stamp of a provider's files from those of its contract and its fixtures."""
    return _hash(" ".join(stamps))


def _name_note(name: str) -> str:
    return f"{name}-checked-{_hash(str(ROOT))[:_HASH]}.json"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _Reading:
    """One provider, whose code is imported and whose files are decoded once."""

    def __init__(self, name: str, values: _Values) -> None:
        self._name = name
        self._values = values  # as they are on disk now, because only a reload takes over a change of the files
        self._lock = RLock()  # an embedding program may ask beside the thread that serves
        self._found: _Parts | None = None
        self._service: Service | None = None

    def read_service_fields(self, _asked: str) -> Mapping[str, Any]:
        with self._lock, keep_from_collector():
            if self._service is None:
                self._service = _create_service(self._read())
            service = self._service
        return {name: getattr(service, name) for name in Service.__slots__}

    def read_baseline_fields(self, _asked: str) -> Mapping[str, Any]:
        """Return the fields of the baseline without making the service, because a store asks for all baselines."""
        with self._lock, keep_from_collector():
            baseline = self._read().fixtures.baseline
        return {name: getattr(baseline, name) for name in Baseline.__slots__}

    def _read(self) -> _Parts:
        if self._found is None:
            self._found = self._compile()
        return self._found

    def _compile(self) -> _Parts:
        try:
            document = self._values.contract.decode()
        except Malformed:  # a damaged entry of the cache
            path = find_packaged_contract(self._name)
            document = read_contract(path, str(path)).document
        return _compile(self._name, document, self._decode())

    def _decode(self) -> Any:
        try:
            return self._values.fixtures.decode()
        except Malformed:  # as above
            return read_file(find_packaged_fixtures(self._name))
