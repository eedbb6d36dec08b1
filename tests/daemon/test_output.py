"""What a person sees on a terminal of eighty columns, and what goes into a pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from daemon import output
from daemon.output import Column

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(words: Sequence[str], cwd: Path, **env: str) -> str:
    """Run a program on a pseudo terminal of 80 columns; return all that it wrote there, colours and all."""
    master, slave = os.openpty()
    given = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40", **env}
    running = subprocess.Popen(words, cwd=cwd, env=given, stdin=slave, stdout=slave, stderr=slave, close_fds=True)
    os.close(slave)
    written = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        written += chunk
    os.close(master)
    assert running.wait(60) == 0, written.decode()
    return written.decode().replace("\r\n", "\n")


def test_the_whole_demo_fits_a_terminal_of_eighty_columns(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "daemon", "demo", "--home", str(tmp_path / "home")]
    root = Path(__file__).parents[2]
    said = on_terminal(words, root)
    assert "\x1b[" in said
    lines = ANSI.sub("", said).splitlines()
    too_long = [line for line in lines if len(line) > 80]
    assert too_long == []
    assert any(line.startswith("all  ") and line.split()[1] == "60" for line in lines)


def test_a_bar_shows_after_a_second_and_only_on_a_terminal(tmp_path: Path) -> None:
    program = (
        "import time; from daemon import output\n"
        "with output.telling() as tell:\n"
        "    for done in range(13):\n"
        "        tell('deciding', done, 13); time.sleep(0.1)\n"
    )
    root = Path(__file__).parents[2]
    assert "deciding" in ANSI.sub("", on_terminal([sys.executable, "-c", program], root))
    quick = program.replace("0.1", "0.01")
    assert "deciding" not in on_terminal([sys.executable, "-c", quick], root)
    piped = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, check=True)
    assert (piped.stdout, piped.stderr) == (b"", b"")


def test_a_table_in_a_pipe_is_aligned_and_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    output.table(["name", Column("records", number=True)], [("short", 1234567), (long, 0)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("short ")
    assert lines[1].endswith("1,234,567")
    assert lines[2] == f"{long}          0"


def test_facts_leave_out_what_has_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    output.facts([("layout", "onecode"), ("member", ""), ("warnings", []), ("records", 0)])
    assert capsys.readouterr().out == "layout   onecode\nrecords  0\n"


def test_counts_stand_with_the_most_frequent_first(capsys: pytest.CaptureFixture[str]) -> None:
    output.counts("reason", {"b": 1, "a": 1, "moved": 12})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["reason", "moved", "a", "b"]
