"""Proof papers are read by their labels: any edition, any layout, text and PDF; what cannot be read is named."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from daemon.care.proofs.paper_text import MOST_CHARACTERS
from daemon.care.proofs.papers import PaperFields, read_paper
from daemon.errors import SetAsideError, UsageError
from daemon.simulator.answer import CassTally, NcoaTally
from daemon.simulator.reports import cass_report, ncoa_report

GOLDENS = Path(__file__).parents[2] / "goldens" / "papers"
PAPERS = sorted(GOLDENS.glob("*.txt"))
PRINTED = [path for path in PAPERS if "service" not in path.name]
FORM = {
    "PS Form 3553": "",
    "Date List Processed - Master File": "11/20/2026",
    "Date of Database Product Used - ZIP+4 File": "11/01/2026",
    "Total Records Submitted for Processing": "10,000",
    "ZIP+4/DPV Confirmed": "9,412 11/01/2026 02/28/2027",
}
REPORT = {
    "NCOALink Processing Summary Report": "",
    "PAF ID": "X1Y251111001AB0001",
    "Date Processing Completed": "20261118",
    "Total Records Processed": "812",
    "NCOALink Matches": "97",
}


def lines(labels: dict[str, str], **changed: str | None) -> str:
    """A paper of a label a line; a value that is None leaves its label out."""
    told = labels | {name.replace("_", " "): value for name, value in changed.items()}
    return "".join(f"{name}: {value}\n" for name, value in told.items() if value is not None)


class Desk:
    """Papers are laid on it and read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "paper.txt"

    def read(self, content: str | bytes) -> PaperFields:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_paper(self.path)

    def fields(self, content: str | bytes) -> dict[str, Any]:
        return dict(self.read(content).fields)

    def refusal(self, content: str | bytes) -> tuple[str, str | None]:
        with pytest.raises(SetAsideError) as caught:
            self.read(content)
        assert caught.value.file == "paper.txt"
        return caught.value.reason, caught.value.field


@pytest.fixture
def table(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def pdf(text: str, *, font: str = "Courier", encrypt: str | None = None) -> bytes:
    """A real PDF with a line of text for each line."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont(font, 6)
    for number, line in enumerate(text.splitlines()):
        canvas.drawString(30, 800 - 8 * number, line)
    canvas.save()
    if encrypt is None:
        return out.getvalue()
    writer, locked = PdfWriter(clone_from=PdfReader(io.BytesIO(out.getvalue()))), io.BytesIO()
    writer.encrypt(encrypt, "owner's own", algorithm="AES-256")
    writer.write(locked)
    return locked.getvalue()


def drawn(*cells: tuple[int, int, str]) -> bytes:
    """A real PDF of words that stand here and there, in a proportional font: (from the left, from the top, words)."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont("Helvetica", 8)
    for left, top, words in cells:
        canvas.drawString(left, 800 - top, words)
    canvas.save()
    return out.getvalue()


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.stem)
def test_a_paper_says_what_its_golden_says(path: Path, golden: Callable[[Path, str], None]) -> None:
    paper = read_paper(path)
    told = {"kind": paper.kind, "certified": paper.certified, "fields": paper.fields}
    golden(path.with_suffix(".fields.json"), json.dumps(told, indent=1) + "\n")


@pytest.mark.parametrize("font", ["Courier", "Helvetica"])
@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_a_pdf_says_what_its_text_says(path: Path, font: str, table: Desk) -> None:
    text = path.read_text(encoding="utf-8")
    assert table.fields(pdf(text, font=font)) == read_paper(path).fields


def test_a_form_drawn_in_boxes_is_read_by_its_columns(table: Desk) -> None:
    found = table.fields(
        drawn(
            (40, 0, "CASS Summary Report"),
            (40, 20, "2. Date List Processed"), (220, 20, "3. Date of Database Product Used"),
            (40, 32, "a. Master File"), (130, 32, "11/20/2026"), (220, 32, "a. ZIP+4 File"), (320, 32, "11/01/2026"),
            (40, 50, "4. List Name or ID No."), (220, 50, "5. Number of Lists"),
            (360, 50, "6. Total Records Submitted"), (360, 60, "for Processing"),
            (46, 74, "spring"), (240, 74, "1"), (400, 74, "10,000"),
            (40, 90, "a. ZIP+4/DPV"), (40, 100, "Confirmed"), (120, 100, "9,412"),
            (170, 90, "From"), (200, 90, "11/01/2026"), (170, 100, "To"), (200, 100, "02/28/2027"),
            (300, 90, "c. 5-Digit Coded"), (400, 100, "9,990"),
            (440, 90, "From"), (470, 90, "11/01/2026"), (440, 100, "To"), (470, 100, "04/30/2027"),
        )
    )  # fmt: skip
    assert found == {
        "processed_on": "2026-11-20", "database_date": "2026-11-01", "list_name": "spring", "lists": 1,
        "records": 10000, "zip4_coded": 9412, "zip4_from": "2026-11-01", "zip4_to": "2027-02-28",
        "zip5_coded": 9990, "zip5_from": "2026-11-01", "zip5_to": "2027-04-30",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["11/20/2026", "2026-11-20", "November 20, 2026", "Nov. 20, 2026", "20261120"])
def test_dates_come_in_every_way_of_writing_them(text: str, table: Desk) -> None:
    form = lines(FORM | {"Date List Processed - Master File": text, "ZIP+4/DPV Confirmed": f"9,412 From {text}"})
    assert table.fields(form)["processed_on"] == "2026-11-20"
    assert table.fields(form)["zip4_from"] == "2026-11-20"
    assert table.fields(lines(REPORT, Date_Processing_Completed=text))["processed_on"] == "2026-11-20"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_comes_in_the_encodings_of_the_trade(encoding: str, table: Desk) -> None:
    text = lines(FORM | {"List Processor’s Name": "Müller® & Söhne"})
    assert table.fields(text.encode(encoding))["processor"] == "Müller & Söhne"


def test_labels_and_values_may_stand_on_one_line(table: Desk) -> None:
    text = "PS Form 3553 Number of Lists 1 6. Total Records Submitted for Processing 10,000 Master File 11/20/2026 "
    found = table.fields(text + "ZIP+4 File 11/01/2026 LACSLink 7 SuiteLink 33")
    assert [found[name] for name in ("lists", "records", "lacslink", "suitelink")] == [1, 10000, 7, 33]


def test_a_paper_without_its_title_is_known_by_what_only_it_has(table: Desk) -> None:
    untitled = {name: value for name, value in FORM.items() if value}
    assert table.read(lines(untitled)).kind == "3553"
    assert table.read(lines({name: value for name, value in REPORT.items() if value})).kind == "psr"


def test_an_instruction_that_names_a_label_is_no_value(table: Desk) -> None:
    page = "\f6. Total Records Submitted for Processing - The number of records, see section 602.6.\n"
    page += "a. ZIP+4/DPV Confirmed: records that were assigned a ZIP+4 code, see DMM 602.6.5.\nEWS - see below\n"
    assert table.fields(lines(FORM) + page) == table.fields(lines(FORM))


@pytest.mark.parametrize("words", ["not CASS certified", "NOT  CASS\nCERTIFIED", "Not CASS-certified"])
def test_the_words_that_it_is_not_certified_count_wherever_they_stand(words: str, table: Desk) -> None:
    assert table.read(lines(FORM)).certified
    assert not table.read(lines(FORM) + f"\nThis is {words}.\n").certified
    assert not table.read(pdf(lines(FORM | {"CASS Certified Company Name": f"Simulator ({words})"}))).certified


def test_the_simulator_s_papers_are_read_and_never_certified(table: Desk) -> None:
    form = table.read(cass_report("lk000001", CassTally(records=1200, coded=1100, zip5=1190), date(2026, 11, 20)))
    assert (form.kind, form.certified) == ("3553", False)
    assert [form.fields[name] for name in ("records", "zip4_coded", "zip5_coded")] == [1200, 1100, 1190]
    assert [form.fields[name] for name in ("database_date", "zip4_to")] == ["2026-11-01", "2027-02-28"]
    tally = NcoaTally(records=1200, zip4=1100, codes=Counter({"A": 100, "02": 4, "77": 3}))
    report = table.read(ncoa_report("lk000001", tally, date(2026, 11, 20), []))
    assert (report.kind, report.certified, report.fields["processed_on"]) == ("psr", False, "2026-11-20")
    assert [report.fields[name] for name in ("records", "ncoa_matches", "ank_matches")] == [1200, 104, 3]


@pytest.mark.parametrize(
    ("paper", "label", "field"),
    [
        (FORM, "Total Records Submitted for Processing", "records"),
        (FORM, "Date List Processed - Master File", "processed_on"),
        (FORM, "Date of Database Product Used - ZIP+4 File", "database_date"),
        (REPORT, "Total Records Processed", "records"),
        (REPORT, "Date Processing Completed", "processed_on"),
    ],
)
def test_a_paper_without_what_it_is_kept_for_is_set_aside(
    paper: dict[str, str], label: str, field: str, table: Desk
) -> None:
    kept = {name: value for name, value in paper.items() if name != label}
    assert table.refusal(lines(kept)) == ("paper-label", field)
    assert table.refusal(lines(paper | {label: ""})) == ("paper-label", field)
    assert table.refusal(lines(paper | {label: "N/A"})) == ("paper-label", field)


@pytest.mark.parametrize("text", ["10.000,5", "1,00", "-5", "10 000", "12x4", "0x1F", "1e5", "9" * 5000])
def test_a_count_that_is_none_is_set_aside(text: str, table: Desk) -> None:
    assert table.refusal(lines(FORM, Total_Records_Submitted_for_Processing=text)) == ("paper-label", "records")
    assert table.refusal(lines(REPORT, NCOALink_Matches=text)) == ("paper-label", "ncoa_matches")


@pytest.mark.parametrize("text", ["13/45/2026", "02/30/2027", "2026-11-31", "20261301", "11/2026/01", "4711"])
def test_a_date_that_there_is_not_is_set_aside(text: str, table: Desk) -> None:
    assert table.refusal(lines(REPORT, Date_Processing_Completed=text)) == ("paper-label", "processed_on")


def test_a_total_coded_that_is_none_is_set_aside(table: Desk) -> None:
    told = lines(FORM | {"ZIP+4/DPV Confirmed": "Total Coded 9x12 Valid From 11/01/2026"})
    assert table.refusal(told) == ("paper-label", "zip4_coded")


def test_two_values_for_one_label_are_set_aside_and_the_same_twice_is_not(table: Desk) -> None:
    again = "Total Records Submitted for Processing: {}\n"
    assert table.fields(lines(FORM) + again.format("10,000"))["records"] == 10000
    assert table.refusal(lines(FORM) + again.format("9,999")) == ("paper-conflict", "records")
    assert table.refusal(lines(FORM) + "Master File: 11/19/2026") == ("paper-conflict", "processed_on")
    assert table.refusal(lines(REPORT) + "PAF ID: X1Y251111001AB0002") == ("paper-conflict", "paf_id")


def test_a_service_s_report_of_two_jobs_is_set_aside(table: Desk) -> None:
    head = "CustomerPAFId,ListName,DateProcessingCompleted,TotalNumberOfRecordsProcessed\n"
    one = "X1Y251111001AB0001,spring,20261118,812\n"
    assert table.fields(head + one + one)["records"] == 812
    assert table.refusal(head + one + one.replace("812", "813")) == ("paper-conflict", "records")
    assert table.refusal(head + one.replace("812", "many")) == ("paper-label", "records")
    assert table.refusal(head + one.replace("20261118", "soon")) == ("paper-label", "processed_on")


def test_what_is_neither_of_the_papers_or_both_is_set_aside(table: Desk) -> None:
    assert table.refusal("record_id,ncoa_code\n1,A\n") == ("unknown-paper", None)
    assert table.refusal("Dear Sir, please find enclosed our invoice for 10,000 records.") == ("unknown-paper", None)
    assert table.refusal(lines(FORM) + lines(REPORT)) != ("paper-conflict", None)
    both = lines(FORM | {"Number of Lists": "1", "CRRT Coded": "9"}) + lines(REPORT | {"ANKLink Matches": "0"})
    assert table.refusal(both) == ("unknown-paper", None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\t ",
        b"PS Form 3553\0\0\0",
        b"\x81\x8d\xff",
        b"\xff\xfe\x00",
        pdf(lines(FORM))[:400],
        pdf(lines(FORM), encrypt="secret"),
        pdf(""),
        b"%PDF-1.7\nnothing more",
        b"A" * (MOST_CHARACTERS + 1),
    ],
    ids=["empty", "blank", "nul", "bytes", "utf-16", "cut-pdf", "encrypted", "picture", "no-pdf", "endless"],
)
def test_what_has_no_text_to_read_is_set_aside(content: bytes, table: Desk) -> None:
    assert table.refusal(content) == ("unreadable-paper", None)


def test_a_pdf_that_is_locked_against_changes_only_is_read(table: Desk) -> None:
    assert table.fields(pdf(lines(FORM), encrypt=""))["records"] == 10000


def test_a_paper_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_paper(tmp_path / "none.pdf")
    with pytest.raises(UsageError):
        read_paper(tmp_path)


REASONS = ("read", "unknown-paper", "unreadable-paper", "paper-label", "paper-conflict")


def what_becomes_of(path: Path) -> str:
    """The reason for which a paper is set aside, or that it was read."""
    try:
        paper = read_paper(path)
    except SetAsideError as error:
        return error.reason
    whole = isinstance(paper.fields["records"], int) and len(paper.fields["processed_on"]) == 10
    return "read" if whole else "half"


WORDS = st.sampled_from(
    [*FORM, *REPORT, *FORM.values(), *REPORT.values(), "\n", "\n\n", "   ", " | ", "....", "a. ", "From ", "To ", "%",
     "N/A", "{", '"', "<Total>", "0", "Z4Change", "eLOT", "High Rise Exact", "2026-13-01", "\t", "\f", "\x85"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map("".join), st.binary().map(lambda b: b.decode("latin-1"))))
@example("PS Form 3553\nTotal Records Submitted\nfor Processing\n1")
def test_any_text_gives_fields_or_is_set_aside(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any-paper.txt"
    path.write_bytes(text.encode(errors="surrogatepass"))
    assert what_becomes_of(path) in REASONS


@given(cut=st.integers(0, 1500), byte=st.integers(0, 255))
def test_any_damage_to_a_pdf_gives_fields_or_is_set_aside(
    tmp_path_factory: pytest.TempPathFactory, cut: int, byte: int
) -> None:
    content = bytearray(pdf(lines(FORM)))
    content[cut % len(content)] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.pdf"
    path.write_bytes(content)
    assert what_becomes_of(path) in REASONS
