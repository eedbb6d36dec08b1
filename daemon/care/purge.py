"""Delete what a broker or agent may not keep: the files of NCOALink jobs, 45 days after they were processed.

Whose files, the PAF says: of a client to whom we are list administrator, or the owner itself, everything stays. What
stays in any case are hashes, counts, decisions, reports on paper, and the moves that were applied to the list.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from daemon.care.adapters.base import merged
from daemon.care.adapters.settings import HotFolderAdapter
from daemon.care.facts import processed
from daemon.care.jobs import Job, jobs_in
from daemon.config import inside
from daemon.db import Store, reading, writing
from daemon.durable import fsync_folder
from daemon.telemetry import log
from daemon.wiring import House

BROKER: Final = "broker-agent"
_ENDED: Final = ("applied", "undone", "failed", "stopped", "cancelled")


def purge(house: House) -> dict[str, Any]:
    """Delete what may not be kept any longer; return ``{"jobs": [numbers], "files": how many}``.

    Of each job: its own folder (outgoing file, answers, reports as they came), the archived original of its answer,
    and copies of it in the spool and in the folder that a hot folder's answers are moved to. A file that another
    batch rests on stays, and a job under way is never touched. Killed in between, the next run does the rest.
    """
    with reading(house.engine) as store:
        jobs = [job for job in _too_old(store, house) if _is_ours(house, job)]
        kept = {job.id: list(_archived(store, house, job)) for job in jobs}
    purged, files = [], 0
    for job in jobs:
        with writing(house.engine) as store:
            if _mark(store, house, job):
                files += _delete(house, job, kept[job.id])
                purged.append(job.id)
    if purged:
        log("care_purged", jobs=len(purged), deleted=files)
    return {"jobs": purged, "files": files}


def _mark(store: Store, house: House, job: Job) -> bool:
    """Note in the database that a job's files are gone; False where somebody has taken it up again meanwhile."""
    memory = merged(job.memory, {"at_engine": None})  # there is nothing to let go of any more
    marked = store.run(
        """UPDATE care_job SET purged_at = :at, kept = '', answer = '', memory = :memory
        WHERE id = :id AND state = :state AND purged_at IS NULL""",
        at=house.stamp(),
        memory=json.dumps(memory),
        id=job.id,
        state=job.state,
    )
    store.run("UPDATE batch SET archived = '' WHERE job_id = :id", id=job.id)
    return marked == 1


def _too_old(store: Store, house: House) -> Iterator[Job]:
    from daemon.care.proofs.pafs import role_of

    today, most = house.now().date(), house.settings.care.purge_days
    for job in jobs_in(store, _ENDED):
        old = job.kind == "ncoa" and job.purged_at is None and (today - processed(job)).days >= most
        if old and role_of(store, job.client, job.list) == BROKER:
            yield job


def _is_ours(house: House, job: Job) -> bool:
    """Say whether the job's files lie in this home: several daemons on one Postgres have a home each."""
    return house.engine.dialect.name == "sqlite" or job.folder(house).exists() or not job.kept


def _archived(store: Store, house: House, job: Job) -> Iterator[Path]:
    """Yield the originals in the archive that are of this job and of nothing else."""
    places = {place for (place,) in store.all("SELECT archived FROM batch WHERE job_id = :id", id=job.id)}
    if job.answer.startswith("archive/"):
        places.add(job.answer)
    # An answer that was set aside has no batch; whatever came by an adapter has the token in its name.
    places |= {str(path.relative_to(house.home)) for path in (house.home / "archive").glob(f"??/*{job.token}*")}
    papers = {place for (place,) in store.all("SELECT archived FROM paper WHERE job_id = :id", id=job.id)}
    for place in sorted(places - papers - {""}):
        elsewhere = store.value(
            """SELECT 1 FROM batch WHERE archived = :place AND (job_id IS NULL OR job_id <> :id)
            UNION SELECT 1 FROM care_job WHERE answer = :place AND id <> :id""",
            place=place,
            id=job.id,
        )
        if elsewhere is None:
            yield house.home / place


def _delete(house: House, job: Job, archived: Iterable[Path]) -> int:
    """Delete the files of one job; return how many."""
    folder, count = job.folder(house), 0
    if folder.is_dir() and not folder.is_symlink():
        count += sum(path.is_file() for path in folder.rglob("*"))
        shutil.rmtree(folder)
        fsync_folder(folder.parent)
    spool = house.home / "spool"
    digests = {path.name.partition("__")[0] for path in archived} | ({job.answer_sha256} - {""})
    copies = [
        path for digest in digests for state in ("done", "set-aside") for path in (spool / state).glob(f"{digest}__*")
    ]
    for path in (*archived, *copies, *_moved(house, job)):
        with suppress(FileNotFoundError):
            path.unlink()
            fsync_folder(path.parent)
            count += 1
    return count


def _moved(house: House, job: Job) -> Iterator[Path]:
    """Yield what a hot folder's answers have become once they were taken."""
    for adapter in house.settings.adapters:
        if isinstance(adapter, HotFolderAdapter) and adapter.name == job.adapter and adapter.after.startswith("move:"):
            outbox = inside(house.home, adapter.outbox)
            yield from (outbox / Path(adapter.after.removeprefix("move:")).expanduser()).glob(f"*{job.token}*")
