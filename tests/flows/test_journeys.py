"""Journeys that must end right. Mary Smith is at A; each order in which files can come is tried."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.flows.story import ABROAD, Story

ORDERS_2, ORDERS_3 = list(permutations(range(2))), list(permutations(range(3)))
SPRING, SUMMER, AUTUMN, LATE = "2026-04-10", "2026-07-01", "2026-10-05", "2026-11-12"


@pytest.mark.parametrize("order", ORDERS_2)
def test_a_newer_nixie_about_a_in_the_file_of_the_move_leaves_her_at_b_mailable(
    story: Story, order: tuple[int, ...]
) -> None:
    move, vacant = story.move("A", "B", SPRING), story.back("A", "V", SUMMER)
    result = story.file(*((move, vacant)[i] for i in order))
    assert story.stands() == "B mailable moved"
    assert result["reasons"] == {"moved": 1, "superseded": 1}
    again = story.file(move)
    assert again["reasons"] == {"repeat": 1}
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("order", ORDERS_2)
def test_there_in_spring_and_back_in_autumn_in_one_file_ends_at_a(story: Story, order: tuple[int, ...]) -> None:
    links = story.move("A", "B", SPRING), story.move("B", "A", AUTUMN)
    story.file(*(links[i] for i in order))
    assert story.stands() == "A mailable"
    assert story.since() == AUTUMN


def test_there_in_spring_and_back_in_autumn_in_two_files_ends_at_a(story: Story) -> None:
    story.file(story.move("A", "B", SPRING))
    story.file(story.move("B", "A", AUTUMN))
    assert story.stands() == "A mailable moved"


def test_back_in_autumn_a_file_before_there_in_spring_ends_at_a(story: Story) -> None:
    story.file(story.move("B", "A", AUTUMN))
    result = story.file(story.move("A", "B", SPRING))
    assert result["reasons"] == {"older_than_ours": 1}
    assert story.stands() == "A mailable"


@pytest.mark.parametrize("order", ORDERS_2)
def test_a_chain_in_one_file_ends_at_c_although_the_older_link_was_fulfilled_last(
    story: Story, order: tuple[int, ...]
) -> None:
    links = (
        story.move("A", "B", SPRING, fulfilled=LATE),
        story.move("B", "C", SUMMER, fulfilled=AUTUMN),
    )
    result = story.file(*(links[i] for i in order))
    assert story.stands() == "C mailable moved"
    assert result["reasons"] == {"moved": 1, "superseded": 1}


def test_the_second_link_a_file_early_is_a_question_that_the_first_link_answers(story: Story) -> None:
    early = story.file(story.move("B", "C", SUMMER))
    assert early["reasons"] == {"old_address_differs": 1}
    assert story.questions() == ["old_address_differs"]
    assert story.stands() == "A mailable"
    result = story.file(story.move("A", "B", SPRING))
    assert (result["moved"], result["answered"]) == (1, 1)
    assert story.stands() == "C mailable moved"
    assert story.questions() == []


def test_undoing_the_first_link_takes_the_answered_second_one_back_and_asks_it_again(story: Story) -> None:
    story.file(story.move("B", "C", SUMMER))
    before = story.export()
    story.undo(story.file(story.move("A", "B", SPRING)))
    assert story.export() == before
    assert story.questions() == ["old_address_differs"]


@pytest.mark.parametrize("order", ORDERS_3)
def test_three_links_in_three_files_end_at_d_in_every_order(story: Story, order: tuple[int, ...]) -> None:
    links = story.move("A", "B", SPRING), story.move("B", "C", SUMMER), story.move("C", "D", AUTUMN)
    for i in order:
        story.file(links[i])
    assert story.stands() == "D mailable moved"
    assert story.questions() == []


def test_the_box_at_a_closed_after_she_moved_leaves_her_at_b_mailable(story: Story) -> None:
    story.file(story.move("A", "B", SPRING))
    result = story.file(story.left("A", SUMMER, code="G"))
    assert result["reasons"] == {"older_than_ours": 1}
    assert story.stands() == "B mailable moved"


def test_the_box_at_a_closed_a_file_before_the_move_arrives_ends_at_b_mailable(story: Story) -> None:
    story.file(story.left("A", SPRING, code="G"))
    assert story.stands() == "A undeliverable po_box_closed"
    story.file(story.move("A", "B", SPRING))
    assert story.stands() == "B mailable moved"


def test_deceased_by_a_piece_sent_to_a_after_the_move_to_b_is_deceased(story: Story) -> None:
    story.file(story.move("A", "B", SPRING))
    result = story.file(story.back("A", "P", SUMMER))
    assert result["suppressed"] == 1
    assert story.stands() == "B deceased deceased"


def test_the_clients_next_extract_that_still_says_a_leaves_her_at_b(story: Story) -> None:
    story.file(story.move("A", "B", SPRING))
    result = story.client("1", at="A")
    assert result["kept"] == 1
    assert len(result["warnings"]) == 1
    assert story.stands() == "B mailable moved"


def test_the_clients_d_with_a_later_date_takes_her_to_d(story: Story) -> None:
    story.file(story.move("A", "B", SPRING))
    story.client("1", at="D", address_since="2026-09-01")
    assert story.stands() == "D mailable moved"
    assert story.since() == "2026-09-01"


def test_the_clients_a_with_a_later_date_takes_her_back_to_a(story: Story) -> None:
    story.file(story.move("A", "B", SPRING))
    story.client("1", at="A", address_since="2026-09-01")
    assert story.stands().startswith("A mailable")


def test_the_client_corrects_an_undeliverable_address_and_she_is_mailable(story: Story) -> None:
    story.file(story.back("A", "N", SPRING))
    assert story.stands() == "A undeliverable no_such_number"
    story.client("1", at="B")
    assert story.stands() == "B mailable client_address"


def test_removed_by_the_client_then_moved_is_at_b_and_still_removed(story: Story) -> None:
    story.client("1", status="removed", status_reason="cancelled")
    result = story.file(story.move("A", "B", SPRING))
    assert result["moved"] == 1
    assert story.stands() == "B removed cancelled"


def test_a_correction_within_the_zip_then_a_nixie_for_the_old_line_is_a_question(story: Story) -> None:
    story.client("1", at="A2")
    result = story.file(story.back("A", "N", LATE))
    assert result["reasons"] == {"address_too_young": 1}
    assert story.stands() == "A2 mailable"


@pytest.mark.parametrize("order", ORDERS_2)
def test_a_nixie_for_b_in_another_zip_in_the_file_of_the_move_ends_undeliverable_at_b(
    story: Story, order: tuple[int, ...]
) -> None:
    records = story.move("A", "B", SPRING), story.back("B", "V", SUMMER)
    result = story.file(*(records[i] for i in order))
    assert story.stands() == "B undeliverable vacant"
    assert (result["moved"], result["review"], result["answered"]) == (1, 1, 1)
    assert story.questions() == []


def test_paulas_move_does_not_move_paul(story: Story) -> None:
    story.client("2", at="A", first_name="PAUL", last_name="SMITH")
    result = story.file(story.move("A", "B", SPRING, record_id="2", first_name="PAULA"))
    assert result["reasons"] == {"name_differs": 1}
    assert story.stands("2") == "A mailable"


def test_the_companys_move_does_not_move_mary_nor_hers_the_company(story: Story) -> None:
    story.client("2", at="A", company="ACME TOOL WORKS")
    company = {"move_type": "B", "company": "ACME TOOL WORKS", "first_name": "", "last_name": ""}
    result = story.file(story.move("A", "B", SPRING, **company), story.move("A", "B", SPRING, record_id="2"))
    assert result["reasons"] == {"name_differs": 2}
    assert (story.stands("1"), story.stands("2")) == ("A mailable", "A mailable")
    story.file(story.move("A", "B", SPRING, record_id="2", **company))
    assert story.stands("2") == "B mailable moved"


@pytest.mark.parametrize("order", ORDERS_2)
def test_a_chain_whose_first_link_was_refused_is_two_questions(story: Story, order: tuple[int, ...]) -> None:
    links = story.move("A", "B", SPRING, first_name="HAROLD"), story.move("B", "C", SUMMER)
    story.file(*(links[i] for i in order))
    assert sorted(story.questions()) == ["name_differs", "old_address_differs"]
    assert story.stands() == "A mailable"


def test_in_dispute_then_expired_is_held_for_ncoalink_and_stays_so(story: Story) -> None:
    story.file(story.back("A", "E", SPRING))
    assert story.stands() == "A held in_dispute"
    assert story.file(story.back("A", "Q", SUMMER))["held"] == 1
    assert story.stands() == "A held forwarding_order_expired"
    assert story.file(story.back("A", "I", AUTUMN))["reasons"] == {"already_known": 1}
    assert story.stands() == "A held forwarding_order_expired"


def test_a_move_abroad_in_two_months_leaves_her_mailable_until_then(story: Story) -> None:
    move = story.move("A", ABROAD, "2027-01-20", fulfilled=LATE)
    result = story.file(move)
    assert result["reasons"] == {"future_move": 1}
    assert story.file(move)["reasons"] == {"repeat": 1}
    assert story.due() is None
    assert story.stands() == "A mailable"
    story.later(61)
    done = story.due()
    assert done is not None
    assert done["reasons"] == {"foreign_move": 1}
    assert story.stands() == "A held foreign_move"
    assert story.due() is None


def test_a_move_that_waits_is_withdrawn_with_its_batch(story: Story) -> None:
    result = story.file(story.move("A", "B", "2027-01-20", fulfilled=LATE))
    story.undo(result)
    story.later(90)
    assert story.due() is None
    assert story.stands() == "A mailable"


def test_a_move_whose_day_came_is_undone_like_any_other_and_does_not_come_back_by_itself(story: Story) -> None:
    story.file(story.move("A", "B", "2027-01-20", fulfilled=LATE))
    story.later(90)
    before = story.export()
    done = story.due()
    assert done is not None
    assert story.stands() == "B mailable moved"
    story.undo(done)
    assert story.export() == before
    assert story.due() is None


@pytest.mark.parametrize("code", ["R", "U"])
def test_two_refusals_on_two_days_in_one_file_the_second_counts(story: Story, code: str) -> None:
    result = story.file(story.back("A", code, SPRING), story.back("A", code, SUMMER))
    reason = {"R": "refused", "U": "unclaimed"}[code]
    assert result["reasons"] == {"first_strike": 1, reason: 1}
    assert story.stands() == f"A undeliverable {reason}"


def test_two_refusals_in_two_files_the_second_counts(story: Story) -> None:
    assert story.file(story.back("A", "R", SPRING))["reasons"] == {"first_strike": 1}
    assert story.stands() == "A mailable"
    assert story.file(story.back("A", "R", SPRING))["reasons"] == {"repeat": 1}
    assert story.file(story.back("A", "U", SUMMER))["reasons"] == {"first_strike": 1}
    assert story.file(story.back("A", "R", SUMMER))["reasons"] == {"refused": 1}
    assert story.stands() == "A undeliverable refused"


def test_strikes_at_the_old_address_do_not_count_at_the_new_one(story: Story) -> None:
    story.file(story.back("A", "R", "2026-03-01"))
    story.file(story.move("A", "B", SPRING))
    assert story.file(story.back("B", "R", LATE))["reasons"] == {"first_strike": 1}
    assert story.stands() == "B mailable moved"


def test_a_strike_of_an_undone_batch_no_longer_counts(story: Story) -> None:
    story.undo(story.file(story.back("A", "R", SPRING)))
    assert story.file(story.back("A", "R", SUMMER))["reasons"] == {"first_strike": 1}


def test_undelivered_at_a_the_client_moves_her_to_b_and_usps_says_b_as_well(story: Story) -> None:
    story.file(story.back("A", "A", SPRING))
    story.client("1", at="B")
    result = story.file(story.move("A", "B", SPRING))
    assert result["reasons"] == {"already_there": 1}
    assert story.stands() == "B mailable client_address"
    assert story.since() == SPRING


@pytest.mark.parametrize("order", ORDERS_2)
def test_moved_then_left_b_without_an_address_in_one_file_is_undeliverable_at_b(
    story: Story, order: tuple[int, ...]
) -> None:
    records = story.move("A", "B", SPRING), story.left("B", SUMMER)
    result = story.file(*(records[i] for i in order))
    assert story.stands() == "B undeliverable moved_left_no_address"
    assert (result["moved"], result["suppressed"]) == (1, 1)


def test_held_by_the_client_then_vacant_then_moved_is_at_b_held_by_the_client_again(story: Story) -> None:
    story.client("1", status="held", status_reason="asked_to_pause")
    story.file(story.back("A", "V", SPRING))
    assert story.stands() == "A undeliverable vacant"
    story.file(story.move("A", "B", SUMMER))
    assert story.stands() == "B held asked_to_pause"


def test_removed_by_the_client_whose_next_extract_has_a_new_address_is_still_removed(story: Story) -> None:
    story.client("1", status="removed")
    story.client("1", at="B")
    assert story.stands() == "B removed imported"


def test_a_late_older_move_is_applied_once_the_newer_one_is_undone_and_it_comes_again(story: Story) -> None:
    newer = story.file(story.move("A", "C", AUTUMN))
    older = story.move("A", "B", SPRING)
    assert story.file(older)["reasons"] == {"older_than_ours": 1}
    story.undo(newer)
    assert story.stands() == "A mailable"
    assert story.file(older)["reasons"] == {"moved": 1}
    assert story.stands() == "B mailable moved"


def test_the_juniors_move_does_not_move_the_senior(story: Story) -> None:
    story.client("2", at="A", first_name="JOHN", last_name="SMITH", name_suffix="SR")
    result = story.file(story.move("A", "B", SPRING, record_id="2", first_name="JOHN", suffix="JR"))
    assert result["reasons"] == {"name_differs": 1}
    assert story.stands("2") == "A mailable"


def test_undo_after_the_client_changed_only_a_column_of_his_own_keeps_the_column(story: Story) -> None:
    story.client("1", at="A", tier="silver")
    moved = story.file(story.move("A", "B", SPRING))
    story.client("1", tier="gold")
    undone = story.undo(moved)
    assert (undone["undone"], undone["conflicts"]) == (1, [])
    assert story.stands() == "A mailable"
    assert b"gold" in story.export()


def test_undo_then_the_same_bytes_again_is_as_if_never_undone(story: Story) -> None:
    from daemon.returns.apply import apply_file

    path = story.written(story.move("A", "B", SPRING), story.back("A", "R", SUMMER))
    before = story.export()
    first = apply_file(story.house, path)
    after = story.export()
    story.undo(first)
    assert story.export() == before
    second = apply_file(story.house, path)
    assert second["batch"] != first["batch"]
    assert {k: v for k, v in second.items() if k != "batch"} == {k: v for k, v in first.items() if k != "batch"}
    assert story.export() == after


def test_undo_leaves_alone_whoever_has_moved_since(story: Story) -> None:
    first = story.file(story.move("A", "B", SPRING))
    second = story.file(story.move("B", "C", SUMMER))
    undone = story.undo(first)
    assert undone["undone"] == 0
    assert undone["conflicts"] == [{"record_id": "1", "list": "spring", "changed_by": second["batch"]}]
    assert story.stands() == "C mailable moved"


def test_undoing_twice_changes_nothing(story: Story) -> None:
    moved = story.file(story.move("A", "B", SPRING))
    story.undo(moved)
    before = story.export()
    assert story.undo(moved) == {"batch": moved["batch"], "undone": 0, "conflicts": []}
    assert story.export() == before


def test_undo_takes_back_a_date_that_a_later_notice_confirmed(story: Story) -> None:
    before = story.export()
    moved = story.file(story.move("A", "B", SPRING))
    confirmed = story.file(story.move("A", "B", SUMMER))
    assert confirmed["reasons"] == {"already_there": 1}
    assert story.undo(moved)["undone"] == 1
    assert story.export() == before
    story.undo(confirmed)
    assert story.export() == before


@pytest.mark.parametrize("order", ORDERS_2)
def test_two_dates_confirmed_are_undone_in_any_order(story: Story, order: tuple[int, ...]) -> None:
    before = story.export()
    batches = [story.file(story.move("C", "A", SPRING)), story.file(story.move("C", "A", SUMMER))]
    assert story.since() == SUMMER
    for i in order:
        story.undo(batches[i])
    assert story.export() == before


def test_undo_warns_of_what_a_later_file_had_as_a_repeat(story: Story) -> None:
    move = story.move("A", "B", SPRING)
    first, second = story.file(move), story.file(move)
    undone = story.undo(first)
    assert undone["undone"] == 1
    assert [f"batch {second['batch']} had 1" in warning for warning in undone["warnings"]] == [True]
