"""Files come from an SFTP server whole, once, and are let go only when they are ours."""

from __future__ import annotations

import hashlib
import os
import time
import tracemalloc
from pathlib import Path

import pytest

from daemon.db import writing
from daemon.intake.sftp import poll
from daemon.settings import SftpFeed
from daemon.wiring import House
from tests.builders import V02, coa, notification
from tests.builders_zip import plain, shipment
from tests.post_office import Faults, FaultyOffice
from tests.remote_folder import OLD, QUICK, both_engines, changed, new, put, remembered, work

# What is taken


@both_engines
def test_a_file_is_fetched_whole_and_only_once(house: House, feed: SftpFeed, outgoing: Path) -> None:
    content = put(outgoing)
    (taken,) = poll(house, feed, QUICK).taken
    assert (taken.name, taken.sha256, taken.known) == ("P12345620.zip", hashlib.sha256(content).hexdigest(), False)
    assert new(house) == {"P12345620.zip": content}
    assert work(house) == []
    assert poll(house, feed, QUICK) == ([], [], [], [])
    assert (outgoing / "P12345620.zip").exists(), "left there is the default"


def test_the_same_bytes_under_another_name_are_known(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)
    poll(house, feed, QUICK)
    put(outgoing, "P99.zip")
    (again,) = poll(house, feed, QUICK).taken
    assert again.known


@both_engines
def test_a_file_that_changed_is_fetched_again(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)
    poll(house, feed, QUICK)
    put(outgoing, content=plain(shipment(lines=4)), at=OLD + 60)
    (again,) = poll(house, feed, QUICK).taken
    assert not again.known


def test_patterns_fit_the_whole_name_in_any_case_and_uploads_are_left_alone(
    house: House, feed: SftpFeed, outgoing: Path
) -> None:
    for number, name in enumerate(
        ("p1.ZIP", "a.DAT", "xP2.zip", "P3.zip.txt", "P4.zip.part", "P5.zip.TMP", "P6.zip.filepart", ".P7.zip")
    ):
        put(outgoing, name, plain(shipment(lines=number)))
    (outgoing / "P8.zip").mkdir()
    assert sorted(new_name.name for new_name in poll(house, feed, QUICK).taken) == ["a.DAT", "p1.ZIP"]


def test_a_link_to_a_file_is_a_file(house: House, feed: SftpFeed, outgoing: Path, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere.zip")
    (outgoing / "P1.zip").symlink_to(tmp_path / "elsewhere.zip")
    (outgoing / "P2.zip").symlink_to(tmp_path / "nowhere.zip")
    assert [taken.name for taken in poll(house, feed, QUICK).taken] == ["P1.zip"]


@both_engines
def test_a_name_that_may_not_be_is_told_once_and_hides_no_other(house: House, outgoing: Path) -> None:
    put(outgoing)
    names = [b"../P1.zip", b"P\n2.zip", b"P\xff3.zip", b"..\\P4.zip", b"a/b.txt"]
    with FaultyOffice(Faults(names=names)) as office:
        office.furnish(house.home)
        polled = poll(house, office.feed(outgoing), QUICK)
        assert [taken.name for taken in polled.taken] == ["P12345620.zip"]
        assert sorted(name for name, _ in polled.refused) == [
            "'P\\n2.zip'",
            "'P\\udcff3.zip'",
            "../P1.zip",
            "..\\P4.zip",
        ]
        assert poll(house, office.feed(outgoing), QUICK).refused == []


def test_a_large_file_takes_a_few_megabytes_of_memory(house: House, feed: SftpFeed, outgoing: Path) -> None:
    content = os.urandom(48 << 20)
    put(outgoing, "big.dat", content)
    tracemalloc.start()
    (taken,) = poll(house, feed, QUICK).taken
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken.sha256 == hashlib.sha256(content).hexdigest()
    assert peak < 16 << 20


def test_a_server_that_answers_in_small_pieces_gives_the_same_bytes(house: House, outgoing: Path) -> None:
    content = put(outgoing, "odd.dat", os.urandom(300_001))
    with FaultyOffice(Faults(short=7_001)) as office:
        office.furnish(house.home)
        poll(house, office.feed(outgoing), QUICK)
    assert new(house) == {"odd.dat": content}


# What waits


def test_a_file_that_grows_between_two_listings_waits(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)

    def grow(_seconds: float) -> None:
        with (outgoing / "P12345620.zip").open("ab") as file:
            file.write(b"more")

    polled = poll(house, feed, QUICK._replace(pause=grow))
    assert (polled.taken, polled.waiting, list(polled.stuck)) == ([], ["P12345620.zip"], [])
    content = put(outgoing)
    poll(house, feed, QUICK)
    assert new(house) == {"P12345620.zip": content}


def test_a_file_that_grows_while_it_is_fetched_waits(house: House, outgoing: Path) -> None:
    put(outgoing)
    with FaultyOffice(Faults(grow={"P12345620.zip": b"more"})) as office:
        office.furnish(house.home)
        assert poll(house, office.feed(outgoing), QUICK).waiting == ["P12345620.zip"]
    assert new(house) == {}
    assert work(house) == []


def test_a_file_shorter_than_the_server_says_waits(house: House, outgoing: Path) -> None:
    size = len(put(outgoing))
    with FaultyOffice(Faults(size_told={"P12345620.zip": size + 40_000})) as office:
        office.furnish(house.home)
        assert poll(house, office.feed(outgoing), QUICK).waiting == ["P12345620.zip"]
    assert new(house) == {}


RECORDS = notification(V02, [coa(account="BYOBOFN", keyline="123")] * 3)


@pytest.mark.parametrize("content", [plain(shipment())[:200], RECORDS[:1500]], ids=["zip", "records"])
def test_a_young_file_without_its_end_waits_and_an_old_one_is_taken_for_what_it_is(
    house: House, feed: SftpFeed, outgoing: Path, content: bytes
) -> None:
    put(outgoing, "half.dat", content, at=int(time.time()) - 60)
    polled = poll(house, feed, QUICK)
    assert (polled.taken, polled.waiting, list(polled.stuck)) == ([], ["half.dat"], ["half.dat"])
    put(outgoing, "half.dat", content)
    assert [taken.name for taken in poll(house, feed, QUICK).taken] == ["half.dat"]


# What is let go


def test_delete_deletes_after_the_file_is_ours(house: House, feed: SftpFeed, outgoing: Path) -> None:
    content = put(outgoing)
    poll(house, changed(feed, after="delete"), QUICK)
    assert list(outgoing.iterdir()) == []
    assert new(house) == {"P12345620.zip": content}
    assert remembered(house) == [("P12345620.zip", True)]


def test_move_moves_into_a_folder_made_for_it_and_overwrites_nothing(
    house: House, feed: SftpFeed, outgoing: Path
) -> None:
    feed = changed(feed, after="move:done")
    first = put(outgoing)
    poll(house, feed, QUICK)
    second = put(outgoing, content=plain(shipment(lines=9)))
    poll(house, feed, QUICK)
    moved = sorted((outgoing / "done").iterdir())
    assert [path.read_bytes() for path in moved] == [first, second]
    assert moved[0].name == "P12345620.zip"
    assert not (outgoing / "P12345620.zip").exists()


@both_engines
def test_what_a_crash_kept_from_being_let_go_is_let_go_at_the_next_look(
    house: House, feed: SftpFeed, outgoing: Path
) -> None:
    content = put(outgoing)
    poll(house, feed, QUICK)
    with writing(house.engine) as store:  # as it is when killed between our commit and the delete
        store.run("UPDATE remote_file SET let_go = false")
    assert poll(house, changed(feed, after="delete"), QUICK).taken == []
    assert list(outgoing.iterdir()) == []
    assert new(house) == {"P12345620.zip": content}


def test_a_newer_file_of_the_name_is_not_deleted_for_the_older(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)
    poll(house, feed, QUICK)
    with writing(house.engine) as store:
        store.run("UPDATE remote_file SET let_go = false")
    content = put(outgoing, content=plain(shipment(lines=5)), at=OLD + 5)
    (taken,) = poll(house, changed(feed, after="delete"), QUICK).taken
    assert taken.sha256 == hashlib.sha256(content).hexdigest()


@both_engines
def test_what_was_taken_away_and_is_sent_again_is_fetched_again(house: House, feed: SftpFeed, outgoing: Path) -> None:
    feed = changed(feed, after="delete")
    put(outgoing)
    poll(house, feed, QUICK)
    put(outgoing)
    (again,) = poll(house, feed, QUICK).taken
    assert again.known
    assert list(outgoing.iterdir()) == []


def test_a_server_that_lets_nothing_be_deleted_keeps_no_file_from_coming(house: House, outgoing: Path) -> None:
    put(outgoing)
    with FaultyOffice(Faults(refuses_to_delete=True)) as office:
        office.furnish(house.home)
        feed = office.feed(outgoing, after="delete")
        polled = poll(house, feed, QUICK)
        assert len(polled.taken) == 1
        assert polled.refused[0][0] == "P12345620.zip"
        assert remembered(house) == [("P12345620.zip", False)]
        office.faults.refuses_to_delete = False
        assert poll(house, feed, QUICK) == ([], [], [], [])
    assert list(outgoing.iterdir()) == []


def test_left_files_are_never_touched(house: House, feed: SftpFeed, outgoing: Path) -> None:
    put(outgoing)
    before = (outgoing / "P12345620.zip").stat()
    poll(house, feed, QUICK)
    poll(house, feed, QUICK)
    after = (outgoing / "P12345620.zip").stat()
    assert (before.st_mtime_ns, before.st_ctime_ns) == (after.st_mtime_ns, after.st_ctime_ns)
