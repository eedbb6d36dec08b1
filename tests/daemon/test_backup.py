"""Backups: of one moment however busy it is, whole or not there, without secrets."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daemon.backup import make_backup
from daemon.backup_folder import ARCHIVE, FACTS, SUMS, check_backup, newest, write_sums
from daemon.backup_settings import without_secrets
from daemon.config import load
from daemon.db import engine_for, reading, writing
from daemon.errors import OperatorError, TryAgainError, UsageError
from daemon.postgres_tools import program
from daemon.restore import restore
from daemon.wiring import House, open_house
from tests.daemon.commands.mailing import make_list, write_answer
from tests.postgres_programs import put_on_path
from tests.running import Command, environment

FEED_STATE = ("feed", "state", "last_polled", "last_ok", "last_file", "last_file_at", "error", "failures", "waiting")
DAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _programs(monkeypatch: pytest.MonkeyPatch) -> None:
    put_on_path(monkeypatch)


@pytest.fixture
def bureau(home: Path, house: Command, desk: Path) -> Iterator[House]:
    """A house with a list of three, one batch and one original; its clock stands."""
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    yield (opened := open_here(home))
    opened.close()


def open_here(home: Path, days: float = 0) -> House:
    opened = open_house(home)
    return House(opened.home, opened.settings, opened.engine, lambda: DAY + timedelta(days=days))


def fill(house: House, rows: int) -> None:
    """Make the database larger."""
    with writing(house.engine) as store:
        text = "x" * 2000
        store.load("feed_state", FEED_STATE, [(f"old {n}", "ok", "", "", "", "", text, 0, 0) for n in range(rows)])


def test_a_backup_holds_database_settings_what_waits_and_a_list_of_the_originals(bureau: House) -> None:
    (bureau.home / "listkeeper.toml").write_text("[schedule]\nbackup = '03:00'\n", encoding="utf-8")
    waiting = bureau.home / "spool" / "new" / f"{'ab' * 32}__acs@P1.zip"
    waiting.parent.mkdir(parents=True)
    waiting.write_bytes(b"not applied yet")
    (waiting.parent / "half.part").write_bytes(b"half")
    told = make_backup(bureau)
    folder = Path(told["backup"])
    assert (folder.name, folder.parent) == ("20261122T040000Z", bureau.home / "backups")
    assert (told["rows"]["addressee"], told["rows"]["batch"], told["spool"]) == (3, 1, 1)
    assert (told["archive"]["files"], told["archive"]["damaged"], told["archive"]["missing"]) == (1, [], [])
    assert (folder / "spool" / "new" / waiting.name).read_bytes() == b"not applied yet"
    assert (folder / "listkeeper.toml").read_text(encoding="utf-8") == "[schedule]\nbackup = '03:00'\n"
    (listed,) = (json.loads(line) for line in (folder / "archive.jsonl").read_text().splitlines())
    original = bureau.home / listed["path"]
    assert original.name.startswith(listed["sha256"])
    assert original.stat().st_size == listed["size"]
    assert {path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*")]} == {0}
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=False).returncode == 0
    assert check_backup(folder)["rows"] == told["rows"]


def test_a_backup_is_of_one_moment_while_a_writer_is_busy(
    bureau: House, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(bureau, 3000)
    before = count(bureau, "feed_state")
    stop, written = threading.Event(), []

    def write() -> None:
        engine = engine_for(database_url)
        while not stop.is_set():  # two rows or none: what sees one of them alone is of no moment
            with writing(engine) as store:
                number = len(written)
                store.load("feed_state", FEED_STATE, [(f"{number}", "ok", "", "", "", "", "", 0, 0)])
                store.run("INSERT INTO job_run (job, started_at, state, note) VALUES ('x', '', 'done', '')")
            written.append(number)
        engine.dispose()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            time.sleep(0.01)
        began = len(written)
        told = make_backup(bureau)
        meanwhile = len(written) - began
    finally:
        stop.set()
        writer.join()
    assert meanwhile > 1, "the writer had to wait for the backup"
    assert told["rows"]["feed_state"] - before == told["rows"]["job_run"] >= began
    url = fresh_database(database_url, tmp_path, request)
    restore(tmp_path / "other", Path(told["backup"]), url)
    engine = engine_for(url)
    with reading(engine) as store:
        jobs, feeds = (store.value(f"SELECT count(*) FROM {table}") for table in ("job_run", "feed_state"))
    engine.dispose()
    assert (jobs, feeds) == (told["rows"]["job_run"], told["rows"]["feed_state"])


def fresh_database(url: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """An empty database of the same kind."""
    if url.startswith("sqlite"):
        (folder / "other").mkdir(exist_ok=True)
        return f"sqlite:///{folder / 'other' / 'listkeeper.db'}"
    fresh: str = request.getfixturevalue("empty_postgres_url")
    return fresh


def count(house: House, table: str) -> int:
    with reading(house.engine) as store:
        return int(store.value(f"SELECT count(*) FROM {table}"))


def test_a_backup_killed_at_any_moment_leaves_nothing_that_looks_whole(
    bureau: House, database_url: str, desk: Path
) -> None:
    fill(bureau, 4000)
    place = bureau.home / "backups"
    halves = 0
    for delay in (0, 0.01, 0.03, 0.06, 0.1):
        before = set(place.glob(".*.part"))
        running = subprocess.Popen(
            [sys.executable, "-m", "daemon", "backup"],
            env=environment(bureau.home, database_url),
            cwd=desk,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        while running.poll() is None and not set(place.glob(".*.part")) - before:
            time.sleep(0.002)
        time.sleep(delay)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        halves += bool(list(place.glob(".*.part")))
        for backup in newest(place):
            check_backup(backup)
    assert halves > 1, "no kill fell into a backup"
    make_backup(bureau)
    assert list(place.glob(".*.part")) == [], "what the killed ones left is gone"
    for backup in newest(place):
        check_backup(backup)


def test_two_backups_at_once_are_refused(bureau: House) -> None:
    place = bureau.home / "backups"
    place.mkdir()
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(TryAgainError, match="another backup"):
            make_backup(bureau)
    assert newest(place) == []


def test_only_the_newest_are_kept_and_only_in_the_folder_of_the_settings(bureau: House, tmp_path: Path) -> None:
    (bureau.home / "listkeeper.toml").write_text("[backup]\nkeep = 2\n", encoding="utf-8")
    bureau.engine.dispose()
    removed: list[str] = []
    for day in range(3):
        house = open_here(bureau.home, day)
        removed += make_backup(house)["removed"]
        assert make_backup(house, tmp_path / "mine")["removed"] == []
        house.close()
    assert removed == ["20261122T040000Z"]
    names = [path.name for path in newest(bureau.home / "backups")]
    assert names == ["20261124T040000Z", "20261123T040000Z"]
    assert len(newest(tmp_path / "mine")) == 3


def test_backups_of_one_second_have_names_of_their_own(bureau: House) -> None:
    names = [Path(make_backup(bureau)["backup"]).name for _ in range(2)]
    assert names == ["20261122T040000Z", "20261122T040000Z-2"]
    assert [path.name for path in newest(bureau.home / "backups")] == names[::-1]


def test_an_original_is_read_once_and_a_damaged_or_missing_one_is_told(bureau: House) -> None:
    assert make_backup(bureau)["archive"]["read"] == 1
    assert make_backup(bureau)["archive"]["read"] == 0
    (original,) = (bureau.home / "archive").glob("??/*")
    content = original.read_bytes()
    original.chmod(0o600)
    original.write_bytes(content + b"x")
    name = str(original.relative_to(bureau.home))
    for _ in range(2):  # told each time, not only when it is found
        archive = make_backup(bureau)["archive"]
        assert (archive["damaged"], archive["missing"]) == ([name], [])
    original.unlink()
    archive = make_backup(bureau)["archive"]
    assert (archive["damaged"], archive["missing"]) == ([], [name])


def test_the_settings_are_kept_without_what_could_be_a_secret(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "zip").write_text("s3cret\n", encoding="utf-8")
    text = """\
[acs]
zip_password = "keys/zip"  # stays: it only names one
[[feed]]
name = "acs"
kind = "sftp"
host = "sftp.example.com"
username = "bureau"
password = "Tr0ub4dor&3"  # Tr0ub4dor&3 until March
[notify]
webhook = { url = "https://me:pw@hooks.example.com/services/T0/abcdefghijklmnopqrstuvwx?token=1" }
"""
    kept, removed = without_secrets(tmp_path, text)
    assert removed == ["feed[0].password", "notify.webhook.url"]
    assert 'zip_password = "keys/zip"' in kept
    for secret in ("Tr0ub4dor", "pw@", "abcdefghij", "token=1"):
        assert secret not in kept
    assert 'url = "https://hooks.example.com/services/T0/REMOVED"' in kept
    (tmp_path / "listkeeper.toml").write_text(kept, encoding="utf-8")
    assert load(tmp_path).feeds[0].name == "acs"


def test_a_short_secret_takes_nothing_else_with_it_and_one_written_with_escapes_takes_all(tmp_path: Path) -> None:
    kept, _ = without_secrets(tmp_path, '[acs]\nzip_password = "a"\n')
    assert kept == '[acs]\nzip_password = "REMOVED"\n'
    kept, removed = without_secrets(tmp_path, '[acs]\nzip_password = "\\u0061bcdefgh"\n')
    assert removed == ["acs.zip_password"]
    assert "bcdefgh" not in kept


def test_a_backup_with_one_bit_changed_is_refused(bureau: House, database_url: str, tmp_path: Path) -> None:
    folder = Path(make_backup(bureau)["backup"])
    files = [next(folder.glob("listkeeper.d*")), *(folder / name for name in (ARCHIVE, FACTS, SUMS))]
    for path in files:
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        with pytest.raises(OperatorError, match="damaged"):
            restore(tmp_path / "other", folder, database_url, force=True)
        path.write_bytes(content)
    check_backup(folder)
    assert count(bureau, "addressee") == 3, "nothing was moved aside"


def test_a_backup_with_a_file_too_few_or_too_many_is_refused(bureau: House, tmp_path: Path) -> None:
    folder = Path(make_backup(bureau)["backup"])
    (folder / "more").write_bytes(b"")
    with pytest.raises(OperatorError, match="more does not belong to it"):
        check_backup(folder)
    (folder / "more").unlink()
    (folder / "archive.jsonl").unlink()
    with pytest.raises(OperatorError, match=r"archive\.jsonl is missing"):
        check_backup(folder)
    with pytest.raises(UsageError, match="no backup"):
        check_backup(tmp_path)


def test_a_sound_hash_over_an_unsound_database_is_refused(bureau: House, database_url: str) -> None:
    folder = Path(make_backup(bureau)["backup"])
    database = next(folder.glob("listkeeper.d*"))
    content = database.read_bytes()
    database.write_bytes(content[: len(content) // 2])
    write_sums(folder, lambda _what, _done, _of: None)
    with pytest.raises(OperatorError, match="damaged"):
        check_backup(folder)
    if database_url.startswith("sqlite"):  # sound as a file, and not what was counted
        database.write_bytes(content)
        connection = sqlite3.connect(database)
        connection.execute("DELETE FROM addressee")
        connection.commit()
        connection.close()
        write_sums(folder, lambda _what, _done, _of: None)
        with pytest.raises(OperatorError, match="other rows"):
            check_backup(folder)


def test_without_pg_dump_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperatorError, match="install postgresql-client-99"):
        program("pg_dump", 99)


def test_the_command_says_where_the_backup_is_and_what_it_holds(house: Command, bureau: House, desk: Path) -> None:
    ran = house("backup", "here", "--json").ok()
    assert Path(ran.json["backup"]).parent == desk / "here"
    assert ran.json["status"] == "done"
    printed = house("backup").ok().out
    assert "Backed up and checked" in printed
    assert "originals listed  1" in printed
    (desk / "in-the-way").write_text("", encoding="utf-8")
    assert house("backup", "in-the-way", "--json").code == 78
