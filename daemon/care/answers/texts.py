"""The texts of an answer, cleaned: dates, ZIPs, delivery points, flags. Nothing is guessed; what is odd is a fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final, Generic, NamedTuple, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_REMEMBERED: Final = 50_000
_OUR_FIELDS: Final = {
    **{"addr1": "address1", "addr2": "address2", "addr3": "address1", "addr4": "address1", "dp": "delivery_point"},
    **{"ncoa_code": "code", "crrt": "carrier_route", "in_addr1": "in_address1", "in_zip9": "in_zip5", "zip9": "zip5"},
}
_LAST_LINE: Final = re.compile(r"(.*?),?\s+([A-Za-z]{2})[,.]?\s+([0-9]{5})(?:[ -]?([0-9]{4}))?", re.ASCII)
_ZIP: Final = re.compile(r"([0-9]{5})(?:[ -]?([0-9]{4})|-)?", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"((?:19|20)[0-9]{2})(-?)([0-9]{2})(?:\2([0-9]{2}))?", re.ASCII)
_MONTH_FIRST: Final = re.compile(r"([0-9]{1,2})/(?:([0-9]{1,2})/)?((?:19|20)[0-9]{2})", re.ASCII)
_FLAGS: Final = {
    **dict.fromkeys(("Y", "YES", "TRUE", "T", "1"), "Y"),
    **dict.fromkeys(("N", "NO", "FALSE", "F", "0"), "N"),
    **dict.fromkeys(("", "?", "NULL", "NONE"), ""),
}


class Memo(dict[Key, Value], Generic[Key, Value]):
    """What a function has answered before; a column has few different values, and many rows."""

    def __init__(self, answer: Callable[[Key], Value]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, key: Key) -> Value:
        if len(self) >= _REMEMBERED:
            self.clear()
        value = self[key] = self._answer(key)
        return value


def iso_date(text: str) -> str | None:
    """Return a date as ``YYYY-MM-DD``, or ``YYYY-MM`` where there is no day; None where it cannot be read.

    Zeros alone stand for none, as fixed files have it.

    >>> iso_date("202609"), iso_date("09/2026"), iso_date("9/4/2026"), iso_date("20260904"), iso_date("202613")
    ('2026-09', '2026-09', '2026-09-04', '2026-09-04', None)
    """
    if not text.strip("0"):
        return ""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match[1], match[3], match[4]
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year = match.groups()
    else:
        return None
    try:
        found = date(int(year), int(month), int(day or 1))
    except ValueError:
        return None
    return found.isoformat() if day else found.isoformat()[:7]


def flag(text: str) -> str | None:
    """Return Y, N or "", however a vendor writes it; None for anything else.

    >>> flag("true"), flag("0"), flag(""), flag("D")
    ('Y', 'N', '', None)
    """
    return _FLAGS.get(text.upper())


def footnotes(text: str) -> str:
    """Return DPV footnotes as pairs run together.

    >>> footnotes("aa#bb#"), footnotes("AA, N1")
    ('AABB', 'AAN1')
    """
    return "".join(filter(str.isalnum, text)).upper()


class Place(NamedTuple):
    """Where an address lies, and what is wrong with it."""

    city: str
    state: str
    zip5: str
    zip4: str
    fault: str = ""


def place_of(*, city: str, state: str, zip5: str, zip4: str, zip9: str, lastline: str) -> Place:
    """Return city, state, ZIP and ZIP+4 of one row, from whichever columns the vendor has.

    >>> place_of(city="", state="", zip5="", zip4="", zip9="", lastline="SANTA FE NM 87501-1234")
    Place(city='SANTA FE', state='NM', zip5='87501', zip4='1234', fault='')
    >>> place_of(city="ADA", state="OK", zip5="", zip4="", zip9="748201234", lastline="").zip4
    '1234'
    """
    whole, fault = zip9 or zip5, ""
    if lastline and not (whole and city):
        if match := _LAST_LINE.fullmatch(lastline):
            city, state = city or match[1].strip(), state or match[2].upper()
            whole = f"{match[3]}{match[4] or ''}"
        else:
            fault = "zip5"
    if match := _ZIP.fullmatch(whole):
        whole, zip4 = match[1], match[2] or zip4
    elif whole:
        fault = "zip5"
    if not fault and zip4 and not _digits(zip4, 4):
        fault = "zip4"
    return Place(city, state, whole, zip4, fault)


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def is_zip(zip5: str, zip4: str) -> bool:
    """Say whether both are as they should be; a missing ZIP+4 is."""
    return (
        len(zip5) == 5
        and zip5.isascii()
        and zip5.isdigit()
        and (not zip4 or (len(zip4) == 4 and zip4.isascii() and zip4.isdigit()))
    )


def delivery_point(dp: str, chk: str, dpbc: str) -> tuple[str, str, str]:
    """Return delivery point, check digit and fault; the barcode's digits fill what is missing.

    A barcode has three digits (delivery point, check digit), eleven (ZIP, ZIP+4, delivery point) or twelve (with the
    check digit).

    >>> delivery_point("", "", "871101234567"), delivery_point("5", "", "")
    (('56', '7', ''), ('5', '', 'delivery_point'))
    """
    if dpbc and not (dp and chk):
        digits = "".join(filter(str.isdigit, dpbc))
        if len(digits) in (11, 12):
            digits = digits[9:]
        if len(digits) in (2, 3):
            dp, chk = dp or digits[:2], chk or digits[2:]
    return dp, chk, "" if not dp or _digits(dp, 2) else "delivery_point"


def translated(values: Mapping[str, Mapping[str, str]], name: str) -> Mapping[str, str]:
    """Return the vendor's values of a column, in capitals, to ours."""
    return {theirs.strip().upper(): ours for theirs, ours in values.get(name, {}).items()}


def without_controls(names: Sequence[str], texts: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return texts without control characters, and the field that had one, "" where it is none that counts."""
    fault = next((name for name, text in zip(names, texts, strict=True) if CONTROL.search(text)), "")
    return tuple([CONTROL.sub("", text) for text in texts]), field_of(fault)


def field_of(name: str) -> str:
    """Return what we call a field, after its canonical name.

    >>> field_of("addr1"), field_of("zip5")
    ('address1', 'zip5')
    """
    if name in _OUR_FIELDS:
        return _OUR_FIELDS[name]
    return "address1" if name.startswith("parsed_") else {"dpbc": "delivery_point", "lastline": "zip5"}.get(name, name)


def street_line(parts: Sequence[str]) -> str:
    """Return the parts of a parsed address as one line, single blanks between them.

    >>> street_line(("12", "N", "ELM", "ST", "", "APT", "4", "", ""))
    '12 N ELM ST APT 4'
    """
    return " ".join(part for part in parts if part)
