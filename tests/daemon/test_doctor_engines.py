"""`doctor` on the engines that care goes to: adapters, folders, programs, secrets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.doctor import examine
from tests.running import environment

HOT = '[[adapter]]\nname = "coder"\nkind = "hot-folder"\ndoes = ["cass"]\ninbox = "{}"\noutbox = "{}"\n'
COMMAND = '[[adapter]]\nname = "mover"\nkind = "command"\ncommand = ["{}", "{{in}}", "{{out}}"]\n'


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home on SQLite: what is looked at here does not depend on the database."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", sqlite_url)
    return path


def look(home: Path, settings: str, check: str = "engines") -> list[tuple[str, str]]:
    """What one check finds: status and detail."""
    (home / "listkeeper.toml").write_text(settings, encoding="utf-8")
    return [(each["status"], each["detail"]) for each in examine(home)["checks"] if each["check"] == check]


def test_where_no_engine_is_named_nothing_is_looked_at(home: Path) -> None:
    assert look(home, "") == []
    assert look(home, '[care]\ncass = "manual"\n') == []


def test_care_that_goes_to_no_adapter_or_to_one_that_does_not_do_it_fails(home: Path) -> None:
    found = look(home, HOT.format("in", "out") + '[care]\ncass = "gone"\n[list.spring.care]\nncoa = "coder"\n')
    assert found[:2] == [
        ("fail", "care.cass: there is no adapter gone"),
        ("fail", "list.spring.care.ncoa: adapter coder does no ncoa"),
    ]


def test_folders_of_a_share_must_be_there_and_those_in_the_home_are_made(home: Path, tmp_path: Path) -> None:
    share = tmp_path / "share"
    found = look(home, HOT.format("in", share))
    assert [status for status, _ in found] == ["ok", "fail"]
    assert "no such folder" in found[1][1]
    share.mkdir()
    assert [status for status, _ in look(home, HOT.format("in", share))] == ["ok", "ok"]


def test_a_folder_that_may_not_be_written_fails(home: Path, tmp_path: Path, sqlite_url: str) -> None:
    share = tmp_path / "share"
    share.mkdir(mode=0o500)
    (home / "listkeeper.toml").write_text(HOT.format(share, "out"), encoding="utf-8")
    # Rights hold root back only without its capabilities.
    dropped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*dropped, sys.executable, "-m", "daemon", "doctor", "--json"],
        env=environment(home, sqlite_url),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    found = [each for each in json.loads(ran.stdout)["checks"] if each["check"] == "engines"]
    assert [each["status"] for each in found] == ["fail", "ok"]


def test_a_program_must_be_there(home: Path) -> None:
    assert [status for status, _ in look(home, COMMAND.format("sh"))] == ["ok"]
    (found,) = look(home, COMMAND.format("no-such-program"))
    assert found == ("fail", "adapter mover: there is no program no-such-program, or it may not be run")


def test_the_secrets_of_adapters_are_looked_for(home: Path) -> None:
    settings = COMMAND.format("sh") + 'secrets = { KEY = "keys/vendor" }\n'
    (found,) = look(home, settings, "secrets")
    assert found[0] == "fail"
    (home / "keys").mkdir(mode=0o700)
    (home / "keys" / "vendor").write_text("x\n", encoding="utf-8")
    (home / "keys" / "vendor").chmod(0o600)
    assert look(home, settings, "secrets") == [("ok", "adapter[0].secrets.KEY: there, and may be read")]


def test_a_vendors_host_must_be_reachable_and_its_key_pinned(home: Path) -> None:
    (home / "keys").mkdir(mode=0o700)
    (home / "keys" / "password").write_text("x\n", encoding="utf-8")
    http = (
        '[[adapter]]\nname = "web"\nkind = "http"\nurl = "http://127.0.0.1:9"\n[[adapter.step]]\ndoes = "submit"\n'
        'path = "/a"\n[[adapter.step]]\ndoes = "download"\npath = "/b"\n'
    )
    (found,) = [each for each in look(home, http) if "url" in each[1]]
    assert found[0] == "fail"
    sftp = (
        '[[adapter]]\nname = "far"\nkind = "sftp"\nhost = "127.0.0.1"\nport = 9\nusername = "u"\n'
        'password = "keys/password"\ninbox = "in"\noutbox = "out"\n'
    )
    (found,) = look(home, sftp, "host keys")
    assert found[0] == "fail"
    assert "far" in found[1]
