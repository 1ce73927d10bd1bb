"""The commands about recordings: exit codes, forms, baselines, and files that cannot be used."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from paysandbox.cli.main import main
from tests.unit.evidence.recorded import change_reply, make_exchange, write
from tests.unit.recordings.hars import entry, har

TAX = {"id": 1, "name": "IVA23", "value": "23.0", "region": "PT", "default_tax": 1, "code": None}
SECRET = "s3cr3t-of-a-broken-recording"
COMMANDS = ["drift", "replay", "evidence"]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def differing(tmp_path: Path) -> str:
    """A recording with one difference."""
    plain = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    changed = change_reply(plain, "taxes", 0, "colour", value="<b>&red</b>")
    return str(write(tmp_path / "seen <b>.har", [plain, changed]))


def test_drift_ends_with_1_where_reality_differs(differing: str) -> None:
    done = run("drift", differing)
    assert done.exit_code == 1
    assert "unknown property 'colour'" in done.stdout
    assert "seen in seen <b>.har#2" in done.stdout
    assert done.stdout.endswith(
        "Reality differs from the contract in 1 place; 0 assumptions confirmed, 0 contradicted.\n"
    )


def test_drift_ends_with_0_where_it_does_not(tmp_path: Path) -> None:
    path = write(tmp_path / "seen.har", [make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})])
    done = run("drift", str(path))
    assert done.exit_code == 0
    assert "Reality does not differ" in done.stdout


def test_a_baseline_hides_what_is_known_and_nothing_else(differing: str, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    known.write_text(run("drift", differing, "--format", "json").stdout)
    done = run("drift", differing, "--baseline", str(known))
    assert done.exit_code == 0
    assert "1 difference of the baseline: not shown." in done.stdout
    plain = make_exchange("GET", "/taxes.json", 200, reply={"taxes": [TAX]})
    other = write(tmp_path / "other.har", [change_reply(plain, "taxes", 0, "shape", value="round")])
    done = run("drift", differing, str(other), "--baseline", str(known))
    assert done.exit_code == 1
    assert "shape" in done.stdout
    assert "colour" not in done.stdout


@pytest.mark.parametrize("wrong", ["", "{}", "[]", '{"differences": [7]}', "no json"])
def test_what_is_no_baseline_is_refused(differing: str, tmp_path: Path, wrong: str) -> None:
    (tmp_path / "known.json").write_text(wrong)
    done = run("drift", differing, "--baseline", str(tmp_path / "known.json"))
    assert done.exit_code == 2
    assert "is not a report of drift" in done.stderr


def test_each_form_tells_the_difference(differing: str, tmp_path: Path) -> None:
    done = run("drift", differing, "--report", str(tmp_path / "report"))
    assert done.exit_code == 1
    folder = tmp_path / "report"
    suites = ET.fromstring((folder / "junit.xml").read_text())  # noqa: S314 - our own
    (failure,) = suites.findall("testsuite/testcase/failure")
    assert failure.get("type") == "undocumented"
    assert suites.find("testsuite").attrib.items() >= {"tests": "1", "failures": "1"}.items()  # type: ignore[union-attr]
    (found,) = json.loads((folder / "drift.json").read_text())["differences"]
    assert found["id"] == "invoicexpress listTaxes undocumented property 200 /taxes/*/colour"
    page = (folder / "drift.html").read_text()
    assert "unknown property" in page
    assert "<b>&red" not in page
    assert "seen &lt;b&gt;.har" in page
    for form in ("junit", "json", "html"):
        assert run("drift", differing, "--format", form).exit_code == 1


def test_each_form_of_a_replay_tells_the_difference(tmp_path: Path) -> None:
    """One reply differs, and one is of the account."""
    body = {"client": {"name": "Ann <b>&red</b>"}}
    made = make_exchange("POST", "/clients.json", 201, sent=body, reply={"client": {"id": 1, "name": "Bob"}})
    refused = make_exchange("GET", "/taxes.json", 403, reply={})
    path = write(tmp_path / "seen <b>.har", [made, refused])
    done = run("replay", str(path), "--report", str(tmp_path / "report"))
    assert done.exit_code == 1, done.output
    folder = tmp_path / "report"
    suites = ET.fromstring((folder / "junit.xml").read_text())  # noqa: S314 - our own
    suite = suites.find("testsuite")
    assert suite is not None
    assert suite.attrib.items() >= {"name": "invoicexpress", "tests": "2", "failures": "1", "skipped": "1"}.items()
    (failure,) = suites.findall("testsuite/testcase/failure")
    (skipped,) = suites.findall("testsuite/testcase/skipped")
    told = json.loads((folder / "replay.json").read_text())["operations"][0]["first"]
    assert failure.get("type") == told["kind"]
    assert told["message"] in (failure.get("message") or "")
    assert "answered 403" in (skipped.get("message") or "")
    page = (folder / "replay.html").read_text()
    assert "0 of 1 reply agrees with the recording." in page
    assert "seen &lt;b&gt;.har" in page
    assert "<b>" not in page
    for form in ("junit", "json", "html"):
        assert run("replay", str(path), "--format", form).exit_code == 1


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        f"key: {SECRET}\n- [".encode(),
        f'{{"log": {{"entries": [{{"request": "{SECRET}'.encode(),
        b'{"openapi": "3.1.0"}',
        f'{{"id": "{SECRET}'.encode(),
        b"PK\x03\x04" + SECRET.encode(),
        b"\x1f\x8b" + SECRET.encode(),
        har(),
        har(entry(request__url=f"https://user:{SECRET}@elsewhere.test/?token={SECRET}")),
        har(entry(request__url=f"http://[{SECRET}")),
    ],
    ids=["empty", "binary", "yaml", "har", "openapi", "lines", "zip", "gzip", "none", "other", "url"],
)
def test_a_file_without_exchanges_ends_with_2_and_is_not_quoted(tmp_path: Path, command: str, content: bytes) -> None:
    path = tmp_path / "seen.har"
    path.write_bytes(content)
    done = run(command, str(path))
    assert done.exit_code == 2, done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert done.output
    assert SECRET not in done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_file_ends_with_2(tmp_path: Path, command: str) -> None:
    done = run(command, str(tmp_path / "none.har"))
    assert done.exit_code == 2
    assert "none.har" in done.stderr


def test_a_truncated_file_is_used_as_far_as_it_goes(differing: str, tmp_path: Path) -> None:
    whole = Path(differing).read_bytes()
    cut = tmp_path / "cut.har"
    cut.write_bytes(whole[:-20])
    done = run("drift", str(cut))
    assert "cut.har breaks off" in done.stdout
    assert done.exit_code in (0, 1)


def test_replay_refuses_what_is_no_url(differing: str) -> None:
    assert run("replay", differing, "--url", "127.0.0.1:4080").exit_code == 2
    done = run("replay", differing, "--url", "http://127.0.0.1:9")
    assert done.exit_code == 2
    assert "no server answers at http://127.0.0.1:9" in done.stderr


def test_replay_tells_scores_as_json(differing: str) -> None:
    done = run("replay", differing, "--format", "json")
    (score,) = json.loads(done.stdout)["operations"]
    assert (score["operation"], score["compared"]) == ("listTaxes", 2)
    assert score["first"]["pointer"] == "/taxes/*/colour"


@pytest.mark.parametrize("command", ["drift", "replay", "evidence"])
def test_a_recording_can_come_from_a_pipe(differing: str, tmp_path: Path, command: str) -> None:
    """As standard input, and as a named pipe, with the same exit code as a file."""
    content = Path(differing).read_bytes()
    plain = run(command, differing)
    name = Path(differing).name

    def rename(text: str, label: str) -> str:
        """A source of a patch has dashes for spaces."""
        text = text.replace(differing, label).replace(name, label)
        return text.replace(name.replace(" ", "-"), label.replace(" ", "-"))

    piped = CliRunner().invoke(main, [command, "-"], input=content)
    assert piped.exit_code == plain.exit_code
    assert plain.stdout
    assert piped.stdout == rename(plain.stdout, "standard input")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(pipe.write_bytes, content)
        done = run(command, str(pipe))
        assert writing.result(60) == len(content)
    assert done.stdout == rename(plain.stdout, str(pipe))


def test_a_recording_given_twice_is_counted_once(differing: str) -> None:
    done = run("drift", differing, differing)
    assert f"{differing}: 2 exchanges judged" in done.stdout.replace(f"{differing}, {differing}", differing)
    assert "is the same recording as" in done.stdout


@pytest.mark.parametrize("command", ["drift", "evidence"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (har(), "Nothing was judged: no exchange is recorded."),
        (
            har(entry(response__status=304)),
            "Nothing was judged: all that is recorded is ignored, for the reasons above.",
        ),
        (har(entry()), "--provider NAME says whose API unknown hosts have."),
    ],
    ids=["none", "cached", "unknown"],
)
def test_why_nothing_was_judged_is_said(tmp_path: Path, command: str, content: bytes, said: str) -> None:
    path = tmp_path / "seen.har"
    path.write_bytes(content)
    assert said in run(command, str(path)).output


def test_a_recording_is_not_written_to_standard_output() -> None:
    done = run("record", "--provider", "invoiless", "--to", "http://localhost:9", "--output", "-")
    assert done.exit_code == 2
    assert "name a file; standard output has what the command prints" in done.stderr
