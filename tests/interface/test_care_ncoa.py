"""Interface, section 8: what an NCOALink result does."""

from __future__ import annotations

import pytest

from daemon.care.apply import apply_answer
from daemon.lists.lock import lock
from daemon.returns.review import accept, list_open, reject
from schemas.acs_write import coa
from schemas.ncoalink import RETURN_CODES
from tests.engine import Engine, gone, to
from tests.flows.story import ACCOUNT, MARY, A, C, Story
from tests.interface.telling import row, settings


@pytest.fixture
def engine(story: Story) -> Engine:
    return Engine(story)


def expired(story: Story, on: str = "2026-11-10") -> None:
    """The forwarding order ran out."""
    story.file(story.back("A", "Q", on))
    assert story.stands() == "A held forwarding_order_expired"


@pytest.mark.parametrize("code", ["A", "91", "92"])
def test_a_move_with_a_new_address_is_applied(engine: Engine, story: Story, code: str) -> None:
    assert engine.says(to("B", code)) == "moved moved"
    assert story.stands() == "B mailable moved"
    mary = row(story)
    assert (mary["address_since"], mary["move_month"], mary["needs_cass"]) == ("2026-10", "2026-10", "true")


@pytest.mark.parametrize("code", ["A", "91", "92"])
@pytest.mark.parametrize("lacks", ["new_addr1", "new_zip5"])
def test_a_move_without_a_usable_address_is_a_question(engine: Engine, story: Story, code: str, lacks: str) -> None:
    assert engine.says(to("B", code) | {lacks: ""}) == "review unknown_code"
    assert story.stands() == "A mailable"


@pytest.mark.parametrize(
    ("code", "reason"), [("01", "ncoa_foreign"), ("02", "moved_left_no_address"), ("03", "po_box_closed")]
)
def test_who_cannot_be_reached_any_more_is_undeliverable_and_removed_where_nothing_is_left_to_try(
    engine: Engine, story: Story, code: str, reason: str
) -> None:
    assert engine.says(gone(code)) == f"suppressed {reason}"
    assert story.stands() == f"A undeliverable {reason}"


@pytest.mark.parametrize(
    ("code", "reason"), [("01", "ncoa_foreign"), ("02", "moved_left_no_address"), ("03", "po_box_closed")]
)
def test_an_expired_order_that_leads_nowhere_is_removed(engine: Engine, story: Story, code: str, reason: str) -> None:
    expired(story)
    assert engine.says(gone(code)) == f"suppressed {reason}"
    assert story.stands() == f"A removed {reason}"


@pytest.mark.parametrize("code", ["05", "14"])
def test_a_withheld_address_is_undeliverable(engine: Engine, story: Story, code: str) -> None:
    assert engine.says(gone(code)) == "suppressed ncoa_address_withheld"
    assert story.stands() == "A undeliverable ncoa_address_withheld"


@pytest.mark.parametrize("code", ["19", "66"])
def test_a_pending_move_is_held_and_released_once_it_is_gone(engine: Engine, story: Story, code: str) -> None:
    assert engine.says(gone(code)) == "held ncoa_pending"
    assert story.stands() == "A held ncoa_pending"
    assert engine.says({"ncoa_code": "00"}) == "kept ncoa_no_match"
    assert story.stands() == "A mailable ncoa_no_match"


@pytest.mark.parametrize("code", ["19", "66"])
def test_an_expired_order_stays_held_for_the_next_round_while_a_move_is_pending(
    engine: Engine, story: Story, code: str
) -> None:
    expired(story)
    assert engine.says(gone(code)) == "kept ncoa_pending"
    assert story.stands() == "A held forwarding_order_expired"
    assert engine.says({"ncoa_code": "00"}) == "suppressed ncoa_no_match"
    assert story.stands() == "A removed ncoa_no_match"


NEAR = [code.code for code in RETURN_CODES.values() if code.treatment == "near"]


def test_the_near_codes_are_those_of_the_interface() -> None:
    assert sorted(NEAR) == ["04", "06", "07", "08", "09", "10", "11", "12", "13", "15", "16", "17", "18", "20"]


@pytest.mark.parametrize("code", ["04", "13", "20"])
def test_a_near_match_is_mailed_as_it_was(engine: Engine, story: Story, code: str) -> None:
    assert engine.says(gone(code)) == "kept ncoa_near_match"
    assert story.stands() == "A mailable"


@pytest.mark.parametrize("code", ["00", "04", "17"])
def test_an_expired_order_that_nobody_matches_is_removed(engine: Engine, story: Story, code: str) -> None:
    expired(story)
    assert engine.says({"ncoa_code": code}) == "suppressed ncoa_no_match"
    assert story.stands() == "A removed ncoa_no_match"


def test_an_expired_order_with_a_new_address_is_released(engine: Engine, story: Story) -> None:
    expired(story)
    assert engine.says(to("C")) == "moved moved"
    assert story.stands() == "C mailable moved"


def test_an_expired_order_whose_new_address_is_the_one_on_file_is_confirmed(engine: Engine, story: Story) -> None:
    expired(story)
    assert engine.says(to("A")) == "moved confirmed"
    assert story.stands() == "A mailable confirmed"


def test_a_probable_older_move_is_held(engine: Engine, story: Story) -> None:
    assert engine.says(gone("77", on="2024-03")) == "held ncoa_older_move"
    assert story.stands() == "A held ncoa_older_move"


@pytest.mark.parametrize("code", ["21", "ZZ", ""])
def test_anything_else_is_a_question_and_gets_no_stamp(engine: Engine, story: Story, code: str) -> None:
    assert engine.says({"ncoa_code": code}) == "review unknown_code"
    assert story.stands() == "A mailable"
    assert engine.rows("SELECT count(*) FROM stamp") == [(0,)]


def test_a_code_of_one_digit_is_read_as_two(engine: Engine, story: Story) -> None:
    assert engine.says(gone("2")) == "suppressed moved_left_no_address"


def test_a_move_from_before_the_address_is_kept(engine: Engine, story: Story) -> None:
    story.client("1", at="B", address_since="2026-09-01", **MARY)
    assert engine.says(to("C", on="2026-08")) == "kept older_than_ours"
    assert engine.says(gone("02", on="2026-08")) == "kept older_than_ours"
    assert story.stands() == "B mailable"
    assert engine.says(to("C", on="2026-09")) == "moved moved"


def test_an_address_that_changed_since_it_was_sent_wins(engine: Engine, story: Story) -> None:
    job = engine.ask()
    story.client("1", at="B", **MARY)
    result = engine.answer(job, {"1": to("C")})
    assert result["reasons"] == {"changed_since_sent": 1}
    assert result["review"] == 1
    assert story.stands() == "B mailable"
    assert engine.rows("SELECT count(*) FROM stamp") == [(0,)]


def test_a_name_that_changed_since_it_was_sent_is_a_question_too(engine: Engine, story: Story) -> None:
    job = engine.ask()
    story.client("1", first_name="RUTH", last_name="PARK")
    assert engine.answer(job, {"1": to("C")})["reasons"] == {"changed_since_sent": 1}


def test_what_changed_meanwhile_to_the_very_address_of_the_answer_needs_no_question(
    engine: Engine, story: Story
) -> None:
    job = engine.ask()
    story.file(story.move("A", "B", "2026-10-05"))
    assert engine.answer(job, {"1": to("B")})["reasons"] == {"already_there": 1}


def test_yes_to_a_changed_address_applies_the_move(engine: Engine, story: Story) -> None:
    job = engine.ask()
    story.client("1", at="B", **MARY)
    engine.answer(job, {"1": to("C")})
    (item,) = list_open(story.house)["items"]  # type: ignore[misc]
    (done,) = accept(story.house, [item["id"]])["items"]  # type: ignore[misc]
    assert (done["outcome"], done["reason"]) == ("moved", "moved")
    assert story.stands() == "C mailable moved"
    assert engine.rows("SELECT source FROM address WHERE address1 LIKE '7 CEDAR%'") == [("ncoa",)]


def test_the_next_answer_replaces_a_question(engine: Engine, story: Story) -> None:
    engine.says({"ncoa_code": "21"})
    assert story.questions() == ["unknown_code"]
    engine.says({"ncoa_code": "00"})
    assert story.questions() == []


def test_no_to_a_question_closes_it(engine: Engine, story: Story) -> None:
    engine.says({"ncoa_code": "21"})
    (item,) = list_open(story.house)["items"]  # type: ignore[misc]
    reject(story.house, [item["id"]])
    assert story.questions() == []


def test_every_record_that_is_answered_for_gets_its_stamp(engine: Engine, story: Story) -> None:
    for number, at in ((2, "B"), (3, "C")):
        story.client(str(number), at=at, first_name="ANN", last_name=f"LEE{number}")
    job = engine.ask()
    engine.answer(job, {"2": to("D"), "3": gone("02")})
    assert (
        engine.rows("SELECT method, processed_on, job_id FROM stamp ORDER BY id")
        == [("ncoalink", "2026-11-20", job.id)] * 3
    )
    # The stamp of a mover is of the address moved to.
    assert engine.rows(
        """SELECT a.record_id FROM stamp t JOIN addressee a ON a.id = t.addressee_id
        JOIN address d ON d.id = a.address_id AND d.place_id = t.place_id ORDER BY 1"""
    ) == [("1",), ("2",), ("3",)]


def test_a_new_name_voids_the_stamp(engine: Engine, story: Story) -> None:
    engine.answer(engine.ask())
    story.client("1", first_name="Mary", last_name="Smith")
    assert engine.rows("SELECT count(*) FROM stamp WHERE void_at IS NULL") == [(1,)]
    story.client("1", first_name="RUTH", last_name="PARK")
    assert engine.rows("SELECT count(*) FROM stamp WHERE void_at IS NULL") == [(0,)]


def test_a_locked_addressee_is_left_alone_and_stamped(engine: Engine, story: Story) -> None:
    lock(story.house, "spring", "1", locked=True)
    assert engine.says(to("B")) == "kept locked"
    assert story.stands() == "A mailable"


def test_a_deceased_addressee_who_moves_is_a_question(engine: Engine, story: Story) -> None:
    job = engine.ask()
    story.file(story.back("A", "P", "2026-11-18"))
    assert engine.answer(job, {"1": to("B")})["reasons"] == {"deceased_addressee": 1}
    (item,) = list_open(story.house)["items"]  # type: ignore[misc]
    accept(story.house, [item["id"]])
    assert story.stands() == "B mailable moved"


def test_what_the_client_has_set_stays_when_somebody_moves(engine: Engine, story: Story) -> None:
    story.client("1", status="held", status_reason="on vacation")
    assert engine.says(to("B")) == "moved moved"
    assert story.stands() == "B held on vacation"


def test_a_move_of_the_future_waits_for_its_day(engine: Engine, story: Story) -> None:
    assert engine.says(to("B", on="2026-12")) == "kept future_move"
    assert story.stands() == "A mailable"
    story.later(20)
    assert story.due() is not None
    assert story.stands() == "B mailable moved"


def test_a_list_may_say_what_a_code_does(engine: Engine, story: Story) -> None:
    settings(story, '[list.spring.care]\ncodes = { "77" = "undeliverable", "04" = "review", "02" = "keep" }\n')
    assert engine.says(gone("02")) == "kept moved_left_no_address"
    assert engine.says(gone("04")) == "review ncoa_near_match"
    assert engine.says(gone("77", on="2024-01")) == "suppressed ncoa_older_move"
    assert story.stands() == "A undeliverable ncoa_older_move"


def test_nobody_but_the_mailable_and_the_held_is_sent_unless_a_list_asks_for_more(engine: Engine, story: Story) -> None:
    for number, status in enumerate(("held", "undeliverable", "removed", "deceased"), 2):
        story.client(str(number), status=status, **MARY)
    story.file(story.left("A", "2026-10-05"))  # record 1: moved, left no address
    story.client("6", at="B", **MARY)
    assert [each["record_id"] for each in engine.sent(engine.ask())] == ["2", "6"]
    assert [each["record_id"] for each in engine.sent(engine.ask("cass"))] == ["1", "2", "3", "6"]
    settings(story, '[list.spring.care]\nalso_ncoa = ["moved_left_no_address"]\n')
    job = engine.ask()
    assert [each["record_id"] for each in engine.sent(job)] == ["1", "2", "6"]
    engine.answer(job, {"1": to("C")})
    assert story.stands() == "C mailable moved"


def test_a_repeat_does_nothing_and_undo_puts_all_of_it_back(engine: Engine, story: Story) -> None:
    before = story.export()
    job = engine.ask()
    path = engine.write(job, {"1": to("B")})
    first = apply_answer(story.house, path, job.id)
    again = apply_answer(story.house, path, job.id)
    assert (first["status"], again["status"], again["batch"]) == ("applied", "repeat", first["batch"])
    assert "read" not in again
    assert story.undo(first) == {"batch": first["batch"], "undone": 1, "conflicts": []}
    assert story.export() == before
    assert engine.state(job) == "undone"
    assert engine.rows("SELECT count(*) FROM stamp WHERE void_at IS NULL") == [(0,)]
    assert apply_answer(story.house, path, job.id)["status"] == "applied"
    assert story.stands() == "B mailable moved"


def test_undo_leaves_alone_whoever_has_moved_since(engine: Engine, story: Story) -> None:
    story.client("2", at="C", first_name="ANN", last_name="LEE")
    result = engine.answer(engine.ask(), {"1": to("B"), "2": gone("02")})
    story.client("1", at="D", **MARY)
    undone = story.undo(result)
    assert (undone["undone"], [each["record_id"] for each in undone["conflicts"]]) == (1, ["1"])
    assert story.stands("2") == "C mailable"
    assert story.stands("1").startswith("D mailable")


def test_a_plan_says_the_same_and_writes_nothing(engine: Engine, story: Story) -> None:
    job = engine.ask()
    planned = engine.plan(job, {"1": to("B")})
    assert (planned["status"], planned["batch"], planned["moved"]) == ("planned", None, 1)
    assert story.stands() == "A mailable"
    assert engine.state(job) == "waiting"
    applied = engine.answer(job, {"1": to("B")})
    same = ("kind", "layout", "read", "moved", "kept", "reasons", "lists", "warnings")
    assert {name: planned[name] for name in same} == {name: applied[name] for name in same}
    assert (applied["kind"], applied["layout"], applied["lists"]) == ("ncoa", "listkeeper", {"spring": {"moved": 1}})


def test_a_coa_about_the_address_before_an_ncoa_move_is_about_one_we_had(engine: Engine, story: Story) -> None:
    engine.says(to("B", on="2026-09"))
    result = story.file(coa(account=ACCOUNT, keyline=story.key(), old=A, new=C, move_date="2026-11-01", **MARY))
    assert result["reasons"] == {"moved": 1}
