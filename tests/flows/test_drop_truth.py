"""An invented list with a known truth: the drop finds exactly what was planted, and its keys lead back."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from daemon.drop.release import release_drop
from daemon.labels.drop_labels import write_drop_labels
from daemon.returns.apply import apply_file
from schemas.acs import family_named
from schemas.acs_write import nixie, notification
from tests.bureau import Bureau
from tests.drops import Mailing, person
from tests.engine import Row, to

PLANTED = 20  # kinds of records; each twentieth record of the list is of one kind
OF_LATE, LONG_AGO = "2026-10-15", "2026-08-30"  # 44 and 90 days before the drop


@pytest.fixture
def mailing(database_url: str, home: Path, desk: Path) -> Any:
    bureau = Bureau.on(database_url, home, desk)
    yield Mailing(bureau, desk)
    bureau.house.close()


def of_kind(size: int, kind: int) -> list[int]:
    return list(range(kind, size + 1, PLANTED))


def plant(mailing: Mailing, size: int) -> dict[str, str]:
    """Make the list, let its year go by, and return what must become of each record."""
    truth = {f"{number:06d}": "mailable" for number in range(1, size + 1)}
    rows = [person(number) for number in range(1, size + 1)]

    def now(kind: int, came_to: str) -> list[Row]:
        numbers = of_kind(size, kind)
        truth.update({f"{number:06d}": came_to for number in numbers})
        return [person(number) for number in numbers]

    twins = [
        person(number, record_id=f"T{number}", first_name="WANDA", address1=spelled(person(number)["address1"]))
        for number in of_kind(size, 1)
    ]
    truth.update({row["record_id"]: "duplicate household" for row in twins})
    mailing.begin([*rows, *twins])
    unknown = now(2, "held dpv_not_confirmed")
    unconfirmed = {row["record_id"]: {"dpv": "N"} for row in unknown}
    mailing.engine("cass", unconfirmed)
    movers, gone = now(3, "mailable"), now(4, "rejected moved_left_no_address")
    new = {f"{number:06d}": f"{number} NEWFIELD AVE" for number in of_kind(size, 3)}
    said = {row["record_id"]: to("B") | {"new_addr1": new[row["record_id"]]} for row in movers}
    said |= {row["record_id"]: {"ncoa_code": "02", "move_date": "202610"} for row in gone}
    mailing.engine("ncoa", said)
    mailing.engine("cass", unconfirmed)
    late = [person(size + number, record_id=f"L{number}") for number in range(1, size // PLANTED + 1)]
    mailing.client(late)
    truth.update({row["record_id"]: "rejected no_cass" for row in late})
    mailing.client([{"record_id": row["record_id"], "status": "removed"} for row in now(5, "suppressed imported")])
    mailing.suppress(
        "preference", [row | {"first_name": row["first_name"].title()} for row in now(6, "suppressed preference")]
    )
    mailing.suppress("deceased", now(7, "suppressed deceased"))
    mailing.suppress("prison", [row | {"last_name": "", "first_name": ""} for row in now(8, "suppressed prison")])
    mailing.suppress(
        "client",
        [{"record_id": row["record_id"]} for row in now(9, "suppressed client")],
        match="id",
        list_name="spring",
    )
    mailing.suppress("converted", [row | {"converted_on": OF_LATE} for row in now(10, "suppressed converted")])
    mailing.suppress("converted", [row | {"converted_on": LONG_AGO} for row in now(11, "mailable")], source="long ago")
    return truth


def spelled(line: str) -> str:
    """The same address as another source writes it."""
    number, street, suffix = line.title().rsplit(" ", 2)
    long = {"St": "Street", "Ave": "Avenue", "Rd": "Road", "Ln": "Lane", "Ct": "Court"}[suffix]
    return f"{number} {street} {long}"


def find_exactly_what_was_planted(mailing: Mailing, size: int) -> None:
    truth = plant(mailing, size)
    told = mailing.drop()
    assert told["state"] == "checked", told["steps"]
    rows = mailing.rows()
    assert {record_id: f"{row['disposition']} {row['reason']}".strip() for record_id, row in rows.items()} == truth
    assert all(rows[row]["survivor"] == f"spring/{int(row[1:]):06d}" for row in rows if row.startswith("T"))
    mailable = sum(came_to == "mailable" for came_to in truth.values())
    assert (told["manifest"]["read"], told["manifest"]["mailable"]) == (len(truth), mailable)
    release_drop(mailing.bureau.house, "fall")
    labels = mailing.folder / "labels.csv"
    assert write_drop_labels(mailing.bureau.house, "fall", labels)["labels"] == mailable
    keys_lead_back(mailing, labels, mailable)


def keys_lead_back(mailing: Mailing, labels: Path, mailable: int) -> None:
    """Every piece comes back as vacant; each notice finds its own addressee."""
    with labels.open(newline="", encoding="utf-8") as file:
        printed = [(row["record_id"], row["keyline"]) for row in csv.DictReader(file)]
    house = mailing.bureau.house
    zips = dict(mailing.bureau.all("SELECT a.keyline, d.zip5 FROM addressee a JOIN address d ON d.id = a.address_id"))
    family = family_named("singlesource_v02")
    records = [
        nixie(account="BYOBOFN", keyline=key, code="V", old_zip=zips[key], fulfilled="2027-03-01")
        for _id, key in printed
    ]
    path = mailing.folder / "returns.dat"
    path.write_bytes(notification(family, records, shipment="1"))
    result = apply_file(house, path, accept_large_change=True)
    assert (result["suppressed"], result["reasons"]) == (mailable, {"vacant": mailable})
    vacant = {
        record for (record,) in mailing.bureau.all("SELECT record_id FROM addressee WHERE status_reason = 'vacant'")
    }
    assert vacant == {record_id for record_id, _key in printed}


def test_the_drop_finds_exactly_what_was_planted_and_its_keys_lead_back(mailing: Mailing) -> None:
    find_exactly_what_was_planted(mailing, 400)


@pytest.mark.slow
def test_of_fifty_thousand_the_drop_finds_exactly_what_was_planted(mailing: Mailing) -> None:
    find_exactly_what_was_planted(mailing, 50_000)
