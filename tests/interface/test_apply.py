"""Interface, section 4: plan, apply, undo, batches and questions, through the command."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.acs_write import coa, nixie
from tests.builders_zip import PASSWORD, aes, zipcrypto
from tests.flows.story import ACCOUNT, MARY, A
from tests.interface.telling import PILES, Office
from tests.running import Ran

SPRING, SUMMER = "2026-04-10", "2026-07-01"


def apply(office: Office, path: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """Apply one file; the one JSON document it prints."""
    ran = office("apply", path, *words, "--json")
    assert ran.code == code, f"{ran}"
    result: dict[str, Any] = ran.json
    return result


def test_apply_prints_an_object_with_every_key_of_the_interface(office: Office) -> None:
    office.spring()
    records = office.move("1", fees=[("000501", 60)]), office.back("2"), office.back("3", code="Q")
    path = office.returns(*records)
    result = apply(office, path)
    expected = {"batch": 1, "status": "applied", "kind": "acs", "layout": "singlesource_v02", "file": path.name}
    expected |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "read": 3, "moved": 1, "suppressed": 1}
    expected |= {"held": 1, "kept": 0, "review": 0, "rejected": 0, "warnings": []}
    expected |= {"reasons": {"moved": 1, "vacant": 1, "forwarding_order_expired": 1}}
    expected |= {"lists": {"spring": {"moved": 1, "suppressed": 1, "held": 1}}}
    expected |= {"charges": {"counted": "0.06", "header": "0.06"}}
    assert {key: result[key] for key in expected} == expected
    assert result["answered"] == 0


def test_apply_prints_an_object_for_one_file_and_an_array_for_several(office: Office) -> None:
    office.spring()
    one, two = office.returns(office.move("1")), office.returns(office.back("2"))
    ran = office("apply", one, two, "--json").ok()
    assert [each["batch"] for each in ran.json] == [1, 2]
    assert isinstance(office("apply", one, "--json").ok().json, dict)


def test_of_several_files_one_set_aside_does_not_keep_the_others_back(office: Office) -> None:
    office.spring()
    bad = office.desk / "bad"
    bad.write_bytes(b"nothing we know\n")
    ran = office("apply", bad, office.returns(office.move("1")), "--json")
    assert ran.code == 65
    assert [each["status"] for each in ran.json] == ["set_aside", "applied"]


@pytest.mark.parametrize("layout", ["singlesource_v01", "singlesource_v02", "traditional_427"])
def test_layout_is_one_of_four_names(office: Office, layout: str) -> None:
    office.spring()
    assert apply(office, office.returns(office.move("1"), layout=layout))["layout"] == layout


def test_layout_onecode_legacy_559_is_the_fourth(office: Office) -> None:
    office("list", "create", "spring", "--client", "Acme", "--account", "567094").ok()
    record = nixie(account="567094", keyline="000000001", code="V", old_zip=A.zip5)
    assert apply(office, office.returns(record, layout="onecode_legacy_559"))["layout"] == "onecode_legacy_559"


def test_the_kind_is_found_from_the_content_never_from_the_name(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"))
    assert apply(office, path.rename(office.desk / "holiday.jpg"))["status"] == "applied"


@pytest.mark.parametrize("wrapping", [aes, zipcrypto])
def test_file_may_be_the_password_protected_zip_with_its_password_file(office: Office, wrapping: Any) -> None:
    office.spring()
    inside = office.returns(office.move("1"))
    companions = {"P12345620SN.327": b"SHIPPING NOTICE\r\n"}
    zipped = office.desk / "P12345620.zip"
    zipped.write_bytes(wrapping({"P12345620.327": inside.read_bytes()} | companions))
    (office.desk / "password").write_bytes(PASSWORD + b"\n")
    result = apply(office, zipped, "--password-file", "password")
    assert (result["status"], result["moved"], result["file"]) == ("applied", 1, "P12345620.zip")
    assert result["sha256"] == hashlib.sha256(zipped.read_bytes()).hexdigest()


def test_the_password_may_come_from_the_settings(office: Office) -> None:
    office.spring()
    (office.home / "keys").mkdir()
    (office.home / "keys" / "acs-zip").write_bytes(PASSWORD)
    (office.home / "listkeeper.toml").write_text('[acs]\nzip_password = "keys/acs-zip"\n')
    zipped = office.desk / "P12345620.zip"
    zipped.write_bytes(aes({"P12345620.327": office.returns(office.move("1")).read_bytes()}))
    assert apply(office, zipped)["moved"] == 1


def test_repeat_gives_the_number_of_the_batch_that_has_it_and_no_counts_exit_0(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"))
    first = apply(office, path)
    before = office.export()
    again = apply(office, path)
    assert (again["status"], again["batch"]) == ("repeat", first["batch"])
    assert not set(again) & {"read", *PILES, "reasons", "lists"}
    assert office.export() == before
    assert len(office("batch", "list", "--json").json["batches"]) == 1


def test_the_same_file_in_another_zip_is_a_repeat_too(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"))
    apply(office, path)
    zipped = office.desk / "again.zip"
    zipped.write_bytes(aes({"P12345620.327": path.read_bytes()}))
    (office.desk / "password").write_bytes(PASSWORD)
    assert apply(office, zipped, "--password-file", "password")["status"] == "repeat"


def test_always_read_is_the_six_piles_added_up(office: Office) -> None:
    office.spring()
    records = [office.move("1"), office.move("1"), office.back("2"), office.back("3", code="E")]
    records += [office.back("3", code="Z"), nixie(account=ACCOUNT, code="V"), coa(account="BOTHERS", keyline="x")]
    result = apply(office, office.returns(*records))
    assert result["read"] == len(records) == sum(result[pile] for pile in PILES)
    assert sum(result["reasons"].values()) == len(records)


# plan


def test_plan_gives_the_same_object_with_status_planned_and_batch_null(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"), office.back("2"), office.back("2", code="Z"))
    before = office.export()
    planned = office("plan", path, "--json").ok().json
    assert (planned["status"], planned["batch"]) == ("planned", None)
    assert office.export() == before
    assert not list((office.home / "archive").rglob("*__*"))
    applied = apply(office, path)
    same = set(applied) - {"status", "batch"}
    assert {key: planned[key] for key in same} == {key: applied[key] for key in same}


def test_plan_tells_record_by_record(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"), office.back("2"))
    records = office("plan", path, "--json").json["records"]
    told = [(each["line"], each["list"], each["record_id"], each["outcome"], each["reason"]) for each in records]
    assert told == [(2, "spring", "1", "moved", "moved"), (3, "spring", "2", "suppressed", "vacant")]


def test_where_apply_would_stop_plan_says_so_in_the_warnings(office: Office) -> None:
    office.spring(people=50)
    planned = office("plan", office.returns(*(office.back(str(n)) for n in range(1, 12))), "--json").ok().json
    assert any("stop" in text for text in planned["warnings"])


# refused whole


def refused(office: Office, content: bytes) -> Ran:
    """Apply bytes that must be refused: 65, an error that says what and where, nothing applied, the original kept."""
    path = office.desk / "refused"
    path.write_bytes(content)
    before = office.export()
    ran = office("apply", path, "--json")
    assert ran.code == 65, f"{ran}"
    assert ran.json["status"] == "set_aside"
    assert ran.json["batch"] is None
    assert ran.json["error"]
    assert office.export() == before
    assert office("batch", "list", "--json").json == {"batches": []}
    (kept,) = (office.home / "archive").rglob(f"{hashlib.sha256(content).hexdigest()}__*")
    assert kept.read_bytes() == content
    return ran


def lines(office: Office, *records: Any, **header: Any) -> list[bytes]:
    """A good file, line by line."""
    return office.returns(*(records or (office.move("1"), office.back("2"))), **header).read_bytes().splitlines(True)


def test_a_file_is_refused_whole_when_it_has_no_header(office: Office) -> None:
    office.spring()
    ran = refused(office, b"".join(lines(office)[1:]))
    assert ran.json["reason"] == "no-header"


def test_a_file_is_refused_whole_when_it_has_two_headers(office: Office) -> None:
    office.spring()
    good = lines(office)
    ran = refused(office, b"".join([*good, good[0]]))
    assert (ran.json["reason"], ran.json["line"]) == ("two-headers", 4)


def test_a_file_is_refused_whole_when_lengths_are_mixed(office: Office) -> None:
    office.spring()
    good = lines(office)
    ran = refused(office, b"".join([*good[:2], b"2short\r\n", *good[2:]]))
    assert (ran.json["reason"], ran.json["line"]) == ("mixed-lengths", 3)


def test_a_file_is_refused_whole_when_versions_are_mixed(office: Office) -> None:
    office.spring()
    good = lines(office)
    ran = refused(office, b"".join([*good[:2], good[2].replace(b"D02", b"D01", 1)]))
    assert (ran.json["reason"], ran.json["line"]) == ("mixed-versions", 3)


@pytest.mark.parametrize("field", ["total_acs_record_count", "total_coa_count", "total_nixie_count"])
def test_a_file_is_refused_whole_when_header_counts_do_not_match_the_lines(office: Office, field: str) -> None:
    office.spring()
    ran = refused(office, b"".join(lines(office, **{field: "7"})))
    assert ran.json["reason"] == "wrong-count"
    assert ran.json["line"] == 1


def test_a_file_is_refused_whole_when_it_was_cut_off(office: Office) -> None:
    office.spring()
    refused(office, b"".join(lines(office))[:-300])


def test_a_file_is_refused_whole_when_no_account_of_it_is_configured(office: Office) -> None:
    office.spring()
    ran = refused(office, b"".join(lines(office, coa(account="BOTHERS", keyline=office.key(), old=A, **MARY))))
    assert ran.json["reason"] == "no-account"


def test_a_file_is_refused_whole_for_the_same_customer_shipment_and_date_with_other_bytes(office: Office) -> None:
    office.spring()
    apply(office, office.returns(office.move("1"), shipment="77"))
    before = office.export()
    ran = office("apply", office.returns(office.back("2"), shipment="77"), "--json")
    assert (ran.code, ran.json["reason"]) == (65, "same-shipment")
    assert office.export() == before


def test_another_date_or_customer_is_another_shipment(office: Office) -> None:
    office.spring()
    apply(office, office.returns(office.move("1"), shipment="77"))
    assert apply(office, office.returns(office.back("2"), shipment="77", create_date="2026-05-21"))["batch"] == 2
    assert apply(office, office.returns(office.back("3"), shipment="77", customer="654321"))["batch"] == 3


def test_a_header_alone_with_counts_of_zero_is_applied(office: Office) -> None:
    office.spring()
    result = apply(office, office.returns())
    assert (result["status"], result["read"]) == ("applied", 0)


def test_a_single_record_that_cannot_be_read_is_rejected_and_the_rest_of_the_file_goes_on(office: Office) -> None:
    office.spring()
    good = lines(office)
    path = office.desk / "one-bad"
    path.write_bytes(b"".join([good[0], good[1].replace(b"20260410", b"2026ABCD"), good[2]]))
    result = apply(office, path)  # and the exit code is still 0
    assert (result["read"], result["rejected"], result["suppressed"]) == (2, 1, 1)
    assert any(text.startswith("line 2 ") for text in result["warnings"])


# large change


def many(office: Office, count: int) -> Path:
    """A file that changes so many of the list."""
    keys = {each["record_id"]: each["keyline"] for each in office.export()}
    known = {"account": ACCOUNT, "code": "V", "old_zip": A.zip5}
    return office.returns(*(nixie(keyline=keys[str(n)], **known) for n in range(1, count + 1)))


def test_more_than_20_percent_of_a_list_of_50_or_more_is_stopped_65(office: Office) -> None:
    office.spring(people=50)
    before = office.export()
    path = many(office, 11)
    result = apply(office, path, code=65)
    assert (result["status"], result["batch"], result["suppressed"]) == ("stopped", None, 11)
    assert office.export() == before
    assert apply(office, path, "--accept-large-change")["status"] == "applied"


def test_20_percent_is_not_more_than_20_percent(office: Office) -> None:
    office.spring(people=50)
    assert apply(office, many(office, 10))["status"] == "applied"


def test_a_list_of_fewer_than_50_is_not_stopped(office: Office) -> None:
    office.spring(people=49)
    assert apply(office, many(office, 49))["status"] == "applied"


def test_several_notices_about_one_addressee_change_one(office: Office) -> None:
    office.spring(people=50)
    records = [office.back("1", fulfilled=f"2026-05-{day:02d}", code="R") for day in range(1, 20)]
    assert apply(office, office.returns(*records))["status"] == "applied"


def test_the_large_change_is_configurable_per_list(office: Office) -> None:
    office.spring(people=50)
    (office.home / "listkeeper.toml").write_text("[list.spring]\nlarge_change_percent = 4\n")
    assert apply(office, many(office, 3), code=65)["status"] == "stopped"
    assert apply(office, many(office, 2))["status"] == "applied"


# undo


def test_undo_puts_every_addressee_of_the_batch_back_as_it_was_before(office: Office) -> None:
    office.spring()
    before = office.export()
    batch = apply(office, office.returns(office.move("1"), office.back("2")))["batch"]
    assert office.export() != before
    told = office("undo", batch, "--json").ok().json
    assert told == {"batch": batch, "undone": 2, "conflicts": []}
    assert office.export() == before


def test_undo_leaves_and_lists_those_whom_anything_later_changed(office: Office) -> None:
    office.spring()
    first = apply(office, office.returns(office.move("1"), office.back("2")))["batch"]
    second = apply(office, office.returns(office.back("2", code="P")))["batch"]
    told = office("undo", first, "--json").ok().json
    assert told["undone"] == 1
    assert told["conflicts"] == [{"record_id": "2", "list": "spring", "changed_by": second}]


def test_undo_with_plan_says_what_it_would_do_and_does_nothing(office: Office) -> None:
    office.spring()
    batch = apply(office, office.returns(office.move("1")))["batch"]
    before = office.export()
    assert office("undo", batch, "--plan", "--json").ok().json["undone"] == 1
    assert office.export() == before


def test_open_questions_of_the_batch_are_withdrawn(office: Office) -> None:
    office.spring()
    batch = apply(office, office.returns(office.back("1", code="Z")))["batch"]
    assert len(office("review", "list", "--json").json["items"]) == 1
    office("undo", batch).ok()
    assert office("review", "list", "--json").json == {"items": []}


def test_undoing_twice_changes_nothing(office: Office) -> None:
    office.spring()
    batch = apply(office, office.returns(office.move("1")))["batch"]
    office("undo", batch).ok()
    before = office.export()
    assert office("undo", batch, "--json").ok().json == {"batch": batch, "undone": 0, "conflicts": []}
    assert office.export() == before


def test_an_undone_file_may_be_applied_again_as_a_new_batch(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"))
    first = apply(office, path)
    office("undo", first["batch"]).ok()
    second = apply(office, path)
    assert (second["status"], second["batch"], second["moved"]) == ("applied", 2, 1)


def test_undo_of_a_batch_that_is_none_is_wrong_usage(office: Office) -> None:
    office.spring()
    assert office("undo", "7", "--json").code == 2


# batches


def test_batch_list_gives_every_batch_oldest_first(office: Office) -> None:
    office.spring()
    files = [office.returns(office.move("1")), office.returns(office.back("2"))]
    for path in files:
        apply(office, path)
    office("undo", 1).ok()
    batches = office("batch", "list", "--json").ok().json["batches"]
    told = [(each["batch"], each["status"], each["file"], each["read"]) for each in batches]
    assert told == [(1, "undone", files[0].name, 1), (2, "applied", files[1].name, 1)]
    assert all(each["applied_at"] for each in batches)


def test_batch_show_gives_the_tally_the_original_and_the_manifest(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"), office.back("2"))
    result = apply(office, path)
    told = office("batch", "show", result["batch"], "--json").ok().json
    assert told["result"] == result
    assert Path(told["original"]).read_bytes() == path.read_bytes()
    manifest = json.loads(Path(told["manifest"]).read_text())
    assert manifest["result"] == result
    assert "SMITH" not in Path(told["manifest"]).read_text()
