"""`list` and `labels`: what they print, and what they end with."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.daemon.commands.mailing import ROWS, make_list
from tests.running import Command


def test_create_says_what_the_list_is(house: Command) -> None:
    made = house("list", "create", "spring", "--client", "Acme Seeds", "--account", "BYOBOFN", "--json").ok().json
    assert (made["list"], made["client"], made["account"], made["kind"]) == (
        "spring",
        "Acme Seeds",
        "BYOBOFN",
        "participant",
    )
    assert made["keyline"]["source"] == "serial"
    assert made["keyline"]["length"] == 10


def test_every_option_of_create_reaches_the_list(house: Command) -> None:
    options = "--class marketing --endorsement change --option 2 --keyline-source record-id --keyline-length 12"
    words = ["list", "create", "spring", "--client", "A", "--account", "BYOBOFN", *options.split()]
    house(*words, "--keyline-attribute", "alphanumeric").ok()
    shown = house("list", "show", "spring", "--json").ok().json
    assert (shown["class"], shown["endorsement"], shown["option"]) == ("marketing", "change", 2)
    assert shown["keyline"] == {"source": "record-id", "length": 12, "attribute": "alphanumeric", "match_code": ""}


def test_a_match_code_and_a_mailer_id_are_taken(house: Command) -> None:
    house("list", "create", "a", "--client", "A", "--account", "BYOBOFN", "--match-code", "zip5:5,last_name:4").ok()
    house("list", "create", "b", "--client", "A", "--account", "912345678", "--stid", "314", "--full-service").ok()
    lists = house("list", "show", "--json").ok().json["lists"]
    assert [(each["list"], each["kind"]) for each in lists] == [("a", "participant"), ("b", "mailer")]


@pytest.mark.parametrize(
    "words",
    [
        ("list", "create", "spring", "--client", "A", "--account", "nonsense"),
        ("list", "create", "spring", "--client", "A", "--account", "BYOBOFN", "--class", "airmail"),
        ("list", "create", "spring", "--account", "BYOBOFN"),
        ("list", "import", "nobody", "nothing.csv"),
        ("list", "export", "nobody", "out.csv"),
        ("list", "export", "nobody", "out.csv", "--status", "happy"),
        ("list", "show", "nobody"),
        ("list", "lock", "nobody", "S1"),
        ("labels", "nobody", "out.csv"),
        ("labels", "nobody", "out.csv", "--format", "pdf"),
    ],
)
def test_what_is_not_there_is_wrong_usage(house: Command, words: tuple[str, ...]) -> None:
    ran = house(*words)
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err


def test_the_result_of_import_closes(house: Command, desk: Path) -> None:
    (desk / "spring.csv").write_text(ROWS + "S4,Too,Short\n", encoding="utf-8")
    house("list", "create", "spring", "--client", "A", "--account", "BYOBOFN").ok()
    told = house("list", "import", "spring", "spring.csv", "--json").ok().json
    assert list(told) == [
        *("list", "read", "added", "changed", "unchanged", "kept", "rejected", "rejects_file", "warnings")
    ]
    assert told["read"] == told["added"] + told["changed"] + told["unchanged"] + told["kept"] + told["rejected"] == 4
    assert told["rejected"] == 1
    assert Path(told["rejects_file"]).read_text(encoding="utf-8").startswith("line,reason,record_id")


def test_a_list_file_that_cannot_be_read_is_set_aside(house: Command, desk: Path) -> None:
    (desk / "empty.csv").write_bytes(b"")
    house("list", "create", "spring", "--client", "A", "--account", "BYOBOFN").ok()
    ran = house("list", "import", "spring", "empty.csv", "--json")
    assert ran.code == 65
    assert (ran.json["status"], ran.json["exit_code"], ran.json["reason"]) == ("set_aside", 65, "empty")


def test_export_gives_back_what_came_in_and_a_status_alone(house: Command, desk: Path) -> None:
    make_list(house, desk)
    assert house("list", "export", "spring", "out.csv", "--json").ok().json["rows"] == 3
    with (desk / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["record_id"] for row in rows] == ["S1", "S2", "S3"]
    assert [row["shoe size"] for row in rows] == ["38", "44", ""]
    assert house("list", "export", "spring", "held.csv", "--status", "held", "--json").ok().json["rows"] == 0


def test_show_prints_counts_for_people_and_says_so_where_there_is_no_list(house: Command, desk: Path) -> None:
    assert "There is no list yet" in house("list", "show").ok().out
    make_list(house, desk)
    shown = house("list", "show", "spring").ok().out
    assert "List spring of Acme Seeds: 3 records" in shown
    assert [line.split() for line in shown.splitlines() if line.startswith("mailable")] == [["mailable", "3"]]


def test_lock_and_unlock_say_so(house: Command, desk: Path) -> None:
    make_list(house, desk)
    assert house("list", "lock", "spring", "S1", "--json").ok().json == {
        "list": "spring",
        "record_id": "S1",
        "locked": True,
    }
    assert house("why", "spring", "S1", "--json").ok().json["now"]["locked"] is True
    assert house("list", "unlock", "spring", "S1", "--json").ok().json["locked"] is False


def test_labels_writes_the_file_and_tells_its_hash(house: Command, desk: Path) -> None:
    make_list(house, desk)
    told = house("labels", "spring", "labels.csv", "--format", "csv", "--json").ok().json
    assert told["labels"] == 3
    lines = (desk / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("S1,0000000018,#BYOBOFN,#0000 0000 18#,Mary Smith,12 OLDHAVEN ST,")


def test_labels_joins_the_endorsement_line(house: Command, desk: Path) -> None:
    make_list(house, desk)
    (desk / "oel.csv").write_text("record_id,oel\nS3,**************** 5-DIG 87110\n", encoding="utf-8")
    house("labels", "spring", "labels.csv", "--oel", "oel.csv").ok()
    lines = (desk / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert lines[1].startswith("S3,0000000034,#BYOBOFN ******* 5-DIG 87110,")
