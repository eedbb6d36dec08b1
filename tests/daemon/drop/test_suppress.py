"""Whom the suppression files name: at every level, in every scope, by the present address and the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.db import writing
from daemon.drop import suppress
from daemon.drop.keys import keys_of, refresh_keys, same_person
from daemon.drop.register import LEVELS, withdraw_file
from daemon.drop.suppression_load import add_file
from tests.bureau import A, B, Bureau, D

DAY = date(2026, 12, 1)
LISTS = {"spring": 1, "autumn": 2}
Rows = str | Sequence[Mapping[str, str]]


@pytest.fixture
def bureau(database_url: str, home: Path, desk: Path) -> Iterator[Bureau]:
    """A bureau with the lists `spring` and `autumn` of Acme."""
    bureau = Bureau.on(database_url, home, desk)
    bureau.create()
    bureau.create("autumn")
    yield bureau
    bureau.house.engine.dispose()


def person(record_id: str, name: str, place: Mapping[str, str] = A, **more: str) -> dict[str, str]:
    first, _, last = name.rpartition(" ")
    return {"record_id": record_id, "first_name": first, "last_name": last, **place, **more}


def add(bureau: Bureau, rows: Rows, kind: str = "preference", **how: Any) -> int:
    result = add_file(bureau.house, kind, bureau.file(rows), **{"source": "A", "as_of": "2026-11-01"} | how)
    assert result["status"] == "added"
    return int(result["file_id"])


def met(
    bureau: Bureau, *names: str, client: str = "Acme", kinds: Sequence[str] = tuple(LEVELS)
) -> dict[str, list[str]]:
    """Whom the files name, and of which kinds, by record id."""
    with writing(bureau.house.engine) as store:
        lists = [LISTS[name] for name in names or LISTS]
        refresh_keys(store, lists)
        told = suppress.hits(store, drop_lists=lists, client=client, kinds=kinds, mail_date=DAY)
        rows = store.all(
            """SELECT a.record_id, s.kind, s.file_id, s.level FROM suppressed s
            JOIN addressee a ON a.id = s.addressee_id ORDER BY a.record_id, s.kind, s.file_id"""
        )
    assert told == len(rows) == len(set(rows))
    found: dict[str, list[str]] = {}
    for record_id, kind, _file, _level in rows:
        found.setdefault(record_id, []).append(kind)
    return found


def bought(bureau: Bureau, day: date = DAY) -> list[tuple[str, str]]:
    """Who has converted of late, and when."""
    with writing(bureau.house.engine) as store:
        refresh_keys(store, [1, 2])
        suppress.converted(store, drop_lists=[1, 2], client="Acme", mail_date=day)
        return store.all(  # type: ignore[return-value]
            "SELECT a.record_id, c.on_date FROM converted_hit c JOIN addressee a ON a.id = c.addressee_id ORDER BY 1, 2"
        )


UNIT = A | {"address1": "12 ELM ST APT 4"}
FAMILY = [
    person("bob", "BOB SMITH"),
    person("mary", "MARY SMITH"),
    person("none", "SMITH"),
    person("lee", "BOB LEE"),
    person("unit", "BOB SMITH", UNIT),
    person("firm", "", company="Smith Seeds, Inc."),
]


def test_each_level_names_whom_it_says_and_another_unit_never(bureau: Bureau) -> None:
    bureau.take(FAMILY)
    levels = {"deceased": "address", "prohibitory": "household", "preference": "individual"}
    for kind, level in levels.items():
        add(bureau, [person("x", "Robert Smith", A | {"address1": "12 Elm Street"})], kind, match=level)
    assert {levels[kind]: list(met(bureau, kinds=(kind,))) for kind in levels} == {
        "address": ["bob", "firm", "lee", "mary", "none"],
        "household": ["bob", "mary", "none"],
        "individual": ["bob", "none"],
    }


def test_the_net_is_narrower_where_no_law_asks_for_a_wide_one(bureau: Bureau) -> None:
    bureau.take(FAMILY)
    add(bureau, [person("x", "ROBERT SMITH")], "client", match="individual")
    add(bureau, [person("x", "SMITH")], "deceased")
    assert met(bureau) == {"bob": ["client", "deceased"], "mary": ["deceased"], "none": ["deceased"]}


def test_a_firm_is_named_by_its_name_without_the_legal_form(bureau: Bureau) -> None:
    bureau.take(FAMILY)
    add(bureau, [person("x", "", company="SMITH SEEDS LLC")])
    assert met(bureau) == {"firm": ["preference"]}


def test_jr_is_not_sr_and_who_says_neither_may_be_either(bureau: Bureau) -> None:
    bureau.take(
        [
            person("jr", "JOHN SMITH", last_name="SMITH JR"),
            person("sr", "JOHN SMITH", name_suffix="Sr."),
            person("-", "J SMITH"),
        ]
    )
    add(bureau, [person("x", "JOHN SMITH", name_suffix="JR")])
    assert sorted(met(bureau)) == ["-", "jr"]


def test_a_coded_address_is_the_same_however_it_is_written(bureau: Bureau) -> None:
    coded = {"zip4": "1234", "delivery_point": "12"}
    bureau.take([person("1", "BOB SMITH", A | coded), person("2", "BOB SMITH", A | coded | {"address1": "14 ELM ST"})])
    add(bureau, [person("x", "BOB SMITH", A | coded | {"address1": "12 OLD ELM ROAD"})])
    assert met(bureau) == {"1": ["preference"]}, "two numbers share the eleven digits"


def test_record_ids_name_records_of_their_own_list_or_client_only(bureau: Bureau) -> None:
    for name in LISTS:
        bureau.take([person(each, "BOB SMITH", B) for each in ("1", "2", f"{name}-3")], name)
    add(bureau, "record_id\n1\nspring-3\n", "client", list_name="spring")
    assert met(bureau, "spring") == {"1": ["client"], "spring-3": ["client"]}
    assert met(bureau, "autumn") == {}
    assert met(bureau) == {"1": ["client"], "spring-3": ["client"]}, "the 1 of the other list is somebody else"
    add(bureau, "record_id\n2\n", "client", client="Acme")
    assert met(bureau, "autumn") == {"2": ["client"]}
    assert met(bureau, "autumn", client="Brown") == {}


def test_a_file_counts_in_its_scope_and_while_it_is_in_force(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH")])
    bureau.take([person("2", "BOB SMITH")], "autumn")
    rows = [person("x", "BOB SMITH")]
    add(bureau, rows, client="Brown")
    assert met(bureau) == {}
    add(bureau, rows, "deceased", list_name="autumn")
    number = add(bureau, rows, "prohibitory", client="Acme")
    assert met(bureau) == {"1": ["prohibitory"], "2": ["deceased", "prohibitory"]}
    assert met(bureau, kinds=("deceased",)) == {"2": ["deceased"]}
    assert met(bureau, "spring", client="Brown") == {"1": ["preference"]}
    withdraw_file(bureau.house, number)
    assert met(bureau) == {"2": ["deceased"]}


def test_a_person_is_found_by_the_address_before_a_move_and_an_address_is_not(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH"), person("2", "MARY SMITH")])
    first = bureau.moved(B, "2026-10-01")
    bureau.moved(D, "2026-11-01")
    for kind, place in (("preference", A), ("deceased", B), ("prohibitory", D)):
        add(bureau, [person("x", "BOB SMITH", place)], kind)
    add(bureau, [dict(A)], "prison")
    assert met(bureau) == {"1": ["deceased", "preference", "prohibitory"], "2": ["prison"]}
    assert first


def test_a_move_that_was_undone_is_no_address_of_his(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH")])
    bureau.undo(bureau.moved(B, "2026-10-01"))
    bureau.moved(D, "2026-11-01")
    add(bureau, [person("x", "BOB SMITH", B)])
    assert met(bureau) == {}


def test_no_more_than_three_earlier_addresses_are_looked_at(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH", A | {"address1": "1 ELM ST"})])
    for number in range(2, 6):
        bureau.moved(A | {"address1": f"{number} ELM ST"}, f"2026-0{number}-01")
    kinds = ("preference", "deceased", "prohibitory", "client")
    for number, kind in enumerate(kinds, 1):
        add(bureau, [person("x", "BOB SMITH", A | {"address1": f"{number} ELM ST"})], kind, match="individual")
    assert met(bureau) == {"1": ["client", "deceased", "prohibitory"]}


def test_who_converted_fewer_than_ninety_days_before_the_mail_date_is_found(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH"), person("2", "MARY SMITH"), person("3", "BOB LEE")])
    add(bureau, [person("x", "ANN SMITH", converted_on="2026-11-20")], "converted")
    assert {day: bought(bureau, date.fromisoformat(day)) for day in ("2026-11-20", "2027-02-17", "2027-02-18")} == {
        "2026-11-20": [("1", "2026-11-20"), ("2", "2026-11-20")],
        "2027-02-17": [("1", "2026-11-20"), ("2", "2026-11-20")],  # 89 days
        "2027-02-18": [],  # 90 days
    }
    assert sorted(met(bureau)) == ["1", "2"]


def test_the_last_purchase_counts_and_one_after_the_mail_date_does_not(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH")])
    days = ("2026-10-01", "2026-11-05", "2026-08-01")
    add(bureau, [person("x", "BOB SMITH", converted_on=day) for day in days], "converted")
    assert bought(bureau) == [("1", "2026-11-05")]
    assert bought(bureau, date(2026, 11, 5)) == [("1", "2026-11-05")]
    assert bought(bureau, date(2026, 11, 4)) == [("1", "2026-10-01")]


def test_a_file_that_is_too_old_is_told_of_and_used(bureau: Bureau) -> None:
    bureau.take([person("1", "BOB SMITH")])
    add(bureau, [person("x", "BOB SMITH")], max_age=30)  # good to 2026-12-01
    add(bureau, [person("x", "BOB SMITH")], "deceased", client="Brown", max_age=1)

    def stale(on: date, client: str = "Acme") -> list[str]:
        with writing(bureau.house.engine) as store:
            return suppress.stale(store, drop_lists=[1], client=client, on=on)

    assert stale(DAY) == []
    (told,) = stale(date(2026, 12, 2))
    assert "suppression file 1 (preference, A) is of 2026-11-01 and was good to 2026-12-01" in told
    assert len(stale(date(2026, 12, 2), "Brown")) == 2
    assert met(bureau) == {"1": ["preference"]}


quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
names = st.tuples(
    st.sampled_from(["BOB", "ROBERT", "R", "MARY", ""]), st.sampled_from(["SMITH", "LEE"]), st.sampled_from(["", "JR"])
)
places = st.sampled_from([A, UNIT, B])
people = st.lists(st.tuples(names, places), min_size=1, max_size=6)


def test_what_sql_finds_is_what_the_keys_of_each_pair_say(sqlite_url: str, tmp_path: Path) -> None:
    bureau = Bureau.on(sqlite_url, tmp_path, tmp_path)

    @quick
    @given(ours=people, theirs=people, kind=st.sampled_from(["preference", "client"]))
    def holds(ours: Any, theirs: Any, kind: str) -> None:
        name = f"l{bureau.files}"
        bureau.create(name)
        LISTS[name] = bureau.value("SELECT max(id) FROM mailing_list")
        rows = [[_row(str(at), *each) for at, each in enumerate(side)] for side in (ours, theirs)]
        bureau.take(rows[0], name)
        add(bureau, rows[1], kind, match="individual", list_name=name)
        expected = {
            one["record_id"] for one in rows[0] for other in rows[1] if _named(one, other, wide=kind == "preference")
        }
        assert set(met(bureau, name)) == expected

    holds()
    bureau.house.engine.dispose()


def _row(record_id: str, name: tuple[str, str, str], place: Mapping[str, str]) -> dict[str, str]:
    first, last, suffix = name
    return {"record_id": record_id, "first_name": first, "last_name": last, "name_suffix": suffix, **place}


def _named(one: dict[str, str], other: dict[str, str], *, wide: bool) -> bool:
    columns = ("first_name", "last_name", "name_suffix", "address1", "zip5")
    ours, theirs = (keys_of(**{name: row[name] for name in columns}) for row in (one, other))
    people = ((each.first_name, each.generation) for each in (ours, theirs))
    return ours.household == theirs.household and same_person(*people, wide=wide)
