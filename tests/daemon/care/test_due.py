"""What is due starts by itself where an adapter is set; else the operator is told, once a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon import config
from daemon.care.due import Started, start_due
from daemon.care.jobs import jobs_in, take_step
from daemon.care.proofs.pafs import add_paf
from daemon.db import reading, writing
from tests.bureau import A, Bureau
from tests.daemon.care.by_hand import applied, stamped

ENGINES = """
[[adapter]]
name = "coder"
kind = "hot-folder"
does = ["cass"]
inbox = "coder/in"
outbox = "coder/out"

[[adapter]]
name = "mover"
kind = "hot-folder"
does = ["ncoa"]
inbox = "mover/in"
outbox = "mover/out"
"""
BOTH = ENGINES + '[care]\ncass = "coder"\nncoa = "mover"\n'


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with one list of two records, and a PAF for its client."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    bureau.take([{"record_id": r} | A for r in ("1", "2")])
    add_paf(bureau.house, "Acme", licensee="Mover Inc", signed_on="2026-11-01", signer="Owner", role="owner")
    yield bureau
    bureau.house.engine.dispose()


def say(bureau: Bureau, settings: str) -> None:
    (bureau.house.home / "listkeeper.toml").write_text(settings, encoding="utf-8")
    bureau.house = replace(bureau.house, settings=config.load(bureau.house.home))


def jobs(started: Started) -> list[tuple[str, str, str]]:
    return [(job["kind"], job["adapter"], job["state"]) for job in started.jobs]


def messages(started: Started) -> list[str]:
    return [alert["message"] for alert in started.alerts]


def care_for(bureau: Bureau, on: str = "2026-11-20") -> None:
    """Let both have been run on a day, after the import."""
    for kind in ("cass", "ncoa"):
        job = applied(bureau.house, kind, on, database_date=f"{on[:7]}-01")
        with writing(bureau.house.engine) as store:
            store.run("UPDATE care_job SET created_at = :at WHERE id = :id", at=f"{on}T10:00:00+00:00", id=job.id)
            store.run("UPDATE addressee SET needs_cass = :no", no=False)


def test_without_an_adapter_the_operator_is_told_of_both_in_one_alert(bureau: Bureau) -> None:
    started = start_due(bureau.house)
    assert started.jobs == []
    [message] = messages(started)
    assert message == (
        "list spring: CASS is due: it has never been coded. No adapter is set for it: `listkeeper care run spring "
        "--cass --out FILE.csv` writes the file. NCOALink waits for it: it has never been held against the moves"
    )


def test_an_alert_is_told_once_a_day(bureau: Bureau) -> None:
    assert len(start_due(bureau.house).alerts) == 1
    assert start_due(bureau.house).alerts == []
    bureau.on_day("2026-11-21")
    assert len(start_due(bureau.house).alerts) == 1
    bureau.create("autumn")
    bureau.take([{"record_id": "9"} | A], into="autumn")
    [message] = messages(start_due(bureau.house))
    assert message.startswith("list autumn:")  # the other was told today


def test_what_is_due_is_sent_to_the_adapter_of_the_settings_and_says_why(bureau: Bureau) -> None:
    say(bureau, BOTH)
    started = start_due(bureau.house)
    assert jobs(started) == [("cass", "coder", "sending")]
    assert (started.jobs[0]["sent"], started.jobs[0]["why"]) == (2, "it has never been coded")
    assert started.alerts == []


def test_a_lists_own_adapter_goes_before_that_of_the_house(bureau: Bureau) -> None:
    other = ENGINES.replace('"coder"', '"own"').replace("coder/", "own/").replace("mover", "own2")
    say(bureau, BOTH + other + '[list.spring.care]\ncass = "own"\n')
    assert jobs(start_due(bureau.house)) == [("cass", "own", "sending")]


def test_ncoalink_waits_until_the_cass_job_is_applied(bureau: Bureau) -> None:
    say(bureau, BOTH)
    start_due(bureau.house)
    for state in ("handing", "waiting", "answered"):
        with reading(bureau.house.engine) as store:
            [job] = jobs_in(store)
        take_step(bureau.house, job, state)
        assert start_due(bureau.house) == ([], [])
    with reading(bureau.house.engine) as store:
        [job] = jobs_in(store)
    take_step(bureau.house, job, "applied", processed_on="2026-11-20", database_date="2026-11-01")
    assert jobs(start_due(bureau.house)) == [("ncoa", "mover", "sending")]
    assert start_due(bureau.house) == ([], [])


def test_cass_waits_while_ncoalink_is_out_so_that_no_answer_meets_a_changed_address(bureau: Bureau) -> None:
    say(bureau, BOTH)
    applied(bureau.house, "ncoa", "2026-11-20", state="waiting", processed_on="")
    assert start_due(bureau.house) == ([], [])


def test_nothing_is_started_where_nothing_is_due(bureau: Bureau) -> None:
    say(bureau, BOTH)
    care_for(bureau)
    assert start_due(bureau.house) == ([], [])


def test_records_held_for_ncoalink_are_sent_a_week_after_the_last_run(bureau: Bureau) -> None:
    say(bureau, BOTH)
    care_for(bureau)
    bureau.lowered("held", "forwarding_order_expired", "1")
    assert start_due(bureau.house).jobs == []
    bureau.on_day("2026-11-27")
    started = start_due(bureau.house)
    assert jobs(started) == [("ncoa", "mover", "sending")]
    assert "held" in started.jobs[0]["why"]


def test_a_stamp_that_will_not_live_at_the_drop_makes_ncoalink_due(bureau: Bureau) -> None:
    say(bureau, BOTH + "[list.spring.care]\nnext_drop = 2027-02-09\n")
    care_for(bureau, "2026-11-06")
    [(number,)] = bureau.all("SELECT id FROM care_job WHERE kind = 'ncoa'")
    with reading(bureau.house.engine) as store:
        [job] = [each for each in jobs_in(store, ("applied",)) if each.id == number]
    for record in ("1", "2"):
        stamped(bureau.house, job, record, "2026-11-06")
    bureau.on_day("2026-11-24")
    with writing(bureau.house.engine) as store:
        store.run("UPDATE import_run SET at = '2026-11-05T00:00:00+00:00'")
    assert "ncoa" not in {job["kind"] for job in start_due(bureau.house).jobs}
    with writing(bureau.house.engine) as store:
        store.run("UPDATE stamp SET void_at = 'now' WHERE addressee_id = 1")
    assert jobs(start_due(bureau.house)) == [("ncoa", "mover", "sending")]


def test_without_a_live_paf_ncoalink_is_not_started_and_the_operator_is_told(bureau: Bureau) -> None:
    say(bureau, BOTH)
    care_for(bureau, "2025-11-20")
    with writing(bureau.house.engine) as store:
        store.run("UPDATE paf SET withdrawn_at = 'now'")
        store.run("UPDATE care_job SET processed_on = '2026-11-20', created_at = '2026-11-20T10:00:00+00:00' "
                  "WHERE kind = 'cass'")  # fmt: skip
    started = start_due(bureau.house)
    assert started.jobs == []
    [message] = messages(started)
    assert "NCOALink is due" in message
    assert "PAF" in message


def test_a_paf_near_its_end_is_told_of(bureau: Bureau) -> None:
    care_for(bureau, "2027-10-26")
    bureau.on_day("2027-10-27")
    [alert] = start_due(bureau.house).alerts
    assert alert["kind"] == "paf"
    assert "2027-10-31" in alert["message"]


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_a_kind_whose_last_job_has_failed_is_not_sent_again_by_itself(bureau: Bureau, state: str) -> None:
    say(bureau, BOTH)
    [told] = start_due(bureau.house).jobs
    with reading(bureau.house.engine) as store:
        [job] = jobs_in(store)
    take_step(bureau.house, job, state, error="the engine has locked itself")
    started = start_due(bureau.house)
    assert started.jobs == []
    assert f"`listkeeper care retry {told['job']}`" in messages(started)[0]
    with reading(bureau.house.engine) as store:
        [job] = jobs_in(store, (state,))
    take_step(bureau.house, job, "cancelled")
    assert jobs(start_due(bureau.house)) == [("cass", "coder", "sending")]


def test_an_adapter_that_is_not_there_is_told_of_and_keeps_no_other_list_back(bureau: Bureau) -> None:
    bureau.create("autumn")
    bureau.take([{"record_id": "9"} | A], into="autumn")
    say(bureau, BOTH + '[list.autumn.care]\ncass = "gone"\n')
    started = start_due(bureau.house)
    assert [job["list"] for job in started.jobs] == ["spring"]
    [message] = messages(started)
    assert message.startswith("list autumn: CASS is due")
    assert "gone" in message


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("[care]\nwatch = false\n", 0),
        ("[care]\nwatch = false\n[list.spring.care]\nwatch = true\n", 1),
        ("[list.spring.care]\nwatch = false\n", 0),
    ],
)
def test_a_list_that_is_cared_for_elsewhere_can_be_left_alone(bureau: Bureau, settings: str, told: int) -> None:
    say(bureau, settings)
    assert len(start_due(bureau.house).alerts) == told
