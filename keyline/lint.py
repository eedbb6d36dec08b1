"""Look over keys that somebody else made: what is wrong with each, and what they give away as a whole.

A keyline is printed for all to see. Some mailers use a number that should not be: a social security number, a
telephone number, a birth date. One key proves nothing (a random number of nine digits could mostly be a social
security number), so resemblance is judged over the whole set and reported once, with a count:

* at least half of all keys must look like it;
* they must lie scattered: numbers that are, from the lowest to the highest, on average less than 20 apart are a counted
  series, zero-filled or not, sorted or not. Dates crowd by nature (31 days, then a gap), so theirs is less than 2.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from keyline.errors import KeylineError
from keyline.keylines import body_attribute, check
from keyline.schemes import Scheme

Severity = Literal["error", "warning"]

_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BIRTH_YEARS: Final = range(1900, 2030)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is to be said about one key, or about the set.

    Attributes:
        index: of the key, from 0; of a resemblance the first key that shows it.
        key: as it was given.
        reason: of `error`: a reason of `keyline.keylines.check`, `mixed-length`, `mixed-attribute` or `duplicate`; of
            `warning`: `looks-like-ssn`, `looks-like-phone` or `looks-like-date`.
        severity: an error keeps notices from coming back; a warning is for the mailer to think about.
        count: how many keys it holds for.
    """

    index: int
    key: str
    reason: str
    severity: Severity = "error"
    count: int = 1


def looks_like_ssn(body: str) -> bool:
    """Say whether nine digits could be a social security number.

    Area 001 to 899 without 666, group 01 to 99, serial 0001 to 9999. Source: SSA POMS RM 10201.035.

    >>> looks_like_ssn("123456789"), looks_like_ssn("000001234")
    (True, False)
    """
    return (
        len(body) == 9 and "000" < body[:3] < "900" and body[:3] != "666" and body[3:5] != "00" and body[5:] != "0000"
    )


def looks_like_phone(body: str) -> bool:
    """Say whether ten digits could be a telephone number of the North American Numbering Plan.

    Area code and exchange begin with 2 to 9 and do not end in 11; the second digit of an area code is not 9. Source:
    NANPA, *About the North American Numbering Plan*.

    >>> looks_like_phone("5055550123"), looks_like_phone("0000001234")
    (True, False)
    """
    return (
        len(body) == 10
        and body[0] > "1"
        and body[3] > "1"
        and body[1] != "9"
        and body[1:3] != "11"
        and body[4:6] != "11"
    )


def looks_like_date(body: str) -> bool:
    """Say whether six or eight digits could be a birth date: YYYYMMDD, MMDDYYYY or MMDDYY, from 1900 to 2029.

    >>> looks_like_date("19631122"), looks_like_date("11221963"), looks_like_date("112263"), looks_like_date("00000042")
    (True, True, True, False)
    """
    if len(body) == 6:
        return _is_day(body[:4])
    if len(body) != 8:
        return False
    return (_is_day(body[4:]) and int(body[:4]) in _BIRTH_YEARS) or (
        _is_day(body[:4]) and int(body[4:]) in _BIRTH_YEARS
    )


def lint(keys: Iterable[str], scheme: Scheme | None = None) -> Iterator[Finding]:
    """Yield what is wrong with a set of keys, in their order; resemblances come last.

    Each key is checked by itself; then against the scheme, or without one against the first good key; then against
    all before it. The set of keys seen is all that is kept in memory.

    Args:
        keys: of one account, as they stand in a file; blanks do not count.
        scheme: the account's. Of a Mailer ID the keys are serials, without a check digit.

    Source: USPS Publication 8A, "Keyline" (form, one length, one attribute, unique).

    >>> [(finding.index, finding.reason) for finding in lint(["0000019", "0000029", "A000026"])]
    [(1, 'check-digit'), (2, 'mixed-attribute')]
    """
    serials = scheme is not None and scheme.source == "mailer-serial"
    read: Callable[[str], str] = _serial if serials else check
    length, attribute = (scheme.length, str(scheme.attribute)) if scheme else (0, "")
    seen: set[str] = set()
    tally = _Tally()
    for index, key in enumerate(keys):
        try:
            bare = read(key)
        except KeylineError as error:
            yield Finding(index, key, error.reason)
            continue
        body = bare if serials else bare[:-1]
        own = body_attribute(body)
        if not length:
            length, attribute = len(bare), own
        if len(bare) != length:
            yield Finding(index, key, "mixed-length")
        if own != attribute:
            yield Finding(index, key, "mixed-attribute")
        if bare in seen:
            yield Finding(index, key, "duplicate")
        else:
            seen.add(bare)
            tally.add(index, key, body if own == "numeric" else "")
    yield from tally.findings()


class _Tally:
    """Counts resemblances, and how far apart the numbers lie."""

    def __init__(self) -> None:
        self.keys = 0
        self.counts = dict.fromkeys(_RESEMBLANCES, 0)
        self.first: dict[str, tuple[int, str]] = {}
        self.lowest: dict[str, int] = {}
        self.highest: dict[str, int] = {}

    def add(self, index: int, key: str, body: str) -> None:
        self.keys += 1
        for reason in _BY_LENGTH.get(len(body), ()):
            if _RESEMBLANCES[reason](body):
                number = int(body)
                if self.counts[reason]:
                    self.lowest[reason] = min(number, self.lowest[reason])
                    self.highest[reason] = max(number, self.highest[reason])
                else:
                    self.first[reason] = index, key
                    self.lowest[reason] = self.highest[reason] = number
                self.counts[reason] += 1

    def findings(self) -> Iterator[Finding]:
        for reason, count in self.counts.items():
            if not count or count * 2 < self.keys:
                continue
            # One number alone has no neighbours to lie close to.
            span = self.highest[reason] - self.lowest[reason]
            if count > 1 and span < _SERIES_GAP[reason] * (count - 1):
                continue
            index, key = self.first[reason]
            yield Finding(index, key, reason, "warning", count)


def _serial(key: str) -> str:
    bare = key.replace(" ", "")
    if not bare.isascii() or bare.strip("0123456789"):
        raise KeylineError("character", "a Mailer ID's serial has digits only")
    if not bare:
        raise KeylineError("too-short", "a Mailer ID's serial has 9 or 6 digits")
    return bare


def _is_day(month_and_day: str) -> bool:
    month = int(month_and_day[:2])
    return 1 <= month <= 12 and 1 <= int(month_and_day[2:]) <= _DAYS[month - 1]


_RESEMBLANCES: Final[dict[str, Callable[[str], bool]]] = {
    "looks-like-ssn": looks_like_ssn,
    "looks-like-phone": looks_like_phone,
    "looks-like-date": looks_like_date,
}
_SERIES_GAP: Final = {"looks-like-ssn": 20, "looks-like-phone": 20, "looks-like-date": 2}
_BY_LENGTH: Final = {
    6: ("looks-like-date",),
    8: ("looks-like-date",),
    9: ("looks-like-ssn",),
    10: ("looks-like-phone",),
}
