"""A delivery line as Publication 28 would have it written: cut into words, read from both ends, put together again.

Standardising what is standard changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from daemon.pub28.designators import (
    ALONE,
    BOX_WORDS,
    DIRECTIONALS,
    HIGHWAYS,
    PAIRS,
    UNITS,
    URBANIZATIONS,
)
from daemon.pub28.suffixes import NAMES, SUFFIXES

_PUNCTUATION: Final = str.maketrans(dict.fromkeys(',;:()[]{}<>"!?*_|\\@=+~^%$\t\r\n', " ") | {"'": "", "`": ""})
_POINT_BEFORE_WORD: Final = re.compile(r"\.(?=[A-Z]{2})")
_POINT: Final = re.compile(r"(?<!\d)\.|\.(?!\d)")
_GLUED: Final = re.compile(r"(APT|STE|SUITE|UNIT|LOT|RM|BLDG|SPC|TRLR|PMB|FL)-?(\d[A-Z0-9-]*)")
_ROUTE: Final = re.compile(
    r"(?P<kind>RR|R R|RURAL ROUTE|RURAL RTE|RURAL RT|RURAL RD|RFD ROUTE|RFD|RD|RT|RTE|ROUTE|HC ROUTE|HC|H C|HCR|"
    r"HIGHWAY CONTRACT ROUTE|HIGHWAY CONTRACT|STAR ROUTE|STAR RTE|STAR RT)(?: #)? ?(?P<route>\d+)"
    r"(?: ?(?P<box_word>BOX|BX|#)(?: #)?(?: (?P<box>[A-Z0-9/-]+))?)?(?: .*)?"
)
_MILITARY: Final = re.compile(r"(PSC|CMR|UNIT|OMC|UMR) ?(\d+)(?: (?:BOX|BX|#)(?: #)?(?: ([A-Z0-9-]+))?)?")
_ORDINAL: Final = re.compile(r"(\d+)(?:ST|ND|RD|TH)")
_FRACTION: Final = re.compile(r"\d+/\d+")
_WITH_WORDS: Final = frozenset(("#", "APT", "STE", "UNIT", "RM", "BLDG", "PMB"))  # their number may be a word
_ALSO_NAMES: Final = frozenset(("FRNT", "KEY", "LOWR", "OFC", "PIER", "REAR", "SIDE", "UPPR"))  # names of streets too
_NAMED_ROUTES: Final = frozenset(("HC", "H C", "HCR", "HC ROUTE"))
_BEGINNINGS: Final = frozenset(
    (
        *("PO", "P", "POB", "POBOX", "POST", "BOX", "CALLER", "FIRM", "LOCKBOX", "DRAWER"),
        *("RR", "R", "RURAL", "RFD", "RD", "RT", "RTE", "ROUTE", "HC", "H", "HCR", "HIGHWAY", "STAR"),
        *("GENERAL", "GEN", "GD", "PSC", "CMR", "UNIT", "OMC", "UMR"),
    )
)


class Delivery(NamedTuple):
    """One delivery address in standard form.

    Attributes:
        line: the delivery line, unit and private mailbox included.
        second: what is left of the second line.
        kind: S street, P post office box, R rural route, H highway contract route, G General Delivery, M military,
            "" where there is nothing.
        number: of the house or of the box; "" where it is missing.
        street: what lies between number and unit; of a box or route, its words and number.
        unit: designator and number, "" where there is none.
        mailbox: of a private mailbox (PMB), "" where there is none.
    """

    line: str
    second: str
    urbanization: str
    kind: str
    number: str
    street: str
    unit: str
    mailbox: str


def clean(text: str) -> str:
    """Return a line in capitals, without accents and without the punctuation that an address does not need.

    Hyphens, slashes and the points of decimals stay; a number sign stands by itself.

    >>> clean("123 O'Hara St., N.W. #4")
    '123 OHARA ST NW # 4'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = text.upper().translate(_PUNCTUATION)
    if "." in text:
        text = _POINT.sub("", _POINT_BEFORE_WORD.sub(" ", text))
    if "#" in text:
        text = text.replace("#", " # ")
    words = text.split()
    if "-" in text:
        words = [bare for word in words if (bare := word.strip("-"))]
    return " ".join(words)


def standardise(address1: str, address2: str = "", urbanization: str = "", state: str = "") -> Delivery:
    """Return an address in the form of Publication 28.

    A second line that holds nothing but a unit goes to the end of the delivery line; one that holds the delivery
    line itself changes places with the first.

    >>> standardise("123 north main street", "Apartment 4").line
    '123 N MAIN ST APT 4'
    >>> standardise("R.R. #03, Box 98D").line
    'RR 3 BOX 98D'
    """
    first, second = clean(address1), clean(address2) if address2 else ""
    urbanization = clean(urbanization) if urbanization else ""
    if second and not urbanization and first.startswith(("URB ", "URBANIZACION ")):
        first, second, urbanization = second, "", first
    elif second and not _is_delivery(first) and _is_delivery(second):
        first, second = second, first
    if urbanization:
        urbanization = _urbanization(urbanization)
    words = first.split()
    special = _special(first, words) if _may_be_special(words) else None
    if special is not None:
        return _put_together(special, [], second, urbanization)
    count = _words_of_number(words)
    units: list[str] = []
    if count:
        both = [*words, *second.split()]
        units = _take_units(both, count + 1)
        if second and len(both) > len(words):  # the second line is more than a unit
            units = _take_units(words, count + 1)
        else:
            words, second = both, ""
    number, street = " ".join(words[:count]), _street(words[count:], state)
    line = f"{number} {street}" if number and street else number or street
    return _put_together((line, "S" if line else "", number, street), units, second, urbanization)


def _put_together(found: tuple[str, str, str, str], units: list[str], second: str, urbanization: str) -> Delivery:
    line, kind, number, street = found
    if not units:
        return Delivery(line, second, urbanization, kind, number, street, "", "")
    mailbox = " ".join(unit for unit in units if unit.startswith("PMB"))
    unit = " ".join(unit for unit in units if not unit.startswith("PMB"))
    whole = " ".join(part for part in (line, unit, mailbox) if part)
    return Delivery(whole, second, urbanization, kind, number, street, unit, mailbox)


def _is_delivery(line: str) -> bool:
    """Whether a line says where to deliver to: by a number, a box or a route."""
    words = line.split()
    if _may_be_special(words) and _special(line, words) is not None:
        return True
    return len(words) > 1 and _words_of_number(words) > 0


def _may_be_special(words: list[str]) -> bool:
    return bool(words) and (words[0] in _BEGINNINGS or words[0][:2] in ("RR", "HC"))


def _urbanization(line: str) -> str:
    first, _, rest = line.partition(" ")
    if first == "URBANIZACION":
        return f"URB {rest}" if rest else "URB"
    return line if first in URBANIZATIONS else f"URB {line}"


def _special(line: str, words: list[str]) -> tuple[str, str, str, str] | None:
    """Return (line, kind, number, street) of what is no street address."""
    box = _post_office_box(words)
    if box is not None:
        return f"PO BOX {box}" if box else "PO BOX", "P", box, "PO BOX"
    if line in ("GENERAL DELIVERY", "GEN DELIVERY", "GENERAL DEL", "GEN DEL", "GD"):
        return "GENERAL DELIVERY", "G", "", "GENERAL DELIVERY"
    military = _MILITARY.fullmatch(line)
    if military:
        where = f"{military[1]} {_number(military[2])}"
        if military[3] or military[1] != "UNIT":
            return (f"{where} BOX {military[3]}" if military[3] else where), "M", military[3] or military[2], where
    route = _ROUTE.fullmatch(line)
    if route is None:
        return None
    kind = route["kind"]
    box = route["box"] or ""
    if (
        not box
        and kind not in ("RR", "R R", "RFD", *_NAMED_ROUTES)
        and not kind.startswith(("RURAL", "STAR", "HIGHWAY"))
    ):
        return None  # ROUTE 9 alone is a highway
    contract = kind.startswith(("H", "STAR"))
    where = f"{'HC' if contract else 'RR'} {_number(route['route'])}"
    return (f"{where} BOX {box}" if box else where), "H" if contract else "R", box, where


def _number(digits: str) -> str:
    return digits.lstrip("0") or "0"


def _post_office_box(words: list[str]) -> str | None:
    """Return the number of a post office box, "" where it is missing; None where this is none."""
    first, rest = words[0], words[1:]
    if first in ("PO", "POST", "P") and rest:
        if (first, rest[0]) in (("P", "O"), ("POST", "OFFICE")):
            rest = rest[1:]
        elif first != "PO":
            return None
        if not rest or rest[0] not in BOX_WORDS:
            return None
        rest = rest[1:]
    elif first == "FIRM" and rest[:1] == ["CALLER"]:
        rest = rest[1:]
    elif first not in ("POB", "POBOX", "BOX", "CALLER", "LOCKBOX", "DRAWER"):
        return None
    while rest and (rest[0] == "#" or (rest[0] in BOX_WORDS and len(rest) > 1)):
        rest = rest[1:]
    if len(rest) > 1 or (not rest and first in ("BOX", "CALLER", "DRAWER")):
        return None
    if rest and len(rest[0]) > 1 and not any(map(str.isdigit, rest[0])):
        return None
    return rest[0] if rest else ""


def _take_units(words: list[str], least: int) -> list[str]:
    """Take the units off the end of a line, and return them in the order in which they stood.

    Args:
        least: how many words must stay: a house number and a street.
    """
    found: list[str] = []
    while len(words) > least:
        last = words[-1]
        before = words[-2] if len(words) > 1 else ""
        room = len(words) - 2 >= least
        if room and before in UNITS and _is_unit_number(last, before):
            designator = UNITS[before]
            del words[-2:]
            while designator == "#" and len(words) > least and _is_unit_number(last, words[-1]):
                designator = UNITS[words.pop()]  # APT # 4
            found.append(f"{designator} {last}")
        elif room and UNITS.get(last) == "FL" and (ordinal := _ORDINAL.fullmatch(before)):
            del words[-2:]
            found.append(f"FL {ordinal[1]}")
        elif UNITS.get(last) in ALONE and (not least or _ends_a_street(before)):
            words.pop()
            found.append(UNITS[last])
        elif len(last) > 2 and last[-1] not in "-/" and (glued := _GLUED.fullmatch(last)):
            words.pop()
            found.append(f"{UNITS[glued[1]]} {glued[2]}")
        else:
            break
    return list(dict.fromkeys(found[::-1]))


def _is_unit_number(word: str, before: str) -> bool:
    """Whether a word is the number of the unit before it. One without a digit is, where it means nothing else."""
    designator = UNITS.get(before)
    if designator is None:
        return False
    if any(map(str.isdigit, word)):
        return not (before == "NO" or designator in _ALSO_NAMES or designator == "FL") or not _ORDINAL.fullmatch(word)
    if not word.isalpha() or before == "NO" or designator in _ALSO_NAMES:
        return False
    if len(word) > 1 and designator in _WITH_WORDS:
        return word not in SUFFIXES and word not in DIRECTIONALS and word not in UNITS
    return len(word) == 1


def _ends_a_street(word: str) -> bool:
    return word in SUFFIXES or word in DIRECTIONALS


def _street(words: list[str], state: str) -> str:
    """Return the street of a line, standardised: what is left without house number and units."""
    if len(words) < 2:
        return words[0] if words else ""
    highway = _highway(words)
    if highway:
        return highway
    if state in ("PR", "VI") and words[0] in ("CALLE", "C", "AVE", "AVENIDA", "PASEO", "CAMINO"):
        return " ".join(({"C": "CALLE", "AVENIDA": "AVE"}.get(words[0], words[0]), *words[1:]))
    return " ".join(_abbreviated(words) if words[0] not in _BEGINNINGS else words)


def _words_of_number(words: list[str]) -> int:
    """How many words the house number has: none, one, or two with a fraction."""
    if not words:
        return 0
    first = words[0]
    if first.isdigit() and len(words) > 1:
        return 2 if "/" in words[1] and _FRACTION.fullmatch(words[1]) else 1
    digits = sum(map(str.isdigit, first))
    if not digits or (not first.isdigit() and (len(words) == 1 or _ORDINAL.fullmatch(first))):
        return 0
    if not first[0].isdigit() and not (len(first) > 1 and first[-1].isdigit() and digits * 2 >= len(first)):
        return 0
    return 2 if len(words) > 1 and "/" in words[1] and _FRACTION.fullmatch(words[1]) else 1


def _may_end(word: str) -> bool:
    """Whether a directional behind this word is one, and not the letter of a unit."""
    return SUFFIXES.get(word, word) not in UNITS or word == "NO"


def _abbreviated(words: list[str]) -> list[str]:
    """Abbreviate the directionals and the suffix of a street; two or more words."""
    after = ""
    if words[-1] in DIRECTIONALS and _may_end(words[-2]) and (len(words) > 2 or words[0] not in SUFFIXES):
        last = DIRECTIONALS[words[-1]]
        pair = (DIRECTIONALS.get(words[-2], ""), last)
        if pair in PAIRS and len(words) > 3 and words[-3] in SUFFIXES:
            after, words = "".join(pair), words[:-2]
        else:
            after, words = last, words[:-1]
    before = ""
    if len(words) > 1 and words[0] in DIRECTIONALS and not (len(words) == 2 and words[1] in SUFFIXES):
        first = DIRECTIONALS[words[0]]
        pair = (first, DIRECTIONALS.get(words[1], ""))
        if pair in PAIRS and len(words) > 3:
            before, words = "".join(pair), words[2:]
        else:
            before, words = first, words[1:]
    if len(words) > 1 and words[-1] in SUFFIXES:
        words = [*words[:-1], SUFFIXES[words[-1]]]
        if len(words) > 2 and words[-2] in NAMES:
            words[-2] = NAMES[words[-2]]  # of two suffixes the first is part of the name, and written out
    if before:
        words = [before, *words]
    if after:
        words = [*words, after]
    return words


def _highway(words: list[str]) -> str | None:
    """Return a highway with its words written out; None where this is none."""
    first = words[0]
    if len(first) > 1 and first[0] == "I" and first[1:].lstrip("-").isdigit():
        words = ["I", first[1:].lstrip("-"), *words[1:]]
    for count in (4, 3, 2, 1):
        if len(words) <= count:
            continue
        kind = HIGHWAYS.get(" ".join(words[:count]))
        if kind is None:
            continue
        number, rest = words[count], words[count + 1 :]
        if not (number[0].isdigit() or (len(number) <= 2 and not rest and number not in DIRECTIONALS)):
            return None
        if _ORDINAL.fullmatch(number) or number in SUFFIXES:
            return None
        if kind == "STATE ROAD" and words[0] == "SR" and number.isalpha():
            kind = "STATE ROUTE"
        if len(rest) > 1 and rest[-2] in UNITS:
            return " ".join((kind, number, *rest))
        tail = [DIRECTIONALS.get(word) or SUFFIXES.get(word, word) for word in rest[-1:]]
        return " ".join((kind, number, *rest[:-1], *tail))
    return None
