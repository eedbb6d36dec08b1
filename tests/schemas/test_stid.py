"""The table of service types: found by what is asked, and held against what a list says."""

from __future__ import annotations

from collections import Counter

import pytest

from schemas.errors import StidError
from schemas.stid import stid_fits, stid_for, stids


def test_the_table_has_160_rows_and_each_is_found_by_what_it_asks() -> None:
    assert Counter(each.mail_class for each in stids().values()) == {
        "first-class": 54, "marketing": 46, "package": 46, "periodicals": 14,
    }  # fmt: skip
    for each in stids().values():
        if each.correction == "barcode":
            asked = (each.mail_class, each.endorsement, each.option, each.full_service, each.iv_mtr)
            assert stid_for(*asked) == each


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        (("first-class", "address", 2, False, False), "080"),
        (("first-class", "change", 1, True, True), "514"),
        (("marketing", "address", 1, True, False), "091"),
        (("marketing", "return", None, False, False), "272"),  # there is no option 1
        (("periodicals", "address", None, True, False), "038"),
        (("package", "change", 2, False, True), "456"),
        (("first-class", "", None, True, False), "260"),
    ],
)
def test_class_endorsement_option_and_service_name_one(
    asked: tuple[str, str, int | None, bool, bool], number: str
) -> None:
    assert stid_for(*asked).number == number


@pytest.mark.parametrize(
    ("asked", "reason", "says"),
    [
        (("first-class", "address", None, False), "ambiguous", "230 (address option 1), 080 (address option 2)"),
        (("first-class", "", None, False), "ambiguous", "700 (no endorsement, corrected on paper)"),
        (("first-class", "return", 1, False), "none", "there are 341 (return option 2)"),
        (("periodicals", "change", None, False), "none", "784 (address)"),
        (("periodicals", "address", 1, False), "none", "784 (address)"),
        (("marketing", "electronic", None, False), "none", "090 (address option 1)"),
        (("marketing", "forwarding", None, True), "none", "marketing, forwarding, Full-Service"),
        (("letters", "change", 1, False), "none", "no such class"),
    ],
)
def test_what_does_not_exist_or_is_ambiguous_is_refused_with_what_there_is(
    asked: tuple[str, str, int | None, bool], reason: str, says: str
) -> None:
    with pytest.raises(StidError) as error:
        stid_for(*asked)
    assert error.value.reason == reason
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("number", "of_list", "says"),
    [
        ("082", ("first-class", "change", 2), ""),
        ("082", ("", "", None), ""),
        ("300", ("first-class", "", None), ""),
        ("082", ("marketing", "change", 2), "is for first-class"),
        ("082", ("first-class", "address", 2), "Change Service Requested"),
        ("082", ("first-class", "change", 1), "option 2"),
        ("300", ("first-class", "address", 2), "no address correction"),
        ("700", ("first-class", "address", None), "on paper"),
        ("999", ("first-class", "address", None), "not in the USPS STID table"),
    ],
)
def test_a_number_given_by_hand_is_held_against_the_list(
    number: str, of_list: tuple[str, str, int | None], says: str
) -> None:
    mail_class, endorsement, option = of_list
    told = stid_fits(number, mail_class=mail_class, endorsement=endorsement, option=option)
    assert (len(told), says in "".join(told)) == (1 if says else 0, True)


def test_a_full_service_account_wants_a_full_service_number() -> None:
    asked = {"mail_class": "first-class", "endorsement": "change", "option": 2, "full_service": True}
    assert stid_fits("083", **asked) == []
    assert "Full-Service" in stid_fits("082", **asked)[0]
