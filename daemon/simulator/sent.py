"""The file that an engine is given: read row by row, refused as a whole where it is not what was agreed on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path

from daemon.errors import SetAsideError, UsageError
from schemas.cass import OUTGOING

Pick = Callable[[Sequence[str]], tuple[str, ...]]


class Sent:
    """An outgoing file, open: its header, and its rows in their order.

    Attributes:
        header: all columns, as they came; further ones than those of the contract are passed through.
    """

    def __init__(self, name: str, reader: Iterator[list[str]]) -> None:
        self._name = name
        self._reader = reader
        self.header = self._first()

    def pick(self, *columns: str) -> Pick:
        """Return what takes these columns, two or more, out of a row."""
        return itemgetter(*map(self.header.index, columns))

    def header_with(self, added: Sequence[str]) -> list[str]:
        """Return the header of the answer.

        Raises:
            SetAsideError: the file has a column of the answer already (``header``).
        """
        twice = [column for column in added if column in self.header]
        if twice:
            raise self._refused(
                f"the header has {', '.join(twice)} already; send what was not answered yet", "header", 1
            )
        return [*self.header, *added]

    def rows(self) -> Generator[list[str]]:
        """Yield each row as it came.

        Raises:
            SetAsideError: a row with too few or too many fields or without a record_id (``row``), bytes that are no
                UTF-8 (``encoding``), or text that is no CSV (``not-csv``).
        """
        width, record_id = len(self.header), self.header.index("record_id")
        line = 1
        try:
            for row in self._reader:
                line += 1
                if len(row) != width:
                    raise self._refused(f"has {len(row)} fields, the header {width}", "row", line)
                if not row[record_id]:
                    raise self._refused("is empty; give each record its id", "row", line, "record_id")
                yield row
        except UnicodeDecodeError as error:
            raise self._refused("a byte that is not UTF-8; save the file as UTF-8", "encoding", line + 1) from error
        except csv.Error as error:
            raise self._refused(f"not CSV ({error}); save it again", "not-csv", line + 1) from error

    def _first(self) -> list[str]:
        try:
            header = next(self._reader, None)
        except UnicodeDecodeError as error:
            raise self._refused("a byte that is not UTF-8; save the file as UTF-8", "encoding", 1) from error
        except csv.Error as error:
            raise self._refused(f"not CSV ({error}); save it again", "not-csv", 1) from error
        if not header:
            raise self._refused("the file is empty", "empty")
        missing = [column for column in OUTGOING if column not in header]
        if missing or len(set(header)) < len(header):
            what = f"lacks {', '.join(missing)}" if missing else "names a column twice"
            raise self._refused(f"the header {what}; it needs {', '.join(OUTGOING)}", "header", 1)
        return header

    def _refused(self, what: str, reason: str, line: int | None = None, field: str | None = None) -> SetAsideError:
        return SetAsideError(what, reason=reason, file=self._name, line=line, field=field)


@contextmanager
def opened(path: Path) -> Iterator[Sent]:
    """Open an outgoing file for the time of the block.

    Raises:
        UsageError: it is not there or may not be read.
        SetAsideError: it is empty, no CSV, no UTF-8, or lacks a column.
    """
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read; name a file") from error
    with file:
        yield Sent(path.name, csv.reader(file, strict=True))
