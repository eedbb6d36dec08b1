"""Labels in records of one length, by a layout."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from daemon.errors import UsageError
from daemon.labels.fixed import OURS, FixedLabels, FixedLayout, read_layout
from daemon.labels.formats import Out
from daemon.labels.render import LostKeyError

KEYED = ("1", "0000000018", "#BYOBOFN", "#0000 0000 18#", "ADA N", *[""] * 5, "", "")
MAILED = ("1", "000000001", "ADA N", *[""] * 7, "", "0008256709400000000174101")


def written(layout: FixedLayout, *labels: tuple[str, ...]) -> tuple[bytes, list[str]]:
    out, told = io.BytesIO(), list[str]()
    FixedLabels(Out(out), layout, lambda _line, _id, why: told.append(why)).add(list(labels))
    return out.getvalue(), told


def test_our_own_layout_has_400_bytes_and_every_column() -> None:
    end = 0
    for _, first, last in OURS.fields:
        assert first == end + 1
        end = last
    assert end == OURS.length == 400
    block, told = written(OURS, KEYED)
    assert (len(block), told) == (401, [])
    assert block[24:40] == b"0000000018      "
    assert block[73:87] == b"#0000 0000 18#"


def test_a_layout_says_where_each_field_stands_and_how_a_record_ends(tmp_path: Path) -> None:
    path = tmp_path / "layout.toml"
    path.write_text('line2 = [3, 20]\nline3 = [30, 34]\nlength = 40\nline_end = "crlf"\nencoding = "cp1252"\n')
    layout = read_layout(path, {"participant"})
    block, _ = written(layout, (*KEYED[:4], "BÉRT", *KEYED[5:]))
    assert block == b"  #0000 0000 18#             B\xc9RT       \r\n"


def test_the_layout_of_the_manual_is_one(tmp_path: Path) -> None:
    manual = Path(__file__).parents[3] / "docs" / "howto" / "print-labels.md"
    path = tmp_path / "layout.toml"
    path.write_text(manual.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0], encoding="utf-8")
    layout = read_layout(path, {"participant"})
    assert (layout.length, layout.line_end, layout.encoding) == (132, b"\r\n", "cp1252")
    assert len(written(layout, KEYED)[0]) == 134


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("line2 = [1, 20]\nline3 = [20, 30]", "over the field before"),
        ("line2 = [1, 20]\nlength = 10", "end at byte 20"),
        ("line9 = [1, 20]", "no field of a label"),
        ("line2 = [0, 20]", r"\[from, to\]"),
        ("line2 = [20, 1]", r"\[from, to\]"),
        ('line2 = "1-20"', r"\[from, to\]"),
        ("line2 = [1, 20]\nline_end = 'cr'", "line_end"),
        ("line2 = [1, 20]\nlength = '20'", "length"),
        ("line2 = [1, 20]\nencoding = 'utf-16'", "encoding"),
        ("line2 = [1, 20]\nencoding = 'none-such'", "encoding"),
        ("line1 = [1, 20]", "without line2"),
        ("line2 = [", "not TOML"),
    ],
)
def test_a_layout_that_is_none_is_wrong_usage(tmp_path: Path, said: str, fault: str) -> None:
    path = tmp_path / "layout.toml"
    path.write_text(said)
    with pytest.raises(UsageError, match=fault):
        read_layout(path, {"participant"})


def test_a_mailer_ids_layout_must_carry_the_barcode(tmp_path: Path) -> None:
    path = tmp_path / "layout.toml"
    path.write_text("line2 = [1, 20]")
    with pytest.raises(UsageError, match="imb_digits"):
        read_layout(path, {"mailer"})
    path.write_text("imb_digits = [1, 31]")
    assert written(read_layout(path, {"mailer"}), MAILED)[0] == MAILED[-1].encode().ljust(31) + b"\n"


@pytest.mark.parametrize(
    ("line", "why"),
    [("X" * 34, "line3: 34 bytes"), ("É" * 17, "line3: 34 bytes"), ("X" * 33, ""), ("É" * 16, "")],
)
def test_a_text_that_does_not_fit_its_field_is_an_error_for_that_record_never_a_cut(line: str, why: str) -> None:
    block, told = written(OURS, (*KEYED[:4], line, *KEYED[5:]), KEYED)
    assert len(block) == (401 if why else 802)
    assert why in "".join(told)
    assert len(told) == bool(why)


def test_a_character_that_the_encoding_lacks_is_an_error_for_that_record() -> None:
    layout = OURS._replace(encoding="ascii")
    block, told = written(layout, (*KEYED[:4], "BÉRT", *KEYED[5:]))
    assert (block, "line3" in told[0]) == (b"", True)


@pytest.mark.parametrize("wrong", [("1", "0000000026", *KEYED[2:]), ("1", "000000002", *MAILED[2:])])
def test_a_record_whose_key_does_not_read_back_stops_the_run(wrong: tuple[str, ...]) -> None:
    with pytest.raises(LostKeyError):
        written(OURS, wrong)
