"""Credentials covered up in recorded exchanges: where they stand, and wherever they are told again."""

from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlunsplit

from msgspec.structs import replace

from paysandbox.control.credential_echoes import decode_percent, list_spellings
from paysandbox.control.masking import MASK, Content, Cover, Masks, read_content
from paysandbox.control.substrings import Substrings
from paysandbox.core.exact_json import write_json
from paysandbox.core.messages import Request
from paysandbox.kit.provider import Service
from paysandbox.recordings.exchange import Exchange, Headers, Judgement, Message, split_url

_MOST_KNOWN: Final = 5000  # credentials of a recording; beyond that the oldest are forgotten
_SHORTEST: Final = 8  # what is shorter is looked for in its own exchange alone


class Bodies(NamedTuple):
    """The bodies of an exchange, parsed once, because each step that looks at a large one takes long."""

    sent: Content
    answered: Content


def read_bodies(exchange: Exchange) -> Bodies:
    """Parse the bodies of an exchange."""
    return Bodies(read_content(exchange.request.content), read_content(exchange.reply.content))


class ExchangeMasker:
    """Masks the exchanges of one recording, in their order.

    A credential that one of them carries is covered in later ones too: a token that was handed out stands in the URLs
    and messages that follow.

    Args:
        service: of the provider whose exchanges these are; the control plane's for exchanges of no provider.
    """

    def __init__(self, service: Service) -> None:
        self._masks = Masks(service)
        self._known: dict[str, frozenset[str]] = {}
        self._sought: Substrings | None = None  # the spellings of all that is known; None when that has changed

    def mask(self, exchange: Exchange) -> Exchange:
        """Return the exchange without credentials. A body without any keeps its bytes."""
        return self.mask_with_path(exchange, "")[0]

    def mask_with_path(self, exchange: Exchange, path: str) -> tuple[Exchange, str]:
        """Return the exchange without credentials, and a path of it, percent-encoded, without them too."""
        bodies = read_bodies(exchange)
        cover = self._open_cover(exchange, bodies)
        masked = replace(
            exchange,
            url=_mask_url(cover, exchange.url),
            request=_mask_message(cover, exchange.request, bodies.sent),
            reply=_mask_message(cover, exchange.reply, bodies.answered),
            judgement=_mask_judgement(cover, exchange.judgement),
        )
        return masked, cover.cover_url(path, "")

    def _open_cover(self, exchange: Exchange, bodies: Bodies) -> Cover:
        """Return what covers the credentials of an exchange in all that is told of it."""
        parts = split_url(exchange.url)
        request = Request(
            exchange.method,
            parts.path,
            parts.query,
            [(name.lower().encode(), _to_latin(value)) for name, value in exchange.request.headers],
            exchange.request.content,
        )
        cover = Cover(self._masks, request, bodies.sent, bodies.answered, self._find_known(exchange, bodies))
        given = [text for name, text in exchange.reply.headers if self._masks.is_parameter(name)]
        for value in (*cover.values, *(word for text in given for word in _split_words(text))):
            if len(value) >= _SHORTEST and value not in self._known:
                self._known[value] = frozenset(list_spellings(value))
                self._sought = None
        while len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return cover

    def _find_known(self, exchange: Exchange, bodies: Bodies) -> list[str]:
        """The credentials of earlier exchanges that stand in this one."""
        if not self._known:
            return []
        if self._sought is None:
            self._sought = Substrings((one for spellings in self._known.values() for one in spellings), _SHORTEST)
        text = "\n".join(_list_texts(exchange, bodies))
        found = frozenset(self._sought.find(text + decode_percent(text)))
        return [value for value, spellings in self._known.items() if not spellings.isdisjoint(found)] if found else []


def _list_texts(exchange: Exchange, bodies: Bodies) -> Iterator[str]:
    """All text of an exchange; JSON also in the sandbox's own spelling, because a slash may be escaped or not."""
    yield exchange.url
    for message, content in zip((exchange.request, exchange.reply), bodies, strict=True):
        yield from (value for _, value in message.headers)
        yield (message.content or b"").decode("utf-8", "replace")
        if content.is_json:
            yield write_json(content.value).decode()


def _mask_url(cover: Cover, url: str) -> str:
    parts = split_url(url)
    _, sign, host = parts.netloc.rpartition("@")
    authority = f"{MASK}@{host}" if sign else parts.netloc
    return urlunsplit((parts.scheme, authority, cover.cover_url(parts.path, parts.query), "", ""))


def _mask_message(cover: Cover, message: Message, content: Content) -> Message:
    headers: Headers = tuple((name, cover.cover_header(name.lower(), value)) for name, value in message.headers)
    covered = cover.cover_body(content)
    if covered == content.value:
        return Message(headers, message.content)
    return Message(headers, write_json(covered) if content.is_json else str(covered).encode())


def _mask_judgement(cover: Cover, judgement: Judgement | None) -> Judgement | None:
    """Mask what a file says that a call changed: all else of it is text that the sandbox has masked."""
    if judgement is None or not judgement.changes:
        return judgement
    return replace(judgement, changes=tuple(map(cover.cover_value, judgement.changes)))


def _split_words(value: str) -> list[str]:
    """The credential of a header of a reply; of a cookie, its value without the attributes."""
    return [value, value.partition(";")[0].partition("=")[2]]


def _to_latin(value: str) -> bytes:
    return value.encode("latin-1", "replace")
