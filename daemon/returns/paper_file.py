"""Returns on paper that somebody has typed into a CSV: rows to entries, and beside it those that cannot be taken."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

from daemon.db import reading
from daemon.durable import atomic_writer
from daemon.errors import SetAsideError
from daemon.intake.incoming import must_be_file, told_name
from daemon.lists.known import find_list
from daemon.lists.load import rejects_path
from daemon.lists.source import NOT_CSV, opened
from daemon.returns.paper import Papers, Refused, apply_papers, plan_papers
from daemon.returns.paper_entry import Entry, FieldError, entry_of
from daemon.wiring import House

COLUMNS: Final = (
    *("key", "reason", "address1", "city", "state", "zip5", "zip4", "urbanization"),
    *("move_type", "moved", "on", "old_zip"),
)
OF_REJECTS: Final = ("line", "fault")  # before the row, as it stands in the file; a mended file may bring them back


class PaperFile:
    """A CSV of returns, read.

    Raises:
        UsageError, OperatorError: there is no such file, or it may not be read.
        SetAsideError: it is empty, its header is none we can use, or it is not UTF-8.
    """

    def __init__(self, path: Path, today: str) -> None:
        must_be_file(path)
        self.path = path
        self.header: list[str] = []
        self.rows: dict[int, list[str]] = {}
        entries: list[Entry] = []
        refused: list[Refused] = []
        with opened(path) as file:
            names: list[str] | None = None
            for line, row, raw in file.rows():
                if names is None:
                    if row is None:
                        raise SetAsideError(NOT_CSV, reason="header", file=file.name, line=line)
                    names, self.header = _names(row, file.name, line), row
                    continue
                self.rows[line] = [raw] if row is None else row
                if row is None or len(row) != len(names):
                    refused.append(Refused(line, "bad_field", "row"))
                    continue
                values = {"key": "", **{name: text for name, text in zip(names, row, strict=True) if name in COLUMNS}}
                try:
                    entries.append(entry_of(line, today, values))
                except FieldError as error:
                    refused.append(Refused(line, "bad_field", error.field))
        if names is None:
            raise SetAsideError("the file is empty; it begins with a header row", reason="empty", file=path.name)
        self.papers = Papers(told_name(path), entries, path, refused)

    def set_aside(self, faults: dict[int, str]) -> str | None:
        """Write the rows that were not taken to a file beside this one; return its name, None where there are none."""
        place = rejects_path(self.path)
        if not faults:
            place.unlink(missing_ok=True)
            return None
        with atomic_writer(place) as out:
            writer = csv.writer(out, lineterminator="\n")
            again = tuple(self.header[: len(OF_REJECTS)]) == OF_REJECTS
            writer.writerow(self.header if again else [*OF_REJECTS, *self.header])
            for line, fault in sorted(faults.items()):
                row = self.rows[line]
                writer.writerow([line, fault, *(row[len(OF_REJECTS) :] if again else row)])
        return str(place)


def apply_paper_file(
    house: House, name: str | None, path: Path, *, plan: bool = False, accept_large_change: bool = False
) -> dict[str, Any]:
    """Apply a CSV of returns as one batch, or plan it; return what `apply` tells, with ``rejects_file``.

    Raises:
        UsageError: there is no such list or file.
        SetAsideError: the file is refused whole.
    """
    if name is not None:
        with reading(house.engine) as store:
            find_list(store, name)
    file = PaperFile(path, house.today())
    if plan:
        return plan_papers(house, name, file.papers)
    result = apply_papers(house, name, file.papers, accept_large_change=accept_large_change)
    if result["status"] != "applied":
        return result
    faults = {each["line"]: each["reason"] for each in result["records"] if each["outcome"] == "rejected"}
    return {**result, "rejects_file": file.set_aside(faults)}


def _names(row: list[str], file: str, line: int) -> list[str]:
    names = [field.strip().lower() for field in row]
    for name in names:
        if name not in (*COLUMNS, *OF_REJECTS):
            told = f"columns are {', '.join(COLUMNS)}"
            raise SetAsideError(f"a column is none of returns on paper; {told}", reason="header", file=file, line=line)
        if names.count(name) > 1:
            raise SetAsideError("the column stands twice", reason="header", file=file, line=line, field=name)
    if "key" not in names or not {"reason", "address1"} & set(names):
        raise SetAsideError("it takes key, and reason or address1", reason="header", file=file, line=line, field="key")
    return names
