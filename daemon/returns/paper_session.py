"""What is entered at the scan screen, durable from entry to entry, until it is applied.

A session is a file in ``spool/scan``: a first line that says what it is, then a line for each entry and for each one
that is taken back, forced to the disk before the next is asked for. Whoever has it open holds its lock; one that
nobody holds was interrupted. Applied, it lies in the archive and in a batch of its own name, and its file goes.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from daemon.db import reading
from daemon.durable import PART, fsync_folder
from daemon.errors import OperatorError, family_of
from daemon.intake.archive import OLD_SECONDS
from daemon.returns.paper import KIND, Papers
from daemon.returns.paper_entry import Entry, kept_entry, kept_values
from daemon.wiring import House

SUFFIX = ".jsonl"
VERSION = 1


class Session:
    """One session at the scan screen.

    Attributes:
        entries: what stands, by the line of the session's file, in the order in which it was entered.
    """

    def __init__(self, path: Path, name: str | None, started_at: str, handle: int | None = None) -> None:
        self.path, self.name, self.started_at = path, name, started_at
        self.entries: dict[int, Entry] = {}
        self._handle = handle
        self._lines = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the session; its file stays. Closing twice does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def papers(self) -> Papers:
        """Return what is to be applied."""
        return Papers(self.path.name, list(self.entries.values()), self.path, once=True)

    def enter(self, entry: Entry) -> Entry:
        """Keep an entry; return it with its line. When it returns, the entry survives a power cut.

        Raises:
            TryAgainError, OperatorError: the disk is full, or the spool may not be written. The entry is not kept.
        """
        entry = entry._replace(line=self._append({"do": "enter", **kept_values(entry)}))
        self.entries[entry.line] = entry
        return entry

    def take_back(self, line: int) -> None:
        """Take one entry back."""
        self._append({"do": "take-back", "line": line})
        del self.entries[line]

    def finish(self) -> None:
        """Delete the session's file: it was applied, or is not wanted."""
        if self._handle is not None:
            self.path.unlink(missing_ok=True)
            fsync_folder(self.path.parent)
            self.close()

    def _append(self, what: dict[str, Any]) -> int:
        try:
            if self._handle is None:
                self._begin()
            return self._write(what)
        except OSError as error:
            known = family_of(error)
            if known is None:
                raise
            raise known from error

    def _begin(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path.with_name(f".{self.path.name}{PART}")  # it gets its name once it is locked
        self._handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        self._write({"session": VERSION, "list": self.name, "started_at": self.started_at})
        part.rename(self.path)
        fsync_folder(self.path.parent)

    def _write(self, what: dict[str, Any]) -> int:
        assert self._handle is not None  # noqa: S101 - just opened
        size = os.fstat(self._handle).st_size
        line = json.dumps(what, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            if os.write(self._handle, line) != len(line):
                raise OSError(28, "no space left", str(self.path))
            os.fsync(self._handle)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._handle, size)
            raise
        self._lines += 1
        return self._lines

    def read(self) -> Self:
        """Read what the file has; half a line at its end, which a power cut left, is cut off.

        Raises:
            OperatorError: a line is none of ours.
        """
        assert self._handle is not None  # noqa: S101 - opened by `interrupted`
        content = self.path.read_bytes()
        whole, _newline, half = content.rpartition(b"\n")
        if half:
            os.ftruncate(self._handle, len(content) - len(half))
        for number, line in enumerate(whole.splitlines(), 1):
            self._lines = number
            try:
                self._take(number, json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                message = "cannot be read; move the file out of the folder, and enter those pieces again"
                raise OperatorError(f"{self.path} line {number}: {message}") from error
        return self

    def _take(self, number: int, values: dict[str, Any]) -> None:
        match values.pop("do", None):
            case "enter":
                self.entries[number] = kept_entry(number, values)
            case "take-back":
                del self.entries[values["line"]]
            case _:
                self.name, self.started_at = values["list"], values["started_at"]


def new_session(house: House, name: str | None) -> Session:
    """Return a session without entries; its file is made with the first."""
    moment = house.now()
    file = f"scan-{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}{SUFFIX}"
    return Session(_folder(house) / file, name, house.stamp())


def interrupted(house: House, name: str | None) -> Iterator[Session]:
    """Yield each session of the list that nobody has open and that has entries, the oldest first, locked.

    The caller closes it. One that was applied before its file could go is put away here, and not yielded.
    """
    _sweep(_folder(house))
    for path in sorted(_folder(house).glob(f"scan-*{SUFFIX}")):
        try:
            handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        session = Session(path, None, "", handle)
        if not path.exists():  # applied while we looked
            session.close()
        elif not session.read().entries or _applied(house, path.name):
            session.finish()
        elif session.name != name:
            session.close()
        else:
            yield session


def _sweep(folder: Path) -> None:
    """Delete what a kill left of a session before it had its name, and so any entry."""
    for part in folder.glob(f".scan-*{PART}"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > OLD_SECONDS:
                part.unlink()


def _applied(house: House, file: str) -> bool:
    with reading(house.engine) as store:
        return bool(store.value("SELECT 1 FROM batch WHERE kind = :kind AND file = :file", kind=KIND, file=file))


def _folder(house: House) -> Path:
    return house.home / "spool" / "scan"
