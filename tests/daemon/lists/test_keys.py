"""Keylines on import: made by the account's scheme, or checked and kept (interface, sections 2 and 3)."""

from __future__ import annotations

import pytest

from daemon.db import writing
from daemon.errors import OperatorError
from keyline.keylines import check_all, make
from keyline.schemes import Scheme, serial_key
from tests.bureau import A, Bureau, counts, rejects


def people(*record_ids: str, **columns: str) -> list[dict[str, str]]:
    return [{"record_id": record_id} | A | columns for record_id in record_ids]


def keys(bureau: Bureau) -> list[str]:
    return [key for (key,) in bureau.all("SELECT keyline FROM addressee ORDER BY id")]


def test_serials_go_by_file_order_and_go_on_in_the_next_file(bureau: Bureau) -> None:
    bureau.take(people("9", "3"))
    bureau.take(people("9", "1"))
    assert keys(bureau) == [serial_key(Scheme(), number) for number in (1, 2, 3)]
    assert bureau.value("SELECT next_serial FROM account") == 4


def test_serials_go_on_through_all_lists_of_an_account(bureau: Bureau) -> None:
    bureau.create("summer")
    bureau.take(people("1", "2"))
    bureau.take(people("1"), into="summer")
    assert keys(bureau) == [serial_key(Scheme(), number) for number in (1, 2, 3)]


def test_a_keyline_given_is_kept_and_serials_pass_over_it(bureau: Bureau) -> None:
    bureau.take([{"record_id": "1", "keyline": make("000000003")} | A, *people("2", "3")])
    bureau.take([*people("4"), {"record_id": "5", "keyline": make("0 0000 0006")} | A, *people("6", "7")])
    assert keys(bureau) == [serial_key(Scheme(), number) for number in (3, 1, 2, 4, 6, 5, 7)]


def test_a_keyline_that_differs_from_the_one_we_printed_is_a_bad_row(bureau: Bureau) -> None:
    bureau.take(people("1"))
    own = bureau.row()["keyline"]
    assert counts(bureau.take([bureau.row() | {"keyline": f"{own[:4]} {own[4:]}"}])) == {"read": 1, "unchanged": 1}
    result = bureau.take(people("1", keyline=make("000000077")))
    assert rejects(result)[1][:2] == ["2", "keyline: not the one that this record has"]


def test_a_keyline_is_unique_within_its_account_other_lists_too(bureau: Bureau) -> None:
    bureau.create("summer")
    bureau.take(people("1"))
    taken = bureau.row()["keyline"]
    other = make("000000077")
    rows = [*people("2", keyline=taken), *people("3", keyline=other), *people("4", keyline=other), *people("5")]
    result = bureau.take(rows, into="summer")
    assert counts(result) == {"read": 4, "added": 2, "rejected": 2}
    assert [row[:2] for row in rejects(result)[1:]] == [
        ["2", "keyline: another record of the account has it"],
        ["4", "keyline: stands in the file already"],
    ]


def test_another_account_may_have_the_same_keylines(bureau: Bureau) -> None:
    bureau.create("other", account="BXNHJVF")
    bureau.take(people("1"))
    bureau.take(people("1"), into="other")
    assert len(set(keys(bureau))) == 1


@pytest.mark.parametrize("attribute", ["numeric", "alpha", "alphanumeric"])
def test_every_attribute_gives_keylines_of_one_length_and_attribute(empty_bureau: Bureau, attribute: str) -> None:
    empty_bureau.create(keyline_attribute=attribute, keyline_length=6)
    empty_bureau.take(people(*map(str, range(30))))
    given = empty_bureau.rows()["7"]["keyline"]
    empty_bureau.take(people("100", "101"))
    assert check_all(keys(empty_bureau)) == []
    assert len({*keys(empty_bureau), given}) == 32


def test_when_the_serials_are_used_up_nothing_is_loaded(empty_bureau: Bureau) -> None:
    empty_bureau.create(keyline_length=4)
    with writing(empty_bureau.house.engine) as store:
        store.run("UPDATE account SET next_serial = 999")
    assert empty_bureau.take(people("1"))["added"] == 1
    with pytest.raises(OperatorError, match="used up"):
        empty_bureau.take(people("2"))
    assert set(empty_bureau.rows()) == {"1"}


def test_record_id_keylines_are_the_clients_ids_zero_filled(empty_bureau: Bureau) -> None:
    empty_bureau.create(keyline_source="record-id")
    result = empty_bureau.take(people("4711", "A12", "1234567890", "004711", "0"))
    assert keys(empty_bureau) == ["0000047118"]
    told = {row[0]: row[1] for row in rejects(result)[1:]}
    assert all(told[line].startswith("record_id: no keyline can be made from it") for line in ("3", "4", "6"))
    assert told["5"] == "keyline: another record of the account has the one made from this row"


def test_a_record_id_keyline_that_another_list_has_is_a_bad_row(empty_bureau: Bureau) -> None:
    empty_bureau.create(keyline_source="record-id")
    empty_bureau.create("summer")
    empty_bureau.take(people("4711"))
    assert counts(empty_bureau.take(people("4711", "4712"), into="summer")) == {"read": 2, "added": 1, "rejected": 1}


def test_match_codes_are_made_from_columns_and_a_running_number_where_they_would_not_be_unique(
    empty_bureau: Bureau,
) -> None:
    empty_bureau.create(keyline_source="match-code", match_code="zip5:5,last_name:4,address1:4")
    empty_bureau.take(people("1", last_name="O'Day"))
    empty_bureau.take([*people("2", last_name="ODAY"), *people("3", last_name="LEE"), *people("4", last_name="oday")])
    bodies = [key[:-1] for key in keys(empty_bureau)]
    assert bodies == ["74101ODAY12EL00", "74101ODAY12EL01", "74101LEE012EL00", "74101ODAY12EL02"]
    assert check_all(keys(empty_bureau)) == []


def test_running_numbers_pass_over_match_codes_that_the_file_or_the_list_has(empty_bureau: Bureau) -> None:
    empty_bureau.create(keyline_source="match-code", match_code="zip5:5,last_name:4", keyline_length=11)
    empty_bureau.take(people("1", last_name="ODAY", keyline=make("74101ODAY1")))
    given = people("3", last_name="ODAY", keyline=make("74101ODAY2"))
    empty_bureau.take([*people("2", last_name="ODAY", keyline=""), *given, *people("4", last_name="ODAY")])
    assert [key[:-1] for key in keys(empty_bureau)] == ["74101ODAY1", "74101ODAY0", "74101ODAY2", "74101ODAY3"]


def test_a_match_code_without_room_for_its_running_number_is_a_bad_row(empty_bureau: Bureau) -> None:
    empty_bureau.create(keyline_source="match-code", match_code="zip5:5,last_name:4", keyline_length=10)
    result = empty_bureau.take([*people("1", "2", last_name="ODAY"), *people("3", last_name="LEE")])
    assert counts(result) == {"read": 3, "added": 2, "rejected": 1}
    assert rejects(result)[1][1].startswith("keyline: no match code can be made")


def test_a_mailer_ids_key_is_the_serial_alone(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094", stid="314")
    empty_bureau.create("summer", account="912345678", stid="314")
    empty_bureau.take([*people("1"), *people("2", keyline="000000009"), *people("3", keyline="12345678")])
    empty_bureau.take(people("1"), into="summer")
    assert keys(empty_bureau) == ["000000001", "000000009", "000001"]
