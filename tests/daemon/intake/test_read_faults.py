"""A file is refused whole; a record that cannot be read stands alone; the rest is a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.intake.read import NotificationFile
from schemas.errors import RecordError
from tests.builders import (
    V02,
    notification,
    patched,
)
from tests.reading import SIX, TRADITIONAL, Folder, one_coa, one_nixie, small


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# records that cannot be read

THREE = notification(V02, [one_coa(), one_nixie(), one_coa()])


@pytest.mark.parametrize(
    ("line", "field", "raw", "reason"),
    [
        (2, "record_type", "X", "bad_record_type"),
        (2, "coa_nixie_flag", "X", "bad_record_type"),
        (3, "coa_nixie_flag", " ", "bad_record_type"),
        (3, "coa_nixie_flag", "\xff", "bad_record_type"),
        (2, "file_version", "0X", "bad_field"),
        (2, "sequence_number", "0000000X", "bad_field"),
        (3, "sequence_number", "", "bad_field"),
        (2, "acs_mailer_id", "BYOB\x00FN", "bad_field"),
        (2, "keyline_sequence_serial_number", "JLST\xe9", "bad_field"),
        (2, "last_name", "EXAMPL\xc9", "bad_field"),
        (2, "new_address_label", "7 INVENTED\x1bST", "bad_field"),
        (2, "deliverability_code", "\xa0", "bad_field"),
        (3, "old_zip_code", "8711\x7f", "bad_field"),
    ],
)
def test_a_record_that_cannot_be_read_is_rejected_alone(
    line: int, field: str, raw: str, reason: str, folder: Folder
) -> None:
    read = folder.read(patched(THREE, V02, line, **{field: raw}))
    assert [(each.line, each.field, each.reason) for each in read.rejects] == [(line, field, reason)]
    assert [found[0] for found in read.found] == [2, 3, 4]
    assert [found[2] for found in read.found].count("") == 1
    assert len(read.notices) == 2


def test_a_rejected_record_has_no_notice(tmp_path: Path) -> None:
    path = tmp_path / "f.dat"
    path.write_bytes(patched(THREE, V02, 2, move_effective_date="20269999"))
    with NotificationFile(path) as file:
        line, offset, kind, _, _ = next(iter(file.scan()))
        assert kind == ""
        with pytest.raises(RecordError) as caught:
            file.notice_at(line, offset)
    assert caught.value.field == "move_effective_date"


@pytest.mark.parametrize(
    ("line", "field", "raw"),
    [
        (2, "id_tag", "\xe9"),
        (2, "old_urbanization", "URB \xd1"),
        (3, "filler_2", "\x00"),
        (2, "intelligent_mail_barcode", "\xb2"),
        (2, "product_code_fee_1", "12.50"),
        (2, "made_available_date", "20269999"),
        (2, "type_of_acs", "Z"),
    ],
)
def test_other_fields_that_cannot_be_read_are_a_warning(line: int, field: str, raw: str, folder: Folder) -> None:
    read = folder.read(patched(THREE, V02, line, **{field: raw}))
    assert len(read.notices) == 3
    assert any(text.startswith(f"line {line}: field {field}: ") for text in read.summary.warnings)


def test_a_barcode_is_needed_where_the_keyline_is_blank(folder: Folder) -> None:
    content = notification(V02, [one_nixie(keyline="", barcode=SIX)])
    read = folder.read(patched(content, V02, 2, intelligent_mail_barcode=SIX[:20] + "\xe9"))
    assert [reject.field for reject in read.rejects] == ["intelligent_mail_barcode"]


def test_the_end_marker_may_be_any_byte(folder: Folder) -> None:
    assert folder.read(patched(THREE, V02, 2, end_marker="\xff")).summary.warnings == ()


# files that are refused

LINES = THREE.split(b"\r\n")


def joined(*lines: bytes) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (joined(*LINES[1:4]), "no-header", 1),
        (joined(LINES[1], LINES[0], *LINES[2:4]), "header-not-first", 1),
        (joined(*LINES[:3], LINES[0], LINES[3]), "two-headers", 4),
        (joined(LINES[0], LINES[1] + b"X", *LINES[2:4]), "mixed-lengths", 3 - 1),
        (joined(LINES[0], LINES[1], LINES[2][:-1], LINES[3]), "mixed-lengths", 3),
        (joined(LINES[0], LINES[1], b"", *LINES[2:4]), "mixed-lengths", 3),
        (joined(LINES[0], LINES[1], b"D01" + LINES[2][3:], LINES[3]), "mixed-versions", 3),
        (THREE[:-10], "truncated-record", 4),
        (THREE.replace(b"\r\n", b"")[:-10], "truncated-record", 4),
        (joined(*LINES[:3]), "wrong-count", 1),
        (joined(*LINES[:4], LINES[3]), "wrong-count", 1),
        (THREE + b"D02" + b"9" * 5000, "mixed-lengths", 5),
    ],
    ids=range(12),
)
def test_a_file_is_refused_whole_naming_the_line(content: bytes, reason: str, line: int, folder: Folder) -> None:
    error = folder.refusal(content)
    assert (error.reason, error.line) == (reason, line)


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        ({"total_acs_record_count": "000000004"}, "total_acs_record_count"),
        ({"total_coa_count": "000000001"}, "total_acs_record_count"),
        ({"total_coa_count": "000000001", "total_nixie_count": "000000002"}, "total_coa_count"),
        ({"total_coa_count": "000000003", "total_nixie_count": "000000000"}, "total_nixie_count"),
        (
            {
                "total_acs_record_count": "000000002",
                "total_coa_count": "000000001",
                "total_nixie_count": "000000001",
            },
            "total_acs_record_count",
        ),
    ],
)
def test_counts_that_do_not_close_refuse_the_file(counts: dict[str, str], field: str, folder: Folder) -> None:
    error = folder.refusal(patched(THREE, V02, 1, **counts))
    assert (error.reason, error.field) == ("wrong-count", field)


@pytest.mark.parametrize(
    "field", ["total_acs_record_count", "total_coa_count", "total_nixie_count", "create_date", "customer_id"]
)
@pytest.mark.parametrize("raw", ["\xb2", "", "X\x00"])
def test_a_header_that_cannot_be_read_refuses_the_file(field: str, raw: str, folder: Folder) -> None:
    error = folder.refusal(patched(THREE, V02, 1, **{field: raw}))
    assert (error.reason, error.field, error.line) == ("unreadable-header", field, 1)


def test_one_record_of_unreadable_kind_may_fill_the_gap_in_the_counts(folder: Folder) -> None:
    read = folder.read(patched(THREE, V02, 2, coa_nixie_flag="X"))
    assert (read.summary.coa, read.summary.nixie, read.summary.rejected) == (1, 1, 1)


# what the header says about groups and fees

CHARGED = notification(
    V02,
    [
        one_coa(fees=[("000501", 60), ("000900", 10)]),
        one_nixie(fees=[("000502", 210)]),
        one_nixie(account="567094", keyline="123456789", fees=[("000502", 210)]),
    ],
)


def test_charges_are_counted_by_record_header_and_product(folder: Folder) -> None:
    read = folder.read(CHARGED)
    assert (read.summary.counted, read.summary.header_fee) == (490, 490)
    assert [tuple(product) for product in read.summary.products] == [
        ("000501", 1, 60),
        ("000502", 2, 420),
        ("000900", 1, 10),
    ]
    assert [notice.charge for notice in read.notices] == [70, 210, 210]
    assert read.summary.warnings == ()


def test_a_first_pair_left_blank_does_not_shift_the_others(folder: Folder) -> None:
    content = patched(CHARGED, V02, 2, product_code_1="", product_code_fee_1="")
    assert folder.read(content).notices[0].charge == 10


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"trd_coa_count": "000000009"}, "group trd: 9 COAs and 1 nixies are not its count 2"),
        ({"ocd_record_count": "000000009"}, "group ocd: count 9, but 1 records have type of ACS O"),
        ({"fs_record_count": "000000001"}, "the groups' record counts do not add up to its total 3"),
        ({"trd_coa_acs_fee_amount": "00000000099"}, "group trd: coa fee 0.99, but the records' fees are 0.07"),
        ({"ocd_acs_fee_amount": "00000000099"}, "group ocd: its fee is not the sum of its COA and nixie fees"),
        ({"impb_record_count": "X"}, "group impb: its records cannot be read"),
        ({"impb_acs_fee_amount": "X"}, "group impb: its fee cannot be read"),
    ],
)
def test_a_group_that_does_not_add_up_is_a_warning(fields: dict[str, str], words: str, folder: Folder) -> None:
    warnings = folder.read(patched(CHARGED, V02, 1, **fields)).summary.warnings
    assert any(words in text for text in warnings), warnings


def test_a_header_fee_that_cannot_be_read_is_not_known(folder: Folder) -> None:
    assert folder.read(patched(CHARGED, V02, 1, impb_acs_fee_amount="X")).summary.header_fee is None


def test_the_traditional_layouts_have_no_fees(folder: Folder) -> None:
    summary = folder.read(small(TRADITIONAL)).summary
    assert (summary.counted, summary.header_fee, summary.products) == (0, None, ())


def test_a_sequence_number_that_comes_twice_for_an_account_is_a_warning(folder: Folder) -> None:
    records = [one_nixie(sequence=number) for number in (1, 70_000, 2, 1)]
    records.append(one_nixie(account="BXBPHJX", sequence=1))
    read = folder.read(notification(V02, records))
    assert read.summary.warnings == ("line 5: field sequence_number: came before for the same account",)


def test_warnings_and_refusals_name_no_person(folder: Folder) -> None:
    content = patched(CHARGED, V02, 2, id_tag="\xe9", last_name="SECRETNAME", type_of_acs="Z")
    assert not any("SECRETNAME" in text for text in folder.read(content).summary.warnings)
    error = folder.refusal(content.replace(b"SECRETNAME", b"SECRETNAME1"))
    assert "SECRETNAME" not in str(error)
