"""Interface, section 5: questions 8 to 10: what lies ahead, who is deceased, what is older than what we know."""

from __future__ import annotations

import pytest

from schemas.acs_write import Detail
from tests.flows.story import ABROAD, Story
from tests.interface.telling import came_to, one, waiting

SPRING, SUMMER, AUTUMN, LATE, FUTURE = "2026-04-10", "2026-07-01", "2026-10-05", "2026-11-12", "2027-03-01"
TODAY, TOMORROW = "2026-11-20", "2026-11-21"  # as the story has it


# 8. a move date after today


def test_8_a_coa_with_a_move_date_after_today_is_kept_future_move(story: Story) -> None:
    assert one(story, story.move("A", "B", TOMORROW)) == "kept future_move"
    assert story.stands() == "A mailable"
    assert waiting(story) == 1


def test_8_a_move_of_today_is_not_in_the_future(story: Story) -> None:
    assert one(story, story.move("A", "B", TODAY)) == "moved moved"


@pytest.mark.parametrize("code", ["K", "G"])
def test_8_a_coa_without_a_new_address_waits_as_well(story: Story, code: str) -> None:
    assert one(story, story.left("A", FUTURE, code=code)) == "kept future_move"


def test_8_a_daily_job_asks_the_rest_of_these_questions_on_its_date(story: Story) -> None:
    story.file(story.move("A", "B", "2026-12-20"))
    story.later(29)
    assert story.due() is None
    story.later(1)
    due = story.due()
    assert due is not None
    assert (due["kind"], due["status"]) == ("due", "applied")
    assert came_to(due) == "moved 1: moved 1"
    assert story.stands() == "B mailable moved"
    assert story.due() is None


@pytest.mark.parametrize(
    ("meanwhile", "outcome"),
    [
        (("client", {"at": "D", "address_since": "2027-01-15"}), "kept 1: older_than_ours 1"),
        (("back", "A", "P", LATE), "review 1: deceased_addressee 1"),
        (("move", "A", "D", SPRING), "moved 1: moved 1"),
        (("client", {"at": "A", "last_name": "QUIMBY"}), "review 1: name_differs 1"),
    ],
    ids=["older", "deceased", "about an address she had", "another name"],
)
def test_8_the_rest_of_the_questions_is_asked_of_what_is_on_file_then(
    story: Story, meanwhile: tuple[object, ...], outcome: str
) -> None:
    story.file(story.move("A", "B", "2026-12-20"))
    if meanwhile[0] == "client":
        story.client("1", **meanwhile[1])  # type: ignore[arg-type]
    else:
        story.file(getattr(story, str(meanwhile[0]))(*meanwhile[1:]))
    story.later(60)
    due = story.due()
    assert due is not None
    assert came_to(due) == outcome


def test_8_by_month_where_the_date_has_only_a_month(story: Story) -> None:
    layout = "traditional_427"
    assert one(story, story.move("A", "B", "2026-12"), layout=layout) == "kept future_move"
    assert one(story, story.move("A", "C", "2026-11"), layout=layout) == "moved moved"


def test_8_a_month_waits_until_its_first_day(story: Story) -> None:
    story.file(story.move("A", "B", "2026-12"), layout="traditional_427")
    story.later(10)
    assert story.due() is None
    story.later(1)
    assert story.due() is not None
    assert story.stands() == "B mailable moved"
    assert story.since() == "2026-12"


def test_8_the_future_comes_before_the_deceased_and_what_is_older(story: Story) -> None:
    story.client("1", at="A", address_since="2027-06-01")
    assert one(story, story.move("A", "B", FUTURE)) == "kept future_move"
    story.file(story.back("A", "P", LATE))
    assert one(story, story.move("A", "C", FUTURE)) == "kept future_move"


def test_8_a_nixie_has_no_move_date(story: Story) -> None:
    assert one(story, story.back("A", "V", FUTURE)) == "suppressed vacant"


# 9. the addressee is deceased


@pytest.fixture
def deceased(story: Story) -> Story:
    """Mary is known to be deceased."""
    assert one(story, story.back("A", "P", SUMMER)) == "suppressed deceased"
    return story


@pytest.mark.parametrize("new", ["B", ABROAD], ids=["here", "abroad"])
def test_9_a_coa_with_a_new_address_for_a_deceased_is_review_deceased_addressee(deceased: Story, new: str) -> None:
    assert one(deceased, deceased.move("A", new, SPRING)) == "review deceased_addressee"
    assert deceased.stands() == "A deceased deceased"


def test_9_anything_else_for_a_deceased_is_kept_already_known(deceased: Story) -> None:
    others: list[Detail] = [
        deceased.left("A", SPRING),
        deceased.left("A", SPRING, code="G"),
        deceased.back("A", "V", LATE),
        deceased.back("A", "P", LATE),
        deceased.back("A", "R", LATE),
    ]
    assert one(deceased, *others) == "kept already_known"
    assert deceased.stands() == "A deceased deceased"


def test_9_the_deceased_come_before_what_is_older_and_what_address_it_is(deceased: Story) -> None:
    deceased.client("1", address_since="2026-10-01")
    assert one(deceased, deceased.back("A", "V", SPRING)) == "kept already_known"
    assert one(deceased, deceased.move("D", "B", SPRING)) == "review deceased_addressee"


# 10. before address_since


def test_10_a_coa_with_a_move_date_before_address_since_is_kept_older_than_ours(story: Story) -> None:
    story.client("1", address_since=SUMMER)
    assert one(story, story.move("A", "B", SPRING)) == "kept older_than_ours"
    assert one(story, story.left("A", SPRING)) == "kept older_than_ours"
    assert story.stands() == "A mailable"


def test_10_a_nixie_with_a_fulfillment_date_before_address_since_is_kept_older_than_ours(story: Story) -> None:
    story.client("1", address_since=SUMMER)
    assert one(story, story.back("A", "V", SPRING)) == "kept older_than_ours"
    assert one(story, story.back("A", "R", SPRING)) == "kept older_than_ours"
    assert one(story, story.back("A", "V", LATE)) == "suppressed vacant"


def test_10_p_apart(story: Story) -> None:
    story.client("1", address_since=AUTUMN)
    assert one(story, story.back("A", "P", SPRING)) == "suppressed deceased"


def test_10_the_same_day_is_not_before(story: Story) -> None:
    story.client("1", address_since=SPRING)
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"


def test_10_blank_is_not_known_then_nothing_is_older_than_it(story: Story) -> None:
    assert story.since() == ""
    assert one(story, story.move("A", "B", "1999-01-01")) == "moved moved"


def test_10_a_date_that_is_not_given_is_not_before_anything(story: Story) -> None:
    story.client("1", address_since=SUMMER)
    assert one(story, story.move("A", "B", "", fulfilled=LATE)) == "moved moved"


@pytest.mark.parametrize(
    ("since", "moved", "outcome"),
    [
        ("2026-07-31", "2026-07", "moved moved"),
        ("2026-07", "2026-07", "moved moved"),
        ("2026-07", "2026-06", "kept older_than_ours"),
        ("2026-07-01", "2026-06", "kept older_than_ours"),
    ],
)
def test_10_by_month_where_the_notice_has_only_a_month(story: Story, since: str, moved: str, outcome: str) -> None:
    story.client("1", address_since=since)
    assert one(story, story.move("A", "B", moved), layout="traditional_427") == outcome


@pytest.mark.parametrize(("since", "outcome"), [("2026-07", "moved moved"), ("2026-08", "kept older_than_ours")])
def test_10_by_month_where_ours_has_only_a_month(story: Story, since: str, outcome: str) -> None:
    story.client("1", address_since=since)
    assert one(story, story.move("A", "B", "2026-07-01")) == outcome


def test_10_a_day_of_zeros_is_a_month_and_no_day_is_invented(story: Story) -> None:
    story.client("1", address_since="2026-07-20")
    assert one(story, story.move("A", "B", "20260700")) == "moved moved"
    assert story.since() == "2026-07"


def test_10_what_is_older_comes_before_what_address_it_is_about(story: Story) -> None:
    story.client("1", address_since=SUMMER)
    assert one(story, story.move("D", "B", SPRING)) == "kept older_than_ours"
    assert one(story, story.back("D", "V", SPRING)) == "kept older_than_ours"
    assert story.questions() == []
