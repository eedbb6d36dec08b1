"""Say what a file is, from its content alone: never from its name, never by the calendar.

Source: USPS, ACS File Format Technical Guide Version 2 (700 characters and CRLF, versions 01
and 02); USPS Publication 8A (427). Characters 2-3 are a version only on 700-character lines;
on shorter ones they are digits of the customer number.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple

from daemon.errors import SetAsideError
from schemas.acs import FAMILIES
from schemas.layout import Family

FIRST_BYTES = 4096
LENGTHS = tuple(sorted({family.length for family in FAMILIES}))
VERSIONS = tuple(family.version for family in FAMILIES if family.version)


class Shape(NamedTuple):
    """What a file is: its family, and the bytes a record takes where the file has no line ends (else 0)."""

    family: Family
    block: int


def identify(path: Path) -> Family:
    """Return the family of notification file that this is.

    Raises:
        SetAsideError: it is none we read; ``reason`` is ``empty-file``, ``cr-only``,
            ``not-a-notification-file``, ``no-header``, ``header-not-first``,
            ``unknown-length`` or ``unknown-version``.
        OSError: the file cannot be opened.
    """
    return shape(path).family


def shape(path: Path) -> Shape:
    """Return the family and, for a file without line ends, the size of its blocks.

    Raises:
        SetAsideError, OSError: as `identify`.
    """
    with path.open("rb") as file:
        first = file.read(FIRST_BYTES)
        try:
            return shape_of(first, path.name)
        except SetAsideError as error:
            if error.reason == "no-header" and _header_further_on(file):
                raise SetAsideError(
                    "the header is not the first line", reason="header-not-first", file=path.name, line=1
                ) from None
            raise


def _header_further_on(file: BinaryIO) -> bool:
    file.seek(0)
    before = b""
    while chunk := file.read(1 << 20):
        if b"\nH" in before + chunk:
            return True
        before = chunk[-1:]
    return False


def shape_of(first: bytes, file: str) -> Shape:
    """Return the shape of the file that starts with these bytes (the first 4,096 of it, or all).

    Raises:
        SetAsideError: as `identify`.
    """
    if not first.strip():
        raise SetAsideError("the file is empty", reason="empty-file", file=file)
    end = first.find(b"\n")
    line = first[:end].removesuffix(b"\r") if end >= 0 else first.rstrip(b"\r\x1a")
    if b"\r" in line and line[:1] in b"HD2":
        raise SetAsideError(
            "lines end in CR alone; fetch the file again in binary mode, or convert its line ends to CRLF",
            reason="cr-only",
            file=file,
        )
    if end < 0 and first[:1] == b"H":
        # Without line ends only the letter that opens the second record tells the length.
        for length in sorted((*LENGTHS, *(each + 2 for each in LENGTHS)), reverse=True):
            family = _known(first, length if length in LENGTHS else length - 2)
            rest = first[length:]
            if family and len(first) >= length and (not rest.strip(b"\r\x1a") or rest.startswith(_opening(family))):
                return Shape(family, length)
    return Shape(_family(line, file), 0)


def _opening(family: Family) -> bytes:
    return (family.detail_letter + family.version).encode()


def _known(line: bytes, length: int) -> Family | None:
    for family in FAMILIES:
        if family.length == length and family.version.encode() in (b"", line[1:3]):
            return family
    return None


def _family(line: bytes, file: str) -> Family:
    # Two characters more than a known length are a CR and LF that something turned into text.
    length = len(line) - 2 if len(line) - 2 in LENGTHS else len(line)
    if length in LENGTHS and line[:1] != b"H":
        raise SetAsideError("the first line is not a header", reason="no-header", file=file, line=1)
    if line[:1] != b"H" or (length not in LENGTHS and not line[1:3].isdigit()):
        raise SetAsideError("this is not an ACS notification file", reason="not-a-notification-file", file=file)
    if length not in LENGTHS:
        found = str(length) if length < FIRST_BYTES else f"{FIRST_BYTES} or more"
        raise SetAsideError(
            f"the first line has {found} characters; a notification file has "
            f"{', '.join(map(str, LENGTHS[:-1]))} or {LENGTHS[-1]}. Fetch the file again, in binary mode",
            reason="unknown-length",
            file=file,
            line=1,
        )
    family = _known(line, length)
    if family is None:
        version = line[1:3].decode("ascii") if line[1:3].isdigit() else "unreadable"
        raise SetAsideError(
            f"file version {version} is not known; this release reads {' and '.join(VERSIONS)}. "
            "Keep the file and ask for a newer release",
            reason="unknown-version",
            file=file,
            line=1,
            field="file_version",
        )
    return family
