"""Every layout is a table that reads what it writes."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.acs import FAMILIES, family_named
from schemas.errors import LayoutError
from schemas.layout import Family, Field, Layout

LAYOUTS = [layout for family in FAMILIES for layout in (family.header, family.coa, family.nixie)]
ALPHABET = {"N": string.digits, "A": string.ascii_uppercase, "AN": string.ascii_uppercase + string.digits + " #/-.&"}


def every_layout(test: object) -> object:
    return pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)(test)  # type: ignore[arg-type]


@st.composite
def values_of(draw: st.DrawFn, layout: Layout) -> dict[str, str]:
    """Values in the form the layout prints them: numbers zero-filled, text without blanks around."""
    values = {}
    for row in layout.fields:
        text = draw(st.text(ALPHABET[row.kind], max_size=row.length)).strip()
        blank = row.kind != "N" or (row.blank_ok and not text)
        values[row.name] = text if blank else text.zfill(row.length)
    return values


def test_four_families_are_known_by_name() -> None:
    assert [family.name for family in FAMILIES] == [
        "singlesource_v01",
        "singlesource_v02",
        "traditional_427",
        "onecode_legacy_559",
    ]
    assert [family.length for family in FAMILIES] == [700, 700, 427, 559]
    assert family_named("traditional_427").detail_letter == "2"
    with pytest.raises(KeyError):
        family_named("traditional_375")


@every_layout
@given(data=st.data())
def test_what_is_written_is_read_back(layout: Layout, data: st.DataObject) -> None:
    values = data.draw(values_of(layout))
    line = layout.write(**values)
    assert len(line) == layout.length
    assert layout.read(line) == values
    assert layout.write(**layout.read(line)) == line
    assert "".join(layout.cut(line)) == line


@pytest.mark.parametrize(
    ("layout", "field", "start", "end"),
    [
        ("singlesource_v02.header", "impb_nixie_acs_fee_amount", 284, 294),
        ("singlesource_v02.coa", "keyline_sequence_serial_number", 21, 36),
        ("singlesource_v02.coa", "old_zip_code", 216, 220),
        ("singlesource_v02.coa", "new_address_label", 373, 438),
        ("singlesource_v02.coa", "fulfillment_date", 525, 532),
        ("singlesource_v02.coa", "coa_nixie_flag", 545, 545),
        ("singlesource_v02.coa", "product_code_fee_6", 612, 617),
        ("singlesource_v02.coa", "delivery_point_validation", 618, 618),
        ("singlesource_v01.coa", "filler", 618, 699),
        ("singlesource_v02.nixie", "filler_5", 618, 699),
        ("traditional_427.coa", "new_pmb", 419, 426),
        ("traditional_427.coa", "new_address_label", 347, 412),
        ("traditional_427.nixie", "old_zip_code", 210, 214),
        ("onecode_legacy_559.coa", "fee_notification", 413, 413),
        ("onecode_legacy_559.coa", "intelligent_mail_barcode", 428, 458),
        ("onecode_legacy_559.nixie", "mailer_id_9", 460, 468),
    ],
)
def test_fields_stand_where_the_guide_prints_them(layout: str, field: str, start: int, end: int) -> None:
    row = {each.name: each for each in LAYOUTS}[layout][field]
    assert (row.start, row.end) == (start, end)


def test_the_one_change_of_version_02_is_position_618_of_a_coa() -> None:
    old, new = family_named("singlesource_v01"), family_named("singlesource_v02")
    changed = {row.name for row in new.coa.fields} ^ {row.name for row in old.coa.fields}
    assert changed == {"delivery_point_validation"}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ((Field("a", 1, 1), Field("b", 3, 3)), "starts at 3, expected 2"),
        ((Field("a", 1, 2), Field("b", 2, 3)), "starts at 2, expected 3"),
        ((Field("a", 1, 2),), "fields end at 2, the record at 3"),
        ((Field("a", 1, 1), Field("a", 2, 3)), "stands twice"),
        ((Field("a", 1, 0), Field("b", 1, 3)), "before it starts"),
    ],
)
def test_a_table_with_a_gap_an_overlap_or_a_wrong_length_cannot_be_built(fields: tuple[Field, ...], fault: str) -> None:
    with pytest.raises(LayoutError, match=fault):
        Layout("wrong", 3, "none", fields)


PAIR = Layout("pair", 8, "none", (Field("n", 1, 4, "N"), Field("a", 5, 6, "A", blank_ok=True), Field("t", 7, 8)))


def test_writing_refuses_what_does_not_fit_and_names_the_field() -> None:
    for name, text in (("n", "12345"), ("n", "1X"), ("a", "A1"), ("t", "ABC"), ("t", "\xe9"), ("t", "\t"), ("z", "")):
        with pytest.raises(LayoutError) as caught:
            PAIR.write(**{name: text})
        assert caught.value.field == name


def test_a_number_is_zero_filled_and_blank_only_where_it_may_be() -> None:
    optional = Layout("optional", 3, "none", (Field("n", 1, 3, "N", blank_ok=True),))
    assert PAIR.write(n="7") == "0007    "
    assert PAIR.write() == "0000    "
    assert optional.write() == "   "


def test_reading_and_cutting_refuse_another_length() -> None:
    for act in (PAIR.read, PAIR.cut):
        with pytest.raises(LayoutError, match="7 characters, expected 8"):
            act("1234567")


def test_a_picker_cuts_text_and_bytes_raw() -> None:
    assert PAIR.picker("t", "n")("0001ABZ ") == ("Z ", "0001")
    assert PAIR.picker("n")(b"0001ABZ ") == (b"0001",)
    assert PAIR.picker(PAIR.span("n", "a"), "t")("0001ABZ ") == ("0001AB", "Z ")
    with pytest.raises(LayoutError):
        PAIR.picker("no_such_field")


def test_a_family_holds_records_of_one_length() -> None:
    with pytest.raises(LayoutError, match="records of 9"):
        Family(name="odd", length=9, version="", header=PAIR, coa=PAIR, nixie=PAIR, month_only=False)
