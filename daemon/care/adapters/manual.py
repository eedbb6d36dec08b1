"""The operator carries the file. There is nobody to hand it to; there is somebody to remind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from daemon.care.adapters.base import remember
from daemon.care.adapters.settings import ManualAdapter
from daemon.care.jobs import Job
from daemon.wiring import House


class Manual:
    """Waits for `listkeeper apply ANSWER --job JOB`."""

    def __init__(self, house: House, settings: ManualAdapter) -> None:
        self._house = house
        self._settings = settings

    def prepare(self, job: Job) -> None:
        """Nothing: the file is written."""

    def hand_over(self, job: Job) -> dict[str, Any]:
        """Nothing: the operator does."""
        del job
        return {}

    def was_handed_over(self, job: Job) -> bool:
        """Say yes: there is nothing that could happen twice."""
        del job
        return True

    def look(self, job: Job) -> None:
        """Nothing comes by itself."""

    def cancel(self, job: Job) -> None:
        """Nothing."""

    def let_go(self, job: Job) -> None:
        """Nothing."""

    def late(self, job: Job) -> list[str]:
        """Nothing comes by itself."""
        del job
        return []

    def reminder(self, job: Job) -> str | None:
        """Return what the operator is to be reminded of, once after some days and once when the time is over."""
        made = datetime.fromisoformat(job.created_at)
        waited: timedelta = self._house.now() - made
        spans = (self._settings.remind, self._settings.timeout)
        due = sum(waited >= span for span in spans)
        if due <= int(job.memory.get("reminded", 0)):
            return None
        remember(self._house, job, reminded=due)
        days = f"{waited.days} day{'s' * (waited.days != 1)}"
        late = ", longer than it should take" if due == len(spans) else ""
        return (
            f"job {job.id} ({job.kind} of list {job.list}) has waited {days} for its answer{late}; "
            f"`listkeeper apply ANSWER --job {job.id}`, or `listkeeper care cancel {job.id}`"
        )
