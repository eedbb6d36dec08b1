"""`plan`, `apply`, `undo`, `batch`: one JSON document, the exit codes, nobody's name in a log."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyzipper

from tests.daemon.commands.mailing import NAMES, make_list, write_answer, write_stray_move
from tests.running import Command

PILES = ("moved", "suppressed", "held", "kept", "review", "rejected")


def locked_zip(desk: Path, content: Path, password: bytes) -> Path:
    """Put a file into a zip with a password."""
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password)
        archive.writestr(content.name, content.read_bytes())
    path = desk / "answer.zip"
    path.write_bytes(target.getvalue())
    return path


def test_apply_prints_an_object_for_one_file(house: Command, desk: Path) -> None:
    make_list(house, desk)
    told = house("apply", write_answer(desk), "--json").ok().json
    assert (told["batch"], told["status"], told["kind"], told["layout"]) == (1, "applied", "acs", "singlesource_v02")
    assert told["file"] == "P12345626.021"
    assert told["read"] == sum(told[pile] for pile in PILES) == 3
    assert told["reasons"] == {"moved": 1, "vacant": 1, "no_keyline": 1}
    assert told["lists"] == {"spring": {"moved": 1, "suppressed": 1}}
    assert told["charges"] == {"counted": "0.42", "header": "0.42"}


def test_apply_prints_an_array_for_several_and_ends_with_the_worst(house: Command, desk: Path) -> None:
    make_list(house, desk)
    (desk / "broken").write_bytes(b"nonsense\n")
    ran = house("apply", write_answer(desk), "broken", write_stray_move(desk), "--json")
    assert ran.code == 65
    assert [each["status"] for each in ran.json] == ["applied", "set_aside", "applied"]


def test_a_missing_file_is_wrong_usage_before_any_is_applied(house: Command, desk: Path) -> None:
    make_list(house, desk)
    ran = house("apply", write_answer(desk), "nowhere", "--json")
    assert ran.code == 2
    assert "nowhere" in ran.json["error"]
    assert house("batch", "list", "--json").ok().json == {"batches": []}
    assert house("apply", ".").code == 2


def test_the_same_file_again_is_a_repeat(house: Command, desk: Path) -> None:
    make_list(house, desk)
    path = write_answer(desk)
    house("apply", path).ok()
    told = house("apply", path, "--json").ok().json
    assert (told["status"], told["batch"]) == ("repeat", 1)
    assert "read" not in told


def test_plan_gives_every_record_and_writes_nothing(house: Command, desk: Path) -> None:
    make_list(house, desk)
    path = write_answer(desk)
    told = house("plan", path, "--json").ok().json
    assert (told["status"], told["batch"], told["read"]) == ("planned", None, 3)
    assert told["records"] == [
        {"line": 2, "list": "spring", "record_id": "S1", "outcome": "moved", "reason": "moved"},
        {"line": 3, "list": "spring", "record_id": "S2", "outcome": "suppressed", "reason": "vacant"},
        {"line": 4, "list": "", "record_id": "", "outcome": "review", "reason": "no_keyline"},
    ]
    assert house("batch", "list", "--json").ok().json == {"batches": []}
    assert house("list", "show", "spring", "--json").ok().json["status"]["mailable"] == 3
    lines = house("plan", path).ok().out.splitlines()
    assert lines[1].split() == ["2", "moved", "moved", "spring", "S1"]


def test_plan_of_what_would_be_set_aside_ends_with_65_and_has_no_records(house: Command, desk: Path) -> None:
    (desk / "broken").write_bytes(b"nonsense\n")
    ran = house("plan", "broken", "--json")
    assert ran.code == 65
    assert (ran.json["status"], ran.json["records"]) == ("set_aside", [])
    assert ran.json["error"].startswith("broken: ")


def test_a_large_change_stops_until_it_is_accepted(house: Command, desk: Path, home: Path) -> None:
    rows = "record_id,address1,zip5,last_name\n"
    rows += "".join(f"S{number},{number} OLDHAVEN ST,87110,SMITH\n" for number in range(1, 61))
    (desk / "many.csv").write_text(rows, encoding="utf-8")
    house("list", "create", "many", "--client", "A", "--account", "BYOBOFN").ok()
    house("list", "import", "many", "many.csv").ok()
    (home / "listkeeper.toml").write_text("[list.many]\nlarge_change_percent = 1\n", encoding="utf-8")
    path = write_answer(desk)
    assert any("apply would stop" in warning for warning in house("plan", path, "--json").ok().json["warnings"])
    ran = house("apply", path, "--json")
    assert ran.code == 65
    assert (ran.json["status"], ran.json["batch"]) == ("stopped", None)
    assert house("apply", path, "--accept-large-change", "--json").ok().json["status"] == "applied"


def test_a_zip_opens_with_its_password_file_and_not_without(house: Command, desk: Path) -> None:
    make_list(house, desk)
    path = locked_zip(desk, write_answer(desk), b"open sesame")
    (desk / "right").write_bytes(b"open sesame\n")
    (desk / "wrong").write_bytes(b"barley\n")
    assert house("apply", path, "--json").json["reason"] == "password-needed"
    ran = house("apply", path, "--password-file", "wrong", "--json")
    assert (ran.code, ran.json["reason"]) == (65, "wrong-password")
    assert house("apply", path, "--password-file", "nowhere").code == 2
    assert house("plan", path, "--password-file", "right", "--json").ok().json["read"] == 3
    assert house("apply", path, "--password-file", "right", "--json").ok().json["status"] == "applied"


def test_undo_says_what_it_would_do_before_it_does_it(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    assert house("undo", 1, "--plan", "--json").ok().json == {"batch": 1, "undone": 2, "conflicts": []}
    assert house("batch", "show", 1, "--json").ok().json["status"] == "applied"
    assert house("undo", 1, "--json").ok().json == {"batch": 1, "undone": 2, "conflicts": []}
    assert house("undo", 1, "--json").ok().json["undone"] == 0
    assert house("undo", 9).code == 2


def test_undo_lists_whom_it_leaves(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    row = "record_id,address1,city,state,zip5,address_since\nS1,5 ELSEWHERE ST,TAOS,NM,87571,2026-06-01\n"
    (desk / "later.csv").write_text(row, encoding="utf-8")
    house("list", "import", "spring", "later.csv").ok()
    told = house("undo", 1, "--json").ok().json
    assert told["undone"] == 1
    assert told["conflicts"] == [{"record_id": "S1", "list": "spring", "changed_by": "import later.csv"}]


def test_batch_list_is_oldest_first_and_show_says_where_the_papers_are(house: Command, desk: Path) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk), write_stray_move(desk)).ok()
    batches = house("batch", "list", "--json").ok().json["batches"]
    assert [(each["batch"], each["status"], each["file"], each["read"]) for each in batches] == [
        (1, "applied", "P12345626.021", 3),
        (2, "applied", "P12345626.022", 1),
    ]
    assert all(each["applied_at"] for each in batches)
    shown = house("batch", "show", 1, "--json").ok().json
    assert Path(shown["original"]).read_bytes() == (desk / "P12345626.021").read_bytes()
    assert json.loads(Path(shown["manifest"]).read_text(encoding="utf-8"))["sha256"] == shown["sha256"]
    assert shown["result"]["read"] == 3
    printed = house("batch", "show", 1).ok().out
    assert shown["original"] in printed
    assert shown["manifest"] in printed
    assert house("batch", "show", 9).code == 2


def test_logs_have_ids_and_counts_and_never_people(house: Command, desk: Path) -> None:
    make_list(house, desk)
    ran = house("apply", write_answer(desk), "--verbose", "--json").ok()
    line = json.loads(next(line for line in ran.err.splitlines() if "batch_applied" in line))
    assert (line["event"], line["level"], line["batch"], line["read"], line["moved"]) == (
        "batch_applied",
        "info",
        1,
        3,
        1,
    )
    assert not any(name in ran.err for name in NAMES)
    assert "batch_undone" in house("undo", 1, "-v").ok().err
    assert "batch_applied" not in house("apply", write_answer(desk)).ok().err


def test_the_real_command_prints_exactly_one_document(cli: Command, desk: Path) -> None:
    make_list(cli, desk)
    ran = cli("apply", write_answer(desk), "--json", "--verbose").ok()
    assert ran.json["status"] == "applied"
    assert ran.out.endswith("}\n")
    assert ran.out.startswith("{")


def test_results_for_people_are_plain_where_nobody_looks(house: Command, desk: Path) -> None:
    make_list(house, desk)
    said = house("apply", write_answer(desk)).ok().out
    assert "P12345626.021: applied as batch 1" in said
    assert "\x1b" not in said
    assert "│" not in said
    rows = {line.split()[0]: line.split()[1:] for line in said.splitlines() if line[:4] in ("all ", "spri")}
    assert rows["all"] == ["3", "1", "1", "0", "0", "1", "0"]
    assert "Charges: 0.42 counted, header says 0.42" in said
