"""The little Markdown of contracts: paragraphs, lists, code and emphasis, all else as it is written."""

import pytest

from paysandbox.html.prose import CODE, EMPHASIS, LIST, PARAGRAPH, PLAIN, Span, parse_blocks


def table_def(text: str | None) -> list[tuple[str, list[str]]]:
    """The blocks with the words of their items."""
    return [(block.kind, ["".join(span.text for span in item) for item in block.items]) for block in parse_blocks(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (None, []),
        ("", []),
        (" \n\n ", []),
        ("one\ntwo", [(PARAGRAPH, ["one two"])]),
        ("one\n\ntwo\n", [(PARAGRAPH, ["one"]), (PARAGRAPH, ["two"])]),
        ("one\n \t\ntwo", [(PARAGRAPH, ["one"]), (PARAGRAPH, ["two"])]),
        ("- one\n  more\n- two", [(LIST, ["one more", "two"])]),
        ("* one\n* two", [(LIST, ["one", "two"])]),
        ("before:\n- one", [(PARAGRAPH, ["before:"]), (LIST, ["one"])]),
        ("a - b\n-c", [(PARAGRAPH, ["a - b -c"])]),
    ],
)
def test_text_falls_into_paragraphs_and_lists(text: str | None, found: list[tuple[str, list[str]]]) -> None:
    """At blank lines, and at lines that begin with a mark; a line break within them is a space."""
    assert table_def(text) == found


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("send `a b` now", [(PLAIN, "send "), (CODE, "a b"), (PLAIN, " now")]),
        ("`a``b`", [(CODE, "a"), (CODE, "b")]),
        ("a *word* here", [(PLAIN, "a "), (EMPHASIS, "word"), (PLAIN, " here")]),
        ("`*no*`", [(CODE, "*no*")]),
        ("2 * 3 * 4", [(PLAIN, "2 * 3 * 4")]),
        ("a*b*c", [(PLAIN, "a*b*c")]),
        ("one ` alone", [(PLAIN, "one ` alone")]),
        ("<b>[x](y)</b> __z__", [(PLAIN, "<b>[x](y)</b> __z__")]),
    ],
)
def test_words_are_marked(text: str, spans: list[tuple[str, str]]) -> None:
    """Code before emphasis; what is no mark stays."""
    (block,) = parse_blocks(text)
    assert block.items == (tuple(Span(kind, said) for kind, said in spans),)
