"""`make clients`: the table of clients, printed and, with `--write`, kept in `docs/clients.md`.

`--before READY_FILE` plays all clients against a server of an earlier commit instead, and keeps what it answers.
"""

import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from paysandbox.core.exact_json import read_json
from paysandbox.core.strict_yaml import write_yaml
from paysandbox.server.live import Server
from tests.system.clients.clients import CLIENTS
from tests.system.clients.replay import Outcome, Sandbox
from tools.clients.page import BEFORE, BEFORE_COMMIT, PAGE, make_page, make_summary

_DONE: Final = 204


def play_all(ready: dict[str, Any]) -> dict[str, list[Outcome]]:
    """Play every client against a running sandbox, which is reset before each; `ready` is what its ready file says."""
    outcomes = {}
    for name, client in CLIENTS.items():
        _reset(ready["url"])
        provider = ready["providers"][client.provider]
        outcomes[name] = list(client.play(Sandbox(provider["url"], provider["credentials"])))
    return outcomes


def _reset(url: str) -> None:
    root = urlsplit(url)
    connection = HTTPConnection(root.hostname or "", root.port)
    try:
        connection.request("POST", "/_sandbox/reset")
        status = connection.getresponse().status
    finally:
        connection.close()
    assert status == _DONE, f"the reset answers {status}"


def main() -> None:
    """Print, and write if asked to."""
    if "--before" in sys.argv[1:]:
        ready = read_json(Path(sys.argv[sys.argv.index("--before") + 1]).read_bytes())
        answers = {
            name: [{"call": outcome.call, "answer": outcome.answer, "passed": outcome.passed} for outcome in outcomes]
            for name, outcomes in play_all(ready).items()
        }
        BEFORE.write_text(write_yaml({"commit": BEFORE_COMMIT, "clients": answers}))
        return
    with Server(provider_ports=True) as server:
        outcomes = play_all(server.ready())
    sys.stdout.write(make_summary(outcomes))
    if "--write" in sys.argv[1:]:
        PAGE.write_text(make_page(outcomes))


if __name__ == "__main__":
    main()
