"""List care: what goes out to an engine and what comes back, beside the same SQL and CSV work done barely.

The floor of sending is one query to CSV and a note of every addressee and address in it. The floor of an answer
loads every column into a stage, joins it to what was sent, and writes what has to be there afterwards: one row a
record of what became of it, its stamp or its coding, an address and a history row for every change, and the
addressees turned. It knows beforehand what each row means.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import data
from benchmarks.floor import CHUNK, NOW
from schemas.cass import OUTGOING

NCOA = (
    "ncoa_code",
    "match_flag",
    "move_type",
    "move_date",
    "new_addr1",
    "new_city",
    "new_state",
    "new_zip5",
    "new_zip4",
)
CASS = (
    *(
        "std_addr1",
        "std_city",
        "std_state",
        "std_zip5",
        "std_zip4",
        "std_dp",
        "std_chk",
        "std_crrt",
        "elot",
        "elot_dir",
    ),
    *("record_type", "dpv", "dpv_footnotes", "cmra", "vacant", "no_stat", "rdi", "lacs_ind", "suitelink_code"),
)
COLUMNS = {"ncoa": (*OUTGOING, *NCOA), "cass": (*OUTGOING, *CASS)}
MOVERS = 12  # percent
STANDARDISED = 60  # percent of the lines that the engine writes otherwise


def write_answer(sent: Path, path: Path, kind: str) -> None:
    """Write an engine's answer to a file that went out: 12 % moved, or everyone coded and 60 % written otherwise."""
    with sent.open(newline="") as source, path.open("w", newline="") as file:
        reader, writer = csv.reader(source), csv.writer(file, lineterminator="\n")
        next(reader)
        writer.writerow(COLUMNS[kind])
        for number, row in enumerate(reader):
            writer.writerow((*row, *(_moved(number) if kind == "ncoa" else _coded(number, row))))


def _moved(number: int) -> tuple[str, ...]:
    if number % 100 >= MOVERS:
        return ("00", "", "", "", "", "", "", "", "")
    line = f"{number % 8000 + 1} NEWFIELD AVE"
    return ("A", "M", "I", "202610", line, "ELKHORN", "NE", data.zip5(number + 1), "4321")


def _coded(number: int, row: list[str]) -> tuple[str, ...]:
    line = f"{row[8]} ST" if number % 100 < STANDARDISED else row[8]
    return (line, row[10], row[11], row[12], f"{number % 9000 + 1000}", f"{number % 90 + 10}", "3", "C001", "0123", "A",
            "S", "Y", "AABB", "N", "N", "N", "Y", "", "")  # fmt: skip


class Bare:
    """One bare connection and its driver's fast path."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self._connection: Any
        if self.sqlite:
            self._connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-64000"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.execute("BEGIN IMMEDIATE")
        else:
            self._connection = psycopg.connect(url)

    def run(self, sql: str) -> Any:
        """Execute one statement."""
        return self._connection.execute(sql.replace("TRUE", "1").replace("FALSE", "0") if self.sqlite else sql)

    def load(self, table: str, width: int, rows: Iterable[Any]) -> None:
        """Append rows to a table."""
        source = iter(rows)
        if self.sqlite:
            while chunk := list(islice(source, CHUNK)):
                self._connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", chunk)
            return
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            while chunk := list(islice(source, CHUNK)):
                copy.write("".join("\t".join(map(str, row)) + "\n" for row in chunk))

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of one query."""
        if self.sqlite:
            yield from self._connection.execute(sql)
            return
        with self._connection.cursor(name="bare") as cursor:
            cursor.itersize = CHUNK
            cursor.execute(sql)
            yield from cursor

    def done(self) -> None:
        """Commit."""
        self.run("COMMIT") if self.sqlite else self._connection.commit()
        self._connection.close()


OUT = f"""SELECT {", ".join(f"d.{name}" if name in OUTGOING[7:] else f"a.{name}" for name in OUTGOING)}
FROM addressee a CROSS JOIN address d WHERE a.list_id = 1 AND d.id = a.address_id
AND a.status IN ('mailable', 'held') ORDER BY a.record_id"""


def floor_send(url: str, path: Path) -> None:
    """Write the list to a CSV and note who is in it."""
    bare = Bare(url)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(OUTGOING)
        writer.writerows(bare.stream(OUT))
    bare.run(
        """INSERT INTO care_sent (job_id, addressee_id, address_id, who) SELECT 1, id, address_id, id FROM addressee
        WHERE list_id = 1 AND status IN ('mailable', 'held') ORDER BY id"""
    )
    bare.done()


HIT = """INSERT INTO hit SELECT s.addressee_id, r.line, {address} + r.line FROM answer r
JOIN addressee a ON a.list_id = 1 AND a.record_id = r.record_id
JOIN care_sent s ON s.job_id = 1 AND s.addressee_id = a.id ORDER BY s.addressee_id"""
DECISION = """INSERT INTO decision (id, batch_id, line, list_id, addressee_id, account, key, kind, code, move_type,
move_date, fulfilled, outcome, reason, took, answered, origin_batch_id, event, address_id, charge)
SELECT {first} + h.line, 1, h.line, 1, a.id, '', '', '{kind}', {code}, '', '', '', 'kept', 'kept', FALSE, FALSE, NULL,
a.id, a.address_id, 0 FROM hit h JOIN answer r ON r.line = h.line JOIN addressee a ON a.id = h.addressee_id
ORDER BY a.id"""
STAMP = """INSERT INTO stamp (id, addressee_id, place_id, job_id, method, processed_on)
SELECT {first} + h.line, a.id, a.address_id, 1, 'ncoalink', '2026-11-22' FROM hit h
JOIN addressee a ON a.id = h.addressee_id ORDER BY a.id"""
CODING = """INSERT INTO coding (id, addressee_id, address_id, job_id, check_digit, elot, record_type, dpv,
dpv_footnotes, cmra, vacant, no_stat, no_stat_reason, lacslink, suitelink, rdi, ews, footnotes, mailable, automation)
SELECT {first} + h.line, h.addressee_id, h.new_address, 1, r.std_chk, r.elot, r.record_type, r.dpv, r.dpv_footnotes,
r.cmra, r.vacant, r.no_stat, '', r.lacs_ind, r.suitelink_code, r.rdi, '', '', TRUE, TRUE
FROM hit h JOIN answer r ON r.line = h.line ORDER BY h.addressee_id"""
ADDRESS = """INSERT INTO address (id, addressee_id, urbanization, address1, address2, city, state, zip5, zip4,
delivery_point, carrier_route, source, came_in, place_id)
SELECT h.new_address, h.addressee_id, '', {text}, 'care', '2026-11-22', h.new_address
FROM hit h JOIN answer r ON r.line = h.line {which} ORDER BY h.new_address"""
TEXT = {
    "ncoa": "r.new_addr1, '', r.new_city, r.new_state, r.new_zip5, r.new_zip4, '', ''",
    "cass": "r.std_addr1, '', r.std_city, r.std_state, r.std_zip5, r.std_zip4, r.std_dp, r.std_crrt",
}
HISTORY = f"""INSERT INTO change (id, addressee_id, batch_id, line, kind, turned,
{", ".join("from_" + name for name in NOW.split(", "))}, {", ".join("to_" + name for name in NOW.split(", "))})
SELECT {{first}} + h.line, a.id, 1, h.line, 'moved', TRUE, {", ".join("a." + name for name in NOW.split(", "))},
h.new_address, 'mailable', 'moved', 'ncoa', a.base_status, a.base_reason, '2026-10', '2026-10', FALSE
FROM hit h JOIN answer r ON r.line = h.line JOIN addressee a ON a.id = h.addressee_id {{which}} ORDER BY a.id"""


def floor_answer(url: str, path: Path, kind: str) -> None:
    """Take an answer in, knowing what every row of it means."""
    bare = Bare(url)
    names = COLUMNS[kind]
    bare.run(f"CREATE TEMPORARY TABLE answer (line integer PRIMARY KEY, {', '.join(f'{name} text' for name in names)})")
    with path.open(newline="") as file:
        reader = csv.reader(file)
        next(reader)
        bare.load("answer", len(names) + 1, ((line, *row) for line, row in enumerate(reader, start=2)))
    if bare.sqlite:
        bare.run("CREATE INDEX temp.answer_record ON answer (record_id)")
    address, first = (
        bare.run(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0] for table in ("address", "change")
    )
    bare.run("CREATE TEMPORARY TABLE hit (addressee_id bigint PRIMARY KEY, line integer, new_address bigint)")
    bare.run(HIT.format(address=address))
    which = "WHERE r.ncoa_code = 'A'" if kind == "ncoa" else ""
    bare.run(DECISION.format(first=first, kind=kind, code="r.ncoa_code" if kind == "ncoa" else "r.dpv"))
    bare.run((STAMP if kind == "ncoa" else CODING).format(first=first))
    bare.run(ADDRESS.format(text=TEXT[kind], which=which))
    bare.run(HISTORY.format(first=first, which=which))
    columns = NOW.split(", ")
    if bare.sqlite:
        bare.run(
            f"""UPDATE OR ROLLBACK addressee SET ({NOW}) = (SELECT {", ".join(f"to_{name}" for name in columns)}
            FROM change JOIN hit ON change.id = {first} + hit.line WHERE hit.addressee_id = addressee.id)
            WHERE id IN (SELECT addressee_id FROM hit JOIN answer r ON r.line = hit.line {which})"""
        )
    else:
        bare.run(
            f"""UPDATE addressee a SET {", ".join(f"{name} = c.to_{name}" for name in columns)}
            FROM hit h JOIN change c ON c.id = {first} + h.line WHERE h.addressee_id = a.id"""
        )
    bare.done()
