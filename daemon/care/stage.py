"""An engine's answer in the database: staged, joined to what was sent, and held against it id by id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from daemon.care.jobs import Job
from daemon.db import Row, Store
from daemon.errors import SetAsideError
from schemas.ncoalink import NcoaRow
from schemas.standing import STANDING, AddressText, Standing

_SEPARATOR: Final = "\x1f"  # no reader lets a control character through
MOVER_ROLES: Final = ("A", "C", "H")
_CODE: Final = NcoaRow._fields.index("code") - 1  # of a packed row, which has no line
# What a mover's second row brings: the address he moved to, and how.
_OF_MOVE: Final = tuple(
    NcoaRow._fields.index(name) - 1
    for name in (
        *("move_type", "move_date", "address1", "address2", "urbanization", "city", "state", "zip5", "zip4"),
        *("delivery_point", "carrier_route", "fault"),
    )
)
_NAMED: Final = 5  # record ids that a message names


def stage(store: Store, rows: Iterable[Row]) -> int:
    """Load the rows of an answer into ``answer``; return how many there are.

    All but line, id and role goes in as one text: thirty columns in and out again would cost more than all the rest.
    """
    store.temporary("answer", "line integer PRIMARY KEY, record_id text, role text, packed text")
    return store.load(
        "answer",
        ("line", "record_id", "role", "packed"),
        ((row[0], row[1], row[2] if row[2] in MOVER_ROLES else "", _SEPARATOR.join(row[1:])) for row in rows),
    )


def join(store: Store, job: Job, file: str) -> int:
    """Fill ``hit`` with the addressees that were sent and answered for; return how many.

    Raises:
        SetAsideError: the record ids are not exactly those that were sent.
    """
    if job.kind == "ncoa":
        _join_movers(store)
    store.temporary("hit", "addressee_id bigint PRIMARY KEY, line integer")
    if not store.postgres:
        store.run("CREATE INDEX temp.answer_record ON answer (record_id)")
    twice = store.all(
        """SELECT record_id, max(line) FROM answer GROUP BY record_id HAVING count(*) > 1
        ORDER BY max(line) LIMIT 5"""
    )
    if twice:
        raise _refused("ids-twice", "comes twice", twice, file)
    hits = store.run(
        """INSERT INTO hit SELECT s.addressee_id, r.line FROM care_sent s JOIN addressee a ON a.id = s.addressee_id
        JOIN answer r ON r.record_id = a.record_id WHERE s.job_id = :job ORDER BY s.addressee_id""",
        job=job.id,
    )
    rows = int(store.value("SELECT count(*) FROM answer"))
    if hits != rows or hits != job.sent:
        raise _not_as_sent(store, job, file, hits=hits, rows=rows)
    return hits


def _join_movers(store: Store) -> None:
    """Take the second row of each mover aside: where he went to. It is put to the first one when that is read."""
    store.temporary("moved_to", "record_id text PRIMARY KEY, packed text")
    if store.value("SELECT 1 FROM answer WHERE role = 'C' LIMIT 1") is None:
        return
    store.run(
        """INSERT INTO moved_to SELECT record_id, min(packed) FROM answer WHERE role = 'C'
        AND record_id IN (SELECT record_id FROM answer WHERE role <> 'C') GROUP BY record_id HAVING count(*) = 1"""
    )
    store.run("DELETE FROM answer WHERE role = 'C' AND record_id IN (SELECT record_id FROM moved_to)")


def _moved_to(row: list[str], packed: str) -> list[str]:
    """Return a mover's row with what the second one has: the code, where the first has none, and the new address."""
    other = packed.split(_SEPARATOR)
    if row[_CODE] in ("", "00", "77"):
        row[_CODE] = other[_CODE]
    for place in _OF_MOVE:
        row[place] = other[place]
    return row


def _not_as_sent(store: Store, job: Job, file: str, *, hits: int, rows: int) -> SetAsideError:
    """Say what is wrong with the ids, and whose answer this may be instead."""
    faults = []
    unknown = store.all(
        "SELECT record_id, line FROM answer WHERE line NOT IN (SELECT line FROM hit) ORDER BY line LIMIT 1"
    )
    if unknown:
        faults.append(f"{rows - hits} were never sent, the first in line {unknown[0][1]}")
    if job.sent > hits:
        first = store.value(
            """SELECT min(a.record_id) FROM care_sent s JOIN addressee a ON a.id = s.addressee_id WHERE s.job_id = :job
            AND s.addressee_id NOT IN (SELECT addressee_id FROM hit)""",
            job=job.id,
        )
        faults.append(f"{job.sent - hits} that were sent are missing, the first is record {first}")
    other = _fits(store, job, rows)
    hint = f"; it fits job {other}" if other else ""
    return SetAsideError(
        f"not the record ids that job {job.id} sent: {'; '.join(faults)}{hint}. Nothing is applied, the job stays open",
        reason="ids-differ",
        file=file,
        line=unknown[0][1] if unknown else None,
        field="record_id",
    )


def _fits(store: Store, job: Job, rows: int) -> int | None:
    """Return another job whose record ids the answer has."""
    for (number,) in store.all(
        "SELECT id FROM care_job WHERE id <> :job AND sent = :rows ORDER BY id DESC LIMIT 20", job=job.id, rows=rows
    ):
        found = store.value(
            """SELECT count(*) FROM care_sent s JOIN addressee a ON a.id = s.addressee_id
            JOIN answer r ON r.record_id = a.record_id WHERE s.job_id = :job""",
            job=number,
        )
        if found == rows:
            return int(number)
    return None


def _refused(reason: str, what: str, rows: list[Row], file: str) -> SetAsideError:
    named = ", ".join(f"record {record_id} (line {line})" for record_id, line in rows[:_NAMED])
    return SetAsideError(
        f"{what}: {named}; nothing is applied, the job stays open",
        reason=reason,
        file=file,
        line=rows[0][1],
        field="record_id",
    )


class Ours(NamedTuple):
    """What we have of one addressee that was answered for: now, and as it was sent.

    The last four are None where the address is the very version that was sent.
    """

    addressee_id: int
    list_id: int
    locked: bool
    address_id: int
    status: str
    status_reason: str
    status_by: str
    base_status: str
    base_reason: str
    address_since: str
    move_month: str
    needs_cass: bool
    address1: str
    zip5: str
    came_in: str
    place_id: int
    sent_address1: str | None
    sent_zip5: str | None
    sent_place_id: int | None

    @property
    def standing(self) -> Standing:
        """Return where the addressee stands."""
        return Standing._make(self[3:12])

    @property
    def is_elsewhere(self) -> bool:
        """True where the address is no version of the one that was sent any more."""
        return self.sent_place_id is not None and self.place_id != self.sent_place_id


_OURS: Final = (
    *("a.id", "a.list_id", "a.locked"),
    *(f"a.{name}" for name in STANDING),
    *("d.address1", "d.zip5", "d.came_in", "d.place_id", "o.address1", "o.zip5", "o.place_id"),
)
_TEXT: Final = tuple(f"d.{name}" for name in AddressText._fields)
_NAMES: Final = ("a.first_name", "a.middle_name", "a.last_name", "a.name_suffix", "a.company", "s.who")


def hits(store: Store, job: Job) -> Iterator[tuple[Row, Ours, Row]]:
    """Stream the answered addressees in the order of their ids: the fields of the answer, what we have, and more.

    More is the present address (`AddressText`) for CASS; for NCOALink the five names and the name that was sent, and
    nothing where no file of the client has come since.
    """
    more = _TEXT if job.kind == "cass" else _NAMES if _may_be_renamed(store, job) else ()
    movers = job.kind == "ncoa" and store.value("SELECT 1 FROM moved_to LIMIT 1") is not None
    packed = "(SELECT m.packed FROM moved_to m WHERE m.record_id = r.record_id)" if movers else "NULL"
    ours = 3 + len(_OURS)
    for row in store.rows(
        f"""SELECT r.line, r.packed, {packed}, {", ".join((*_OURS, *more))}
        FROM hit h CROSS JOIN answer r CROSS JOIN care_sent s CROSS JOIN addressee a CROSS JOIN address d
        LEFT JOIN address o ON o.id = s.address_id AND s.address_id <> a.address_id
        WHERE r.line = h.line AND s.job_id = :job AND s.addressee_id = h.addressee_id AND a.id = h.addressee_id
        AND d.id = a.address_id ORDER BY h.addressee_id""",
        job=job.id,
    ):
        said = row[1].split(_SEPARATOR)
        if row[2] is not None:
            said = _moved_to(said, row[2])
        yield (row[0], *said), Ours._make(row[3:ours]), row[ours:]


def _may_be_renamed(store: Store, job: Job) -> bool:
    """Say whether the client has sent a file since the job went out; nothing else gives anybody another name."""
    newest = store.value("SELECT max(id) FROM import_run WHERE list_id = :list", list=job.list_id)
    return bool(newest != job.memory.get("imports"))
