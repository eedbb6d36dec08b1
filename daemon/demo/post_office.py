"""What an invented post office sends back for the labels: one zip, with every code in it.

It knows the mailing from the label file alone: the account on the first line, the keyline on the second.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pyzipper

from daemon.demo.data import SEED, SETTLED, Person, box, people, street
from keyline.keylines import make
from schemas.acs import family_named
from schemas.acs_write import Detail, Place, coa, nixie, notification

CUSTOMER: Final = "900001"
SHIPMENT: Final = "4711"
OTHER_ACCOUNT: Final = "BZZDEMO"  # nobody we know
COA_FEE: Final = ("000101", 210)  # product code and mills; invented
NIXIE_FEE: Final = ("000102", 210)

# Whom what happens to. Everyone else stays where they are.
FAMILY: Final = ("S0001", "S0002", "S0003", "S0005", "S0006")
INDIVIDUAL: Final = ("S0007", "S0009", "S0010", "S0011", "S0012", "S0013", "S0014", "S0015")
BUSINESS: Final = ("S0008", "S0016", "S0024")
CHAIN: Final = "S0017"  # moved twice
CORRECTED: Final = "S0018"  # moved, and the client knows better later
ASKED: Final = "S0019"  # moved from an address we never had
FUTURE: Final = "S0021"
NIXIES: Final = tuple(zip("AEILMNPQRSUVBDXT", (f"S{number:04}" for number in range(101, 117)), strict=True))
MORE_NIXIES: Final = (("Q", "S0117"), ("Q", "S0118"), ("Q", "S0119"), ("P", "S0121"))
EXPIRED: Final = tuple(record_id for letter, record_id in (*NIXIES, *MORE_NIXIES) if letter in "QDX")
MOVED_AWAY: Final = ("S0122", "S0123")
CLOSED_BOX: Final = "S0020"


class PostOffice:
    """Answers one mailing.

    Args:
        labels: the text of the label file.
        today: the day on which the answer is made; every date is near it.
    """

    def __init__(self, labels: str, today: date) -> None:
        rows = list(csv.DictReader(io.StringIO(labels)))
        self.account = rows[0]["line1"].removeprefix("#").split(" ")[0] if rows else ""
        self._keys = {row["record_id"]: row["keyline"] for row in rows}
        self._people = {person.record_id: person for person in people()}
        self._random = Random(SEED + 1)  # noqa: S311 - invented addresses, not secrets
        self._today = today

    def zip_file(self, password: bytes) -> tuple[str, bytes]:
        """Return the name and the bytes of the zip: the notification file and its three companions, AES."""
        day = f"{self._today:%y}.{self._today:%j}"
        year, number = day.split(".")
        records = self.records()
        members = {
            f"P{CUSTOMER}{year}.{number}": notification(
                family_named("singlesource_v02"),
                records,
                customer=CUSTOMER,
                shipment=SHIPMENT,
                create_date=self._today.isoformat(),
            ),
            f"P{CUSTOMER}{year}SN.{number}": self._shipping_notice(records),
            f"P{CUSTOMER}{year}SD.{number}": self._shipping_data(records),
            f"P{CUSTOMER}{year}CB.{number}": b"customer,shipment,records\r\n" + f"{CUSTOMER},{SHIPMENT},0\r\n".encode(),
        }
        envelope = io.BytesIO()
        with pyzipper.AESZipFile(
            envelope, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
        ) as archive:
            archive.setpassword(password)
            for name, content in members.items():
                archive.writestr(name, content)
        return f"P{CUSTOMER}{year}{number}.zip", envelope.getvalue()

    def records(self) -> list[Detail]:
        """Return every record, changes of address first."""
        return [*self._moves(), *self._odd_moves(), *self._nixies(), *self._strays()]

    def _days_ago(self, days: int) -> str:
        return (self._today - timedelta(days=days)).isoformat()

    def _coa(self, record_id: str, move_type: str = "I", days: int = 30, **given: object) -> Detail:
        person = self._people[record_id]
        names = {"first_name": person.first_name.upper(), "last_name": person.last_name.upper()}
        if person.company:
            names, move_type = {"company": person.company.upper()}, "B"
        values: dict[str, object] = {
            "account": self.account,
            "keyline": self._keys.get(record_id, ""),
            **names,
            "suffix": person.own.get("name_suffix", ""),
            "old": person.place,
            "new": street(self._random),
            "move_type": move_type,
            "move_date": self._days_ago(days),
            "fulfilled": self._days_ago(1),
            "fees": [COA_FEE],
        }
        return coa(**{**values, **given})  # type: ignore[arg-type]

    def _nixie(self, record_id: str, code: str, days: int = 2, **given: object) -> Detail:
        values: dict[str, object] = {
            "account": self.account,
            "keyline": self._keys.get(record_id, ""),
            "code": code,
            "old_zip": self._people[record_id].place.zip5,
            "fulfilled": self._days_ago(days),
            "fees": [NIXIE_FEE],
        }
        return nixie(**{**values, **given})  # type: ignore[arg-type]

    def _moves(self) -> list[Detail]:
        """Moves as they should be, a business among them; two in a row for one person, the later one first."""
        middle = street(self._random)
        return [
            *(self._coa(record_id, "F", days=20 + 3 * n) for n, record_id in enumerate(FAMILY)),
            *(self._coa(record_id, "I", days=15 + 5 * n) for n, record_id in enumerate(INDIVIDUAL)),
            *(self._coa(record_id, "B", days=40 + n) for n, record_id in enumerate(BUSINESS)),
            self._coa(CHAIN, old=middle, days=12),
            self._coa(CHAIN, new=middle, days=90),
            self._coa(CORRECTED, days=45),
            self._coa("S0004", new=box(self._random)),
        ]

    def _odd_moves(self) -> list[Detail]:
        """Moves that need a second look: each ends on a pile of its own."""
        abroad = Place(number="12", street="LANTERN", suffix="QUAY", city="TORONTO ON CANADA", address_type="F")
        away = Place(street="TEMPORARILY AWAY", suffix="")
        no_line = Place(city="TAOS", state="NM")
        odd = [
            self._coa(ASKED, old=street(self._random)),
            self._coa(FUTURE, days=-20),
            self._coa("S0022", new=abroad),
            self._coa("S0023", new=no_line),
            self._coa("S0025", new=away, code="W"),
            self._coa("S0026", first_name="GUSTAVE", last_name="WINTERBOURNE"),
            self._coa("S0027", new=self._people["S0027"].place),
            self._coa(SETTLED, days=400),
            self._coa(CLOSED_BOX, code="G", new=Place()),
        ]
        gone = [self._coa(record_id, code="K", new=Place(), days=25) for record_id in MOVED_AWAY]
        again = self._coa("S0028")
        return [*odd, *gone, again, again]

    def _nixies(self) -> list[Detail]:
        """Every letter there is, the retired ones and one that nobody knows; refused twice, on two days."""
        letters = [self._nixie(record_id, code) for code, record_id in (*NIXIES, *MORE_NIXIES)]
        return [*letters, self._nixie("S0109", "R", days=9)]

    def _strays(self) -> list[Detail]:
        """Records that lead to nobody, and one that cannot be read."""
        nobody = make("099999999")
        known = self._keys["S0029"]
        wrong = known[:-1] + str((int(known[-1]) + 1) % 10)
        return [
            self._nixie("S0029", "V", account=OTHER_ACCOUNT, type_of_acs="T"),
            self._coa("S0030", keyline=""),
            self._nixie("S0031", "V", keyline=make("WXYZ")),
            self._nixie("S0029", "V", keyline=wrong),
            self._nixie("S0033", "V", keyline=nobody),
            self._nixie("S0034", "V", fulfilled="20269999"),
        ]

    def _charges(self, records: list[Detail]) -> dict[str, tuple[int, int]]:
        sums: dict[str, tuple[int, int]] = {}
        for record in records:
            for code, mills in record.fees:
                count, before = sums.get(code, (0, 0))
                sums[code] = (count + 1, before + mills)
        return sums

    def _shipping_data(self, records: list[Detail]) -> bytes:
        titles = (
            "Indicator,Customer,ACS Date,Shipment,Mailer ID,Title,Product,Description,Quantity,Unit Cost,Total Cost"
        )
        lines = [titles]
        for code, (count, mills) in sorted(self._charges(records).items()):
            about = "Electronic COA" if code == COA_FEE[0] else "Electronic nixie"
            unit = f"{mills / count / 1000:.2f},{mills / 1000:.2f}"
            lines.append(
                f"D,{CUSTOMER},{self._today:%Y%m%d},{SHIPMENT},{self.account},SPRING,{code},{about},{count},{unit}"
            )
        return "\r\n".join([*lines, ""]).encode()

    def _shipping_notice(self, records: list[Detail]) -> bytes:
        lines = ["ADDRESS CHANGE SERVICE", "SHIPPING NOTICE (an invented one)", "", f"Customer {CUSTOMER}"]
        total = sum(mills for _, mills in self._charges(records).values())
        lines += [f"Shipment {SHIPMENT} of {self._today}", f"{len(records)} records", f"${total / 1000:.2f}", ""]
        return "\r\n".join(lines).encode()


def write_answer(labels: Path, folder: Path, today: date, password: bytes) -> Path:
    """Write the zip that comes back for a label file; return its path."""
    name, content = PostOffice(labels.read_text(encoding="utf-8"), today).zip_file(password)
    path = folder / name
    path.write_bytes(content)
    return path


def corrected(today: date) -> tuple[Person, dict[str, str]]:
    """Return whom the client corrects a while later, and the row of his next file: yet another address."""
    person = next(each for each in people() if each.record_id == CORRECTED)
    place = street(Random(SEED + 2))  # noqa: S311 - an invented address, not a secret
    moved = Person(CORRECTED, place, person.first_name, person.last_name, own=person.own)
    return moved, moved.row(address_since=today.isoformat())
