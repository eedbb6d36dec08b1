"""Interface, section 5: question 11, which address a notice is about, and how addresses are compared."""

from __future__ import annotations

import pytest

from schemas.acs_write import Place
from tests.flows.story import ABROAD, A, Story
from tests.interface.telling import came_to, one, row

SPRING, SUMMER, AUTUMN, LATE = "2026-04-10", "2026-07-01", "2026-10-05", "2026-11-12"
MOVED = "B mailable moved"


@pytest.fixture
def at_b(story: Story) -> Story:
    """Mary has moved from A to B in spring."""
    story.file(story.move("A", "B", SPRING))
    return story


# COA


def test_11_a_coa_about_our_address_now_goes_on(story: Story) -> None:
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"


def test_11_a_coa_about_one_we_had_before_with_a_new_address_goes_on(at_b: Story) -> None:
    assert one(at_b, at_b.move("A", "C", SUMMER)) == "moved moved"
    assert at_b.stands() == "C mailable moved"


def test_11_a_foreign_new_address_is_a_new_address_too(at_b: Story) -> None:
    assert one(at_b, at_b.move("A", ABROAD, SUMMER)) == "held foreign_move"


@pytest.mark.parametrize("code", ["K", "G"])
def test_11_k_and_g_about_one_we_had_before_are_kept_older_than_ours(at_b: Story, code: str) -> None:
    assert one(at_b, at_b.left("A", SUMMER, code=code)) == "kept older_than_ours"
    assert at_b.stands() == MOVED


def test_11_an_address_of_a_batch_that_was_undone_is_none_we_had(story: Story) -> None:
    story.undo(story.file(story.move("A", "B", SPRING)))
    assert one(story, story.move("B", "C", SUMMER)) == "review old_address_differs"


def test_11_one_the_client_had_before_is_one_we_had_before(story: Story) -> None:
    story.client("1", at="D")
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"


def test_11_about_the_new_address_of_another_coa_in_this_file_that_has_come_this_far_goes_on(story: Story) -> None:
    result = story.file(story.move("B", "C", SUMMER), story.move("A", "B", SPRING))
    assert came_to(result) == "moved 1, kept 1: moved 1, superseded 1"
    assert story.stands() == "C mailable moved"


@pytest.mark.parametrize("code", ["K", "G"])
def test_11_k_and_g_about_the_new_address_of_another_coa_go_on(story: Story, code: str) -> None:
    result = story.file(story.left("B", SUMMER, code=code), story.move("A", "B", SPRING))
    assert (result["moved"], result["suppressed"]) == (1, 1)
    assert story.stands().startswith("B undeliverable")


def test_11_a_coa_that_was_answered_before_has_not_come_this_far(story: Story) -> None:
    result = story.file(story.move("A", "B", SPRING, last_name="QUIMBY"), story.move("B", "C", SUMMER))
    assert result["reasons"] == {"name_differs": 1, "old_address_differs": 1}


def test_11_a_coa_of_another_addressee_does_not_lead_her_anywhere(story: Story) -> None:
    story.client("2", at="A", first_name="MARY", last_name="SMITH")
    result = story.file(story.move("A", "B", SPRING, record_id="2"), story.move("B", "C", SUMMER))
    assert result["reasons"] == {"moved": 1, "old_address_differs": 1}


def test_11_whose_new_address_is_the_one_on_file_goes_on(story: Story) -> None:
    assert one(story, story.move("D", "A", SPRING)) == "kept already_there"


def test_11_a_coa_about_any_other_address_is_review_old_address_differs(story: Story) -> None:
    assert one(story, story.move("D", "B", SPRING)) == "review old_address_differs"
    assert one(story, story.left("D", SPRING)) == "review old_address_differs"
    assert one(story, story.move("D", ABROAD, SPRING)) == "review old_address_differs"
    assert story.stands() == "A mailable"


# P


def test_11_p_with_our_zip_goes_on(story: Story) -> None:
    assert one(story, story.back("A2", "P", SUMMER)) == "suppressed deceased"


def test_11_p_with_a_zip_we_had_before_goes_on(at_b: Story) -> None:
    assert one(at_b, at_b.back("A", "P", SUMMER)) == "suppressed deceased"
    assert at_b.stands() == "B deceased deceased"


def test_11_p_with_any_other_zip_is_review_old_address_differs(story: Story) -> None:
    assert one(story, story.back("D", "P", SUMMER)) == "review old_address_differs"


# other nixies


@pytest.mark.parametrize("code", list("ANSVMRUQILE"))
def test_11_a_nixie_not_of_our_zip_but_of_one_we_had_before_is_kept_older_than_ours(at_b: Story, code: str) -> None:
    assert one(at_b, at_b.back("A", code, SUMMER)) == "kept older_than_ours"
    assert at_b.stands() == MOVED


@pytest.mark.parametrize("code", ["V", "Q", "R"])
def test_11_a_nixie_of_a_zip_never_ours_is_review_old_address_differs(story: Story, code: str) -> None:
    assert one(story, story.back("D", code, SUMMER)) == "review old_address_differs"


def corrected(story: Story) -> None:
    """The client corrects the line within the ZIP, today."""
    story.client("1", at="A2")


@pytest.mark.parametrize("fulfilled", ["2026-11-21", "2027-01-18", "2026-11-20", "2026-03-01"])
def test_11_our_zip_an_earlier_address_has_it_too_and_the_present_one_came_less_than_60_days_before_or_after(
    story: Story, fulfilled: str
) -> None:
    corrected(story)
    assert one(story, story.back("A", "N", fulfilled)) == "review address_too_young"
    assert story.stands() == "A2 mailable"


def test_11_60_days_after_the_present_one_came_in_the_nixie_is_about_it(story: Story) -> None:
    corrected(story)
    assert one(story, story.back("A", "N", "2027-01-19")) == "suppressed no_such_number"


def test_11_a_month_alone_may_be_less_than_60_days_after(story: Story) -> None:
    corrected(story)
    assert one(story, story.back("A", "N", "20270100")) == "review address_too_young"
    assert one(story, story.back("A", "N", "20270200")) == "suppressed no_such_number"


def test_11_our_zip_and_no_earlier_address_has_it_goes_on_however_young(story: Story) -> None:
    story.client("1", at="B")
    assert one(story, story.back("B", "N", "2026-11-21")) == "suppressed no_such_number"


def test_11_nixies_of_layouts_without_a_fulfillment_date_use_the_create_date(story: Story) -> None:
    corrected(story)
    assert one(story, story.back("A", "N", ""), layout="traditional_427") == "review address_too_young"


# how addresses are compared


@pytest.mark.parametrize(
    "line",
    ["12 elm st", "12  ELM ST.", "12 E.L.M. ST", "12, ELM-ST", "12 ELM' ST"],
    ids=["case", "blanks and point", "points", "punctuation", "apostrophe"],
)
def test_addresses_are_the_same_when_zip_and_address_line_are(story: Story, line: str) -> None:
    new = Place(number="12", street="ELM", city="TULSA", state="OK", zip5=A.zip5, label=line)
    assert one(story, story.move("D", new, SPRING)) == "kept already_there"
    assert row(story)["address1"] == A.line


@pytest.mark.parametrize(
    "new",
    [
        Place(number="12", street="ELM", city="TULSA", state="OK", zip5="74102"),
        Place(number="12", street="ELM", suffix="AVE", city="TULSA", state="OK", zip5="74101"),
        Place(number="12", street="ELM", unit_designator="APT", unit_number="2", zip5="74101"),
    ],
    ids=["zip", "line", "unit"],
)
def test_addresses_are_not_the_same_when_zip_or_line_differs(story: Story, new: Place) -> None:
    assert one(story, story.move("A", new, SPRING)) == "moved moved"


@pytest.mark.parametrize(
    "old",
    [{"old_street_name": "ANYTHING", "old_street_suffix": "BLVD"}, {"old_city": "BROKEN ARROW", "old_state": "KS"}],
    ids=["street", "city"],
)
def test_an_old_address_is_ours_when_its_zip_is_and_its_primary_number_is_a_word_of_our_line(
    story: Story, old: dict[str, str]
) -> None:
    assert one(story, story.move("A", "B", SPRING, **old)) == "moved moved"


@pytest.mark.parametrize("number", ["1", "2", "123", "12A", "ELMS"])
def test_part_of_a_word_is_not_a_word_of_our_line(story: Story, number: str) -> None:
    assert one(story, story.move("A", "B", SPRING, old_primary_number=number)) == "review old_address_differs"


def test_the_same_number_in_another_zip_is_not_ours(story: Story) -> None:
    assert one(story, story.move("A", "B", SPRING, old_zip_code="74102")) == "review old_address_differs"
