"""Every record of a drop and what became of it, as a CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

from daemon.db import reading
from daemon.drop.state import find_drop
from daemon.durable import atomic_writer
from daemon.errors import UsageError
from daemon.lists.streams import streamed
from daemon.wiring import House

COLUMNS: Final = ("list", "record_id", "disposition", "reason", "survivor", "step", "also")


def write_rows(house: House, name: str, path: Path) -> dict[str, Any]:
    """Write one row a record: lists in the order of the drop, records by record_id.

    Returns ``{"drop", "file", "rows"}``.

    ``survivor`` is ``LIST/RECORD_ID`` of whoever a duplicate is one of; ``step`` owns the record, ``also`` are the
    reasons of later steps that met it, blanks between. No names, no addresses.

    Raises:
        UsageError: no such drop, or it was never checked.
    """
    with reading(house.engine) as store, atomic_writer(path) as file:
        drop = find_drop(store, name)
        if drop.checked_at is None:
            raise UsageError(f"drop {name} was not checked yet; `listkeeper drop check {name}`")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        count = 0
        with streamed(
            store,
            """SELECT l.name, a.record_id, r.disposition, r.reason,
            CASE WHEN s.id IS NULL THEN '' ELSE sl.name || '/' || s.record_id END, r.step, r.also
            FROM drop_row r JOIN drop_list p ON p.drop_id = r.drop_id AND p.list_id = r.list_id
            JOIN mailing_list l ON l.id = r.list_id JOIN addressee a ON a.id = r.addressee_id
            LEFT JOIN addressee s ON s.id = r.survivor_id LEFT JOIN mailing_list sl ON sl.id = s.list_id
            WHERE r.drop_id = :drop ORDER BY p.position, a.record_id""",
            drop=drop.id,
        ) as rows:
            for row in rows:
                writer.writerow(row)
                count += 1
    return {"drop": name, "file": str(path), "rows": count}
