"""Namespaces: create, list, fork, reset and delete them."""

from datetime import datetime
from typing import Any

from paysandbox.contract.variants import write_choice
from paysandbox.control import timestamps
from paysandbox.control.lookup import find_namespace
from paysandbox.control.namespace_view import describe_namespace
from paysandbox.control.records import make_violation
from paysandbox.control.resets import describe_reset
from paysandbox.core.clock import Clock
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict, NotAllowed, Violation
from paysandbox.kit.runtime import Runtime


def list_namespaces(call: Call, runtime: Runtime) -> Reply:
    """List all namespaces, and the limit on their number."""
    shown = [describe_namespace(one, call.origin, runtime) for one in runtime.namespaces]
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
    return Reply(201, describe_namespace(runtime.namespaces.add(made), call.origin, runtime))


def get_namespace(call: Call, runtime: Runtime) -> Reply:
    """Return a namespace: URLs and credentials of its providers, variants, clock and counts."""
    return Reply(200, describe_namespace(find_namespace(call, runtime), call.origin, runtime))


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
    return Reply(201, describe_namespace(runtime.namespaces.add(made), call.origin, runtime))


def _check_name_is_free(name: str, runtime: Runtime) -> None:
    if runtime.namespaces.find(name) is not None:
        raise Conflict(f"there is a namespace {name!r} already; reset or delete it, or choose another name", at="/name")


def _read_variants(given: dict[str, dict[str, Any]], runtime: Runtime) -> dict[str, dict[str, str]]:
    """Return choices of variants as contracts write them.

    Raises:
        NotAllowed: unknown variants and choices, all in one message.
    """
    wrong: list[Violation] = []
    variants = {
        provider: {name: write_choice(choice) or "" for name, choice in choices.items()}
        for provider, choices in given.items()
    }
    for provider, choices in variants.items():
        if provider not in runtime.services:
            message = f"there is no provider {provider!r}; there are {', '.join(runtime.services)}"
            wrong.append(make_violation(("variants", provider), message))
            continue
        known = runtime.services[provider].base_contract.variants
        for name, choice in choices.items():
            if name not in known:
                message = f"{provider} has no variant {name!r}; its variants are {', '.join(known)}"
                wrong.append(make_violation(("variants", provider, name), message))
            elif choice not in known[name].choices:
                there = ", ".join(known[name].choices)
                message = f"{provider}'s variant {name} has no choice {choice!r}; its choices are {there}"
                wrong.append(make_violation(("variants", provider, name), message))
    if wrong:
        raise NotAllowed("; ".join(one.message for one in wrong), violations=wrong)
    return variants


def _freeze_clock(now: datetime, runtime: Runtime) -> Clock:
    clock = Clock(runtime.time)
    timestamps.set_clock(clock, now, frozen=True)
    return clock
