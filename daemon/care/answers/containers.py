"""The files that an answer may be: CSV, a dBase table, lines of fixed width. Bytes to rows of text, as a stream.

A container gives its columns and, as often as asked, its rows: the line, and the texts of the places that are asked
for, stripped. Nothing is passed over in silence: a row that is no row refuses the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, Protocol

from daemon.errors import SetAsideError
from daemon.intake.incoming import told_name
from daemon.lists.source import opened

Places = Sequence[int | None]  # of two columns or more, from 0; None: one that the file does not have, always ""
Row = tuple[int, tuple[str, ...]]  # line, and the texts in the order of the places

OTHER_ENCODING = 'where the answer has another encoding, say so in a map (--map MAP.toml): encoding = "cp1252"'
NO_LINE_END = "the last row has no line end: was the file whole when it was fetched?"
BLOCK = 1 << 18
_TOLD = 1024  # rows between two counts of the bytes read


class Container(Protocol):
    """An answer as it lies there.

    Attributes:
        kind: ``csv``, ``dbf`` or ``fixed``.
        columns: what its columns are called.
        done: bytes read so far.
        warnings: what was noticed; complete once the rows are at their end.
    """

    kind: str
    columns: tuple[str, ...]
    done: int
    warnings: list[str]

    def rows(self, places: Places) -> Iterator[Row]:
        """Yield every row, from the start of the file.

        The line is that of the file in CSV, where a row may have several; else the number of the record, from 1.

        Raises:
            SetAsideError: ``broken-row``, ``truncated-answer`` or ``encoding``.
        """
        ...


def broken(name: str, line: int, message: str) -> SetAsideError:
    """Return the refusal of a file for one row."""
    return SetAsideError(f"{message}; nothing of the answer is applied", reason="broken-row", file=name, line=line)


def cut_off(name: str, line: int | None, message: str) -> SetAsideError:
    """Return the refusal of a file that ends too early."""
    return SetAsideError(f"{message}; fetch the answer again", reason="truncated-answer", file=name, line=line)


class CsvContainer:
    """CSV after RFC 4180 with one header row; UTF-8 with or without a mark, or the encoding named."""

    kind = "csv"

    def __init__(self, path: Path, encoding: str = "utf-8", name: str = "") -> None:
        """Read the header.

        Args:
            name: what the file is called in a refusal; "" for its own name.

        Raises:
            UsageError, OperatorError: see `daemon.lists.source.opened`.
            SetAsideError: there is no row, or the first is no CSV.
        """
        self.name, self.done = name or told_name(path), 0
        self.warnings: list[str] = []
        self._path, self._encoding = path, encoding
        with opened(path, encoding) as file:
            file.name, file.remedy = self.name, OTHER_ENCODING
            line, row, _raw = next(file.rows(), (1, [], ""))
        if row is None:
            raise broken(self.name, line, "the first row is no CSV")
        if not row:
            raise SetAsideError("there is nothing in it", reason="empty", file=self.name)
        self.columns = tuple(column.strip() for column in row)

    def rows(self, places: Places) -> Iterator[Row]:
        """See `Container.rows`."""
        width = len(self.columns)
        pick = itemgetter(*[width if place is None else place for place in places])
        with opened(self._path, self._encoding) as file:
            file.name, file.remedy = self.name, OTHER_ENCODING
            rows = file.rows()
            next(rows)
            for line, row, _raw in rows:
                if row is None or len(row) != width:
                    self._refuse(line, row, cut=not _ends_a_line(self._path) and next(rows, None) is None)
                    return
                row.append("")
                if not line % _TOLD:
                    self.done = file.done
                yield line, tuple(map(str.strip, pick(row)))
            self.done = file.done
        if not _ends_a_line(self._path) and NO_LINE_END not in self.warnings:
            self.warnings.append(NO_LINE_END)

    def _refuse(self, line: int, row: list[str] | None, cut: bool) -> None:
        width = len(self.columns)
        if row is not None and len(row) > width:
            raise broken(self.name, line, f"{len(row)} fields where the header has {width}")
        if cut:
            raise cut_off(self.name, line, "the last row is cut off")
        said = "a row that is no CSV: a quote is not closed or stands where none may" if row is None else ""
        raise broken(self.name, line, said or f"{len(row or ())} fields where the header has {width}")


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4, 0))
        return file.read().rstrip(b"\0")[-1:] in (b"\n", b"\r")  # the other byte of a UTF-16 line end is zero


class _Cutting:
    """Cuts records of a fixed length into the texts of some of their fields."""

    def __init__(self, name: str, slices: Sequence[slice], encoding: str) -> None:
        self._name, self._slices, self._encoding = name, slices, encoding
        self._pick = itemgetter(*slices)

    def __call__(self, record: bytes, at: int) -> tuple[str, ...]:
        if record.isascii():
            return tuple(map(str.strip, self._pick(record.decode("ascii"))))
        try:
            return tuple([record[piece].decode(self._encoding).strip() for piece in self._slices])
        except UnicodeDecodeError:
            raise SetAsideError(
                f"between byte {at} and {at + len(record)} something is not {self._encoding.upper()}; {OTHER_ENCODING}",
                reason="encoding",
                file=self._name,
            ) from None


_NOWHERE = slice(0, 0)


class FixedContainer:
    """Records of one length, with line ends or without. Positions count bytes, from 1, both ends inside."""

    kind = "fixed"

    def __init__(
        self,
        path: Path,
        fields: Mapping[str, tuple[int, int]],
        length: int = 0,
        encoding: str = "utf-8",
        name: str = "",
    ) -> None:
        """Look at the first record.

        Args:
            length: of a record in bytes; 0: that of the first line.

        Raises:
            SetAsideError: there is nothing in it, or no line end and no length.
        """
        self.name, self.done = name or told_name(path), 0
        self.warnings: list[str] = []
        self._path, self._encoding = path, encoding
        self.columns = tuple(fields)
        with path.open("rb") as file:
            head = file.readline(BLOCK)
        if not head:
            raise SetAsideError("there is nothing in it", reason="empty", file=self.name)
        self._lines = head.endswith(b"\n")
        self.length = length or (len(head.rstrip(b"\r\n")) if self._lines else 0)
        furthest = max((end for _start, end in fields.values()), default=0)
        if not self.length or furthest > self.length:
            said = f"records of {self.length} bytes" if self.length else "no line ends, and no record_length"
            raise SetAsideError(
                f"{said}, where the fields reach to position {furthest}", reason="broken-row", file=self.name, line=1
            )
        self._slices = [slice(start - 1, end) for start, end in fields.values()]

    def rows(self, places: Places) -> Iterator[Row]:
        """See `Container.rows`."""
        cut = _Cutting(
            self.name, [_NOWHERE if place is None else self._slices[place] for place in places], self._encoding
        )
        at = 0
        with self._path.open("rb", buffering=BLOCK) as file:
            for line, record in enumerate(self._records(file), 1):
                yield line, cut(record, at)
                at = file.tell() if self._lines else at + self.length
                self.done = at

    def _records(self, file: BinaryIO) -> Iterator[bytes]:
        length, line = self.length, 0
        if not self._lines:
            while block := file.read(length):
                line += 1
                if len(block) < length:
                    raise cut_off(self.name, line, f"the last record has {len(block)} bytes where the others {length}")
                yield block
            return
        while raw := file.readline(length + 3):
            line += 1
            record = raw.rstrip(b"\r\n")
            if len(record) != length:
                said = f"{len(record)} bytes where a record has {length}"
                if len(record) < length and not raw.endswith(b"\n"):
                    raise cut_off(self.name, line, f"the last record is cut off: {said}")
                raise broken(self.name, line, said)
            yield record


def fits_fixed(head: bytes, size: int, length: int) -> bool:
    """Say whether a file looks like records of a length: a line end after each, or none at all.

    Args:
        head: the first bytes of the file, more than one record of it.
    """
    first = head[:length]
    if len(first) < length or b"\n" in first or b"\r" in first:
        return False
    after = head[length : length + 2]
    return after[:1] == b"\n" or after == b"\r\n" or (b"\n" not in head and size % length == 0)


DBF_VERSIONS = {0x03, 0x30, 0x31, 0x32, 0x43, 0x83, 0x8B, 0xCB, 0xF5, 0xFB}
_CODE_PAGES = {  # the language driver of the header
    **{0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x58: "cp1252", 0x59: "cp1252"},
    **{0x1B: "cp437", 0x25: "cp850", 0x37: "cp850", 0xF0: "utf-8"},
}
_TEXTS = "CNFDL"  # types of a field that stand there as text
_DELETED = ord("*")


def is_dbf(head: bytes) -> bool:
    """Say whether bytes are the start of a dBase table: its version, and zeros as no text has them."""
    return len(head) >= 32 and head[0] in DBF_VERSIONS and b"\0" in head[1:32]


class DbfContainer:
    """A dBase III, IV or FoxPro table without its memo file. Rows marked as deleted are passed over and told.

    Read by our own forty lines: of the libraries, `dbfread` takes half a table for a whole one without a word, and
    `dbf` reads thirty thousand rows a second.
    """

    kind = "dbf"

    def __init__(self, path: Path, encoding: str = "utf-8", name: str = "") -> None:
        """Read the header.

        Args:
            encoding: of the texts, where it is not UTF-8; else the table's own mark counts, where it has one.

        Raises:
            SetAsideError: a header that cannot be, or a file that ends before its last row.
        """
        self.name, self.done = name or told_name(path), 0
        self.warnings: list[str] = []
        self._path = path
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(32)
            if len(head) < 32:
                raise cut_off(self.name, None, "the table ends within its header")
            self._count, self._start, self._length = struct.unpack_from("<IHH", head, 4)
            if self._start <= 32 or not self._length:
                raise self._contradiction()
            descriptors = file.read(self._start - 32)
        if len(descriptors) < self._start - 32:
            raise cut_off(self.name, None, "the table ends within its header")
        marked = _CODE_PAGES.get(head[29], "") if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else ""
        self._encoding = marked or encoding
        self.columns, self._slices = self._fields(descriptors)
        missing = self._start + self._count * self._length - size
        if missing > 0:
            whole = max(size - self._start, 0) // self._length
            raise cut_off(
                self.name, None, f"the header counts {self._count} rows, and the table ends in row {whole + 1}"
            )
        if -missing > self._length:
            raise broken(self.name, self._count + 1, f"the header counts {self._count} rows, and the table has more")

    def _fields(self, descriptors: bytes) -> tuple[tuple[str, ...], list[slice]]:
        names, slices, at = [], [], 1  # the first byte of a record says whether it is deleted
        for start in range(0, len(descriptors) - 31, 32):
            if descriptors[start] == 0x0D:
                break
            name, kind, length, more = struct.unpack_from("<11sc4xBB", descriptors, start)
            if kind == b"C":
                length += more << 8  # Clipper and FoxPro: texts of more than 255
            label = name.partition(b"\0")[0].decode("ascii", errors="replace").strip()
            if kind.decode("latin-1") in _TEXTS:
                names.append(label)
                slices.append(slice(at, at + length))
            else:
                self.warnings.append(f"column {label!a} is no text, number or date, and is not read")
            at += length
        if at != self._length or not names:
            raise self._contradiction()
        return tuple(names), slices

    def _contradiction(self) -> SetAsideError:
        message = "the header of the table contradicts itself: its columns are not as long as its rows"
        return SetAsideError(message, reason="header", file=self.name)

    def rows(self, places: Places) -> Iterator[Row]:
        """See `Container.rows`."""
        cut = _Cutting(
            self.name, [_NOWHERE if place is None else self._slices[place] for place in places], self._encoding
        )
        length, line, deleted, at = self._length, 0, 0, self._start
        with self._path.open("rb", buffering=BLOCK) as file:
            file.seek(at)
            for line in range(1, self._count + 1):
                record = file.read(length)
                if len(record) < length:
                    raise cut_off(self.name, line, "the table became shorter while it was read")
                if record[0] == _DELETED:
                    deleted += 1
                elif record[0] not in b" \0":
                    raise broken(self.name, line, "the row begins with neither a blank nor the mark of a deleted row")
                else:
                    yield line, cut(record.replace(b"\0", b" ") if b"\0" in record else record, at)
                at += length
                self.done = at
        warning = f"rows marked as deleted in the table and not read: {deleted}"
        if deleted and warning not in self.warnings:
            self.warnings.append(warning)
