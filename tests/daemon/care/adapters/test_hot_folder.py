"""A hot folder: in by a rename, once; out when all is there, whole and quiet."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daemon.care.adapters.base import EngineLockedError
from daemon.care.jobs import take_step
from daemon.errors import OperatorError, SetAsideError
from tests.yard import PEOPLE, QUICK, Yard, coded

FOLDERS = 'inbox = "in"\noutbox = "out"'
ENGINE = """
import pathlib, sys, time
inbox, outbox = map(pathlib.Path, sys.argv[1:])
while not (found := [path for path in inbox.iterdir() if path.suffix == ".csv"]):
    time.sleep(0.01)
sent = found[0].read_text()
token = found[0].stem
with (outbox / f"{token}.result.csv").open("w") as answer:
    for line in sent.splitlines(keepends=True):
        answer.write(line)
        answer.flush()
        time.sleep(0.02)
(outbox / f"{token}.3553.txt").write_text("PS Form 3553")
found[0].unlink()
"""


def write(yard: Yard, name: str, content: str = "x\n", quiet_for: int = 60) -> Path:
    """What the engine leaves in its outbox."""
    path = yard.house.home / "out" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    then = yard.at.timestamp() - quiet_for
    os.utime(path, (then, then))
    return path


def test_an_engine_that_watches_never_sees_half_a_file_and_its_answer_comes_back_whole(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS, "settle_seconds = 0", 'reports = ["{token}*3553*"]')
    job = yard.send()
    for name in ("in", "out"):
        (yard.house.home / name).mkdir()
    folders = [yard.house.home / "in", yard.house.home / "out"]
    states = []
    with subprocess.Popen([sys.executable, "-c", ENGINE, *folders]):
        while not states or states[-1] == "waiting":
            yard.at = datetime.now(UTC)
            states.append(yard.turn())
    assert states[-1] == "applied"
    assert len(states) > 2
    answer = yard.job().folder(yard.house) / "answer" / f"{job.token}.result.csv"
    assert answer.read_bytes() == (yard.house.home / job.kept).read_bytes()
    assert (answer.parent / f"{job.token}.3553.txt").exists()
    assert list((yard.house.home / "out").glob("*.*")) == []
    assert len(list((yard.house.home / "out" / "done").iterdir())) == 2


def test_the_name_the_engine_looks_for_appears_only_when_the_job_is_being_handed_over(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS)
    job = yard.send()
    way = yard.way()
    before = os.umask(0o077)  # the service's own
    way.prepare(job)
    os.umask(before)
    (part,) = (yard.house.home / "in").iterdir()
    assert part.stat().st_mode & 0o777 == 0o660, "an engine of the folder's group can read it"
    assert part.name == f".{job.token}.csv.part"
    assert way.was_handed_over(job) is False
    way.hand_over(job)
    (whole,) = (yard.house.home / "in").iterdir()
    assert whole.name == f"{job.token}.csv"
    assert whole.read_text().count("\n") == PEOPLE.count("\n")
    assert way.was_handed_over(job) is True
    whole.unlink()  # the engine has fetched it
    assert way.was_handed_over(job) is True


@pytest.mark.parametrize("part_is_there", [True, False])
def test_killed_while_handing_over_the_file_is_put_in_exactly_once(yard: Yard, part_is_there: bool) -> None:
    yard.adapter("hot-folder", FOLDERS)
    job = yard.send()
    yard.way().prepare(job)
    take_step(yard.house, job, "handing")
    if not part_is_there:
        (yard.house.home / "in" / f".{job.token}.csv.part").unlink()  # renamed, and fetched by the engine
    assert yard.turn() == "waiting"
    names = [path.name for path in (yard.house.home / "in").iterdir()]
    assert names == ([f"{job.token}.csv"] if part_is_there else [])


def test_an_answer_that_was_written_to_just_now_waits(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS, "settle_seconds = 5")
    job = yard.send()
    yard.turn()
    write(yard, f"{job.token}.csv", quiet_for=4)
    assert yard.turn() == "waiting"
    yard.later(seconds=1)
    assert yard.turn() == "applied"


def test_an_answer_that_grows_between_two_looks_waits(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS)
    job = yard.send()
    yard.turn()
    path = write(yard, f"{job.token}.csv")

    def grow(_seconds: float) -> None:
        write(yard, path.name, path.read_text() + "more\n")

    assert yard.turn(patience=QUICK._replace(pause=grow)) == "waiting"


def test_files_of_other_jobs_and_uploads_in_progress_are_no_answer(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS)
    job = yard.send()
    yard.turn()
    for name in ("lk000009-cass-00000000.csv", f"{job.token}.csv.part", f".{job.token}.csv", f"{job.token}.csv.tmp"):
        write(yard, name)
    (yard.house.home / "out" / f"{job.token}.csv").mkdir()
    assert yard.turn() == "waiting"


def test_what_the_engine_says_by_files_is_heard(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS, 'failed = ["{token}*.err"]', 'locked = ["LOCKED*"]')
    job = yard.send()
    way = yard.way()
    write(yard, f"{job.token}.err")
    with pytest.raises(SetAsideError) as told:
        way.look(job)
    assert told.value.reason == "engine-failed"
    write(yard, "LOCKED.flag")
    with pytest.raises(EngineLockedError):
        way.look(job)


def test_two_files_that_may_be_the_answer_are_none(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS)
    job = yard.send()
    for name in ("a", "b"):
        write(yard, f"{job.token}.{name}.csv")
    with pytest.raises(SetAsideError) as told:
        yard.way().look(job)
    assert told.value.reason == "two-answers"


@pytest.mark.parametrize(("after", "left"), [("leave", ["out"]), ("delete", []), ("move:kept", ["kept"])])
def test_an_applied_answer_is_let_go_as_the_settings_say(yard: Yard, after: str, left: list[str]) -> None:
    yard.adapter("hot-folder", FOLDERS, f'after = "{after}"')
    job = yard.send()
    yard.turn()
    write(yard, f"{job.token}.csv", coded(PEOPLE))
    assert yard.turn() == "applied"
    assert [path.parent.name for path in (yard.house.home / "out").rglob("*.csv")] == left


def test_a_share_that_is_not_mounted_is_no_empty_folder(yard: Yard, tmp_path: Path) -> None:
    yard.adapter("hot-folder", f'inbox = "{tmp_path / "share"}"', 'outbox = "out"')
    job = yard.send()
    with pytest.raises(OperatorError, match="is not a folder"):
        yard.way().was_handed_over(job)


def test_a_cancelled_job_is_taken_out_of_the_inbox(yard: Yard) -> None:
    yard.adapter("hot-folder", FOLDERS)
    job = yard.send()
    yard.turn()
    yard.way().cancel(job)
    assert list((yard.house.home / "in").iterdir()) == []
