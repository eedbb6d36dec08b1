"""An engine behind an SFTP server: uploaded under a hidden name, renamed, and the answer awaited in another folder.

The line to the server is the feeds' own: pinned host keys, files fetched by many reads at once, nothing resumed.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from daemon.care.adapters.base import Back, answer_folder, brought, sent_file, token_of
from daemon.care.adapters.bundle import late_answers, sort_out
from daemon.care.adapters.settings import SftpAdapter
from daemon.care.jobs import Job
from daemon.durable import PART
from daemon.errors import OperatorError, TryAgainError
from daemon.intake.hosts import as_feed, pinned
from daemon.intake.patience import PATIENCE, Patience
from daemon.intake.remote import Entry, Line, login_of, opened
from daemon.intake.stream import ChangedError
from daemon.wiring import House


class SftpEngine:
    """Puts ``TOKEN.csv`` into the remote inbox. Whether the engine has it is told by the part file being gone."""

    def __init__(self, house: House, settings: SftpAdapter, patience: Patience = PATIENCE) -> None:
        self._house = house
        self._settings = settings
        self._patience = patience

    def prepare(self, job: Job) -> None:
        """Upload the file under a name that no engine looks at. What an earlier try left is written anew."""
        source = sent_file(self._house, job)
        with self._line(self._settings.inbox) as line:
            line.upload(source, self._part(job))

    def hand_over(self, job: Job) -> dict[str, Any]:
        """Give it the name that the engine looks for."""
        with self._line(self._settings.inbox) as line:
            try:
                line.rename(self._part(job), f"{token_of(job)}.csv")
            except FileNotFoundError as error:
                raise TryAgainError(f"adapter {self._settings.name}: the upload is not there any more") from error
            except OSError as error:
                raise OperatorError(
                    f"adapter {self._settings.name}: the server does not let us rename in {self._settings.inbox}; ask "
                    "whoever runs it for the right"
                ) from error
        return {}

    def was_handed_over(self, job: Job) -> bool:
        """Say whether the rename was done; the engine may have taken the file away since."""
        with self._line(self._settings.inbox) as line:
            return line.exists(f"{token_of(job)}.csv") or not line.exists(self._part(job))

    def look(self, job: Job) -> Back | None:
        """Fetch the answer and its reports once all are there and two listings agree about them."""
        with self._line(self._settings.outbox) as line:
            before = _by_name(line.files())
            bundle = sort_out(before, self._settings, job)
            if bundle is None:
                return None
            self._patience.pause(self._settings.settle_seconds)
            after = _by_name(line.files())
            if any(after.get(name) != before[name] for name in bundle.names):
                return None
            home = answer_folder(self._house, job)
            try:
                for name in bundle.names:
                    with brought(home / name) as part:
                        _fetch(line, before[name], part)
            except (ChangedError, FileNotFoundError):
                return None
            except PermissionError as error:
                raise OperatorError(
                    f"adapter {self._settings.name}: the answer may not be read there; ask whoever runs the server "
                    "for the right"
                ) from error
        return Back(home / bundle.answer, tuple(home / name for name in bundle.reports))

    def cancel(self, job: Job) -> None:
        """Take the file back, if the engine has not fetched it."""
        with self._line(self._settings.inbox) as line:
            for name in (self._part(job), f"{token_of(job)}.csv"):
                with suppress(FileNotFoundError):
                    line.delete(name)

    def let_go(self, job: Job) -> None:
        """Move or delete there what is ours, where it still is what we took."""
        if self._settings.after == "leave":
            return
        home = answer_folder(self._house, job)
        with self._line(self._settings.outbox) as line:
            for name in job.memory.get("came", ()):
                there = line.facts(name)
                if there is None or there.size != (home / name).stat().st_size:
                    continue
                try:
                    self._go(line, name)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    raise OperatorError(
                        f'adapter {self._settings.name}: the server does not let us do after = "{self._settings.after}"'
                        "; ask for the right, or leave what is there"
                    ) from error

    def late(self, job: Job) -> list[str]:
        """Name answers to earlier attempts that lie in the outbox."""
        with self._line(self._settings.outbox) as line:
            return late_answers(_by_name(line.files()), self._settings, job)

    def _go(self, line: Line, name: str) -> None:
        if self._settings.after == "delete":
            line.delete(name)
        else:
            line.move(name, self._settings.after.removeprefix("move:"), [name, f"{name}.again"])

    def _part(self, job: Job) -> str:
        return f".{token_of(job)}.csv{PART}"

    @contextmanager
    def _line(self, folder: str) -> Iterator[Line]:
        feed = as_feed(self._settings, posixpath.normpath(folder))
        login = login_of(self._house.home, feed)
        with opened(feed, login, pinned(self._house, feed), self._patience) as line:
            yield line


def _by_name(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _fetch(line: Line, entry: Entry, part: os.PathLike[str]) -> None:
    out = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        line.fetch(entry, out)
    finally:
        os.close(out)
