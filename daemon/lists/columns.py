"""The columns of a list file: header, map, and what a single row must be (interface, section 3)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from daemon.errors import SetAsideError, UsageError
from keyline.errors import KeylineError
from keyline.keylines import check
from keyline.schemes import Scheme, accepts
from schemas.codes import STRENGTH

NAMES: Final = ("name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "company")
PLACE: Final = ("urbanization", "address1", "address2", "city", "state", "zip5")
CODING: Final = ("zip4", "delivery_point", "carrier_route")
COLUMNS: Final = (
    *("record_id", "status", "status_reason", "keyline"),
    *(*NAMES, *PLACE, *CODING),
    *("address_since", "move_month", "needs_cass"),
)
MATCH_COLUMNS: Final = ("record_id", *NAMES, *PLACE, "zip4")

OF_REJECTS: Final = ("line", "reason")  # the first two columns of a file of rows set aside
LONGEST_ID: Final = 255  # an index entry has an end

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# The client's own columns may have line breaks and tabs: they come back as they are.
_CONTROL_OF_EXTRAS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]|\r(?!\n)")
ZIP: Final = re.compile(r"([0-9]{5})(?:[ -]?([0-9]{4}))?", re.ASCII)
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?", re.ASCII)
_TRUTH: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": None}
_REMEMBERED: Final = 100_000


class RowError(Exception):
    """A row that cannot be loaded. The reason names the field and never quotes it."""


def wrong_width(row: Sequence[str], width: int) -> RowError:
    """Return what is wrong with a row that has not as many fields as its header."""
    size = "short" if len(row) < width else "long"
    return RowError(f"{size} row: {len(row)} fields where the header has {width}")


def refuse_controls(row: Sequence[str], places: Iterable[tuple[str, int]], control: re.Pattern[str] = CONTROL) -> None:
    """Look for control characters in the columns at these places.

    Raises:
        RowError: there is one; the first column that has one is named.
    """
    for column, place in places:
        if control.search(row[place]):
            raise RowError(f"{column}: has a control character")


def read_map(path: Path | None, known: Collection[str] = COLUMNS) -> dict[str, str]:
    """Return a column map, ours to theirs, of a TOML file with a ``[columns]`` table.

    Args:
        known: the columns that are ours; those of a list file where none are named.

    Raises:
        UsageError: no such file, not TOML, a column that is not ours, or one named twice.
    """
    if path is None:
        return {}
    try:
        columns = tomllib.loads(path.read_text(encoding="utf-8")).get("columns")
    except OSError as error:
        raise UsageError(f"{path}: no such map, or it cannot be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    if not isinstance(columns, dict) or not all(isinstance(theirs, str) for theirs in columns.values()):
        raise UsageError(f'{path}: a map has a table [columns] with lines like: address1 = "Street"')
    mapping = {ours.lower(): theirs.strip() for ours, theirs in columns.items()}
    for ours in mapping:
        if ours not in known:
            raise UsageError(f"{path}: {ours} is no column of ours; they are {', '.join(known)}")
    if len({theirs.lower() for theirs in mapping.values()}) < len(columns):
        raise UsageError(f"{path}: a column stands twice in the map")
    return mapping


class Header:
    """Which field of a row is which column.

    Attributes:
        fields: the header row as it stands in the file.
        ours: our columns that the file has, and where.
        extras: the client's own columns of the list, old ones first, each with its place or None.
    """

    def __init__(
        self, fields: Sequence[str], mapping: dict[str, str], known_extras: Sequence[str], file: str, line: int = 1
    ) -> None:
        """Read a header.

        Raises:
            SetAsideError: a column without a name or one that stands twice, a mapped column that is not there, no
                ``record_id``, or some of an address but no ``address1``. A file without any of an address
                can still change records that we know.
        """

        def refuse(message: str, field: str | None = None) -> SetAsideError:
            return SetAsideError(message, reason="header", file=file, line=line, field=field)

        self.fields = tuple(fields)
        theirs = {theirs.lower(): ours for ours, theirs in mapping.items()}
        self.ours: dict[str, int] = {}
        given_extras: dict[str, tuple[str, int]] = {}
        names = tuple(field.strip() for field in fields)
        for place, field in enumerate(fields):
            name = field.strip()
            if not name or CONTROL.search(name):
                raise refuse(f"column {place + 1} has no name that can be read")
            column = theirs.pop(name.lower(), name.lower())
            if column in self.ours or column in given_extras:
                raise refuse("the column stands twice in the header", field=column)
            if place < len(OF_REJECTS) and names[: len(OF_REJECTS)] == OF_REJECTS:
                continue  # a file of rejects, mended: its line numbers and reasons are ours
            if column in COLUMNS:
                self.ours[column] = place
            else:
                given_extras[column] = (name, place)
        if theirs:
            missing = next(iter(theirs.values()))
            raise refuse(f"the map names a column for {missing} that the file does not have", field=missing)
        addressed = any(column in self.ours for column in (*PLACE, *CODING))
        for column in ("record_id", "address1") if addressed else ("record_id",):
            if column not in self.ours:
                raise refuse(
                    f"the first line is no header of a list: it has no {column}; "
                    "where the client calls it otherwise, say so with --map MAP.toml",
                    field=column,
                )
        places: dict[str, int | None] = {}
        for name in known_extras:
            known = given_extras.pop(name.lower(), None)
            places[name] = known[1] if known else None
        self.extras: dict[str, int | None] = places | dict(given_extras.values())

    @property
    def given(self) -> tuple[str, ...]:
        """Our columns that a checked row has, in the order of `Check`; ``zip5`` may bring ``zip4`` along."""
        implied = {"zip4"} if "zip5" in self.ours else set()
        return tuple(column for column in COLUMNS if column in self.ours or column in implied)

    @property
    def has_extras(self) -> bool:
        """True where the file has any column of the client's own."""
        return any(place is not None for place in self.extras.values())

    @property
    def all_extras(self) -> bool:
        """True where the file has every such column that the list knows."""
        return all(place is not None for place in self.extras.values())


class Check:
    """Turn the fields of a row into the values of `Header.given`, and of ``extra`` where the file has extras."""

    def __init__(self, header: Header, scheme: Scheme) -> None:
        self._header = header
        self._scheme = scheme
        given = header.given
        self._width = len(header.fields)
        # A column that is only implied is taken from zip5, and overwritten with what zip5 brings.
        places = [header.ours.get(column, header.ours.get("zip5", 0)) for column in given]
        self._pick = itemgetter(*places)
        self._own_zip4 = "zip4" in header.ours
        self._at = {column: place for place, column in enumerate(given)}
        self._extras = [(name, place) for name, place in header.extras.items() if place is not None]
        self._ours = [(column, header.ours[column]) for column in header.ours]
        self._dates: dict[str, bool] = {"": True}
        self._steps = [
            (self._at[column], step)
            for column, step in (
                ("status", self._status),
                ("keyline", self._keyline),
                ("delivery_point", self._delivery_point),
                ("address_since", self._date),
                ("move_month", self._month),
                ("needs_cass", self._truth),
            )
            if column in self._at
        ]

    def __call__(self, row: list[str]) -> list[Any]:
        """Return the checked values, trimmed.

        Raises:
            RowError: the row is bad; the reason says which field and why.
        """
        if len(row) != self._width:
            raise wrong_width(row, self._width)
        if not "".join(row).isprintable():
            refuse_controls(row, self._ours)
            refuse_controls(row, self._extras, _CONTROL_OF_EXTRAS)
        values: list[Any] = [field.strip() for field in self._pick(row)]
        at = self._at
        if not values[0]:
            raise RowError("record_id: missing")
        if len(values[0]) > LONGEST_ID:
            raise RowError(f"record_id: longer than {LONGEST_ID} characters")
        if "address1" in at:
            self._address(values)
        for place, step in self._steps:
            values[place] = step(values[place])
        if self._extras:
            values.append(self._extra(row))
        return values

    def _address(self, values: list[Any]) -> None:
        at = self._at
        if not values[at["address1"]]:
            raise RowError("address1: missing")
        zip5 = ""
        if "zip5" in at:
            zip5 = values[at["zip5"]]
            if len(zip5) == 5 and zip5.isascii() and zip5.isdigit():
                if not self._own_zip4:
                    values[at["zip4"]] = ""
            else:
                zip5 = self._zip(values)
        if not zip5 and not ("city" in at and "state" in at and values[at["city"]] and values[at["state"]]):
            raise RowError("zip5: missing, and no city and state instead")
        if self._own_zip4 and (zip4 := values[at["zip4"]]) and not _digits(zip4, 4):
            raise RowError("zip4: not four digits")

    def _zip(self, values: list[Any]) -> str:
        at = self._at
        text = values[at["zip5"]]
        match = ZIP.fullmatch(text) if text else None
        if text and match is None:
            raise RowError("zip5: not a ZIP of five digits")
        zip5, zip4 = (match[1], match[2] or "") if match else ("", "")
        values[at["zip5"]] = zip5
        if not self._own_zip4:
            values[at["zip4"]] = zip4
        elif zip4:
            if values[at["zip4"]] not in ("", zip4):
                raise RowError("zip4: not the one that zip5 has at its end")
            values[at["zip4"]] = zip4
        return zip5

    def _status(self, text: str) -> str:
        status = text.lower()
        if status and status not in STRENGTH:
            raise RowError("status: not a status")
        return status

    def _keyline(self, text: str) -> str:
        if not text:
            return ""
        bare = text.replace(" ", "")
        try:
            if self._scheme.source != "mailer-serial":
                check(bare)
        except KeylineError as error:
            raise RowError(f"keyline: {error.reason}") from error
        if fault := accepts(self._scheme, bare):
            wanted = f"{self._scheme.length} characters, {self._scheme.attribute}"
            raise RowError(f"keyline: {fault}" if fault != "foreign" else f"keyline: not the account's ({wanted})")
        return bare

    def _delivery_point(self, text: str) -> str:
        if text and not _digits(text, 2):
            raise RowError("delivery_point: not two digits")
        return text

    def _date(self, text: str) -> str:
        if not self._is_date(text):
            raise RowError("address_since: not a date (YYYY-MM-DD or YYYY-MM)")
        return text

    def _month(self, text: str) -> str:
        if not self._is_date(text):
            raise RowError("move_month: not a month (YYYY-MM)")
        return text[:7]

    def _is_date(self, text: str) -> bool:
        known = self._dates.get(text)
        if known is None:
            if len(self._dates) >= _REMEMBERED:
                self._dates.clear()
            known = self._dates[text] = is_date(text)
        return known

    def _truth(self, text: str) -> bool | None:
        try:
            return _TRUTH[text.lower()]
        except KeyError:
            raise RowError("needs_cass: neither true nor false") from None

    def _extra(self, row: list[str]) -> str:
        found = {name: row[place] for name, place in self._extras if row[place]}
        return as_json(found) if found else ""


def is_date(text: str) -> bool:
    """Say whether a text is a real date, ``YYYY-MM-DD`` or ``YYYY-MM``, or nothing at all.

    >>> is_date("2026-02-28"), is_date("2026-02-30"), is_date("2026-13"), is_date("")
    (True, False, False, True)
    """
    if not text:
        return True
    match = _DATE.fullmatch(text)
    try:
        return bool(match and date(int(match[1]), int(match[2]), int(match[3] or 1)))
    except ValueError:
        return False


def as_json(extras: dict[str, str]) -> str:
    """Return the client's own columns as they are kept with the addressee; nothing where all are blank."""
    return json.dumps(extras, ensure_ascii=False, separators=(",", ":")) if extras else ""


def _digits(text: str, size: int) -> bool:
    return len(text) == size and text.isascii() and text.isdigit()
