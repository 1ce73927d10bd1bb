"""What `paysandbox exec -- true` does, for the bare application: uvicorn in a thread, a command, and the end."""

import subprocess
import threading
import time

import uvicorn

from tools.bench.bare import app


def main() -> None:
    """Serve on a free port, run `true`, and stop."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.001)
    subprocess.run(["true"], check=True)  # noqa: S607 - as `exec -- true` finds it
    server.should_exit = True
    thread.join()


if __name__ == "__main__":
    main()
