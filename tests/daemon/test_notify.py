"""Telling people: what a digest says, whom it reaches, and what becomes of it when nobody can be reached."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from daemon import notify
from daemon.failed import main as tell_of_failure
from daemon.once import run_once
from daemon.wiring import House, open_house
from tests.daemon.commands.mailing import NAMES, make_list, write_answer, write_stray_move
from tests.daemon.service_process import ServiceProcess, free_port, until
from tests.running import Command, environment, run_process

FEED = '[[feed]]\nname = "walk-in"\nkind = "folder"\npath = "drop"\nsettle_seconds = 0\nevery = "1s"\n'
RESULT = {
    "status": "applied",
    "feed": "acs",
    "file": "P12345626.021",
    "batch": 7,
    "read": 3,
    "moved": 1,
    "suppressed": 1,
    "review": 1,
    "reasons": {"moved": 1, "vacant": 1, "no_keyline": 1},
    "lists": {"spring": {"moved": 1, "suppressed": 1}},
    "warnings": ["a warning"],
    "last_name": "SMITH",
}
ASIDE = {
    "status": "set_aside",
    "feed": "acs",
    "file": "P1.zip",
    "error": "P1.zip: the password does not open it",
    "reason": "wrong-password",
    "what_to_do": "Check the zip password",
}


@dataclass
class MailServer:
    """A real mail server in this process, and what it was given."""

    port: int = field(default_factory=free_port)
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 not now"
        letter = BytesParser(policy=default).parsebytes(envelope.content)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 taken"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@dataclass
class Hook:
    """A real web server in this process, and what was posted to it."""

    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    answers: int = 200


@pytest.fixture
def hook() -> Iterator[Hook]:
    told = Hook()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if told.answers == 200:
                told.posts.append(json.loads(body))
            self.send_response(told.answers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    told.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()


def settings(home: Path, *, mail: MailServer | None = None, hook: Hook | None = None, more: str = "") -> None:
    text = "[notify]\n"
    if mail:
        text += (
            f'smtp = {{ host = "127.0.0.1", port = {mail.port}, from = "lk@example.com", to = ["a@example.com"] }}\n'
        )
    if hook:
        text += f'webhook = {{ url = "{hook.url}" }}\n'
    (home / "listkeeper.toml").write_text(FEED + text + more, encoding="utf-8")
    (home / "drop").mkdir(exist_ok=True)


@pytest.fixture
def house_of(home: Path) -> Iterator[Any]:
    opened: list[House] = []

    def open_it() -> House:
        opened.append(open_house(home))
        return opened[-1]

    yield open_it
    for house in opened:
        house.close()


def unsent(home: Path) -> list[Path]:
    return sorted((home / "spool" / notify.FOLDER).glob("*.json"))


def test_a_digest_says_files_tallies_reasons_alerts_and_questions(home: Path, house_of: Any) -> None:
    alert = {"kind": "arrival", "level": "alarm", "feed": "other", "message": "feed other has been silent"}
    digest = notify.compose(house_of(), [RESULT, ASIDE], alerts=[alert])
    assert digest is not None
    subject, text = notify.told_in_words(digest)
    assert subject == "[listkeeper] ALARM: 1 applied, 1 set aside, 1 to look at"
    for line in (
        "ALARM: feed other has been silent",
        "SET ASIDE: P1.zip (acs)",
        "  why: P1.zip: the password does not open it",
        "  what to do: Check the zip password",
        "APPLIED: P12345626.021: batch 7, 3 read: 1 moved, 1 suppressed, 1 review",
        "  list spring: 1 moved, 1 suppressed",
    ):
        assert line in text.splitlines()
    assert "SMITH" not in json.dumps(digest)
    assert notify.compose(house_of()) is None


def test_a_pass_sends_one_digest_by_mail_and_one_by_webhook(
    house: Command, home: Path, desk: Path, mail: MailServer, hook: Hook, house_of: Any
) -> None:
    settings(home, mail=mail, hook=hook, more="[care]\nwatch = false\n")
    make_list(house, desk)
    write_answer(home / "drop")
    write_stray_move(home / "drop")
    (home / "drop" / "bad").write_text("no return file")
    told = run_once(house_of())
    assert told["exit_code"] == 65
    (letter,) = mail.letters
    (post,) = hook.posts
    assert letter["Subject"] == post["subject"] == "[listkeeper] 2 applied, 1 set aside"
    assert (letter["To"], letter["From"]) == ("a@example.com", "lk@example.com")
    assert "QUESTIONS: 2 wait for a person" in letter.get_content()
    assert post["questions"] == {"open": 2, "reasons": {"no_keyline": 1, "old_address_differs": 1}}
    assert [each["file"] for each in post["set_aside"]] == ["bad"]
    assert sum(each["read"] for each in post["applied"]) == 4
    everything = letter.as_string() + json.dumps(post)
    assert not [name for name in NAMES if name in everything]
    assert unsent(home) == []
    run_once(house_of())
    assert len(mail.letters) == 1, "there was nothing to tell"


def test_what_could_not_be_sent_goes_out_with_the_next(
    home: Path, mail: MailServer, hook: Hook, house_of: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(home, mail=mail, hook=hook)
    house = house_of()
    mail.refuses = True
    assert notify.post(house, notify.compose(house, [RESULT])) == 1
    assert "digest_not_sent" in capsys.readouterr().err
    assert (len(mail.letters), len(hook.posts), len(unsent(home))) == (0, 1, 1)
    mail.refuses, hook.answers = False, 500
    assert notify.post(house, notify.compose(house, [ASIDE])) == 1
    assert [letter["Subject"] for letter in mail.letters] == ["[listkeeper] 1 applied", "[listkeeper] 1 set aside"]
    hook.answers = 200
    assert notify.post(house, None) == 0
    assert [post["subject"] for post in hook.posts] == ["[listkeeper] 1 applied", "[listkeeper] 1 set aside"]
    assert unsent(home) == []


def test_a_server_that_is_not_there_never_fails_the_pass(house: Command, home: Path, desk: Path, house_of: Any) -> None:
    settings(home, mail=MailServer(), hook=Hook("http://127.0.0.1:9/hook"))
    make_list(house, desk)
    write_answer(home / "drop")
    ran = house("run", "--once", "--json").ok()
    assert [each["status"] for each in ran.json["applied"]] == ["applied"]
    assert ran.err.count("digest_not_sent") == 2
    assert len(unsent(home)) == 1


def test_when_nobody_can_be_told_for_long_the_oldest_digests_go(home: Path, house_of: Any) -> None:
    settings(home, hook=Hook("http://127.0.0.1:9/hook"))
    house = house_of()
    folder = home / "spool" / notify.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(notify.MOST + 5):
        (folder / f"2026{number:04d}.json").write_text("{}")
    for number in range(notify.MOST, notify.MOST + 5):
        (folder / f"2026{number:04d}.json").write_text(json.dumps({"sent": [], "digest": notify.about(house, [])}))
    assert notify.post(house, None) == 5
    assert [path.name for path in unsent(home)] == [f"2026{n:04d}.json" for n in range(notify.MOST, notify.MOST + 5)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # apprise's own
def test_apprise_reaches_whatever_address_its_secret_names(home: Path, hook: Hook, house_of: Any) -> None:
    address = hook.url.replace("http://", "json://")
    (home / "channels").write_text(f"{address}\n")
    settings(home, more='apprise = "channels"\n')
    house = house_of()
    assert notify.post(house, notify.compose(house, [RESULT])) == 0
    assert hook.posts[0]["title"] == "[listkeeper] 1 applied"
    (home / "channels").write_text("nonsense\n")
    assert notify.post(house, notify.compose(house, [RESULT])) == 1


def test_a_unit_that_failed_is_told_of_without_a_database(
    home: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings(home, hook=hook)
    monkeypatch.setenv("LISTKEEPER_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/none")
    assert (
        tell_of_failure("listkeeper.service", {"MONITOR_EXIT_STATUS": "78", "MONITOR_SERVICE_RESULT": "exit-code"}) == 0
    )
    (post,) = hook.posts
    assert "listkeeper.service has failed (exit-code, exit status 78, an operator must act first)" in post["text"]
    (home / "listkeeper.toml").write_text("[nonsense]\n")
    assert tell_of_failure("listkeeper.service", {}) == 78
    assert "nobody_told" in capsys.readouterr().err


def test_no_name_and_no_address_leaves_the_house(
    house: Command, home: Path, database_url: str, desk: Path, mail: MailServer, hook: Hook
) -> None:
    """A whole day of the daemon on a list of marked people: every byte that it says is searched for them."""
    port = free_port()
    settings(
        home, mail=mail, hook=hook, more=f'[metrics]\nlisten = "127.0.0.1:{port}"\n[schedule]\napply = "at-once"\n'
    )
    make_list(house, desk)
    drop = home / "drop"
    with ServiceProcess(home, database_url) as service:
        service.ready()
        write_answer(drop)
        write_stray_move(drop)
        broken = write_answer(desk, "P99", shipment="9").read_bytes()
        (drop / "P99").write_bytes(broken[:1405] + b"SMITH" + broken[1410:-30])
        (drop / "other").write_bytes(b"record_id,last_name\n1,SMITH\n")
        service.logs("file_finished", 3)
        until(lambda: mail.letters and hook.posts, "a digest")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            page = answer.read().decode()
        assert service.stop() == 0
        said = [service.log(), *service.lines(), page, *(letter.as_string() for letter in mail.letters)]
        said += [json.dumps(post) for post in hook.posts]
    for words in (("run", "--once", "--verbose"), ("jobs",), ("feeds", "status", "--json")):
        ran = run_process(words, environment(home, database_url), desk, None)
        said += [ran.out, ran.err]
    everything = "\n".join(said)
    assert "batch" in everything
    assert not [name for name in (*NAMES, "Mary", "MARY", "Paul", "TAOS", "ALBUQUERQUE") if name in everything]
