import json
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyline.checkdigit import ALPHABET
from keyline.errors import ImbError, KeylineError
from keyline.keylines import attribute, check, check_all, make, printed, read

VECTORS = json.loads((Path(__file__).parent / "vectors/keylines.json").read_text(encoding="utf-8"))
GOOD = VECTORS["published"] + VECTORS["generated"]

bodies = st.text(ALPHABET, min_size=3, max_size=15).filter(lambda body: body.strip("0"))
keylines = bodies.map(make)
almost_keylines = st.text(ALPHABET + " #a\t\u0661", max_size=20)


def reason_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(KeylineError) as caught:
        call(*arguments)
    return caught.value.reason


@pytest.mark.parametrize("vector", GOOD, ids=lambda vector: vector["keyline"])
def test_every_known_keyline_is_made_checked_printed_and_read(vector: dict[str, str]) -> None:
    assert make(vector["body"]) == vector["keyline"]
    assert check(vector["keyline"]) == vector["keyline"]
    assert printed(vector["keyline"]) == vector["printed"]
    assert read(vector["printed"]) == vector["keyline"]
    assert attribute(vector["keyline"]) == vector["attribute"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: repr(vector["keyline"]))
def test_every_known_bad_keyline_is_refused_for_its_reason(vector: dict[str, str]) -> None:
    assert reason_of(check, vector["keyline"]) == vector["reason"]
    assert reason_of(printed, vector["keyline"]) == vector["reason"]


@pytest.mark.parametrize("vector", VECTORS["sets"], ids=lambda vector: " ".join(vector["keylines"]))
def test_every_known_set_has_its_known_faults(vector: dict[str, Any]) -> None:
    assert check_all(vector["keylines"]) == [tuple(fault) for fault in vector["faults"]]


@pytest.mark.parametrize("vector", VECTORS["keyline_lines"], ids=lambda vector: vector["line"])
def test_a_label_line_is_read_up_to_its_second_mark(vector: dict[str, str]) -> None:
    assert read(vector["line"]) == vector["keyline"]


@pytest.mark.parametrize("vector", VECTORS["bad_keyline_lines"], ids=lambda vector: vector["line"])
def test_a_label_line_without_both_marks_or_without_a_key_is_refused(vector: dict[str, str]) -> None:
    assert reason_of(read, vector["line"]) == vector["reason"]


def test_the_examples_of_the_interface_hold() -> None:
    assert make("JLSTMS6796") == "JLSTMS67969"
    assert check("JLST MS67 969") == "JLSTMS67969"
    assert printed("JLSTMS67969") == "#JLST MS67 969#"
    assert read("#JLST MS67 969# 0497ABJ") == "JLSTMS67969"
    assert check_all(["0000019", "A000026"]) == [(1, "mixed-attribute")]


def test_a_keyline_comes_back_blank_filled_to_sixteen_columns() -> None:
    assert check("JLSTMS67969     ") == "JLSTMS67969"


@pytest.mark.parametrize(
    ("keyline", "reason"),
    [("a", "character"), ("ABCDEFGHIJKLMNOPQRa", "character"), ("ABC", "too-short"), ("0" * 17, "too-long")],
)
def test_of_several_faults_the_first_in_the_order_is_named(keyline: str, reason: str) -> None:
    assert reason_of(check, keyline) == reason


def test_zeros_alone_are_refused_but_a_wrong_digit_after_zeros_is_a_wrong_digit() -> None:
    assert reason_of(make, "000") == "all-zeros"
    assert reason_of(check, "0000") == "all-zeros"
    assert reason_of(check, "0001") == "check-digit"


@pytest.mark.parametrize(
    ("body", "reason"), [("", "too-short"), ("AB", "too-short"), ("A" * 16, "too-long"), ("ab1", "character")]
)
def test_a_body_that_cannot_be_closed_makes_no_keyline(body: str, reason: str) -> None:
    assert reason_of(make, body) == reason


def test_blanks_in_a_body_are_not_counted() -> None:
    assert make("ANIT 028") == "ANIT0281"


def test_text_before_the_first_mark_is_no_keyline_line_but_blanks_are_let_pass() -> None:
    assert read("  #JLST MS67 969#") == "JLSTMS67969"
    assert reason_of(read, "KEY #JLST MS67 969#") == "delimiter"
    assert reason_of(read, "") == "delimiter"
    assert reason_of(read, "#") == "delimiter"


def test_the_attribute_is_judged_before_the_check_digit_is_known_to_be_right() -> None:
    assert attribute("JLST MS67 960") == "alphanumeric"
    assert attribute("QWER/9") == "alpha"
    assert attribute("12/4") == "alphanumeric"
    assert reason_of(attribute, "12-45") == "character"
    assert reason_of(attribute, "123") == "too-short"
    assert reason_of(attribute, "1" * 17) == "too-long"


def test_a_set_names_every_fault_with_its_index() -> None:
    bad, first, longer, letters = "0000029", make("000001"), make("0000002"), make("ABCDEFGH")
    assert check_all([bad, first, longer, letters, letters]) == [
        (0, "check-digit"),
        (2, "mixed-length"),
        (3, "mixed-length"),
        (3, "mixed-attribute"),
        (4, "mixed-length"),
        (4, "mixed-attribute"),
        (4, "duplicate"),
    ]
    assert check_all([]) == []


@given(bodies)
def test_what_is_made_is_checked_printed_and_read_back(body: str) -> None:
    keyline = make(body)
    label = printed(keyline)
    assert keyline[:-1] == body
    assert check(keyline) == read(label) == read(label + " 0497#") == keyline
    assert len(label) == len(keyline) + (len(keyline) - 1) // 4 + 2
    assert all(len(group) == 4 for group in label.strip("#").split(" ")[:-1])


@given(almost_keylines)
def test_any_text_is_a_keyline_or_has_the_first_reason_that_applies(text: str) -> None:
    bare = text.replace(" ", "")
    if set(bare) - set(ALPHABET):
        assert reason_of(check, text) == "character"
    elif len(bare) < 4:
        assert reason_of(check, text) == "too-short"
    elif len(bare) > 16:
        assert reason_of(check, text) == "too-long"
    elif bare[-1] not in "0123456789":
        assert reason_of(check, text) == "no-check-digit"
    elif not bare.strip("0"):
        assert reason_of(check, text) == "all-zeros"
    elif make(bare[:-1]) != bare:
        assert reason_of(check, text) == "check-digit"
    else:
        assert check(text) == bare


@given(st.text())
def test_any_label_line_is_read_or_refused_with_a_reason(line: str) -> None:
    with suppress(KeylineError):
        assert check(read(line)) == read(line)


def test_a_message_quotes_no_text_that_could_be_a_name() -> None:
    for call, text in (
        (check, "SMITH JOHN A."),
        (read, "JOHN SMITH"),
        (make, "O'BRIEN"),
        (check, "SMITH"),
        (attribute, "SMITH-"),
    ):
        with pytest.raises(KeylineError) as caught:
            call(text)
        assert not {"SMITH", "JOHN", "BRIEN"} & set(str(caught.value).replace("'", " ").split())


def test_an_error_keeps_its_facts_on_its_way_out_of_a_worker_process() -> None:
    for error in (KeylineError("delimiter", "no mark"), ImbError("routing", "too long", 12), KeylineError("all-zeros")):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.reason, str(again)) == (type(error), error.reason, str(error))
    assert pickle.loads(pickle.dumps(ImbError("routing", "too long", 12))).code == 12
