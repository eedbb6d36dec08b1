"""The hot folder: files are put into one folder, their answers appear in another.

A file goes from the inbox to `work/`, is answered, and goes on to `done/`; or to `refused/`, with a sentence in the
outbox that says why. Killed at any point, the next start goes on where it was; no file is answered twice, even if its
answer has been taken away meanwhile.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final, TextIO

from daemon.durable import PART, atomic_writer, fsync_folder
from daemon.errors import SetAsideError, TryAgainError, UsageError
from daemon.simulator.answer import Kind, Request
from daemon.simulator.run import FAILED, halve, write_answer

DIE_AT: Final = "LISTKEEPER_SIMULATOR_DIE_AT"
"""For tests: the step after which the process kills itself."""

STEPS: Final = ("claimed", "half-written", "written", "reported", "ready", "answered", "done")
"""The steps of one file, in their order."""

REPORTS: Final[dict[Kind, str]] = {"cass": "3553", "ncoa": "psr"}
_KIND: Final = re.compile(r"(?:^|[-_.])(cass|ncoa)(?=[-_.]|$)", re.IGNORECASE)


def kind_of(token: str) -> Kind | None:
    """Return what a file asks for, by its name; None where the name does not say.

    >>> kind_of("lk000007-ncoa-1a2b3c4d")
    'ncoa'
    """
    found = _KIND.search(token)
    if found is None:
        return None
    return "cass" if found[1].lower() == "cass" else "ncoa"


class HotFolder:
    """An inbox and an outbox, and what is to be done with the files between them.

    Args:
        request: called for each file, so that the day is the present one.
        say: told of each file that is done or refused.

    Raises:
        UsageError: a folder is not there.
        TryAgainError: another simulator watches this inbox.
    """

    def __init__(
        self, inbox: Path, outbox: Path, request: Callable[[], Request], say: Callable[[str], None], stop: Event
    ) -> None:
        for folder in (inbox, outbox):
            if not folder.is_dir():
                raise UsageError(f"{folder}: there is no such folder; create it first")
        self._inbox, self._outbox = inbox, outbox
        self._request, self._say, self._stop = request, say, stop
        self._work, self._done, self._refused = inbox / "work", inbox / "done", inbox / "refused"
        for folder in (self._work, self._done, self._refused):
            folder.mkdir(mode=0o700, exist_ok=True)
        fsync_folder(inbox)
        self._lock = (self._work / ".lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise TryAgainError(f"{inbox}: another simulator watches it; stop that one first") from error

    def close(self) -> None:
        """Let another one watch."""
        self._lock.close()

    def look(self) -> int:
        """Answer every file that is there, those begun before first. Returns how many were refused."""
        refused = 0
        for mark in self._work.glob("*.ready"):
            if not mark.with_suffix(".csv").exists():
                mark.unlink()
        for path in sorted(self._work.glob("*.csv")):
            refused += not self._go_on(path)
        for path in sorted(self._inbox.glob("*.csv")):
            if self._stop.is_set():
                break
            if kind_of(path.stem) is not None and not path.name.startswith(".") and path.is_file():
                claimed = self._claim(path)
                refused += claimed is not None and not self._go_on(claimed)
        return refused

    def _claim(self, path: Path) -> Path | None:
        """Take a file into `work/`; None where it was answered before, or has gone."""
        target = self._work / path.name
        if (self._done / path.name).exists():
            _move(path, self._done / f"{path.stem}.repeat.csv")
            self._say(f"{path.stem}: was answered before; not answered again")
            return None
        with suppress(FileNotFoundError):
            _move(path, target)
            _reached("claimed")
            return target
        return None

    def _go_on(self, path: Path) -> bool:
        """Bring a claimed file to its end, wherever it was left. Returns whether it was answered."""
        token = path.stem
        part, answer = self._outbox / f".{token}.answer.csv{PART}", self._outbox / f"{token}.answer.csv"
        ready = self._work / f"{token}.ready"
        if not ready.exists() and not answer.exists():
            request = self._request()
            self._befall(request)
            for left in self._outbox.glob(f".{token}.*{PART}"):
                left.unlink()
            try:
                sentence = self._write(path, part, request)
            except (SetAsideError, UsageError) as error:
                part.unlink(missing_ok=True)
                self._refuse(path, str(error))
                return False
            with atomic_writer(ready) as mark:  # from here on the answer is published, not made again
                mark.write(f"{sentence}\n")
            _reached("ready")
        if part.exists():
            part.rename(answer)
            fsync_folder(self._outbox)
        _reached("answered")
        sentence = ready.read_text(encoding="utf-8").strip() if ready.exists() else "answered before"
        _move(path, self._done / path.name)
        _reached("done")
        ready.unlink(missing_ok=True)
        self._say(f"{token}: {sentence}")
        return True

    def _write(self, path: Path, part: Path, request: Request) -> str:
        """Write answer and report; the answer under a hidden name. Returns a sentence about them."""
        kind = kind_of(path.stem)
        assert kind is not None  # only such files are claimed  # noqa: S101
        with part.open("x", encoding="utf-8", newline="") as stream:
            paper, sentence = write_answer(kind, path, stream, request)
            if os.environ.get(DIE_AT) == "half-written":
                halve(stream)
            _reached("half-written")
            if request.fault == "half":
                halve(stream)
            _force(stream)
        _reached("written")
        with atomic_writer(self._outbox / f"{path.stem}.{REPORTS[kind]}.txt") as file:
            file.write(paper)
        _reached("reported")
        return sentence

    def _befall(self, request: Request) -> None:
        if request.fault == "exit":
            raise SystemExit(FAILED)
        if request.fault == "hang":
            self._stop.wait()
            raise SystemExit(0)

    def _refuse(self, path: Path, why: str) -> None:
        with atomic_writer(self._outbox / f"{path.stem}.refused") as file:
            file.write(f"{why}\n")
        _move(path, self._refused / path.name)
        self._say(f"{path.stem}: refused: {why}")


def watch(
    inbox: Path, outbox: Path, request: Callable[[], Request], say: Callable[[str], None], *, once: bool, every: float
) -> int:
    """Answer what is put into a folder until told to stop (SIGTERM, SIGINT), or once. Returns the exit code.

    0, or 65 where it looked once and refused a file.

    Raises:
        UsageError: a folder is not there.
        TryAgainError: another simulator watches this inbox.
    """
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    folder = HotFolder(inbox, outbox, request, say, stop)
    try:
        refused = folder.look()
        while not once and not stop.wait(every):
            folder.look()
    finally:
        folder.close()
    return SetAsideError.exit_code if once and refused else 0


def _move(path: Path, target: Path) -> None:
    path.rename(target)
    fsync_folder(target.parent)
    fsync_folder(path.parent)


def _force(stream: TextIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _reached(step: str) -> None:
    if os.environ.get(DIE_AT) == step:
        os.kill(os.getpid(), signal.SIGKILL)
