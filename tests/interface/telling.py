"""Words in which the interface is tried: one record and what became of it, settings, accounts, the command."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon import config
from daemon.db import reading
from daemon.lists.create import create_list
from daemon.lists.export import export_file
from daemon.lists.load import import_file
from daemon.returns.apply import apply_file
from daemon.wiring import House
from schemas.acs import family_named
from schemas.acs_write import Detail, coa, nixie, notification
from tests.flows.story import ACCOUNT, MARY, PLACES, A, Story
from tests.running import Command, Ran

PILES = ("moved", "suppressed", "held", "kept", "review", "rejected")
LAYOUTS = ("singlesource_v01", "singlesource_v02", "traditional_427", "onecode_legacy_559")


def came_to(result: Mapping[str, Any]) -> str:
    """Say where the records of a file went: `moved 1: moved 1`; piles that are empty are left out."""
    assert result["read"] == sum(result[pile] for pile in PILES), result
    piles = ", ".join(f"{pile} {result[pile]}" for pile in PILES if result[pile])
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(result["reasons"].items()))
    return f"{piles}: {reasons}"


def one(story: Story, *records: Detail, layout: str = "singlesource_v02") -> str:
    """Apply a file of one record, or of several that come to the same; return outcome and reason."""
    result = story.file(*records, layout=layout)
    assert len(result["reasons"]) == 1, result
    (outcome,) = [pile for pile in PILES if result[pile]]
    return f"{outcome} {next(iter(result['reasons']))}"


def row(story: Story, record_id: str = "1", name: str = "spring") -> dict[str, str]:
    """One row of the list as the client would get it."""
    path = story.folder / "one.csv"
    export_file(story.house, name, path)
    with path.open(newline="", encoding="utf-8") as file:
        return next(each for each in csv.DictReader(file) if each["record_id"] == record_id)


def settings(story: Story, text: str) -> None:
    """Let the operator write listkeeper.toml."""
    (story.house.home / config.FILE).write_text(text, encoding="utf-8")
    story.house = replace(story.house, settings=config.load(story.house.home))


def waiting(story: Story) -> int:
    """How many moves wait for their day."""
    with reading(story.house.engine) as store:
        return int(store.value("SELECT count(*) FROM waiting_move WHERE status = 'waiting'"))


@dataclass
class Mailers:
    """Lists on accounts of any kind; on each is Mary Smith, at A, with record_id 1."""

    house: House
    folder: Path
    files: int = field(default=0)

    def add(self, name: str, account: str, **options: Any) -> str:
        """Make a list with Mary on it; return her key."""
        create_list(self.house, name, client="Acme", account=account, **options)
        path = self.folder / f"{name}.csv"
        path.write_text(
            "record_id,first_name,last_name,address1,city,state,zip5\n"
            f"1,{MARY['first_name']},{MARY['last_name']},{A.line},{A.city},{A.state},{A.zip5}\n"
        )
        assert import_file(self.house, name, path)["added"] == 1
        return self.row(name)["keyline"]

    def row(self, name: str) -> dict[str, str]:
        """Mary as the list has her."""
        path = self.folder / "out.csv"
        export_file(self.house, name, path)
        with path.open(newline="", encoding="utf-8") as file:
            return next(csv.DictReader(file))

    def stands(self, name: str) -> str:
        """Where Mary is and with which status."""
        mary = self.row(name)
        where = next(n for n, p in PLACES.items() if (p.line, p.zip5) == (mary["address1"], mary["zip5"]))
        return f"{where} {mary['status']} {mary['status_reason']}".strip()

    def move(self, account: str, **more: Any) -> Detail:
        """Mary's move from A to B, under an account."""
        return coa(**(MARY | {"account": account, "old": A, "new": PLACES["B"], "move_date": "2026-04-10"} | more))

    def back(self, account: str, **more: Any) -> Detail:
        """A vacant house at A, under an account."""
        return nixie(**({"account": account, "code": "V", "old_zip": A.zip5} | more))

    def file(self, *records: Detail, layout: str = "singlesource_v02") -> dict[str, Any]:
        """A return file arrives; whatever becomes of it."""
        self.files += 1
        path = self.folder / f"returns.{self.files:03d}"
        path.write_bytes(notification(family_named(layout), records, shipment=str(self.files)))
        return apply_file(self.house, path, accept_large_change=True)


@dataclass
class Office:
    """The command line with a small list."""

    here: Command
    process: Command
    home: Path
    desk: Path
    files: int = field(default=0)

    def __call__(self, *words: object, **how: Any) -> Ran:
        """Call the command in this process."""
        return self.here(*words, **how)

    def rows(self, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
        """Write a CSV."""
        path = self.desk / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for each in rows for key in each)), restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def spring(self, people: int = 3) -> Office:
        """Make the list `spring`: Mary Smith and others, all at A."""
        self("list", "create", "spring", "--client", "Acme", "--account", ACCOUNT).ok()
        names = ["MARY", *(f"NAME{number}" for number in range(2, people + 1))]
        at_a = {"last_name": "SMITH", "address1": A.line, "city": A.city, "state": A.state, "zip5": A.zip5}
        rows = [{"record_id": str(n), "first_name": name} | at_a for n, name in enumerate(names, 1)]
        self("list", "import", "spring", self.rows("spring.csv", rows)).ok()
        return self

    def export(self) -> list[dict[str, str]]:
        """The list as it is now."""
        self("list", "export", "spring", "now.csv").ok()
        with (self.desk / "now.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def key(self, record_id: str = "1") -> str:
        """The keyline of an addressee."""
        return next(each["keyline"] for each in self.export() if each["record_id"] == record_id)

    def move(self, record_id: str = "1", **more: Any) -> Detail:
        """A family move from A to B."""
        known = {"account": ACCOUNT, "keyline": self.key(record_id), "last_name": "SMITH", "move_type": "F"}
        return coa(**(known | {"old": A, "new": PLACES["B"], "move_date": "2026-04-10"} | more))

    def back(self, record_id: str = "1", **more: Any) -> Detail:
        """A nixie about A."""
        known = {"account": ACCOUNT, "keyline": self.key(record_id), "code": "V", "old_zip": A.zip5}
        return nixie(**(known | more))

    def returns(self, *records: Detail | bytes, layout: str = "singlesource_v02", **header: Any) -> Path:
        """Write a return file."""
        self.files += 1
        path = self.desk / f"P1234562{self.files % 10}.{self.files:03d}"
        path.write_bytes(notification(family_named(layout), records, **{"shipment": str(self.files)} | header))
        return path
