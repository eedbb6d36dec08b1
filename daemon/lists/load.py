"""Take in a client's list file: add the new, change the known, set the bad aside. One transaction."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.db import CHUNK, Row, Store, in_bulk, writing
from daemon.durable import atomic_writer
from daemon.errors import HouseError, SetAsideError, TryAgainError, UsageError
from daemon.lists.columns import OF_REJECTS, Check, Header, RowError, read_map
from daemon.lists.known import Known, find_list
from daemon.lists.records import add_records, change_records
from daemon.lists.source import NOT_CSV, ListFile, Progress, opened, silent
from daemon.lists.stage import Stage
from daemon.lists.streams import streamed
from daemon.wiring import House

REJECTS = ".rejects.csv"
_PROGRESS_ROWS = 5_000


class UnbalancedImportError(HouseError):
    """The rows read and the rows accounted for differ in number. Nothing was changed."""


@dataclass(slots=True)
class Tally:
    """Where every row of the file went."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    kept: int = 0
    rejected: int = 0
    warnings: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Prove that no row fell between two piles."""
        piled = self.added + self.changed + self.unchanged + self.kept + self.rejected
        if piled != self.read:
            raise UnbalancedImportError(f"{self.read} rows were read, {piled} accounted for; nothing was changed")


def import_file(
    house: House,
    name: str,
    path: Path,
    *,
    map_file: Path | None = None,
    encoding: str = "utf-8",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Take a list file in; return the result of interface section 3.

    The whole file is one transaction. Bad rows are set aside to `rejects_path`, beside the file; a file without any
    takes away the one an earlier run left there.

    Args:
        map_file: TOML, ``[columns]`` with ours = "theirs".
        progress: called now and then with what is done, how many bytes of it, and of how many.

    Raises:
        UsageError: no such list, file, map or encoding.
        SetAsideError: the file is empty, has no header that can be used, or is not in its encoding.
        TryAgainError: the file changed while it was read.
        OperatorError: the account has no serials left, or the rejects cannot be written.
    """
    mapping = read_map(map_file)
    rejects = rejects_path(path)
    tally = Tally()
    with writing(house.engine) as store, opened(path, encoding) as file, in_bulk():
        known = find_list(store, name)
        rows = file.rows()
        first = next(rows, None)
        if first is None:
            raise SetAsideError("the file is empty; a list file has a header row", reason="empty", file=path.name)
        if first[1] is None:
            raise SetAsideError(NOT_CSV, reason="header", file=path.name, line=first[0])
        header = Header(first[1], mapping, known.extra_columns, path.name, first[0])
        stage = Stage(store, known, header)
        with closing(
            _checked(store, file, rows, Check(header, known.scheme), tally=tally, progress=progress)
        ) as checked:
            stage.fill(checked)
        progress("comparing", 0, None)
        import_id = _open_run(store, known, house, file)
        _settle_rows(store, stage, import_id, house, tally)
        tally.close()
        _close_run(store, known, header, import_id, tally)
        if tally.rejected:
            write_rejects(store, path, header.fields, encoding=encoding, sha256=file.sha256())
        stage.drop()
    if not tally.rejected:
        try:
            rejects.unlink(missing_ok=True)
        except OSError:
            tally.warnings.append(f"{rejects.name} is from an earlier run and could not be removed")
    return {
        "list": name,
        "read": tally.read,
        "added": tally.added,
        "changed": tally.changed,
        "unchanged": tally.unchanged,
        "kept": tally.kept,
        "rejected": tally.rejected,
        "rejects_file": str(rejects) if tally.rejected else None,
        "warnings": tally.warnings,
    }


def rejects_path(path: Path) -> Path:
    """Return where the bad rows of a file go: ``spring.csv`` has its own in ``spring.rejects.csv``.

    Raises:
        UsageError: it is no name of a file, such as ``.`` or ``/``.
    """
    if not path.name:
        raise UsageError(f"{path}: is a folder; name a file")
    stem = path.name[:-4] if path.name.lower().endswith(".csv") else path.name
    return path.with_name(stem + REJECTS)


def _checked(
    store: Store,
    file: ListFile,
    rows: Iterator[tuple[int, list[str] | None, str]],
    check: Check,
    *,
    tally: Tally,
    progress: Progress,
) -> Generator[list[Any]]:
    """Yield the good rows, line first; the bad ones go to the table of the rejected."""
    bad: list[Row] = []

    def set_aside() -> None:
        store.load("rejected", ("line", "reason"), bad)
        bad.clear()

    read = 0
    for line, row, _ in rows:
        read += 1
        if not read % _PROGRESS_ROWS:
            progress("reading", file.done, file.size)
        try:
            if row is None:
                raise RowError(NOT_CSV)
            values = check(row)
        except RowError as error:
            bad.append((line, str(error)))
            if len(bad) >= CHUNK:
                set_aside()
            continue
        values.insert(0, line)
        yield values
    set_aside()
    tally.read = read
    progress("reading", file.size, file.size)


def _settle_rows(store: Store, stage: Stage, import_id: int, house: House, tally: Tally) -> None:
    today = house.today()
    stage.reject_repeats()
    stage.match()
    stage.reject_keylines()
    equal = stage.compare()
    differing = change_records(store, stage, import_id, today=today, at=house.stamp())
    added, next_serial = add_records(store, stage, import_id, today)
    tally.added = added
    tally.changed = differing.changed
    tally.kept = differing.kept
    tally.unchanged = equal + differing.unchanged
    tally.rejected = int(store.value("SELECT count(*) FROM rejected"))
    tally.warnings = differing.warnings
    store.run("UPDATE account SET next_serial = :next WHERE id = :id", next=next_serial, id=stage.known.account_id)


def _open_run(store: Store, known: Known, house: House, file: ListFile) -> int:
    store.run(
        """INSERT INTO import_run (list_id, file, sha256, at, added, changed, unchanged, kept, rejected)
        VALUES (:list, :file, :sha256, :at, 0, 0, 0, 0, 0)""",
        list=known.id,
        file=file.name,
        sha256=file.sha256(),
        at=house.stamp(),
    )
    return int(store.value("SELECT max(id) FROM import_run"))


def _close_run(store: Store, known: Known, header: Header, import_id: int, tally: Tally) -> None:
    store.run(
        """UPDATE import_run SET added = :added, changed = :changed, unchanged = :unchanged, kept = :kept,
        rejected = :rejected WHERE id = :id""",
        id=import_id,
        added=tally.added,
        changed=tally.changed,
        unchanged=tally.unchanged,
        kept=tally.kept,
        rejected=tally.rejected,
    )
    store.run(
        "UPDATE mailing_list SET size = size + :added, extra_columns = :extras WHERE id = :id",
        added=tally.added,
        extras=json.dumps(list(header.extras), ensure_ascii=False),
        id=known.id,
    )


def write_rejects(store: Store, path: Path, fields: Sequence[str], *, encoding: str, sha256: str) -> None:
    """Read a file once more and write out the rows that table ``rejected`` has, as they stand there.

    Raises:
        TryAgainError: the file is not the one of this hash any more.
    """
    with (
        streamed(store, "SELECT line, reason FROM rejected ORDER BY line") as rejected,
        opened(path, encoding) as file,
        atomic_writer(rejects_path(path)) as out,
    ):
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*OF_REJECTS, *fields])
        line, reason = next(rejected, (0, ""))
        for at, row, raw in file.rows():
            if at == line:
                writer.writerow([line, reason, *([raw] if row is None else row)])
                line, reason = next(rejected, (0, ""))
        if line or file.sha256() != sha256:
            raise TryAgainError(f"{path.name} changed while it was read; nothing was loaded. Give it again")
