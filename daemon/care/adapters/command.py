"""A program of the vendor's: started by a runner of its own, once for each attempt, one at a time."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from daemon import config
from daemon.care.adapters import runner
from daemon.care.adapters.base import (
    Back,
    BusyError,
    EngineLockedError,
    GivenBackError,
    answer_folder,
    brought,
    sent_file,
    token_of,
    write_copy,
)
from daemon.care.adapters.settings import CommandAdapter
from daemon.care.adapters.templates import filled
from daemon.care.jobs import FOLDER, Job
from daemon.durable import fsync_folder
from daemon.errors import OperatorError, SetAsideError, TryAgainError
from daemon.wiring import House

START_SECONDS = 60.0


class CommandEngine:
    """Each run has a folder of its own in the job's: the file in, the file out, the report, the log, the exit code."""

    def __init__(self, house: House, settings: CommandAdapter) -> None:
        self._house = house
        self._settings = settings

    def prepare(self, job: Job) -> None:
        """Write the file and what is to be run.

        Raises:
            BusyError: the program is at work on another job.
            OperatorError: there is no such program.
        """
        self._must_be_free()
        program = self._program()
        folder = self._folder(job)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        values = self._values(job)
        write_copy(sent_file(self._house, job), Path(values["in"]))
        words = [filled(word, values) for word in self._settings.command[1:]]
        spec = {
            "command": [program, *words],
            "lock": str(self._lock()),
            "seconds": self._settings.timeout.total_seconds(),
            "log_bytes": self._settings.log_bytes,
        }
        with brought(folder / runner.SPEC) as part:
            part.write_text(json.dumps(spec), encoding="utf-8")

    def hand_over(self, job: Job) -> dict[str, Any]:
        """Start the runner. Once it holds its lock the job is under way, whatever becomes of us."""
        command = [sys.executable, "-P", "-m", runner.__name__, str(self._folder(job))]
        try:
            done = subprocess.run(  # noqa: S603 - our own words
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                timeout=START_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            done = None
        if done is None or done.returncode:
            raise TryAgainError(f"adapter {self._settings.name}: the runner did not start; will be tried again")
        return {}

    def was_handed_over(self, job: Job) -> bool:
        """Say whether a runner is at work, or the program has begun."""
        folder = self._folder(job)
        return runner.is_at_work(folder) or (folder / runner.BEGUN).exists() or runner.ended(folder) is not None

    def look(self, job: Job) -> Back | None:
        """Return the answer once the program has ended well.

        Raises:
            GivenBackError: its exit code says that it wants to be asked again.
            EngineLockedError: its exit code says that it has locked itself.
            SetAsideError: ``engine-failed``, ``timed-out``, ``interrupted`` (nobody knows how it ended), ``no-answer``.
        """
        folder = self._folder(job)
        at_work = runner.is_at_work(folder)
        how = runner.ended(folder)  # after the lock was looked at: it is written before that is let go
        if how is None:
            if at_work:
                return None
            raise SetAsideError("the program was ended, and nobody knows how far it had come", reason="interrupted")
        self._judge(job, how)
        return self._back(job)

    def cancel(self, job: Job) -> None:
        """Have the runner end the program."""
        folder = self._folder(job)
        if runner.is_at_work(folder):
            (folder / runner.CANCEL).touch()

    def let_go(self, job: Job) -> None:
        """Nothing: everything lies in the job's folder."""

    def late(self, job: Job) -> list[str]:
        """Nothing: every attempt has its own folder."""
        del job
        return []

    def _judge(self, job: Job, how: runner.Ended) -> None:
        name = self._settings.name
        if how.why == "timed-out":
            raise SetAsideError(f"{name} did not end in time, and was ended", reason="timed-out")
        verdict = "failed" if how.why else self._settings.exit_codes.get(str(how.code), "failed")
        if verdict == "again":
            raise GivenBackError(f"adapter {name}: ended with {how.code}, which says that it should be tried again")
        if verdict == "locked":
            raise EngineLockedError(
                f"job {job.id}: {name} has locked itself (exit code {how.code}); ask the vendor to unlock it, then "
                f"`listkeeper care retry {job.id}`"
            )
        if verdict == "failed":
            what = f"exit code {how.code}" if how.code is None or how.code >= 0 else f"signal {-how.code}"
            told = {"not-started": "could not be started", "cancelled": "was ended"}.get(how.why, f"ended with {what}")
            log = self._folder(job).relative_to(self._house.home) / runner.LOG
            raise SetAsideError(f"{name} {told}; what it said is in {log}", reason="engine-failed")

    def _back(self, job: Job) -> Back:
        values, home = self._values(job), answer_folder(self._house, job)
        answer, report = home / f"{token_of(job)}.csv", home / f"{token_of(job)}.report.txt"
        self._bring(Path(filled(self._settings.answer, values)), answer)
        self._bring(Path(values["report"]), report)
        if not answer.exists():
            raise SetAsideError(f"{self._settings.name} ended well and wrote no answer", reason="no-answer")
        return Back(answer, (report,) if report.exists() else ())

    def _bring(self, source: Path, place: Path) -> None:
        """Take a file that the program wrote. Killed in between, it is already there."""
        try:
            handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return
            os.fsync(handle)
        finally:
            os.close(handle)
        shutil.move(source, place)
        fsync_folder(place.parent)

    def _must_be_free(self) -> None:
        with self._lock().open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(f"adapter {self._settings.name}: the program is at work on another job") from error

    def _lock(self) -> Path:
        path = self._house.home / FOLDER / f"{self._settings.name}.lock"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def _program(self) -> str:
        first = self._settings.command[0]
        wanted = str(config.inside(self._house.home, first)) if "/" in first else first
        program = shutil.which(wanted, path=self._settings.env.get("PATH", os.environ.get("PATH", os.defpath)))
        if program is None:
            raise OperatorError(
                f"adapter {self._settings.name}: there is no program {first} that we may start; correct `command`"
            )
        return program

    def _environment(self) -> dict[str, str]:
        """Return what the program sees. Secrets go this way and are never written down."""
        env = {"PATH": os.environ.get("PATH", os.defpath), **self._settings.env}
        for variable, name in self._settings.secrets.items():
            key = f"adapter {self._settings.name}: secrets.{variable}"
            try:
                env[variable] = config.secret(self._house.home, name, key).decode("utf-8")
            except UnicodeDecodeError as error:
                raise OperatorError(f"{key}: the secret it names is not UTF-8; write it again") from error
        return env

    def _folder(self, job: Job) -> Path:
        """Return the folder of this run. A run that was given back is followed by one with a folder of its own."""
        return job.folder(self._house) / "runs" / f"{token_of(job)}.{job.memory.get('run', 1)}"

    def _values(self, job: Job) -> dict[str, str]:
        folder = self._folder(job)
        return {
            "in": str(folder / f"{token_of(job)}.csv"),
            "out": str(folder / f"{token_of(job)}.out.csv"),
            "report": str(folder / f"{token_of(job)}.report.txt"),
            "token": token_of(job),
            "job": str(job.id),
            "folder": str(folder),
            "kind": job.kind,
            "records": str(job.sent),
            "date": self._house.today(),
        }
