"""Admission to the console's pages, and their replies."""

from starlette.requests import Request
from starlette.responses import Response

from paysandbox.control.errors import check_access
from paysandbox.core.messages import Reply
from paysandbox.core.problems import Problem
from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.process import Outcome, encode_body
from paysandbox.web.asgi import REQUEST, encode_control_reply


def get_runtime(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime


def admit(request: Request) -> Runtime:
    """Return the sandbox, once the request may read it; a page needs what a call of the control API needs.

    Raises:
        Unauthenticated: the sandbox has a control token, and the request carries neither it nor a session.
        Forbidden: the request comes from another site.
    """
    runtime = get_runtime(request)
    check_access(request.scope[REQUEST], runtime)
    return runtime


def respond(request: Request, reply: Reply, problem: Problem | None = None) -> Response:
    """Encode a reply as the control plane encodes its own."""
    wire = encode_control_reply(Outcome(reply, encode_body(reply), None, (), problem))
    response = Response(b"" if request.method == "HEAD" else wire.content, wire.status)
    # In place of Starlette's own, because Content-Length must be that of GET also where HEAD has no body.
    response.raw_headers = wire.headers
    return response
