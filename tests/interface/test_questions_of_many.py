"""Interface, section 5: question 12, several notices for one addressee from one file."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.flows.story import ABROAD, Story
from tests.interface.telling import came_to

EARLY, SPRING, SUMMER, AUTUMN, LATE = "2026-02-03", "2026-04-10", "2026-07-01", "2026-10-05", "2026-11-12"
ORDERS = list(permutations(range(2)))


def told(story: Story, *records: object, layout: str = "singlesource_v02") -> str:
    """Apply a file; return where its records went."""
    return came_to(story.file(*records, layout=layout))  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ORDERS)
def test_12_p_wins_over_all(story: Story, order: tuple[int, ...]) -> None:
    records = story.back("A", "P", EARLY), story.move("A", "B", LATE)
    assert told(story, *(records[i] for i in order)) == "suppressed 1, kept 1: deceased 1, superseded 1"
    assert story.stands() == "A deceased deceased"


def test_12_p_wins_over_nixies_and_strikes_too(story: Story) -> None:
    records = [story.back("A", code, LATE) for code in "RUV"]
    assert told(story, story.back("A", "P", EARLY), *records) == "suppressed 1, kept 3: deceased 1, superseded 3"


@pytest.mark.parametrize("order", ORDERS)
def test_12_the_coas_with_a_new_address_stand_in_order_of_move_date(story: Story, order: tuple[int, ...]) -> None:
    moves = story.move("A", "B", SPRING, fulfilled=LATE), story.move("A", "C", SUMMER, fulfilled=AUTUMN)
    assert told(story, *(moves[i] for i in order)) == "moved 1, kept 1: moved 1, superseded 1"
    assert story.stands() == "C mailable moved"
    assert story.since() == SUMMER


@pytest.mark.parametrize("order", ORDERS)
def test_12_then_of_fulfillment_date(story: Story, order: tuple[int, ...]) -> None:
    moves = story.move("A", "B", SPRING, fulfilled=LATE), story.move("A", "C", SPRING, fulfilled=AUTUMN)
    story.file(*(moves[i] for i in order))
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("order", ORDERS)
def test_12_then_of_sequence(story: Story, order: tuple[int, ...]) -> None:
    moves = story.move("A", "B", SPRING, sequence=9), story.move("A", "C", SPRING, sequence=8)
    story.file(*(moves[i] for i in order))
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("code", list("ANSVMQILERU"))
def test_12_the_last_move_wins_over_all_the_others_strikes_too(story: Story, code: str) -> None:
    result = told(story, story.back("A", code, LATE), story.move("A", "B", SPRING), story.back("A", "N", LATE))
    expected = 2 if code != "N" else 1  # the second one is the same event
    repeat = ", repeat 1" if code == "N" else ""
    assert result == f"moved 1, kept 2: moved 1{repeat}, superseded {expected}"
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("code", ["K", "G"])
def test_12_it_wins_over_k_and_g_about_the_address_it_left(story: Story, code: str) -> None:
    assert told(story, story.left("A", LATE, code=code), story.move("A", "B", SPRING)) == (
        "moved 1, kept 1: moved 1, superseded 1"
    )
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("code", "status"), [("K", "undeliverable moved_left_no_address"), ("G", "undeliverable po_box_closed")]
)
def test_12_except_a_k_or_g_about_its_new_address_and_dated_after_it(
    story: Story, code: str, status: str, order: tuple[int, ...]
) -> None:
    records = story.move("A", "B", SPRING), story.left("B", SUMMER, code=code)
    result = story.file(*(records[i] for i in order))
    assert (result["moved"], result["suppressed"]) == (1, 1)
    assert story.stands() == f"B {status}"


def test_12_except_a_foreign_move_about_its_new_address_and_dated_after_it(story: Story) -> None:
    assert told(story, story.move("B", ABROAD, SUMMER), story.move("A", "B", SPRING)) == (
        "moved 1, held 1: foreign_move 1, moved 1"
    )
    assert story.stands() == "B held foreign_move"


@pytest.mark.parametrize("on", [SPRING, EARLY])
def test_12_but_not_dated_on_its_day_or_before(story: Story, on: str) -> None:
    records = story.move("A", "B", SPRING), story.left("B", on), story.move("B", ABROAD, on)
    assert told(story, *records) == "moved 1, kept 2: moved 1, superseded 2"
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("code", ["V", "Q"])
def test_12_except_where_it_only_says_what_is_on_file_already_nixies_fulfilled_after_its_move_date(
    story: Story, code: str
) -> None:
    result = story.file(story.move("D", "A", SPRING), story.back("A", code, SUMMER))
    assert result["reasons"].get("already_there") == 1
    assert result["suppressed"] + result["held"] == 1
    assert story.stands() != "A mailable"
    assert story.since() == SPRING


@pytest.mark.parametrize("fulfilled", [SPRING, EARLY])
def test_12_but_not_nixies_fulfilled_on_its_move_date_or_before(story: Story, fulfilled: str) -> None:
    assert told(story, story.move("D", "A", SPRING), story.back("A", "V", fulfilled)) == (
        "kept 2: already_there 1, superseded 1"
    )
    assert story.stands() == "A mailable"


def test_12_and_a_strike_after_it_counts_where_it_only_says_what_is_on_file(story: Story) -> None:
    records = story.move("D", "A", SPRING), story.back("A", "R", SUMMER), story.back("A", "R", LATE)
    result = story.file(*records)
    assert result["reasons"] == {"already_there": 1, "first_strike": 1, "refused": 1}


@pytest.mark.parametrize("order", ORDERS)
def test_12_else_the_newest_fulfillment_date(story: Story, order: tuple[int, ...]) -> None:
    records = story.back("A", "V", SUMMER), story.back("A", "Q", AUTUMN)
    assert told(story, *(records[i] for i in order)) == "held 1, kept 1: forwarding_order_expired 1, superseded 1"
    assert story.stands() == "A held forwarding_order_expired"


@pytest.mark.parametrize("order", ORDERS)
def test_12_then_the_stronger_status(story: Story, order: tuple[int, ...]) -> None:
    records = story.back("A", "V", SUMMER), story.back("A", "Q", SUMMER)
    story.file(*(records[i] for i in order))
    assert story.stands() == "A undeliverable vacant"


@pytest.mark.parametrize("order", ORDERS)
def test_12_then_the_higher_sequence(story: Story, order: tuple[int, ...]) -> None:
    records = story.back("A", "V", SUMMER), story.back("A", "N", SUMMER)  # numbered as they stand
    story.file(*(records[i] for i in order))
    assert story.stands() == ("A undeliverable no_such_number" if order == (0, 1) else "A undeliverable vacant")


@pytest.mark.parametrize("order", ORDERS)
def test_12_a_coa_without_a_new_address_stands_among_the_nixies(story: Story, order: tuple[int, ...]) -> None:
    records = story.left("A", SPRING, fulfilled=AUTUMN), story.back("A", "V", SUMMER)
    story.file(*(records[i] for i in order))
    assert story.stands() == "A undeliverable moved_left_no_address"


def test_12_r_and_u_stay_out_of_this_and_are_counted_one_by_one(story: Story) -> None:
    records = [story.back("A", "R", LATE), story.back("A", "U", LATE), story.back("A", "I", SUMMER)]
    assert told(story, *records) == "held 1, kept 2: first_strike 2, insufficient_address 1"
    assert story.stands() == "A held insufficient_address"


def test_12_two_strikes_of_two_codes_are_two_first_strikes(story: Story) -> None:
    assert told(story, story.back("A", "R", SUMMER), story.back("A", "U", LATE)) == "kept 2: first_strike 2"
    assert story.stands() == "A mailable"


def test_12_three_strikes_of_one_code_in_one_file_the_second_counts_and_the_third_is_known(story: Story) -> None:
    records = [story.back("A", "R", day) for day in (LATE, SPRING, SUMMER)]
    assert told(story, *records) == "suppressed 1, kept 2: already_known 1, first_strike 1, refused 1"


def test_12_what_was_answered_before_is_not_among_the_several(story: Story) -> None:
    records = story.move("A", "B", SPRING, last_name="QUIMBY"), story.back("A", "V", EARLY)
    assert told(story, *records) == "suppressed 1, review 1: name_differs 1, vacant 1"


def test_12_a_move_of_the_future_does_not_supersede_anything(story: Story) -> None:
    records = story.move("A", "B", "2027-02-01"), story.back("A", "V", SUMMER)
    assert told(story, *records) == "suppressed 1, kept 1: future_move 1, vacant 1"


def test_12_two_people_of_one_file_do_not_supersede_each_other(story: Story) -> None:
    story.client("2", at="A", first_name="PAUL", last_name="SMITH")
    records = story.move("A", "B", SPRING), story.back("A", "V", SUMMER, record_id="2")
    assert told(story, *records) == "moved 1, suppressed 1: moved 1, vacant 1"


def test_12_several_months_alone_are_ordered_by_month(story: Story) -> None:
    records = story.move("A", "C", "2026-07"), story.move("A", "B", "2026-04")
    assert told(story, *records, layout="traditional_427") == "moved 1, kept 1: moved 1, superseded 1"
    assert story.stands() == "C mailable moved"
