"""The first three gates of a drop as one look at each record: coded? deliverable? held against the moves?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from daemon.care.cycles import MOVE_UPDATE_DAYS, OUTSIDE_MOVE_UPDATE, add_months
from daemon.care.facts import validity_of
from daemon.care.jobs import jobs_in
from daemon.db import Store
from daemon.drop.state import Drop
from daemon.lists.known import Known
from daemon.settings import Settings

# Whose word a status is says at which step the record falls out.
_STEP_OF_STATUS: Final = """CASE WHEN a.status_by = 'cass' THEN 'dpv' WHEN a.status_by IN ('notice', 'ncoa') THEN 'ncoa'
    ELSE 'suppression' END"""
_DISPOSITION: Final = "CASE status WHEN 'held' THEN 'held' WHEN 'undeliverable' THEN 'rejected' ELSE 'suppressed' END"
# One look into an index is SQLite's way to the newest coding of an address, one sort of them all is Postgres's.
_NEWEST: Final = """LEFT JOIN coding c ON c.id = (SELECT max(n.id) FROM coding n
    WHERE n.address_id = a.address_id AND n.undone_at IS NULL)"""
_NEWEST_SORTED: Final = """LEFT JOIN (SELECT DISTINCT ON (address_id) id, address_id, job_id, mailable FROM coding
    WHERE undone_at IS NULL ORDER BY address_id, id DESC) c ON c.address_id = a.address_id"""
_STAMP: Final = """(SELECT max(s.processed_on) FROM stamp s WHERE s.addressee_id = a.id AND s.place_id = d.place_id
    AND s.void_at IS NULL)"""


def gate_jobs(store: Store, settings: Settings, known: Known, drop: Drop) -> int:
    """Fill ``job_ok`` with every applied job, and whether its coding may be mailed on the day; return how many may."""
    jobs = jobs_in(store, ("applied",))
    rows = []
    for job in jobs:
        if job.kind == "cass":
            to = validity_of(settings, known, job).to
            rows.append((job.id, job.processed_on or job.created_at[:10], to is not None and drop.day <= to))
        else:
            rows.append((job.id, job.processed_on or job.created_at[:10], True))
    store.temporary("job_ok", "job_id bigint PRIMARY KEY, processed_on text, ok boolean")
    store.load("job_ok", ("job_id", "processed_on", "ok"), rows)
    return sum(ok for _id, _day, ok in rows)


def begin(store: Store) -> None:
    """Make the empty table ``checking``: a row for every record of the drop, with the step that owns it."""
    store.temporary(
        "checking",
        """addressee_id bigint PRIMARY KEY, list_id integer, position integer, address_id bigint, status text,
        verified text, coded boolean, step text, disposition text, reason text, also text, survivor_id bigint""",
    )


def enter_rows(store: Store, drop: Drop, known: Known, position: int, waived: Collection[str]) -> int:
    """Enter every record of one list, each with the first gate that it fails; return how many.

    What a record is (``status``) goes before what is known of its address. A coding that the client himself has given
    counts like one of the month in which it came.

    Args:
        waived: steps of which an operator has said that they hold nobody back.
    """
    stamped = (drop.day - timedelta(days=MOVE_UPDATE_DAYS)).isoformat()
    theirs = add_months(drop.day.replace(day=1), -1).isoformat()
    needs_stamp = known.mail_class not in OUTSIDE_MOVE_UPDATE
    no_cass = "false" if "cass" in waived else "NOT (coded AND in_window)"
    no_dpv = "false" if "dpv" in waived else "NOT confirmed"
    no_stamp = "false" if "ncoa" in waived or not needs_stamp else "(stamp IS NULL OR stamp < :stamped)"
    gone = "status <> 'mailable'"
    newest = _NEWEST_SORTED if store.postgres else _NEWEST
    fence = "OFFSET 0" if store.postgres else "LIMIT -1"  # else SQLite asks for the stamp wherever it is named
    values = {"stamped": stamped} if ":stamped" in no_stamp else {}
    return store.run(
        f"""INSERT INTO checking (addressee_id, list_id, position, address_id, status, verified, coded, step,
        disposition, reason, also)
        SELECT id, list_id, :position, address_id, status, verified, coded,
        CASE WHEN seed THEN '' WHEN {gone} THEN at_step WHEN {no_cass} THEN 'cass' WHEN {no_dpv} THEN 'dpv'
             WHEN {no_stamp} THEN 'ncoa' ELSE '' END,
        CASE WHEN seed THEN 'mailable' WHEN {gone} THEN {_DISPOSITION}
             WHEN {no_cass} OR {no_dpv} OR {no_stamp} THEN 'rejected' ELSE 'mailable' END,
        CASE WHEN seed THEN 'seed' WHEN {gone} THEN status_reason WHEN {no_cass} THEN 'no_cass'
             WHEN {no_dpv} THEN 'dpv_not_confirmed' WHEN {no_stamp} THEN 'move_update_expired' ELSE '' END,
        CASE WHEN seed OR {gone} THEN '' ELSE trim(
             CASE WHEN ({no_cass}) AND ({no_dpv}) THEN 'dpv_not_confirmed ' ELSE '' END
             || CASE WHEN (({no_cass}) OR ({no_dpv})) AND ({no_stamp}) THEN 'move_update_expired' ELSE '' END) END
        FROM (SELECT a.id, a.list_id, a.address_id, a.status,
        CASE WHEN a.status_reason = '' THEN a.status ELSE a.status_reason END AS status_reason,
        {_STEP_OF_STATUS} AS at_step, sd.record_id IS NOT NULL AS seed,
        coalesce(j.processed_on, d.came_in) AS verified,
        (c.id IS NOT NULL OR (NOT a.needs_cass AND d.zip4 <> '' AND d.delivery_point <> '')) AS coded,
        CASE WHEN c.id IS NULL THEN d.came_in >= :theirs ELSE coalesce(j.ok, false) END AS in_window,
        coalesce(c.mailable, true) AS confirmed, {_STAMP} AS stamp
        FROM addressee a CROSS JOIN address d {newest} LEFT JOIN job_ok j ON j.job_id = c.job_id
        LEFT JOIN seed sd ON sd.list_id = a.list_id AND sd.record_id = a.record_id
        WHERE a.list_id = :list AND d.id = a.address_id ORDER BY a.id {fence}) AS looked""",
        list=known.id,
        position=position,
        theirs=theirs,
        **values,
    )
