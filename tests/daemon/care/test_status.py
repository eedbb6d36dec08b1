"""`care status`: the clocks of a list that was cared for by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon import config
from daemon.care.facts import as_day
from daemon.care.proofs.pafs import add_paf
from daemon.care.status import care_status
from daemon.errors import UsageError
from daemon.lists.show import show_list
from tests.bureau import A, B, Bureau
from tests.daemon.care.by_hand import applied, coded, marked, stamped


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with four records, one of them held, and a fifth that is gone."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create(mail_class="marketing")
    bureau.take([{"record_id": r} | A for r in ("1", "2", "3", "4")] + [{"record_id": "5", "status": "removed"} | A])
    bureau.lowered("held", "forwarding_order_expired", "4")
    yield bureau
    bureau.house.engine.dispose()


def say(bureau: Bureau, settings: str) -> None:
    (bureau.house.home / "listkeeper.toml").write_text(settings, encoding="utf-8")
    bureau.house = replace(bureau.house, settings=config.load(bureau.house.home))


def told(bureau: Bureau) -> dict[str, Any]:
    lists = care_status(bureau.house, "spring")["lists"]
    assert len(lists) == 1
    one: dict[str, Any] = lists[0]
    return one


def test_a_list_that_nobody_has_cared_for_says_so(bureau: Bureau) -> None:
    say(bureau, "[list.spring.care]\nnext_drop = 2026-12-01\n")
    shown = told(bureau)
    assert shown["cass"] is None
    assert shown["records"] == 4
    assert shown["coding"]["rate"] == 0.0
    assert shown["coding"]["dpv"] == {"Y": 0, "D": 0, "S": 0, "N": 0, "none": 4}
    assert shown["move_update"] == {
        "needed": True, "last": None, "mailable": 3, "newest": None, "oldest": None, "live": 0, "live_at_drop": 0,
        "missing": 3,
    }  # fmt: skip
    assert shown["held"] == {"forwarding_order_expired": 1, "ncoa_pending": 0}
    assert [(due["kind"], due["due"], due["reason"]) for due in shown["due"]] == [
        ("cass", True, "never"),
        ("ncoa", True, "stamps"),
    ]
    assert shown["paf"] == {"state": "none", "expires_on": None}


def test_the_last_cass_run_is_told_with_its_window_and_every_difference(bureau: Bureau) -> None:
    say(bureau, "[list.spring.care]\ncass_cap_days = 100\nnext_drop = 2027-02-14\n")
    applied(bureau.house, "cass", "2026-09-02", engine="Old", database_date="2026-08-01")
    job = applied(
        bureau.house, "cass", "2026-11-05", engine="Acme Coder 7", database_date="2026-11-01", valid_to="2027-05-04"
    )
    shown = told(bureau)["cass"]
    assert (shown["job"], shown["engine"], shown["database_date"]) == (job.id, "Acme Coder 7", "2026-11-01")
    assert shown["window"] == {"match_to": "2027-01-31", "mail_to": "2027-02-28", "five_digit_to": "2027-04-30"}
    assert shown["limits"] == {"rule": "2027-02-28", "printed": "2027-05-04", "cap": "2027-02-13"}
    assert (shown["valid_to"], shown["ruled_by"]) == ("2027-02-13", "cap")
    assert len(shown["differences"]) == 2
    assert (shown["certified"], shown["note"]) == (True, None)
    [cass] = [due for due in told(bureau)["due"] if due["kind"] == "cass"]
    assert (cass["reason"], cass["when"]) == ("window", "2026-11-12")


def test_a_run_that_was_undone_is_not_the_last(bureau: Bureau) -> None:
    first = applied(bureau.house, "cass", "2026-09-02", database_date="2026-09-01")
    applied(bureau.house, "cass", "2026-11-05", state="undone")
    assert told(bureau)["cass"]["job"] == first.id


def test_where_the_release_is_not_known_the_oldest_is_presumed_and_said(bureau: Bureau) -> None:
    applied(bureau.house, "cass", "2026-11-05")
    shown = told(bureau)["cass"]
    assert (shown["database_date"], shown["release_presumed"], shown["valid_to"]) == (None, True, "2026-12-31")
    assert "presumed" in shown["differences"][0]


def test_a_list_mailed_by_carrier_route_has_a_cap_that_can_be_switched_off(bureau: Bureau) -> None:
    applied(bureau.house, "cass", "2026-11-05", database_date="2026-11-01")
    say(bureau, "[list.spring.care]\ncarrier_route = true\n")
    assert (told(bureau)["cass"]["valid_to"], told(bureau)["cass"]["ruled_by"]) == ("2027-02-03", "carrier_route")
    say(bureau, "[care]\ncarrier_route_cap_days = 0\n[list.spring.care]\ncarrier_route = true\n")
    assert (told(bureau)["cass"]["valid_to"], told(bureau)["cass"]["ruled_by"]) == ("2027-02-28", "rule")


def test_codings_are_counted_as_they_stand(bureau: Bureau) -> None:
    old = applied(bureau.house, "cass", "2026-09-02", database_date="2026-09-01")
    new = applied(bureau.house, "cass", "2026-11-05", database_date="2026-11-01")
    coded(bureau.house, old, "1", "N")
    coded(bureau.house, new, "1", "Y", vacant="Y", no_stat="Y")  # the newest wins
    coded(bureau.house, old, "2", "D", automation=True)
    undone = coded(bureau.house, new, "2", "N")
    marked(bureau.house, "UPDATE coding SET undone_at = 'now' WHERE id = :id", id=undone)
    coded(bureau.house, new, "3", "Y")
    bureau.moved(B, "2026-11-10", "3")  # its coding is of an address that it has left
    coded(bureau.house, new, "4", "S", cmra="Y", automation=True)  # held: counted, and not mailed
    coded(bureau.house, new, "5", "Y")  # removed: not counted
    coding = told(bureau)["coding"]
    assert coding["dpv"] == {"Y": 1, "D": 1, "S": 1, "N": 0, "none": 1}
    assert (coding["vacant"], coding["no_stat"], coding["cmra"], coding["automation"]) == (1, 1, 1, 2)
    assert coding["of"] == 4


def test_the_coding_rate_of_a_run_is_of_what_was_sent(bureau: Bureau) -> None:
    job = applied(bureau.house, "cass", "2026-11-05", sent=4)
    first, *_ = [coded(bureau.house, job, record, dpv) for record, dpv in (("1", "Y"), ("2", "D"), ("3", "N"))]
    marked(
        bureau.house,
        """INSERT INTO batch (id, kind, job_id, status, file, member, sha256, content_sha256, archived, layout,
        customer, shipment, create_date, applied_at, read, moved, suppressed, held, kept, review, rejected, answered,
        result, first_decision, last_decision, first_change, last_change, manifest) VALUES (1, 'cass', :job, 'applied',
        'a', '', '', '', '', '', '', '', '', 'now', 4, 0, 0, 0, 4, 0, 0, 0, '{}', :first, :last, 0, 0, 'x')""",
        job=job.id,
        first=first,
        last=first + 2,
    )
    marked(bureau.house, "UPDATE care_job SET batch_id = 1 WHERE id = :id", id=job.id)
    assert (told(bureau)["cass"]["rate"], told(bureau)["cass"]["grade"]) == (50.0, "telephone instead")


def test_the_coding_rate_of_the_list_is_that_of_list_show(bureau: Bureau) -> None:
    bureau.moved(B | {"zip4": "1234", "delivery_point": "99"}, "2026-11-10", "3")
    coding, shown = told(bureau)["coding"], show_list(bureau.house, "spring")["coding"]
    assert {name: coding[name] for name in shown} == shown
    assert (coding["coded"], coding["rate"]) == (1, 25.0)


def test_stamps_are_counted_as_they_stand(bureau: Bureau) -> None:
    say(bureau, "[list.spring.care]\nnext_drop = 2026-12-01\n")
    old = applied(bureau.house, "ncoa", "2026-08-17")
    new = applied(bureau.house, "ncoa", "2026-11-05")
    stamped(bureau.house, old, "1", "2026-08-17")  # today is its last day
    stamped(bureau.house, old, "2", "2026-08-17")
    stamped(bureau.house, new, "2", "2026-11-05")
    stamped(bureau.house, new, "3", "2026-11-05")
    bureau.moved(B, "2026-11-10", "3")  # a stamp is of one place
    stamped(bureau.house, new, "4", "2026-11-05")  # held
    assert told(bureau)["move_update"]["live"] == 2
    stamps = told(bureau)["move_update"]
    assert (stamps["newest"], stamps["oldest"]) == ("2026-11-05", "2026-08-17")
    assert (stamps["mailable"], stamps["live"], stamps["live_at_drop"], stamps["missing"]) == (3, 2, 1, 1)
    assert stamps["last"]["job"] == new.id
    marked(bureau.house, "UPDATE stamp SET void_at = 'now' WHERE job_id = :id", id=new.id)
    stamps = told(bureau)["move_update"]
    assert (stamps["newest"], stamps["live"], stamps["live_at_drop"], stamps["missing"]) == ("2026-08-17", 2, 0, 1)
    bureau.on_day("2026-11-21")
    assert told(bureau)["move_update"]["live"] == 0


def test_a_standardised_address_keeps_its_stamp(bureau: Bureau) -> None:
    job = applied(bureau.house, "ncoa", "2026-11-05")
    stamped(bureau.house, job, "3", "2026-11-05")
    bureau.moved(B, "2026-11-10", "3")
    place = bureau.value(
        "SELECT min(d.place_id) FROM address d JOIN addressee a ON a.id = d.addressee_id WHERE a.record_id = '3'"
    )
    assert told(bureau)["move_update"]["live"] == 0
    marked(
        bureau.house,
        "UPDATE address SET place_id = :place WHERE id = (SELECT address_id FROM addressee WHERE record_id = '3')",
        place=place,
    )
    assert told(bureau)["move_update"]["live"] == 1


def test_what_an_import_brought_since_the_file_was_written_is_not_coded_by_it(bureau: Bureau) -> None:
    applied(
        bureau.house, "cass", "2026-11-20", database_date="2026-11-01"
    )  # at eight; the import came at half past nine
    cass = next(due for due in told(bureau)["due"] if due["kind"] == "cass")
    assert (cass["reason"], cass["when"], cass["due"]) == ("import", "2026-11-20", True)
    bureau.on_day("2026-11-21")
    applied(bureau.house, "cass", "2026-11-21", database_date="2026-11-01")
    cass = next(due for due in told(bureau)["due"] if due["kind"] == "cass")
    assert (cass["reason"], cass["due"]) == ("recode", False)  # the answer coded nobody: tried again in a week


def test_a_class_outside_move_update_needs_no_stamps(bureau: Bureau) -> None:
    marked(bureau.house, "UPDATE mailing_list SET mail_class = 'periodicals'")
    assert told(bureau)["move_update"]["needed"] is False


def test_what_was_not_cass_certified_is_told_as_that_everywhere(bureau: Bureau) -> None:
    applied(bureau.house, "cass", "2026-11-05", certified=False)
    assert told(bureau)["cass"]["note"] == "not CASS certified"
    cycle = show_list(bureau.house, "spring")["cycle"]
    assert (cycle["last_cass"], cycle["last_ncoalink"], cycle["note"]) == ("2026-11-05", None, "not CASS certified")
    applied(bureau.house, "ncoa", "2026-11-06")
    applied(bureau.house, "cass", "2026-11-07")
    cycle = show_list(bureau.house, "spring")["cycle"]
    assert (cycle["last_cass"], cycle["last_ncoalink"], cycle["note"]) == ("2026-11-07", "2026-11-06", None)


def test_jobs_under_way_and_the_paf_are_shown(bureau: Bureau) -> None:
    job = applied(bureau.house, "ncoa", "2026-11-20", state="waiting", processed_on="")
    applied(bureau.house, "ncoa", "2026-11-19", state="cancelled", processed_on="")
    add_paf(bureau.house, "Acme", licensee="Mover Inc", signed_on="2026-11-01", signer="Owner", role="owner")
    shown = told(bureau)
    assert [each["job"] for each in shown["jobs"]] == [job.id]
    assert shown["paf"] == {"state": "live", "expires_on": "2027-10-31"}


def test_every_list_is_told_by_name_and_a_list_without_records_is_never_due(bureau: Bureau) -> None:
    bureau.create("autumn")
    autumn, spring = care_status(bureau.house)["lists"]
    assert (autumn["list"], spring["list"]) == ("autumn", "spring")
    assert (autumn["due"], autumn["coding"]["rate"]) == ([], None)
    with pytest.raises(UsageError):
        care_status(bureau.house, "summer")


def test_a_day_is_what_a_text_begins_with() -> None:
    assert as_day("2026-11-05T08:00:00+00:00") == as_day("2026-11-05")
    assert [as_day(text) for text in ("", None, "Nov 5")] == [None, None, None]
