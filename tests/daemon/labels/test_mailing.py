"""The label file (interface, section 6)."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from daemon.db import writing
from daemon.errors import SetAsideError, UsageError
from daemon.labels.mailing import write_labels
from daemon.labels.render import COLUMNS, LostKeyError, mailer_labels, participant_labels
from keyline.imb import decode
from keyline.keylines import make, printed, read
from tests.bureau import MARY, A, B, Bureau

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


def labels(bureau: Bureau, oel: str | None = None, name: str = "spring") -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Write the label file; return the result and its rows."""
    path = bureau.folder / "labels.csv"
    endorsements = None if oel is None else bureau.file(oel, "oel.csv")
    result = write_labels(bureau.house, name, path, oel=endorsements)
    with path.open(newline="", encoding="utf-8") as file:
        return result, list(csv.DictReader(file))


def lines(row: dict[str, str]) -> list[str]:
    """The lines of a label, without the empty columns after them."""
    texts = [row[f"line{number}"] for number in range(1, 9)]
    filled = [text for text in texts if text]
    assert texts[: len(filled)] == filled
    return filled


def test_a_participant_codes_label_has_its_lines_in_order(bureau: Bureau) -> None:
    bureau.take([FULL | {"keyline": make("000000679")}])
    result, rows = labels(bureau)
    assert list(rows[0]) == list(COLUMNS)
    assert lines(rows[0]) == [
        "#BYOBOFN",
        "#0000 0067 91#",
        "MS MARY Q SMITH JR",
        "ACME TOOL WORKS",
        "URB LAS GLADIOLAS",
        "DOCK 2",
        "123 N MAIN ST APT 4",
        "ALBUQUERQUE NM 87110-1234",
    ]
    assert (rows[0]["imb"], rows[0]["imb_digits"]) == ("", "")
    assert result["labels"] == 1


def test_empty_lines_are_left_out(bureau: Bureau) -> None:
    bureau.take([{"record_id": "1"} | A])
    _, rows = labels(bureau)
    assert lines(rows[0]) == ["#BYOBOFN", "#0000 0000 18#", "12 ELM ST", "TULSA OK 74101"]


@pytest.mark.parametrize(
    ("city", "state", "zip5", "line"),
    [("TULSA", "OK", "", "TULSA OK"), ("", "", "74101", "74101"), ("TULSA", "", "74101", "TULSA 74101")],
)
def test_the_last_line_leaves_out_what_is_empty(bureau: Bureau, city: str, state: str, zip5: str, line: str) -> None:
    bureau.take([{"record_id": "1", "address1": "12 ELM ST", "city": city, "state": state, "zip5": zip5}])
    assert lines(labels(bureau)[1][0])[-1] == line


def test_only_the_mailable_are_mailed_by_record_id(bureau: Bureau) -> None:
    statuses = {"10": "", "9": "mailable", "2": "held", "3": "undeliverable", "4": "deceased", "5": "removed"}
    bureau.take([{"record_id": record_id, "status": status} | A for record_id, status in statuses.items()])
    result, rows = labels(bureau)
    assert [row["record_id"] for row in rows] == ["10", "9"]
    assert result["labels"] == 2


def test_whom_the_endorsement_file_names_comes_first_in_its_order(bureau: Bureau) -> None:
    bureau.take([{"record_id": str(number)} | A for number in range(1, 6)])
    _, rows = labels(bureau, f"OEL,Record_ID,tray\n{OEL},4,1\n,2,1\n")
    assert [row["record_id"] for row in rows] == ["4", "2", "1", "3", "5"]
    assert [row["line1"] for row in rows[:3]] == ["#BYOBOFN ******* 5-DIG 87110", "#BYOBOFN", "#BYOBOFN"]


def test_joining_keeps_the_width_of_the_endorsement_line(bureau: Bureau) -> None:
    bureau.take([MARY | A])
    _, rows = labels(bureau, f"record_id,oel\n1,{OEL}\n")
    assert len(rows[0]["line1"]) == len(OEL)


def test_fewer_than_two_asterisks_left_is_an_error_for_that_record_and_never_a_cut(bureau: Bureau) -> None:
    bureau.take([{"record_id": str(number)} | A for number in range(1, 4)])
    result, rows = labels(bureau, f"record_id,oel\n3,***** 5-DIG 87110\n2,{OEL}\n")
    assert [row["record_id"] for row in rows] == ["2", "1"]
    assert (result["labels"], result["rejected"]) == (2, 1)
    assert result["skipped"][0]["line"] == 2
    assert result["skipped"][0]["record_id"] == "3"
    assert result["rejects_file"] == str(bureau.folder / "labels.rejects.csv")
    with Path(result["rejects_file"]).open(newline="") as file:
        head, row = csv.reader(file)
    assert head == ["line", "record_id", "reason"]
    assert row[:2] == ["2", "3"]
    assert "asterisks" in row[2]


def test_a_later_run_without_errors_takes_the_old_rejects_away(bureau: Bureau) -> None:
    bureau.take([MARY | A])
    first, _ = labels(bureau, "record_id,oel\n1,* 5-DIG\n")
    assert Path(first["rejects_file"]).exists()
    assert labels(bureau)[0]["rejects_file"] is None
    assert not Path(first["rejects_file"]).exists()


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        ("record_id,oel\n1,x\n7,x\n", "unknown", 3),
        ("record_id,oel\n1,x\n,x\n", "unknown", 3),
        ("record_id,oel\n2,x\n", "not-mailable", 2),
        ("record_id,oel\n1,x\n\n1,y\n", "repeated", 4),
        ("record_id,oel\n1\n", "row", 2),
        ('record_id,oel\n1,"x\n', "row", 2),
        ("record_id,oel\n1,x\x00\n", "row", 2),
        ("record_id,line\n1,x\n", "header", 1),
        ("record_id,oel,OEL\n1,x,y\n", "header", 1),
        ("", "header", 1),
    ],
)
def test_an_endorsement_file_that_does_not_fit_the_list_is_set_aside_and_nothing_is_written(
    bureau: Bureau, content: str, reason: str, line: int
) -> None:
    bureau.take([MARY | A, {"record_id": "2", "status": "held"} | A])
    with pytest.raises(SetAsideError) as error:
        labels(bureau, content)
    assert (error.value.reason, error.value.line) == (reason, line)
    assert error.value.exit_code == 65
    assert not (bureau.folder / "labels.csv").exists()
    assert bureau.value("SELECT count(*) FROM label_run") == 0


def test_every_keyline_is_read_back_and_leads_to_its_own_addressee(bureau: Bureau) -> None:
    bureau.take([{"record_id": str(number)} | A for number in range(200)])
    _, rows = labels(bureau)
    owners = dict(bureau.all("SELECT keyline, record_id FROM addressee"))
    assert {owners[read(row["line2"])]: row["keyline"] for row in rows} == {
        record_id: key for key, record_id in owners.items()
    }


@pytest.mark.parametrize("length", range(4, 17))
def test_keylines_of_every_length_are_printed_as_the_rule_says(empty_bureau: Bureau, length: int) -> None:
    empty_bureau.create(keyline_length=length)
    empty_bureau.take([MARY | A])
    row = labels(empty_bureau)[1][0]
    assert row["line2"] == printed(row["keyline"])


@pytest.mark.parametrize("lost", ["0000000019", "000000018", "", "00000000 18", "#0000000018"])
def test_a_label_whose_key_does_not_lead_back_stops_the_run(bureau: Bureau, lost: str) -> None:
    bureau.take([MARY | A, {"record_id": "2"} | A])
    (bureau.folder / "labels.csv").write_text("the last run's\n")
    with writing(bureau.house.engine) as store:
        store.run("UPDATE addressee SET keyline = :lost WHERE record_id = '2'", lost=lost)
    with pytest.raises(LostKeyError, match="record_id 2") as error:
        labels(bureau)
    assert error.value.exit_code == 65
    assert (bureau.folder / "labels.csv").read_text() == "the last run's\n"
    assert bureau.value("SELECT count(*) FROM label_run") == 0


def test_the_run_is_remembered_with_the_hash_of_the_file(bureau: Bureau) -> None:
    bureau.take([MARY | A])
    result, _ = labels(bureau)
    digest = sha256((bureau.folder / "labels.csv").read_bytes()).hexdigest()
    assert result == {
        "list": "spring",
        "file": str(bureau.folder / "labels.csv"),
        "labels": 1,
        "sha256": digest,
        "skipped": [],
        "rejected": 0,
        "rejects_file": None,
    }
    assert bureau.all("SELECT file, sha256, format, labels FROM label_run") == [("labels.csv", digest, "csv", 1)]


def test_the_same_list_gives_the_same_bytes(bureau: Bureau) -> None:
    bureau.take([FULL | {"company": 'ACME "TOOL", INC'}, {"record_id": "2", "last_name": "ÑUÑEZ"} | B])
    assert labels(bureau)[0]["sha256"] == labels(bureau)[0]["sha256"]
    content = (bureau.folder / "labels.csv").read_bytes()
    assert b'"ACME ""TOOL"", INC"' in content
    assert b"\r" not in content


def test_a_no_break_space_is_printed_as_a_blank(bureau: Bureau) -> None:
    bureau.take([{"record_id": "1", "first_name": "ANA", "last_name": "DE\u00a0LEON"} | A])
    assert lines(labels(bureau)[1][0])[2] == "ANA DE LEON"


def test_an_endorsement_line_with_a_control_character_is_an_error_for_that_record(bureau: Bureau) -> None:
    bureau.take([MARY | A])
    assert labels(bureau, "record_id,oel\n1,**** \x07 5-DIG\n")[0]["rejected"] == 1


def test_no_such_list_or_file_is_wrong_usage(bureau: Bureau) -> None:
    with pytest.raises(UsageError):
        labels(bureau, name="summer")
    with pytest.raises(UsageError):
        write_labels(bureau.house, "spring", bureau.folder / "labels.csv", oel=bureau.folder / "none.csv")


def test_progress_is_told_in_labels(bureau: Bureau) -> None:
    bureau.take([MARY | A])
    told: list[tuple[str, int, int | None]] = []
    write_labels(bureau.house, "spring", bureau.folder / "labels.csv", progress=lambda *so_far: told.append(so_far))
    assert told[-1] == ("writing", 1, 1)


# Mailer ID: no code, no keyline; the barcode has both.


@pytest.mark.parametrize(("mailer_id", "serial"), [("567094", "000000001"), ("912345678", "000001")])
@pytest.mark.parametrize(
    ("zip5", "zip4", "point", "size"),
    [("", "", "", 20), ("87110", "", "", 25), ("87110", "1234", "", 29), ("87110", "1234", "23", 31),
     ("87110", "", "23", 25)],
)  # fmt: skip
def test_a_mailer_ids_label_has_the_barcode_and_its_digits(
    empty_bureau: Bureau, mailer_id: str, serial: str, zip5: str, zip4: str, point: str, size: int
) -> None:
    empty_bureau.create(account=mailer_id, stid="314")
    empty_bureau.take([FULL | {"zip5": zip5, "zip4": zip4, "delivery_point": point}])
    _, (row,) = labels(empty_bureau)
    found = decode(row["imb"])
    assert (found.barcode_id, found.stid, found.mid, found.serial) == ("00", "314", mailer_id, serial)
    assert len(row["imb"]) == 65
    assert len(row["imb_digits"]) == size
    assert row["imb_digits"] == found.digits
    assert row["keyline"] == serial


def test_a_mailer_ids_label_has_no_code_and_no_keyline_line(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094", stid="314")
    empty_bureau.take([FULL])
    assert lines(labels(empty_bureau)[1][0]) == [
        "MS MARY Q SMITH JR",
        "ACME TOOL WORKS",
        "URB LAS GLADIOLAS",
        "DOCK 2",
        "123 N MAIN ST APT 4",
        "ALBUQUERQUE NM 87110-1234",
    ]


def test_a_mailer_ids_label_has_the_endorsement_line_as_it_is(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094", stid="314")
    empty_bureau.take([FULL, {"record_id": "2"} | A])
    _, rows = labels(empty_bureau, "record_id,oel\n2,* 5-DIG 74101\n")
    assert [row["line1"] for row in rows] == ["* 5-DIG 74101", "MS MARY Q SMITH JR"]


def test_a_mailer_ids_list_needs_an_stid_and_is_told_how(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094")
    empty_bureau.take([FULL])
    with pytest.raises(UsageError, match="--stid"):
        labels(empty_bureau)
    assert not (empty_bureau.folder / "labels.csv").exists()


def record(**values: str) -> tuple[Any, ...]:
    """One record as the database gives it, for the pure part."""
    columns = (
        *("record_id", "keyline", "name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "company"),
        *("urbanization", "address2", "address1", "city", "state", "zip5", "zip4", "delivery_point"),
    )
    return (*[(FULL | values).get(column, "") for column in columns], "", 0)


def test_a_barcode_that_cannot_be_made_is_an_error_for_that_record() -> None:
    skipped: list[tuple[int, str, str]] = []
    records = [record(keyline="000000001", zip5="8711A"), record(keyline="12")]
    made = list(mailer_labels("567094", "314", records, lambda *told: skipped.append(told)))
    assert made == []
    assert [told[1] for told in skipped] == ["1", "1"]


def test_both_ways_of_making_a_block_agree() -> None:
    """The fast way and the library's; a no-break space in the company makes the second take over."""
    plain = record(keyline=make("000000679"), company="ACME TOOL")
    odd = record(keyline=make("000000679"), company="ACME\u00a0TOOL")
    one, other = participant_labels("BYOBOFN", [plain, odd], lambda *_told: None)
    assert one == other
