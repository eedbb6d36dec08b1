"""Formats of a label file: each takes chunks of label rows, writes them, and reads every key back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from daemon.db import CHUNK, Row
from daemon.errors import UsageError
from daemon.labels.kinds import Format
from daemon.labels.render import COLUMNS, Skip
from daemon.lists.source import Progress


class Out:
    """The file that is being written, and the SHA-256 of what is in it so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = sha256()

    def write(self, block: bytes) -> int:
        """Append a block."""
        self._digest.update(block)
        return self._file.write(block)

    @property
    def sha256(self) -> str:
        """The hash of all that was written."""
        return self._digest.hexdigest()


class Written(Protocol):
    """One format at work on one file."""

    def add(self, labels: list[Row]) -> int:
        """Write labels, rows of `COLUMNS`, and read their keys back; return how many there are.

        A record whose text does not fit is told to the skip that the format was made with, and left out.

        Raises:
            LostKeyError: a key does not read back as its addressee's own.
        """

    def close(self) -> None:
        """Write what is still to be written."""


class CsvLabels:
    """CSV with a header row. Keys were read back from the very texts that stand in it."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer, lineterminator="\n")
        self.add([COLUMNS])

    def add(self, labels: list[Row]) -> int:
        """Write rows; see `Written`."""
        self._writer.writerows(labels)
        self._out.write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()
        return len(labels)

    def close(self) -> None:
        """Write nothing more: every row is there."""


def writer_of(format_: str, out: Out, skip: Skip, *, layout: Path | None, kinds: set[str]) -> Written:
    """Return what writes a format.

    Args:
        layout: of a fixed format; None: our own.
        kinds: of the accounts, ``participant`` and ``mailer``: what the labels will carry.

    Raises:
        UsageError: a layout with another format, or one that is none or leaves the key out.
    """
    if layout is not None and format_ != Format.fixed:
        raise UsageError("--layout goes with --format fixed")
    match format_:
        case Format.fixed:
            from daemon.labels.fixed import FixedLabels, read_layout

            return FixedLabels(out, read_layout(layout, kinds), skip)
        case Format.zpl:
            from daemon.labels.zpl import ZplLabels

            return ZplLabels(out, skip)
        case Format.pdf:
            from daemon.labels.sheets import SheetLabels

            return SheetLabels(out, skip, with_barcodes="mailer" in kinds)
        case _:
            return CsvLabels(out)


def write_all(writer: Written, labels: Iterable[Row], told: Callable[[int], None]) -> int:
    """Write labels in chunks, and tell how many each had; return how many there are."""
    count, source = 0, iter(labels)
    while chunk := list(islice(source, CHUNK)):
        written = writer.add(chunk)
        count += written
        told(written)
    return count


def so_far(progress: Progress, size: int) -> Callable[[int], None]:
    """Return what adds up how many labels are written, and tells the progress."""
    count = 0

    def told(written: int) -> None:
        nonlocal count
        count += written
        progress("writing", count, max(size, count))

    return told
