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


class Candidates:
    """The candidates of a file's orphans, found in one statement and handed out in the order of the file.

    Args:
        orphans: (line, ZIP of the old address, account or None), only those worth looking for.
    """

    def __init__(self, store: Store, orphans: Iterable[tuple[int, str, int | None]]) -> None:
        store.temporary("orphan", "line integer PRIMARY KEY, zip5 text, account_id integer")
        store.run(f"CREATE INDEX {'' if store.postgres else 'temp.'}orphan_zip5 ON orphan (zip5)")
        self._rows = (
            iter(()) if not store.load("orphan", ("line", "zip5", "account_id"), orphans) else self._look(store)
        )
        self._head = next(self._rows, None)

    @staticmethod
    def _look(store: Store) -> Iterator[tuple[object, ...]]:
        return store.rows(
            """SELECT o.line, l.name, a.record_id, a.first_name, a.last_name, a.name_suffix, a.company,
                d.address1, d.zip5
            FROM address d CROSS JOIN orphan o CROSS JOIN addressee a CROSS JOIN mailing_list l
            WHERE o.zip5 = d.zip5 AND a.id = d.addressee_id AND a.address_id = d.id AND l.id = a.list_id
                AND (o.account_id IS NULL OR o.account_id = a.account_id)
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
