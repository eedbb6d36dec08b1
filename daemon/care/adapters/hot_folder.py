"""A hot folder: the file appears in the engine's inbox by a rename, and the answer in its outbox."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from daemon.care.adapters.base import Back, answer_folder, brought, engine_faults, sent_file, token_of, write_copy
from daemon.care.adapters.bundle import late_answers, sort_out
from daemon.care.adapters.settings import HotFolderAdapter
from daemon.care.jobs import Job
from daemon.config import inside
from daemon.durable import PART, fsync_folder
from daemon.errors import OperatorError, TryAgainError
from daemon.intake.archive import copy_durably
from daemon.intake.dropfolder import Seen
from daemon.intake.patience import PATIENCE, Patience
from daemon.wiring import House

LONGEST_PAUSE = 5.0  # seconds between two looks at files that have been quiet by their own time


class HotFolder:
    """Puts ``TOKEN.csv`` into the inbox. Whether the engine has it is told by the part file's name being gone."""

    def __init__(self, house: House, settings: HotFolderAdapter, patience: Patience = PATIENCE) -> None:
        self._house = house
        self._settings = settings
        self._patience = patience

    def prepare(self, job: Job) -> None:
        """Write the file under a name that no engine looks at."""
        source = sent_file(self._house, job)
        with engine_faults(self._where("inbox")):
            write_copy(source, self._part(job))
            fsync_folder(self._folder("inbox"))

    def hand_over(self, job: Job) -> dict[str, Any]:
        """Give it the name that the engine looks for."""
        with engine_faults(self._where("inbox")):
            part = self._part(job)
            part.rename(part.with_name(f"{token_of(job)}.csv"))
            fsync_folder(part.parent)
        return {}

    def was_handed_over(self, job: Job) -> bool:
        """Say whether the rename was done; the engine may have taken the file away since."""
        with engine_faults(self._where("inbox")):
            if self._part(job).exists():
                return False
            fsync_folder(self._folder("inbox"))
        return True

    def look(self, job: Job) -> Back | None:
        """Copy the answer and its reports home once all are there and none has changed for a while."""
        before = self._files()
        bundle = sort_out(before, self._settings, job)
        if bundle is None or not all(self._is_quiet(before[name]) for name in bundle.names):
            return None
        self._patience.pause(min(self._settings.settle_seconds, LONGEST_PAUSE))
        after = self._files()
        if any(after.get(name) != before[name] for name in bundle.names):
            return None
        home = answer_folder(self._house, job)
        try:
            for name in bundle.names:
                with brought(home / name) as part:
                    copy_durably(before[name].path, part)
        except TryAgainError:  # it grew or vanished while we read it
            return None
        return Back(home / bundle.answer, tuple(home / name for name in bundle.reports))

    def cancel(self, job: Job) -> None:
        """Take the file back, if the engine has not fetched it."""
        part = self._part(job)
        for path in (part, part.with_name(f"{token_of(job)}.csv")):
            path.unlink(missing_ok=True)

    def let_go(self, job: Job) -> None:
        """Move or delete in the outbox what is ours, where it still is what we took."""
        if self._settings.after == "leave":
            return
        home, outbox = answer_folder(self._house, job), self._folder("outbox")
        with engine_faults(self._where("outbox")):
            for name in job.memory.get("came", ()):
                there = outbox / name
                with suppress(FileNotFoundError):
                    if there.stat().st_size == (home / name).stat().st_size:
                        self._go(there, outbox)
            fsync_folder(outbox)

    def late(self, job: Job) -> list[str]:
        """Name answers to earlier attempts that lie in the outbox."""
        return late_answers(self._files(), self._settings, job)

    def _go(self, there: Path, outbox: Path) -> None:
        if self._settings.after == "delete":
            there.unlink()
            return
        target = outbox / Path(self._settings.after.removeprefix("move:")).expanduser()
        target.mkdir(exist_ok=True, parents=True)
        there.replace(target / there.name)
        fsync_folder(target)

    def _files(self) -> dict[str, Seen]:
        found: dict[str, Seen] = {}
        with engine_faults(self._where("outbox")):
            for entry in os.scandir(self._folder("outbox")):
                with suppress(FileNotFoundError):
                    facts = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(facts.st_mode):
                        found[entry.name] = Seen(Path(entry.path), facts.st_size, facts.st_mtime)
        return found

    def _is_quiet(self, seen: Seen) -> bool:
        return self._house.now().timestamp() - seen.modified >= self._settings.settle_seconds

    def _part(self, job: Job) -> Path:
        return self._folder("inbox") / f".{token_of(job)}.csv{PART}"

    def _folder(self, which: str) -> Path:
        """Return the inbox or the outbox; one inside the home is made where missing.

        A share that is not mounted is no empty folder: it must not look as if the engine had taken everything.
        """
        path = inside(self._house.home, getattr(self._settings, which))
        if path.is_relative_to(self._house.home) and not path.exists():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.is_dir():
            raise OperatorError(f"{self._where(which)}: {path} is not a folder; make it, or correct {which}")
        return path

    def _where(self, which: str) -> str:
        return f"adapter {self._settings.name}: {which}"
