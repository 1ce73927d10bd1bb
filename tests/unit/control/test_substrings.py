"""Many strings are found in a text as if each had been looked for by itself."""

from hypothesis import given
from hypothesis import strategies as st

from paysandbox.control.substrings import Substrings

SHORTEST = 4
strings = st.lists(st.text("abc", min_size=SHORTEST, max_size=7), max_size=200)


@given(strings, st.text("abc", max_size=60))
def test_the_same_are_found_as_one_by_one(sought: list[str], text: str) -> None:
    one_by_one = [one for one in dict.fromkeys(sought) if one in text]
    found = Substrings(sought, SHORTEST)
    assert found.find(text) == one_by_one
    assert found.select(text).find(text) == one_by_one


def test_each_of_very_many_is_found() -> None:
    sought = [f"key-{number:05}" for number in range(5000)]
    assert Substrings(sought, 8).find(f"x{sought[7]}y {sought[4999]}") == [sought[7], sought[4999]]
