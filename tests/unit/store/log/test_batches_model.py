"""However batches of two processes go over a file: what is answered is kept, once, and what is refused is not."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from paysandbox.store.log import sqlite_ends
from paysandbox.store.log.batches import Batches
from paysandbox.store.log.engine import Append
from paysandbox.store.log.replica import Replica
from paysandbox.store.log.sqlite import SqliteLog
from paysandbox.store.log.sqlite_ends import Ends
from tests.helpers.batches_model import Plan, explore

PAIR: Final = (Plan(0), Plan(0, "other"))
AGAINST: Final = (*PAIR, Plan(1, "other"))
THREE: Final = (*AGAINST, Plan(0))
TWO_PAIRS: Final = (*PAIR, Plan(1), Plan(1, "other"))


@pytest.fixture(autouse=True)
def lazy_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process notes the ends of logs only after three entries, once it has appended twice without another."""
    monkeypatch.setattr(sqlite_ends, "_ALONE", 1)
    monkeypatch.setattr(sqlite_ends, "_NOTED_EVERY", 3)


def test_a_batch_in_two_namespaces_with_one_fault(tmp_path: Path) -> None:
    assert explore(PAIR, 1, tmp_path) > 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plans", "faults"),
    [
        pytest.param(PAIR, 2, id="two faults"),
        pytest.param(AGAINST, 1, id="against one call"),
        pytest.param(THREE, 0, id="three calls against one"),
        pytest.param(TWO_PAIRS, 0, id="two batches"),
        pytest.param(THREE, 1, marks=pytest.mark.sweep, id="three calls against one, one fault"),
        pytest.param(TWO_PAIRS, 1, marks=pytest.mark.sweep, id="two batches, one fault"),
    ],
)
def test_more_calls_and_faults(
    plans: Sequence[Plan], faults: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states = explore(plans, faults, tmp_path)
    with capsys.disabled():
        print(f"\n{states:,} states")  # noqa: T201 - the figure is what people ask for
    assert states > 30


_flush: Final = Batches.flush
_refresh: Final = Ends.refresh
_note: Final = Ends.note


async def _append_each(self: SqliteLog, appends: Sequence[Append]) -> list[bool]:
    """Append each entry in a transaction of its own."""
    return [await self.append(each.namespace, each.version, each.content) for each in appends]


async def _confirm_all(self: SqliteLog, appends: Sequence[Append]) -> list[bool]:
    """Confirm what was refused."""
    await _append_all(self, appends)
    return [True] * len(appends)


async def _refuse_all(self: SqliteLog, appends: Sequence[Append]) -> list[bool]:
    """Refuse all entries because of one."""
    kept = await _append_all(self, appends)
    return [all(kept)] * len(appends)


def _answer_early(self: Batches[Any]) -> None:
    """Answer before the transaction is committed."""
    for _, _, send, result in self._calls:
        send(result)
    self._calls.clear()
    _flush(self)


def _keep_undone(_: object) -> None:
    """Leave the changes of a batch that was not kept."""


def _undo_kept(self: Replica, version: int, token: bytes) -> None:
    """Go on from the version of a change without it."""
    self.undo()
    self.version, self.token = version, token


def _trust_for_ever(self: Ends) -> None:
    """Remember the ends of logs whatever others append."""
    self.last = self._run("SELECT coalesce(max(number), 0) FROM entries").fetchone()[0]


def _pass_over_later(self: Ends) -> None:
    """Know the ends that are noted, and no later ones."""
    _refresh(self)
    self._later.clear()


def _note_own(self: Ends) -> None:
    """Say of all ends that they are noted, after having noted those of one namespace."""
    for namespace in list(self._later)[1:]:
        del self._later[namespace]
    _note(self)


_append_all: Final = SqliteLog.append_all
ERRORS: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "each entry is a transaction": ("sqlite.SqliteLog.append_all", _append_each),
    "a refused entry is confirmed": ("sqlite.SqliteLog.append_all", _confirm_all),
    "a taken entry is refused": ("sqlite.SqliteLog.append_all", _refuse_all),
    "ends are trusted for ever": ("sqlite_ends.Ends.refresh", _trust_for_ever),
    "later ends are passed over": ("sqlite_ends.Ends.refresh", _pass_over_later),
    "one end is noted for all": ("sqlite_ends.Ends.note", _note_own),
    "answered before the end": ("batches.Batches.flush", _answer_early),
    "a kept change is undone": ("replica.Replica.commit", _undo_kept),
    "a batch is not undone": ("replica.Replica.undo", _keep_undone),
}


@pytest.mark.parametrize("error", ERRORS)
def test_a_planted_error_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: str) -> None:
    name, planted = ERRORS[error]
    monkeypatch.setattr(f"paysandbox.store.log.{name}", planted)
    with pytest.raises(AssertionError):
        explore(AGAINST, 1, tmp_path)
