"""What a notification file that can be read says."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.layout import Family
from schemas.notice import NewAddress, Notice
from tests.builders import (
    V02,
    Place,
    notification,
    patched,
    some_account,
    write_file,
)
from tests.reading import LEGACY, NINE, SIX, TRADITIONAL, Folder, Read, every_family, one_coa, one_nixie, small


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# what a good file says


def test_the_first_pass_tells_line_offset_kind_account_and_key(tmp_path: Path) -> None:
    path = write_file(tmp_path / "f.dat", [one_coa(keyline="JLSTMS67969"), one_nixie()])
    read = Read(path)
    assert read.found == [
        (2, 702, "coa", "BYOBOFN", "JLSTMS67969"),
        (3, 1404, "nixie", "BYOBOFN", "123456789"),
    ]
    assert (read.summary.details, read.summary.coa, read.summary.nixie, read.summary.rejected) == (2, 1, 1, 0)
    assert read.summary.warnings == ()


def test_a_coa_is_cut_into_a_notice(folder: Folder) -> None:
    record = one_coa(
        first_name="ALEX Q",
        prefix="DR",
        suffix="JR",
        move_date="2026-05-03",
        fulfilled="2026-05-18",
        fees=[("000501", 60)],
    )
    (notice,) = folder.read(notification(V02, [record])).notices
    assert notice == Notice(
        line=2,
        kind="coa",
        sequence=1,
        account="BYOBOFN",
        key="123456789",
        code="",
        move_type="I",
        move_date="2026-05-03",
        fulfilled="2026-05-18",
        prefix="DR",
        first_name="ALEX Q",
        last_name="EXAMPLE",
        suffix="JR",
        company="",
        old_number="12",
        old_address1="12 N SAMPLE AVE",
        old_city="OLDTOWN",
        old_state="NM",
        old_zip="87110",
        new=NewAddress("7 INVENTED ST APT 4", "", "NEWTOWN", "CO", "80202", "1234", "56", False),
        charge=60,
        mail_class="B",
        type_of_acs="T",
    )


def test_a_nixie_carries_its_old_zip_and_no_new_address(folder: Folder) -> None:
    (notice,) = folder.read(notification(V02, [one_nixie(code="V", fulfilled="2026-05-18")])).notices
    assert (notice.kind, notice.code, notice.old_zip, notice.new) == ("nixie", "V", "87110", None)
    assert (notice.fulfilled, notice.move_date, notice.old_address1) == ("2026-05-18", "", "")


def test_the_header_says_customer_date_shipment_and_totals(folder: Folder) -> None:
    header = folder.read(notification(V02, [one_nixie()], customer="777001", shipment="42")).header
    assert (header.customer_id, header.create_date, header.shipment_number) == ("777001", "2026-05-20", "0000000042")
    assert (header.total, header.coa, header.nixie, header.fee_mills) == (1, 0, 1, 0)


@every_family
def test_every_family_reads_the_same_people(family: Family, folder: Folder) -> None:
    read = folder.read(small(family))
    moved, returned = read.notices
    assert read.family == family
    assert (moved.kind, moved.last_name, moved.account) == ("coa", "EXAMPLE", some_account(family))
    assert moved.new == NewAddress("7 INVENTED ST APT 4", "", "NEWTOWN", "CO", "80202", "1234", "56", False)
    assert (returned.kind, returned.code, returned.old_zip) == ("nixie", "A", "87110")
    assert moved.move_date == ("2026-05" if family.month_only else "2026-05-01")


@every_family
def test_a_header_without_records_is_a_file(family: Family, folder: Folder) -> None:
    assert folder.read(notification(family, [])).summary.details == 0


@every_family
def test_line_ends_make_no_difference(family: Family, folder: Folder) -> None:
    content = small(family)
    wanted = folder.read(content).notices
    for same in (
        content.replace(b"\r\n", b"\n"),
        content.replace(b"\r\n", b""),
        content.removesuffix(b"\r\n"),
        content + b"\r\n\n\n",
        content + b"\x1a",
    ):
        read = folder.read(same)
        assert read.notices == wanted
        assert not [text for text in read.summary.warnings if "inferred" not in text]


@every_family
def test_line_ends_that_became_two_characters_are_dropped_with_a_warning(family: Family, folder: Folder) -> None:
    content = small(family)
    wanted = folder.read(content).notices
    for same in (content.replace(b"\r\n", b"  "), content.replace(b"\r\n", b"  \n")):
        read = folder.read(same)
        assert read.notices == wanted
        assert any("were dropped" in text for text in read.summary.warnings)


# fields that take thought


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("20260517", "2026-05-17"),
        ("20260500", "2026-05"),
        ("        ", ""),
        ("00000000", ""),
        ("20240229", "2024-02-29"),
    ],
)
def test_a_move_date_keeps_the_precision_the_file_gives(raw: str, wanted: str, folder: Folder) -> None:
    content = patched(notification(V02, [one_coa()]), V02, 2, move_effective_date=raw)
    (notice,) = folder.read(content).notices
    assert notice.move_date == wanted


@pytest.mark.parametrize("raw", ["20260230", "20261301", "2026AB01", "20250229", "99999999", "00260501", "2026"])
@pytest.mark.parametrize("field", ["move_effective_date", "fulfillment_date"])
def test_a_date_that_is_none_rejects_its_record_alone(field: str, raw: str, folder: Folder) -> None:
    content = patched(notification(V02, [one_coa(), one_nixie()]), V02, 2, **{field: raw})
    read = folder.read(content)
    assert [(reject.line, reject.field, reject.reason) for reject in read.rejects] == [(2, field, "bad_field")]
    assert [kind for _, _, kind, _, _ in read.found] == ["", "nixie"]
    assert len(read.notices) == 1


def test_layouts_without_a_fulfillment_date_use_the_headers_create_date(folder: Folder) -> None:
    read = folder.read(notification(TRADITIONAL, [one_coa(), one_nixie()], create_date="2026-06-01"))
    assert [notice.fulfilled for notice in read.notices] == ["2026-06-01", "2026-06-01"]


def test_the_new_address_is_put_together_where_the_label_is_empty(folder: Folder) -> None:
    new = Place(
        number="7",
        pre_directional="N",
        street="OLD INVENTED",
        suffix="RD",
        post_directional="SW",
        unit_designator="STE",
        unit_number="100",
        zip5="80202",
        label="",
    )
    (notice,) = folder.read(notification(V02, [one_coa(new=new)])).notices
    assert notice.new is not None
    assert notice.new.address1 == "7 N OLD INVENTED RD SW STE 100"


@pytest.mark.parametrize(
    ("label", "pmb", "wanted"),
    [
        ("7 INVENTED ST", "45", "7 INVENTED ST PMB 45"),
        ("7 INVENTED ST PMB 45", "45", "7 INVENTED ST PMB 45"),
        ("7 INVENTED ST PMB 4", "45", "7 INVENTED ST PMB 4 PMB 45"),
        ("7 INVENTED ST", "PMB 45", "7 INVENTED ST PMB 45"),
        ("7 INVENTED ST", "", "7 INVENTED ST"),
    ],
)
def test_a_private_mailbox_stands_at_the_end_once(label: str, pmb: str, wanted: str, folder: Folder) -> None:
    record = one_coa(new=Place(label=label, pmb=pmb, zip5="80202"))
    (notice,) = folder.read(notification(V02, [record])).notices
    assert notice.new is not None
    assert notice.new.address1 == wanted


@pytest.mark.parametrize("code", ["G", "K", "W"])
def test_codes_that_bring_no_new_address_give_none_whatever_the_fields_say(code: str, folder: Folder) -> None:
    away = Place(number="", street="TEMPORARILY AWAY", suffix="", zip5="87110")
    (notice,) = folder.read(notification(V02, [one_coa(code=code, new=away)])).notices
    assert (notice.code, notice.new) == (code, None)


def test_an_empty_new_address_without_code_is_there_and_unusable(folder: Folder) -> None:
    (notice,) = folder.read(notification(V02, [one_coa(new=None)])).notices
    assert notice.new == NewAddress("", "", "", "", "", "", "", False)
    assert not notice.new.usable


def test_a_foreign_new_address_is_marked(folder: Folder) -> None:
    (notice,) = folder.read(notification(V02, [one_coa(new=Place(label="1 RUE", address_type="F"))])).notices
    assert notice.new is not None
    assert notice.new.foreign


def test_zeros_in_an_optional_zip_are_no_zip(folder: Folder) -> None:
    record = one_coa(new=Place(number="7", street="INVENTED", zip5="00000", zip4="0000", delivery_point="00"))
    (notice,) = folder.read(notification(V02, [record])).notices
    assert notice.new is not None
    assert (notice.new.zip5, notice.new.zip4, notice.new.delivery_point) == ("", "", "")


def test_a_business_has_one_name_of_47_characters(folder: Folder) -> None:
    name = "THE INVENTED COMPANY OF SAMPLEVILLE AND SUBURBS"
    (notice,) = folder.read(notification(V02, [one_coa(move_type="B", company=name)])).notices
    assert (notice.company, notice.last_name, notice.first_name, notice.prefix, notice.suffix) == (name, "", "", "", "")


# account and key


@pytest.mark.parametrize(
    ("account", "keyline", "barcode", "wanted"),
    [
        ("BYOBOFN", "JLST MS67 969", "", ("BYOBOFN", "JLSTMS67969")),
        ("567094", "", SIX, ("567094", "987654321")),
        ("987654321", "", NINE, ("987654321", "123456")),
        ("", "", SIX, ("567094", "987654321")),
        ("", "111111111", SIX, ("567094", "111111111")),
        ("BYOBOFN", "", "", ("BYOBOFN", "")),
        ("BYOBOFN", "", "0123456709", ("BYOBOFN", "")),
        ("BYOBOFN", "", "01234567094X8765432101234567891", ("BYOBOFN", "")),
    ],
)
def test_the_key_is_the_keyline_else_the_barcodes_serial(
    account: str, keyline: str, barcode: str, wanted: tuple[str, str], folder: Folder
) -> None:
    for build in (one_coa, one_nixie):
        read = folder.read(notification(V02, [build(account=account, keyline=keyline, barcode=barcode)]))
        assert read.found[0][3:] == wanted
        assert (read.notices[0].account, read.notices[0].key) == wanted


@pytest.mark.parametrize(
    ("nine", "six", "wanted"),
    [
        ("901234567", "567094", "901234567"),
        ("", "567094", "567094"),
        ("000000000", "567094", "567094"),
        ("", "", "567094"),
        ("", "000000", "567094"),
    ],
)
def test_the_legacy_layout_prefers_the_nine_digit_mailer_id(nine: str, six: str, wanted: str, folder: Folder) -> None:
    content = notification(LEGACY, [one_nixie(account="111111", keyline="987654321", barcode=SIX)])
    read = folder.read(patched(content, LEGACY, 2, mailer_id_9=nine, mailer_id_6=six))
    assert read.found[0][3:] == (wanted, "987654321")
    assert read.notices[0].account == wanted


# kind


@pytest.mark.parametrize("family", [TRADITIONAL, LEGACY], ids=lambda family: family.name)
def test_without_a_flag_the_code_decides_the_kind(family: Family, folder: Folder) -> None:
    account = some_account(family)
    records = [one_coa(account=account, code=code) for code in ("", "G", "K", "W", "C")]
    records += [one_nixie(account=account, code=code) for code in "AEILMNPQRSUVBDX"]
    read = folder.read(notification(family, records))
    assert [notice.kind for notice in read.notices] == ["coa"] * 5 + ["nixie"] * 15


@pytest.mark.parametrize("family", [TRADITIONAL, LEGACY], ids=lambda family: family.name)
def test_a_code_of_no_table_is_a_coa_where_there_is_a_move(family: Family, folder: Folder) -> None:
    account = some_account(family)
    read = folder.read(notification(family, [one_coa(account=account, code="Z"), one_nixie(account=account, code="Z")]))
    assert [(notice.kind, notice.code) for notice in read.notices] == [("coa", "Z"), ("nixie", "Z")]
    assert [found[2] for found in read.found] == ["coa", "nixie"]


def test_an_unlisted_code_is_read_and_left_to_the_decision(folder: Folder) -> None:
    (notice,) = folder.read(notification(V02, [one_nixie(code="Z")])).notices
    assert (notice.kind, notice.code) == ("nixie", "Z")


def test_flag_and_code_that_disagree_are_a_warning(folder: Folder) -> None:
    read = folder.read(notification(V02, [one_coa(code="V"), one_coa(code="V"), one_nixie(code="")]))
    assert [notice.kind for notice in read.notices] == ["coa", "coa", "nixie"]
    assert [text for text in read.summary.warnings if "disagree" in text] == [
        "line 2 and 2 more: field deliverability_code: code and COA/nixie flag disagree"
    ]


def test_nixies_of_the_legacy_layout_are_read_with_a_warning(folder: Folder) -> None:
    read = folder.read(notification(LEGACY, [one_nixie(account="567094") for _ in range(3)]))
    assert read.summary.warnings == (
        "line 2 and 2 more: nixies of this layout are inferred, not published: check them",
    )
