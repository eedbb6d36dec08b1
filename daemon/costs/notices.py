"""The notices of a span of days, in few groups that are alike: one pass over the decisions of the batches that stand.

A notice belongs to the day of its file: the day on which the file was made, where its header says so, else the day
on which it was applied. It belongs to the drop whose piece carried its serial; where no piece did, to the last drop of
its list that was mailed before it was made, and not longer ago than `DROP_DAYS`.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from daemon.db import Store

FILES: Final = ("acs", "paper")  # kinds of batches whose records are notices; due moves and answers repeat them
DROP_DAYS: Final = 180  # a notice that comes later is of no drop we know
DAY_OF_FILE: Final = "CASE WHEN b.create_date <> '' THEN b.create_date ELSE substr(b.applied_at, 1, 10) END"
_DAY_OF_NOTICE: Final = f"CASE WHEN d.fulfilled <> '' THEN substr(d.fulfilled, 1, 10) ELSE {DAY_OF_FILE} END"


class File(NamedTuple):
    """One return file that stands, or one batch of returns on paper."""

    batch: int
    kind: str  # acs | paper
    name: str
    day: str
    read: int
    counted: int  # mills, by its records
    header: int | None  # mills, by its header
    shipping: int | None  # mills, by the shipping notice that came along
    products: tuple[tuple[str, int, int], ...]  # product code, quantity, mills

    @property
    def has_fees(self) -> bool:
        """Say whether the file says what it costs; what does not is priced by the table."""
        return bool(self.products) or bool(self.counted) or self.header is not None


class Group(NamedTuple):
    """Notices that are alike."""

    file: File
    list_id: int | None
    account: str
    kind: str  # coa | nixie | "" where it could not be read
    code: str
    outcome: str
    drop_id: int | None
    notices: int
    mills: int  # what they say they cost


class Mailed(NamedTuple):
    """A drop that was mailed, as far as one list is in it."""

    drop_id: int
    name: str
    list_id: int
    mailed_on: str
    mail_class: str
    pieces: int


def files_of(store: Store, since: str, until: str) -> dict[int, File]:
    """Return the files of these days, both included, that stand; by batch."""
    products: dict[int, list[tuple[str, int, int]]] = {}
    for batch, *product in store.all("SELECT batch_id, product_code, quantity, mills FROM charge ORDER BY 1, 2"):
        products.setdefault(batch, []).append((product[0], product[1], product[2]))
    found = {}
    for batch, kind, name, day, read, result in store.rows(
        f"""SELECT b.id, b.kind, b.file, {DAY_OF_FILE}, b.read, b.result FROM batch b WHERE b.status = 'applied'
        AND b.kind IN ('acs', 'paper') AND {DAY_OF_FILE} BETWEEN :since AND :until ORDER BY b.id""",
        since=since,
        until=until,
    ):
        charges = json.loads(result).get("charges") or {}
        mills = {name: _mills(charges.get(name)) for name in ("counted", "header", "shipping")}
        counted = mills["counted"] or 0
        of_file = tuple(products.get(batch, ()))
        found[batch] = File(batch, kind, name, day, read, counted, mills["header"], mills["shipping"], of_file)
    return found


def undone_files(store: Store, since: str, until: str) -> tuple[int, int]:
    """Return how many files of these days are undone and were not applied again, and what they said they cost."""
    rows = store.all(
        f"""SELECT b.result FROM batch b WHERE b.status = 'undone' AND b.kind = 'acs'
        AND {DAY_OF_FILE} BETWEEN :since AND :until AND b.content_sha256 NOT IN
        (SELECT content_sha256 FROM batch WHERE status = 'applied' AND kind = 'acs')""",
        since=since,
        until=until,
    )
    return len(rows), sum(_mills((json.loads(row[0]).get("charges") or {}).get("counted")) or 0 for row in rows)


def _mills(dollars: Any) -> int | None:
    return None if dollars is None else int(Decimal(dollars) * 1000)


def groups_of(store: Store, files: dict[int, File], mailed: list[Mailed]) -> Iterator[Group]:
    """Yield every notice of the files, in groups.

    The counts of a file's groups add up to what it read. Questions that were answered later count where they were
    asked.
    """
    if not files:
        return
    days = _DAY_OF_NOTICE if mailed else "''"
    of_piece = _of_piece(days) if mailed and store.value("SELECT 1 FROM piece LIMIT 1") else "NULL"
    drops = _Drops(mailed)
    rows = store.rows(
        f"""SELECT batch_id, list_id, account, kind, code, outcome, day, drop_id, count(*), sum(charge) FROM
        (SELECT b.id AS batch_id, d.list_id, d.account, d.kind, d.code, d.outcome, {days} AS day,
        {of_piece} AS drop_id, d.charge FROM batch b CROSS JOIN decision d
        WHERE d.id BETWEEN b.first_decision AND b.last_decision AND d.batch_id = b.id AND NOT d.answered
        AND b.status = 'applied' AND b.kind IN ('acs', 'paper') AND b.id BETWEEN :first AND :last) each_notice
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8""",
        first=min(files),
        last=max(files),
    )
    for batch, list_id, account, kind, code, outcome, day, drop_id, count, mills in rows:
        if (file := files.get(batch)) is not None:
            drop = drop_id if drop_id is not None else drops.of(list_id, day)
            yield Group(file, list_id, account, kind, code, outcome, drop, count, int(mills))


def _of_piece(day: str) -> str:
    return f"""(SELECT p.drop_id FROM piece p JOIN account a ON a.id = p.account_id WHERE a.code = d.account
        AND p.serial = d.key AND p.used_on <= {day} ORDER BY p.used_on DESC LIMIT 1)"""


class _Drops:
    """Which drop of a list was the last one mailed before a day."""

    def __init__(self, mailed: list[Mailed]) -> None:
        self._of: dict[int, list[tuple[str, int]]] = {}
        for each in sorted(mailed, key=lambda each: (each.mailed_on, each.drop_id)):
            self._of.setdefault(each.list_id, []).append((each.mailed_on, each.drop_id))

    def of(self, list_id: int | None, day: str) -> int | None:
        if list_id is None or list_id not in self._of:
            return None
        drops = self._of[list_id]
        at = bisect_right(drops, (day, 1 << 62)) - 1
        if at < 0 or date.fromisoformat(day) - date.fromisoformat(drops[at][0]) > timedelta(days=DROP_DAYS):
            return None
        return drops[at][1]


def mailed_drops(store: Store) -> list[Mailed]:
    """Return every drop that was mailed, list by list, with its pieces; the first mailed first."""
    rows = store.all(
        """SELECT d.id, d.name, r.list_id, d.mailed_on, d.mail_class, count(*) FROM mail_drop d
        JOIN drop_row r ON r.drop_id = d.id WHERE d.state = 'mailed' AND d.mailed_on IS NOT NULL
        AND r.disposition = 'mailable' GROUP BY 1, 2, 3, 4, 5 ORDER BY 4, 1, 3"""
    )
    return [Mailed._make(row) for row in rows]


def labels_written(store: Store, since: str, until: str) -> dict[int, int]:
    """Return how many labels were written for each list in these days, but for those of drops.

    The same file twice counts once.
    """
    rows = store.all(
        """SELECT list_id, sum(labels) FROM (SELECT list_id, sha256, max(labels) AS labels FROM label_run
        WHERE drop_id IS NULL AND substr(at, 1, 10) BETWEEN :since AND :until GROUP BY 1, 2) each_file GROUP BY 1""",
        since=since,
        until=until,
    )
    return {list_id: int(labels) for list_id, labels in rows}
