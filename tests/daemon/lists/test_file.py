"""The list file as a file: encoding, header, map, rows that are none (interface, section 3)."""

from __future__ import annotations

import codecs
from hashlib import sha256
from pathlib import Path

import pytest

from daemon.errors import SetAsideError, TryAgainError, UsageError
from daemon.lists.load import import_file
from tests.bureau import A, Bureau, counts, rejects

HEAD = "record_id,last_name,address1,city,state,zip5\n"
GOOD = HEAD + "1,SMITH,12 ELM ST,TULSA,OK,74101\n"


def test_columns_come_in_any_order_and_any_case(bureau: Bureau) -> None:
    bureau.take("ZIP5,Address1,last_NAME, Record_ID \n74101,12 ELM ST,SMITH,1\n")
    row = bureau.row()
    assert (row["zip5"], row["address1"], row["last_name"]) == ("74101", "12 ELM ST", "SMITH")


def test_a_byte_order_mark_is_accepted(bureau: Bureau) -> None:
    assert counts(bureau.take(codecs.BOM_UTF8 + GOOD.encode())) == {"read": 1, "added": 1}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(bureau: Bureau, end: str) -> None:
    assert counts(bureau.take(GOOD.replace("\n", end).encode())) == {"read": 1, "added": 1}


def test_the_last_line_needs_no_end_and_empty_lines_are_no_rows(bureau: Bureau) -> None:
    assert counts(bureau.take("\n" + GOOD + "\n\n2,JONES,9 OAK,ADA,OK,74820")) == {"read": 2, "added": 2}


@pytest.mark.parametrize("before", [0, 70_000])
def test_a_file_that_is_not_utf8_is_refused_with_the_byte_offset(bureau: Bureau, before: int) -> None:
    head = (HEAD + "x" * before).encode()
    with pytest.raises(SetAsideError, match=f"byte {len(head)} is not UTF-8") as error:
        bureau.take(head + b"\xe9\n")
    assert error.value.reason == "encoding"
    assert error.value.exit_code == 65


def test_the_offset_counts_a_byte_order_mark(bureau: Bureau) -> None:
    content = codecs.BOM_UTF8 + HEAD.encode() + b"\xff"
    with pytest.raises(SetAsideError, match=f"byte {len(content) - 1} "):
        bureau.take(content)


def test_another_encoding_is_read_when_it_is_named(bureau: Bureau) -> None:
    bureau.take((HEAD + "1,MUÑOZ,12 ELM ST,TULSA,OK,74101\n").encode("cp1252"), encoding="cp1252")
    assert bureau.row()["last_name"] == "MUÑOZ"
    bureau.take((HEAD + "2,MUÑOZ,12 ELM ST,TULSA,OK,74101\n").encode("utf-16"), encoding="utf-16")
    assert bureau.row("2")["last_name"] == "MUÑOZ"


@pytest.mark.parametrize("encoding", ["klingon", "hex", ""])
def test_an_encoding_nobody_knows_is_wrong_usage(bureau: Bureau, encoding: str) -> None:
    with pytest.raises(UsageError, match="--encoding"):
        bureau.take(GOOD, encoding=encoding)


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_refused(bureau: Bureau, content: str) -> None:
    with pytest.raises(SetAsideError, match="empty"):
        bureau.take(content)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("1,SMITH,12 ELM ST,74101", "record_id"),
        ("last_name,address1,zip5", "record_id"),
        ("record_id,last_name,zip5", "address1"),
        ("record_id;address1;zip5", "record_id"),
        ("record_id,address1,zip5,ZIP5", "zip5"),
        ("record_id,address1,zip5,Tier,tier", "tier"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(bureau: Bureau, header: str, field: str) -> None:
    with pytest.raises(SetAsideError) as error:
        bureau.take(header + "\n1,A,B,C,D\n")
    assert (error.value.reason, error.value.line, error.value.field) == ("header", 1, field)


@pytest.mark.parametrize("header", ["record_id,address1,zip5,", "record_id,address1,zip5,a\x00b", '"record_id'])
def test_a_column_without_a_readable_name_is_refused(bureau: Bureau, header: str) -> None:
    with pytest.raises(SetAsideError) as error:
        bureau.take(header + "\n")
    assert error.value.reason == "header"


def test_a_refused_file_leaves_nothing_behind(bureau: Bureau) -> None:
    with pytest.raises(SetAsideError):
        bureau.take(GOOD.encode() + b"2,\xff\n")
    assert bureau.rows() == {}
    assert bureau.value("SELECT count(*) FROM import_run") == 0
    assert sorted(path.name for path in bureau.folder.iterdir()) == ["export.csv", "extract-1.csv"]


def test_a_file_with_a_header_only_has_no_rows(bureau: Bureau) -> None:
    assert counts(bureau.take(HEAD)) == {}


def test_a_file_or_a_list_that_does_not_exist_is_wrong_usage(bureau: Bureau, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        import_file(bureau.house, "spring", tmp_path / "nothing.csv")
    with pytest.raises(UsageError, match="not an ordinary file"):
        import_file(bureau.house, "spring", tmp_path)
    with pytest.raises(UsageError, match="no list"):
        bureau.take(GOOD, into="summer")


def test_map_says_ours_equals_theirs(bureau: Bureau) -> None:
    mapping = bureau.file('[columns]\nrecord_id = "Cust No"\naddress1 = "street"\nzip5 = "PLZ"\n', "map.toml")
    bureau.take("CUST NO,Street,plz,tier\n1,12 ELM ST,74101,gold\n", map_file=mapping)
    row = bureau.row()
    assert (row["address1"], row["zip5"], row["tier"]) == ("12 ELM ST", "74101", "gold")
    assert "Street" not in row


@pytest.mark.parametrize(
    "text",
    [
        "[columns",
        "columns = 3",
        "[column]\nzip5 = 'x'",
        "[columns]\nzip = 'PLZ'",
        "[columns]\nzip5 = 5",
        "[columns]\nzip5 = 'a'\nzip4 = 'A'",
    ],
)
def test_a_map_that_is_none_is_wrong_usage(bureau: Bureau, text: str) -> None:
    with pytest.raises(UsageError):
        bureau.take(GOOD, map_file=bureau.file(text, "map.toml"))
    with pytest.raises(UsageError, match="no such map"):
        bureau.take(GOOD, map_file=bureau.folder / "none.toml")


@pytest.mark.parametrize("theirs", ["Street", "city"])
def test_a_map_that_does_not_fit_the_file_refuses_it(bureau: Bureau, theirs: str) -> None:
    mapping = bureau.file(f'[columns]\naddress1 = "{theirs}"\n', "map.toml")
    with pytest.raises(SetAsideError) as error:
        bureau.take(GOOD, map_file=mapping)
    assert error.value.field == "address1"


def test_a_bad_row_is_set_aside_with_line_reason_and_the_row_and_the_rest_is_loaded(bureau: Bureau) -> None:
    result = bureau.take(
        HEAD
        + '1,SMITH,12 ELM ST,TULSA,OK,74101\n2,"JO\n3,LEE,1 OAK,ADA,OK,74820\n4,POE,1 OAK\n5,RAY,1 OAK,ADA,OK,74820,\n'
    )
    assert counts(result) == {"read": 5, "added": 2, "rejected": 3}
    assert result["rejects_file"] == str(bureau.folder / "extract-1.rejects.csv")
    head, *rows = rejects(result)
    assert head == ["line", "reason", "record_id", "last_name", "address1", "city", "state", "zip5"]
    assert [row[0] for row in rows] == ["3", "5", "6"]
    assert "not CSV" in rows[0][1]
    assert rows[0][2:] == ['2,"JO']
    assert rows[1][1:] == ["short row: 3 fields where the header has 6", "4", "POE", "1 OAK"]
    assert rows[2][1].startswith("long row")
    assert set(bureau.rows()) == {"1", "3"}


def test_a_quote_that_is_never_closed_spoils_its_own_line_only(bureau: Bureau) -> None:
    lines = "".join(f"{number},X,1 OAK,ADA,OK,74820\n" for number in range(3, 400))
    assert counts(bureau.take(HEAD + '2,"JO,9 OAK,ADA,OK,74820\n' + lines)) == {
        "read": 398,
        "added": 397,
        "rejected": 1,
    }


def test_a_record_id_that_comes_twice_is_loaded_once_the_first_time(bureau: Bureau) -> None:
    rows = [{"record_id": "1", "address1": f"{n} OAK", "zip5": "74820"} for n in (1, 2, 3)]
    result = bureau.take(rows)
    assert counts(result) == {"read": 3, "added": 1, "rejected": 2}
    assert bureau.row()["address1"] == "1 OAK"
    assert [row[:2] for row in rejects(result)[1:]] == [
        [line, "record_id: stands in the file already"] for line in ("3", "4")
    ]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("record_id", "", "record_id: missing"),
        ("record_id", "  ", "record_id: missing"),
        ("record_id", "x" * 256, "record_id: longer than 255"),
        ("address1", "", "address1: missing"),
        ("zip5", "", "zip5: missing"),
        ("zip5", "7410", "zip5: not a ZIP"),
        ("zip5", "74101-12", "zip5: not a ZIP"),
        ("zip5", "٧٤١٠١", "zip5: not a ZIP"),
        ("zip4", "12", "zip4: not four digits"),
        ("delivery_point", "1", "delivery_point: not two digits"),
        ("status", "dead", "status: not a status"),
        ("address_since", "2026-13", "address_since: not a date"),
        ("address_since", "2026-02-30", "address_since: not a date"),
        ("address_since", "05/17/2026", "address_since: not a date"),
        ("address_since", "0000-01", "address_since: not a date"),
        ("move_month", "2026-00", "move_month: not a month"),
        ("needs_cass", "maybe", "needs_cass: neither"),
        ("last_name", "A\x00B", "last_name: has a control"),
        ("last_name", "A\tB", "last_name: has a control"),
        ("last_name", "A\nB", "last_name: has a control"),
        ("tier", "A\x01B", "tier: has a control"),
        ("keyline", "0000000019", "keyline: check-digit"),
        ("keyline", "JLSTMS67969", "keyline: not the account's"),
        ("keyline", "000000018", "keyline: check-digit"),
        ("keyline", "0000000000", "keyline: all-zeros"),
        ("keyline", "#0000 0000 18#", "keyline: character"),
    ],
)
def test_a_row_with_a_field_that_is_none_is_bad_and_the_reason_names_the_field(
    bureau: Bureau, column: str, value: str, reason: str
) -> None:
    good = {"record_id": "2", "address1": "1 OAK", "zip5": "74820"}
    bad = {"record_id": "1", "last_name": "SECRET", "address1": "9 HIDDEN LN", "zip5": "74101"} | {column: value}
    result = bureau.take([bad, good])
    assert counts(result) == {"read": 2, "added": 1, "rejected": 1}
    told = rejects(result)[1][1]
    assert told.startswith(reason)
    assert "SECRET" not in told
    assert "HIDDEN" not in told


def test_a_row_needs_a_zip_or_city_and_state_and_a_name_may_be_missing(bureau: Bureau) -> None:
    result = bureau.take(HEAD + "1,,12 ELM ST,TULSA,OK,\n2,,12 ELM ST,,,74101\n3,,12 ELM ST,TULSA,,\n")
    assert counts(result) == {"read": 3, "added": 2, "rejected": 1}


@pytest.mark.parametrize("text", ["87110-1234", "871101234", "87110 1234"])
def test_a_zip_of_nine_digits_brings_its_zip4(bureau: Bureau, text: str) -> None:
    bureau.take([{"record_id": "1", "address1": "1 OAK", "zip5": text}])
    assert (bureau.row()["zip5"], bureau.row()["zip4"]) == ("87110", "1234")


def test_a_zip_of_nine_digits_must_not_contradict_zip4(bureau: Bureau) -> None:
    rows = [
        {"record_id": number, "address1": "1 OAK", "zip5": "87110-1234", "zip4": zip4}
        for number, zip4 in (("1", "1234"), ("2", ""), ("3", "9999"))
    ]
    assert counts(bureau.take(rows)) == {"read": 3, "added": 2, "rejected": 1}


def test_a_later_file_without_bad_rows_takes_the_old_rejects_away(bureau: Bureau) -> None:
    path = bureau.file(HEAD + "1,SMITH\n", "daily.csv")
    result = import_file(bureau.house, "spring", path)
    assert Path(result["rejects_file"]).exists()
    path.write_text(GOOD)
    again = import_file(bureau.house, "spring", path)
    assert again["rejects_file"] is None
    assert not Path(result["rejects_file"]).exists()


def test_the_file_is_remembered_with_its_hash_and_its_counts(bureau: Bureau) -> None:
    bureau.take(GOOD + "1,SMITH\n")
    run = bureau.all("SELECT file, sha256, added, changed, unchanged, kept, rejected, at FROM import_run")
    digest = sha256((GOOD + "1,SMITH\n").encode()).hexdigest()
    assert run == [("extract-1.csv", digest, 1, 0, 0, 0, 1, "2026-11-20T09:30:00+00:00")]
    assert bureau.all("SELECT import_id, import_line FROM addressee") == [(1, 2)]


def test_the_line_of_a_row_is_its_first_also_after_a_field_with_line_breaks(bureau: Bureau) -> None:
    bureau.take('record_id,address1,zip5,note\n1,1 OAK,74820,"a\nb\nc"\n2,2 OAK,74820,x\n')
    assert bureau.all("SELECT record_id, import_line FROM addressee ORDER BY 1") == [("1", 2), ("2", 5)]
    assert bureau.row()["note"] == "a\nb\nc"


def test_progress_is_told_in_bytes(bureau: Bureau) -> None:
    told: list[tuple[str, int, int | None]] = []
    path = bureau.file(HEAD + "".join(f"{n},X,1 OAK,ADA,OK,74820\n" for n in range(5_001)))
    import_file(bureau.house, "spring", path, progress=lambda *so_far: told.append(so_far))
    size = path.stat().st_size
    assert ("reading", size, size) in told
    assert len(told) >= 3


def test_a_file_that_changes_while_it_is_read_is_tried_again_later(bureau: Bureau) -> None:
    path = bureau.file(HEAD + "1,SMITH\n2,LEE,1 OAK,ADA,OK,74820\n")

    def meddle(what: str, _done: int, _of: int | None) -> None:
        if what == "comparing":
            path.write_text(HEAD)

    with pytest.raises(TryAgainError, match="changed while it was read"):
        import_file(bureau.house, "spring", path, progress=meddle)
    assert bureau.rows() == {}


def test_a_file_that_vanishes_while_it_is_read_leaves_nothing_behind(bureau: Bureau) -> None:
    path = bureau.file(HEAD + "1,SMITH\n")
    with pytest.raises(UsageError, match="no such file"):
        import_file(bureau.house, "spring", path, progress=lambda *_: path.unlink(missing_ok=True))
    assert bureau.value("SELECT count(*) FROM import_run") == 0


def test_a_folder_where_the_rejects_should_go_stops_the_import(bureau: Bureau) -> None:
    path = bureau.file(HEAD + "1,SMITH\n2,LEE,1 OAK,ADA,OK,74820\n", "daily.csv")
    (bureau.folder / "daily.rejects.csv").mkdir()
    with pytest.raises(UsageError):
        import_file(bureau.house, "spring", path)
    assert bureau.rows() == {}
    path.write_text(HEAD)
    assert "could not be removed" in import_file(bureau.house, "spring", path)["warnings"][0]


def test_no_temporary_table_is_left_in_the_connection(bureau: Bureau) -> None:
    bureau.take(GOOD)
    bureau.take(GOOD + "1,SMITH\n")
    query = "SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'pg_temp%'"
    if bureau.house.engine.dialect.name == "sqlite":
        query = "SELECT count(*) FROM sqlite_temp_master WHERE name <> 'effect'"
    assert bureau.value(query) == 0


def test_a_field_that_is_far_too_long_spoils_its_own_row_only(bureau: Bureau) -> None:
    result = bureau.take([{"record_id": "1", "zip5": "74820", "address1": "x" * 140_000}, {"record_id": "2"} | A])
    assert counts(result) == {"read": 2, "added": 1, "rejected": 1}
    assert b"not CSV" in Path(result["rejects_file"]).read_bytes()
