"""Interface, section 8: what a CASS result does, and what of it is kept apart from the text."""

from __future__ import annotations

import pytest

from daemon.returns.review import accept, list_open
from schemas.acs_write import coa
from tests.engine import CODED, Engine, to
from tests.flows.story import ACCOUNT, MARY, B, Place, Story
from tests.interface.telling import row, settings

STANDARD = {"std_addr1": "12 N ELM ST", "std_city": "TULSA", "std_state": "OK", "std_zip5": "74101"} | CODED
UNKNOWN = {"dpv": "N", "dpv_footnotes": "AAM3"}


@pytest.fixture
def engine(story: Story) -> Engine:
    return Engine(story)


def coding(engine: Engine, *names: str) -> tuple[object, ...]:
    """The coding of Mary's present address."""
    (found,) = engine.rows(
        f"""SELECT {", ".join(f"k.{name}" for name in names)} FROM coding k
        JOIN addressee a ON a.address_id = k.address_id
        WHERE k.undone_at IS NULL AND a.record_id = '1' ORDER BY k.id DESC LIMIT 1"""
    )
    return found


@pytest.mark.parametrize("dpv", ["Y", "D", "S"])
def test_a_confirmed_address_is_coded(engine: Engine, story: Story, dpv: str) -> None:
    assert engine.says({**_as_sent(), **CODED, "dpv": dpv}, "cass") == "kept coded"
    mary = row(story)
    assert (mary["zip4"], mary["delivery_point"], mary["carrier_route"]) == ("1234", "12", "C001")
    assert (mary["status"], mary["needs_cass"]) == ("mailable", "false")
    assert coding(engine, "dpv", "check_digit", "mailable", "automation") == (dpv, "3", True, True)


def _as_sent() -> dict[str, str]:
    return {"std_addr1": "12 ELM ST", "std_city": "TULSA", "std_state": "OK", "std_zip5": "74101"}


def test_a_line_that_is_written_otherwise_is_a_new_version_of_the_same_place(engine: Engine, story: Story) -> None:
    assert engine.says(STANDARD, "cass") == "kept standardised"
    assert row(story)["address1"] == "12 N ELM ST"
    versions = engine.rows("SELECT address1, source, came_in, place_id FROM address ORDER BY id")
    assert [each[:2] for each in versions] == [("12 ELM ST", "client"), ("12 N ELM ST", "cass")]
    assert versions[0][2:] == versions[1][2:]


@pytest.mark.parametrize("said", [UNKNOWN, {"dpv": ""}, {**STANDARD, "std_zip4": ""}, {**STANDARD, "dpv": "R"}])
def test_what_dpv_does_not_confirm_is_held(engine: Engine, story: Story, said: dict[str, str]) -> None:
    assert engine.says(said, "cass") == "held dpv_not_confirmed"
    assert story.stands() == "A held dpv_not_confirmed"
    assert row(story)["needs_cass"] == "false"
    assert coding(engine, "mailable", "automation") == (False, False)


@pytest.mark.parametrize("said", [{"std_crrt": "R777"}, {"dpv_footnotes": "AAR7"}])
def test_a_route_on_which_nothing_is_delivered_is_not_confirmed(
    engine: Engine, story: Story, said: dict[str, str]
) -> None:
    assert engine.says({**STANDARD, **said}, "cass") == "held dpv_not_confirmed"


def test_a_coded_address_without_a_delivery_point_is_mailable_and_no_automation_piece(engine: Engine) -> None:
    engine.says({**STANDARD, "std_dp": ""}, "cass")
    assert coding(engine, "mailable", "automation") == (True, False)


@pytest.mark.parametrize("code", ["I", "L"])
def test_what_was_held_for_its_address_is_cleared(engine: Engine, story: Story, code: str) -> None:
    story.file(story.back("A", code, "2026-11-10"))
    assert engine.says({**_as_sent(), **CODED}, "cass") == "kept coded"
    assert story.stands() == "A mailable coded"


def test_what_dpv_did_not_confirm_is_cleared_when_it_does(engine: Engine, story: Story) -> None:
    engine.says(UNKNOWN, "cass")
    assert engine.says({**_as_sent(), **CODED}, "cass") == "kept coded"
    assert story.stands() == "A mailable coded"


def test_an_expired_forwarding_order_is_not_cleared_by_cass(engine: Engine, story: Story) -> None:
    story.file(story.back("A", "Q", "2026-11-10"))
    assert engine.says({**_as_sent(), **CODED}, "cass") == "kept coded"
    assert story.stands() == "A held forwarding_order_expired"


def test_an_address_that_changed_since_it_was_sent_is_a_question_and_still_needs_cass(
    engine: Engine, story: Story
) -> None:
    job = engine.ask("cass")
    story.client("1", at="B", **MARY)
    assert engine.answer(job, {"1": STANDARD})["reasons"] == {"changed_since_sent": 1}
    assert story.stands() == "B mailable"
    assert row(story)["needs_cass"] == "true"
    (item,) = list_open(story.house)["items"]  # type: ignore[misc]
    accept(story.house, [item["id"]])
    assert story.stands() == "B mailable"


def test_facts_are_kept_and_mailed_unless_a_list_says_otherwise(engine: Engine, story: Story) -> None:
    facts = {**_as_sent(), **CODED, "vacant": "Y", "no_stat": "Y", "no_stat_reason": "5", "cmra": "Y"}
    assert engine.says(facts, "cass") == "kept coded"
    assert coding(engine, "vacant", "no_stat", "no_stat_reason", "cmra") == ("Y", "Y", "5", "Y")
    settings(story, '[list.spring.care]\nvacant = "held"\n')
    assert engine.says(facts, "cass") == "held dpv_vacant"
    assert story.stands() == "A held dpv_vacant"
    assert engine.says({**_as_sent(), **CODED}, "cass") == "kept coded"
    assert story.stands() == "A mailable coded"


def test_everything_an_engine_says_is_kept_apart_from_the_text(engine: Engine) -> None:
    engine.says(
        {**STANDARD, "elot": "0123", "elot_dir": "A", "record_type": "S", "lacs_ind": "Y", "lacs_code": "A",
         "suitelink_code": "00", "rdi": "Y", "ews": "N", "cass_footnotes": "AN"},
        "cass",
    )  # fmt: skip
    assert coding(engine, "elot", "record_type", "lacslink", "suitelink", "rdi", "ews", "footnotes") == (
        "0123A", "S", "YA", "00", "Y", "N", "AN",
    )  # fmt: skip


def test_a_second_run_that_finds_the_same_only_adds_its_coding(engine: Engine, story: Story) -> None:
    engine.says(STANDARD, "cass")
    changes = engine.rows("SELECT count(*) FROM change")
    assert engine.says(STANDARD, "cass") == "kept coded"
    assert engine.rows("SELECT count(*) FROM change") == changes
    assert engine.rows("SELECT count(*) FROM address") == [(2,)]
    assert engine.rows("SELECT count(*) FROM coding") == [(2,)]


def test_undo_puts_text_status_and_coding_back(engine: Engine, story: Story) -> None:
    engine.says(STANDARD, "cass")
    before, first = story.export(), coding(engine, "id", "dpv")
    job = engine.ask("cass")
    result = engine.answer(job, {"1": {**STANDARD, "std_addr1": "12 NORTH ELM ST", "dpv": "D"}})
    assert coding(engine, "dpv") == ("D",)
    assert story.undo(result)["undone"] == 1
    assert story.export() == before
    assert coding(engine, "id", "dpv") == first


def test_the_run_has_its_coding_rate_and_grade(engine: Engine, story: Story) -> None:
    for number in range(2, 12):
        story.client(str(number), at="B", first_name="ANN", last_name=f"LEE{number}")
    result = engine.answer(engine.ask("cass"), {"1": UNKNOWN})
    assert result["coding"] == {"of": 11, "coded": 10, "rate": 90.9, "grade": "good"}
    assert (result["kind"], result["held"], result["kept"]) == ("cass", 1, 10)


# What comes after: the standardised text is the same place, for notices and for the client's own files.


def test_the_clients_next_extract_still_has_his_own_spelling(engine: Engine, story: Story) -> None:
    engine.says(STANDARD, "cass")
    result = story.client("1", at="A", **MARY)
    assert (result["unchanged"], result["warnings"]) == (1, [])
    assert row(story)["address1"] == "12 N ELM ST"


def test_a_second_line_that_the_client_changes_is_taken(engine: Engine, story: Story) -> None:
    engine.says(STANDARD, "cass")
    assert story.client("1", at="A", address2="APT 9", **MARY)["changed"] == 1
    assert row(story)["address2"] == "APT 9"
    assert row(story)["needs_cass"] == "true"


def test_a_client_may_go_back_to_what_he_had_before(engine: Engine, story: Story) -> None:
    engine.says(STANDARD, "cass")
    story.client("1", at="B", **MARY)
    assert story.client("1", at="A", **MARY)["changed"] == 1
    assert story.stands().startswith("A mailable")


def test_a_nixie_about_a_standardised_address_is_about_the_present_one(engine: Engine, story: Story) -> None:
    engine.says(STANDARD, "cass")
    assert story.file(story.back("A", "V", "2026-11-21"))["reasons"] == {"vacant": 1}


def test_a_nixie_with_the_zip_that_cass_has_corrected_is_about_a_piece_from_before(
    engine: Engine, story: Story
) -> None:
    engine.says({**STANDARD, "std_zip5": "74104"}, "cass")
    assert story.file(story.back("A", "V", "2026-11-21"))["reasons"] == {"older_than_ours": 1}
    assert row(story)["zip5"] == "74104"


def test_a_move_from_the_address_as_it_was_written_before_is_a_move_from_ours(engine: Engine, story: Story) -> None:
    engine.says({**STANDARD, "std_addr1": "4500 MAPLE RDG", "lacs_ind": "Y", "lacs_code": "A"}, "cass")
    moved = coa(account=ACCOUNT, keyline=story.key(), old=Place(number="12", street="ELM", zip5="74101"), new=B,
                move_date="2026-11-01", **MARY)  # fmt: skip
    assert story.file(moved)["reasons"] == {"moved": 1}
    gone = coa(account=ACCOUNT, keyline=story.key(), old=Place(number="12", street="ELM", zip5="74101"),
               move_date="2026-10-01", code="K", **MARY)  # fmt: skip
    assert story.file(gone)["reasons"] == {"older_than_ours": 1}


def test_left_no_address_from_the_old_spelling_is_about_the_present_address(engine: Engine, story: Story) -> None:
    engine.says({**STANDARD, "std_addr1": "4500 MAPLE RDG"}, "cass")
    assert story.file(story.left("A", "2026-11-01"))["reasons"] == {"moved_left_no_address": 1}


def test_two_strikes_before_and_after_standardising_are_two(engine: Engine, story: Story) -> None:
    story.file(story.back("A", "R", "2026-11-01"))
    engine.says(STANDARD, "cass")
    assert story.file(story.back("A", "R", "2026-11-09"))["reasons"] == {"refused": 1}


def test_the_stamp_of_a_place_outlives_its_standardising(engine: Engine) -> None:
    engine.says({"ncoa_code": "00"})
    engine.says(STANDARD, "cass")
    assert engine.rows(
        """SELECT count(*) FROM stamp t JOIN addressee a ON a.id = t.addressee_id
        JOIN address d ON d.id = a.address_id AND d.place_id = t.place_id"""
    ) == [(1,)]


def test_an_ncoa_answer_about_the_spelling_that_was_sent_is_about_the_present_address(
    engine: Engine, story: Story
) -> None:
    job = engine.ask("ncoa")
    engine.says(STANDARD, "cass")
    assert engine.answer(job, {"1": to("B")})["reasons"] == {"moved": 1}
