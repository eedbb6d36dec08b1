"""`listkeeper apply` killed at any moment: the next one goes on, and in the end nobody could tell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from daemon.db import engine_for, reading
from daemon.returns.report import PILES
from daemon.wiring import House, open_house
from schemas.acs import family_named
from schemas.acs_write import Place, coa, nixie, notification
from tests.conftest import Postgres
from tests.flows.story import ACCOUNT, A, B
from tests.running import environment

RECORDS = 20_000
OLD = 2 * 86400  # seconds: what nobody has touched for so long is nobody's
ODDS = ["V", "Q", "R", "E", "A", "Z"]


def furnish(house: House, folder: Path) -> Path:
    """Make a list of as many people as the file has records; return the file."""
    from daemon.lists.create import create_list
    from daemon.lists.load import import_file

    create_list(house, "spring", client="Acme", account=ACCOUNT)
    extract = folder / "spring.csv"
    with extract.open("w") as file:
        file.write("record_id,first_name,last_name,address1,city,state,zip5\n")
        for number in range(1, RECORDS + 1):
            file.write(f"{number:06d},MARY,SMITH,{number} ELM ST,TULSA,OK,{A.zip5}\n")
    import_file(house, "spring", extract)
    with reading(house.engine) as store:
        keys = [key for (key,) in store.all("SELECT keyline FROM addressee ORDER BY id")]
    dice = Random(20)

    def records() -> Iterator[Any]:
        for number, key in enumerate(keys, 1):
            if dice.random() < 0.6:
                old = Place(number=str(number), street="ELM", zip5=A.zip5)
                names = {"first_name": "MARY", "last_name": "SMITH", "old": old}
                yield coa(account=ACCOUNT, keyline=key, new=B, move_date="2026-04-10", **names)  # type: ignore[arg-type]
            else:
                yield nixie(account=ACCOUNT, keyline=key, code=dice.choice(ODDS), old_zip=A.zip5)

    path = folder / "P12345620.327"
    path.write_bytes(notification(family_named("singlesource_v02"), records()))
    return path


@dataclass
class Stage:
    """A home that can be put back to how it was before the file came, and the command that is killed in it."""

    home: Path
    folder: Path
    file: Path
    url: str
    reset_database: Callable[[], None]
    undisturbed: bytes = b""
    counts: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    kills: int = 0
    moments: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Put everything back."""
        self.reset_database()
        for name in ("spool", "archive", "reports", "labels"):
            shutil.rmtree(self.home / name, ignore_errors=True)

    def start(self, *words: object) -> subprocess.Popen[bytes]:
        """Start the command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "daemon", *map(str, words)],
            env=environment(self.home, self.url),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def apply(self) -> subprocess.Popen[bytes]:
        """Start to apply the file."""
        return self.start("apply", self.file, "--accept-large-change", "--json")

    def ended(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """Wait for the command; what it printed."""
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
        told: dict[str, Any] = json.loads(out)
        return told

    def export(self) -> bytes:
        """The list as it is now."""
        told = self.folder / "out.csv"
        house = open_house(self.home, self.url)
        from daemon.lists.export import export_file

        export_file(house, "spring", told)
        house.close()
        return told.read_bytes()

    def batches(self) -> list[tuple[Any, ...]]:
        """Every batch: number, status, manifest, read, and the six piles."""
        engine = engine_for(self.url)
        try:
            with reading(engine) as store:
                return store.all(f"SELECT id, status, manifest, read, {', '.join(PILES)} FROM batch ORDER BY id")
        finally:
            engine.dispose()

    def rehearse(self) -> None:
        """Apply once undisturbed: how long it takes, and what comes of it."""
        started = time.monotonic()
        told = self.ended(self.apply())
        self.seconds = time.monotonic() - started
        self.undisturbed = self.export()
        self.counts = {pile: told[pile] for pile in ("read", *PILES)}
        self.reset()

    def killed_until_done(self, dice: Random, most: int) -> None:
        """Kill the command at random moments until a run has got as far as the commit, then let the next one go on."""
        for _ in range(dice.randint(1, most)):
            process = self.apply()
            time.sleep(self.seconds * dice.uniform(0.3, 1.05))
            alive = process.poll() is None
            process.kill()  # SIGKILL; nothing where it has ended
            process.communicate(timeout=60)
            if alive:
                self.kills += 1
                self.moments.append(self.how_far())
        assert self.ended(self.apply())["status"] in ("applied", "repeat")
        self.check()

    def killed_at_the_commit(self) -> None:
        """Kill the command as soon as its batch can be seen; the next one finds it applied, and prints the manifest."""
        process = self.apply()
        while process.poll() is None and not self.batches():
            time.sleep(0.002)
        process.kill()
        process.communicate(timeout=60)
        self.kills += 1
        self.moments.append(self.how_far())
        assert self.ended(self.apply())["status"] == "repeat"
        self.check()

    def how_far(self) -> str:
        """Where the killed run has left the house: in exactly one state."""
        if not list((self.home / "archive").glob("*/*__*")):
            return "before the original was kept"
        batches = self.batches()
        assert len(batches) <= 1
        if not batches:
            return "before the commit"
        return "before the manifest" if not batches[0][2] else "after the manifest"

    def check(self) -> None:
        """Prove that nobody could tell that anything was ever killed."""
        (batch,) = self.batches()
        _number, status, manifest, read, *piles = batch
        assert status == "applied"
        assert dict(zip(PILES, piles, strict=True)) | {"read": read} == self.counts
        assert read == sum(piles)
        assert self.export() == self.undisturbed
        assert json.loads((self.home / manifest).read_text())["result"]["read"] == read
        assert len(list((self.home / "archive").glob("*/*__*"))) == 1
        self.swept()

    def swept(self) -> None:
        """Prove that what killed runs left behind is gone after the next pass, once nobody can be using it."""
        then = time.time() - OLD
        for left in (*(self.home / "spool" / "work").iterdir(), *self.home.rglob("*.part")):
            os.utime(left, (then, then))
        self.ended(self.start("run", "--once", "--json"))
        self.ended(self.apply())  # a repeat: it keeps the original, and looks at what lies beside it
        assert list((self.home / "spool" / "work").iterdir()) == []
        assert list(self.home.rglob("*.part")) == []


@pytest.fixture
def sqlite_stage(tmp_path: Path, sqlite_template: Path) -> Stage:
    """A stage on SQLite."""
    home, folder = tmp_path / "home", tmp_path / "desk"
    home.mkdir(mode=0o700)
    folder.mkdir()
    database, kept = home / "listkeeper.db", tmp_path / "kept.db"
    shutil.copyfile(sqlite_template, database)
    url = f"sqlite:///{database}"
    house = open_house(home, url)
    file = furnish(house, folder)
    with house.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    house.close()
    shutil.copyfile(database, kept)

    def reset() -> None:
        for name in ("listkeeper.db", "listkeeper.db-wal", "listkeeper.db-shm"):
            (home / name).unlink(missing_ok=True)
        shutil.copyfile(kept, database)

    return Stage(home, folder, file, url, reset)


@pytest.fixture
def postgres_stage(tmp_path: Path, postgres_server: Postgres, postgres_template: str) -> Iterator[Stage]:
    """A stage on Postgres."""
    home, folder = tmp_path / "home", tmp_path / "desk"
    home.mkdir(mode=0o700)
    folder.mkdir()
    kept, name = f"kept_{os.getpid()}", f"killed_{os.getpid()}"
    house = open_house(home, postgres_server.create(kept, postgres_template))
    file = furnish(house, folder)
    house.close()

    def reset() -> None:
        postgres_server.drop(name)
        postgres_server.create(name, kept)

    postgres_server.create(name, kept)
    yield Stage(home, folder, file, postgres_server.url(name), reset)
    postgres_server.drop(name)
    postgres_server.drop(kept)


def kill(stage: Stage, times: int, seed: int, most: int = 4) -> None:
    """Kill so many times, and check after every few."""
    stage.rehearse()
    dice = Random(seed)
    for _ in range(max(2, times // 10)):
        stage.killed_at_the_commit()
        stage.reset()
    while stage.kills < times:
        stage.killed_until_done(dice, most)
        stage.reset()
    told = Counter(stage.moments)
    print(told)
    assert told["before the commit"] > 0, told
    assert told["before the manifest"] + told["after the manifest"] > 0, told


def test_killed_fifteen_times_on_sqlite_nobody_could_tell(sqlite_stage: Stage) -> None:
    kill(sqlite_stage, 15, seed=1)


def test_killed_eight_times_on_postgres_nobody_could_tell(postgres_stage: Stage) -> None:
    kill(postgres_stage, 8, seed=2)


@pytest.mark.slow
def test_killed_two_hundred_times_on_sqlite_nobody_could_tell(sqlite_stage: Stage) -> None:
    kill(sqlite_stage, 200, seed=3, most=8)


@pytest.mark.slow
def test_killed_two_hundred_times_on_postgres_nobody_could_tell(postgres_stage: Stage) -> None:
    kill(postgres_stage, 200, seed=4, most=8)
