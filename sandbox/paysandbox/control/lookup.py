"""Find the namespace, provider, state or events that a control call names."""

from collections.abc import Iterable
from itertools import islice

from paysandbox.core.messages import Call
from paysandbox.core.problems import NotAllowed, NotFound
from paysandbox.kit.provider import Service
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace
from paysandbox.store.state import State


def find_namespace(call: Call, runtime: Runtime) -> Namespace:
    """Find the namespace of the path.

    Raises:
        NotFound: it does not exist.
    """
    return get_namespace(call.path["ns"], runtime, at="{ns}")


def get_namespace(name: str, runtime: Runtime, *, at: str | None = None) -> Namespace:
    """Return the namespace of this name, which stands at the place `at` of a request.

    Raises:
        NotFound: it does not exist.
    """
    found = runtime.namespaces.find(name)
    if found is None:
        raise NotFound(
            f"there is no namespace {name[:100]!r}; "
            "POST /_sandbox/namespaces creates it, as does a first call that names it",
            at=at,
        )
    return found


def find_service(call: Call, runtime: Runtime) -> Service:
    """Find the provider of the path.

    Raises:
        NotFound: it does not exist.
    """
    return get_service(call.path["provider"], runtime, at="{provider}")


def get_service(name: str, runtime: Runtime, *, at: str | None = None) -> Service:
    """Return the provider of this name, which stands at the place `at` of a request.

    Raises:
        NotFound: it does not exist.
    """
    if name not in runtime.services:
        raise NotFound(f"there is no provider {name[:100]!r}; there are {', '.join(runtime.services)}", at=at)
    return runtime.services[name]


def find_state(call: Call, runtime: Runtime) -> State:
    """Find the state of the path's provider in the path's namespace.

    Raises:
        NotFound: the namespace or the provider does not exist.
    """
    namespace = find_namespace(call, runtime)
    return namespace.state(find_service(call, runtime).provider.name)


def check_events(provider: str | None, events: Iterable[str], runtime: Runtime, *, at: str) -> None:
    """Refuse unknown names, because nothing would ever be delivered; the events stand at the place `at` of a body.

    Raises:
        NotAllowed: the provider does not exist or has no webhooks, or an event does not exist.
    """
    services = {name: service for name, service in runtime.services.items() if service.provider.webhooks is not None}
    if provider is not None and provider not in services:
        what = "has no webhooks" if provider in runtime.services else "does not exist"
        message = f"the provider {provider!r} {what}; with webhooks there are {', '.join(services) or 'none'}"
        raise NotAllowed(message, at="/provider")
    asked = services.values() if provider is None else [services[provider]]
    known = list(dict.fromkeys(event for service in asked for event in service.contract.events))
    wrong = [event for event in events if event not in known]
    if wrong:
        shown = ", ".join(map(repr, islice(wrong, 5)))
        raise NotAllowed(f"there is no event {shown}; there are {', '.join(known) or 'none'}", at=at)
