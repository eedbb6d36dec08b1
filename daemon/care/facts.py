"""What the database knows of a list's care: its records, codings and stamps as they stand, its runs, its clocks.

A coding counts while it is not undone and of the address its addressee has now; the newest wins. A stamp counts while
it is not void and of the place its addressee is at now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Final, NamedTuple

from daemon.care.cycles import (
    Facts,
    Pace,
    Rate,
    Validity,
    Window,
    cass_window,
    coding_rate,
    oldest_release,
    stamp_lives,
    valid_to,
)
from daemon.care.jobs import Job, jobs_in
from daemon.db import Store
from daemon.lists.known import Known
from daemon.settings import Settings
from schemas.cass import DELIVERABLE

UNCERTIFIED: Final = "not CASS certified"
PENDING: Final = ("forwarding_order_expired", "ncoa_pending")  # held until NCOALink has tried them
OUT_OF_REACH: Final = ("deceased", "removed")  # nobody looks at their address any more
_DPV: Final = ("Y", "D", "S", "N")
_FACTS: Final = ("vacant", "no_stat", "cmra")


class Runs(NamedTuple):
    """The last runs of one list that were applied and not undone."""

    cass: Job | None
    ncoa: Job | None


class Counts(NamedTuple):
    """How the records of a list stand."""

    records: int  # all but deceased and removed
    needs_cass: int  # of these
    mailable: int
    held: int
    pending: dict[str, int]  # held until NCOALink has tried them, by reason


class Codings(NamedTuple):
    """How the mailable and held records of a list are coded."""

    of: int
    coded: int  # have a delivery point
    needs_cass: int
    dpv: dict[str, int]  # Y, D, S and N; what else a run said; "" where no run has
    facts: dict[str, int]  # vacant, no_stat, cmra
    automation: int  # mailable, with a full delivery-point code

    @property
    def rate(self) -> Rate:
        """The coding rate, and its grade."""
        return coding_rate(self.coded, self.of)


def last_runs(jobs: Iterable[Job]) -> dict[int, Runs]:
    """Return the last runs of each list, by its id, of the jobs that are applied.

    The last is the one that was processed last, whenever its answer came.
    """
    found: dict[tuple[int, str], Job] = {}
    for job in jobs:
        before = found.get((job.list_id, job.kind))
        if before is None or (processed(before), before.id) <= (processed(job), job.id):
            found[job.list_id, job.kind] = job
    lists = {number for number, _kind in found}
    return {number: Runs(found.get((number, "cass")), found.get((number, "ncoa"))) for number in lists}


def runs_of(store: Store, known: Known) -> Runs:
    """Return the last runs of one list."""
    return last_runs(jobs_in(store, ("applied",))).get(known.id, Runs(None, None))


def processed(job: Job) -> date:
    """Return the day of a run: as its papers have it, else the day on which it was sent, which is never too late."""
    return as_day(job.processed_on) or date.fromisoformat(job.created_at[:10])


def as_day(text: str | None) -> date | None:
    """Return the day that a text begins with; None where it begins with none."""
    with suppress(ValueError):
        return date.fromisoformat((text or "")[:10])
    return None


def window_of(job: Job) -> tuple[Window, bool]:
    """Return the window of a CASS run, and whether its release was presumed because nobody named it."""
    release, day = as_day(job.database_date), processed(job)
    return cass_window(release or oldest_release(day), day), release is None


def validity_of(settings: Settings, known: Known, job: Job) -> Validity:
    """Return until when a list may be mailed after its last CASS run."""
    window, presumed = window_of(job)
    care = settings.of_list(known.name).care
    route = settings.care.carrier_route_cap_days if care.carrier_route else 0
    found = valid_to(window, as_day(job.valid_to), care.cass_cap_days, processed(job), route)
    if presumed:
        told = "The release of its data is not known: the oldest that could be used that day is presumed"
        found.differences.insert(0, told)
    return found


def pace_of(settings: Settings) -> Pace:
    """Return how often the settings want lists cared for."""
    care = settings.care
    return Pace(care.cass_every_months, care.ncoa_every_months, care.recode_percent, care.again_days)


def counts_of(store: Store, known: Known) -> Counts:
    """Count the records of a list by how they stand."""
    rows = store.all(
        """SELECT status, status_reason, needs_cass, count(*) FROM addressee WHERE list_id = :list
        GROUP BY status, status_reason, needs_cass""",
        list=known.id,
    )
    status: Counter[str] = Counter()
    pending = dict.fromkeys(PENDING, 0)
    needs_cass = 0
    for of_status, reason, waits, count in rows:
        status[of_status] += count
        if waits and of_status not in OUT_OF_REACH:
            needs_cass += count
        if of_status == "held" and reason in pending:
            pending[reason] += count
    records = sum(count for name, count in status.items() if name not in OUT_OF_REACH)
    return Counts(records, needs_cass, status["mailable"], status["held"], pending)


def codings_of(store: Store, known: Known) -> Codings:
    """Count the codings of a list's mailable and held records: one look at each."""
    sums = ", ".join(f"sum(CASE WHEN c.{name} = 'Y' THEN 1 ELSE 0 END)" for name in _FACTS)
    rows = store.all(
        f"""SELECT coalesce(c.dpv, ''), count(*), sum(CASE WHEN d.delivery_point <> '' THEN 1 ELSE 0 END),
        sum(CASE WHEN a.needs_cass THEN 1 ELSE 0 END),
        sum(CASE WHEN a.status = 'mailable' AND c.automation THEN 1 ELSE 0 END), {sums}
        FROM addressee a CROSS JOIN address d
        LEFT JOIN coding c ON c.address_id = a.address_id AND c.undone_at IS NULL AND NOT EXISTS
        (SELECT 1 FROM coding n WHERE n.address_id = c.address_id AND n.undone_at IS NULL AND n.id > c.id)
        WHERE a.list_id = :list AND d.id = a.address_id AND a.status IN ('mailable', 'held') GROUP BY 1""",
        list=known.id,
    )
    of, coded, waiting, automation, *facts = (sum(row[at] for row in rows) for at in range(1, 8))
    dpv = dict.fromkeys((*_DPV, ""), 0)
    for word, count, *_rest in rows:
        dpv[word] = dpv.get(word, 0) + count
    return Codings(of, coded, waiting, dpv, dict(zip(_FACTS, facts, strict=True)), automation)


def rate_of_run(store: Store, job: Job) -> Rate:
    """Return the coding rate of one CASS run: of all records that were sent, those whose delivery point it found."""
    marks = ", ".join(f"'{word}'" for word in DELIVERABLE)
    coded = store.value(
        f"""SELECT count(*) FROM coding c JOIN batch b ON c.id BETWEEN b.first_decision AND b.last_decision
        WHERE b.id = :batch AND c.job_id = :job AND c.undone_at IS NULL AND c.dpv IN ({marks})""",
        batch=job.batch_id,
        job=job.id,
    )
    return coding_rate(int(coded or 0), job.sent)


def stamps_of(store: Store, known: Known) -> dict[date | None, int]:
    """Count a list's mailable records by the day of their newest live stamp; None: those that have none."""
    rows = store.all(
        """SELECT newest, count(*) FROM (SELECT (SELECT max(s.processed_on) FROM stamp s
        WHERE s.addressee_id = a.id AND s.place_id = d.place_id AND s.void_at IS NULL) AS newest
        FROM addressee a CROSS JOIN address d
        WHERE a.list_id = :list AND d.id = a.address_id AND a.status = 'mailable') AS stamped GROUP BY newest""",
        list=known.id,
    )
    found: Counter[date | None] = Counter()
    for text, count in rows:
        found[as_day(text)] += count
    return dict(found)


def unstamped(stamps: dict[date | None, int], mail_date: date) -> int:
    """Count the records without a stamp that lives on a day."""
    return sum(count for day, count in stamps.items() if day is None or not stamp_lives(day, mail_date))


def imported_since(store: Store, known: Known, job: Job | None) -> tuple[int, date | None]:
    """Count what imports have added or changed since the file of a job was written; return it with the last's day."""
    if job is None:
        return 0, None
    rows = store.all(
        "SELECT added + changed, at FROM import_run WHERE list_id = :list AND at > :since AND added + changed > 0",
        list=known.id,
        since=job.created_at,
    )
    days = [day for _count, at in rows if (day := as_day(at)) is not None]
    return sum(count for count, _at in rows), max(days, default=None)


def next_drop(store: Store, settings: Settings, known: Known, today: date) -> date | None:
    """Return the day of a list's next drop, of the settings or planned; None where none is known."""
    planned = store.value(
        """SELECT min(p.mail_date) FROM mail_drop p JOIN drop_list l ON l.drop_id = p.id
        WHERE l.list_id = :list AND p.state <> 'mailed' AND p.mail_date >= :today""",
        list=known.id,
        today=today.isoformat(),
    )
    days = (settings.of_list(known.name).care.next_drop, as_day(planned))
    return min((day for day in days if day is not None and day >= today), default=None)


def facts_of(
    store: Store,
    settings: Settings,
    known: Known,
    today: date,
    *,
    runs: Runs | None = None,
    counts: Counts | None = None,
    stamps: dict[date | None, int] | None = None,
) -> Facts:
    """Return what the clocks of a list are worked out from; what is at hand already is not asked again."""
    runs = runs or runs_of(store, known)
    counts = counts or counts_of(store, known)
    drop = next_drop(store, settings, known, today)
    if drop is not None and stamps is None:
        stamps = stamps_of(store, known)
    care = settings.of_list(known.name).care
    caps = (care.cass_cap_days, settings.care.carrier_route_cap_days if care.carrier_route else 0)
    imported, imported_on = imported_since(store, known, runs.cass)
    return Facts(
        mail_class=known.mail_class,
        next_drop=drop,
        records=counts.records,
        needs_cass=counts.needs_cass,
        moving=counts.mailable + counts.held,
        unstamped=unstamped(stamps or {}, drop) if drop else 0,
        pending=sum(counts.pending.values()),
        last_cass=processed(runs.cass) if runs.cass else None,
        cass_to=validity_of(settings, known, runs.cass).to if runs.cass else None,
        cass_cap=min((days for days in caps if days), default=0),
        imported=imported,
        imported_on=imported_on,
        last_ncoa=processed(runs.ncoa) if runs.ncoa else None,
        imported_since_ncoa=imported_since(store, known, runs.ncoa)[0],
    )
