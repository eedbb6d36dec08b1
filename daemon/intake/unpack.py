"""Open the envelope: a zip with or without a password, and the up to four files in it.

A zip comes from outside and is trusted in nothing: not in its names, not in the sizes it
declares, not in the number of members it says it has.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from errno import EINVAL
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyzipper

from daemon.errors import SetAsideError
from daemon.settings import Limits

Companion = Literal["SN", "SD", "CB"]  # shipping notice, its data, Full-Service chargeback

HEADER_LENGTHS = (700, 427, 559, 702)  # 702: a lone header of 700 whose line end is taken for data
USUAL_NAME = re.compile(r"P[0-9]{8}(SN|SD|CB)?\.[0-9]{3}", re.IGNORECASE)
COMPANION_NAME = re.compile(r"[^.]*(SN|SD|CB)\.[^.]*", re.IGNORECASE)
LOCAL_HEADER, EMPTY_ZIP, SPANNED = b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
END_OF_DIRECTORY_64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR_64 = 20
DIRECTORY_BYTES = 1 << 20  # no honest zip of a few members has a larger directory
ENCRYPTED, STRONG, HIDDEN_DIRECTORY = 0x0001, 0x0040, 0x2000  # general purpose flags
CHUNK = 1 << 18
FREE_BYTES = 1 << 20  # what the ratio does not count
REMEDY = "give the right one with --password-file, or as zip_password of [acs] or of the feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What lay in one zip, unpacked.

    Attributes:
        notification: the unpacked notification file.
        member: its name in the zip.
        companions: the other files that were known, by kind.
        warnings: what was odd and did no harm, a sentence each.
    """

    notification: Path
    member: str
    companions: dict[str, Path]
    warnings: tuple[str, ...] = ()


def is_zip(path: Path) -> bool:
    """Say from a file's first bytes whether it is a zip; a zip cut short still is one."""
    with path.open("rb") as file:
        return _starts_like_a_zip(file.read(4))


def open_envelope(path: Path, password: bytes | None, work: Path, limits: Limits | None = None) -> Envelope:
    """Unpack a zip into the folder `work` (made where missing, files of mode 0600) and say what is what.

    The notification file is the one member that begins with a header line of 427, 559 or 700
    characters. The others are told by the letters before the dot of their name (``P12345620SD.327``) and
    must look like it; whatever else there is becomes a warning. ZipCrypto, AES and no
    encryption at all are read. When it fails, what it had unpacked is deleted again.

    Args:
        path: the zip.
        password: bytes without a line end; None or empty where none is configured.
        work: where the members go. Files of their names are replaced.
        limits: how much a zip may hold; the defaults of the settings where None.

    Raises:
        SetAsideError: by `reason` ``password-needed``, ``wrong-password``, ``strong-encryption``,
            ``corrupt-zip``, ``unsupported-compression``, ``no-notification-file``, ``two-notification-files``,
            ``too-many-members``, ``member-too-large``, ``zip-too-large``, ``ratio-too-high``, ``path-in-member-name``,
            ``duplicate-member``, ``nested-zip``.

    Source: acs-file-formats, sections 4, 5.1 and 9.
    """
    opening = _Opening(path, password or None, work, limits or Limits())
    try:
        return opening.unpack()
    except BaseException:
        for written in opening.written:
            with suppress(OSError):
                written.unlink(missing_ok=True)
        raise


@dataclass(slots=True)
class _Opening:
    """One zip while it is being unpacked."""

    path: Path
    password: bytes | None
    work: Path
    limits: Limits
    written: list[Path] = field(default_factory=list)
    unpacked_bytes: int = 0
    password_proven: bool = False  # one encrypted member came out whole

    def unpack(self) -> Envelope:
        with self.path.open("rb") as file:
            self._look_at_directory(file)
            with _opened(file, self.path.name) as archive:
                members = archive.infolist()
                self._check_members(members)
                self.work.mkdir(mode=0o700, parents=True, exist_ok=True)
                for member in members:
                    self._write_member(archive, member)
        return self._told_apart([member.orig_filename for member in members])

    def refuse(self, reason: str, message: str) -> SetAsideError:
        return SetAsideError(message, reason=reason, file=self.path.name)

    def _look_at_directory(self, file: BinaryIO) -> None:
        """Refuse what must not even be listed: a listing is held in memory."""
        file.seek(0)
        flags = int.from_bytes(file.read(8)[6:8], "little")
        if flags & (HIDDEN_DIRECTORY | STRONG):
            raise self._strong_encryption()
        declared = _directory_of(file)
        if declared is None:
            raise self.refuse("corrupt-zip", "the zip is cut short or damaged; fetch it again")
        if declared[0] > self.limits.members or declared[1] > DIRECTORY_BYTES:
            raise self._too_many()

    def _check_members(self, members: list[Any]) -> None:
        if len(members) > self.limits.members:
            raise self._too_many()
        seen: set[str] = set()
        for member in members:
            name = member.orig_filename
            if not _plain_name(name):
                raise self.refuse("path-in-member-name", f"member {_shown(name)} is a path, not a plain file name")
            if name.casefold() in seen:
                raise self.refuse("duplicate-member", f"member {_shown(name)} is in it twice")
            seen.add(name.casefold())
            if member.flag_bits & STRONG:
                raise self._strong_encryption()
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                kind = f"method {member.compress_type}"
                message = f"member {_shown(name)} is packed by {kind}; pack it anew with deflate"
                raise self.refuse("unsupported-compression", message)
        if self.password is None and any(member.flag_bits & ENCRYPTED for member in members):
            message = f"it needs a password and none is configured; {REMEDY.replace('the right one', 'it')}"
            raise self.refuse("password-needed", message)

    def _write_member(self, archive: Any, member: Any) -> None:
        name = member.orig_filename
        target = self.work / name
        target.unlink(missing_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self.written.append(target)
        # What is declared as packed is believed no further than the file is long.
        packed, unpacked = min(member.compress_size, self.path.stat().st_size), 0
        with os.fdopen(handle, "wb") as out:
            for chunk in self._chunks(archive, member):
                if unpacked == 0 and _starts_like_a_zip(chunk[:4]):
                    raise self.refuse("nested-zip", f"member {_shown(name)} is itself a zip; unpack it first")
                unpacked += len(chunk)
                self._check_size(name, packed, unpacked, len(chunk))
                out.write(chunk)

    def _check_size(self, name: str, packed: int, unpacked: int, more: int) -> None:
        self.unpacked_bytes += more
        limits, whole = self.limits, self.path.stat().st_size
        if unpacked > limits.member_bytes:
            message = f"member {_shown(name)} is over {limits.member_bytes} bytes; see [limits] member_bytes"
            raise self.refuse("member-too-large", message)
        if self.unpacked_bytes > limits.total_bytes:
            message = f"its members are over {limits.total_bytes} bytes together; see [limits] total_bytes"
            raise self.refuse("zip-too-large", message)
        for before, after in ((packed, unpacked), (whole, self.unpacked_bytes)):
            if after > FREE_BYTES + limits.ratio * before:
                message = f"member {_shown(name)} unpacks to over {limits.ratio} times its size; see [limits] ratio"
                raise self.refuse("ratio-too-high", message)

    def _chunks(self, archive: Any, member: Any) -> Iterator[bytes]:
        """Yield a member's bytes. Whatever the zip library makes of bad bytes becomes a SetAsideError."""
        encrypted = bool(member.flag_bits & ENCRYPTED)
        try:
            with archive.open(member, pwd=self.password if encrypted else None) as content:
                while chunk := content.read(CHUNK):
                    yield chunk
        except (SetAsideError, MemoryError, GeneratorExit):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno != EINVAL:
                raise  # the disk, not the zip
            raise self._bad_bytes(member, error) from error
        self.password_proven = self.password_proven or encrypted

    def _bad_bytes(self, member: Any, error: Exception) -> SetAsideError:
        name, encrypted = _shown(member.orig_filename), bool(member.flag_bits & ENCRYPTED)
        if encrypted and "password" in str(error).lower():
            return self.refuse("wrong-password", f"the password does not open member {name}; {REMEDY}")
        # ZipCrypto lets one wrong password in 256 pass its test; then the bytes make no sense.
        if encrypted and getattr(member, "wz_aes_version", None) is None and not self.password_proven:
            message = f"member {name} makes no sense with this password: it is wrong, or the zip is damaged; {REMEDY}"
            return self.refuse("wrong-password", message)
        return self.refuse("corrupt-zip", f"member {name} is damaged; fetch the zip again")

    def _told_apart(self, names: list[str]) -> Envelope:
        """Find the notification file by content, then the companions by name and content."""
        openings = {name: _first_bytes(self.work / name) for name in names}
        candidates = [name for name in names if _begins_with_header(openings[name])]
        if len(candidates) > 1:  # a companion may begin with a header of its own; its name says what it is
            candidates = [name for name in candidates if _companion_of(name) is None] or candidates
        if not candidates:
            message = f"none of its {len(names)} members begins with a header line of 427, 559 or 700 characters"
            raise self.refuse("no-notification-file", message)
        if len(candidates) > 1:
            listed = ", ".join(map(_shown, candidates))
            raise self.refuse("two-notification-files", f"more than one notification file in it: {listed}")
        notification = candidates[0]
        warnings = []
        if not USUAL_NAME.fullmatch(notification) or _companion_of(notification):
            warnings.append(f"member {_shown(notification)}: not the usual name of a notification file")
        companions: dict[str, Path] = {}
        for name in names:
            kind = _companion_of(name)
            if name == notification:
                continue
            if kind is None or kind in companions or not _looks_like(kind, openings[name]):
                warnings.append(f"member {_shown(name)}: not a file we know; left unread")
            else:
                companions[kind] = self.work / name
        return Envelope(
            notification=self.work / notification,
            member=notification,
            companions=companions,
            warnings=tuple(warnings),
        )

    def _too_many(self) -> SetAsideError:
        return self.refuse("too-many-members", f"more than {self.limits.members} members; see [limits] members")

    def _strong_encryption(self) -> SetAsideError:
        message = (
            "encrypted by PKWARE's strong encryption, which only PKZIP opens; unpack it there and give us the files"
        )
        return self.refuse("strong-encryption", message)


def _starts_like_a_zip(start: bytes) -> bool:
    return start in (LOCAL_HEADER, EMPTY_ZIP, SPANNED)


def _opened(file: BinaryIO, name: str) -> Any:
    try:
        return pyzipper.AESZipFile(file)
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno != EINVAL:
            raise
        message = "the zip is cut short or damaged; fetch it again"
        raise SetAsideError(message, reason="corrupt-zip", file=name) from error


def _directory_of(file: BinaryIO) -> tuple[int, int] | None:
    """Members and bytes of the directory as the zip declares them, or None where it has no end record."""
    file.seek(0, os.SEEK_END)
    start = max(0, file.tell() - END_OF_DIRECTORY.size - 0xFFFF)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(EMPTY_ZIP)
    if at < 0 or len(tail) - at < END_OF_DIRECTORY.size:
        return None
    record = END_OF_DIRECTORY.unpack_from(tail, at)
    members, size = record[4], record[5]
    # A reader believes the large form, directly before it, where it is there: the worse of the two counts.
    file.seek(max(0, start + at - LOCATOR_64 - END_OF_DIRECTORY_64.size))
    large = file.read(END_OF_DIRECTORY_64.size + LOCATOR_64)
    if len(large) == END_OF_DIRECTORY_64.size + LOCATOR_64 and large.startswith(b"PK\x06\x06"):
        fields = END_OF_DIRECTORY_64.unpack_from(large)
        return max(members % 0xFFFF, fields[7]), max(size % 0xFFFFFFFF, fields[8])
    return members, size


def _plain_name(name: str) -> bool:
    return (
        0 < len(name.encode("utf-8", "surrogatepass")) <= 200
        and name.isprintable()
        and not set(name) & set('/\\:<>|*?"')
        and name == name.strip(" .")
    )


def _shown(name: str) -> str:
    """A member's name fit for a message: escaped, and not longer than a line."""
    shown = ascii(name)
    return shown if len(shown) <= 80 else f"{shown[:76]}…'"


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _begins_with_header(start: bytes) -> bool:
    line = re.split(rb"[\r\n]", start, maxsplit=1)[0]
    return line[:1] == b"H" and len(line) in HEADER_LENGTHS


def _companion_of(name: str) -> Companion | None:
    found = COMPANION_NAME.fullmatch(name)
    kinds: dict[str, Companion] = {"SN": "SN", "SD": "SD", "CB": "CB"}
    return kinds[found[1].upper()] if found else None


def _looks_like(kind: Companion, start: bytes) -> bool:
    """Whether the content bears out the name: text without NUL, and commas where it is CSV."""
    line = re.split(rb"[\r\n]", start, maxsplit=1)[0]
    return b"\0" not in start and (kind == "SN" or b"," in line or not start.strip())
