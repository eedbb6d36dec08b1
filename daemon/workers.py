"""The daemon's workers: run the job of a name, and do what follows from how it went."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from daemon import chores, notify, runs
from daemon.errors import TryAgainError
from daemon.intake.feeds import Polled
from daemon.jobs import Job, jobs_of, zone_of
from daemon.metrics import Figures
from daemon.pulse import Pulse
from daemon.settings import AnyFeed
from daemon.telemetry import warn
from daemon.wiring import House

PATIENCE = 4  # failures in a row that will pass by themselves, before anybody is told
FIRST_RETRY, LAST_RETRY = 60.0, 3600.0  # seconds
BUSY_RETRY = 60.0  # another daemon is at it
SLOW = 3600.0  # seconds after which a file that is not whole yet is told of


class Workers:
    """Runs jobs; never raises.

    Args:
        house: gives the house as it is now.
        stopping: whether the daemon was asked to stop; then nothing new is begun.
        soon: lets a job be run in so many seconds.
    """

    def __init__(
        self,
        house: Callable[[], House],
        stopping: Callable[[], bool],
        pulse: Pulse,
        figures: Figures,
        *,
        soon: Callable[[str, float], None],
    ) -> None:
        self._house = house
        self._stopping = stopping
        self._pulse = pulse
        self._figures = figures
        self._soon = soon
        self._asked: set[str] = set()
        self._failures: Counter[str] = Counter()
        self._looks: Counter[str] = Counter()  # at files that are not whole yet
        self._refused: set[tuple[str, str]] = set()
        self._waiting: dict[str, dict[str, float]] = {}

    def asked(self, name: str) -> None:
        """Let the next run of a poll be made whatever another daemon did: there is a reason for it."""
        self._asked.add(name)

    def run(self, name: str) -> None:
        """Run one job and see to what follows."""
        house = self._house()
        job = jobs_of(house.settings).get(name)
        if job is None or self._stopping():
            return
        with self._pulse.at(name):
            try:
                self._run(house, job)
            except Exception as error:  # what follows a job must not end the daemon either
                warn("job_broke", job=name, kind=type(error).__name__)

    def _run(self, house: House, job: Job) -> None:
        applying = chores.Applying(house, self._stopping, lambda *_far: self._pulse.sign("apply"))
        exchanging = chores.Exchanging(house, self._stopping, lambda *_far: self._pulse.sign("exchange"))
        asked = job.name in self._asked
        self._asked.discard(job.name)
        nothing_new = job.name == "apply" and job.every is not None and not chores.has_new(house)
        if nothing_new or (job.name == "exchange" and not exchanging.has_work()):
            self._tell(house, None)
            return
        outcome = runs.run_job(
            house,
            job.name,
            _work(house, job.name, applying, exchanging),
            not_if_since=None if asked else job.done_if_since(house.now(), zone_of(house.settings)),
            quiet=job.name == "exchange",
        )
        self._figures.runs.labels(job.name, outcome.state).inc()
        alerts = self._look_after(house, job, outcome) + exchanging.alerts
        results = [*applying.results, *exchanging.results]
        if results:
            self._figures.count(results)
        if outcome.state == "done" and job.name == "arrival":
            alerts += outcome.result
        if outcome.state == "done" and job.name == "care":
            alerts += outcome.result["alerts"]
            if outcome.result["started"]:
                self._soon("exchange", 0.0)
        due = outcome.result["due"] if outcome.state == "done" and job.name == "due" else None
        if results or due or alerts or not job.name.startswith("poll:"):
            self._tell(house, notify.compose(house, results, due=due, alerts=alerts))

    def _tell(self, house: House, digest: notify.Digest | None) -> None:
        if digest is not None or self._figures.digests_unsent:
            self._figures.digests_unsent = notify.post(house, digest)

    def _look_after(self, house: House, job: Job, outcome: runs.Outcome) -> list[dict[str, Any]]:
        """Plan what comes next; return what people should know."""
        if outcome.state == "busy":
            self._soon(job.name, BUSY_RETRY)
        if outcome.state == "done":
            self._failures[job.name] = 0
            return self._polled(house, job, outcome.result) if job.name.startswith("poll:") else []
        if outcome.state != "failed" or self._stopping():
            return []
        self._failures[job.name] += 1
        times = self._failures[job.name]
        if outcome.exit_code == TryAgainError.exit_code:
            seconds = min(FIRST_RETRY * 2 ** (times - 1), LAST_RETRY)
            self._soon(job.name, seconds)
            return [_alert(job.name, outcome.note)] if times == PATIENCE else []
        return [_alert(job.name, outcome.note)] if times == 1 else []

    def _polled(self, house: House, job: Job, polled: Polled) -> list[dict[str, Any]]:
        """Apply what was taken in, where that is to be at once; look again soon at what is not whole yet."""
        at_once = isinstance(house.settings.schedule.apply, str)
        if at_once and chores.has_new(house):
            self._soon("apply", 0.0)
        growing = set(polled.waiting) - set(polled.stuck)
        if growing and job.every is not None:
            self._looks[job.name] += 1
            feed = feed_of(house, job.name)
            settle = getattr(feed, "settle_seconds", 5) + 0.5
            self.asked(job.name)
            self._soon(job.name, min(settle * 1.5 ** min(self._looks[job.name] - 1, 20), job.every.total_seconds()))
        else:
            self._looks[job.name] = 0
        refused = {(job.name, name) for name, _why in polled.refused}
        new = refused - self._refused
        self._refused = {each for each in self._refused if each[0] != job.name} | refused
        return self._slow(job, polled) + [
            _alert(job.name, f"{name}: {why}; it stays where it is until somebody renames or removes it")
            for name, why in polled.refused
            if (job.name, name) in new
        ]

    def _slow(self, job: Job, polled: Polled) -> list[dict[str, Any]]:
        """Tell, once, of a file that has not been whole for long. It is never given up."""
        now = time.monotonic()
        before = self._waiting.get(job.name, {})
        self._waiting[job.name] = {name: before.get(name, now) for name in polled.waiting}
        slow = [name for name, since in self._waiting[job.name].items() if since + SLOW <= now]
        self._waiting[job.name].update(dict.fromkeys(slow, math.inf))
        return [_alert(job.name, f"{name}: not whole for {SLOW / 60:.0f} minutes; ask who sends it") for name in slow]


def feed_of(house: House, job: str) -> AnyFeed:
    """Return the feed that a poll is of."""
    return next(feed for feed in house.settings.feeds if f"poll:{feed.name}" == job)


def _alert(job: str, message: str) -> dict[str, Any]:
    return {"kind": "job", "level": "alert", "job": job, "message": f"{job}: {message}"}


def _work(
    house: House, name: str, applying: chores.Applying, exchanging: chores.Exchanging
) -> Callable[[], chores.Done]:
    """Return what there is to do for a job."""
    if name.startswith("poll:"):
        return lambda: chores.poll(house, feed_of(house, name))
    works: dict[str, Callable[[], chores.Done]] = {
        "apply": applying.work,
        "due": lambda: chores.due(house),
        "care": lambda: chores.care(house),
        "exchange": exchanging.work,
        "arrival": lambda: chores.arrive(house),
        "retention": lambda: chores.retain(house),
        "check": lambda: chores.check(house),
        "backup": lambda: chores.back_up(house),
    }
    return works[name]
