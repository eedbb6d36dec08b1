"""An invented client's list. Cities and ZIPs are real; streets, people and companies are made up."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Final

from schemas.acs_write import Place

# A seed under which the simulator confirms the address of everybody to whom something happens later; a test says so.
SEED: Final = 87110
SIZE: Final = 560
ADDED: Final = 4  # new ones in each later file of the client
FILES: Final = 8  # later files, at most
COLUMNS: Final = (
    *("record_id", "status", "first_name", "last_name", "name_suffix", "company", "address1", "city", "state"),
    *("zip5", "address_since", "segment", "last order"),
)
FIRST_NAMES: Final = (
    *("Mary", "Paul", "Ann", "Robert", "Lucia", "Henry", "Grace", "Oscar", "Nora", "Felix", "Ruth", "Samuel"),
    *("Clara", "Victor", "Elena", "Arthur", "Rosa", "Walter", "Irene", "Hugo", "Alma", "Peter", "Judith", "Leon"),
)
LAST_NAMES: Final = (
    *("Smith", "Abernathy", "Belmonte", "Carrow", "Dunleavy", "Eastwick", "Farrowby", "Galindez", "Hathorn"),
    *("Inverly", "Jessamy", "Kettering", "Lindqvist", "Marchbank", "Nettlefold", "Ortegon", "Pemberly", "Quillan"),
    *("Rosario", "Stavely", "Tamarind", "Underhay", "Vasconez", "Wetherell", "Yarrowby", "Zumwalde", "O'Hanlon"),
)
COMPANY_NAMES: Final = (
    *("Copperkettle Bakery", "Lanternfish Books", "Mesa Hollow Dental", "Juniper & Pike Law", "Tinwhistle Toys"),
    *("Bluestem Seed Co", "Owl Creek Veterinary", "Paperboat Printing", "Saltbush Plumbing", "Quill and Anvil"),
)
STREETS: Final = (
    *("Copperkettle", "Lanternfish", "Thistledrum", "Marblewick", "Owlfeather", "Tumblegate", "Saltbramble"),
    *("Pennywhistle", "Hollowquill", "Juniperbell", "Larkmantle", "Foxlantern", "Windlewood", "Cindercreek"),
)
SUFFIXES: Final = ("ST", "AVE", "LN", "RD", "CT", "DR")
CITIES: Final = (
    *(("Albuquerque", "NM", "87110"), ("Santa Fe", "NM", "87505"), ("Taos", "NM", "87571")),
    *(("Las Cruces", "NM", "88001"), ("Durango", "CO", "81301"), ("Pueblo", "CO", "81003")),
    *(("Flagstaff", "AZ", "86001"), ("Tucson", "AZ", "85705"), ("Amarillo", "TX", "79106")),
)
SEGMENTS: Final = ("spring", "bulbs", "trees")


@dataclass(frozen=True, slots=True)
class Person:
    """One addressee of the list: a person, or a company where that is given."""

    record_id: str
    place: Place
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    own: dict[str, str] = field(default_factory=dict)  # further columns of the list file

    def row(self, **changed: str) -> dict[str, str]:
        """Return the row of the list file."""
        place = self.place
        address = {"address1": place.line.title(), "city": place.city, "state": place.state, "zip5": place.zip5}
        names = {"first_name": self.first_name, "last_name": self.last_name, "company": self.company}
        return {"record_id": self.record_id, **names, **address, **self.own, **changed}


def people() -> list[Person]:
    """Return the list, the same on every call: one company in eight, one post office box in sixteen."""
    return _everyone()[:SIZE]


def added(file: int) -> list[Person]:
    """Return who is new in the client's file of this number, the first later one being 1."""
    last = SIZE + file * ADDED
    return _everyone()[last - ADDED : last]


@cache
def _everyone() -> list[Person]:
    random = Random(SEED)  # noqa: S311 - invented people, not secrets
    return [_person(random, number) for number in range(1, SIZE + FILES * ADDED + 1)]


def _person(random: Random, number: int) -> Person:
    own = {"segment": random.choice(SEGMENTS), "last order": f"{random.randint(2019, 2025)}-{random.randint(1, 12):02}"}
    place = box(random) if number % 16 == 4 else street(random)
    record_id = f"S{number:04}"
    if number % 8 == 0:
        name = f"{COMPANY_NAMES[number // 8 % len(COMPANY_NAMES)]} {number}"
        return Person(record_id, place, company=name, own=own)
    first, last = random.choice(FIRST_NAMES), random.choice(LAST_NAMES)
    if number % 40 == 9:
        own["name_suffix"] = "JR"
    return Person(record_id, place, first, last, own=own)


def street(random: Random) -> Place:
    """Return an address on a street that does not exist, coded."""
    city, state, zip5 = random.choice(CITIES)
    number = str(random.randint(100, 9899))
    unit = random.random() < 0.2
    return Place(
        number=number,
        pre_directional=random.choice(("", "", "", "N", "SE")),
        street=random.choice(STREETS).upper(),
        suffix=random.choice(SUFFIXES),
        unit_designator="APT" if unit else "",
        unit_number=str(random.randint(1, 40)) if unit else "",
        city=city.upper(),
        state=state,
        zip5=zip5,
        zip4=f"{random.randint(1001, 9899)}",
        delivery_point=number[-2:],
    )


def box(random: Random) -> Place:
    """Return a post office box."""
    city, state, zip5 = random.choice(CITIES)
    number = str(random.randint(10, 4999))
    return Place(
        number=number,
        street="PO BOX",
        suffix="",
        label=f"PO BOX {number}",
        city=city.upper(),
        state=state,
        zip5=zip5,
        zip4=f"{random.randint(1001, 9899)}",
        delivery_point=number[-2:].zfill(2),
        address_type="P",
    )


def list_file(rows: list[dict[str, str]]) -> str:
    """Return rows as a client would send them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def first_file(since: str) -> str:
    """Return the client's first file: everyone, and at its end two rows that cannot be taken.

    Args:
        since: the day since when one of them is known to live where he does.
    """
    known = {**STATUSES, SETTLED: {"address_since": since}}
    rows = [person.row(**known.get(person.record_id, {})) for person in people()]
    again = dict(rows[0])
    no_address = {**rows[1], "record_id": "S9999", "address1": ""}
    return list_file([*rows, again, no_address])


SETTLED: Final = "S0063"  # the client knows since when
# What else the client himself says of a few.
STATUSES: Final = {
    "S0061": {"status": "removed"},
    "S0062": {"status": "deceased"},
    "S0065": {"status": "held"},
}
