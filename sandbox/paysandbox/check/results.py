"""Results of a check: findings, and counts for each operation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct, field

KEPT: Final = 1  # findings of one check on one operation, because a wrong server is wrong in every case

INTERRUPTED: Final = "stopped by Ctrl+C"


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


class Unreached(Struct, frozen=True):
    """An operation of which no valid request succeeded, where that is no finding.

    On a server with its own data its state may be why; a sandbox may always refuse the operation, as its health says.
    `says` is what the server answered, `help` the reason, or what the user can give.
    """

    operation: str
    says: str
    help: str


class PlannedRequest(Struct, frozen=True):
    """A request of a check, and how often it would be sent with other values of the same shape.

    `path` begins below the server's root, `query` is without the credential, and `headers` are the names of those that
    the contract has. `body` tells types, as `{amount: number}`.
    `records` are the tables of the fixture file whose records the request names; a server with its own data gets its
    own there. `valid` if the contract allows the request, whatever credential and records are.
    """

    operation: str
    method: str
    path: str
    query: str
    headers: tuple[str, ...]
    body: str
    records: tuple[str, ...]
    valid: bool
    count: int = 1


class Tally(Struct):
    """Numbers of cases of an operation, of valid ones, of valid ones that succeeded, and of the others by status.

    `documented` are the statuses of the refusals that its contract documents, `met` all statuses that it answered.
    """

    cases: int = 0
    positive: int = 0
    carried_out: int = 0
    refusals: Counter[int] = field(default_factory=Counter)
    documented: frozenset[int] = frozenset()
    met: set[int] = field(default_factory=set)


class Run(Struct):
    """Results of the suites of one API.

    `phases` counts cases and `checks` verdicts by name, `more` the findings beyond the first few of each (operation,
    check), `questions` what contradicts an assumption of the contract, `unreached` the operations of which no valid
    request succeeded, `links` the steps of scenarios that followed a link, `planned` the requests of a rehearsal.
    `lookups` are requests that learn, before all others, which records the server has. `makers` are requests that may
    make records, `readers` requests that read them afterwards, `refused` requests that a rule has to refuse.
    `errors` say why something could not be tried, `notices` what was sent again and waited for. Of each kind of finding
    `most` are kept.
    """

    provider: str
    operations: dict[str, Tally]
    phases: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    more: Counter[tuple[str, str]] = field(default_factory=Counter)
    questions: list[Finding] = field(default_factory=list)
    unreached: list[Unreached] = field(default_factory=list)
    most: int = KEPT
    errors: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    checked_bodies: int = 0
    links: int = 0
    seconds: int = 0
    planned: list[PlannedRequest] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)
    makers: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, finding: Finding, *, is_question: bool = False) -> None:
        """Keep a finding or a question, or only count it if there are enough of its kind."""
        kind = (finding.operation, finding.check)
        kept = self.questions if is_question else self.findings
        alike = [known for known in kept if (known.operation, known.check) == kind]
        if len(alike) < self.most and finding not in alike:
            kept.append(finding)
        elif not is_question:
            self.more[kind] += 1


def merge_runs(runs: Sequence[Run], order: Mapping[str, Sequence[str]]) -> list[Run]:
    """One run of each API from those of its parts, which have no operation in common.

    `order` are the operations of each API, in the order in which reports have them.
    """
    merged: dict[str, Run] = {}
    for part in runs:
        found = merged.setdefault(part.provider, part)
        if found is part:
            continue
        found.operations |= part.operations
        for mine, theirs in ((found.phases, part.phases), (found.checks, part.checks)):
            mine.update(theirs)
        found.more.update(part.more)
        found.findings += part.findings
        found.questions += part.questions
        found.unreached += part.unreached
        found.notices += [notice for notice in part.notices if notice not in found.notices]
        found.errors += [error for error in part.errors if error not in found.errors]
        found.planned += part.planned
        found.checked_bodies += part.checked_bodies
        found.links += part.links
        found.seconds = max(found.seconds, part.seconds)
    for run in merged.values():
        place = {name: number for number, name in enumerate(order[run.provider])}
        run.operations = dict(sorted(run.operations.items(), key=lambda item: place[item[0]]))
        run.findings.sort(key=lambda finding: place[finding.operation])
        run.questions.sort(key=lambda question: place[question.operation])
    return list(merged.values())


class Report(Struct, frozen=True):
    """Result of a check: target, depth and the runs of all APIs."""

    target: str
    depth: str
    version: str
    at: str
    runs: tuple[Run, ...]

    @property
    def exit_code(self) -> int:
        """0 no findings, 1 findings, 2 something could not be checked, 130 stopped by Ctrl+C."""
        if any(INTERRUPTED in run.errors for run in self.runs):
            return 130
        if any(run.findings for run in self.runs):
            return 1
        return 2 if any(run.errors for run in self.runs) else 0
