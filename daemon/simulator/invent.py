"""Codes and addresses that nobody gave out: invented from the address itself, in the form of real ones.

The same address has the same code in every file, whatever the seed; neighbours on one side of a block share their
ZIP+4, as real ones do.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

from daemon.pub28.standard import Delivery, standardise
from daemon.simulator.places import Places, Zip
from keyline.checkdigit import postnet_digit

STREETS: Final = (
    *("AMBERWICK", "BRAMBLETOE", "CANDLEFERN", "DOVEWHISTLE", "EMBERHOLT", "FERNQUILL", "GOOSEBARROW", "HONEYTHATCH"),
    *(
        "INKBERRY",
        "JUNIPERLATCH",
        "KESTRELMOOR",
        "LARKSPINDLE",
        "MOONBUCKLE",
        "NIGHTCLOVER",
        "OTTERSTILE",
        "PLUMFEATHER",
    ),
    *(
        "QUINCEMANTLE",
        "ROOKLANTERN",
        "SORRELGATE",
        "THIMBLEBROOK",
        "UMBERFOLD",
        "VELVETREED",
        "WRENCASTLE",
        "YARROWMERE",
    ),
)
"""Streets that do not exist."""

_SUFFIXES: Final = ("ST", "AVE", "DR", "LN", "CT", "RD", "WAY", "PL")
_DIRECTIONALS: Final = ("", "", "", "", "N ", "S ", "E ", "W ")
ROUTES: Final = {"S": "C", "R": "R", "H": "H", "P": "B", "G": "G", "M": "B"}


class Code(NamedTuple):
    """What is assigned to one delivery address."""

    zip4: str
    delivery_point: str
    check_digit: str
    carrier_route: str
    elot: str
    elot_order: str


def code_of(zip5: str, address: Delivery) -> Code:
    """Return the code of an address that has a number, or of General Delivery.

    The delivery point is made of the last two digits of the house or box number, as the USPS makes it; the check
    digit lifts the sum of all eleven digits to a multiple of ten.
    """
    kind, number = address.kind, address.number
    digits = "".join(filter(str.isdecimal, number.partition(" ")[0])) if not number.isdecimal() else number
    value = int(digits[-6:]) if digits else 0
    street = crc32(f"{zip5} {address.street}".encode())
    block = crc32(f"{value // 100} {value % 2} {number if address.unit else ''}".encode(), street)
    if kind == "G":
        zip4, point = "9999", "99"
    else:
        zip4 = f"{value % 10000:04}" if kind == "P" and value % 10000 else str(1000 + block % 8900)
        point = f"{value % 100:02}" if digits else "99"
    if kind in ("R", "H"):
        route = f"{ROUTES[kind]}{int(address.street[-3:].lstrip('RHC ') or 0):03}"
    else:
        route = f"{ROUTES[kind]}{street % 60 + 1:03}"
    elot = f"{(street >> 8) % 900 + value // 100 % 100 + 1:04}"
    return Code(zip4, point, postnet_digit(f"{zip5}{zip4}{point}"), route, elot, "D" if value % 2 else "A")


def street_line(number: int, which: int) -> str:
    """Return the line of a house on a street that does not exist."""
    which, directional = divmod(which, len(_DIRECTIONALS))
    which, suffix = divmod(which, len(_SUFFIXES))
    return f"{number} {_DIRECTIONALS[directional]}{STREETS[which % len(STREETS)]} {_SUFFIXES[suffix]}"


class NewAddress(NamedTuple):
    """Where somebody has moved to, coded."""

    delivery: Delivery
    zip: Zip
    code: Code


def new_address(places: Places, state: str, numbers: tuple[int, int, int, int]) -> NewAddress:
    """Return a new address in a real city: of the same state as a rule, one in four elsewhere."""
    first, second, third, fourth = numbers
    states = list(places.ordinary)
    if state not in places.ordinary or first % 4 == 0:
        state = states[first // 4 % len(states)]
    cities = places.ordinary[state]
    city = cities[second % len(cities)]
    if third % 16 == 0:
        line = f"PO BOX {fourth % 4990 + 10}"
    else:
        line = street_line(100 + fourth % 9800, third // 16)
        if fourth // 9800 % 6 == 0:
            line += f" APT {fourth // 58800 % 40 + 1}"
    delivery = standardise(line)
    return NewAddress(delivery, city, code_of(city.zip5, delivery))
