"""Runs one engine's program to its end, whatever becomes of the daemon: ``python -m … FOLDER``.

The folder holds ``run.json`` (what to run). The runner leaves the process that started it, and the program
begins only where ``begun`` could be made: however often it is started, the program runs once. While the runner lives
it holds ``runner.lock``; when the program has ended, ``exit.json`` says how. A file ``cancel`` ends it early.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from daemon.durable import atomic_writer, fsync_folder

SPEC, LOCK, BEGUN, EXIT, CANCEL, LOG = "run.json", "runner.lock", "begun", "exit.json", "cancel", "engine.log"
TICK = 0.1  # seconds between two looks at the clock
DRAIN = 1.0  # seconds for the last words of a program that has ended
GRACE = 2.0  # seconds between asking a program to end and ending it
BLOCK = 1 << 16


class Ended(NamedTuple):
    """How a program ended: its exit code (negative: the signal), or why it was ended."""

    code: int | None
    why: str = ""  # timed-out | cancelled | not-started


def is_at_work(folder: Path) -> bool:
    """Say whether a runner lives for this folder."""
    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def ended(folder: Path) -> Ended | None:
    """Return how the program ended, None where nothing says so."""
    try:
        told = json.loads((folder / EXIT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Ended(told["code"], told["why"])


def main(folder: Path) -> None:
    """Leave whoever started us, once the lock is ours; then run the program."""
    us, them = os.pipe()
    if os.fork():
        os.close(them)
        os._exit(0 if os.read(us, 1) else 1)
    os.setsid()
    os.close(us)
    with (folder / LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another runner of this folder: when it ends there is nothing left for us
        os.write(them, b"1")
        os.close(them)
        if not (folder / BEGUN).exists():
            spec = json.loads((folder / SPEC).read_text(encoding="utf-8"))
            _note(folder, _run(folder, spec))


def _run(folder: Path, spec: dict[str, Any]) -> Ended:
    """Wait until the engine is free, then run the program, until its time is over."""
    with Path(spec["lock"]).open("ab") as engine:
        while True:
            try:
                fcntl.flock(engine, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if why := _must_end(folder):
                    return Ended(None, why)
                time.sleep(TICK)
        _begin(folder)
        until = time.monotonic() + float(spec["seconds"])
        try:
            # The program holds the lock as well: one whose runner was killed still keeps the engine busy.
            with (folder / LOG).open("wb") as log:
                return _watched(folder, spec, engine.fileno(), log, until)
        finally:
            fcntl.flock(engine, fcntl.LOCK_UN)


def _begin(folder: Path) -> None:
    os.close(os.open(folder / BEGUN, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    fsync_folder(folder)


def _watched(folder: Path, spec: dict[str, Any], engine: int, log: IO[bytes], until: float) -> Ended:
    try:
        program = subprocess.Popen(  # noqa: S603 - the operator's own words, and no shell
            spec["command"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=(engine,),
        )
    except OSError as error:
        log.write(f"{error.strerror}\n".encode())
        return Ended(None, "not-started")
    with program:
        said = _Log(program, log, int(spec["log_bytes"]))
        while program.poll() is None:
            said.take(TICK)
            if why := _must_end(folder, until):
                _end(program)
                said.take(0)
                return Ended(program.returncode, why)
        enough = time.monotonic() + DRAIN  # what it left running in the background may hold its output for ever
        while said.open and time.monotonic() < enough:
            said.take(TICK)
        said.close()
        return Ended(program.returncode)


def _must_end(folder: Path, until: float = math.inf) -> str:
    if (folder / CANCEL).exists():
        return "cancelled"
    return "timed-out" if time.monotonic() > until else ""


def _end(program: subprocess.Popen[bytes]) -> None:
    """End the program and everything it has started."""
    for how, seconds in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        with suppress(ProcessLookupError):
            os.killpg(program.pid, how)
        with suppress(subprocess.TimeoutExpired):
            program.wait(seconds)
    if program.stdout is not None:
        program.stdout.close()


class _Log:
    """What a program says, as much of it as is kept."""

    def __init__(self, program: subprocess.Popen[bytes], log: IO[bytes], most: int) -> None:
        self.open = True
        self._pipe = cast("IO[bytes]", program.stdout)
        self._log = log
        self._left = most
        os.set_blocking(self._pipe.fileno(), False)

    def take(self, seconds: float) -> None:
        """Wait so long for something to be said, and keep it."""
        if not self.open or self._pipe.closed:
            time.sleep(min(seconds, TICK))
            return
        if not select.select([self._pipe], [], [], seconds)[0]:
            return
        with suppress(BlockingIOError):
            said = os.read(self._pipe.fileno(), BLOCK)
            if not said:
                self.open = False
            self._log.write(said[: self._left])
            self._left -= min(self._left, len(said))

    def close(self) -> None:
        """Hear no more."""
        self.open = False
        self._pipe.close()


def _note(folder: Path, how: Ended) -> None:
    with atomic_writer(folder / EXIT) as file:
        json.dump(how._asdict(), file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
