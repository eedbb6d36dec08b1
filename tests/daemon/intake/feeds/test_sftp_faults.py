"""What goes wrong between us and an SFTP server costs time, and never a file."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import asyncssh
import pytest

from daemon.errors import OperatorError, TryAgainError
from daemon.intake.hosts import BrokenLineError, UnreachableError, pinned
from daemon.intake.remote import LoginRefusedError, login_of, opened
from daemon.intake.sftp import poll
from daemon.settings import SftpFeed
from daemon.wiring import House
from tests.post_office import Faults, FaultyOffice, PostOffice
from tests.remote_folder import QUICK, changed, new, put, work


def test_a_connection_that_breaks_in_mid_file_is_made_anew_and_the_file_comes_whole(
    house: House, outgoing: Path
) -> None:
    content = put(outgoing, "long.dat", os.urandom(3_000_000))
    with FaultyOffice(Faults(drop_reads_at=1_000_000, drops=2)) as office:
        office.furnish(house.home)
        assert len(poll(house, office.feed(outgoing), QUICK).taken) == 1
        assert office.opened == ["long.dat"] * 3
    assert new(house) == {"long.dat": content}
    assert work(house) == []


def test_one_file_that_always_breaks_off_does_not_stop_the_others(house: House, outgoing: Path) -> None:
    for name in ("a.dat", "b.dat", "c.dat"):
        put(outgoing, name, name.encode() * 10)
    with FaultyOffice(Faults(drop_reads_at=0, drops=99, drop_only="b.dat")) as office:
        office.furnish(house.home)
        polled = poll(house, office.feed(outgoing), QUICK)
    assert [taken.name for taken in polled.taken] == ["a.dat", "c.dat"]
    assert [name for name, _ in polled.refused] == ["b.dat"]


def test_where_nothing_comes_through_it_is_tried_again_later(house: House, outgoing: Path) -> None:
    put(outgoing)
    slept: list[float] = []
    patience = QUICK._replace(backoff=2, pause=slept.append, chance=lambda: 0.5)
    with FaultyOffice(Faults(drop_reads_at=0, drops=99)) as office:
        office.furnish(house.home)
        with pytest.raises(TryAgainError):
            poll(house, office.feed(outgoing), patience)
    assert slept == [0, 2, 4], "the pause to settle, then the growing pauses between three tries"
    assert work(house) == []


@pytest.mark.parametrize("fault", [Faults(stall=True), Faults(listing_seconds=10)], ids=["read", "listing"])
def test_a_server_that_falls_silent_is_given_up_for_this_time(house: House, outgoing: Path, fault: Faults) -> None:
    put(outgoing)
    with FaultyOffice(fault) as office:
        office.furnish(house.home)
        begun = time.monotonic()
        with pytest.raises(TryAgainError):
            poll(house, office.feed(outgoing), QUICK._replace(answer=0.3, tries=2))
        assert time.monotonic() - begun < 5


def test_a_file_that_comes_too_slowly_is_given_up_for_this_time(house: House, outgoing: Path) -> None:
    put(outgoing, "long.dat", os.urandom(200_000))
    ticks = iter(range(0, 10_000_000, 100))
    with FaultyOffice(Faults()) as office:
        office.furnish(house.home)
        with pytest.raises(TryAgainError):
            poll(house, office.feed(outgoing), QUICK._replace(clock=lambda: next(ticks), greet=1000, tries=1))


def test_a_host_that_is_away_is_tried_a_few_times_and_left_for_later(house: House, feed: SftpFeed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    line = (house.home / "keys" / "known_hosts").read_text()
    (house.home / "keys" / "known_hosts").write_text(line.replace(f":{feed.port} ", f":{port} "))
    slept: list[float] = []
    with pytest.raises(UnreachableError):
        poll(house, changed(feed, port=port), QUICK._replace(pause=slept.append))
    assert len(slept) == 2


def test_a_port_where_something_else_answers_or_nothing_does_is_tried_again(house: House, feed: SftpFeed) -> None:
    for said in (b"220 mail ready\r\n" * 300, b""):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            over = threading.Event()

            def answer(server: socket.socket = server, said: bytes = said, over: threading.Event = over) -> None:
                line, _ = server.accept()
                with line:
                    line.sendall(said)
                    over.wait(10)

            thread = threading.Thread(target=answer)
            thread.start()
            (house.home / "keys" / "known_hosts").write_text(f"[127.0.0.1]:{port} ssh-ed25519 AAAA")
            with pytest.raises(TryAgainError):
                poll(house, changed(feed, port=port), QUICK._replace(tries=1, greet=0.5, connect=0.5))
            over.set()
            thread.join()


def test_a_folder_that_is_not_there_or_may_not_be_read_stops_the_feed(house: House, feed: SftpFeed) -> None:
    with pytest.raises(OperatorError, match="correct `remote`"):
        poll(house, changed(feed, remote="/no/such/folder"), QUICK)


def test_a_full_disk_is_told_as_that(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with opened(feed, login_of(house.home, feed), pinned(house, feed), QUICK) as line:
            (entry,) = line.files()
            with pytest.raises(TryAgainError, match="disk of the home is full") as caught:
                line.fetch(entry, full)
    finally:
        os.close(full)
    assert not isinstance(caught.value, BrokenLineError), "a new connection would not help"


def test_a_spool_that_cannot_be_written_is_told_as_that(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)
    work_folder = house.home / "spool" / "work"
    work_folder.rmdir() if work_folder.is_dir() else None
    work_folder.write_bytes(b"in the way")
    with pytest.raises(TryAgainError, match="spool/work"):
        poll(house, feed, QUICK)


# Logging in


def test_a_key_that_is_not_known_there_stops_the_feed_and_names_nobody(
    house: House, feed: SftpFeed, post_office: PostOffice
) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519")
    (house.home / "keys" / "id_ed25519").write_bytes(stranger.export_private_key())
    with pytest.raises(LoginRefusedError) as caught:
        poll(house, feed, QUICK)
    assert post_office.user not in str(caught.value).split()


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem", "pkcs1-pem"])
@pytest.mark.parametrize("kind", ["ssh-rsa", "ecdsa-sha2-nistp256", "ssh-ed25519"])
def test_private_keys_of_every_usual_kind_are_read(house: House, outgoing: Path, kind: str, form: str) -> None:
    if (kind, form) == ("ssh-ed25519", "pkcs1-pem"):
        form = "pkcs8-pem"  # there is no such form for it
    put(outgoing)
    with FaultyOffice(Faults()) as office:
        office.client_key = asyncssh.generate_private_key(kind)
        office.furnish(house.home)
        (house.home / "keys" / "id_ed25519").write_bytes(office.client_key.export_private_key(form))
        assert len(poll(house, office.feed(outgoing), QUICK).taken) == 1


def test_a_password_opens_the_door_and_a_wrong_one_is_never_shown(house: House, outgoing: Path) -> None:
    put(outgoing)
    with FaultyOffice(Faults(password="Tr0ub4dor-17")) as office:
        office.furnish(house.home)
        secret = house.home / "keys" / "password"
        feed = office.feed(outgoing, private_key=None, password="keys/password")
        secret.write_text("Wrong-horse-9\n")
        with pytest.raises(LoginRefusedError) as caught:
            poll(house, feed, QUICK)
        assert "horse" not in repr(caught.value)
        secret.write_text("Tr0ub4dor-17\n")
        assert len(poll(house, feed, QUICK).taken) == 1


def test_a_missing_secret_or_a_key_with_a_passphrase_stops_the_feed_before_anything_is_sent(house: House) -> None:
    with FaultyOffice(Faults()) as office:
        office.furnish(house.home)
        key = house.home / "keys" / "id_ed25519"
        key.write_bytes(office.client_key.export_private_key(passphrase="so secret"))
        with pytest.raises(OperatorError, match="passphrase"):
            poll(house, office.feed("."), QUICK)
        key.write_text("no key at all")
        with pytest.raises(OperatorError, match="no private key"):
            poll(house, office.feed("."), QUICK)
        key.unlink()
        with pytest.raises(OperatorError, match="private_key"):
            poll(house, office.feed("."), QUICK)
        assert office.logins == 0


def test_a_server_without_sftp_stops_the_feed(house: House) -> None:
    with FaultyOffice(Faults(no_sftp=True)) as office:
        office.furnish(house.home)
        with pytest.raises(OperatorError, match="offers no SFTP"):
            poll(house, office.feed("."), QUICK)


def test_parts_that_a_killed_look_left_are_deleted_and_those_of_other_feeds_are_not(
    house: House, feed: SftpFeed
) -> None:
    folder = house.home / "spool" / "work"
    folder.mkdir(exist_ok=True)
    (folder / "fetch-acs@00.part").write_bytes(b"half")
    (folder / "fetch-acs-two@00.part").write_bytes(b"half")
    poll(house, feed, QUICK)
    assert work(house) == ["fetch-acs-two@00.part"]
