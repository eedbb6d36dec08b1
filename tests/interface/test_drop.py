"""Interface, section 9: the drop, its steps, dispositions and reasons."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from daemon.care.cycles import MOVE_UPDATE_DAYS
from daemon.care.status import care_status
from daemon.drop.check import check_drop
from daemon.drop.release import Override, release_drop
from daemon.drop.state import STEPS, DropBlockedError, create_drop, mark_mailed
from daemon.errors import HouseError, UsageError
from daemon.lists.seed import seed
from tests.bureau import Bureau
from tests.drops import DAY, Mailing, person


@pytest.fixture
def mailing(database_url: str, home: Path, desk: Path) -> Any:
    bureau = Bureau.on(database_url, home, desk)
    yield Mailing(bureau, desk)
    bureau.house.close()


def people(count: int = 12) -> list[dict[str, str]]:
    return [person(number) for number in range(1, count + 1)]


ONE, TWO, THREE = "000001", "000002", "000003"


def test_a_list_that_is_cared_for_is_mailed_whole(mailing: Mailing) -> None:
    told = mailing.begin(people()).care().drop()
    assert (told["drop"], told["state"], told["reasons"]) == ("fall", "checked", {})
    assert [step["step"] for step in told["steps"]] == list(STEPS)
    assert all(step["ok"] and step["removed"] == 0 for step in told["steps"])
    assert (told["manifest"]["read"], told["manifest"]["mailable"]) == (12, 12)
    assert set(told["steps"][0]) >= {"step", "in", "out", "removed", "ok", "why"}


def test_a_record_that_came_after_cass_is_rejected(mailing: Mailing) -> None:
    mailing.begin(people()).care().client([person(99)])
    assert mailing.drop()["reasons"] == {"no_cass": 1}
    assert mailing.came_to("000099") == "rejected no_cass"
    assert mailing.rows()["000099"]["also"] == "move_update_expired"


def test_a_coding_whose_window_ends_before_the_day_is_none(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    told = mailing.drop(day="2027-06-01")
    assert (told["state"], told["reasons"]) == ("blocked", {"no_cass": 12})
    assert not told["steps"][0]["ok"]
    assert "2027-06-01" in told["steps"][0]["why"]


def test_a_coding_that_the_client_brings_counts_like_one_of_its_month(mailing: Mailing) -> None:
    rows = [each | {"zip4": "1234", "delivery_point": "12", "needs_cass": "false"} for each in people()]
    mailing.begin(rows).engine("ncoa")
    assert mailing.drop()["reasons"] == {}
    assert mailing.drop("spring-drop", "2027-01-02")["reasons"] == {"no_cass": 12}


def test_what_dpv_does_not_confirm_is_held_at_its_step(mailing: Mailing) -> None:
    mailing.begin(people()).engine("cass", {ONE: {"dpv": "N"}})
    mailing.engine("ncoa")
    told = mailing.drop()
    assert mailing.came_to(ONE) == "held dpv_not_confirmed"
    assert mailing.rows()[ONE]["step"] == "dpv"
    assert told["steps"][1]["removed"] == 1


@pytest.mark.parametrize(("days", "left"), [(MOVE_UPDATE_DAYS, 12), (MOVE_UPDATE_DAYS + 1, 0)])
def test_a_stamp_lives_for_95_days(mailing: Mailing, days: int, left: int) -> None:
    mailing.begin(people())
    mailing.engine("ncoa")
    mailing.bureau.on_day("2027-01-10")
    mailing.engine("cass")
    day = {95: "2027-02-23", 96: "2027-02-24"}[days]  # the stamp is of 2026-11-20
    told = mailing.drop(day=day)
    assert told["manifest"]["mailable"] == left
    assert told["reasons"] == ({} if left else {"move_update_expired": 12})
    assert told["state"] == ("checked" if left else "blocked")


def test_a_class_outside_move_update_needs_no_stamp(mailing: Mailing) -> None:
    mailing.begin(people(), mail_class="periodicals").engine("cass")
    assert mailing.drop()["reasons"] == {}


def test_a_status_keeps_its_reason_and_falls_out_where_its_word_came_from(mailing: Mailing) -> None:
    mailing.begin(people()).engine("cass")
    mailing.engine("ncoa", {ONE: {"ncoa_code": "02", "move_date": "202610"}})
    mailing.client([{"record_id": TWO, "status": "removed", "status_reason": "asked us"}])
    mailing.client([{"record_id": THREE, "status": "held"}])
    mailing.drop()
    assert mailing.came_to(ONE) == "rejected moved_left_no_address"
    assert mailing.came_to(TWO) == "suppressed asked us"
    assert mailing.came_to(THREE) == "held imported"
    assert [mailing.rows()[each]["step"] for each in (ONE, TWO, THREE)] == ["ncoa", "suppression", "suppression"]


@pytest.mark.parametrize("kind", ["preference", "deceased", "prohibitory"])
def test_a_person_of_a_suppression_file_is_taken_out_and_nobody_else_of_the_house(mailing: Mailing, kind: str) -> None:
    twin = person(1, record_id="twin", first_name="WANDA")
    mailing.begin([*people(), twin]).care().suppress(kind, [person(1, record_id="")], match="individual")
    assert mailing.drop(dedupe="none")["reasons"] == {kind: 1}
    assert mailing.came_to(ONE) == f"suppressed {kind}"
    assert mailing.came_to("twin") == "mailable"


def test_an_address_of_the_prison_file_is_taken_out_with_all_who_are_there(mailing: Mailing) -> None:
    other = person(1, record_id="other", last_name="ELSEWHERE")
    mailing.begin([*people(), other]).care().suppress("prison", [person(1)])
    assert mailing.drop()["reasons"] == {"prison": 2}


def test_a_client_names_whom_not_to_mail_by_his_own_ids(mailing: Mailing) -> None:
    mailing.begin(people()).care().suppress("client", [{"record_id": TWO}], match="id", list_name="spring")
    assert mailing.drop()["reasons"] == {"client": 1}
    assert mailing.came_to(TWO) == "suppressed client"


def test_the_first_layer_owns_a_record_and_the_others_are_noted(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    mailing.suppress("deceased", [person(1)])
    mailing.suppress("preference", [person(1)])
    mailing.suppress("converted", [person(1, converted_on="2026-11-10")])
    told = mailing.drop()
    assert told["reasons"] == {"preference": 1}
    assert mailing.rows()[ONE]["also"].split() == ["deceased", "converted"]
    gross = {layer["reason"]: (layer["gross"], layer["net"]) for layer in told["manifest"]["layers"]}
    assert gross == {"preference": (1, 1), "deceased": (1, 0), "converted": (1, 0)}


@pytest.mark.parametrize(("on", "taken"), [("2026-08-30", 0), ("2026-08-31", 1), ("2026-11-20", 1)])
def test_whoever_converted_fewer_than_90_days_before_is_taken_out(mailing: Mailing, on: str, taken: int) -> None:
    mailing.begin(people()).care().suppress("converted", [person(1, first_name="OTHER", converted_on=on)])
    assert mailing.drop()["reasons"] == ({"converted": 1} if taken else {})


@pytest.mark.parametrize(("before", "taken"), [(29, 12), (30, 0)])
def test_the_same_offer_fewer_than_30_days_before_is_taken_out(mailing: Mailing, before: int, taken: int) -> None:
    mailing.begin(people()).care().drop("first", "2026-11-20")
    mailing.mailed("first", "2026-11-20")
    day = {29: "2026-12-19", 30: "2026-12-20"}[before]
    assert mailing.drop("second", day)["reasons"] == ({"same_offer": taken} if taken else {})
    assert mailing.drop("third", "2026-12-01", offer="OTHER")["reasons"] == {}


def test_two_drops_of_one_offer_checked_side_by_side_never_mail_a_person_twice(mailing: Mailing) -> None:
    mailing.begin(people()).care().drop("first", "2026-11-20")
    mailing.drop("second")
    mailing.drop("other", offer="OTHER")
    release_drop(mailing.bureau.house, "first")
    with pytest.raises(DropBlockedError, match="drops of the same offer have changed"):
        release_drop(mailing.bureau.house, "second")
    assert mailing.check("second")["warnings"] == [
        "drop first of the same offer is released and not mailed yet; its records are not held against this one"
    ]
    mark_mailed(mailing.bureau.house, "first")
    with pytest.raises(DropBlockedError, match="drops of the same offer have changed"):
        release_drop(mailing.bureau.house, "second")
    told = mailing.check("second")
    assert (told["reasons"], told["warnings"]) == ({"same_offer": 12}, [])
    assert release_drop(mailing.bureau.house, "other")["state"] == "released"


def test_one_of_a_household_is_mailed_for_acquisition(mailing: Mailing) -> None:
    twins = [person(1, record_id="b", first_name="WANDA"), person(1, record_id="a", first_name="ZOE", middle_name="Q")]
    mailing.begin([*people(), *twins]).care()
    assert mailing.drop()["reasons"] == {"household": 2}
    rows = mailing.rows()
    assert [rows[each]["survivor"] for each in (ONE, "a", "b")] == ["spring/a", "", "spring/a"]  # the fuller record
    assert mailing.came_to("b") == "duplicate household"


def test_one_of_a_person_is_mailed_for_retention(mailing: Mailing) -> None:
    rows = [
        person(1, first_name="ROBERT", name_suffix="SR"),
        person(1, record_id="x", first_name="Bob", name_suffix="Sr."),
        person(1, record_id="y", first_name="Robert", name_suffix="JR"),
        person(1, record_id="z", first_name="WANDA"),
    ]
    mailing.begin([*people()[1:], *rows]).care()
    assert mailing.drop(dedupe="individual")["reasons"] == {"individual": 1}
    assert mailing.rows()["x"]["survivor"] == f"spring/{ONE}"


def test_another_unit_is_never_a_duplicate(mailing: Mailing) -> None:
    address = person(1)["address1"]
    rows = [person(1, address1=f"{address} APT 1"), person(1, record_id="x", address1=f"{address} APT 2")]
    assert mailing.begin(rows).care().drop()["reasons"] == {}


def test_the_first_list_given_wins(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    mailing.begin([person(1, middle_name="Q")], "summer").care("summer")
    assert mailing.drop(lists=("spring", "summer"))["reasons"] == {"household": 1}
    told = mailing.drop("other", lists=("summer", "spring"))
    assert [each["duplicate"] for each in told["manifest"]["lists"]] == [0, 1]


def test_nobody_looks_for_duplicates_before_cass_unless_an_operator_says_so(mailing: Mailing) -> None:
    mailing.begin(people()).engine("ncoa")
    told = mailing.drop()
    assert (told["state"], told["reasons"]) == ("blocked", {"no_cass": 12})
    with pytest.raises(DropBlockedError, match="cass: no record"):
        release_drop(mailing.bureau.house, "fall")
    with pytest.raises(DropBlockedError, match="dedupe: 12 records are not coded"):
        release_drop(mailing.bureau.house, "fall", [Override("cass", "Jo", "the client insists")])
    words = [Override(step, "Jo", "the client insists") for step in ("cass", "dedupe")]
    told = release_drop(mailing.bureau.house, "fall", words)
    assert (told["state"], told["manifest"]["mailable"]) == ("released", 12)
    assert [(each["step"], each["operator"]) for each in told["manifest"]["overrides"]] == [
        ("cass", "Jo"),
        ("dedupe", "Jo"),
    ]


def test_a_stale_suppression_file_blocks_and_may_be_overridden(mailing: Mailing) -> None:
    mailing.begin(people()).care().suppress("preference", [person(1)], as_of="2026-09-01", max_age=30)
    told = mailing.drop()
    assert (told["state"], told["reasons"]) == ("blocked", {"preference": 1})
    assert not told["steps"][3]["ok"]
    told = release_drop(mailing.bureau.house, "fall", [Override("suppression", "Jo", "the new file is on its way")])
    assert (told["state"], told["reasons"]) == ("released", {"preference": 1})


def test_nobodys_word_makes_numbers_reconcile(mailing: Mailing) -> None:
    mailing.begin(people()).care().drop()
    with pytest.raises(UsageError, match="nobody's word"):
        release_drop(mailing.bureau.house, "fall", [Override("manifest", "Jo", "please")])
    for word in (Override("cass", "", "why"), Override("cass", "Jo", " "), Override("press", "Jo", "why")):
        with pytest.raises(UsageError):
            release_drop(mailing.bureau.house, "fall", [word])


@pytest.mark.parametrize("change", ["address", "new", "status", "suppression", "undo", "name", "seed"])
def test_a_drop_whose_lists_changed_after_the_check_is_checked_again(mailing: Mailing, change: str) -> None:
    mailing.begin(people()).engine("cass")
    ncoa = mailing.engine("ncoa")
    mailing.drop()
    if change == "address":
        mailing.client([person(1, address1="9 OTHER RD")])
    elif change == "new":
        mailing.client([person(77)])
    elif change == "status":
        mailing.client([{"record_id": ONE, "status": "deceased"}])
    elif change == "suppression":
        mailing.suppress("client", [person(1)])
    elif change == "name":
        mailing.client([person(1, last_name="MARRIED")])
    elif change == "seed":
        seed(mailing.bureau.house, "spring", ONE, is_one=True)
    else:
        from daemon.returns.undo import undo_batch

        undo_batch(mailing.bureau.house, ncoa["batch"])
    with pytest.raises(DropBlockedError, match="is not as it was checked"):
        release_drop(mailing.bureau.house, "fall")
    mailing.check()


def test_two_operators_release_at_once_and_one_of_them_is_told(mailing: Mailing) -> None:
    mailing.begin(people()).care().drop()
    came: list[object] = []

    def release() -> None:
        try:
            came.append(release_drop(mailing.bureau.house, "fall")["state"])
        except HouseError as error:
            came.append(type(error))

    both = [threading.Thread(target=release) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(map(str, came)) == sorted(map(str, ["released", UsageError]))


def test_a_drop_goes_through_its_states_and_no_other_way(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    create_drop(mailing.bureau.house, "fall", lists=["spring"], offer="F26", day=DAY)
    with pytest.raises(UsageError, match="is draft"):
        release_drop(mailing.bureau.house, "fall")
    mailing.check()
    mailing.mailed("fall")
    with pytest.raises(UsageError, match="is mailed"):
        check_drop(mailing.bureau.house, "fall")


def test_the_quantity_wanted_is_told(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    assert mailing.drop(quantity=12)["warnings"] == []
    assert mailing.drop("more", quantity=20)["warnings"] == ["12 can be mailed, 8 fewer than the 20 that are wanted"]


@pytest.mark.parametrize(
    "wrong",
    [{"day": "2026-13-01"}, {"offer": " "}, {"lists": ["spring", "spring"]}, {"lists": ["winter"]}, {"quantity": 0},
     {"dedupe": "street"}, {"name": "no blank"}],
)  # fmt: skip
def test_a_drop_that_cannot_be_is_refused(mailing: Mailing, wrong: dict[str, Any]) -> None:
    mailing.begin(people())
    asked = {"name": "fall", "lists": ["spring"], "offer": "F26", "day": DAY} | wrong
    with pytest.raises(UsageError):
        create_drop(mailing.bureau.house, asked.pop("name"), **asked)


def test_lists_of_two_clients_are_no_drop(mailing: Mailing) -> None:
    mailing.begin(people())
    mailing.begin(people(), "other", client="Bolt")
    with pytest.raises(UsageError, match="Acme and Bolt"):
        create_drop(mailing.bureau.house, "fall", lists=["spring", "other"], offer="F26", day=DAY)


def test_checked_twice_it_says_the_same(mailing: Mailing) -> None:
    mailing.begin(people()).care().suppress("preference", [person(1)])
    first = mailing.drop()
    again = mailing.check()
    for told in (first, again):
        told["manifest"]["drop"].pop("checked_at")
    assert first == again


def test_a_seed_is_taken_out_by_no_step_and_counted_apart(mailing: Mailing) -> None:
    twin = person(1, record_id="seed", first_name="WANDA")
    mailing.begin([*people(), twin]).care()
    mailing.suppress("preference", [twin | {"record_id": ""}])
    seed(mailing.bureau.house, "spring", "seed", is_one=True)
    told = mailing.drop()
    assert (told["reasons"], told["manifest"]["seeds"]) == ({}, 1)
    assert (told["manifest"]["mailable"], told["manifest"]["print_output"]) == (12, 13)
    assert mailing.came_to("seed") == "mailable seed"


def test_a_planned_drop_is_what_the_clocks_are_held_against(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    assert care_status(mailing.bureau.house, "spring")["lists"][0]["next_drop"] is None
    create_drop(mailing.bureau.house, "fall", lists=["spring"], offer="F26", day="2027-04-01")
    status = care_status(mailing.bureau.house, "spring")["lists"][0]
    assert status["next_drop"] == "2027-04-01"


def test_a_reason_of_two_dispositions_is_counted_once_for_each(mailing: Mailing) -> None:
    mailing.begin(people()).care()
    mailing.client([{"record_id": ONE, "status": "held"}, {"record_id": TWO, "status": "removed"}])
    told = mailing.drop()
    assert told["reasons"] == {"imported": 2}
    assert told["manifest"]["layers"] == [{"reason": "imported", "gross": 2, "net": 2}]
