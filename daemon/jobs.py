"""The jobs of the daemon and their times, given to APScheduler on every start; and what `listkeeper jobs` tells.

Times are kept in memory only; what was done is in the history (`daemon.runs`). A run that was missed while nobody
was at work is made up for once, however many were missed. The clock may be put back: times are then worked out anew,
and the history says what need not be done again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from daemon import runs
from daemon.settings import Settings
from daemon.wiring import House

DUE_AT, RETAIN_AT, CHECK_AT, ARRIVAL_AT = time(0, 15), time(5, 0), time(5, 30), time(8, 0)
BUSINESS_DAYS = (0, 1, 2, 3, 4)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
AT_ONCE_EVERY = timedelta(minutes=5)  # a look for leftovers, besides the one after each file
EXCHANGE_EVERY = timedelta(minutes=1)  # at the jobs that are out at engines
FEEDS_AT_ONCE = 8
EARLY = 0.9  # of its period: a poll that another daemon made later than this ago is ours as well


@dataclass(frozen=True, slots=True)
class Job:
    """One job and when it is run.

    Attributes:
        at: time of day on each of ``days``; or None, and it is run ``every`` so often.
        once: one run at its time is enough for all daemons on one database. Otherwise each daemon has its own.
    """

    name: str
    at: time | None = None
    days: tuple[int, ...] = EVERY_DAY
    every: timedelta | None = None
    once: bool = True

    def told(self) -> str:
        """Say when in words."""
        if self.every is not None:
            seconds = int(self.every.total_seconds())
            return f"every {seconds // 60} min" if seconds % 60 == 0 else f"every {seconds} s"
        days = "business days" if self.days == BUSINESS_DAYS else "daily"
        return f"{days} at {self.at:%H:%M}"

    def trigger(self, zone: tzinfo) -> Any:
        """Return APScheduler's word for it."""
        if self.every is not None:
            return IntervalTrigger(seconds=self.every.total_seconds(), timezone=zone)
        assert self.at is not None  # noqa: S101 - a job has the one or the other
        days = ",".join(map(str, self.days))
        return CronTrigger(day_of_week=days, hour=self.at.hour, minute=self.at.minute, timezone=zone)

    def last_time(self, now: datetime, zone: tzinfo) -> datetime:
        """Return when it was last to be run, up to now."""
        if self.at is None:
            return now - (self.every or timedelta())
        here = now.astimezone(zone)
        for back in range(9):
            moment = datetime.combine(here.date() - timedelta(days=back), self.at, tzinfo=zone)
            if moment.weekday() in self.days and moment <= here:
                return moment
        return here

    def next_time(self, now: datetime, zone: tzinfo) -> datetime:
        """Return when it is to be run next, after now."""
        moment: datetime = self.trigger(zone).get_next_fire_time(None, now.astimezone(zone))
        return moment

    def done_if_since(self, now: datetime, zone: tzinfo) -> datetime | None:
        """Return since when a run of another daemon does for ours; None where none does."""
        if not self.once:
            return None
        if self.every is not None:
            return now - self.every * EARLY
        return self.last_time(now, zone)

    def is_missed(self, last: runs.Run | None, now: datetime, zone: tzinfo) -> bool:
        """Say whether its last time went by with nobody at work. A job that was never run has missed nothing."""
        if self.at is None or last is None or last.began() > now + runs.SKEW:
            return False
        return last.began() < self.last_time(now, zone) or last.state in ("killed", "failed")


def zone_of(settings: Settings) -> tzinfo:
    """Return the bureau's time zone: that of the settings, else the machine's."""
    if settings.schedule.time_zone:
        return ZoneInfo(settings.schedule.time_zone)
    from tzlocal import get_localzone

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a machine that names its zone in two ways
        try:
            return get_localzone()
        except Exception:  # a machine that names none has universal time
            return ZoneInfo("UTC")


def jobs_of(settings: Settings) -> dict[str, Job]:
    """Return the jobs that the settings ask for, by name."""
    schedule = settings.schedule
    jobs = [
        # A local folder is this machine's own, whatever another daemon has of the same name.
        *(Job(f"poll:{feed.name}", every=feed.every, once=feed.kind != "folder") for feed in settings.feeds),
        Job("apply", every=AT_ONCE_EVERY, once=False)
        if isinstance(schedule.apply, str)
        else Job("apply", at=schedule.apply, once=False),
        Job("due", at=DUE_AT),
        Job("care", at=settings.care.at),
        # What goes out and comes back lies in the home of the daemon that sent it.
        Job("exchange", every=EXCHANGE_EVERY, once=False),
        Job("arrival", at=ARRIVAL_AT, days=BUSINESS_DAYS),
        Job("retention", at=RETAIN_AT, once=False),
        Job("check", at=CHECK_AT),
        Job("backup", at=schedule.backup),
    ]
    return {job.name: job for job in jobs}


def jobs_status(house: House, now: datetime) -> dict[str, Any]:
    """Return last and next run of every job, as `listkeeper jobs --json` prints it.

    ``{"daemon", "jobs": [{"job", "when", "last", "next"}]}``; ``daemon`` says whether one is at work in this home
    (else ``next`` is when one would do it), ``last`` is ``{"started_at", "finished_at", "state", "note"}`` or None.
    """
    last, zone = runs.last_runs(house), zone_of(house.settings)
    told = []
    for job in jobs_of(house.settings).values():
        run = last.get(job.name)
        if job.every is not None and run is not None and run.began() <= now:
            coming = max(now, run.began() + job.every)
        else:
            coming = job.next_time(now, zone)
        at_once = job.name == "apply" and job.every is not None
        told.append(
            {
                "job": job.name,
                "when": "at once" if at_once else job.told(),
                "last": run and {name: getattr(run, name) for name in ("started_at", "finished_at", "state", "note")},
                "next": None if at_once else coming.astimezone(zone).isoformat(timespec="seconds"),
            }
        )
    return {"daemon": runs.is_at_work(house), "jobs": told}


class Timetable(BaseScheduler):  # type: ignore[misc]
    """APScheduler, turned by the work loop itself: who beats the watchdog is who hands out the work.

    Polls have threads of their own, so that a slow host keeps nobody waiting; all other jobs are run one by one.

    Args:
        work: runs the job of a name, and never raises.
        zone: in which times of day are meant.
    """

    def __init__(self, work: Callable[[str], None], zone: tzinfo) -> None:
        self._work = work
        self._awake = Event()
        super().__init__(
            timezone=zone,
            executors={"feeds": ThreadPoolExecutor(FEEDS_AT_ONCE), "house": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},  # late, once, alone
        )
        self.add_listener(lambda event: self.soon(event.job_id, 1.0), EVENT_JOB_MAX_INSTANCES)

    def wakeup(self) -> None:
        """Look at the times again."""
        self._awake.set()

    def shutdown(self, wait: bool = True) -> None:
        """Hand out nothing more; with ``wait``, return when what is being run has ended."""
        super().shutdown(wait)
        self._awake.set()

    def turn(self, longest: float) -> None:
        """Hand out what is due, then wait for the next, but no longer than so many seconds."""
        wait = self._process_jobs()
        self._awake.wait(longest if wait is None else min(longest, wait))
        self._awake.clear()

    def plan(self, job: Job, first: datetime | None = None) -> None:
        """Enter a job, or its new times. ``first`` is its first run; None: as its times have it."""
        zone = self.timezone
        self.add_job(
            self._work,
            job.trigger(zone),
            args=(job.name,),
            id=job.name,
            executor="feeds" if job.name.startswith("poll:") else "house",
            next_run_time=first or job.next_time(datetime.now(zone), zone),
            replace_existing=True,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def drop(self, name: str) -> None:
        """Take a job off."""
        try:
            self.remove_job(name)
        except JobLookupError:
            return

    def soon(self, name: str, seconds: float = 0.0) -> None:
        """Let a job be run in so many seconds, unless it is to be run earlier anyway."""
        job = self.get_job(name)
        moment = datetime.now(self.timezone) + timedelta(seconds=seconds)
        if job is not None and (job.next_run_time is None or job.next_run_time > moment):
            try:
                job.modify(next_run_time=moment)
            except JobLookupError:
                return

    def next_up(self) -> tuple[str, datetime] | None:
        """Return which job is to be run next, and when."""
        coming = [(job.next_run_time, job.id) for job in self.get_jobs() if job.next_run_time is not None]
        return (min(coming)[1], min(coming)[0]) if coming else None
