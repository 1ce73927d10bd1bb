"""The sandbox on asyncio's own event loop, as where there is no uvloop; `serve` takes uvloop wherever it is."""

import sys

from paysandbox.server.live import Live


def main() -> None:
    """Serve on the port that the last argument names."""
    live = Live(port=int(sys.argv[-1]))
    live.run(live.server(lambda: None, log_config=None, access_log=False, loop="asyncio"))


if __name__ == "__main__":
    main()
