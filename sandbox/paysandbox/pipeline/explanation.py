"""The explanation of a refusal, one header line beside the provider's own body."""

import re
from typing import Final

from paysandbox.contract.operation import Operation
from paysandbox.contract.sources import Evidence
from paysandbox.contract.validators import UNKNOWN
from paysandbox.core.problems import RULE, Problem
from paysandbox.pipeline.process import Outcome

LENGTH: Final = 1500
_ODD: Final = re.compile(r"[^ -~]")
FIRST_REFUSAL: Final = 400  # an API that refuses with 200 describes its success there


def explain(problem: Problem, operation: Operation | None, status: int) -> str:
    """One line of printable ASCII: what is wrong, the contract's sentence, its provenance and its source."""
    line = _describe_violations(problem, operation) if problem.violations else problem.message
    if operation is not None and problem.rule is not None:
        rule = operation.rules[problem.rule]
        line = f"{line} [rule {rule.id}, {rule.provenance}: {rule.says} ({rule.source})]"
    elif operation is not None and not _is_of_schema(problem) and status >= FIRST_REFUSAL:
        line += _quote(
            operation.replies[status].says, operation.replies[status].provenance, operation.replies[status].source
        )
    return one_line(line)


def headers(answer: Outcome, request_id: str) -> list[tuple[bytes, bytes]]:
    """The explanation headers of a reply: request id, explanation, and whether the state refused it."""
    found = [(b"x-sandbox-request", request_id.encode())]
    if answer.breach is not None:
        found.append((b"x-sandbox-explain", one_line(f"contract breach: {answer.breach}").encode()))
    if answer.problem is not None:
        found.append((b"x-sandbox-explain", explain(answer.problem, answer.operation, answer.reply.status).encode()))
        if answer.problem.depends_on_state:
            found.append((b"x-sandbox-reason", b"state"))
    return found


def one_line(text: str) -> str:
    r"""The text as a header value: one line of at most 1,500 characters, non-ASCII ones as `\uXXXX`."""
    flat = text.replace("’", "'").replace("‘", "'")
    if flat.isprintable() and "  " not in f" {flat} ":
        # Nearly always. To take a long line apart and search each character took longer than to find its violations.
        ascii_only = flat.encode("ascii", "backslashreplace").decode()
    else:
        ascii_only = _ODD.sub(_escape, " ".join(flat.split()))
    return ascii_only if len(ascii_only) <= LENGTH else ascii_only[: LENGTH - 3] + "..."


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character.isprintable():
        return character.encode("ascii", "backslashreplace").decode()
    return f"\\u{ord(character):04x}"


def _describe_violations(problem: Problem, operation: Operation | None) -> str:
    """The first violation with its sentence and source; the others in short, as far as the line has room."""
    first, *others = problem.violations
    line = str(first)
    if first.says is not None or first.keyword in UNKNOWN:
        provenance = first.provenance or (operation.provenance if operation is not None else "assumed")
        source = first.source or (operation.source if operation is not None else None)
        line += _quote(first.says, provenance, source)
    for number, other in enumerate(others):
        located = str(other)
        if len(line) + len(located) > LENGTH * 3 // 4:
            return f"{line} (and {len(others) - number} more)"
        line += f"; {'also ' if not number else ''}{located}"
    return line


def _is_of_schema(problem: Problem) -> bool:
    return any(one.keyword != RULE for one in problem.violations)


def _quote(sentence: str | None, provenance: str, source: Evidence | str | None) -> str:
    if sentence is None:
        return f" [{provenance}: {source}]"
    return f' [{provenance}: "{sentence}"{f" ({source})" if source else ""}]'
