"""Words of a delivery line other than street suffixes: directionals, units, boxes, routes, highways.

Sources: USPS Publication 28, section 233 (directionals), Appendix C2 (secondary unit designators), sections 24 to 29
(rural routes, highway contract routes, General Delivery, post office boxes, Puerto Rico), section 225 and Appendix
F (county, state and local highways), section 284 and 285 (private mailboxes, urbanizations) and section 245
(military).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


def _spellings(table: str) -> Mapping[str, str]:
    """One entry is what is written, then whatever else it is spelled as; entries are parted by semicolons."""
    return MappingProxyType({word: entry.split()[0] for entry in table.split(";") for word in entry.split()})


DIRECTIONALS: Final = _spellings(
    """N NORTH NO; S SOUTH SO; E EAST; W WEST; NE NORTHEAST; NW NORTHWEST; SE SOUTHEAST; SW SOUTHWEST"""
)
PAIRS: Final = frozenset((("N", "E"), ("N", "W"), ("S", "E"), ("S", "W")))
"""Two directionals that are written as one."""

UNITS: Final = _spellings(
    """APT APARTMENT APPT APMT; BLDG BUILDING BLDNG; DEPT DEPARTMENT; FL FLOOR FLR; HNGR HANGAR HANGER; KEY; LOT; PIER;
    RM ROOM; SLIP; SPC SPACE; STOP; STE SUITE SUIT; TRLR TRAILER; UNIT UNT; BSMT BASEMENT; FRNT FRONT; LBBY LOBBY;
    LOWR LOWER; OFC OFFICE; PH PENTHOUSE; REAR; SIDE; UPPR UPPER; # NO NUM NUMBER; PMB"""
)
ALONE: Final = frozenset(("BSMT", "FRNT", "LBBY", "LOWR", "OFC", "PH", "REAR", "SIDE", "UPPR"))
"""Units that need no number behind them."""

BOX_WORDS: Final = frozenset(("BOX", "BX", "DRAWER", "DRAW", "CALLER", "BIN", "LOCKBOX"))
"""What stands before the number of a post office box."""

HIGHWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "COUNTY HWY": "COUNTY HIGHWAY",
        "COUNTY HIGHWAY": "COUNTY HIGHWAY",
        "CNTY HWY": "COUNTY HIGHWAY",
        "CO HWY": "COUNTY HIGHWAY",
        "COUNTY RD": "COUNTY ROAD",
        "COUNTY ROAD": "COUNTY ROAD",
        "CNTY RD": "COUNTY ROAD",
        "CO RD": "COUNTY ROAD",
        "CR": "COUNTY ROAD",
        "COUNTY RTE": "COUNTY ROUTE",
        "COUNTY ROUTE": "COUNTY ROUTE",
        "EXPY": "EXPRESSWAY",
        "EXPRESSWAY": "EXPRESSWAY",
        "FARM TO MARKET": "FM",
        "FARM TO MARKET RD": "FM",
        "FM": "FM",
        "FM RD": "FM",
        "HWY FM": "FM",
        "HWY": "HIGHWAY",
        "HIWAY": "HIGHWAY",
        "HIGHWAY": "HIGHWAY",
        "INTERSTATE": "INTERSTATE",
        "INTERSTATE HWY": "INTERSTATE",
        "INTERSTATE HIGHWAY": "INTERSTATE",
        "IH": "INTERSTATE",
        "I": "INTERSTATE",
        "LOOP": "LOOP",
        "RANCH RD": "RANCH ROAD",
        "RANCH ROAD": "RANCH ROAD",
        "RM RD": "RANCH ROAD",
        "RD": "ROAD",
        "ROAD": "ROAD",
        "RT": "ROUTE",
        "RTE": "ROUTE",
        "ROUTE": "ROUTE",
        "SR": "STATE ROAD",
        "ST RD": "STATE ROAD",
        "STATE RD": "STATE ROAD",
        "STATE ROAD": "STATE ROAD",
        "ST RT": "STATE ROUTE",
        "ST RTE": "STATE ROUTE",
        "STATE RTE": "STATE ROUTE",
        "STATE ROUTE": "STATE ROUTE",
        "ST HWY": "STATE HIGHWAY",
        "STATE HWY": "STATE HIGHWAY",
        "STATE HIGHWAY": "STATE HIGHWAY",
        "TSR": "TOWNSHIP ROAD",
        "TWP RD": "TOWNSHIP ROAD",
        "TOWNSHIP RD": "TOWNSHIP ROAD",
        "TOWNSHIP ROAD": "TOWNSHIP ROAD",
        "US": "US HIGHWAY",
        "US HWY": "US HIGHWAY",
        "US HIGHWAY": "US HIGHWAY",
    }
)
"""The words of a highway before its number, as they are written out."""

URBANIZATIONS: Final = frozenset(("URB", "URBANIZACION", "EXT", "JARD", "PARC", "REPTO", "SECT", "VILLA", "ALT", "BO"))
"""What the name of a Puerto Rican urbanization begins with; where none of these stands, URB is put before it."""

MILITARY_STATES: Final = frozenset(("AA", "AE", "AP"))
MILITARY_CITIES: Final = frozenset(("APO", "FPO", "DPO"))
