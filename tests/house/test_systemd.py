"""What is shipped for systemd and sshd, checked by systemd and sshd themselves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy" / "systemd"
UNITS = ("listkeeper.service", "listkeeper-backup.service", "listkeeper-backup.timer", "listkeeper-failed@.service")
BIN = Path(sys.executable).parent


def program(name: str) -> str:
    found = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed; scripts/system-packages installs it")
    return found


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, words)), capture_output=True, encoding="utf-8", check=False)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as installed, but calling the programs of this environment."""
    for name in UNITS:
        text = (DEPLOY / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/listkeeper/bin/", f"{BIN}/"), encoding="utf-8")
    return tmp_path


def test_systemd_finds_nothing_wrong_with_the_units(units: Path) -> None:
    done = run(program("systemd-analyze"), "verify", "--man=no", *(units / name for name in UNITS))
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "listkeeper" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", [name for name in UNITS if name.endswith(".service")])
def test_a_service_is_exposed_as_little_as_it_can_be(unit: str) -> None:
    done = run(program("systemd-analyze"), "security", "--offline=yes", "--no-pager", DEPLOY / unit)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= 1.5


def test_the_service_runs_the_documented_command_and_keeps_to_the_exit_codes() -> None:
    text = (DEPLOY / "listkeeper.service").read_text(encoding="utf-8")
    for line in ("Type=notify", "ExecStart=/opt/listkeeper/bin/listkeeper run", "RestartPreventExitStatus=78"):
        assert line in text.splitlines()
    assert "StateDirectory=listkeeper" in text
    assert "WatchdogSec=" in text
    assert "OnFailure=listkeeper-failed@%n.service" in text
    assert re.search(r"^#LoadCredential=", text, re.MULTILINE)


def test_the_accounts_and_folders_are_ones_that_systemd_can_make(tmp_path: Path) -> None:
    done = run(program("systemd-sysusers"), "--dry-run", DEPLOY / "listkeeper.sysusers.conf")
    assert done.returncode == 0, done.stderr
    done = run(
        program("systemd-tmpfiles"),
        "--create",
        f"--root={tmp_path}",
        "--prefix=/nowhere",
        DEPLOY / "listkeeper.tmpfiles.conf",
    )
    assert "Unknown" not in done.stderr.replace("Unknown user", "").replace("Unknown group", ""), done.stderr
    for line in (DEPLOY / "listkeeper.tmpfiles.conf").read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"d\s+/\S+\s+[0-7]{4}\s+[\w-]+\s+[\w-]+\s+-", line), line


@pytest.fixture
def sshd_settings(tmp_path: Path) -> Path:
    key = tmp_path / "host_key"
    assert run(program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", key).returncode == 0
    path = tmp_path / "sshd_config"
    path.write_text(
        f"HostKey {key}\nPidFile none\nInclude {DEPLOY / 'listkeeper-sshd.conf'}\nPasswordAuthentication yes\n"
    )
    return path


def effective(settings: Path, user: str) -> dict[str, str]:
    done = run(program("sshd"), "-T", "-f", settings, "-C", f"user={user},host=h,addr=192.0.2.1")
    assert done.returncode == 0, done.stderr
    return dict(line.partition(" ")[::2] for line in done.stdout.splitlines())


def test_sshd_takes_the_drop_in(sshd_settings: Path) -> None:
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # the service makes it; sshd refuses to start without
    done = run(program("sshd"), "-t", "-f", sshd_settings)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_upload_account_can_put_files_in_and_nothing_else(sshd_settings: Path) -> None:
    theirs = effective(sshd_settings, "listkeeper-upload")
    assert theirs["chrootdirectory"] == "/srv/listkeeper-upload"
    assert theirs["disableforwarding"] == "yes"
    assert theirs["permittty"] == "no"
    assert theirs["passwordauthentication"] == "no"
    words = theirs["forcecommand"].split()
    assert words[0] == "internal-sftp"
    allowed = set(words[words.index("-p") + 1].split(","))
    assert not allowed & {"read", "remove", "rmdir", "mkdir", "symlink", "hardlink", "copy-data"}
    assert {"open", "write", "close", "rename"} <= allowed
    others = effective(sshd_settings, "somebody")
    assert others["forcecommand"] == "none"
    assert others["passwordauthentication"] == "yes"


def test_every_request_the_account_may_make_is_one_that_the_sftp_server_knows(sshd_settings: Path) -> None:
    server = next(
        (path for path in map(Path, ("/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server")) if path.exists()),
        None,
    )
    if server is None:
        pytest.skip("there is no sftp-server here")
    words = effective(sshd_settings, "listkeeper-upload")["forcecommand"].split()
    assert set(words[words.index("-p") + 1].split(",")) <= set(run(server, "-Q", "requests").stdout.split())


def test_the_readme_names_every_file_that_is_shipped() -> None:
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in DEPLOY.iterdir() if path.name not in text] == ["README.md"]
