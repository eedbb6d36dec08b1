"""A row of a record we know: names, address and status, changed or left as they are (interface, section 3)."""

from __future__ import annotations

import pytest

from tests.bureau import MARY, A, B, Bureau, D, counts

AT_A, AT_B, AT_D = MARY | A, MARY | B, MARY | D
CODED = {"zip4": "1234", "delivery_point": "12", "carrier_route": "C001"}


def changes(bureau: Bureau) -> list[tuple[str, int, bool]]:
    """Kind, line and whether it stands in the way of an undo, of each change."""
    return [
        (kind, line, bool(turned))
        for kind, line, turned in bureau.all("SELECT kind, line, turned FROM change WHERE batch_id IS NULL ORDER BY id")
    ]


def test_import_adds_a_new_one_changes_a_known_one_leaves_an_equal_one(bureau: Bureau) -> None:
    two, three = {"record_id": "2"} | A, {"record_id": "3"} | A
    assert counts(bureau.take([AT_A, two])) == {"read": 2, "added": 2}
    result = bureau.take([AT_A | {"last_name": "JONES"}, two, three])
    assert counts(result) == {"read": 3, "added": 1, "changed": 1, "unchanged": 1}
    assert bureau.row()["last_name"] == "JONES"
    assert bureau.value("SELECT size FROM mailing_list") == 3


def test_a_new_row_is_mailable_and_waits_for_cass(bureau: Bureau) -> None:
    bureau.take([AT_A])
    row = bureau.row()
    assert (row["status"], row["status_reason"], row["needs_cass"]) == ("mailable", "", "true")
    assert bureau.all("SELECT status_by, base_status, base_reason FROM addressee") == [("", "mailable", "")]
    assert bureau.all("SELECT source, came_in FROM address") == [("client", "2026-11-20")]


def test_ids_are_contiguous_in_file_order(bureau: Bureau) -> None:
    bureau.take([{"record_id": r} | A for r in ("9", "3", "7")])
    bureau.take([{"record_id": r} | A for r in ("8", "9", "1")])
    assert bureau.all("SELECT id, record_id, address_id FROM addressee ORDER BY id") == [
        (1, "9", 1), (2, "3", 2), (3, "7", 3), (4, "8", 4), (5, "1", 5),
    ]  # fmt: skip
    assert bureau.all("SELECT id, addressee_id FROM address ORDER BY id") == [(n, n) for n in range(1, 6)]


def test_a_column_that_is_absent_changes_nothing(bureau: Bureau) -> None:
    full = AT_A | CODED | {"company": "ACME", "address2": "DOCK 2", "tier": "gold", "address_since": "2020-01"}
    bureau.take([full | {"status": "held", "status_reason": "asked", "needs_cass": "false"}])
    before = bureau.export()
    assert counts(bureau.take([{"record_id": "1", "address1": A["address1"], "zip5": A["zip5"]}])) == {
        "read": 1,
        "unchanged": 1,
    }
    assert bureau.export() == before


def test_a_file_without_addresses_changes_known_records_and_adds_none(bureau: Bureau) -> None:
    bureau.take([AT_A])
    result = bureau.take([{"record_id": "1", "status": "removed"}, {"record_id": "2", "status": "removed"}])
    assert counts(result) == {"read": 2, "changed": 1, "rejected": 1}
    row = bureau.row()
    assert (row["status"], row["status_reason"], row["address1"]) == ("removed", "imported", A["address1"])
    assert b"address1: missing" in bureau.folder.joinpath("extract-2.rejects.csv").read_bytes()


def test_a_blank_erases_names_and_lines_and_never_keyline_or_coding(bureau: Bureau) -> None:
    bureau.take([AT_A | CODED | {"company": "ACME", "address2": "DOCK 2", "address_since": "2020-01"}])
    key = bureau.row()["keyline"]
    blanks = dict.fromkeys((*CODED, "company", "address2", "keyline", "address_since", "needs_cass", "status"), "")
    assert counts(bureau.take([AT_A | blanks])) == {"read": 1, "changed": 1}
    row = bureau.row()
    assert (row["company"], row["address2"]) == ("", "")
    assert {name: row[name] for name in CODED} == CODED
    assert (row["keyline"], row["address_since"], row["status"]) == (key, "2020-01", "mailable")


def test_own_columns_are_kept_and_come_back_under_their_own_names(bureau: Bureau) -> None:
    bureau.take([AT_A | {"Tier": "gold", "donor no": "007 "}])
    assert bureau.take([AT_A | {"donor no": "008"}])["changed"] == 1
    assert bureau.take([AT_A | {"TIER": "gold", "Zone": "N"}])["changed"] == 1
    assert bureau.take([AT_A | {"Zone": "N"}])["unchanged"] == 1
    row = bureau.row()
    assert list(row)[-3:] == ["Tier", "donor no", "Zone"]
    assert (row["Tier"], row["donor no"], row["Zone"]) == ("gold", "008", "N")
    bureau.take([AT_A | {"Tier": ""}])
    assert bureau.row()["Tier"] == ""


def test_a_change_of_names_alone_does_not_stand_in_the_way_of_an_undo(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.take([AT_A | {"first_name": "MARIA", "tier": "gold"}])
    assert changes(bureau) == [("client", 2, False)]
    assert bureau.value("SELECT count(*) FROM change WHERE from_address_id = to_address_id") == 1


def test_case_and_punctuation_alone_are_no_change_of_address(bureau: Bureau) -> None:
    bureau.take([AT_A | {"address2": "DOCK 2"}])
    result = bureau.take([AT_A | {"address1": "12 Elm St.", "city": "Tulsa", "state": "ok", "address2": "Dock-2"}])
    assert counts(result) == {"read": 1, "unchanged": 1}
    assert bureau.row()["address1"] == "12 ELM ST"


def test_the_same_place_with_other_text_is_a_new_version_that_came_in_when_the_old_one_did(bureau: Bureau) -> None:
    bureau.take([AT_A | {"address_since": "2020-01", "needs_cass": "false"}])
    bureau.on_day("2026-12-24")
    assert counts(bureau.take([AT_A | CODED | {"city": "NORTH TULSA"}])) == {"read": 1, "changed": 1}
    row = bureau.row()
    assert (row["city"], row["zip4"], row["address_since"]) == ("NORTH TULSA", "1234", "2020-01")
    assert row["needs_cass"] == "true"
    assert bureau.all("SELECT came_in FROM address") == [("2026-11-20",)] * 2
    assert changes(bureau) == [("client", 2, True)]


def test_places_are_the_same_by_zip_or_where_one_is_missing_by_city_and_state(bureau: Bureau) -> None:
    bureau.take([AT_A | {"zip5": ""}])
    bureau.take([AT_A])
    assert bureau.row()["zip5"] == "74101"
    bureau.take([AT_A | {"zip5": ""}])
    assert bureau.row()["zip5"] == "74101"
    assert bureau.value("SELECT max(came_in) FROM address") == "2026-11-20"
    bureau.take([AT_A | {"zip5": "", "city": "ADA"}])
    assert (bureau.row()["city"], bureau.row()["zip5"]) == ("ADA", "")


def test_a_really_new_address_replaces_every_line_and_takes_its_date_from_the_row(bureau: Bureau) -> None:
    bureau.take([AT_A | CODED | {"address2": "DOCK 2", "address_since": "2020-01", "needs_cass": "false"}])
    bureau.on_day("2026-12-24")
    assert bureau.take([AT_B])["changed"] == 1
    row = bureau.row()
    assert {name: row[name] for name in ("address2", *CODED, "address_since")} == dict.fromkeys(
        ("address2", *CODED, "address_since"), ""
    )
    assert (row["address1"], row["needs_cass"]) == ("99 BIRCH RD", "true")
    assert bureau.value("SELECT came_in FROM address WHERE id = 2") == "2026-12-24"
    bureau.take([AT_D | {"address_since": "2026-06", "needs_cass": "no"}])
    row = bureau.row()
    assert (row["address_since"], row["needs_cass"]) == ("2026-06", "false")


def test_the_same_zip_is_the_same_city_where_the_file_names_none(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.take([{"record_id": "1", "address1": "14 ELM ST", "zip5": "74101"}])
    assert bureau.row()["city"] == "TULSA"
    bureau.take([{"record_id": "1", "address1": "14 ELM ST", "zip5": "74820"}])
    assert bureau.row()["city"] == ""


@pytest.mark.parametrize(
    ("ours", "given", "after"),
    [("", "2026-05", "2026-05"), ("2026-05", "2026-06-01", "2026-06-01"), ("2026-05-17", "2026-05", "2026-05-17"),
     ("2026-05", "2026-04", "2026-05"), ("2026-05", "", "2026-05")],
)  # fmt: skip
def test_address_since_of_the_same_place_only_rises(bureau: Bureau, ours: str, given: str, after: str) -> None:
    bureau.take([AT_A | {"address_since": ours}])
    bureau.take([AT_A | {"address_since": given}])
    assert bureau.row()["address_since"] == after
    assert [turned for _, _, turned in changes(bureau)] == ([False] if after != ours else [])


def test_move_month_only_fills_a_blank_one(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.take([AT_A | {"move_month": "2026-05"}])
    bureau.take([AT_A | {"move_month": "2026-07"}])
    assert bureau.row()["move_month"] == "2026-05"


def test_needs_cass_is_taken_where_it_is_given(bureau: Bureau) -> None:
    bureau.take([AT_A])
    for given, after in (("0", "false"), ("", "false"), ("YES", "true"), ("false", "false")):
        bureau.take([AT_A | {"needs_cass": given}])
        assert bureau.row()["needs_cass"] == after


# What the client says about status.


@pytest.mark.parametrize("reason", ["", "moved_house"])
def test_a_status_given_by_the_client_has_the_reason_given_else_imported(bureau: Bureau, reason: str) -> None:
    bureau.take([AT_A | {"status": "Removed", "status_reason": reason}, {"record_id": "2"} | A])
    bureau.take([{"record_id": "2", "status": "held", "status_reason": reason} | A])
    told = reason or "imported"
    assert (bureau.row()["status"], bureau.row()["status_reason"]) == ("removed", told)
    assert (bureau.row("2")["status"], bureau.row("2")["status_reason"]) == ("held", told)
    assert bureau.all("SELECT status_by, base_status, base_reason FROM addressee ORDER BY id") == [
        ("client", "removed", told),
        ("client", "held", told),
    ]


@pytest.mark.parametrize("weaker", ["mailable", "held", "undeliverable"])
def test_import_may_lower_the_status_and_never_raises_it(bureau: Bureau, weaker: str) -> None:
    bureau.take([AT_A | {"status": "removed"}])
    assert bureau.take([AT_A | {"status": weaker}])["unchanged"] == 1
    assert bureau.row()["status"] == "removed"
    assert bureau.take([AT_A | {"status": "deceased", "status_reason": "family"}])["changed"] == 1
    assert bureau.row()["status_reason"] == "family"


@pytest.mark.parametrize(
    ("status", "reason"), [("undeliverable", "vacant"), ("undeliverable", ""), ("held", "in_dispute")]
)
def test_an_echo_of_our_own_export_says_nothing(bureau: Bureau, status: str, reason: str) -> None:
    bureau.take([AT_A])
    bureau.lowered("undeliverable", "vacant")
    assert bureau.take([AT_A | {"status": status, "status_reason": reason}])["unchanged"] == 1
    bureau.take([AT_B])
    assert bureau.row()["status"] == "mailable"


def test_the_clients_own_word_below_ours_comes_back_after_a_new_address(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.lowered("undeliverable", "vacant")
    assert bureau.take([AT_A | {"status": "held", "status_reason": "asked_to_pause"}])["changed"] == 1
    assert bureau.row()["status_reason"] == "vacant"
    bureau.take([AT_B])
    assert (bureau.row()["status"], bureau.row()["status_reason"]) == ("held", "asked_to_pause")


@pytest.mark.parametrize("by", ["notice", "ncoa", "cass"])
def test_a_really_new_address_raises_what_a_notice_ncoalink_or_cass_had_lowered(bureau: Bureau, by: str) -> None:
    bureau.take([AT_A])
    bureau.lowered("undeliverable", "vacant", by=by)
    bureau.take([AT_A])
    assert bureau.row()["status"] == "undeliverable"
    bureau.take([AT_B])
    assert (bureau.row()["status"], bureau.row()["status_reason"]) == ("mailable", "client_address")


def test_our_own_export_with_a_corrected_address_raises_it_too(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.lowered("undeliverable", "vacant")
    bureau.take([bureau.row() | B])
    assert (bureau.row()["status"], bureau.row()["status_reason"]) == ("mailable", "client_address")


def test_an_address_never_raises_what_is_deceased_or_what_client_or_operator_set(bureau: Bureau) -> None:
    bureau.take([{"record_id": r} | A for r in ("1", "2", "3")])
    bureau.lowered("deceased", "deceased")
    bureau.lowered("held", "asked", "2", by="operator")
    bureau.take([{"record_id": "3", "status": "removed"} | A])
    bureau.take([{"record_id": r} | B for r in ("1", "2", "3")])
    assert [row["status"] for row in bureau.rows().values()] == ["deceased", "held", "removed"]
    assert {row["address1"] for row in bureau.rows().values()} == {B["address1"]}


def test_a_record_mailable_since_a_move_keeps_its_reason_at_a_new_address(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    bureau.take([AT_D])
    assert (bureau.row()["status"], bureau.row()["status_reason"]) == ("mailable", "moved")


# The address from before a move.


def test_an_address_from_before_a_move_is_kept_and_listed_in_the_warnings(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    result = bureau.take([AT_A])
    assert counts(result) == {"read": 1, "kept": 1}
    assert result["warnings"] == ["line 2: record_id 1: kept, the address is from before the move of 2026-05"]
    assert bureau.row()["address1"] == B["address1"]


@pytest.mark.parametrize(
    ("since", "taken"),
    [("", False), ("2026-05-16", False), ("2026-05", False), ("2026-05-18", True), ("2026-06", True)],
)
def test_it_is_taken_back_where_its_address_since_is_later_than_our_move(
    bureau: Bureau, since: str, taken: bool
) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    result = bureau.take([AT_A | {"address_since": since}])
    assert counts(result) == {"read": 1, "changed" if taken else "kept": 1}
    assert bureau.row()["address1"] == (A if taken else B)["address1"]


def test_where_our_move_has_no_date_it_is_not_taken_back(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "")
    result = bureau.take([AT_A | {"address_since": "2026-06"}])
    assert result["warnings"] == ["line 2: record_id 1: kept, the address is from before the move"]


def test_an_old_address_is_known_again_by_text_as_it_is_compared(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    assert bureau.take([AT_A | {"address1": "12 Elm St."}])["kept"] == 1


def test_of_a_kept_row_the_other_columns_are_taken(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    extract = AT_A | {"last_name": "JONES", "tier": "gold", "status": "removed", "needs_cass": "false", "zip4": "9999"}
    assert counts(bureau.take([extract])) == {"read": 1, "kept": 1}
    row = bureau.row()
    assert (row["last_name"], row["tier"], row["status"], row["status_reason"]) == (
        "JONES",
        "gold",
        "removed",
        "imported",
    )
    assert (row["address1"], row["zip4"], row["needs_cass"]) == (B["address1"], "", "true")


def test_a_kept_rows_status_that_only_echoes_one_of_our_reasons_is_not_taken(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.lowered("undeliverable", "vacant")
    old_export = [bureau.row()]
    bureau.moved(B, "2026-05-17")
    assert counts(bureau.take(old_export)) == {"read": 1, "kept": 1}
    assert bureau.row()["status"] == "mailable"


def test_between_the_clients_own_edits_the_clients_word_is_taken(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.take([AT_B])
    assert counts(bureau.take([AT_A])) == {"read": 1, "changed": 1}
    assert bureau.row()["address1"] == A["address1"]


def test_a_move_before_the_clients_own_edit_still_keeps_the_address_before_it_away(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    bureau.take([AT_D])
    assert bureau.take([AT_A])["kept"] == 1
    assert counts(bureau.take([AT_B])) == {"read": 1, "changed": 1}  # from B to D it was the client


def test_an_address_she_came_back_to_is_judged_by_what_happened_since(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    bureau.take([AT_A | {"address_since": "2026-07"}])
    bureau.take([AT_D])
    assert bureau.take([AT_A])["changed"] == 1


def test_a_move_that_was_undone_keeps_nothing_away(bureau: Bureau) -> None:
    bureau.take([AT_A])
    first = bureau.moved(B, "2026-05-17")
    bureau.undo(first)
    bureau.take([AT_D])
    assert counts(bureau.take([AT_A])) == {"read": 1, "changed": 1}


def test_an_address_she_never_had_is_taken_whatever_its_date(bureau: Bureau) -> None:
    bureau.take([AT_A])
    bureau.moved(B, "2026-05-17")
    assert counts(bureau.take([AT_D | {"address_since": "2020-01"}])) == {"read": 1, "changed": 1}


def test_after_a_thousand_kept_rows_the_rest_is_only_counted(bureau: Bureau) -> None:
    rows = [{"record_id": str(number)} | A for number in range(1_002)]
    bureau.take(rows)
    bureau.take([row | B for row in rows])
    with_history = "UPDATE address SET source = 'acs' WHERE zip5 = '74820'"
    from daemon.db import writing

    with writing(bureau.house.engine) as store:
        store.run(with_history)
    result = bureau.take(rows)
    assert result["kept"] == 1_002
    assert (len(result["warnings"]), result["warnings"][-1]) == (1_001, "and 2 more rows kept")


def test_the_piles_close_and_every_change_names_import_and_line(bureau: Bureau) -> None:
    bureau.take([{"record_id": str(number)} | A for number in range(1, 6)])
    bureau.moved(B, "2026-05-17", "3")
    mixed = [
        {"record_id": "1"} | A,
        {"record_id": "2"} | B,
        {"record_id": "3"} | A,
        {"record_id": "4", "status": "oops"} | A,
        {"record_id": "6"} | A,
        {"record_id": "5", "last_name": "NEW"} | A,
    ]
    result = bureau.take(mixed)
    assert counts(result) == {"read": 6, "added": 1, "changed": 2, "unchanged": 1, "kept": 1, "rejected": 1}
    assert changes(bureau) == [("client", 3, True), ("client", 7, False)]
    assert bureau.value("SELECT min(import_id) FROM change WHERE kind = 'client'") == 2
