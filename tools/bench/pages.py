"""How long a browser waits for the first paint of the console's pages, after calls have been made."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from tools.bench.calls import payments
from tools.bench.figures import Figure, Goal, figure
from tools.bench.load import loaded, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import SANDBOX, like_uvicorn, on_all_cores, running

PAGES: Final = (
    "",
    "calls/default-1",
    "records/default/invisible_collector",
    "ledger/default/invisible_collector",
    "coverage/default",
    "snapshots/default",
    "docs/invisible_collector",
    "open",
)
FLOOR: Final = "a page of one word"
PAINT: Final = Goal(100)  # milliseconds
_CALLS: Final = 60
_ONE_WORD: Final = (*like_uvicorn("tools.bench.one_word:app"), "--loop", "uvloop")
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_READ: Final = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [paint.startTime, page.responseStart - page.requestStart, page.transferSize / 1024];
}"""
_PAINTED: Final = "firstContentfulPaint"
_TURN: Final = 20  # milliseconds between two looks whether the page is painted


def measured(plan: Plan) -> Iterator[Figure]:
    """Yield first paint and first byte of each page in ms, and its size in KiB; nothing without a browser.

    The paint is the first contentful one of the Paint Timing API, from the start of the navigation: in a new tab of a
    browser that is open, as with a developer. No page is cached, as its size shows. In a new profile the browser also
    starts what all tabs of one share; that is told beside it, as is a page of one word, the browser's own part.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - other groups are measured without it

    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        tell(f"pages: there is no browser, none of {', '.join(_BROWSERS)}")
        return
    names = (FLOOR, *(f"page /{path}" for path in PAGES))
    rounds: dict[str, list[tuple[float, ...]]] = {name: [] for name in names}
    anew: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as stack:
        server, floor = (stack.enter_context(running(arguments)) for arguments in (SANDBOX, _ONE_WORD))
        urls = [f"http://127.0.0.1:{floor.port}/"]
        urls += [f"http://127.0.0.1:{server.port}/_sandbox/{path}" for path in PAGES]
        loaded(server.port, some(payments(0), _CALLS), expected=b"201")
        stack.enter_context(on_all_cores())  # a browser is several processes, which nobody puts on one core
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        profile = browser.new_context()
        profile.new_page().goto(urls[0])  # a tab that stays open
        for url in urls:
            _open(profile, url)  # the first time templates are compiled
        for _ in plan.turns("pages"):
            for name, url in zip(names, urls, strict=True):
                rounds[name].append(_open(profile, url))
        for _ in plan.turns("pages in new profiles"):  # afterwards, because the end of one delays what comes next
            for name, url in zip(names, urls, strict=True):
                anew[name].append(_open(browser, url)[0])
        browser.close()
    for name, times in rounds.items():
        paints, waits, sizes = zip(*times, strict=True)
        yield figure(f"{name}: first paint", "ms", paints, None if name == FLOOR else PAINT)
        yield figure(f"{name}: first paint in a new profile", "ms", anew[name])
        yield figure(f"{name}: first byte", "ms", waits)
        yield figure(f"{name}: size", "KiB", sizes)


def _open(opener: Any, url: str) -> tuple[float, ...]:
    """Open a page in a new tab of a profile, or of a new one; return first paint and first byte in ms, and its KiB."""
    page = opener.new_page()
    painted: list[Any] = []
    # The browser tells of the paint, because a script in the page that waits for it would run before it.
    session = page.context.new_cdp_session(page)
    session.on("Page.lifecycleEvent", lambda event: painted.append(event) if event["name"] == _PAINTED else None)
    session.send("Page.enable")
    session.send("Page.setLifecycleEventsEnabled", {"enabled": True})
    page.goto(url)
    while not painted:
        page.wait_for_timeout(_TURN)
    read = tuple(map(float, page.evaluate(_READ)))
    page.close()
    return read
