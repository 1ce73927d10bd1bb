"""Results of a check: findings, and counts for each operation."""

from collections import Counter
from typing import Final

from msgspec import Struct, field

KEPT: Final = 3  # findings of one check on one operation, because a wrong server is wrong in every case


class Finding(Struct, frozen=True):
    """A disagreement between a server and its contract.

    `says` begins with the disagreement in one line; `curl` repeats the request; `sentence` quotes the contract.
    """

    provider: str
    operation: str
    phase: str
    check: str
    says: str
    curl: str
    sentence: str


class Tally(Struct):
    """Numbers of cases of an operation, of valid ones among them, and of valid ones that succeeded."""

    cases: int = 0
    positive: int = 0
    carried_out: int = 0


class Run(Struct):
    """Results of the suites of one API.

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
    checked_bodies: int = 0
    links: int = 0
    seconds: int = 0

    def add(self, finding: Finding) -> None:
        """Keep a finding, or only count it if there are enough of its kind."""
        kind = (finding.operation, finding.check)
        alike = [finding for finding in self.findings if (finding.operation, finding.check) == kind]
        if len(alike) < KEPT and finding not in alike:
            self.findings.append(finding)
        else:
            self.more[kind] += 1


class Report(Struct, frozen=True):
    """Result of a check: target, depth and the runs of all APIs."""

    target: str
    depth: str
    version: str
    at: str
    runs: tuple[Run, ...]

    @property
    def exit_code(self) -> int:
        """0 no findings, 1 findings, 2 something could not be checked."""
        if any(run.findings for run in self.runs):
            return 1
        return 2 if any(run.errors for run in self.runs) else 0
