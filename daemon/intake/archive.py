"""Keep the original: the very bytes of every file, under their SHA-256, before anyone parses them."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daemon.durable import PART, fsync_folder
from daemon.errors import OperatorError, TryAgainError, UsageError

CHUNK = 1 << 20
OLD_SECONDS = 86400  # a part file this old belongs to nobody any more


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the original lies and what it is."""

    path: Path
    sha256: str  # 64 lower-case hexadecimal digits
    size: int  # bytes


def keep_original(source: Path, archive: Path) -> Kept:
    """Copy a file to ``archive/<first two digits>/<sha256>__<name>`` and return where it is.

    When it returns, the copy is durable and whole; when it raises, or the machine stops, there is no copy under
    that name. Bytes that are there already, under whatever name they came, are not copied
    again. The name is made safe; the copy is readable by its owner only and by nobody writable.

    Raises:
        UsageError: there is no such file, or it is a folder, a pipe or a device.
        OperatorError: it may not be read, or the archive may not be written.
        TryAgainError: it vanished or changed while it was copied, or the disk is full.
    """
    _opened(source).close()  # what is no file leaves no folder behind
    try:
        archive.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(archive)
    except OSError as error:
        raise _family_of(error, source, archive) from error
    part = archive / f"{secrets.token_hex(8)}{PART}"
    digest, size = copy_durably(source, part)
    try:
        return _settle(part, source, archive, digest, size)
    except OSError as error:
        raise _family_of(error, source, archive) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def copy_durably(source: Path, part: Path) -> tuple[str, int]:
    """Copy a file's bytes to a new file of mode 0400 and force them to the disk; return SHA-256 (hex) and size.

    The new name itself is not yet durable. When this raises there is no such file.

    Raises:
        UsageError, OperatorError, TryAgainError: as `keep_original`.
    """
    with _opened(source) as file:
        before = os.fstat(file.fileno())
        try:
            digest, size = _write(file, part)
            _still_the_same(file, source, before, size)
        except BaseException as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _family_of(error, source, part.parent) from error
            raise
    return digest, size


def safe_name(name: str) -> str:
    """Return a file name of at most 100 characters of A-Z, a-z, 0-9, ``.``, ``_`` and ``-``; never hidden, never empty.

    >>> safe_name("../P 12345620.ZIP")
    'P_12345620.ZIP'
    >>> safe_name("…")
    'file'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).lstrip("._-")[-100:].lstrip("._-") or "file"


def _opened(source: Path) -> BinaryIO:
    try:
        # O_NONBLOCK: a pipe that nobody writes must not hold us up before we see that it is one.
        handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        raise OperatorError(f"{source}: may not be read; give this user the file") from error
    except (ValueError, OSError) as error:
        raise UsageError(f"{source}: no such file") from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        what = "a folder" if stat.S_ISDIR(mode) else "not an ordinary file"
        raise UsageError(f"{source}: {what}; name a file to read")
    return os.fdopen(handle, "rb", buffering=0)


def _settle(part: Path, source: Path, archive: Path, digest: str, size: int) -> Kept:
    """Give the copy its name, unless its bytes are there already."""
    folder = archive / digest[:2]
    there = _already_kept(folder, digest, size)
    if there is not None:
        return Kept(there, digest, size)
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        fsync_folder(archive)
    whole = folder / f"{digest}__{safe_name(source.name)}"
    part.rename(whole)
    fsync_folder(folder)
    return Kept(whole, digest, size)


def _write(file: BinaryIO, part: Path) -> tuple[str, int]:
    """Copy, hash and force to the disk."""
    digest, size = hashlib.sha256(), 0
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb", buffering=0) as out:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            rest = memoryview(chunk)
            while rest:
                rest = rest[out.write(rest) :]
        os.fchmod(out.fileno(), 0o400)
        os.fsync(out.fileno())
    return digest.hexdigest(), size


def _still_the_same(file: BinaryIO, source: Path, before: os.stat_result, size: int) -> None:
    after, named = os.fstat(file.fileno()), source.stat()
    if (after.st_size, after.st_mtime_ns, size) != (before.st_size, before.st_mtime_ns, before.st_size):
        raise TryAgainError(f"{source}: changed while it was read; wait until it is whole and try again")
    if (named.st_dev, named.st_ino) != (before.st_dev, before.st_ino):
        raise TryAgainError(f"{source}: another file took its place while it was read; try again")


def _already_kept(folder: Path, digest: str, size: int) -> Path | None:
    for path in sorted(folder.glob(f"{digest}__*")):
        if path.is_file() and path.stat().st_size == size:
            return path
    return None


def _sweep(archive: Path) -> None:
    """Delete what a killed copy left behind."""
    for part in archive.glob(f"*{PART}"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > OLD_SECONDS:
                part.unlink()


def _family_of(error: OSError, source: Path, archive: Path) -> Exception:
    if isinstance(error, FileNotFoundError) or error.errno in (errno.ESTALE, errno.EIO):
        return TryAgainError(f"{source}: vanished while it was read; nothing was changed. Try again when it is back")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TryAgainError(f"{archive}: the disk is full; nothing was changed. Free some space and try again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return OperatorError(f"{archive}: may not be written; give this user the folder")
    return error
