"""Take the records of a server from a recording of its traffic, by parameter and by table as a data file has them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from paysandbox.check.data_file import GivenData, read_data
from paysandbox.check.own_data import MOST_KNOWN
from paysandbox.check.records import Fields, ReplyPlaces, is_telling
from paysandbox.check.subject import Subject
from paysandbox.contract.operation import Operation
from paysandbox.control.masking import MASK, read_content
from paysandbox.core.problems import Unroutable
from paysandbox.evidence.drift import read_traffic
from paysandbox.judging.differences import Drift
from paysandbox.judging.traffic import Addressed
from paysandbox.recordings.exchange import split_url
from paysandbox.recordings.reading import is_recording

_GONE: Final = frozenset({404, 410})


class NothingRecorded(Exception):
    """A recording names no record of the API. The message is for the user."""


def read_given(path: Path, subject: Subject) -> GivenData:
    """Read the file of `--data`: a data file, or a recording with the server, whose credentials are masked first.

    Raises:
        StartupError: a data file is wrong; each error has its line.
        UnreadableRecording: the file cannot be read.
        NothingRecorded: the recording has no successful call of this API that names a record.
    """
    fields = Fields(subject)
    if not is_recording(path):
        return read_data(path, list_parameter_names(subject), fields.values)
    found = Drift((str(path),))
    records = _RecordedRecords(subject, fields)
    for addressed in read_traffic([path], subject.runtime, subject.name, found):
        records.add(addressed)
    given = records.collect()
    if not given.parameters and not given.tables:
        ignored = "".join(f"; {count} of {reason}" for reason, count in found.ignored.most_common(3))
        raise NothingRecorded(f"{path.name} has no call of {subject.name} that succeeds and names a record{ignored}")
    return given


def list_parameter_names(subject: Subject) -> set[str]:
    """The names of all parameters, and with the id of their operation before them."""
    pairs = {
        (operation.id, parameter["name"])
        for operation in subject.operations
        for parameter in subject.parameters(operation)
    }
    return {name for _, name in pairs} | {f"{operation}.{name}" for operation, name in pairs}


class _RecordedRecords:
    """Collects the values that name records in successful calls, the latest first, because they are likely there still.

    What a later call deletes, or does not find, is left out.
    """

    def __init__(self, subject: Subject, fields: Fields) -> None:
        self._subject = subject
        self._places = ReplyPlaces(subject, fields)
        self._naming = {
            operation.id: list(_list_naming_parameters(subject, operation, fields)) for operation in subject.operations
        }
        self._parameters: dict[str, list[Any]] = {}
        self._tables: dict[str, list[Any]] = {}

    def add(self, addressed: Addressed) -> None:
        exchange = addressed.exchange
        try:
            operation, variables = self._subject.service.contract.route(exchange.method, addressed.path)
        except Unroutable:
            return
        assert exchange.status is not None  # else it would have been ignored
        body = read_content(exchange.reply.content).value
        succeeded = self._subject.is_success(operation, exchange.status, body)
        if exchange.status in _GONE or (succeeded and operation.method == "DELETE"):
            self._forget(unquote(value) for value in variables.values())
        elif succeeded:
            sent = _read_parameters(addressed, variables)
            for name in self._naming[operation.id]:
                for value in sent.get(name, ()):
                    _keep(self._parameters, f"{operation.id}.{name}", value)
            for field, value in self._places.extract(operation, body):
                _keep(self._tables, field, value)

    def collect(self) -> GivenData:
        return GivenData(
            parameters={name: values for name, values in self._parameters.items() if values},
            tables={name: values for name, values in self._tables.items() if values},
        )

    def _forget(self, named: Iterable[str]) -> None:
        gone = set(named)
        for known in (self._parameters, self._tables):
            for values in known.values():
                values[:] = [value for value in values if str(value) not in gone]


def _list_naming_parameters(subject: Subject, operation: Operation, fields: Fields) -> Iterator[str]:
    """The parameters that name a record: those of the path without an enum, and others whose example is one's.

    An example may have the property before the value, as `number=97`.
    """
    for parameter in subject.parameters(operation):
        name, example = parameter["name"], parameter.get("example")
        is_free = parameter["in"] == "path" and "enum" not in subject.follow(parameter.get("schema", {}))
        if is_free or (is_telling((name,), example) and fields.of_value(str(example).rpartition("=")[2])):
            yield name


def _read_parameters(addressed: Addressed, variables: Mapping[str, str]) -> dict[str, list[str]]:
    exchange = addressed.exchange
    found = {name: [unquote(value)] for name, value in variables.items()}
    for name, value in (*parse_qsl(split_url(exchange.url).query), *exchange.request.headers):
        found.setdefault(name, []).append(value)
    return found


def _keep(known: dict[str, list[Any]], name: str, value: Any) -> None:
    """Put a value before the others; what is masked, and what is no id, is left out."""
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "" or MASK in str(value):
        return
    values = known.setdefault(name, [])
    if value in values:
        values.remove(value)
    values.insert(0, value)
    del values[MOST_KNOWN:]
