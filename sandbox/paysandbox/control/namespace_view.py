"""Namespaces as JSON."""

from typing import Any

from paysandbox.control import timestamps
from paysandbox.kit.namespace_suffix import add_suffix
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, NAMESPACE_PREFIX, Namespace


def describe_namespace(namespace: Namespace, origin: str, runtime: Runtime) -> dict[str, Any]:
    """Describe a namespace for a client that comes by `origin`: URLs, credentials, variants, clock and counts."""
    variants = namespace.variants
    return {
        "name": namespace.name,
        "providers": {
            name: {
                "url": _build_url(name, namespace.name, origin, runtime),
                "credentials": dict(service.credentials)
                if namespace.name == DEFAULT
                else add_suffix(service, namespace.name),
                "variants": variants[name],
            }
            for name, service in runtime.services.items()
        },
        "clock": timestamps.describe_clock(namespace.clock),
        "requests": namespace.requests,
        "snapshots": list(namespace.snapshots),
        "faults": namespace.fault_count,
    }


def _build_url(provider: str, namespace: str, origin: str, runtime: Runtime) -> str:
    """Build the URL at which a provider is called in a namespace."""
    url = runtime.url(provider, origin)
    if namespace == DEFAULT:
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}{NAMESPACE_PREFIX}{namespace}{slash}{path}"
