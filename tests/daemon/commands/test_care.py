"""`listkeeper care`, and the daemon's one pass that looks after lists by itself."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import pytest

from schemas.cass import OUTGOING
from tests.daemon.commands.mailing import make_list
from tests.running import Command

FOLDER = '[[adapter]]\nname = "coder"\nkind = "hot-folder"\ninbox = "in"\noutbox = "out"\nsettle_seconds = 0\n'
SIMULATED = '[[adapter]]\nname = "sim"\nkind = "simulated"\n[care]\ncass = "sim"\nncoa = "sim"\n'
SECONDS = 30.0  # for the simulator to start, code three records and end


def settings(home: Path, text: str) -> None:
    (home / "listkeeper.toml").write_text(text, encoding="utf-8")


def passes_until(house: Command, state: str, number: int = 1) -> list[dict[str, Any]]:
    """Make passes as the daemon does, until a job is in a state; return what each has told of care."""
    told, until = [], time.monotonic() + SECONDS
    while time.monotonic() < until:
        told.append(house("run", "--once", "--json").ok().json["care"])
        jobs = house("care", "jobs", "--json").ok().json["jobs"]
        if len(jobs) >= number and jobs[number - 1]["state"] == state:
            return told
        time.sleep(0.2)
    raise AssertionError(jobs)


def test_run_writes_the_file_for_the_operator_and_prints_the_job(house: Command, desk: Path) -> None:
    make_list(house, desk)
    told = house("care", "run", "spring", "--cass", "--out", "to-cass.csv", "--json").ok().json
    assert {name: told[name] for name in ("job", "kind", "state", "sent", "file")} == {
        "job": 1, "kind": "cass", "state": "waiting", "sent": 3, "file": "to-cass.csv",
    }  # fmt: skip
    assert (told["list"], told["adapter"], told["warnings"]) == ("spring", "manual", [])
    with (desk / "to-cass.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(OUTGOING)
    assert [row[0] for row in rows[1:]] == ["S1", "S2", "S3"]


def test_run_says_what_comes_next(house: Command, desk: Path) -> None:
    make_list(house, desk)
    ran = house("care", "run", "spring", "--cass", "--out", "to-cass.csv").ok()
    assert "Job 1: 3 records of spring for CASS." in ran.out
    assert "listkeeper apply ANSWER --job 1" in ran.err


@pytest.mark.parametrize("words", [(), ("--cass", "--ncoa")])
def test_run_wants_exactly_one_kind(house: Command, desk: Path, words: tuple[str, ...]) -> None:
    make_list(house, desk)
    ran = house("care", "run", "spring", *words, "--out", "x.csv")
    assert ran.code == 2
    assert "--cass" in ran.err
    assert not (desk / "x.csv").exists()


def test_without_an_adapter_and_without_out_both_ways_are_named(house: Command, desk: Path) -> None:
    make_list(house, desk)
    ran = house("care", "run", "spring", "--cass")
    assert ran.code == 2
    assert "--out" in ran.err
    assert "--adapter" in ran.err
    assert house("care", "jobs", "--json").ok().json == {"jobs": []}


def test_run_by_an_adapter_hands_the_file_over_at_once(house: Command, home: Path, desk: Path) -> None:
    settings(home, FOLDER)
    make_list(house, desk)
    told = house("care", "run", "spring", "--cass", "--adapter", "coder", "--json").ok().json
    assert (told["state"], told["adapter"], told["error"]) == ("waiting", "coder", "")
    assert len(list((home / "in").glob("*.csv"))) == 1


def test_a_job_can_be_cancelled_once_and_is_listed_as_that(house: Command, home: Path, desk: Path) -> None:
    settings(home, FOLDER)
    make_list(house, desk)
    house("care", "run", "spring", "--cass", "--adapter", "coder").ok()
    assert house("care", "cancel", "1", "--json").ok().json["state"] == "cancelled"
    assert list((home / "in").glob("*.csv")) == []
    assert house("care", "cancel", "1").code == 2
    assert house("care", "cancel", "9").code == 2
    assert "cancelled" in house("care", "jobs").ok().out
    assert [job["state"] for job in house("care", "jobs", "spring", "--json").ok().json["jobs"]] == ["cancelled"]


def test_a_job_that_has_failed_can_be_tried_again(house: Command, home: Path, desk: Path) -> None:
    settings(home, FOLDER + 'failed = ["{token}.err"]\n')
    make_list(house, desk)
    house("care", "run", "spring", "--cass", "--adapter", "coder").ok()
    [sent] = (home / "in").glob("*.csv")
    (home / "out").mkdir(exist_ok=True)
    (home / "out" / f"{sent.stem}.err").write_text("no licence\n", encoding="utf-8")
    told = house("run", "--once", "--json").ok().json["care"]
    assert [alert["kind"] for alert in told["alerts"] if "job" in alert] == ["job-failed"]
    printed = house("care", "jobs").ok().out
    assert "failed" in printed
    assert "listkeeper care retry 1" in printed
    again = house("care", "retry", "1", "--json").ok().json
    assert again["state"] == "waiting"
    assert len(list((home / "in").glob("*.csv"))) == 2  # under another name
    assert house("care", "approve", "1").code == 2  # it asks for no price


def test_jobs_and_status_of_a_list_that_is_not_there_are_wrong_usage(house: Command) -> None:
    for words in (("jobs", "summer"), ("status", "summer"), ("run", "summer", "--cass", "--out", "x.csv")):
        assert house("care", *words).code == 2
    assert "no list yet" in house("care", "status").ok().out
    assert "No list has been sent" in house("care", "jobs").ok().out


def test_status_shows_each_list_in_a_line_and_what_is_due_below(house: Command, desk: Path) -> None:
    make_list(house, desk)
    make_list(house, desk, "autumn-catalog", "567094")
    told = house("care", "status", "--json").ok().json
    assert [each["list"] for each in told["lists"]] == ["autumn-catalog", "spring"]
    lines = house("care", "status").ok().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["list", "autumn-catalog", "spring"]
    assert "spring: CASS is due: it has never been coded" in lines
    assert max(map(len, lines[:3])) <= 80


def test_the_daemon_codes_a_list_and_then_holds_it_against_the_moves(house: Command, home: Path, desk: Path) -> None:
    settings(home, SIMULATED)
    make_list(house, desk)
    [first, *_] = told = passes_until(house, "applied", 2)
    assert [(job["kind"], job["list"], job["sent"]) for job in first["started"]] == [("cass", "spring", 3)]
    assert [job["kind"] for each in told for job in each["started"]] == ["cass", "ncoa"]
    assert [(answer["kind"], answer["status"]) for each in told for answer in each["answers"]] == [
        ("cass", "applied"),
        ("ncoa", "applied"),
    ]
    assert [alert for each in told for alert in each["alerts"]] == []
    # Nothing is due any more, and whatever is shown of it says what it is.
    assert house("run", "--once", "--json").ok().json["care"] == {
        "started": [], "answers": [], "alerts": [], "purged": [],
    }  # fmt: skip
    [spring] = house("care", "status", "--json").ok().json["lists"]
    assert (spring["coding"]["needs_cass"], spring["move_update"]["missing"]) == (0, 0)
    assert [due["due"] for due in spring["due"]] == [False, False]
    for words in (("care", "status"), ("care", "status", "spring"), ("care", "jobs"), ("list", "show", "spring")):
        assert "not CASS certified" in house(*words).ok().out
    story = house("why", "spring", "S1", "--json").ok().json
    told_of = [each for each in story["history"] if each["what"] in ("sent", "notice")]
    assert len(told_of) == 4
    assert [each["note"] for each in told_of] == ["not CASS certified"] * 4
    lines = house("care", "jobs").ok().out.splitlines()
    assert max(map(len, lines[:3])) <= 80
    jobs = {each["job"]: each["last"] for each in house("jobs", "--json").ok().json["jobs"]}
    assert jobs["care"]["state"] == "done"
    assert jobs["exchange"]["note"].startswith("1 applied")
