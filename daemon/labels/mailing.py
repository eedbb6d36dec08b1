"""Who is mailed, in what order, with which key: the label file of one list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from daemon.db import CHUNK, Row, Store, in_bulk, reading, writing
from daemon.durable import atomic_bytes, atomic_writer
from daemon.errors import SetAsideError, UsageError
from daemon.labels.render import COLUMNS, RECORD, mailer_labels, participant_labels
from daemon.lists.columns import LONGEST_ID
from daemon.lists.known import Known, find_list
from daemon.lists.load import rejects_path
from daemon.lists.source import Progress, opened, silent
from daemon.lists.streams import streamed
from daemon.wiring import House

_MOST_SKIPPED: Final = 1_000
_FROM: Final = "addressee a CROSS JOIN address d WHERE a.list_id = :list AND d.id = a.address_id"


class _Skipped:
    """Records without a label: in a file of their own, which exists only when there are any."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self.count = 0
        self.first: list[dict[str, object]] = []
        self._stack = stack
        self._file: TextIO | None = None

    def __call__(self, line: int, record_id: str, reason: str) -> None:
        if self._file is None:
            self._file = self._stack.enter_context(atomic_writer(self.path))
            self._writer = csv.writer(self._file, lineterminator="\n")
            self._writer.writerow(["line", "record_id", "reason"])
        self._writer.writerow([line or "", record_id, reason])
        self.count += 1
        if self.count <= _MOST_SKIPPED:
            self.first.append({"line": line or None, "record_id": record_id, "reason": reason})


def write_labels(
    house: House, name: str, path: Path, *, oel: Path | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Write the label file of a list's mailable addressees.

    Returns ``{"list", "file", "labels", "sha256", "skipped", "rejected", "rejects_file"}``; ``skipped`` names the
    first thousand records that could have no label, `rejects_path` all of them.

    Args:
        oel: CSV with the columns record_id and oel; whom it names comes first, in its order, the others by record_id.
        progress: called now and then with what is done, how many labels, and the size of the list.

    Raises:
        UsageError: no such list or file, or a Mailer ID's list without an STID.
        SetAsideError: the endorsement file names an unknown record, one that is not mailable, or one twice; or a key
            does not lead back to its addressee. No file is written.
    """
    with ExitStack() as stack:
        skipped = _Skipped(rejects_path(path), stack)
        with atomic_bytes(path) as file:
            with reading(house.engine) as store, in_bulk():
                known = find_list(store, name)
                if oel is not None:
                    _stage_endorsements(store, known, oel)
                with _records(store, known, with_oel=oel is not None) as records:
                    if known.kind == "participant":
                        labels = participant_labels(known.code, records, skipped)
                    else:
                        labels = mailer_labels(known.code, _stid(known), records, skipped)
                    digest, count = _write(file, labels, known.size, progress)
            with writing(house.engine) as store:
                # The run is known before the file has its name, so no label file is ever without one.
                store.run(
                    """INSERT INTO label_run (list_id, file, sha256, at, format, labels)
                    VALUES (:list, :file, :sha256, :at, 'csv', :labels)""",
                    list=known.id,
                    file=path.name,
                    sha256=digest,
                    at=house.stamp(),
                    labels=count,
                )
    if not skipped.count:
        with suppress(OSError):
            skipped.path.unlink()
    return {
        "list": name,
        "file": str(path),
        "labels": count,
        "sha256": digest,
        "skipped": skipped.first,
        "rejected": skipped.count,
        "rejects_file": str(skipped.path) if skipped.count else None,
    }


def _stid(known: Known) -> str:
    if not known.stid:
        raise UsageError(
            f"list {known.name} has no STID, and a barcode needs one; "
            f"`listkeeper list change {known.name} --stid NNN` sets it (the USPS table says which goes with what)"
        )
    return known.stid


@contextmanager
def _records(store: Store, known: Known, *, with_oel: bool) -> Iterator[Iterator[Row]]:
    columns = ", ".join(RECORD)
    of_list = f"{_FROM} AND a.status = 'mailable'"
    if not with_oel:
        query = f"SELECT {columns}, '', 0 FROM {of_list} ORDER BY a.record_id"
        with streamed(store, query, list=known.id) as records:
            yield records
        return
    named = f"SELECT {columns}, o.oel, o.line FROM oel o CROSS JOIN {of_list} AND a.record_id = o.record_id"
    others = f"""SELECT {columns}, '', 0 FROM {of_list}
        AND NOT EXISTS (SELECT 1 FROM oel o WHERE o.record_id = a.record_id)"""
    with (
        streamed(store, f"{named} ORDER BY o.line", list=known.id) as first,
        streamed(store, f"{others} ORDER BY a.record_id", list=known.id) as then,
    ):
        yield chain(first, then)


def _stage_endorsements(store: Store, known: Known, path: Path) -> None:
    store.temporary("oel", "line bigint PRIMARY KEY, record_id text NOT NULL, oel text NOT NULL")
    store.load("oel", ("line", "record_id", "oel"), _endorsements(path))
    store.run("CREATE INDEX oel_record ON oel (record_id)")
    if store.postgres:
        store.run("ANALYZE oel")
    for reason, fault, query in (
        (
            "repeated",
            "stands in the file already",
            """SELECT o.line, o.record_id FROM (SELECT record_id, min(line) AS first FROM oel GROUP BY record_id
            HAVING count(*) > 1) f JOIN oel o ON o.record_id = f.record_id AND o.line > f.first""",
        ),
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
        values = {"list": known.id} if ":list" in query else {}
        found = store.one(f"{query} ORDER BY line LIMIT 1", **values)
        if found is not None:
            line, record_id = found
            raise SetAsideError(f"{record_id}: {fault}", reason=reason, file=path.name, line=line, field="record_id")


def _endorsements(path: Path) -> Iterator[Row]:
    with opened(path) as file:
        rows = file.rows()
        _, header, _ = next(rows, (1, None, ""))
        names = [field.strip().lower() for field in header or ()]
        for column in ("record_id", "oel"):
            if names.count(column) != 1:
                raise SetAsideError(
                    "an endorsement file has a header with the columns record_id and oel, each once",
                    reason="header",
                    file=path.name,
                    line=1,
                    field=column,
                )
        id_at, oel_at = names.index("record_id"), names.index("oel")
        for line, row, _ in rows:
            if row is None or len(row) != len(names):
                raise SetAsideError(
                    "not a row of as many fields as the header has", reason="row", file=path.name, line=line
                )
            if "\x00" in row[id_at] or "\x00" in row[oel_at]:
                raise SetAsideError("has a control character", reason="row", file=path.name, line=line)
            if len(row[id_at]) > LONGEST_ID:
                raise SetAsideError("the list has no such record", reason="unknown", file=path.name, line=line)
            yield line, row[id_at].strip(), row[oel_at].rstrip()


def _write(file: BinaryIO, labels: Iterable[Row], size: int, progress: Progress) -> tuple[str, int]:
    digest, count = sha256(), 0
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    source = iter(labels)
    chunk: list[Row] = [COLUMNS]
    while chunk:
        writer.writerows(chunk)
        block = buffer.getvalue().encode()
        digest.update(block)
        file.write(block)
        buffer.seek(0)
        buffer.truncate()
        chunk = list(islice(source, CHUNK))
        count += len(chunk)
        progress("writing", count, max(size, count))
    return digest.hexdigest(), count
