"""What came of a check, as values: findings, and what was tried of each operation."""

from collections import Counter
from typing import Final

from msgspec import Struct, field

KEPT: Final = 3  # findings of one check on one operation; a server that is wrong is wrong in every case


class Finding(Struct, frozen=True):
    """One way in which a server and its contract disagree.

    `says` begins with the disagreement in one line; `curl` repeats the request; `sentence` is what the contract says.
    """

    provider: str
    operation: str
    phase: str
    check: str
    says: str
    curl: str
    sentence: str


class Tally(Struct):
    """How many cases of one operation were tried, how many were valid on purpose, and how many of those succeeded."""

    cases: int = 0
    positive: int = 0
    carried_out: int = 0


class Run(Struct):
    """What came of the suites of one API.

    `phases` counts cases and `checks` verdicts by name, `more` the findings beyond the first few of each (operation,
    check), `links` the steps of scenarios that followed a link. `errors` say why something could not be tried.
    """

    provider: str
    operations: dict[str, Tally]
    phases: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    more: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    judged_bodies: int = 0
    links: int = 0
    seconds: int = 0

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it if there are enough of its kind."""
        kind = (finding.operation, finding.check)
        alike = [one for one in self.findings if (one.operation, one.check) == kind]
        if len(alike) < KEPT and finding not in alike:
            self.findings.append(finding)
        else:
            self.more[kind] += 1


class Report(Struct, frozen=True):
    """A whole check: of which target, how deep, and what came of each API."""

    target: str
    depth: str
    version: str
    at: str
    runs: tuple[Run, ...]

    @property
    def exit_code(self) -> int:
        """0: everything agrees; 1: there are findings; 2: something could not be tried."""
        if any(run.findings for run in self.runs):
            return 1
        return 2 if any(run.errors for run in self.runs) else 0
