"""Restoring: the same exports and the same stories, into what is empty, and nothing is ever deleted."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.backup_folder import SUMS, check_backup
from daemon.errors import OperatorError, TryAgainError, UsageError
from daemon.restore import restore
from tests.conftest import Postgres
from tests.daemon.commands.mailing import make_list, write_answer, write_stray_move
from tests.postgres_programs import put_on_path
from tests.running import Command, Ran, environment, run_here

Place = tuple[Path, str]


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(monkeypatch)


@pytest.fixture
def backup(house: Command, home: Path, desk: Path) -> Path:
    """A backup of a list of three with two batches, one question and two originals."""
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    house("apply", write_stray_move(desk)).ok()
    (home / "listkeeper.toml").write_text("[schedule]\nbackup = '03:00'\n", encoding="utf-8")
    return Path(house("backup", "--json").ok().json["backup"])


@pytest.fixture
def fresh(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Place:
    """Another home with an empty database of the same kind."""
    home = tmp_path / "fresh"
    home.mkdir(mode=0o700)
    if database_url.startswith("sqlite"):
        return home, f"sqlite:///{home / 'listkeeper.db'}"
    return home, request.getfixturevalue("empty_postgres_url")


def there(place: Place) -> Command:
    """The command in that home."""
    return lambda *args: run_here(args, environment(*place))


def told(run: Callable[..., Ran], folder: Path, home: Path) -> list[Any]:
    """All that a list says: its export byte for byte, every story, every batch. Paths start at the home."""
    path = folder / "told.csv"
    run("list", "export", "spring", path).ok()
    stories = [run("why", "spring", record, "--json").ok().json for record in ("S1", "S2", "S3")]
    words = (("batch", "list"), ("review", "list"), ("batch", "show", "1"))
    rest = [run(*each, "--json").ok().out.replace(str(home), "HOME") for each in words]
    return [path.read_bytes(), stories, rest]


def test_a_restored_home_exports_the_same_bytes_and_tells_the_same_stories(
    house: Command, home: Path, backup: Path, fresh: Place, desk: Path
) -> None:
    shutil.copytree(home / "archive", fresh[0] / "archive")
    result = restore(fresh[0], backup, fresh[1])
    assert (result["status"], result["aside"], result["settings"]) == ("restored", None, "restored")
    assert result["archive"] == {"files": 2, "missing": [], "damaged": []}
    assert told(there(fresh), desk, fresh[0]) == told(house, desk, home)
    assert [path.name for path in fresh[0].glob(".*")] in ([], [".daemon.lock"])
    manifests = sorted(path.name for path in (home / "reports").glob("batch-*.json"))
    assert result["manifests"] == len(manifests) == 2
    for name in manifests:
        assert (fresh[0] / "reports" / name).read_bytes() == (home / "reports" / name).read_bytes()


def test_a_restored_home_goes_on_where_the_other_stopped(
    house: Command, home: Path, backup: Path, fresh: Place
) -> None:
    shutil.copytree(home / "archive", fresh[0] / "archive")
    restore(fresh[0], backup, fresh[1])
    for run in (house, there(fresh)):
        run("undo", "2").ok()
        run("review", "reject", "1").ok()
    assert there(fresh)("list", "show", "spring").ok().out == house("list", "show", "spring").ok().out


def test_originals_that_are_not_there_or_not_the_same_are_named_and_end_with_78(
    home: Path, backup: Path, fresh: Place
) -> None:
    shutil.copytree(home / "archive", fresh[0] / "archive")
    one, other = sorted((fresh[0] / "archive").glob("??/*"))
    one.unlink()
    other.chmod(0o600)
    other.write_bytes(other.read_bytes()[:-1] + b"?")
    ran = there(fresh)("restore", backup, "--json")
    assert ran.code == 78
    assert ran.json["status"] == "incomplete"
    assert ran.json["archive"] == {
        "files": 2,
        "missing": [str(one.relative_to(fresh[0]))],
        "damaged": [str(other.relative_to(fresh[0]))],
    }
    assert there(fresh)("list", "show", "spring", "--json").ok().json["size"] == 3


def test_a_database_that_holds_lists_is_not_touched_without_force(house: Command, home: Path, backup: Path) -> None:
    ran = house("restore", backup, "--json")
    assert ran.code == 2
    assert "--force" in ran.json["error"]
    assert house("batch", "list", "--json").ok().json["batches"][-1]["batch"] == 2


def test_a_home_where_only_commands_have_looked_counts_as_empty(backup: Path, fresh: Place) -> None:
    there(fresh)("list", "show").ok()
    assert restore(fresh[0], backup, fresh[1])["rows"]["addressee"] == 3


def test_with_force_the_old_database_is_moved_aside_whole(
    house: Command, home: Path, backup: Path, desk: Path, database_url: str, request: pytest.FixtureRequest
) -> None:
    before = told(house, desk, home)
    house("undo", "1").ok()
    (home / "listkeeper.toml").write_text("[schedule]\nbackup = '05:00'\n", encoding="utf-8")
    result = house("restore", backup, "--force", "--json").ok().json
    assert result["settings"] == "kept"
    assert told(house, desk, home) == before
    batches = "SELECT max(id) FROM {}batch"
    if database_url.startswith("sqlite"):
        connection = sqlite3.connect(result["aside"])
        (aside,) = connection.execute(batches.format("")).fetchone()
        connection.close()
    else:
        aside = psycopg_value(database_url, batches.format(f"{result['aside']}."))
        again = house("backup", "--json").ok().json
        assert again["rows"]["batch"] == 2, "what lies aside is in no backup"
        check_backup(Path(again["backup"]))
    assert aside in (2, 3)
    assert house("list", "show", "spring", "--json").ok().json["size"] == 3


def psycopg_value(url: str, statement: str) -> Any:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def test_a_restore_killed_at_any_moment_leaves_the_old_database_or_the_new_one(
    house: Command, home: Path, backup: Path, database_url: str, desk: Path
) -> None:
    house("undo", "1").ok()
    for delay in (0, 0.02, 0.05, 0.1, 0.2):
        (home / ".daemon.lock").unlink(missing_ok=True)  # made anew when the work begins
        running = subprocess.Popen(
            [sys.executable, "-m", "daemon", "restore", str(backup), "--force"],
            env=environment(home, database_url),
            cwd=desk,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while running.poll() is None and not (home / ".daemon.lock").exists():
            time.sleep(0.002)
        time.sleep(delay)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        if database_url.startswith("sqlite"):
            assert house("list", "show", "spring", "--json").ok().json["size"] == 3
    result = house("restore", backup, "--force", "--json").ok().json
    assert result["status"] == "restored"
    assert house("batch", "list", "--json").ok().json["batches"][0]["status"] == "applied"
    assert list(home.parent.glob("database/.*.part*")) == [], "what the killed ones left is gone"


def test_a_daemon_at_work_or_an_open_database_is_not_replaced(house: Command, home: Path, backup: Path) -> None:
    from daemon.runs import alone, second_daemon
    from daemon.wiring import open_house

    opened = open_house(home)
    with alone(opened, second_daemon), pytest.raises(TryAgainError, match="daemon"):
        restore(home, backup, opened.engine.url.render_as_string(hide_password=False), force=True)
    opened.close()


def test_sqlite_that_somebody_has_open_is_not_replaced(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.restore.SOLE_SECONDS", 0.1)
    home = tmp_path / "home"
    run = there((home, sqlite_url))
    make_list(run, tmp_path)
    backup = Path(run("backup", "--json").ok().json["backup"])
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("SELECT count(*) FROM addressee").fetchall()
    with pytest.raises(TryAgainError, match="still in use"):
        restore(home, backup, sqlite_url, force=True)
    connection.close()
    assert restore(home, backup, sqlite_url, force=True)["status"] == "restored"


def test_a_database_too_damaged_to_be_opened_is_replaced_with_force(sqlite_url: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = there((home, sqlite_url))
    make_list(run, tmp_path)
    backup = Path(run("backup", "--json").ok().json["backup"])
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.write_bytes(b"no database at all" * 1000)
    path.with_name("listkeeper.db-wal").write_bytes(b"a log that belongs to the old one")
    with pytest.raises(UsageError, match="--force"):
        restore(home, backup, sqlite_url)
    aside = Path(restore(home, backup, sqlite_url, force=True)["aside"])
    assert aside.read_bytes().startswith(b"no database at all")
    assert run("list", "show", "spring", "--json").ok().json["size"] == 3


def test_a_backup_goes_back_into_its_own_kind_of_database(
    house: Command, backup: Path, database_url: str, tmp_path: Path
) -> None:
    other = "postgresql+psycopg:///x" if database_url.startswith("sqlite") else f"sqlite:///{tmp_path}/x.db"
    with pytest.raises(UsageError, match="a backup of"):
        restore(tmp_path / "elsewhere", backup, other)
    assert not (tmp_path / "elsewhere").exists()


def test_a_backup_of_a_newer_version_is_left_alone(backup: Path, fresh: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.db.head_revision", lambda: "0001")
    with pytest.raises(OperatorError, match="newer Listkeeper"):
        restore(fresh[0], backup, fresh[1])


def test_what_waited_in_the_spool_waits_again_and_is_applied_once(
    house: Command, home: Path, desk: Path, fresh: Place
) -> None:
    make_list(house, desk)
    from daemon.intake.spool import recover, take_in
    from daemon.wiring import open_house

    opened = open_house(home)
    take_in(opened, "acs", write_answer(desk), "P12345626.021")
    opened.close()
    backup = Path(house("backup", "--json").ok().json["backup"])
    assert restore(fresh[0], backup, fresh[1])["spool"] == 1
    (before,), (after,) = (sorted((place / "spool" / "new").iterdir()) for place in (home, fresh[0]))
    assert (after.name, after.read_bytes()) == (before.name, before.read_bytes())
    opened = open_house(*fresh)
    assert recover(opened) == 0, "the ledger knows it as it lies"
    opened.close()


def test_the_database_must_be_reachable_and_the_folder_a_backup(
    postgres_server: Postgres, tmp_path: Path, backup: Path, database_url: str
) -> None:
    with pytest.raises(UsageError, match="no backup"):
        restore(tmp_path / "elsewhere", backup / SUMS, database_url)
    if not database_url.startswith("sqlite"):
        with pytest.raises(OperatorError, match="cannot be opened"):
            restore(tmp_path / "elsewhere", backup, postgres_server.url("no_such_database"))
