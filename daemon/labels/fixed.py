"""Labels in records of one length, by a layout of the customer's own or by ours of 400 bytes."""

from __future__ import annotations

import codecs
import tomllib
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from daemon.db import Row
from daemon.errors import UsageError
from daemon.labels.formats import Out
from daemon.labels.readback import barcode_leads, keyline_leads
from daemon.labels.render import COLUMNS, Skip

_ENDS: Final = {"lf": b"\n", "crlf": b"\r\n", "none": b""}
_KEYS: Final = ("length", "line_end", "encoding", *COLUMNS)
_IMB, _DIGITS, _LINE2 = (COLUMNS.index(name) for name in ("imb", "imb_digits", "line2"))


class FixedLayout(NamedTuple):
    """Where each text stands in a record.

    Attributes:
        fields: column, first and last byte, counted from 1, both inside; by place, without overlaps.
        length: of a record, its line end not counted.
        line_end: what closes a record.
        encoding: of the texts; a field is as wide as its bytes.
    """

    fields: tuple[tuple[str, int, int], ...]
    length: int
    line_end: bytes = b"\n"
    encoding: str = "utf-8"


OURS: Final = FixedLayout(
    (
        ("record_id", 1, 24),
        ("keyline", 25, 40),
        *((f"line{number}", 33 * number + 8, 33 * number + 40) for number in range(1, 9)),
        ("imb", 305, 369),
        ("imb_digits", 370, 400),
    ),
    400,
)


def read_layout(path: Path | None, kinds: set[str]) -> FixedLayout:
    """Return the layout of a TOML file: ``record_id = [1, 24]`` …, ``length``, ``line_end``, ``encoding``.

    Args:
        path: None for `OURS`.
        kinds: of the accounts: a layout must carry what leads back to the addressee, line2 for a ``participant``,
            imb or imb_digits for a ``mailer``.

    Raises:
        UsageError: no such file, not TOML, a name that is none of ours, a field outside the record or over another
            one, or a layout without the key.
    """
    if path is None:
        return OURS
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: no such layout, or it cannot be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    for name in said:
        if name not in _KEYS:
            raise UsageError(f"{path}: {name} is no field of a label; they are {', '.join(_KEYS)}")
    fields = sorted(
        ((name, *_place(path, name, said[name])) for name in COLUMNS if name in said), key=lambda field: field[1]
    )
    length = said.get("length", max((last for *_, last in fields), default=0))
    if not isinstance(length, int) or isinstance(length, bool):
        raise UsageError(f"{path}: length is how many bytes a record has")
    end = 0
    for name, first, last in fields:
        if first <= end:
            raise UsageError(f"{path}: {name} = [{first}, {last}] stands over the field before it")
        end = last
    if end > length:
        raise UsageError(f"{path}: the fields end at byte {end}, the record has {length}")
    names = {name for name, *_ in fields}
    if "participant" in kinds and "line2" not in names:
        raise UsageError(f"{path}: without line2 no label would carry its keyline; give line2 a place")
    if "mailer" in kinds and not names & {"imb", "imb_digits"}:
        raise UsageError(f"{path}: without imb or imb_digits no label would carry its key; give one of them a place")
    line_end = said.get("line_end", "lf")
    if line_end not in _ENDS:
        raise UsageError(f"{path}: line_end is one of {', '.join(_ENDS)}")
    return FixedLayout(tuple(fields), length, _ENDS[line_end], _encoding(path, said.get("encoding", "utf-8")))


def _place(path: Path, name: str, place: Any) -> tuple[int, int]:
    match place:
        case [int(first), int(last)] if 1 <= first <= last:
            return first, last
    raise UsageError(f"{path}: {name} is written as [from, to], the first byte and the last, counted from 1")


def _encoding(path: Path, name: Any) -> str:
    try:
        found = codecs.lookup(name)
        if found.encode("A 1*#")[0] == b"A 1*#":
            return found.name
    except (LookupError, TypeError, UnicodeError):
        pass
    raise UsageError(f"{path}: encoding is one that leaves plain letters as they are, such as utf-8, ascii or cp1252")


class FixedLabels:
    """Records of one length. A text that does not fit its field is an error for that record, never a cut."""

    def __init__(self, out: Out, layout: FixedLayout, skip: Skip) -> None:
        self._out, self._layout, self._skip = out, layout, skip
        places = {name: (COLUMNS.index(name), first - 1, last) for name, first, last in layout.fields}
        self._places = places
        parts, end = [], 0
        for _, start, stop in places.values():
            parts.append(" " * (start - end) + f"%-{stop - start}s")
            end = stop
        self._template = "".join(parts) + " " * (layout.length - end)
        self._picked = [column for column, *_ in places.values()]

    def add(self, labels: list[Row]) -> int:
        """Write records; see `Written`."""
        template, length, picked = self._template, self._layout.length, self._picked
        pick = itemgetter(*picked) if len(picked) > 1 else lambda label: (label[picked[0]],)
        records, kept = [], []
        for label in labels:
            text = template % pick(label)
            if len(text) == length and text.isascii():
                record = text.encode()
            else:
                made = self._slowly(label)
                if made is None:
                    continue
                record = made
            records.append(record)
            kept.append(label)
        end = self._layout.line_end
        block = b"".join([record + end for record in records])
        self._read_back(block, kept)
        self._out.write(block)
        return len(kept)

    def close(self) -> None:
        """Write nothing more: every record is there."""

    def _slowly(self, label: Row) -> bytes | None:
        """Make a record that is not plain, or say which field is at fault."""
        record = bytearray(b" " * self._layout.length)
        for name, (column, start, stop) in self._places.items():
            try:
                text = label[column].encode(self._layout.encoding)
            except UnicodeEncodeError:
                self._skip(0, label[0], f"{name}: a character that {self._layout.encoding} does not have")
                return None
            if len(text) > stop - start:
                self._skip(0, label[0], f"{name}: {len(text)} bytes do not fit its field of {stop - start}")
                return None
            record[start : start + len(text)] = text
        return bytes(record)

    def _read_back(self, block: bytes, labels: list[Row]) -> None:
        step = self._layout.length + len(self._layout.line_end)
        if len(block) != step * len(labels):
            raise AssertionError("records of other lengths than the layout's")
        line2, imb, digits = (self._places.get(name, (0, 0, 0))[1:] for name in ("line2", "imb", "imb_digits"))
        bars = imb if imb[1] else digits
        for number, label in enumerate(labels):
            start, end = bars if label[_DIGITS] else line2
            at = number * step
            written = block[at + start : at + end].decode(self._layout.encoding).rstrip(" ")
            if label[_DIGITS]:
                barcode_leads(label[0], label[1], label[_DIGITS], written=written)
            else:
                keyline_leads(label[0], label[1], written)
