"""What the path of a control call names, found or refused."""

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotFound
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace
from paysandbox.store.state import State


def namespace_of(call: Call, runtime: Runtime) -> Namespace:
    """The namespace of the path.

    Raises:
        NotFound: there is none of this name.
    """
    name = call.path["ns"]
    found = runtime.namespaces.find(name)
    if found is None:
        raise NotFound(
            f"there is no namespace {name!r}; POST /_sandbox/namespaces makes one, and so does the first call into it"
        )
    return found


def service_of(call: Call, runtime: Runtime) -> Service:
    """The provider of the path.

    Raises:
        NotFound: there is none of this name.
    """
    name = call.path["provider"]
    if name not in runtime.services:
        raise NotFound(f"there is no provider {name!r}; there are {', '.join(runtime.services)}")
    return runtime.services[name]


def state_of(call: Call, runtime: Runtime) -> State:
    """What the path's provider remembers in the path's namespace.

    Raises:
        NotFound: there is no such namespace or provider.
    """
    namespace = namespace_of(call, runtime)
    return namespace.state(service_of(call, runtime).provider.name)
