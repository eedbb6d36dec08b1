"""The hot folder, and the executable as a real process; killed at every step."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from daemon.errors import TryAgainError, UsageError
from daemon.simulator.answer import Request
from daemon.simulator.watch import STEPS, HotFolder, kind_of
from tests.daemon.simulator.files import AS_OF, DAY, rows_of, simulator, write

TOKEN = "lk000007-ncoa-1a2b3c4d"
ANSWERS = [f"{TOKEN}.answer.csv", f"{TOKEN}.psr.txt"]


class Folders:
    """An inbox and an outbox."""

    def __init__(self, top: Path) -> None:
        self.inbox, self.outbox = top / "in", top / "out"
        for folder in (self.inbox, self.outbox):
            folder.mkdir()
        self.said: list[str] = []

    @property
    def words(self) -> tuple[object, ...]:
        return "watch", "--inbox", self.inbox, "--outbox", self.outbox, "--once", *AS_OF

    def look(self, fault: str | None = None) -> int:
        """Look once, in this process."""
        request = Request(as_of=date.fromisoformat(DAY), movers=0, fault=fault)  # type: ignore[arg-type]
        folder = HotFolder(self.inbox, self.outbox, lambda: request, self.said.append, Event())
        try:
            return folder.look()
        finally:
            folder.close()

    def names(self, folder: str) -> list[str]:
        place = self.outbox if folder == "out" else self.inbox / folder
        return sorted(path.name for path in place.iterdir() if path.is_file() and path.name != ".lock")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.mark.parametrize(
    ("token", "kind"),
    [(TOKEN, "ncoa"), ("lk000001-cass-00000000-r2", "cass"), ("spring_CASS", "cass"), ("cassandra", None), ("x", None)],
)
def test_the_name_says_what_is_asked_for(token: str, kind: str | None) -> None:
    assert kind_of(token) == kind


def test_a_file_is_answered_and_moved_to_done_and_what_is_none_is_left_alone(folders: Folders) -> None:
    write(folders.inbox / f"{TOKEN}.csv")
    write(folders.inbox / f".{TOKEN}-r2.csv.part")
    write(folders.inbox / ".lk000008-ncoa-1a2b3c4d.csv")
    write(folders.inbox / "letters.csv")
    assert folders.look() == 0
    assert folders.names("out") == ANSWERS
    assert len(rows_of(folders.outbox / ANSWERS[0])) == 40
    assert folders.names("done") == [f"{TOKEN}.csv"]
    assert folders.names("work") == []
    assert len(folders.names(".")) == 3
    assert folders.said == [f"{TOKEN}: 40 records, 0 of them moved (simulated, not CASS certified)"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_after_any_step_it_goes_on_and_answers_once(folders: Folders, step: str) -> None:
    sent = write(folders.inbox / f"{TOKEN}.csv").read_bytes()
    killed = simulator(*folders.words, "--movers", 0, die_at=step)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    there = folders.names("out")
    if ANSWERS[0] in there:
        assert [name for name in there if name[0] != "."] == ANSWERS
        (folders.outbox / ANSWERS[0]).unlink()  # fetched before it starts again
    assert folders.look() == 0
    taken = step in ("answered", "done")
    assert folders.names("out") == (ANSWERS[1:] if taken else ANSWERS)
    if not taken:
        assert len(rows_of(folders.outbox / ANSWERS[0])) == 40
    assert (folders.names("work"), folders.names("done")) == ([], [f"{TOKEN}.csv"])
    assert (folders.inbox / "done" / f"{TOKEN}.csv").read_bytes() == sent


def test_a_file_that_comes_again_is_not_answered_again(folders: Folders) -> None:
    write(folders.inbox / f"{TOKEN}.csv")
    folders.look()
    (folders.outbox / ANSWERS[0]).unlink()
    write(folders.inbox / f"{TOKEN}.csv")
    assert folders.look() == 0
    assert folders.names("out") == ANSWERS[1:]
    assert folders.names("done") == [f"{TOKEN}.csv", f"{TOKEN}.repeat.csv"]


def test_a_file_that_is_refused_is_told_in_the_outbox_and_the_next_is_answered(folders: Folders) -> None:
    (folders.inbox / "lk000006-ncoa-00000000.csv").write_text("record_id\n1\n")
    write(folders.inbox / f"{TOKEN}.csv")
    assert folders.look() == 1
    assert folders.names("out") == ["lk000006-ncoa-00000000.refused", *ANSWERS]
    assert "header" in (folders.outbox / "lk000006-ncoa-00000000.refused").read_text()
    assert folders.names("refused") == ["lk000006-ncoa-00000000.csv"]


def test_two_do_not_watch_one_inbox_and_the_folders_must_be_there(folders: Folders, tmp_path: Path) -> None:
    first = HotFolder(folders.inbox, folders.outbox, lambda: Request(as_of=date(2026, 11, 1)), print, Event())
    with pytest.raises(TryAgainError):
        folders.look()
    first.close()
    folders.outbox.rmdir()
    with pytest.raises(UsageError):
        folders.look()


def test_half_an_answer_stands_under_the_name_of_a_whole_one(folders: Folders) -> None:
    write(folders.inbox / f"{TOKEN}.csv")
    folders.look("half")
    content = (folders.outbox / ANSWERS[0]).read_bytes()
    assert not content.endswith(b"certified)\n")
    assert folders.names("out") == ANSWERS


def test_an_engine_that_exits_goes_on_when_it_is_started_again(folders: Folders) -> None:
    write(folders.inbox / f"{TOKEN}.csv")
    with pytest.raises(SystemExit) as end:
        folders.look("exit")
    assert end.value.code == 3
    assert (folders.names("out"), folders.names("work")) == ([], [f"{TOKEN}.csv"])
    folders.look()
    assert folders.names("out") == ANSWERS


def watching(folders: Folders, *words: object) -> subprocess.Popen[str]:
    program = Path(sys.executable).parent / "listkeeper-simulator"
    given = [*folders.words[:5], "--movers", 0, "--every", 0.02, *words]
    return subprocess.Popen([program, *map(str, given)], stdout=subprocess.PIPE, encoding="utf-8")


def until_there(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} does not come"
        time.sleep(0.02)


def test_it_watches_until_it_is_told_to_stop(folders: Folders) -> None:
    with watching(folders) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Listkeeper simulator (not CASS certified): watching")
        part = write(folders.inbox / f".{TOKEN}.csv.part")
        part.rename(folders.inbox / f"{TOKEN}.csv")
        until_there(folders.inbox / "done" / f"{TOKEN}.csv")
        assert folders.names("out") == ANSWERS
        process.terminate()
        assert process.wait(20) == 0


def test_an_engine_that_hangs_takes_the_file_and_answers_nothing(folders: Folders) -> None:
    write(folders.inbox / f"{TOKEN}.csv")
    with watching(folders, "--fault", "hang") as process:
        until_there(folders.inbox / "work" / f"{TOKEN}.csv")
        time.sleep(0.2)
        assert process.poll() is None
        process.kill()
    assert folders.names("out") == []
    folders.look()
    assert folders.names("out") == ANSWERS


def test_the_executable_answers_a_file_and_says_everywhere_what_it_is_not(tmp_path: Path) -> None:
    source = write(tmp_path / "sent.csv")
    done = simulator("cass", source, tmp_path / "answer.csv", "--report", tmp_path / "report.txt", *AS_OF)
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert first.startswith("Listkeeper simulator (not CASS certified): cass ")
    assert last.endswith("(simulated, not CASS certified)")
    assert len(rows_of(tmp_path / "answer.csv")) == 40
    assert (tmp_path / "report.txt").read_text().count("NOT CASS CERTIFIED") == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ncoa", "sent.csv", "answer.csv", "--fault", "exit"), 3),
        (("ncoa", "sent.csv", "answer.csv", "--fault", "lock"), 2),
        (("ncoa", "missing.csv", "answer.csv"), 2),
        (("ncoa", "sent.csv", "answer.csv", "--movers", "101"), 2),
        (("ncoa", "sent.csv", "answer.csv", "--as-of", "20-11-2026"), 2),
        (("ncoa", "broken.csv", "answer.csv"), 65),
        (("watch", "--inbox", "nowhere", "--outbox", "nowhere", "--once"), 2),
        (("mail", "sent.csv"), 2),
    ],
)
def test_an_exit_code_says_what_happened(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
) -> None:
    from daemon.simulator.cli import run

    write(tmp_path / "sent.csv")
    (tmp_path / "broken.csv").write_text("record_id\n")
    monkeypatch.chdir(tmp_path)
    try:
        ended: object = run(words)
    except SystemExit as end:
        ended = end.code
    assert ended == code
    assert not (tmp_path / "answer.csv").exists()
    assert code == 3 or "listkeeper-simulator" in capfd.readouterr().err


@pytest.mark.parametrize("command", [(), ("cass",), ("ncoa",), ("watch",)])
def test_every_help_says_that_it_is_not_certified(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    from daemon.simulator.cli import run

    with pytest.raises(SystemExit) as end:
        run([*command, "--help"])
    assert end.value.code == 0
    assert "NOT CASS certified" in " ".join(capsys.readouterr().out.split())
