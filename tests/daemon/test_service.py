"""The long-running process: what it tells systemd, how it stops, reads its settings again and goes on after faults."""

from __future__ import annotations

import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from daemon.db import engine_for, reading
from daemon.systemd import Notifier
from schemas.acs import family_named
from schemas.acs_write import nixie, notification
from tests.daemon.commands.mailing import KEYS, make_list, write_answer
from tests.daemon.service_process import ServiceProcess, free_port, until
from tests.running import Command, Ran, environment, run_here

FEED = """
[[feed]]
name = "walk-in"
kind = "folder"
path = "drop"
settle_seconds = 0
every = "1s"
[schedule]
apply = "at-once"
"""


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A home for a test that needs one engine only."""
    path = tmp_path / "alone"
    path.mkdir(mode=0o700)
    return path


def settings(home: Path, text: str = FEED) -> Path:
    """Write the settings; return the folder of the feed."""
    (home / "listkeeper.toml").write_text(text, encoding="utf-8")
    (home / "drop").mkdir(mode=0o700, exist_ok=True)
    return home / "drop"


def asked(url: str, sql: str) -> list[tuple[Any, ...]]:
    engine = engine_for(url)
    try:
        with reading(engine) as store:
            return store.all(sql)
    finally:
        engine.dispose()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("abstract", [True, False], ids=["abstract-socket", "socket-file"])
def test_systemd_is_told_ready_status_watchdog_and_stopping(alone: Path, sqlite_url: str, abstract: bool) -> None:
    settings(alone)
    with ServiceProcess(alone, sqlite_url, watchdog=1.0, abstract=abstract) as service:
        service.ready()
        assert service.hears("STATUS=").startswith("STATUS=1 feeds")
        until(lambda: service.lines().count("WATCHDOG=1") >= 3, "three beats", 5)
        assert service.stop() == 0
        assert "STOPPING=1" in service.lines()
        assert service.events("service_stopped")


def test_a_file_in_the_drop_folder_is_applied_by_itself(
    house: Command, home: Path, database_url: str, desk: Path
) -> None:
    make_list(house, desk)
    drop = settings(home)
    with ServiceProcess(home, database_url) as service:
        service.ready()
        write_answer(drop)
        service.logs("file_finished")
        assert service.stop() == 0
    batches = house("batch", "list", "--json").ok().json["batches"]
    assert [(batch["status"], batch["read"]) for batch in batches] == [("applied", 3)]
    jobs = {each["job"]: each for each in house("jobs", "--json").ok().json["jobs"]}
    assert jobs["apply"]["last"]["state"] == "done"
    assert jobs["apply"]["last"]["note"] == "1 applied"
    assert jobs["poll:walk-in"]["last"]["state"] == "done"
    feed = house("feeds", "status", "--json").ok().json["feeds"][0]
    assert (feed["state"], feed["last_file"], feed["waiting"]) == ("ok", "P12345626.021", 0)


def test_sigterm_finishes_the_file_in_hand_and_leaves_nothing_half_done(
    house: Command, home: Path, database_url: str, desk: Path
) -> None:
    make_list(house, desk)
    drop = settings(home)
    count = 60
    for number in range(count):
        records = [nixie(account="BYOBOFN", keyline=KEYS["S3"], code="R", old_zip="87110", fulfilled="2026-01-01")] * 40
        content = notification(family_named("singlesource_v02"), records, shipment=str(number + 1))
        (drop / f"P{number:04d}").write_bytes(content)
    with ServiceProcess(home, database_url) as service:
        service.ready()
        service.logs("file_finished", 2)
        assert service.stop() == 0
    states = dict(asked(database_url, "SELECT state, count(*) FROM taken_file GROUP BY state"))
    assert set(states) <= {"new", "done"}
    assert states["done"] < count, "the test's files were too few to be stopped in between"
    assert not [path for path in (home / "spool" / "work").iterdir() if path.name != "digests"]
    assert asked(database_url, "SELECT count(*) FROM batch WHERE status = 'applied'") == [(states["done"],)]
    assert asked(database_url, "SELECT count(*) FROM job_run WHERE state = 'running'") == [(0,)]
    rest = house("run", "--once", "--json").ok().json
    assert len(rest["applied"]) + states["done"] == count
    assert asked(database_url, "SELECT count(*), count(DISTINCT sha256) FROM batch WHERE kind = 'acs'") == [
        (count, count)
    ]


def test_sighup_reads_the_settings_again_or_says_why_it_kept_the_old_ones(alone: Path, sqlite_url: str) -> None:
    settings(alone)
    with ServiceProcess(alone, sqlite_url) as service:
        service.ready()
        settings(alone, FEED.replace('"walk-in"', '"other"'))
        heard = len(service.lines())
        service.signal(signal.SIGHUP)
        service.hears("READY=1", after=heard)
        assert service.lines()[heard].startswith("RELOADING=1")
        assert any(line.startswith("MONOTONIC_USEC=") for line in service.lines()[heard:])
        until(lambda: asked(sqlite_url, "SELECT 1 FROM job_run WHERE job = 'poll:other'"), "a poll of the new feed")

        settings(alone, "[schedule]\naply = 'x'\n")
        heard = len(service.lines())
        service.signal(signal.SIGHUP)
        assert "schedule.aply" in service.hears("STATUS=The old settings are kept", after=heard)
        assert "schedule.aply" in service.logs("settings_kept")[0]["error"]
        runs = asked(sqlite_url, "SELECT count(*) FROM job_run WHERE job = 'poll:other'")
        until(lambda: asked(sqlite_url, "SELECT count(*) FROM job_run WHERE job = 'poll:other'") > runs, "it goes on")
        assert service.stop() == 0


def test_a_feed_that_fails_never_stops_another(alone: Path, sqlite_url: str, desk: Path) -> None:
    def command(*words: object) -> Ran:
        return run_here(words, environment(alone, sqlite_url))

    make_list(command, desk)
    bad = '[[feed]]\nname = "bad"\nkind = "folder"\npath = "/no/such/folder"\nevery = "1s"\n'
    drop = settings(alone, bad + FEED)
    write_answer(drop)
    with ServiceProcess(alone, sqlite_url) as service:
        service.logs("file_finished")
        service.logs("job_failed", 2)
        assert service.stop() == 0
    told = {feed["name"]: feed for feed in command("feeds", "status", "--json").json["feeds"]}
    assert (told["bad"]["state"], told["walk-in"]["state"]) == ("stopped", "ok")


def test_a_second_daemon_on_one_sqlite_database_is_refused(alone: Path, sqlite_url: str, tmp_path: Path) -> None:
    other = tmp_path / "other-home"
    other.mkdir()
    with ServiceProcess(alone, sqlite_url) as first:
        first.ready()
        for second_home in (alone, other):
            with ServiceProcess(second_home, sqlite_url) as second:
                assert second.process.wait(20) == 78
                assert "a daemon is at work here already" in second.log()
        assert first.process.poll() is None
        assert first.stop() == 0


def test_a_second_daemon_in_one_home_on_postgres_stands_by_and_takes_over(alone: Path, postgres_url: str) -> None:
    settings(alone)
    with ServiceProcess(alone, postgres_url) as first:
        first.ready()
        with ServiceProcess(alone, postgres_url) as second:
            second.hears("STATUS=Standing by")
            assert not second.events("service_started")
            first.process.kill()
            second.logs("service_started")
            assert second.stop() == 0


def test_a_killed_run_is_found_at_the_next_start(home: Path, database_url: str) -> None:
    settings(home)
    engine = engine_for(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO job_run (job, started_at, state, note) "
            "VALUES ('backup', '2026-01-01T04:00:00+00:00', 'running', '')"
        )
    engine.dispose()
    with ServiceProcess(home, database_url) as service:
        service.ready()
        assert service.logs("service_started")[0]["killed"] == 1
        service.stop()
    assert ("killed",) in asked(database_url, "SELECT state FROM job_run WHERE job = 'backup' ORDER BY id")


def test_health_readiness_and_metrics_answer_while_it_is_at_work(
    house: Command, home: Path, database_url: str, desk: Path
) -> None:
    make_list(house, desk)
    port = free_port()
    drop = settings(home, FEED + f'[metrics]\nlisten = "127.0.0.1:{port}"\n')
    with ServiceProcess(home, database_url) as service:
        service.ready()
        write_answer(drop)
        (drop / "bad").write_text("no return file")
        service.logs("file_finished", 2)
        at = f"http://127.0.0.1:{port}"
        assert get(f"{at}/healthz") == (200, "ok\n")
        assert get(f"{at}/readyz") == (200, "ok\n")
        assert get(f"{at}/else")[0] == 404
        until(lambda: 'listkeeper_files_total{outcome="applied"} 1.0' in get(f"{at}/metrics")[1], "the count")
        page = get(f"{at}/metrics")[1]
        for line in (
            'listkeeper_files_total{outcome="set_aside"} 1.0',
            'listkeeper_records_total{outcome="moved"} 1.0',
            "listkeeper_questions_open 1.0",
            'listkeeper_feed_ok{feed="walk-in"} 1.0',
            'listkeeper_spool_files{folder="set-aside"} 1.0',
            'listkeeper_taken_files{state="done"} 1.0',
        ):
            assert line in page.splitlines(), page
        assert service.stop() == 0


def test_run_once_while_the_daemon_is_at_work_is_told_to_wait(house: Command, home: Path, database_url: str) -> None:
    settings(home)
    with ServiceProcess(home, database_url) as service:
        service.ready()
        assert house("jobs", "--json").ok().json["daemon"] is True
        ran = house("run", "--once", "--json")
        assert ran.code == 75
        service.stop()
    assert house("jobs", "--json").ok().json["daemon"] is False


def test_a_manager_that_does_not_read_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.systemd.PATIENCE", 0.05)
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as deaf:
        deaf.bind(str(path))
        notifier = Notifier({"NOTIFY_SOCKET": str(path)})
        assert not all(notifier.tell("WATCHDOG=1") for _ in range(600))
        assert not notifier.tell("WATCHDOG=1")
