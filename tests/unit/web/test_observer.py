"""An observer sees each exchange once, as it was understood and as it was sent."""

import pytest
from msgspec import UNSET

from paysandbox.kit.runtime import Runtime
from paysandbox.pipeline.dispatch import Observation
from paysandbox.store.faults import Effect, When
from paysandbox.store.namespaces import DEFAULT
from paysandbox.web.asgi import AsgiApp
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import first_calls


class ObservedClient(Client):
    """A client whose application has an observer."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self.seen: list[Observation] = []
        self._app.door.observe = self.seen.append


def test_an_observer_sees_the_calls_of_every_provider(runtime: Runtime) -> None:
    """Status, headers and content are those that the client receives."""
    client = ObservedClient(runtime)
    for call in first_calls(runtime):
        response = call.send(client)
        observation = client.seen.pop()
        assert client.seen == []
        assert observation.provider == call.service.provider.name
        assert observation.outcome.operation is not None
        assert observation.outcome.operation.id == call.operation.id
        assert observation.outcome.call is not None
        assert not observation.outcome.is_simulated
        assert observation.reply.status == response.status
        assert observation.reply.content == response.content
        sent = {name.decode(): value.decode("latin-1") for name, value in observation.reply.headers}
        assert sent == response.headers


def test_an_observer_sees_the_control_plane(runtime: Runtime) -> None:
    """Its calls too, with the headers that only it has."""
    client = ObservedClient(runtime)
    client.get("/_sandbox/health")
    (observation,) = client.seen
    assert (observation.provider, observation.request.path, observation.reply.status) == ("control", "/health", 200)
    assert (b"cache-control", b"no-store") in observation.reply.headers


def test_an_observer_is_told_which_replies_were_simulated(runtime: Runtime) -> None:
    """A reply that a fault or a Prefer header chose says nothing about how a request is understood."""
    client = ObservedClient(runtime)
    call = next(iter(first_calls(runtime)))
    faults = runtime.namespaces.get(DEFAULT).faults
    faults.add(None, None, When(times=1), Effect(status=503))
    call.send(client)
    call.send(client, prefer="code=299")
    call.send(client)
    statuses = [(seen.outcome.is_simulated, seen.reply.status) for seen in client.seen]
    assert statuses[:2] == [(True, 503), (True, 400)]
    assert statuses[2][0] is False


def test_an_observer_of_the_class_sees_every_application(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hook for a whole run of tests; requests that reach no provider are not exchanges."""
    seen: list[Observation] = []
    monkeypatch.setattr(AsgiApp, "observe", seen.append)
    assert Client(runtime).get("/nowhere").status == 404
    assert seen == []
    Client(runtime).get("/_sandbox/health")
    Client(runtime).get("/_sandbox/health")
    assert [observation.outcome.reply.body is UNSET for observation in seen] == [False, False]
