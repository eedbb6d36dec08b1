"""Files on a server reached by SFTP: list, fetch, remember; let go only what is ours already.

A file is taken when two listings agree about it, it came whole, and it still is what they said. What breaks
off is fetched again from its first byte.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from daemon.db import reading, writing
from daemon.errors import OperatorError, SetAsideError, TryAgainError
from daemon.intake.dropfolder import is_complete
from daemon.intake.feeds import Polled, wanted
from daemon.intake.hosts import BrokenLineError, HostKey, UnreachableError, pinned
from daemon.intake.patience import PATIENCE, Patience
from daemon.intake.remote import Entry, Line, Login, login_of, opened
from daemon.intake.spool import Taken, check_name, take_in
from daemon.intake.stream import ChangedError
from daemon.settings import SftpFeed
from daemon.telemetry import log
from daemon.wiring import House

T = TypeVar("T")
HALF_SECONDS = 3600  # a file without its end that has not changed for so long gets no end any more
NOT_TAKEN = 0  # stands for the ledger's number where a file was refused


def poll(house: House, feed: SftpFeed, patience: Patience = PATIENCE) -> Polled:
    """Look at the remote folder once: what is whole becomes ours, and then goes as ``after`` says.

    A file is fetched once: the ledger remembers name, size and time of what was taken. With ``delete`` and
    ``move`` it is let go only after that, at a later look where a crash came between; a file that has changed
    since is not touched but fetched. With ``leave`` nothing there is ever changed. One file that cannot be
    had never keeps the others from coming. A name that may not be is told once.

    Raises:
        OperatorError: host key, login, secrets or the folder's rights; the message names the remedy.
        TryAgainError: the server cannot be reached, or not one file came through. What was taken before stays taken.
    """
    visit = _Visit(house, feed, login_of(house.home, feed), pinned(house, feed), patience)
    _sweep(visit.work, feed)
    try:
        return visit.made()
    finally:
        visit.hang_up()


class Remembered(NamedTuple):
    """One file that was taken from this folder, or refused."""

    id: int
    taken: int
    let_go: bool


@dataclass(slots=True)
class _Visit:
    """One look at the folder, over as many connections as it takes."""

    house: House
    feed: SftpFeed
    login: Login
    known: list[HostKey]
    patience: Patience
    taken: list[Taken] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    refused_names: list[Entry] = field(default_factory=list)
    _line: Line | None = None
    _connection: ExitStack = field(default_factory=ExitStack)

    @property
    def work(self) -> Path:
        return self.house.home / "spool" / "work"

    def made(self) -> Polled:
        self._let_go()  # what a crash kept from it before
        entries = self.tried(lambda line: line.files())
        fresh = self._wanted(entries)
        if fresh:
            self.patience.pause(self.feed.settle_seconds)
            again = set(self.tried(lambda line: line.files()))
            self.waiting.extend(entry.name for entry in fresh if entry not in again)
            self._fetch_all([entry for entry in fresh if entry in again])
            self._let_go()
        for entry in self.refused_names:  # last: a look that fails before tells nothing, so it must remember nothing
            self._remember(entry, NOT_TAKEN, let_go=True)
        return Polled(self.taken, self.waiting, self.refused, self.stuck)

    def tried(self, action: Callable[[Line], T]) -> T:
        """Do something on the line; on a new one, after a while, where that broke."""
        tried = 1
        while True:
            try:
                return action(self._connected())
            except BrokenLineError:
                self.hang_up()
                if tried >= self.patience.tries:
                    raise
            except ChangedError:
                self.hang_up()  # answers to reads we gave up are still on their way
                raise
            self.patience.wait(tried)
            tried += 1

    def hang_up(self) -> None:
        self._line = None
        self._connection.close()

    def _connected(self) -> Line:
        if self._line is None:
            self._line = self._connection.enter_context(opened(self.feed, self.login, self.known, self.patience))
        return self._line

    def _memory(self) -> dict[Entry, Remembered]:
        with reading(self.house.engine) as store:
            rows = store.all(
                "SELECT name, size, modified, id, taken_file_id, let_go FROM remote_file WHERE feed = :feed",
                feed=self.feed.name,
            )
        return {Entry(*row[:3]): Remembered(int(row[3]), int(row[4]), bool(row[5])) for row in rows}

    def _wanted(self, entries: list[Entry]) -> list[Entry]:
        """Return what is to be fetched: what the patterns name, may be named so, and is not remembered."""
        found, memory = [], self._memory()
        for entry in entries:
            if not wanted(self.feed, re.split(r"[/\\]", entry.name)[-1]):
                continue
            before = memory.get(entry._replace(name=_kept(entry.name)))
            if before is not None and not self._come_again(before):
                continue
            try:
                check_name(entry.name)
            except SetAsideError as error:
                self.refused.append((_kept(entry.name), str(error)))
                self.refused_names.append(entry._replace(name=_kept(entry.name)))
                continue
            found.append(entry)
        return found

    def _come_again(self, before: Remembered) -> bool:
        """What we took away and is there again was sent again, whatever size and time say."""
        return before.let_go and before.taken != NOT_TAKEN and self.feed.after != "leave"

    def _fetch_all(self, entries: list[Entry]) -> None:
        error: BrokenLineError | None = None
        failed = []
        for number, entry in enumerate(entries):
            try:
                self._take(entry)
            except UnreachableError as unreachable:  # it will not be there for the others either
                rest = [other.name for other in entries[number:]]
                self.waiting.extend(rest)
                self.stuck.extend(rest)
                error = unreachable
                break
            except BrokenLineError as broken:
                failed.append(entry.name)
                error = broken
        if error is not None and not self.taken:
            raise error
        why = f"not fetched: the connection broke off {self.patience.tries} times; will be tried again at the next look"
        self.refused.extend((name, why) for name in failed)

    def _take(self, entry: Entry) -> None:
        """Fetch one file and make it ours, or say why not."""
        begun = self.patience.clock()
        part = self.work / f"{_prefix(self.feed)}{secrets.token_hex(8)}.part"
        try:
            self.tried(lambda line: _fetch(line, entry, part))
            if not is_complete(part) and self._may_still_grow(entry):
                self.waiting.append(entry.name)
                self.stuck.append(entry.name)
                return
            taken = take_in(self.house, self.feed.name, part, entry.name)
        except (ChangedError, FileNotFoundError):
            self.waiting.append(entry.name)
            return
        except PermissionError:
            self.refused.append((entry.name, "may not be read there; ask whoever runs the server for the right"))
            return
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        self._remember(entry, taken.id, let_go=self.feed.after == "leave")
        self.taken.append(taken)
        seconds = round(self.patience.clock() - begun, 2)
        log("file_fetched", feed=self.feed.name, file=taken.id, bytes=entry.size, known=taken.known, seconds=seconds)

    def _may_still_grow(self, entry: Entry) -> bool:
        """Without its end, and changed not long ago by the server's clock, as far as that is right."""
        return entry.modified != "" and abs(self.house.now().timestamp() - int(entry.modified)) < HALF_SECONDS

    def _remember(self, entry: Entry, taken: int, *, let_go: bool) -> None:
        with writing(self.house.engine) as store:
            store.run(
                """INSERT INTO remote_file (feed, name, size, modified, taken_file_id, let_go)
                VALUES (:feed, :name, :size, :modified, :taken, :let_go)
                ON CONFLICT (feed, name, size, modified) DO UPDATE SET taken_file_id = :taken, let_go = :let_go""",
                feed=self.feed.name,
                name=entry.name,
                size=entry.size,
                modified=entry.modified,
                taken=taken,
                let_go=let_go,
            )

    def _let_go(self) -> None:
        """Delete or move there what is ours."""
        if self.feed.after == "leave":
            return
        for entry, row in self._memory().items():
            if row.let_go:
                continue
            try:
                self.tried(lambda line, entry=entry, row=row: self._go(line, entry, row))  # type: ignore[misc]
            except BrokenLineError:  # it is ours; the next look lets it go
                return
            except OSError:
                why = f'taken in, but the server does not let us do `after = "{self.feed.after}"`; ask for the right'
                self.refused.append((entry.name, why))
                continue
            with writing(self.house.engine) as store:
                store.run("UPDATE remote_file SET let_go = true WHERE id = :id", id=row.id)

    def _go(self, line: Line, entry: Entry, row: Remembered) -> None:
        if line.facts(entry.name) != entry:  # gone, or another one of its name: that one is not ours yet
            return
        with suppress(FileNotFoundError):
            if self.feed.after == "delete":
                line.delete(entry.name)
            else:
                folder = self.feed.after.removeprefix("move:")
                stamp = f"{row.id}-{secrets.token_hex(4)}"
                line.move(entry.name, folder, [entry.name, f"{entry.name}.{row.id}", f"{entry.name}.{stamp}"])


def _fetch(line: Line, entry: Entry, part: Path) -> None:
    """Write a remote file to `part`, which is new: whatever an earlier try left is thrown away."""
    try:
        part.unlink(missing_ok=True)
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        out = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except PermissionError as error:
        raise OperatorError("spool/work may not be written; give this user the folder") from error
    except OSError as error:
        raise TryAgainError(f"spool/work cannot be written now ({error.strerror}); nothing was changed") from error
    try:
        line.fetch(entry, out)
    finally:
        os.close(out)


def _kept(name: str) -> str:
    """A name that a database and a terminal take."""
    return name if name.isprintable() else ascii(name)


def _prefix(feed: SftpFeed) -> str:
    return f"fetch-{feed.name}@"  # no name of a feed has an @ in it


def _sweep(work: Path, feed: SftpFeed) -> None:
    """Delete what a killed look left. No job overlaps itself, so nobody else has it."""
    for part in work.glob(f"{_prefix(feed)}*.part"):
        part.unlink(missing_ok=True)
