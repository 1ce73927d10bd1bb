"""Why a call was refused, in one line of a header: the explanation beside a body that stays the provider's own."""

from typing import Final

from sandbox.answer import Answer
from sandbox.contract.operation import Operation
from sandbox.problems import Problem, Violation

LENGTH: Final = 1500
FIRST_REFUSAL: Final = 400  # an API that refuses with 200 describes its success there


def explain(problem: Problem, operation: Operation | None, status: int) -> str:
    """One line of printable ASCII: what is wrong, the vendor's sentence that says so, and who vouches for it."""
    if problem.violations:
        first, more = problem.violations[0], len(problem.violations) - 1
        line = _violation(first, operation) + (f" (and {more} more)" if more else "")
    else:
        line = problem.message
    if operation is not None and problem.rule is not None:
        rule = operation.rules[problem.rule]
        line = f"{line} [rule {rule.id}, {rule.provenance}: {rule.says} ({rule.source})]"
    elif operation is not None and not problem.violations and status >= FIRST_REFUSAL:
        line += _quoted(
            operation.replies[status].says, operation.replies[status].provenance, operation.replies[status].source
        )
    return one_line(line)


def headers(answer: Answer, request_id: str) -> list[tuple[bytes, bytes]]:
    """The explanation headers of one answer."""
    found = [(b"x-sandbox-request", request_id.encode())]
    if answer.breach is not None:
        found.append((b"x-sandbox-explain", one_line(f"contract breach: {answer.breach}").encode()))
    if answer.problem is not None:
        found.append((b"x-sandbox-explain", explain(answer.problem, answer.operation, answer.reply.status).encode()))
        if answer.problem.depends_on_state:
            found.append((b"x-sandbox-reason", b"state"))
    return found


def one_line(text: str) -> str:
    r"""The text as a header can carry it: one line of at most 1,500 characters, those beyond ASCII as `\uXXXX`."""
    flat = " ".join(text.replace("’", "'").replace("‘", "'").split())
    ascii_only = (
        "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in flat).encode("ascii", "backslashreplace").decode()
    )
    return ascii_only if len(ascii_only) <= LENGTH else ascii_only[: LENGTH - 3] + "..."


def _violation(violation: Violation, operation: Operation | None) -> str:
    line = f"{violation.pointer or 'the body'}: {violation.message}"
    if violation.says is None:
        return line
    provenance = violation.provenance or (operation.provenance if operation is not None else "assumed")
    source = violation.source or (operation.source if operation is not None else None)
    return line + _quoted(violation.says, provenance, source)


def _quoted(sentence: str, provenance: str, source: str | None) -> str:
    return f' [{provenance}: "{sentence}"{f" ({source})" if source else ""}]'
