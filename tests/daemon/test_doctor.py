"""`doctor`: each dependency proved by using it, each fault with its remedy."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paramiko
import pytest
from aiosmtpd.controller import Controller

from daemon.checks.database import ticking
from daemon.checks.finding import Visit
from daemon.doctor import examine
from daemon.settings import Settings
from tests.daemon.commands.mailing import make_list, write_answer
from tests.postgres_programs import put_on_path
from tests.running import Command, environment

Found = list[dict[str, Any]]
SFTP = """
[[feed]]
name = "acs"
kind = "sftp"
host = "127.0.0.1"
port = {port}
username = "bureau"
password = "keys/password"
"""


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on SQLite: what is looked at here does not depend on the database."""
    path = tmp_path / "home"
    (path / "keys").mkdir(parents=True, mode=0o700)
    path.chmod(0o700)
    (path / "keys" / "password").write_text("secret\n", encoding="utf-8")
    (path / "keys" / "password").chmod(0o600)
    monkeypatch.setenv("LISTKEEPER_HOME", str(path))
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", sqlite_url)
    return path


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def look(home: Path) -> Callable[..., Found]:
    """Examine the home under settings, and return what one check found."""

    def see(check: str, settings: str = "") -> Found:
        (home / "listkeeper.toml").write_text(settings, encoding="utf-8")
        return [each for each in examine(home)["checks"] if each["check"] == check]

    return see


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def statuses(found: Found) -> list[str]:
    return [each["status"] for each in found]


def unprivileged(home: Path, url: str) -> Found:
    """What doctor finds as a user whom rights on files hold back; for root that means: without its capabilities."""
    dropped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*dropped, sys.executable, "-m", "daemon", "doctor", "--json"],
        env=environment(home, url),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    found: Found = json.loads(ran.stdout)["checks"]
    return found


def test_the_mail_server_is_greeted_and_nothing_is_sent(look: Callable[..., Found], closed_port: int) -> None:
    mails: list[object] = []

    class Nobody:
        async def handle_DATA(self, *mail: object) -> str:  # noqa: N802 - aiosmtpd's name
            mails.append(mail)
            return "250 OK"

    controller = Controller(Nobody(), hostname="127.0.0.1", port=closed_port)
    controller.start()
    try:
        found = look(
            "mail", f'[notify]\nsmtp = {{host = "127.0.0.1", port = {closed_port}, from = "a@b", to = ["c@d"]}}\n'
        )
    finally:
        controller.stop()
    assert statuses(found) == ["ok"]
    assert mails == []


def test_a_mail_server_that_does_not_run_or_is_none_fails(look: Callable[..., Found], closed_port: int) -> None:
    smtp = '[notify]\nsmtp = {{host = "127.0.0.1", port = {}, from = "a@b", to = ["c@d"]}}\n'
    (found,) = look("mail", smtp.format(closed_port))
    assert (found["status"], "refused" in found["detail"]) == ("fail", True)
    assert "mail server runs" in found["remedy"]
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            line.sendall(b"SSH-2.0-not-mail\r\n")
            line.close()

        answering = threading.Thread(target=answer)
        answering.start()
        (found,) = look("mail", smtp.format(server.getsockname()[1]))
        answering.join()
    assert found["status"] == "fail"


def test_the_webhook_must_be_reachable(look: Callable[..., Found], closed_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f'[notify]\nwebhook = {{url = "http://127.0.0.1:{server.getsockname()[1]}/hook"}}\n'
        assert statuses(look("webhook", url)) == ["ok"]
    (found,) = look("webhook", f'[notify]\nwebhook = {{url = "http://127.0.0.1:{closed_port}/hook?token=s3cret"}}\n')
    assert found["status"] == "fail"
    assert "s3cret" not in str(found)


@pytest.fixture
def ssh_host() -> Iterator[tuple[int, paramiko.PKey]]:
    """A server that shows its key and lets nobody in."""
    key = paramiko.ECDSAKey.generate()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    stop, lines = threading.Event(), []

    def serve() -> None:
        while not stop.is_set():
            try:
                line, _ = server.accept()
            except TimeoutError:
                continue
            transport = paramiko.Transport(line)
            transport.add_server_key(key)
            lines.append((transport, line))
            transport.start_server(threading.Event(), paramiko.ServerInterface())

    serving = threading.Thread(target=serve)
    serving.start()
    yield server.getsockname()[1], key
    stop.set()
    serving.join()
    for transport, line in lines:
        transport.close()
        transport.join(5)
        line.close()
    server.close()


def test_the_key_of_an_sftp_host_must_be_pinned_and_the_one_it_shows(
    look: Callable[..., Found], home: Path, ssh_host: tuple[int, paramiko.PKey]
) -> None:
    port, key = ssh_host
    (found,) = look("host keys", SFTP.format(port=port))
    assert (found["status"], "known_hosts" in str(found) or "not known" in found["detail"]) == ("fail", True)
    assert "host trust acs" in found["remedy"]
    known = home / "keys" / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n", encoding="utf-8")
    assert statuses(look("host keys", SFTP.format(port=port))) == ["ok"]
    other = paramiko.ECDSAKey.generate()
    known.write_text(f"[127.0.0.1]:{port} {other.get_name()} {other.get_base64()}\n", encoding="utf-8")
    (found,) = look("host keys", SFTP.format(port=port))
    assert (found["status"], "another host key" in found["detail"]) == ("fail", True)


def test_an_sftp_host_that_is_down_is_a_warning_since_the_feed_tries_again(
    look: Callable[..., Found], home: Path, closed_port: int
) -> None:
    key = paramiko.ECDSAKey.generate()
    line = f"[127.0.0.1]:{closed_port} {key.get_name()} {key.get_base64()}\n"
    (home / "keys" / "known_hosts").write_text(line, encoding="utf-8")
    (found,) = look("host keys", SFTP.format(port=closed_port))
    assert (found["status"], found["remedy"]) == ("warn", "its key is pinned; the feed tries again by itself")


def test_each_secret_is_looked_at_whatever_the_others_are(look: Callable[..., Found], home: Path) -> None:
    (home / "keys" / "open").write_text("x", encoding="utf-8")
    (home / "keys" / "open").chmod(0o644)
    (home / "keys" / "not-a-key").write_text("x", encoding="utf-8")
    (home / "keys" / "not-a-key").chmod(0o600)
    text = '[acs]\nzip_password = "keys/none"\n' + SFTP.format(port=1) + 'zip_password = "keys/open"\n'
    found = look("secrets", text)
    assert statuses(found) == ["fail", "warn", "ok"]
    assert found[0]["detail"].startswith("acs.zip_password")
    assert "chmod 600" in found[1]["remedy"]
    text = SFTP.format(port=1).replace('password = "keys/password"', 'private_key = "keys/not-a-key"')
    assert "no private key" in look("secrets", text)[0]["detail"]


def test_a_secret_that_may_not_be_read_fails(home: Path, sqlite_url: str) -> None:
    (home / "listkeeper.toml").write_text('[acs]\nzip_password = "keys/password"\n', encoding="utf-8")
    (home / "keys" / "password").chmod(0)
    (found,) = (each for each in unprivileged(home, sqlite_url) if each["check"] == "secrets")
    assert (found["status"], "may not be read" in found["detail"]) == ("fail", True)
    assert found["remedy"] == "give this user the file"


def test_a_drop_folder_is_there_and_may_be_written(look: Callable[..., Found], home: Path, tmp_path: Path) -> None:
    text = '[[feed]]\nname = "walk-in"\nkind = "folder"\npath = "drop"\n'
    (found,) = look("folders", text)
    assert (found["status"], "no such folder" in found["detail"]) == ("fail", True)
    (home / "drop").mkdir()
    (found,) = look("folders", text)
    assert (found["status"], "same file system" in found["detail"]) == ("ok", True)
    assert list((home / "drop").iterdir()) == [], "no probe is left"


def test_a_read_only_drop_folder_fails_unless_files_are_left_there(home: Path, sqlite_url: str) -> None:
    drop = home / "drop"
    drop.mkdir(mode=0o500)
    text = '[[feed]]\nname = "walk-in"\nkind = "folder"\npath = "drop"\nafter = "{}"\n'
    for after, status in (("delete", "fail"), ("leave", "ok")):
        (home / "listkeeper.toml").write_text(text.format(after), encoding="utf-8")
        (found,) = (each for each in unprivileged(home, sqlite_url) if each["check"] == "folders")
        assert (found["status"], "may not be written" in found["detail"]) == (status, True)


def test_a_read_only_home_fails_with_the_remedy(home: Path, sqlite_url: str) -> None:
    examine(home)
    (home / "archive").chmod(0o500)
    found = {each["check"]: each for each in unprivileged(home, sqlite_url)}
    assert found["rename"]["status"] == "fail"
    assert found["rename"]["remedy"] == "give this user write access to the folder"


def test_files_set_aside_are_a_warning(look: Callable[..., Found], home: Path) -> None:
    aside = home / "spool" / "set-aside"
    aside.mkdir(parents=True)
    assert statuses(look("spool")) == ["ok"]
    (aside / "P1.zip").write_bytes(b"x")
    (aside / "P1.zip.reason.json").write_text("{}", encoding="utf-8")
    (found,) = look("spool")
    assert (found["status"], found["detail"]) == ("warn", "files set aside: 1")
    assert sorted(path.name for path in aside.iterdir()) == ["P1.zip", "P1.zip.reason.json"]


def test_a_damaged_or_missing_original_fails(
    house: Command, look: Callable[..., Found], home: Path, desk: Path
) -> None:
    make_list(house, desk)
    house("apply", write_answer(desk)).ok()
    (found,) = look("archive")
    assert (found["status"], "1 of them read" in found["detail"]) == ("ok", True)
    (original,) = (home / "archive").glob("??/*")
    original.chmod(0o600)
    original.write_bytes(original.read_bytes()[:-1] + b"?")
    (found,) = look("archive")
    assert (found["status"], "not what it was" in found["detail"]) == ("fail", True)
    original.unlink()
    (found,) = look("archive")
    assert (found["status"], "missing" in found["detail"]) == ("fail", True)


def test_the_last_backup_must_be_there_fresh_and_complete(
    house: Command, look: Callable[..., Found], home: Path, desk: Path
) -> None:
    assert look("backup")[0]["detail"] == "nothing to back up yet"
    make_list(house, desk)
    (found,) = look("backup")
    assert (found["status"], found["remedy"]) == ("warn", "listkeeper backup")
    folder = Path(house("backup", "--json").ok().json["backup"])
    assert statuses(look("backup")) == ["ok"]
    old = folder.with_name(f"{datetime.now(UTC) - timedelta(days=2):%Y%m%dT%H%M%SZ}")
    folder.rename(old)
    assert statuses(look("backup")) == ["warn"]
    (old / "listkeeper.db").unlink()
    assert statuses(look("backup")) == ["fail"]


def test_the_disk_must_hold_what_a_night_writes(look: Callable[..., Found], monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    for free, status in ((10 << 30, "ok"), (500 << 20, "warn"), (1 << 20, "fail")):
        monkeypatch.setattr("shutil.disk_usage", lambda _path, free=free: usage._replace(free=free))
        assert statuses(look("disk")) == [status]
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage._replace(free=10 << 30))
    monkeypatch.setattr("daemon.checks.home._size_of_database", lambda _visit: 8 << 30)
    assert statuses(look("disk")) == ["warn"]


def test_the_size_of_either_database_is_known(database_url: str, postgres_url: str, home: Path) -> None:
    from daemon.checks.home import _size_of_database

    for url in (database_url, postgres_url):
        assert _size_of_database(Visit(home, Settings(), url, lambda: datetime.now(UTC))) > 10_000


def test_a_clock_that_jumps_is_a_warning_and_a_year_that_cannot_be_fails(home: Path, sqlite_url: str) -> None:
    visit = Visit(
        home, Settings.model_validate({"schedule": {"time_zone": "America/Denver"}}), sqlite_url, datetime.now
    )
    ticks = iter([100.0, 160.0])
    (found,) = ticking(visit, wall=lambda: next(ticks), steady=lambda: 5.0, pause=lambda _seconds: None)
    assert (found.status, "jumped by 60.00 seconds" in found.detail) == ("warn", True)
    (found,) = ticking(visit)
    assert (found.status, "America/Denver" in found.detail) == ("ok", True)
    for year in (1970, 2150):
        checks = examine(home, lambda year=year: datetime(year, 1, 2, tzinfo=UTC))["checks"]
        assert "fail" in [each["status"] for each in checks if each["check"] == "clock"]


def test_a_database_that_cannot_be_opened_leaves_the_other_checks_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in ("postgresql+psycopg:///none?host=/nowhere", "nonsense"):
        monkeypatch.setenv("LISTKEEPER_DATABASE_URL", url)
        found = {each["check"]: each["status"] for each in examine(home)["checks"]}
        assert found["database"] == "fail"
        assert found["packages"] == "ok"
        assert "archive" not in found
    assert not (home / "listkeeper.db").exists()


def test_doctor_and_backup_agree_on_postgres(
    postgres_url: str, home: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daemon.backup import make_backup
    from daemon.wiring import open_house

    put_on_path(monkeypatch)
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", postgres_url)
    opened = open_house(home)
    make_backup(opened)
    opened.close()
    found = {each["check"]: each["status"] for each in examine(home)["checks"]}
    assert (found["backup"], found["archive"]) == ("ok", "ok")
