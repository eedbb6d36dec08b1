"""Interface, section 5: how names are compared, and text."""

from __future__ import annotations

import pytest
from rapidfuzz.fuzz import ratio

from daemon.returns.names import Person, fits
from schemas.notice import Notice
from schemas.text import before, norm

BLANK = Notice._make([""] * len(Notice._fields))


def coa(move_type: str = "I", first: str = "", last: str = "", suffix: str = "", company: str = "") -> Notice:
    """A change of address as far as names go."""
    return BLANK._replace(
        kind="coa", move_type=move_type, first_name=first, last_name=last, suffix=suffix, company=company
    )


def last(theirs: str, ours: str) -> bool:
    """Do two last names fit?"""
    return fits(coa("F", last=theirs), Person("", ours, "", ""))


def first(theirs: str, ours: str) -> bool:
    """Do two first names fit?"""
    return fits(coa("I", first=theirs, last="SMITH"), Person(ours, "SMITH", "", ""))


def company(theirs: str, ours: str) -> bool:
    """Do two companies fit?"""
    return fits(coa("B", company=theirs), Person("", "", "", ours))


def suffix(theirs: str, ours: str) -> bool:
    """Do two suffixes fit?"""
    return fits(coa("I", first="JOHN", last="SMITH", suffix=theirs), Person("JOHN", "SMITH", ours, ""))


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("smith", "SMITH"),
        ("O'BRIEN", "OBRIEN"),
        ("O\u2019Brien", "OBRIEN"),
        ("ST. JOHN", "ST JOHN"),
        ("SMITH-JONES", "SMITH JONES"),
        ("SMITH,JONES", "SMITH JONES"),
        ("  SMITH \t JONES ", "SMITH JONES"),
        ("A.C.M.E., INC.", "ACME INC"),
    ],
)
def test_text_is_compared_without_case_apostrophes_and_points_other_punctuation_counts_as_a_blank_runs_as_one(
    text: str, compared: str
) -> None:
    assert norm(text) == compared


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("2026-04-10", "2026-04-11", True),
        ("2026-04-11", "2026-04-11", False),
        ("2026-04", "2026-04-11", False),
        ("2026-04-11", "2026-04", False),
        ("2026-04", "2026-04", False),
        ("2026-03", "2026-04-01", True),
        ("2026-03-31", "2026-04", True),
        ("2025-12", "2026-01", True),
        ("", "2026-04", False),
        ("2026-04", "", False),
    ],
)
def test_before_is_by_month_where_either_has_only_a_month(one: str, other: str, answer: bool) -> None:
    assert before(one, other) is answer


@pytest.mark.parametrize(("theirs", "ours"), [("SMITH", "SMITH"), ("smith", "SMITH"), ("OBRIEN", "O'Brien")])
def test_last_names_fit_when_equal(theirs: str, ours: str) -> None:
    assert last(theirs, ours)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("SMITH", "SMITH-JONES"), ("SMITH JONES", "JONES"), ("VAN DER BERG", "BERG"), ("GARCIA", "GARCIA LOPEZ")],
)
def test_last_names_fit_when_one_contains_the_other_as_whole_words(theirs: str, ours: str) -> None:
    assert last(theirs, ours)


@pytest.mark.parametrize(("theirs", "ours"), [("SON", "JOHNSON"), ("ROSE", "ROSENBERG"), ("LEE", "LEECH")])
def test_part_of_a_word_is_not_a_whole_word(theirs: str, ours: str) -> None:
    assert not last(theirs, ours)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("JOHNSON", "JOHNSTON"), ("MACDONALD", "MCDONALD"), ("ANDERSEN", "ANDERSON"), ("SMITH", "SMYTH")],
)
def test_last_names_fit_when_alike_rapidfuzz_ratio_85_and_up(theirs: str, ours: str) -> None:
    assert last(theirs, ours) is (ratio(theirs, ours) >= 85)


def test_a_ratio_of_85_fits_and_one_below_does_not() -> None:
    seventeen, of_twenty = "ABCDEFGHIJKLMNOPQ", "ABCDEFGHIJKLMNOPQRST"
    assert ratio("ABCDEFGHIJKLMNOPQXYZ", of_twenty) == 85
    assert last("ABCDEFGHIJKLMNOPQXYZ", of_twenty)
    assert ratio("ABCDEFGHIJKLMNOPWXYZ", of_twenty) < 85
    assert not last("ABCDEFGHIJKLMNOPWXYZ", of_twenty)
    assert len(seventeen) / len(of_twenty) == 0.85


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("ACME TOOL", "ACME TOOL"), ("ACME", "ACME TOOL WORKS"), ("ACME TOOL WORKS", "ACME TOLL WORKS")],
)
def test_companies_fit_like_last_names(theirs: str, ours: str) -> None:
    assert company(theirs, ours)


@pytest.mark.parametrize(("theirs", "ours"), [("ACME TOOL", "APEX TOOL"), ("ACME", "ACMEX SYSTEMS"), ("", "ACME")])
def test_companies_that_differ_do_not_fit(theirs: str, ours: str) -> None:
    assert not company(theirs, ours)


@pytest.mark.parametrize("name", ["MARY", "mary", "MARY ANN", "MARY A"])
def test_first_names_fit_when_equal(name: str) -> None:
    assert first(name, "MARY")
    assert first("MARY", name)


@pytest.mark.parametrize(("theirs", "ours"), [("M", "MARY"), ("MARY", "M"), ("M", "M"), ("M.", "MARY")])
def test_first_names_fit_when_one_is_the_others_initial(theirs: str, ours: str) -> None:
    assert first(theirs, ours)


@pytest.mark.parametrize(
    ("one", "other"), [("BILL", "WILLIAM"), ("PEGGY", "MARGARET"), ("BOB", "ROBERT"), ("LIZ", "ELIZABETH")]
)
def test_first_names_fit_when_one_is_the_others_known_nickname(one: str, other: str) -> None:
    assert first(one, other)
    assert first(other, one)


@pytest.mark.parametrize(("theirs", "ours"), [("", "MARY"), ("MARY", ""), ("", "")])
def test_first_names_fit_when_either_is_blank(theirs: str, ours: str) -> None:
    assert first(theirs, ours)


@pytest.mark.parametrize(
    ("theirs", "ours"), [("PAULA", "PAUL"), ("MARY", "MARK"), ("K", "MARY"), ("JOHN", "JOAN"), ("JEAN", "DEAN")]
)
def test_first_names_that_are_alike_but_not_equal_do_not_fit(theirs: str, ours: str) -> None:
    assert not first(theirs, ours)


@pytest.mark.parametrize(("theirs", "ours"), [("JR", "SR"), ("SR", "JR"), ("III", "JR"), ("II", "III"), ("JR.", "Sr")])
def test_jr_is_not_sr(theirs: str, ours: str) -> None:
    assert not suffix(theirs, ours)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("JR", "JR"), ("JR", "Jr."), ("JR", ""), ("", "SR"), ("MD", "ESQ"), ("JR MD", "JR"), ("III", "3RD")],
)
def test_the_same_suffix_fits_and_one_left_out_and_what_is_no_generation(theirs: str, ours: str) -> None:
    assert suffix(theirs, ours)


def test_a_generation_in_the_last_name_counts_as_well() -> None:
    assert not fits(coa("I", "JOHN", "SMITH JR"), Person("JOHN", "SMITH", "SR", ""))
    assert fits(coa("I", "JOHN", "SMITH JR"), Person("JOHN", "SMITH", "JR", ""))


def test_a_family_move_asks_neither_first_name_nor_suffix() -> None:
    assert fits(coa("F", "HAROLD", "SMITH", "SR"), Person("MARY", "SMITH", "JR", ""))


def test_a_companys_move_never_fits_a_private_record_nor_the_other_way_round() -> None:
    assert not fits(coa("B", company="SMITH"), Person("", "SMITH", "", ""))
    assert not fits(coa("B", company="MARY SMITH"), Person("MARY", "SMITH", "", ""))
    assert not fits(coa("F", last="ACME"), Person("", "", "", "ACME"))
    assert not fits(coa("I", "MARY", "SMITH"), Person("", "", "", "SMITH"))


def test_a_person_at_a_company_fits_by_either() -> None:
    person = Person("MARY", "SMITH", "", "ACME TOOL WORKS")
    assert fits(coa("B", company="ACME TOOL WORKS"), person)
    assert fits(coa("I", "MARY", "SMITH"), person)
    assert not fits(coa("B", company="QUIMBY"), person)


@pytest.mark.parametrize("move_type", ["F", "I", "B"])
def test_a_record_of_ours_with_neither_last_name_nor_company_fits_anyone(move_type: str) -> None:
    assert fits(coa(move_type, "MARY", "SMITH", company="ACME"), Person("", "", "", ""))
    assert fits(coa(move_type, "MARY", "SMITH", company="ACME"), Person("CURRENT RESIDENT", "", "", ""))


def test_a_last_name_as_long_as_its_field_may_have_been_cut() -> None:
    whole = "FEATHERSTONEHAUGH-CHOLMONDELEY"
    assert last(whole[:20], whole)
    assert not last(whole[:12], whole)
