"""Writing a list out (interface, section 3), and taking in again what was written."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.db import writing
from daemon.errors import SetAsideError, UsageError
from daemon.lists.columns import COLUMNS
from daemon.lists.export import export_file
from tests.bureau import MARY, A, B, Bureau, counts

OURS = (
    "record_id,status,status_reason,keyline,name_prefix,first_name,middle_name,last_name,name_suffix,company,"
    "urbanization,address1,address2,city,state,zip5,zip4,delivery_point,carrier_route,address_since,move_month,needs_cass"
)


def test_export_has_our_columns_then_the_clients_own(bureau: Bureau) -> None:
    bureau.take([MARY | A | {"Tier": "gold"}])
    assert bureau.export().decode() == (
        f"{OURS},Tier\n1,mailable,,0000000018,,MARY,,SMITH,,,,12 ELM ST,,TULSA,OK,74101,,,,,,true,gold\n"
    )


def test_rows_stand_in_text_order_of_their_record_id_byte_by_byte(bureau: Bureau) -> None:
    ids = ["10", "9", "a", "B", "é", "Z", "_", "-1", "𝒳", "ﬀ"]
    bureau.take([{"record_id": record_id} | A for record_id in ids])
    assert list(bureau.rows()) == sorted(ids, key=str.encode)


def test_quotes_stand_only_where_needed_and_lines_end_in_newline(bureau: Bureau) -> None:
    note = 'a,b "c"\nd'
    bureau.take([MARY | A | {"company": "Acme, Inc", "note": note, "plain": " x'y "}])
    line = bureau.export().decode().split("\n", 1)[1]
    assert '"Acme, Inc"' in line
    assert line.endswith('"a,b ""c""\nd", x\'y \n')
    assert b"\r" not in bureau.export()
    assert bureau.row()["note"] == note


@pytest.mark.parametrize("status", ["mailable", "held", "undeliverable", "deceased", "removed"])
def test_a_status_writes_those_alone(bureau: Bureau, status: str) -> None:
    statuses = ["mailable", "held", "undeliverable", "deceased", "removed"]
    bureau.take([{"record_id": name, "status": name} | A for name in statuses])
    assert [line.split(b",")[0].decode() for line in bureau.export(status=status).splitlines()[1:]] == [status]
    assert len(bureau.export().splitlines()) == 6


def test_no_such_list_status_or_folder_is_wrong_usage(bureau: Bureau, tmp_path: Path) -> None:
    for name, path, status in (
        ("summer", tmp_path / "a.csv", "all"),
        ("spring", tmp_path / "a.csv", "lost"),
        ("spring", tmp_path / "none" / "a.csv", "all"),
    ):
        with pytest.raises(UsageError):
            export_file(bureau.house, name, path, status=status)
    assert not (tmp_path / "a.csv").exists()


def test_the_file_is_replaced_when_the_new_one_is_whole(bureau: Bureau, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    result = export_file(bureau.house, "spring", path)
    assert result == {"list": "spring", "file": str(path), "rows": 0}
    assert path.read_text() == OURS + "\n"


def test_exporting_and_importing_again_leaves_everything_unchanged(bureau: Bureau) -> None:
    bureau.take(
        [
            MARY | A | {"tier": "gold", "zip4": "1234", "delivery_point": "12"},
            {"record_id": "2", "status": "held"} | A,
            {"record_id": "3", "tier": "x"} | B,
        ]
    )
    bureau.lowered("undeliverable", "vacant", "3")
    bureau.moved(B, "2026-05-17")
    before = bureau.export()
    assert counts(bureau.take(before)) == {"read": 3, "unchanged": 3}
    assert bureau.export() == before
    assert bureau.value("SELECT count(*) FROM change WHERE kind = 'client'") == 0


def test_an_export_makes_the_same_list_in_another_account(bureau: Bureau) -> None:
    bureau.take([MARY | A | {"tier": "gold", "address_since": "2020-01"}, {"record_id": "2", "status": "held"} | A])
    bureau.moved(B, "2026-05-17")
    bureau.create("copy", account="BXNHJVF")
    assert bureau.take(bureau.export(), into="copy")["added"] == 2
    assert bureau.export("copy") == bureau.export()


# Letters, separators and everything that CSV, JSON or a database might stumble over.
TEXT = st.text(st.sampled_from("aZ09 ,\"'\\;#%:{}[]\n\t\r.-/éß𝒳\u00a0\u2028\x00\ufeff"), max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "record_id": st.sampled_from(["1", "2", "3", "é", '"', "x y"]) | TEXT,
            "address1": TEXT,
            "zip5": st.just("74101"),
        },
        optional={name: TEXT for name in (*COLUMNS[1:], "tier", "No 2") if name not in ("address1", "zip5")},
    ),
    max_size=8,
)
ONE_HOUSE = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def emptied(bureau: Bureau) -> None:
    with writing(bureau.house.engine) as store:
        for table in ("change", "address", "addressee"):
            store.run(f"DELETE FROM {table}")
        store.run("UPDATE mailing_list SET size = 0, extra_columns = '[]'")


@ONE_HOUSE
@given(files=st.lists(ROWS, min_size=1, max_size=3))
def test_whatever_rows_come_the_count_closes_and_the_export_comes_in_unchanged(
    bureau: Bureau, files: list[list[dict[str, str]]]
) -> None:
    emptied(bureau)
    for rows in files:
        columns = sorted({column for row in rows for column in row} | {"record_id", "address1", "zip5"})
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerows([columns, *([row.get(column, "") for column in columns] for row in rows)])
        result = bureau.take(text.getvalue())
        assert result["read"] == sum(result[pile] for pile in ("added", "changed", "unchanged", "kept", "rejected"))
    before = bureau.export()
    size = bureau.value("SELECT count(*) FROM addressee")
    assert size == bureau.value("SELECT size FROM mailing_list")
    assert counts(bureau.take(before)) == ({"read": size, "unchanged": size} if size else {})
    assert bureau.export() == before


@ONE_HOUSE
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_rows_rejects_or_a_refused_file(bureau: Bureau, content: bytes) -> None:
    emptied(bureau)
    for head in (b"", b"record_id,address1,zip5\n"):
        with suppress(SetAsideError):
            result = bureau.take(head + content)
            assert result["read"] == result["added"] + result["rejected"] + result["unchanged"] + result["changed"]
