"""`keyline` and `imb`: no list, no home."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import Ran, run_here

BARS = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"
FIELDS = ("01", "234", "567094", "987654321", "01234567891")


def run(*words: object) -> Ran:
    """Call the command with no home at all."""
    return run_here(words, {"LISTKEEPER_HOME": "/dev/null/nowhere"})


def test_make_adds_the_check_digit_and_shows_the_printed_form() -> None:
    (key,) = run("keyline", "make", "JLSTMS6796", "--json").ok().json["keys"]
    assert (key["keyline"], key["printed"], key["attribute"]) == ("JLSTMS67969", "#JLST MS67 969#", "alphanumeric")
    assert run("keyline", "make", "JLSTMS6796").ok().out == "JLSTMS67969  #JLST MS67 969#  alphanumeric\n"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("jlst0", "character"),
        ("018", "too-short"),
        ("12345678901234567", "too-long"),
        ("QWERTY", "no-check-digit"),
        ("0000", "all-zeros"),
        ("JLSTMS67968", "check-digit"),
        ("#JLSTMS67969", "delimiter"),
    ],
)
def test_check_ends_with_65_and_the_reason(key: str, reason: str) -> None:
    ran = run("keyline", "check", key, "--json")
    assert (ran.code, ran.json["keys"][0]["reason"]) == (65, reason)
    said = run("keyline", "check", key)
    assert (said.code, said.out) == (65, "")
    assert reason in said.err


def test_check_takes_a_key_as_it_comes_back_and_as_it_is_printed() -> None:
    ran = run("keyline", "check", "JLST MS67 969  ", "#JLST MS67 969# 0497ABJ", "--json").ok()
    assert [key["keyline"] for key in ran.json["keys"]] == ["JLSTMS67969", "JLSTMS67969"]


def test_lint_names_the_line_of_each_fault(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text("id,match code\n1,0000000018\n2,0000000026\n3,0000000018\n4,ABC\n", encoding="utf-8")
    ran = run("keyline", "lint", path, "--column", "match code", "--json")
    assert ran.code == 65
    assert [(each["line"], each["reason"]) for each in ran.json["findings"]] == [(4, "duplicate"), (5, "too-short")]
    assert (ran.json["keys"], ran.json["errors"]) == (4, 2)


def test_lint_takes_a_bare_list_of_keys_and_warns_of_numbers_that_give_people_away(tmp_path: Path) -> None:
    from keyline.keylines import make

    path = tmp_path / "keys"
    path.write_text("\n".join(make(f"{number:09}") for number in range(123456789, 823456789, 77777777)) + "\n")
    ran = run("keyline", "lint", path, "--json").ok()
    assert (ran.json["errors"], ran.json["warnings"]) == (0, 1)
    assert ran.json["reasons"] == {"looks-like-ssn": 1}


@pytest.mark.parametrize("content", [b"", b"keyline\n"])
def test_lint_of_nothing_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.csv"
    path.write_bytes(content)
    assert run("keyline", "lint", path).code == 65


def test_lint_without_the_column_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert run("keyline", "lint", path).code == 2
    assert run("keyline", "lint", tmp_path / "nowhere").code == 2


def test_imb_goes_both_ways() -> None:
    made = run("imb", "encode", *FIELDS, "--json").ok().json
    assert made["bars"] == BARS
    assert made["digits"] == "".join(FIELDS)
    assert run("imb", "decode", BARS, "--json").ok().json == made
    assert run("imb", "decode", "".join(FIELDS), "--json").ok().json == made
    assert BARS in run("imb", "encode", *FIELDS).ok().out


def test_imb_names_the_field_that_is_wrong() -> None:
    ran = run("imb", "encode", "01", "23", "567094", "987654321", "--json")
    assert (ran.code, ran.json["reason"]) == (65, "stid")
    assert run("imb", "decode", BARS[:-1] + "D", "--json").json["reason"] == "damaged"
