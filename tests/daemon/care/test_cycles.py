"""How long a CASS run and a Move Update stamp hold, and what is due when: dated vectors."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from daemon.care.cycles import (
    GRADES,
    WINDOW_RULES,
    Facts,
    Pace,
    Window,
    cass_window,
    clocks,
    coding_rate,
    due,
    grade,
    oldest_release,
    stamp_lives,
    valid_to,
)

TODAY = date(2026, 11, 20)
CASED = Facts(records=1000, moving=1000, last_cass=TODAY, last_ncoa=TODAY, cass_to=date(2027, 2, 28))


def day(text: str) -> date:
    return date.fromisoformat(text)


def reasons(facts: Facts, today: date = TODAY, pace: Pace = Pace()) -> list[tuple[str, str]]:  # noqa: B008
    return [(each.kind, each.reason) for each in due(facts, today, pace)]


@pytest.mark.parametrize(
    ("released", "match_to", "mail_to", "five_digit_to"),
    [
        ("2022-10-01", "2022-12-31", "2023-01-31", "2023-03-30"),
        ("2022-11-01", "2023-01-31", "2023-02-28", "2023-04-30"),
        ("2023-11-01", "2024-01-31", "2024-02-29", "2024-04-29"),  # a leap year
        ("2026-11-01", "2027-01-31", "2027-02-28", "2027-04-30"),
        ("2026-11-15", "2027-01-31", "2027-02-28", "2027-04-30"),  # data of a month are released on its first day
        ("2026-12-01", "2027-02-28", "2027-03-31", "2027-05-30"),
    ],
)
def test_since_october_2022_the_window_hangs_on_the_release_of_the_data(
    released: str, match_to: str, mail_to: str, five_digit_to: str
) -> None:
    window = Window(day(match_to), day(mail_to), day(five_digit_to))
    assert cass_window(day(released)) == window
    assert cass_window(day(released), day(released) + timedelta(days=60)) == window  # whenever it was used


def test_before_that_it_hung_on_the_day_of_the_run() -> None:
    assert cass_window(day("2022-09-30"), day("2022-10-10")) == Window(
        day("2023-01-13"), day("2023-04-08"), day("2023-10-10")
    )
    assert cass_window(day("2022-09-30")).mail_to == day("2023-03-29")  # 180 days


def test_the_rules_stand_in_the_order_of_their_dates_and_name_their_source() -> None:
    assert all(before.valid_from < after.valid_from for before, after in pairwise(WINDOW_RULES))
    assert all(rule.source for rule in WINDOW_RULES)


def test_where_no_release_is_named_the_oldest_that_could_be_used_is_presumed() -> None:
    for processed_on in (day("2026-11-01"), day("2026-11-30"), day("2027-02-28")):
        release = oldest_release(processed_on)
        assert cass_window(release).match_to >= processed_on
        assert cass_window(release - timedelta(days=1)).match_to < processed_on


WINDOW = Window(day("2027-01-31"), day("2027-02-28"), day("2027-04-30"))


@pytest.mark.parametrize(
    ("printed", "cap", "route", "to", "by"),
    [
        (None, None, 0, "2027-02-28", "rule"),
        ("2027-02-28", None, 0, "2027-02-28", "rule"),
        ("2027-05-04", None, 0, "2027-02-28", "rule"),  # an engine that still prints 180 days
        ("2027-01-31", None, 0, "2027-01-31", "printed"),
        (None, 30, 0, "2026-12-05", "cap"),
        (None, 365, 0, "2027-02-28", "rule"),
        (None, None, 90, "2027-02-03", "carrier_route"),
        ("2027-02-01", 120, 90, "2027-02-01", "printed"),
        (None, 60, 90, "2027-01-04", "cap"),
    ],
)
def test_the_earliest_limit_counts(printed: str | None, cap: int | None, route: int, to: str, by: str) -> None:
    found = valid_to(WINDOW, printed and day(printed), cap, day("2026-11-05"), route)
    assert (found.to, found.by) == (day(to), by)
    assert min(found.limits.values()) == found.to


def test_every_limit_that_says_otherwise_is_told() -> None:
    assert valid_to(WINDOW, day("2027-05-04"), None, day("2026-11-05")).differences == [
        "The 3553 prints 2027-05-04, 65 days later than the window of the data ends on"
    ]
    assert len(valid_to(WINDOW, day("2027-05-04"), 30, day("2026-11-05"), 90).differences) == 3
    assert valid_to(WINDOW, day("2027-02-28"), None, day("2026-11-05")).differences == []


def test_where_nothing_is_known_there_is_no_limit() -> None:
    assert valid_to(None, None, 90, None) == (None, "", {}, [])


@pytest.mark.parametrize(
    ("processed", "mailed", "lives"),
    [
        ("2026-08-20", "2026-11-23", True),  # 95 days
        ("2026-08-19", "2026-11-23", False),
        ("2026-11-23", "2026-11-23", True),
        ("2028-01-01", "2028-04-05", True),  # through a 29 February
        ("2028-01-01", "2028-04-06", False),
    ],
)
def test_a_stamp_lives_for_95_days(processed: str, mailed: str, lives: bool) -> None:
    assert stamp_lives(day(processed), day(mailed)) is lives


@pytest.mark.parametrize(
    ("rate", "told"),
    [(100, "excellent"), (98, "excellent"), (97.99, "very good"), (94, "very good"), (93.99, "good"), (90, "good"),
     (80, "needs work"), (79.9, "needs work!"), (70, "needs work!"), (60, "danger"), (59.9, "telephone instead"),
     (0, "telephone instead")],
)  # fmt: skip
def test_the_coding_rate_is_graded(rate: float, told: str) -> None:
    assert grade(rate) == told


def test_a_rate_is_never_told_as_better_than_it_is() -> None:
    assert coding_rate(9799, 10_000) == (97.9, "very good")
    assert coding_rate(9_799_999, 10_000_000) == (97.9, "very good")
    for floor, name in GRADES:
        assert coding_rate(floor * 10, 1000) == (floor, name)
        assert coding_rate(floor * 10 - 1, 1000).grade != name


def test_a_list_that_was_never_run_is_due_for_both() -> None:
    assert reasons(Facts(records=3, moving=3)) == [("cass", "never"), ("ncoa", "never")]


def test_nothing_is_due_where_nobody_would_be_sent() -> None:
    assert clocks(Facts(), TODAY) == []
    assert reasons(Facts(records=3)) == [("cass", "never")]  # undeliverable ones do not go to NCOALink


def test_nothing_is_due_on_the_day_of_the_run() -> None:
    assert reasons(CASED) == []


@pytest.mark.parametrize(
    ("last", "today", "is_due"),
    [
        ("2026-09-20", "2026-11-19", False),
        ("2026-09-20", "2026-11-20", True),
        ("2026-12-31", "2027-02-27", False),
        ("2026-12-31", "2027-02-28", True),  # a February has no 31st
    ],
)
def test_cass_is_due_after_two_months(last: str, today: str, is_due: bool) -> None:
    facts = CASED._replace(last_cass=day(last), last_ncoa=day(today), cass_to=day("2027-04-30"))
    assert (("cass", "cycle") in reasons(facts, day(today))) is is_due


def test_the_numbers_are_settings() -> None:
    facts = CASED._replace(last_cass=day("2026-10-20"), last_ncoa=day("2026-08-20"))
    assert reasons(facts) == []
    assert reasons(facts, pace=Pace(cass_months=1, ncoa_months=3)) == [("cass", "cycle"), ("ncoa", "cycle")]


@pytest.mark.parametrize(
    ("cass_to", "drop", "cap", "when"),
    [
        ("2026-12-31", "2027-01-15", 0, "2026-11-02"),  # a week after the run: its data would not be newer before
        ("2027-01-31", "2027-05-10", 0, "2027-02-01"),  # the first month whose data reach the drop
        ("2027-01-31", "2027-05-10", 60, "2027-03-11"),  # with a cap of 60 days
        ("2026-10-31", "2026-11-01", 0, "2026-10-31"),  # the drop comes first: the day before it
        ("2026-10-26", "2026-10-27", 0, "2026-10-27"),  # no day is left: the day after the run
    ],
)
def test_cass_is_due_when_its_window_ends_before_the_drop(cass_to: str, drop: str, cap: int, when: str) -> None:
    facts = CASED._replace(last_cass=day("2026-10-26"), cass_to=day(cass_to), next_drop=day(drop), cass_cap=cap)
    found = {each.reason: each.when for each in clocks(facts, day("2026-10-26"))}
    assert found["window"] == day(when)


def test_a_window_that_reaches_the_drop_makes_nothing_due() -> None:
    facts = CASED._replace(next_drop=CASED.cass_to)
    assert "window" not in {each.reason for each in clocks(facts, TODAY)}


def test_without_a_drop_cass_is_due_when_the_window_has_ended() -> None:
    facts = CASED._replace(last_cass=day("2026-10-01"), cass_to=day("2026-11-19"))
    assert reasons(facts) == [("cass", "window")]
    assert reasons(facts, day("2026-11-19")) == []
    assert reasons(facts._replace(next_drop=day("2026-11-01"))) == [("cass", "window")]  # a drop that is past


@pytest.mark.parametrize(("imported", "is_due"), [(50, False), (51, True)])
def test_cass_is_due_when_an_import_brought_more_than_five_percent(imported: int, is_due: bool) -> None:
    facts = CASED._replace(imported=imported, imported_on=TODAY)
    assert (reasons(facts) == [("cass", "import")]) is is_due


@pytest.mark.parametrize(("waiting", "is_due"), [(50, False), (51, True)])
def test_cass_is_due_when_more_than_five_percent_wait_for_coding(waiting: int, is_due: bool) -> None:
    facts = CASED._replace(needs_cass=waiting, last_cass=TODAY - timedelta(days=7))
    assert (reasons(facts) == [("cass", "recode")]) is is_due
    assert reasons(facts._replace(last_cass=TODAY - timedelta(days=6))) == []  # the engine could not code them


DROP = day("2026-11-23")


@pytest.mark.parametrize(
    ("today", "last", "is_due"),
    [
        ("2026-08-19", None, False),  # a stamp of this day would not live at the drop
        ("2026-08-20", None, True),
        ("2026-08-20", "2026-08-13", True),
        ("2026-08-20", "2026-08-14", False),  # less than a week ago
        ("2026-11-22", "2026-11-18", True),  # the last chance
        ("2026-11-21", "2026-11-18", False),
        ("2026-11-22", "2026-11-22", False),
    ],
)
def test_ncoalink_is_due_when_a_stamp_will_not_live_at_the_drop(today: str, last: str | None, is_due: bool) -> None:
    facts = CASED._replace(next_drop=DROP, unstamped=1, last_ncoa=last and day(last), last_cass=day(today))
    assert (("ncoa", "stamps") in reasons(facts, day(today))) is is_due


def test_a_bulk_import_does_not_wait_for_the_week() -> None:
    facts = CASED._replace(next_drop=DROP, unstamped=51, last_ncoa=TODAY - timedelta(days=2))
    assert reasons(facts) == []
    assert reasons(facts._replace(imported_since_ncoa=51)) == [("ncoa", "stamps")]


@pytest.mark.parametrize(
    ("mail_class", "is_due"),
    [("first-class", True), ("marketing", True), ("", True), ("periodicals", False), ("package", False)],
)
def test_classes_outside_move_update_need_no_stamp(mail_class: str, is_due: bool) -> None:
    facts = CASED._replace(next_drop=DROP, unstamped=9, mail_class=mail_class, last_ncoa=day("2026-10-01"))
    assert (("ncoa", "stamps") in reasons(facts)) is is_due


def test_ncoalink_is_due_every_six_months_whatever_the_class() -> None:
    facts = CASED._replace(mail_class="periodicals", last_ncoa=day("2026-05-20"))
    assert reasons(facts) == [("ncoa", "cycle")]
    assert reasons(facts, TODAY - timedelta(days=1)) == []


def test_records_held_until_ncoalink_has_tried_them_are_tried_every_week() -> None:
    facts = CASED._replace(pending=1, last_ncoa=TODAY - timedelta(days=7))
    assert reasons(facts) == [("ncoa", "rescue")]
    assert reasons(facts, TODAY - timedelta(days=1)) == []
    assert due(facts, TODAY)[0].why == "1 record is held until NCOALink has tried them"


def test_the_longest_due_comes_first_and_cass_before_ncoalink() -> None:
    facts = CASED._replace(
        last_cass=day("2026-08-01"), cass_to=day("2026-10-31"), last_ncoa=day("2026-04-01"), pending=2
    )
    assert reasons(facts) == [("cass", "cycle"), ("cass", "window"), ("ncoa", "rescue"), ("ncoa", "cycle")]
