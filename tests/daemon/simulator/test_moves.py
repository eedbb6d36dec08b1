"""Who has moved, as the simulator has it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from daemon.errors import SetAsideError, UsageError
from daemon.pub28.standard import standardise
from daemon.simulator.invent import code_of
from daemon.simulator.moves import ASKED, COLUMNS, Movers, read_moves
from daemon.simulator.places import places
from schemas.ncoalink import RETURN_CODES
from tests.daemon.simulator.files import ANN

TODAY = date(2026, 11, 20)


def asked(**other: str) -> tuple[str, ...]:
    record = {**ANN, **other}
    return tuple(record.get(name, "") for name in ASKED)


def answers(movers: Movers, *people: dict[str, str]) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, movers.answer(asked(**person)), strict=True)) for person in people]


def town(size: int, **other: str) -> list[dict[str, str]]:
    return [{"record_id": str(n), "last_name": f"PEMBERLY{n}", "address1": f"{n} OAK ST", **other} for n in range(size)]


def test_without_a_name_or_without_a_zip4_nobody_is_found() -> None:
    everyone = Movers(TODAY, percent=100)
    assert {each["ncoa_code"] for each in answers(everyone, *town(50, zip4=""))} == {"00"}
    nameless = [{**person, "first_name": "", "last_name": ""} for person in town(50)]
    assert {each["ncoa_code"] for each in answers(everyone, *nameless)} == {"00"}
    companies = [
        {**person, "last_name": "", "company": f"Tinwhistle Toys {person['record_id']}"} for person in town(50)
    ]
    assert {each["move_type"] for each in answers(everyone, *companies) if each["new_addr1"]} == {"B"}


def test_a_share_has_moved_as_wanted_and_nobody_where_none_is_wanted() -> None:
    codes = Counter(each["ncoa_code"] for each in answers(Movers(TODAY), *town(4000)))
    moved = sum(count for code, count in codes.items() if RETURN_CODES[code].treatment not in ("near", "none"))
    assert 0.10 < moved / 4000 < 0.14
    assert codes["A"] > moved * 0.7
    assert {"91", "01", "02", "05", "14", "19", "66", "77"} < set(codes)
    assert {each["ncoa_code"] for each in answers(Movers(TODAY, percent=0), *town(500))} == {"00"}


def test_a_closed_box_and_a_dropped_unit_are_told_by_the_address() -> None:
    everyone = Movers(TODAY, percent=100)
    boxes = [{**person, "address1": f"PO BOX {person['record_id']}"} for person in town(300)]
    assert "03" in {each["ncoa_code"] for each in answers(everyone, *boxes)}
    flats = [{**person, "address1": f"{person['address1']} APT 2"} for person in town(300)]
    codes = {each["ncoa_code"] for each in answers(everyone, *flats)}
    assert "92" in codes
    assert not codes & {"91", "03"}


def test_a_family_moves_together_and_one_person_moves_alone() -> None:
    couples = [{**person, "first_name": first} for person in town(600) for first in ("ANN", "PAUL")]
    found = answers(Movers(TODAY, percent=30), *couples)
    pairs = list(zip(found[::2], found[1::2], strict=True))
    families = [pair for pair in pairs if "F" in (pair[0]["move_type"], pair[1]["move_type"])]
    assert families
    assert all(one == other for one, other in families)
    assert any(one["move_type"] == "I" and not other["move_type"] for one, other in pairs)


def test_a_new_address_is_in_a_real_city_and_carries_the_code_that_cass_would_give_it() -> None:
    found = [each for each in answers(Movers(TODAY, percent=50), *town(300)) if each["new_addr1"]]
    assert len(found) > 50
    for each in found:
        place = places().by_zip[each["new_zip5"]]
        assert (each["new_city"], each["new_state"]) == (place.city, place.state)
        code = code_of(each["new_zip5"], standardise(each["new_addr1"]))
        assert (each["new_zip4"], each["new_dp"], each["new_crrt"]) == (*code[:2], code.carrier_route)
        assert "2022-12" <= each["move_date"] <= "2026-11"
        assert each["match_flag"] == "M"
    assert 0.6 < sum(each["new_state"] == "NM" for each in found) / len(found) < 0.9


def test_the_first_records_get_every_code_in_turn_and_the_rest_have_not_moved() -> None:
    found = answers(Movers(TODAY, every_code=True), *town(40, last_name="", zip4=""))
    assert [each["ncoa_code"] for each in found[: len(RETURN_CODES)]] == list(RETURN_CODES)
    assert {each["ncoa_code"] for each in found[len(RETURN_CODES) :]} == {"00"}
    for each in found:
        assert bool(each["new_addr1"]) == (RETURN_CODES[each["ncoa_code"]].treatment == "move")
    assert {each["ncoa_code"]: each["match_flag"] for each in found if each["match_flag"]} == {
        **{"A": "M", "91": "M", "92": "M"},
        **{"01": "F", "02": "K", "03": "G"},
    }


def test_a_file_of_moves_is_answered_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "moves.csv"
    path.write_text(
        "record_id,ncoa_code,move_type,move_date,new_addr1,new_city,new_state,new_zip5,new_zip4\n"
        "0,A,F,2026-05,3 LATER RD,TAOS,NM,87571,\n1,02,I,2026-04,,,,,\n2,A,,,,,,,\n3,88,,,,,,,\n"
    )
    found = answers(Movers(TODAY, told=read_moves(path), percent=100), *town(8))
    first = found[0]
    assert (first["ncoa_code"], first["move_type"], first["move_date"]) == ("A", "F", "2026-05")
    assert (first["new_addr1"], first["new_city"], first["new_zip5"]) == ("3 LATER RD", "TAOS", "87571")
    assert len(first["new_zip4"]) == 4
    assert (found[1]["ncoa_code"], found[1]["match_flag"], found[1]["move_date"]) == ("02", "K", "2026-04")
    assert found[2]["new_addr1"], "a move without an address is given one"
    assert found[3]["ncoa_code"] == "88", "also a code that nobody knows"
    assert {each["ncoa_code"] for each in found[4:]} == {"00"}


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("record_id\n1\n", "header", 1),
        ("record_id,ncoa_code,colour\n1,A,red\n", "header", 1),
        ("record_id,ncoa_code\n1,A\n1,00\n", "row", 3),
        ("record_id,ncoa_code\n1\n", "row", 2),
    ],
)
def test_a_file_of_moves_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, reason: str, line: int) -> None:
    path = tmp_path / "moves.csv"
    path.write_text(text)
    with pytest.raises(SetAsideError) as caught:
        read_moves(path)
    assert (caught.value.reason, caught.value.line) == (reason, line)
    with pytest.raises(UsageError):
        read_moves(tmp_path / "missing.csv")
