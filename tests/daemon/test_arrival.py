"""The alarm for the file that did not come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from daemon.arrival import ALARM_AFTER, DELETED_AFTER, check, judge
from daemon.db import writing
from daemon.wiring import House, open_house

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
LONG_AGO = date(2026, 1, 1)
MONDAY = date(2026, 11, 16)


def day(number: int) -> date:
    return MONDAY.replace(day=number)


@pytest.mark.parametrize(
    ("due", "last", "today", "missed"),
    [
        (WORKDAYS, day(16), day(16), 0),
        (WORKDAYS, day(16), day(17), 0),
        (WORKDAYS, day(16), day(18), 1),  # nothing on Tuesday
        (WORKDAYS, day(17), day(18), 0),
        (WORKDAYS, day(13), day(16), 0),  # Friday's came, and the weekend is nobody's
        (WORKDAYS, day(13), day(17), 1),
        (WORKDAYS, day(15), day(17), 0),  # Sunday's file is Monday's
        (WORKDAYS, day(9), day(18), 6),
        (("mon",), day(16), day(22), 0),
        (("mon",), day(17), day(24), 1),  # a late one of last Monday is not the next one's
        (("sun",), day(14), day(16), 1),  # a weekend that is due itself
        ((), day(1), day(30), 0),
    ],
)
def test_a_due_day_is_missed_when_nothing_came_on_it_or_after(
    due: tuple[str, ...], last: date, today: date, missed: int
) -> None:
    silence = judge(due, last, LONG_AGO, today)
    assert (silence.missed if silence else 0) == missed
    assert silence is None or silence.level == "alert"


def test_a_feed_that_never_brought_anything_is_held_to_the_days_since_we_began_to_look() -> None:
    assert judge(WORKDAYS, None, day(17), day(17)) is None
    assert judge(WORKDAYS, None, day(17), day(18)) is None
    silence = judge(WORKDAYS, None, day(16), day(18))
    assert silence is not None
    assert silence.missed == 1


def test_the_alarm_comes_well_before_the_usps_deletes() -> None:
    assert DELETED_AFTER - ALARM_AFTER >= 30
    silence = judge(("mon",), date(2026, 9, 11), LONG_AGO, date(2026, 11, 15))
    assert silence is not None
    assert (silence.level, silence.days) == ("alarm", 65)
    assert judge((), date(2026, 1, 1), LONG_AGO, date(2026, 11, 15)) is None  # nobody expects anything
    assert judge((), date(2026, 1, 1), LONG_AGO, date(2026, 11, 15), always=True) is not None


@pytest.fixture
def wednesday(home: Path) -> Iterator[House]:
    """A house with two feeds, on a Wednesday morning."""
    feed = '[[feed]]\nname = "{}"\nkind = "folder"\npath = "drop"\ndue = ["mon", "tue", "wed", "thu", "fri"]\n'
    (home / "listkeeper.toml").write_text(feed.format("acs") + feed.format("other"))
    house = open_house(home)
    yield replace(house, now=lambda: datetime(2026, 11, 18, 8, 0, tzinfo=UTC))
    house.close()


def came(house: House, feed: str, at: str, records: int | None) -> None:
    with writing(house.engine) as store:
        store.run(
            """INSERT INTO taken_file (feed, name, sha256, size, taken_at, state, customer, create_date, shipment,
            records, error, reason, what_to_do) VALUES (:feed, 'P1', :sha, 1, :at, 'done', '', '', '', :records,
            '', '', '')""",
            feed=feed,
            sha=f"{feed}{at}",
            at=at,
            records=records,
        )


def test_a_feed_without_tuesdays_file_is_told_of_on_wednesday(wednesday: House) -> None:
    came(wednesday, "acs", "2026-11-17T22:10:00+00:00", 812)
    came(wednesday, "other", "2026-11-16T22:10:00+00:00", 3)
    (alert,) = check(wednesday)
    assert (alert["feed"], alert["level"], alert["missed"], alert["last_file_at"]) == (
        "other",
        "alert",
        1,
        "2026-11-16",
    )
    assert "ask the sender" in alert["message"]


def test_a_file_without_a_single_record_counts_as_arrived(wednesday: House) -> None:
    came(wednesday, "acs", "2026-11-17T22:10:00+00:00", 0)
    came(wednesday, "other", "2026-11-17T22:10:00+00:00", 0)
    assert check(wednesday) == []


def test_a_new_feed_is_not_told_of_on_its_first_day(wednesday: House) -> None:
    assert check(wednesday) == []
    with writing(wednesday.engine) as store:
        store.run(
            """INSERT INTO job_run (job, started_at, state, note)
            VALUES (:job, '2026-11-13T10:00:00+00:00', 'done', '')""",
            job="poll:acs",
        )
    (alert,) = check(wednesday)
    assert (alert["feed"], alert["missed"], alert["last_file_at"]) == ("acs", 2, None)
    assert "no file yet" in alert["message"]
