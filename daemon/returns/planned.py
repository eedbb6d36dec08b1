"""A plan, record by record: gathered beside the database's own tables, told in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from daemon.db import CHUNK, Row, Store
from daemon.returns.decide import Outcome
from schemas.notice import Notice

Tell = Callable[[Notice, int | None, int | None, Outcome, str], None]


class PlannedRecord(NamedTuple):
    """One line of a plan."""

    line: int
    list: str
    record_id: str
    outcome: str
    reason: str


@contextmanager
def planning(store: Store) -> Iterator[tuple[Tell, Callable[[], Iterator[PlannedRecord]]]]:
    """Yield what a writer tells its records to, and what gives them back in the order of their lines."""
    columns = ("line", "addressee_id", "list_id", "outcome", "reason")
    store.temporary("planned", "line integer, addressee_id bigint, list_id integer, outcome text, reason text")
    rows: list[Row] = []

    def tell(notice: Notice, addressee_id: int | None, list_id: int | None, outcome: Outcome, reason: str) -> None:
        rows.append((notice.line, addressee_id, list_id, outcome, reason))
        if len(rows) >= CHUNK:
            write()

    def write() -> None:
        store.load("planned", columns, rows)
        rows.clear()

    def planned() -> Iterator[PlannedRecord]:
        write()
        for row in store.rows(
            """SELECT p.line, coalesce(l.name, ''), coalesce(a.record_id, ''), p.outcome, p.reason FROM planned p
            LEFT JOIN addressee a ON a.id = p.addressee_id LEFT JOIN mailing_list l ON l.id = p.list_id
            ORDER BY p.line"""
        ):
            yield PlannedRecord(*row)

    yield tell, planned
