"""What the simulator says of one address."""

from __future__ import annotations

from collections import Counter

import pytest

from daemon.simulator.coding import ASKED, COLUMNS, ENGINE, Coder
from daemon.simulator.places import places
from schemas.cass import DELIVERABLE


def coded(address1: str, *, seed: int = 0, **other: str) -> dict[str, str]:
    sent = {"address1": address1, "city": "TAOS", "state": "NM", "zip5": "87571", **other}
    found = Coder(places(), seed).code(tuple(sent.get(name, "") for name in ASKED))
    return dict(zip(COLUMNS, found, strict=True))


def street(count: int, **other: str) -> list[dict[str, str]]:
    return [coded(f"{number} SALTBUSH ST", **other) for number in range(1, count)]


def of_route(count: int) -> list[dict[str, str]]:
    return [coded(f"RR 2 BOX {number}") for number in range(1, count)]


def test_a_confirmed_address_has_every_code_and_its_check_digit_closes_the_sum_to_ten() -> None:
    found = next(each for each in street(50) if each["dpv_footnotes"] == "AABB" and each["record_type"] == "S")
    assert (found["dpv"], found["engine"]) == ("Y", ENGINE)
    assert found["std_dp"] == found["std_addr1"].partition(" ")[0].zfill(2)
    digits = found["std_zip5"] + found["std_zip4"] + found["std_dp"] + found["std_chk"]
    assert len(digits) == 12
    assert sum(map(int, digits)) % 10 == 0
    assert found["std_crrt"][0] == "C"
    assert len(found["elot"]) == 4
    assert found["elot_dir"] in "AD"


def test_about_ninety_six_of_a_hundred_sane_addresses_are_confirmed() -> None:
    confirmed = sum(found["dpv"] in DELIVERABLE for found in street(3000))
    assert 0.95 < confirmed / 2999 < 0.97


@pytest.mark.parametrize(
    ("sent", "dpv", "marks", "footnotes"),
    [
        ({"address1": "SALTBUSH ST"}, "N", "A1M1", "I#"),
        ({"address1": ""}, "N", "A1M1", "I#"),
        ({"address1": "PO BOX"}, "N", "A1P1", "I#"),
        ({"address1": "RR 2"}, "N", "A1P1", "I#"),
        ({"address1": "7 SALTBUSH ST", "zip5": "", "city": "NOWHERE"}, "", "A1", "C#"),
        ({"address1": "7 SALTBUSH ST", "state": "CA"}, "", "A1", "C#"),
        ({"address1": "PSC 802 BOX 74"}, "", "A1", "F#"),
    ],
)
def test_what_lacks_something_gets_no_code(sent: dict[str, str], dpv: str, marks: str, footnotes: str) -> None:
    found = coded(**sent)  # type: ignore[arg-type]
    assert (found["dpv"], found["dpv_footnotes"], found["cass_footnotes"]) == (dpv, marks, footnotes)
    assert found["std_zip4"] == found["std_dp"] == found["record_type"] == ""


@pytest.mark.parametrize(
    ("sent", "record_type", "marks", "route"),
    [
        ({"address1": "GENERAL DELIVERY"}, "G", "AAG1", "G"),
        ({"address1": "PSC 802 BOX 74", "city": "APO", "state": "AE", "zip5": "09012"}, "S", "AAF1", "B"),
        ({"address1": "PO BOX 1234"}, "P", "AABB", "B"),
    ],
)
def test_each_kind_of_address_has_its_record_type(
    sent: dict[str, str], record_type: str, marks: str, route: str
) -> None:
    found = coded(**sent)  # type: ignore[arg-type]
    assert (found["record_type"], found["dpv_footnotes"], found["std_crrt"][0]) == (record_type, marks, route)


def test_a_post_office_box_has_its_own_zip4_and_delivery_point() -> None:
    found = coded("P.O. Box 1234")
    assert (found["std_zip4"], found["std_dp"], found["cass_footnotes"]) == ("1234", "34", "N#")


def test_every_way_to_be_confirmed_or_not_comes_up_in_a_long_street() -> None:
    homes, flats = street(4000), [coded(f"{number} SALTBUSH ST APT 4") for number in range(1, 1000)]
    marks = Counter(found["dpv_footnotes"] for found in (*homes, *flats))
    assert set(marks) == {"AABB", "AAM3", "A1", "AAN1", "AACC", "AAC1", "AABBR1"}
    assert {found["dpv"] for found in (*homes, *flats)} == {"Y", "D", "S", "N", ""}
    assert {found["ews"] for found in homes} == {"", "Y"}
    assert 10 < sum(found["vacant"] == "Y" for found in homes) < 100
    assert {found["no_stat_reason"] for found in homes if found["no_stat"] == "Y"} == set("12345")
    assert {found["record_type"] for found in flats if found["std_zip4"]} == {"H"}


def test_a_private_mailbox_is_at_a_receiving_agency() -> None:
    found = next(each for n in range(9) if (each := coded(f"{n + 1} SALTBUSH ST PMB 3"))["dpv"] == "Y")
    assert (found["cmra"], found["dpv_footnotes"]) == ("Y", "AABBRR")


def test_suitelink_finds_the_suite_of_some_companies_and_that_suite_stays() -> None:
    found = street(400, company="Tinwhistle Toys")
    assert {each["suitelink_code"] for each in found} == {"", "A", "00"}
    given = next(each for each in found if each["suitelink_code"] == "A")
    assert " STE " in given["std_addr1"]
    assert given["dpv"] == "Y"
    assert {each["rdi"] for each in found} == {"N", ""}
    again = coded(given["std_addr1"], company="Tinwhistle Toys")
    assert again["std_addr1"] == given["std_addr1"]


def test_lacslink_gives_some_rural_addresses_a_street() -> None:
    found = of_route(600)
    assert {each["lacs_ind"] + each["lacs_code"] for each in found} == {"N00", "YA", "N09", "N14"}
    given = next(each for each in found if each["lacs_ind"] == "Y")
    assert not given["std_addr1"].startswith("RR")
    assert (given["record_type"], given["dpv"], given["cass_footnotes"]) == ("S", "Y", "LI#N#")
    assert {each["record_type"] for each in found if each["lacs_ind"] == "N" and each["std_zip4"]} == {"R"}


def test_the_same_address_gets_the_same_answer_however_it_is_written_and_another_seed_another() -> None:
    assert coded("12 North Saltbush Street")["std_zip4"] == coded("12 N SALTBUSH ST")["std_zip4"]
    assert street(300) == street(300)
    first, second = street(300), [coded(f"{number} SALTBUSH ST", seed=1) for number in range(1, 300)]
    assert [each["dpv"] for each in first] != [each["dpv"] for each in second]
    assert {each["std_addr1"]: each["std_zip4"] for each in first if each["std_zip4"]}.items() & {
        each["std_addr1"]: each["std_zip4"] for each in second if each["std_zip4"]
    }.items(), "codes do not hang on the seed"
