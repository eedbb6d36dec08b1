from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyline.checkdigit import ALPHABET
from keyline.errors import KeylineError
from keyline.keylines import attribute, check, check_all, make
from keyline.schemes import (
    Scheme,
    accepts,
    match_code_body,
    match_code_key,
    parse_match_code,
    record_id_key,
    serial_key,
)

NUMERIC = Scheme()
SERIAL_9 = Scheme("mailer-serial", 9)
SERIAL_6 = Scheme("mailer-serial", 6)
CODED = Scheme("match-code", 16, "alphanumeric", (("zip5", 5), ("last_name", 4), ("address1", 4)))
ANY_ATTRIBUTE = st.sampled_from(["numeric", "alpha", "alphanumeric"])


def reason_of(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(KeylineError) as caught:
        call(*arguments, **named)
    return caught.value.reason


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("random", 10), "scheme-source"),
        (("serial", 3), "scheme-length"),
        (("serial", 17), "scheme-length"),
        (("mailer-serial", 10), "scheme-length"),
        (("mailer-serial", 9, "alpha"), "scheme-attribute"),
        (("serial", 10, "letters"), "scheme-attribute"),
        (("match-code", 10), "scheme-match-code"),
        (("serial", 10, "numeric", (("zip5", 5),)), "scheme-match-code"),
        (("match-code", 10, "alphanumeric", (("zip5", 5), ("last_name", 5))), "scheme-match-code"),
        (("match-code", 10, "alphanumeric", (("zip5", 0),)), "scheme-match-code"),
        (("match-code", 10, "alphanumeric", (("", 4),)), "scheme-match-code"),
    ],
)
def test_a_scheme_that_cannot_be_is_not_built(arguments: tuple[Any, ...], reason: str) -> None:
    assert reason_of(Scheme, *arguments) == reason


def test_the_default_scheme_is_nine_digits_and_the_check_digit() -> None:
    assert Scheme() == Scheme("serial", 10, "numeric", ())
    assert serial_key(Scheme(), 1) == "0000000018"


def test_a_mailer_ids_serial_has_no_check_digit() -> None:
    assert serial_key(SERIAL_9, 37) == "000000037"
    assert serial_key(SERIAL_6, 37) == "000037"
    assert record_id_key(SERIAL_9, "4711") == "000004711"


def test_serials_start_from_one_and_end_where_the_length_does() -> None:
    assert reason_of(serial_key, NUMERIC, 0) == "serial"
    assert serial_key(NUMERIC, 999_999_999) == make("999999999")
    assert reason_of(serial_key, NUMERIC, 1_000_000_000) == "serial"
    assert reason_of(serial_key, SERIAL_6, 1_000_000) == "serial"


def test_alpha_serials_are_counted_in_letters() -> None:
    scheme = Scheme("serial", 4, "alpha")
    assert [serial_key(scheme, number)[:-1] for number in (1, 25, 26, 26**3 - 1)] == ["AAB", "AAZ", "ABA", "ZZZ"]
    assert reason_of(serial_key, scheme, 26**3) == "serial"


def test_alphanumeric_serials_have_a_letter_and_digits_from_first_to_last() -> None:
    scheme = Scheme("serial", 4, "alphanumeric")
    assert [serial_key(scheme, number)[:-1] for number in (1, 99, 100, 2599)] == ["A01", "A99", "B00", "Z99"]
    assert reason_of(serial_key, scheme, 2600) == "serial"


@given(ANY_ATTRIBUTE, st.integers(4, 16), st.lists(st.integers(1, 999), min_size=2, max_size=20, unique=True))
def test_the_serials_of_any_scheme_make_a_set_without_fault(kind: Any, length: int, numbers: list[int]) -> None:
    scheme = Scheme("serial", length, kind)
    keys = [serial_key(scheme, number) for number in numbers]
    assert check_all(keys) == []
    assert {accepts(scheme, key) for key in keys} == {None}


@pytest.mark.parametrize(
    ("kind", "record_id", "body"),
    [
        ("numeric", "4711", "000004711"),
        ("numeric", " 4 711", "000004711"),
        ("alphanumeric", "a/4711", "000A/4711"),
        ("alphanumeric", "C1", "0000000C1"),
        ("alpha", "abcdefghi", "ABCDEFGHI"),
    ],
)
def test_a_clients_id_is_filled_with_zeros_to_the_length_of_the_body(kind: Any, record_id: str, body: str) -> None:
    assert record_id_key(Scheme("record-id", 10, kind), record_id) == make(body)


@pytest.mark.parametrize(
    ("kind", "record_id", "reason"),
    [
        ("numeric", "A1", "character"),
        ("numeric", "", "character"),
        ("numeric", "1/2", "character"),
        ("numeric", "12-3", "character"),
        ("numeric", "\u0664\u0667", "character"),
        ("numeric", "1234567890", "too-long"),
        ("numeric", "000", "all-zeros"),
        ("alphanumeric", "4711", "attribute"),
        ("alphanumeric", "ABCDEFGHI", "attribute"),
        ("alphanumeric", "A_1", "character"),
        ("alphanumeric", "\u0131d1", "character"),
        ("alpha", "ABC", "too-short"),
        ("alpha", "ABCDEFGH1", "character"),
    ],
)
def test_an_id_that_cannot_come_through_whole_makes_no_key(kind: Any, record_id: str, reason: str) -> None:
    assert reason_of(record_id_key, Scheme("record-id", 10, kind), record_id) == reason


def test_a_serial_of_zeros_alone_is_never_made() -> None:
    assert reason_of(record_id_key, SERIAL_9, "0") == "all-zeros"


@given(ANY_ATTRIBUTE, st.text(ALPHABET + "abc -.", max_size=16))
def test_a_key_made_from_an_id_is_one_its_account_accepts(kind: Any, record_id: str) -> None:
    scheme = Scheme("record-id", 12, kind)
    try:
        key = record_id_key(scheme, record_id)
    except KeylineError:
        return
    assert accepts(scheme, key) is None
    assert check(key)[:-1].lstrip("0") == record_id.replace(" ", "").upper().lstrip("0")


def test_a_match_code_is_parsed_from_its_columns() -> None:
    assert parse_match_code("zip5:5, Last_Name:4 ,address1:4") == (("zip5", 5), ("last_name", 4), ("address1", 4))


@pytest.mark.parametrize(
    "text", ["", "zip5", "zip5:", "zip5:0", "zip5:5,", "zip5:5;last_name:4", "zip 5:5", "zip5:-1", "zip5:100"]
)
def test_a_match_code_written_otherwise_is_refused(text: str) -> None:
    assert reason_of(parse_match_code, text) == "scheme-match-code"


def test_a_match_code_takes_letters_and_digits_padded_and_cut_without_accents() -> None:
    row = {"zip5": "0871", "last_name": "d'\u00c5str\u00f6m", "address1": "1 \u0141\u00f3d\u017a"}
    assert match_code_body(CODED, row) == "08710DAST1LOD"
    assert match_code_body(CODED, {**row, "last_name": "Li", "address1": "PO Box 12"}) == "08710LI00POBO"


def test_an_alpha_match_code_takes_letters_and_a_numeric_one_digits() -> None:
    row = {"zip5": "87110", "last_name": "Li 2nd"}
    columns = (("zip5", 5), ("last_name", 5))
    assert match_code_body(Scheme("match-code", 16, "alpha", columns), row) == "XXXXXLINDX"
    assert match_code_body(Scheme("match-code", 16, "numeric", columns), row) == "8711020000"


def test_the_running_number_fills_what_the_columns_leave() -> None:
    assert match_code_key(CODED, "87110SMIT12EL", 0) == make("87110SMIT12EL00")
    assert match_code_key(CODED, "87110SMIT12EL", 42) == make("87110SMIT12EL42")
    assert reason_of(match_code_key, CODED, "87110SMIT12EL", 100) == "serial"
    alpha = Scheme("match-code", 8, "alpha", (("last_name", 5),))
    assert [match_code_key(alpha, "SMITH", running)[5:7] for running in (0, 27, 675)] == ["AA", "BB", "ZZ"]
    assert reason_of(match_code_key, alpha, "SMITH", 676) == "serial"


def test_a_match_code_that_leaves_nothing_has_no_room_for_a_second_one() -> None:
    full = Scheme("match-code", 10, "alphanumeric", (("zip5", 5), ("last_name", 4)))
    assert match_code_key(full, "87110SMIT") == make("87110SMIT")
    assert reason_of(match_code_key, full, "87110SMIT", 1) == "serial"


def test_an_alphanumeric_match_code_without_a_letter_gets_one() -> None:
    body = match_code_body(CODED, {"zip5": "87110", "last_name": "", "address1": "1234"})
    assert body == "87110XXXX1234"
    assert match_code_key(CODED, "8711012341234", 3) == make("8711012341234A3")
    full = Scheme("match-code", 6, "alphanumeric", (("zip5", 5),))
    assert reason_of(match_code_key, full, "87110") == "attribute"


def test_a_match_code_needs_its_columns_and_its_own_length() -> None:
    assert reason_of(match_code_body, CODED, {"zip5": "87110"}) == "column"
    assert reason_of(match_code_key, CODED, "87110") == "body"
    assert reason_of(match_code_key, CODED, "87110SMIT12EL", -1) == "serial"


@given(ANY_ATTRIBUTE, st.text(max_size=12), st.text(max_size=12), st.integers(0, 200))
def test_a_key_made_from_columns_is_one_its_account_accepts(kind: Any, one: str, other: str, running: int) -> None:
    scheme = Scheme("match-code", 12, kind, (("a", 4), ("b", 4)))
    body = match_code_body(scheme, {"a": one, "b": other})
    if not body.strip("0") and running == 0 and kind == "numeric":
        assert reason_of(match_code_key, scheme, body, running) == "all-zeros"
        return
    assert accepts(scheme, match_code_key(scheme, body, running)) is None


def test_running_numbers_of_one_match_code_give_different_keys() -> None:
    assert len({match_code_key(CODED, "8711012341234", running) for running in range(100)}) == 100


@pytest.mark.parametrize(
    ("scheme", "key", "reason"),
    [
        (NUMERIC, "0000000018", None),
        (NUMERIC, "0000 0000 18", None),
        (NUMERIC, "0000000019", "check-digit"),
        (NUMERIC, "000000001X", "check-digit"),
        (NUMERIC, "000000018", "foreign"),
        (NUMERIC, "ABCDEFGHI4", "foreign"),
        (NUMERIC, "00000-0018", "foreign"),
        (NUMERIC, "", "foreign"),
        (Scheme("serial", 10, "alpha"), "0000000018", "foreign"),
        (SERIAL_9, "000000019", None),
        (SERIAL_9, "0000000018", "foreign"),
        (SERIAL_9, "00000001A", "foreign"),
        (SERIAL_9, "\u0661" * 9, "foreign"),
        (SERIAL_6, "000019", None),
    ],
)
def test_an_incoming_key_is_asked_for_length_and_attribute_then_for_its_check_digit(
    scheme: Scheme, key: str, reason: str | None
) -> None:
    assert accepts(scheme, key) == reason


@given(st.text(ALPHABET, min_size=9, max_size=9).filter(lambda body: body.strip("0")))
def test_a_key_is_foreign_exactly_when_its_attribute_is(body: str) -> None:
    key = make(body)
    for kind in ("numeric", "alpha", "alphanumeric"):
        assert accepts(Scheme("serial", 10, kind), key) == (None if attribute(key) == kind else "foreign")
