"""Interface, section 5: questions 1 to 7, in order; the first that applies decides."""

from __future__ import annotations

import pytest

from daemon.lists.lock import lock
from daemon.returns.apply import apply_file
from daemon.returns.review import list_open
from keyline.keylines import make
from schemas.acs import family_named
from schemas.acs_write import Detail, coa, nixie
from tests.builders import patched
from tests.flows.story import ABROAD, ACCOUNT, MARY, A, B, Story
from tests.interface.telling import came_to, one, waiting

SPRING, SUMMER, LATE, FUTURE = "2026-04-10", "2026-07-01", "2026-11-12", "2027-03-01"


def spoiled(story: Story, record: Detail, **fields: str) -> str:
    """Apply a file of one record with raw text put into its fields; return where it went, and what is warned of."""
    path = story.written(record)
    path.write_bytes(patched(path.read_bytes(), family_named("singlesource_v02"), 2, **fields))
    result = apply_file(story.house, path)
    assert result["status"] == "applied", result
    return came_to(result) + ("".join(f"; {text}" for text in result["warnings"]))  # type: ignore[attr-defined]


# 1. a field that the decision needs cannot be read


@pytest.mark.parametrize(
    "fields",
    [
        {"sequence_number": "0000000A"},
        {"move_effective_date": "20261399"},
        {"fulfillment_date": "2026AB12"},
        {"last_name": "SM\x01TH"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_1_a_field_that_the_decision_needs_cannot_be_read_is_rejected_bad_field(
    story: Story, fields: dict[str, str]
) -> None:
    said = spoiled(story, story.move("A", "B", SPRING), **fields)
    assert said.startswith("rejected 1: bad_field 1; line 2 field " + next(iter(fields)))
    assert story.stands() == "A mailable"


@pytest.mark.parametrize("fields", [{"record_type": "Q"}, {"coa_nixie_flag": "Z"}], ids=["type", "flag"])
def test_1_a_record_kind_that_cannot_be_read_is_rejected_bad_record_type(story: Story, fields: dict[str, str]) -> None:
    path = story.written(story.move("A", "B", SPRING), story.back("A", "V", SUMMER))
    path.write_bytes(patched(path.read_bytes(), family_named("singlesource_v02"), 2, **fields))
    result = apply_file(story.house, path)
    assert came_to(result) == "suppressed 1, rejected 1: bad_record_type 1, vacant 1"
    assert story.stands() == "A undeliverable vacant"


@pytest.mark.parametrize("field", ["made_available_date", "product_code_fee_1"])
def test_1_others_that_cannot_be_read_are_a_warning(story: Story, field: str) -> None:
    record = story.move("A", "B", SPRING, fees=[("000501", 60)])
    said = spoiled(story, record, **{field: "XXXXXX"})
    assert said.startswith("moved 1: moved 1; ")
    assert field in said


# 2. account not known


def test_2_account_not_known_is_review_unknown_account(story: Story) -> None:
    record = coa(account="BOTHERS", keyline=story.key(), old=A, new=B, move_date=SPRING, **MARY)
    result = story.file(record, story.back("A", "R", SUMMER))
    assert came_to(result) == "kept 1, review 1: first_strike 1, unknown_account 1"
    assert story.questions() == ["unknown_account"]


def test_2_unknown_account_comes_before_no_keyline(story: Story) -> None:
    result = story.file(coa(account="BOTHERS", old=A, new=B, move_date=SPRING, **MARY), story.back("A", "R", SUMMER))
    assert result["reasons"] == {"unknown_account": 1, "first_strike": 1}


def test_2_a_field_that_cannot_be_read_comes_before_unknown_account(story: Story) -> None:
    path = story.written(coa(account="BOTHERS", old=A, new=B), story.back("A", "R", SUMMER))
    path.write_bytes(patched(path.read_bytes(), family_named("singlesource_v02"), 2, move_effective_date="20269999"))
    assert apply_file(story.house, path)["reasons"] == {"bad_field": 1, "first_strike": 1}


# 3. the key


def test_3_no_key_is_review_no_keyline_with_candidates_by_name_and_old_address(story: Story) -> None:
    story.client("2", at="A", first_name="HAROLD", last_name="QUIMBY")
    story.client("3", at="D", **MARY)
    record = coa(account=ACCOUNT, old=A, new=B, move_date=SPRING, **MARY)
    assert one(story, record) == "review no_keyline"
    item = list_open(story.house)["items"][0]  # type: ignore[index]
    assert item["candidates"] == [{"list": "spring", "record_id": "1"}]
    assert story.stands() == "A mailable"


def test_3_a_nixie_without_a_key_is_review_no_keyline(story: Story) -> None:
    assert one(story, nixie(account=ACCOUNT, code="V", old_zip=A.zip5)) == "review no_keyline"


@pytest.mark.parametrize("key", ["12345678", "00000000019", "A00000001" + "8", "12-4567890"])
def test_3_length_or_attribute_not_the_accounts_is_review_foreign_keyline(story: Story, key: str) -> None:
    assert one(story, coa(account=ACCOUNT, keyline=key, old=A, new=B, **MARY)) == "review foreign_keyline"


def test_3_wrong_check_digit_is_review_bad_check_digit(story: Story) -> None:
    right = story.key()
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert one(story, coa(account=ACCOUNT, keyline=wrong, old=A, new=B, **MARY)) == "review bad_check_digit"
    assert story.stands() == "A mailable"


def test_3_foreign_keyline_comes_before_bad_check_digit(story: Story) -> None:
    right = story.key()[1:]
    wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
    assert one(story, coa(account=ACCOUNT, keyline=wrong, old=A, new=B, **MARY)) == "review foreign_keyline"


def test_3_a_key_that_nobody_has_is_review_unknown_keyline(story: Story) -> None:
    nobody = make("000099999")
    assert one(story, coa(account=ACCOUNT, keyline=nobody, old=A, new=B, **MARY)) == "review unknown_keyline"


def test_3_blanks_in_a_key_do_not_count(story: Story) -> None:
    key = story.key()
    record = coa(account=ACCOUNT, keyline=f"{key[:4]} {key[4:8]} {key[8:]}", old=A, new=B, move_date=SPRING, **MARY)
    assert one(story, record) == "moved moved"


def test_3_the_key_comes_before_what_the_code_says(story: Story) -> None:
    assert one(story, nixie(account=ACCOUNT, keyline=make("000099999"), code="Z")) == "review unknown_keyline"


# 4. the same event


def test_4_the_same_event_earlier_in_this_file_is_kept_repeat(story: Story) -> None:
    move = story.move("A", "B", SPRING)
    result = story.file(move, story.move("A", "B", SPRING, fulfilled=LATE))
    assert came_to(result) == "moved 1, kept 1: moved 1, repeat 1"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (("move", "A", "B", SPRING), "moved moved"),
        (("left", "A", SPRING), "suppressed moved_left_no_address"),
        (("move", "A", ABROAD, SPRING), "held foreign_move"),
        (("back", "A", "R", SUMMER), "kept first_strike"),
        (("move", "A", "B", FUTURE), "kept future_move"),
    ],
    ids=["moved", "suppressed", "held", "strike", "future"],
)
def test_4_an_event_that_took_effect_in_a_standing_batch_is_kept_repeat(
    story: Story, first: tuple[str, ...], again: str
) -> None:
    record = getattr(story, first[0])(*first[1:])
    batch = story.file(record)
    assert [again.split()[1]] == list(batch["reasons"])
    assert one(story, record) == "kept repeat"
    story.undo(batch)
    assert one(story, record) == again


def test_4_a_nixie_of_another_fulfillment_date_is_another_event(story: Story) -> None:
    assert one(story, story.back("A", "U", SUMMER)) == "kept first_strike"
    assert one(story, story.back("A", "U", LATE)) == "suppressed unclaimed"


@pytest.mark.parametrize(
    "other",
    [{"on": SUMMER}, {"new": "C"}, {"code": "K"}],
    ids=["move date", "new address", "code"],
)
def test_4_another_move_date_new_address_or_code_is_another_event(story: Story, other: dict[str, str]) -> None:
    story.file(story.move("A", "B", SPRING))
    if "code" in other:
        again = story.left("B", SPRING)
    else:
        again = story.move("A", other.get("new", "B"), other.get("on", SPRING))
    assert one(story, again) != "kept repeat"


def test_4_what_was_merely_kept_is_asked_anew(story: Story) -> None:
    newer = story.file(story.move("A", "C", SUMMER))
    older = story.move("A", "B", SPRING)
    assert one(story, older) == "kept older_than_ours"
    assert one(story, older) == "kept older_than_ours"
    story.undo(newer)
    assert one(story, older) == "moved moved"


def test_4_what_is_in_review_is_asked_anew_and_its_question_is_replaced(story: Story) -> None:
    record = story.move("D", "B", SPRING)
    assert one(story, record) == "review old_address_differs"
    first = list_open(story.house)["items"][0]  # type: ignore[index]
    assert one(story, record) == "review old_address_differs"
    (item,) = list_open(story.house)["items"]  # type: ignore[misc]
    assert item["id"] != first["id"]
    assert item["batch"] == first["batch"] + 1


def test_4_a_replaced_question_is_open_again_when_the_batch_that_replaced_it_is_undone(story: Story) -> None:
    record = story.move("D", "B", SPRING)
    story.file(record)
    before = list_open(story.house)
    story.undo(story.file(record))
    assert list_open(story.house) == before


def test_4_two_people_without_a_key_who_moved_together_are_two_questions(story: Story) -> None:
    for name in ("MARY", "PAUL"):
        record = coa(account=ACCOUNT, old=A, new=B, move_date=SPRING, first_name=name, last_name="SMITH")
        assert one(story, record) == "review no_keyline"
    assert story.questions() == ["no_keyline", "no_keyline"]


def test_4_repeat_comes_before_locked(story: Story) -> None:
    move = story.move("A", "B", SPRING)
    story.file(move)
    lock(story.house, "spring", "1", True)
    assert one(story, move) == "kept repeat"


# 5. the addressee is locked by an operator


def test_5_locked_by_an_operator_is_kept_locked(story: Story) -> None:
    lock(story.house, "spring", "1", True)
    assert one(story, story.move("A", "B", SPRING)) == "kept locked"
    assert one(story, story.back("A", "P", SUMMER)) == "kept locked"
    assert story.stands() == "A mailable"
    lock(story.house, "spring", "1", False)
    assert one(story, story.move("A", "B", SPRING)) == "moved moved"


@pytest.mark.parametrize("code", ["Z", "W"])
def test_5_locked_comes_before_unknown_code_and_temporarily_away(story: Story, code: str) -> None:
    lock(story.house, "spring", "1", True)
    assert one(story, story.left("A", SPRING, code=code)) == "kept locked"


# 6. code not in the table


@pytest.mark.parametrize("code", ["Z", "T", "Y", "K", "G"])
def test_6_a_nixie_code_not_in_the_table_is_review_unknown_code(story: Story, code: str) -> None:
    assert one(story, story.back("A", code, SUMMER)) == "review unknown_code"
    assert story.stands() == "A mailable"


@pytest.mark.parametrize("code", ["Z", "A", "V"])
def test_6_a_coa_code_not_in_the_table_is_review_unknown_code(story: Story, code: str) -> None:
    assert one(story, story.left("A", SPRING, code=code)) == "review unknown_code"


def test_6_w_is_kept_temporarily_away(story: Story) -> None:
    assert one(story, story.left("A", SPRING, code="W")) == "kept temporarily_away"
    assert story.stands() == "A mailable"


def test_6_unknown_code_and_temporarily_away_come_before_the_name(story: Story) -> None:
    other = {"first_name": "HAROLD", "last_name": "QUIMBY"}
    assert one(story, story.left("A", SPRING, code="Z", **other)) == "review unknown_code"
    assert one(story, story.left("A", SPRING, code="W", **other)) == "kept temporarily_away"


# 7. the name


@pytest.mark.parametrize("move_type", ["F", "I"])
def test_7_a_coa_whose_last_name_does_not_fit_is_review_name_differs(story: Story, move_type: str) -> None:
    record = story.move("A", "B", SPRING, last_name="QUIMBY", move_type=move_type)
    assert one(story, record) == "review name_differs"
    assert story.stands() == "A mailable"


def test_7_a_family_move_asks_for_the_last_name_alone(story: Story) -> None:
    assert one(story, story.move("A", "B", SPRING, first_name="HAROLD", move_type="F")) == "moved moved"


def test_7_an_individual_move_asks_for_the_first_name_too(story: Story) -> None:
    assert one(story, story.move("A", "B", SPRING, first_name="HAROLD")) == "review name_differs"


@pytest.mark.parametrize("code", ["K", "G"])
def test_7_k_and_g_are_changes_too_and_are_asked_for_the_name(story: Story, code: str) -> None:
    assert one(story, story.left("A", SPRING, code=code, last_name="QUIMBY")) == "review name_differs"


def test_7_a_nixie_has_no_name_to_be_asked_for(story: Story) -> None:
    assert one(story, story.back("A", "V", SUMMER)) == "suppressed vacant"


def test_7_the_name_comes_before_the_future(story: Story) -> None:
    assert one(story, story.move("A", "B", FUTURE, last_name="QUIMBY")) == "review name_differs"
    assert waiting(story) == 0
