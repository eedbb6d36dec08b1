"""Split a notification file into its records, in flat memory, whatever its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from os import pread

from daemon.errors import SetAsideError
from daemon.intake.identify import FIRST_BYTES, Shape
from daemon.intake.tally import Warnings

CHUNK = 1 << 20
LONGEST = 4096  # no line of any layout comes near it

_SOMETHING = re.compile(rb"[^\s\x00\x1a]")  # old systems end a text with 0x1A

Record = tuple[int, int, bytes]
"""Line number from 1, offset in the file, the record's bytes (always the family's length)."""


class Lines:
    """The records of one open file after its header.

    CRLF and LF are accepted line by line, empty lines at the end ignored. A line two
    characters too long had its CRLF turned into text: the two are dropped, with a warning.

    The file is read, never mapped: a mapped file counts as memory of the process, and a
    file that shrinks would kill it.

    Attributes:
        header: the bytes of the first record.
    """

    def __init__(self, descriptor: int, shape: Shape, file: str) -> None:
        self._descriptor = descriptor
        self._length = shape.family.length
        self._block = shape.block
        self._file = file
        first = pread(descriptor, FIRST_BYTES, 0)
        end = first.find(b"\n")
        self._start = shape.block or (end + 1 if end >= 0 else len(first))
        self._long_header = shape.block > self._length or len(first[:end].rstrip(b"\r")) == self._length + 2
        self.header = first[: self._length]

    def records(self, warnings: Warnings) -> Iterator[Record]:
        """Yield every record after the header; each call starts anew.

        Raises:
            SetAsideError: ``mixed-lengths`` or ``truncated-record``.
        """
        self._warnings = warnings
        if self._long_header:
            self._warn_dropped(1)
        return self._blocks() if self._block else self._lines()

    def _warn_dropped(self, line: int) -> None:
        self._warnings.add("two characters after the record, in place of its line end, were dropped", line)

    def _chunks(self, start: int, size: int) -> Iterator[bytes]:
        while chunk := pread(self._descriptor, size, start):
            yield chunk
            start += len(chunk)

    def _nothing_from(self, start: int) -> bool:
        return not any(_SOMETHING.search(chunk) for chunk in self._chunks(start, CHUNK))

    def _lines(self) -> Iterator[Record]:
        length, with_return, carriage = self._length, self._length + 1, 13
        number, offset, carry = 1, self._start, b""
        for chunk in self._chunks(self._start, CHUNK):
            pieces = (carry + chunk).split(b"\n")
            carry = pieces.pop()
            for piece in pieces:
                number += 1
                size = len(piece)
                if size == with_return and piece[-1] == carriage:
                    yield number, offset, piece[:-1]
                elif size == length and piece[-1] != carriage:
                    yield number, offset, piece
                else:
                    record = self._odd(piece, number, offset)
                    if record is None:
                        return
                    yield number, offset, record
                offset += size + 1
            if len(carry) > LONGEST:
                raise self._mixed(number + 1, f"{LONGEST} or more")
        carry = carry.rstrip(b"\x1a")
        if carry:
            last = self._odd(carry, number + 1, offset)
            if last is not None:
                yield number + 1, offset, last

    def _odd(self, piece: bytes, number: int, offset: int) -> bytes | None:
        """Return the record of a line that has not the usual length; None where only empty lines are left."""
        line = piece.removesuffix(b"\r")
        if len(line) == self._length:
            return line
        if len(line) == self._length + 2:
            self._warn_dropped(number)
            return line[: self._length]
        if self._nothing_from(offset):
            return None
        if len(line) < self._length and self._nothing_from(offset + len(piece)):
            raise self._truncated(number, len(line))
        raise self._mixed(number, str(len(line)))

    def _mixed(self, number: int, found: str) -> SetAsideError:
        return SetAsideError(
            f"this line has {found} characters, the header {self._length}; ask for the file again",
            reason="mixed-lengths",
            file=self._file,
            line=number,
        )

    def _truncated(self, number: int, found: int) -> SetAsideError:
        return SetAsideError(
            f"the last record has {found} of {self._length} characters: the file was cut off. Fetch it again",
            reason="truncated-record",
            file=self._file,
            line=number,
        )

    def _blocks(self) -> Iterator[Record]:
        length, block = self._length, self._block
        number, offset, carry = 1, self._start, b""
        for chunk in self._chunks(self._start, block * 1024):
            carry += chunk
            whole = len(carry) // block * block
            for at in range(0, whole, block):
                number += 1
                yield number, offset, carry[at : at + length]
                offset += block
            carry = carry[whole:]
        if len(carry) >= length:  # the last record of a file of blocks may lack its line end
            yield number + 1, offset, carry[:length]
        elif _SOMETHING.search(carry):
            raise self._truncated(number + 1, len(carry))
