"""An invented list with a known truth: whom a drop must take out, why, and whom it must leave in."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.care.apply import apply_answer
from daemon.care.send import send_list
from daemon.drop.check import check_drop
from daemon.drop.release import release_drop
from daemon.drop.rows import write_rows
from daemon.drop.state import create_drop, mark_mailed
from daemon.drop.suppression_load import add_file
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from tests.bureau import Bureau
from tests.engine import CASS, CODED, NCOA, Row

DAY = "2026-11-28"  # of the drop; the bureau's own day is 2026-11-20
STREETS = ("ELMWOOD ST", "BIRCHFIELD AVE", "CEDARBANK RD", "DOGTROT LN", "EASTMERE CT")
FIRSTS = ("ADA", "BORIS", "CLARA", "DEXTER", "EDITH", "FELIX", "GRETA", "HUGO", "INES")
ZIPS = (("ADA", "OK", "74820"), ("TULSA", "OK", "74101"), ("TYLER", "TX", "75701"))


def person(number: int, **more: str) -> Row:
    """One record of the list; no two of them share an address or a last name."""
    city, state, zip5 = ZIPS[number % 3]
    return {
        "record_id": f"{number:06d}",
        "first_name": FIRSTS[number % 9],
        "last_name": f"N{number:X}ORR".translate(str.maketrans("0123456789", "GHIJKLMNOP")),
        "address1": f"{100 + number} {STREETS[number % 5]}",
        "city": city,
        "state": state,
        "zip5": zip5,
        **more,
    }


@dataclass
class Mailing:
    """A bureau that cares for one list and mails it."""

    bureau: Bureau
    folder: Path
    files: int = field(default=0)

    def begin(self, rows: Sequence[Mapping[str, str]], name: str = "spring", **options: Any) -> Mailing:
        """Make a list of these records."""
        create_list(
            self.bureau.house, name, **({"client": "Acme", "account": "BYOBOFN", "mail_class": "marketing"} | options)
        )
        self.client(rows, name)
        return self

    def client(self, rows: Sequence[Mapping[str, str]], name: str = "spring") -> dict[str, Any]:
        """The client sends a file."""
        return import_file(self.bureau.house, name, self.write(rows))

    def write(self, rows: Sequence[Mapping[str, str]]) -> Path:
        """Write rows as CSV."""
        self.files += 1
        path = self.folder / f"file-{self.files}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            columns = list(dict.fromkeys(column for row in rows for column in row))
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def engine(self, kind: str, said: Mapping[str, Row] | None = None, name: str = "spring") -> dict[str, Any]:
        """Send the list out and take the answer in: everyone coded, nobody moved, but for what is said."""
        self.files += 1
        out, back = (self.folder / f"{word}-{self.files}.csv" for word in ("out", "back"))
        job = send_list(self.bureau.house, name, kind, out=out)
        with out.open(newline="", encoding="utf-8") as source, back.open("w", newline="", encoding="utf-8") as file:
            reader = csv.DictReader(source)
            writer = csv.DictWriter(
                file, [*(reader.fieldnames or ()), *(NCOA if kind == "ncoa" else CASS)], restval="", lineterminator="\n"
            )
            writer.writeheader()
            for row in reader:
                usual = {"ncoa_code": "00"} if kind == "ncoa" else _coded(row)
                writer.writerow(row | usual | (said or {}).get(row["record_id"], {}))
        result = apply_answer(self.bureau.house, back, job.id, accept_large_change=True)
        assert result["status"] == "applied", result
        return result

    def care(self, name: str = "spring") -> Mailing:
        """CASS, then NCOALink, and nothing is found."""
        self.engine("cass", name=name)
        self.engine("ncoa", name=name)
        return self

    def suppress(self, kind: str, rows: Sequence[Mapping[str, str]], **how: Any) -> dict[str, Any]:
        """Add a suppression file."""
        how = {"source": f"{kind} people", "as_of": "2026-11-01"} | how
        return add_file(self.bureau.house, kind, self.write(rows), **how)

    def drop(
        self, name: str = "fall", day: str = DAY, lists: Sequence[str] = ("spring",), **how: Any
    ) -> dict[str, Any]:
        """Make a drop and check it."""
        create_drop(self.bureau.house, name, lists=lists, day=day, **({"offer": "F26"} | how))
        return self.check(name)

    def check(self, name: str = "fall") -> dict[str, Any]:
        """Check a drop, and its sums."""
        told = check_drop(self.bureau.house, name)
        of = told["manifest"]
        assert of["read"] == sum(of[each] for each in ("rejected", "held", "suppressed", "duplicate", "mailable")), of
        came = of["read"]
        for step in told["steps"]:
            assert (step["in"], step["out"]) == (came, came - step["removed"]), step
            came = step["out"]
        assert came == of["mailable"]
        return told

    def mailed(self, name: str = "fall", day: str | None = None) -> None:
        """Release a drop and say that it went out."""
        release_drop(self.bureau.house, name)
        mark_mailed(self.bureau.house, name, day)

    def rows(self, name: str = "fall") -> dict[str, Row]:
        """What became of each record, by record_id."""
        path = self.folder / "rows.csv"
        write_rows(self.bureau.house, name, path)
        with path.open(newline="", encoding="utf-8") as file:
            return {row["record_id"]: row for row in csv.DictReader(file)}

    def came_to(self, record_id: str, name: str = "fall") -> str:
        """What became of one record: `suppressed converted`."""
        row = self.rows(name)[record_id]
        return f"{row['disposition']} {row['reason']}".strip()


def _coded(row: Row) -> Row:
    text = {"std_addr1": row["address1"], "std_addr2": row["address2"], "std_city": row["city"]}
    number = int(row["address1"].split()[0])
    code = {"std_zip4": f"{1000 + number % 9000}", "std_dp": f"{number % 100:02d}"}
    return CODED | text | {"std_state": row["state"], "std_zip5": row["zip5"]} | code
