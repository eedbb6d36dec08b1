"""Ten files over a real sshd, two of them bad, one a repeat, one slow: the daemon takes care of each by itself."""

from __future__ import annotations

import json
import shlex
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from daemon.db import reading
from daemon.wiring import open_house
from tests.daemon.service_process import ServiceProcess, free_port, until
from tests.flows.story import MARY, Story
from tests.post_office import PostOffice

UNIT = Path(__file__).parents[2] / "deploy" / "systemd" / "listkeeper.service"
SETTINGS = """
[[feed]]
name = "acs"
kind = "sftp"
host = "127.0.0.1"
port = {port}
username = "{user}"
private_key = "keys/id_ed25519"
remote = "{remote}"
patterns = ["P*.dat"]
every = "1s"
settle_seconds = 1

[schedule]
apply = "{apply}"
time_zone = "UTC"

[notify]
smtp = {{ host = "127.0.0.1", port = {smtp}, from = "listkeeper@example.com", to = ["lists@example.com"] }}

[metrics]
listen = "127.0.0.1:{metrics}"

[list.spring]
large_change_percent = 100
"""


class Postmaster:
    """Keeps every mail."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content))
        return "250 kept"


@pytest.fixture
def postmaster() -> Iterator[tuple[Postmaster, int]]:
    """A mail server on loopback."""
    keeper, port = Postmaster(), free_port()
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    controller.start()
    yield keeper, port
    controller.stop()


def upload_slowly(path: Path, content: bytes, stop: threading.Event) -> None:
    """Write a file in pieces, as a slow line would."""
    with path.open("wb") as file:
        for start in range(0, len(content), 300):
            file.write(content[start : start + 300])
            file.flush()
            if stop.wait(0.7):
                return


def test_ten_files_over_a_real_sshd(
    home: Path, desk: Path, database_url: str, post_office: PostOffice, postmaster: tuple[Postmaster, int]
) -> None:
    command = next(line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart="))
    assert shlex.split(command)[1:] == ["run"]
    keeper, smtp = postmaster
    remote, metrics = desk / "outgoing", free_port()
    remote.mkdir()
    post_office.furnish(home)
    night = datetime.now(UTC) + timedelta(seconds=15)
    night += timedelta(seconds=60 - night.second)
    ports = {"port": post_office.port, "smtp": smtp, "metrics": metrics}
    settings = SETTINGS.format(user=post_office.user, remote=remote, apply=f"{night:%H:%M}", **ports)
    (home / "listkeeper.toml").write_text(settings)
    house = open_house(home)
    story = Story.begin(house, desk)
    for number in range(2, 8):
        story.client(str(number), **MARY, at="A")
    files = {f"P{n}.dat": story.written(story.move("A", "B", "2026-05-01", record_id=str(n))) for n in range(1, 7)}
    contents = {name: path.read_bytes() for name, path in files.items()}
    slow = story.written(*(story.back("A", "V", "2026-05-02", record_id="7") for _ in range(1))).read_bytes()
    contents |= {"P7-repeat.dat": contents["P1.dat"], "P8-bad.dat": b"no notice at all\r\n"}
    contents["P9-bad.dat"] = contents["P2.dat"].replace(b"H02123456", b"H02123456", 1)[:700] + b"\r\n" * 2 + b"x" * 700
    for name, content in contents.items():
        (remote / name).write_bytes(content)
    stop = threading.Event()
    writer = threading.Thread(target=upload_slowly, args=(remote / "P10-slow.dat", slow, stop))
    writer.start()

    def finished() -> int:
        with reading(house.engine) as store:
            return int(store.value("SELECT count(*) FROM taken_file WHERE state IN ('done', 'set-aside')"))

    with ServiceProcess(home, database_url) as daemon:
        daemon.ready()
        until(lambda: daemon.lines() and finished() == 9, "nine different files are finished", 150)
        until(lambda: keeper.mails, "the digest has come", 30)
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=10) as answer:
            told = answer.read().decode()
        for path in ("healthz", "readyz"):
            with urllib.request.urlopen(f"http://127.0.0.1:{metrics}/{path}", timeout=10) as answer:
                assert answer.status == 200
        assert daemon.stop() == 0
        log = daemon.log()
    stop.set()
    writer.join()

    assert [story.stands(str(number)) for number in range(1, 7)] == ["B mailable moved"] * 6
    assert story.stands("7") == "A undeliverable vacant"
    notes = [json.loads(path.read_text()) for path in (home / "spool" / "set-aside").glob("*.reason.json")]
    assert sorted(note["file"] for note in notes) == ["P8-bad.dat", "P9-bad.dat"]
    assert all(note["what_to_do"] and note["feed"] == "acs" for note in notes)
    assert 'listkeeper_files_total{outcome="applied"} 7.0' in told
    assert 'listkeeper_taken_files{state="set-aside"} 2.0' in told
    assert len(keeper.mails) == 1
    digest = str(keeper.mails[0])
    assert "P8-bad.dat" in digest
    assert not any(name in text for name in ("MARY", "SMITH", "ELM ST", "BIRCH") for text in (digest, log, told))
    assert sorted(path.name for path in remote.iterdir()) == sorted([*contents, "P10-slow.dat"])
    house.close()
