"""The ledger of batches: what was taken in before, opening a batch, closing it, its manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from daemon.db import Store, writing
from daemon.durable import PART, atomic_writer
from daemon.errors import HouseError, SetAsideError, UsageError
from daemon.intake.incoming import Incoming
from daemon.returns.report import PILES
from daemon.returns.write import Writer
from daemon.wiring import House


def standing_batch(store: Store, source: Incoming) -> int | None:
    """Return the batch that has these bytes and is not undone, or None.

    Raises:
        SetAsideError: the same shipment of the same customer and date stands with other bytes; or they are no whole
            file at all.
    """
    found = store.value(
        """SELECT id FROM batch WHERE status = 'applied' AND kind = 'acs'
        AND (content_sha256 = :content OR sha256 = :sha)""",
        content=source.content_sha256,
        sha=source.sha256,
    )
    if found is not None:
        return int(found)
    header = source.records.header
    other = store.value(
        """SELECT id FROM batch WHERE status = 'applied' AND kind = 'acs'
        AND customer = :customer AND shipment = :shipment AND create_date = :created""",
        customer=header.customer_id,
        shipment=header.shipment_number,
        created=header.create_date,
    )
    if other is not None:
        for _ in source.records.scan():  # a file that is cut short is told as that, not as another shipment
            pass
        raise SetAsideError(
            f"batch {other} has shipment {header.shipment_number} of {header.create_date} with other bytes; "
            f"find out which is right, undo that batch if it is the wrong one, and apply this file again",
            reason="same-shipment",
            file=source.file,
            line=1,
            field="shipment_number",
        )
    return None


class Source(NamedTuple):
    """What a batch's file is, where that is an engine's answer."""

    sha256: str
    archived: str  # from the home
    layout: str  # the preset
    job_id: int


def open_batch(
    store: Store, *, kind: str, file: str, at: str, source: Incoming | None = None, answer: Source | None = None
) -> int:
    """Enter a batch and return its id; its counts are filled in by :func:`close_batch`.

    The id is the next one that stands, not a sequence's: a run that was rolled back leaves no hole that could be
    taken for a lost batch.
    """
    header = source.records.header if source else None
    told = answer or source
    return int(
        store.value(
            """INSERT INTO batch (id, kind, job_id, status, file, member, sha256, content_sha256, archived, layout,
            customer, shipment, create_date, applied_at, read, moved, suppressed, held, kept, review, rejected,
            answered, result, first_decision, last_decision, first_change, last_change, manifest)
            VALUES (:id, :kind, :job, 'applied', :file, :member, :sha256, :content, :archived, :layout, :customer,
            :shipment, :created, :at, 0, 0, 0, 0, 0, 0, 0, 0, '{}', 0, 0, 0, 0, '') RETURNING id""",
            id=store.next_id("batch"),
            kind=kind,
            file=file,
            member=source.member if source else "",
            job=answer.job_id if answer else None,
            sha256=told.sha256 if told else "",
            content=source.content_sha256 if source else "",
            archived=told.archived if told else "",
            layout=answer.layout if answer else source.records.family.name if source else "",
            customer=header.customer_id if header else "",
            shipment=header.shipment_number if header else "",
            created=header.create_date if header else "",
            at=at,
        )
    )


def close_batch(store: Store, batch_id: int, writer: Writer, result: dict[str, object]) -> None:
    """Fill in a batch's counts and ranges, and the result as it was told."""
    counts = {name: result[name] for name in (*PILES, "read", "answered")}
    store.run(
        f"""UPDATE batch SET {", ".join(f"{name} = :{name}" for name in counts)}, result = :result,
        first_decision = :d1, last_decision = :d2, first_change = :c1, last_change = :c2 WHERE id = :batch""",
        **counts,
        result=json.dumps(result),
        d1=writer.first_decision,
        d2=writer.last_decision,
        c1=writer.first_change,
        c2=writer.last_change,
        batch=batch_id,
    )


def list_names(store: Store) -> dict[int, str]:
    """Return every list's name by its id."""
    return dict(store.all("SELECT id, name FROM mailing_list"))


def write_manifests(house: House) -> int:
    """Write the manifest of every batch that has none yet; return how many.

    Runs after each apply, and again with the next command where that one was killed in between: the row is the
    truth, the file its print.
    """
    with writing(house.engine) as store:
        waiting = store.all("SELECT id FROM batch WHERE manifest = '' ORDER BY id")
        if waiting:  # the one writer is us: an unfinished manifest is what a killed run left
            for part in (house.home / "reports").glob(f".batch-*{PART}"):
                part.unlink(missing_ok=True)
        for (batch_id,) in waiting:
            place = Path("reports") / f"batch-{batch_id:07d}.json"
            with atomic_writer(house.home / place) as file:
                json.dump(manifest(store, batch_id), file, indent=2, ensure_ascii=False)
                file.write("\n")
            store.run("UPDATE batch SET manifest = :place WHERE id = :id", place=str(place), id=batch_id)
    return len(waiting)


def print_manifests(house: House) -> list[str]:
    """Write the manifests that are missing; what stands in the way is a warning, since the batch is done already."""
    try:
        write_manifests(house)
    except HouseError as error:
        why = str(error).split(";", maxsplit=1)[0]
    except OSError as error:
        why = error.strerror or type(error).__name__
    else:
        return []
    return [f"the batch is done, but its manifest could not be written ({why}); the next command writes it"]


def manifest(store: Store, batch_id: int) -> dict[str, object]:
    """Return what one batch leaves behind: where it came from, its counts, what was rejected. No names.

    Raises:
        UsageError: there is no such batch.
    """
    row = store.one(
        """SELECT id, kind, status, file, member, sha256, content_sha256, archived, layout, customer, shipment,
        create_date, applied_at, undone_at, result, first_decision, last_decision FROM batch WHERE id = :id""",
        id=batch_id,
    )
    if row is None:
        raise UsageError(f"there is no batch {batch_id}; `listkeeper batch list` shows them")
    names = (
        "batch kind status file member sha256 content_sha256 archived layout customer shipment create_date applied_at"
    )
    told = dict(zip([*names.split(), "undone_at"], row, strict=False))
    rejected = store.all(
        "SELECT line, reason FROM decision WHERE id BETWEEN :first AND :last AND outcome = 'rejected' ORDER BY line",
        first=row[15],
        last=row[16],
    )
    charges = store.all(
        "SELECT product_code, quantity, mills FROM charge WHERE batch_id = :id ORDER BY product_code", id=batch_id
    )
    return {
        **told,
        "result": json.loads(row[14]),
        "rejected": [{"line": line, "reason": reason} for line, reason in rejected],
        "charges": [{"product": code, "quantity": count, "mills": mills} for code, count, mills in charges],
    }
