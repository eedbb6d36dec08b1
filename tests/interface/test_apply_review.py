"""Interface, section 4: questions, and what yes and no do to them."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.returns.review import accept, list_open, reject
from daemon.returns.undo import undo_batch
from keyline.keylines import make
from schemas.acs_write import coa
from tests.flows.story import ABROAD, ACCOUNT, MARY, A, B, Story
from tests.interface.telling import Office, came_to, one

SPRING, SUMMER, AUTUMN, LATE = "2026-04-10", "2026-07-01", "2026-10-05", "2026-11-12"


def items(story: Story) -> list[dict[str, Any]]:
    """The open questions."""
    return list_open(story.house)["items"]  # type: ignore[return-value]


def yes(story: Story, **how: Any) -> dict[str, Any]:
    """Say yes to the only question."""
    (item,) = items(story)
    (answer,) = accept(story.house, [item["id"]], **how)["items"]  # type: ignore[misc]
    assert (answer["id"], answer["status"]) == (item["id"], "accepted")
    return answer


def test_review_list_gives_the_items_with_what_accepting_would_do(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1", old=B), office.move("2"))
    office("apply", path).ok()
    (item,) = office("review", "list", "--json").ok().json["items"]
    told = {key: item[key] for key in ("list", "record_id", "reason", "file", "line")}
    assert told == {
        "list": "spring",
        "record_id": "1",
        "reason": "old_address_differs",
        "file": path.name,
        "line": 2,
    }
    assert isinstance(item["id"], int)
    assert item["would_do"]


def test_review_list_of_one_list(office: Office) -> None:
    office.spring()
    office("list", "create", "autumn", "--client", "Acme", "--account", "BOTHERS").ok()
    office("apply", office.returns(office.back("1", code="Z"))).ok()
    assert len(office("review", "list", "--list", "spring", "--json").json["items"]) == 1
    assert office("review", "list", "--list", "autumn", "--json").json["items"] == []
    assert office("review", "list", "--list", "winter", "--json").code == 2


def test_accept_and_reject_take_several_ids_and_a_note(office: Office) -> None:
    office.spring()
    office("apply", office.returns(*(office.back(n, code="Z") for n in "123"))).ok()
    ids = [item["id"] for item in office("review", "list", "--json").json["items"]]
    accepted = office("review", "accept", *ids[:2], "--note", "seen", "--json").ok().json
    assert [each["status"] for each in accepted["items"]] == ["accepted", "accepted"]
    rejected = office("review", "reject", ids[2], "--note", "no", "--json").ok().json
    assert [each["status"] for each in rejected["items"]] == ["rejected"]
    assert office("review", "list", "--json").json == {"items": []}


def test_an_item_that_is_not_open_is_wrong_usage(office: Office) -> None:
    office.spring()
    assert office("review", "accept", 1, "--json").code == 2
    office("apply", office.returns(office.back("1", code="Z"))).ok()
    (item,) = office("review", "list", "--json").json["items"]
    office("review", "reject", item["id"]).ok()
    assert office("review", "accept", item["id"], "--json").code == 2


def test_accepting_old_address_differs_applies_that_move_as_a_batch_of_its_own(story: Story) -> None:
    asked = story.file(story.move("D", "B", SPRING))
    answer = yes(story, note="by phone")
    assert (answer["outcome"], answer["reason"]) == ("moved", "moved")
    assert answer["batch"] == asked["batch"] + 1
    assert story.stands() == "B mailable moved"
    assert items(story) == []


def test_so_it_can_be_undone_and_the_question_is_open_again(story: Story) -> None:
    story.file(story.move("D", "B", SPRING))
    before, questions = story.export(), items(story)
    answer = yes(story)
    assert undo_batch(story.house, answer["batch"])["undone"] == 1
    assert story.export() == before
    assert items(story) == questions


def test_undoing_the_batch_that_asked_leaves_the_accepted_move_alone(story: Story) -> None:
    asked = story.file(story.move("D", "B", SPRING))
    yes(story)
    story.undo(asked)
    assert story.stands() == "B mailable moved"


def test_an_accepted_move_took_effect_and_comes_again_as_a_repeat(story: Story) -> None:
    move = story.move("D", "B", SPRING)
    story.file(move)
    yes(story)
    assert one(story, move) == "kept repeat"


@pytest.mark.parametrize(
    ("reason", "stands"),
    [("name_differs", "B mailable moved"), ("address_too_young", "A2 undeliverable vacant")],
)
def test_accepting_a_question_about_name_or_age_applies_it_to_the_addressee(
    story: Story, reason: str, stands: str
) -> None:
    if reason == "name_differs":
        story.file(story.move("A", "B", SPRING, last_name="QUIMBY"))
    else:
        story.client("1", at="A2")
        story.file(story.back("A", "V", LATE))
    assert story.questions() == [reason]
    yes(story)
    assert story.stands() == stands


def test_accepting_a_move_of_the_deceased_makes_mailable_at_the_new_address(story: Story) -> None:
    story.file(story.back("A", "P", SPRING))
    story.file(story.move("A", "B", SUMMER))
    before = story.export()
    answer = yes(story)
    assert story.stands() == "B mailable moved"
    story.undo(answer)
    assert story.export() == before


def test_accepting_a_foreign_move_of_the_deceased_holds(story: Story) -> None:
    story.file(story.back("A", "P", SPRING))
    story.file(story.move("A", ABROAD, SUMMER))
    yes(story)
    assert story.stands() == "A held foreign_move"


def test_a_yes_to_one_question_asks_the_rest_of_them(story: Story) -> None:
    story.file(story.move("A", "B", SPRING, last_name="QUIMBY"))
    story.client("1", address_since=SUMMER)
    answer = yes(story)
    assert (answer["outcome"], answer["reason"]) == ("kept", "older_than_ours")
    assert story.stands() == "A mailable"


def test_a_candidate_is_taken_where_there_is_one(story: Story) -> None:
    story.file(coa(account=ACCOUNT, old=A, new=B, move_date=SPRING, **MARY))
    assert yes(story)["outcome"] == "moved"
    assert story.stands() == "B mailable moved"


def test_a_question_without_an_addressee_is_applied_to_the_one_named(story: Story) -> None:
    story.file(coa(account=ACCOUNT, keyline=make("000099999"), old=A, new=B, move_date=SPRING, **MARY))
    yes(story, record=("spring", "1"))
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("account", [ACCOUNT, "BOTHERS"])
def test_a_question_that_nothing_can_be_done_about_is_closed(story: Story, account: str) -> None:
    record = coa(account=account, keyline=make("000099999"), old=B, new=A, move_date=SPRING, last_name="QUIMBY")
    story.file(record, story.back("A", "R", SPRING))
    assert yes(story)["batch"] is None
    assert story.stands() == "A mailable"
    assert items(story) == []


def test_reject_closes_the_question_and_does_nothing(story: Story) -> None:
    story.file(story.move("D", "B", SPRING))
    before = story.export()
    reject(story.house, [items(story)[0]["id"]], note="another family")
    assert story.export() == before
    assert items(story) == []


def test_a_rejected_question_is_not_asked_again_by_itself_but_by_the_same_notice(story: Story) -> None:
    move = story.move("B", "C", SUMMER)
    story.file(move)
    reject(story.house, [items(story)[0]["id"]])
    assert story.file(story.move("A", "B", SPRING))["answered"] == 0
    assert story.stands() == "B mailable moved"
    assert one(story, move) == "moved moved"


def test_accepting_the_first_link_of_a_chain_answers_the_second(story: Story) -> None:
    story.file(story.move("A", "B", SPRING, first_name="HAROLD"), story.move("B", "C", SUMMER))
    assert story.questions() == ["name_differs", "old_address_differs"]
    before = story.export()
    first = items(story)[0]
    (answer,) = accept(story.house, [first["id"]])["items"]  # type: ignore[misc]
    assert story.stands() == "C mailable moved"
    assert items(story) == []
    story.undo(answer)
    assert story.export() == before
    assert story.questions() == ["name_differs", "old_address_differs"]


def test_a_question_of_a_batch_whose_answer_came_later_is_told_in_the_later_one(story: Story) -> None:
    story.file(story.move("B", "C", AUTUMN))
    result = story.file(story.move("A", "B", SPRING))
    assert (came_to(result), result["answered"]) == ("moved 1: moved 1", 1)
