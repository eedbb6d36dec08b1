"""The care jobs in force at a moment: what was sent to each engine, what came back, and what its papers say.

What happens later (another run, an undo) changes nothing of it, so a past drop can be told again as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from daemon.care.facts import UNCERTIFIED, processed
from daemon.care.jobs import Job, find_job
from daemon.db import Store

_FORM: Final = "3553"


class Run(NamedTuple):
    """One answer that stood at a moment."""

    batch: int
    job: int
    kind: str
    list_id: int
    read: int
    first: int  # of its decisions, which are the ids of its codings and stamps
    last: int


def runs_standing(store: Store, list_ids: Iterable[int], moment: str) -> list[Run]:
    """Return the answers of engines that stood at a moment, oldest first: applied by then, and not yet undone.

    Args:
        moment: as the ``…_at`` columns have it.
    """
    listed, at = set(list_ids), as_moment(moment)
    rows = store.all(
        """SELECT b.id, j.id, j.kind, j.list_id, b.read, b.first_decision, b.last_decision, b.applied_at, b.undone_at
        FROM batch b JOIN care_job j ON j.id = b.job_id ORDER BY b.id"""
    )
    return [
        Run._make(run)
        for *run, applied_at, undone_at in rows
        if run[3] in listed and as_moment(applied_at) <= at and (not undone_at or as_moment(undone_at) > at)
    ]


def engines_in_force(store: Store, list_ids: Iterable[int], moment: str) -> list[dict[str, Any]]:
    """Return the last CASS and the last NCOALink run of each list that stood at a moment, as a manifest has them.

    ``{"kind", "job", "list", "token", "engine", "adapter", "sent", "returned", "processed_on", "database_date",
    "valid_to", "certified", "certification", "sent_sha256", "answer_sha256", "form_3553_records",
    "form_3553_coded", "psr_records", "papers": [{"paper", "kind", "file", "sha256", "certified"}]}``: lists in the
    order given, CASS first. What no paper says is None.
    """
    order = {number: at for at, number in enumerate(list_ids)}
    last: dict[tuple[int, str], tuple[Job, Run]] = {}
    for run in runs_standing(store, order, moment):
        job = find_job(store, run.job)
        before = last.get((run.list_id, run.kind))
        if before is None or (processed(before[0]), before[1].batch) <= (processed(job), run.batch):
            last[run.list_id, run.kind] = job, run
    return [_told(store, *last[key], moment) for key in sorted(last, key=lambda key: (order[key[0]], key[1]))]


def _told(store: Store, job: Job, run: Run, moment: str) -> dict[str, Any]:
    papers = []
    said: dict[str, Any] = {"form_3553_records": None, "form_3553_coded": None, "psr_records": None}
    rows = store.all("SELECT id, kind, file, sha256, fields, at FROM paper WHERE job_id = :job ORDER BY id", job=job.id)
    for number, kind, file, sha256, fields, at in rows:
        if as_moment(at) > as_moment(moment):
            continue
        found = json.loads(fields)
        certified = bool(found.get("certified", True))
        papers.append({"paper": number, "kind": kind, "file": file, "sha256": sha256, "certified": certified})
        if kind == _FORM:
            said |= {"form_3553_records": found.get("records"), "form_3553_coded": found.get("zip4_coded")}
        else:
            said["psr_records"] = found.get("records")
    certified = job.certified and all(paper["certified"] for paper in papers)
    return {
        "kind": job.kind,
        "job": job.id,
        "list": job.list,
        "token": job.token,
        "engine": job.engine,
        "adapter": job.adapter_kind,
        "sent": job.sent,
        "returned": run.read,
        "processed_on": processed(job).isoformat(),
        "database_date": job.database_date or None,
        "valid_to": job.valid_to or None,
        "certified": certified,
        "certification": "" if certified else UNCERTIFIED,
        "sent_sha256": job.sha256,
        "answer_sha256": job.answer_sha256,
        **said,
        "papers": papers,
    }


def as_moment(text: str) -> datetime:
    """Return a moment that can be compared: as it is written, with its offset, or in UTC where it has none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
