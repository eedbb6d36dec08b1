"""The batches there are, and one of them in full."""

from __future__ import annotations

from typing import Any

from daemon.db import reading
from daemon.returns import ledger
from daemon.returns.report import PILES
from daemon.wiring import House

_COLUMNS = ("id", "status", "kind", "layout", "file", "applied_at", "undone_at", "read", *PILES, "answered")


def list_batches(house: House) -> dict[str, Any]:
    """Return every batch, oldest first, as `batch list --json` prints them."""
    with reading(house.engine) as store:
        rows = store.all(f"SELECT {', '.join(_COLUMNS)} FROM batch ORDER BY id")
    names = ("batch", *_COLUMNS[1:])
    return {"batches": [dict(zip(names, row, strict=True)) for row in rows]}


def show_batch(house: House, batch: int) -> dict[str, Any]:
    """Return one batch: where it came from, its tally, its charges, the records it could not read, and its papers.

    ``original`` and ``manifest`` are full paths, or None where there is none (moves due and accepted questions have
    no file of their own). ``purged`` says when an original was deleted that an agent may not keep, None otherwise.

    Raises:
        UsageError: there is no such batch.
    """
    with reading(house.engine) as store:
        told = ledger.manifest(store, batch)
        place = store.value("SELECT manifest FROM batch WHERE id = :id", id=batch)
        purged = store.value(
            "SELECT j.purged_at FROM batch b JOIN care_job j ON j.id = b.job_id WHERE b.id = :id", id=batch
        )
    return {
        **told,
        "original": str(house.home / str(told["archived"])) if told["archived"] else None,
        "manifest": str(house.home / place) if place else None,
        "purged": purged,
    }
