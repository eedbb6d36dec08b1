"""When jobs are run, by whom, and what is kept of each run."""

from __future__ import annotations

import errno
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import sqlalchemy as sa

from daemon import runs
from daemon.chores import Applying, check, has_new, retain
from daemon.db import reading, writing
from daemon.errors import OperatorError, TryAgainError
from daemon.jobs import EVERY_DAY, Job, Timetable, jobs_of, jobs_status
from daemon.metrics import Figures
from daemon.pulse import SILENT, SILENT_LONG, Pulse
from daemon.settings import Settings
from daemon.wiring import House, open_house, read_again
from daemon.workers import Workers
from tests.daemon.commands.mailing import make_list
from tests.running import Command

DENVER = ZoneInfo("America/Denver")
NIGHT = datetime(2026, 11, 20, 2, 31, tzinfo=DENVER)
FEEDS = [
    {"name": "acs", "kind": "sftp", "host": "h", "username": "u", "password": "p", "every": "15m"},
    {"name": "walk-in", "kind": "folder", "path": "drop"},
]


@pytest.fixture
def bureau(home: Path) -> Iterator[House]:
    """A house whose clock stands at half past two at night."""
    house = open_house(home)
    yield replace(house, now=lambda: NIGHT)
    house.close()


def history(house: House) -> list[tuple[Any, ...]]:
    with reading(house.engine) as store:
        return store.all("SELECT job, state, note FROM job_run ORDER BY id")


def test_every_feed_has_a_poll_and_the_rest_have_their_times() -> None:
    jobs = jobs_of(Settings.model_validate({"feed": FEEDS, "schedule": {"apply": "01:15", "backup": "03:45"}}))
    assert {name: job.told() for name, job in jobs.items()} == {
        "poll:acs": "every 15 min",
        "poll:walk-in": "every 15 min",
        "apply": "daily at 01:15",
        "due": "daily at 00:15",
        "care": "daily at 01:00",
        "exchange": "every 1 min",
        "arrival": "business days at 08:00",
        "retention": "daily at 05:00",
        "check": "daily at 05:30",
        "backup": "daily at 03:45",
    }


def test_a_job_is_given_to_the_scheduler_with_coalesce_no_misfire_limit_and_one_instance() -> None:
    timetable = Timetable(lambda _name: None, DENVER)
    for job in jobs_of(Settings.model_validate({"feed": FEEDS})).values():
        timetable.plan(job)
    timetable.start()
    try:
        for job in timetable.get_jobs():
            assert (job.coalesce, job.misfire_grace_time, job.max_instances) == (True, None, 1)
    finally:
        timetable.shutdown()


def test_a_run_that_is_late_is_made_once_and_not_at_the_same_time_as_itself() -> None:
    done: list[float] = []
    at_once = threading.Lock()

    def work(_name: str) -> None:
        assert at_once.acquire(blocking=False)
        time.sleep(0.15)
        done.append(time.monotonic())
        at_once.release()

    timetable = Timetable(work, DENVER)
    timetable.plan(Job("poll:x", every=timedelta(hours=1)), datetime.now(UTC) - timedelta(hours=5))
    timetable.start()
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        timetable.turn(0.05)
        if done:
            break
        timetable.soon("poll:x")  # asked for again and again while it is being run
    timetable.shutdown()
    assert 1 <= len(done) <= 2


def test_a_run_missed_while_nobody_was_at_work_is_made_up_for() -> None:
    job = Job("backup", at=datetime(2026, 1, 1, 2, 30).time(), days=EVERY_DAY)

    def last(at: datetime, state: str = "done") -> runs.Run:
        return runs.Run(1, "backup", at.isoformat(), None, state, "")

    assert not job.is_missed(None, NIGHT, DENVER)
    assert job.is_missed(last(NIGHT - timedelta(days=1)), NIGHT, DENVER)
    assert job.is_missed(last(NIGHT - timedelta(days=400)), NIGHT, DENVER)
    assert not job.is_missed(last(NIGHT - timedelta(seconds=30)), NIGHT, DENVER)
    assert job.is_missed(last(NIGHT - timedelta(seconds=30), "killed"), NIGHT, DENVER)
    assert not job.is_missed(last(NIGHT + timedelta(days=900)), NIGHT, DENVER)  # of a clock that was wrong


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-08T12:00", "2026-03-08T03:30:00-06:00"),  # there was no half past two that night
        ("2026-11-01T12:00", "2026-11-01T01:30:00-06:00"),  # there were two of it
    ],
)
def test_nights_on_which_the_clock_changes_have_one_run(now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=DENVER)
    job = Job("apply", at=datetime.fromisoformat(expected).time().replace(hour=2 if "03:30" in expected else 1))
    assert job.last_time(moment, DENVER).astimezone(UTC) == datetime.fromisoformat(expected).astimezone(UTC)


def test_the_history_has_what_was_done_and_what_failed(bureau: House) -> None:
    assert runs.run_job(bureau, "due", lambda: (7, "7 moves")) == runs.Outcome("done", 7, "7 moves")

    def busy() -> tuple[Any, str]:
        raise TryAgainError("the disk is full")

    def stopped() -> tuple[Any, str]:
        raise OperatorError("do this")

    def bug() -> tuple[Any, str]:
        raise ValueError("MARY SMITH")

    codes = [runs.run_job(bureau, "check", work).exit_code for work in (busy, stopped, bug)]
    assert codes == [75, 78, 1]
    assert history(bureau) == [
        ("due", "done", "7 moves"),
        ("check", "failed", "the disk is full"),
        ("check", "failed", "do this"),
        ("check", "failed", "a bug: ValueError"),
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 75),
        (OSError(errno.EROFS, "Read-only file system"), 78),
        (sqlite3.OperationalError("unforeseen"), 75),
        (sa.exc.OperationalError("SELECT", {}, psycopg.OperationalError("connection refused")), 75),
        (OSError(errno.ENOTDIR, "Not a directory"), 1),
    ],
)
def test_what_disk_and_database_do_to_us_has_its_family_too(error: Exception, code: int) -> None:
    def work() -> tuple[Any, str]:
        raise error

    assert runs.tried("apply", work).exit_code == code


def test_a_run_that_has_nothing_to_say_leaves_no_row_where_it_is_made_every_minute(bureau: House) -> None:
    assert runs.run_job(bureau, "exchange", lambda: ([], ""), quiet=True).state == "done"
    assert history(bureau) == []
    runs.run_job(bureau, "exchange", lambda: ([], "1 applied"), quiet=True)

    def stopped() -> tuple[Any, str]:
        raise OperatorError("do this")

    assert runs.run_job(bureau, "exchange", stopped, quiet=True).exit_code == 78
    assert history(bureau) == [("exchange", "done", "1 applied"), ("exchange", "failed", "do this")]


def test_a_run_that_was_killed_is_found_by_the_next(bureau: House) -> None:
    with writing(bureau.engine) as store:
        store.run(runs._BEGIN, job="backup", at=bureau.stamp())
    assert runs.bury(bureau) == 1
    assert history(bureau) == [("backup", "killed", "")]
    assert runs.bury(bureau) == 0


def test_a_clock_put_back_does_not_run_a_job_again(bureau: House) -> None:
    job = jobs_of(Settings())["due"]
    made: list[int] = []

    def run(now: datetime) -> str:
        house = replace(bureau, now=lambda: now)
        since = job.done_if_since(now, DENVER)
        return runs.run_job(house, "due", lambda: (made.append(1), ""), not_if_since=since).state

    assert run(NIGHT.replace(hour=0, minute=15)) == "done"
    assert run(NIGHT.replace(hour=0, minute=15)) == "not_now"  # an hour back and forth again
    assert run(NIGHT.replace(hour=0, minute=15) + timedelta(days=1)) == "done"
    assert len(made) == 2


def test_a_run_in_the_far_future_of_a_wrong_clock_does_not_stall_a_job(bureau: House) -> None:
    job = jobs_of(Settings())["due"]
    for now, state in ((NIGHT + timedelta(days=2000), "done"), (NIGHT, "done")):
        house = replace(bureau, now=lambda now=now: now)
        since = job.done_if_since(now, DENVER)
        assert runs.run_job(house, "due", lambda: (None, ""), not_if_since=since).state == state


def test_two_daemons_on_one_postgres_never_do_the_same_job_twice(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    houses = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        houses.append(replace(open_house(tmp_path / name, postgres_url), now=lambda: NIGHT))
    begun, go_on = threading.Event(), threading.Event()

    def work() -> tuple[Any, str]:
        begun.set()
        go_on.wait(10)
        return None, ""

    since = jobs_of(Settings())["due"].done_if_since(NIGHT, DENVER)
    first = threading.Thread(target=runs.run_job, args=(houses[0], "due", work), kwargs={"not_if_since": since})
    first.start()
    assert begun.wait(10)
    assert runs.bury(houses[1]) == 0  # it is running, not killed
    assert runs.run_job(houses[1], "due", work, not_if_since=since).state == "busy"
    assert runs.run_job(houses[1], "check", lambda: (None, "")).state == "done"  # another job is free
    go_on.set()
    first.join()
    assert runs.run_job(houses[1], "due", work, not_if_since=since).state == "not_now"
    assert [row[:2] for row in history(houses[0])] == [("due", "done"), ("check", "done")]
    for house in houses:
        house.close()


def test_jobs_shows_last_and_next_of_each(house: Command, home: Path) -> None:
    (home / "listkeeper.toml").write_text(
        '[[feed]]\nname = "walk-in"\nkind = "folder"\npath = "drop"\n'
        '[schedule]\napply = "01:15"\ntime_zone = "America/Denver"\n'
    )
    house("run", "--once", "--json").ok()
    told = house("jobs", "--json").ok().json
    assert told["daemon"] is False
    jobs = {each["job"]: each for each in told["jobs"]}
    assert list(jobs) == [
        *("poll:walk-in", "apply", "due", "care", "exchange"),
        *("arrival", "retention", "check", "backup"),
    ]
    assert jobs["apply"]["last"]["state"] == "done"
    assert jobs["apply"]["next"][11:19] == "01:15:00"
    assert jobs["backup"]["last"] is None
    printed = house("jobs").ok().out
    assert "daily at 01:15" in printed
    assert "never" in printed


def test_next_is_after_now_whatever_the_history_says(bureau: House) -> None:
    told = jobs_status(bureau, NIGHT)
    assert all(datetime.fromisoformat(each["next"]) > NIGHT for each in told["jobs"])


def test_retention_keeps_first_last_and_last_done_of_each_job(bureau: House) -> None:
    with writing(bureau.engine) as store:
        for month, state in ((1, "done"), (2, "done"), (3, "done"), (4, "failed"), (5, "failed")):
            store.run(
                "INSERT INTO job_run (job, started_at, state, note) VALUES ('check', :at, :state, '')",
                at=f"2026-{month:02d}-01T00:00:00+00:00",
                state=state,
            )
    retain(bureau)
    with reading(bureau.engine) as store:
        kept = [at[5:7] for (at,) in store.all("SELECT started_at FROM job_run ORDER BY id")]
    assert kept == ["01", "03", "05"]


def test_the_check_looks_into_the_database(bureau: House) -> None:
    real = replace(bureau, now=lambda: datetime.now(UTC))
    if bureau.engine.dialect.name == "sqlite":
        assert check(real)[1] == "all is well"
    else:  # the tests' own server forgets what was committed, and that is what it finds
        with pytest.raises(OperatorError, match="fsync"):
            check(real)


def test_an_empty_spool_has_nothing_new(bureau: House) -> None:
    assert not has_new(bureau)
    assert Applying(bureau, lambda: False, lambda *_far: None).work() == ([], "")


def test_the_watchdog_waits_longer_for_what_gives_no_sign_of_life() -> None:
    now = [0.0]
    pulse = Pulse(lambda: now[0])
    with pulse.at("poll:acs"), pulse.at("backup"):
        now[0] = SILENT + 1
        assert pulse.hanging() == ["poll:acs"]
        pulse.sign("poll:acs")
        assert pulse.hanging() == []
        now[0] += SILENT_LONG
        assert pulse.hanging() == ["backup", "poll:acs"]
    assert pulse.at_work() == []
    assert pulse.hanging() == []


def test_care_that_was_started_is_handed_over_at_once_and_what_is_not_is_told(
    house: Command, bureau: House, desk: Path
) -> None:
    make_list(house, desk)
    engine = '[[adapter]]\nname = "coder"\nkind = "hot-folder"\ninbox = "in"\noutbox = "out"\n'
    (bureau.home / "listkeeper.toml").write_text(engine + '[care]\ncass = "coder"\n', encoding="utf-8")
    soon: list[tuple[str, float]] = []
    here = read_again(bureau)
    figures = Figures(lambda: here)
    workers = Workers(lambda: here, lambda: False, Pulse(), figures, soon=lambda *what: soon.append(what))
    workers.run("exchange")  # nothing is under way: not a row, not a look
    assert history(bureau) == []
    workers.run("care")
    assert soon == [("exchange", 0.0)]
    workers.run("exchange")
    assert len(list((bureau.home / "in").glob("*.csv"))) == 1
    workers.run("exchange")  # the answer is not there: nothing to say
    assert history(bureau) == [("care", "done", "1 started")]
