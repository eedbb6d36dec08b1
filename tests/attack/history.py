"""A random history of one small list: files, imports, undos, answers, locks and days that go by, and what must hold."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.db import reading
from daemon.lists.create import create_list
from daemon.lists.export import export_file
from daemon.lists.load import import_file
from daemon.lists.lock import lock
from daemon.returns.apply import apply_file
from daemon.returns.due import apply_due
from daemon.returns.report import PILES
from daemon.returns.review import accept, list_open
from daemon.returns.review import reject as say_no
from daemon.returns.undo import undo_batch
from daemon.wiring import House
from keyline.keylines import make
from schemas.acs import family_named
from schemas.acs_write import Detail, Place, coa, nixie, notification
from tests.flows.story import A2, ABROAD, A, B, C, D

WHO = [
    {"record_id": "1", "first_name": "MARY", "last_name": "SMITH"},
    {"record_id": "2", "first_name": "PAUL", "last_name": "SMITH", "name_suffix": "JR"},
    {"record_id": "3", "company": "ACME TOOLS"},
    {"record_id": "4"},
    {"record_id": "5", "first_name": "ANN", "last_name": "LEE"},
]
DOMESTIC = [A, A2, B, C, D]
DATES = ["2026-03-02", "2026-05", "2026-05-17", "2026-08-30", "2026-10-01", "2026-11-25", "2026-12-05", "2027-01"]
FULFILLED = ["2026-04-01", "2026-06-10", "2026-06-11", "2026-09-15", "2026-10-30", "2026-11-18", ""]
NIXIES = "AEILMNPQRSUVRUQVBDX"
LAYOUTS = ["singlesource_v02", "singlesource_v02", "singlesource_v01", "traditional_427"]


@dataclass
class History:
    """One list `spring` on one database, and the dice."""

    house: House
    folder: Path
    dice: random.Random
    day: date = date(2026, 11, 20)
    files: list[Path] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    shipments: int = 0
    trusting: bool = False  # no imports, no locks, no undo that meets a conflict: then undo of all is exact

    def begin(self) -> None:
        """Everyone is on the list, at A, A2 or B; then one is lowered by the client."""
        self._clock()
        create_list(self.house, "spring", client="Acme", account="BYOBOFN")
        self.take([{**who, **_columns(self.dice.choice([A, A2, B]))} for who in WHO])

    def _clock(self) -> None:
        moment = datetime.combine(self.day, datetime.min.time(), tzinfo=UTC)
        self.house = replace(self.house, now=lambda: moment)

    def step(self) -> None:
        """Do one thing."""
        deeds = [self.file] * 8 + [self.answer] * 3 + [self.refuse] + [self.undo] * 3 + [self.later] * 2 + [self.again]
        if not self.trusting:
            deeds += [self.client] * 3 + [self.lock]
        deed = self.dice.choice(deeds)
        self.told.append(f"{deed.__name__}: {deed()}")

    def record(self) -> Detail:
        """Make up one record, mostly about somebody we know."""
        dice = self.dice
        who = dice.choice(WHO)
        number = int(who["record_id"])
        key = (
            make(f"{number:09d}") if dice.random() < 0.93 else dice.choice(["", "0000000099", "12", make("000000077")])
        )
        old, sent = dice.choice(DOMESTIC), dice.choice(FULFILLED)
        if dice.random() < 0.45:
            zip5 = "" if dice.random() < 0.05 else old.zip5
            return nixie(account="BYOBOFN", keyline=key, code=dice.choice(NIXIES), old_zip=zip5, fulfilled=sent)
        name = dice.choice(WHO[:2]) if dice.random() < 0.15 else who
        move_type = "B" if "company" in who else dice.choice("IIF")
        names = {
            "last_name": name.get("last_name", "NOBODY"),
            "first_name": name.get("first_name", ""),
            "suffix": name.get("name_suffix", ""),
        }
        if move_type == "B":
            names = {"company": who["company"]}
        code = dice.choice(["", "", "", "", "K", "G", "W"])
        new: Place | None = None
        if not code:
            new = dice.choice([*DOMESTIC, *DOMESTIC, ABROAD, Place()])
        when = dice.choice(DATES)
        return coa(
            account="BYOBOFN", keyline=key, old=old, new=new, move_date=when, move_type=move_type, code=code,
            fulfilled=sent, **names,
        )  # fmt: skip

    def file(self) -> str:
        """A return file comes."""
        self.shipments += 1
        path = self.folder / f"P{self.shipments:08d}.021"
        records = [self.record() for _ in range(self.dice.randint(1, 6))]
        family = family_named(self.dice.choice(LAYOUTS))
        path.write_bytes(notification(family, records, shipment=str(self.shipments), create_date="2026-11-19"))
        self.files.append(path)
        return self.apply(path)

    def apply(self, path: Path) -> str:
        """Apply it; the tally must close."""
        result: Any = apply_file(self.house, path)
        assert result["status"] in ("applied", "repeat"), result
        if result["status"] == "applied":
            assert result["read"] == sum(result[pile] for pile in PILES)
            assert result["read"] == sum(result["reasons"].values())
        return f"{path.name} {result['status']} {result.get('reasons')} answered {result.get('answered')}"

    def again(self) -> str:
        """One of the files comes again."""
        return self.apply(self.dice.choice(self.files)) if self.files else "nothing yet"

    def batches(self) -> list[int]:
        """Standing batches, oldest first."""
        with reading(self.house.engine) as store:
            return [row[0] for row in store.all("SELECT id FROM batch WHERE status = 'applied' ORDER BY id")]

    def undo(self) -> str:
        """Undo one."""
        standing = self.batches()
        if not standing:
            return "nothing stands"
        number = self.dice.choice(standing)
        if self.trusting and undo_batch(self.house, number, plan=True)["conflicts"]:
            return "would conflict"
        result = undo_batch(self.house, number)
        assert undo_batch(self.house, number) == {"batch": number, "undone": 0, "conflicts": []}
        return f"{standing.index(number)}th standing: {result['undone']}, {len(result['conflicts'])}"  # type: ignore[arg-type]

    def _open(self) -> list[int]:
        return [item["id"] for item in list_open(self.house)["items"]]  # type: ignore[attr-defined]

    def answer(self) -> str:
        """Say yes to a question."""
        waiting = self._open()
        if not waiting:
            return "no question"
        number = self.dice.choice(waiting)
        record = ("spring", self.dice.choice(WHO)["record_id"]) if self.dice.random() < 0.5 else None
        [item] = accept(self.house, [number], record=record)["items"]  # type: ignore[misc]
        return f"{item['outcome']} {item['reason']}"  # type: ignore[index]

    def refuse(self) -> str:
        """Say no to a question."""
        waiting = self._open()
        if waiting:
            say_no(self.house, [self.dice.choice(waiting)])
        return f"{len(waiting)} open"

    def later(self) -> str:
        """Days go by, and the daily job runs."""
        self.day += timedelta(days=self.dice.choice([1, 4, 12, 40]))
        self._clock()
        result = apply_due(self.house)
        return str(result["reasons"] if result else None)

    def take(self, rows: list[dict[str, str]]) -> str:
        """A client's file is taken in."""
        path = self.folder / "extract.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), restval="")
            writer.writeheader()
            writer.writerows(rows)
        result = import_file(self.house, "spring", path)
        assert not result["rejected"], result
        return str({name: result[name] for name in ("added", "changed", "unchanged", "kept")})

    def client(self) -> str:
        """The client sends some rows."""
        dice = self.dice
        rows = []
        for who in dice.sample(WHO, dice.randint(1, 3)):
            row = {**who, **_columns(dice.choice(DOMESTIC))}
            if dice.random() < 0.3:
                row["status"] = dice.choice(["mailable", "held", "undeliverable", "removed", "deceased"])
            if dice.random() < 0.3:
                row["address_since"] = dice.choice(["2026-01", "2026-05-20", "2026-11-01", ""])
            if dice.random() < 0.2:
                row["needs_cass"] = dice.choice(["true", "false"])
            rows.append(row)
        return self.take(rows)

    def lock(self) -> str:
        """An operator locks or unlocks somebody."""
        locked = self.dice.random() < 0.4
        lock(self.house, "spring", self.dice.choice(WHO)["record_id"], locked)
        return str(locked)

    def export(self) -> bytes:
        """The list as the client would get it."""
        path = self.folder / "out.csv"
        export_file(self.house, "spring", path)
        return path.read_bytes()

    def undo_all(self) -> None:
        """Undo whatever stands, the newest first."""
        for number in reversed(self.batches()):
            result = undo_batch(self.house, number)
            assert not result["conflicts"], (result, self.told)

    def hold(self) -> None:
        """What must hold whatever has happened."""
        with reading(self.house.engine) as store:
            for name, sql in MUST_BE_EMPTY.items():
                assert not (found := store.all(sql)), f"{name}: {found}\n" + "\n".join(self.told)


def _columns(place: Place) -> dict[str, str]:
    return {"address1": place.line, "city": place.city, "state": place.state, "zip5": place.zip5}


MUST_BE_EMPTY = {
    "a tally that does not close": """SELECT id FROM batch
        WHERE read <> moved + suppressed + held + kept + review + rejected""",
    "a batch without a decision for each record": """SELECT b.id FROM batch b
        WHERE b.read <> (SELECT count(*) FROM decision d WHERE d.batch_id = b.id AND NOT d.answered)""",
    "a decision that is in no batch's range": """SELECT d.id FROM decision d JOIN batch b ON b.id = d.batch_id
        WHERE d.id NOT BETWEEN b.first_decision AND b.last_decision""",
    "a decision without a line or an outcome": "SELECT id FROM decision WHERE line < 2 OR outcome = '' OR reason = ''",
    "a question that a batch no longer standing asks": """SELECT r.id FROM review_item r JOIN batch b
        ON b.id = r.batch_id WHERE r.status = 'open' AND b.status <> 'applied'""",
    "two open questions about one event of one addressee": """SELECT event FROM review_item
        WHERE status = 'open' AND addressee_id IS NOT NULL GROUP BY event, addressee_id HAVING count(*) > 1""",
    "an open question whose event stands": """SELECT r.id, d.batch_id FROM review_item r JOIN decision d
        ON d.event = r.event AND d.addressee_id = r.addressee_id AND d.took JOIN batch b ON b.id = d.batch_id
        WHERE r.status = 'open' AND b.status = 'applied' AND d.outcome IN ('moved', 'suppressed', 'held')""",
    "a move that waits for a batch no longer standing": """SELECT w.id FROM waiting_move w JOIN batch b
        ON b.id = w.batch_id WHERE w.status = 'waiting' AND b.status <> 'applied'""",
    "two standing batches of one shipment": """SELECT shipment FROM batch WHERE status = 'applied' AND kind = 'acs'
        GROUP BY customer, shipment, create_date HAVING count(*) > 1""",
    "an addressee whose address is somebody else's": """SELECT a.id FROM addressee a LEFT JOIN address d
        ON d.id = a.address_id WHERE d.id IS NULL OR d.addressee_id <> a.id""",
    "an addressee that is not where its last standing turn led": """SELECT a.id, c.id FROM addressee a
        JOIN change c ON c.addressee_id = a.id WHERE c.id = (SELECT max(id) FROM change x
        WHERE x.addressee_id = a.id AND x.undone_at IS NULL AND x.turned) AND (a.address_id <> c.to_address_id
        OR a.status <> c.to_status OR a.status_reason <> c.to_status_reason)""",
}
