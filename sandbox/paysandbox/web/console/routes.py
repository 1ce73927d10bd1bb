"""The console's pages as Starlette routes below `/_sandbox`: for people, under the control plane's own admission.

This module and what it imports, such as the template engine, are read for the first page: a start need not wait.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from paysandbox.core.messages import problem_document
from paysandbox.core.problems import NotFound, Problem, Unroutable
from paysandbox.html.rendering import PAGE, render_template
from paysandbox.kit.runtime import CONTROL, Runtime
from paysandbox.store.log.engine import StoreError
from paysandbox.web.asgi import REQUEST
from paysandbox.web.console.call_page import build_call
from paysandbox.web.console.contract_view.example_records import adapt_forms, choose_namespace
from paysandbox.web.console.contract_view.reference import Reference, build_reference
from paysandbox.web.console.har_download import FILE, respond_with_har
from paysandbox.web.console.ledger_pages import LEDGER_PAGES
from paysandbox.web.console.live_calls import LiveCalls, respond_with_calls
from paysandbox.web.console.namespace_pages import NAMESPACE_PAGES
from paysandbox.web.console.navigation import DOCS, RECORDS, REQUESTS, Navigation, build_navigation
from paysandbox.web.console.overview import build_overview
from paysandbox.web.console.reading import read_what_is_known
from paysandbox.web.console.record_page import build_record
from paysandbox.web.console.refusal import respond_with_page, respond_with_problem, respond_with_refusal
from paysandbox.web.console.responses import admit, get_runtime, respond
from paysandbox.web.console.state_page import build_state

_METHODS: Final = ("GET", "HEAD")
_LIVE: Final = (PAGE, "web/console/live.js")
_ACTIONS: Final = (PAGE, "web/console/actions.js")


async def start_page(request: Request) -> Response:
    """List the latest calls, the providers with their URLs and credentials, and the control plane's addresses.

    A browser gets the page also with a wrong filter, which says at the field what is wrong.

    Raises:
        NotFound: the filter names a namespace, a provider, an operation or a rule that does not exist.
        NotAllowed: a value of the filter is none that a call can have.
    """
    runtime = admit(request)

    build = partial(build_overview, runtime, request.scope[REQUEST].origin, request.query_params)
    view = await read_what_is_known(runtime, build)
    nav = build_navigation(runtime, REQUESTS, request.query_params.get("namespace") or None)
    page = render_template("web/console/start.html", scripts=_LIVE, view=view, nav=nav)
    return respond_with_page(request, page, view.problem)


async def docs_page(request: Request) -> Response:
    """Show a contract: one operation with its properties, rules and provenance, and a form to try it.

    Without an operation show what all have in common, and a list of them; with `operations=all` all on one page, which
    can weigh megabytes.

    Raises:
        NotFound: no provider, no operation of it, or no namespace that `namespace` names, has this name.
    """
    runtime = admit(request)

    name = request.path_params["provider"]
    if name != CONTROL and name not in runtime.services:
        raise NotFound(f"there is no provider {name[:100]!r}; there are {', '.join(runtime.services)} and {CONTROL}")
    service = runtime.control if name == CONTROL else runtime.services[name]
    namespace, operation = request.query_params.get("namespace") or None, request.path_params.get("operation")
    if operation is not None and all(found.id != operation for found in service.contract.operations):
        raise NotFound(f"{name} has no operation {operation[:100]!r}; /_sandbox/docs/{name} lists those that it has")
    is_whole = operation is None and request.query_params.get("operations") == "all"
    here = f"/_sandbox/docs/{name}{f'/{operation}' if operation else ''}?namespace={{ns}}"
    shown = None if is_whole else () if operation is None else (operation,)

    def build() -> tuple[Reference, Navigation]:
        view = build_reference(service, runtime, request.scope[REQUEST].origin, namespace, shown)
        there = runtime.namespaces.find(view.namespace)
        if view.is_control:
            view = choose_namespace(view)
        elif there is not None:
            view = adapt_forms(view, there.state(name), runtime.namespaces.baselines[name])
        return view, build_navigation(runtime, DOCS, view.namespace, address=here, provider=name)

    view, nav = await read_what_is_known(runtime, build)
    return respond(request, render_template("web/console/docs.html", view=view, nav=nav, is_whole=is_whole))


async def call_page(request: Request) -> Response:
    """Explain one call: each violation at its place, in the words of the contract.

    Raises:
        NotFound: no call has this id, or the journal does not hold it any more.
    """
    runtime = admit(request)

    build = partial(build_call, request.path_params["id"], runtime, request.scope[REQUEST].origin)
    view = await read_what_is_known(runtime, build)
    nav = build_navigation(runtime, REQUESTS, view.namespace, provider=view.call["provider"])
    return respond(request, render_template("web/console/call.html", view=view, nav=nav))


async def state_page(request: Request) -> Response:
    """Show the records of a provider in a namespace.

    A browser gets the page also with a wrong query, which says at its place what is wrong.

    Raises:
        NotFound: the namespace or the provider does not exist.
    """
    runtime = admit(request)

    names = request.path_params
    build = partial(build_state, runtime, names["ns"], names["provider"], request.query_params)
    view = await read_what_is_known(runtime, build)
    nav = build_navigation(runtime, RECORDS, view.namespace, provider=view.provider)
    page = render_template("web/console/state.html", scripts=_ACTIONS, view=view, nav=nav)
    return respond_with_page(request, page, view.problem)


async def record_page(request: Request) -> Response:
    """Show a record, the calls that changed it, and those that name it.

    Raises:
        NotFound: the namespace, the provider or the table does not exist, or the record never did.
    """
    runtime = admit(request)

    names = request.path_params
    build = partial(build_record, runtime, names["ns"], names["provider"], names["table"], names["key"])
    view = await read_what_is_known(runtime, build)
    nav = build_navigation(runtime, RECORDS, view.namespace, provider=view.provider)
    return respond(request, render_template("web/console/record.html", scripts=_ACTIONS, view=view, nav=nav))


async def stream_calls(request: Request) -> Response:
    """Stream the calls as they come in, as server-sent events.

    The stream begins with the calls after the one that the header `Last-Event-ID`, or `after`, names, or with so many
    of the latest as `latest` says; without all of these with the next call.

    Raises:
        NotFound: the namespace or the provider does not exist.
        NotAllowed: a query parameter is unknown, or has a value that it cannot have.
    """
    runtime = admit(request)

    return await respond_with_calls(request.app.state.live, runtime, request)


async def download_calls(request: Request) -> Response:
    """Answer with the calls as a HAR file; the query parameters are those of the start page's filter.

    Raises:
        NotFound: the namespace, the provider or the operation does not exist.
        NotAllowed: a query parameter is unknown, or has a value that it cannot have.
    """
    runtime = admit(request)

    return await respond_with_har(runtime, request)


async def open_recording(request: Request) -> Response:
    """Show the form that opens a file, or what the file that is the request's body has.

    Raises:
        NotFound: the namespace, the provider or the operation does not exist, or the file has no such call.
        NotAllowed: the file is no recording, or a value of the filter is none that a call can have.
        TooLarge: the file is longer than the limit of bodies.
    """
    from paysandbox.web.console.opening.page import open_page  # noqa: PLC0415 - the first page must not wait for it

    return await open_page(admit(request), request)


async def _refuse_route(request: Request, error: HTTPException) -> Response:
    """Word Starlette's own 404 and 405 as the control plane words them."""
    path = request.scope["path"]
    if error.status_code == 405:  # noqa: PLR2004 - the HTTP status
        taken = tuple(sorted((error.headers or {})["Allow"].split(", ")))
        what = f"{path[:100]} does not take {request.method[:20]}; it takes {', '.join(taken)}"
        return await respond_with_refusal(request, Unroutable(what, allow=taken))
    try:
        get_runtime(request).control.contract.route(request.method, path)
    except Unroutable as problem:  # with the path that was probably meant
        return await respond_with_refusal(request, problem)
    raise error


async def _report_store(request: Request, error: StoreError) -> Response:
    return await respond_with_problem(request, problem_document(503, "Store unavailable", str(error)))


async def _report_failure(request: Request, error: Exception) -> Response:
    # Not logged here, because Starlette raises the error again, and the server logs it with its traceback.
    what = f"{type(error).__name__}: {error}"
    return respond(request, problem_document(500, "Internal error", what))


PAGES: Final = (
    Route("/", start_page),
    Route("/docs/{provider}", docs_page),
    Route("/docs/{provider}/{operation}", docs_page),
    Route("/calls/{id}", call_page),
    Route("/records/{ns}/{provider}", state_page),
    Route("/records/{ns}/{provider}/{table}/{key:path}", record_page),
    *LEDGER_PAGES,
    *NAMESPACE_PAGES,
    Route("/open", open_recording, methods=[*_METHODS, "POST"]),
)
STREAMS: Final = (Route("/stream", stream_calls), Route("/namespaces/{ns}/stream", stream_calls))
FILES: Final = (Route(f"/{FILE}", download_calls),)
EXCEPTION_HANDLERS: Final[Mapping[Any, Any]] = {
    Problem: respond_with_refusal,
    HTTPException: _refuse_route,
    StoreError: _report_store,
    Exception: _report_failure,
}


def create_pages(runtime: Runtime) -> Starlette:
    """Create the application of the pages."""
    pages = Starlette(routes=[*PAGES, *STREAMS, *FILES], exception_handlers=EXCEPTION_HANDLERS)
    pages.router.redirect_slashes = False  # a page has one address
    pages.state.runtime = runtime
    pages.state.live = LiveCalls(runtime)
    pages.state.opening = asyncio.Lock()
    return pages
