"""Pages for people: what there is here, and a contract with forms to try it."""

from paysandbox.control.lookup import service_of
from paysandbox.core.messages import Call, Reply
from paysandbox.kit.runtime import CONTROL, Runtime


def start_page(call: Call, runtime: Runtime) -> Reply:
    """The providers with their URLs and credentials, where all else is, and the latest calls."""
    # Who opens no page does not wait for the templates' engine.
    from paysandbox.html.rendering import page  # noqa: PLC0415
    from paysandbox.web.console.overview import overview  # noqa: PLC0415

    return page("web/console/start.html", view=overview(runtime, call.origin))


def docs_page(call: Call, runtime: Runtime) -> Reply:
    """A contract with its operations, members, rules and variants, who vouches for them, and forms to try it.

    Raises:
        NotFound: no provider of this name.
    """
    from paysandbox.html.rendering import page  # noqa: PLC0415
    from paysandbox.web.console.reference import reference  # noqa: PLC0415 - as above

    service = runtime.control if call.path["provider"] == CONTROL else service_of(call, runtime)
    return page("web/console/docs.html", view=reference(service, runtime, call.origin))
