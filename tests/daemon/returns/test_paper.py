"""Returns on paper: what an operator holds in the hand does what a record of a return file does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from daemon.costs.prices import add_price
from daemon.db import reading, writing
from daemon.errors import SetAsideError, UsageError
from daemon.labels.mailing import write_labels
from daemon.lists.create import create_list
from daemon.lists.load import import_file
from daemon.lists.lock import lock
from daemon.returns.batches import list_batches, show_batch
from daemon.returns.paper_add import add_return
from daemon.returns.paper_entry import LETTERS, FieldError, reason_code
from daemon.returns.review import accept, list_open
from daemon.returns.why import tell_why
from keyline.imb import encode
from tests.flows.story import ACCOUNT, PLACES, B, Story
from tests.interface.telling import came_to, settings

TO_B = {"address1": B.line, "city": B.city, "state": B.state, "zip5": B.zip5}
MAILER = "567094"


def back(story: Story, reason: str = "V", key: str = "", **values: str) -> dict[str, Any]:
    """A piece of Mary's comes back."""
    given = {"key": key or story.key(), "reason": reason} | values
    return add_return(story.house, "spring", {name: text for name, text in given.items() if text})


def moved(story: Story, to: str = "B", **values: str) -> dict[str, Any]:
    """A piece of Mary's comes back with a yellow label."""
    place = PLACES[to]
    new = {"address1": place.line, "city": place.city, "state": place.state, "zip5": place.zip5}
    return back(story, "", **(new | values))


def refused(story: Story, key: str, name: str = "spring") -> str:
    """Why a key is refused."""
    with pytest.raises(SetAsideError) as told:
        add_return(story.house, name, {"key": key, "reason": "V"})
    return told.value.reason


def counted(story: Story, table: str) -> int:
    with reading(story.house.engine) as store:
        return int(store.value(f"SELECT count(*) FROM {table}"))


def mailer_list(story: Story, name: str = "retail") -> str:
    """A list under a Mailer ID with Mary on it; return her serial."""
    create_list(story.house, name, client="Acme", account=MAILER, stid="300")
    path = story.folder / f"{name}.csv"
    path.write_text("record_id,first_name,last_name,address1,city,state,zip5\nR1,MARY,SMITH,12 ELM,TULSA,OK,74101\n")
    import_file(story.house, name, path)
    return story.key("R1")


@pytest.mark.parametrize(
    ("reason", "comes_to", "stands"),
    [
        ("V", "suppressed 1: vacant 1", "A undeliverable vacant"),
        ("vacant", "suppressed 1: vacant 1", "A undeliverable vacant"),
        ("deceased", "suppressed 1: deceased 1", "A deceased deceased"),
        ("box-closed", "suppressed 1: po_box_closed 1", "A undeliverable po_box_closed"),
        ("moved-left-no-address", "suppressed 1: moved_left_no_address 1", "A undeliverable moved_left_no_address"),
        ("Q", "held 1: forwarding_order_expired 1", "A held forwarding_order_expired"),
        ("refused", "kept 1: first_strike 1", "A mailable"),
    ],
)
def test_a_reason_does_what_the_code_of_a_return_file_does(
    story: Story, reason: str, comes_to: str, stands: str
) -> None:
    assert came_to(back(story, reason)) == comes_to
    assert story.stands() == stands


def test_every_letter_is_told_by_its_words_too() -> None:
    assert {reason_code(word) for word in ("no such number", "NO_SUCH_STREET", "in-dispute", "Unclaimed")} == set(
        "NSEU"
    )
    assert [reason_code(letter.lower()) for letter in LETTERS] == list(LETTERS)
    with pytest.raises(FieldError, match="reason"):
        reason_code("W")


def test_a_yellow_label_moves_the_addressee_and_undo_puts_her_back(story: Story) -> None:
    before = story.export()
    result = moved(story, on="2026-11-18", moved="2026-10", zip4="1234")
    assert came_to(result) == "moved 1: moved 1"
    assert result["kind"] == "paper"
    assert story.stands() == "B mailable moved"
    assert story.since() == "2026-10"
    assert story.undo(result)["undone"] == 1
    assert story.export() == before


def test_a_move_without_a_date_leaves_the_date_unknown(story: Story) -> None:
    moved(story)
    assert story.stands() == "B mailable moved"
    assert story.since() == ""


def test_the_piece_bears_our_own_name_so_it_fits_whoever_has_moved(story: Story) -> None:
    story.client("2", company="ELM BAKERY", at="A")
    story.client("3", first_name="", last_name="", at="A")
    for record in ("2", "3"):
        assert came_to(moved(story, key=story.key(record))) == "moved 1: moved 1"
    assert came_to(moved(story, key=story.key(), move_type="business")) == "review 1: name_differs 1"


def test_a_plan_writes_nothing_and_says_what_would_be_done(story: Story) -> None:
    plan = add_return(story.house, "spring", {"key": story.key(), "reason": "V"}, plan=True)
    assert (plan["status"], plan["batch"], came_to(plan)) == ("planned", None, "suppressed 1: vacant 1")
    assert plan["records"] == [
        {"line": 1, "list": "spring", "record_id": "1", "outcome": "suppressed", "reason": "vacant"}
    ]
    assert story.stands() == "A mailable"
    assert counted(story, "batch") == 0


def test_a_key_that_leads_to_nobody_is_refused_by_name_and_nothing_is_written(story: Story) -> None:
    assert refused(story, "0000000019") == "bad_check_digit"
    assert refused(story, "0000000026") == "unknown_keyline"
    assert refused(story, "JLSTMS67969") == "foreign_keyline"
    assert refused(story, "id:77") == "unknown_keyline"
    assert refused(story, "  ") == "no_keyline"
    assert refused(story, "0030056709498765432187110") == "unknown_account"
    assert refused(story, "T" * 65) == "damaged"
    assert counted(story, "batch") == counted(story, "decision") == 0


def test_a_barcode_must_be_of_the_lists_own_account(story: Story) -> None:
    serial = mailer_list(story)
    assert refused(story, f"00300{MAILER}{serial}") == "unknown_account"
    assert refused(story, encode("00", "300", "567095", serial), "retail") == "unknown_account"
    assert refused(story, story.key(), "retail") == "foreign_keyline"


@pytest.mark.parametrize("routing", ["", "74101", "741011234", "74101123412"])
def test_a_barcode_is_taken_as_bars_or_as_digits(story: Story, routing: str) -> None:
    serial = mailer_list(story)
    for key in (f"00300{MAILER}{serial}{routing}", encode("00", "300", MAILER, serial, routing).lower()):
        result = add_return(story.house, "retail", {"key": key, "reason": "R", "on": "2026-11-18"})
        assert result["records"][0]["record_id"] == "R1"
    assert counted(story, "batch") == 2


def test_a_key_of_another_list_of_the_account_is_refused(story: Story) -> None:
    create_list(story.house, "autumn", client="Acme", account=ACCOUNT)
    assert refused(story, story.key(), "autumn") == "unknown_keyline"
    with pytest.raises(UsageError, match="no list"):
        add_return(story.house, "winter", {"key": story.key(), "reason": "V"})


def test_the_same_return_twice_is_a_repeat_but_another_day_is_another_piece(story: Story) -> None:
    back(story, "R", on="2026-11-10")
    assert came_to(back(story, "R", on="2026-11-10")) == "kept 1: repeat 1"
    assert came_to(back(story, "R", on="2026-11-18")) == "suppressed 1: refused 1"


def test_who_moved_left_no_address_and_came_back_can_do_so_again(story: Story) -> None:
    back(story, "K", on="2026-06-10")
    story.client("1", at="B")
    assert story.stands() == "B mailable client_address"
    assert came_to(back(story, "K", on="2026-11-18")) == "suppressed 1: moved_left_no_address 1"


def test_paper_and_return_file_speak_of_the_same_person(story: Story) -> None:
    story.file(story.back("A", "R", "2026-11-01"))
    assert came_to(back(story, "R", on="2026-11-18")) == "suppressed 1: refused 1"
    assert came_to(story.file(story.move("A", "B", "2026-10-02"))) == "moved 1: moved 1"


def test_an_old_zip_says_that_the_piece_went_to_the_address_before(story: Story) -> None:
    story.file(story.move("A", "B", "2026-04-10"))
    assert came_to(back(story, old_zip=PLACES["A"].zip5)) == "kept 1: older_than_ours 1"
    assert came_to(back(story, old_zip="99901")) == "review 1: old_address_differs 1"
    assert story.stands() == "B mailable moved"
    assert came_to(moved(story, "C", old_zip=PLACES["A"].zip5)) == "moved 1: moved 1"


def test_labels_that_were_written_before_the_move_tell_which_address_the_piece_bore(story: Story) -> None:
    story.later(-60)
    write_labels(story.house, "spring", story.folder / "labels.csv")
    story.later(20)
    story.file(story.move("A", "B", "2026-09-25"))
    story.later(40)
    result = back(story)
    assert came_to(result) == "kept 1: older_than_ours 1"
    assert result["warnings"] == []
    write_labels(story.house, "spring", story.folder / "labels.csv")
    assert came_to(back(story, "A")) == "suppressed 1: attempted_not_known 1"


def test_where_nothing_tells_which_address_it_was_the_operator_is_warned(story: Story) -> None:
    story.file(story.move("A", "B", "2026-10-10"))
    result = back(story)
    assert came_to(result) == "suppressed 1: vacant 1"
    assert "came in on 2026-11-20" in result["warnings"][0]
    assert "ELM" not in str(result)
    assert "SMITH" not in str(result)


def test_a_piece_of_a_drop_leads_to_its_addressee_and_its_address(story: Story) -> None:
    mailer_list(story)
    with writing(story.house.engine) as store:
        ids = store.one("SELECT id, account_id, list_id, address_id FROM addressee WHERE record_id = 'R1'")
        assert ids is not None
        addressee, account, of_list, address = ids
        store.run(
            """INSERT INTO mail_drop (name, client, offer, mail_date, mail_class, dedupe, state, created_at, scope,
            result, mailed_on) VALUES ('may', 'Acme', 'X', '2026-05-04', '', 'none', 'mailed', '2026-05-01', '', '{}',
            '2026-05-04')"""
        )
        drop = store.value("SELECT max(id) FROM mail_drop")
        columns = "drop_id, addressee_id, list_id, step, disposition, reason, also, address_id, status"
        store.run(
            f"INSERT INTO drop_row ({columns}) VALUES (:d, :a, :l, '', 'mailable', '', '', :ad, 'mailable')",
            d=drop,
            a=addressee,
            l=of_list,
            ad=address,
        )
        store.load(
            "piece",
            ("account_id", "serial", "drop_id", "addressee_id", "used_on"),
            [(account, "900000001", drop, addressee, "2026-05-04")],
        )
    path = story.folder / "new.csv"
    path.write_text("record_id,first_name,last_name,address1,city,state,zip5\nR1,MARY,SMITH,99 BIRCH RD,ADA,OK,74820\n")
    import_file(story.house, "retail", path)
    result = add_return(story.house, "retail", {"key": f"00300{MAILER}900000001", "reason": "V"})
    assert came_to(result) == "kept 1: older_than_ours 1"
    assert result["records"][0]["record_id"] == "R1"


def test_why_and_the_list_of_batches_say_that_it_came_on_paper(story: Story) -> None:
    result = back(story, on="2026-11-18")
    told = tell_why(story.house, "spring", "1")["history"][-1]
    assert told["said"] == "on paper: vacant"
    assert (told["file"], told["line"], told["batch"]) == ("return of 2026-11-18", 1, result["batch"])
    (batch,) = list_batches(story.house)["batches"]
    assert (batch["kind"], batch["read"], batch["suppressed"]) == ("paper", 1, 1)
    assert show_batch(story.house, result["batch"])["manifest"] is not None


def test_a_question_from_paper_is_answered_like_any_other(story: Story) -> None:
    back(story, old_zip="99901")
    (item,) = list_open(story.house)["items"]  # type: ignore[misc]
    accept(story.house, [item["id"]])  # type: ignore[index]
    assert story.stands() == "A undeliverable vacant"
    said = [entry["said"] for entry in tell_why(story.house, "spring", "1")["history"] if entry["what"] == "notice"]
    assert said == ["on paper: vacant", "on paper: vacant"]


def test_a_return_is_counted_with_the_manual_price_of_its_day(story: Story) -> None:
    add_price(story.house, "manual_notice", from_date="2026-11-01", price="0.75")
    result = back(story, on="2026-11-18")
    assert result["charges"] == {"counted": "0.75", "header": None}
    with reading(story.house.engine) as store:
        assert store.all("SELECT charge FROM decision") == [(750,)]
        assert store.all("SELECT product_code, quantity, mills FROM charge") == [("manual_notice", 1, 750)]


def test_a_locked_addressee_and_a_move_of_the_future_are_kept(story: Story) -> None:
    assert came_to(moved(story, moved="2026-12-01")) == "kept 1: future_move 1"
    story.later(15)
    assert story.due() is not None
    assert story.stands() == "B mailable moved"
    lock(story.house, "spring", "1", True)
    assert came_to(back(story)) == "kept 1: locked 1"


def test_a_lists_own_policy_holds_for_paper(story: Story) -> None:
    settings(story, '[list.spring]\npolicy = { V = "held" }\n')
    assert came_to(back(story)) == "held 1: vacant 1"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": "no idea"}, "reason"),
        ({}, "reason"),
        ({"reason": "V", "address1": "1 ELM ST"}, "address1"),
        ({"address1": "1 ELM ST", "city": "ADA", "state": "OK"}, "zip5"),
        (TO_B | {"zip5": "7482"}, "zip5"),
        (TO_B | {"zip5": "00000"}, "zip5"),
        (TO_B | {"state": "Oklahoma"}, "state"),
        (TO_B | {"zip4": "12"}, "zip4"),
        (TO_B | {"address1": "1 ELM\x07ST"}, "address1"),
        (TO_B | {"moved": "10/2026"}, "moved"),
        (TO_B | {"moved": "2026-13"}, "moved"),
        (TO_B | {"move_type": "tribe"}, "move_type"),
        ({"reason": "V", "on": "2026-11-21"}, "on"),
        ({"reason": "V", "on": "yesterday"}, "on"),
        ({"reason": "V", "old_zip": "741"}, "old_zip"),
    ],
)
def test_what_is_typed_wrongly_is_wrong_usage_and_names_its_field(
    story: Story, values: dict[str, str], field: str
) -> None:
    with pytest.raises(FieldError) as told:
        add_return(story.house, "spring", {"key": story.key(), **values})
    assert told.value.field == field
    assert told.value.exit_code == 2
    assert counted(story, "batch") == 0


def test_the_day_is_the_bureaus_own(story: Story) -> None:
    result = back(story)
    assert result["file"] == "return of 2026-11-20"
    assert datetime.fromisoformat(list_batches(story.house)["batches"][0]["applied_at"]).day == 20
