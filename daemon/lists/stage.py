"""A list file in the database: staged beside the list, compared with it as sets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from daemon.db import Row, Store
from daemon.lists.columns import CODING, NAMES, PLACE, Header
from daemon.lists.known import Known
from daemon.lists.settle import Given
from daemon.lists.streams import streamed
from schemas.standing import STANDING

PLACE_COLUMNS = (*PLACE, *CODING)


class Stage:
    """The checked rows of one file, in temporary tables of the writer's connection.

    ``stage`` has the rows, ``rejected`` lines and reasons, ``hit`` the rows whose record we know, ``differs`` those
    of them that are not plainly equal.
    """

    def __init__(self, store: Store, known: Known, header: Header) -> None:
        self._store = store
        self.known = known
        self.header = header
        self.columns = ("line", *header.given, *(("extra",) if header.has_extras else ()))
        types = {"line": "bigint PRIMARY KEY", "needs_cass": "boolean"}
        store.temporary("stage", ", ".join(f"{name} {types.get(name, 'text NOT NULL')}" for name in self.columns))
        store.temporary("rejected", "line bigint PRIMARY KEY, reason text NOT NULL")
        store.temporary("hit", "line bigint PRIMARY KEY, addressee_id bigint NOT NULL")
        store.temporary("differs", "line bigint PRIMARY KEY, addressee_id bigint NOT NULL")
        self.hits = 0

    def drop(self) -> None:
        """Take the temporary tables away: a service keeps its connection, and needs the room."""
        for table in ("stage", "rejected", "hit", "differs", "renamed", "newkey", "serial", "newbody", "newrow"):
            self._store.run(f"DROP TABLE IF EXISTS {'pg_temp' if self._store.postgres else 'temp'}.{table}")

    def fill(self, rows: Iterable[Row | list[object]]) -> int:
        """Load checked rows, each with its line in front; return how many."""
        return self._store.load("stage", self.columns, rows)

    def reject_repeats(self) -> None:
        """Set aside every row whose ``record_id`` came before it in the file."""
        store = self._store
        store.run("CREATE INDEX stage_record ON stage (record_id)")
        self._reject(
            "record_id: stands in the file already",
            """FROM (SELECT record_id, min(line) AS first FROM stage GROUP BY record_id HAVING count(*) > 1) f
            JOIN stage s ON s.record_id = f.record_id AND s.line > f.first""",
        )

    def match(self) -> None:
        """Find the rows whose record we know; a row without an address can only change one of them."""
        if self.known.size:
            self._store.run(
                """INSERT INTO hit SELECT s.line, a.id FROM stage s CROSS JOIN addressee a
                WHERE a.list_id = :list AND a.record_id = s.record_id""",
                list=self.known.id,
            )
        if "address1" not in self.header.given:
            self._reject(
                "address1: missing", "FROM stage s WHERE NOT EXISTS (SELECT 1 FROM hit h WHERE h.line = s.line)"
            )

    def reject_keylines(self) -> None:
        """Set aside rows whose keyline is not the record's own, or is somebody else's."""
        if "keyline" not in self.header.given:
            return
        self._reject(
            "keyline: not the one that this record has",
            """FROM hit h JOIN stage s ON s.line = h.line JOIN addressee a ON a.id = h.addressee_id
            WHERE s.keyline <> '' AND s.keyline <> a.keyline""",
        )
        self._reject(
            "keyline: another record of the account has it",
            """FROM stage s CROSS JOIN addressee a WHERE s.keyline <> '' AND a.account_id = :account
            AND a.keyline = s.keyline AND NOT EXISTS (SELECT 1 FROM hit h WHERE h.line = s.line)""",
            account=self.known.account_id,
        )
        self._reject(
            "keyline: stands in the file already",
            """FROM (SELECT line, row_number() OVER (PARTITION BY keyline ORDER BY line) AS place FROM stage
                     WHERE keyline <> '') s WHERE s.place > 1""",
        )

    def compare(self) -> int:
        """Note the known rows that are not plainly equal to what we have; return how many are."""
        self.hits = int(self._store.value("SELECT count(*) FROM hit"))
        if not self.hits:
            return 0
        differing = self._store.run(
            f"""INSERT INTO differs SELECT h.line, h.addressee_id FROM hit h JOIN stage s ON s.line = h.line
            JOIN addressee a ON a.id = h.addressee_id JOIN address d ON d.id = a.address_id
            WHERE NOT ({self._equal()})"""
        )
        if self._store.postgres:
            self._store.run("ANALYZE differs")
        return self.hits - differing

    def differing(self) -> AbstractContextManager[Iterator[Row]]:
        """Stream what differs, by line: line, addressee, record_id, then `Given`, names and extra of ours, standing
        and address of ours with its date and place."""
        has = set(self.columns)
        given = [f"s.{name}" if name in has else "NULL" for name in Given._fields]
        ours = [f"a.{name}" for name in (*NAMES, "extra", *STANDING)]
        theirs = [f"d.{name}" for name in (*PLACE_COLUMNS, "came_in", "place_id")]
        return streamed(
            self._store,
            f"""SELECT h.line, a.id, a.record_id, {", ".join([*given, *ours, *theirs])}
            FROM differs h JOIN stage s ON s.line = h.line JOIN addressee a ON a.id = h.addressee_id
            JOIN address d ON d.id = a.address_id ORDER BY h.line""",
        )

    def _equal(self) -> str:
        has = set(self.columns)
        terms = [f"s.{name} = a.{name}" for name in (*NAMES, "extra") if name in has]
        terms += [f"s.{name} = d.{name}" for name in PLACE if name in has]
        terms += [f"s.{name} IN ('', d.{name})" for name in CODING if name in has]
        if "address_since" in has:
            terms.append("s.address_since IN ('', a.address_since)")
        if "move_month" in has:
            terms.append("(s.move_month = '' OR a.move_month <> '')")
        if "needs_cass" in has:
            terms.append("(s.needs_cass IS NULL OR s.needs_cass = a.needs_cass)")
        if "status" in has:
            reason = "s.status_reason IN ('', a.status_reason)" if "status_reason" in has else "true"
            terms.append(f"(s.status IN ('', 'mailable') OR (s.status = a.status AND {reason}))")
        return " AND ".join(terms)

    def _reject(self, reason: str, rest: str, **values: object) -> None:
        self._store.run(f"INSERT INTO rejected SELECT s.line, :reason {rest}", reason=reason, **values)
        self._forget_rejected()

    def _forget_rejected(self) -> None:
        for table in ("stage", "hit"):
            self._store.run(f"DELETE FROM {table} WHERE line IN (SELECT line FROM rejected)")
