"""Interface, section 6: the label file, through the command."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from daemon.labels.render import LostKeyError, mailer_labels, participant_labels
from keyline.imb import decode
from keyline.keylines import read
from tests.flows.story import ACCOUNT
from tests.interface.telling import Office

LINES = [f"line{number}" for number in range(1, 9)]
FULL = {
    "record_id": "1",
    "name_prefix": "MS",
    "first_name": "MARY",
    "middle_name": "Q",
    "last_name": "SMITH",
    "name_suffix": "JR",
    "company": "ACME TOOL WORKS",
    "urbanization": "URB LAS GLADIOLAS",
    "address2": "DOCK 2",
    "address1": "123 N MAIN ST APT 4",
    "city": "ALBUQUERQUE",
    "state": "NM",
    "zip5": "87110",
    "zip4": "1234",
    "delivery_point": "23",
}
OEL = "**************** 5-DIG 87110"


def make(office: Office, *rows: dict[str, str], account: str = ACCOUNT) -> Office:
    """A list of these rows."""
    office("list", "create", "spring", "--client", "Acme", "--account", account, "--stid", "300").ok()
    office("list", "import", "spring", office.rows("spring.csv", rows or [FULL])).ok()
    return office


def labels(office: Office, *oel: tuple[str, str], code: int = 0) -> tuple[Any, list[dict[str, str]]]:
    """Write the labels; the result, and the rows."""
    words: list[object] = ["labels", "spring", "labels.csv", "--format", "csv", "--json"]
    if oel:
        words += ["--oel", office.rows("oel.csv", [{"record_id": one, "oel": line} for one, line in oel])]
    ran = office(*words)
    assert ran.code == code, f"{ran}"
    with (office.desk / "labels.csv").open(newline="", encoding="utf-8") as file:
        return ran.json, list(csv.DictReader(file))


def filled(row: dict[str, str]) -> list[str]:
    """The lines that a label has."""
    return [row[name] for name in LINES if row[name]]


def test_the_columns_are_those_of_the_interface(office: Office) -> None:
    _, rows = labels(make(office))
    assert list(rows[0]) == ["record_id", "keyline", *LINES, "imb", "imb_digits"]


def test_a_participant_codes_lines_are_code_keyline_name_company_urbanization_address2_address1_city(
    office: Office,
) -> None:
    (row,) = labels(make(office))[1]
    assert filled(row) == [
        f"#{ACCOUNT}",
        "#0000 0000 18#",
        "MS MARY Q SMITH JR",
        "ACME TOOL WORKS",
        "URB LAS GLADIOLAS",
        "DOCK 2",
        "123 N MAIN ST APT 4",
        "ALBUQUERQUE NM 87110-1234",
    ]
    assert (row["imb"], row["imb_digits"]) == ("", "")
    assert read(row["line2"]) == row["keyline"]


def test_empty_lines_are_left_out(office: Office) -> None:
    (row,) = labels(make(office, {"record_id": "1", "address1": "1 ASH ST", "zip5": "74101"}))[1]
    assert [row[name] for name in LINES] == [f"#{ACCOUNT}", "#0000 0000 18#", "1 ASH ST", "74101", *[""] * 4]


def test_mailable_addressees_only_by_record_id(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.back("2"))).ok()
    assert [row["record_id"] for row in labels(office)[1]] == ["1", "3"]


def test_with_oel_those_it_names_first_in_its_order(office: Office) -> None:
    office.spring(people=5)
    _, rows = labels(office, ("4", OEL), ("2", OEL))
    assert [row["record_id"] for row in rows] == ["4", "2", "1", "3", "5"]
    assert rows[0]["line1"] == "#BYOBOFN ******* 5-DIG 87110"
    assert rows[2]["line1"] == "#BYOBOFN"


def test_joining_keeps_the_width_of_the_endorsement_line(office: Office) -> None:
    (row,) = labels(make(office), ("1", OEL))[1]
    assert row["line1"] == "#BYOBOFN ******* 5-DIG 87110"
    assert len(row["line1"]) == len(OEL)


@pytest.mark.parametrize("fill", [9, 10, 11])
def test_fewer_than_two_asterisks_left_is_an_error_for_that_record_never_a_cut(office: Office, fill: int) -> None:
    office.spring(people=2)
    line = f"{'*' * fill} 5-DIG 87110"
    told, rows = labels(office, ("1", line))
    fits = fill >= 11
    assert [row["record_id"] for row in rows] == (["1", "2"] if fits else ["2"])
    assert [each["record_id"] for each in told["skipped"]] == ([] if fits else ["1"])
    if fits:
        assert rows[0]["line1"] == "#BYOBOFN ** 5-DIG 87110"


@pytest.mark.parametrize(
    ("known", "digits"),
    [
        ({"zip5": "", "zip4": "", "delivery_point": ""}, 20),
        ({"zip4": "", "delivery_point": ""}, 25),
        ({"delivery_point": ""}, 29),
        ({}, 31),
    ],
)
@pytest.mark.parametrize("account", ["567094", "912345678"])
def test_a_mailer_ids_label_has_imb_65_letters_and_imb_digits_of_20_25_29_or_31(
    office: Office, account: str, known: dict[str, str], digits: int
) -> None:
    (row,) = labels(make(office, FULL | known, account=account))[1]
    assert len(row["imb"]) == 65
    assert set(row["imb"]) <= set("ADFT")
    assert len(row["imb_digits"]) == digits
    assert row["imb_digits"].isdigit()
    assert decode(row["imb"]).digits == row["imb_digits"]
    assert decode(row["imb"]).serial == row["keyline"]
    assert "#" not in "".join(filled(row))


def test_a_mailer_ids_label_has_the_endorsement_line_as_it_is_if_any_then_name_as_above(office: Office) -> None:
    (row,) = labels(make(office, account="567094"), ("1", OEL))[1]
    assert filled(row)[:3] == [OEL, "MS MARY Q SMITH JR", "ACME TOOL WORKS"]
    (row,) = labels(office)[1]
    assert filled(row)[0] == "MS MARY Q SMITH JR"


def test_a_label_whose_key_does_not_lead_to_its_own_addressee_stops_the_run() -> None:
    record = ("1", "0000000010", *[""] * 8, "1 ASH ST", "ADA", "OK", "74820", "", "", "", 0)
    with pytest.raises(LostKeyError):
        list(participant_labels(ACCOUNT, [record], lambda *_: None))
    short = ("1", "00000001", *record[2:])  # a serial of 8 digits would be read as another one
    skipped: list[str] = []
    assert list(mailer_labels("567094", "300", [short], lambda _line, record_id, _why: skipped.append(record_id))) == []
    assert skipped == ["1"]


def test_every_label_leads_back_through_a_return_file_to_its_own_addressee(office: Office) -> None:
    from schemas.acs_write import nixie

    office.spring(people=5)
    _, rows = labels(office)
    records = [nixie(account=ACCOUNT, keyline=read(row["line2"]), code="V", old_zip="74101") for row in rows]
    ran = office("apply", office.returns(*records), "--json").ok()
    assert ran.json["suppressed"] == 5
    assert labels(office)[1] == []
