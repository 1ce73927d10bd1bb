"""Long runs of the ledgers: a small one of each, always the same."""

from typing import Any

import pytest
from hypothesis.stateful import rule

from tests.helpers.ledgers import LedgerMachine
from tools.ledgers import batches
from tools.ledgers.__main__ import name_arguments
from tools.ledgers.batches import Batch, play_batch
from tools.ledgers.catalogue import LEDGERS

SEED = 1


class Wrong(LedgerMachine):
    """A model that is always wrong."""

    provider = "invoiless"

    @rule()
    def differ(self) -> None:
        """Make no call, and expect more."""
        assert self.dump()["payments"] == []


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of few sequences."""
    monkeypatch.setattr(batches, "SEQUENCES", 5)


@pytest.mark.parametrize("ledger", LEDGERS)
def test_a_batch_is_sound_and_can_be_played_again(ledger: str) -> None:
    """Its seed and number decide what it does."""
    first, again, other = (play_batch(Batch(ledger, SEED, number)) for number in (0, 0, 1))
    assert first.error is other.error is None, first.error or other.error
    assert first.steps > 50
    assert (first.sequences, first.steps, first.calls) == (again.sequences, again.steps, again.calls)
    assert (first.steps, first.calls) != (other.steps, other.calls)


def test_a_difference_is_shown_with_the_calls_that_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And with the arguments that make them again."""
    machines: Any = LEDGERS
    monkeypatch.setitem(machines, "invoiless", Wrong)
    done = play_batch(Batch("invoiless", SEED, 7))
    assert done.error is not None
    assert "state.differ()" in done.error
    assert name_arguments(done.batch) == "--ledger invoiless --seed 1 --first 7 --steps 1 --workers 1"


def test_a_run_ends_when_its_steps_are_made() -> None:
    """The ledgers take turns, in processes of their own."""
    done = list(batches.run(["crm-com", "invoiless"], SEED, 0, 1, 2))
    assert sorted(batch.batch.ledger for batch in done) == ["crm-com", "invoiless"]
    assert all(batch.error is None for batch in done)
