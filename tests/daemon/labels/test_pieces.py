"""Serials of pieces: unique for 45 days, kept with the piece, and by them a notice finds its addressee."""

from __future__ import annotations

import pytest

from daemon.db import writing
from daemon.drop.pieces import MailerId, SerialsUsedUpError, give_serials
from daemon.returns.why import tell_why
from tests.bureau import A, Bureau
from tests.released import labels, release

MID = "912345678"  # serials of six digits


@pytest.fixture
def members(empty_bureau: Bureau) -> Bureau:
    """Three people under a Mailer ID; their own keys are 000001 to 000003."""
    empty_bureau.create(account=MID, stid="082")
    people = [{"record_id": str(n), "first_name": f"ADA{n}", "last_name": "NORR"} | A for n in (1, 2, 3)]
    empty_bureau.take(people)
    return empty_bureau


def serials(bureau: Bureau, name: str) -> list[str]:
    return [row["keyline"] for row in labels(bureau, name)[1]]


def from_here(bureau: Bureau, number: int) -> None:
    with writing(bureau.house.engine) as store:
        store.run("UPDATE account SET next_serial = :number", number=number)


def test_each_piece_has_the_next_serial_and_the_same_when_written_again(members: Bureau) -> None:
    release(members)
    assert serials(members, "fall") == ["000004", "000005", "000006"]
    assert serials(members, "fall") == ["000004", "000005", "000006"]
    assert members.value("SELECT next_serial FROM account") == 7
    kept = members.all(
        """SELECT p.serial, a.record_id, p.used_on FROM piece p JOIN addressee a ON a.id = p.addressee_id
        ORDER BY p.serial"""
    )
    assert kept == [("000004", "1", "2026-12-01"), ("000005", "2", "2026-12-01"), ("000006", "3", "2026-12-01")]
    release(members, "winter", day="2026-12-20")
    assert serials(members, "winter") == ["000007", "000008", "000009"]
    members.take([{"record_id": "4"} | A])
    assert members.row("4")["keyline"] == "000010"


def test_a_serial_that_is_somebodys_key_is_passed_over(members: Bureau) -> None:
    members.take([{"record_id": "4", "keyline": "000005"} | A])
    from_here(members, 4)
    release(members)
    assert serials(members, "fall") == ["000004", "000006", "000007", "000008"]


def test_behind_the_last_serial_the_first_free_one_follows(members: Bureau) -> None:
    from_here(members, 999_998)
    release(members)
    assert serials(members, "fall") == ["999998", "999999", "000004"]
    assert members.value("SELECT next_serial FROM account") == 5


@pytest.mark.parametrize(
    ("day", "free"), [("2027-01-14", False), ("2027-01-15", True), ("2026-10-18", False), ("2026-10-17", True)]
)
def test_a_serial_is_free_again_45_days_before_and_after(members: Bureau, day: str, free: bool) -> None:
    release(members)
    first = serials(members, "fall")
    from_here(members, 4)
    release(members, "next", day=day)
    assert (serials(members, "next") == first) is free
    assert members.value("SELECT count(*) FROM piece") == 6


def test_a_used_up_space_says_how_many_are_free_and_when_the_next_come_free(members: Bureau) -> None:
    """A space of 99 serials: 97 pieces are in the mail, so one is free besides the key of somebody."""
    busy = [(1, f"{n:02d}", 77, 1, "2026-11-10" if n < 50 else "2026-11-20") for n in range(2, 99)]
    with writing(members.house.engine) as store:
        store.run("UPDATE addressee SET keyline = '01' WHERE record_id = '1'")
        store.load("piece", ("account_id", "serial", "drop_id", "addressee_id", "used_on"), busy)
        account = MailerId(int(store.value("SELECT id FROM account")), MID, 2, 40)
        store.run("UPDATE piece SET account_id = :account", account=account.id)
        store.temporary("label", "position bigint, addressee_id bigint, account_id integer, key text")
        store.load("label", ("position", "addressee_id", "account_id"), [(n, n, account.id) for n in (1, 2)])
        with pytest.raises(SerialsUsedUpError) as error:
            give_serials(store, account, drop_id=1, day="2026-12-01")
        assert (error.value.needed, error.value.free, error.value.next_free) == (2, 1, "2026-12-25")
        assert MID in str(error.value)
        assert error.value.exit_code == 78
        store.run("DELETE FROM label WHERE position = 2")
        assert give_serials(store, account, drop_id=1, day="2026-12-01") == 1
        assert store.all("SELECT key FROM label") == [("99",)]


def test_a_new_addressee_does_not_get_the_serial_of_a_piece_in_the_mail(members: Bureau) -> None:
    release(members)
    serials(members, "fall")
    from_here(members, 4)
    members.take([{"record_id": "4"} | A])
    assert members.row("4")["keyline"] == "000007"


def test_why_tells_the_drop_its_day_offer_file_and_the_piece(members: Bureau) -> None:
    release(members)
    result, _ = labels(members)
    with writing(members.house.engine) as store:
        store.run("UPDATE mail_drop SET state = 'mailed', mailed_on = '2026-12-02'")
    told = tell_why(members.house, "spring", "2")["history"][-1]
    assert (told["what"], told["said"]) == ("labels", "drop fall of 2026-12-01, offer F26, piece 000005")
    assert (told["file"], told["sha256"], told["note"]) == ("fall.csv", result["sha256"], "mailed on 2026-12-02")


def test_why_tells_a_drop_that_went_out_without_a_label_file_of_ours(bureau: Bureau) -> None:
    bureau.take([{"record_id": "1"} | A, {"record_id": "2", "status": "held"} | A])
    release(bureau, state="mailed")
    with writing(bureau.house.engine) as store:
        store.run("UPDATE mail_drop SET mailed_on = '2026-11-30'")
    told = tell_why(bureau.house, "spring", "1")["history"][-1]
    assert (told["at"][:10], told["what"], told["said"]) == (
        "2026-11-30",
        "mailed",
        "drop fall of 2026-12-01, offer F26",
    )
    assert [each["what"] for each in tell_why(bureau.house, "spring", "2")["history"]] == ["imported"]
