"""The register of PAFs: who has signed what, which is in force, and who is told in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from daemon.care.proofs.pafs import add_paf, expires_on, expiring, list_pafs, live_paf, paf_state, role_of, withdraw_paf
from daemon.db import reading
from daemon.errors import UsageError
from tests.bureau import Bureau
from tests.running import Command

PAF_ID = "X1Y251111001AB0001"
OURS = ("Our Bureau", "list-administrator", "2026-11-03")


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with the lists `spring` and `autumn` of Acme, and `other` of somebody else."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    bureau.create("autumn")
    bureau.create("other", client="Brown")
    yield bureau
    bureau.house.engine.dispose()


def enter(bureau: Bureau, signed_on: str = "2026-11-02", client: str = "Acme", **more: Any) -> dict[str, Any]:
    facts = {"licensee": "Movers Inc", "paf_id": PAF_ID, "signer": "A. Owner", "role": "owner"}
    return add_paf(bureau.house, client, signed_on=signed_on, **(facts | more))


def live(bureau: Bureau, today: str, list_name: str = "spring", client: str = "Acme") -> int | None:
    with reading(bureau.house.engine) as store:
        paf = live_paf(store, client, list_name, today)
    return paf.id if paf else None


def state(bureau: Bureau, today: str, list_name: str = "spring") -> str:
    with reading(bureau.house.engine) as store:
        return paf_state(store, "Acme", list_name, today)


def role(bureau: Bureau, list_name: str | None = None) -> str | None:
    with reading(bureau.house.engine) as store:
        return role_of(store, "Acme", list_name)


@pytest.mark.parametrize(
    ("signed", "last"),
    [("2027-01-01", "2027-12-31"), ("2026-11-20", "2027-11-19"), ("2028-02-29", "2029-02-28"),
     ("2027-03-01", "2028-02-29"), ("2027-02-28", "2028-02-27")],
)  # fmt: skip
def test_a_paf_is_valid_for_a_year(signed: str, last: str) -> None:
    assert expires_on(date.fromisoformat(signed)).isoformat() == last


def test_a_paf_is_in_force_from_the_last_signature_to_its_last_day(bureau: Bureau) -> None:
    paf = enter(bureau, role="list-administrator", chain=[OURS])
    assert (paf["expires_on"], paf["state"], paf["warnings"]) == ("2027-11-01", "live", [])
    assert live(bureau, "2026-11-02") is None, "our own signature came a day later"
    assert live(bureau, "2026-11-03") == live(bureau, "2027-11-01") == paf["paf"]
    assert live(bureau, "2027-11-02") is None
    assert live(bureau, "2026-11-10", "autumn") == paf["paf"], "it is of all lists of the client"
    assert live(bureau, "2026-11-10", "other", "Brown") is None
    assert [state(bureau, day) for day in ("2026-11-02", "2026-11-03", "2027-11-02")] == ["none", "live", "expired"]


def test_the_paf_of_a_list_goes_before_the_one_of_all_and_the_longest_before_both(bureau: Bureau) -> None:
    every, old, own = enter(bureau), enter(bureau, "2026-01-05", list_name="spring"), None
    assert live(bureau, "2026-11-20") == old["paf"]
    own = enter(bureau, "2026-11-01", list_name="spring")
    assert live(bureau, "2026-11-20") == own["paf"]
    assert live(bureau, "2026-11-20", "autumn") == every["paf"]
    withdraw_paf(bureau.house, own["paf"])
    assert live(bureau, "2026-11-20") == old["paf"]
    with pytest.raises(UsageError, match="was withdrawn on 2026-11-20"):
        withdraw_paf(bureau.house, own["paf"])
    assert [paf["state"] for paf in list_pafs(bureau.house, "Acme")["pafs"]] == ["live", "live", "withdrawn"]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"signed_on": "2026-11-21"}, "in the future"),
    ({"signed_on": "11/02/2026"}, "YYYY-MM-DD"),
    ({"role": "friend"}, "is no role"),
    ({"role": "list-administrator"}, "none has signed"),
    ({"role": "broker-agent", "chain": [OURS]}, "none has signed"),
    ({"chain": [("A. Owner ", "broker-agent", "2026-11-03")]}, "may never sign as the owner"),
    ({"chain": [("a. owner", "list-administrator", "2026-11-03")]}, "may never sign as the owner"),
    ({"chain": [("Broker", "broker-agent", "")]}, "YYYY-MM-DD"),
    ({"chain": [("Broker", "broker-agent", "2026-11-21")]}, "in the future"),
    ({"chain": [("Broker", "owner", "2026-11-03")]}, "is one of broker-agent"),
    ({"chain": [("", "broker-agent", "2026-11-03")]}, "has a name"),
    ({"signer": " "}, "who has signed"),
    ({"paf_id": "X1Y2511110"}, "18 characters, and this one 10"),
    ({"paf_id": "X1Y2ABCDEF01AB0001"}, "characters 5 to 10 are no NAICS code"),
    ({"paf_id": "X1Y251111AXXAB0001"}, "are no NAICS code"),
    ({"paf_id": "X1Y25111100AAB0001"}, "characters 11 to 12 are no processing frequency"),
    ({"paf_id": "X1.Y51111001AB0001"}, "characters 1 to 4 are no licensee"),
    ({"list_name": "winter"}, "no list 'winter'"),
    ({"list_name": "other"}, "of another client"),
)


def test_a_paf_that_is_not_signed_as_it_must_be_is_refused(bureau: Bureau) -> None:
    for facts, told in WRONG:
        with pytest.raises(UsageError, match=told):
            enter(bureau, **facts)
    assert list_pafs(bureau.house) == {"pafs": []}


def test_a_paf_without_an_id_of_nobody_s_list_or_of_last_year_is_entered_with_a_warning(bureau: Bureau) -> None:
    assert "no PAF id" in enter(bureau, paf_id="")["warnings"][0]
    assert "no list is of this client" in enter(bureau, client="acme")["warnings"][0]
    assert "has expired on 2026-11-01" in enter(bureau, "2025-11-02")["warnings"][0]
    assert enter(bureau, paf_id="x1y2 511110 01 ab0001")["paf_id"] == PAF_ID


def test_the_role_is_the_strictest_of_the_newest_of_each_scope(bureau: Bureau) -> None:
    broker = ("Our Bureau", "broker-agent", "2026-11-03")
    assert role(bureau) is None
    enter(bureau, "2025-03-01", role="broker-agent", chain=[("Our Bureau", "broker-agent", "2025-03-01")])
    assert role(bureau) == "broker-agent", "also once it has expired"
    enter(bureau, role="list-administrator", chain=[OURS])
    assert role(bureau) == "list-administrator"
    own = enter(bureau, list_name="spring", role="broker-agent", chain=[broker])
    assert role(bureau) == role(bureau, "spring") == "broker-agent"
    assert role(bureau, "autumn") == "list-administrator"
    withdraw_paf(bureau.house, own["paf"])
    assert role(bureau) == "list-administrator"


def told(bureau: Bureau, day: str) -> list[tuple[int, int, str]]:
    bureau.on_day(day)
    return [(alert["paf"], alert["days"], alert["level"]) for alert in expiring(bureau.house)]


def test_each_threshold_is_told_once_however_often_it_is_looked(bureau: Bureau) -> None:
    paf = enter(bureau)["paf"]  # to 2027-11-01
    assert told(bureau, "2027-09-01") == []
    assert told(bureau, "2027-09-02") == [(paf, 60, "alert")]
    assert told(bureau, "2027-09-02") == told(bureau, "2027-09-03") == told(bureau, "2027-10-01") == []
    assert told(bureau, "2027-10-02") == [(paf, 30, "alert")]
    assert told(bureau, "2027-10-27") == [(paf, 5, "alert")], "the look on the day itself was missed"
    assert told(bureau, "2027-11-01") == []
    assert told(bureau, "2027-11-02") == [(paf, -1, "alarm")]
    assert told(bureau, "2027-11-03") == []


def test_a_threshold_that_nobody_was_there_for_is_told_as_the_latest_alone(bureau: Bureau) -> None:
    paf = enter(bureau)["paf"]
    assert told(bureau, "2027-12-01") == [(paf, -30, "alarm")]
    assert told(bureau, "2027-12-02") == []


def test_a_paf_that_another_follows_or_that_is_withdrawn_is_not_told_of(bureau: Bureau) -> None:
    enter(bureau)
    own = enter(bureau, list_name="spring")["paf"]
    bureau.on_day("2027-09-05")
    following = enter(bureau, "2027-09-04")["paf"]
    assert told(bureau, "2027-09-05") == []
    withdraw_paf(bureau.house, following)
    withdraw_paf(bureau.house, own)
    assert [paf for paf, _, _ in told(bureau, "2027-09-06")] == [1]


def test_an_alert_says_of_which_lists_and_what_to_do(bureau: Bureau) -> None:
    enter(bureau, list_name="autumn")
    bureau.on_day("2027-11-01")
    (alert,) = expiring(bureau.house)
    assert alert["kind"] == "paf"
    assert "list autumn of Acme expires on 2027-11-01, today" in alert["message"]
    assert "`listkeeper paf add`" in alert["message"]


def test_the_commands_keep_the_register_and_the_signed_form(house: Command, home: Path, desk: Path) -> None:
    house("list", "create", "spring", "--client", "Acme Seeds", "--account", "BYOBOFN").ok()
    assert "There is no PAF yet" in house("paf", "list").ok().out
    (desk / "paf.pdf").write_bytes(b"%PDF the form, signed")
    facts = ("--licensee", "Movers Inc", "--signer", "A. Owner", "--signed", "2026-01-02", "--paf-id", PAF_ID)
    agents = ("--chain", "Brokers, Inc.,broker-agent,2026-01-03", "--chain", "Our Bureau,list-administrator,2026-01-04")
    added = house("paf", "add", "Acme Seeds", *facts, "--role", "list-administrator", *agents, "--file", "paf.pdf")
    assert added.ok().out.startswith("PAF 1 for all lists of Acme Seeds is entered; it is valid to 2027-01-01.")
    (paf,) = house("paf", "list", "--json").ok().json["pafs"]
    assert [agent["name"] for agent in paf["chain"]] == ["Brokers, Inc.", "Our Bureau"]
    assert (paf["file"], paf["licensee"], paf["signer"]) == ("paf.pdf", "Movers Inc", "A. Owner")
    (kept,) = (home / "archive").rglob(f"{paf['sha256']}__paf.pdf")
    assert kept.read_bytes() == b"%PDF the form, signed"
    assert max(map(len, house("paf", "list", "Acme Seeds").ok().out.splitlines())) <= 80
    assert house("paf", "list", "Nobody", "--json").ok().json == {"pafs": []}
    assert house("paf", "withdraw", "1").ok().out == "PAF 1 for all lists of Acme Seeds is withdrawn.\n"
    assert house("paf", "list", "--json").ok().json["pafs"][0]["state"] == "withdrawn"
    assert house("paf", "withdraw", "2", "--json").json["exit_code"] == 2
    assert house("paf", "add", "Acme Seeds", *facts, "--role", "owner", "--chain", "Brokers").code == 2
