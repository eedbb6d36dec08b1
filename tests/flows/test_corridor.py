"""Files that come by a drop folder: taken in, applied in order, set aside with reasons; none is ever lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from daemon import corridor
from daemon.db import reading, writing
from daemon.intake import feeds, spool
from daemon.intake.feeds import Polled
from daemon.wiring import open_house
from tests.flows.story import Story

SPRING, SUMMER = "2026-04-10", "2026-07-01"
FEED = '[[feed]]\nname = "walk-in"\nkind = "folder"\npath = "drop"\nsettle_seconds = {settle}\n'


class Post:
    """The story, and the folder its files are dropped into."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.drop = story.house.home / "drop"
        self.drop.mkdir()

    def bring(self, *records: object, name: str = "") -> bytes:
        """Drop a return file; return its bytes."""
        path = self.story.written(*records)
        content = path.read_bytes()
        path.rename(self.drop / (name or path.name))
        return content

    def poll(self, *, quiet_for: int = 3600) -> Polled:
        """Look into the folder, where everything has been quiet for a while."""
        then = self.story.house.now().timestamp() - quiet_for
        for path in self.drop.iterdir():
            os.utime(path, (then, then), follow_symlinks=False)
        return feeds.poll(self.story.house, self.story.house.settings.feeds[0])

    def night(self) -> list[tuple[str, str]]:
        """Look, then apply: file and status of each."""
        self.poll()
        return [(str(told["file"]), str(told["status"])) for told in corridor.process(self.story.house)]

    def lies(self) -> dict[str, list[str]]:
        """What lies in each folder of the spool, without hashes."""
        top = self.story.house.home / "spool"
        return {
            state: sorted(path.name.rpartition("@")[2].rpartition("__")[2] for path in (top / state).rglob("*.*"))
            for state in spool.FOLDERS
            if (top / state).exists()
        }


@pytest.fixture
def post(home: Path, desk: Path) -> Iterator[Post]:
    """Mary Smith at A, and a folder feed that settles at once."""
    (home / "listkeeper.toml").write_text(FEED.format(settle=0))
    house = open_house(home)
    yield Post(Story.begin(house, desk))
    house.close()


def test_a_file_is_taken_in_applied_and_put_into_done(post: Post) -> None:
    post.bring(post.story.move("A", "B", SPRING), name="P1.001")
    assert post.night() == [("P1.001", "applied")]
    assert post.story.stands() == "B mailable moved"
    assert post.lies() == {"new": [], "work": [], "done": ["P1.001"]}
    assert list(post.drop.iterdir()) == []


def test_files_of_one_customer_are_applied_in_the_order_of_their_shipments(post: Post) -> None:
    story = post.story
    first = story.written(story.move("A", "B", SPRING))
    second = story.written(story.move("B", "C", SUMMER))
    second.rename(post.drop / "a-comes-first")
    first.rename(post.drop / "b-comes-last")
    assert post.night() == [("b-comes-last", "applied"), ("a-comes-first", "applied")]
    assert story.stands() == "C mailable moved"
    assert story.questions() == []


def test_a_bad_file_is_set_aside_with_what_to_do_and_the_next_goes_on(post: Post) -> None:
    (post.drop / "junk.dat").write_bytes(b"no notice at all\r\n")
    post.bring(post.story.move("A", "B", SPRING), name="P1.001")
    assert sorted(post.night()) == [("P1.001", "applied"), ("junk.dat", "set_aside")]
    place = post.story.house.home / "spool" / "set-aside"
    assert (place / "junk.dat").read_bytes() == b"no notice at all\r\n"
    note = json.loads((place / "junk.dat.reason.json").read_text())
    assert {"file", "feed", "error", "what_to_do", "at"} <= note.keys()
    assert (note["file"], note["feed"]) == ("junk.dat", "walk-in")
    assert "replay" in note["what_to_do"]
    status = feeds.status(post.story.house)["feeds"][0]
    assert (status["name"], status["state"], status["set_aside"], status["waiting"]) == ("walk-in", "ok", 1, 0)


def test_two_bad_files_of_one_name_both_keep_their_reasons(post: Post) -> None:
    for content in (b"one\r\n", b"two\r\n"):
        (post.drop / "junk.dat").write_bytes(content)
        post.night()
    place = post.story.house.home / "spool" / "set-aside"
    assert len(list(place.glob("*junk.dat"))) == 2
    assert len(list(place.glob("*junk.dat.reason.json"))) == 2


def test_the_same_bytes_again_are_known_and_nothing_is_done(post: Post) -> None:
    content = post.bring(post.story.move("A", "B", SPRING), name="P1.001")
    post.night()
    (post.drop / "copy.dat").write_bytes(content)
    taken = post.poll().taken
    assert [(each.name, each.known) for each in taken] == [("copy.dat", True)]
    assert corridor.process(post.story.house) == []


def test_the_same_bytes_after_an_undo_are_applied_again(post: Post) -> None:
    content = post.bring(post.story.move("A", "B", SPRING), name="P1.001")
    post.night()
    post.story.undo({"batch": 1})
    (post.drop / "P1.001").write_bytes(content)
    assert post.night() == [("P1.001", "applied")]
    assert post.story.stands() == "B mailable moved"


def test_a_file_set_aside_is_applied_when_it_is_replayed_after_the_cause_is_gone(post: Post) -> None:
    story = post.story
    post.bring(story.move("A", "B", SPRING), name="P1.001")
    with writing(story.house.engine) as store:
        store.run("UPDATE account SET code = 'BOTHERS'")
    assert post.night() == [("P1.001", "set_aside")]
    with writing(story.house.engine) as store:
        store.run("UPDATE account SET code = 'BYOBOFN'")
    told = corridor.replay(story.house, "P1.001")
    assert (told["status"], told["feed"]) == ("applied", "walk-in")
    assert post.lies() == {"new": [], "work": [], "done": ["P1.001"], "set-aside": []}


def test_the_same_bytes_of_a_file_set_aside_are_tried_again(post: Post) -> None:
    for _ in range(2):
        (post.drop / "junk.dat").write_bytes(b"no notice\r\n")
        assert post.night() == [("junk.dat", "set_aside")]
    assert len(list((post.story.house.home / "spool" / "set-aside").iterdir())) == 2


def test_a_slow_writer_is_waited_for_and_never_given_up(post: Post) -> None:
    content = post.bring(post.story.move("A", "B", SPRING), name="P1.001")
    slow = post.drop / "P1.001"
    for size in (0, 1, 700, 1100):
        slow.write_bytes(content[:size])
        polled = post.poll()
        assert (polled.taken, polled.waiting, list(polled.stuck)) == ([], ["P1.001"], ["P1.001"])
    assert [name for name, why in post.poll(quiet_for=7300).refused if "two hours" in why] == ["P1.001"]
    slow.write_bytes(content)
    assert post.night() == [("P1.001", "applied")]


def test_a_file_that_still_changes_is_left_until_it_has_been_quiet(home: Path, desk: Path) -> None:
    (home / "listkeeper.toml").write_text(FEED.format(settle=60))
    house = open_house(home)
    story = Story.begin(house, desk)
    post = Post(story)
    post.bring(story.move("A", "B", SPRING), name="P1.001")
    polled = post.poll(quiet_for=10)
    assert (polled.waiting, list(polled.stuck)) == (["P1.001"], [])
    assert [each.name for each in post.poll(quiet_for=61).taken] == ["P1.001"]
    house.close()


def test_names_of_uploads_in_progress_and_dangerous_ones_are_not_taken(post: Post) -> None:
    for name in ("x.part", "x.TMP", "x.filepart", ".hidden"):
        (post.drop / name).write_bytes(b"x\r\n")
    (post.drop / "bad\tname").write_bytes(b"x\r\n")
    (post.drop / "link").symlink_to("/etc/hostname")
    polled = post.poll()
    assert polled.taken == []
    assert sorted(name for name, _why in polled.refused) == ["'bad\\tname'", "link"]


def test_a_feed_whose_folder_is_gone_is_stopped_with_the_remedy(home: Path, desk: Path) -> None:
    (home / "listkeeper.toml").write_text(FEED.format(settle=0).replace('"drop"', '"/nowhere/at/all"'))
    house = open_house(home)
    with pytest.raises(Exception, match="not a folder; make it"):
        feeds.poll(house, house.settings.feeds[0])
    state = feeds.status(house)["feeds"][0]
    assert (state["state"], state["failures"]) == ("stopped", 1)
    house.close()


def test_what_lies_in_the_spool_of_another_home_on_the_database_is_left_to_it(post: Post, tmp_path: Path) -> None:
    post.bring(post.story.move("A", "B", SPRING), name="P1.001")
    post.poll()
    other = replace(post.story.house, home=tmp_path / "other")
    other.home.mkdir()
    assert corridor.process(other) == []
    assert spool.recover(other) == 0
    assert post.night() == [("P1.001", "applied")]


class KilledError(BaseException):
    """The process ends here."""


STEPS = ("claim", "apply_any", "_keep_facts", "finish", "_close", "_leave")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_killed_between_any_two_steps_the_next_start_goes_on(
    post: Post, step: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = post.story
    post.bring(story.move("A", "B", SPRING), name="P1.001")
    post.poll()
    module = corridor if hasattr(corridor, step) else spool
    real = getattr(module, step)

    def killed(*args: object, **values: object) -> object:
        if after:
            real(*args, **values)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(module, step, killed)
        with pytest.raises(KilledError):
            corridor.process(story.house)
    again = replace(story.house)
    spool.recover(again)
    corridor.process(again)
    assert story.stands() == "B mailable moved"
    assert post.lies() == {"new": [], "work": [], "done": ["P1.001"]}
    with reading(again.engine) as store:
        assert store.all("SELECT state, batch_id FROM taken_file") == [("done", 1)]
        assert store.value("SELECT count(*) FROM batch") == 1
    assert spool.recover(again) == 0


@pytest.mark.parametrize("after", [False, True])
def test_killed_while_it_is_taken_in_the_file_is_entered_at_the_next_start(
    post: Post, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = post.story
    post.bring(story.move("A", "B", SPRING), name="P1.001")
    real = spool._enter

    def killed(*args: object, **values: object) -> object:
        if after:
            real(*args, **values)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(spool, "_enter", killed)
        with pytest.raises(KilledError):
            post.poll()
    assert spool.recover(story.house) == 1
    assert post.night() == [("P1.001", "applied")]
    assert story.stands() == "B mailable moved"
    assert list(post.drop.iterdir()) == []
