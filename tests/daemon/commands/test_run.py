"""`run --once` and `doctor`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.chores import sweep
from daemon.doctor import examine
from schemas.acs import family_named
from schemas.acs_write import coa, notification
from tests.daemon.commands.mailing import KEYS, NEW, make_list, old, write_answer, write_stray_move
from tests.running import Command


def checks(told: dict[str, Any]) -> dict[str, str]:
    return {each["check"]: each["status"] for each in told["checks"]}


NOTHING = {
    "status": "done",
    "exit_code": 0,
    "feeds": [],
    "applied": [],
    "set_aside": [],
    "due": None,
    "care": {"started": [], "answers": [], "alerts": [], "purged": []},
    "alerts": [],
    "errors": [],
    "manifests": 0,
    "swept": 0,
    "righted": 0,
}
FEED = '[[feed]]\nname = "{}"\nkind = "folder"\npath = "{}"\nsettle_seconds = {}\n'


def test_run_once_with_nothing_due_does_nothing(house: Command) -> None:
    assert house("run", "--once", "--json").ok().json == NOTHING
    assert "No move is due today." in house("run", "--once").ok().out


def test_run_once_polls_every_feed_waits_for_what_is_settling_and_applies_it_in_order(
    house: Command, desk: Path, home: Path
) -> None:
    make_list(house, desk)
    (home / "listkeeper.toml").write_text(FEED.format("one", "drop/one", 1) + FEED.format("two", "drop/two", 0))
    for name in ("one", "two"):
        (home / "drop" / name).mkdir(parents=True)
    write_answer(home / "drop" / "one")  # its time is now: it has to settle
    write_stray_move(home / "drop" / "two")
    told = house("run", "--once", "--json").ok().json
    assert [(each["name"], each["taken"], each["waiting"], each["error"]) for each in told["feeds"]] == [
        ("one", 1, [], None),
        ("two", 1, [], None),
    ]
    assert [(each["feed"], each["status"], each["batch"]) for each in told["applied"]] == [
        ("one", "applied", 1),
        ("two", "applied", 2),
    ]
    assert house("run", "--once", "--json").ok().json["applied"] == []


def test_run_once_ends_with_the_code_of_the_worst_thing_that_happened(house: Command, desk: Path, home: Path) -> None:
    make_list(house, desk)
    (home / "drop").mkdir()
    (home / "listkeeper.toml").write_text(FEED.format("good", "drop", 0))
    write_answer(home / "drop")
    (home / "drop" / "bad").write_text("no return file")
    ran = house("run", "--once", "--json")
    assert ran.code == ran.json["exit_code"] == 65
    assert [each["status"] for each in ran.json["applied"]] == ["applied"]
    assert [(each["file"], each["status"]) for each in ran.json["set_aside"]] == [("bad", "set_aside")]
    assert ran.json["set_aside"][0]["what_to_do"]

    (home / "listkeeper.toml").write_text(FEED.format("gone", "/no/such/folder", 0) + FEED.format("good", "drop", 0))
    write_stray_move(home / "drop")
    ran = house("run", "--once", "--json")
    assert ran.code == 78
    assert [error["job"] for error in ran.json["errors"]] == ["poll:gone"]
    assert ran.json["feeds"][0]["error"]
    assert [each["status"] for each in ran.json["applied"]] == ["applied"]
    printed = house("run", "--once")
    assert printed.code == 78
    assert "poll:gone" in printed.err


def test_run_once_leaves_a_file_that_is_not_whole_and_says_so(house: Command, desk: Path, home: Path) -> None:
    make_list(house, desk)
    (home / "drop").mkdir()
    (home / "listkeeper.toml").write_text(FEED.format("acs", "drop", 0))
    whole = write_answer(desk).read_bytes()
    (home / "drop" / "P1").write_bytes(whole[:-800])
    told = house("run", "--once", "--json").ok().json
    assert told["feeds"][0]["waiting"] == ["P1"]
    assert [(each["feed"], each["level"]) for each in told["alerts"]] == [("acs", "alert")]
    (home / "drop" / "P1").write_bytes(whole)
    assert [each["status"] for each in house("run", "--once", "--json").ok().json["applied"]] == ["applied"]


def test_a_file_set_aside_can_be_replayed_once_its_cause_is_gone(house: Command, desk: Path, home: Path) -> None:
    (home / "drop").mkdir()
    (home / "listkeeper.toml").write_text(FEED.format("acs", "drop", 0))
    write_answer(home / "drop")
    assert house("run", "--once", "--json").json["set_aside"][0]["reason"] == "no-account"
    assert house("feeds", "status", "--json").ok().json["feeds"][0]["set_aside"] == 1
    assert house("replay", "P12345626.021").code == 65
    make_list(house, desk)
    assert house("replay", "P12345626.021", "--json").ok().json["status"] == "applied"
    assert house("feeds", "status", "--json").ok().json["feeds"][0]["set_aside"] == 0
    assert house("replay", "P12345626.021").code == 2


def test_host_trust_wants_a_feed_that_has_a_host(house: Command, home: Path) -> None:
    (home / "listkeeper.toml").write_text(FEED.format("acs", "drop", 0))
    assert house("host", "trust", "acs").code == 2
    assert "acs" in house("feeds", "status").ok().out


def test_run_once_applies_the_moves_whose_day_has_come(house: Command, desk: Path, home: Path) -> None:
    make_list(house, desk)
    day = datetime.now(UTC).date() + timedelta(days=9)
    move = coa(
        account="BYOBOFN",
        keyline=KEYS["S1"],
        last_name="SMITH",
        first_name="MARY",
        old=old("12"),
        new=NEW,
        move_date=day.isoformat(),
    )
    path = desk / "future"
    path.write_bytes(notification(family_named("singlesource_v02"), [move]))
    assert house("apply", path, "--json").ok().json["reasons"] == {"future_move": 1}
    assert house("why", "spring", "S1", "--json").ok().json["now"]["waiting"] == [
        {"due": day.isoformat(), "line": 2, "batch": 1}
    ]
    assert house("run", "--once", "--json").ok().json["due"] is None
    # The day comes: a house whose clock shows it.
    from daemon.once import run_once
    from daemon.wiring import House, open_house

    today = open_house()
    later = House(today.home, today.settings, today.engine, lambda: datetime.now(UTC) + timedelta(days=10))
    told = run_once(later)
    assert (told["due"]["kind"], told["due"]["moved"], told["manifests"]) == ("due", 1, 0)
    assert run_once(later)["due"] is None
    today.engine.dispose()
    story = house("why", "spring", "S1", "--json").ok().json
    assert story["now"]["address"].startswith("7 NEWHAVEN RD")
    assert story["now"]["waiting"] == []
    assert [(entry["outcome"], entry["file"], entry["line"], entry["note"]) for entry in story["history"][1:]] == [
        ("kept", "future", 2, None),
        ("moved", "future", 2, "its date had come"),
    ]


def test_sweep_takes_only_what_nobody_can_be_reading(tmp_path: Path) -> None:
    for name, hours in (("open-old", 2), ("open-new", 0), ("other", 2)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "member").write_bytes(b"x")
        then = time.time() - 3600 * hours
        os.utime(folder, (then, then))
    assert sweep(tmp_path, datetime.now(UTC)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["open-new", "other"]


def test_doctor_proves_each_thing_by_doing_it(house: Command, home: Path) -> None:
    ran = house("doctor", "--json")
    found = checks(ran.json)
    home_checks = {"settings", "home", "rename", "spool", "disk", "archive", "backup", "packages"}
    assert set(found) == home_checks | {"database", "durability", "clock"}
    assert {name for name, status in found.items() if status != "ok"} <= {"durability", "disk"}
    assert ran.code == (0 if ran.json["ok"] else 78)


def test_doctor_fails_where_the_server_forgets_what_was_committed(home: Path, desk: Path, database_url: str) -> None:
    told = examine(home)
    durability = next(each for each in told["checks"] if each["check"] == "durability")
    if database_url.startswith("sqlite"):
        assert (durability["status"], durability["remedy"]) == ("ok", "")
    else:  # the tests' own server runs without fsync
        assert durability["status"] == "fail"
        assert "fsync" in durability["remedy"]
        assert told["ok"] is False


def test_doctor_goes_on_after_a_fault_and_ends_with_78(house: Command, home: Path) -> None:
    (home / "listkeeper.toml").write_text("[nonsense]\n", encoding="utf-8")
    home.chmod(0o755)
    ran = house("doctor", "--json")
    assert ran.code == 78
    found = checks(ran.json)
    assert (found["settings"], found["home"], found["rename"]) == ("fail", "warn", "ok")
    printed = house("doctor")
    assert printed.code == 78
    assert "chmod 700" in printed.out


def test_doctor_misses_a_secret_that_the_settings_name(house: Command, home: Path) -> None:
    (home / "listkeeper.toml").write_text('[acs]\nzip_password = "keys/zip"\n', encoding="utf-8")
    ran = house("doctor", "--json")
    assert ran.code == 78
    assert any("acs.zip_password" in each["detail"] for each in ran.json["checks"])


def test_doctor_sees_a_clock_that_stands_before_what_was_done(house: Command, desk: Path, home: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    told = examine(home, lambda: datetime.now(UTC) - timedelta(days=2))
    assert "fail" in [each["status"] for each in told["checks"] if each["check"] == "clock"]
