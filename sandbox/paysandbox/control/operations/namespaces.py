"""Namespaces: made, looked at, forked, reset and forgotten."""

from datetime import datetime
from typing import Any

from paysandbox.control import timestamps
from paysandbox.control.lookup import namespace_of
from paysandbox.core.clock import Clock
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed
from paysandbox.kit.namespace_suffix import add_suffix
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, NAMESPACE_PREFIX, Namespace


def list_namespaces(call: Call, runtime: Runtime) -> Reply:
    """All namespaces, and how many there may be."""
    shown = [_shown(one, call, runtime) for one in runtime.namespaces]
    return Reply(200, {"namespaces": shown, "limit": runtime.namespaces.limit})


def create_namespace(call: Call, runtime: Runtime) -> Reply:
    """A new namespace, with variants and a clock that stands still if the call says so.

    Raises:
        Conflict: the name is taken.
        NotAllowed: a variant, or a choice of it, that there is not; a moment that no clock can show.
    """
    name = call.body.get("name")
    if name is not None:
        _free(name, runtime)
    variants = call.body.get("variants") or {}
    _check_variants(variants, runtime)
    clock = _clock_at(timestamps.read(call.body["now"]), runtime) if "now" in call.body else None
    made = runtime.namespaces.create(name or runtime.namespaces.generate_name(), variants=variants, clock=clock)
    return Reply(201, _shown(runtime.namespaces.add(made), call, runtime))


def get_namespace(call: Call, runtime: Runtime) -> Reply:
    """One namespace: where its providers stand, who may call them, its time."""
    return Reply(200, _shown(namespace_of(call, runtime), call, runtime))


def delete_namespace(call: Call, runtime: Runtime) -> Reply:
    """Forget a namespace with all that it has; `default` is a new one at once."""
    runtime.namespaces.drop(namespace_of(call, runtime).name, counted=call.query["counted"])
    return Reply(204)


def reset_namespace(call: Call, runtime: Runtime) -> Reply:
    """Records and id counters back to the fixtures."""
    namespace_of(call, runtime).reset()
    return Reply(204)


def fork_namespace(call: Call, runtime: Runtime) -> Reply:
    """A copy under another name: records, id counters, clock and variants.

    Raises:
        Conflict: the name is taken.
    """
    origin = namespace_of(call, runtime)
    _free(call.body["name"], runtime)
    made = runtime.namespaces.create(call.body["name"], variants=origin.own_variants, clock=origin.clock.copy())
    made.load(origin.snapshot())
    return Reply(201, _shown(runtime.namespaces.add(made), call, runtime))


def _free(name: str, runtime: Runtime) -> None:
    if runtime.namespaces.find(name) is not None:
        raise Conflict(f"there is a namespace {name!r} already; reset or delete it, or take another name")


def _check_variants(variants: dict[str, dict[str, str]], runtime: Runtime) -> None:
    """Refuse choices that there are not, all of them at once."""
    wrong = []
    for provider, choices in variants.items():
        if provider not in runtime.services:
            wrong.append(f"there is no provider {provider!r}; there are {', '.join(runtime.services)}")
            continue
        known = runtime.services[provider].base_contract.variants
        for name, choice in choices.items():
            if name not in known:
                wrong.append(f"{provider} has no variant {name!r}; its variants are {', '.join(known)}")
            elif choice not in known[name].choices:
                there = ", ".join(known[name].choices)
                wrong.append(f"{choice!r} is no choice of {provider}'s {name}; there are {there}")
    if wrong:
        raise NotAllowed("; ".join(wrong))


def _clock_at(now: datetime, runtime: Runtime) -> Clock:
    clock = Clock(runtime.time)
    timestamps.set_clock(clock, now, frozen=True)
    return clock


def _shown(namespace: Namespace, call: Call, runtime: Runtime) -> dict[str, Any]:
    """A namespace as answered."""
    variants = namespace.variants
    return {
        "name": namespace.name,
        "providers": {
            name: {
                "url": _url(name, namespace.name, call, runtime),
                "credentials": dict(service.credentials)
                if namespace.name == DEFAULT
                else add_suffix(service, namespace.name),
                "variants": variants[name],
            }
            for name, service in runtime.services.items()
        },
        "clock": timestamps.shown(namespace.clock),
        "requests": namespace.requests,
        "snapshots": list(namespace.snapshots),
        "faults": namespace.fault_count,
    }


def _url(provider: str, namespace: str, call: Call, runtime: Runtime) -> str:
    """Where a provider stands for who calls it in a namespace."""
    url = runtime.url(provider, call.origin)
    if namespace == DEFAULT:
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}{NAMESPACE_PREFIX}{namespace}{slash}{path}"
