"""Write a list out: one CSV, the same bytes for the same list, on either database."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from daemon.db import Row, Store, reading
from daemon.durable import atomic_writer
from daemon.errors import UsageError
from daemon.lists.columns import CODING, COLUMNS, PLACE
from daemon.lists.known import Known, find_list
from daemon.lists.streams import streamed
from daemon.wiring import House
from schemas.codes import STRENGTH


def export_file(house: House, name: str, path: Path, *, status: str = "all") -> dict[str, Any]:
    """Write the list to a CSV; return ``{"list", "file", "rows"}``.

    Rows stand in the byte order of their record_id, our columns first, then the client's own; lines end in ``\\n``
    and only fields that need quotes have them. What is there already is replaced when the new file is whole.

    Raises:
        UsageError: no such list, no such status, or a folder that is not there.
        OperatorError, TryAgainError: the file cannot be written.
    """
    if status != "all" and status not in STRENGTH:
        raise UsageError(f"--status is one of all, {', '.join(STRENGTH)}")
    with reading(house.engine) as store, atomic_writer(path) as file:
        known = find_list(store, name)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*COLUMNS, *known.extra_columns])
        with _rows(store, known, status) as rows:
            counted = _Counted(rows)
            writer.writerows(counted)
    return {"list": name, "file": str(path), "rows": counted.count}


class _Counted:
    """Rows on their way out, counted."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for self.count, row in enumerate(self.rows, 1):  # noqa: B020
            yield row


@contextmanager
def _rows(store: Store, known: Known, status: str) -> Iterator[Iterator[Row]]:
    of_address = {*PLACE, *CODING}
    columns = [f"d.{name}" if name in of_address else f"a.{name}" for name in COLUMNS]
    columns[COLUMNS.index("needs_cass")] = "CASE WHEN a.needs_cass THEN 'true' ELSE 'false' END"
    extras = known.extra_columns
    which, values = ("", {}) if status == "all" else ("AND a.status = :status", {"status": status})
    with streamed(
        store,
        f"""SELECT {", ".join(columns)}{", a.extra" if extras else ""} FROM addressee a CROSS JOIN address d
        WHERE a.list_id = :list AND d.id = a.address_id {which} ORDER BY a.record_id""",
        list=known.id,
        **values,
    ) as rows:
        if not extras:
            yield rows
            return
        blanks = ("",) * len(extras)
        yield ((*row[:-1], *(map(json.loads(row[-1]).get, extras, blanks) if row[-1] else blanks)) for row in rows)
