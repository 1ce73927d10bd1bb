"""The profile of a call: which functions are seen in it, and what their shares are."""

import asyncio
from collections import Counter

import pytest

from tools.bench.kinds import CallKind, list_kinds
from tools.bench.profile import PATHS, measure, render


def test_shares_are_of_a_function_alone_and_with_what_it_calls() -> None:
    """A function that calls itself counts once in a stack."""
    stacks = Counter({("a",): 1, ("a", "b"): 2, ("a", "b", "b"): 1})
    shown = [line.split() for line in render(stacks, 5).splitlines()[1:]]
    assert shown == [["75.0%", "75.0%", "b"], ["25.0%", "100.0%", "a"]]


def test_only_the_largest_shares_are_shown() -> None:
    stacks: Counter[tuple[str, ...]] = Counter({(name,): count for count, name in enumerate("abc", 1)})
    assert [line.split()[-1] for line in render(stacks, 2).splitlines()[1:]] == ["c", "b"]


def test_every_path_is_a_row_of_the_bench() -> None:
    assert set(PATHS) <= {kind.name for kind in list_kinds(1)}


@pytest.mark.slow
def test_a_payment_is_seen_from_its_bytes_on() -> None:
    """Every stack begins with the protocol, and some are in the handler."""
    (payment,) = (kind for kind in list_kinds(1) if kind.name == PATHS[0])
    stacks, calls, seconds = asyncio.run(measure(payment, 1))
    assert calls > 0
    assert seconds >= 1
    assert {stack[0] for stack in stacks} == {"server.direct_protocol DirectProtocol.data_received"}
    assert any(function.endswith("create_payment") for stack in stacks for function in stack)


@pytest.mark.slow
def test_a_call_that_is_answered_otherwise_stops_the_run() -> None:
    (payment,) = (kind for kind in list_kinds(1) if kind.name == PATHS[0])
    wrong = CallKind("wrong", payment.requests, b"5")
    with pytest.raises(RuntimeError, match=r"wrong was answered b'HTTP/1\.1 201"):
        asyncio.run(measure(wrong, 0.01))
