"""Who may run a job, and what became of each run.

One daemon to a home and one to a SQLite file, by a lock that the kernel lets go of with the process. Several daemons
on one Postgres, each with a home of its own: a job is run by whoever holds its lock in the database. Every run is a
row, ``running`` first, then ``done`` or ``failed``; a run that was killed is found by the next one, because its lock
is free.
"""

from __future__ import annotations

import fcntl
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from daemon.db import Store, reading, writing
from daemon.errors import HouseError, OperatorError, TryAgainError, family_of
from daemon.telemetry import fail, log, warn
from daemon.wiring import House

LOCK = ".daemon.lock"
JOB_LOCKS = 0x4C4B  # the first of the two numbers of a job's lock on Postgres
SKEW = timedelta(minutes=5)  # clocks of two machines may differ by this much
BUG = 1
NOTE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run of a job.

    Attributes:
        state: done | failed | busy (another daemon is at it) | not_now (another daemon has done it).
        result: what the job returned, where it is done.
        exit_code: 0, or that of the error's family; 1 for a bug.
    """

    state: str
    result: Any = None
    note: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the history."""

    id: int
    job: str
    started_at: str
    finished_at: str | None
    state: str
    note: str

    def began(self) -> datetime:
        """Return when it began."""
        return datetime.fromisoformat(self.started_at)


@contextmanager
def alone(house: House, refused: Callable[[str], HouseError]) -> Iterator[None]:
    """Hold the home, and its database where that is a file, against every other daemon.

    Raises:
        HouseError: another one holds it; which error, the caller says.
    """
    with ExitStack() as held:
        for path in _lock_files(house):
            file = held.enter_context(os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b"))
            if not _locked(file.fileno()):
                raise refused(file.read(20).decode("ascii", "replace").strip() or "not known")
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
            file.flush()
        yield


def _locked(handle: int) -> bool:
    """Lock a file; whoever only looks (`is_at_work`) holds it for a moment, so a few tries are made."""
    for _ in range(10):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


class SecondDaemonError(OperatorError):
    """Another daemon holds this home, or this SQLite database."""


def second_daemon(pid: str) -> SecondDaemonError:
    """Return what a second daemon is told."""
    return SecondDaemonError(
        f"a daemon is at work here already (process {pid}); stop that one, or give this one a home and a database of "
        "its own. Several daemons can share one Postgres, each with its own LISTKEEPER_HOME"
    )


def while_at_work(pid: str) -> TryAgainError:
    """Return what a single pass is told while the daemon runs."""
    return TryAgainError(
        f"a daemon or another pass is at work here (process {pid}); it does all of this by itself. "
        "`listkeeper jobs` shows when"
    )


def is_at_work(house: House) -> bool:
    """Say whether a daemon, or a single pass, holds this home now."""
    path = house.home / LOCK
    with suppress(OSError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock_files(house: House) -> list[Path]:
    files = [house.home / LOCK]
    database = house.engine.url.database
    if house.engine.dialect.name == "sqlite" and database:
        files.append(Path(f"{database}{LOCK}"))
    return files


@contextmanager
def lock_of(house: House, job: str) -> Iterator[bool]:
    """Hold a job's lock in the database; yield False where another daemon has it.

    On SQLite there is only one daemon, so the lock is always ours. On Postgres it is the connection's own: it goes
    when the connection does, however this process ends.
    """
    if house.engine.dialect.name != "postgresql":
        yield True
        return
    number = zlib.crc32(job.encode())
    key = {"space": JOB_LOCKS, "job": number - (1 << 32) if number >= 1 << 31 else number}
    try:
        connection = house.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        got = connection.scalar(sa.text("SELECT pg_try_advisory_lock(:space, :job)"), key)
    except sa.exc.DBAPIError as error:
        raise TryAgainError("the database server went away; nothing was changed") from error
    try:
        yield bool(got)
    finally:
        try:
            if got:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:space, :job)"), key)
            connection.close()
        except sa.exc.DBAPIError:  # it went away, and the lock with it
            with suppress(sa.exc.DBAPIError):
                connection.invalidate()
                connection.close()


def run_job(
    house: House,
    job: str,
    work: Callable[[], tuple[Any, str]],
    *,
    not_if_since: datetime | None = None,
    quiet: bool = False,
) -> Outcome:
    """Run one job, once, and keep its history. Never raises for anything the job does.

    Args:
        work: returns its result and a note for the history.
        not_if_since: leave it where a run that began then or later is done, or is being done: another daemon's, or
            our own before the clock was put back.
        quiet: leave nothing of a run that was done and has no note: it is made every minute.
    """
    try:
        with lock_of(house, job) as ours:
            if not ours:
                return Outcome("busy", note="another daemon is at it")
            with writing(house.engine) as store:
                store.run(_BURY, job=job, at=house.stamp())
                if not_if_since is not None and _done_since(store, job, not_if_since, house.now()):
                    return Outcome("not_now", note="done already")
                number = int(store.value(_BEGIN, job=job, at=house.stamp()))
            outcome = tried(job, work, quiet=quiet)
            with writing(house.engine) as store:
                if quiet and outcome.state == "done" and not outcome.note:
                    store.run("DELETE FROM job_run WHERE id = :id", id=number)
                    return outcome
                store.run(_END, id=number, state=outcome.state, note=outcome.note[:NOTE_LENGTH], at=house.stamp())
            return outcome
    except Exception as error:  # the history itself cannot be written
        return _failed(job, error)


_BURY = "UPDATE job_run SET state = 'killed', finished_at = :at WHERE job = :job AND state = 'running'"
_BEGIN = "INSERT INTO job_run (job, started_at, state, note) VALUES (:job, :at, 'running', '') RETURNING id"
_END = "UPDATE job_run SET state = :state, note = :note, finished_at = :at WHERE id = :id"


def tried(job: str, work: Callable[[], tuple[Any, str]], *, quiet: bool = False) -> Outcome:
    """Do the work of a job without a row in the history. Never raises for anything it does."""
    started = time.monotonic()
    try:
        result, note = work()
    except Exception as error:
        return _failed(job, error)
    if note or not quiet:
        log("job_finished", job=job, note=note or None, seconds=round(time.monotonic() - started, 2))
    return Outcome("done", result, note)


def _failed(job: str, error: Exception) -> Outcome:
    """Log a failure by its family. The text of an unforeseen one may quote a name: only its kind is told."""
    known = error if isinstance(error, HouseError) else _of_the_machine(error)
    if known is not None:
        say = warn if isinstance(known, TryAgainError) else fail
        say("job_failed", job=job, error=str(known), exit_code=known.exit_code)
        return Outcome("failed", note=str(known), exit_code=known.exit_code)
    fail("job_broke", job=job, kind=type(error).__name__)
    if os.environ.get("LISTKEEPER_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    return Outcome("failed", note=f"a bug: {type(error).__name__}", exit_code=BUG)


def _of_the_machine(error: Exception) -> HouseError | None:
    """Give what disk and database server do to us, and nobody foresaw where it happened, its family."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if type(cause).__name__ in ("OperationalError", "InterfaceError", "AdminShutdown", "CannotConnectNow"):
        return TryAgainError("the database does not answer; nothing was changed")
    return family_of(error) if isinstance(error, OSError) else None


def _done_since(store: Store, job: str, since: datetime, now: datetime) -> bool:
    """Say whether a run began in the time from then to now. One in the future is of a clock that went wrong."""
    rows = store.all(
        "SELECT started_at FROM job_run WHERE job = :job AND state IN ('running', 'done') ORDER BY id DESC LIMIT 50",
        job=job,
    )
    return any(since <= datetime.fromisoformat(at) <= now + SKEW for (at,) in rows)


def bury(house: House) -> int:
    """Mark the runs that were killed, of jobs whose lock nobody holds; return how many. For the start."""
    with reading(house.engine) as store:
        running = {job for (job,) in store.all("SELECT DISTINCT job FROM job_run WHERE state = 'running'")}
    buried = 0
    for job in sorted(running):
        with lock_of(house, job) as ours:
            if ours:
                with writing(house.engine) as store:
                    buried += store.run(_BURY, job=job, at=house.stamp())
    return buried


def last_runs(house: House) -> dict[str, Run]:
    """Return the newest run of each job."""
    with reading(house.engine) as store:
        rows = store.all(
            """SELECT id, job, started_at, finished_at, state, note FROM job_run
            WHERE id IN (SELECT max(id) FROM job_run GROUP BY job)"""
        )
    return {row[1]: Run(*row) for row in rows}


def forget(store: Store, before: str) -> int:
    """Delete old rows of the history, but of each job the first, the last, and the last that was done."""
    return store.run(
        """DELETE FROM job_run WHERE started_at < :before
        AND id NOT IN (SELECT min(id) FROM job_run GROUP BY job)
        AND id NOT IN (SELECT max(id) FROM job_run GROUP BY job)
        AND id NOT IN (SELECT max(id) FROM job_run WHERE state = 'done' GROUP BY job)""",
        before=before,
    )
