"""What belongs together among the files of an engine's outbox: the answer and its reports, by patterns of names."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterable
from typing import NamedTuple

from daemon.care.adapters.base import EngineLockedError, former_tokens, token_of
from daemon.care.adapters.settings import Bundled
from daemon.care.jobs import Job
from daemon.errors import SetAsideError
from daemon.intake.feeds import IGNORED
from daemon.intake.spool import check_name


class Bundle(NamedTuple):
    """Names of files that belong together."""

    answer: str
    reports: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.answer, *self.reports)


def sort_out(names: Collection[str], settings: Bundled, job: Job) -> Bundle | None:
    """Return the answer to this attempt of the job; None where it, or a report, is not there yet.

    Raises:
        EngineLockedError: a file says that the engine has locked itself.
        SetAsideError: ``engine-failed``, a file says so; ``two-answers``, more than one file may be it.
    """
    names = [name for name in names if _is_whole(name)]
    token = token_of(job)
    if flags := _fitting(names, settings.locked, token):
        raise EngineLockedError(
            f"job {job.id}: {settings.name} has locked itself ({flags[0]}); ask the vendor to unlock it, remove that "
            f"file, then `listkeeper care retry {job.id}`"
        )
    if told := _fitting(names, settings.failed, token):
        raise SetAsideError(f"{settings.name} says that it has failed", reason="engine-failed", file=told[0])
    reports: list[str] = []
    for pattern in settings.reports:
        if not (found := _fitting(names, (pattern,), token)):
            return None
        reports += [name for name in found if name not in reports]
    answers = [name for name in _fitting(names, (settings.answer,), token) if name not in reports]
    if len(answers) > 1:
        raise SetAsideError(
            f"{len(answers)} files may be the answer; make `answer` of the adapter fit only one",
            reason="two-answers",
            file=answers[1],
        )
    return Bundle(answers[0], tuple(reports)) if answers else None


def late_answers(names: Iterable[str], settings: Bundled, job: Job) -> list[str]:
    """Return answers to earlier attempts of the job."""
    found = list(names)
    mine = set(_fitting(found, (settings.answer,), token_of(job)))
    return [
        name for token in former_tokens(job) for name in _fitting(found, (settings.answer,), token) if name not in mine
    ]


def _fitting(names: Iterable[str], patterns: Iterable[str], token: str) -> list[str]:
    wanted = [pattern.replace("{token}", token).lower() for pattern in patterns]
    return sorted(name for name in names if any(fnmatch.fnmatchcase(name.lower(), each) for each in wanted))


def _is_whole(name: str) -> bool:
    """No upload in progress, and a name that may be one here."""
    if name.startswith(".") or name.lower().endswith(IGNORED):
        return False
    try:
        check_name(name)
    except SetAsideError:
        return False
    return True
