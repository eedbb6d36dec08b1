"""The report of a drop: whole, the same whenever it is printed, and nobody is named in it."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from daemon.care.proofs.proof import write_proof
from daemon.commands.drop_report import print_report
from daemon.db import writing
from daemon.drop.report import report, write_report
from daemon.errors import UsageError
from tests.bureau import Bureau
from tests.daemon.drop import drops

VOID = {"meta", "br", "hr", "img", "link"}
NAMES = ("wilhelmina", "smythe", "elm st", "tulsa")


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau that has checked `autumn-offer`: two lists from three files, one run that is not certified."""
    bureau = Bureau.on(database_url, home, desk)
    drops.furnish(bureau)
    drops.care(bureau, "spring", "cass", dpv="YDYNYYY")
    drops.care(bureau, "spring", "ncoa")
    drops.care(bureau, "autumn", "cass", dpv="YSY", certified=False)
    drops.suppression(bureau)
    drops.drop(bureau)
    yield bureau
    bureau.house.engine.dispose()


def written(bureau: Bureau, form: str, **how: Any) -> bytes:
    path = bureau.folder / f"report.{form}"
    told = write_report(bureau.house, "autumn-offer", path, **how)
    assert (told["file"], told["format"]) == (str(path), form)
    return path.read_bytes()


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


class Strict(HTMLParser):
    """Fails on what is not closed, and on whatever would ask for something outside."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "img", "link", "iframe"), tag
        assert not {name for name, _ in attrs} & {"src", "href", "onclick"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def said(self, page: bytes) -> str:
        self.feed(page.decode())
        self.close()
        assert self.open == [], "everything is closed"
        return " ".join(" ".join(self.text).split())


def test_every_record_is_told_of_with_the_file_and_line_that_brought_it(bureau: Bureau) -> None:
    told = report(bureau.house, "autumn-offer")
    files = {each["file"]: each for each in told["sources"]}
    assert [each["file"] for each in told["sources"]] == ["second.csv", "autumn.csv", "first.csv"], "the worst first"
    assert sum(each["records"] for each in told["sources"]) == told["manifest"]["read"] == len(drops.FATES)
    lines = [(each["line"], each["record_id"], each["reason"]) for each in files["second.csv"]["lines"]]
    assert lines == [(2, "S4", "dpv_not_confirmed"), (3, "S5", "ncoa_pending")]
    assert files["first.csv"]["lines"][0]["also"] == "move_update_expired"
    assert (files["second.csv"]["suppressed"], files["autumn.csv"]["duplicate"]) == (2, 1)
    unmailed = json.loads(written(bureau, "json"))["unmailed"]
    assert {each["record_id"] for each in unmailed} == {
        name for name, fate in drops.FATES.items() if fate[0] != "mailable"
    }
    assert next(each for each in unmailed if each["record_id"] == "A1") == {
        "list": "autumn", "file": "autumn.csv", "line": 2, "record_id": "A1", "disposition": "duplicate",
        "step": "dedupe", "reason": "household", "also": "", "survivor": "spring/S1",
    }  # fmt: skip


def test_what_the_mailable_records_are_worth_is_told(bureau: Bureau) -> None:
    told = report(bureau.house, "autumn-offer", piece_price=Decimal("0.65"))["deliverability"]
    assert (told["read"], told["mailable"], told["share"]) == (10, 3, 30.0)
    assert told["coding"]["dpv"] == {
        "confirmed": 1, "unit_missing": 1, "unit_not_confirmed": 1, "not_confirmed": 0, "not_run": 0,
    }  # fmt: skip
    assert (told["coding"]["rate"], told["coding"]["grade"]) == (100.0, "excellent")
    assert told["value"] == {
        "piece_price": "0.65",
        "not_mailed": 7,
        "not_spent": "4.55",
        "better_used": ["0.18", "0.31"],
    }
    assert "value" not in report(bureau.house, "autumn-offer")["deliverability"]
    with pytest.raises(UsageError):
        report(bureau.house, "autumn-offer", piece_price=Decimal("-1"))


def test_what_nobody_should_overlook_stands_first(bureau: Bureau) -> None:
    drops.suppression(bureau, as_of="2026-08-01", kind="deceased")
    drops.labels(bureau, 3)
    told = report(bureau.house, "autumn-offer")
    assert told["alerts"] == [
        "The sums do not close: labels: 3 in labels.csv, 4 to print",
        "Step dpv is overridden by R. Vance: the client insists",
        "CASS job 3 of autumn is not CASS certified",
        "Suppression file 2 (deceased) is 122 days old; it may be 60",
    ]
    assert told["pieces"] == [
        {"account": "BYOBOFN", "pieces": 3, "lowest": "000000001", "highest": "000000003", "used_on": "2026-12-01"}
    ]
    assert told["quantity"] == {"wanted": 5, "available": 3, "over": -2}
    page, pdf = Strict().said(written(bureau, "html")), text_of(written(bureau, "pdf"))
    for alert in told["alerts"]:
        assert alert in page
        assert alert in pdf


def test_a_proof_sheet_is_no_label_file_that_must_have_every_piece(bureau: Bureau) -> None:
    drops.labels(bureau, 4)
    drops.labels(bureau, 2, form="pdf")
    assert report(bureau.house, "autumn-offer")["inequalities"] == []


@pytest.mark.parametrize("form", ["pdf", "html", "json"])
def test_a_past_drop_is_printed_again_to_the_byte_whatever_has_happened_since(bureau: Bureau, form: str) -> None:
    with writing(bureau.house.engine) as store:
        store.run("UPDATE mail_drop SET state = 'mailed', mailed_on = '2026-12-01'")
    first = written(bureau, form)
    bureau.house = replace(bureau.house, now=lambda: datetime(2027, 6, 1, 8, tzinfo=UTC))
    assert written(bureau, form) == first, "half a year later"
    drops.take(bureau, "spring", ["S1", "S9"], "third.csv", address1="99 BIRCH RD")
    drops.care(bureau, "spring", "cass", day="2027-05-20", dpv="NNNNNNNN")
    drops.suppression(bureau)
    with writing(bureau.house.engine) as store:
        store.run("UPDATE suppression_file SET loaded_at = '2027-05-01T00:00:00+00:00' WHERE id = 2")
        store.run("UPDATE suppression_file SET withdrawn_at = '2027-05-02T00:00:00+00:00' WHERE id = 1")
        store.run("UPDATE batch SET status = 'undone', undone_at = '2027-05-30T00:00:00+00:00' WHERE id = 1")
        store.run("UPDATE coding SET undone_at = '2027-05-30T00:00:00+00:00' WHERE job_id = 1")
        store.run("UPDATE care_job SET state = 'undone' WHERE id = 1")
        store.run("UPDATE addressee SET status = 'removed', status_reason = 'vacant'")
    assert written(bureau, form) == first, "the lists, the runs and the suppression files are others now"


def test_nobody_is_named_in_any_of_them(bureau: Bureau) -> None:
    said = [Strict().said(written(bureau, "html")), text_of(written(bureau, "pdf")), written(bureau, "json").decode()]
    for each in said:
        assert "S4" in each, "a record is its client's own key"
        assert not [name for name in NAMES if name in each.lower()]
        assert str(bureau.folder) not in each


def test_page_and_pdf_say_the_same(bureau: Bureau) -> None:
    page, pdf = Strict().said(written(bureau, "html")), text_of(written(bureau, "pdf"))
    for words in (
        "10 = 3 rejected + 1 held + 2 suppressed + 1 duplicate + 3 mailable",
        "second.csv (spring): 2 rejected or held: dpv not confirmed 1, ncoa pending 1",
        "Engine 9.1, NOT CASS CERTIFIED",
        "5; 3 can be mailed, 2 short",
        "CASS: standard form, ZIP+4, delivery point",
    ):
        assert words in page
        assert words in pdf


def test_the_pdf_is_letter_and_says_neither_when_nor_where_it_was_made(bureau: Bureau) -> None:
    reader = PdfReader(io.BytesIO(written(bureau, "pdf")))
    assert [tuple(map(float, page.mediabox[2:])) for page in reader.pages] == [(612.0, 792.0)] * len(reader.pages)
    assert reader.metadata is not None
    assert reader.metadata.title == "Drop report: autumn-offer"
    assert str(reader.metadata.get("/CreationDate", "")).startswith("D:2000")


def test_markup_and_letters_that_a_font_lacks_do_no_harm(bureau: Bureau) -> None:
    with writing(bureau.house.engine) as store:
        store.run("UPDATE mail_drop SET client = :client", client='<b>Ačme & Søn</b> 種 "quoted"')
    assert '<b>Ačme & Søn</b> 種 "quoted" · offer FALL26' in Strict().said(written(bureau, "html"))
    assert '<b>Acme & Søn</b> ? "quoted"' in text_of(written(bureau, "pdf"))


def test_a_page_has_fifty_lines_of_a_file_and_the_json_has_all(bureau: Bureau) -> None:
    ids = [f"L{number:03}" for number in range(73)]
    drops.take(bureau, "spring", ids, "long.csv")
    with writing(bureau.house.engine) as store:
        store.run(
            """INSERT INTO drop_row (drop_id, addressee_id, list_id, step, disposition, reason, also, address_id,
            status) SELECT 1, id, list_id, 'cass', 'rejected', 'no_cass', '', address_id, status FROM addressee
            WHERE record_id LIKE 'L%'"""
        )
    source = report(bureau.house, "autumn-offer")["sources"][0]
    assert (source["file"], len(source["lines"]), source["more"]) == ("long.csv", 50, 23)
    assert [each["line"] for each in source["lines"]] == list(range(2, 52))
    unmailed = json.loads(written(bureau, "json"))["unmailed"]
    assert [each["record_id"] for each in unmailed if each["file"] == "long.csv"] == ids
    page = Strict().said(written(bureau, "html"))
    assert "L049" in page
    assert "L050" not in page
    assert "and 23 more of this file" in page


def test_a_drop_whose_sums_did_not_close_is_told_of_all_the_same(bureau: Bureau) -> None:
    with writing(bureau.house.engine) as store:
        result = {"steps": [], "manifest": {"read": 10, "mailable": 3, "inequalities": ["records: 10, 9 found"]}}
        store.run("UPDATE mail_drop SET state = 'blocked', result = :result", result=json.dumps(result))
    assert report(bureau.house, "autumn-offer")["alerts"][0] == "The sums do not close: records: 10, 9 found"
    assert "The sums do not close: records: 10, 9 found" in text_of(written(bureau, "pdf"))
    assert "blocked" in Strict().said(written(bureau, "html"))


def test_seeds_are_counted_apart(bureau: Bureau) -> None:
    with writing(bureau.house.engine) as store:
        seed = "UPDATE drop_row SET disposition = 'mailable', reason = 'seed' WHERE reason = 'no_cass'"
        assert store.run(seed) == 1
    told = report(bureau.house, "autumn-offer")
    assert sum(each["records"] for each in told["sources"]) == len(drops.FATES) - 1
    assert told["deliverability"]["coding"]["of"] == 3


@pytest.mark.parametrize("name", ["report", "report.docx", "report.pdf.zip"])
def test_another_kind_of_file_is_wrong_usage(bureau: Bureau, name: str) -> None:
    with pytest.raises(UsageError, match=r"a report is a \.pdf, a \.html or a \.json"):
        write_report(bureau.house, "autumn-offer", bureau.folder / name)


def test_a_drop_that_there_is_not_or_that_was_not_checked_has_no_report(bureau: Bureau) -> None:
    with pytest.raises(UsageError):
        report(bureau.house, "winter")
    with writing(bureau.house.engine) as store:
        store.run("UPDATE mail_drop SET state = 'draft', checked_at = NULL, result = '{}'")
    with pytest.raises(UsageError, match="not checked yet; `listkeeper drop check autumn-offer`"):
        write_report(bureau.house, "autumn-offer", bureau.folder / "report.pdf")
    assert not (bureau.folder / "report.pdf").exists()


def test_many_records_need_no_more_memory(sqlite_url: str, tmp_path: Path) -> None:
    bureau = Bureau.on(sqlite_url, tmp_path, tmp_path)
    drops.furnish(bureau)
    drops.drop(bureau)

    def most(letter: str, records: int) -> int:
        drops.take(bureau, "spring", [f"{letter}{number}" for number in range(records)], f"{letter}.csv")
        with writing(bureau.house.engine) as store:
            store.run(
                f"""INSERT INTO drop_row (drop_id, addressee_id, list_id, step, disposition, reason, also, address_id,
                status) SELECT 1, id, list_id, 'cass', 'rejected', 'no_cass', '', address_id, status FROM addressee
                WHERE record_id LIKE '{letter}%'"""
            )
        tracemalloc.start()
        written(bureau, "json")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, many = most("F", 4_000), most("M", 12_000)
    assert many < few + 500_000, (few, many)
    bureau.house.engine.dispose()


def test_the_terminal_shows_it_in_short(bureau: Bureau, capsys: pytest.CaptureFixture[str]) -> None:
    print_report(report(bureau.house, "autumn-offer", piece_price=Decimal("0.65")))
    said = capsys.readouterr().out
    assert said.startswith("Drop autumn-offer of Acme: checked\n")
    for words in ("30.0 % mailable", "dpv           9        1    8  overridden", "second.csv", "warning: CASS job 3"):
        assert words in said


def test_the_proof_of_a_drop_has_its_manifest_and_its_report(bureau: Bureau) -> None:
    with writing(bureau.house.engine) as store:
        store.run("DELETE FROM paper")  # their originals are of no archive
    path = bureau.folder / "proof.zip"
    told = write_proof(bureau.house, "autumn-offer", path)
    assert (told["client"], told["drop"], [each["list"] for each in told["lists"]]) == (
        "Acme", "2026-12-01", ["spring", "autumn"],
    )  # fmt: skip
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("drop/manifest.json")) == report(bureau.house, "autumn-offer")["manifest"]
        assert archive.read("drop/report.pdf") == written(bureau, "pdf")
        assert archive.read("drop/report.json") == written(bureau, "json")
    assert write_proof(bureau.house, "spring", path)["drop"] == "2026-11-20", "a list's is of today"
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if name.startswith("drop/")]
    with pytest.raises(UsageError, match="is a drop of 2026-12-01; leave --drop out"):
        write_proof(bureau.house, "autumn-offer", path, drop=datetime(2026, 12, 2, tzinfo=UTC).date())
