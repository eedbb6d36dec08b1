"""Whole files: answered, counted, reported; refused where they are not what was agreed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from daemon.errors import SetAsideError, UsageError
from daemon.simulator import coding, moves
from daemon.simulator.answer import Kind, Request
from daemon.simulator.coding import ENGINE
from daemon.simulator.reports import HEADING
from daemon.simulator.run import answer_file
from schemas.cass import DELIVERABLE, OUTGOING
from schemas.ncoalink import RETURN_CODES
from tests.daemon.simulator.files import ANN, DAY, rows_of, write

REQUEST = Request(as_of=date.fromisoformat(DAY))
KINDS: tuple[Kind, ...] = ("cass", "ncoa")
VARIED = [
    {"record_id": f"V{number}", "last_name": f"CARROW{number}", "company": "Owl Creek" if number % 5 == 0 else ""}
    | {"address1": line.format(number), "zip4": "" if number % 9 == 0 else "4321"}
    for number in range(400)
    for line in [("{} OAK ST", "{} OAK ST APT 3", "PO BOX {}", "RR 2 BOX {}", "OAK ST")[number % 5]]
]


def answered(kind: Kind, source: Path, request: Request = REQUEST) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The rows of the answer, and the paper by its labels."""
    answer, report = source.with_name("answer.csv"), source.with_name("report.txt")
    answer_file(kind, source, answer, report, request)
    paper = report.read_text()
    assert paper.startswith(f"{HEADING}\n")
    parts = (line.split("  ", 1) for line in paper.splitlines() if "  " in line)
    return rows_of(answer), {label: value.strip() for label, value in parts}


@pytest.mark.parametrize("kind", KINDS)
def test_every_row_comes_back_as_it_was_sent_and_says_that_it_is_not_certified(kind: Kind, tmp_path: Path) -> None:
    odd = [{"record_id": "a,b"}, {"record_id": '"q"', "company": "Juniper\nPike"}, {"record_id": "ü", "city": " Taos "}]
    source = write(tmp_path / "sent.csv", odd)
    rows, _ = answered(kind, source)
    sent = rows_of(source)
    assert [{name: row[name] for name in OUTGOING} for row in rows] == sent
    added = coding.COLUMNS if kind == "cass" else moves.COLUMNS
    assert tuple(rows[0]) == (*OUTGOING, *added)
    assert {row["engine"] for row in rows} == {ENGINE}
    assert "not CASS certified" in ENGINE


def test_the_totals_of_a_cass_report_are_those_of_its_rows(tmp_path: Path) -> None:
    rows, paper = answered("cass", write(tmp_path / "lk000009-cass-00000000.csv", VARIED))
    coded = [row for row in rows if row["dpv"] in DELIVERABLE]
    assert 200 < len(coded) < 400
    assert paper["Total Records Submitted for Processing"] == str(len(rows)) == "400"
    valid = "Valid From 11/01/2026   Valid To 02/28/2027"
    assert paper["ZIP+4/DPV Confirmed"] == f"Total Coded {len(coded)}   {valid}"
    assert paper["CRRT Coded"] == paper["eLOT Assigned"] == f"Total Coded {len(coded)}   {valid}"
    assert paper["5-Digit Coded"] == "Total Coded 400   Valid From 11/01/2026   Valid To 04/30/2027"
    by_type = [(row["record_type"], row["dpv"]) for row in coded]
    assert paper["High Rise Default"] == str(by_type.count(("H", "D")))
    assert paper["High Rise Exact"] == str(sum(each in ("H", "F") and dpv != "D" for each, dpv in by_type))
    assert paper["RR Exact"] == str(sum(each == "R" for each, _ in by_type))
    assert int(paper["LACSLink"]) == sum(row["lacs_ind"] == "Y" for row in rows) > 0
    assert int(paper["SuiteLink"]) == sum(row["suitelink_code"] == "A" for row in rows)
    assert int(paper["EWS"]) == sum(row["ews"] == "Y" for row in rows)
    assert paper["Date of Database Product Used - ZIP+4 File"] == "11/01/2026"
    assert paper["Date List Processed - Master File"] == "11/20/2026"
    assert paper["List Name or ID No."] == "lk000009-cass-00000000"
    assert paper["CASS Certified Software Name and Version"] == ENGINE


def test_the_totals_of_an_ncoalink_report_are_those_of_its_rows(tmp_path: Path) -> None:
    rows, paper = answered("ncoa", write(tmp_path / "sent.csv", VARIED), replace(REQUEST, movers=60))
    codes = [row["ncoa_code"] for row in rows]
    moved = {code for code, known in RETURN_CODES.items() if known.treatment in ("move", "suppress")} | {"19"}
    assert paper["Total Records Processed"] == "400"
    assert int(paper["NCOALink Matches"]) == sum(code in moved for code in codes) > 100
    assert int(paper["ANKLink Matches"]) == codes.count("77") > 0
    assert paper["ZIP+4 Coded"] == str(sum(bool(row["zip4"]) for row in rows))
    ages = sum(int(paper[label]) for label in paper if label.endswith(" Months"))
    assert ages == sum(bool(row["new_addr1"]) for row in rows)
    assert paper["Date Processing Completed"] == paper["Date Returned"] == "11/20/2026"


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_file_gives_the_same_bytes_and_another_seed_others(kind: Kind, tmp_path: Path) -> None:
    source = write(tmp_path / "sent.csv", VARIED)
    contents = []
    for number, request in enumerate((REQUEST, REQUEST, replace(REQUEST, seed=7))):
        answer, report = tmp_path / f"{number}.csv", tmp_path / f"{number}.txt"
        answer_file(kind, source, answer, report, request)
        contents.append((answer.read_bytes(), report.read_bytes()))
    assert contents[0] == contents[1]
    assert contents[0][0] != contents[2][0]


def test_coding_what_was_coded_standardises_nothing_more(tmp_path: Path) -> None:
    rows, _ = answered("cass", write(tmp_path / "sent.csv", VARIED))
    second = write(
        tmp_path / "second.csv",
        [
            {"record_id": row["record_id"], "address1": row["std_addr1"], "address2": row["std_addr2"]}
            | {"city": row["std_city"], "state": row["std_state"], "zip5": row["std_zip5"], "zip4": row["std_zip4"]}
            for row in rows
        ],
    )
    again, _ = answered("cass", second)
    names = ("std_addr1", "std_addr2", "std_city", "std_state", "std_zip5")
    changed = [
        (row, later)
        for row, later in zip(rows, again, strict=True)
        if [row[n] for n in names] != [later[n] for n in names]
    ]
    assert changed == []
    assert all("N#" not in row["cass_footnotes"] for row in again)


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"", "empty", None),
        (b"record_id,address1\n1,X\n", "header", 1),
        (",".join([*OUTGOING, "zip5"]).encode() + b"\n", "header", 1),
        (",".join([*OUTGOING, "engine"]).encode() + b"\n", "header", 1),
        (",".join(OUTGOING).encode() + b"\n1,2,3\n", "row", 2),
        (",".join(OUTGOING).encode() + b"\n" + b"," * 13 + b"\n", "row", 2),
        (",".join(OUTGOING).encode() + b"\n1,\xff" + b"," * 12 + b"\n", "encoding", None),
        (",".join(OUTGOING).encode() + b'\n"1' + b"," * 13 + b"\n", "not-csv", 2),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_not_what_was_agreed_on_is_refused_whole(
    kind: Kind, tmp_path: Path, content: bytes, reason: str, line: int | None
) -> None:
    source = tmp_path / "sent.csv"
    source.write_bytes(content)
    with pytest.raises(SetAsideError) as caught:
        answered(kind, source)
    assert caught.value.reason == reason
    assert caught.value.file == "sent.csv"
    assert line is None or caught.value.line == line
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sent.csv"]


def test_the_file_its_answer_and_its_report_are_three(tmp_path: Path) -> None:
    source = write(tmp_path / "sent.csv")
    with pytest.raises(UsageError):
        answer_file("cass", source, source, None, REQUEST)
    with pytest.raises(UsageError):
        answer_file("cass", tmp_path / "missing.csv", tmp_path / "answer.csv", None, REQUEST)


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_does_what_it_says_to_the_answer(kind: Kind, tmp_path: Path) -> None:
    source = write(tmp_path / "sent.csv")
    sent = [row["record_id"] for row in rows_of(source)]

    def ids(fault: str) -> list[str]:
        rows, paper = answered(kind, source, replace(REQUEST, fault=fault))  # type: ignore[arg-type]
        assert "40" in paper.values(), "the report is of what was sent"
        return [row["record_id"] for row in rows]

    assert ids("lose-row") == sent[1:]
    assert ids("add-row") == [sent[0], f"{sent[0]}-NEVER-SENT", *sent[1:]]
    assert ids("twice") == [sent[0], *sent]
    rows, paper = answered(kind, source, replace(REQUEST, fault="wrong-totals"))
    assert len(rows) == 40
    assert "41" in paper.values()


def test_half_an_answer_is_half_of_its_bytes(tmp_path: Path) -> None:
    source, whole, half = write(tmp_path / "sent.csv"), tmp_path / "whole.csv", tmp_path / "half.csv"
    answer_file("cass", source, whole, None, REQUEST)
    answer_file("cass", source, half, None, replace(REQUEST, fault="half"))
    content = whole.read_bytes()
    assert half.read_bytes() == content[: len(content) // 2]


def test_a_lock_is_a_flag_in_a_cass_answer_and_there_is_none_in_ncoalink(tmp_path: Path) -> None:
    source = write(tmp_path / "sent.csv")
    rows, _ = answered("cass", source, replace(REQUEST, fault="lock"))
    assert [row["false_positive"] for row in rows] == ["Y", *[""] * 39]
    with pytest.raises(UsageError):
        answered("ncoa", source, replace(REQUEST, fault="lock"))


def test_nothing_is_told_of_people_in_a_refusal(tmp_path: Path) -> None:
    source = write(tmp_path / "sent.csv")
    source.write_text(source.read_text() + ",,,,,CARROW,,,9 HIDDEN ST,,,,,\n")
    with pytest.raises(SetAsideError) as caught:
        answered("cass", source)
    assert ANN["last_name"] not in str(caught.value)
    assert "HIDDEN" not in str(caught.value)
