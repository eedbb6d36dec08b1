"""Whose answer a file is, and which answers are refused whole."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from daemon.care.answers.answer import opened_answer
from daemon.errors import UsageError
from schemas.preset import NEEDS, Kind, fold
from schemas.vendors import PRESETS
from tests.answers import CODED, MOVED, NCOA_HEAD, Answers, read, read_whole, refusal

VENDORS = Path(__file__).parents[2] / "goldens" / "vendors"
SENT = {"record_id": "1", "address1": "12 INVENTED AVE", "city": "SAMPLETOWN", "state": "NM", "zip5": "87110"}


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


# Recognised


@pytest.mark.parametrize("spelling", [str.upper, str.title, lambda name: f" {name.replace('_', ' - ')} "])
def test_our_own_names_are_found_however_they_are_spelt(answers: Answers, spelling: Any) -> None:
    head = [spelling(name) for name in NCOA_HEAD]
    path = answers.csv(head, dict(zip(head, MOVED.values(), strict=True)))
    answer, (row,) = read_whole(path, "ncoa")
    assert (answer.preset, row.code, row.address1) == ("listkeeper", "A", "7 MADEUP RD")


def test_columns_that_nobody_knows_are_told_with_the_map_that_they_could_be(answers: Answers) -> None:
    head = ["Customer ID", "Return Code", "New Address 1", "New Zip", "Colour"]
    found = refusal(answers.csv(head, {"Customer ID": "1", "Colour": "teal"}), "ncoa")
    assert found.reason == "unknown-answer"
    for line in ('record_id = "Customer ID"', 'ncoa_code = "Return Code"', 'new_addr1 = "New Address 1"', "MAP.toml"):
        assert line in str(found)
    assert "Colour" not in str(found)
    assert "teal" not in str(found)


def test_a_suggestion_is_made_for_cass_from_the_vendors_names(answers: Answers) -> None:
    found = refusal(answers.csv(["id", "dpv_match_code", "plus4_code"], {"id": "1"}), "cass")
    assert 'dpv = "dpv_match_code"' in str(found)
    assert 'zip4 = "plus4_code"' in str(found)


def test_an_answer_of_the_other_kind_is_unknown(answers: Answers) -> None:
    assert refusal(answers.csv([*CODED], CODED), "ncoa").reason == "unknown-answer"
    assert refusal(answers.csv([*MOVED], MOVED), "cass").reason == "unknown-answer"


def test_a_file_that_two_presets_fit_asks_which(answers: Answers) -> None:
    google, ibm = (PRESETS[name] for name in ("google_address_validation", "ibm_infosphere_cass"))
    both = dict.fromkeys(preset.columns[name] for preset in (google, ibm) for name in preset.needs["cass"])
    path = answers.csv([*both], dict.fromkeys(both, "1"))
    found = refusal(path, "cass")
    assert found.reason == "ambiguous-answer"
    assert "google_address_validation, ibm_infosphere_cass" in str(found)
    assert "--preset" in str(found)
    assert read_whole(path, "cass", preset="ibm_infosphere_cass")[0].preset == "ibm_infosphere_cass"


def test_a_match_flag_beside_columns_nobody_knows_is_not_taken_for_the_vendor_who_writes_in_place(
    answers: Answers,
) -> None:
    row = SENT | {"Match Flag": "M"}
    assert read_whole(answers.csv([*row, "zip4"], row), "ncoa")[0].preset == "satori"
    path = answers.csv([*row, "zip4", "Moved To"], row)
    assert refusal(path, "ncoa").reason == "unknown-answer"
    assert read_whole(path, "ncoa", preset="satori")[0].preset == "satori"


def test_the_columns_of_every_preset_lead_to_it_and_to_no_other() -> None:
    for preset in PRESETS.values():
        for kind in preset.kinds:
            needs = preset.needs[kind]
            assert all(set(need.split("|")) & {*preset.columns, *preset.fixed} for need in needs), preset.name
    folded = [
        (kind, frozenset(fold(preset.columns.get(need.split("|")[0], "")) for need in preset.needs[kind]))
        for preset in PRESETS.values()
        for kind in preset.kinds
    ]
    assert len(set(folded)) == len(folded)


def test_what_every_answer_must_have_the_presets_have_or_say_that_they_lack() -> None:
    for preset in PRESETS.values():
        for kind in preset.kinds if preset.usable else ():
            named = {*preset.columns, *preset.fixed}
            lacking = [need for need in NEEDS[kind] if not named.intersection(need.split("|"))]
            assert all(need.startswith("ncoa_code") and preset.coded_by_address for need in lacking), preset.name


# Named


def test_a_preset_that_is_named_says_which_of_its_columns_are_missing(answers: Answers) -> None:
    found = refusal(answers.csv([*MOVED], MOVED), "ncoa", preset="bcc_mail_manager")
    assert (found.reason, found.field) == ("missing-column", "ncoa_code")
    assert "NCOALink Return Code, Updated Address 1, Zip 4" in str(found)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("truenoca", "ncoa", "truencoa"),
        ("smarty_us_street", "ncoa", "NCOALink"),
        ("truencoa", "cass", "CASS"),
        ("peacock_suppression", "ncoa", "DNM_FLAG"),
    ],
)
def test_a_preset_that_cannot_be_is_wrong_usage(answers: Answers, name: str, kind: Kind, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(answers.csv([*MOVED], MOVED), kind, preset=name)


def test_a_column_that_stands_twice_is_told_apart_by_its_spelling_or_refused(answers: Answers) -> None:
    sas = {
        "RESULT": "A",
        "MOVETYPE": "I",
        "MED": "202609",
        "ADDRESS": "7 MADEUP RD",
        "CITY": "NEWTOWN",
        "ZIP5": "80202",
    }
    (row,) = read(answers.csv([*SENT, *sas], SENT | sas), "ncoa")
    assert (row.city, row.zip5, row.in_zip5) == ("NEWTOWN", "80202", "87110")
    head = ",".join([*(name.upper() for name in SENT), *sas])
    found = refusal(answers.bytes(f"{head}\n{','.join([*SENT.values(), *sas.values()])}\n".encode()), "ncoa")
    assert (found.reason, found.line) == ("header", 1)


# What it says of itself


def test_hash_size_engine_and_certificate_are_told(answers: Answers) -> None:
    rows = [MOVED | {"engine": "Northwind CASS 4.1"}, MOVED | {"engine": "Simulator (NOT CASS certified)"}]
    path = answers.csv([*MOVED, "engine"], *rows)
    with opened_answer(path, "ncoa") as answer:
        assert answer.sha256 == sha256(path.read_bytes()).hexdigest()
        assert (answer.engine, answer.certified, answer.done) == ("Northwind CASS 4.1", True, 0)
        assert len(list(answer.rows())) == len(list(answer.rows())) == 2
        assert not answer.certified, "one row says that it is not"
        assert answer.done == answer.size == path.stat().st_size


def test_an_answer_that_says_in_its_first_row_that_it_is_not_certified_is_known_to_be_so_at_once(
    answers: Answers,
) -> None:
    path = answers.csv([*MOVED, "engine"], MOVED | {"engine": "Listkeeper simulator (not CASS certified)"})
    with opened_answer(path, "ncoa") as answer:
        assert not answer.certified


# Refused


def test_an_empty_file_is_refused(answers: Answers) -> None:
    for content in (b"", b"\n\n"):
        assert refusal(answers.bytes(content), "ncoa").reason == "empty"


def test_a_file_without_a_header_is_refused(answers: Answers) -> None:
    found = refusal(answers.bytes(b"17,A,7 MADEUP RD,80202\n"), "ncoa")
    assert (found.reason, found.line) == ("header", 1)
    assert "MADEUP" not in str(found)


@pytest.mark.parametrize("row", ["2,A", "2" + "," * 12, '2,"A', '2,"A"x' + "," * 8])
def test_a_row_that_is_no_row_is_refused_with_its_line(answers: Answers, row: str) -> None:
    good = answers.csv([*MOVED], MOVED).read_bytes()
    found = refusal(answers.bytes(good + row.encode() + b"\n" + good.splitlines()[1] + b"\n"), "ncoa")
    assert (found.reason, found.line) == ("broken-row", 3)


@pytest.mark.parametrize("row", ["2,A", '2,"A', '2,A,I,"2026'])
def test_a_last_row_that_is_cut_off_is_told_from_one_that_is_short(answers: Answers, row: str) -> None:
    good = answers.csv([*MOVED], MOVED).read_bytes()
    found = refusal(answers.bytes(good + row.encode()), "ncoa")
    assert (found.reason, found.line) == ("truncated-answer", 3)
    assert "fetch" in str(found)


def test_a_last_row_without_a_line_end_is_a_row_and_told(answers: Answers) -> None:
    path = answers.csv([*MOVED], MOVED)
    assert read_whole(path, "ncoa")[0].warnings == []
    path.write_bytes(path.read_bytes().rstrip())
    answer, rows = read_whole(path, "ncoa")
    assert len(rows) == 1
    assert ["no line end" in warning for warning in answer.warnings] == [True]


def test_bytes_of_another_encoding_are_refused_with_their_offset_unless_it_is_named(answers: Answers) -> None:
    content = answers.csv([*MOVED], MOVED | {"new_city": "PENASCO"}).read_bytes().replace(b"PENASCO", b"PE\xd1ASCO")
    path = answers.bytes(content)
    found = refusal(path, "ncoa")
    assert found.reason == "encoding"
    assert f"byte {content.index(0xD1)} " in str(found)
    assert read(path, "ncoa", encoding="cp1252")[0].city == "PEÑASCO"


def test_a_row_of_nobody_refuses_the_answer(answers: Answers) -> None:
    found = refusal(answers.csv([*MOVED], MOVED, MOVED | {"record_id": "  "}), "ncoa")
    assert (found.reason, found.line, found.field) == ("no-record-id", 3, "record_id")


def test_a_zip_is_told_to_be_one(answers: Answers) -> None:
    found = refusal(answers.bytes(b"PK\x03\x04" + bytes(60)), "ncoa")
    assert found.reason == "unknown-answer"
    assert "unpack" in str(found)


def test_a_file_that_is_not_there_is_wrong_usage_and_so_is_an_encoding_nobody_knows(
    answers: Answers, tmp_path: Path
) -> None:
    with pytest.raises(UsageError):
        read(tmp_path / "nothing.csv", "ncoa")
    with pytest.raises(UsageError):
        read(tmp_path, "ncoa")
    with pytest.raises(UsageError, match="encoding"):
        read(answers.csv([*MOVED], MOVED), "ncoa", encoding="no-such")


def test_a_refusal_calls_the_file_by_the_name_that_is_given(answers: Answers) -> None:
    path = answers.bytes(b"", "0123abcd")
    with pytest.raises(Exception, match=r"week\.csv"), opened_answer(path, "ncoa", name="week.csv"):
        pass


# Fixed width and tables


def test_fixed_width_of_a_wrong_length_is_refused_with_its_line(answers: Answers) -> None:
    good = (VENDORS / "legacy_fixed_1200" / "answer.txt").read_bytes()
    lines = good.splitlines()
    short = b"\r\n".join([lines[0], lines[1][:-1], lines[2], b""])
    found = refusal(answers.bytes(short), "ncoa")
    assert (found.reason, found.line) == ("broken-row", 2)
    longer = refusal(answers.bytes(b"\n".join([lines[0], lines[1] + b" ", b""])), "ncoa")
    assert (longer.reason, longer.line) == ("broken-row", 2)
    cut = refusal(answers.bytes(good[:3000]), "ncoa")
    assert (cut.reason, cut.line) == ("truncated-answer", 3)


def test_fixed_width_without_line_ends_that_is_cut_off_is_refused(answers: Answers) -> None:
    unbroken = (VENDORS / "legacy_fixed_1200" / "unbroken.txt").read_bytes()
    found = refusal(answers.bytes(unbroken[:-1]), "ncoa", preset="legacy_fixed_1200")
    assert (found.reason, found.line) == ("truncated-answer", 3)


def test_positions_count_bytes_so_that_a_wide_letter_moves_nothing(answers: Answers) -> None:
    record = bytearray((VENDORS / "legacy_fixed_1200" / "unbroken.txt").read_bytes()[1200:2400])
    record[511 : 511 + 8] = "PEÑASCO".encode()
    (row,) = read(answers.bytes(bytes(record) + b"\n"), "ncoa")
    assert (row.city, row.state, row.zip5) == ("PEÑASCO", "CO", "80202")
    record[511 : 511 + 2] = b"\xd1A"
    assert refusal(answers.bytes(bytes(record) + b"\n"), "ncoa").reason == "encoding"


@pytest.fixture
def table() -> bytes:
    return (VENDORS / "peacock_ncoalink" / "answer.dbf").read_bytes()


def row_at(table: bytes, number: int) -> int:
    start, length = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    return start + number * length


def test_deleted_rows_of_a_table_are_passed_over_and_told(answers: Answers, table: bytes) -> None:
    at = row_at(table, 2)
    path = answers.bytes(table[:at] + b"*" + table[at + 1 :], "answer.dbf")
    answer, rows = read_whole(path, "ncoa")
    assert [row.line for row in rows] == [1, 2, 4, 5, 6, 7]
    assert answer.warnings == ["rows marked as deleted in the table and not read: 1"]


@pytest.mark.parametrize(
    ("rows", "reason"), [(6.5, "truncated-answer"), (7, ""), (0, "truncated-answer"), (-0.5, "truncated-answer")]
)
def test_a_table_that_ends_before_its_last_row_is_refused(
    answers: Answers, table: bytes, rows: float, reason: str
) -> None:
    size = int(row_at(table, 0) + rows * (row_at(table, 1) - row_at(table, 0)))
    path = answers.bytes(table[:size], "answer.dbf")
    if reason:
        assert refusal(path, "ncoa").reason == reason
    else:
        assert len(read(path, "ncoa")) == 7


def test_a_table_with_more_rows_than_its_header_counts_is_refused(answers: Answers, table: bytes) -> None:
    found = refusal(answers.bytes(table[:4] + b"\x05" + table[5:], "answer.dbf"), "ncoa")
    assert (found.reason, found.line) == ("broken-row", 6)


def test_a_table_whose_rows_do_not_begin_as_rows_is_refused(answers: Answers, table: bytes) -> None:
    at = row_at(table, 1)
    found = refusal(answers.bytes(table[:at] + b"X" + table[at + 1 :], "answer.dbf"), "ncoa")
    assert (found.reason, found.line) == ("broken-row", 2)


def test_a_table_whose_header_contradicts_itself_is_refused(answers: Answers, table: bytes) -> None:
    for changed in (table[:10] + b"\x07\x00" + table[12:], table[:8] + b"\x00\x00\x00\x00" + table[12:]):
        assert refusal(answers.bytes(changed, "answer.dbf"), "ncoa").reason == "header"


def test_a_memo_column_is_not_read_and_told_and_where_it_is_needed_the_answer_is_refused(
    answers: Answers, table: bytes
) -> None:
    def with_memo(column: int) -> Path:
        at = 32 * column + 11  # the type of a column
        assert table[at : at + 1] == b"C"
        return answers.bytes(table[:at] + b"M" + table[at + 1 :], "answer.dbf")

    answer, rows = read_whole(with_memo(2), "ncoa")
    assert [len(rows), *answer.warnings] == [7, "column 'PEACOCK_ID' is no text, number or date, and is not read"]
    found = refusal(with_memo(4), "ncoa", preset="peacock_ncoalink")
    assert (found.reason, found.field) == ("missing-column", "addr1")


def test_a_table_is_read_in_its_own_code_page_or_the_one_that_is_named(answers: Answers, table: bytes) -> None:
    path = answers.bytes(table, "answer.dbf")
    assert read(path, "ncoa")[0].city == "PEÑASCO"
    assert read(path, "ncoa", encoding="cp1253")[0].city == "PEΡASCO"
    unmarked = answers.bytes(table[:29] + b"\0" + table[30:], "answer.dbf")
    assert refusal(unmarked, "ncoa").reason == "encoding"
