"""A call leaves no cyclic garbage, because only the collector frees it, in pauses that other calls wait for."""

import gc

import pytest
from msgspec.structs import replace

from paysandbox.kit.provider import find_providers
from paysandbox.kit.runtime import Runtime
from tests.helpers.runtimes import Client
from tests.helpers.valid_calls import operations, valid_call


@pytest.mark.parametrize("provider", [provider.name for provider in find_providers()])
def test_no_call_leaves_cyclic_garbage(runtime: Runtime, provider: str) -> None:
    """Neither one that is carried out, nor one refused for its path, body, query or credential."""
    client = Client(runtime)
    operation = next(one for name, one in operations(runtime) if name == provider and one.body is not None)
    call = valid_call(runtime, provider, operation)
    calls = [
        call,
        replace(call, path=f"{call.path}/unknown/path"),
        replace(call, body={"unknown": [1]}),
        replace(call, headers={}, parameters={}),
    ]
    for each in calls:
        each.send(client)  # what is made once is there then
    gc.collect()
    gc.freeze()  # the rest of this process is not looked through
    gc.disable()
    try:
        statuses = [each.send(client).status for each in calls]
        left = gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    assert len(set(statuses)) > 1
    assert left == 0
