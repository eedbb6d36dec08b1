"""The long-running process: start, hand out the work, beat the watchdog, read the settings again, stop.

The main thread is the work loop: it turns the timetable and beats systemd's watchdog, and stops beating where it
hangs itself or a job has given no sign of life for too long. A job that fails is noted and tried again at its time;
it never keeps another from being run.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import sqlalchemy as sa

from daemon import runs
from daemon.db import reading
from daemon.errors import HouseError, OperatorError, TryAgainError
from daemon.intake import dropfolder, spool
from daemon.jobs import Timetable, jobs_of, zone_of
from daemon.metrics import Door, Figures
from daemon.pulse import Pulse
from daemon.systemd import Notifier
from daemon.telemetry import fail, hear_libraries, log, warn
from daemon.wiring import House, open_house, read_again
from daemon.workers import Workers

TURN = 0.5  # seconds: how soon a signal is seen
BEAT_UNASKED = 10.0  # seconds between beats where systemd names no period
JUMP = 2.0  # seconds: a clock that goes back further has been put back
HUNG = 30.0  # seconds without a turn of the work loop


def serve(house: House, *, stop: threading.Event, notifier: Notifier | None = None) -> None:
    """Run the daemon until ``stop`` is set, or a signal says so; then finish the step in hand.

    SIGTERM and SIGINT stop it, SIGHUP lets it read the settings again. In a thread that is not the main one the
    signals are left alone. On Postgres, a second daemon on the same home stands by until the first is gone.

    Raises:
        OperatorError: another daemon is at work on this SQLite database; `metrics.listen` is taken.
        TryAgainError: the database does not answer at the start.
    """
    hear_libraries()
    service = _Service(house, stop, notifier or Notifier())
    with _signals(service):
        while not stop.is_set():
            try:
                with runs.alone(house, runs.second_daemon):
                    service.run()
            except runs.SecondDaemonError:
                if house.engine.dialect.name == "sqlite":
                    raise
                service.stand_by()


def open_patiently() -> House:
    """Return the house; where the database server does not answer, that is a matter of time.

    Raises:
        TryAgainError: the server cannot be reached: systemd starts us again.
        OperatorError: settings, home or database cannot be used.
    """
    try:
        return open_house()
    except OperatorError as error:
        if isinstance(error.__cause__, sa.exc.OperationalError) and "psycopg" in str(type(error.__cause__.orig)):
            raise TryAgainError(str(error)) from error
        raise


class _Service:
    def __init__(self, house: House, stop: threading.Event, notifier: Notifier) -> None:
        self.house = house
        self.stop = stop
        self.wants_settings = False
        self._notifier = notifier
        self._pulse = Pulse()
        self._figures = Figures(lambda: self.house)
        self._timetable = Timetable(self._work, zone_of(house.settings))
        self._workers = Workers(
            lambda: self.house,
            stop.is_set,
            self._pulse,
            self._figures,
            soon=self._timetable.soon,
        )
        self._door: Door | None = None
        self._observer: Any = None
        self._watched: set[str] = set()
        self._clocks = (time.time(), time.monotonic())
        self._next_beat = 0.0
        self._status = ""
        self._ready = False

    def stand_by(self) -> None:
        """Wait a little for the other daemon to go."""
        if not self._status:
            self._status = "Standing by: another daemon is at work in this home"
            self._notifier.ready(self._status)
            log("standing_by")
        self._notifier.alive()
        time.sleep(TURN)

    def run(self) -> None:
        threading.excepthook = _thread_broke
        righted, killed = spool.recover(self.house), runs.bury(self.house)
        self._open_door()
        self._plan(begins=True)
        self._timetable.start()
        self._watch()
        self._ready = True
        self._status = self._told()
        self._notifier.ready(self._status)
        log("service_started", righted=righted, killed=killed, feeds=len(self.house.settings.feeds))
        try:
            while not self.stop.is_set():
                self._timetable.turn(TURN)
                self._turned()
        finally:
            self._leave()
        log("service_stopped")

    def _turned(self) -> None:
        wall, steady = time.time(), time.monotonic()
        gone_back = (steady - self._clocks[1]) - (wall - self._clocks[0])
        self._clocks = (wall, steady)
        if gone_back > JUMP:
            warn("clock_went_back", seconds=round(gone_back))
            self._plan()
        if self.wants_settings:
            self.wants_settings = False
            self._read_settings()
        self._beat()

    def _beat(self) -> None:
        """Tell systemd that we are alive, if we are; and what we do, where that has changed."""
        self._pulse.turned()
        if time.monotonic() < self._next_beat:
            return
        period = self._notifier.watchdog_seconds
        self._next_beat = time.monotonic() + (min(period / 2, BEAT_UNASKED) if period else BEAT_UNASKED)
        hanging = self._pulse.hanging()
        if hanging:
            fail("job_hangs", job=hanging[0], jobs=len(hanging))
        else:
            self._notifier.alive()
        if (told := self._told()) != self._status and not self.stop.is_set():
            self._status = told
            self._notifier.status(told)

    def _told(self) -> str:
        at_work = self._pulse.at_work()
        coming = self._timetable.next_up()
        feeds = len(self.house.settings.feeds)
        if at_work:
            return f"{feeds} feeds. At work: {', '.join(at_work)}"
        return f"{feeds} feeds. Next: {coming[0]} at {coming[1]:%a %H:%M}" if coming else f"{feeds} feeds"

    def _work(self, name: str) -> None:
        self._workers.run(name)

    def _plan(self, *, begins: bool = False, before: House | None = None) -> None:
        """Enter every job. Polls begin at once; what was missed is made up for; what has not changed stays."""
        jobs, zone, now = jobs_of(self.house.settings), zone_of(self.house.settings), self.house.now()
        known = jobs_of(before.settings) if before else {}
        same_zone = before is not None and zone_of(before.settings) == zone
        last = runs.last_runs(self.house) if begins else {}
        self._timetable.timezone = zone
        for name in set(known) - set(jobs):
            self._timetable.drop(name)
        for name, job in jobs.items():
            if known.get(name) == job and same_zone:
                continue
            if job.every is not None and (name.startswith("poll:") or begins):
                self._workers.asked(name)
                self._timetable.plan(job, now)
            elif begins and job.is_missed(last.get(name), now, zone):
                log("job_made_up_for", job=name)
                self._timetable.plan(job, now)
            else:
                self._timetable.plan(job)

    def _read_settings(self) -> None:
        """Take the settings as they are now; where they cannot be used, keep the old ones and say why."""
        self._notifier.reloading()
        before = self.house
        try:
            self.house = read_again(before)
            self._open_door()
            self._plan(before=before)
            self._watch()
            for feed in self.house.settings.feeds:  # somebody may have put right what was wrong with it
                self._hint(f"poll:{feed.name}", 0.0)
        except HouseError as error:
            self.house = before
            why = str(error).splitlines()[0]
            fail("settings_kept", error=str(error))
            self._status = f"The old settings are kept: {why}"
            with suppress(HouseError):
                self._plan()
        else:
            log("settings_read", feeds=len(self.house.settings.feeds))
            self._status = f"The settings were read again. {self._told()}"
        self._notifier.ready(self._status)
        self._next_beat = time.monotonic() + TURN

    def _open_door(self) -> None:
        listen = self.house.settings.metrics.listen
        if (self._door.listen if self._door else None) == listen:
            return
        door = Door(listen, self._figures.page, self._healthy, self._is_ready) if listen else None
        if self._door:
            self._door.close()
        self._door = door

    def _healthy(self) -> str | None:
        if self._pulse.since_turn() > HUNG:
            return "the work loop hangs"
        return f"no sign of life: {', '.join(hanging)}" if (hanging := self._pulse.hanging()) else None

    def _is_ready(self) -> str | None:
        if self.stop.is_set() or not self._ready:
            return "stopping" if self._ready else "starting"
        try:
            with reading(self.house.engine) as store:
                store.value("SELECT 1")
        except (HouseError, sa.exc.SQLAlchemyError):
            return "the database does not answer"
        return self._healthy()

    def _watch(self) -> None:
        """Watch the folder feeds: what happens there is a hint to look sooner."""
        self._unwatch()
        folders = []
        for feed in self.house.settings.feeds:
            if feed.kind != "folder":
                continue
            with suppress(HouseError, OSError):  # the poll says what is wrong with it
                name, seconds = f"poll:{feed.name}", feed.settle_seconds + 0.2
                folders.append((dropfolder.folder_of(self.house, feed), lambda n=name, s=seconds: self._hint(n, s)))
        if folders:
            try:
                self._observer = dropfolder.watch(folders)
            except HouseError as error:  # the rescan finds everything, only later
                warn("folders_not_watched", error=str(error))

    def _hint(self, name: str, seconds: float) -> None:
        if not self.stop.is_set():
            self._workers.asked(name)
            self._timetable.soon(name, seconds)

    def _unwatch(self) -> None:
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(5)
            self._observer = None

    def _leave(self) -> None:
        """Hand out nothing more, let every job finish the step in hand, and go."""
        self.stop.set()
        self._notifier.stopping(f"Finishing: {', '.join(self._pulse.at_work()) or 'nothing in hand'}")
        self._unwatch()
        while self._pulse.at_work():
            self._beat()
            time.sleep(0.05)
        self._timetable.shutdown(wait=True)
        if self._door:
            self._door.close()


@contextmanager
def _signals(service: _Service) -> Iterator[None]:
    """Listen to SIGTERM, SIGINT and SIGHUP. A second SIGINT ends the process at once; the next start puts it right."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        service.stop.set()
        if number == signal.SIGINT:
            signal.signal(signal.SIGINT, signal.SIG_DFL)

    def read_settings(_number: int, _frame: FrameType | None) -> None:
        service.wants_settings = True

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, read_settings)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _thread_broke(arguments: threading.ExceptHookArgs) -> None:
    """Tell the kind of an error that ended a thread; its text may quote a name."""
    fail("thread_broke", kind=arguments.exc_type.__name__)
