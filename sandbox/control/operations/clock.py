"""The namespace's time: looked at, set, frozen, let go, advanced."""

from datetime import datetime

from sandbox.control import moments
from sandbox.control.looking import namespace_of
from sandbox.exchange import Call, Reply
from sandbox.namespaces import Namespace
from sandbox.problems import Conflict
from sandbox.world import World


def get_clock(call: Call, world: World) -> Reply:
    """The time."""
    return Reply(200, moments.shown(namespace_of(call, world).clock))


def set_clock(call: Call, world: World) -> Reply:
    """Set, freeze or let go; what the call leaves out stays.

    Raises:
        Conflict: something that is in force would have been issued later than the new time.
        NotAllowed: a moment that no clock can show.
    """
    namespace = namespace_of(call, world)
    clock = namespace.clock
    now = moments.read(call.body["now"]) if "now" in call.body else clock.now()
    if now < clock.now():
        _check_order(now, namespace, world)
    moments.set_clock(clock, now, frozen=call.body.get("frozen", clock.frozen))
    return Reply(200, moments.shown(clock))


def advance_clock(call: Call, world: World) -> Reply:
    """Let time pass.

    Raises:
        Conflict: it would be later than a clock can show.
    """
    clock = namespace_of(call, world).clock
    try:
        clock.advance(call.body["seconds"])
    except OverflowError as error:
        raise Conflict(f"it is {moments.written(clock.now())}, and so much later is too late: {error}") from None
    return Reply(200, moments.shown(clock))


def _check_order(now: datetime, namespace: Namespace, world: World) -> None:
    """Refuse a time before something that is in force was issued."""
    for name, service in world.services.items():
        if service.provider.earliest is None:
            continue
        earliest = service.provider.earliest(namespace.state(name))
        if earliest is not None and now < earliest:
            raise Conflict(
                f"{name} has handed out something at {moments.written(earliest)} that is in force; the clock cannot go "
                f"back to {moments.written(now)} before it. Reset the namespace first, or choose a later time"
            )
