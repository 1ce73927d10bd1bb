"""`make audit`: whether any version in the lock files has a known vulnerability, as pip-audit's services tell it.

pip-audit says "No known vulnerabilities found" of what its service does not know as well, and of nothing but that where
the service is a mirror without advisories. So this counts who was really asked about: 0 if all were and none has a
finding, 1 if one has, and a warning that cannot be overlooked about versions without an answer, with 0 (or 2
under `--strict`), so that a machine without network can run it and none takes its silence for an answer.
"""

import json
import re
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = ROOT / "requirements-dev.lock"  # what serving needs is in it as well
HOME: Final = ROOT / "build" / "audit"
SERVICES: Final = ("pypi", "osv")
PATIENCE: Final = 600  # seconds
STRICT: Final = "--strict"
CLEAN, FINDINGS, NOT_ASKED = 0, 1, 2


class Audit(Struct):
    """What the services said: `findings` by requirement, and the requirements that no service was asked about."""

    asked: set[str]
    findings: dict[str, list[str]]
    not_asked: dict[str, str]

    def verdict(self, *, strict: bool) -> int:
        if self.findings:
            return FINDINGS
        return NOT_ASKED if self.not_asked and strict else CLEAN

    def told(self) -> Iterator[str]:
        for requirement, found in sorted(self.findings.items()):
            yield f"VULNERABLE: {requirement}: {', '.join(found)}"
        if self.not_asked:
            (reason, *_) = self.not_asked.values()
            yield "*" * 78
            known = len(self.not_asked) + len(self.asked)
            yield f"WARNING: NOT AUDITED: {len(self.not_asked)} of {known} requirements."
            yield "No advisory service could be asked about them, so nothing is known: this is not a pass."
            yield f"The first one: {reason}"
            yield "*" * 78
        if self.asked:
            clean = len(self.asked) - len(self.findings)
            yield f"{len(self.asked)} requirements were asked about, {clean} of them without a known vulnerability"


def pinned(lock: str) -> list[str]:
    """Every requirement of a lock file as `name==version`, for whatever machine it is meant."""
    return re.findall(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", lock, re.MULTILINE)


def judged(requirements: Iterable[str], reports: Iterable[tuple[str, str]]) -> Audit:
    """The services' reports taken together; each is what pip-audit printed as JSON, and what it said of an error."""
    audit = Audit(set(), {}, dict.fromkeys(requirements, "no service was asked"))
    for report, error in reports:
        try:
            dependencies: list[Mapping[str, Any]] = json.loads(report)["dependencies"]
        except (ValueError, KeyError, TypeError):
            reason = (error.strip().splitlines() or ["it printed nothing"])[-1][:300]
            audit.not_asked = dict.fromkeys(audit.not_asked, reason)
            continue
        for one in dependencies:
            _note(one, audit)
    return audit


def _note(one: Mapping[str, Any], audit: Audit) -> None:
    """One dependency of a report. What is skipped there may be known to the next service."""
    if "vulns" not in one:
        for requirement in audit.not_asked:
            if requirement.partition("==")[0] == one["name"]:
                audit.not_asked[requirement] = str(one.get("skip_reason"))
        return
    requirement = f"{one['name']}=={one['version']}"
    audit.not_asked.pop(requirement, None)
    audit.asked.add(requirement)
    if one["vulns"]:
        audit.findings[requirement] = [
            f"{found['id']} (mended in {', '.join(found['fix_versions']) or 'no version yet'})"
            for found in one["vulns"]
        ]


def reports(requirements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What pip-audit prints and says, service by service; it is installed into a place of its own."""
    made = _run(str(_python()), "-m", "pip", "install", "--quiet", "--upgrade", "pip-audit")
    if made.returncode:
        yield "", f"pip-audit could not be installed: {made.stderr.strip()[-200:]}"
        return
    wanted = HOME / "requirements.txt"
    wanted.write_text("\n".join(requirements) + "\n")
    options = ["--requirement", str(wanted), "--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
    for service in SERVICES:
        done = _run(str(_python()), "-m", "pip_audit", *options, "--vulnerability-service", service)
        yield done.stdout, f"{service}: {done.stderr.strip()}"


def _python() -> Path:
    """The Python of pip-audit's environment, made where there is none."""
    if not (HOME / "pyvenv.cfg").exists():
        venv.create(HOME, with_pip=True)
    return HOME / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def main(arguments: list[str]) -> int:
    requirements = pinned(LOCK.read_text())
    audit = judged(requirements, reports(requirements))
    print("\n".join(audit.told()))  # noqa: T201 - it is a command
    return audit.verdict(strict=STRICT in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
