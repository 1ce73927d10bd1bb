"""The namespace's time: looked at, set, frozen, let go, advanced."""

from datetime import datetime

from paysandbox.control import timestamps
from paysandbox.control.lookup import namespace_of
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace


def get_clock(call: Call, runtime: Runtime) -> Reply:
    """The time."""
    return Reply(200, timestamps.shown(namespace_of(call, runtime).clock))


def set_clock(call: Call, runtime: Runtime) -> Reply:
    """Set, freeze or let go; what the call leaves out stays.

    Raises:
        Conflict: something that is in force would have been issued later than the new time.
        NotAllowed: a moment that no clock can show.
    """
    namespace = namespace_of(call, runtime)
    clock = namespace.clock
    now = timestamps.read(call.body["now"]) if "now" in call.body else clock.now()
    if now < clock.now():
        _check_order(now, namespace, runtime)
    timestamps.set_clock(clock, now, frozen=call.body.get("frozen", clock.frozen))
    return Reply(200, timestamps.shown(clock))


def advance_clock(call: Call, runtime: Runtime) -> Reply:
    """Let time pass.

    Raises:
        Conflict: it would be later than a clock can show.
    """
    clock = namespace_of(call, runtime).clock
    try:
        clock.advance(call.body["seconds"])
    except OverflowError as error:
        raise Conflict(f"it is {timestamps.written(clock.now())}, and so much later is too late: {error}") from None
    return Reply(200, timestamps.shown(clock))


def _check_order(now: datetime, namespace: Namespace, runtime: Runtime) -> None:
    """Refuse a time before something that is in force was issued."""
    for name, service in runtime.services.items():
        if service.provider.earliest is None:
            continue
        earliest = service.provider.earliest(namespace.state(name))
        if earliest is not None and now < earliest:
            raise Conflict(
                f"{name} has handed out something at {timestamps.written(earliest)} that is in force; the clock cannot "
                f"go back to {timestamps.written(now)} before it. Reset the namespace first, or choose a later time"
            )
