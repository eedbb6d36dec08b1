"""A bureau whose costs can be added up by hand: lists, what was mailed of them, and what came back."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon.costs.costs import costs
from daemon.costs.prices import add_price
from daemon.db import reading, writing
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.returns.apply import apply_file
from daemon.returns.paper import Papers, apply_papers
from daemon.returns.paper_entry import Entry
from daemon.wiring import House
from schemas.acs import family_named
from schemas.acs_write import Detail, Place, coa, nixie, notification

NEW = Place(number="99", street="BIRCH", suffix="RD", city="ADA", state="OK", zip5="74820")
ACCOUNTS = {"spring": "BYOBOFN", "autumn": "BYNHKRB"}
FC, OTHER = (("000501", 60),), (("000601", 250),)  # what an electronic notice cost in 2007


@dataclass
class Books:
    """A house with lists of invented people."""

    house: House
    folder: Path
    accounts: dict[str, str] = field(default_factory=lambda: dict(ACCOUNTS))
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def at(self, day: str) -> None:
        """Let it be a day."""
        moment = datetime.fromisoformat(f"{day}T09:30").replace(tzinfo=UTC)
        self.house = replace(self.house, now=lambda: moment)

    def number(self) -> int:
        """A number that was not there before."""
        return next(iter(self._numbers))

    def add(self, name: str, client: str, mail_class: str | None, people: int = 4, **options: Any) -> None:
        """Make a list of people who live side by side."""
        account = self.accounts.setdefault(name, str(options.pop("account", "")))
        create_list(self.house, name, client=client, account=account, mail_class=mail_class, **options)
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("record_id", "first_name", "last_name", "address1", "city", "state", "zip5"))
            for each in range(1, people + 1):
                writer.writerow((each, "ADA", f"{name.upper()}ER", f"{each} ELM ST", "TULSA", "OK", "74101"))
        assert import_file(self.house, name, path)["added"] == people

    def key(self, name: str, person: int) -> str:
        """The keyline of one of them."""
        return str(
            self.value(
                """SELECT a.keyline FROM addressee a JOIN mailing_list l ON l.id = a.list_id
                WHERE l.name = :name AND a.record_id = :id""",
                name=name,
                id=str(person),
            )
        )

    def move(self, name: str, person: int, on: str = "2026-08", **more: Any) -> Detail:
        """One of them has moved."""
        place = Place(number=str(person), street="ELM", city="TULSA", state="OK", zip5="74101")
        known: dict[str, Any] = {
            "keyline": self.key(name, person),
            "last_name": f"{name.upper()}ER",
            "first_name": "ADA",
        }
        common: dict[str, Any] = {
            "account": self.accounts[name],
            "old": place,
            "new": NEW,
            "move_date": on,
            "fulfilled": "2026-11-09",
        }
        return coa(**(common | known | more))

    def back(self, name: str, person: int, code: str = "V", **more: Any) -> Detail:
        """A piece to one of them could not be delivered."""
        common: dict[str, Any] = {"account": self.accounts[name], "keyline": self.key(name, person), "code": code}
        return nixie(**(common | {"old_zip": "74101", "fulfilled": "2026-11-09"} | more))

    def written(self, *records: Detail, day: str = "2026-11-10", layout: str = "singlesource_v02") -> Path:
        """Write a return file."""
        number = self.number()
        path = self.folder / f"P1234562{number % 10}.{number:03d}"
        path.write_bytes(notification(family_named(layout), records, shipment=str(number), create_date=day))
        return path

    def apply(self, path: Path) -> dict[str, Any]:
        """Apply a return file."""
        result = apply_file(self.house, path, accept_large_change=True)
        assert result["status"] == "applied", result
        return result

    def file(self, *records: Detail, day: str = "2026-11-10", layout: str = "singlesource_v02") -> dict[str, Any]:
        """A return file comes and is applied."""
        return self.apply(self.written(*records, day=day, layout=layout))

    def paper(self, name: str, person: int, code: str = "A", on: str = "2026-11-15") -> None:
        """A piece comes back by hand."""
        entry = Entry(1, self.key(name, person), code, None, "", "", on, "")
        result = apply_papers(self.house, name, Papers(f"return {self.number()}", [entry]), accept_large_change=True)
        assert result["status"] == "applied", result

    def labels(self, name: str, count: int, day: str = "2026-10-01") -> None:
        """So many labels were written."""
        number = self.number()
        with writing(self.house.engine) as store:
            store.run(
                """INSERT INTO label_run (list_id, file, sha256, at, format, labels) VALUES
                ((SELECT id FROM mailing_list WHERE name = :name), 'labels.csv', :sha, :at, 'csv', :count)""",
                name=name,
                sha=f"{number:064d}",
                at=f"{day}T10:00:00+00:00",
                count=count,
            )

    def mailed(self, drop: str, name: str, day: str, people: Sequence[int]) -> int:
        """A drop went to some of them; the rest of the list was held."""
        with writing(self.house.engine) as store:
            number = store.next_id("mail_drop")
            store.run(
                """INSERT INTO mail_drop (id, name, client, offer, mail_date, mail_class, dedupe, state, created_at,
                result, mailed_on) SELECT :id, :drop, client, 'A', :day, mail_class, 'none', 'mailed', :day, '{}', :day
                FROM mailing_list WHERE name = :name""",
                id=number,
                drop=drop,
                day=day,
                name=name,
            )
            ids = ", ".join(f"'{person}'" for person in people)
            store.run(
                f"""INSERT INTO drop_row (drop_id, addressee_id, list_id, step, disposition, reason, address_id, status)
                SELECT :drop, a.id, a.list_id, '', CASE WHEN a.record_id IN ({ids}) THEN 'mailable' ELSE 'held' END,
                '', a.address_id, a.status FROM addressee a JOIN mailing_list l ON l.id = a.list_id
                WHERE l.name = :name""",
                drop=number,
                name=name,
            )
        return number

    def price(self, item: str, price: str, day: str = "2026-01-01") -> None:
        """The operator enters a price."""
        add_price(self.house, item, from_date=day, price=price)

    def costs(self, client: str | None = None, since: str | None = None, until: str | None = None) -> dict[str, Any]:
        """What it all cost."""
        return costs(self.house, client, since, until)

    def value(self, sql: str, **values: object) -> Any:
        """One value of the database."""
        with reading(self.house.engine) as store:
            return store.value(sql, **values)

    def run(self, sql: str, **values: object) -> None:
        """Change the database behind everybody's back."""
        with writing(self.house.engine) as store:
            store.run(sql, **values)


def small_year(books: Books) -> None:
    """Acme's list `spring` and Bolt's list `autumn`: two files, one piece by hand, one care job."""
    from daemon.care.send import send_list

    books.add("spring", "Acme", "first-class", endorsement="change", option=2)
    books.add("autumn", "Bolt", "marketing", endorsement="change", option=1)
    send_list(books.house, "spring", "cass", out=books.folder / "out.csv")
    books.run("UPDATE care_job SET cost_mills = 25000, state = 'applied', created_at = '2026-10-20'")
    books.labels("spring", 2000)
    books.mailed("fall", "autumn", "2026-10-01", (1, 2, 3, 4))
    path = books.written(
        books.move("spring", 1, fees=FC), books.back("spring", 2, fees=FC), books.move("autumn", 1, fees=OTHER)
    )
    books.apply(path)
    unknown = books.back("spring", 3, keyline="9999999991")
    books.file(books.back("spring", 3, "N"), unknown, day="2026-11-12", layout="traditional_427")
    books.paper("spring", 4)
