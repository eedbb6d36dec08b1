"""Making a list and its account (interface, section 2)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.errors import UsageError
from tests.bureau import Bureau


def test_the_keyline_default_is_a_serial_numeric_of_length_ten(empty_bureau: Bureau) -> None:
    assert empty_bureau.create() == {
        "list": "spring",
        "client": "Acme",
        "account": "BYOBOFN",
        "kind": "participant",
        "keyline": {"source": "serial", "length": 10, "attribute": "numeric", "match_code": ""},
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("code", "kind", "length"), [("BYOBOFN", "participant", 10), ("567094", "mailer", 9), ("912345678", "mailer", 6)]
)
def test_code_is_a_participant_code_or_a_mailer_id(empty_bureau: Bureau, code: str, kind: str, length: int) -> None:
    made = empty_bureau.create(account=code)
    assert (made["kind"], made["keyline"]["length"]) == (kind, length)


@pytest.mark.parametrize(
    "code", ["", "BYOBOF", "BYOBOFNX", "byobofn", "BYOB0FN", "967094", "812345678", "12345", "ÄYOBOFN"]
)
def test_a_code_that_is_neither_is_wrong_usage(empty_bureau: Bureau, code: str) -> None:
    with pytest.raises(UsageError, match="seven capital letters"):
        empty_bureau.create(account=code)


def test_for_a_mailer_id_the_key_is_the_serial_alone(empty_bureau: Bureau) -> None:
    made = empty_bureau.create(account="567094", stid="314")
    assert made["keyline"]["source"] == "mailer-serial"
    assert made["warnings"] == []


def test_a_mailer_id_without_stid_is_warned_about_at_once(empty_bureau: Bureau) -> None:
    assert "STID" in empty_bureau.create(account="567094")["warnings"][0]


def test_a_participant_code_that_does_not_start_with_b_is_warned_about(empty_bureau: Bureau) -> None:
    assert "starts with B" in empty_bureau.create(account="XYOBOFN")["warnings"][0]


@pytest.mark.parametrize(
    "options",
    [
        {"keyline_source": "record-id"},
        {"keyline_length": 10},
        {"keyline_attribute": "alpha"},
        {"match_code": "zip5:5", "keyline_source": "match-code"},
    ],
)
def test_a_mailer_id_takes_no_other_keys(empty_bureau: Bureau, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="serials of 9 digits"):
        empty_bureau.create(account="567094", **options)


def test_full_service_goes_with_a_mailer_id(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094", full_service=True)
    assert empty_bureau.value("SELECT full_service FROM account")
    with pytest.raises(UsageError, match="Mailer ID"):
        empty_bureau.create("summer", full_service=True)


def test_a_match_code_names_its_columns_and_leaves_room_for_a_running_number(empty_bureau: Bureau) -> None:
    made = empty_bureau.create(keyline_source="match-code", match_code="zip5:5, last_name:4, address1:4")
    assert made["keyline"] == {
        "source": "match-code",
        "length": 16,
        "attribute": "alphanumeric",
        "match_code": "zip5:5,last_name:4,address1:4",
    }


@pytest.mark.parametrize(
    "options",
    [
        {"keyline_source": "match-code"},
        {"match_code": "zip5"},
        {"match_code": "shoe:4"},
        {"match_code": "zip5:5,last_name:11", "keyline_length": 16},
        {"keyline_source": "serial", "match_code": "zip5:5"},
        {"keyline_source": "random"},
        {"keyline_length": 3},
        {"keyline_length": 17},
        {"keyline_attribute": "greek"},
        {"mail_class": "third"},
        {"endorsement": "temp"},
        {"option": 3},
        {"stid": "31"},
        {"client": " "},
    ],
)
def test_an_option_that_is_none_is_wrong_usage(empty_bureau: Bureau, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        empty_bureau.create(**options)


@pytest.mark.parametrize("name", ["spring-2026", "a.b_c", "7"])
def test_a_name_has_letters_digits_and_three_marks(empty_bureau: Bureau, name: str) -> None:
    assert empty_bureau.create(name)["list"] == name


@pytest.mark.parametrize("name", ["", "spring drop", "a/b", "été"])
def test_any_other_name_is_wrong_usage(empty_bureau: Bureau, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        empty_bureau.create(name)


def test_a_name_that_is_taken_is_wrong_usage(bureau: Bureau) -> None:
    with pytest.raises(UsageError, match="already"):
        bureau.create(account="BXNHJVF")


def test_one_account_may_serve_several_lists(empty_bureau: Bureau) -> None:
    first = empty_bureau.create(keyline_length=12)
    second = empty_bureau.create("summer", client="Other")
    assert second["keyline"] == first["keyline"]
    assert empty_bureau.value("SELECT count(*) FROM account") == 1


@pytest.mark.parametrize(
    "options",
    [{"keyline_length": 10}, {"keyline_source": "record-id"}, {"keyline_attribute": "alpha"}, {"match_code": "zip5:5"}],
)
def test_a_further_list_must_agree_with_its_account_and_is_told_what_it_has(
    empty_bureau: Bureau, options: dict[str, Any]
) -> None:
    empty_bureau.create(keyline_length=12)
    empty_bureau.create("summer", keyline_source="serial", keyline_length=12, keyline_attribute="numeric")
    with pytest.raises(UsageError, match="--keyline-source serial, --keyline-length 12, --keyline-attribute numeric"):
        empty_bureau.create("autumn", **options)


def test_a_mailer_ids_further_list_may_name_its_serials(empty_bureau: Bureau) -> None:
    empty_bureau.create(account="567094", stid="314")
    made = empty_bureau.create("summer", account="567094", keyline_source="serial", keyline_length=9)
    assert made["keyline"]["length"] == 9
    with pytest.raises(UsageError, match="full-service"):
        empty_bureau.create("autumn", account="567094", full_service=True)
