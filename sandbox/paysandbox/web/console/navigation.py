"""The links that every page begins with, and the namespace that they lead into."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from msgspec import Struct

from paysandbox.kit.runtime import Runtime
from paysandbox.store.namespaces import DEFAULT

REQUESTS: Final = "Requests"
RECORDS: Final = "Records"
LEDGER: Final = "Ledger"
NAMESPACES: Final = "Namespaces"
SNAPSHOTS: Final = "Snapshots"
CLOCK: Final = "Clock"
FAULTS: Final = "Faults"
DELIVERIES: Final = "Deliveries"
COVERAGE: Final = "Coverage"
DOCS: Final = "Docs"
_MOST: Final = 20  # namespaces to choose from


class Link(Struct, frozen=True):
    """A link; `is_current` if it leads to what is shown."""

    label: str
    address: str
    is_current: bool


class Navigation(Struct, frozen=True):
    """The links of a page. `namespace` is None on a page that shows all of them.

    It `exists` once a call has created it. `choices` lead to the same page of the namespaces that were used last;
    `more` are not among them. `stream` is the address of the calls as they come in. `is_guarded` if people sign in.
    """

    namespace: str | None
    exists: bool
    choices: tuple[Link, ...]
    more: int
    links: tuple[Link, ...]
    stream: str
    is_guarded: bool


def build_navigation(
    runtime: Runtime, here: str, namespace: str | None, *, address: str | None = None, provider: str | None = None
) -> Navigation:
    """Build the links of a page.

    `here` is the label of the page's link, and `address` where the page is for another namespace, which `{ns}` stands
    for. `provider` is the one that the page is about.
    """
    names = [found.name for found in runtime.namespaces]
    shown = list(dict.fromkeys([DEFAULT, *([namespace] if namespace else ()), *reversed(names)]))[:_MOST]
    # A namespace that no call has created yet, as `docs` at first, has no pages.
    links = dict(_list_links(runtime, namespace if namespace in names else None, provider))
    pattern = address or dict(_list_links(runtime, "{ns}", provider))[here]
    choices = [Link(name, _fill(pattern, name), name == namespace) for name in shown]
    if here == REQUESTS:
        choices.insert(0, Link("all", "/_sandbox/", namespace is None))
    return Navigation(
        namespace=namespace,
        exists=namespace in names,
        choices=tuple(choices),
        more=len({*names} - {*shown}),
        links=tuple(Link(label, where, label == here) for label, where in links.items()),
        stream="/_sandbox/stream" if namespace is None else f"/_sandbox/namespaces/{namespace}/stream",
        is_guarded=runtime.settings.control_token is not None,
    )


def _list_links(runtime: Runtime, chosen: str | None, provider: str | None) -> Iterator[tuple[str, str]]:
    """Yield label and address of each page; those of one namespace are of `default` if none is chosen."""
    namespace = chosen or DEFAULT
    query = "" if chosen is None else f"?namespace={namespace}"
    about = provider if provider in runtime.services else next(iter(runtime.services), None)
    yield REQUESTS, f"/_sandbox/{query}"
    if about is not None:
        yield RECORDS, f"/_sandbox/records/{namespace}/{about}"
        yield LEDGER, f"/_sandbox/ledger/{namespace}/{about}"
    yield NAMESPACES, f"/_sandbox/manage/{namespace}"
    for label in (SNAPSHOTS, CLOCK, FAULTS, DELIVERIES, COVERAGE):
        yield label, f"/_sandbox/{label.lower()}/{namespace}"
    yield DOCS, f"/_sandbox/{query}#providers"


def _fill(pattern: str, namespace: str) -> str:
    return pattern.replace("{ns}", quote(namespace, safe=""))
