"""Dependencies: pinned with hashes, few, each for a reason; an audit that could not ask is no audit that passed."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from tools.audit import LOCK, Audit, judged, pinned

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = (ROOT / "pyproject.toml").read_text()
# Direct ones at run time; one more needs a reason that outweighs what it brings with it (segno brings nothing).
MOST: Final = 15
LOCKS: Final = [ROOT / "requirements.lock", LOCK]
WANTED: Final = ["one==1.0", "two==2.0"]


def normal(name: str) -> str:
    """A name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=["serve", "development"])
def test_every_line_of_a_lock_is_pinned_with_hashes(lock: Path) -> None:
    """One version, and for each of its files the digest that it must have."""
    entries = re.split(r"^(?=[^ #\n])", lock.read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    for entry in entries:
        first, *others = entry.strip().splitlines()
        assert re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*==[0-9][^ ;]*( ; [^\\]+)? \\", first), first
        assert others
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line) for line in others), first
    assert len(pinned(lock.read_text())) == len(entries)


def test_serving_and_development_have_the_same_versions() -> None:
    """So that what is tested is what serves."""
    serve, development = (set(pinned(lock.read_text())) for lock in LOCKS)
    assert serve < development


def test_the_lock_has_all_that_is_asked_for_and_names_no_index() -> None:
    """Each reader installs from their own index."""
    project = tomllib.loads(PROJECT)
    asked = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["check"],
        *project["dependency-groups"]["dev"],
        *project["dependency-groups"]["build"],
    ]
    locked = {normal(one.partition("==")[0]) for one in pinned(LOCK.read_text())}
    assert {normal(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in asked} <= locked
    assert not re.search(r"https?:|--index|--find-links|git\+|file:", LOCK.read_text())


def test_they_are_few_and_each_has_its_reason() -> None:
    assert len(tomllib.loads(PROJECT)["project"]["dependencies"]) <= MOST
    parts = re.findall(r"^(?:dependencies|check|dev|build) = \[\n(.*?)^\]", PROJECT, re.MULTILINE | re.DOTALL)
    lines = [line for part in parts for line in part.splitlines()]
    assert len(lines) > MOST
    for line in lines:
        assert re.fullmatch(r"""  "[^"]+", +# \S.{9,}""", line), line


def report(*dependencies: dict[str, Any]) -> tuple[str, str]:
    return json.dumps({"dependencies": list(dependencies), "fixes": []}), "pypi: No known vulnerabilities found"


def clean(requirement: str) -> dict[str, Any]:
    """A dependency that was asked about, and has nothing."""
    name, _, version = requirement.partition("==")
    return {"name": name, "version": version, "vulns": []}


SKIPPED: Final = {"name": "two", "skip_reason": "Dependency not found on PyPI and could not be audited: two (2.0)"}
VULNERABLE: Final = {
    "name": "two",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": []}],
}


def told(audit: Audit) -> str:
    return "\n".join(audit.told())


def test_an_audit_that_asked_about_all_passes() -> None:
    audit = judged(WANTED, [report(*map(clean, WANTED))])
    assert (audit.verdict(strict=True), told(audit)) == (
        0,
        "2 requirements were asked about, 2 of them without a known vulnerability",
    )


@pytest.mark.parametrize("strict", [True, False])
def test_a_finding_fails(*, strict: bool) -> None:
    """Whichever service has it, and whatever could not be asked about."""
    for reports in (
        [report(clean("one==1.0"), VULNERABLE)],
        [report(SKIPPED), report(VULNERABLE)],
        [report(VULNERABLE), ("", "osv: no name")],
    ):
        audit = judged(WANTED, reports)
        assert audit.verdict(strict=strict) == 1
        assert "VULNERABLE: two==2.0: PYSEC-1 (mended in 2.1)" in told(audit)


@pytest.mark.parametrize(
    ("reports", "missing", "reason"),
    [
        ([], 2, "no service was asked"),
        ([("", "pypi: Name or service not known")], 2, "Name or service not known"),
        ([("not json", ""), ("{}", "Traceback:\nConnectionError: x")], 2, "ConnectionError: x"),
        ([report(clean("one==1.0"), SKIPPED)], 1, "not found on PyPI"),
        ([report(clean("one==1.0"), SKIPPED), ("", "osv: down")], 1, "osv: down"),
        ([report(clean("one==1.0"))], 1, "no service was asked"),
        ([report()], 2, "no service was asked"),
    ],
)
def test_what_could_not_be_asked_about_is_no_pass(reports: list[tuple[str, str]], missing: int, reason: str) -> None:
    """Though pip-audit itself says that it found nothing: a loud warning, and a failure for who wants one."""
    audit = judged(WANTED, reports)
    assert (audit.verdict(strict=False), audit.verdict(strict=True)) == (0, 2)
    assert f"WARNING: NOT AUDITED: {missing} of 2 requirements." in told(audit)
    assert reason in told(audit)


def test_a_second_service_answers_for_the_first() -> None:
    """What one does not know the other may."""
    audit = judged(WANTED, [report(clean("one==1.0"), SKIPPED), report(clean("two==2.0"))])
    assert audit.verdict(strict=True) == 0
