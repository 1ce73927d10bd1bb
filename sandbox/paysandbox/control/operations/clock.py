"""The namespace's clock: read, set, freeze, release and advance it."""

from datetime import datetime

from paysandbox.control import timestamps
from paysandbox.control.lookup import find_namespace
from paysandbox.core.messages import Call, Reply
from paysandbox.core.problems import Conflict
from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import Namespace


def get_clock(call: Call, runtime: Runtime) -> Reply:
    """Return the time, and whether it is frozen."""
    return Reply(200, timestamps.describe_clock(find_namespace(call, runtime).clock))


def set_clock(call: Call, runtime: Runtime) -> Reply:
    """Set, freeze or release the clock; a property that the call omits stays as it is.

    Raises:
        Conflict: something still valid was issued after the new time.
        NotAllowed: the clock cannot show the time.
    """
    namespace = find_namespace(call, runtime)
    clock = namespace.clock
    before = clock.now()
    now = timestamps.parse_timestamp(call.body["now"]) if "now" in call.body else before
    if now < before:
        _check_order(now, namespace, runtime)
    timestamps.set_clock(clock, now, frozen=call.body.get("frozen", clock.frozen))
    _pass_time(namespace, before, runtime)
    return Reply(200, timestamps.describe_clock(clock))


def advance_clock(call: Call, runtime: Runtime) -> Reply:
    """Advance the clock by some seconds. What is due by then is delivered before the reply.

    Raises:
        Conflict: the clock cannot show a time so late.
    """
    namespace = find_namespace(call, runtime)
    clock, before = namespace.clock, namespace.clock.now()
    try:
        clock.advance(call.body["seconds"])
    except OverflowError as error:
        now = timestamps.format_timestamp(clock.now())
        raise Conflict(f"the clock shows {now} and cannot advance so far: {error}", at="/seconds") from None
    _pass_time(namespace, before, runtime)
    return Reply(200, timestamps.describe_clock(clock))


def _pass_time(namespace: Namespace, before: datetime, runtime: Runtime) -> None:
    """Let the providers publish what became due since a time, and deliver what waited for it."""
    if namespace.webhooks is None:
        return
    for name, service in runtime.services.items():
        if service.provider.pass_time is not None:
            state = namespace.state(name)
            with state.transaction():
                service.provider.pass_time(state, before)
    namespace.webhooks.wake()


def _check_order(now: datetime, namespace: Namespace, runtime: Runtime) -> None:
    """Refuse a time before the issue of something that is still valid."""
    for name, service in runtime.services.items():
        if service.provider.earliest is None:
            continue
        earliest = service.provider.earliest(namespace.state(name))
        if earliest is not None and now < earliest:
            issued, wanted = timestamps.format_timestamp(earliest), timestamps.format_timestamp(now)
            raise Conflict(
                f"{name} issued something at {issued} that is still valid, so the clock cannot go back to {wanted}; "
                "reset the namespace first, or choose a later time",
                at="/now",
            )
