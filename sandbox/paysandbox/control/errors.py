"""Admission to the control plane, and its refusals as problem documents (RFC 9457)."""

import hmac
import re
from typing import Final

from paysandbox.contract.operation import Operation
from paysandbox.control.session_cookie import read_cookie
from paysandbox.core.messages import Reply, Request, problem_document
from paysandbox.core.problems import (
    Conflict,
    Exhausted,
    Forbidden,
    Invalid,
    Malformed,
    NotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    Unroutable,
    UnsupportedMediaType,
)
from paysandbox.kit.runtime import Runtime
from paysandbox.kit.webhooks import DELIVERY_HEADER

_OWN_SITES: Final = {"same-origin", "none"}
# The whole header, not what a parser of URLs makes of it: that finds localhost in `evil.example@localhost` as well.
_LOOPBACK: Final = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)

_TITLES: Final[dict[type[Problem], tuple[int, str]]] = {
    Unauthenticated: (401, "Control token missing or wrong"),
    Forbidden: (403, "Forbidden origin"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    NotAllowed: (422, "Unprocessable content"),
    TooLarge: (413, "Body too large"),
    UnsupportedMediaType: (415, "Unsupported media type"),
    Exhausted: (429, "Too many attempts"),
    Malformed: (400, "Malformed JSON"),
}


def admit(operation: Operation, request: Request, runtime: Runtime) -> None:
    """Check who asks, except for `health`, which is public; signing in needs no token, but no other site may do it.

    Raises:
        Unauthenticated: the sandbox has a control token and the request does not carry it.
        Forbidden: the request comes from another site, or reached this machine under a foreign name.
    """
    if operation.id == "createSession":
        check_site(request, runtime)
    elif operation.id != "health":
        check_access(request, runtime)


def check_access(request: Request, runtime: Runtime) -> None:
    """Reject requests of other sites, and those with neither the control token, if there is one, nor a session.

    Raises:
        Unauthenticated: the sandbox has a control token, and the request carries neither it nor a session.
        Forbidden: the request comes from another site, or its Host is a foreign name (DNS rebinding).
    """
    check_site(request, runtime)
    token = runtime.settings.control_token
    if token is None:
        return
    sent = request.get_headers("authorization")
    if not sent and runtime.sessions.accepts_session(read_cookie(request.get_headers("cookie"), request.origin)):
        return
    if len(sent) != 1 or not hmac.compare_digest(sent[0].encode("latin-1"), f"Bearer {token}".encode()):
        raise Unauthenticated(
            "send the control token as 'Authorization: Bearer <token>'; it is that of serve --control-token, "
            "else serve has printed it"
        )


def check_site(request: Request, runtime: Runtime) -> None:
    """Reject requests of other sites and foreign Host headers.

    Raises:
        Forbidden: the request comes from another site, or its Host is a foreign name (DNS rebinding).
    """
    if request.get_headers(DELIVERY_HEADER):
        raise Forbidden("this is the delivery of a webhook, and an endpoint must not drive the sandbox")
    sites = set(request.get_headers("sec-fetch-site"))
    if not sites <= _OWN_SITES:
        raise Forbidden("Sec-Fetch-Site says that a page of another site sent the request")
    hosts = request.get_headers("host")
    if len(hosts) > 1:
        raise Forbidden(f"the header Host is given {len(hosts)} times")
    for origin in request.get_headers("origin"):
        if origin != request.origin:
            raise Forbidden(f"the Origin is {origin[:100]}, not {request.origin[:100]}")
    # A request without Host is admitted because no browser sends one.
    if runtime.settings.control_token is None and hosts and not _LOOPBACK.fullmatch(hosts[0]):
        raise Forbidden(f"the Host is {hosts[0][:100]!r}; without a control token only localhost is allowed")


def authenticate(credential: str, _runtime: Runtime) -> None:
    """Never called, because the contract has no security scheme: `admit` decides."""
    raise Unauthenticated(credential)


def refuse(problem: Problem, _runtime: Runtime) -> Reply:
    if isinstance(problem, Unroutable):
        status, title = (405, "Method not allowed") if problem.allow else (404, "Not found")
    else:
        status, title = next(
            (said for kind, said in _TITLES.items() if isinstance(problem, kind)), (400, "Bad request")
        )
    # The message of a problem by a rule tells all of its violations; that of a schema tells the first, and counts.
    told = list(map(str, problem.violations)) if isinstance(problem, Invalid) else [problem.message]
    return problem_document(status, title, "; ".join(told), problem.violations)
