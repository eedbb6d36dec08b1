"""What holds for any file at all: nothing falls between two piles, and undo takes back every byte."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.db import reading
from daemon.intake.read import NotificationFile
from daemon.returns.apply import apply_file, plan_file
from daemon.returns.decide import Place, Subject, event_of
from daemon.returns.fold import Question, Rules, decide_all
from daemon.returns.names import Person
from daemon.returns.policy import rules_for
from daemon.returns.report import PILES, Count
from daemon.returns.review import accept, list_open
from daemon.wiring import open_house
from schemas.acs import family_named
from schemas.acs_write import notification
from schemas.notice import Notice
from schemas.standing import STANDING, Standing
from schemas.text import norm
from tests.builders_zip import plain
from tests.flows.chance import DATES, PEOPLE, Chance
from tests.flows.story import PLACES, Story

TODAY = "2026-11-20"
STATUSES = ("mailable", "mailable", "held", "undeliverable", "removed", "deceased")


def closes(result: dict[str, Any]) -> None:
    """Prove that every record of a file ended in exactly one pile, with a reason."""
    assert result["read"] == sum(result[pile] for pile in PILES), result
    assert result["read"] == sum(result["reasons"].values()), result
    for counts in result["lists"].values():
        assert all(counts[pile] <= result[pile] for pile in counts)


# ten thousand small files


def subject_by(dice: Random, record_id: str) -> Subject:
    """Somebody with any past."""
    names = PEOPLE[record_id]
    person = Person(*(names.get(key, "") for key in ("first_name", "last_name", "name_suffix", "company")))
    places = [Place(norm(place.line), place.zip5) for place in PLACES.values()]
    here, *others = dice.sample(places, dice.randint(1, 4))
    status, base = dice.choice(STATUSES), dice.choice(["mailable", "mailable", "held", "removed"])
    by = "notice" if status != base else "client"
    since = dice.choice(["", "", "2026-04", *DATES])
    standing = Standing(1, status, "", by, base, "", since, since[:7], dice.random() < 0.5)
    return Subject(person, dice.random() < 0.03, standing, here, dice.choice(DATES), frozenset(others), frozenset(), ())


def notices_of(chance: Chance, folder: Path) -> list[Notice]:
    """The notices of one random file, as they are read."""
    path = folder / "random"
    path.write_bytes(notification(family_named(chance.layout()), chance.records(8)))
    with NotificationFile(path) as file:
        return [file.notice_at(line, at) for line, at, kind, _account, _key in file.scan() if kind]


def test_the_tally_closes_for_ten_thousand_random_small_files(tmp_path: Path) -> None:
    rules, answered = Rules(rules_for(), TODAY), 0
    for seed in range(10_000):
        chance = Chance(seed)
        chance.keys = dict.fromkeys(PEOPLE, make_key())
        notices = notices_of(chance, tmp_path)
        subject = subject_by(chance.random, chance.random.choice(list(PEOPLE)))
        older = [Question(n + 1, 1, notice, event_of(notice)) for n, notice in enumerate(notices[:1])] * (seed % 3 == 0)
        decided = decide_all(notices[len(older) :], subject, rules, older)
        count = Count()
        for entry in decided:
            if not entry.again:
                count.add(entry.answer.outcome, entry.answer.reason, 1)
        answered += len(decided) - count.reasons.total()
        told = count.told(len(notices) - len(older), {1: "spring"})  # raises where the tally does not close
        assert sorted(entry.notice.line for entry in decided if not entry.again) == [
            notice.line for notice in notices[len(older) :]
        ]
        standing = subject.standing
        for entry in decided:
            if entry.answer.standing is not None:
                assert entry.before == standing  # each change starts where the one before it ended
                standing = entry.after
        assert told["read"] == count.reasons.total()
    assert answered > 100  # questions were among them that a later notice answered


def make_key() -> str:
    """A key that any layout carries."""
    return "0000000018"


# apply and undo


@pytest.fixture
def story(home: Path, desk: Path) -> Iterator[Story]:
    """The people of chance on the list."""
    house = open_house(home)
    yield Story.begin(house, desk)
    house.close()


def seen(story: Story) -> tuple[bytes, object, object, object]:
    """All that an undo must give back: the export, where everybody stands, open questions, moves that wait."""
    with reading(story.house.engine) as store:
        standing = store.all(f"SELECT id, {', '.join(STANDING)} FROM addressee ORDER BY id")
        waiting = store.all("SELECT id, addressee_id, due FROM waiting_move WHERE status = 'waiting' ORDER BY id")
    return story.export(), standing, list_open(story.house), waiting


def applied(story: Story, path: Path) -> dict[str, Any]:
    """Apply a file that is good."""
    result = apply_file(story.house, path, accept_large_change=True)
    assert result["status"] == "applied", result
    closes(result)
    return result


def without_batch(result: dict[str, Any]) -> dict[str, Any]:
    """A result but for the number of its batch and what only a plan says."""
    return {key: value for key, value in result.items() if key not in ("batch", "status")}


def test_apply_then_undo_gives_back_the_export_byte_for_byte(story: Story) -> None:
    chance = Chance(2026)
    chance.furnish(story)
    for case in range(130):
        path = story.written(*chance.records(), layout=chance.layout())
        before = seen(story)
        planned = plan_file(story.house, path)
        first = applied(story, path)
        assert without_batch(planned) == without_batch(first)
        after = story.export()
        assert apply_file(story.house, path) | {"batch": first["batch"], "status": "repeat"} == apply_file(
            story.house, path
        )
        assert story.undo(first)["conflicts"] == []
        assert seen(story) == before, f"case {case}"
        assert story.undo(first)["undone"] == 0
        if case % 3:
            continue
        again = applied(story, path)  # every third file stays, so that the next ones meet a past
        assert without_batch(again) == without_batch(first)
        assert story.export() == after
        if case % 10 == 0:
            story.later(9)
            due_and_undone(story)
        if case % 12 == 0:
            who = chance.random.choice(list(PEOPLE))
            story.client(who, at=chance.random.choice("ABCD"), address_since="2026-08-01")
    assert len(list_open(story.house)["items"]) > 10  # type: ignore[arg-type]


def due_and_undone(story: Story) -> None:
    """Apply what is due, if anything; take it back."""
    before = story.export()
    due = story.due()
    if due is not None:
        closes(due)
        story.undo(due)
        assert story.export() == before


def answered_yes(story: Story, dice: Random) -> dict[str, Any] | None:
    """Say yes to some open question about somebody; the batch that this makes, if it makes one."""
    items: list[dict[str, Any]] = list_open(story.house)["items"]  # type: ignore[assignment]
    asked = [item for item in items if item["record_id"] and item["reason"] != "unknown_code"]
    if not asked or dice.random() < 0.4:
        return None
    (answer,) = accept(story.house, [dice.choice(asked)["id"]])["items"]  # type: ignore[misc]
    assert answer["batch"] is not None
    return answer  # type: ignore[no-any-return]


def test_batches_undone_from_the_last_to_the_first_give_back_every_export_between(story: Story) -> None:
    chance, yeses = Chance(7), 0
    chance.furnish(story)
    for _ in range(12):
        states, batches = [seen(story)], []
        for _ in range(9):
            answer = answered_yes(story, chance.random)
            if answer is not None:
                yeses += 1
                batches.append(answer)
                states.append(seen(story))
            batches.append(applied(story, story.written(*chance.records(), layout=chance.layout())))
            states.append(seen(story))
        for batch in reversed(batches):
            assert states.pop() == seen(story)
            assert story.undo(batch)["conflicts"] == []
        assert states.pop() == seen(story)
    assert yeses > 30


def test_an_undo_in_the_middle_leaves_alone_whom_it_lists_and_takes_back_the_others(story: Story) -> None:
    chance = Chance(11)
    chance.furnish(story)
    lines_before: list[bytes] = []
    for _ in range(40):
        before = story.export().splitlines()
        first = applied(story, story.written(*chance.records(4)))
        applied(story, story.written(*chance.records(4)))
        lines_before = story.export().splitlines()
        told = story.undo(first)
        left = {each["record_id"].encode() for each in told["conflicts"]}
        for was, then, now in zip(before, lines_before, story.export().splitlines(), strict=True):
            record_id = now.split(b",")[0]
            assert now == then if record_id in left else now in (then, was)


# any bytes at all


def good_file(seed: int) -> bytes:
    """A good file to spoil."""
    chance = Chance(seed)
    chance.keys = dict.fromkeys(PEOPLE, make_key())
    return notification(family_named(chance.layout()), chance.records(4), shipment=str(seed))


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A good file with bytes put in, taken out or changed, cut anywhere, or wrapped."""
    content = bytearray(good_file(draw(st.integers(1, 20))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content)))
        piece = draw(st.binary(max_size=4) | st.sampled_from([b"\n", b"\r\n", b"H", b"\x00", b"\xff", b"\x1a"]))
        content[at : at + draw(st.sampled_from([0, len(piece), 1, 702]))] = piece
    if draw(st.booleans()):
        del content[draw(st.integers(0, len(content))) :]
    return plain({"P12345620.327": bytes(content)}) if draw(st.booleans()) else bytes(content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=spoiled() | st.binary(max_size=3000))
def test_any_bytes_are_applied_or_set_aside_and_nothing_is_lost(story: Story, content: bytes) -> None:
    path = story.folder / "any"
    path.write_bytes(content)
    before = seen(story)
    result = apply_file(story.house, path, accept_large_change=True)
    (kept,) = (story.house.home / "archive").glob(f"*/{sha256(content).hexdigest()}__*")
    assert kept.read_bytes() == content
    if result["status"] == "applied":
        closes(result)
        story.undo(result)
    else:
        assert result["status"] == "set_aside"
        assert result["error"]
        assert result["reason"]
        assert result["batch"] is None
    assert seen(story) == before
    assert not list((story.house.home / "spool" / "work").iterdir())


@pytest.mark.slow
def test_the_tally_closes_for_ten_thousand_random_files_applied_and_undone(story: Story) -> None:
    chance = Chance(4711)
    chance.furnish(story)
    for case in range(10_000):
        path = story.written(*chance.records(), layout=chance.layout())
        before = story.export()
        result = applied(story, path)
        path.unlink()
        if case % 5:
            story.undo(result)
            assert story.export() == before, f"case {case}"
