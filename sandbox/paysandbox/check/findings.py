"""Order findings for a report: what is about one call together, and what only HTTP says as one, at the end."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from paysandbox.check.results import Finding, Run

# Checks of methods that no contract names, such as TRACE.
OF_HTTP: Final = frozenset({"unsupported_method", "allow_header_conformance"})
NAME: Final = "http_methods"
_RULE: Final = (
    "a rule of HTTP for any server (RFC 9110, 15.5.6 and 10.2.1), and no sentence of the vendor: a server "
    "answers 405 to a method that it does not offer at a path, and lists the others in Allow"
)


def fold_http_findings(run: Run) -> None:
    """Make one finding, the last, and one question of what is wrong only with methods that no contract names."""
    more = sum(run.more.pop(kind) for kind in list(run.more) if kind[1] in OF_HTTP)
    run.findings = _fold(run.findings, more)
    run.questions = _fold(run.questions, 0)


def _fold(findings: Sequence[Finding], more: int) -> list[Finding]:
    folded = [finding for finding in findings if finding.check in OF_HTTP]
    if not folded:
        return list(findings)
    first, count = folded[0], len(folded) + more
    says = f"{count} calls with such methods are answered otherwise, the first so: " if count > 1 else ""
    one = replace(first, check=NAME, says=f"{says}{first.says}", sentence=_RULE)
    return [*(finding for finding in findings if finding.check not in OF_HTTP), one]


def group_by_call(findings: Sequence[Finding]) -> list[list[Finding]]:
    """The findings in their order, but those about one call together."""
    groups: dict[tuple[str, object], list[Finding]] = {}
    for number, finding in enumerate(findings):
        groups.setdefault((finding.provider, finding.curl or number), []).append(finding)
    return list(groups.values())
