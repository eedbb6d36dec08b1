"""The pieces of a drop under a Mailer ID: a serial each, unique for 45 days, by which a notice finds its piece.

A participant code's keyline names the addressee and is the same on every mailing. A Mailer ID's serial names the piece:
the table ``piece`` says whose it was and in which drop.

Source: USPS, Full-Service requirements (unique serials for 45 days per Mailer ID).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date, timedelta
from heapq import merge
from itertools import groupby, islice
from typing import Final, NamedTuple

from daemon.db import Store
from daemon.errors import OperatorError
from daemon.lists.streams import streamed

DAYS: Final = 45


class SerialsUsedUpError(OperatorError):
    """The serials that are free are fewer than the pieces that need one."""

    def __init__(self, code: str, *, needed: int, free: int, next_free: str) -> None:
        when = f"the next come free on {next_free}" if next_free else "none come free by themselves: they are keys"
        super().__init__(
            f"Mailer ID {code}: {needed} pieces need a serial, and {free} are free for that day; {when}. "
            "Mail later, mail fewer, or mail under another Mailer ID"
        )
        self.code, self.needed, self.free, self.next_free = code, needed, free, next_free


class MailerId(NamedTuple):
    """An account whose pieces get serials."""

    id: int
    code: str
    length: int  # of a serial: 9 or 6
    next_serial: int


def give_serials(store: Store, account: MailerId, *, drop_id: int, day: str) -> int:
    """Give every staged piece of an account its serial, in ``piece`` and in the stage; return how many are new.

    The stage is the temporary table ``label`` (position, addressee_id, account_id, key). A piece that the drop has
    already keeps its serial, so that labels can be written again. The others get the next ones from the account's next
    serial onward, in the order of the stage, passing over every serial that is somebody's key and every piece of
    another drop within 45 days before or after; behind the last serial it goes on with the first.

    Args:
        day: of the drop, YYYY-MM-DD.

    Raises:
        SerialsUsedUpError: not so many are free. The caller rolls back.
    """
    of = {"account": account.id, "drop": drop_id}
    new = """FROM label l WHERE l.account_id = :account
        AND NOT EXISTS (SELECT 1 FROM numbered n WHERE n.addressee_id = l.addressee_id)"""
    store.temporary("numbered", "addressee_id bigint PRIMARY KEY, serial text NOT NULL")
    store.run(
        """INSERT INTO numbered SELECT addressee_id, max(serial) FROM piece
        WHERE account_id = :account AND drop_id = :drop GROUP BY addressee_id""",
        **of,
    )
    needed = int(store.value(f"SELECT count(*) {new}", account=account.id))
    if needed:
        # Not into piece while it is being read.
        store.temporary("serial", "place bigint PRIMARY KEY, serial text NOT NULL")
        with closing(_free(store, account, day)) as free:
            given = store.load("serial", ("place", "serial"), enumerate(islice(free, needed), 1))
        if given < needed:
            _refuse(store, account, day, needed)
        store.run(
            f"""INSERT INTO piece (account_id, serial, drop_id, addressee_id, used_on)
            SELECT :account, s.serial, :drop, p.addressee_id, :day
            FROM (SELECT l.addressee_id, row_number() OVER (ORDER BY l.position) AS place {new}) p
            JOIN serial s ON s.place = p.place ORDER BY s.serial""",
            day=day,
            **of,
        )
        last_serial = int(store.value("SELECT serial FROM serial ORDER BY place DESC LIMIT 1"))
        following = last_serial + 1 if last_serial + 1 < 10**account.length else 1
        store.run("UPDATE account SET next_serial = :next WHERE id = :account", next=following, account=account.id)
        store.run(
            """INSERT INTO numbered SELECT p.addressee_id, p.serial FROM piece p WHERE p.account_id = :account
            AND p.drop_id = :drop AND NOT EXISTS (SELECT 1 FROM numbered n WHERE n.addressee_id = p.addressee_id)""",
            **of,
        )
    store.run(
        """UPDATE label SET key = (SELECT n.serial FROM numbered n WHERE n.addressee_id = label.addressee_id)
        WHERE account_id = :account""",
        account=account.id,
    )
    return needed


def blocked_days(day: str) -> tuple[str, str]:
    """Return the days between which, both left out, a piece keeps its serial from this day's drop.

    >>> blocked_days("2026-12-01")
    ('2026-10-17', '2027-01-15')
    """
    of = date.fromisoformat(day)
    return (of - timedelta(DAYS)).isoformat(), (of + timedelta(DAYS)).isoformat()


def _free(store: Store, account: MailerId, day: str) -> Generator[str]:
    """Yield free serials: from the account's next one to the last, then from the first to where it began."""
    end = 10**account.length
    start = account.next_serial if 0 < account.next_serial < end else 1
    for first, stop in ((start, end), (1, start)):
        number = first
        for taken in _taken(store, account, day, first, stop):
            yield from (f"{each:0{account.length}d}" for each in range(number, taken))
            number = taken + 1
        yield from (f"{each:0{account.length}d}" for each in range(number, stop))


def _taken(store: Store, account: MailerId, day: str, first: int, stop: int) -> Iterator[int]:
    """Yield the serials in use from one number to another, each once, in order; both tables give them in order."""
    before, after = blocked_days(day)
    low, high = f"{first:0{account.length}d}", f"{stop - 1:0{account.length}d}"
    with (
        streamed(
            store,
            """SELECT keyline FROM addressee WHERE account_id = :account AND keyline >= :low AND keyline <= :high
            ORDER BY keyline""",
            account=account.id,
            low=low,
            high=high,
        ) as keys,
        streamed(
            store,
            """SELECT serial FROM piece WHERE account_id = :account AND serial >= :low AND serial <= :high
            AND used_on > :before AND used_on < :after ORDER BY serial""",
            account=account.id,
            low=low,
            high=high,
            before=before,
            after=after,
        ) as pieces,
    ):
        for (serial,), _same in groupby(merge(keys, pieces)):
            yield int(serial)


def _refuse(store: Store, account: MailerId, day: str, needed: int) -> None:
    before, after = blocked_days(day)
    oldest = store.value(
        """SELECT min(used_on) FROM piece p WHERE p.account_id = :account AND used_on > :before AND used_on < :after
        AND NOT EXISTS (SELECT 1 FROM addressee a WHERE a.account_id = p.account_id AND a.keyline = p.serial)""",
        account=account.id,
        before=before,
        after=after,
    )
    free = int(store.value("SELECT count(*) FROM serial"))
    next_free = (date.fromisoformat(oldest) + timedelta(DAYS)).isoformat() if oldest else ""
    raise SerialsUsedUpError(account.code, needed=needed, free=free, next_free=next_free)
