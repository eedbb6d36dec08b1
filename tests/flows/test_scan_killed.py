"""The scan screen at a real terminal: killed and hung up on in the middle, and gone on with."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.flows.story import Story
from tests.interface.telling import came_to
from tests.running import SECONDS, environment, run_process

ROOT = Path(__file__).parents[2]


def _at_a_terminal() -> None:
    """What a login does: the terminal is ours, and hanging up ends us, whatever the tests were started under."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """A terminal with the command in it, as the session leader that is hung up on when it closes."""

    def __init__(self, home: Path, database_url: str, *words: str) -> None:
        self.master, slave = os.openpty()
        self.seen = ""
        self.running = subprocess.Popen(
            [sys.executable, "-m", "daemon", *words],
            env=environment(home, database_url) | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_at_a_terminal,  # noqa: PLW1509 - no thread of ours runs
        )
        os.close(slave)

    def expect(self, text: str) -> str:
        """Wait until the text is on the screen; return all that has come."""
        end = time.monotonic() + SECONDS
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} did not come: {self.seen}"
            self.seen += os.read(self.master, 4096).decode()
        seen, _, self.seen = self.seen.partition(text)
        return seen

    def type(self, text: str, then: str) -> str:
        """Type a line; wait for what is asked next."""
        os.write(self.master, f"{text}\r".encode())
        return self.expect(then)

    def kill(self) -> int:
        """End it as a power cut would."""
        self.running.kill()
        code = self.running.wait(SECONDS)
        os.close(self.master)
        return code

    def close(self) -> int:
        """Close the window."""
        os.close(self.master)
        return self.running.wait(SECONDS)


@pytest.fixture
def both(story: Story) -> tuple[str, str]:
    """The keys of Mary and Paul."""
    story.client("2", first_name="PAUL", last_name="JONES", at="A")
    return story.key("1"), story.key("2")


def test_what_was_entered_survives_a_kill_and_a_closed_window_and_is_applied_once(
    story: Story, both: tuple[str, str], home: Path, database_url: str
) -> None:
    mary, paul = both
    first = Terminal(home, database_url, "return", "scan", "spring")
    first.expect("1 scan> ")
    assert "PAUL JONES" in first.type(paul, "why> ")
    first.type("v", "2 scan> ")
    assert "\a" in first.type("0000000019", "2 scan> ")
    first.type(mary, "why> ")
    assert first.kill() == -signal.SIGKILL
    assert story.stands("2") == "A mailable"

    second = Terminal(home, database_url, "return", "scan", "spring")
    second.expect("Go on with it? y yes, n leave it for later, d discard it> ")
    second.type("y", "2 scan> ")
    second.type(mary, "why> ")
    second.type("m", "new address> ")
    second.type("7 cedar ln", "city ST ZIP> ")
    second.type("Enid OK 73701", "not known)> ")
    second.type("", "3 scan> ")
    assert second.close() == -signal.SIGHUP

    third = Terminal(home, database_url, "return", "scan", "spring")
    third.expect("discard it> ")
    third.type("y", "3 scan> ")
    tally = third.type("\x04", "Apply them? y yes, n not now: they are kept, d discard them> ")
    assert "1  moved" in tally
    assert "1  suppressed: vacant" in tally
    third.type("y", "applied as batch 1")
    assert third.running.wait(SECONDS) == 0
    os.close(third.master)
    assert (story.stands("1"), story.stands("2")) == ("C mailable moved", "A undeliverable vacant")
    assert list((home / "spool" / "scan").iterdir()) == []


def test_a_scanner_in_a_pipe_gets_one_document_and_no_bell(
    story: Story, both: tuple[str, str], home: Path, database_url: str
) -> None:
    words = ("return", "scan", "spring", "--json", "--on", "2026-11-18")
    ran = run_process(words, environment(home, database_url), story.folder, f"{both[0]}\r\nv\r\nwrong\r\n")
    assert (ran.code, ran.json["status"], ran.json["entries"]) == (75, "waiting", 1)
    ran = run_process((*words, "--yes"), environment(home, database_url), story.folder, f"{both[1]}\na\n").ok()
    assert came_to(ran.json) == "suppressed 2: attempted_not_known 1, vacant 1"
    assert "\a" not in ran.err
    assert "JONES" in ran.err
    assert story.stands("2") == "A undeliverable attempted_not_known"
