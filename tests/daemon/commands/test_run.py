"""`run --once` and `doctor`."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daemon.doctor import examine
from daemon.once import sweep
from schemas.acs import family_named
from schemas.acs_write import coa, notification
from tests.daemon.commands.mailing import KEYS, NEW, make_list, old, write_answer
from tests.running import Command


def checks(told: dict[str, Any]) -> dict[str, str]:
    return {each["check"]: each["status"] for each in told["checks"]}


def test_run_without_once_says_that_only_once_is_there(house: Command) -> None:
    ran = house("run")
    assert ran.code == 2
    assert "--once" in ran.err


def test_run_once_with_nothing_due_does_nothing(house: Command) -> None:
    assert house("run", "--once", "--json").ok().json == {"status": "done", "due": None, "manifests": 0, "swept": 0}
    assert "No move is due today." in house("run", "--once").ok().out


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
    assert set(found) == {"settings", "home", "rename", "disk", "database", "durability", "clock", "packages"}
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
    assert checks(told)["clock"] == "fail"
