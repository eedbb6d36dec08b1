"""Files that are there whole or not at all: write, flush, fsync, rename, fsync the folder."""

from __future__ import annotations

import errno
import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from daemon.errors import OperatorError, TryAgainError, UsageError

PART = ".part"  # how an unfinished file's name ends; whoever finds an old one may delete it
BUFFER = 1 << 20


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable: after it returns, a rename in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_through(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 and force it to the disk. The name itself is not yet durable.

    For a name that nobody reads before it is renamed; otherwise use `atomic_bytes`.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def atomic_bytes(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file that becomes `path` when the block ends well, and nothing when it does not.

    It is written beside its place under a hidden name with mode 0600; the rename is the
    commit. Readers see the old file or the new one, never half of one. A link is followed,
    so what it points at is replaced.

    Raises:
        UsageError: the folder does not exist, or `path` is a folder, a pipe or a device.
        OperatorError: we may not write there.
        TryAgainError: the disk is full. What was there before is still there.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise UsageError(f"{path}: not an ordinary file; name a file to write")
    if not target.parent.is_dir():
        raise UsageError(f"{path}: there is no such folder; create it first")
    part = target.parent / f".{target.name[:120]}.{secrets.token_hex(6)}{PART}"
    try:
        handle = _create(part, path)
        with _full_disk(path), os.fdopen(handle, "wb", buffering=BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    fsync_folder(target.parent)


@contextmanager
def atomic_writer(path: Path) -> Iterator[TextIO]:
    """Yield a text file (UTF-8, line ends as written) that becomes `path` when the block ends well.

    Otherwise as `atomic_bytes`.
    """
    with atomic_bytes(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
        try:
            yield text
            text.flush()
        finally:
            with suppress(ValueError, OSError):
                text.detach()


def _create(part: Path, path: Path) -> int:
    try:
        with _full_disk(path):
            return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except PermissionError as error:
        raise OperatorError(f"{path}: may not be written; give this user write access to the folder") from error


@contextmanager
def _full_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise TryAgainError(f"{path}: the disk is full; nothing was changed. Free some space and try again") from error
