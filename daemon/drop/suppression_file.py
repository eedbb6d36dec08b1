"""The columns of a suppression file, and what a single row of it gives: keys at one level, or a reason against it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Final, Literal

from daemon.db import Row
from daemon.drop.keys import bits, household_of, id_key, keys_of, person_of
from daemon.errors import SetAsideError
from daemon.lists.columns import LONGEST_ID, ZIP, RowError, refuse_controls, wrong_width
from daemon.pub28.standard import standardise

Level = Literal["id", "individual", "household", "address"]

COLUMNS: Final = (
    *("record_id", "first_name", "last_name", "name_suffix", "company", "urbanization", "address1", "address2"),
    *("city", "state", "zip5", "zip4", "delivery_point", "converted_on"),
)
KEY_COLUMNS: Final = ("key", "line", "first_name", "generation", "on_date")
NAME_COLUMNS: Final = ("block", "line", "last_name", "first_name", "generation", "street", "unit")
NAMED: Final = ("individual", "household")  # levels of which there is a name to compare

_DAY: Final = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})|(?P<m1>[0-9]{1,2})/(?P<d1>[0-9]{1,2})/(?P<y1>[0-9]{4})|"
    r"(?P<y2>[0-9]{4})(?P<m2>[0-9]{2})(?P<d2>[0-9]{2})",
    re.ASCII,
)


class Columns:
    """Which field of a row is which column; what is not ours is passed over.

    Attributes:
        fields: the header row as it stands in the file.
        at: our columns that the file has, and where.
    """

    def __init__(self, fields: Sequence[str], mapping: dict[str, str], file: str, line: int = 1) -> None:
        """Read a header.

        Raises:
            SetAsideError: one of our columns stands twice, none is there at all, or one that the map names is not.
        """
        self.fields = tuple(fields)
        self._file, self._line = file, line
        theirs = {theirs.lower(): ours for ours, theirs in mapping.items()}
        self.at: dict[str, int] = {}
        for place, field in enumerate(fields):
            name = field.strip().lower()
            column = theirs.pop(name, name)
            if column in self.at:
                raise self._refuse("the column stands twice in the header", field=column)
            if column in COLUMNS:
                self.at[column] = place
        if theirs:
            missing = next(iter(theirs.values()))
            raise self._refuse(f"the map names a column for {missing} that the file does not have", field=missing)
        if not self.at:
            raise self._refuse(
                f"no column of the first line is known; ours are {', '.join(COLUMNS)}; where the file calls them "
                "otherwise, say so with --map MAP.toml"
            )

    @property
    def only_ids(self) -> bool:
        """True where the file names records, and no addresses."""
        return "record_id" in self.at and "address1" not in self.at

    def check(self, kind: str, level: Level) -> None:
        """See that the file has what its kind and level need.

        Raises:
            SetAsideError: it has not; the message names every column that is missing.
        """
        needed = ["record_id"] if level == "id" else ["address1", "zip5"]
        missing = [column for column in needed if column not in self.at]
        if level in NAMED and "last_name" not in self.at and "company" not in self.at:
            missing.append("last_name")
        if kind == "converted" and "converted_on" not in self.at:
            missing.append("converted_on")
        if missing:
            raise self._refuse(
                f"kind {kind} at level {level} needs {', '.join(missing)}, which the file does not have; "
                "where it calls them otherwise, say so with --map MAP.toml",
                field=missing[0],
            )

    def _refuse(self, message: str, field: str | None = None) -> SetAsideError:
        return SetAsideError(message, reason="header", file=self._file, line=self._line, field=field)


class Reading:
    """Turn the rows of one file into keys of one level: a row gives one, or two where its address is coded.

    Attributes:
        nameless: rows at the level of persons without a first name.
    """

    def __init__(self, columns: Columns, *, level: Level, dated: bool, named: bool, today: str) -> None:
        self._columns = columns
        self._level = level
        self._dated = dated
        self._named = named and level in NAMED
        self._today = today
        self._width = len(columns.fields)
        # A field more, which is empty, stands for every column that the file does not have.
        self._pick = itemgetter(*(columns.at.get(column, self._width) for column in COLUMNS))
        self.nameless = 0

    def __call__(self, line: int, row: list[str], keys: list[Row], names: list[Row]) -> None:
        """Append what a row gives: to ``keys`` as `KEY_COLUMNS`, to ``names`` as `NAME_COLUMNS` where they are kept.

        Raises:
            RowError: the row is bad; the reason says which field and why.
        """
        if len(row) != self._width:
            raise wrong_width(row, self._width)
        if not "".join(row).isprintable():
            refuse_controls(row, self._columns.at.items())
        values = [field.strip() for field in self._pick((*row, ""))]
        record_id, first, last, suffix, company, urbanization, line1, line2, _, state, zip5, zip4, point, on = values
        day = self._day(on) if self._dated else ""
        if self._level == "id":
            keys.append((_id(record_id), line, "", "", day))
            return
        if not line1:
            raise RowError("address1: missing")
        found = ZIP.fullmatch(zip5)
        if found is None:
            raise RowError("zip5: not a ZIP of five digits" if zip5 else "zip5: missing")
        zip5 = found[1]
        if not (len(zip4) == 4 and zip4.isascii() and zip4.isdigit()):
            zip4 = found[2] or ""
        if not (len(point) == 2 and point.isascii() and point.isdigit()):
            point = ""
        made = keys_of(line1, zip5, first, last, suffix, company, urbanization, line2, state, zip4, point)
        if not made.address:
            raise RowError("address1: holds nothing of an address")
        if self._level == "address":
            keys.extend((key, line, "", "", day) for key in {made.address, made.point})
            return
        if not made.household:
            raise RowError("last_name: missing, and no company")
        person = (made.first_name, made.generation) if self._level == "individual" else ("", "")
        if self._level == "individual" and not made.first_name:
            self.nameless += 1
        keys.extend((key, line, *person, day) for key in {made.household, made.home})
        if self._named:
            names.append(name_row(line, (first, last, suffix, company, urbanization, line1, line2, state, zip5)))

    def _day(self, text: str) -> str:
        day = day_of(text)
        if not day:
            raise RowError("converted_on: not a date (YYYY-MM-DD, MM/DD/YYYY or YYYYMMDD)")
        if day > self._today:
            raise RowError("converted_on: in the future")
        return day


def name_row(number: int, told: Sequence[str]) -> Row:
    """Return what is compared where rows are nearly equal, as `NAME_COLUMNS`; block 0 where there is no house number.

    Args:
        number: the line of a file, or the addressee.
        told: first_name, last_name, name_suffix, company, urbanization, address1, address2, state, zip5.

    >>> name_row(2, ("Mary", "Clouser", "", "", "", "12 Elm Street", "Apt 3", "", "87110"))[1:]
    (2, 'CLOUSER', 'MARY', '', 'ELM ST', 'APT 3')
    """
    first_name, last_name, name_suffix, company, urbanization, address1, address2, state, zip5 = told
    written = standardise(address1, address2, urbanization, state)
    first, generation = person_of(first_name, last_name, name_suffix, company)
    unit = " ".join(part for part in (written.unit, written.mailbox) if part)
    block = bits(f"block|{zip5}|{written.number}") if zip5 and written.number else 0
    return block, number, household_of(last_name, company), first, generation, written.street, unit


@lru_cache(maxsize=1 << 14)
def day_of(text: str) -> str:
    """Return a date as YYYY-MM-DD; "" where the text is none.

    >>> day_of("2026-11-20"), day_of("11/20/2026"), day_of("20261120"), day_of("2026-02-30")
    ('2026-11-20', '2026-11-20', '2026-11-20', '')
    """
    found = _DAY.fullmatch(text)
    if found is None:
        return ""
    year, month, day = (int(found[part] or found[f"{part}1"] or found[f"{part}2"]) for part in "ymd")
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def _id(record_id: str) -> int:
    if not record_id:
        raise RowError("record_id: missing")
    if len(record_id) > LONGEST_ID:
        raise RowError(f"record_id: longer than {LONGEST_ID} characters")
    return id_key(record_id)
