"""Namespaces: create, list, fork, reset and delete them."""

from datetime import datetime
from typing import Any

from paysandbox.contract.variants import write_choice
from paysandbox.control import timestamps
from paysandbox.control.lookup import find_namespace
from paysandbox.control.resets import describe_reset
from paysandbox.core.clock import Clock
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed
from paysandbox.kit.namespace_suffix import add_suffix
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT, NAMESPACE_PREFIX, Namespace


def list_namespaces(call: Call, runtime: Runtime) -> Reply:
    """List all namespaces, and the limit on their number."""
    shown = [_describe_namespace(one, call, runtime) for one in runtime.namespaces]
    return Reply(200, {"namespaces": shown, "limit": runtime.namespaces.limit})


def create_namespace(call: Call, runtime: Runtime) -> Reply:
    """Create a namespace, with variants and a frozen clock if the call gives them.

    Raises:
        Conflict: the name is taken.
        NotAllowed: a variant or its choice does not exist, or the clock cannot show the time.
    """
    name = call.body.get("name")
    if name is not None:
        _check_name_is_free(name, runtime)
    variants = _read_variants(call.body.get("variants") or {}, runtime)
    clock = _freeze_clock(timestamps.parse_timestamp(call.body["now"]), runtime) if "now" in call.body else None
    made = runtime.namespaces.create(name or runtime.namespaces.generate_name(), variants=variants, clock=clock)
    return Reply(201, _describe_namespace(runtime.namespaces.add(made), call, runtime))


def get_namespace(call: Call, runtime: Runtime) -> Reply:
    """Return a namespace: URLs and credentials of its providers, variants, clock and counts."""
    return Reply(200, _describe_namespace(find_namespace(call, runtime), call, runtime))


def delete_namespace(call: Call, runtime: Runtime) -> Reply:
    """Delete a namespace with all its data; `default` is created anew at once."""
    runtime.namespaces.drop(find_namespace(call, runtime).name, counted=call.query["counted"])
    return Reply(204)


def reset_namespace(call: Call, runtime: Runtime) -> Reply:
    """Reset records and id counters to the fixtures."""
    find_namespace(call, runtime).reset()
    return describe_reset(runtime)


def fork_namespace(call: Call, runtime: Runtime) -> Reply:
    """Copy records, id counters, clock and variants to a namespace of another name.

    Raises:
        Conflict: the name is taken.
    """
    origin = find_namespace(call, runtime)
    _check_name_is_free(call.body["name"], runtime)
    made = runtime.namespaces.create(call.body["name"], variants=origin.own_variants, clock=origin.clock.copy())
    made.load(origin.snapshot())
    return Reply(201, _describe_namespace(runtime.namespaces.add(made), call, runtime))


def _check_name_is_free(name: str, runtime: Runtime) -> None:
    if runtime.namespaces.find(name) is not None:
        raise Conflict(f"there is a namespace {name!r} already; reset or delete it, or choose another name")


def _read_variants(given: dict[str, dict[str, Any]], runtime: Runtime) -> dict[str, dict[str, str]]:
    """Return choices of variants as contracts write them.

    Raises:
        NotAllowed: unknown variants and choices, all in one message.
    """
    wrong = []
    variants = {
        provider: {name: write_choice(choice) or "" for name, choice in choices.items()}
        for provider, choices in given.items()
    }
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
                wrong.append(f"{provider}'s variant {name} has no choice {choice!r}; its choices are {there}")
    if wrong:
        raise NotAllowed("; ".join(wrong))
    return variants


def _freeze_clock(now: datetime, runtime: Runtime) -> Clock:
    clock = Clock(runtime.time)
    timestamps.set_clock(clock, now, frozen=True)
    return clock


def _describe_namespace(namespace: Namespace, call: Call, runtime: Runtime) -> dict[str, Any]:
    variants = namespace.variants
    return {
        "name": namespace.name,
        "providers": {
            name: {
                "url": _build_url(name, namespace.name, call, runtime),
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


def _build_url(provider: str, namespace: str, call: Call, runtime: Runtime) -> str:
    """Build the URL at which a provider is called in a namespace."""
    url = runtime.url(provider, call.origin)
    if namespace == DEFAULT:
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}{NAMESPACE_PREFIX}{namespace}{slash}{path}"
