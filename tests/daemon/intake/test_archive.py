"""The original of every file is kept before it is read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from pathlib import Path

import pytest

from daemon.errors import OperatorError, TryAgainError, UsageError
from daemon.intake import archive as module
from daemon.intake.archive import keep_original, safe_name

CONTENT = b"H02123456" * 300_000  # several chunks


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "P12345620.ZIP"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_the_very_bytes_lie_under_their_hash_and_name(source: Path, archive: Path) -> None:
    kept = keep_original(source, archive)
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert kept.path == archive / digest[:2] / f"{digest}__P12345620.ZIP"
    assert (kept.sha256, kept.size) == (digest, len(CONTENT))
    assert kept.path.read_bytes() == CONTENT
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o400
    assert stat.S_IMODE(kept.path.parent.stat().st_mode) == 0o700
    assert files_in(archive) == [kept.path]
    assert source.read_bytes() == CONTENT


def test_the_same_bytes_are_kept_once_whatever_their_name(source: Path, archive: Path, tmp_path: Path) -> None:
    first = keep_original(source, archive)
    other = tmp_path / "again.zip"
    other.write_bytes(CONTENT)
    assert keep_original(other, archive) == first
    assert files_in(archive) == [first.path]


def test_other_bytes_of_the_same_name_are_kept_beside_it(source: Path, archive: Path) -> None:
    first = keep_original(source, archive)
    source.write_bytes(b"other")
    second = keep_original(source, archive)
    assert files_in(archive) == sorted([first.path, second.path])


def test_a_damaged_copy_in_the_archive_is_replaced(source: Path, archive: Path) -> None:
    kept = keep_original(source, archive)
    kept.path.chmod(0o600)
    kept.path.write_bytes(b"cut short")
    assert keep_original(source, archive).path.read_bytes() == CONTENT


def test_an_empty_file_is_kept_too(source: Path, archive: Path) -> None:
    source.write_bytes(b"")
    assert keep_original(source, archive).size == 0


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("P12345620.327", "P12345620.327"),
        ("my file (2).zip", "my_file_2_.zip"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("…", "file"),
        ("a\nb\x1b.zip", "a_b_.zip"),
        ("x" * 300 + ".zip", "x" * 96 + ".zip"),
        ("Zoë.zip", "Zo_.zip"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_file_that_does_not_exist_is_wrong_usage(source: Path, archive: Path) -> None:
    for path in (source / "below", source.parent / "none.zip", source.parent / ("x" * 5000)):
        with pytest.raises(UsageError, match="no such file"):
            keep_original(path, archive)
    assert not archive.exists()


def test_a_folder_a_pipe_or_a_device_is_wrong_usage(source: Path, archive: Path) -> None:
    os.mkfifo(source.parent / "pipe")
    with pytest.raises(UsageError, match="a folder"):
        keep_original(source.parent, archive)
    for path in (source.parent / "pipe", Path("/dev/zero")):
        with pytest.raises(UsageError, match="not an ordinary file"):
            keep_original(path, archive)


def when_read(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    """Let something happen to the source after it has been copied and before that is believed."""
    write = module._write

    def write_and_act(*args: object) -> object:
        result = write(*args)  # type: ignore[arg-type]
        act()  # type: ignore[operator]
        return result

    monkeypatch.setattr(module, "_write", write_and_act)


def test_a_file_that_vanishes_while_it_is_read_is_tried_again(
    source: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    when_read(monkeypatch, source.unlink)
    with pytest.raises(TryAgainError, match="vanished"):
        keep_original(source, archive)
    assert files_in(archive) == []


def test_a_file_that_is_still_being_written_is_tried_again(
    source: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    when_read(monkeypatch, lambda: source.write_bytes(b"more"))
    with pytest.raises(TryAgainError, match="changed while it was read"):
        keep_original(source, archive)
    assert files_in(archive) == []


def test_a_file_whose_place_is_taken_by_another_is_tried_again(
    source: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = source.parent / "other"
    other.write_bytes(CONTENT)
    when_read(monkeypatch, lambda: other.replace(source))
    with pytest.raises(TryAgainError, match="took its place"):
        keep_original(source, archive)


@pytest.mark.parametrize(
    ("number", "family", "says"),
    [
        (errno.ENOSPC, TryAgainError, "disk is full"),
        (errno.ESTALE, TryAgainError, "vanished"),
        (errno.EROFS, OperatorError, "may not be written"),
        (errno.EACCES, OperatorError, "may not be written"),
    ],
)
def test_what_the_disk_says_has_its_family(
    number: int, family: type[Exception], says: str, source: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    when_read(monkeypatch, fail)
    with pytest.raises(family, match=says):
        keep_original(source, archive)
    assert files_in(archive) == []


def test_what_a_killed_copy_left_is_swept_up_a_day_later(source: Path, archive: Path) -> None:
    archive.mkdir()
    (archive / "old.part").write_bytes(b"x")
    (archive / "new.part").write_bytes(b"x")
    os.utime(archive / "old.part", (time.time() - 90_000,) * 2)
    kept = keep_original(source, archive)
    assert files_in(archive) == sorted([archive / "new.part", kept.path])
