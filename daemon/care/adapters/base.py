"""What every adapter does, and what all of them share: the token of an attempt, memory, files brought home.

An adapter only talks with its engine. Which state the job is in, and what a fault does to it, is the exchange's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from daemon.care.jobs import Job, take_step
from daemon.durable import PART, fsync_folder
from daemon.errors import OperatorError, TryAgainError, family_of
from daemon.wiring import House

ANSWER = "answer"  # in the job's folder: what came back
BLOCK = 1 << 20


class EngineLockedError(OperatorError):
    """The engine has locked itself, as it does when it meets an address that it takes for invented."""


class GivenBackError(TryAgainError):
    """The engine certainly does not have the job, or has given it back: it may be handed over once more."""


class BusyError(TryAgainError):
    """The engine is at work on another job. Not a fault."""


class OverBudgetError(OperatorError):
    """The engine asks for more than the budget allows. Nothing was bought."""

    def __init__(self, message: str, mills: int) -> None:
        super().__init__(message)
        self.mills = mills


class Back(NamedTuple):
    """What came back, whole and durable in the job's own folder."""

    answer: Path
    reports: tuple[Path, ...] = ()


class Adapter(Protocol):
    """One way to an engine. Every call may be repeated after a kill.

    What they raise: TryAgainError where it may pass, OperatorError where somebody must act, both without
    having changed anything; SetAsideError where the job has failed, with its reason; EngineLockedError.
    """

    def prepare(self, job: Job) -> None:
        """Do all that can be done before the engine may see anything of the job. State ``sending``."""

    def hand_over(self, job: Job) -> dict[str, Any]:
        """Hand the job over, by one act that happens or does not. Returns what is to be remembered of it.

        State ``handing``. A GivenBackError says that the engine certainly does not have it.
        """

    def was_handed_over(self, job: Job) -> bool | None:
        """Say whether the engine has a job that was in state ``handing`` when we were killed; None: nobody knows."""

    def look(self, job: Job) -> Back | None:
        """Look for the answer; None where it is not there yet, or not whole. State ``waiting``."""

    def cancel(self, job: Job) -> None:
        """Tell the engine, as far as it can be told, that nobody waits any more."""

    def let_go(self, job: Job) -> None:
        """Do with the answer at the engine what the settings say, now that it is applied."""

    def late(self, job: Job) -> list[str]:
        """Name what came for an earlier attempt of the job. It is left where it lies."""


def attempt_of(job: Job) -> int:
    """Return which attempt this is, from 1."""
    return int(job.memory.get("attempt", 1))


def token_of(job: Job, attempt: int | None = None) -> str:
    """Return what names one attempt of a job at the engine. A new one has a new name: an old answer never fits."""
    number = attempt or attempt_of(job)
    return job.token if number == 1 else f"{job.token}-r{number}"


def former_tokens(job: Job) -> list[str]:
    """Return what the attempts before this one were named."""
    return [token_of(job, number) for number in range(1, attempt_of(job))]


def remember(house: House, job: Job, **facts: Any) -> Job:
    """Note something about the job for good, its state as it is. What is None is forgotten."""
    return take_step(house, job, job.state, memory=merged(job.memory, facts))


def merged(memory: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """Return a memory with facts added to it, and without those that are None."""
    return {name: value for name, value in (memory | facts).items() if value is not None}


def sent_file(house: House, job: Job) -> Path:
    """Return our copy of what goes out.

    Raises:
        OperatorError: it is not there any more.
    """
    path = house.home / job.kept
    if not job.kept or not path.is_file():
        raise OperatorError(
            f"job {job.id}: the file that was written for it is gone from the home; `listkeeper care cancel {job.id}`, "
            "and start another"
        )
    return path


def answer_folder(house: House, job: Job) -> Path:
    """Return where answers of the job are kept, made where missing."""
    folder = job.folder(house) / ANSWER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_copy(source: Path, target: Path) -> None:
    """Copy a file for an engine, durably; the new name is not yet durable.

    Whoever is of the folder's group may read it and take it away; who gets into the folder is the folder's matter.
    """
    with source.open("rb") as file, target.open("wb") as out:
        with suppress(OSError):  # a share that knows no rights
            os.fchmod(out.fileno(), 0o660)
        shutil.copyfileobj(file, out, BLOCK)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def brought(place: Path) -> Iterator[Path]:
    """Yield a new name to write to; when the block ends well, that is `place`, whole and durable."""
    part = place.with_name(f".{place.name}{PART}")
    part.unlink(missing_ok=True)
    try:
        yield part
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        part.replace(place)
        fsync_folder(place.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def engine_faults(where: str) -> Iterator[None]:
    """Give what a file system refuses its family: it may be a share that is away for a while."""
    try:
        yield
    except OSError as error:
        told = family_of(error)
        if told is not None:
            raise type(told)(f"{where}: {told}") from error
        raise TryAgainError(
            f"{where}: {error.strerror or 'the folder cannot be used now'}; will be tried again"
        ) from error
