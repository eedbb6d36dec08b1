"""Who is mailed, in what order, with which key: the label file of one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

from daemon.db import Row, Store, in_bulk, reading, writing
from daemon.durable import atomic_bytes
from daemon.labels.formats import Out, so_far, write_all, writer_of
from daemon.labels.presort import check_list, stage_presort
from daemon.labels.render import RECORD, Skip, mailer_labels, participant_labels
from daemon.labels.skipped import Skipped
from daemon.lists.known import Known, find_list
from daemon.lists.load import rejects_path
from daemon.lists.service import stid_of
from daemon.lists.source import Progress, silent
from daemon.lists.streams import streamed
from daemon.wiring import House

_FROM: Final = "addressee a CROSS JOIN address d WHERE a.list_id = :list AND d.id = a.address_id"


def write_labels(
    house: House,
    name: str,
    path: Path,
    *,
    format: str = "csv",  # noqa: A002
    oel: Path | None = None,
    layout: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Write the label file of a list's mailable addressees.

    Returns ``{"list", "file", "labels", "sha256", "skipped", "rejected", "rejects_file"}``; ``skipped`` names the
    first thousand records that could have no label, `rejects_path` all of them.

    Args:
        format: csv, fixed, zpl or pdf.
        oel: CSV with the columns record_id and oel; whom it names comes first, in its order, the others by record_id.
        layout: of a fixed format; see `daemon.labels.fixed.read_layout`.
        progress: called now and then with what is done, how many labels, and the size of the list.

    Raises:
        UsageError: no such list, file or layout, a Mailer ID's list without an STID, or more labels than a PDF takes.
        SetAsideError: the endorsement file names an unknown record, one that is not mailable, or one twice; or a key
            does not lead back to its addressee. No file is written.
    """
    with ExitStack() as stack:
        skipped = Skipped(rejects_path(path), stack)
        with atomic_bytes(path) as file:
            out = Out(file)
            with reading(house.engine) as store, in_bulk():
                known = find_list(store, name)
                writer = writer_of(format, out, skipped, layout=layout, kinds={known.kind})
                with list_labels(store, known, oel, skipped) as labels:
                    count = write_all(writer, labels, so_far(progress, known.size))
                writer.close()
            with writing(house.engine) as store:
                # The run is known before the file has its name, so no label file is ever without one.
                note_run(
                    store,
                    list_id=known.id,
                    file=path.name,
                    sha256=out.sha256,
                    at=house.stamp(),
                    format=str(format),
                    labels=count,
                )
    return {"list": name, "file": str(path), "labels": count, "sha256": out.sha256, **skipped.told()}


def note_run(store: Store, *, drop_id: int | None = None, **run: object) -> None:
    """Remember a label file: list_id, file, sha256, at, format, labels, and the drop if it is one's."""
    store.run(
        """INSERT INTO label_run (list_id, file, sha256, at, format, labels, drop_id)
        VALUES (:list_id, :file, :sha256, :at, :format, :labels, :drop)""",
        drop=drop_id,
        **run,
    )


@contextmanager
def list_labels(store: Store, known: Known, oel: Path | None, skip: Skip) -> Iterator[Iterable[Row]]:
    """Stream the label rows of a list's mailable addressees; errors as `write_labels`."""
    if oel is not None:
        stage_presort(store, oel, (known.name,))
        check_list(store, known, oel)
    with _records(store, known, with_oel=oel is not None) as records:
        if known.kind == "participant":
            yield participant_labels(known.code, records, skip)
        else:
            yield mailer_labels(known.code, stid_of(known), records, skip)


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
