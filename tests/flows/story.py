"""One small list, and the files that come about it: the words in which journeys are told."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.db import reading
from daemon.lists.create import create_list
from daemon.lists.export import export_file
from daemon.lists.load import import_file
from daemon.returns.apply import apply_file
from daemon.returns.due import apply_due
from daemon.returns.review import list_open
from daemon.returns.undo import undo_batch
from daemon.wiring import House
from schemas.acs import family_named
from schemas.acs_write import Detail, Place, coa, nixie, notification

ACCOUNT = "BYOBOFN"
A = Place(number="12", street="ELM", city="TULSA", state="OK", zip5="74101")
A2 = Place(number="14", street="ELM", city="TULSA", state="OK", zip5="74101")  # in the same ZIP
B = Place(number="99", street="BIRCH", suffix="RD", city="ADA", state="OK", zip5="74820")
C = Place(number="7", street="CEDAR", suffix="LN", city="ENID", state="OK", zip5="73701")
D = Place(number="310", street="DOGWOOD", suffix="CT", city="TYLER", state="TX", zip5="75701")
ABROAD = Place(number="1", street="KING", city="TORONTO", state="ON", address_type="F")
PLACES = {"A": A, "A2": A2, "B": B, "C": C, "D": D}

MARY = {"first_name": "MARY", "last_name": "SMITH"}
_shipments = itertools.count(1)


@dataclass
class Story:
    """A house with the list `spring`, told through files."""

    house: House
    folder: Path
    said: dict[str, str] = field(default_factory=dict)  # where the client last said somebody lives
    day: date = date(2026, 11, 20)

    @classmethod
    def begin(cls, house: House, folder: Path, **mary: str) -> Story:
        """Mary Smith is on the list at A, alone unless others are added."""
        story = cls(house, folder)
        story.house = replace(house, now=lambda: datetime.combine(story.day, datetime.min.time(), tzinfo=UTC))
        create_list(story.house, "spring", client="Acme", account=ACCOUNT)
        story.client("1", **(MARY | mary), at="A")
        return story

    def later(self, days: int) -> None:
        """Let days go by."""
        self.day += timedelta(days=days)

    def client(self, record_id: str, at: str | None = None, **columns: str) -> dict[str, Any]:
        """The client sends a file with one row: whom, where (as the last time, if not said), and other columns."""
        place = PLACES[self.said.setdefault(record_id, "A") if at is None else at]
        self.said[record_id] = at or self.said[record_id]
        row = {"record_id": record_id} | columns
        row |= {"address1": place.line, "city": place.city, "state": place.state, "zip5": place.zip5}
        return self.clients([row])

    def clients(self, rows: Iterable[dict[str, str]]) -> dict[str, Any]:
        """The client sends a file of several rows."""
        rows = list(rows)
        path = self.folder / f"extract-{next(_shipments)}.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return import_file(self.house, "spring", path)

    def key(self, record_id: str = "1") -> str:
        """The keyline of an addressee."""
        with reading(self.house.engine) as store:
            return str(store.value("SELECT keyline FROM addressee WHERE record_id = :id", id=record_id))

    def move(self, old: str, new: str | Place, on: str, record_id: str = "1", **more: Any) -> Detail:
        """A change of address from one place to another."""
        place = new if isinstance(new, Place) else PLACES[new]
        names = MARY | {"fulfilled": on} | more
        return coa(account=ACCOUNT, keyline=self.key(record_id), old=PLACES[old], new=place, move_date=on, **names)

    def left(self, old: str, on: str, code: str = "K", record_id: str = "1", **more: Any) -> Detail:
        """A change of address without a new one: K, G or W."""
        names = MARY | {"fulfilled": on} | more
        return coa(account=ACCOUNT, keyline=self.key(record_id), old=PLACES[old], move_date=on, code=code, **names)

    def back(self, where: str, code: str, on: str, record_id: str = "1") -> Detail:
        """A nixie about a place."""
        return nixie(account=ACCOUNT, keyline=self.key(record_id), code=code, old_zip=PLACES[where].zip5, fulfilled=on)

    def written(self, *records: Detail, layout: str = "singlesource_v02") -> Path:
        """Write a return file without applying it."""
        number = next(_shipments)
        path = self.folder / f"P1234562{number % 10}.{number:03d}"
        path.write_bytes(notification(family_named(layout), records, shipment=str(number), create_date="2026-11-19"))
        return path

    def file(self, *records: Detail, layout: str = "singlesource_v02") -> dict[str, Any]:
        """A return file arrives and is applied; the result, which must have been applied."""
        result = apply_file(self.house, self.written(*records, layout=layout), accept_large_change=True)
        assert result["status"] == "applied", result
        return result

    def due(self) -> dict[str, Any] | None:
        """The daily job: apply the moves whose date has come."""
        return apply_due(self.house)

    def undo(self, result: dict[str, Any]) -> dict[str, Any]:
        """Undo the batch of a result."""
        return undo_batch(self.house, int(result["batch"]))

    def questions(self) -> list[str]:
        """The reasons of the open questions, oldest first."""
        return [str(item["reason"]) for item in list_open(self.house)["items"]]  # type: ignore[attr-defined]

    def stands(self, record_id: str = "1") -> str:
        """Where an addressee is and with which status: `B mailable moved`."""
        with reading(self.house.engine) as store:
            row = store.one(
                """SELECT d.address1, d.zip5, a.status, a.status_reason FROM addressee a
                JOIN address d ON d.id = a.address_id WHERE a.record_id = :id""",
                id=record_id,
            )
        assert row is not None
        line, zip5, status, reason = row
        where = next((name for name, place in PLACES.items() if (place.line, place.zip5) == (line, zip5)), line)
        return f"{where} {status} {reason}".strip()

    def since(self, record_id: str = "1") -> str:
        """Since when the address is known to hold."""
        with reading(self.house.engine) as store:
            return str(store.value("SELECT address_since FROM addressee WHERE record_id = :id", id=record_id))

    def export(self) -> bytes:
        """The list as the client would get it."""
        path = self.folder / "out.csv"
        export_file(self.house, "spring", path)
        return path.read_bytes()
