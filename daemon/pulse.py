"""Who is at work in the daemon, and since when nothing has been heard of them: what the watchdog goes by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

SILENT = 3600.0  # seconds that a job may be at work without a sign of life
SILENT_LONG = 6 * 3600.0  # for those that give no sign while they are at it
GIVES_NO_SIGN = frozenset(("backup", "check", "retention", "due", "care", "exchange"))


class Pulse:
    """Keeps the last sign of life of the work loop and of every job that is being run.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._jobs: dict[str, float] = {}
        self._loop = clock()

    @contextmanager
    def at(self, job: str) -> Iterator[None]:
        """Count a job as being at work while the block lasts."""
        self.sign(job, begins=True)
        try:
            yield
        finally:
            with self._lock:
                self._jobs.pop(job, None)

    def sign(self, job: str, *, begins: bool = False) -> None:
        """Note a sign of life of a job."""
        with self._lock:
            if begins or job in self._jobs:
                self._jobs[job] = self._clock()

    def turned(self) -> None:
        """Note that the work loop has gone round."""
        self._loop = self._clock()

    def at_work(self) -> list[str]:
        """Return the jobs that are being run."""
        with self._lock:
            return sorted(self._jobs)

    def hanging(self) -> list[str]:
        """Return the jobs of which nothing has been heard for too long."""
        now = self._clock()
        with self._lock:
            return sorted(
                job for job, at in self._jobs.items() if now - at > (SILENT_LONG if job in GIVES_NO_SIGN else SILENT)
            )

    def since_turn(self) -> float:
        """Return how many seconds ago the work loop went round."""
        return self._clock() - self._loop
