"""What stands behind a label of a paper: a count, a date, or neither. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month_{0}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{{0,6}}\.?"
DATE: Final = re.compile(
    r"(?<![0-9A-Za-z/.,-])(?:"
    r"(?P<y1>[0-9]{4})-(?P<m1>[0-9]{1,2})-(?P<d1>[0-9]{1,2})"
    r"|(?P<m2>[0-9]{1,2})[/-](?P<d2>[0-9]{1,2})[/-](?P<y2>[0-9]{4}|[0-9]{2})"
    rf"|{_MONTH.format(3)} {{1,2}}(?P<d3>[0-9]{{1,2}}),? {{1,2}}(?P<y3>[0-9]{{4}})"
    rf"|(?P<d4>[0-9]{{1,2}}) {_MONTH.format(4)},? (?P<y4>[0-9]{{4}})"
    r"|(?P<y5>(?:19|20)[0-9]{2})(?P<m5>[0-9]{2})(?P<d5>[0-9]{2})"
    r")(?:T[0-9:.Z+-]*)?(?![0-9A-Za-z/-])",
    re.IGNORECASE,
)
MONTH_ALONE: Final = re.compile(
    rf"(?:(?P<y1>[0-9]{{4}})[-./]?(?P<m1>[0-9]{{2}})|(?P<m2>[0-9]{{1,2}})/(?P<y2>[0-9]{{4}})"
    rf"|{_MONTH.format(3)} (?P<y3>[0-9]{{4}}))",
    re.IGNORECASE,
)
COUNT: Final = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,12})")
PERCENT: Final = re.compile(r"\(?[0-9]{1,3}(?:\.[0-9]{1,6})? ?%\)?")
NO_VALUE: Final = re.compile(r"[-*]+(?!\S)|(?:n/?a|none|not applicable)\b", re.IGNORECASE)


class UnreadableError(ValueError):
    """Something stands there, and it is not what the label says."""


class Dated(NamedTuple):
    """A date in a text."""

    start: int
    end: int
    day: str  # YYYY-MM-DD
    bare: bool  # eight digits, which may as well be a count


def count_of(text: str) -> int | None:
    """Return the count that a text begins with; None where it begins with none at all (empty, a dash, N/A, words).

    >>> count_of("10,482 (98.1%)"), count_of("N/A"), count_of("")
    (10482, None, None)

    Raises:
        UnreadableError: it begins with digits that are no whole number, or with two numbers.
    """
    words = PERCENT.sub(" ", text).split()
    if not words or not re.search("[0-9]", words[0]) or NO_VALUE.match(words[0]):
        return None
    if not COUNT.fullmatch(words[0]) or (len(words) > 1 and COUNT.fullmatch(words[1])):
        raise UnreadableError
    return int(words[0].replace(",", ""))


def date_of(text: str, *, month: bool = False) -> str | None:
    """Return the date that a text begins with, YYYY-MM-DD; None where it begins with words, or is empty.

    Args:
        month: a month alone will do, and is its first day: the USPS releases its data on the first.

    >>> date_of("November 2, 2026"), date_of("11/02/2026 04:15"), date_of("20261102"), date_of("see below")
    ('2026-11-02', '2026-11-02', '2026-11-02', None)

    Raises:
        UnreadableError: it begins with digits, and they are no date that there is.
    """
    text = " ".join(text.split())
    found = DATE.match(text)
    if found is not None:
        return _day(found)
    if month and (alone := MONTH_ALONE.fullmatch(text)):
        year = int(next(filter(None, alone.group("y1", "y2", "y3"))))
        number = alone["m1"] or alone["m2"] or MONTHS.index(alone["month_3"].lower()) + 1
        return _existing(year, int(number), 1)
    if re.match("[0-9]", text):
        raise UnreadableError
    return None


def dates_in(text: str) -> list[Dated]:
    """Return every date of a text, in order.

    Raises:
        UnreadableError: one of them does not exist.
    """
    found = []
    for each in DATE.finditer(text):
        try:
            found.append(Dated(each.start(), each.end(), _day(each), bool(each["y5"])))
        except UnreadableError:
            if not each["y5"]:  # eight digits that are no date are a count
                raise
    return found


def _day(found: re.Match[str]) -> str:
    year, day = (next(filter(None, found.group(*(f"{part}{n}" for n in range(1, 6))))) for part in "yd")
    named = found["month_3"] or found["month_4"]
    month = MONTHS.index(named.lower()) + 1 if named else int(found["m1"] or found["m2"] or found["m5"])
    return _existing(int(year) if len(year) == 4 else 2000 + int(year), month, int(day))


def _existing(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise UnreadableError from error
