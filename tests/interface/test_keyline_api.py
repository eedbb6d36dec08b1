"""Interface, section 7: the Python API of `keyline`."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import keyline
from keyline.checkdigit import mod10
from keyline.errors import ImbError, KeylineError
from keyline.imb import decode, encode
from keyline.keylines import check, check_all, make, printed, read

BARS = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"


def test_mod10() -> None:
    assert mod10("JLSTMS6796") == "9"


def test_make() -> None:
    assert make("JLSTMS6796") == "JLSTMS67969"


def test_check_takes_it_as_it_comes_back_in_a_record() -> None:
    assert check("JLST MS67 969") == "JLSTMS67969"


def test_printed() -> None:
    assert printed("JLSTMS67969") == "#JLST MS67 969#"


def test_read_takes_it_as_it_stands_on_a_label() -> None:
    assert read("#JLST MS67 969# 0497ABJ") == "JLSTMS67969"


@pytest.mark.parametrize("line", ["JLST MS67 969", "#JLST MS67 969", "JLST MS67 969#", "", "#"])
def test_read_without_both_marks_has_the_reason_delimiter(line: str) -> None:
    with pytest.raises(KeylineError) as caught:
        read(line)
    assert caught.value.reason == "delimiter"


def test_check_all_names_each_fault_of_a_set_with_its_index() -> None:
    assert check_all(["0000019", "A000026"]) == [(1, "mixed-attribute")]


def test_the_faults_of_a_set_are_mixed_length_mixed_attribute_and_duplicate() -> None:
    assert check_all([make("000001"), make("0000002"), make("A00002"), make("000001"), "0000018"]) == [
        (1, "mixed-length"),
        (2, "mixed-attribute"),
        (3, "duplicate"),
        (4, "check-digit"),
    ]


@pytest.mark.parametrize(
    ("keyline_", "reason"),
    [
        ("jlst", "character"),
        ("12-", "character"),
        ("123", "too-short"),
        ("", "too-short"),
        ("1" * 17, "too-long"),
        ("A" * 17, "too-long"),
        ("ABCD", "no-check-digit"),
        ("0000", "all-zeros"),
        ("JLSTMS67960", "check-digit"),
    ],
)
def test_reasons_are_tested_in_this_order(keyline_: str, reason: str) -> None:
    with pytest.raises(KeylineError) as caught:
        check(keyline_)
    assert caught.value.reason == reason


def test_encode() -> None:
    assert encode("01", "234", "567094", "987654321", "01234567891") == BARS


def test_decode() -> None:
    assert tuple(decode(BARS)) == ("01", "234", "567094", "987654321", "01234567891")


@pytest.mark.parametrize("routing", ["", "01234", "012345678", "01234567891"])
@pytest.mark.parametrize(("mid", "serial"), [("567094", "987654321"), ("912345678", "654321")])
def test_both_ways_all_four_routing_lengths(mid: str, serial: str, routing: str) -> None:
    assert tuple(decode(encode("01", "234", mid, serial, routing))) == ("01", "234", mid, serial, routing)


@pytest.mark.parametrize(
    ("field", "value"),
    [("barcode_id", "05"), ("stid", "23"), ("mid", "5670941"), ("serial", "98765432A"), ("routing", "0123")],
)
def test_imb_errors_reason_names_the_field(field: str, value: str) -> None:
    fields = {"barcode_id": "01", "stid": "234", "mid": "567094", "serial": "987654321", "routing": ""}
    with pytest.raises(ImbError) as caught:
        encode(**fields | {field: value})
    assert caught.value.reason == field


def test_everything_raised_by_the_package_is_under_keyline_error() -> None:
    assert issubclass(ImbError, KeylineError)
    with pytest.raises(KeylineError):
        decode("T")


def test_standard_library_only_and_pure() -> None:
    (folder,) = keyline.__path__
    for path in Path(folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                top = name.split(".")[0]
                assert top in sys.stdlib_module_names or top == "keyline", f"{path.name} imports {name}"
                assert top not in ("os", "io", "socket", "random", "time", "pathlib", "subprocess"), path.name
