"""A small part of the fuzzing at each door, always the same; `python -m tools.fuzz` tries more."""

import logging
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from random import Random
from typing import Any

import pytest

import paysandbox.kit.fixtures
from paysandbox.core.messages import Call
from paysandbox.core.problems import NotFound
from paysandbox.kit.runtime import Runtime
from paysandbox.store.state import State
from tools.fuzz.control_door import ControlDoor
from tools.fuzz.http_door import HttpDoor
from tools.fuzz.http_floods import FLOODS, Flood
from tools.fuzz.http_server import serving
from tools.fuzz.json_door import JsonDoor
from tools.fuzz.running import run
from tools.fuzz.schema_door import SchemaDoor
from tools.fuzz.tally import MIB, Finding, Tally, dice_of
from tools.fuzz.yaml_door import YamlDoor, load, sources

SEED = 1
NOT_FOUND = 404


@pytest.fixture(scope="module")
def http_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpDoor]:
    """A server of its own, and the way in; floods come one by one."""
    with serving(tmp_path_factory.mktemp("attacked")) as server:
        yield HttpDoor(server, floods=False)


@pytest.fixture(scope="module")
def yaml_door(tmp_path_factory: pytest.TempPathFactory) -> YamlDoor:
    return YamlDoor(tmp_path_factory.mktemp("files"))


def test_no_bytes_at_the_http_door_break_the_server(http_door: HttpDoor) -> None:
    """No 5xx, no hang, no connection left, no error in the log, bounded memory; and valid payments go on."""
    tally = run(http_door, SEED, cases=150)
    assert tally.answers["2xx"] > 0
    assert tally.answers["4xx"] > 0


@pytest.mark.parametrize("flood", dict.fromkeys(FLOODS), ids=lambda flood: flood.__name__)
def test_a_flood_ends_and_leaves_nothing_behind(http_door: HttpDoor, flood: Flood) -> None:
    """Slow, endless, unread or too many: the server gives it up by itself, and is as before."""
    tally = Tally(http_door.name, 0)
    http_door.flood(flood, dice_of(SEED, flood.__name__, 0), tally)
    http_door.check(tally)


def test_no_quick_yes_is_wrong(runtime: Runtime) -> None:
    """It says yes to thousands of values, to each of which both validators do, and is unsure of few valid ones."""
    tally = run(SchemaDoor(runtime), SEED, cases=1000)
    assert tally.answers["yes"] > 2000
    assert tally.answers["unsure"] < tally.answers["yes"] / 50


def test_no_body_or_address_breaks_a_provider(runtime: Runtime) -> None:
    """Never a 5xx or an exception; two judges agree on every call, and a refused one has changed nothing."""
    tally = run(JsonDoor(runtime), SEED, cases=300)
    assert min(tally.answers["2xx"], tally.answers["4xx"]) > 50


def test_no_body_or_address_breaks_the_control_plane(runtime: Runtime) -> None:
    """The same of its own calls."""
    tally = run(ControlDoor(runtime), SEED, cases=150)
    assert min(tally.answers["2xx"], tally.answers["4xx"]) > 25


def test_every_file_that_is_damaged_was_fine(tmp_path: Path) -> None:
    """A source that is refused as it is would hide every other mistake in it."""
    for source in sources():
        path = tmp_path / ("openapi.yaml" if source.is_contract else "default.yaml")
        path.write_bytes(source.content)
        load(source, path)


def test_no_file_breaks_a_loader(yaml_door: YamlDoor) -> None:
    """It is accepted, or refused with file and line."""
    tally = run(yaml_door, SEED, cases=100)
    assert min(tally.answers["accepted"], tally.answers["refused"]) > 10


def breaks(*_: Any) -> Any:
    raise RecursionError("a mistake")


def changes(_: Call, state: Any) -> Any:
    """Refuses, after having taken a record away."""
    for name, table_def in state.table_defs().items():
        for record in list(state.table(name).records()):
            state.table(name).delete(table_def.key(record))
            raise NotFound("no")


def test_a_failing_handler_is_found_with_the_arguments_that_show_it(
    runtime: Runtime, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the runs above could not fail."""
    caplog.set_level(logging.CRITICAL)
    for service in runtime.services.values():
        for operation in service.handlers:
            monkeypatch.setitem(service.handlers, operation, breaks)
    with pytest.raises(Finding, match=r"(?s)500 .*a mistake.*\n--door json --seed 1 --first 0 --cases [0-9]+\Z"):
        run(JsonDoor(runtime), SEED, cases=20)


@pytest.mark.breaks_invariants
def test_a_refusal_that_has_changed_something_is_found(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(State, "open_call", lambda _: nullcontext())
    for service in runtime.services.values():
        for operation in service.contract.operations:
            if NOT_FOUND in operation.replies:  # where it is not, the reply breaks the contract, which is found first
                monkeypatch.setitem(service.handlers, operation.id, changes)
    with pytest.raises(Finding, match="and something has changed"):
        run(JsonDoor(runtime), SEED, cases=20)


def test_a_failing_loader_is_found(yaml_door: YamlDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paysandbox.kit.fixtures, "find_form_errors", breaks)
    with pytest.raises(Finding, match=r"RecursionError: a mistake"):
        run(yaml_door, SEED, cases=40)


def test_a_case_can_be_made_again_without_those_before_it() -> None:
    """From the seed, the door and its number."""
    assert dice_of(1, "json", 7).random() == dice_of(1, "json", 7).random()
    assert (
        len({dice_of(*one).random() for one in ((1, "json", 7), (2, "json", 7), (1, "yaml", 7), (1, "json", 8))}) == 4
    )


class Growing:
    """A door behind which everything is kept."""

    name = "growing"
    pid = "self"
    growth = 8 * MIB

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def case(self, dice: Random, tally: Tally) -> None:
        tally.answers["kept"] += 1
        self._kept.append(dice.randbytes(1 << 20))

    def check(self, tally: Tally) -> None:
        """Nothing else."""


def test_growing_memory_is_found() -> None:
    """Beyond what the door allows, and what the first batch took."""
    with pytest.raises(Finding, match="memory has grown"):
        run(Growing(), SEED, cases=200)
