"""A page read back: its elements as a tree, in which whatever is opened is closed, and each id is there once."""

from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser
from typing import Final

from tests.helpers.runtimes import Response

VOID: Final = {"meta", "link", "input"}
INLINE: Final = {"a", "code", "em", "small", "span", "strong"}
UNSEEN: Final = {"script", "style"}


class Element:
    """An element with its attributes, and what is inside of it."""

    def __init__(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.inside: list[Element | str] = []

    def __iter__(self) -> Iterator["Element"]:
        """This element and all within it, in the order of the page."""
        yield self
        for one in self.inside:
            if isinstance(one, Element):
                yield from one

    def all(self, tag: str, kind: str | None = None) -> list["Element"]:
        """The elements of a tag, and of a class."""
        return [one for one in self if one.tag == tag and (kind is None or kind in one.kinds)]

    def at(self, anchor: str) -> "Element":
        return self._by_id[anchor]

    @property
    def kinds(self) -> list[str]:
        return (self.attributes.get("class") or "").split()

    @property
    def raw(self) -> str:
        """All that is written in it, as it is."""
        return "".join(one if isinstance(one, str) else one.raw for one in self.inside)

    @cached_property
    def text(self) -> str:
        """What it says to a reader, in one line."""
        return " ".join(self.words().split())

    @cached_property
    def _by_id(self) -> dict[str | None, "Element"]:
        return {one.attributes["id"]: one for one in self if "id" in one.attributes}

    def words(self) -> str:
        """What it says, with whatever space is around it."""
        if self.tag in UNSEEN:
            return ""
        words = "".join(one if isinstance(one, str) else one.words() for one in self.inside)
        return words if self.tag in INLINE else f" {words} "

    @property
    def badge(self) -> str:
        """The provenance that it shows first."""
        return self.all("span", "badge")[0].text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def read_page(response: Response, status: int = 200) -> Element:
    assert (response.status, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    (page,) = reader.open
    ids = [one.attributes["id"] for one in page if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    return page
