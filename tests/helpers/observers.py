"""Observe the exchanges of every application in this process, beside the observers that are there already."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from paysandbox.pipeline.dispatch import Observation, Observer
from paysandbox.web.asgi import AsgiApp


@contextmanager
def observe_exchanges(observe: Observer) -> Iterator[None]:
    """Call `observe` with each exchange of the block, in the thread that answers it."""
    outer = AsgiApp.observe

    def observe_both(observation: Observation) -> None:
        if outer is not None:
            outer(observation)
        observe(observation)

    with mock.patch.object(AsgiApp, "observe", staticmethod(observe_both)):
        yield
