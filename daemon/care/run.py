"""Send a list out because somebody says so: `listkeeper care run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from daemon.care.jobs import Kind, find_job
from daemon.care.send import send_list
from daemon.db import reading
from daemon.lists.source import Progress, silent
from daemon.wiring import House


def run_care(
    house: House,
    name: str,
    kind: Kind,
    *,
    adapter: str | None = None,
    out: Path | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Send a list to an engine, or write the file for the operator; return what `care run --json` prints.

    ``{"job", "kind", "state", "sent", "file", "list", "adapter", "warnings", "error"}``. A job that goes out by an
    adapter is handed over at once; where that cannot be done now, ``error`` says why and the daemon goes on with it.

    Raises:
        UsageError, OperatorError, TryAgainError: as :func:`daemon.care.send.send_list`.
    """
    from daemon.care.exchange import advance

    job = send_list(house, name, kind, adapter=adapter, out=out, progress=progress)
    warnings = job.memory.get("warnings", [])
    if job.state == "sending":
        job = advance(house, job, progress=progress)
    facts = {key: getattr(job, key) for key in ("kind", "state", "sent", "file", "list", "adapter", "error")}
    return {"job": job.id, **facts, "warnings": warnings}


def go_on(house: House, told: dict[str, Any], *, progress: Progress = silent) -> dict[str, Any]:
    """Bring a job further that an operator has just spoken about; return it as `care jobs --json` tells it."""
    from daemon.care.exchange import advance

    with reading(house.engine) as store:
        job = find_job(store, told["job"])
    return advance(house, job, progress=progress).told()
