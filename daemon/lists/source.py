"""A list file as it lies there: bytes to rows, each with its line, hashed on the way."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from daemon.errors import OperatorError, SetAsideError, UsageError

# What is being done, how much of it is, and how much there is: bytes of a file or rows of a list.
Progress = Callable[[str, int, int | None], None]


def silent(_what: str, _done: int, _of: int | None) -> None:
    """Tell nobody."""


CHUNK = 1 << 16
NOT_CSV = "not CSV: a quote is not closed or stands where none may, or a field is far too long"


class _Counted(io.BufferedIOBase):
    """A file that counts and hashes what is read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = sha256()
        self.read_so_far = 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        block = self._file.read(CHUNK if size < CHUNK else size)
        self.read_so_far += len(block)
        self._hash.update(block)
        return block

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1(size if size is not None else -1)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class ListFile:
    """An open list file.

    Attributes:
        name: of the file, without its folder.
        size: in bytes, when it was opened.
        remedy: what to do where it has another encoding.
    """

    def __init__(self, path: Path, file: BinaryIO, encoding: str) -> None:
        self.name = path.name.encode(errors="backslashreplace").decode()
        self.size = path.stat().st_size
        self.remedy = "if the file has another encoding, name it with --encoding"
        self._counted = _Counted(file)
        self._text = io.TextIOWrapper(self._counted, encoding=encoding, newline="")  # type: ignore[type-var]
        self._encoding = encoding

    @property
    def done(self) -> int:
        """How many bytes have been read."""
        return self._counted.read_so_far

    def sha256(self) -> str:
        """Return the hash of the bytes read; of the whole file once the rows are at their end."""
        return self._counted.hexdigest()

    def rows(self) -> Iterator[tuple[int, list[str] | None, str]]:
        """Yield line (from 1), fields and nothing, or line, None and the line itself where it is not CSV.

        Empty lines are left out. A quote that is never closed spoils its own line and no other.

        Raises:
            SetAsideError: bytes that are not in the file's encoding, with their offset.
        """
        held: list[str] = []  # the physical lines of the row being read
        again: deque[str] = deque()  # lines that a bad row had swallowed

        def lines() -> Iterator[str]:
            while True:
                line = again.popleft() if again else self._text.readline()
                if not line:
                    return
                held.append(line)
                yield line

        line = 1
        while True:
            reader = csv.reader(lines(), strict=True)
            try:
                for row in reader:
                    if row:
                        yield line, row, ""
                    line += len(held)
                    held.clear()
                return
            except csv.Error:
                first, *swallowed = held
                again.extendleft(reversed(swallowed))
                held.clear()
                yield line, None, first.rstrip("\r\n")
                line += 1
            except UnicodeDecodeError as error:
                # What the decoder was given ends where we have read to.
                offset = self.done - len(error.object) + error.start
                raise SetAsideError(
                    f"byte {offset} is not {self._encoding.removesuffix('-sig').upper()}; {self.remedy}",
                    reason="encoding",
                    file=self.name,
                ) from error


@contextmanager
def opened(path: Path, encoding: str = "utf-8") -> Iterator[ListFile]:
    """Open a list file; a byte-order mark of UTF-8 is let pass.

    Raises:
        UsageError: there is no such file, it is a folder, or nobody knows the encoding.
        OperatorError: we may not read it.
    """
    try:
        if codecs.lookup(encoding).name == "utf-8":
            encoding = "utf-8-sig"
        if not codecs.lookup(encoding)._is_text_encoding:
            raise LookupError
    except LookupError as error:
        raise UsageError(f"--encoding: nobody knows the encoding {encoding!r}") from error
    try:
        if not path.is_file():
            raise UsageError(f"{path}: no such file" if not path.exists() else f"{path}: not an ordinary file")
        file = path.open("rb", buffering=0)
    except PermissionError as error:
        raise OperatorError(f"{path}: may not be read; give this user read access to it") from error
    except OSError as error:
        raise UsageError(f"{path}: no such file, or it cannot be read") from error
    with file:
        yield ListFile(path, file, encoding)
