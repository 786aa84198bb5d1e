"""One thread that does things a little later."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread
from time import monotonic

_log = logging.getLogger(__name__)

Task = Callable[[], None]


class Scheduler:
    """Runs tasks after a delay, one after the other; its thread starts with the first task."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Task]] = []
        self._serial = count()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False

    def after(self, seconds: float, task: Task) -> None:
        """Run a task `seconds` from now; ignored once the scheduler is closed."""
        with self._changed:
            if self._closed:
                return
            heapq.heappush(self._due, (monotonic() + seconds, next(self._serial), task))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="hypervisor jobs", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Drop what is still to be done and end the thread."""
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (task := self._next()) is not None:
            try:
                task()
            except Exception:  # noqa: BLE001 - a bug in one task must not end the others
                _log.exception("a task of the hypervisor failed")

    def _next(self) -> Task | None:
        with self._changed:
            while not self._closed:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
