"""Records of a server, taken from recordings of each form and each provider."""

from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.app import create_runtime
from paysandbox.check.data_file import GivenData
from paysandbox.check.recorded_data import read_given
from paysandbox.check.subject import Subject
from paysandbox.control.journal_view import describe_entries
from paysandbox.core.exact_json import write_json
from paysandbox.recordings.exchange import Exchange, Message
from paysandbox.recordings.reading import is_recording
from paysandbox.testing import Client
from tests.unit.evidence.recorded import JSON, record_valid_calls, write

HOST: Final = "https://api.invoiless.com"
FIRST, SECOND = "65f1a2b3c4d5e6f708192a3b", "65f1a2b3c4d5e6f708192a3c"


@pytest.fixture(scope="module")
def subject() -> Subject:
    return Subject("invoiless", create_runtime(provider_names=["invoiless"]))


def exchange(method: str, path: str, status: int, reply: Any = None) -> Exchange:
    answered = Message() if reply is None else Message(JSON, write_json(reply))
    return Exchange(method, f"{HOST}{path}", Message(), status, answered)


def read(subject: Subject, path: Path, *exchanges: Exchange) -> GivenData:
    return read_given(write(path / "seen.har", exchanges), subject)


def test_the_latest_record_is_first_and_what_is_gone_is_left_out(subject: Subject, tmp_path: Path) -> None:
    """A record that a later call deletes, or does not find, is of no use."""
    reads = [exchange("GET", f"/v1/invoices/{key}", 200, {"id": key}) for key in (FIRST, SECOND)]
    both = read(subject, tmp_path, *reads)
    assert both.parameters["getInvoice.id"] == [SECOND, FIRST]
    for gone in (exchange("DELETE", f"/v1/invoices/{SECOND}", 200), exchange("GET", f"/v1/invoices/{SECOND}", 404)):
        left = read(subject, tmp_path, *reads, gone)
        assert left.parameters["getInvoice.id"] == [FIRST]
        assert SECOND not in str(left)
    kept = read(subject, tmp_path, *reads, exchange("DELETE", f"/v1/invoices/{SECOND}", 409))
    assert kept.parameters["getInvoice.id"] == [SECOND, FIRST]


@pytest.mark.parametrize("provider", ["crm_com", "invisible_collector", "invoicexpress", "invoiless"])
def test_every_provider_gives_parameters_and_tables(provider: str, tmp_path: Path) -> None:
    """From one valid call of each operation, as HAR and as a journal: nothing masked, nothing but ids."""
    runtime = create_runtime(provider_names=[provider])
    client = Client(runtime)
    har = record_valid_calls(runtime, client, provider, tmp_path / "seen.har")
    namespace = runtime.namespaces.get("vendor")
    journal = tmp_path / "journal.json"
    journal.write_bytes(write_json({"requests": describe_entries(list(namespace.journal), namespace, runtime)}))
    given = read_given(har, Subject(provider, runtime))
    assert given.parameters
    assert given.tables
    assert all(0 < len(values) <= 20 for values in (*given.parameters.values(), *given.tables.values()))
    assert "***" not in str(given)
    for name, credential in runtime.services[provider].credentials.items():
        assert name == "username" or credential not in str(given)  # a user's name is no secret, and names records
    assert read_given(journal, Subject(provider, runtime)).tables == given.tables


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("---\nhttp_interactions:\n- request: {}\n", True),
        ("version: 1\ninteractions: []\n", True),
        ('\ufeff{"log": {"entries": []}}', True),
        ('{"parameters": {"log": [1]}}', False),
        ("parameters:\n  interactions: [1]\n", False),
        ("", False),
        ("[]", False),
    ],
)
def test_a_recording_is_told_from_a_data_file(text: str, is_one: bool, tmp_path: Path) -> None:  # noqa: FBT001
    path = tmp_path / "file"
    path.write_text(text)
    assert is_recording(path) is is_one
