"""What the columns of an answer's row say: codes, dates, ZIPs, flags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from daemon.care.answers.ncoa_rows import FLAG_CODES
from schemas.ncoalink import RETURN_CODES
from tests.answers import Answers, read, read_whole

VENDORS = Path(__file__).parents[2] / "goldens" / "vendors"


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path)


# NCOALink: the code


@pytest.mark.parametrize(
    ("given", "code"),
    [("a", "A"), ("1", "01"), ("0", "00"), ("00", "00"), ("91", "91"), ("ZZ", "ZZ"), ("", ""), (" 5 ", "05")],
)
def test_a_code_has_two_digits_or_is_a_letter_and_what_is_unknown_is_kept(
    answers: Answers, given: str, code: str
) -> None:
    assert answers.ncoa({"ncoa_code": given})[0].code == code


@pytest.mark.parametrize(("flag", "code"), [*FLAG_CODES.items(), ("X", "X"), ("", ""), ("m", "A")])
def test_a_flag_counts_where_there_is_no_code(answers: Answers, flag: str, code: str) -> None:
    (row,) = answers.ncoa({"ncoa_code": "", "match_flag": flag}, more=["match_flag"])
    assert (row.code, row.note) == (code, "")


def test_every_code_that_a_flag_stands_for_is_a_code() -> None:
    assert set(FLAG_CODES.values()) <= set(RETURN_CODES)


@pytest.mark.parametrize(
    ("code", "flag", "note"),
    [
        *[("A", "M", ""), ("91", "M", ""), ("92", "S", ""), ("02", "K", ""), ("03", "G", ""), ("1", "F", "")],
        *[("00", "N", ""), ("17", "N", ""), ("12", "B", ""), ("14", "P", ""), ("A", "", "")],
        *[("00", "M", "flag-disagrees"), ("A", "K", "flag-disagrees"), ("02", "G", "flag-disagrees")],
        *[("66", "M", "flag-disagrees"), ("00", "X", "flag-disagrees"), ("ZZ", "N", "flag-disagrees")],
    ],
)
def test_the_code_wins_over_a_flag_that_disagrees_and_that_is_noted(
    answers: Answers, code: str, flag: str, note: str
) -> None:
    (row,) = answers.ncoa({"ncoa_code": code, "match_flag": flag}, more=["match_flag"])
    assert (row.code, row.note) == (code.rjust(2, "0") if code.isdigit() else code, note)


@pytest.mark.parametrize(
    ("code", "ank", "address", "read_as"),
    [
        *[("", "77", "", "77"), ("00", "77", "", "77"), ("0", "77", "", "77"), ("A", "77", "7 MADEUP RD", "A")],
        *[("02", "77", "", "02"), ("00", "48", "7 MADEUP RD", "A"), ("00", "48", "", "77"), ("00", "00", "", "00")],
        *[("00", "0", "", "00"), ("00", "99", "", "99"), ("", "", "", "")],
    ],
)
def test_anklink_counts_where_the_code_found_nothing(
    answers: Answers, code: str, ank: str, address: str, read_as: str
) -> None:
    row = {"ncoa_code": code, "ank_code": ank, "new_addr1": address}
    assert answers.ncoa(row, more=["ank_code"])[0].code == read_as


def test_where_the_vendor_has_one_address_only_that_of_a_row_without_a_move_is_no_new_one() -> None:
    for name in ("satori", "accuzip6", "bcc_mail_manager", "melissa_smartmover_v3"):
        rows = read(VENDORS / name / "answer.csv", "ncoa")
        assert {bool(row.address1) for row in rows if row.code in ("A", "91", "92")} == {True}
        assert {row.address1 + row.zip5 + row.delivery_point for row in rows if row.code not in ("A", "91", "92")} == {
            ""
        }


def test_a_movers_two_rows_keep_their_roles_and_a_row_without_a_code_found_no_move() -> None:
    rows = read(VENDORS / "truencoa" / "answer.csv", "ncoa")
    assert [(row.record_id, row.role, row.code) for row in rows[1:5]] == [
        ("T-2", "H", "A"),
        ("T-2", "C", "A"),
        ("T-3", "H", "02"),
        ("T-4", "A", "00"),
    ]
    assert rows[-1].fault == "row_role"


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ("AS01,CS01", "A"),
        ("AS12", "A"),
        ("AS01", "00"),
        ("AE02", "00"),
        ("AS01,CS04", "CS04"),
        ("CM02", "CM02"),
        ("", ""),
    ],
)
def test_melissas_result_codes_are_one_code(answers: Answers, results: str, code: str) -> None:
    head = ["RecordID", "Results", "MoveEffectiveDate", "AddressLine1", "PostalCode"]
    row = dict(zip(head, ["1", results, "2026-09", "7 Madeup Rd", "80202-1234"], strict=True))
    assert read(answers.csv(head, row), "ncoa")[0].code == code


# NCOALink: the rest


@pytest.mark.parametrize(
    ("given", "date", "fault"),
    [
        *[("202609", "2026-09", ""), ("2026-09", "2026-09", ""), ("20260904", "2026-09-04", "")],
        *[("2026-09-04", "2026-09-04", ""), ("09/2026", "2026-09", ""), ("9/4/2026", "2026-09-04", "")],
        *[("", "", ""), ("000000", "", ""), ("202613", "", "move_date"), ("20260231", "", "move_date")],
        *[("2609", "", "move_date"), ("Sept", "", "move_date"), ("2026-0904", "", "move_date")],
    ],
)
def test_a_move_date_is_read_in_every_shape_and_never_guessed(
    answers: Answers, given: str, date: str, fault: str
) -> None:
    (row,) = answers.ncoa({"move_date": given})
    assert (row.move_date, row.fault) == (date, fault)


@pytest.mark.parametrize(
    ("name", "given", "fault"),
    [
        *[("new_zip5", "8020", "zip5"), ("new_zip5", "8O202", "zip5"), ("new_zip5", "٨٠٢٠٢", "zip5")],
        *[("new_zip4", "12", "zip4"), ("new_zip4", "12X4", "zip4"), ("new_dp", "4", "delivery_point")],
        *[("new_zip5", "80202", ""), ("new_zip4", "", ""), ("new_dp", "", ""), ("new_zip5", "", "")],
    ],
)
def test_a_new_address_that_cannot_be_read_is_a_fault(answers: Answers, name: str, given: str, fault: str) -> None:
    assert answers.ncoa({name: given})[0].fault == fault
    assert answers.ncoa({name: given, "ncoa_code": "01"})[0].fault == "", "nobody moves to it"


@pytest.mark.parametrize(
    ("given", "zip5", "zip4"),
    [("80202-1234", "80202", "1234"), ("802021234", "80202", "1234"), ("80202", "80202", ""), ("80202-", "80202", "")],
)
def test_a_zip_of_nine_is_split(answers: Answers, given: str, zip5: str, zip4: str) -> None:
    mapped = answers.map('[columns]\nncoa_code = "ncoa_code"\nnew_addr1 = "new_addr1"\nnew_zip9 = "new_zip9"\n')
    (row,) = answers.ncoa({"new_zip9": given}, more=["new_zip9"], map_file=mapped)
    assert (row.zip5, row.zip4, row.fault) == (zip5, zip4, "")


def test_a_last_line_gives_city_state_and_zip(answers: Answers) -> None:
    mapped = answers.map('[columns]\nncoa_code = "ncoa_code"\nnew_addr1 = "new_addr1"\nnew_lastline = "last"\n')

    def place(last: str) -> tuple[str, ...]:
        row = answers.ncoa({"last": last}, more=["last"], map_file=mapped)[0]
        return (row.city, row.state, row.zip5, row.zip4, row.fault)

    assert place("SANTA FE NM 87501-1234") == ("SANTA FE", "NM", "87501", "1234", "")
    assert place("Truth or Consequences, nm 87901") == ("Truth or Consequences", "NM", "87901", "", "")
    assert place("SANTA FE") == ("", "", "", "", "zip5")


@pytest.mark.parametrize(("given", "move_type"), [("i", "I"), ("Family", "F"), ("BUSINESS", "B"), ("X", ""), ("", "")])
def test_a_move_is_of_one_person_a_family_or_a_business(answers: Answers, given: str, move_type: str) -> None:
    assert answers.ncoa({"move_type": given})[0].move_type == move_type


def test_a_control_character_is_taken_out_and_is_a_fault(answers: Answers) -> None:
    (row,) = answers.ncoa({"new_addr1": "7\x00 MADEUP\nRD"})
    assert (row.address1, row.fault) == ("7 MADEUPRD", "address1")
    (row,) = answers.ncoa({"new_addr1": "7\u00a0MADEUP RD"})
    assert (row.address1, row.fault) == ("7\u00a0MADEUP RD", "")


def test_the_line_is_that_of_the_file_even_after_a_row_of_several(answers: Answers) -> None:
    rows = answers.ncoa({"note": "one\ntwo"}, {"note": ""}, more=["note"])
    assert [row.line for row in rows] == [2, 4]


def test_an_address_in_parts_is_put_together(answers: Answers) -> None:
    parts = dict(
        zip(
            ["primary_", "pre_", "street_", "suffix_", "post_", "abrev_", "secy_", "pmb_", "pmbno_"],
            ["12", "N", "INVENTED", "AVE", "", "APT", "4", "PMB", "7"],
            strict=True,
        )
    )
    row = {"record_id": "1", "nxi_": "A", "matchflag_": "M", "Zip": "80202", **parts}
    assert read(answers.csv([*row], row), "ncoa")[0].address1 == "12 N INVENTED AVE APT 4 PMB 7"


def test_a_further_line_goes_to_the_second(answers: Answers) -> None:
    rows = read(VENDORS / "bcc_mail_manager" / "answer.csv", "ncoa")
    assert (rows[1].address1, rows[1].address2) == ("7 MADEUP RD", "APT 4 REAR")


def test_our_own_zip4_beside_the_vendors_zip_is_what_was_sent_and_not_taken(answers: Answers) -> None:
    row = {"record_id": "1", "nxi_": "A", "matchflag_": "M", "Address": "7 MADEUP RD", "Zip": "80202", "zip4": "9999"}
    assert read(answers.csv([*row], row), "ncoa")[0].zip4 == ""
    del row["Zip"]
    ours = row | {"zip5": "80202"}
    assert read(answers.csv([*ours], ours), "ncoa")[0].zip4 == "9999"


# CASS


@pytest.mark.parametrize("dpv", ["y", "D", "S", "N", "R", ""])
def test_a_dpv_confirmation_is_a_capital_or_blank(answers: Answers, dpv: str) -> None:
    assert answers.cass({"dpv": dpv})[0].dpv == dpv.upper()


def test_a_dpv_confirmation_that_nobody_knows_is_a_fault(answers: Answers) -> None:
    (row,) = answers.cass({"dpv": "Q"})
    assert (row.dpv, row.fault) == ("", "dpv")


@pytest.mark.parametrize(
    ("given", "flag"),
    [("Y", "Y"), ("true", "Y"), ("1", "Y"), ("yes", "Y"), ("n", "N"), ("FALSE", "N"), ("0", "N"), ("", ""), ("?", "")],
)
def test_a_flag_is_yes_no_or_blank(answers: Answers, given: str, flag: str) -> None:
    more = ["cmra", "vacant", "no_stat", "ews"]
    (row,) = answers.cass(dict.fromkeys(more, given), more=more)
    assert {row.cmra, row.vacant, row.no_stat, row.ews} == {flag}


def test_a_flag_that_is_neither_is_blank_and_told_once(answers: Answers) -> None:
    path = answers.csv(
        ["record_id", "std_addr1", "std_zip5", "std_zip4", "dpv", "vacant"],
        *[{"record_id": str(number), "dpv": "Y", "vacant": "perhaps"} for number in range(3)],
    )
    answer, rows = read_whole(path, "cass")
    assert {row.vacant for row in rows} == {""}
    assert answer.warnings == ["column vacant: values that are neither yes nor no, read as blank"]


@pytest.mark.parametrize(
    ("column", "given", "name", "read_as"),
    [
        *[("dpv_footnotes", "AA#N1#", "dpv_footnotes", "AAN1"), ("dpv_footnotes", "aa bb", "dpv_footnotes", "AABB")],
        *[("rdi", "Residential", "rdi", "Y"), ("rdi", "Commercial", "rdi", "N"), ("rdi", "Y", "rdi", "Y")],
        *[("no_stat_reason", "0", "no_stat_reason", ""), ("no_stat_reason", "5", "no_stat_reason", "5")],
        *[("suitelink_code", "a", "suitelink", "A"), ("record_type", "h", "record_type", "H")],
        *[("elot", "0123D", "elot", "0123D"), ("std_crrt", "c007", "carrier_route", "C007")],
    ],
)
def test_facts_are_written_as_the_house_writes_them(
    answers: Answers, column: str, given: str, name: str, read_as: str
) -> None:
    more = [] if column == "dpv_footnotes" else [column]
    assert getattr(answers.cass({column: given}, more=more)[0], name) == read_as


def test_codes_that_belong_together_are_run_together(answers: Answers) -> None:
    more = ["lacs_ind", "lacs_code", "elot", "elot_dir"]
    (row,) = answers.cass({"lacs_ind": "y", "lacs_code": "a", "elot": "0123", "elot_dir": "Descending"}, more=more)
    assert (row.lacslink, row.elot) == ("YA", "0123D")


@pytest.mark.parametrize(
    ("barcode", "dp", "chk"),
    [("871104321127", "12", "7"), ("87110432112", "12", ""), ("127", "12", "7"), ("87110", "", "")],
)
def test_a_barcode_gives_the_delivery_point_that_has_no_column(
    answers: Answers, barcode: str, dp: str, chk: str
) -> None:
    mapped = answers.map('[columns]\naddr1 = "std_addr1"\nzip5 = "std_zip5"\ndpv = "dpv"\ndpbc = "bars"\n')
    (row,) = answers.cass({"bars": barcode}, more=["bars"], map_file=mapped)
    assert (row.delivery_point, row.check_digit) == (dp, chk)


@pytest.mark.parametrize(
    ("column", "given", "lock"),
    [
        *[("false_positive", "Y", "false_positive"), ("lacs_ind", "F", "lacs_ind"), ("results", "AS01,AS18", "AS18")],
        *[("false_positive", "N", ""), ("lacs_ind", "Y", "")],
    ],
)
def test_an_engine_that_has_locked_itself_is_heard(answers: Answers, column: str, given: str, lock: str) -> None:
    mapped = answers.map(f'[columns]\naddr1 = "std_addr1"\nzip5 = "std_zip5"\ndpv = "dpv"\n{column} = "x"\n')
    path = answers.csv(["record_id", "std_addr1", "std_zip5", "dpv", "x"], {"record_id": "1", "dpv": "Y", "x": given})
    answer, (row,) = read_whole(path, "cass", map_file=mapped)
    assert row.lock == answer.lock == lock


@pytest.mark.parametrize(
    ("notes", "dpv"),
    [("AABB", "Y"), ("AAN1", "D"), ("AACC", "S"), ("AAC1", "S"), ("AAM3", "N"), ("A1", "N"), ("AAF1", "Y"), ("", "")],
)
def test_dpv_is_taken_from_its_footnotes_where_there_is_no_column(answers: Answers, notes: str, dpv: str) -> None:
    row = {"record_id": "1", "Address": "12 INVENTED AVE", "Zip": "87110-4321", "dpvnotes_": notes}
    assert read(answers.csv([*row], row), "cass")[0].dpv == dpv


@pytest.mark.parametrize(
    ("results", "facts"),
    [
        *[("AS01", ("Y", "", "", "")), ("AS02", ("D", "", "", "")), ("AS02,AE08", ("S", "", "", ""))],
        *[("AS03", ("N", "", "", "")), ("AS01,AS10", ("Y", "Y", "", "")), ("AS01,AS16", ("Y", "", "Y", ""))],
        *[("AS01,AS17", ("Y", "", "", "Y")), ("AE01", ("", "", "", "")), ("", ("", "", "", ""))],
    ],
)
def test_melissas_result_codes_are_facts(answers: Answers, results: str, facts: tuple[str, ...]) -> None:
    head = ["RecordID", "Results", "AddressLine1", "PostalCode"]
    row = dict(zip(head, ["1", results, "12 Invented Ave", "87110-4321"], strict=True))
    found = read(answers.csv(head, row), "cass")[0]
    assert (found.dpv, found.cmra, found.vacant, found.no_stat) == facts


@pytest.mark.parametrize("name", ["accuzip6", "melissa_smartmover_v3"])
def test_the_one_address_of_a_mover_is_never_taken_for_the_standard_form_of_the_old_one(name: str) -> None:
    path = VENDORS / name / "answer.csv"
    moved: set[Any] = {row.record_id for row in read(path, "ncoa") if row.code in ("A", "91")}
    assert moved
    coded = read(path, "cass")
    assert moved <= {row.record_id for row in coded if row.fault}
    assert any(not row.fault for row in coded)
    apart = read(VENDORS / "legacy_fixed_1200" / "answer.txt", "cass")
    assert not any(row.fault for row in apart), "there the standard form has columns of its own"
