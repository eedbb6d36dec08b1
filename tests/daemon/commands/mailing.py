"""A small mailing that every command's test can start from: a list of three, and the file that came back for it."""

from __future__ import annotations

from pathlib import Path

from schemas.acs import family_named
from schemas.acs_write import Place, coa, nixie, notification
from tests.running import Command

ROWS = """\
record_id,first_name,last_name,address1,city,state,zip5,shoe size
S1,Mary,Smith,12 OLDHAVEN ST,ALBUQUERQUE,NM,87110,38
S2,Paul,Jones,14 OLDHAVEN ST,ALBUQUERQUE,NM,87110,44
S3,Ann,Lee,16 OLDHAVEN ST,ALBUQUERQUE,NM,87110,
"""
KEYS = {"S1": "0000000018", "S2": "0000000026", "S3": "0000000034"}
NAMES = ("Smith", "SMITH", "Jones", "JONES", "OLDHAVEN", "NEWHAVEN")  # what no log and no error may hold
NEW = Place(number="7", street="NEWHAVEN", suffix="RD", city="TAOS", state="NM", zip5="87571", zip4="1111")


def old(number: str) -> Place:
    """An address in the street where all of them live."""
    return Place(number=number, street="OLDHAVEN", city="ALBUQUERQUE", state="NM", zip5="87110")


def make_list(run: Command, desk: Path, name: str = "spring", account: str = "BYOBOFN") -> Path:
    """Create a list and import the three; return the file they came from."""
    path = desk / f"{name}.csv"
    path.write_text(ROWS, encoding="utf-8")
    run("list", "create", name, "--client", "Acme Seeds", "--account", account).ok()
    run("list", "import", name, path).ok()
    return path


def write_answer(desk: Path, name: str = "P12345626.021", *, shipment: str = "1") -> Path:
    """Write a file in which Mary moved, Paul's place is vacant, and a third record leads to nobody."""
    records = [
        coa(
            account="BYOBOFN",
            keyline=KEYS["S1"],
            last_name="SMITH",
            first_name="MARY",
            old=old("12"),
            new=NEW,
            fees=[("000101", 210)],
        ),
        nixie(account="BYOBOFN", keyline=KEYS["S2"], code="V", old_zip="87110", fees=[("000102", 210)]),
        nixie(account="BYOBOFN", keyline="", code="V", old_zip="87110"),
    ]
    path = desk / name
    path.write_bytes(notification(family_named("singlesource_v02"), records, shipment=shipment))
    return path


def write_stray_move(desk: Path, name: str = "P12345626.022") -> Path:
    """Write a file in which Ann moves from an address we never had: a question."""
    record = coa(account="BYOBOFN", keyline=KEYS["S3"], last_name="LEE", first_name="ANN", old=old("99"), new=NEW)
    path = desk / name
    path.write_bytes(notification(family_named("singlesource_v02"), [record], shipment="2"))
    return path
