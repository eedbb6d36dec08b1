"""What a CASS run would say of an address, invented from the address and a seed. Nothing of it is CASS certified.

About 96 of a hundred addresses that have a number and a ZIP are confirmed; the rest fails in each of the ways in
which real ones fail.
"""

from __future__ import annotations

from typing import Final

from daemon.pub28.standard import Delivery, standardise
from daemon.simulator.chance import draw
from daemon.simulator.invent import Code, code_of, street_line
from daemon.simulator.places import Found, Places

ENGINE: Final = "Listkeeper simulator (not CASS certified)"

COLUMNS: Final = (
    *("std_addr1", "std_addr2", "std_urbanization", "std_city", "std_state", "std_zip5", "std_zip4", "std_dp"),
    *("std_chk", "std_crrt", "elot", "elot_dir", "record_type", "dpv", "dpv_footnotes", "cmra", "vacant", "no_stat"),
    *("no_stat_reason", "lacs_ind", "lacs_code", "suitelink_code", "rdi", "ews", "cass_footnotes", "false_positive"),
    "engine",
)
"""Columns of the answer, behind those that were sent."""

ASKED: Final = ("address1", "address2", "urbanization", "city", "state", "zip5", "company")
"""What :meth:`Coder.code` is given of a record, in this order."""

# Of a thousand addresses that have all they need, in this order.
INVALID: Final = 30  # no such house or box: M3, P3
UNKNOWN: Final = 35  # no such street
EARLY: Final = 40  # no such street yet: early warning
CONVERTED: Final = 100  # rural addresses that have been given a street and a number
IMPRECISE: Final = 110  # such as have been given one, but which is not clear
NO_CONVERSION: Final = 120
VACANT: Final = 12
NO_STAT: Final = 20
PRIVATE_BOX: Final = 5
WRONG_UNIT: Final = 30
NEEDED_UNIT: Final = 50
NO_UNIT: Final = 12  # a building of many units, and none is given
NO_SUITE: Final = 80  # the same, of a company
_NO_CODE: Final = Code("", "", "", "", "", "")
_RECORD_TYPES: Final = {"S": "S", "M": "S", "P": "P", "R": "R", "H": "R", "G": "G"}


class Coder:
    """Codes addresses, the same always in the same way."""

    def __init__(self, places: Places, seed: int = 0) -> None:
        self._places = places
        self._seed = seed

    def code(self, sent: tuple[str, ...]) -> tuple[str, ...]:  # noqa: PLR0915 - the questions of one address
        """Return the values of :data:`COLUMNS` for one address, given as :data:`ASKED` has it."""
        address1, address2, urbanization, city, state, zip5, company = sent
        found = self._places.find(city, state, zip5)
        place, notes = found.zip, found.footnotes
        address = standardise(address1, address2, urbanization, found.state)
        kind = address.kind
        if place is None:
            return _not_coded(address, found, notes=notes)
        city, state, zip5 = found.city, found.state, found.zip5
        if kind in ("", "S", "M") and (kind == "M") != (place.kind == "M"):
            return _not_coded(address, found, notes=notes + "F#")
        if kind != "G" and not (address.number and address.street):
            missing = "A1M1" if kind in ("", "S", "M") else "A1P1"
            return _not_coded(address, found, dpv="N", marks=missing, notes=notes + "I#")

        first, second, third, fourth = draw(f"{self._seed}|{zip5}|{address.number} {address.street}")
        luck = first % 1000 if kind not in ("G", "M") else 999
        lacs = lacs_code = suitelink = ""
        if kind in ("R", "H"):
            rural = second % 1000
            lacs, lacs_code = "N", "00" if rural >= NO_CONVERSION else "14" if rural >= IMPRECISE else "09"
            if rural < CONVERTED:
                lacs, lacs_code, luck, notes = "Y", "A", 999, notes + "LI#"
                line = street_line(100 + third % 9800, fourth)
                address, kind = standardise(line, address.second, address.urbanization), "S"
        if UNKNOWN > luck >= INVALID:
            return _not_coded(address, found, notes=notes + "F#", lacs=lacs, lacs_code=lacs_code)
        if EARLY > luck >= UNKNOWN:
            return _not_coded(address, found, notes=notes + "R#", lacs=lacs, lacs_code=lacs_code, early="Y")

        dpv, marks, cmra, vacant, no_stat, reason = "Y", "AABB", "N", "N", "N", ""
        record_type = "H" if address.unit and kind == "S" else _RECORD_TYPES[kind]
        if luck < INVALID:
            dpv, marks, cmra, vacant, no_stat = "N", "AAM3" if kind == "S" else "AAP3", "", "", ""
        elif kind != "S":
            marks = {"M": "AAF1", "G": "AAG1"}.get(kind, marks)
        elif address.unit:
            if company and second % 8 == 0:
                record_type = "F"
            wrong = draw(f"{self._seed}|{zip5}|{address.line}")[0] % 1000
            if wrong < NEEDED_UNIT:
                dpv, marks, notes = "S", "AACC" if wrong < WRONG_UNIT else "AAC1", notes + "S#"
        elif third % 1000 < (NO_SUITE if company else NO_UNIT) and not lacs:
            record_type, suitelink = "H", "00" if company else ""
            if company and fourth % 2:
                suite, suitelink = f"STE {fourth % 90 * 10 + 100}", "A"
                address = address._replace(line=f"{address.line} {suite}", unit=suite)
            else:
                dpv, marks, notes = "D", "AAN1", notes + "H#"
        if dpv == "Y" and kind == "S":
            if place.kind == "U":
                record_type, marks, notes = "F", "AAU1", notes + "Q#"
            if address.mailbox:
                cmra, marks = "Y", "AABBRR"
            elif fourth // 1000 % 1000 < PRIVATE_BOX:
                cmra, marks = "Y", "AABBR1"
            state_of_house = second // 1000 % 1000
            if state_of_house < VACANT:
                vacant = "Y"
            elif state_of_house < NO_STAT:
                no_stat, reason = "Y", str(1 + third // 1000 % 5)
        if address.line != address1:
            notes += "N#"
        zip4, point, check, route, elot, order = code_of(zip5, address)
        return (
            *(address.line, address.second, address.urbanization, city, state, zip5, zip4, point),
            *(check, route, elot, order, record_type, dpv, marks, cmra, vacant, no_stat),
            *(reason, lacs, lacs_code, suitelink, "N" if company or kind == "P" else "Y", "", notes, ""),
            ENGINE,
        )


def _not_coded(
    address: Delivery,
    found: Found,
    *,
    notes: str,
    dpv: str = "",
    marks: str = "A1",
    lacs: str = "",
    lacs_code: str = "",
    early: str = "",
) -> tuple[str, ...]:
    """The answer without a ZIP+4: standardised, and no more."""
    return (
        *(address.line, address.second, address.urbanization, found.city, found.state, found.zip5, *_NO_CODE),
        *("", dpv, marks, "", "", "", "", lacs, lacs_code, "", "", early, notes, "", ENGINE),
    )
