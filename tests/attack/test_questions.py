"""Orders of notices, answers and undos that would lose a record, or put mail to a stranger."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.errors import UsageError
from daemon.returns.apply import apply_file
from daemon.returns.review import accept, list_open
from daemon.settings import Settings
from tests.builders import V02, patched
from tests.flows.story import A, Story


def with_policy(story: Story, **policy: object) -> Story:
    """Let the list have a policy of its own."""
    story.house = replace(story.house, settings=Settings.model_validate({"list": {"spring": {"policy": policy}}}))
    return story


def say_yes(story: Story) -> dict[str, object]:
    """Accept the oldest open question."""
    first = list_open(story.house)["items"][0]["id"]  # type: ignore[index]
    return accept(story.house, [first])["items"][0]  # type: ignore[index, no-any-return]


def test_undoing_the_second_of_three_files_that_ask_the_same_leaves_one_question(story: Story) -> None:
    story.file(story.move("C", "D", "2026-05-01"))
    second = story.file(story.move("C", "D", "2026-05-01", fulfilled="2026-06-01"))
    third = story.file(story.move("C", "D", "2026-05-01", fulfilled="2026-07-01"))
    story.undo(second)
    assert story.questions() == ["old_address_differs"]
    story.undo(third)
    assert story.questions() == ["old_address_differs"]  # the first file still asks


def test_a_question_is_not_open_again_where_a_later_file_has_had_its_answer(story: Story) -> None:
    story.file(story.move("C", "D", "2026-05-01"))
    second = story.file(story.move("C", "D", "2026-05-01", fulfilled="2026-06-01"))
    answer = say_yes(story)
    assert (answer["reason"], story.stands()) == ("moved", "D mailable moved")
    story.undo(second)
    assert (story.questions(), story.stands()) == ([], "D mailable moved")
    story.undo(answer)
    assert (story.questions(), story.stands()) == (["old_address_differs"], "A mailable")


def test_a_code_that_a_list_keeps_takes_no_other_notices_place(story: Story) -> None:
    with_policy(story, V="keep")
    result = story.file(story.back("A", "N", "2026-06-01"), story.back("A", "V", "2026-06-20"))
    assert result["reasons"] == {"no_such_number": 1, "vacant": 1}
    assert story.stands() == "A undeliverable no_such_number"


def test_a_death_that_a_list_has_a_person_look_at_does_not_swallow_a_move(story: Story) -> None:
    with_policy(story, P="review")
    story.file(story.move("A", "B", "2026-05-01"), story.back("A", "P", "2026-06-20"))
    assert (story.stands(), story.questions()) == ("B mailable moved", ["deceased"])


def test_yes_to_a_code_that_a_list_has_a_person_look_at_does_what_the_code_does(story: Story) -> None:
    with_policy(story, V="review", R="review")
    story.file(story.back("A", "R", "2026-06-20"))
    assert "named" not in str(list_open(story.house)["items"][0]["would_do"])  # type: ignore[index]
    assert say_yes(story)["reason"] == "refused"
    assert (story.stands(), story.questions()) == ("A undeliverable refused", [])


def test_whatever_takes_effect_the_second_time_is_counted_one_by_one(story: Story) -> None:
    with_policy(story, V={"strikes": 2})
    result = story.file(story.back("A", "V", "2026-06-01"), story.back("A", "V", "2026-06-20"))
    assert result["reasons"] == {"first_strike": 1, "vacant": 1}


@pytest.mark.parametrize("turned_round", [False, True])
def test_of_two_moves_in_a_month_the_one_without_a_day_is_placed_by_its_fulfillment(
    story: Story, turned_round: bool
) -> None:
    links = [
        story.move("A", "B", "2026-05-17", fulfilled="2026-05-20"),
        story.move("B", "C", "2026-05", fulfilled="2026-06-02"),
    ]
    story.file(*(reversed(links) if turned_round else links))
    assert story.stands() == "C mailable moved"


def test_two_blank_zips_are_not_the_same_zip(story: Story) -> None:
    story.clients([{"record_id": "2", "last_name": "SMITH", "address1": "12 OAK ST", "city": "ADA", "state": "OK"}])
    path = story.written(story.move("A", "B", "2026-05-01", "2"))
    path.write_bytes(patched(path.read_bytes(), V02, 2, old_zip_code=""))
    apply_file(story.house, path)
    assert (story.questions(), story.stands("2")) == (["old_address_differs"], "12 OAK ST mailable")


def test_an_address_without_a_number_is_not_general_delivery(story: Story) -> None:
    story.clients([{"record_id": "2", "last_name": "SMITH", "address1": "GENERAL DELIVERY", "zip5": A.zip5}])
    story.clients([{"record_id": "3", "last_name": "SMITH", "address1": "GENERAL DELIVERY", "zip5": A.zip5}])
    move = story.move("A", "B", "2026-05-01", "2")
    farm = replace(move, values={**move.values, "old_primary_number": "", "old_street_name": "HILL FARM"})
    move = story.move("A", "B", "2026-05-01", "3")
    counter = {"old_primary_number": "", "old_street_name": "GENERAL DELIVERY", "old_street_suffix": ""}
    story.file(farm, replace(move, values={**move.values, **counter}))
    assert story.stands("2") == "GENERAL DELIVERY mailable"
    assert story.stands("3") == "B mailable moved"


def test_a_client_moves_her_between_the_notice_of_a_future_move_and_its_day(story: Story) -> None:
    story.file(story.move("A", "B", "2026-12-01"))
    story.client("1", at="C")
    story.later(30)
    story.due()
    assert story.stands() == "B mailable moved"  # A was hers, so the move is
    assert story.due() is None


def test_a_future_move_of_somebody_locked_or_dead_by_then_moves_nobody(story: Story) -> None:
    story.client("2", at="A", first_name="MARY", last_name="SMITH")
    story.file(story.move("A", "B", "2026-12-01"), story.move("A", "B", "2026-12-01", "2"))
    story.file(story.back("A", "P", "2026-11-18"))
    from daemon.lists.lock import lock

    lock(story.house, "spring", "2", True)
    story.later(30)
    due = story.due()
    assert due is not None
    assert due["reasons"] == {"deceased_addressee": 1, "locked": 1}
    assert (story.stands(), story.stands("2")) == ("A deceased deceased", "A mailable")


def test_a_yes_that_answers_another_question_of_the_same_command_is_told_with_it(story: Story) -> None:
    story.file(story.move("C", "D", "2026-05-01"))
    story.file(story.move("D", "B", "2026-06-01"))
    first, second = (item["id"] for item in list_open(story.house)["items"])  # type: ignore[attr-defined]
    told = accept(story.house, [first, second, second])["items"]
    assert [(item["id"], item["status"]) for item in told] == [(first, "accepted"), (second, "answered")]  # type: ignore[attr-defined]
    assert story.stands() == "B mailable moved"


def test_one_of_several_questions_that_is_not_open_keeps_the_others_from_being_answered(story: Story) -> None:
    story.file(story.move("C", "D", "2026-05-01"))
    first = list_open(story.house)["items"][0]["id"]  # type: ignore[index]
    with pytest.raises(UsageError):
        accept(story.house, [first, first + 1])
    assert story.questions() == ["old_address_differs"]
