"""A user's own map of an answer: `--map MAP.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.care.answers.answer_map import read_answer_map
from daemon.errors import UsageError
from tests.answers import MOVED, NCOA_HEAD, Answers, read, read_whole, refusal

THEIRS = ["id", "result", "street", "town", "code", "plus"]
ROW = dict(zip(THEIRS, ["1", "A", "7 MADEUP RD", "NEWTOWN", "80202", "1234"], strict=True))
WHOLE = (
    '[columns]\nrecord_id = "id"\nncoa_code = "result"\nnew_addr1 = "street"\nnew_city = "town"\nnew_zip5 = "code"\n'
)


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


def test_a_map_says_what_is_what(answers: Answers) -> None:
    answer, (row,) = read_whole(answers.csv(THEIRS, ROW), "ncoa", map_file=answers.map(WHOLE))
    assert (answer.preset, answer.row_model) == ("map", "separate")
    assert (row.record_id, row.code, row.address1, row.city, row.zip5) == ("1", "A", "7 MADEUP RD", "NEWTOWN", "80202")


def test_our_long_names_do_as_well(answers: Answers) -> None:
    text = WHOLE.replace("new_addr1", "new_address1").replace("ncoa_code", "code")
    long = answers.map(text + 'delivery_point = "plus"\n')
    said = read_answer_map(long)
    assert {"new_addr1", "ncoa_code", "dp"} < {*said.columns}
    assert read(answers.csv(THEIRS, ROW), "ncoa", map_file=long)[0].address1 == "7 MADEUP RD"


def test_our_own_record_id_need_not_be_named(answers: Answers) -> None:
    path = answers.csv(["Record_ID", *THEIRS[1:]], {"Record_ID": "7"})
    assert read(path, "ncoa", map_file=answers.map(WHOLE.replace('record_id = "id"\n', "")))[0].record_id == "7"


def test_a_map_that_names_a_column_that_is_not_there_is_refused_by_the_answer(answers: Answers) -> None:
    found = refusal(answers.csv(THEIRS, ROW), "ncoa", map_file=answers.map(WHOLE + 'new_dp = "point"\n'))
    assert (found.reason, found.field) == ("missing-column", "new_dp")
    assert "point" in str(found)


def test_a_map_that_is_not_enough_says_what_it_lacks(answers: Answers) -> None:
    lacking = answers.map(WHOLE.replace('new_zip5 = "code"\n', ""))
    with pytest.raises(UsageError, match="new_zip5 or new_zip9"):
        read(answers.csv(THEIRS, ROW), "ncoa", map_file=lacking)


def test_values_are_translated_in_any_case_and_blank_may_mean_something(answers: Answers) -> None:
    mapped = answers.map(WHOLE + '[values.ncoa_code]\nMoved = "A"\n"" = "00"\ngone = "02"\n')
    rows = [ROW | {"id": str(number), "result": said} for number, said in enumerate(["MOVED", "", "Gone", "66"])]
    assert [row.code for row in read(answers.csv(THEIRS, *rows), "ncoa", map_file=mapped)] == ["A", "00", "02", "66"]


def test_a_map_may_say_which_rows_are_movers(answers: Answers) -> None:
    role = 'row_role = "town"\n[values.row_role]\nold = "H"\nnew = "C"\nsame = "A"\n'
    mapped = answers.map(WHOLE.replace('new_city = "town"\n', role).replace('new_zip5 = "code"\n', ""))
    text = mapped.read_text().replace("[values", 'zip5 = "code"\n[values').replace("new_addr1", "addr1")
    mapped.write_text(text)
    rows = [ROW | {"town": town, "result": code} for town, code in (("Old", "A"), ("NEW", "A"), ("same", ""))]
    answer, found = read_whole(answers.csv(THEIRS, *rows), "ncoa", map_file=mapped)
    assert answer.row_model == "appended_rows"
    assert [(row.role, row.code) for row in found] == [("H", "A"), ("C", "A"), ("A", "00")]


def test_a_map_may_say_what_stands_where(answers: Answers) -> None:
    text = "[fixed]\nrecord_id = [1, 5]\nncoa_code = [6, 7]\nnew_addr1 = [8, 20]\nnew_zip5 = [21, 25]\n"
    records = [b"00001A 7 MADEUP RD  80202", b"0000200                  "]
    rows = read(answers.bytes(b"\n".join([*records, b""])), "ncoa", map_file=answers.map(text))
    assert [(row.record_id, row.code, row.address1, row.zip5) for row in rows] == [
        ("00001", "A", "7 MADEUP RD", "80202"),
        ("00002", "00", "", ""),
    ]
    without_ends = answers.bytes(b"".join(records))
    found = refusal(without_ends, "ncoa", map_file=answers.map(text))
    assert "record_length" in str(found)
    assert len(read(without_ends, "ncoa", map_file=answers.map("record_length = 25\n" + text))) == 2
    beyond = refusal(without_ends, "ncoa", map_file=answers.map("record_length = 24\n" + text))
    assert "reach to position 25" in str(beyond)


def test_a_map_on_top_of_a_preset_changes_what_it_names(answers: Answers) -> None:
    head = ["record_id", "Updated Address 1", "Zip 4", "NCOALink Return Code", "Deliver To"]
    row = dict(zip(head, ["1", "old", "80202", "A", "7 MADEUP RD"], strict=True))
    mapped = answers.map('[columns]\naddr1 = "Deliver To"\n')
    for preset in ("bcc_mail_manager", None):  # named, or seen in the header
        answer, (found,) = read_whole(answers.csv(head, row), "ncoa", preset=preset, map_file=mapped)
        assert (answer.preset, found.address1, found.zip5) == ("bcc_mail_manager", "7 MADEUP RD", "80202")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[columns]\nnew_adr1 = "x"\n', "new_addr1"),
        ('[columns]\nnew_addr1 = "x"\nnew_address1 = "y"\n', "twice"),
        ("[columns]\nnew_addr1 = 1\n", "[columns]"),
        ("[columns]\n", "[columns]"),
        ("columns = 3\n", "table"),
        ('[column]\nnew_addr1 = "x"\n', "columns, values"),
        ("[fixed]\nnew_addr1 = [0, 4]\n", "[from, to]"),
        ("[fixed]\nnew_addr1 = [5, 4]\n", "[from, to]"),
        ("record_length = true\n", "record_length"),
        ('[columns]\nnew_addr1 = "x"\n[values.new_addr1]\na = "b"\n', "[values]"),
        ('[columns]\nnew_addr1 = "x"\n[values.dpv]\na = 1\n', "[values.dpv]"),
        ('[columns]\nnew_addr1 = "x"\n[values.row_role]\na = "Z"\n', "A (no move)"),
        ("[columns\n", "not TOML"),
        ("encoding = 1252\n", "encoding"),
    ],
)
def test_a_map_that_is_none_says_what_is_wrong_with_it(answers: Answers, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_answer_map(answers.map(text))
    assert said in str(caught.value)
    assert "MAP.toml" in str(caught.value)


def test_a_map_may_name_the_encoding_and_nothing_else(answers: Answers) -> None:
    content = answers.csv(NCOA_HEAD, MOVED | {"new_city": "PENASCO"}).read_bytes().replace(b"PENASCO", b"PE\xd1ASCO")
    path = answers.bytes(content)
    assert 'encoding = "cp1252"' in str(refusal(path, "ncoa"))
    answer, (row,) = read_whole(path, "ncoa", map_file=answers.map('encoding = "cp1252"\n'))
    assert (answer.preset, row.city) == ("listkeeper", "PEÑASCO")
    with pytest.raises(UsageError, match="encoding"):
        read(path, "ncoa", map_file=answers.map('encoding = "no-such"\n'))


def test_a_role_without_its_values_is_wrong_usage(answers: Answers) -> None:
    with pytest.raises(UsageError, match=r"values\.row_role"):
        read(answers.csv(THEIRS, ROW), "ncoa", map_file=answers.map(WHOLE + 'row_role = "plus"\n'))


def test_a_map_that_is_not_there_is_wrong_usage(answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such map"):
        read(answers.csv(THEIRS, ROW), "ncoa", map_file=tmp_path / "none.toml")
