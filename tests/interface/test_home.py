"""Interface, section 1: home and settings, exit codes, --json; and what every command keeps to."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import db
from daemon.db import engine_for, writing
from tests.builders_zip import aes
from tests.interface.telling import Office
from tests.running import Command, environment, run_process

FOLDERS = ("spool", "archive", "reports", "labels")


def test_listkeeper_home_is_the_folder_for_everything(office: Office) -> None:
    office.spring()
    office("apply", office.returns(office.move("1"))).ok()
    assert all((office.home / name).is_dir() for name in FOLDERS)
    assert list((office.home / "archive").rglob("*__P1234562*"))
    assert list((office.home / "reports").glob("*.json"))


def test_the_default_database_is_sqlite_in_the_home(tmp_path: Path) -> None:
    home = tmp_path / "new"
    ran = run_process(("list", "show", "--json"), environment(home, None), tmp_path, None)
    assert ran.ok().json == {"lists": []}
    assert (home / "listkeeper.db").is_file()


def test_the_default_home_is_the_users_data_folder(tmp_path: Path) -> None:
    env = environment(tmp_path, None) | {"HOME": str(tmp_path / "user")}
    del env["LISTKEEPER_HOME"]
    env["XDG_DATA_HOME"] = str(tmp_path / "user" / "data")
    run_process(("list", "show", "--json"), env, tmp_path, None).ok()
    assert (tmp_path / "user" / "data" / "listkeeper" / "listkeeper.db").is_file()


def test_under_systemd_the_home_is_the_units_state_directory(tmp_path: Path) -> None:
    env = environment(tmp_path, None) | {"STATE_DIRECTORY": str(tmp_path / "state")}
    del env["LISTKEEPER_HOME"]
    run_process(("list", "show", "--json"), env, tmp_path, None).ok()
    assert (tmp_path / "state" / "listkeeper.db").is_file()


def test_listkeeper_database_url_is_sqlite_or_postgres(house: Command, home: Path, database_url: str) -> None:
    house("list", "create", "spring", "--client", "Acme", "--account", "BYOBOFN").ok()
    assert house("list", "show", "--json").json["lists"][0]["list"] == "spring"
    assert not (home / "listkeeper.db").exists()


def test_any_other_database_url_needs_an_operator(house: Command) -> None:
    ran = house("list", "show", "--json", env={"LISTKEEPER_DATABASE_URL": "mysql://u:topsecret@h/d"})
    assert ran.code == 78
    assert "LISTKEEPER_DATABASE_URL" in ran.err
    assert "topsecret" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[schedul]\n", "schedul"),
        ("[schedule]\naply = '02:30'\n", "schedule.aply"),
        ("[list.spring]\nlarge_change_percent = '20'\n", "list.spring.large_change_percent"),
        ("[list.spring]\npolicy = { Q = 'forgotten' }\n", "list.spring.policy.Q"),
        ("[list.spring]\npolicy = { Z = 'held' }\n", "list.spring.policy.Z"),
        ("[[feed]]\nname = 'acs'\n", "feed[0].kind"),
    ],
)
def test_unknown_key_or_wrong_type_is_exit_78_with_the_keys_path_and_the_remedy(
    house: Command, home: Path, text: str, path: str
) -> None:
    (home / "listkeeper.toml").write_text(text)
    ran = house("list", "show", "--json")
    assert ran.code == 78
    assert f"{path}" in ran.err
    assert ran.json["exit_code"] == 78
    assert path in ran.json["error"]


def test_a_missing_secret_is_exit_78_with_the_keys_path_and_the_remedy(office: Office) -> None:
    office.spring()
    (office.home / "listkeeper.toml").write_text('[acs]\nzip_password = "keys/acs-zip"\n')
    zipped = office.desk / "P.zip"
    zipped.write_bytes(aes({"P12345620.327": office.returns(office.move("1")).read_bytes()}))
    ran = office("apply", zipped, "--json")
    assert ran.code == 78
    assert "acs.zip_password" in ran.json["error"]


@pytest.mark.parametrize("words", [("list", "show"), ("batch", "list"), ("review", "list"), ("run", "--once")])
def test_any_command_on_a_new_home_creates_it_mode_0700_and_migrates_the_database(
    tmp_path: Path, empty_postgres_url: str, words: tuple[str, ...]
) -> None:
    for number, url in enumerate((None, empty_postgres_url)):
        home = tmp_path / f"home-{number}"
        run_process((*words, "--json"), environment(home, url), tmp_path, None).ok()
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert (home / "listkeeper.db").exists() is (url is None)


def test_json_is_exactly_one_document_on_stdout(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"), office.back("2", code="Z"))
    commands = [
        ("list", "show"),
        ("list", "show", "spring"),
        ("list", "import", "spring", "spring.csv"),
        ("list", "export", "spring", "out.csv"),
        ("inspect", path),
        ("plan", path),
        ("apply", path),
        ("apply", path),
        ("batch", "list"),
        ("batch", "show", "1"),
        ("review", "list"),
        ("review", "reject", "1"),
        ("why", "spring", "1"),
        ("labels", "spring", "labels.csv"),
        ("undo", "1"),
        ("run", "--once"),
        ("keyline", "make", "JLSTMS6796"),
        ("imb", "encode", "01", "234", "567094", "987654321"),
    ]
    for words in commands:
        ran = office(*words, "--json").ok()
        assert json.loads(ran.out) is not None
        assert ran.err == "", f"{ran}"


def test_a_failure_is_one_document_too_and_says_what_it_ends_with(office: Office) -> None:
    office.spring()
    for words, code in ((("list", "show", "winter"), 2), (("apply", "no-such-file"), 2), (("nonsense",), 2)):
        ran = office(*words, "--json")
        assert ran.code == code
        assert ran.json["exit_code"] == code


def test_logs_always_go_to_stderr(office: Office) -> None:
    office.spring()
    ran = office("apply", office.returns(office.move("1")), "--json", "--verbose").ok()
    assert ran.json["moved"] == 1
    assert "batch_applied" in ran.err
    assert "SMITH" not in ran.err


def test_progress_is_none_when_not_a_terminal(office: Office) -> None:
    office.spring()
    ran = office.process("apply", office.returns(office.move("1")), "--json").ok()
    assert ran.err == ""


def test_a_progress_bar_shows_on_a_terminal_for_whatever_lasts_over_a_second(tmp_path: Path) -> None:
    told = """
import time
from daemon import output
with output.telling() as tell:
    for done in range(30):
        tell("reading", done, 30)
        time.sleep(0.05)
print("done")
"""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", told], stderr=theirs, stdout=subprocess.PIPE, env=os.environ | {"TERM": "xterm"}
    ) as process:
        out, _ = process.communicate(timeout=60)
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:
        pass
    os.close(ours)
    assert b"reading" in seen
    assert out == b"done\n"


# exit codes


def test_0_done(office: Office) -> None:
    assert office("list", "show").code == 0


def test_1_a_bug_is_told_without_a_traceback_or_a_name(office: Office, database_url: str) -> None:
    office.spring()
    engine = engine_for(database_url)
    with writing(engine) as store:
        store.run("ALTER TABLE label_run RENAME TO mary_smith")  # what no version of ours would do
    engine.dispose()
    ran = office("list", "show", "spring", "--json")
    assert ran.code == 1
    assert "Traceback" not in ran.err
    assert "mary" not in ran.out + ran.err
    assert ran.json["exit_code"] == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("list",),
        ("list", "create", "spring"),
        ("list", "create", "spring", "--client", "Acme", "--account", "nonsense"),
        ("list", "show", "winter"),
        ("apply",),
        ("apply", "no-such-file"),
        ("plan", "no-such-file"),
        ("inspect", "no-such-file"),
        ("apply", "."),
        ("undo", "seven"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_2_wrong_usage(office: Office, words: tuple[str, ...]) -> None:
    assert office(*words).code == 2


def test_a_file_that_does_not_exist_is_wrong_usage_and_none_of_the_others_is_applied(office: Office) -> None:
    office.spring()
    ran = office("apply", office.returns(office.move("1")), "no-such-file", "--json")
    assert ran.code == 2
    assert office("batch", "list", "--json").json == {"batches": []}


def test_65_the_file_was_set_aside_and_nothing_of_it_applied(office: Office) -> None:
    office.spring()
    (office.desk / "nothing").write_bytes(b"")
    ran = office("apply", "nothing", "--json")
    assert (ran.code, ran.json["status"], ran.json["reason"]) == (65, "set_aside", "empty-file")


def test_65_the_key_was_set_aside(office: Office) -> None:
    assert office("keyline", "check", "JLSTMS67960").code == 65


def test_65_a_zip_whose_password_fails_is_set_aside(office: Office) -> None:
    office.spring()
    zipped = office.desk / "P.zip"
    zipped.write_bytes(aes({"P12345620.327": office.returns(office.move("1")).read_bytes()}))
    (office.desk / "password").write_bytes(b"wrong")
    ran = office("apply", zipped, "--password-file", "password", "--json")
    assert (ran.code, ran.json["status"]) == (65, "set_aside")


def test_75_try_again_later_while_another_writes(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.spring()
    path = office.returns(office.move("1"))
    monkeypatch.setattr(db, "BUSY_SECONDS", 1)  # a minute is long for a test
    holder = engine_for(database_url)
    with writing(holder):
        ran = office("apply", path, "--json")
    holder.dispose()
    assert ran.code == 75, f"{ran}"
    assert office("apply", path, "--json").ok().json["status"] == "applied"


def test_single_records_set_aside_inside_a_good_file_do_not_change_the_exit_code(office: Office) -> None:
    office.spring()
    path = office.returns(office.move("1"), office.back("2"))
    path.write_bytes(path.read_bytes().replace(b"20260410", b"2026ABCD"))
    ran = office("apply", path, "--json")
    assert (ran.code, ran.json["rejected"], ran.json["suppressed"]) == (0, 1, 1)
