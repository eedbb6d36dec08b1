"""Interface, section 3, through the real command; tests/daemon/lists has the rest of it."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.flows.story import ACCOUNT
from tests.interface.telling import Office

HEADER = (
    "record_id,status,status_reason,keyline,name_prefix,first_name,middle_name,last_name,name_suffix,company,"
    "urbanization,address1,address2,city,state,zip5,zip4,delivery_point,carrier_route,address_since,move_month,"
    "needs_cass"
)
ROW = {"record_id": "7", "address1": "1 ASH ST", "zip5": "74101"}


def created(office: Office) -> Office:
    """An empty list."""
    office("list", "create", "spring", "--client", "Acme", "--account", ACCOUNT).ok()
    return office


def test_import_gives_read_as_the_five_counts_added_up(office: Office) -> None:
    office.spring()
    rows = [each | {"tier": "gold"} for each in office.export()]
    rows[1]["address1"] = "1 ASH ST"
    path = office.rows("next.csv", [*rows, ROW | {"record_id": "9"}, ROW | {"record_id": "9"}])
    told = office("list", "import", "spring", path, "--json").ok().json
    keys = ("list", "read", "added", "changed", "unchanged", "kept", "rejected", "rejects_file", "warnings")
    assert list(told) == list(keys)
    assert told["read"] == 5 == sum(told[key] for key in keys[2:7])
    assert (told["added"], told["changed"], told["rejected"]) == (1, 3, 1)


def test_export_has_the_columns_of_the_interface_then_the_clients_own(office: Office) -> None:
    created(office)("list", "import", "spring", office.rows("a.csv", [ROW | {"Tier ": "gold", "region": "W"}])).ok()
    office("list", "export", "spring", "out.csv").ok()
    first = (office.desk / "out.csv").read_bytes().split(b"\n")[0].decode()
    assert first == f"{HEADER},Tier,region"


def test_rows_by_record_id_in_text_order_newline_ends_and_quotes_only_where_needed(office: Office) -> None:
    rows = [ROW | {"record_id": name, "company": company} for name, company in (("9", 'A, "B"'), ("10", "PLAIN"))]
    created(office)("list", "import", "spring", office.rows("a.csv", rows)).ok()
    office("list", "export", "spring", "out.csv").ok()
    lines = (office.desk / "out.csv").read_bytes().decode().split("\n")
    assert [line.split(",")[0] for line in lines[1:]] == ["10", "9", ""]
    assert '"A, ""B"""' in lines[2]
    assert '"' not in lines[1]
    assert "\r" not in "".join(lines)


def test_a_bad_row_is_set_aside_to_file_rejects_csv_with_line_reason_and_the_row(office: Office) -> None:
    (office.desk / "bad.csv").write_text("record_id,address1,zip5\n1,1 ASH ST,74101\n2,short\n3,,74101\n")
    ran = created(office)("list", "import", "spring", "bad.csv", "--json")
    assert ran.code == 0
    with Path(office.desk / ran.json["rejects_file"]).open(newline="") as file:
        rows = list(csv.reader(file))
    assert Path(ran.json["rejects_file"]).name == "bad.rejects.csv"
    assert [row[0] for row in rows] == ["line", "3", "4"]
    assert rows[1][2:] == ["2", "short"]


def test_a_file_that_is_not_utf8_is_refused_with_the_byte_offset_unless_encoding_names_another(
    office: Office,
) -> None:
    content = "record_id,first_name,address1,zip5\n1,JOS\u00c9,1 ASH ST,74101\n".encode("latin-1")
    (office.desk / "old.csv").write_bytes(content)
    ran = created(office)("list", "import", "spring", "old.csv", "--json")
    assert ran.code == 65
    assert f"byte {content.index(0xC9)}" in ran.json["error"]
    assert office("list", "import", "spring", "old.csv", "--encoding", "latin-1", "--json").ok().json["added"] == 1
    assert office.export()[0]["first_name"] == "JOS\u00c9"


def test_a_byte_order_mark_is_accepted(office: Office) -> None:
    (office.desk / "bom.csv").write_bytes(b"\xef\xbb\xbfrecord_id,address1,zip5\n1,1 ASH ST,74101\n")
    assert created(office)("list", "import", "spring", "bom.csv", "--json").ok().json["added"] == 1


def test_map_has_columns_with_ours_equals_theirs(office: Office) -> None:
    (office.desk / "map.toml").write_text('[columns]\nrecord_id = "Donor"\naddress1 = "Street"\nzip5 = "Postal"\n')
    path = office.rows("a.csv", [{"Donor": "1", "Street": "1 ASH ST", "Postal": "74101"}])
    created(office)("list", "import", "spring", path, "--map", "map.toml").ok()
    assert office.export()[0]["address1"] == "1 ASH ST"


def test_the_clients_next_extract_from_before_a_move_is_kept_and_listed_in_the_warnings(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.move("1"))).ok()
    told = office("list", "import", "spring", "spring.csv", "--json").ok().json
    assert (told["kept"], told["unchanged"]) == (1, 2)
    assert len(told["warnings"]) == 1
    assert "record_id 1" in told["warnings"][0]
    assert office.export()[0]["zip5"] == "74820"


def test_an_import_with_a_later_address_since_is_taken_and_raises_what_a_notice_had_lowered(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.back("2"))).ok()
    assert office.export()[1]["status"] == "undeliverable"
    row = ROW | {"record_id": "2", "address_since": "2026-09-01"}
    office("list", "import", "spring", office.rows("new.csv", [row])).ok()
    mary = office.export()[1]
    told = [mary[name] for name in ("status", "status_reason", "address1", "address_since", "needs_cass")]
    assert told == ["mailable", "client_address", "1 ASH ST", "2026-09-01", "true"]


def test_exporting_and_importing_again_leaves_everything_unchanged(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.move("1"), office.back("2"), office.back("3", code="Q"))).ok()
    before = office.export()
    told = office("list", "import", "spring", "now.csv", "--json").ok().json
    assert (told["read"], told["unchanged"]) == (3, 3)
    assert office.export() == before
