"""Interface, section 6 and 9: label files in every format, of a list and of a drop, through the command."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from daemon.drop.release import release_drop
from daemon.returns.apply import apply_file
from daemon.returns.why import tell_why
from keyline.imb import split_digits
from keyline.keylines import read
from schemas.acs import family_named
from schemas.acs_write import nixie, notification
from tests.bureau import Bureau
from tests.drops import Mailing, person
from tests.interface.telling import Office
from tests.released import rows_of

FORMATS = ("csv", "fixed", "zpl", "pdf")


def spring(office: Office, account: str = "BYOBOFN", *more: str) -> Office:
    """A list of three."""
    office("list", "create", "spring", "--client", "Acme", "--account", account, *more).ok()
    rows = [person(n, zip4="1234", delivery_point="12") for n in (1, 2, 3)]
    office("list", "import", "spring", office.rows("spring.csv", rows)).ok()
    return office


def keys_in(path: Path, format_: str) -> list[str]:
    """The keys as the printer, or whoever reads the file, finds them."""
    if format_ == "csv":
        with path.open(newline="", encoding="utf-8") as file:
            return [row["keyline"] for row in csv.DictReader(file)]
    if format_ == "pdf":
        text = "\n".join(page.extract_text() for page in PdfReader(path).pages)
        return [read(line) for line in text.splitlines() if re.fullmatch("#[0-9 ]+#", line)]
    if format_ == "fixed":
        records = path.read_bytes().split(b"\n")[:-1]
        assert {len(record) for record in records} == {400}
        digits = [record[369:400].decode().strip() for record in records]
        return [
            split_digits(each).serial if each else read(rest[73:106].decode())
            for each, rest in zip(digits, records, strict=True)
        ]
    text = path.read_text(encoding="utf-8")
    return [read(line) for line in re.findall(r"\^FD(#[0-9 ]+#)\^FS", text)] or [
        split_digits(each).serial for each in re.findall(r"\^BZN,[0-9]+,N,N,3\^FD([0-9]+)\^FS", text)
    ]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_list_is_labelled_in_every_format_and_each_key_is_there(office: Office, format_: str) -> None:
    spring(office)
    told = office("labels", "spring", f"labels.{format_}", "--format", format_, "--json").ok().json
    assert (told["labels"], told["rejected"]) == (3, 0)
    assert keys_in(office.desk / f"labels.{format_}", format_) == ["0000000018", "0000000026", "0000000034"]


@pytest.mark.parametrize("format_", ["csv", "fixed", "zpl"])
def test_a_mailer_ids_labels_carry_their_serials_in_every_format(office: Office, format_: str) -> None:
    spring(office, "567094", "--class", "first-class", "--endorsement", "change", "--option", "2")
    office("labels", "spring", f"labels.{format_}", "--format", format_).ok()
    assert keys_in(office.desk / f"labels.{format_}", format_) == ["000000001", "000000002", "000000003"]


def test_a_layout_goes_with_the_fixed_format_only(office: Office) -> None:
    spring(office)
    (office.desk / "mine.toml").write_text("line1 = [1, 30]\nline2 = [31, 60]\nlength = 60\n")
    office("labels", "spring", "labels.txt", "--format", "fixed", "--layout", "mine.toml").ok()
    records = (office.desk / "labels.txt").read_bytes().split(b"\n")
    assert records[0] == b"#BYOBOFN".ljust(30) + b"#0000 0000 18#".ljust(30)
    assert office("labels", "spring", "labels.csv", "--layout", "mine.toml").code == 2
    assert office("labels", "spring", "labels.txt", "--format", "fixed", "--layout", "none.toml").code == 2


def test_the_proof_sheet_is_a_pdf_with_the_rules_beside_the_labels(office: Office) -> None:
    spring(office)
    told = office("labels", "spring", "proof.pdf", "--proof", "--json").ok().json
    assert (told["labels"], told["shown"], told["faults"]) == (3, 3, 0)
    text = PdfReader(office.desk / "proof.pdf").pages[0].extract_text()
    assert "#0000 0000 18#" in text
    assert "check digit, MOD 10" in text
    assert office("labels", "spring", "proof.zpl", "--proof", "--format", "zpl").code == 2


def test_a_list_with_class_and_endorsement_needs_no_stid_and_a_contradiction_is_told(office: Office) -> None:
    spring(office, "567094", "--class", "marketing", "--endorsement", "return")
    office("labels", "spring", "labels.csv").ok()
    assert {row["imb_digits"][2:5] for row in rows_of(office.desk / "labels.csv")} == {"272"}
    told = office("list", "change", "spring", "--stid", "082", "--json").ok().json
    assert len(told["warnings"]) == 2
    office("labels", "spring", "labels.csv").ok()
    assert {row["imb_digits"][2:5] for row in rows_of(office.desk / "labels.csv")} == {"082"}


def test_an_endorsement_that_the_table_does_not_name_alone_is_refused_with_what_there_is(office: Office) -> None:
    spring(office, "567094", "--class", "first-class", "--endorsement", "address")
    ran = office("labels", "spring", "labels.csv")
    assert ran.code == 2
    assert "230 (address option 1), 080 (address option 2)" in " ".join(ran.err.split())
    office("list", "change", "spring", "--option", "1").ok()
    office("labels", "spring", "labels.csv").ok()


@pytest.fixture
def mailing(database_url: str, home: Path, desk: Path) -> Any:
    bureau = Bureau.on(database_url, home, desk)
    yield Mailing(bureau, desk)
    bureau.house.close()


def test_a_drop_is_labelled_and_a_notice_finds_its_piece_and_its_addressee(mailing: Mailing, office: Office) -> None:
    mailing.begin([person(n) for n in range(1, 7)], account="567094", endorsement="change", option=1).care().drop()
    assert office("drop", "labels", "fall", "fall.csv").code == 2  # not released
    release_drop(mailing.bureau.house, "fall")
    told = office("drop", "labels", "fall", "fall.csv", "--json").ok().json
    assert (told["labels"], told["serials"], told["lists"]) == (6, 6, {"spring": 6})
    rows = {row["record_id"]: row for row in rows_of(office.desk / "fall.csv")}
    piece = rows["000004"]
    serial = split_digits(piece["imb_digits"]).serial
    assert serial == piece["keyline"] != mailing.bureau.row("000004")["keyline"]
    again = office("drop", "labels", "fall", "fall.zpl", "--format", "zpl", "--json").ok().json
    assert again["serials"] == 0
    assert keys_in(office.desk / "fall.zpl", "zpl") == [row["keyline"] for row in rows.values()]

    back = nixie(account="567094", keyline=serial, code="V", old_zip=mailing.bureau.row("000004")["zip5"])
    path = office.desk / "returns.001"
    path.write_bytes(notification(family_named("singlesource_v02"), [back], shipment="1"))
    assert apply_file(mailing.bureau.house, path, accept_large_change=True)["suppressed"] == 1
    gone = mailing.bureau.row("000004")
    assert (gone["status"], gone["status_reason"]) == ("undeliverable", "vacant")
    history = tell_why(mailing.bureau.house, "spring", "000004")["history"]
    said = [each["said"] for each in history if each["what"] == "labels"]
    assert said == [f"drop fall of 2026-11-28, offer F26, piece {serial}"] * 2
    assert office("labels", "spring", "now.csv", "--drop", "fall", "--json").ok().json["rejected"] == 1


def test_the_newest_piece_with_a_serial_says_whose_it_was(mailing: Mailing, office: Office) -> None:
    from daemon.db import writing

    bureau = mailing.begin([person(n) for n in (1, 2, 3)], account="912345678", stid="082").bureau
    with writing(bureau.house.engine) as store:
        account = store.value("SELECT id FROM account")
        ids = [row[0] for row in store.all("SELECT id FROM addressee ORDER BY record_id")]
        pieces = [
            (account, "000777", 1, ids[0], "2026-01-05"),
            (account, "000777", 3, ids[1], "2026-06-05"),
            (account, "000777", 2, ids[2], "2026-03-05"),
            (account, "000001", 9, ids[2], "2026-06-05"),  # somebody's own key comes first
        ]
        store.load("piece", ("account_id", "serial", "drop_id", "addressee_id", "used_on"), pieces)
    for shipment, (serial, record_id) in enumerate([("000777", "000002"), ("000001", "000001")], 1):
        back = nixie(account="912345678", keyline=serial, code="V", old_zip=bureau.row(record_id)["zip5"])
        path = office.desk / f"returns.{shipment:03d}"
        path.write_bytes(notification(family_named("singlesource_v02"), [back], shipment=str(shipment)))
        assert apply_file(bureau.house, path, accept_large_change=True)["suppressed"] == 1
        assert bureau.row(record_id)["status"] == "undeliverable"
    assert bureau.row("000003")["status"] == "mailable"
