"""The home and its settings: interface section 1 and 10."""

from __future__ import annotations

import stat
import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest

from daemon.config import (
    database_url,
    home_folder,
    inside,
    load,
    prepare_home,
    secret,
)
from daemon.errors import OperatorError
from daemon.settings import EpfFeed, FolderFeed, SftpFeed

WHOLE = """
[[feed]]
name = "acs"
kind = "sftp"
host = "sftp.example.com"
port = 22
username = "bureau"
private_key = "keys/id_ed25519"
known_hosts = "keys/known_hosts"
remote = "/outgoing"
patterns = ["P*.zip", "*.dat"]
after = "leave"
zip_password = "keys/acs-zip"
every = "15m"
due = ["mon", "tue", "wed", "thu", "fri"]

[[feed]]
name = "walk-in"
kind = "folder"
path = "drop/acs"
settle_seconds = 5

[[feed]]
name = "epf"
kind = "epf"
url = "https://epf.example.com/resources"
username = "bureau"
password = "epf-password"

[schedule]
apply = "02:30"
backup = "04:00"
time_zone = "America/Denver"

[notify]
smtp = { host = "127.0.0.1", port = 25, from = "listkeeper@example.com", to = ["lists@example.com"] }
webhook = { url = "http://127.0.0.1:9000/hook" }

[metrics]
listen = "127.0.0.1:9108"

[acs]
customers = ["123456"]
zip_password = "keys/acs-zip"

[limits]
members = 8

[list.spring]
large_change_percent = 35
policy = { Q = "undeliverable", R = { strikes = 3 } }
"""

SFTP = '[[feed]]\nname = "acs"\nkind = "sftp"\nhost = "h"\nusername = "u"\nprivate_key = "k"\n'


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that needs no database, and no variable that says otherwise."""
    for name in ("LISTKEEPER_HOME", "LISTKEEPER_DATABASE_URL", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return prepare_home(tmp_path / "bare")


def fault_in(home: Path, text: str) -> str:
    (home / "listkeeper.toml").write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError) as caught:
        load(home)
    assert caught.value.exit_code == 78
    return str(caught.value)


def test_every_key_of_the_manual_is_read(bare: Path) -> None:
    (bare / "listkeeper.toml").write_text(WHOLE)
    settings = load(bare)
    acs, walk_in, epf = settings.feeds
    assert isinstance(acs, SftpFeed)
    assert (acs.host, acs.port, acs.every, acs.due[-1]) == ("sftp.example.com", 22, timedelta(minutes=15), "fri")
    assert isinstance(walk_in, FolderFeed)
    assert (walk_in.path, walk_in.settle_seconds) == ("drop/acs", 5)
    assert isinstance(epf, EpfFeed)
    assert (settings.schedule.apply, settings.schedule.backup) == (time(2, 30), time(4, 0))
    assert settings.notify.smtp is not None
    assert settings.notify.smtp.sender == "listkeeper@example.com"
    assert settings.metrics.listen == "127.0.0.1:9108"
    assert settings.acs.customers == ("123456",)
    assert settings.limits.members == 8
    spring = settings.of_list("spring")
    assert spring.large_change_percent == 35
    assert spring.policy["Q"].status == "undeliverable"
    assert (spring.policy["R"].status, spring.policy["R"].strikes) == (None, 3)


def test_without_a_file_everything_has_its_default(bare: Path) -> None:
    settings = load(bare)
    assert settings.feeds == ()
    assert settings.of_list("any").large_change_percent == 20
    assert settings.of_list("any").policy == {}


def test_apply_may_be_at_once(bare: Path) -> None:
    (bare / "listkeeper.toml").write_text('[schedule]\napply = "at-once"\n')
    assert load(bare).schedule.apply == "at-once"


def test_settings_cannot_be_changed_once_read(bare: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(bare).limits.members = 9


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SFTP + 'pasword = "x"', 'feed[0].pasword: unknown key; did you mean "password"?'),
        ('[[feeds]]\nname = "x"', 'feeds: unknown key; did you mean "feed"?'),
        ("[metrics]\nzzz = 1", "metrics.zzz: unknown key; known here are listen"),
        (SFTP + 'port = "22"', "feed[0].port: should be a whole number without quotes"),
        (SFTP + "port = true", "feed[0].port: should be a whole number without quotes"),
        (SFTP + "port = 70000", "feed[0].port: should be at most 65535"),
        (SFTP + "remote = 7", "feed[0].remote: should be text in quotes"),
        (SFTP + 'patterns = "*.zip"', "feed[0].patterns: should be a list"),
        (SFTP + "patterns = [1]", "feed[0].patterns[0]: should be text in quotes"),
        (SFTP + 'every = "15"', "feed[0].every: should be a number and a unit"),
        (SFTP + 'due = ["monday"]', "feed[0].due[0]: should be one of 'mon', 'tue'"),
        (SFTP + 'after = "move:"', 'feed[0].after: should be "leave", "delete" or "move:FOLDER"'),
        (SFTP.replace('private_key = "k"', ""), "feed[0]: no way to log in; write private_key"),
        (SFTP.replace('host = "h"', ""), "feed[0].host: missing; add it"),
        (SFTP.replace('"sftp"', '"ftp"'), 'feed[0].kind: unknown kind; write kind = "sftp", "folder" or "epf"'),
        (SFTP.replace('kind = "sftp"', ""), 'feed[0].kind: missing; write kind = "sftp", "folder" or "epf"'),
        (SFTP.replace('"acs"', '"../acs"'), "feed[0].name: is not written as it must be"),
        (SFTP + SFTP, "feed[1].name: another feed has this name"),
        ("feed = 3", "feed: should be a list"),
        ("schedule = 3", "schedule: should be a table"),
        ('[schedule]\napply = "2:30"', 'schedule.apply: should be a time of day; write it like "02:30"'),
        ("[schedule]\napply = 02:30:00", "schedule.apply: should be a time of day"),
        ('[schedule]\ntime_zone = "Mars/Phobos"', "schedule.time_zone: not a known time zone"),
        ('[notify]\nsmtp = { host = "h", from = "a", to = [] }', "notify.smtp.to: is empty; name at least one"),
        ('[notify]\nsmtp = { host = "h", sender = "a", to = ["b"] }', "notify.smtp.sender: unknown key"),
        ('[notify]\nwebhook = { url = "ftp://x" }', "notify.webhook.url: should be an address that starts with"),
        ('[metrics]\nlisten = "9108"', "metrics.listen: should be an address and a port"),
        ('[acs]\ncustomers = ["12345"]', "acs.customers[0]: is not written as it must be"),
        ("[list.spring]\nlarge_change_percent = 20.0", "list.spring.large_change_percent: should be a whole number"),
        ('[list.spring]\npolicy = { Z = "held" }', "list.spring.policy.Z: unknown code; the codes are A B C D E G"),
        ('[list.spring]\npolicy = { QQ = "held" }', "list.spring.policy.QQ: unknown code"),
        ('[list.spring]\npolicy = { Q = "gone" }', "list.spring.policy.Q.status: should be one of 'keep', 'held'"),
        ("[list.spring]\npolicy = { R = { strikes = 0 } }", "list.spring.policy.R.strikes: should be at least 1"),
        ("[list.spring]\npolicy = { R = {} }", "list.spring.policy.R: says nothing"),
        ("[list.spring]\npolicy = { R = 3 }", "list.spring.policy.R: should be a table"),
        ("[limits]\nratio = 0", "limits.ratio: should be at least 1"),
    ],
)
def test_a_wrong_setting_is_named_by_its_path_with_the_remedy(bare: Path, text: str, says: str) -> None:
    assert says in fault_in(bare, text)


def test_every_fault_is_told_at_once(bare: Path) -> None:
    message = fault_in(bare, '[metrics]\nlisten = 7\n[limits]\nratio = "x"')
    assert "metrics.listen: " in message
    assert "limits.ratio: " in message


def test_a_value_is_never_shown_for_it_may_be_a_password(bare: Path) -> None:
    for text in (SFTP + "password = 90210", SFTP + 'port = "hunter2"', 'password = "hunter2', 'after = "hunter2"'):
        message = fault_in(bare, text)
        assert "hunter2" not in message
        assert "90210" not in message


def test_what_is_not_toml_is_told_with_its_line(bare: Path) -> None:
    assert "line 2" in fault_in(bare, '[acs]\nzip_password "x"\n')
    (bare / "listkeeper.toml").write_bytes(b"[acs]\n# \xff\n")
    with pytest.raises(OperatorError, match="not UTF-8 at byte 8"):
        load(bare)


def test_a_settings_file_with_a_byte_order_mark_is_read(bare: Path) -> None:
    (bare / "listkeeper.toml").write_text("\ufeff[limits]\nmembers = 3\n", encoding="utf-8")
    assert load(bare).limits.members == 3


def test_a_settings_file_that_is_a_folder_needs_an_operator(bare: Path) -> None:
    (bare / "listkeeper.toml").mkdir()
    with pytest.raises(OperatorError, match="cannot be read"):
        load(bare)


def test_the_home_is_the_one_named_else_the_units_else_the_users(
    bare: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert home_folder() == tmp_path / "data" / "listkeeper"
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}/state:{tmp_path}/second")
    assert home_folder() == tmp_path / "state"
    monkeypatch.setenv("LISTKEEPER_HOME", str(bare))
    assert home_folder() == bare


def test_a_new_home_is_closed_to_others(bare: Path) -> None:
    for folder in (bare, bare / "spool", bare / "archive", bare / "reports", bare / "labels"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_home_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir(mode=0o750)
    there.chmod(0o750)
    assert stat.S_IMODE(prepare_home(there).stat().st_mode) == 0o750


def test_a_file_in_the_place_of_the_home_needs_an_operator(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OperatorError, match="set LISTKEEPER_HOME"):
        prepare_home(tmp_path / "taken")
    with pytest.raises(OperatorError, match="set LISTKEEPER_HOME"):
        prepare_home(tmp_path / "taken" / "below")


def test_the_database_is_sqlite_in_the_home_unless_another_is_named(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database_url(bare) == f"sqlite:///{bare}/listkeeper.db"
    for url in ("sqlite:////srv/lists.db", "postgresql+psycopg://lists@/lists?host=/run/postgresql"):
        monkeypatch.setenv("LISTKEEPER_DATABASE_URL", url)
        assert database_url(bare) == url


def test_a_relative_sqlite_path_starts_at_the_home(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", "sqlite:///data/lists.db")
    assert database_url(bare) == f"sqlite:///{bare}/data/lists.db"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root:hunter2@h/d",
        "postgresql://u:hunter2@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "hunter2",
        "sqlite:///",
    ],
)
def test_another_kind_of_database_is_refused_without_showing_its_address(
    bare: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", url)
    with pytest.raises(OperatorError, match="LISTKEEPER_DATABASE_URL") as caught:
        database_url(bare)
    assert "hunter2" not in str(caught.value)


def test_a_secret_is_a_file_below_the_home_without_its_line_end(bare: Path) -> None:
    (bare / "keys").mkdir()
    (bare / "keys" / "zip").write_bytes(b"pass word \n")
    assert secret(bare, "keys/zip") == b"pass word "
    (bare / "keys" / "zip").write_bytes(b"pass\r\n")
    assert secret(bare, "keys/zip") == b"pass"


def test_a_systemd_credential_comes_before_a_file(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "acs-zip").write_bytes(b"from systemd")
    (bare / "acs-zip").write_bytes(b"from the home")
    assert secret(bare, "acs-zip") == b"from the home"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert secret(bare, "acs-zip") == b"from systemd"


@pytest.mark.parametrize("name", ["hunter2", "keys/hunter2", "hunter2\0", "x" * 5000])
def test_a_missing_secret_names_its_key_and_never_what_was_written_there(bare: Path, name: str) -> None:
    with pytest.raises(OperatorError, match=r"^feed\[0\]\.zip_password: names no file") as caught:
        secret(bare, name, "feed[0].zip_password")
    assert "hunter2" not in str(caught.value)


def test_an_empty_secret_needs_an_operator(bare: Path) -> None:
    (bare / "empty").write_bytes(b"\n")
    with pytest.raises(OperatorError, match="is empty"):
        secret(bare, "empty")


def test_a_secret_is_only_looked_up_when_it_is_used(bare: Path) -> None:
    (bare / "listkeeper.toml").write_text(WHOLE)
    assert load(bare).feeds[0].zip_password == "keys/acs-zip"


def test_a_relative_path_of_the_settings_starts_at_the_home(bare: Path) -> None:
    assert inside(bare, "drop/acs") == bare / "drop" / "acs"
    assert inside(bare, "/srv/acs") == Path("/srv/acs")


def test_the_example_above_is_toml() -> None:
    assert len(tomllib.loads(WHOLE)["feed"]) == 3
