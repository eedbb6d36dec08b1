"""Sheets of labels and the proof sheet, as PDF: what stands on them, and the bars as they are printed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader

from daemon.errors import SetAsideError, UsageError
from daemon.labels import sheets
from daemon.labels.formats import Out
from daemon.labels.mailing import write_labels
from daemon.labels.proof import write_proof
from daemon.labels.proof_rules import OfAll, rules_of
from daemon.labels.render import COLUMNS, LostKeyError
from keyline.imb import decode, encode
from tests.bureau import A, Bureau
from tests.daemon.labels.printed import Bar, bars_in, letters_of

CODED = A | {"zip4": "1234", "delivery_point": "12"}


def people(count: int, **more: str) -> list[dict[str, str]]:
    return [{"record_id": f"{n:03d}", "first_name": "ADA", "last_name": f"N{n}"} | CODED | more for n in range(count)]


def text_of(pdf: Path) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(pdf).pages]


def by_barcode(bureau: Bureau) -> Bureau:
    bureau.create(account="567094", mail_class="first-class", endorsement="change", option=2)
    return bureau


def as_specified(found: list[Bar]) -> None:
    """USPS-B-3200, section 2.3.1, measured in the picture: a dot is 0.0017 inch."""
    assert len(found) == 65
    pitch = 64 / (found[-1].left - found[0].left)
    assert 20 <= pitch <= 24
    assert all(0.015 <= bar.width <= 0.025 for bar in found)
    limits = {"F": (0.125, 0.165), "T": (0.039, 0.057), "A": (0.082, 0.111), "D": (0.082, 0.111)}
    for letter, bar in zip(letters_of(found), found, strict=True):
        low, high = limits[letter]
        assert low <= bar.height <= high, (letter, bar)


def test_three_by_ten_on_a_page_with_code_and_keyline(bureau: Bureau) -> None:
    bureau.take(people(31))
    path = bureau.folder / "labels.pdf"
    assert write_labels(bureau.house, "spring", path, format="pdf")["labels"] == 31
    first, second = text_of(path)
    assert (first.count("#BYOBOFN"), second.count("#BYOBOFN")) == (30, 1)
    assert "#BYOBOFN\n#0000 0000 18#\nADA N0\n12 ELM ST\nTULSA OK 74101-1234" in first


def test_where_there_are_barcodes_two_by_seven_since_a_barcode_is_wider_than_the_smaller_label(
    empty_bureau: Bureau,
) -> None:
    by_barcode(empty_bureau).take(people(15))
    path = empty_bureau.folder / "labels.pdf"
    write_labels(empty_bureau.house, "spring", path, format="pdf")
    assert [page.count("ADA N") for page in text_of(path)] == [14, 1]
    assert "#" not in "".join(text_of(path))
    found = bars_in(path, 0.16, 0.9, 3.9, 0.48)
    as_specified(found)
    assert decode(letters_of(found)).serial == "000000001"
    # Beside it the label's edge is 1/8 inch away, and the next label's barcode further.
    assert found[0].left - 0.15625 >= 0.125 - 0.002
    assert 0.15625 + 4 - (found[-1].left + found[-1].width) >= 0.125


def test_the_proof_sheets_barcode_is_drawn_to_specification_and_says_what_is_mailed(empty_bureau: Bureau) -> None:
    by_barcode(empty_bureau).take(people(25))
    path = empty_bureau.folder / "proof.pdf"
    told = write_proof(empty_bureau.house, "spring", path)
    assert (told["labels"], told["shown"], told["faults"]) == (25, 10, 0)
    found = bars_in(path, 0.55, 1.3, 3.9, 0.34)
    as_specified(found)
    assert letters_of(found) == encode("00", "082", "567094", "000000001", "74101123412")
    assert found[0].left - 0.5 >= 0.125
    page = text_of(path)[0]
    assert "20 to 24 bars an inch" in page
    assert "first-class, change option 2" in page
    assert empty_bureau.value("SELECT count(*) FROM label_run") == 0


def test_the_proof_sheet_shows_code_keyline_and_the_rules_beside_them(bureau: Bureau) -> None:
    bureau.take(people(12))
    path = bureau.folder / "proof.pdf"
    oel = bureau.file("record_id,oel\n000,**************** 5-DIG 74101\n", "oel.csv")
    told = write_proof(bureau.house, "spring", path, oel=oel)
    assert (told["shown"], told["faults"]) == (10, 0)
    pages = text_of(path)
    assert len(pages) == 3
    for words in (
        "#BYOBOFN ******* 5-DIG 74101\n#0000 0000 18#\nADA N0\n12 ELM ST\nTULSA OK 74101-1234",
        "line 1: # and the participant code",
        "28 columns, 7 asterisks",
        "4 to 16 characters",
        "10 numeric; 12 read",
        "check digit, MOD 10",
        "1/25 inch to the window's edge",
        "8 point or more",
        "print at 100 %",
    ):
        assert words in pages[0]


def test_a_list_without_a_label_has_no_proof_sheet(bureau: Bureau) -> None:
    with pytest.raises(SetAsideError) as error:
        write_proof(bureau.house, "spring", bureau.folder / "proof.pdf")
    assert error.value.reason == "no-label"
    assert not (bureau.folder / "proof.pdf").exists()


def label(key: str = "0000000018", *lines: str, bars: str = "", digits: str = "") -> tuple[str, ...]:
    texts = lines or ("#BYOBOFN", "#0000 0000 18#", "ADA N", "12 ELM ST", "TULSA OK 74101")
    return ("1", key, *texts, *[""] * (8 - len(texts)), bars, digits)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (label("0000000018", "BYOBOFN", "#0000 0000 18#"), "line 1"),
        (label("0000000018", "#BYOBOFN", "0000 0000 18"), "line 2"),
        (label("0000000018", "#BYOBOFN * 5-DIG 74101", "#0000 0000 18#"), "joined"),
        (label("0000000019", "#BYOBOFN", "#0000 0000 19#"), "check digit"),
    ],
)
def test_a_rule_that_is_not_met_is_said_to_be_so(wrong: tuple[str, ...], rule: str) -> None:
    of_all = OfAll()
    of_all.see(label())
    told = rules_of(wrong, of_all, clearance=0.2, gap=0.05, size=10)
    assert [each.met for each in told if each.text.startswith(rule)] == [False]
    assert all(each.met for each in rules_of(label(), of_all, clearance=0.2, gap=0.05, size=10))


def test_keylines_of_two_lengths_under_one_code_show_on_the_sheet() -> None:
    of_all = OfAll()
    of_all.see(label())
    of_all.see(label("00000018", "#BYOBOFN", "#0000 0018#"))
    unmet = [each.text for each in rules_of(label(), of_all, clearance=0.01, gap=0.05, size=7) if not each.met]
    assert unmet == [
        "one length and attribute under the code", "at least 1/25 inch to the window's edge", "type of 8 point or more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "says"),
    [("X" * 36, "36 characters"), ("ŁUKASZ NOWAK", "font")],
)
def test_a_line_that_cannot_be_drawn_is_an_error_for_that_record_never_a_cut(line: str, says: str) -> None:
    told: list[tuple[int, str, str]] = []
    out = io.BytesIO()
    writer = sheets.SheetLabels(Out(out), lambda *each: told.append(each), with_barcodes=False)
    assert writer.add([label("0000000018", "#BYOBOFN", "#0000 0000 18#", line), label()]) == 1
    writer.close()
    assert says in told[0][2]
    assert [key for key, _ in sheets.keys_in(out.getvalue())] == ["#0000 0000 18#"]


@pytest.mark.parametrize("text", ["(A) \\ B", "BÉRT É", "~^_", "a)b(c"])
def test_every_text_comes_back_from_the_file(text: str) -> None:
    out = io.BytesIO()
    writer = sheets.SheetLabels(Out(out), lambda *_: None, with_barcodes=False)
    writer.add([label("0000000018", "#BYOBOFN", "#0000 0000 18#", text)])
    writer.close()
    assert text in PdfReader(out).pages[0].extract_text()


def test_a_key_that_does_not_read_back_from_the_finished_file_stops_the_run() -> None:
    out = io.BytesIO()
    writer = sheets.SheetLabels(Out(out), lambda *_: None, with_barcodes=True)
    bars = encode("00", "082", "567094", "000000002", "74101")
    writer.add([label("000000001", "ADA N", bars=bars, digits="0008256709400000000174101")])
    with pytest.raises(LostKeyError):
        writer.close()
    assert out.getvalue() == b""


def test_a_pdf_has_its_limit_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST", 3)
    writer = sheets.SheetLabels(Out(io.BytesIO()), lambda *_: None, with_barcodes=False)
    with pytest.raises(UsageError, match="3 labels at most"):
        writer.add([label()] * 4)


def test_the_row_of_a_label_is_as_the_sheets_read_it() -> None:
    assert COLUMNS[2:10] == tuple(f"line{n}" for n in range(1, 9))
    assert COLUMNS[10:] == ("imb", "imb_digits")
