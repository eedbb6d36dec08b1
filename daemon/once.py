"""One pass over everything that is due now. For now: moves whose date has come, manifests, leftovers."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from daemon.returns.due import apply_due
from daemon.returns.ledger import write_manifests
from daemon.telemetry import log
from daemon.wiring import House

OLD_SECONDS = 3600  # no file takes this long: the folder of one that was being read then is nobody's


def run_once(house: House) -> dict[str, Any]:
    """Apply the moves that are due, write the manifests that are missing, delete what killed runs left behind.

    Returns ``{"status", "due", "manifests", "swept"}``: ``due`` is what `apply` tells of a file, or None.

    Raises:
        TryAgainError: another writer was busy for too long. What was done before stays done.
    """
    due = apply_due(house)
    manifests = write_manifests(house)
    swept = sweep(house.home / "spool" / "work", house.now())
    log("pass_finished", due=due["read"] if due else 0, manifests=manifests, swept=swept)
    return {"status": "done", "due": due, "manifests": manifests, "swept": swept}


def sweep(work: Path, now: datetime) -> int:
    """Delete the folders of files that were being read when their run was killed; return how many.

    Only folders of an hour and older: a younger one may be in use.
    """
    swept = 0
    for folder in sorted(work.glob("open-*")):
        try:
            old = now.timestamp() - folder.stat().st_mtime > OLD_SECONDS
        except FileNotFoundError:
            continue
        if old and folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)
            swept += not folder.exists()
    return swept
