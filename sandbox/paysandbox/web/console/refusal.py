"""Refusals of pages: for a browser as a page that leads on, for programs as problem documents (RFC 9457)."""

from functools import partial

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from paysandbox.control.errors import check_access, refuse
from paysandbox.core.messages import Reply
from paysandbox.core.problems import Problem, Unauthenticated
from paysandbox.html.rendering import render_template
from paysandbox.kit.runtime import Runtime
from paysandbox.web.asgi import REQUEST
from paysandbox.web.console.navigation import REQUESTS, build_navigation
from paysandbox.web.console.reading import read_what_is_known
from paysandbox.web.console.responses import get_runtime, respond


async def respond_with_refusal(request: Request, problem: Problem) -> Response:
    """Refuse a page; without a session a browser gets the page to sign in."""
    reply = refuse(problem, get_runtime(request))
    if isinstance(problem, Unauthenticated) and accepts_html(request):
        page = render_template("web/console/sign_in.html", scripts=["web/console/sign_in.js"])
        return respond(request, replace(page, status=reply.status), problem)
    return await respond_with_problem(request, reply, problem)


def respond_with_page(request: Request, page: Reply, problem: Problem | None) -> Response:
    """Answer with a page that says itself what is wrong with its address, under the status of the problem.

    Raises:
        Problem: there is one, and the request is not a browser's.
    """
    if problem is None:
        return respond(request, page)
    if not accepts_html(request):
        raise problem
    return respond(request, replace(page, status=refuse(problem, get_runtime(request)).status), problem)


async def respond_with_problem(request: Request, document: Reply, problem: Problem | None = None) -> Response:
    """Answer with a problem document, or with a page that says the same and names the namespaces that exist."""
    if not accepts_html(request):
        return respond(request, document, problem)
    runtime = get_runtime(request)
    # Names of namespaces are for requests alone that may read the pages.
    nav = None
    if _may_read(request, runtime):
        nav = await read_what_is_known(runtime, partial(build_navigation, runtime, REQUESTS, None))
    view = {"problem": document.body} if nav is None else {"problem": document.body, "nav": nav}
    page = render_template("web/console/refusal.html", **view)
    return respond(request, replace(page, status=document.status, headers=(*page.headers, *document.headers)), problem)


def accepts_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _may_read(request: Request, runtime: Runtime) -> bool:
    try:
        check_access(request.scope[REQUEST], runtime)
    except Problem:
        return False
    return True
