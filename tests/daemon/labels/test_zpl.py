"""Labels as ZPL: escaping, one format a label, keys read back from what was written."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.labels.formats import Out
from daemon.labels.render import LostKeyError
from daemon.labels.zpl import COLUMNS, HEIGHT, ZplLabels, escape, label_zpl, read_back, unescape

KEYED = ("1", "0000000018", "#BYOBOFN", "#0000 0000 18#", "ADA N", *[""] * 5, "", "")
DIGITS = "0008256709400000000174101"


@given(st.text())
def test_whatever_a_text_has_it_comes_back_and_is_no_command(text: str) -> None:
    field = escape(text)
    assert unescape(field) == text
    assert not set(field) & set("^~")
    assert not re.search(r"[\x00-\x1f\x7f]", field)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=45), min_size=1, max_size=8))
def test_a_label_has_one_beginning_one_end_and_each_line_once(lines: list[str]) -> None:
    text = label_zpl(tuple(lines))
    assert (text.count("^XA"), text.count("^XZ"), text.count("^FS")) == (1, 1, len(lines))
    found = re.findall(r"\^FH\^FD([^^]*)\^FS", text)
    assert [unescape(field) for field in found] == lines
    assert "^CI28" in text


def test_the_barcode_is_drawn_by_the_printer_as_type_3_from_its_digits() -> None:
    text = label_zpl(("ADA N",), DIGITS)
    assert f"^BZN,29,N,N,3^FD{DIGITS}^FS" in text


@pytest.mark.parametrize(("lines", "digits"), [(8, ""), (7, DIGITS)])
def test_the_longest_label_ends_above_its_lower_edge(lines: int, digits: str) -> None:
    starts = [int(y) for y in re.findall(r"\^FO40,([0-9]+)", label_zpl(("X",) * lines, digits))]
    assert starts == sorted(starts)
    assert starts[0] >= 203 / 25
    assert starts[-1] + 26 <= HEIGHT - 203 / 25


def test_a_line_that_is_wider_than_the_label_is_an_error_for_that_record_never_a_cut() -> None:
    told: list[tuple[int, str, str]] = []
    out = io.BytesIO()
    wide = (*KEYED[:4], "X" * (COLUMNS + 1), *KEYED[5:])
    assert ZplLabels(Out(out), lambda *each: told.append(each)).add([wide, KEYED]) == 1
    assert told[0][1] == "1"
    assert out.getvalue().count(b"^XA") == 1
    assert b"XXX" not in out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        label_zpl(("#BYOBOFN", "#0000 0000 26#")),
        label_zpl(("#BYOBOFN",)),
        label_zpl(("#BYOBOFN", "ADA N", "#0000 0000 18#")),
        "",
    ],
)
def test_a_written_keyline_that_is_not_the_addressees_stops_the_run(text: str) -> None:
    with pytest.raises(LostKeyError):
        read_back(text, KEYED)
    read_back(label_zpl(("#BYOBOFN", "#0000 0000 18#")), KEYED)


def test_a_written_barcode_that_is_not_the_pieces_stops_the_run() -> None:
    mailed = ("1", "000000001", "ADA N", *[""] * 7, "bars", DIGITS)
    read_back(label_zpl(("ADA N",), DIGITS), mailed)
    for wrong in ("0008256709400000000274101", DIGITS[:20], ""):
        with pytest.raises(LostKeyError):
            read_back(label_zpl(("ADA N",), wrong), mailed)
