"""Interface, section 5: question 13, the table, row by row, and what stands under it."""

from __future__ import annotations

import pytest

from daemon.returns.apply import apply_file
from schemas.acs_write import Detail, Place
from tests.flows.story import ABROAD, Story
from tests.interface.telling import came_to, one, row, settings

EARLY, SPRING, SUMMER, AUTUMN, LATE = "2026-02-03", "2026-04-10", "2026-07-01", "2026-10-05", "2026-11-12"

SUPPRESSED = {
    "A": "attempted_not_known",
    "N": "no_such_number",
    "S": "no_such_street",
    "V": "vacant",
    "M": "no_mail_receptacle",
}
HELD = {
    "Q": "forwarding_order_expired",
    "I": "insufficient_address",
    "L": "illegible",
    "E": "in_dispute",
}
LEFT = {"K": "moved_left_no_address", "G": "po_box_closed"}


def test_a_coa_with_a_new_address_is_moved_mailable_needs_cass(story: Story) -> None:
    story.client("1", needs_cass="false")
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"
    mary = row(story)
    told = [mary[name] for name in ("status", "status_reason", "address_since", "move_month", "needs_cass")]
    assert told == ["mailable", "moved", SPRING, "2026-04", "true"]


def test_the_address_on_file_already_is_kept_already_there_and_address_since_rises_to_the_move_date(
    story: Story,
) -> None:
    assert one(story, story.move("D", "A", SPRING)) == "kept already_there"
    assert story.since() == SPRING
    assert story.stands() == "A mailable"
    assert one(story, story.move("D", "A", SUMMER)) == "kept already_there"
    assert story.since() == SUMMER


@pytest.mark.parametrize(
    ("code", "status"), [("V", "A undeliverable vacant"), ("Q", "A held forwarding_order_expired")]
)
def test_the_address_on_file_already_is_moved_confirmed_if_a_notice_had_made_the_record_held_or_undeliverable(
    story: Story, code: str, status: str
) -> None:
    story.file(story.back("A", code, EARLY))
    assert story.stands() == status
    assert one(story, story.move("D", "A", SPRING)) == "moved confirmed"
    assert story.stands() == "A mailable confirmed"
    assert story.since() == SPRING


@pytest.mark.parametrize("status", ["held", "undeliverable", "removed"])
def test_what_the_client_had_set_is_not_confirmed_away(story: Story, status: str) -> None:
    story.client("1", status=status, status_reason="his own")
    assert one(story, story.move("D", "A", SPRING)) == "kept already_there"
    assert story.stands() == f"A {status} his own"


def test_a_coa_with_a_foreign_new_address_is_held_foreign_move(story: Story) -> None:
    assert one(story, story.move("A", ABROAD, SPRING)) == "held foreign_move"
    assert story.stands() == "A held foreign_move"


@pytest.mark.parametrize(
    "new",
    [
        Place(city="ADA", state="OK", zip5="74820"),
        Place(number="99", street="BIRCH", city="ADA", state="OK"),
        Place(),
        Place(number="99", street="BIRCH", city="ADA", state="OK", zip5="00000"),
    ],
    ids=["no line", "no zip", "nothing", "zeros"],
)
def test_a_coa_with_no_usable_new_address_is_held_incomplete_new_address(story: Story, new: Place) -> None:
    assert one(story, story.move("A", new, SPRING)) == "held incomplete_new_address"
    assert story.stands() == "A held incomplete_new_address"


@pytest.mark.parametrize(("code", "reason"), LEFT.items())
def test_coa_k_and_g_are_suppressed_undeliverable(story: Story, code: str, reason: str) -> None:
    assert one(story, story.left("A", SPRING, code=code)) == f"suppressed {reason}"
    assert story.stands() == f"A undeliverable {reason}"


def test_nixie_p_is_suppressed_deceased(story: Story) -> None:
    assert one(story, story.back("A", "P", SUMMER)) == "suppressed deceased"
    assert story.stands() == "A deceased deceased"


@pytest.mark.parametrize(("code", "reason"), SUPPRESSED.items())
def test_nixies_a_n_s_v_m_are_suppressed_undeliverable(story: Story, code: str, reason: str) -> None:
    assert one(story, story.back("A", code, SUMMER)) == f"suppressed {reason}"
    assert story.stands() == f"A undeliverable {reason}"


@pytest.mark.parametrize(("code", "reason"), HELD.items())
def test_nixies_q_i_l_e_are_held(story: Story, code: str, reason: str) -> None:
    assert one(story, story.back("A", code, SUMMER)) == f"held {reason}"
    assert story.stands() == f"A held {reason}"


@pytest.mark.parametrize(("code", "reason"), [("R", "refused"), ("U", "unclaimed")])
def test_nixies_r_u_are_kept_the_first_time_and_suppressed_the_second(story: Story, code: str, reason: str) -> None:
    assert one(story, story.back("A", code, SPRING)) == "kept first_strike"
    assert story.stands() == "A mailable"
    assert one(story, story.back("A", code, SUMMER)) == f"suppressed {reason}"
    assert story.stands() == f"A undeliverable {reason}"


@pytest.mark.parametrize("hold", ["I", "L", "E", "foreign", "incomplete"])
def test_q_replaces_any_other_hold(story: Story, hold: str) -> None:
    others: dict[str, Detail] = {
        "foreign": story.move("A", ABROAD, EARLY),
        "incomplete": story.move("A", Place(), EARLY),
    }
    story.file(others.get(hold) or story.back("A", hold, EARLY))
    assert one(story, story.back("A", "Q", SUMMER)) == "held forwarding_order_expired"
    assert story.stands() == "A held forwarding_order_expired"


def test_q_replaces_the_clients_own_hold_which_comes_back_after_a_move(story: Story) -> None:
    story.client("1", status="held", status_reason="his own")
    assert one(story, story.back("A", "Q", SUMMER)) == "held forwarding_order_expired"
    assert one(story, story.move("A", "B", SUMMER)) == "moved moved"
    assert story.stands() == "B held his own"


STANDS = {"held": "I", "undeliverable": "V", "deceased": "P"}


@pytest.mark.parametrize(("present", "code"), STANDS.items())
@pytest.mark.parametrize("notice", ["I", "E", "V", "K", "Q"])
def test_status_not_stronger_than_the_present_one_is_kept_already_known(
    story: Story, present: str, code: str, notice: str
) -> None:
    story.file(story.back("A", code, EARLY))
    before = story.stands()
    record = story.left("A", SUMMER) if notice == "K" else story.back("A", notice, SUMMER)
    stronger = present == "held" and notice in ("V", "K", "Q")
    assert (one(story, record) == "kept already_known") is not stronger
    assert (story.stands() == before) is not stronger


def test_removed_is_stronger_than_undeliverable_and_weaker_than_deceased(story: Story) -> None:
    story.client("1", status="removed", status_reason="cancelled")
    assert one(story, story.back("A", "V", SPRING)) == "kept already_known"
    assert one(story, story.back("A", "P", SUMMER)) == "suppressed deceased"
    assert story.stands() == "A deceased deceased"


# what stands under the table


@pytest.mark.parametrize("code", ["V", "Q", "I"])
def test_a_move_clears_a_status_that_a_notice_had_set(story: Story, code: str) -> None:
    story.file(story.back("A", code, EARLY))
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"
    assert story.stands() == "B mailable moved"


@pytest.mark.parametrize("status", ["held", "undeliverable", "removed"])
def test_a_move_takes_the_address_along_and_what_the_client_had_set_stays(story: Story, status: str) -> None:
    story.client("1", status=status, status_reason="his own")
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"
    assert story.stands() == f"B {status} his own"


def test_what_the_client_had_set_comes_back(story: Story) -> None:
    story.client("1", status="held", status_reason="his own")
    story.file(story.back("A", "V", EARLY))
    assert story.stands() == "A undeliverable vacant"
    story.file(story.move("A", "B", SPRING))
    assert story.stands() == "B held his own"


def test_a_move_sets_address_since_to_its_move_date(story: Story) -> None:
    story.client("1", address_since="2020-01-01")
    story.file(story.move("A", "B", SPRING))
    assert (story.since(), row(story)["move_month"]) == (SPRING, "2026-04")


def test_strikes_are_counted_on_different_fulfillment_dates(story: Story) -> None:
    assert one(story, story.back("A", "R", SPRING)) == "kept first_strike"
    again = story.back("A", "R", SPRING)
    assert one(story, again) == "kept repeat"
    assert story.stands() == "A mailable"


def test_strikes_are_counted_by_code(story: Story) -> None:
    assert one(story, story.back("A", "R", SPRING)) == "kept first_strike"
    assert one(story, story.back("A", "U", SUMMER)) == "kept first_strike"


def test_strikes_are_counted_by_addressee(story: Story) -> None:
    story.client("2", at="A", first_name="PAUL", last_name="SMITH")
    assert one(story, story.back("A", "R", SPRING)) == "kept first_strike"
    assert one(story, story.back("A", "R", SUMMER, record_id="2")) == "kept first_strike"


def test_strikes_are_counted_since_the_address_on_file_began(story: Story) -> None:
    assert one(story, story.back("A", "R", EARLY)) == "kept first_strike"
    story.client("1", address_since=SPRING)
    assert one(story, story.back("A", "R", SUMMER)) == "kept first_strike"
    assert one(story, story.back("A", "R", AUTUMN)) == "suppressed refused"


def test_a_strike_of_before_the_move_does_not_count_after_it(story: Story) -> None:
    story.file(story.back("A", "R", EARLY))
    story.file(story.move("A", "B", SPRING))
    assert one(story, story.back("B", "R", SUMMER)) == "kept first_strike"


def test_a_strike_at_an_address_she_came_back_to_counts_from_when_she_came_back(story: Story) -> None:
    story.file(story.back("A", "R", EARLY))
    story.file(story.move("A", "B", SPRING), story.move("B", "A", SUMMER))
    story.later(70)
    assert one(story, story.back("A", "R", AUTUMN)) == "kept first_strike"


# questions asked again


def test_open_old_address_differs_questions_are_asked_again_and_what_passes_is_counted_in_answered(
    story: Story,
) -> None:
    story.file(story.move("B", "C", SUMMER))
    result = story.file(story.move("A", "B", SPRING))
    assert came_to(result) == "moved 1: moved 1"
    assert result["answered"] == 1
    assert story.stands() == "C mailable moved"


def test_they_are_asked_oldest_first(story: Story) -> None:
    story.file(story.move("B", "C", SUMMER))
    story.file(story.move("B", "D", AUTUMN))
    result = story.file(story.move("A", "B", SPRING))
    assert result["answered"] == 2
    assert story.stands() == "D mailable moved"


def test_a_question_that_still_does_not_fit_stays_open(story: Story) -> None:
    story.file(story.move("D", "C", SUMMER))
    result = story.file(story.move("A", "B", SPRING))
    assert result["answered"] == 0
    assert story.questions() == ["old_address_differs"]


def test_a_batch_that_changed_nobody_asks_nothing_again(story: Story) -> None:
    story.file(story.move("B", "C", SUMMER))
    result = story.file(story.back("A", "R", SPRING))
    assert result["answered"] == 0
    assert story.questions() == ["old_address_differs"]


def test_other_questions_are_not_asked_again(story: Story) -> None:
    story.file(story.move("A", "C", SUMMER, last_name="QUIMBY"))
    assert story.file(story.move("A", "B", SPRING))["answered"] == 0
    assert story.questions() == ["name_differs"]


# every row can be changed per list


def test_a_code_may_have_another_status_on_a_list(story: Story) -> None:
    settings(story, '[list.spring]\npolicy = { Q = "undeliverable" }\n')
    assert one(story, story.back("A", "Q", SUMMER)) == "suppressed forwarding_order_expired"
    assert story.stands() == "A undeliverable forwarding_order_expired"


def test_a_code_may_have_another_number_of_strikes_on_a_list(story: Story) -> None:
    settings(story, "[list.spring]\npolicy = { R = { strikes = 3 } }\n")
    assert one(story, story.back("A", "R", EARLY)) == "kept first_strike"
    story.file(story.back("A", "R", SPRING))
    assert story.stands() == "A mailable"
    assert one(story, story.back("A", "R", SUMMER)) == "suppressed refused"
    assert one(story, story.back("A", "U", SUMMER)) == "kept already_known"


def test_one_strike_is_enough_where_a_list_says_so(story: Story) -> None:
    settings(story, "[list.spring]\npolicy = { U = { strikes = 1 } }\n")
    assert one(story, story.back("A", "U", SUMMER)) == "suppressed unclaimed"


def test_the_policy_of_another_list_says_nothing(story: Story) -> None:
    settings(story, '[list.autumn]\npolicy = { Q = "undeliverable" }\n')
    assert one(story, story.back("A", "Q", SUMMER)) == "held forwarding_order_expired"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("keep", "kept vacant"), ("review", "review vacant"), ("held", "held vacant"), ("removed", "suppressed vacant")],
)
def test_a_code_may_be_kept_asked_or_lead_to_any_status(story: Story, status: str, outcome: str) -> None:
    settings(story, f'[list.spring]\npolicy = {{ V = "{status}" }}\n')
    assert one(story, story.back("A", "V", SUMMER)) == outcome


def test_a_retired_code_follows_the_policy_of_its_heir(story: Story) -> None:
    settings(story, '[list.spring]\npolicy = { Q = "undeliverable" }\n')
    path = story.written(story.back("A", "D", SUMMER), layout="traditional_427")
    assert came_to(apply_file(story.house, path)) == "suppressed 1: forwarding_order_expired 1"
