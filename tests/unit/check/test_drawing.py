"""Drawing values: a pattern's strategy is built once, and draws what it drew before."""

import importlib
import re
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.internal import charmap
from hypothesis.strategies._internal import regex

from paysandbox.check.drawing import no_constants_of_source, patterns_built_once, utf8_known

PATTERN = re.compile("^(?:id|name)=[ -\u02ff]{1,20}\\Z")


def draw_many() -> list[str]:
    """What 20 cases with a filter each draw, the same at every run."""
    drawn: list[str] = []

    @seed(1)
    @settings(max_examples=20, database=None, deadline=None)
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        wanted = st.from_regex(PATTERN, alphabet=st.characters(codec="utf-8")).filter(bool)
        drawn.append(data.draw(wanted))

    draw()
    return drawn


def test_a_pattern_is_built_once_for_all_that_has_it() -> None:
    """However many filters stand on it; another alphabet or another pattern is another strategy."""
    with mock.patch.object(regex, "base_regex_strategy", wraps=regex.base_regex_strategy) as build:
        with patterns_built_once():
            drawn = draw_many()
        assert build.call_count == 1
        with patterns_built_once():
            narrow = st.from_regex(PATTERN, alphabet="idname= xyz")
            for strategy in (narrow.filter(bool), narrow.filter(str.isascii), st.from_regex("^a+\\Z").filter(bool)):
                strategy.validate()
        assert build.call_count == 3
    assert len(set(drawn)) > 10
    assert all(PATTERN.search(text) for text in drawn)


def test_what_is_drawn_and_hypothesis_itself_stay_as_they_were() -> None:
    """The memory changes nothing but the time, and is gone afterwards."""
    before = regex.regex_strategy
    alone = draw_many()
    with patterns_built_once():
        assert regex.regex_strategy is not before
        assert draw_many() == alone
    assert regex.regex_strategy is before


NUMBER = 9_518_273_645_546_372


def draw_integers() -> set[int]:
    drawn: set[int] = set()

    @seed(1)
    @settings(max_examples=1000, database=None, deadline=None)
    @given(st.integers(NUMBER - 10**6, NUMBER + 10**6))
    def draw(number: int) -> None:
        drawn.add(number)

    draw()
    return drawn


def test_what_is_drawn_does_not_depend_on_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypothesis alone draws a number that stands in a module; within the block not, and afterwards it does again."""
    (tmp_path / "module_with_a_number.py").write_text(f"NUMBER = {NUMBER}\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("module_with_a_number")
    assert NUMBER in draw_integers()
    with no_constants_of_source():
        assert NUMBER not in draw_integers()
    assert NUMBER in draw_integers()


def test_the_characters_of_utf8_are_those_that_hypothesis_finds() -> None:
    """Another codec is found out, as before."""
    found = {codec: charmap.intervals_from_codec(codec) for codec in ("utf-8", "ascii")}
    with utf8_known():
        assert {codec: charmap.intervals_from_codec(codec) for codec in found} == found
