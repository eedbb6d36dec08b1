"""A job at an engine, killed at every point between two steps: handed over once, applied once, and every tally closes.

A point is a moment before something outside is touched: a file or folder of the bureau opened to be written, renamed
or deleted, a process started, a connection made, a transaction committed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from daemon.care.apply import apply_answer
from daemon.care.exchange import advance_all, retry_job
from daemon.care.jobs import Job
from daemon.db import engine_for, reading
from daemon.returns.ledger import print_manifests
from daemon.returns.report import PILES
from tests.vendor_service import SECRET, Vendor, vendor_service
from tests.yard import QUICK, Yard, coded

TOUCHES = ("os.rename", "os.remove", "os.mkdir", "os.link", "shutil.move", "subprocess.Popen", "socket.connect")


@pytest.fixture
def killed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Killed]:
    """The list `spring`; on SQLite, where the test does not ask for both."""
    url = request.getfixturevalue("database_url" if "database_url" in request.fixturenames else "sqlite_url")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    yard = Yard.begin(home, url, tmp_path)
    yard.at = datetime.now(UTC)
    yield Killed(yard, url)
    yard.house.close()


class Killed:
    """Runs the exchange in a process that is killed at its n-th point."""

    def __init__(self, yard: Yard, url: str) -> None:
        self.yard = yard
        self.url = url
        self.kills = 0

    def until(self, states: tuple[str, ...], play: Callable[[Job], None] = lambda _job: None, *, at: int) -> bool:
        """Kill one turn at that point, then turn undisturbed until the job rests; say whether it came that far."""
        killed = self._turn(at)
        self.kills += killed
        for _ in range(60):
            job = self.yard.job(self.number)
            play(job)
            if job.state in states:
                return killed
            assert not self._turn(0)
            assert at < 200, "the points never end"
        raise AssertionError(f"the job is still {job.state}: {job.error}")

    def proved(self, number: int) -> None:
        """Prove that the job is applied, as one batch whose tally closes."""
        assert not self._turn(0)  # lets go what a kill kept from it
        print_manifests(self.yard.house)  # as the nightly jobs do with one that a kill kept from it
        with reading(self.yard.house.engine) as store:
            rows = store.all(f"SELECT id, status, read, {', '.join(PILES)} FROM batch WHERE job_id = :job", job=number)
            assert store.value("SELECT count(*) FROM decision WHERE batch_id = :batch", batch=rows[0][0]) == 3
        ((batch, status, read, *piles),) = rows
        job = self.yard.job(number)
        assert (status, read, sum(piles), job.state, job.batch_id) == ("applied", 3, 3, "applied", batch)
        assert "at_engine" not in job.memory
        assert not list(job.folder(self.yard.house).rglob("*.part"))

    @property
    def number(self) -> int:
        with reading(self.yard.house.engine) as store:
            return int(store.value("SELECT max(id) FROM care_job"))

    def _turn(self, at: int) -> bool:
        """One turn in a process of its own; say whether it was killed."""
        self.yard.house.engine.dispose()
        child = os.fork()
        if not child:
            code = 1
            try:
                points(self.yard.house.home, at)
                house = replace(self.yard.house, engine=engine_for(self.url))
                advance_all(house, apply=apply_answer, patience=QUICK)
                code = 0
            finally:
                os._exit(code)
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)


def points(home: Path, at: int) -> None:
    """Have this process killed at a point; 0 for never."""
    passed = 0

    def point(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(event: str, values: tuple[Any, ...]) -> None:
        if event in TOUCHES:
            point()
        elif event == "open" and isinstance(values[0], str | bytes | os.PathLike):
            writes = values[2] is not None and values[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes and os.fsdecode(values[0]).startswith((str(home / "spool" / "care"), str(home / "care"))):
                point()

    sys.addaudithook(heard)
    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "commit", point)


def test_killed_anywhere_a_hot_folder_has_the_file_once_and_its_answer_is_one_batch(
    killed: Killed, database_url: str
) -> None:
    yard = killed.yard
    yard.adapter("hot-folder", 'inbox = "care/in"\noutbox = "care/out"\nsettle_seconds = 0')
    inbox, outbox = yard.house.home / "care" / "in", yard.house.home / "care" / "out"
    for folder in (inbox, outbox):
        folder.mkdir(parents=True)
    came: list[str] = []

    def fetch(_job: Job) -> None:
        for path in inbox.glob("[!.]*"):
            came.append(path.name)
            path.unlink()

    at, more = 0, True
    while more:
        at += 1
        job = yard.send()
        more = killed.until(("waiting",), fetch, at=at)
        fetch(job)
        assert came == [f"{job.token}.csv"]
        came.clear()
        answer = outbox / f"{job.token}.csv"
        answer.write_text(coded((yard.house.home / job.kept).read_text(), f"Engine {at}"))
        os.utime(answer, (0, 0))
        more |= killed.until(("applied",), fetch, at=at)
        killed.proved(job.id)
        assert (came, list(outbox.glob("*.csv"))) == ([], [])
    assert killed.kills > 20, "there were points to be killed at"


def test_killed_anywhere_a_program_is_started_once(killed: Killed, tmp_path: Path) -> None:
    yard, starts = killed.yard, tmp_path / "starts"
    code = f"import sys; open({str(starts)!r}, 'a').write('x'); open(sys.argv[2], 'w').write(open(sys.argv[3]).read())"
    answer = tmp_path / "answer.csv"
    words = [sys.executable, "-c", code, "{in}", "{out}", str(answer)]
    yard.adapter("command", f"command = {words!r}".replace("\\\\", "\\"))
    at, more = 0, True
    while more:
        at += 1
        job = yard.send()
        answer.write_text(coded((yard.house.home / job.kept).read_text(), f"Engine {at}"))
        more = killed.until(("applied",), at=at)
        killed.proved(job.id)
        assert starts.read_text() == "x" * at
    assert killed.kills > 10


@pytest.fixture
def vendor(killed: Killed) -> Iterator[Vendor]:
    """A web service that works at once."""
    yard = killed.yard
    with vendor_service() as vendor:
        (yard.house.home / "keys").mkdir()
        (yard.house.home / "keys" / "vendor").write_text(SECRET)
        yard.settings(vendor.settings().rpartition("[[adapter.step]]")[0])  # no report
        vendor.polls = 0
        yield vendor


def test_killed_anywhere_a_service_is_given_a_job_once_and_starts_it_once(killed: Killed, vendor: Vendor) -> None:
    yard = killed.yard
    at, more, unknown = 0, True, 0
    while more:
        at += 1
        vendor.jobs.clear()
        vendor.starts, vendor.engine = 0, f"Engine {at}"
        job = yard.send()
        more = killed.until(("applied", "failed"), at=at)
        assert len(vendor.jobs) <= 1
        assert vendor.starts <= 1
        if yard.job(job.id).state == "failed":
            unknown += 1
            assert yard.job(job.id).reason in ("submit-unknown", "start-unknown")
            retry_job(yard.house, job.id)
            killed.until(("applied",), at=0)
        killed.proved(job.id)
    assert killed.kills > 15
    assert 0 < unknown < killed.kills / 2
