"""Text without the tags of HTML."""

from html.parser import HTMLParser
from typing import Final

_WITH_CONTENT: Final = frozenset({"script", "style"})  # what these contain is no text


def strip_tags(text: str) -> str:
    """Take tags and comments out of a text, scripts and styles with what they contain; entities stay as they are."""
    if "<" not in text:
        return text
    parser = _TextParser()
    parser.feed(text)
    parser.close()
    return "".join(parser.texts)


class _TextParser(HTMLParser):
    def __init__(self) -> None:
        # An entity stays an entity, because `&lt;script&gt;` would become a tag.
        super().__init__(convert_charrefs=False)
        self.texts: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's
        if tag in _WITH_CONTENT:
            self._within = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.texts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")
