"""How long a browser waits for the first paint of the console's pages, after calls have been made."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from tools.bench.calls import payments
from tools.bench.figures import Figure, Goal, figure
from tools.bench.load import loaded, some
from tools.bench.plan import Plan, tell
from tools.bench.processes import SANDBOX, running

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
PAINT: Final = Goal(100)  # milliseconds
_CALLS: Final = 60
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_READ: Final = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  const [paint] = performance.getEntriesByType("paint");
  return paint ? [paint.startTime, page.responseStart - page.requestStart, page.transferSize / 1024] : null;
}"""
_PAINTED: Final = "() => performance.getEntriesByType('paint').length > 0"


def measured(plan: Plan) -> Iterator[Figure]:
    """Yield first paint and first byte of each page in ms, and its size in KiB; nothing without a browser."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - other groups are measured without it

    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        tell(f"pages: there is no browser, none of {', '.join(_BROWSERS)}")
        return
    rounds: dict[str, list[tuple[float, ...]]] = {path: [] for path in PAGES}
    with ExitStack() as stack:
        server = stack.enter_context(running(SANDBOX))
        loaded(server.port, some(payments(0), _CALLS), expected=b"201")
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for path in PAGES:
            _open(browser, server.port, path)  # the first time templates are compiled
        for _ in plan.turns("pages"):
            for path, times in rounds.items():
                times.append(_open(browser, server.port, path))
        browser.close()
    for path, times in rounds.items():
        paints, waits, sizes = zip(*times, strict=True)
        yield figure(f"page /{path}: first paint", "ms", paints, PAINT)
        yield figure(f"page /{path}: first byte", "ms", waits)
        yield figure(f"page /{path}: size", "KiB", sizes)


def _open(browser: Any, port: int, path: str) -> tuple[float, ...]:
    """Open a page in a tab of its own; return its first paint and its first byte in ms, and its size in KiB."""
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/_sandbox/{path}")
    page.wait_for_function(_PAINTED)
    read = tuple(map(float, page.evaluate(_READ)))
    page.close()
    return read
