"""What `list show` tells, and the lock of one addressee."""

from __future__ import annotations

import pytest

from daemon.errors import UsageError
from daemon.labels.mailing import write_labels
from daemon.lists.lock import lock
from daemon.lists.show import all_lists, show_list
from tests.bureau import MARY, A, B, Bureau


def test_show_counts_by_status_and_by_reason(bureau: Bureau) -> None:
    bureau.take([{"record_id": r} | A for r in ("1", "2", "3")] + [{"record_id": "4", "status": "held"} | A])
    bureau.moved(B, "2026-05-17")
    bureau.lowered("undeliverable", "vacant", "2")
    shown = show_list(bureau.house, "spring")
    assert shown["status"] == {"mailable": 2, "held": 1, "undeliverable": 1, "removed": 0, "deceased": 0}
    assert shown["reasons"] == {"imported": 1, "moved": 1, "vacant": 1}
    assert (shown["size"], shown["account"], shown["next_serial"]) == (4, "BYOBOFN", 5)
    assert shown["keyline"]["source"] == "serial"


def test_the_coding_rate_is_of_the_mailable_and_held_with_a_delivery_point(bureau: Bureau) -> None:
    coded = {"zip4": "1234", "delivery_point": "12"}
    bureau.take(
        [{"record_id": "1"} | A | coded, {"record_id": "2", "status": "held"} | A | coded, {"record_id": "3"} | A,
         {"record_id": "4", "status": "removed"} | A]
    )  # fmt: skip
    coding = show_list(bureau.house, "spring")["coding"]
    assert coding == {"of": 3, "coded": 2, "needs_cass": 3, "rate": 66.6, "grade": "danger"}


def test_a_list_without_mail_has_no_rate(bureau: Bureau) -> None:
    coding = show_list(bureau.house, "spring")["coding"]
    assert (coding["rate"], coding["grade"]) == (None, None)


def test_show_has_the_dates_of_the_cycle(bureau: Bureau) -> None:
    assert set(show_list(bureau.house, "spring")["cycle"].values()) == {None}
    bureau.take([MARY | A])
    bureau.on_day("2026-11-21")
    write_labels(bureau.house, "spring", bureau.folder / "labels.csv")
    cycle = show_list(bureau.house, "spring")["cycle"]
    assert cycle["last_import"].startswith("2026-11-20T")
    assert cycle["last_labels"].startswith("2026-11-21T")


def test_all_lists_stand_by_name(bureau: Bureau) -> None:
    bureau.create("autumn", account="567094", stid="314")
    bureau.take([MARY | A])
    assert all_lists(bureau.house) == {
        "lists": [
            {"list": "autumn", "client": "Acme", "account": "567094", "kind": "mailer", "size": 0},
            {"list": "spring", "client": "Acme", "account": "BYOBOFN", "kind": "participant", "size": 1},
        ]
    }


def test_an_addressee_can_be_locked_and_unlocked(bureau: Bureau) -> None:
    bureau.take([MARY | A])
    assert lock(bureau.house, "spring", "1", True) == {"list": "spring", "record_id": "1", "locked": True}
    assert bureau.value("SELECT locked FROM addressee")
    lock(bureau.house, "spring", "1", False)
    assert not bureau.value("SELECT locked FROM addressee")


def test_what_is_not_there_is_wrong_usage(bureau: Bureau) -> None:
    for call in (
        lambda: lock(bureau.house, "spring", "1", True),
        lambda: lock(bureau.house, "summer", "1", True),
        lambda: show_list(bureau.house, "summer"),
    ):
        with pytest.raises(UsageError):
            call()
