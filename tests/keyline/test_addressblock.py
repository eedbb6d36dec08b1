import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keyline.addressblock import block_lines, last_line, name_line, participant_line, read_participant_line
from keyline.errors import KeylineError, LabelLineError

VECTORS = json.loads((Path(__file__).parent / "vectors/keylines.json").read_text(encoding="utf-8"))
PERSON = {
    "name": "ANN B EXAMPLE",
    "company": "EXAMPLE CO",
    "urbanization": "URB LAS GLADIOLAS",
    "address2": "ATTN SALES",
    "address1": "123 N MAIN ST APT 4",
    "city": "SAN JUAN",
    "state": "PR",
    "zip5": "00926",
    "zip4": "1234",
}

codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=7, max_size=7)


def reason_of(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(LabelLineError) as caught:
        call(*arguments, **named)
    return caught.value.reason


@pytest.mark.parametrize("vector", VECTORS["participant_lines"], ids=lambda vector: vector["line"])
def test_every_published_first_line_is_read(vector: dict[str, str]) -> None:
    assert read_participant_line(vector["line"]) == (vector["code"], vector["text"])


@pytest.mark.parametrize(
    ("oel", "line"),
    [
        ("", "#BYOBOFN"),
        ("   ", "#BYOBOFN"),
        ("**************** 5-DIG 87110", "#BYOBOFN ******* 5-DIG 87110"),
        ("****************** C002", "#BYOBOFN ********* C002"),
        ("******************C002", "#BYOBOFN *********C002"),
        ("**************AUTO**ALL FOR AADC 331", "#BYOBOFN *****AUTO**ALL FOR AADC 331"),
        ("***********ECRLOT**C-001", "#BYOBOFN **ECRLOT**C-001"),
        ("* * * * * * * * 5-DIGIT 12345", "#BYOBOFN  * * * 5-DIGIT 12345"),
        ("**************** 5-DIG 87110   ", "#BYOBOFN ******* 5-DIG 87110"),
        ("#BYOBOFN ******* 5-DIG 87110", "#BYOBOFN ******* 5-DIG 87110"),
    ],
)
def test_the_code_takes_the_place_of_fill_and_the_line_keeps_its_width(oel: str, line: str) -> None:
    assert participant_line("BYOBOFN", oel) == line
    if oel.strip():
        assert len(line) == len(oel.rstrip())


@pytest.mark.parametrize(
    "oel",
    [
        "********** 5-DIG 87110",
        "*****AUTO**ALL FOR AADC 331",
        "ECRLOT**C-001",
        "AUTO**SCH 5-DIGIT 12345",
        "5-DIGIT 12345",
        "                 5-DIGIT 12345",
        "**",
        "**********",
    ],
)
def test_a_line_that_would_keep_fewer_than_two_asterisks_is_refused_and_never_cut(oel: str) -> None:
    assert reason_of(participant_line, "BYOBOFN", oel) == "no-fill"


def test_a_width_makes_room_or_takes_it() -> None:
    assert participant_line("BYOBOFN", "ECRLOT**C-001", width=24) == "#BYOBOFN **ECRLOT**C-001"
    assert reason_of(participant_line, "BYOBOFN", "ECRLOT**C-001", width=23) == "no-fill"
    assert participant_line("BYOBOFN", "** 5-DIG 87110", width=28) == "#BYOBOFN ******* 5-DIG 87110"
    assert participant_line("BYOBOFN", "**************** 5-DIG 87110", width=23) == "#BYOBOFN ** 5-DIG 87110"
    assert participant_line("BYOBOFN", width=28) == "#BYOBOFN"


@pytest.mark.parametrize("code", ["", "BYOBOF", "BYOBOFNX", "byobofn", "BYOB0FN", "BYOBOF\u00c4"])
def test_a_participant_code_is_seven_capital_letters(code: str) -> None:
    assert reason_of(participant_line, code) == "participant-code"


@pytest.mark.parametrize(
    "line", ["", "BYOBOFN", "#BYOBOF", "#BYOBOFNX", "#byobofn", "#QWERTYU1#", "#BYOBOFN#", "#BYOBOFN5-DIG"]
)
def test_what_has_no_mark_and_seven_capitals_is_no_first_line(line: str) -> None:
    assert reason_of(read_participant_line, line) == "participant-code"


def test_a_line_that_carries_another_code_is_refused() -> None:
    assert reason_of(participant_line, "BYOBOFN", "#BXNHJVF *********C002") == "participant-code"


def test_a_control_character_in_the_endorsement_line_is_refused() -> None:
    assert reason_of(participant_line, "BYOBOFN", "**************** 5-DIG\n87110") == "character"


@given(codes, st.integers(11, 40), st.text("ABCDEFGH 0123456789-*", max_size=30))
def test_what_is_joined_is_read_back(code: str, fill: int, text: str) -> None:
    text = text.rstrip(" ")
    line = participant_line(code, "*" * fill + text)
    assert len(line) == fill + len(text)
    assert line.endswith("**" + text)
    assert read_participant_line(line) == (code, text.lstrip("* "))


@given(codes, st.text(max_size=40), st.none() | st.integers(0, 60))
def test_any_endorsement_line_is_joined_whole_or_refused(code: str, oel: str, width: int | None) -> None:
    assume(not oel.startswith("#"))
    try:
        line = participant_line(code, oel, width)
    except LabelLineError:
        return
    assert line.startswith(f"#{code}")
    assert line.endswith(oel.rstrip(" ").lstrip("* "))


def test_a_full_block_has_eight_lines_in_the_order_of_publication_28() -> None:
    block = block_lines(code="BYOBOFN", keyline="JLSTMS67969", oel="**************** 5-DIG 87110", **PERSON)
    assert block == (
        "#BYOBOFN ******* 5-DIG 87110",
        "#JLST MS67 969#",
        "ANN B EXAMPLE",
        "EXAMPLE CO",
        "URB LAS GLADIOLAS",
        "ATTN SALES",
        "123 N MAIN ST APT 4",
        "SAN JUAN PR 00926-1234",
    )


def test_a_mailer_ids_block_has_the_endorsement_line_as_it_is_and_no_key() -> None:
    block = block_lines(oel="  *****AUTO**ALL FOR AADC 331", **PERSON)
    assert block[:2] == ("  *****AUTO**ALL FOR AADC 331", "ANN B EXAMPLE")
    assert block_lines(**PERSON)[0] == "ANN B EXAMPLE"


def test_empty_lines_are_left_out() -> None:
    block = block_lines(
        code="BYOBOFN", keyline="0018", company="  ", address1="1 ELM ST", city="X", state="NM", zip5="87110"
    )
    assert block == ("#BYOBOFN", "#0018#", "1 ELM ST", "X NM 87110")


def test_a_code_may_stand_without_a_keyline_but_not_a_keyline_without_a_code() -> None:
    assert block_lines(code="BYOBOFN", address1="1 ELM ST") == ("#BYOBOFN", "1 ELM ST")
    assert reason_of(block_lines, keyline="0018", address1="1 ELM ST") == "participant-code"


def test_a_keyline_that_would_not_come_back_stops_the_label() -> None:
    with pytest.raises(KeylineError) as caught:
        block_lines(code="BYOBOFN", keyline="0019", **PERSON)
    assert caught.value.reason == "check-digit"


def test_a_line_break_in_a_text_becomes_a_blank_and_other_control_characters_are_refused() -> None:
    assert block_lines(company="EXAMPLE\r\nCO", address1="1\tELM ST") == ("EXAMPLE CO", "1 ELM ST")
    assert reason_of(block_lines, company="EXAMPLE\x00CO") == "character"
    assert reason_of(block_lines, oel="*****\x1b5-DIGIT 12345") == "character"


def test_names_and_last_lines_have_single_blanks_and_no_gaps() -> None:
    assert name_line("MS", "ANN", "", "EXAMPLE", "") == "MS ANN EXAMPLE"
    assert name_line() == ""
    assert last_line("ALBUQUERQUE", "NM", "87110", "1234") == "ALBUQUERQUE NM 87110-1234"
    assert last_line("", "", "87110") == "87110"
    assert last_line("X", "NM", "", "1234") == "X NM"


@given(st.dictionaries(st.sampled_from(sorted(PERSON)), st.text("AB 1", max_size=6)), st.booleans())
def test_a_block_never_has_more_than_eight_lines_nor_an_empty_one(texts: dict[str, str], coded: bool) -> None:
    code = {"code": "BYOBOFN", "keyline": "0018"} if coded else {}
    block = block_lines(**code, **texts)
    assert len(block) <= 8
    assert all(line.strip() for line in block)
