"""Brings jobs at outside engines as far as they can go now: sent out, handed over, answered, applied.

Each step is one row changed once, so a kill anywhere loses and repeats nothing: whoever comes next reads the row,
asks the adapter what the engine has, and goes on from there. Two who come at once do not meet: a job is locked by a
file in its own folder, which a kill lets go.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon.care.adapters.base import (
    Adapter,
    Back,
    BusyError,
    EngineLockedError,
    GivenBackError,
    OverBudgetError,
    merged,
)
from daemon.care.adapters.choice import adapter_for, settings_of
from daemon.care.adapters.manual import Manual
from daemon.care.faults import what_to_do
from daemon.care.jobs import Job, find_job, is_late, jobs_in, take_step
from daemon.care.orders import approve_job, retry_job, withdraw_job
from daemon.db import reading
from daemon.errors import HouseError, OperatorError, SetAsideError, TryAgainError, UsageError, family_of
from daemon.intake.patience import PATIENCE, Patience
from daemon.returns.apply import Progress
from daemon.telemetry import fail, log, warn
from daemon.wiring import House

__all__ = ["Advanced", "advance", "advance_all", "approve_job", "has_work", "retry_job", "withdraw_job"]

Applying = Callable[..., dict[str, Any]]

MOVING: Final = ("sending", "handing", "waiting", "answered")
ENDED: Final = ("applied", "undone")  # something may still lie at the engine
TOLD_AFTER: Final = 4  # faults in a row that may pass
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)


class Advanced(NamedTuple):
    """What one turn over all jobs brought."""

    results: list[dict[str, Any]]  # what `apply` tells of each answer, with its job
    alerts: list[dict[str, Any]]  # kind, level, job, message


def advance(
    house: House,
    job: Job,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress = lambda _what, _done, _of: None,
    apply: Applying | None = None,
    patience: Patience = PATIENCE,
) -> Job:
    """Bring one job as far as it can go now; return it as it is then. A fault is noted with the job, never raised.

    Args:
        stop: asked between two steps.
        apply: what applies an answer; None: `daemon.care.apply.apply_answer`.

    Raises:
        TryAgainError, OperatorError: the database or the home fails.
    """
    return _Turn(house, stop, progress, apply, patience).brought(job)


def advance_all(
    house: House,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress = lambda _what, _done, _of: None,
    apply: Applying | None = None,
    patience: Patience = PATIENCE,
) -> Advanced:
    """Bring every job as far as it can go now, the oldest first. One that fails never keeps the others back.

    Otherwise as `advance`.
    """
    turn = _Turn(house, stop, progress, apply, patience)
    with reading(house.engine) as store:
        jobs = jobs_in(store, MOVING)
        jobs += [find_job(store, number) for (number,) in store.all(_TO_LET_GO)]
    for done, job in enumerate(sorted(jobs, key=lambda each: each.id)):
        if stop():
            break
        progress("jobs at engines", done, len(jobs))
        turn.brought(job)
    return Advanced(turn.results, turn.alerts)


_TO_LET_GO = """SELECT id FROM care_job WHERE state IN ('applied', 'undone') AND memory LIKE '%"at_engine": true%'"""


def has_work(house: House) -> bool:
    """Say whether `advance_all` might find something to do."""
    with reading(house.engine) as store:
        return bool(jobs_in(store, MOVING)) or store.one(_TO_LET_GO) is not None


class _Turn:
    """One turn: what came of it, and whom to tell."""

    def __init__(
        self, house: House, stop: Callable[[], bool], progress: Progress, apply: Applying | None, patience: Patience
    ) -> None:
        self.results: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self._house = house
        self._stop = stop
        self._progress = progress
        self._apply = apply
        self._patience = patience

    def brought(self, job: Job) -> Job:
        """Bring a job as far as it can go now."""
        with _alone(self._house, job) as ours:
            job = self._again(job)
            while ours and not self._stop() and not self._too_early(job):
                after = self._tried(job)
                if after is None or after.state == job.state:
                    return after or self._again(job)
                job = after
        return job

    def _tried(self, job: Job) -> Job | None:
        """Do one step; whatever goes wrong is written down with the job. None where nothing can be done now."""
        try:
            return self._step(job, adapter_for(self._house, job, self._patience))
        except BusyError:
            return None
        except Exception as error:
            now = self._again(job)  # the adapter may have noted something; an operator may have ended it
            if now.state in ENDED:
                return self._not_let_go(now, error)
            return self._faulted(now, error) if now.state in MOVING else now

    def _step(self, job: Job, adapter: Adapter) -> Job | None:
        match job.state:
            case "sending":
                self._must_be_open(job)
                adapter.prepare(job)
                return self._handed(self._to(job, "handing"), adapter)
            case "handing":
                return self._found(job, adapter)
            case "waiting":
                return self._looked(job, adapter)
            case "answered":
                return self._applied(job)
            case "applied" | "undone" if job.memory.get("at_engine"):
                adapter.let_go(job)
                return self._to(job, job.state, keep=True, at_engine=None, not_let_go=None)
            case _:
                return None

    def _handed(self, job: Job, adapter: Adapter) -> Job:
        """Hand over what no engine has. A fault that says so brings the job back to where it can be tried again."""
        try:
            facts = adapter.hand_over(job)
        except (GivenBackError, OperatorError) as error:
            return self._faulted(self._to(job, "sending", keep=True), error)
        log("job_handed_over", job=job.id, kind=job.kind)
        return self._to(job, "waiting", deadline=self._deadline(job), **facts)

    def _found(self, job: Job, adapter: Adapter) -> Job:
        """Go on with a job that was being handed over when somebody was killed."""
        has_it = adapter.was_handed_over(job)
        if has_it is None:
            from daemon.care.adapters.http import unknown

            raise unknown("submit-unknown")
        if not has_it:
            self._must_be_open(job)
            return self._handed(job, adapter)
        return self._to(job, "waiting", deadline=self._deadline(job))

    def _looked(self, job: Job, adapter: Adapter) -> Job | None:
        back = adapter.look(job)
        if back is not None:
            return self._answered(self._same(job), back)
        job = self._same(job)
        if isinstance(adapter, Manual):
            if told := adapter.reminder(job):
                self._alert(job, "reminder", told)
            return None
        if is_late(job, self._house.now()):
            return self._ended(job, adapter)
        self._name_late(job, adapter)
        return self._to(self._same(job), "waiting") if job.error or job.attempts else None

    def _answered(self, job: Job, back: Back) -> Job:
        with back.answer.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        log("job_answered", job=job.id, kind=job.kind, bytes=back.answer.stat().st_size)
        return self._to(
            job,
            "answered",
            answer=str(back.answer.relative_to(self._house.home)),
            answer_sha256=digest,
            came=[path.name for path in (back.answer, *back.reports)],
            at_engine=True,
        )

    def _applied(self, job: Job) -> Job:
        """Apply the answer, or write down why not; the answer stays where it is."""
        from daemon.care.apply import apply_answer

        apply: Applying = self._apply or apply_answer
        settings = settings_of(self._house, job)
        answer = self._house.home / job.answer
        try:
            told = apply(
                self._house,
                answer,
                job.id,
                preset=settings.preset,
                map_file=self._house.home / Path(settings.map).expanduser() if settings.map else None,
                reports=[answer.parent / name for name in job.memory.get("came", ())[1:]],
                progress=self._progress,
            )
        except SetAsideError as error:
            told = {"status": "set_aside", "file": answer.name, "error": str(error), "reason": error.reason}
        except UsageError as error:
            raise OperatorError(str(error)) from error
        now = self._again(job)
        if told["status"] in ("set_aside", "stopped"):
            reason = "large-change" if told["status"] == "stopped" else str(told["reason"])
            told = {**told, "reason": reason, "what_to_do": what_to_do(reason, job.id, str(answer))}
            if now.state in ("answered", "stopped"):
                now = self._failed(now, str(told["error"]), reason)
        self.results.append({"feed": job.adapter, **told, "job": job.id})
        return now

    # What goes wrong

    def _faulted(self, job: Job, fault: Exception) -> Job:
        """Write down what went wrong, by its family, and tell whoever must know."""
        error = (family_of(fault) or fault) if isinstance(fault, OSError) else fault
        if isinstance(error, OverBudgetError):
            self._alert(job, "needs-approval", str(error))
            return self._to(job, "needs-approval", cost_mills=error.mills)
        if isinstance(error, EngineLockedError):
            return self._failed(job, str(error), "engine-locked")
        if isinstance(error, SetAsideError):
            return self._failed(job, str(error), error.reason)
        if isinstance(error, GivenBackError) and job.state == "waiting":
            job = self._to(job, "sending", keep=True, run=int(job.memory.get("run", 1)) + 1)
        if job.state == "waiting" and is_late(job, self._house.now()):
            return self._ended(job, None)
        return self._put_off(job, error)

    def _put_off(self, job: Job, error: Exception) -> Job:
        """Count a fault and wait before the next try; where it is not of those that pass, tell at once."""
        message = str(error) if isinstance(error, HouseError) else f"job {job.id}: a bug ({type(error).__name__})"
        attempts, passes = job.attempts + 1, isinstance(error, TryAgainError)
        wait = timedelta() if passes else LONGEST_WAIT
        if passes and attempts > 1:
            wait = min(FIRST_WAIT * 2 ** min(attempts - 2, 10), LONGEST_WAIT)
        until = (self._house.now() + wait).isoformat(timespec="seconds")
        if (passes and attempts == TOLD_AFTER) or (not passes and message != job.error):
            kind = "job-fails" if isinstance(error, HouseError) else "bug"
            self._alert(job, kind, f"job {job.id} ({job.kind} of list {job.list}): {message}")
        (warn if isinstance(error, HouseError) else fail)("job_put_off", job=job.id, kind=job.kind, attempts=attempts)
        return self._to(job, job.state, keep=True, attempts=attempts, error=message, not_before=until)

    def _failed(self, job: Job, error: str, reason: str, remedy: str = "") -> Job:
        """End this attempt. Where the engine has locked itself, nothing more goes to it until somebody says so."""
        locked = reason == "engine-locked"
        remedy = remedy or what_to_do(reason, job.id, str(self._house.home / job.answer) if job.answer else "")
        warn("job_failed", job=job.id, kind=job.kind, reason=reason)
        if locked or job.state != "answered":  # an answer that is not applied is told as a file set aside
            told = f"job {job.id} ({job.kind} of list {job.list}): {error}. {remedy}"
            self._alert(job, "engine-locked" if locked else "job-failed", told, "alarm" if locked else "alert")
        state = "stopped" if locked else "failed"
        return self._to(
            job, state, keep=True, error=error, reason=reason, what_to_do=remedy, closed_at=self._house.stamp()
        )

    def _not_let_go(self, job: Job, error: Exception) -> Job:
        """The answer is applied; what lies at the engine is let go at a later turn."""
        message = str(error) if isinstance(error, HouseError | OSError) else f"a bug ({type(error).__name__})"
        if message == job.memory.get("not_let_go"):
            return job
        self._alert(job, "not-let-go", f"job {job.id} is applied, but its answer was not let go: {message}")
        return self._to(job, job.state, keep=True, not_let_go=message)

    def _ended(self, job: Job, adapter: Adapter | None) -> Job:
        """End a job whose engine has taken too long."""
        if adapter is not None:
            try:
                adapter.cancel(job)
            except (HouseError, OSError):
                warn("job_not_cancelled", job=job.id, kind=job.kind)
        return self._failed(job, f"{job.adapter} gave no answer by {job.deadline}", "timed-out")

    def _must_be_open(self, job: Job) -> None:
        """Let nothing go to an engine that has locked itself."""
        with reading(self._house.engine) as store:
            for other in jobs_in(store, ("stopped",)):
                if other.adapter == job.adapter:
                    raise BusyError(f"adapter {job.adapter} is stopped by job {other.id}")

    def _name_late(self, job: Job, adapter: Adapter) -> None:
        known = job.memory.get("late", [])
        for name in (late := [name for name in adapter.late(job) if name not in known]):
            told = f"job {job.id}: {name} came for an earlier attempt of the job; it is not taken, and left where it is"
            self._alert(job, "late-answer", told)
        if late:
            self._to(job, job.state, keep=True, late=[*known, *late])

    # What is written down

    def _to(self, job: Job, state: str, *, keep: bool = False, **facts: Any) -> Job:
        """Take a step. What is no column is memory; faults are forgotten, unless they are kept."""
        if not keep:
            facts = {"attempts": 0, "error": "", "not_before": None, **facts}
        columns = {name: facts.pop(name) for name in list(facts) if name in Job._fields}
        memory = merged(job.memory, facts)
        if "mills" in memory:
            columns.setdefault("cost_mills", memory["mills"])
        return take_step(self._house, job, state, memory=memory, **columns)

    def _again(self, job: Job) -> Job:
        with reading(self._house.engine) as store:
            return find_job(store, job.id)

    def _same(self, job: Job) -> Job:
        """Return the job with what an adapter has noted of it meanwhile."""
        now = self._again(job)
        if now.state != job.state:
            raise TryAgainError(f"job {job.id} is no longer {job.state}")
        return now

    def _too_early(self, job: Job) -> bool:
        until = job.memory.get("not_before")
        return until is not None and self._house.now() < datetime.fromisoformat(until)

    def _deadline(self, job: Job) -> str:
        until = self._house.now() + settings_of(self._house, job).timeout
        return until.isoformat(timespec="seconds")

    def _alert(self, job: Job, kind: str, message: str, level: str = "alert") -> None:
        self.alerts.append({"kind": kind, "level": level, "job": job.id, "message": message})


@contextmanager
def _alone(house: House, job: Job) -> Iterator[bool]:
    """Yield whether the job is ours for the block: of this home, and nobody else is bringing it further.

    Several homes may share a database; what goes out and comes back lies in the one that sent it.
    """
    folder = job.folder(house)
    if not folder.is_dir() and not Path(job.file).is_relative_to(folder):
        yield False
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "exchange.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
