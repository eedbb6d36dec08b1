"""The floor: the same rows loaded, joined, updated and put into history by SQL written for the purpose.

It knows beforehand what every notice means, asks none of the questions, archives and hashes nothing, checks no
counts and closes no tally: what is left is what the database and the disk cost. It does load and write the same
rows: each record's fields into a stage, an address for each move, a history row for each change, and one row for
every record of what became of it.
"""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path

import psycopg

CHUNK = 2_000
# Every field that a question is asked about, as (name, first position, last position).
FIELDS = (
    ("sequence", 4, 11), ("account", 12, 20), ("keyline", 21, 36), ("move_date", 37, 44), ("move_type", 45, 45),
    ("code", 46, 46), ("last_name", 50, 69), ("first_name", 70, 84), ("prefix", 85, 90), ("suffix", 91, 96),
    ("old_number", 126, 135), ("old_street", 138, 165), ("old_city", 186, 213), ("old_state", 214, 215),
    ("old_zip", 216, 220), ("new_type", 221, 221), ("urbanization", 230, 257), ("city", 318, 345),
    ("state", 346, 347), ("zip5", 348, 352), ("zip4", 354, 357), ("point", 358, 359), ("address1", 373, 438),
    ("class", 440, 440), ("acs", 524, 524), ("fulfilled", 525, 532), ("flag", 545, 545), ("fee", 552, 557),
)  # fmt: skip
COLUMNS = len(FIELDS) + 1
_cut = itemgetter(*(slice(start - 1, end) for _name, start, end in FIELDS))
MOVED = next(place for place, (name, *_) in enumerate(FIELDS) if name == "move_date")

STAGE = "line integer PRIMARY KEY, " + ", ".join(f"{name} text" for name, *_ in FIELDS)
HIT = "addressee_id bigint PRIMARY KEY, line integer, new_address bigint"
NOW = "address_id, status, status_reason, status_by, base_status, base_reason, address_since, move_month, needs_cass"
HISTORY = f"""INSERT INTO change (id, addressee_id, batch_id, line, kind, turned,
{", ".join("from_" + name for name in NOW.split(", "))}, {", ".join("to_" + name for name in NOW.split(", "))})
SELECT {{first}} + h.line, a.id, 1, h.line, 'moved', {{true}}, {", ".join("a." + name for name in NOW.split(", "))},
CASE WHEN s.flag = 'C' THEN h.new_address ELSE a.address_id END,
CASE WHEN s.flag = 'C' THEN 'mailable' ELSE 'undeliverable' END, 'moved', 'notice', a.base_status, a.base_reason,
CASE WHEN s.flag = 'C' THEN s.move_date ELSE a.address_since END, substr(s.move_date, 1, 7), {{true}}
FROM hit h JOIN stage s ON s.line = h.line JOIN addressee a ON a.id = h.addressee_id ORDER BY a.id"""
ADDRESSES = """INSERT INTO address (id, addressee_id, urbanization, address1, address2, city, state, zip5, zip4,
delivery_point, carrier_route, source, came_in, place_id)
SELECT h.new_address, h.addressee_id, '', s.address1, '', s.city, s.state, s.zip5, s.zip4, s.point, '', 'acs',
'2026-11-22', h.new_address FROM hit h JOIN stage s ON s.line = h.line WHERE s.flag = 'C' ORDER BY h.new_address"""


DECISIONS = """INSERT INTO decision (id, batch_id, line, list_id, addressee_id, account, key, kind, code, move_type,
move_date, fulfilled, outcome, reason, took, answered, origin_batch_id, event, address_id, charge)
SELECT {first} + h.line, 1, s.line, 1, h.addressee_id, 'BYOBOFN', s.keyline, s.flag, s.code, 'I', s.move_date,
s.fulfilled, 'moved', 'moved', {true}, {false}, NULL, h.addressee_id * 7919, h.new_address, 0
FROM hit h JOIN stage s ON s.line = h.line ORDER BY h.addressee_id"""


def rows(path: Path) -> Iterator[tuple[object, ...]]:
    """Cut each record into the fields that the questions need."""
    with path.open(encoding="ascii", newline="") as file:
        next(file)
        for line, text in enumerate(file, start=2):
            fields = list(map(str.strip, _cut(text)))
            moved = fields[MOVED]
            fields[MOVED] = f"{moved[:4]}-{moved[4:6]}-{moved[6:]}"
            yield (line, *fields)


def apply_sqlite(database: Path, path: Path) -> None:
    """Apply a return file to a copy of the master list."""
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-64000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"CREATE TEMP TABLE stage ({STAGE})")
    source = rows(path)
    while chunk := list(islice(source, CHUNK)):
        connection.executemany(f"INSERT INTO stage VALUES ({', '.join('?' * COLUMNS)})", chunk)
    first_address = connection.execute("SELECT max(id) + 1 FROM address").fetchone()[0]
    first_change = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM change").fetchone()[0]
    connection.execute(f"CREATE TEMP TABLE hit ({HIT})")
    connection.execute(
        f"""INSERT INTO hit SELECT a.id, s.line, {first_address} + s.line FROM stage s
        CROSS JOIN addressee a WHERE a.account_id = 1 AND a.keyline = s.keyline ORDER BY a.id"""
    )
    connection.execute(ADDRESSES)
    connection.execute(DECISIONS.format(first=first_change, true=1, false=0))
    connection.execute(HISTORY.format(first=first_change, true=1))
    connection.execute(
        f"""UPDATE OR ROLLBACK addressee SET ({NOW}) = (SELECT {", ".join("to_" + n for n in NOW.split(", "))}
        FROM change JOIN hit ON change.id = {first_change} + hit.line WHERE hit.addressee_id = addressee.id)
        WHERE id IN (SELECT addressee_id FROM hit)"""
    )
    connection.execute("COMMIT")
    connection.close()


def apply_postgres(url: str, path: Path) -> None:
    """Apply a return file to a copy of the master list."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE stage ({STAGE})")
        source = rows(path)
        with cursor.copy("COPY stage FROM STDIN") as copy:
            while chunk := list(islice(source, CHUNK)):
                copy.write("".join("\t".join(map(str, row)) + "\n" for row in chunk))
        cursor.execute("SELECT max(id) + 1 FROM address")
        first_address = cursor.fetchone()[0]  # type: ignore[index]
        cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM change")
        first_change = cursor.fetchone()[0]  # type: ignore[index]
        cursor.execute(f"CREATE TEMP TABLE hit ({HIT})")
        cursor.execute(
            f"""INSERT INTO hit SELECT a.id, s.line, {first_address} + s.line FROM stage s
            JOIN addressee a ON a.account_id = 1 AND a.keyline = s.keyline ORDER BY a.id"""
        )
        cursor.execute(ADDRESSES)
        cursor.execute(DECISIONS.format(first=first_change, true="true", false="false"))
        cursor.execute(HISTORY.format(first=first_change, true="true"))
        cursor.execute(
            f"""UPDATE addressee a SET {", ".join(f"{n} = c.to_{n}" for n in NOW.split(", "))}
            FROM hit h JOIN change c ON c.id = {first_change} + h.line WHERE h.addressee_id = a.id"""
        )


def undo_sqlite(database: Path) -> None:
    """Turn back the last batch by its history."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    first, last = connection.execute("SELECT first_change, last_change FROM batch ORDER BY id DESC LIMIT 1").fetchone()
    connection.execute("CREATE TEMP TABLE back (addressee_id integer PRIMARY KEY, change_id integer)")
    connection.execute("INSERT INTO back SELECT addressee_id, id FROM change WHERE id BETWEEN ? AND ?", (first, last))
    connection.execute(
        f"""UPDATE OR ROLLBACK addressee SET ({NOW}) = (SELECT {", ".join("from_" + n for n in NOW.split(", "))}
        FROM back JOIN change c ON c.id = back.change_id WHERE back.addressee_id = addressee.id)
        WHERE id IN (SELECT addressee_id FROM back)"""
    )
    connection.execute("UPDATE change SET undone_at = 'now' WHERE id BETWEEN ? AND ?", (first, last))
    connection.execute("COMMIT")
    connection.close()


def undo_postgres(url: str) -> None:
    """Turn back the last batch by its history."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT first_change, last_change FROM batch ORDER BY id DESC LIMIT 1")
        first, last = cursor.fetchone()  # type: ignore[misc]
        cursor.execute(
            f"""UPDATE addressee a SET {", ".join(f"{n} = c.from_{n}" for n in NOW.split(", "))}
            FROM change c WHERE c.id BETWEEN {first} AND {last} AND c.addressee_id = a.id"""
        )
        cursor.execute(f"UPDATE change SET undone_at = 'now' WHERE id BETWEEN {first} AND {last}")


MASTER = """id, list_id, account_id, record_id, keyline, name_prefix, first_name, middle_name, last_name, name_suffix,
company, address_id, status, status_reason, status_by, base_status, base_reason, address_since, move_month,
needs_cass, locked, extra, import_id, import_line"""
WHERE = """id, addressee_id, urbanization, address1, address2, city, state, zip5, zip4, delivery_point,
carrier_route, source, came_in, place_id"""


def _master_rows(path: Path, true: object, false: object) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
    with path.open(newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for number, (record_id, first, last, line, city, state, zip5, zip4) in enumerate(reader, start=1):
            yield (
                (number, 1, 1, record_id, f"{number:09d}0", "", first, "", last, "", "", number, "mailable", "", "",
                 "mailable", "", "", "", true, false, "", 1, number + 1),
                (number, number, "", line, "", city, state, zip5, zip4, "", "", "client", "2026-11-22", number),
            )  # fmt: skip


def import_sqlite(database: Path, path: Path) -> None:
    """Load a list file into an empty master."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    source = _master_rows(path, 1, 0)
    while chunk := list(islice(source, CHUNK)):
        connection.executemany(
            f"INSERT INTO addressee ({MASTER}) VALUES ({', '.join('?' * 24)})", [one for one, _ in chunk]
        )
        connection.executemany(
            f"INSERT INTO address ({WHERE}) VALUES ({', '.join('?' * 14)})", [two for _, two in chunk]
        )
    connection.execute("COMMIT")
    connection.close()


def import_postgres(url: str, path: Path) -> None:
    """Load a list file into an empty master."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        source = _master_rows(path, "t", "f")
        while chunk := list(islice(source, CHUNK)):
            for table, names, which in (("addressee", MASTER, 0), ("address", WHERE, 1)):
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    copy.write("".join("\t".join(map(str, pair[which])) + "\n" for pair in chunk))


EXPORT = """SELECT a.record_id, a.status, a.status_reason, a.keyline, a.name_prefix, a.first_name, a.middle_name,
a.last_name, a.name_suffix, a.company, d.urbanization, d.address1, d.address2, d.city, d.state, d.zip5, d.zip4,
d.delivery_point, d.carrier_route, a.address_since, a.move_month, CASE WHEN a.needs_cass THEN 'true' ELSE 'false' END
FROM addressee a JOIN address d ON d.id = a.address_id WHERE a.list_id = 1 ORDER BY a.record_id"""
KEY = "'#' || substr(a.keyline, 1, 4) || ' ' || substr(a.keyline, 5, 4) || ' ' || substr(a.keyline, 9, 2) || '#'"
LABELS = f"""SELECT a.record_id, a.keyline, '#BYOBOFN', {KEY}, a.first_name || ' ' || a.last_name, d.address1,
d.city || ' ' || d.state || ' ' || d.zip5 || '-' || d.zip4, '', '', '', '', ''
FROM addressee a JOIN address d ON d.id = a.address_id WHERE a.list_id = 1 AND a.status = 'mailable'
ORDER BY a.record_id"""

_DIGITS = "'00' || '080' || '123456' || a.keyline || d.zip5 || d.zip4"
# Digits stand where the bars will: whoever turns one into the other does more than this.
BARCODES = f"""SELECT a.record_id, a.keyline, a.first_name || ' ' || a.last_name, d.address1,
d.city || ' ' || d.state || ' ' || d.zip5 || '-' || d.zip4, '', '', '', '', '',
substr({_DIGITS} || {_DIGITS} || {_DIGITS}, 1, 65), {_DIGITS}
FROM addressee a JOIN address d ON d.id = a.address_id WHERE a.list_id = 1 AND a.status = 'mailable'
ORDER BY a.record_id"""


def dump_sqlite(database: Path, query: str, path: Path) -> None:
    """Write the rows of one query as CSV: a plain cursor, a plain writer."""
    connection = sqlite3.connect(database)
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(connection.execute(query))
    connection.close()


def dump_postgres(url: str, query: str, path: Path) -> None:
    """Write the rows of one query as CSV: a plain server-side cursor, a plain writer."""
    with (
        psycopg.connect(url) as connection,
        connection.cursor(name="dump") as cursor,
        path.open("w", newline="") as file,
    ):
        cursor.itersize = CHUNK
        cursor.execute(query)
        csv.writer(file, lineterminator="\n").writerows(cursor)


def read_file(path: Path) -> int:
    """Cut every record of a file; return how many."""
    return sum(1 for _ in rows(path))
