"""What an operator says about a job at an engine: once more, yes to the price, no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from daemon.care.adapters.base import attempt_of, merged
from daemon.care.adapters.choice import adapter_for, settings_of
from daemon.care.jobs import MANUAL, REPEATABLE, UNDER_WAY, cancel_job, find_job, step
from daemon.db import reading, writing
from daemon.errors import HouseError, OperatorError, UsageError
from daemon.intake.patience import PATIENCE, Patience
from daemon.telemetry import warn
from daemon.wiring import House

# What the exchange and the adapters remember of one attempt; whatever else is remembered is of the job.
OF_AN_ATTEMPT: Final = frozenset(
    (
        *("run", "not_before", "came", "at_engine", "not_let_go", "late", "reminded"),
        *("step", "remote", "begun", "mills", "approved"),
    )
)


def retry_job(house: House, number: int) -> dict[str, Any]:
    """Send a job out once more that has failed, was stopped, or whose batch was undone. Returns it as `care jobs` does.

    It goes out under a new name, so that an answer to the attempt before is not taken for one to this. A job under way
    whose last try met a fault is tried again at once instead, as it is.

    Raises:
        UsageError: there is no such job, it is in another state, or its file is deleted by now.
    """
    with writing(house.engine) as store:
        job = find_job(store, number)
        if job.state in UNDER_WAY and job.error:
            memory = merged(job.memory, {"not_before": None})
            return step(store, job, job.state, attempts=0, error="", memory=memory).told()
        if job.state not in REPEATABLE:
            raise UsageError(f"job {number} cannot be tried again: it is {job.state}")
        if not job.kept or not (house.home / job.kept).is_file():
            raise UsageError(
                f"job {number} cannot be tried again: its file is deleted by now; start another with "
                f"`listkeeper care run {job.list} --{job.kind}`"
            )
        kept = {name: value for name, value in job.memory.items() if name not in OF_AN_ATTEMPT}
        return step(
            store,
            job,
            "waiting" if job.adapter_kind == MANUAL else "sending",
            **dict.fromkeys(("error", "reason", "what_to_do", "answer", "answer_sha256", "deadline"), ""),
            attempts=0,
            batch_id=None,
            closed_at=None,
            cost_mills=None,
            memory=kept | {"attempt": attempt_of(job) + 1},
        ).told()


def approve_job(house: House, number: int) -> dict[str, Any]:
    """Say yes to the price that a job waits with. Returns it as `care jobs` does.

    The yes holds for that price and lower ones. The engine has its whole time again.

    Raises:
        UsageError: there is no such job, or it does not wait for a yes.
        OperatorError: its adapter is not in the settings any more.
    """
    with reading(house.engine) as store:
        timeout: timedelta = settings_of(house, find_job(store, number)).timeout
    with writing(house.engine) as store:
        job = find_job(store, number)
        if job.state != "needs-approval":
            raise UsageError(f"job {number} waits for no approval: it is {job.state}")
        return step(
            store,
            job,
            "waiting",
            deadline=(house.now() + timeout).isoformat(timespec="seconds"),
            memory=job.memory | {"approved": job.cost_mills},
        ).told()


def withdraw_job(house: House, number: int, patience: Patience = PATIENCE) -> dict[str, Any]:
    """Cancel a job, and tell its engine as far as it can be told. Returns it as `care jobs` does.

    Raises:
        UsageError: there is no such job, or it has ended.
    """
    with reading(house.engine) as store:
        job = find_job(store, number)
    told = cancel_job(house, number)
    try:
        adapter_for(house, job, patience).cancel(job)
    except (HouseError, OSError) as error:  # it is cancelled here, whatever the engine does
        remedy = str(error) if isinstance(error, OperatorError) else None
        warn("job_not_cancelled", job=number, kind=job.kind, remedy=remedy)
    return told
