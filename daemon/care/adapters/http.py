"""A job at a web service: the steps that the settings declare, each done in its turn and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from daemon import config
from daemon.care.adapters.base import (
    Back,
    EngineLockedError,
    GivenBackError,
    OverBudgetError,
    answer_folder,
    brought,
    remember,
    sent_file,
    token_of,
)
from daemon.care.adapters.settings import Condition, HttpAdapter, HttpStep
from daemon.care.adapters.templates import filled
from daemon.care.adapters.web import Price, Service, UnknownOutcomeError, found, text_of
from daemon.care.jobs import Job
from daemon.errors import OperatorError, SetAsideError, TryAgainError
from daemon.intake.patience import PATIENCE, Patience
from daemon.wiring import House

ANSWER_BYTES = 8 << 30
REPORT_BYTES = 256 << 20
REMOTE_CHARACTERS = 2000


class HttpJob:
    """Does the steps of one adapter's jobs.

    The job's memory holds ``step`` (how many are done), ``remote`` (fields of answers), ``begun`` (a start that was
    under way), ``mills`` (the last price) and ``approved`` (the price that an operator has said yes to).
    """

    def __init__(self, house: House, settings: HttpAdapter, patience: Patience = PATIENCE) -> None:
        self._house = house
        self._settings = settings
        self._patience = patience

    def prepare(self, job: Job) -> None:
        """See that everything is there that the submission needs."""
        sent_file(self._house, job)
        self._values(job)

    def hand_over(self, job: Job) -> dict[str, Any]:
        """Submit the file.

        Raises:
            SetAsideError: ``submit-unknown``: it went out, and nobody knows whether the service has it.
        """
        step = self._settings.steps[0]
        with self._service() as service:
            try:
                told = service.asked(step, self._values(job), sent_file(self._house, job), f"{token_of(job)}.csv")
            except UnknownOutcomeError as error:
                raise unknown("submit-unknown") from error
        try:
            return self._taken(job, step, told) | {"step": 1}
        except SetAsideError as error:
            if error.reason == "bad-reply":  # it has the file, and we do not know under which name
                raise unknown("submit-unknown") from error
            raise

    def was_handed_over(self, job: Job) -> bool | None:
        """Say yes where the submission was answered; else nobody knows."""
        return True if "step" in job.memory else None

    def look(self, job: Job) -> Back | None:
        """Do the steps that can be done now; return the answer after the last.

        Raises:
            OverBudgetError: the next step would cost more than the budget, or than what was said yes to.
            SetAsideError: ``engine-failed``, ``refused``, ``bad-reply``, ``no-price``, ``start-unknown``,
                ``too-large``.
        """
        with self._service() as service:
            for number in range(int(job.memory["step"]), len(self._settings.steps)):
                self._must_be_affordable(job)
                try:
                    done = self._done(service, job, number)
                except UnknownOutcomeError as error:
                    raise self._again(self._settings.steps[number]) from error
                except GivenBackError as error:  # of this call, not of the job
                    raise TryAgainError(str(error)) from error
                if done is None:
                    return None
                job = remember(self._house, job, **done, step=number + 1, begun=None)
        home = answer_folder(self._house, job)
        reports = [step for step in self._settings.steps if step.does == "report"]
        return Back(self._answer(job), tuple(home / self._name(step, job) for step in reports))

    def cancel(self, job: Job) -> None:
        """Nothing: how a vendor is told differs from one to the next."""

    def let_go(self, job: Job) -> None:
        """Nothing."""

    def late(self, job: Job) -> list[str]:
        """Nothing: every attempt has its own job there."""
        del job
        return []

    def _done(self, service: Service, job: Job, number: int) -> dict[str, Any] | None:
        """Do one step; return what is to be remembered, None where it is not done yet."""
        step, values = self._settings.steps[number], self._values(job)
        if step.does in ("download", "report"):
            answer = step.does == "download"
            place = self._answer(job) if answer else answer_folder(self._house, job) / self._name(step, job)
            if not place.exists():  # else we were killed right after it came
                with brought(place) as part:
                    service.fetch(step, values, part, ANSWER_BYTES if answer else REPORT_BYTES)
            return {}
        if step.does == "start":
            return self._started(service, job, number)
        told = service.asked(step, values)
        self._must_be_well(job, step, told)
        return self._taken(job, step, told) if step.done and _is(step.done, told) else None

    def _started(self, service: Service, job: Job, number: int) -> dict[str, Any]:
        """Ask for work, once: it may be what costs."""
        if job.memory.get("begun") == number:
            raise unknown("start-unknown")
        job = remember(self._house, job, begun=number)
        step = self._settings.steps[number]
        try:
            told = service.asked(step, self._values(job))
        except UnknownOutcomeError as error:
            raise unknown("start-unknown") from error
        except (TryAgainError, OperatorError):
            remember(self._house, job, begun=None)
            raise
        return self._taken(job, step, told)

    def _taken(self, job: Job, step: HttpStep, told: Any) -> dict[str, Any]:
        """Return what a step's answer leaves to be remembered."""
        self._must_be_well(job, step, told)
        facts: dict[str, Any] = {}
        remote = dict(job.memory.get("remote", {}))
        for name, path in step.take.items():
            value = found(told, path)
            if value is None or isinstance(value, dict | list) or len(text_of(value)) > REMOTE_CHARACTERS:
                raise SetAsideError(f"the answer of {step.path} has no {path}", reason="bad-reply", field=path)
            remote[name] = text_of(value)
        if step.take:
            facts["remote"] = remote
        if step.cost is not None:
            price = Price.of(found(told, step.cost))
            if price is None:
                raise SetAsideError(
                    f"the answer of {step.path} has no price that can be read", reason="no-price", field=step.cost
                )
            facts["mills"] = price.mills
        return facts

    def _must_be_well(self, job: Job, step: HttpStep, told: Any) -> None:
        if step.locked and _is(step.locked, told):
            raise EngineLockedError(
                f"job {job.id}: {self._settings.name} says that it has locked itself; ask the vendor to unlock it, "
                f"then `listkeeper care retry {job.id}`"
            )
        if step.failed and _is(step.failed, told):
            raise SetAsideError(
                f"{self._settings.name} says that it has failed", reason="engine-failed", field=step.failed.field
            )

    def _must_be_affordable(self, job: Job) -> None:
        mills = job.memory.get("mills")
        most = max(int(self._settings.budget * 1000), int(job.memory.get("approved", 0)))
        if mills is not None and mills > most:
            raise OverBudgetError(
                f"job {job.id}: {self._settings.name} asks ${mills / 1000:.2f}, the budget is "
                f"${self._settings.budget:.2f}; `listkeeper care approve {job.id}`, or "
                f"`listkeeper care cancel {job.id}`",
                mills,
            )

    def _values(self, job: Job) -> dict[str, str]:
        values = {"token": token_of(job), "job": str(job.id), "kind": job.kind, "records": str(job.sent)}
        values |= {f"remote.{name}": str(value) for name, value in job.memory.get("remote", {}).items()}
        if self._settings.secret is not None:
            key = f"adapter {self._settings.name}: secret"
            try:
                values["secret"] = config.secret(self._house.home, self._settings.secret, key).decode("utf-8")
            except UnicodeDecodeError as error:
                raise OperatorError(f"{key}: the secret it names is not UTF-8; write it again") from error
        return values

    def _answer(self, job: Job) -> Path:
        return answer_folder(self._house, job) / f"{token_of(job)}.csv"

    def _name(self, step: HttpStep, job: Job) -> str:
        return filled(step.name, {"token": token_of(job)})

    def _again(self, step: HttpStep) -> TryAgainError:
        return TryAgainError(f"adapter {self._settings.name}: {step.path} broke off; will be tried again")

    @contextmanager
    def _service(self) -> Iterator[Service]:
        with closing(Service(self._settings.name, self._settings.url, self._patience)) as service:
            yield service


def unknown(reason: str) -> SetAsideError:
    """Return the fault of a call that went out once and must not go out again unasked."""
    return SetAsideError("the call went out, and nobody knows whether the service has taken it", reason=reason)


def _is(condition: Condition, told: Any) -> bool:
    value = text_of(found(told, condition.field)).casefold()
    return value in {each.casefold() for each in condition.values}
