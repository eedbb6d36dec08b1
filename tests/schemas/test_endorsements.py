"""The table of endorsements: whole, without doubles, and of one mind with the STID table."""

from __future__ import annotations

import pytest

from schemas.endorsements import SERVICES, service_of
from schemas.prices import CLASSES


def test_every_class_has_its_rows_and_no_row_twice() -> None:
    assert tuple(SERVICES) == CLASSES
    for rows in SERVICES.values():
        names = [(row.endorsement, row.option) for row in rows]
        assert len(set(names)) == len(names)
        assert ("", 1) in names


@pytest.mark.parametrize("mail_class", CLASSES)
def test_a_fee_for_a_return_is_only_where_a_piece_is_returned(mail_class: str) -> None:
    for row in SERVICES[mail_class]:
        for fate in row.fates:
            assert not {"single_piece", "weighted", "return_package"} & set(fate.fees) or fate.piece == "returned"
            assert "forward_postage" not in fate.fees or fate.piece == "forwarded"
            assert "notice" not in fate.fees or fate.tells


def test_first_class_returns_and_forwards_without_a_fee() -> None:
    for row in SERVICES["first-class"]:
        assert {fee for fate in row.fates for fee in fate.fees} <= {"notice"}


@pytest.mark.parametrize("mail_class", ["first-class", "marketing", "package"])
def test_change_brings_everything_back_electronically(mail_class: str) -> None:
    for option in (1, 2):
        row = service_of(mail_class, "change", option)
        assert row is not None
        assert [fate.tells for fate in row.fates] == ["address", "address", "reason"]
        assert not any(fate.on_paper for fate in row.fates)


def test_marketing_mail_without_an_endorsement_tells_nothing() -> None:
    row = service_of("marketing", "", None)
    assert row is not None
    assert [(fate.piece, fate.tells) for fate in row.fates] == [("discarded", "")] * 3
