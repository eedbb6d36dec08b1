"""A file that came by itself, or was named without its job: an ACS file, or the answer to a job that awaits one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from daemon.care.answers.answer import opened_answer
from daemon.care.apply import apply_answer, plan_answer
from daemon.care.jobs import TAKES_ANSWER, Kind, jobs_in
from daemon.db import reading
from daemon.errors import SetAsideError
from daemon.intake.incoming import digest_of, told_name
from daemon.returns.apply import Progress, apply_file, plan_file, set_aside
from daemon.returns.planned import PlannedRecord
from daemon.wiring import House

KINDS: Final[tuple[Kind, ...]] = ("ncoa", "cass")
NOT_ACS: Final = ("not-a-notification-file", "no-header", "unknown-length")


def apply_any(
    house: House,
    path: Path,
    *,
    password: bytes | None = None,
    accept_large_change: bool = False,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    """Apply a notification file, or an answer whose record ids are those of one open job; as `apply_file` tells it."""
    result = apply_file(house, path, password=password, accept_large_change=accept_large_change, progress=progress)
    return _or_answer(
        house,
        path,
        result,
        lambda job: apply_answer(house, path, job, accept_large_change=accept_large_change, progress=progress),
    )


def plan_any(
    house: House,
    path: Path,
    *,
    password: bytes | None = None,
    records: Callable[[Iterator[PlannedRecord]], None] = lambda _records: None,
    progress: Progress = lambda _what, _done, _of: None,
) -> dict[str, Any]:
    """Plan a notification file, or an answer whose record ids are those of one open job."""
    result = plan_file(house, path, password=password, records=records, progress=progress)
    return _or_answer(
        house, path, result, lambda job: plan_answer(house, path, job, records=records, progress=progress)
    )


def _or_answer(
    house: House, path: Path, result: dict[str, Any], take: Callable[[int], dict[str, Any]]
) -> dict[str, Any]:
    if result["status"] != "set_aside" or result["reason"] not in NOT_ACS:
        return result
    try:
        number = job_for(house, path)
    except SetAsideError as error:
        return set_aside(path, error)
    return result if number is None else take(number)


def job_for(house: House, path: Path) -> int | None:
    """Return the open job that has just the record ids of an answer, or the one that these bytes have answered.

    None where the file is no answer at all.

    Raises:
        SetAsideError: no open job has these record ids, or more than one has.
    """
    with reading(house.engine) as store:
        answered = store.value(
            "SELECT id FROM care_job WHERE answer_sha256 = :sha AND state = 'applied'", sha=digest_of(path)
        )
    if answered is not None:
        return int(answered)
    fits: list[int] = []
    preset = ""
    for kind in KINDS:
        try:
            with opened_answer(path, kind) as answer, reading(house.engine) as store:
                preset = answer.preset
                jobs = [job for job in jobs_in(store, TAKES_ANSWER) if job.kind == kind]
                if not jobs:
                    continue
                store.temporary("named", "record_id text")
                store.load("named", ("record_id",), ((row.record_id,) for row in answer.rows()))
                ids = store.value("SELECT count(DISTINCT record_id) FROM named")
                for job in jobs:
                    found = store.value(
                        """SELECT count(*) FROM care_sent s JOIN addressee a ON a.id = s.addressee_id
                        WHERE s.job_id = :job AND a.record_id IN (SELECT record_id FROM named)""",
                        job=job.id,
                    )
                    fits += [job.id] if found == ids == job.sent else []
        except SetAsideError:
            continue
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise SetAsideError(
            f"it fits jobs {', '.join(map(str, fits))}; say which with --job JOB",
            reason="which-job",
            file=told_name(path),
        )
    if preset:
        raise SetAsideError(
            "an engine's answer, and no open job has just its record ids; `listkeeper care jobs` shows them, "
            "--job JOB says what is wrong with it",
            reason="no-job",
            file=told_name(path),
        )
    return None
