"""The presort's file: endorsement lines, and the order in which the labels are printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from daemon.db import Row, Store
from daemon.errors import SetAsideError
from daemon.lists.columns import LONGEST_ID
from daemon.lists.known import Known
from daemon.lists.source import opened

_TABLE: Final = "line bigint PRIMARY KEY, list text NOT NULL, record_id text NOT NULL, oel text NOT NULL"


def stage_presort(store: Store, path: Path, lists: tuple[str, ...]) -> None:
    """Fill the temporary table ``oel`` (line, list, record_id, oel) from the presort's file.

    Args:
        lists: names of the lists it may name; where there are several, it says which in a column ``list``.

    Raises:
        UsageError: no such file.
        SetAsideError: `header`, `row`, `unknown` (a record id that no list could have, or a list that is not one of
            these), or `repeated`: a record is named twice.
    """
    store.temporary("oel", _TABLE)
    store.load("oel", ("line", "list", "record_id", "oel"), _rows(path, lists))
    store.run("CREATE INDEX oel_record ON oel (record_id, list)")
    if store.postgres:
        store.run("ANALYZE oel")
    found = store.one(
        """SELECT o.line, o.record_id FROM (SELECT list, record_id, min(line) AS first FROM oel GROUP BY list, record_id
        HAVING count(*) > 1) f JOIN oel o ON o.record_id = f.record_id AND o.list = f.list AND o.line > f.first
        ORDER BY o.line LIMIT 1"""
    )
    if found is not None:
        raise SetAsideError(
            f"{found[1]}: stands in the file already",
            reason="repeated",
            file=path.name,
            line=found[0],
            field="record_id",
        )


def check_list(store: Store, known: Known, path: Path) -> None:
    """Hold the staged file against a list: whom it names is there and mailable.

    Raises:
        SetAsideError: `unknown` or `not-mailable`.
    """
    for reason, fault, query in (
        (
            "unknown",
            "the list has no such record",
            """SELECT o.line, o.record_id FROM oel o WHERE NOT EXISTS (SELECT 1 FROM addressee a
            WHERE a.list_id = :list AND a.record_id = o.record_id)""",
        ),
        (
            "not-mailable",
            "the record is not mailable",
            """SELECT o.line, o.record_id FROM oel o CROSS JOIN addressee a
            WHERE a.list_id = :list AND a.record_id = o.record_id AND a.status <> 'mailable'""",
        ),
    ):
        found = store.one(f"{query} ORDER BY line LIMIT 1", list=known.id)
        if found is not None:
            line, record_id = found
            raise SetAsideError(f"{record_id}: {fault}", reason=reason, file=path.name, line=line, field="record_id")


def _rows(path: Path, lists: tuple[str, ...]) -> Iterator[Row]:
    needed = ("list", "record_id", "oel") if len(lists) > 1 else ("record_id", "oel")
    with opened(path) as file:
        rows = file.rows()
        _, header, _ = next(rows, (1, None, ""))
        names = [field.strip().lower() for field in header or ()]
        for column in needed:
            if names.count(column) != 1:
                raise SetAsideError(
                    f"an endorsement file has a header with the columns {', '.join(needed)}, each once",
                    reason="header",
                    file=path.name,
                    line=1,
                    field=column,
                )
        id_at, oel_at = names.index("record_id"), names.index("oel")
        list_at = names.index("list") if len(lists) > 1 else None
        for line, row, _ in rows:
            if row is None or len(row) != len(names):
                raise SetAsideError(
                    "not a row of as many fields as the header has", reason="row", file=path.name, line=line
                )
            if "\x00" in row[id_at] or "\x00" in row[oel_at]:
                raise SetAsideError("has a control character", reason="row", file=path.name, line=line)
            if len(row[id_at]) > LONGEST_ID:
                raise SetAsideError("the list has no such record", reason="unknown", file=path.name, line=line)
            of = lists[0] if list_at is None else row[list_at].strip()
            if of not in lists:
                raise SetAsideError(
                    f"no list of this drop; it has {', '.join(lists)}",
                    reason="unknown",
                    file=path.name,
                    line=line,
                    field="list",
                )
            yield line, of, row[id_at].strip(), row[oel_at].rstrip()
