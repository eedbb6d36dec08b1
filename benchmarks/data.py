"""Invented lists and return files of any size, the same for the same numbers."""

from __future__ import annotations

import csv
from pathlib import Path

from schemas.acs import family_named
from schemas.acs_write import HeaderSums, Place, coa, detail_line, header_line, nixie

ACCOUNT = "BYOBOFN"
LAYOUT = "singlesource_v02"
STREETS = ("ELMWOOD", "BIRCHFIELD", "CEDARBANK", "DOGTROT", "EASTMERE", "FERNHOLLOW", "GRANITE PIKE")
LASTS = ("ALDERTON", "BRISKET", "CAVENDER", "DUNMOOR", "ELLERBY", "FARROWAY", "GOSLING", "HAVERFORD")
FIRSTS = ("ADA", "BORIS", "CLARA", "DEXTER", "EDITH", "FELIX", "GRETA", "HUGO", "INES")
CODES = "AVNSMQILER"
STEP = 7919  # a prime: notices hit the list all over, each addressee once


def zip5(number: int) -> str:
    """A ZIP for the addressee of that number, many to each."""
    return f"{10000 + number * 31 % 80000:05d}"


def place(number: int) -> Place:
    """Where the addressee of that number lives."""
    street = STREETS[number % 7]
    return Place(number=str(100 + number % 9000), street=street, city="OAKTON", state="OK", zip5=zip5(number))


def write_list(path: Path, size: int) -> None:
    """Write a list of that many addressees."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["record_id", "first_name", "last_name", "address1", "city", "state", "zip5", "zip4"])
        for number in range(size):
            at = place(number)
            row = (f"{number:08d}", FIRSTS[number % 9], LASTS[number % 8], at.line, at.city, at.state, at.zip5, "1234")
            writer.writerow(row)


def write_notices(path: Path, notices: int, size: int, keys: list[str]) -> None:
    """Write a return file about a list: six moves in ten, the rest nixies, one to an addressee.

    Args:
        keys: the keyline of each addressee, in the order of the list.
    """
    family = family_named(LAYOUT)
    sums = HeaderSums(family)
    body = path.with_suffix(".body")
    with body.open("w", newline="") as file:
        for turn in range(notices):
            number = turn * STEP % size
            if turn % 10 < 6:
                new = Place(number=str(turn % 8000 + 1), street="NEWFIELD", suffix="AVE", city="ELKHORN", state="NE",
                            zip5=zip5(number + 1), zip4="4321", delivery_point="01")  # fmt: skip
                detail = coa(account=ACCOUNT, keyline=keys[number], old=place(number), new=new, move_type="I",
                             last_name=LASTS[number % 8], first_name=FIRSTS[number % 9])  # fmt: skip
            else:
                detail = nixie(account=ACCOUNT, keyline=keys[number], code=CODES[turn % 10], old_zip=zip5(number))
            file.write(detail_line(family, detail, sums.count(detail)) + "\r\n")
    with path.open("w", newline="") as file, body.open(newline="") as rest:
        file.write(header_line(sums) + "\r\n")
        while block := rest.read(1 << 20):
            file.write(block)
    body.unlink()
