"""The clocks of a list: how long a CASS run holds, how long a Move Update stamp does, and what is due when. Pure.

Source of the windows: two CASS vendors' accounts of DMM 602 as it is since 1 October 2022, with worked dates; of the
95 days: DMM 602.5. What a 3553 prints is always shown beside what is worked out here.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

Kind = Literal["ncoa", "cass"]

MOVE_UPDATE_DAYS: Final = 95  # mail_date - processed_on; 23 November needs processing on or after 20 August
OUTSIDE_MOVE_UPDATE: Final = frozenset(("periodicals", "package"))  # classes whose mail needs no stamp

# The trade's scale of coding rates: percent of the records mail may go to that have a delivery point.
GRADES: Final = (
    (98, "excellent"),
    (94, "very good"),
    (90, "good"),
    (80, "needs work"),
    (70, "needs work!"),
    (60, "danger"),
)
BELOW_ALL_GRADES: Final = "telephone instead"


def grade(rate: float) -> str:
    """Return the grade of a coding rate in percent, which is not rounded.

    >>> grade(98.0), grade(97.99), grade(59.9)
    ('excellent', 'very good', 'telephone instead')
    """
    return next((name for least, name in GRADES if rate >= least), BELOW_ALL_GRADES)


class Rate(NamedTuple):
    """A coding rate as it is told: rounded down to a tenth, graded unrounded."""

    percent: float | None  # None where there is nothing to code
    grade: str | None


def coding_rate(coded: int, of: int) -> Rate:
    """Return how many of so many are coded.

    >>> coding_rate(9799, 10000), coding_rate(98, 100), coding_rate(0, 0)
    (Rate(percent=97.9, grade='very good'), Rate(percent=98.0, grade='excellent'), Rate(percent=None, grade=None))
    """
    return Rate(coded * 1000 // of / 10, grade(coded * 100 / of)) if of else Rate(None, None)


class Window(NamedTuple):
    """How long data of one release may be used, and mail that was coded with it entered. Each day is inside."""

    match_to: date
    mail_to: date
    five_digit_to: date  # mail that claims no more than its ZIP


class WindowRule(NamedTuple):
    """One rule of the USPS for the life of CASS data."""

    valid_from: date  # of the data's release
    source: str
    window: Callable[[date, date], Window]  # of the release and the day of processing


def _since_2022(release: date, _processed_on: date) -> Window:
    first = release.replace(day=1)
    return Window(month_end(first, 2), month_end(first, 3), first + timedelta(days=180))


def _before_2022(release: date, processed_on: date) -> Window:
    return Window(release + timedelta(days=105), processed_on + timedelta(days=180), add_months(processed_on, 12))


WINDOW_RULES: Final = (
    WindowRule(date.min, "the rule before 1 October 2022, from the day of processing", _before_2022),
    WindowRule(date(2022, 10, 1), "the rule since 1 October 2022, from the release of the data", _since_2022),
)
"""The oldest first. A new rule is a new row with the day from which it holds."""


def cass_window(database_date: date, processed_on: date | None = None) -> Window:
    """Return how long a CASS run with data of this release holds.

    Args:
        processed_on: the day of the run, which only the old rule asks for; None: the day of the release.

    >>> cass_window(date(2022, 10, 1)).mail_to.isoformat(), cass_window(date(2026, 11, 1)).mail_to.isoformat()
    ('2023-01-31', '2027-02-28')
    """
    rule = next(rule for rule in reversed(WINDOW_RULES) if rule.valid_from <= database_date)
    return rule.window(database_date, processed_on or database_date)


def oldest_release(processed_on: date) -> date:
    """Return the oldest release that could still be used on a day: what is presumed where no release is named.

    >>> oldest_release(date(2027, 1, 31)).isoformat()
    '2026-11-01'
    """
    return add_months(processed_on.replace(day=1), -2)


class Validity(NamedTuple):
    """Until when a list that was coded may be mailed."""

    to: date | None  # None where nothing is known of it
    by: str  # which limit it is: rule | printed | cap | carrier_route | ""
    limits: dict[str, date]  # every limit there is
    differences: list[str]  # a sentence for each limit that says otherwise than the one that counts


def valid_to(
    window: Window | None,
    printed: date | None,
    cap_days: int | None,
    processed_on: date | None,
    carrier_route: int = 0,
) -> Validity:
    """Return until when a coded list may be mailed: the earliest of all limits, and how the others differ from it.

    Args:
        window: worked out from the release of the data.
        printed: the day printed on the 3553.
        cap_days: the client's own cap, in days from the run; None where there is none.
        processed_on: the day of the run.
        carrier_route: the cap of a list that is mailed by carrier route, in days from the run; 0 where it is not.
    """
    limits = {"rule": window.mail_to} if window else {}
    if printed is not None:
        limits["printed"] = printed
    if processed_on is not None:
        caps = (("cap", cap_days), ("carrier_route", carrier_route))
        limits |= {name: processed_on + timedelta(days=days) for name, days in caps if days}
    if not limits:
        return Validity(None, "", {}, [])
    by = min(limits, key=lambda name: limits[name])
    told = [
        f"{_LIMITS[name]} {limit.isoformat()}, {_days(limit - limits[by])} later than {_LIMITS[by]}"
        for name, limit in limits.items()
        if limit != limits[by]
    ]
    return Validity(limits[by], by, limits, [text[0].upper() + text[1:] for text in told])


_LIMITS = {
    "rule": "the window of the data ends on",
    "printed": "the 3553 prints",
    "cap": "the client's cap ends on",
    "carrier_route": "the cap for carrier route ends on",
}


def stamp_lives(processed_on: date, mail_date: date) -> bool:
    """Say whether a Move Update stamp holds for mail of a day. Both days may be the same.

    >>> stamp_lives(date(2026, 8, 20), date(2026, 11, 23)), stamp_lives(date(2026, 8, 19), date(2026, 11, 23))
    (True, False)
    """
    return (mail_date - processed_on).days <= MOVE_UPDATE_DAYS


class Pace(NamedTuple):
    """How often a list is cared for."""

    cass_months: int = 2
    ncoa_months: int = 6
    recode_percent: int = 5
    again_days: int = 7  # nothing is sent twice in fewer days for the same reason, unless the drop comes before


class Facts(NamedTuple):
    """What the clocks of one list are worked out from. Counts of records; days of processing."""

    mail_class: str = ""
    next_drop: date | None = None
    records: int = 0  # that go to CASS: all but deceased and removed
    needs_cass: int = 0  # of these
    moving: int = 0  # that go to NCOALink: mailable and held
    unstamped: int = 0  # mailable, and without a stamp that lives at the next drop
    pending: int = 0  # held until NCOALink has tried them
    last_cass: date | None = None
    cass_to: date | None = None  # until when the last run holds
    cass_cap: int = 0  # days from a run; the strictest cap there is, 0 where there is none
    imported: int = 0  # added or changed by imports since the last CASS file was written
    imported_on: date | None = None
    last_ncoa: date | None = None
    imported_since_ncoa: int = 0


class Due(NamedTuple):
    """One reason why a list is, or will be, due."""

    kind: Kind
    when: date  # the first day on which it is
    reason: str  # never | window | cycle | import | recode | stamps | rescue
    why: str  # a sentence for people


def due(facts: Facts, today: date, pace: Pace = Pace()) -> list[Due]:  # noqa: B008 - a frozen tuple
    """Return what is due today, CASS before NCOALink, the longest due first."""
    return [each for each in clocks(facts, today, pace) if each.when <= today]


def clocks(facts: Facts, today: date, pace: Pace = Pace()) -> list[Due]:  # noqa: B008 - a frozen tuple
    """Return every reason there is, also those whose day is to come; CASS first, the earliest first.

    A drop that is past counts for nothing, and nothing is due where nobody would be sent.
    """
    if facts.next_drop is not None and facts.next_drop < today:
        facts = facts._replace(next_drop=None)
    return sorted([*_cass(facts, today, pace), *_ncoa(facts, today, pace)], key=lambda each: (each.kind, each.when))


def _cass(facts: Facts, today: date, pace: Pace) -> Iterator[Due]:
    last = facts.last_cass
    if not facts.records:
        return
    if last is None:
        yield Due("cass", today, "never", "it has never been coded")
        return
    again = last + timedelta(days=pace.again_days)
    if facts.cass_to is not None and facts.next_drop is None:
        ended = max(facts.cass_to + timedelta(days=1), again)
        yield Due("cass", ended, "window", f"its CASS window ends on {facts.cass_to.isoformat()}")
    elif facts.cass_to is not None and facts.next_drop is not None and facts.cass_to < facts.next_drop:
        why = f"its CASS window ends on {facts.cass_to.isoformat()}, before the drop on {facts.next_drop.isoformat()}"
        first = _before(facts.next_drop, max(_reaches(facts.next_drop, facts.cass_cap), again), last)
        yield Due("cass", first, "window", why)
    cycle = add_months(last, pace.cass_months)
    yield Due("cass", cycle, "cycle", f"{_months(pace.cass_months)} after the last run on {last.isoformat()}")
    if _is_more(facts.imported, facts.records, pace.recode_percent):
        share = f"{facts.imported:,} of {facts.records:,} records came in or changed since the last run"
        yield Due("cass", facts.imported_on or today, "import", f"{share}, more than {pace.recode_percent} %")
    elif _is_more(facts.needs_cass, facts.records, pace.recode_percent):
        share = f"{facts.needs_cass:,} of {facts.records:,} records are not coded"
        yield Due("cass", again, "recode", f"{share}, more than {pace.recode_percent} %")


def _ncoa(facts: Facts, today: date, pace: Pace) -> Iterator[Due]:
    last, drop = facts.last_ncoa, facts.next_drop
    if not facts.moving:
        return
    again = last + timedelta(days=pace.again_days) if last else None
    if drop is not None and facts.unstamped and facts.mail_class not in OUTSIDE_MOVE_UPDATE:
        first = drop - timedelta(days=MOVE_UPDATE_DAYS)
        if last and again and not _is_more(facts.imported_since_ncoa, facts.records, pace.recode_percent):
            first = _before(drop, max(first, again), last)
        share = f"{facts.unstamped:,} mailable {'record' if facts.unstamped == 1 else 'records'}"
        why = f"{share} would have no Move Update stamp of {MOVE_UPDATE_DAYS} days at the drop on {drop.isoformat()}"
        yield Due("ncoa", first, "stamps", why)
    if facts.pending:
        share = f"{facts.pending:,} {'record is' if facts.pending == 1 else 'records are'} held"
        yield Due("ncoa", again or today, "rescue", f"{share} until NCOALink has tried them")
    if last is None:
        yield Due("ncoa", today, "never", "it has never been held against the moves")
        return
    cycle = add_months(last, pace.ncoa_months)
    yield Due("ncoa", cycle, "cycle", f"{_months(pace.ncoa_months)} after the last run on {last.isoformat()}")


def _reaches(drop: date, cap_days: int) -> date:
    """Return the first day on which a run, with data released that month, holds until the drop."""
    first = add_months(drop.replace(day=1), -3)
    return max(first, drop - timedelta(days=cap_days)) if cap_days else first


def _before(drop: date, day: date, last: date) -> date:
    """Return a day that comes before the drop where it can: the last chance is the day before."""
    return day if day < drop else max(drop - timedelta(days=1), last + timedelta(days=1))


def _is_more(part: int, of: int, percent: int) -> bool:
    return part * 100 > of * percent


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or its last day where it has no such day.

    >>> add_months(date(2026, 12, 31), 2).isoformat(), add_months(date(2027, 1, 1), -2).isoformat()
    ('2027-02-28', '2026-11-01')
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date, months: int) -> date:
    """Return the last day of the month that comes so many months after.

    >>> month_end(date(2026, 11, 1), 3).isoformat()
    '2027-02-28'
    """
    there = add_months(day.replace(day=1), months)
    return there.replace(day=monthrange(there.year, there.month)[1])


def _days(span: timedelta) -> str:
    return "1 day" if span.days == 1 else f"{span.days} days"


def _months(count: int) -> str:
    return "a month" if count == 1 else f"{count} months"
