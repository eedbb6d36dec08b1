"""A file on its way in: archived, unpacked, identified; everything before its first record is read."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from daemon import config
from daemon.errors import OperatorError, SetAsideError, UsageError
from daemon.intake.archive import keep_original
from daemon.intake.read import NotificationFile
from daemon.intake.unpack import Envelope, is_zip, open_envelope
from daemon.wiring import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One notification file, open, with what is known of where it came from."""

    file: str  # its name as it came
    member: str  # the notification file's name inside an envelope, else ""
    sha256: str  # of the bytes as they came
    content_sha256: str  # of the notification file
    archived: str  # the original's place from the home; "" for a plan
    records: NotificationFile
    companions: dict[str, Path]
    warnings: tuple[str, ...]


@contextmanager
def incoming(house: House, path: Path, *, password: bytes | None = None, archive: bool = True) -> Iterator[Incoming]:
    """Take a file in as far as its header. The original is archived before anyone parses it.

    Args:
        password: of the envelope; None takes the one of ``[acs] zip_password``.
        archive: False for a plan, which leaves nothing behind.

    Raises:
        UsageError: there is no such file, or it is a folder.
        OperatorError: it may not be read.
        SetAsideError: it is none we read, or must not be read.
    """
    must_be_file(path)
    name = told_name(path)
    work = house.home / "spool" / "work"
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    if archive:
        kept = keep_original(path, house.home / "archive")
        source, digest, archived = kept.path, kept.sha256, str(kept.path.relative_to(house.home))
    else:
        source, digest, archived = path, digest_of(path), ""
    folder = Path(tempfile.mkdtemp(dir=work, prefix="open-"))
    try:
        envelope = _open(house, source, name, password, folder)
        notification = envelope.notification if envelope else source
        with _named(name, envelope, notification) as records:
            yield Incoming(
                file=name,
                member=envelope.member if envelope else "",
                sha256=digest,
                content_sha256=digest_of(notification) if envelope else digest,
                archived=archived,
                records=records,
                companions=dict(envelope.companions) if envelope else {},
                warnings=tuple(envelope.warnings) if envelope else (),
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def told_name(path: Path) -> str:
    """Return a file's name as text that any database and any terminal takes: bytes that are none are escaped."""
    return path.name.encode(errors="backslashreplace").decode()


def must_be_file(path: Path) -> None:
    """Raise unless there is an ordinary file of that name that we may read. A pipe would hold us up for ever.

    Raises:
        UsageError: there is no such file, or it is a folder, a pipe or a device.
        OperatorError: it may not be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
            return
    except PermissionError as error:
        raise OperatorError(f"{path}: may not be read; give this user the file") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: there is no such file") from error
    raise UsageError(f"{path}: is {'a folder' if stat.S_ISDIR(mode) else 'not an ordinary file'}; name a file")


def _open(house: House, source: Path, name: str, password: bytes | None, folder: Path) -> Envelope | None:
    if not is_zip(source):
        return None
    if password is None and house.settings.acs.zip_password:
        password = config.secret(house.home, house.settings.acs.zip_password, "acs.zip_password")
    limits = house.settings.limits
    try:
        return open_envelope(source, password, folder, limits)
    except SetAsideError as error:
        error.file = error.file if error.file not in ("", source.name) else name
        raise


@contextmanager
def _named(name: str, envelope: Envelope | None, notification: Path) -> Iterator[NotificationFile]:
    """Open the records; faults are told under the name that the operator knows."""
    known = f"{name}:{envelope.member}" if envelope else name
    try:
        with NotificationFile(notification) as records:
            yield records
    except SetAsideError as error:
        if error.file == notification.name:
            error.file = known
        raise
