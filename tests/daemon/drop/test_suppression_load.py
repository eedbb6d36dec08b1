"""Suppression files taken in: what is needed of them, what is set aside, what replaces what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.drop.register import LEVELS, expiring, list_files, withdraw_file
from daemon.drop.suppression_load import add_file
from daemon.errors import SetAsideError, TryAgainError, UsageError
from tests.bureau import A, B, Bureau, rejects

MARY = {"first_name": "MARY", "last_name": "SMITH"} | A
PAUL = {"first_name": "PAUL", "last_name": "JONES"} | B


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with the lists `spring` and `autumn` of Acme."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    bureau.create("autumn")
    yield bureau
    bureau.house.engine.dispose()


def add(
    bureau: Bureau, content: str | bytes | Sequence[Mapping[str, str]], kind: str = "preference", **how: Any
) -> dict[str, Any]:
    return add_file(bureau.house, kind, bureau.file(content), **{"source": "A", "as_of": "2026-11-01"} | how)


def test_a_file_is_loaded_as_keys_in_their_order_and_entered_in_the_register(bureau: Bureau) -> None:
    result = add(bureau, [MARY, PAUL], licence="contract 7", max_age=90)
    assert result == {
        "file_id": 1, "kind": "preference", "source": "A", "as_of": "2026-11-01", "match": "individual",
        "scope": {"client": None, "list": None}, "read": 2, "keys": 2, "rejected": 0, "rejects_file": None,
        "status": "added", "replaced": None, "warnings": [],
    }  # fmt: skip
    assert bureau.all("SELECT level, file_id, line, first_name FROM suppression_key ORDER BY line") == [
        ("individual", 1, 2, "MARY"),
        ("individual", 1, 3, "PAUL"),
    ]
    (listed,) = list_files(bureau.house)["files"]
    assert {name: listed[name] for name in ("licence", "good_to", "state", "keys", "withdrawn_at")} == {
        "licence": "contract 7", "good_to": "2027-01-30", "state": "live", "keys": 2, "withdrawn_at": None,
    }  # fmt: skip


def test_each_kind_is_matched_at_its_own_level(bureau: Bureau) -> None:
    row = MARY | {"converted_on": "2026-10-01"}
    assert {kind: add(bureau, [row], kind)["match"] for kind in LEVELS} == {
        "preference": "individual", "deceased": "individual", "prison": "address", "prohibitory": "individual",
        "client": "individual", "converted": "household",
    }  # fmt: skip


def test_a_row_whose_address_is_coded_gives_two_keys(bureau: Bureau) -> None:
    coded = MARY | {"zip4": "1234", "delivery_point": "12"}
    spoiled = PAUL | {"zip4": "12", "delivery_point": "x"}
    assert [add(bureau, [coded, spoiled], kind)["keys"] for kind in ("preference", "prison")] == [3, 3]


def test_a_client_file_of_record_ids_alone_is_matched_by_them(bureau: Bureau) -> None:
    assert add(bureau, "Record_ID\n1\n2\n", "client", list_name="spring")["match"] == "id"
    with pytest.raises(UsageError, match="--list or --client"):
        add(bureau, "record_id\n1\n", "client")


MISUSED: list[tuple[dict[str, Any], str]] = [
    ({"as_of": "yesterday"}, "--as-of: not a date"),
    ({"as_of": "2026-11-21"}, "in the future"),
    ({"source": " "}, "--source"),
    ({"kind": "unpopular"}, "is no kind"),
    ({"match": "street"}, "is no level"),
    ({"max_age": -1}, "--max-age"),
    ({"kind": "prohibitory", "max_age": 90}, "does not grow old"),
    ({"client": "Acme", "list_name": "spring"}, "not both"),
    ({"list_name": "winter"}, "there is no list"),
    ({"encoding": "martian"}, "martian"),
]


def test_what_is_said_wrongly_of_a_file_is_wrong_usage(bureau: Bureau) -> None:
    for how, message in MISUSED:
        with pytest.raises(UsageError, match=message):
            add(bureau, [MARY], **how)


NONE: list[tuple[str | bytes, dict[str, Any], str, str]] = [
    ("", {}, "empty", "empty"),
    ("first_name,last_name,address1,zip5\n", {}, "empty", "no rows"),
    ("Name,Street\nMARY,12 ELM ST\n", {}, "header", "no column of the first line is known"),
    ("last_name,address1\nSMITH,12 ELM ST\n", {}, "header", "needs zip5"),
    ("address1,zip5\n12 ELM ST,74101\n", {}, "header", "needs last_name"),
    ("address1\n12 ELM ST\n", {"kind": "converted"}, "header", "needs zip5, last_name, converted_on"),
    ("last_name,Last_Name,address1,zip5\nA,B,1 ELM ST,74101\n", {}, "header", "stands twice"),
    ("last_name,address1,zip5\nSMITH,,74101\nLEE,1 ELM ST,7410\n", {}, "no-good-row", "line 2.*address1: missing"),
    (b"last_name,address1,zip5\nM\xfcller,1 ELM ST,74101\n", {}, "encoding", "byte 25"),
    ('"last_name\n', {}, "header", "not CSV"),
]


def test_a_file_that_is_none_is_set_aside(bureau: Bureau) -> None:
    for content, how, reason, message in NONE:
        with pytest.raises(SetAsideError, match=message) as caught:
            add(bureau, content, **how)
        assert caught.value.reason == reason
    assert bureau.value("SELECT count(*) FROM suppression_file") == 0


def test_a_bad_row_is_set_aside_with_line_and_reason_and_the_rest_is_loaded(bureau: Bureau) -> None:
    head = "first_name,last_name,address1,zip5,converted_on"
    rows = ["MARY,SMITH,12 ELM ST,74101,10/30/2026", "PAUL,JONES,,74101,20261030", "ANN,LEE,1 OAK,741,2026-10-30",
            "ANN,,1 OAK,74101,2026-10-30", "ANN,LEE,1 OAK,74101", "ANN,LEE,1 OAK,74101,soon",
            "ANN,LEE,1 OAK,74101,2026-11-21", "ANN,LEE,-,74101,2026-10-30", "A\x07N,LEE,1 OAK,74101,2026-10-30",
            "ANN,LEE,1 OAK,74101-1234,2026-11-20"]  # fmt: skip
    result = add(bureau, "\n".join([head, *rows, ""]), "converted")
    assert (result["read"], result["rejected"], result["keys"]) == (10, 8, 2)
    header, *aside = rejects(result)
    assert header == ["line", "reason", *head.split(",")]
    assert [(line, reason.split(" (")[0]) for line, reason, *_ in aside] == [
        ("3", "address1: missing"),
        ("4", "zip5: not a ZIP of five digits"),
        ("5", "last_name: missing, and no company"),
        ("6", "short row: 4 fields where the header has 5"),
        ("7", "converted_on: not a date"),
        ("8", "converted_on: in the future"),
        ("9", "address1: holds nothing of an address"),
        ("10", "first_name: has a control character"),
    ]
    assert bureau.all("SELECT line, on_date FROM suppression_key ORDER BY 1") == [(2, "2026-10-30"), (11, "2026-11-20")]


def test_a_map_and_an_encoding_say_what_the_columns_are(bureau: Bureau) -> None:
    (bureau.folder / "map.toml").write_text('[columns]\nlast_name = "Nom"\nconverted_on = "Bought"\n')
    text = "Nom,address1,zip5,Bought,colour\nMüller,1 ELM ST,74101,2026-10-01,red\n".encode("cp1252")
    how = {"map_file": bureau.folder / "map.toml", "encoding": "cp1252"}
    assert add(bureau, text, "converted", **how)["keys"] == 1
    with pytest.raises(SetAsideError, match="that the file does not have"):
        add(bureau, "last_name,address1,zip5\n", "prison", **how)


def test_the_same_bytes_again_load_nothing(bureau: Bureau) -> None:
    first = add(bureau, [MARY, PAUL])
    again = add(bureau, [MARY, PAUL], source="somebody else")
    assert again == first | {"status": "repeat"}
    assert bureau.value("SELECT count(*) FROM suppression_key") == 2
    assert add(bureau, [MARY, PAUL], client="Acme")["status"] == "added", "another scope"
    assert add(bureau, [MARY, PAUL], "deceased")["status"] == "added", "another kind"


def test_the_same_bytes_of_a_later_day_are_of_that_day(bureau: Bureau) -> None:
    add(bureau, [MARY], max_age=10)
    bureau.on_day("2026-12-05")
    (stale,) = list_files(bureau.house)["files"]
    again = add(bureau, [MARY], as_of="2026-12-01")
    (renewed,) = list_files(bureau.house)["files"]
    assert (stale["state"], renewed["state"], renewed["good_to"]) == ("stale", "live", "2026-12-11")
    assert (again["status"], len(again["warnings"])) == ("repeat", 1)
    assert add(bureau, [MARY], as_of="2026-11-01")["warnings"] == []


def test_a_newer_file_of_the_same_kind_source_and_scope_replaces_the_older(bureau: Bureau) -> None:
    old = add(bureau, [MARY])
    others = [add(bureau, [PAUL], source="B"), add(bureau, [MARY], "deceased"), add(bureau, [MARY], client="Acme")]
    assert [(each["status"], each["replaced"]) for each in others] == [("added", None)] * 3
    new = add(bureau, [MARY, PAUL], as_of="2026-11-02", source="a")
    assert (new["status"], new["replaced"]) == ("added", old["file_id"])
    states = {each["file_id"]: each["state"] for each in list_files(bureau.house)["files"]}
    assert [number for number, state in states.items() if state == "withdrawn"] == [old["file_id"]]
    assert bureau.value("SELECT count(*) FROM suppression_key WHERE file_id = :id", id=old["file_id"]) == 0


def test_an_older_file_does_not_replace_a_newer_one(bureau: Bureau) -> None:
    add(bureau, [MARY], as_of="2026-11-02")
    with pytest.raises(UsageError, match="--keep-older"):
        add(bureau, [PAUL])
    kept = add(bureau, [PAUL], keep_older=True)
    assert (kept["status"], kept["replaced"]) == ("added", None)
    assert {each["state"] for each in list_files(bureau.house)["files"]} == {"live"}


def test_a_file_that_is_much_shorter_than_what_it_replaces_is_warned_of(bureau: Bureau) -> None:
    add(bureau, [MARY, PAUL, MARY])
    (warning,) = add(bureau, [PAUL], as_of="2026-11-02")["warnings"]
    assert "1 rows were loaded" in warning


def test_rows_without_a_first_name_are_told_of(bureau: Bureau) -> None:
    (told,) = add(bureau, [MARY | {"first_name": ""}], "deceased")["warnings"]
    assert "everybody of their household" in told
    (told,) = add(bureau, [MARY | {"first_name": ""}], "client")["warnings"]
    assert "only records that have none" in told


def test_a_client_that_has_no_list_is_warned_of(bureau: Bureau) -> None:
    assert "no list is of this client" in add(bureau, [MARY], client="acme")["warnings"][0]


def test_a_withdrawn_file_keeps_its_row_and_loses_its_keys(bureau: Bureau) -> None:
    number = add(bureau, [MARY])["file_id"]
    assert withdraw_file(bureau.house, number)["state"] == "withdrawn"
    assert bureau.value("SELECT count(*) FROM suppression_key") == 0
    with pytest.raises(UsageError, match="was withdrawn on 2026-11-20"):
        withdraw_file(bureau.house, number)
    with pytest.raises(UsageError, match="there is no suppression file 9"):
        withdraw_file(bureau.house, 9)
    assert add(bureau, [MARY])["status"] == "added"


def test_a_file_that_changes_while_it_is_read_is_tried_again_later(bureau: Bureau) -> None:
    path = bureau.file([MARY] * 6_000)
    done: list[str] = []

    def meddle(what: str, _done: int, _of: int | None) -> None:
        if what == "reading" and not done:
            done.append(what)
            with path.open("a") as file:
                file.write("ANN,LEE,1 OAK ST,ADA,OK,74820\n")

    with pytest.raises(TryAgainError, match="changed while it was read"):
        add_file(bureau.house, "preference", path, source="A", as_of="2026-11-01", progress=meddle)
    assert bureau.value("SELECT count(*) FROM suppression_key") == 0


def test_the_end_of_a_file_is_told_of_once_before_and_once_after(bureau: Bureau) -> None:
    add(bureau, [MARY], max_age=60)  # good to 2026-12-31
    add(bureau, [PAUL], "deceased")
    told = {}
    for day in ("2026-12-16", "2026-12-17", "2026-12-18", "2026-12-31", "2027-01-01", "2027-01-02"):
        bureau.on_day(day)
        told[day] = [(each["level"], each["days"], each["file_id"]) for each in expiring(bureau.house)]
    assert {day: each for day, each in told.items() if each} == {
        "2026-12-17": [("alert", 14, 1)],
        "2027-01-01": [("alarm", -1, 1)],
    }


quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
cell = st.text(st.characters(blacklist_categories=["Cs"]), max_size=8)
HEAD = b"first_name,last_name,company,address1,zip5,converted_on\n"
row = st.tuples(cell, cell, cell, st.sampled_from(["12 ELM ST", "", "#"]) | cell, st.sampled_from(["74101", "741"]))


@quick
@given(
    content=st.binary(max_size=200)
    | st.binary(max_size=200).map(lambda rest: HEAD + rest)
    | st.lists(row, max_size=6).map(lambda rows: HEAD + "\n".join(",".join(each) for each in rows).encode()),
    kind=st.sampled_from(list(LEVELS)),
)
def test_any_bytes_are_a_result_that_closes_or_set_aside(bureau: Bureau, content: bytes, kind: str) -> None:
    try:
        result = add_file(
            bureau.house, kind, bureau.file(content, "any.csv"), source="A", as_of="2026-11-01", encoding="latin-1"
        )
    except SetAsideError:
        return
    lines = bureau.value("SELECT count(DISTINCT line) FROM suppression_key WHERE file_id = :id", id=result["file_id"])
    assert result["read"] == lines + result["rejected"]
