"""What `listkeeper inspect` says of an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.inspect import inspect_file
from tests.answers import MOVED, NCOA_HEAD, Answers
from tests.running import run_here

VENDORS = Path(__file__).parents[2] / "goldens" / "vendors"


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


def test_an_answer_is_told_with_its_preset_and_its_codes_counted_and_names_masked() -> None:
    told = inspect_file(VENDORS / "truencoa" / "answer.csv")
    assert (told["kind"], told["status"], told["preset"], told["container"]) == ("ncoa", "readable", "truencoa", "csv")
    assert (told["read"], told["rejected"]) == (10, 1)
    assert {each["code"]: each["records"] for each in told["codes"]} == {"A": 3, "00": 3, "02": 1, "03": 1, "77": 2}
    assert told["records"][2]["address"] == "7*** M*** R*** A*** 4*** NEWTOWN CO 80202"
    assert "MADEUP" not in str(told)
    assert "MADEUP" in str(inspect_file(VENDORS / "truencoa" / "answer.csv", show_names=True))


def test_an_answer_of_cass_counts_the_confirmations() -> None:
    told = inspect_file(VENDORS / "listkeeper" / "coded.csv")
    assert (told["kind"], told["also"], told["certified"]) == ("cass", "", False)
    assert {each["code"]: each["records"] for each in told["codes"]} == {"Y": 5, "D": 1, "S": 1, "N": 2, "": 1}


@pytest.mark.parametrize(
    ("name", "also"),
    [("accuzip6/answer.dbf", "cass"), ("legacy_fixed_1200/answer.txt", "cass"), ("satori/answer.csv", "")],
)
def test_an_answer_that_can_be_both_says_so(name: str, also: str) -> None:
    told = inspect_file(VENDORS / name)
    assert (told["kind"], told["also"], told["preset"]) == ("ncoa", also, Path(name).parent.name)


def test_an_answer_that_is_cut_off_is_set_aside_with_what_was_counted(answers: Answers) -> None:
    path = answers.csv(NCOA_HEAD, MOVED)
    path.write_bytes(path.read_bytes() + b"2,A")
    told = inspect_file(path)
    assert (told["kind"], told["status"], told["reason"], told["read"]) == ("ncoa", "set_aside", "truncated-answer", 1)
    table = (VENDORS / "accuzip6" / "answer.dbf").read_bytes()
    told = inspect_file(answers.bytes(table[:-50], "answer.dbf"))
    assert (told["kind"], told["status"], told["reason"]) == ("ncoa", "set_aside", "truncated-answer")


def test_an_answer_whose_columns_are_not_enough_is_set_aside() -> None:
    told = inspect_file(VENDORS / "peacock_cass" / "answer.csv")
    assert (told["kind"], told["status"], told["reason"]) == ("cass", "set_aside", "needs-map")


def test_a_list_is_still_a_list(answers: Answers) -> None:
    told = inspect_file(answers.bytes(b"record_id,address1,zip5\n1,12 INVENTED AVE,87110\n"))
    assert told["kind"] == "list"


def test_it_is_printed(tmp_path: Path) -> None:
    ran = run_here(["inspect", VENDORS / "listkeeper" / "answer.csv"], {"LISTKEEPER_HOME": str(tmp_path / "none")}).ok()
    for said in ("an answer of NCOALink", "listkeeper: Our own names", "no: it says so itself", "moved abroad"):
        assert said in ran.out
    assert "MADEUP" not in ran.out
