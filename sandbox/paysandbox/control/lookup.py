"""Find the namespace, provider or state that the path of a control call names."""

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotFound
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace
from paysandbox.store.state import State


def find_namespace(call: Call, runtime: Runtime) -> Namespace:
    """Find the namespace of the path.

    Raises:
        NotFound: it does not exist.
    """
    name = call.path["ns"]
    found = runtime.namespaces.find(name)
    if found is None:
        raise NotFound(
            f"there is no namespace {name!r}; POST /_sandbox/namespaces creates it, as does a first call that names it"
        )
    return found


def find_service(call: Call, runtime: Runtime) -> Service:
    """Find the provider of the path.

    Raises:
        NotFound: it does not exist.
    """
    name = call.path["provider"]
    if name not in runtime.services:
        raise NotFound(f"there is no provider {name!r}; there are {', '.join(runtime.services)}")
    return runtime.services[name]


def find_state(call: Call, runtime: Runtime) -> State:
    """Find the state of the path's provider in the path's namespace.

    Raises:
        NotFound: the namespace or the provider does not exist.
    """
    namespace = find_namespace(call, runtime)
    return namespace.state(find_service(call, runtime).provider.name)
