"""Whatever a vendor's replies show, the patch leaves a contract that is valid under every choice of its variants."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paysandbox.contract.document import Contract
from paysandbox.contract.parser import find_errors
from paysandbox.core.exact_json import read_json
from paysandbox.core.problems import Malformed
from paysandbox.evidence.drift import run_drift
from paysandbox.evidence.patching import make_patch
from paysandbox.judging.differences import Difference, Drift
from paysandbox.kit.runtime import Runtime
from paysandbox.recordings.exchange import Exchange, Log
from paysandbox.recordings.reading import read_recording
from tests.helpers.runtimes import Client
from tests.unit.evidence.recorded import change_reply, record_valid_calls, write

PROVIDERS: Final = ("crm_com", "invisible_collector", "invoicexpress", "invoiless")
DAY: Final = date(2026, 2, 14)
VALUES: Final = st.sampled_from(
    [None, True, 7, -1, Decimal("0.125"), "", "Ann", "2026-02-14", "made-up", [], [1], {}, {"a": 1}]
)


def list_places(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a reply, and to a property that none of its objects has."""
    if steps:
        yield steps
    if isinstance(value, dict):
        yield (*steps, "made_up")
        for name, below in value.items():
            yield from list_places(below, (*steps, name))
    elif isinstance(value, list):
        for number, below in enumerate(value[:1]):
            yield from list_places(below, (*steps, number))


def list_changeable(path: Path) -> Iterator[tuple[Exchange, list[tuple[Any, ...]]]]:
    for exchange in read_recording(path, Log()):
        try:
            places = list(list_places(read_json(exchange.reply.content or b"")))
        except Malformed:
            continue
        if places:
            yield exchange, places


def list_taking_numbers(contract: Contract) -> list[tuple[str, int]]:
    """The operations with statuses whose refusal may have a number as its code."""
    return [
        (operation.id, status)
        for operation in contract.operations
        for status in (404, 422)
        for validator in (operation.replies[status].contents.values() if status in operation.replies else ())
        if validator.is_valid({"code": status, "message": "m"})
    ]


def test_a_response_that_a_variant_changes_is_not_copied(runtime: Runtime) -> None:
    """A copy would keep the number of an error where the variant writes it as text; the status is left to a person."""
    service = runtime.services["invisible_collector"]
    shared = [
        (operation.id, status)
        for operation in service.contract.operations
        for status in (404, 422)
        if status in operation.replies
    ]
    assert len(shared) > 10
    differences = [
        Difference("confirmed", "invisible_collector", name, "status", str(status), "", "assumed", places=("a.har#1",))
        for name, status in shared
    ]
    patch = make_patch(service, Drift(("a.har",), differences=differences), DAY)
    assert any("would not follow the variant code_type=string" in line for line in patch.left)
    numbers, texts = (Contract(patch.document).with_variants({"code_type": choice}) for choice in ("number", "string"))
    assert len(list_taking_numbers(numbers)) > 10
    assert list_taking_numbers(texts) == []
    assert find_errors(patch.document) == []


@pytest.mark.sweep
@pytest.mark.parametrize("provider", PROVIDERS)
def test_any_patch_is_valid(runtime: Runtime, client: Client, tmp_path: Path, provider: str) -> None:
    """Of up to four replies, each with one value that is another, or new."""
    known = list(list_changeable(record_valid_calls(runtime, client, provider, tmp_path / "seen.har")))

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        changed = []
        for exchange, places in data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4)):
            changed.append(change_reply(exchange, *data.draw(st.sampled_from(places)), value=data.draw(VALUES)))
        drift = run_drift([write(tmp_path / "changed.har", changed)], runtime, provider)
        patch = make_patch(runtime.services[provider], drift, DAY)
        assert find_errors(patch.document) == []

    check()
