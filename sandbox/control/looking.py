"""What the path of a control call names, found or refused."""

from sandbox.exchange import Call
from sandbox.namespaces import Namespace
from sandbox.problems import NotFound
from sandbox.provider import Service
from sandbox.state import State
from sandbox.world import World


def namespace_of(call: Call, world: World) -> Namespace:
    """The namespace of the path.

    Raises:
        NotFound: there is none of this name.
    """
    name = call.path["ns"]
    found = world.namespaces.known(name)
    if found is None:
        raise NotFound(
            f"there is no namespace {name!r}; POST /_sandbox/namespaces makes one, and so does the first call into it"
        )
    return found


def service_of(call: Call, world: World) -> Service:
    """The provider of the path.

    Raises:
        NotFound: there is none of this name.
    """
    name = call.path["provider"]
    if name not in world.services:
        raise NotFound(f"there is no provider {name!r}; there are {', '.join(world.services)}")
    return world.services[name]


def state_of(call: Call, world: World) -> State:
    """What the path's provider remembers in the path's namespace.

    Raises:
        NotFound: there is no such namespace or provider.
    """
    namespace = namespace_of(call, world)
    return namespace.state(service_of(call, world).provider.name)
