"""The explanation of a refusal, one header line beside the provider's own body."""

import re
from typing import Final

from paysandbox.contract.credentials import CREDENTIAL_PROPERTY
from paysandbox.contract.operation import Operation
from paysandbox.contract.sources import Evidence
from paysandbox.contract.validators import UNKNOWN
from paysandbox.contract.wording import SUGGESTED
from paysandbox.core.problems import RULE, Problem, Unauthenticated, Violation
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
    elif operation is not None and not _is_of_schema(problem):
        line += _quote_meaning(problem, operation, status)
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
    flat = text.replace("’", "'").replace("‘", "'").replace("…", "...")
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
    line += _quote_statement(first, operation)
    for number, other in enumerate(others):
        located = str(other)
        if len(line) + len(located) > LENGTH * 3 // 4:
            return f"{line} (and {len(others) - number} more)"
        line += f"; {'also ' if not number else ''}{located}"
    return line


def _quote_statement(violation: Violation, operation: Operation | None) -> str:
    """The evidence of a violation, and the contract's sentence: apart if its evidence is another's."""
    around = ("assumed", None) if operation is None else (operation.provenance, operation.source)
    # The sentence about an object says less of an unknown property than the name that is meant.
    is_meant = violation.keyword in UNKNOWN and SUGGESTED in violation.message
    says = None if is_meant else violation.says
    provenance, source = violation.provenance or around[0], violation.source or around[1]
    if violation.said_by is None:
        return "" if says is None and violation.source is None else _quote(says, provenance, source)
    said_provenance, said_source = violation.said_by
    sentence = "" if says is None else _quote(says, said_provenance or around[0], said_source or around[1])
    return _quote(None, provenance, source) + sentence


def _quote_meaning(problem: Problem, operation: Operation, status: int) -> str:
    """What the contract says of a status; of a credential, where the API refuses with the status of a success."""
    if status >= FIRST_REFUSAL:
        reply = operation.replies[status]
        return _quote(reply.says, reply.provenance, reply.source)
    if isinstance(problem, Unauthenticated):
        stated = operation.state_credential(problem.facts.get(CREDENTIAL_PROPERTY))
        return _quote(stated.says, stated.provenance, stated.source) if stated.says is not None else ""
    return ""


def _is_of_schema(problem: Problem) -> bool:
    return any(one.keyword != RULE for one in problem.violations)


def _quote(sentence: str | None, provenance: str, source: Evidence | str | None) -> str:
    if sentence is None:
        return f" [{provenance}: {source}]"
    return f' [{provenance}: "{sentence}"{f" ({source})" if source else ""}]'
