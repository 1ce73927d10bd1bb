"""Reload a running sandbox: on SIGHUP, and on changes of its files with `serve --reload`."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Final

from paysandbox.core.problems import StartupError
from paysandbox.kit.program import RESTART, has_program_changed, note_program
from paysandbox.kit.reload import Reloaded, read_files, take_over
from paysandbox.kit.runtime import FileVersion, Runtime, read_version

_SUFFIXES: Final = (".yaml", ".py")
_QUIET_MS: Final = 100  # a save can be several changes, and a half-written file is soon whole
_LOOK_MS: Final = 1000  # without an event
NO_RELOAD: Final = "nothing was reloaded: files cannot be taken over where namespaces are kept in a store"
_log = logging.getLogger("paysandbox.reload")


class Reloader:
    """Reloads a sandbox. Must be started in the event loop that serves it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self._tried = dict(runtime.files)

    def start(self, watched: Iterable[Path] = ()) -> None:
        """Reload on SIGHUP, where the system has it, and on changes of watched files and in watched folders."""
        loop = asyncio.get_running_loop()
        if hasattr(signal, "SIGHUP"):
            loop.add_signal_handler(signal.SIGHUP, self._spawn)
        self._keep(loop.create_task(asyncio.to_thread(note_program, self._runtime)))
        paths = list(watched)
        folders = [path for path in paths if path.is_dir()]
        files = {path.resolve() for path in paths if not path.is_dir()}
        if folders:
            self._keep(loop.create_task(self._watch(folders, None)))
        if files:
            # Their folders, because an editor may replace a file, and not what is below, which may be anything.
            self._keep(loop.create_task(self._watch([file.parent for file in files], files)))

    def _spawn(self) -> None:
        self._keep(asyncio.get_running_loop().create_task(self.reload()))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)  # the event loop alone would let it be collected
        task.add_done_callback(self._tasks.discard)

    async def reload(self) -> None:
        """Read all files in a thread, take them over between two calls, and log what became of it."""
        if self._runtime.read_again is None:
            return
        if self._runtime.replication is not None:
            _log.error(NO_RELOAD)
            return
        async with self._lock:
            self._tried = self._read_versions()
            try:
                fresh = await asyncio.to_thread(read_files, self._runtime)
                assert fresh is not None  # as it has files
                reloaded = take_over(self._runtime, fresh)
            except StartupError as error:
                _log.error("nothing was reloaded:\n%s", "\n".join(error.errors))
            except Exception:  # noqa: BLE001 - a mistake in an own provider must not end the watching
                _log.exception("nothing was reloaded")
            else:
                log_reload(reloaded)
                if has_program_changed(self._runtime):
                    _log.warning(RESTART)

    async def _watch(self, folders: Iterable[Path], files: set[Path] | None) -> None:
        async for has_changed in _watch_for_changes(folders, files):
            # Also without an event, because a change may come before the watching begins.
            if has_changed or self._tried != self._read_versions():
                await self.reload()

    def _read_versions(self) -> dict[Path, FileVersion]:
        return {path: read_version(path) for path in self._runtime.files}


async def _watch_for_changes(folders: Iterable[Path], files: set[Path] | None) -> AsyncIterator[bool]:
    """Yield True for a change of a file, or of any contract, fixtures or code in a folder; else False now and then."""
    from watchfiles import Change, awatch  # noqa: PLC0415 - only with --reload

    def matters(_: Change, path: str) -> bool:
        return path.endswith(_SUFFIXES) if files is None else Path(path).resolve() in files

    async for changes in awatch(
        *set(folders),
        watch_filter=matters,
        debounce=_QUIET_MS * 10,
        step=_QUIET_MS,
        rust_timeout=_LOOK_MS,
        yield_on_timeout=True,
        recursive=files is None,
    ):
        yield bool(changes)


def log_reload(reloaded: Reloaded) -> None:
    """Log what a reload has read and dropped."""
    _log.info("reloaded %s", ", ".join(reloaded.files) or "without changes of files")
    for line in reloaded.dropped:
        _log.warning("dropped: %s", line)
