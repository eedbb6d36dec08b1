"""Undo a batch: everyone back as before, except whoever has been changed by anything since."""

from __future__ import annotations

from daemon.db import Store, reading, writing
from daemon.errors import UsageError
from daemon.returns.ledger import print_manifests
from daemon.turn import turn_back
from daemon.wiring import House


def undo_batch(house: House, batch_id: int, *, plan: bool = False) -> dict[str, object]:
    """Put every addressee of the batch back as it was before; return what `undo --json` prints.

    Address, status, dates and coding go back; names and the client's own columns stay as they are now.
    Left and listed are those whose address or status anything later changed. Open questions of the batch are
    withdrawn, those it had closed are open again. Undoing twice changes nothing.

    Args:
        plan: say what would be done, and do nothing.

    Raises:
        UsageError: there is no such batch.
    """
    with (reading if plan else writing)(house.engine) as store:
        row = store.one("SELECT status, first_change, last_change FROM batch WHERE id = :id", id=batch_id)
        if row is None:
            raise UsageError(f"there is no batch {batch_id}; `listkeeper batch list` shows them")
        status, first, last = row
        told: dict[str, object] = {"batch": batch_id, "undone": 0, "conflicts": []}
        if status == "undone":
            return told
        told["undone"] = _sort_out(store, first, last)
        told["conflicts"] = _conflicts(store)
        if plan:
            return told
        warnings = _repeated(store, batch_id)
        _take_back_care(store, batch_id, house.stamp())
        _turn_back(store, first, last, house.stamp())
        _reopen(store, batch_id, house.stamp())
    warnings += print_manifests(house)
    return told | {"warnings": warnings} if warnings else told


def _sort_out(store: Store, first: int, last: int) -> int:
    """Part the batch's addressees into ``conflict`` and ``undoing``; return how many can be put back."""
    store.temporary("mine", "addressee_id bigint PRIMARY KEY, first bigint, last bigint, turned integer")
    store.run(
        """INSERT INTO mine SELECT addressee_id, min(id), max(id), max(CASE WHEN turned THEN 1 ELSE 0 END)
        FROM change WHERE id BETWEEN :first AND :last AND undone_at IS NULL GROUP BY addressee_id""",
        first=first,
        last=last,
    )
    store.temporary("conflict", "addressee_id bigint PRIMARY KEY, change_id bigint")
    store.run(
        """INSERT INTO conflict SELECT m.addressee_id, max(c.id) FROM mine m
        JOIN change c ON c.addressee_id = m.addressee_id AND c.id > m.last
        WHERE c.undone_at IS NULL AND c.turned GROUP BY m.addressee_id"""
    )
    store.temporary("undoing", "addressee_id bigint PRIMARY KEY")
    return store.run(
        """INSERT INTO undoing SELECT addressee_id FROM mine
        WHERE addressee_id NOT IN (SELECT addressee_id FROM conflict)"""
    )


def _conflicts(store: Store) -> list[dict[str, object]]:
    rows = store.all(
        """SELECT a.record_id, l.name, c.batch_id, i.file FROM conflict x JOIN change c ON c.id = x.change_id
        JOIN addressee a ON a.id = x.addressee_id JOIN mailing_list l ON l.id = a.list_id
        LEFT JOIN import_run i ON i.id = c.import_id ORDER BY l.name, a.record_id"""
    )
    return [
        {"record_id": record_id, "list": name, "changed_by": batch if batch is not None else f"import {file}"}
        for record_id, name, batch, file in rows
    ]


def _repeated(store: Store, batch_id: int) -> list[str]:
    """Warn where a later batch kept as a repeat what this undo takes out of effect: it is then in effect nowhere."""
    rows = store.all(
        """SELECT d.batch_id, count(*) FROM batch b
        JOIN decision m ON m.id BETWEEN b.first_decision AND b.last_decision AND m.took
        JOIN decision d ON d.addressee_id = m.addressee_id AND d.event = m.event AND d.reason = 'repeat'
        JOIN batch other ON other.id = d.batch_id AND other.status = 'applied' AND other.id > b.id
        WHERE b.id = :batch GROUP BY d.batch_id ORDER BY d.batch_id""",
        batch=batch_id,
    )
    return [
        f"batch {other} had {count} of these notices as repeats, which are now in effect nowhere; "
        f"undo it and apply its file again if they should be"
        for other, count in rows
    ]


def _take_back_care(store: Store, batch_id: int, at: str) -> None:
    """Take the codings and stamps of an engine's answer back, and let its job be answered again.

    Whoever something later has changed, keeps them with the rest.
    """
    job_id, first, last = store.all(
        "SELECT job_id, first_decision, last_decision FROM batch WHERE id = :batch", batch=batch_id
    )[0]
    if job_id is None:
        return
    for table, column in (("coding", "undone_at"), ("stamp", "void_at")):
        store.run(
            f"""UPDATE {table} SET {column} = :at WHERE id BETWEEN :first AND :last AND {column} IS NULL
            AND addressee_id NOT IN (SELECT addressee_id FROM conflict)""",
            at=at,
            first=first,
            last=last,
        )
    store.run(
        "UPDATE care_job SET state = 'undone', batch_id = NULL, closed_at = NULL WHERE id = :job AND batch_id = :batch",
        job=job_id,
        batch=batch_id,
    )


def _turn_back(store: Store, first: int, last: int, at: str) -> None:
    # Whoever only had a date confirmed, and again by something later, keeps the later date; that later change now
    # follows on what was before this batch.
    store.temporary("shadowed", "addressee_id bigint PRIMARY KEY, next bigint, since text")
    store.run(
        """INSERT INTO shadowed SELECT m.addressee_id, min(c.id), min(f.from_address_since) FROM mine m
        JOIN undoing u ON u.addressee_id = m.addressee_id
        JOIN change c ON c.addressee_id = m.addressee_id AND c.id > m.last AND c.undone_at IS NULL
        JOIN change f ON f.id = m.first
        WHERE m.turned = 0 AND c.from_address_since <> c.to_address_since GROUP BY m.addressee_id"""
    )
    store.run(
        """UPDATE change SET from_address_since = (SELECT since FROM shadowed WHERE shadowed.next = change.id)
        WHERE id IN (SELECT next FROM shadowed)"""
    )
    mark = "UPDATE change SET undone_at = :at WHERE undone_at IS NULL AND "
    store.run(
        mark + "id BETWEEN :first AND :last AND addressee_id IN (SELECT addressee_id FROM shadowed)",
        at=at,
        first=first,
        last=last,
    )
    store.run("DELETE FROM undoing WHERE addressee_id IN (SELECT addressee_id FROM shadowed)")
    turn_back(store, first, last)
    # A date that something later confirmed for the address we take back goes with it.
    store.run(
        mark
        + """id > :last AND NOT turned AND from_address_since <> to_address_since
        AND addressee_id IN (SELECT addressee_id FROM undoing)""",
        at=at,
        last=last,
    )
    store.run(
        mark + "id BETWEEN :first AND :last AND addressee_id IN (SELECT addressee_id FROM undoing)",
        at=at,
        first=first,
        last=last,
    )


def _reopen(store: Store, batch_id: int, at: str) -> None:
    """Close the batch, and set its questions and waiting moves as if it had not been."""
    store.run(
        "UPDATE batch SET status = 'undone', undone_at = :at, manifest = '' WHERE id = :batch", at=at, batch=batch_id
    )
    store.run(
        """UPDATE review_item SET status = 'withdrawn', closed_at = :at, closed_batch_id = :batch
        WHERE batch_id = :batch AND status = 'open'""",
        at=at,
        batch=batch_id,
    )
    _ask_again(store, batch_id, at)
    store.run(
        "UPDATE waiting_move SET status = 'withdrawn' WHERE batch_id = :batch AND status = 'waiting'", batch=batch_id
    )


def _ask_again(store: Store, batch_id: int, at: str) -> None:
    """Open again what the batch had closed, unless a later batch that stands has decided the same event since."""
    store.temporary("reopened", "id bigint PRIMARY KEY, event bigint, asked_by integer, last bigint")
    reopened = store.run(
        """INSERT INTO reopened SELECT r.id, r.event, b.id, b.last_decision FROM review_item r
        JOIN batch b ON b.id = r.batch_id AND b.status = 'applied'
        WHERE r.closed_batch_id = :batch AND r.batch_id <> :batch
        AND r.status IN ('answered', 'replaced', 'accepted')""",
        batch=batch_id,
    )
    if not reopened:
        return
    store.temporary("decided_since", "id bigint PRIMARY KEY, batch_id integer")
    store.run(
        """INSERT INTO decided_since SELECT o.id, min(b.id) FROM reopened o JOIN decision d ON d.event = o.event
        JOIN batch b ON b.id = d.batch_id AND b.status = 'applied' AND b.id > o.asked_by
        WHERE d.id > (SELECT min(last) FROM reopened) AND d.reason <> 'repeat' GROUP BY o.id"""
    )
    store.run(
        """UPDATE review_item SET status = 'open', closed_at = NULL, closed_batch_id = NULL
        WHERE id IN (SELECT id FROM reopened) AND id NOT IN (SELECT id FROM decided_since)"""
    )
    store.run(
        """UPDATE review_item SET status = 'replaced', closed_at = :at,
        closed_batch_id = (SELECT d.batch_id FROM decided_since d WHERE d.id = review_item.id)
        WHERE id IN (SELECT id FROM decided_since)""",
        at=at,
    )
