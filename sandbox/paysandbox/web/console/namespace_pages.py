"""The pages around a call: what a namespace is, and what changes how it answers."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from paysandbox.html.rendering import PAGE, render_template
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import FIXTURES
from paysandbox.web.asgi import REQUEST
from paysandbox.web.console.clock_view import ClockView, build_clock
from paysandbox.web.console.coverage_view import CoverageView, build_coverage
from paysandbox.web.console.deliveries_view import DeliveriesView, build_deliveries
from paysandbox.web.console.faults_view import FaultsView, build_faults
from paysandbox.web.console.namespaces_view import NamespacesView, build_namespaces
from paysandbox.web.console.navigation import (
    CLOCK,
    COVERAGE,
    DELIVERIES,
    FAULTS,
    NAMESPACES,
    SNAPSHOTS,
    Navigation,
    build_navigation,
)
from paysandbox.web.console.reading import read_what_is_known
from paysandbox.web.console.refusal import respond_with_page
from paysandbox.web.console.responses import admit
from paysandbox.web.console.snapshots_view import SnapshotsView, build_snapshots

_SCRIPTS: Final = (PAGE, "web/console/actions.js", "web/console/refresh.js")

Page = Callable[[Request], Awaitable[Response]]


def _make_page(template: str, label: str, build: Callable[[Runtime, Request], Any]) -> Page:
    """Make a page of a namespace, whose forms call the control API.

    Where its address may be wrong, its view has the `problem` with that, or None.
    """

    async def show(request: Request) -> Response:
        runtime = admit(request)

        def read() -> tuple[Any, Navigation]:
            return build(runtime, request), build_navigation(runtime, label, request.path_params["ns"])

        view, nav = await read_what_is_known(runtime, read)
        page = render_template(f"web/console/{template}", scripts=_SCRIPTS, view=view, nav=nav)
        return respond_with_page(request, page, getattr(view, "problem", None))

    return show


def _build_namespaces(runtime: Runtime, request: Request) -> NamespacesView:
    return build_namespaces(runtime, request.path_params["ns"], request.scope[REQUEST].origin)


def _build_clock(runtime: Runtime, request: Request) -> ClockView:
    return build_clock(runtime, request.path_params["ns"], request.query_params)


def _build_faults(runtime: Runtime, request: Request) -> FaultsView:
    return build_faults(runtime, request.path_params["ns"])


def _build_snapshots(runtime: Runtime, request: Request) -> SnapshotsView:
    names = request.path_params
    return build_snapshots(runtime, names["ns"], request.query_params, names.get("name", FIXTURES))


def _build_deliveries(runtime: Runtime, request: Request) -> DeliveriesView:
    return build_deliveries(runtime, request.path_params["ns"])


def _build_coverage(runtime: Runtime, request: Request) -> CoverageView:
    return build_coverage(runtime, request.path_params["ns"])


_SNAPSHOTS: Final = _make_page("snapshots.html", SNAPSHOTS, _build_snapshots)
NAMESPACE_PAGES: Final = (
    Route("/manage/{ns}", _make_page("namespaces.html", NAMESPACES, _build_namespaces)),
    Route("/snapshots/{ns}", _SNAPSHOTS),
    Route("/snapshots/{ns}/{name}", _SNAPSHOTS),
    Route("/clock/{ns}", _make_page("clock.html", CLOCK, _build_clock)),
    Route("/faults/{ns}", _make_page("faults.html", FAULTS, _build_faults)),
    Route("/deliveries/{ns}", _make_page("deliveries.html", DELIVERIES, _build_deliveries)),
    Route("/coverage/{ns}", _make_page("coverage.html", COVERAGE, _build_coverage)),
)
