"""Namespaces: made, looked at, forked, reset and forgotten."""

from datetime import datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.control import moments
from sandbox.control.looking import namespace_of
from sandbox.exchange import Call, Reply
from sandbox.marks import marked
from sandbox.namespaces import DEFAULT, NAMESPACE_PREFIX, Namespace
from sandbox.problems import Conflict, NotAllowed
from sandbox.world import World


def list_namespaces(call: Call, world: World) -> Reply:
    """All namespaces, and how many there may be."""
    shown = [_shown(one, call, world) for one in world.namespaces]
    return Reply(200, {"namespaces": shown, "limit": world.namespaces.limit})


def create_namespace(call: Call, world: World) -> Reply:
    """A new namespace, with variants and a clock that stands still if the call says so.

    Raises:
        Conflict: the name is taken.
        NotAllowed: a variant, or a choice of it, that there is not; a moment that no clock can show.
    """
    name = call.body.get("name")
    if name is not None:
        _free(name, world)
    variants = call.body.get("variants") or {}
    _check_variants(variants, world)
    clock = _clock_at(moments.read(call.body["now"]), world) if "now" in call.body else None
    made = world.namespaces.made(name or world.namespaces.free_name(), variants=variants, clock=clock)
    return Reply(201, _shown(world.namespaces.put(made), call, world))


def get_namespace(call: Call, world: World) -> Reply:
    """One namespace: where its providers stand, who may call them, its time."""
    return Reply(200, _shown(namespace_of(call, world), call, world))


def delete_namespace(call: Call, world: World) -> Reply:
    """Forget a namespace with all that it has; `default` is a new one at once."""
    world.namespaces.drop(namespace_of(call, world).name, counted=call.query["counted"])
    return Reply(204)


def reset_namespace(call: Call, world: World) -> Reply:
    """Records and id counters back to the fixtures."""
    namespace_of(call, world).reset()
    return Reply(204)


def fork_namespace(call: Call, world: World) -> Reply:
    """A copy under another name: records, id counters, clock and variants.

    Raises:
        Conflict: the name is taken.
    """
    origin = namespace_of(call, world)
    _free(call.body["name"], world)
    made = world.namespaces.made(call.body["name"], variants=origin.own_variants, clock=origin.clock.copy())
    made.become(origin.captured())
    return Reply(201, _shown(world.namespaces.put(made), call, world))


def _free(name: str, world: World) -> None:
    if world.namespaces.known(name) is not None:
        raise Conflict(f"there is a namespace {name!r} already; reset or delete it, or take another name")


def _check_variants(variants: dict[str, dict[str, str]], world: World) -> None:
    """Refuse choices that there are not, all of them at once."""
    wrong = []
    for provider, choices in variants.items():
        if provider not in world.services:
            wrong.append(f"there is no provider {provider!r}; there are {', '.join(world.services)}")
            continue
        known = world.services[provider].written.variants
        for name, choice in choices.items():
            if name not in known:
                wrong.append(f"{provider} has no variant {name!r}; its variants are {', '.join(known)}")
            elif choice not in known[name].choices:
                there = ", ".join(known[name].choices)
                wrong.append(f"{choice!r} is no choice of {provider}'s {name}; there are {there}")
    if wrong:
        raise NotAllowed("; ".join(wrong))


def _clock_at(now: datetime, world: World) -> Clock:
    clock = Clock(world.time)
    moments.set_clock(clock, now, frozen=True)
    return clock


def _shown(namespace: Namespace, call: Call, world: World) -> dict[str, Any]:
    """A namespace as answered."""
    variants = namespace.variants
    return {
        "name": namespace.name,
        "providers": {
            name: {
                "url": _url(name, namespace.name, call, world),
                "credentials": dict(service.credentials)
                if namespace.name == DEFAULT
                else marked(service, namespace.name),
                "variants": variants[name],
            }
            for name, service in world.services.items()
        },
        "clock": moments.shown(namespace.clock),
        "requests": namespace.requests,
        "snapshots": list(namespace.snapshots),
        "faults": namespace.fault_count,
    }


def _url(provider: str, namespace: str, call: Call, world: World) -> str:
    """Where a provider stands for who calls it in a namespace."""
    url = world.url(provider, call.origin)
    if namespace == DEFAULT:
        return url
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}{NAMESPACE_PREFIX}{namespace}{slash}{path}"
