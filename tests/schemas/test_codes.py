"""The code tables say of every code what it means and what it does to mail."""

from __future__ import annotations

import pytest

from schemas.acs import FAMILIES
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE, STRENGTH, TABLES


def test_every_code_a_layout_lists_stands_in_its_table() -> None:
    for family in FAMILIES:
        for layout in (family.header, family.coa, family.nixie):
            for row in layout.fields:
                if row.table:
                    assert {value for value in row.values if value} <= TABLES[row.table].keys(), row.name


@pytest.mark.parametrize(
    ("code", "outcome", "status", "reason"),
    [
        ("P", "suppressed", "deceased", "deceased"),
        ("A", "suppressed", "undeliverable", "attempted_not_known"),
        ("N", "suppressed", "undeliverable", "no_such_number"),
        ("S", "suppressed", "undeliverable", "no_such_street"),
        ("V", "suppressed", "undeliverable", "vacant"),
        ("M", "suppressed", "undeliverable", "no_mail_receptacle"),
        ("R", "suppressed", "undeliverable", "refused"),
        ("U", "suppressed", "undeliverable", "unclaimed"),
        ("Q", "held", "held", "forwarding_order_expired"),
        ("I", "held", "held", "insufficient_address"),
        ("L", "held", "held", "illegible"),
        ("E", "held", "held", "in_dispute"),
    ],
)
def test_a_nixie_leads_to(code: str, outcome: str, status: str, reason: str) -> None:
    found = DELIVERABILITY_NIXIE[code]
    assert (found.outcome, found.status, found.reason) == (outcome, status, reason)


def test_a_coa_without_code_moves_k_and_g_suppress_and_w_changes_nothing() -> None:
    assert DELIVERABILITY_COA[""].reason == "moved"
    assert DELIVERABILITY_COA["K"].reason == "moved_left_no_address"
    assert DELIVERABILITY_COA["G"].reason == "po_box_closed"
    assert (DELIVERABILITY_COA["W"].outcome, DELIVERABILITY_COA["W"].status) == ("kept", "")


def test_retired_codes_read_as_the_codes_that_replaced_them() -> None:
    for old, new in (("B", "I"), ("D", "Q"), ("X", "Q")):
        retired, present = DELIVERABILITY_NIXIE[old], DELIVERABILITY_NIXIE[new]
        assert (retired.reads_as, retired.status, retired.reason) == (new, present.status, present.reason)
    assert DELIVERABILITY_COA["C"].reads_as == "M"
    assert DELIVERABILITY_COA["C"].reason == DELIVERABILITY_NIXIE["M"].reason


def test_only_refused_and_unclaimed_need_a_second_notice() -> None:
    assert {code for code, row in DELIVERABILITY_NIXIE.items() if row.strikes > 1} == {"R", "U"}


def test_statuses_are_ordered_by_strength() -> None:
    assert sorted(STRENGTH, key=STRENGTH.__getitem__) == ["mailable", "held", "undeliverable", "removed", "deceased"]
    for table in (DELIVERABILITY_COA, DELIVERABILITY_NIXIE):
        assert {row.status for row in table.values()} <= {"", *STRENGTH}


def test_no_code_stands_in_both_deliverability_tables() -> None:
    assert not DELIVERABILITY_COA.keys() & DELIVERABILITY_NIXIE.keys()


def test_a_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TABLES["move_type"]["Z"] = TABLES["move_type"]["F"]  # type: ignore[index]
