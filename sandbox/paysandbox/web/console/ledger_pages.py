"""The pages of the ledger: all documents of a provider with what is owed, and one with the records that say so."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from paysandbox.html.rendering import PAGE, render_template
from paysandbox.web.console.ledger_page import DocumentView, LedgerView, build_document, build_ledger
from paysandbox.web.console.navigation import LEDGER, Navigation, build_navigation
from paysandbox.web.console.reading import read_what_is_known
from paysandbox.web.console.refusal import respond_with_page
from paysandbox.web.console.responses import admit, respond

_SCRIPTS: Final = (PAGE, "web/console/refresh.js")


async def ledger_page(request: Request) -> Response:
    """Show the documents of a provider in a namespace with what is owed, and its invariants.

    A browser gets the page also with a wrong query, which says at its place what is wrong.

    Raises:
        NotFound: the namespace or the provider does not exist.
    """
    runtime = admit(request)
    names = request.path_params

    def read() -> tuple[LedgerView, Navigation]:
        view = build_ledger(runtime, names["ns"], names["provider"], request.query_params)
        return view, build_navigation(runtime, LEDGER, view.namespace, provider=view.provider)

    view, nav = await read_what_is_known(runtime, read)
    page = render_template("web/console/ledger.html", scripts=_SCRIPTS, view=view, nav=nav)
    return respond_with_page(request, page, view.problem)


async def document_page(request: Request) -> Response:
    """Show a document: what is owed, its lines, the records that belong to it, and where an invariant breaks.

    Raises:
        NotFound: the namespace, the provider or the document does not exist.
    """
    runtime = admit(request)
    names = request.path_params

    def read() -> tuple[DocumentView, Navigation]:
        document = (names["table"], names["key"])
        view = build_document(runtime, names["ns"], names["provider"], document, request.query_params)
        return view, build_navigation(runtime, LEDGER, view.namespace, provider=view.provider)

    view, nav = await read_what_is_known(runtime, read)
    return respond(request, render_template("web/console/ledger_document.html", scripts=_SCRIPTS, view=view, nav=nav))


LEDGER_PAGES: Final = (
    Route("/ledger/{ns}/{provider}", ledger_page),
    Route("/ledger/{ns}/{provider}/{table}/{key:path}", document_page),
)
