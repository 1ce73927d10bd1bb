"""Pages for people: what there is here, and a contract with forms to try it."""

from sandbox.control.looking import service_of
from sandbox.exchange import Call, Reply
from sandbox.world import CONTROL, World


def start_page(call: Call, world: World) -> Reply:
    """The providers with their URLs and credentials, where all else is, and the latest calls."""
    # Who opens no page does not wait for the templates' engine.
    from sandbox.control.pages.overview import overview  # noqa: PLC0415
    from sandbox.control.pages.rendering import page  # noqa: PLC0415

    return page("start.html", view=overview(world, call.origin))


def docs_page(call: Call, world: World) -> Reply:
    """A contract with its operations, members, rules and variants, who vouches for them, and forms to try it.

    Raises:
        NotFound: no provider of this name.
    """
    from sandbox.control.pages.reference import reference  # noqa: PLC0415 - as above
    from sandbox.control.pages.rendering import page  # noqa: PLC0415

    service = world.control if call.path["provider"] == CONTROL else service_of(call, world)
    return page("docs.html", view=reference(service, world, call.origin))
