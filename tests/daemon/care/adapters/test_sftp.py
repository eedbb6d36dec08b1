"""An engine behind a real SFTP server: uploaded whole, handed over by a rename, its bundle awaited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.care.jobs import take_step
from daemon.errors import OperatorError
from daemon.intake.hosts import as_feed, pinned, trust
from daemon.intake.remote import Line, login_of, opened
from tests.post_office import PostOffice
from tests.yard import PEOPLE, QUICK, Yard, coded


class Server:
    """The engine's folders on the server, and the adapter that leads there."""

    def __init__(self, yard: Yard, office: PostOffice, top: Path) -> None:
        self.yard = yard
        self.inbox, self.outbox = top / "inbox", top / "outbox"
        self.inbox.mkdir(parents=True)
        self.outbox.mkdir()
        self.login = (
            f'host = "127.0.0.1"\nport = {office.port}\nusername = "{office.user}"\nprivate_key = "keys/id_ed25519"'
        )
        office.furnish(yard.house.home)
        self.adapts()

    def adapts(self, *lines: str) -> None:
        """Have the adapter, with other settings."""
        folders = f'inbox = "{self.inbox}"\noutbox = "{self.outbox}"\nsettle_seconds = 0'
        self.yard.adapter("sftp", self.login, folders, *lines)

    def answers(self, name: str, content: str) -> None:
        """The engine puts something out."""
        (self.outbox / name).write_text(content)


@pytest.fixture
def server(yard: Yard, post_office: PostOffice, tmp_path: Path) -> Server:
    """A real server."""
    return Server(yard, post_office, tmp_path / "server")


@pytest.fixture
def line(yard: Yard, server: Server) -> Iterator[Line]:
    """A line to the inbox."""
    feed = as_feed(yard.house.settings.adapters[0], str(server.inbox))  # type: ignore[arg-type]
    with opened(feed, login_of(yard.house.home, feed), pinned(yard.house, feed), QUICK) as line:
        yield line


def test_a_job_goes_out_and_its_bundle_comes_back(yard: Yard, server: Server) -> None:
    server.adapts('reports = ["{token}*.pdf"]', 'after = "move:done"')
    job = yard.send()
    assert yard.turn() == "waiting"
    (there,) = server.inbox.iterdir()
    assert there.name == f"{job.token}.csv"
    assert there.read_bytes() == (yard.house.home / job.kept).read_bytes()
    server.answers(f"{job.token}.out.csv", coded(PEOPLE))
    assert yard.turn() == "waiting", "the report is not there yet"
    server.answers(f"{job.token}-psr.pdf", "PDF")
    assert yard.turn() == "applied"
    kept = {path.name: path.read_text() for path in (job.folder(yard.house) / "answer").iterdir()}
    assert kept == {f"{job.token}.out.csv": coded(PEOPLE), f"{job.token}-psr.pdf": "PDF"}
    assert sorted(path.name for path in (server.outbox / "done").iterdir()) == sorted(kept)


@pytest.mark.parametrize("renamed", [False, True])
def test_killed_while_handing_over_the_file_is_put_in_exactly_once(yard: Yard, server: Server, renamed: bool) -> None:
    job = yard.send()
    yard.way().prepare(job)
    take_step(yard.house, job, "handing")
    (part,) = server.inbox.iterdir()
    assert part.name == f".{job.token}.csv.part"
    if renamed:
        part.unlink()  # it was given its name, and the engine has fetched it
    assert yard.turn() == "waiting"
    assert [path.name for path in server.inbox.iterdir()] == ([] if renamed else [f"{job.token}.csv"])


def test_half_an_upload_is_written_anew(yard: Yard, server: Server) -> None:
    job = yard.send()
    (server.inbox / f".{job.token}.csv.part").write_text("half" * 1000)
    assert yard.turn() == "waiting"
    (there,) = server.inbox.iterdir()
    assert there.read_bytes() == (yard.house.home / job.kept).read_bytes()


def test_an_answer_that_grows_between_two_listings_waits(yard: Yard, server: Server) -> None:
    job = yard.send()
    yard.turn()
    server.answers(f"{job.token}.csv", "half")
    grows = QUICK._replace(pause=lambda _seconds: server.answers(f"{job.token}.csv", "half and more"))
    assert yard.turn(patience=grows) == "waiting"


def test_a_folder_that_is_not_there_waits_for_an_operator_and_a_server_that_is_away_for_better_times(
    yard: Yard, server: Server
) -> None:
    job = yard.send()
    server.inbox.rmdir()
    with pytest.raises(OperatorError, match="remote folder is not there"):
        yard.way().prepare(job)
    server.inbox.mkdir()
    server.login = server.login.replace("port = ", "port = 1 #")
    known = yard.house.home / "keys" / "known_hosts"
    known.write_text(f"[127.0.0.1]:1 {known.read_text().partition(' ')[2]}")
    server.adapts()
    assert yard.turn() == "sending"
    assert (yard.job().attempts, yard.alerts) == (1, [])


def test_the_host_key_of_an_engine_is_pinned_as_that_of_a_feed(yard: Yard, server: Server) -> None:
    (yard.house.home / "keys" / "known_hosts").unlink()
    yard.send()
    assert yard.turn() == "sending"
    assert "listkeeper host trust engine" in yard.job().error
    assert trust(yard.house, "engine", patience=QUICK)["written"]
    yard.later(hours=1)
    assert yard.turn() == "waiting"


def test_a_large_file_is_uploaded_whole_over_what_had_its_name(line: Line, server: Server, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(os.urandom(3_000_001))
    (server.inbox / "there").write_bytes(os.urandom(4_000_000))
    line.upload(big, "there")
    assert (server.inbox / "there").read_bytes() == big.read_bytes()


def test_a_rename_is_done_once_and_never_over_another_file(line: Line, server: Server) -> None:
    (server.inbox / "one").write_text("1")
    assert line.exists("one")
    line.rename("one", "two")
    assert (line.exists("one"), line.exists("two")) == (False, True)
    with pytest.raises(FileNotFoundError):
        line.rename("one", "two")
    (server.inbox / "one").write_text("other")
    with pytest.raises(OSError, match="Failure"):
        line.rename("one", "two")
    assert (server.inbox / "two").read_text() == "1"
