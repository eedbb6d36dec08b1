"""A bureau with one list: what the client sends, what notices do meanwhile, and what the list then says."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from daemon import config
from daemon.db import engine_for, reading, writing
from daemon.lists.create import create_list
from daemon.lists.export import export_file
from daemon.lists.load import import_file
from daemon.turn import ADDRESS_COLUMNS, append_changes, turn
from daemon.wiring import House
from schemas.standing import STANDING

DAY = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
A = {"address1": "12 ELM ST", "city": "TULSA", "state": "OK", "zip5": "74101"}
B = {"address1": "99 BIRCH RD", "city": "ADA", "state": "OK", "zip5": "74820"}
D = {"address1": "310 DOGWOOD CT", "city": "TYLER", "state": "TX", "zip5": "75701"}
MARY: dict[str, str] = {"record_id": "1", "first_name": "MARY", "last_name": "SMITH"}


@dataclass
class Bureau:
    """A house, a folder the client's files come to, and the list `spring`."""

    house: House
    folder: Path
    files: int = field(default=0)

    @classmethod
    def on(cls, url: str, home: Path, folder: Path) -> Bureau:
        """Move in: no list yet."""
        return cls(House(home, config.load(home), engine_for(url), lambda: DAY), folder)

    def on_day(self, day: str) -> None:
        """Let it be another day."""
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
        self.house = replace(self.house, now=lambda: moment)

    def create(self, name: str = "spring", **options: Any) -> dict[str, Any]:
        """Make a list."""
        return create_list(self.house, name, **({"client": "Acme", "account": "BYOBOFN"} | options))

    def file(self, content: str | bytes | Sequence[Mapping[str, str]], name: str = "") -> Path:
        """Write what the client sends: text, bytes, or rows."""
        self.files += 1
        path = self.folder / (name or f"extract-{self.files}.csv")
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        else:
            columns = list(dict.fromkeys(column for row in content for column in row))
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows(content)
        return path

    def take(
        self, content: str | bytes | Sequence[Mapping[str, str]], into: str = "spring", **how: Any
    ) -> dict[str, Any]:
        """Import what the client sends."""
        return import_file(self.house, into, self.file(content), **how)

    def export(self, name: str = "spring", status: str = "all") -> bytes:
        """The list, as bytes."""
        path = self.folder / "export.csv"
        export_file(self.house, name, path, status=status)
        return path.read_bytes()

    def rows(self, name: str = "spring") -> dict[str, dict[str, str]]:
        """The list as exported, by record_id."""
        lines = self.export(name).decode().splitlines(keepends=True)
        return {row["record_id"]: row for row in csv.DictReader(lines)}

    def row(self, record_id: str = "1") -> dict[str, str]:
        """One exported row."""
        return self.rows()[record_id]

    def value(self, sql: str, **values: object) -> Any:
        """One value of the database."""
        with reading(self.house.engine) as store:
            return store.value(sql, **values)

    def all(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        with reading(self.house.engine) as store:
            return store.all(sql, **values)

    def notice(
        self, record_id: str = "1", to: Mapping[str, str] | None = None, source: str = "acs", **standing: object
    ) -> int:
        """Do what a notice does: move the addressee, change its status, or both. Returns the change's id."""
        with writing(self.house.engine) as store:
            row = store.one(f"SELECT id, {', '.join(STANDING)} FROM addressee WHERE record_id = :id", id=record_id)
            assert row is not None
            before = dict(zip(STANDING, row[1:], strict=True))
            before["needs_cass"] = bool(before["needs_cass"])
            after = before | standing
            if to is not None:
                after["address_id"] = store.next_id("address")
                address = dict.fromkeys(ADDRESS_COLUMNS, "") | dict(to)
                address |= {"id": after["address_id"], "addressee_id": row[0], "source": source}
                address["came_in"] = self.house.today()
                address["place_id"] = address["id"]
                store.load("address", ADDRESS_COLUMNS, [tuple(address[name] for name in ADDRESS_COLUMNS)])
            change = store.next_id("change")
            kind = "moved" if to else "status"
            append_changes(
                store, [(change, row[0], 1, None, 2, kind, True, *before.values(), *[after[name] for name in STANDING])]
            )
            turn(store, change, change)
            return change

    def moved(self, to: Mapping[str, str], on: str, record_id: str = "1", source: str = "acs") -> int:
        """A change of address was applied."""
        by = {"status": "mailable", "status_reason": "moved", "status_by": "notice"}
        return self.notice(record_id, to, source, **by, address_since=on, move_month=on[:7], needs_cass=True)

    def lowered(self, status: str, reason: str, record_id: str = "1", by: str = "notice") -> int:
        """A notice, NCOALink or CASS lowered the status."""
        return self.notice(record_id, status=status, status_reason=reason, status_by=by)

    def undo(self, change: int) -> None:
        """Mark a change as undone and turn the addressee back."""
        with writing(self.house.engine) as store:
            columns = ", ".join(f"from_{name}" for name in STANDING)
            row = store.one(f"SELECT addressee_id, {columns} FROM change WHERE id = :id", id=change)
            assert row is not None
            sets = ", ".join(f"{name} = :{name}" for name in STANDING)
            values = dict(zip(STANDING, row[1:], strict=True))
            values["needs_cass"] = bool(values["needs_cass"])
            store.run(f"UPDATE addressee SET {sets} WHERE id = :id", id=row[0], **values)
            store.run("UPDATE change SET undone_at = 'now' WHERE id = :id", id=change)


def counts(result: Mapping[str, Any]) -> dict[str, int]:
    """The piles of an import that are not empty."""
    piles = ("read", "added", "changed", "unchanged", "kept", "rejected")
    return {pile: result[pile] for pile in piles if result[pile]}


def rejects(result: Mapping[str, Any]) -> list[list[str]]:
    """The rows of the rejects file, header first."""
    with Path(result["rejects_file"]).open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))
