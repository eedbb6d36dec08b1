"""A file is there whole or not at all."""

from __future__ import annotations

import errno
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.durable import atomic_bytes, atomic_writer, fsync_folder, write_through
from daemon.errors import OperatorError, TryAgainError, UsageError


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    with atomic_writer(path) as file:
        file.write("record_id\n")
        file.flush()
        assert not path.exists()
    assert path.read_text() == "record_id\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names_in(tmp_path) == ["export.csv"]


def test_when_the_writing_fails_the_old_file_stays_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_writer(path) as file:
        file.write(f"new {1 // 0}")
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["export.csv"]


def test_a_kill_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("old")
    program = (
        "import os, signal, sys; from pathlib import Path; from daemon.durable import atomic_writer\n"
        "with atomic_writer(Path(sys.argv[1])) as file:\n"
        "    file.write('new'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_text() == "old"


def test_line_ends_and_utf8_are_written_as_given(tmp_path: Path) -> None:
    with atomic_writer(tmp_path / "a") as file:
        file.write("Zoë\r\n\n")
    assert (tmp_path / "a").read_bytes() == "Zoë\r\n\n".encode()
    with atomic_bytes(tmp_path / "b") as raw:
        raw.write(b"\x00\xff")
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    with atomic_writer(tmp_path / "link.csv") as file:
        file.write("new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


def test_a_folder_a_device_or_a_missing_folder_is_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null"), tmp_path / "none" / "export.csv"):
        with pytest.raises(UsageError), atomic_writer(path):
            pass
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_disk_is_tried_again_later(tmp_path: Path) -> None:
    with pytest.raises(TryAgainError, match="disk is full"), atomic_writer(tmp_path / "export.csv"):
        raise OSError(errno.ENOSPC, "no space")
    assert names_in(tmp_path) == []


def test_another_fault_of_the_caller_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_writer(tmp_path / "export.csv"):
        (tmp_path / "none").read_text()


def test_a_folder_we_may_not_write_needs_an_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr("os.open", refuse)  # root may write anywhere, so the system's answer is played
    with pytest.raises(OperatorError, match="write access"), atomic_writer(tmp_path / "export.csv"):
        pass


def test_a_long_name_still_gets_a_temporary_one(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)
    with atomic_writer(path) as file:
        file.write("y")
    assert path.read_text() == "y"


def test_write_through_writes_all_of_it_closed_to_others(tmp_path: Path) -> None:
    write_through(tmp_path / "a.part", b"content")
    assert (tmp_path / "a.part").read_bytes() == b"content"
    assert stat.S_IMODE((tmp_path / "a.part").stat().st_mode) == 0o600
    fsync_folder(tmp_path)
