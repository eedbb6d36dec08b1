"""`demo`: the whole job on invented data, and what it leaves to try commands on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from daemon.demo.data import SIZE, first_file, people
from tests.running import Ran, run_here, run_process


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The demo, run once for all of these tests; on SQLite whatever the environment says."""
    home = tmp_path_factory.mktemp("demo") / "home"
    env = {"LISTKEEPER_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing"}
    return run_here(("demo", "--home", home, "--json"), env)


def results(told: Ran) -> dict[str, Any]:
    return {step["name"]: step["result"] for step in told.ok().json["steps"]}


def test_it_goes_from_the_list_to_the_undo(told: Ran) -> None:
    steps = [step["name"] for step in told.ok().json["steps"]]
    assert steps == [
        *("create", "import", "labels", "plan", "apply", "why", "review", "accept", "correct", "undo", "again")
    ]
    found = results(told)
    assert (found["import"]["added"], found["import"]["rejected"]) == (SIZE, 2)
    assert found["apply"]["status"] == "applied"
    assert found["undo"]["undone"]
    assert [each["record_id"] for each in found["undo"]["conflicts"]] == ["S0018"]
    assert found["again"]["status"] == "applied"


def test_every_code_and_every_kind_of_end_is_in_it(told: Ran) -> None:
    apply = results(told)["apply"]
    piles = ("moved", "suppressed", "held", "kept", "review", "rejected")
    assert all(apply[pile] for pile in piles)
    assert apply["read"] == sum(apply[pile] for pile in piles)
    reasons = set(apply["reasons"])
    assert reasons >= {
        *("moved", "already_there", "foreign_move", "incomplete_new_address", "moved_left_no_address"),
        *("po_box_closed", "deceased", "attempted_not_known", "no_such_number", "no_such_street", "vacant"),
        *("no_mail_receptacle", "first_strike", "refused", "forwarding_order_expired", "insufficient_address"),
        *("illegible", "in_dispute", "temporarily_away", "future_move", "repeat", "superseded", "older_than_ours"),
        *("unknown_account", "no_keyline", "foreign_keyline", "bad_check_digit", "unknown_keyline"),
        *("name_differs", "old_address_differs", "unknown_code", "bad_field"),
    }
    inspected = run_here(("inspect", _zip(told), "--json"), {"LISTKEEPER_HOME": told.json["home"]}).ok().json
    letters = {each["code"] for each in inspected["codes"]["nixie"]}
    assert letters == set("AEILMNPQRSUV") | set("BDXT")
    assert {each["code"] for each in inspected["codes"]["coa"]} == {"", "G", "K", "W"}
    assert [each["kind"] for each in inspected["companions"]] == ["CB", "SD", "SN"]
    assert inspected["warnings"] == []


def test_its_charges_agree_with_its_shipping_data(told: Ran) -> None:
    apply = results(told)["apply"]
    charges = apply["charges"]
    assert charges["counted"] == charges["header"] != "0.00"
    assert len(apply["warnings"]) == 1  # the record that cannot be read


def test_the_files_stay_and_every_command_it_names_works_on_them(told: Ran) -> None:
    home = Path(told.ok().json["home"])
    assert {"demo/spring.csv", "demo/spring.rejects.csv", "demo/spring-labels.csv"} <= set(told.json["files"])
    env = {"LISTKEEPER_HOME": str(home)}
    assert run_here(("plan", _zip(told), "--json"), env).ok().json["status"] == "repeat"
    for words in (
        ("list", "show", "spring"),
        ("batch", "list"),
        ("batch", "show", "3"),
        ("review", "list"),
        ("why", "spring", "S0109"),
        ("run", "--once"),
        ("doctor",),
    ):
        run_here(words, env).ok()


def test_the_same_people_each_time_and_none_of_them_real() -> None:
    assert first_file() == first_file()
    assert len({person.record_id for person in people()}) == SIZE
    assert sum(bool(person.company) for person in people()) == SIZE // 8


def test_it_never_touches_a_home_that_holds_lists(told: Ran) -> None:
    ran = run_here(("demo", "--home", told.json["home"]), {})
    assert ran.code == 2
    assert "new home" in ran.err


def test_it_says_in_ten_lines_what_happened_and_takes_seconds(tmp_path: Path) -> None:
    started = time.monotonic()
    ran = run_process(("demo",), {"TMPDIR": str(tmp_path), "PATH": "/usr/bin"}, tmp_path, None).ok()
    assert time.monotonic() - started < 30
    summary = ran.out.split("-- What happened, and where to look next\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in summary] == [str(number) for number in range(1, 11)]
    (home,) = tmp_path.glob("listkeeper-demo-*")
    assert f"export LISTKEEPER_HOME={home}" in ran.out


def _zip(told: Ran) -> Path:
    (name,) = (name for name in told.ok().json["files"] if name.endswith(".zip"))
    return Path(told.json["home"]) / name
