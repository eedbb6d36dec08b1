"""From a notice to its addressee: questions 2 and 3, as sets.

The scan of the file is staged (line, place in the file, account, key), the known keys are joined to their
addressees in one statement, and everything a decision needs comes back as streams in the order of the
addressees: the notices with the addressee, the addresses it had before, what took effect before, and the
questions still open. Nothing is asked of the database once per record.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from daemon.db import Row, Store
from daemon.lists.known import scheme_of
from daemon.returns.decide import Place, Strike, Subject
from daemon.returns.fold import ASKED_AGAIN, Question
from daemon.returns.names import Person
from keyline.schemes import Scheme, accepts
from schemas.notice import NewAddress, Notice
from schemas.standing import STANDING, Standing
from schemas.text import norm


class KnownAccount(NamedTuple):
    """An account as the stage needs it."""

    id: int
    scheme: Scheme


class Hit(NamedTuple):
    """One addressee with everything on file that its notices are held against."""

    addressee_id: int
    list_id: int
    subject: Subject
    notices: list[Row]  # (line, place in the file), in the order of the file
    questions: list[Question]


class Orphan(NamedTuple):
    """A record that no addressee could be found for."""

    line: int
    at: int
    account_id: int | None
    problem: str


def known_accounts(store: Store) -> dict[str, KnownAccount]:
    """Return every configured account by its code."""
    rows = store.all("SELECT id, code, key_source, key_length, key_attribute, match_code FROM account")
    return {code: KnownAccount(number, scheme_of(*rest)) for number, code, *rest in rows}


def stage(store: Store, accounts: dict[str, KnownAccount], records: Iterable[tuple[int, int, str, str, str]]) -> int:
    """Stage the scan of a file (line, place, kind, account, key); return how many records there are."""
    store.temporary("stage", "line integer PRIMARY KEY, at bigint, account_id integer, key text")
    ids: dict[str, int | None] = {code: known.id for code, known in accounts.items()}
    known = ids.get
    return store.load(
        "stage",
        ("line", "at", "account_id", "key"),
        ((line, at, known(account), key) for line, at, kind, account, key in records if kind),
    )


def join(store: Store) -> int:
    """Fill the table ``hit`` with the staged records whose key is somebody's; return how many there are.

    A key on file was checked when it came on file, so what matches needs no check of its digit. A serial that is
    nobody's own may be that of a piece of a drop: the newest piece that had it says whose it was.
    """
    _new_hits(store)
    found = store.run(
        """INSERT INTO hit SELECT a.id, s.line, s.at FROM stage s
        CROSS JOIN addressee a WHERE a.account_id = s.account_id AND a.keyline = s.key ORDER BY a.id, s.line"""
    )
    if store.one("SELECT 1 FROM piece LIMIT 1") is None:
        return found
    return found + store.run(
        """INSERT INTO hit SELECT p.addressee_id, s.line, s.at FROM stage s
        CROSS JOIN piece p WHERE p.account_id = s.account_id AND p.serial = s.key
        AND s.line NOT IN (SELECT line FROM hit)
        AND NOT EXISTS (SELECT 1 FROM piece n WHERE n.account_id = p.account_id AND n.serial = p.serial
            AND (n.used_on > p.used_on OR (n.used_on = p.used_on AND n.drop_id > p.drop_id)))"""
    )


def orphans(store: Store, accounts: dict[str, KnownAccount]) -> Iterator[Orphan]:
    """Stream the staged records without an addressee, in the order of the file, each with why (questions 2 and 3)."""
    schemes = {known.id: known.scheme for known in accounts.values()}
    for line, at, account_id, key in store.rows(
        """SELECT s.line, s.at, s.account_id, s.key FROM stage s
        WHERE s.line NOT IN (SELECT line FROM hit) ORDER BY s.line"""
    ):
        problem = "unknown_account" if account_id is None else _problem(schemes[account_id], key)
        yield Orphan(line, at, account_id, problem)


def _problem(scheme: Scheme, key: str) -> str:
    """Return why a key is nobody's."""
    if not key:
        return "no_keyline"
    return {None: "unknown_keyline", "foreign": "foreign_keyline", "check-digit": "bad_check_digit"}[
        accepts(scheme, key)
    ]


def _new_hits(store: Store) -> None:
    store.temporary(
        "hit", "addressee_id bigint, line bigint, at bigint, PRIMARY KEY (addressee_id, line)", clustered=True
    )


def look_up(store: Store, addressees: Iterable[tuple[int, int]]) -> Iterator[Hit]:
    """Stream addressees that are known already; pairs of (addressee, a number that comes back as the line)."""
    _new_hits(store)
    store.load("hit", ("addressee_id", "line", "at"), ((addressee_id, line, 0) for addressee_id, line in addressees))
    return hits(store)


def hits(store: Store) -> Iterator[Hit]:
    """Stream the matched addressees in the order of their ids, each with its notices and its past."""
    addressees = "(SELECT DISTINCT addressee_id FROM hit)"
    before = _Side(
        store.rows(
            f"""SELECT h.addressee_id, d.address1, d.zip5, d.place_id FROM {addressees} h
            JOIN change c ON c.addressee_id = h.addressee_id JOIN address d ON d.id = c.from_address_id
            WHERE c.undone_at IS NULL AND c.turned AND c.from_address_id <> c.to_address_id
            ORDER BY h.addressee_id"""
        )
    )
    took = _Side(
        store.rows(
            f"""SELECT h.addressee_id, d.event, d.code, d.reason, d.fulfilled, s.address1, s.zip5
            FROM {addressees} h JOIN decision d ON d.addressee_id = h.addressee_id AND d.took
            JOIN batch b ON b.id = d.batch_id AND b.status = 'applied'
            LEFT JOIN waiting_move w ON w.batch_id = d.batch_id AND w.event = d.event
                AND w.addressee_id = d.addressee_id AND d.reason = 'future_move'
            LEFT JOIN address s ON s.id = d.address_id AND d.reason IN ('first_strike', 'another_strike')
            WHERE w.status IS NULL OR w.status = 'waiting'
            ORDER BY h.addressee_id"""
        )
    )
    asked = _Side(
        store.rows(
            f"""SELECT h.addressee_id, r.id, r.batch_id, r.event, r.notice FROM {addressees} h
            JOIN review_item r ON r.addressee_id = h.addressee_id AND r.status = 'open' AND r.reason = '{ASKED_AGAIN}'
            ORDER BY h.addressee_id, r.id"""
        )
    )
    main = store.rows(
        f"""SELECT h.addressee_id, h.line, h.at, a.list_id, a.locked, a.first_name, a.last_name, a.name_suffix,
        a.company, {", ".join(f"a.{name}" for name in STANDING)}, d.place_id, d.address1, d.zip5, d.came_in
        FROM hit h CROSS JOIN addressee a CROSS JOIN address d
        WHERE a.id = h.addressee_id AND d.id = a.address_id ORDER BY h.addressee_id, h.line"""
    )
    row = next(main, None)
    while row is not None:
        first, notices = row, [row[1:3]]
        addressee_id = first[0]
        for row in main:  # the row that ends one addressee begins the next
            if row[0] != addressee_id:
                break
            notices.append(row[1:3])
        else:
            row = None
        subject = subject_of(first[4:], before.take(addressee_id), took.take(addressee_id))
        questions = [question_of(*open_item[1:]) for open_item in asked.take(addressee_id)]
        yield Hit(addressee_id, first[3], subject, notices, questions)


_NO_PLACES: frozenset[Place] = frozenset()
_NO_EVENTS: frozenset[int] = frozenset()


def subject_of(row: Row, before: list[Row], took: list[Row]) -> Subject:
    """Build the subject from (locked, four names, standing, place_id, line, zip, came_in) and its past."""
    place = Place(norm(row[-3]), row[-2])
    earlier, aliases, events = _NO_PLACES, _NO_PLACES, _NO_EVENTS
    strikes: tuple[Strike, ...] = ()
    if before:
        aliases = frozenset(Place(norm(line), zip5) for _id, line, zip5, of in before if of == row[-4]) - {place}
        earlier = frozenset(Place(norm(line), zip5) for _id, line, zip5, _of in before) - aliases - {place}
    if took:
        events = frozenset(entry[1] for entry in took)
        strikes = tuple(
            Strike(code, fulfilled, Place(norm(line), zip5))
            for _id, _event, code, _reason, fulfilled, line, zip5 in took
            if line is not None
        )
    return Subject(
        Person._make(row[1:5]),
        bool(row[0]),
        Standing._make(row[5:-4]),
        place,
        row[-1],
        earlier,
        events,
        strikes,
        aliases,
    )


def question_of(number: int, batch_id: int, event: int, notice: str) -> Question:
    """Return an open question from its columns."""
    return Question(number, batch_id, notice_from(notice), event)


def notice_text(notice: Notice) -> str:
    """Return a notice as JSON, so that a question or a waiting move needs its file no more."""
    fields = notice._asdict()
    fields["new"] = notice.new._asdict() if notice.new else None
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def notice_from(text: str) -> Notice:
    """Return the notice that :func:`notice_text` wrote."""
    fields = json.loads(text)
    new = fields.pop("new")
    return Notice(**fields, new=NewAddress(**new) if new else None)


_NOTHING: list[Row] = []


class _Side:
    """A stream in the order of addressees beside the main one: give me this one's rows, if any."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._head = next(rows, None)

    def take(self, addressee_id: int) -> list[Row]:
        if self._head is None or self._head[0] > addressee_id:
            return _NOTHING
        taken: list[Row] = []
        while self._head is not None and self._head[0] <= addressee_id:
            if self._head[0] == addressee_id:
                taken.append(self._head)
            self._head = next(self._rows, None)
        return taken
