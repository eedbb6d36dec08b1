"""A fixed-width record as a table: one row per field, positions as the guides print them.

Reading, writing and the reference pages all come from the same table, so that none
can drift from the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, Literal

from schemas.errors import LayoutError

Kind = Literal["N", "A", "AN"]
Confidence = Literal["verified", "single", "inferred"]

_ALLOWED = {
    "N": re.compile(r"[0-9]*").fullmatch,
    "A": re.compile(r"[A-Za-z ]*").fullmatch,
    "AN": re.compile(r"[ -~]*").fullmatch,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: positions count from 1, both ends inside.

    ``kind`` is ``N`` (digits, right-justified, zero-filled), ``A`` (letters) or ``AN``
    (printable ASCII), the last two left-justified and blank-filled. ``values`` are for
    writers and warnings: a reader drops no record because of an unlisted one. ``table``
    names the code table in `schemas.codes`. ``confidence`` says what the row rests on:
    two independent sources, one, or our inference.
    """

    name: str
    start: int
    end: int
    kind: Kind = "AN"
    values: tuple[str, ...] = ()
    table: str = ""
    date: str = ""
    implied_decimals: int = 0
    blank_ok: bool = False
    confidence: Confidence = "verified"
    note: str = ""

    @property
    def length(self) -> int:
        """Characters from start to end."""
        return self.end - self.start + 1

    @property
    def slice(self) -> slice:
        """The same place in Python's terms."""
        return slice(self.start - 1, self.end)


def shifted(rows: Sequence[Field], by: int, *, confidence: Confidence | None = None) -> tuple[Field, ...]:
    """Return the same rows ``by`` positions further on, for a layout that has the same run elsewhere.

    >>> shifted((Field("old_zip_code", 216, 220, "N"),), -6)[0].start
    210
    """
    moved = (replace(row, start=row.start + by, end=row.end + by) for row in rows)
    return tuple(row if confidence is None else replace(row, confidence=confidence) for row in moved)


@dataclass(frozen=True)
class Layout:
    """One kind of record. Constructing it refuses gaps, overlaps, double names and a wrong length.

    Raises:
        LayoutError: on construction, where the rows do not tile the record; so a wrong
            table fails when its module is imported, not when a file arrives.

    >>> Layout("pair", 3, "none", (Field("a", 1, 1), Field("b", 3, 3)))
    Traceback (most recent call last):
    schemas.errors.LayoutError: pair.b: starts at 3, expected 2
    """

    name: str
    length: int
    source: str
    fields: tuple[Field, ...]
    _by_name: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        expected, by_name = 1, {}
        for row in self.fields:
            if row.start != expected:
                raise LayoutError(f"starts at {row.start}, expected {expected}", layout=self.name, field=row.name)
            if row.end < row.start:
                raise LayoutError(f"ends at {row.end}, before it starts", layout=self.name, field=row.name)
            if row.name in by_name:
                raise LayoutError("stands twice", layout=self.name, field=row.name)
            expected, by_name[row.name] = row.end + 1, row
        if expected != self.length + 1:
            raise LayoutError(f"fields end at {expected - 1}, the record at {self.length}", layout=self.name)
        object.__setattr__(self, "_by_name", by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Field:
        """Return the field of that name.

        Raises:
            LayoutError: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise LayoutError("no such field", layout=self.name, field=name) from None

    def span(self, first: str, last: str) -> slice:
        """Return the place of all characters from one field's start to another's end."""
        return slice(self[first].start - 1, self[last].end)

    def cut(self, line: str) -> tuple[str, ...]:
        """Return every field's raw text in order; joined they are the line again.

        Raises:
            LayoutError: the line has another length.
        """
        if len(line) != self.length:
            raise LayoutError(f"a line of {len(line)} characters, expected {self.length}", layout=self.name)
        return tuple(line[row.slice] for row in self.fields)

    def read(self, line: str) -> dict[str, str]:
        """Return every field by name, blanks around it stripped.

        Raises:
            LayoutError: the line has another length.
        """
        return {row.name: text.strip() for row, text in zip(self.fields, self.cut(line), strict=True)}

    def write(self, **values: str) -> str:
        """Return one record of exactly the layout's length.

        A field not given takes its only allowed value where it has just one, else it is
        empty. Empty is blanks; in an ``N`` field that may not be blank it is zeros.
        Whether a code is listed in ``values`` is not asked: test data needs wrong ones.

        Raises:
            LayoutError: no such field; too long; a character the field's kind does not allow.

        >>> Layout("pair", 7, "none", (Field("n", 1, 4, "N"), Field("t", 5, 7))).write(n="12", t="A")
        '0012A  '
        """
        for name in values:
            if name not in self._by_name:
                raise LayoutError("no such field", layout=self.name, field=name)
        return "".join(self._written(row, values.get(row.name)) for row in self.fields)

    def _written(self, row: Field, given: str | None) -> str:
        if given is None:
            given = row.values[0] if len(row.values) == 1 else ""
        # A blank in front may be the middle of a business name that runs over four fields.
        text = given.strip(" ") if row.kind == "N" else given.rstrip(" ")
        if len(text) > row.length:
            raise LayoutError(f"{len(text)} characters, room for {row.length}", layout=self.name, field=row.name)
        if _ALLOWED[row.kind](text) is None:
            raise LayoutError(f"a character that {row.kind} does not allow", layout=self.name, field=row.name)
        if row.kind == "N" and (text or not row.blank_ok):
            return text.zfill(row.length)
        return text.ljust(row.length)

    def picker(self, *wanted: str | slice) -> Callable[[Any], tuple[Any, ...]]:
        """Return a function that cuts just these fields out of a line, raw: text gives text, bytes give bytes.

        For the hot path: no dictionary, no stripping, no check of the length.
        A `span` may stand where a name may.
        """
        places = [self[item].slice if isinstance(item, str) else item for item in wanted]
        if len(places) == 1:
            only = places[0]
            return lambda line: (line[only],)
        return itemgetter(*places)


@dataclass(frozen=True, kw_only=True)
class Family:
    """The layouts that stand together in one notification file.

    Attributes:
        version: what characters 2-3 of every line say, or "" where the family has no version field.
        month_only: the move date is CCYYMM; no day is invented.
        inferred: no published description of some record was found; a reader warns when it meets one.
    """

    name: str
    length: int
    version: str
    header: Layout = field(repr=False)
    coa: Layout = field(repr=False)
    nixie: Layout = field(repr=False)
    month_only: bool
    inferred: bool = False

    def __post_init__(self) -> None:
        for layout in (self.header, self.coa, self.nixie):
            if layout.length != self.length:
                raise LayoutError(f"family {self.name} has records of {self.length}", layout=layout.name)

    @property
    def detail_letter(self) -> str:
        """The first character of every record after the header: ``D`` or ``2``."""
        return self.coa["record_type"].values[0]

    @property
    def flagged(self) -> bool:
        """True where a flag in the record says COA or nixie; else the deliverability code decides."""
        return "coa_nixie_flag" in self.coa
