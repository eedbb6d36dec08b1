"""The drop: seven steps over a list and five times as many suppression keys, beside the same joins in bare SQL.

The floor knows that there is one list and one CASS run, asks for no reason and keeps no figures: it joins each record
to its coding and its stamp, probes the suppression keys in their order, groups the households, and writes one row a
record.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.care import Bare
from daemon.db import writing
from daemon.drop.keys import refresh_keys
from daemon.drop.state import create_drop
from daemon.wiring import House

SUPPRESSED = 5  # keys for each record of the list
DAY = "2026-12-01"
FILE = """INSERT INTO suppression_file (id, kind, source, licence, as_of, level, client, file, sha256, "read", rejected,
keys, named, loaded_at, told)
VALUES (1, 'preference', 'bench', '', '2026-11-01', 'household', '', 'bench.csv', 'bench', 0, 0, 0, :no, '2026-11-22',
9999)"""


def prepare(house: House, size: int) -> None:
    """Give every record a coding and a stamp, load the suppression keys, make a drop."""
    with writing(house.engine) as store:
        store.run(
            """INSERT INTO care_job (id, kind, list_id, adapter, adapter_kind, token, state, why, created_at, sent,
            file, sha256, kept, deadline, memory, attempts, error, reason, what_to_do, answer, answer_sha256, engine,
            database_date, processed_on, valid_to, certified) VALUES (1, 'cass', 1, 'manual', 'manual', 'bench',
            'applied', '', '2026-11-22T00:00:00+00:00', 0, '', '', '', '', '{}', 0, '', '', '', '', '', '',
            '2026-11-01', '2026-11-22', '', :true)""",
            true=True,
        )
        store.run(
            """INSERT INTO coding (id, addressee_id, address_id, job_id, dpv, mailable, automation)
            SELECT id, id, address_id, 1, 'Y', :true, :true FROM addressee ORDER BY id""",
            true=True,
        )
        store.run(
            """INSERT INTO stamp (id, addressee_id, place_id, job_id, method, processed_on)
            SELECT id, id, address_id, 1, 'ncoalink', '2026-11-22' FROM addressee ORDER BY id"""
        )
        store.run("UPDATE addressee SET needs_cass = :false", false=False)
        refresh_keys(store, [1])
        store.run(FILE, no=False)
        store.load("suppression_key", ("level", "key", "file_id", "line"), _keys(store, size))
        if store.postgres:
            for table in ("coding", "stamp", "addressee", "address", "match_key", "suppression_key"):
                store.run(f"ANALYZE {table}")
    create_drop(house, "bench", lists=["big"], offer="B", day=DAY)


def _keys(store: object, size: int) -> Iterator[tuple[object, ...]]:
    """Yield keys in their order: nearly all of strangers, two in a hundred records of ours."""
    dice = random.Random(87110)
    ours = [key for (key,) in store.rows("SELECT household_key FROM match_key WHERE addressee_id % 50 = 0")]  # type: ignore[attr-defined]
    strangers = (dice.randint(-(2**63), 2**63 - 1) for _ in range(SUPPRESSED * size - len(ours)))
    for line, key in enumerate(sorted({*ours, *strangers}), 1):
        yield "household", key, 1, line


GATES = """INSERT INTO looked SELECT a.id, a.address_id, m.household_key, m.home_key,
CASE WHEN a.status <> 'mailable' THEN 'status' WHEN c.id IS NULL THEN 'no_cass' WHEN NOT c.mailable THEN 'dpv'
WHEN s.id IS NULL THEN 'stamp' ELSE '' END
FROM addressee a JOIN address d ON d.id = a.address_id JOIN match_key m ON m.addressee_id = a.id
LEFT JOIN coding c ON c.address_id = a.address_id AND c.undone_at IS NULL
LEFT JOIN stamp s ON s.addressee_id = a.id AND s.place_id = d.place_id AND s.void_at IS NULL
AND s.processed_on >= '2026-08-28' WHERE a.list_id = 1 ORDER BY a.id"""
PROBE = """UPDATE looked SET reason = 'preference' WHERE reason = '' AND id IN (SELECT l.id FROM
(SELECT id, household_key FROM looked ORDER BY household_key) l
CROSS JOIN suppression_key k WHERE k.level = 'household' AND k.key = l.household_key)"""
TWINS = """UPDATE looked SET reason = 'household' WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER
(PARTITION BY home_key ORDER BY id) AS place FROM looked WHERE reason = '') r WHERE place > 1)"""
ROWS = """INSERT INTO drop_row (drop_id, addressee_id, list_id, step, disposition, reason, also, address_id, status)
SELECT 1, id, 1, '', CASE WHEN reason = '' THEN 'mailable' ELSE 'suppressed' END, reason, '', address_id, 'mailable'
FROM looked ORDER BY id"""


def floor_check(url: str) -> None:
    """Do the joins, the probe, the grouping and the writing."""
    bare = Bare(url)
    number = "integer" if bare.sqlite else "bigint"
    columns = "address_id bigint, household_key bigint, home_key bigint, reason text"
    bare.run(f"CREATE TEMPORARY TABLE looked (id {number} PRIMARY KEY, {columns})")
    for statement in (GATES, PROBE, TWINS, ROWS):
        bare.run(statement)
    bare.done()
