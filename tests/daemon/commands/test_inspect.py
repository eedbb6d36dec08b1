"""`inspect`: what a file is and says, without a home and without showing people."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.inspect import inspect_file
from tests.builders import V02, patched
from tests.daemon.commands.mailing import NAMES, ROWS, write_answer
from tests.daemon.commands.test_files import locked_zip
from tests.running import Ran, run_here


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A home that is not there, and must not be there afterwards."""
    return tmp_path / "no-home"


def inspect(nowhere: Path, *words: object) -> Ran:
    ran = run_here(("inspect", *words), {"LISTKEEPER_HOME": str(nowhere), "COLUMNS": "160"})
    assert not nowhere.exists()
    return ran


def test_a_notification_file_says_its_header_codes_accounts_and_charges(tmp_path: Path, nowhere: Path) -> None:
    told = inspect(nowhere, write_answer(tmp_path), "--json").ok().json
    assert (told["status"], told["kind"], told["layout"]) == ("readable", "acs", "singlesource_v02")
    assert (told["header"]["customer_id"], told["header"]["total"]) == ("123456", 3)
    assert told["header"]["groups"]["trd"] == {
        "records": 3,
        "fee": "0.42",
        "coa": 1,
        "coa_fee": "0.21",
        "nixie": 2,
        "nixie_fee": "0.21",
    }
    assert (told["read"], told["coa"], told["nixie"], told["rejected"]) == (3, 1, 2, 0)
    assert told["codes"]["nixie"] == [{"code": "V", "meaning": "vacant", "records": 2}]
    assert told["accounts"] == {"BYOBOFN": 3}
    assert told["charges"] == {"counted": "0.42", "header": "0.42"}
    assert len(told["sha256"]) == 64


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_names_and_streets_are_masked_unless_asked_for(tmp_path: Path, nowhere: Path, words: tuple[str, ...]) -> None:
    path = write_answer(tmp_path)
    masked = inspect(nowhere, path, *words).ok()
    assert not any(name in masked.out + masked.err for name in NAMES)
    assert "M*** S***" in masked.out
    shown = inspect(nowhere, path, "--show-names", *words).ok()
    assert "MARY SMITH" in shown.out
    assert "7 NEWHAVEN RD" in shown.out


def test_a_zip_says_what_lies_in_it(tmp_path: Path, nowhere: Path) -> None:
    path = locked_zip(tmp_path, write_answer(tmp_path), b"open sesame")
    (tmp_path / "password").write_bytes(b"open sesame\n")
    told = inspect(nowhere, path, "--password-file", tmp_path / "password", "--json").ok().json
    assert (told["member"], told["companions"], told["read"]) == ("P12345626.021", [], 3)
    ran = inspect(nowhere, path, "--json")
    assert (ran.code, ran.json["status"], ran.json["reason"]) == (65, "set_aside", "password-needed")


def test_the_settings_of_a_home_that_is_there_give_the_password(tmp_path: Path) -> None:
    path = locked_zip(tmp_path, write_answer(tmp_path), b"open sesame")
    home = tmp_path / "home"
    home.mkdir()
    (home / "listkeeper.toml").write_text('[acs]\nzip_password = "secret"\n', encoding="utf-8")
    assert inspect_file(path, home=home)["reason"] == "password-needed"
    (home / "secret").write_bytes(b"open sesame\n")
    assert inspect_file(path, home=home)["read"] == 3


def test_a_list_file_is_known_as_one(tmp_path: Path, nowhere: Path) -> None:
    path = tmp_path / "spring.csv"
    path.write_text(ROWS + ROWS.splitlines()[1] + "\nS5,Too,Short\n", encoding="utf-8")
    told = inspect(nowhere, path, "--json").ok().json
    assert (told["kind"], told["read"], told["rejected"]) == ("list", 5, 2)
    assert told["extra_columns"] == ["shoe size"]
    assert [each["line"] for each in told["problems"]] == [5, 6]
    assert not any(name in inspect(nowhere, path).ok().out for name in NAMES)


def test_a_list_file_that_needs_a_map_says_which_column_it_lacks(tmp_path: Path, nowhere: Path) -> None:
    path = tmp_path / "spring.csv"
    path.write_text("Kunde,address1,zip5\n1,2 A ST,87110\n", encoding="utf-8")
    ran = inspect(nowhere, path, "--json")
    assert (ran.code, ran.json["kind"]) == (65, "list")
    assert "record_id" in ran.json["error"]


def test_a_file_that_apply_would_refuse_still_says_what_it_can(tmp_path: Path, nowhere: Path) -> None:
    path = write_answer(tmp_path)
    wrong = patched(path.read_bytes(), V02, 1, total_acs_record_count="000000004", total_coa_count="000000002")
    path.write_bytes(wrong)
    ran = inspect(nowhere, path, "--json")
    assert (ran.code, ran.json["reason"], ran.json["field"]) == (65, "wrong-count", "total_acs_record_count")
    assert (ran.json["header"]["total"], ran.json["read"]) == (4, 3)
    printed = inspect(nowhere, path)
    assert printed.code == 65
    assert "apply would set it aside" in printed.out


def test_a_record_that_cannot_be_read_is_named_by_line_and_field(tmp_path: Path, nowhere: Path) -> None:
    path = write_answer(tmp_path)
    path.write_bytes(patched(path.read_bytes(), V02, 3, fulfillment_date="20269999"))
    told = inspect(nowhere, path, "--json").ok().json
    assert told["problems"] == [{"line": 3, "field": "fulfillment_date", "reason": "bad_field"}]


def test_what_is_neither_is_set_aside_and_what_is_not_there_is_wrong_usage(tmp_path: Path, nowhere: Path) -> None:
    (tmp_path / "note").write_bytes(b"Dear sir or madam\n")
    (tmp_path / "empty").write_bytes(b"")
    assert inspect(nowhere, tmp_path / "note", "--json").json["kind"] is None
    assert inspect(nowhere, tmp_path / "note").code == 65
    assert inspect(nowhere, tmp_path / "empty").code == 65
    assert inspect(nowhere, tmp_path / "nothing").code == 2
    assert inspect(nowhere, tmp_path).code == 2
