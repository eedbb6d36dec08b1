"""Who a record without a usable key may be about: by name and old address, for a person to judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from daemon.db import Store
from daemon.returns.decide import Place, is_ours
from daemon.returns.names import Person, fits
from schemas.notice import Notice
from schemas.text import norm

MOST = 5  # more than this many is no help to anyone


class Candidate(NamedTuple):
    """One addressee that a record may be about."""

    list: str
    record_id: str


class Orphan(NamedTuple):
    """A record worth looking for: where its old address is, as far as an index can tell."""

    line: int
    zip5: str
    word: str  # of the old address's primary number, the first word; "" where it has none
    account_id: int | None


def orphan(notice: Notice, account_id: int | None) -> Orphan:
    """Return what is looked for."""
    number = norm(notice.old_number).split(maxsplit=1)
    return Orphan(notice.line, notice.old_zip, number[0] if number else "", account_id)


class Candidates:
    """The candidates of a file's orphans, found in one statement and handed out in the order of the file.

    Time goes with the addressees of the orphans' ZIPs and with the neighbours of the same number, never with orphans
    times addressees.

    Args:
        orphans: only those worth looking for.
    """

    def __init__(self, store: Store, orphans: Iterable[Orphan]) -> None:
        store.temporary("orphan", "line integer PRIMARY KEY, zip5 text, word text, account_id integer")
        self._rows = iter(()) if not store.load("orphan", Orphan._fields, orphans) else self._look(store)
        self._head = next(self._rows, None)

    @staticmethod
    def _look(store: Store) -> Iterator[tuple[object, ...]]:
        store.temporary(
            "near", "zip5 text, word text, addressee_id bigint, PRIMARY KEY (zip5, word, addressee_id)", clustered=True
        )
        lines = store.rows(
            """SELECT a.id, d.zip5, d.address1 FROM address d CROSS JOIN addressee a
            WHERE d.zip5 IN (SELECT zip5 FROM orphan) AND a.id = d.addressee_id AND a.address_id = d.id"""
        )
        found = ((zip5, word, number) for number, zip5, line in lines for word in _words(norm(line)))
        store.load("near", ("zip5", "word", "addressee_id"), found)
        if store.postgres:
            store.run("ANALYZE orphan")
            store.run("ANALYZE near")
        return store.rows(
            """SELECT o.line, l.name, a.record_id, a.first_name, a.last_name, a.name_suffix, a.company,
                d.address1, d.zip5
            FROM orphan o CROSS JOIN near n CROSS JOIN addressee a CROSS JOIN address d CROSS JOIN mailing_list l
            WHERE n.zip5 = o.zip5 AND n.word = o.word AND a.id = n.addressee_id AND d.id = a.address_id
                AND l.id = a.list_id AND (o.account_id IS NULL OR o.account_id = a.account_id)
            ORDER BY o.line, a.id"""
        )

    def of(self, notice: Notice) -> list[Candidate]:
        """Return at most five addressees whose present name and address fit. Ask in the order of the file."""
        found: list[Candidate] = []
        while self._head is not None and self._head[0] <= notice.line:  # type: ignore[operator]
            line, name, record_id, first_name, last_name, suffix, company, address1, zip5 = self._head
            if line == notice.line and len(found) < MOST and (last_name or company):
                person = Person(str(first_name), str(last_name), str(suffix), str(company))
                if is_ours(notice, Place(norm(str(address1)), str(zip5))) and fits(notice, person):
                    found.append(Candidate(str(name), str(record_id)))
            self._head = next(self._rows, None)
        return found


def _words(line: str) -> set[str]:
    """Return the words of an address line that may be its primary number; "" of a line that has none."""
    if line == "GENERAL DELIVERY":
        return {""}
    words = line.split()
    return {word for place, word in enumerate(words) if not place or any(map(str.isdigit, word))}
