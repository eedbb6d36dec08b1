"""Drops as their release leaves them, made row by row: everyone who is mailable is mailed."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from daemon.db import writing
from daemon.labels.drop_labels import write_drop_labels
from tests.bureau import Bureau


def release(
    bureau: Bureau,
    name: str = "fall",
    lists: Sequence[str] = ("spring",),
    day: str = "2026-12-01",
    state: str = "released",
) -> None:
    """A drop of these lists."""
    with writing(bureau.house.engine) as store:
        number = store.next_id("mail_drop")
        columns = ("id", "name", "client", "offer", "mail_date", "mail_class", "dedupe", "state", "created_at", "scope",
                   "result")  # fmt: skip
        store.load(
            "mail_drop",
            columns,
            [(number, name, "Acme", "F26", day, "", "none", state, "2026-11-20T09:00:00+00:00", "", "{}")],
        )
        for position, each in enumerate(lists, 1):
            store.run(
                "INSERT INTO drop_list SELECT :drop, :position, id FROM mailing_list WHERE name = :name",
                drop=number,
                position=position,
                name=each,
            )
        store.run(
            """INSERT INTO drop_row (drop_id, addressee_id, list_id, step, disposition, reason, also, address_id,
            status)
            SELECT :drop, a.id, a.list_id, CASE WHEN a.status = 'mailable' THEN '' ELSE 'ncoa' END,
            CASE WHEN a.status = 'mailable' THEN 'mailable' ELSE 'held' END, '', '', a.address_id, a.status
            FROM addressee a JOIN drop_list l ON l.list_id = a.list_id WHERE l.drop_id = :drop""",
            drop=number,
        )


def labels(
    bureau: Bureau, name: str = "fall", oel: str | None = None, **how: Any
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Write a drop's labels as CSV; the result, and the rows."""
    path = bureau.folder / f"{name}.csv"
    presort = None if oel is None else bureau.file(oel, "oel.csv")
    result = write_drop_labels(bureau.house, name, path, oel=presort, **how)
    return result, rows_of(path)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a label file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
