"""A vendor's program: run once for each attempt, by a runner that outlives the daemon."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from textwrap import dedent

import pytest

from daemon.care.adapters import runner
from daemon.care.exchange import retry_job
from daemon.care.jobs import take_step
from daemon.care.send import send_list
from daemon.errors import OperatorError
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from tests.yard import PEOPLE, Yard

SECONDS = 20.0
WELL = "import pathlib; pathlib.Path(sys.argv[2]).write_bytes(pathlib.Path(sys.argv[1]).read_bytes())"


@pytest.fixture
def program(yard: Yard, tmp_path: Path) -> Path:
    """A program that does as `does` has it, and notes each start."""
    path = tmp_path / "engine"
    yard.adapter(
        "command", f'command = ["{path}", "{{in}}", "{{out}}", "{{report}}"]', 'exit_codes = { "0" = "done", "75" = '
        '"again", "9" = "locked" }', "log_bytes = 1000", 'env = { VENDOR = "V1" }', 'secrets = { VENDOR_KEY = "key" }'
    )  # fmt: skip
    (yard.house.home / "key").write_text("hush\n")
    return path


def does(program: Path, code: str) -> None:
    """Write the program."""
    head = "#!/usr/bin/env python3\nimport os, pathlib, sys, time\n"
    starts = program.with_name("starts")
    program.write_text(f"{head}pathlib.Path('{starts}').open('a').write('x')\n{dedent(code)}\n")
    program.chmod(0o700)


def starts(program: Path) -> int:
    """How often the program was started."""
    path = program.with_name("starts")
    return len(path.read_text()) if path.exists() else 0


def until(yard: Yard, *states: str) -> str:
    """Turn until the first job is in one of the states."""
    end = time.monotonic() + SECONDS
    while (state := yard.turn()) not in states:
        assert time.monotonic() < end, f"the job is still {state}"
        time.sleep(0.02)
    return state


def run_folder(yard: Yard) -> Path:
    """The folder of the last run."""
    return sorted((yard.job().folder(yard.house) / "runs").iterdir())[-1]


def test_a_program_that_ends_well_has_its_answer_and_report_taken(yard: Yard, program: Path) -> None:
    does(program, WELL + "; pathlib.Path(sys.argv[3]).write_text('PS Form 3553')")
    job = yard.send()
    until(yard, "applied")
    assert starts(program) == 1
    answers = sorted((job.folder(yard.house) / "answer").iterdir())
    assert [path.name for path in answers] == [f"{job.token}.csv", f"{job.token}.report.txt"]
    assert answers[0].read_text().count("\n") == PEOPLE.count("\n")


def test_the_program_sees_what_it_is_given_and_nothing_else_and_no_secret_is_written_down(
    yard: Yard, program: Path
) -> None:
    does(program, "print(sorted(os.environ)); print(os.environ['VENDOR_KEY'][::-1]); " + WELL)
    job = yard.send()
    until(yard, "applied")
    said = (run_folder(yard) / runner.LOG).read_text().splitlines()
    assert {"PATH", "VENDOR", "VENDOR_KEY"} <= set(eval(said[0]))
    assert not {name for name in eval(said[0]) if name.startswith("LISTKEEPER") or name == "HOME"}
    assert said[1] == "hsuh"
    assert not [path for path in job.folder(yard.house).rglob("*") if path.is_file() and b"hush" in path.read_bytes()]


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("sys.exit(0)", "failed", "no-answer"),
        (WELL + "; sys.exit(3)", "failed", "engine-failed"),
        ("os.kill(os.getpid(), 9)", "failed", "engine-failed"),
        ("sys.exit(9)", "stopped", "engine-locked"),
    ],
    ids=["no answer", "half a file and an exit code", "killed", "locked"],
)
def test_how_it_ended_is_named_and_nothing_is_applied(
    yard: Yard, program: Path, code: str, state: str, reason: str
) -> None:
    does(program, code)
    yard.send()
    assert until(yard, "failed", "stopped", "applied") == state
    job = yard.job()
    assert (job.reason, job.answer) == (reason, "")
    assert "care retry 1" in job.what_to_do
    assert yard.kinds() == ([("engine-locked", "alarm")] if state == "stopped" else [("job-failed", "alert")])
    assert yard.results == []


def test_try_again_later_is_tried_again_in_a_run_of_its_own(yard: Yard, program: Path) -> None:
    does(program, f"sys.exit(75) if pathlib.Path('{program.with_name('starts')}').stat().st_size < 3 else None\n{WELL}")
    yard.send()
    end = time.monotonic() + SECONDS
    while yard.turn() != "applied":
        assert time.monotonic() < end
        yard.later(minutes=2)
        time.sleep(0.02)
    assert starts(program) == 3
    assert yard.alerts == []


def test_a_program_that_hangs_is_ended_with_all_it_has_started(yard: Yard, program: Path, tmp_path: Path) -> None:
    toml = (yard.house.home / "listkeeper.toml").read_text()
    yard.settings(toml + 'timeout = "1s"\n')
    does(program, f"if os.fork() == 0: pathlib.Path('{tmp_path}/child').write_text(str(os.getpid()))\ntime.sleep(60)")
    yard.send()
    assert until(yard, "failed") == "failed"
    assert yard.job().reason == "timed-out"
    child = int((tmp_path / "child").read_text())
    assert not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]


def test_a_program_that_says_much_does_not_fill_the_disk(yard: Yard, program: Path) -> None:
    does(program, "print('x' * 1_000_000, flush=True); " + WELL)
    yard.send()
    until(yard, "applied")
    assert (run_folder(yard) / runner.LOG).stat().st_size == 1000


def test_killed_before_the_runner_began_the_program_is_started_once(yard: Yard, program: Path) -> None:
    does(program, WELL)
    job = yard.send()
    yard.way().prepare(job)
    take_step(yard.house, job, "handing")
    until(yard, "applied")
    assert starts(program) == 1


def test_killed_after_the_runner_began_it_is_found_at_work_and_not_started_again(yard: Yard, program: Path) -> None:
    gate = program.with_name("gate")
    does(program, f"while not pathlib.Path('{gate}').exists(): time.sleep(0.01)\n{WELL}")
    job = yard.send()
    way = yard.way()
    way.prepare(job)
    job = take_step(yard.house, job, "handing")
    way.hand_over(job)
    assert yard.turn() == "waiting"
    gate.touch()
    until(yard, "applied")
    assert starts(program) == 1


def test_a_runner_that_is_started_twice_runs_the_program_once(yard: Yard, program: Path) -> None:
    does(program, WELL)
    job = yard.send()
    yard.way().prepare(job)
    yard.way().hand_over(job)
    yard.way().hand_over(job)
    take_step(yard.house, job, "handing")
    until(yard, "applied")
    assert starts(program) == 1


def test_a_runner_that_vanished_leaves_a_job_that_can_be_tried_again(yard: Yard, program: Path) -> None:
    parent, gate = program.with_name("parent"), program.with_name("gate")
    wait = f"while not pathlib.Path('{gate}').exists(): time.sleep(0.01)"
    does(program, f"pathlib.Path('{parent}').write_text(str(os.getppid()))\n{wait}")
    yard.send()
    until(yard, "waiting")
    end = time.monotonic() + SECONDS
    while not parent.exists() or not parent.read_text():
        assert time.monotonic() < end
        time.sleep(0.01)
    os.kill(int(parent.read_text()), signal.SIGKILL)
    until(yard, "failed")
    assert yard.job().reason == "interrupted"
    does(program, WELL)
    retry_job(yard.house, 1)
    assert yard.turn() == "sending", "the program whose runner was killed is still at work"
    gate.touch()
    until(yard, "applied")
    assert yard.job().memory["attempt"] == 2


def test_two_jobs_of_one_program_never_run_at_once(yard: Yard, program: Path) -> None:
    busy = program.with_name("busy")
    does(program, f"os.mkdir('{busy}'); time.sleep(0.2); os.rmdir('{busy}'); {WELL}")
    yard.send("cass")
    (yard.house.home / "spring2.csv").write_text(PEOPLE)
    create_list(yard.house, "autumn", client="Acme", account="BYOBOFN")
    import_file(yard.house, "autumn", yard.house.home / "spring2.csv")
    send_list(yard.house, "autumn", "cass", adapter="engine")
    until(yard, "applied")
    end = time.monotonic() + SECONDS
    while yard.job(2).state != "applied":
        assert time.monotonic() < end
        yard.turn()
    assert yard.alerts == []
    assert starts(program) == 2


def test_a_program_that_is_not_there_waits_for_an_operator(yard: Yard, program: Path) -> None:
    job = yard.send()
    with pytest.raises(OperatorError, match="there is no program"):
        yard.way().prepare(job)


def test_cancelled_it_is_ended(yard: Yard, program: Path) -> None:
    does(program, "time.sleep(60)")
    yard.send()
    until(yard, "waiting")
    yard.way().cancel(yard.job())
    until(yard, "failed")
    assert not runner.is_at_work(run_folder(yard))
