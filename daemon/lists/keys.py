"""Keylines for the new records of a file: one each, unique in its account, flat in memory."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from itertools import groupby
from operator import itemgetter

from daemon.db import Row, Store
from daemon.drop.pieces import blocked_days
from daemon.errors import OperatorError
from daemon.lists.columns import MATCH_COLUMNS
from daemon.lists.known import Known
from daemon.lists.streams import streamed
from keyline.errors import KeylineError
from keyline.schemes import match_code_body, match_code_key, record_id_key, serial_key

NEW = "FROM stage s WHERE NOT EXISTS (SELECT 1 FROM hit h WHERE h.line = s.line)"
_TAKEN = "keyline: another record of the account has the one made from this row"


def give_keylines(store: Store, known: Known, columns: tuple[str, ...]) -> int:
    """Fill the temporary table ``newkey`` (line, keyline, reason) for every staged row that is new.

    Keys that the file brings are kept, the others made by the account's scheme; running numbers go by line and pass
    over keys that are taken. Rows whose key cannot be made have a reason instead.

    Args:
        columns: of the staged rows.

    Returns:
        The account's next serial.

    Raises:
        OperatorError: the account's serials are used up.
    """
    store.temporary("newkey", f"line bigint PRIMARY KEY, keyline {_byte_text(store)} NOT NULL, reason text NOT NULL")
    unmade = NEW
    if "keyline" in columns:
        store.run(f"INSERT INTO newkey SELECT s.line, s.keyline, '' {NEW} AND s.keyline <> ''")
        unmade += " AND s.keyline = ''"
    source = known.scheme.source
    if source in ("serial", "mailer-serial"):
        return _serials(store, known, unmade)
    if source == "record-id":
        _load(store, _from_record_ids(store, known, unmade))
        _refuse_taken(store, known)
    else:
        _load(store, _match_codes(store, known, columns, unmade))
    return known.next_serial


def _load(store: Store, keys: Generator[Row]) -> None:
    with closing(keys):
        store.load("newkey", ("line", "keyline", "reason"), keys)


def _byte_text(store: Store) -> str:
    return 'text COLLATE "C"' if store.postgres else "text"


def _serials(store: Store, known: Known, unmade: str) -> int:
    if store.one(f"SELECT 1 {unmade} LIMIT 1") is None:
        return known.next_serial
    number = known.next_serial
    scheme = known.scheme
    # A serial that a piece in the mail has would lead its notice to the wrong addressee.
    newest = store.value("SELECT max(used_on) FROM piece WHERE account_id = :account", account=known.account_id)
    recent = blocked_days(newest)[0] if newest else "9999"

    def made() -> Generator[Row]:
        nonlocal number
        # Serials of one length stand in text order, so that the taken ones can go by alongside.
        with (
            streamed(
                store,
                """SELECT keyline FROM addressee WHERE account_id = :account AND keyline >= :first
                UNION SELECT keyline FROM newkey
                UNION SELECT serial FROM piece WHERE account_id = :account AND serial >= :first AND used_on > :recent
                ORDER BY keyline""",
                account=known.account_id,
                first=serial_key(scheme, number),
                recent=recent,
            ) as taken,
            streamed(store, f"SELECT s.line {unmade} ORDER BY s.line") as lines,
        ):
            next_taken = next(taken, None)
            for (line,) in lines:
                while True:
                    key = serial_key(scheme, number)
                    number += 1
                    while next_taken is not None and next_taken[0] < key:
                        next_taken = next(taken, None)
                    if next_taken is None or next_taken[0] != key:
                        break
                yield line, key

    # Not into newkey while its own keys are being read.
    store.temporary("serial", "line bigint, keyline text")
    try:
        with closing(made()) as rows:
            store.load("serial", ("line", "keyline"), rows)
    except KeylineError as error:
        raise OperatorError(
            f"account {known.code}: its serials are used up ({error}); give the list an account with longer keys"
        ) from error
    store.run("INSERT INTO newkey SELECT line, keyline, '' FROM serial")
    return number


def _from_record_ids(store: Store, known: Known, unmade: str) -> Generator[Row]:
    with streamed(store, f"SELECT s.line, s.record_id {unmade} ORDER BY s.line") as rows:
        for line, record_id in rows:
            try:
                yield line, record_id_key(known.scheme, record_id), ""
            except KeylineError as error:
                yield line, "", f"record_id: no keyline can be made from it: {error}"


def _refuse_taken(store: Store, known: Known) -> None:
    store.run(
        """UPDATE newkey SET reason = :reason WHERE reason = '' AND line IN (
        SELECT n.line FROM newkey n CROSS JOIN addressee a
        WHERE a.account_id = :account AND a.keyline = n.keyline AND n.keyline <> '')""",
        reason=_TAKEN,
        account=known.account_id,
    )
    store.run(
        """UPDATE newkey SET reason = :reason WHERE line IN (
        SELECT line FROM (SELECT line, row_number() OVER (PARTITION BY keyline ORDER BY line) AS place FROM newkey
                          WHERE keyline <> '' AND reason = '') n WHERE n.place > 1)""",
        reason=_TAKEN,
    )


def _match_codes(store: Store, known: Known, columns: tuple[str, ...], unmade: str) -> Generator[Row]:
    scheme = known.scheme
    picked = ", ".join(f"s.{name}" if name in columns else "''" for name in MATCH_COLUMNS)
    store.temporary("newbody", f"line bigint, body {_byte_text(store)}")
    with streamed(store, f"SELECT s.line, {picked} {unmade}") as rows:
        bodies = ((row[0], match_code_body(scheme, dict(zip(MATCH_COLUMNS, row[1:], strict=True)))) for row in rows)
        store.load("newbody", ("line", "body"), bodies)
    if store.postgres:
        store.run("ANALYZE newbody")
    # '~' sorts after every character that a keyline has.
    with (
        streamed(
            store,
            """SELECT a.keyline FROM (SELECT DISTINCT body FROM newbody) b CROSS JOIN addressee a
            WHERE a.account_id = :account AND a.keyline >= b.body AND a.keyline < b.body || '~'
            UNION SELECT keyline FROM newkey ORDER BY keyline""",
            account=known.account_id,
        ) as taken,
        streamed(store, "SELECT line, body FROM newbody ORDER BY body, line") as sorted_bodies,
    ):
        next_taken = next(taken, None)
        for body, group in groupby(sorted_bodies, itemgetter(1)):
            running = 0
            for line, _ in group:
                while True:
                    try:
                        key, reason = match_code_key(scheme, body, running), ""
                    except KeylineError as error:
                        key, reason = "", f"keyline: no match code can be made: {error}"
                        break
                    running += 1
                    while next_taken is not None and next_taken[0] < key:
                        next_taken = next(taken, None)
                    if next_taken is None or next_taken[0] != key:
                        break
                yield line, key, reason
