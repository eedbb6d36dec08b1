"""Interface, section 2: every command that it names, with its options."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from keyline.keylines import check
from tests.flows.story import ACCOUNT
from tests.interface.telling import Office
from tests.running import Command, environment, run_process

ACME = ("--client", "Acme", "--account", ACCOUNT)


@pytest.mark.parametrize(
    "words",
    [
        ("demo",),
        ("doctor",),
        ("run",),
        *(("list", name) for name in ("create", "import", "export", "show")),
        *((name,) for name in ("inspect", "plan", "apply", "undo", "why", "labels")),
        *(("batch", name) for name in ("list", "show")),
        *(("review", name) for name in ("list", "accept", "reject")),
        *(("keyline", name) for name in ("make", "check", "lint")),
        *(("imb", name) for name in ("encode", "decode")),
    ],
    ids=" ".join,
)
def test_there_is_every_command_of_the_interface_and_its_help_teaches(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.running import run_here

    monkeypatch.chdir(tmp_path)
    ran = run_here((*words, "--help"), environment(tmp_path / "home", None))
    assert ran.code == 0
    assert "Example" in ran.out
    assert not (tmp_path / "home").exists()  # help makes nothing


def test_demo_is_the_whole_job_on_bundled_invented_data_on_sqlite_in_seconds(tmp_path: Path) -> None:
    env = environment(tmp_path / "unused", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    ran = run_process(("demo", "--home", tmp_path / "demo", "--json"), env, tmp_path, None).ok()
    assert ran.json["seconds"] < 60
    assert {"create", "import", "labels", "plan", "apply", "why", "review", "undo"} <= {
        step["name"] for step in ran.json["steps"]
    }
    assert (tmp_path / "demo" / "listkeeper.db").is_file()
    assert not (tmp_path / "unused").exists()


def test_doctor_proves_settings_folders_rename_database_durability_disk_and_clock(
    house: Command, database_url: str
) -> None:
    ran = house("doctor", "--json")
    found = {each["check"]: each["status"] for each in ran.json["checks"]}
    assert {"settings", "home", "rename", "database", "disk", "clock"} <= set(found)
    # The Postgres of the tests forgets what a power cut takes: doctor must not call that durable.
    durable = database_url.startswith("sqlite")
    assert ran.json["ok"] is durable
    assert ran.code == (0 if durable else 78)
    assert "fail" not in [found[name] for name in ("settings", "home", "rename", "disk", "clock")]


def test_doctor_ends_with_78_where_an_operator_must_act(house: Command, home: Path) -> None:
    (home / "listkeeper.toml").write_text("[schedul]\n")
    ran = house("doctor", "--json")
    assert ran.code == 78
    assert any(each["status"] == "fail" and each["remedy"] for each in ran.json["checks"])


def test_run_once_makes_one_pass_over_every_due_job_then_exits(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.move("1", move_date="2100-01-01"))).ok()
    assert office("run", "--once", "--json").ok().json["due"] is None


# list create


@pytest.mark.parametrize("mail_class", ["first-class", "marketing", "periodicals", "package"])
@pytest.mark.parametrize("option", ["1", "2"])
def test_list_create_takes_every_class_and_option(house: Command, mail_class: str, option: str) -> None:
    more = ("--class", mail_class, "--option", option, "--stid", "123")
    house("list", "create", "spring", *ACME, *more).ok()
    told = house("list", "show", "spring", "--json").json
    assert (told["class"], told["option"], told["stid"]) == (mail_class, int(option), "123")


@pytest.mark.parametrize("endorsement", ["address", "return", "change", "forwarding", "electronic"])
def test_list_create_takes_every_endorsement(house: Command, endorsement: str) -> None:
    house("list", "create", "spring", *ACME, "--endorsement", endorsement).ok()
    assert house("list", "show", "spring", "--json").json["endorsement"] == endorsement


def test_keyline_default_is_serial_numeric_length_10_nine_digits_and_the_check_digit(office: Office) -> None:
    office.spring()
    keys = [each["keyline"] for each in office.export()]
    assert [key[:-1] for key in keys] == ["000000001", "000000002", "000000003"]
    assert [check(key) for key in keys] == keys


@pytest.mark.parametrize(("attribute", "first"), [("numeric", "0000001"), ("alpha", "AAAAAAB"), ("alphanumeric", None)])
def test_keyline_length_and_attribute(office: Office, attribute: str, first: str | None) -> None:
    more = ("--keyline-length", "8", "--keyline-attribute", attribute)
    office("list", "create", "spring", *ACME, *more).ok()
    office("list", "import", "spring", office.rows("a.csv", [{"record_id": "1", "address1": "1 A", "zip5": "74101"}]))
    key = office.key()
    assert len(check(key)) == 8
    assert first is None or key[:-1] == first


def test_record_id_uses_the_clients_id_zero_filled_when_numeric(office: Office) -> None:
    office("list", "create", "spring", *ACME, "--keyline-source", "record-id").ok()
    office("list", "import", "spring", office.rows("a.csv", [{"record_id": "77", "address1": "1 A", "zip5": "74101"}]))
    assert office.key("77")[:-1] == "000000077"


def test_match_code_is_made_from_columns_padded_and_a_running_number_where_it_would_not_be_unique(
    office: Office,
) -> None:
    more = ("--keyline-source", "match-code", "--match-code", "zip5:5,last_name:4,address1:4")
    office("list", "create", "spring", *ACME, *more).ok()
    someone = {"last_name": "O'Hara", "address1": "1 B ST", "zip5": "74101"}
    office("list", "import", "spring", office.rows("a.csv", [{"record_id": n} | someone for n in "12"])).ok()
    keys = [each["keyline"] for each in office.export()]
    assert all(check(key) == key and key.startswith("74101OHAR1BST") for key in keys)
    assert len(set(keys)) == 2


@pytest.mark.parametrize(("code", "digits"), [("567094", 9), ("912345678", 6)])
@pytest.mark.parametrize("service", [(), ("--full-service",)])
def test_for_a_mailer_id_the_key_is_the_serial_alone_9_or_6_digits(
    office: Office, code: str, digits: int, service: tuple[str, ...]
) -> None:
    office("list", "create", "spring", "--client", "Acme", "--account", code, "--stid", "123", *service).ok()
    office("list", "import", "spring", office.rows("a.csv", [{"record_id": "1", "address1": "1 A", "zip5": "74101"}]))
    assert office.key() == "1".zfill(digits)
    assert office("list", "show", "spring", "--json").json["full_service"] is bool(service)


@pytest.mark.parametrize("code", ["BYOBOF", "BYOBOFNX", "byobofn", "12345", "1234567", "BYOB0FN"])
def test_code_is_a_participant_code_or_a_mailer_id_and_nothing_else(house: Command, code: str) -> None:
    assert house("list", "create", "spring", "--client", "Acme", "--account", code).code == 2


def test_one_account_may_serve_several_lists_a_keyline_is_unique_within_its_account(office: Office) -> None:
    office.spring()
    office("list", "create", "autumn", *ACME).ok()
    office("list", "import", "autumn", office.rows("a.csv", [{"record_id": "1", "address1": "1 A", "zip5": "74101"}]))
    office("list", "export", "autumn", "autumn.csv").ok()
    with (office.desk / "autumn.csv").open(newline="") as file:
        (other,) = csv.DictReader(file)
    assert other["keyline"] not in {each["keyline"] for each in office.export()}


@pytest.mark.parametrize(
    ("status", "records"),
    [("all", "1 2 3"), ("mailable", "3"), ("held", "2"), ("undeliverable", "1"), ("deceased", ""), ("removed", "")],
)
def test_list_export_by_status(office: Office, status: str, records: str) -> None:
    office.spring()
    office("apply", office.returns(office.back("1"), office.back("2", code="Q"))).ok()
    office("list", "export", "spring", "some.csv", "--status", status).ok()
    with (office.desk / "some.csv").open(newline="") as file:
        assert " ".join(each["record_id"] for each in csv.DictReader(file)) == records


def test_list_show_gives_counts_by_status_and_reason_coding_rate_cycle_dates(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.back("1"), office.back("2", code="Q"))).ok()
    told = office("list", "show", "spring", "--json").ok().json
    assert told["status"] == {"mailable": 1, "held": 1, "undeliverable": 1, "removed": 0, "deceased": 0}
    assert told["reasons"] == {"vacant": 1, "forwarding_order_expired": 1}
    assert told["coding"]["rate"] == 0
    assert told["cycle"]["last_import"]
    assert told["cycle"]["last_batch"]


# files


def test_inspect_says_what_a_file_is_touches_no_database_and_masks_names_unless_show_names(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1", first_name="HAROLD", last_name="QUIMBY"))
    url = {"LISTKEEPER_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none"}
    ran = office("inspect", path, "--json", env=url).ok()
    assert (ran.json["kind"], ran.json["layout"]) == ("acs", "singlesource_v02")
    assert "QUIMBY" not in ran.out
    assert "HAROLD" not in ran.out
    assert "QUIMBY" in office("inspect", path, "--show-names", "--json", env=url).ok().out


@pytest.mark.parametrize("words", [("plan",), ("apply",), ("inspect",)])
def test_what_files_say_is_readable_without_json_too(office: Office, words: tuple[str, ...]) -> None:
    office.spring()
    ran = office(*words, office.returns(office.move("1"))).ok()
    assert "1" in ran.out
    assert not ran.out.startswith("{")


def test_why_tells_everything_that_ever_happened_to_one_addressee_and_from_which_file_and_line(
    office: Office,
) -> None:
    office.spring()
    path = office.returns(office.back("2"), office.move("1"))
    office("apply", path).ok()
    office("undo", 1).ok()
    told = office("why", "spring", "1", "--json").ok().json
    assert [each["what"] for each in told["history"]] == ["imported", "notice", "undone"]
    imported, notice, _ = told["history"]
    assert (imported["file"], imported["line"]) == ("spring.csv", 2)
    assert (notice["file"], notice["line"], notice["outcome"], notice["batch"]) == (path.name, 3, "moved", 1)
    assert len(notice["sha256"]) == 64
    assert notice["undone"] is True


def test_why_of_nobody_is_wrong_usage(office: Office) -> None:
    office.spring()
    assert office("why", "spring", "99").code == 2
    assert office("why", "winter", "1").code == 2


# keyline and imb


def test_keyline_make_and_check(house: Command) -> None:
    (made,) = house("keyline", "make", "JLSTMS6796", "--json").ok().json["keys"]
    assert (made["keyline"], made["printed"]) == ("JLSTMS67969", "#JLST MS67 969#")
    assert house("keyline", "check", "#JLST MS67 969#", "--json").ok().json["keys"][0]["keyline"] == "JLSTMS67969"
    wrong = house("keyline", "check", "JLSTMS67960", "--json")
    assert (wrong.code, wrong.json["keys"][0]["reason"]) == (65, "check-digit")


def test_keyline_lint_reads_a_file(office: Office) -> None:
    office.spring()
    office("list", "export", "spring", "out.csv").ok()
    assert office("keyline", "lint", "out.csv", "--json").ok().json["errors"] == 0
    (office.desk / "bad.csv").write_text("keyline\n0000019\nA000026\n")
    ran = office("keyline", "lint", "bad.csv", "--json")
    assert (ran.code, ran.json["errors"]) == (65, 1)
    assert ran.json["findings"][0]["reason"] == "mixed-attribute"


def test_imb_encode_and_decode(house: Command) -> None:
    bars = "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA"
    told = house("imb", "encode", "01", "234", "567094", "987654321", "01234567891", "--json").ok().json
    assert bars in told.values()
    told = house("imb", "decode", bars, "--json").ok().json
    assert (told["mid"], told["serial"], told["routing"]) == ("567094", "987654321", "01234567891")
    assert house("imb", "decode", bars[:-1]).code == 65
