"""What is written closes: counts, groups and fees follow from the records."""

from __future__ import annotations

import pytest

from schemas.errors import LayoutError
from tests.builders import FAMILIES, V02, Place, coa, family_named, nixie, notification, some_account


def test_the_header_counts_what_follows() -> None:
    records = [
        coa(account="BYOBOFN", keyline="1234", fees=[("000501", 60)]),
        nixie(account="BYOBOFN", keyline="1234", fees=[("000502", 210), ("000503", 10)]),
        nixie(account="567094", keyline="123456789", type_of_acs="F"),
    ]
    header = V02.header.read(notification(V02, records).split(b"\r\n")[0].decode())
    assert (header["total_acs_record_count"], header["total_coa_count"], header["total_nixie_count"]) == (
        "000000003",
        "000000001",
        "000000002",
    )
    assert (header["trd_record_count"], header["trd_acs_fee_amount"]) == ("000000002", "00000000028")
    assert (header["trd_nixie_count"], header["trd_nixie_acs_fee_amount"]) == ("000000001", "00000000022")
    assert (header["fs_nixie_count"], header["ocd_record_count"]) == ("000000001", "000000000")


def test_sequence_numbers_start_at_one_for_each_account() -> None:
    records = [nixie(account=account, keyline="1234") for account in ("BYOBOFN", "BYOBOFN", "BXBPHJX", "BYOBOFN")]
    lines = notification(V02, records).decode().split("\r\n")[1:-1]
    assert [V02.nixie.read(line)["sequence_number"][-1] for line in lines] == ["1", "2", "1", "3"]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_writes_the_same_record_as_far_as_it_has_room(family) -> None:  # type: ignore[no-untyped-def]
    new = Place(number="2", street="SAMPLE", city="OTHERTOWN", state="CO", zip5="80202", zip4="1234")
    record = coa(account=some_account(family), keyline="123456789", move_date="2026-05-17", new=new)
    line = notification(family, [record]).decode().split("\r\n")[1]
    values = family.coa.read(line)
    assert len(line) == family.length
    assert values["new_address_label"] == "2 SAMPLE ST"
    assert values["move_effective_date"] == ("202605" if family.month_only else "20260517")


def test_a_business_name_fills_the_four_name_fields() -> None:
    name = "THE INVENTED COMPANY OF SAMPLEVILLE AND SUBURBS"
    line = notification(V02, [coa(account="BYOBOFN", move_type="B", company=name)]).decode().split("\r\n")[1]
    assert line[V02.coa.span("last_name", "name_suffix")] == name


def test_a_field_that_no_layout_has_is_refused() -> None:
    with pytest.raises(LayoutError, match="no layout has such a field"):
        notification(V02, [nixie(account="BYOBOFN", no_such_field="X")])


def test_counts_are_left_alone_when_asked() -> None:
    content = notification(V02, [nixie(account="BYOBOFN")], fix_counts=False, total_coa_count="9")
    header = V02.header.read(content.split(b"\r\n")[0].decode())
    assert (header["total_acs_record_count"], header["total_coa_count"]) == ("000000000", "000000009")


def test_the_traditional_layouts_have_neither_groups_nor_fees() -> None:
    family = family_named("traditional_427")
    line = notification(family, [nixie(account="BYOBOFN", fees=[("000501", 60)])]).decode().split("\r\n")[1]
    assert "000501" not in line
