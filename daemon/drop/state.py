"""What a drop is and how far: ``draft`` → ``checked`` or ``blocked`` → ``released`` → ``mailed``."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from daemon.db import Store, reading, writing
from daemon.errors import OperatorError, UsageError
from daemon.lists.known import find_list
from daemon.wiring import House

STEPS: Final = ("cass", "dpv", "ncoa", "suppression", "internal", "dedupe", "manifest")
DISPOSITIONS: Final = ("rejected", "held", "suppressed", "duplicate", "mailable")
LEVELS: Final = ("household", "individual", "none")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Drop(NamedTuple):
    """One mailing."""

    id: int
    name: str
    client: str
    offer: str
    mail_date: str
    mail_class: str
    dedupe: str
    quantity: int | None
    state: str
    created_at: str
    checked_at: str | None
    scope: str
    result: dict[str, Any]  # as the last check told it
    released_at: str | None
    mailed_on: str | None
    lists: tuple[tuple[int, str], ...] = ()  # id and name, in the order given

    @property
    def day(self) -> date:
        """Return the day on which it is to be mailed."""
        return date.fromisoformat(self.mail_date)

    def told(self) -> dict[str, Any]:
        """Return what every command tells of it."""
        names = ("client", "offer", "mail_class", "dedupe", "quantity", "state", "created_at", "checked_at")
        facts = {name: getattr(self, name) for name in (*names, "released_at", "mailed_on")}
        return {"drop": self.name, "date": self.mail_date, "lists": [name for _id, name in self.lists], **facts}


_COLUMNS: Final = ", ".join(f"p.{name}" for name in Drop._fields[:-1])


def find_drop(store: Store, name: str) -> Drop:
    """Return the drop of this name.

    Raises:
        UsageError: there is none.
    """
    row = store.one(f"SELECT {_COLUMNS} FROM mail_drop p WHERE p.name = :name", name=name)
    if row is None:
        raise UsageError(f"there is no drop {name!r}; `listkeeper drop list` shows them")
    return _with_lists(store, Drop._make((*row, ())))


def _with_lists(store: Store, drop: Drop) -> Drop:
    lists = store.all(
        """SELECT l.id, l.name FROM drop_list d JOIN mailing_list l ON l.id = d.list_id WHERE d.drop_id = :drop
        ORDER BY d.position""",
        drop=drop.id,
    )
    return drop._replace(lists=tuple(lists), result=json.loads(str(drop.result)))


def list_drops(house: House) -> dict[str, Any]:
    """Return every drop, the newest day first, as `drop list --json` prints them."""
    with reading(house.engine) as store:
        rows = store.all(f"SELECT {_COLUMNS} FROM mail_drop p ORDER BY p.mail_date DESC, p.id DESC")
        drops = [_with_lists(store, Drop._make((*row, ()))) for row in rows]
    return {"drops": [{**drop.told(), "mailable": drop.result.get("manifest", {}).get("mailable")} for drop in drops]}


def create_drop(
    house: House,
    name: str,
    *,
    lists: Sequence[str],
    offer: str,
    day: str,
    dedupe: str = "household",
    quantity: int | None = None,
) -> dict[str, Any]:
    """Make a drop of one client's lists; return what is told of it.

    Args:
        lists: in the order in which they win where two have the same person.
        day: the day of mailing, YYYY-MM-DD.
        dedupe: ``household``, ``individual`` or ``none``.
        quantity: how many are wanted.

    Raises:
        UsageError: the name is taken or none, no such list, a list twice, lists of several clients, or a date that is
            none.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a drop: letters, digits, point, dash and underscore, 64 at most")
    if not offer.strip():
        raise UsageError("--offer: name what is mailed; the same offer within 30 days is held against it")
    if dedupe not in LEVELS:
        raise UsageError(f"--dedupe is one of {', '.join(LEVELS)}")
    if quantity is not None and quantity < 1:
        raise UsageError("--quantity: how many are wanted, at least one")
    try:
        mail_date = date.fromisoformat(day).isoformat()
    except ValueError:
        raise UsageError(f"--date: {day!r} is no date; write it as YYYY-MM-DD") from None
    if len(set(lists)) != len(lists) or not lists:
        raise UsageError("--list: each list once, at least one")
    with writing(house.engine) as store:
        known = [find_list(store, each) for each in lists]
        clients = sorted({each.client for each in known})
        if len(clients) > 1:
            raise UsageError(f"--list: lists of one client go into a drop; these are of {' and '.join(clients)}")
        if store.value("SELECT id FROM mail_drop WHERE name = :name", name=name) is not None:
            raise UsageError(f"there is a drop {name} already; give this one another name")
        number = store.next_id("mail_drop")
        store.run(
            """INSERT INTO mail_drop (id, name, client, offer, mail_date, mail_class, dedupe, quantity, state,
            created_at, scope, result) VALUES (:id, :name, :client, :offer, :day, :class, :dedupe, :quantity, 'draft',
            :at, '', '{}')""",
            **{"class": known[0].mail_class},
            id=number,
            name=name,
            client=clients[0],
            offer=offer.strip(),
            day=mail_date,
            dedupe=dedupe,
            quantity=quantity,
            at=house.stamp(),
        )
        store.load(
            "drop_list",
            ("drop_id", "position", "list_id"),
            [(number, position, each.id) for position, each in enumerate(known, 1)],
        )
        return find_drop(store, name).told()


def must_be(drop: Drop, *states: str, to: str) -> None:
    """Refuse a step that the drop is not ready for.

    Raises:
        UsageError: it has not come so far, or is past it.
    """
    if drop.state not in states:
        raise UsageError(f"drop {drop.name} is {drop.state}: it cannot be {to}; it must be {' or '.join(states)}")


def changed_since(store: Store, drop: Drop) -> str | None:
    """Say what has changed in the drop's lists since it was checked; None where it is as it was."""
    moved, left = store.all(
        """SELECT coalesce(sum(CASE WHEN a.address_id <> r.address_id OR a.status <> r.status THEN 1 ELSE 0 END), 0),
        count(*) FROM drop_row r JOIN addressee a ON a.id = r.addressee_id WHERE r.drop_id = :drop""",
        drop=drop.id,
    )[0]
    size = store.value(
        "SELECT count(*) FROM addressee WHERE list_id IN (SELECT list_id FROM drop_list WHERE drop_id = :drop)",
        drop=drop.id,
    )
    if moved:
        return f"{moved} of its records have another address or status now"
    if size != left:
        return f"its lists had {left} records, and have {size} now"
    if drop.scope != scope_of(store, drop):
        return "codings, stamps, names, suppression files, seeds or drops of the same offer have changed"
    return None


def scope_of(store: Store, drop: Drop) -> str:
    """Return what else a check rests on: the last import, batch, undo and suppression file there are, seeds, drops."""
    ids = ", ".join(str(number) for number, _name in drop.lists)
    parts = (
        store.value("SELECT count(*) FROM import_run WHERE added + changed > 0"),
        store.value("SELECT coalesce(max(id), 0) FROM batch WHERE kind IN ('ncoa', 'cass')"),
        store.value("SELECT coalesce(max(undone_at), '') FROM batch WHERE kind IN ('ncoa', 'cass')"),
        store.value("SELECT coalesce(max(id), 0) FROM suppression_file"),
        store.value("SELECT coalesce(max(withdrawn_at), '') FROM suppression_file"),
        store.all(
            f"SELECT count(*), coalesce(max(id), 0), coalesce(max(added_at), '') FROM seed WHERE list_id IN ({ids})"
        )[0],
        [tuple(row) for row in same_offer(store, drop)],
    )
    return "|".join(map(str, parts))


def same_offer(store: Store, drop: Drop) -> list[Any]:
    """Return ``(name, state)`` of the client's other drops of the same offer that are released or mailed."""
    return store.all(
        """SELECT name, state FROM mail_drop WHERE client = :client AND offer = :offer AND id <> :drop
        AND state IN ('released', 'mailed') ORDER BY name""",
        client=drop.client,
        offer=drop.offer,
        drop=drop.id,
    )


def mark_mailed(house: House, name: str, day: str | None = None) -> dict[str, Any]:
    """Say that a released drop has gone out; return what is told of it.

    Args:
        day: on which it went; None: as it was planned, or today where that has not come yet.

    Raises:
        UsageError: no such drop, it is not released, or the day is none.
    """
    with writing(house.engine) as store:
        drop = find_drop(store, name)
        must_be(drop, "released", to="mailed")
        try:
            mailed_on = date.fromisoformat(day or min(drop.mail_date, house.today())).isoformat()
        except ValueError:
            raise UsageError(f"--date: {day!r} is no date; write it as YYYY-MM-DD") from None
        if mailed_on > house.today():
            raise UsageError(f"--date: {mailed_on} has not come yet; a drop is mailed when it has gone out")
        store.run("UPDATE mail_drop SET state = 'mailed', mailed_on = :day WHERE id = :id", day=mailed_on, id=drop.id)
        return find_drop(store, name).told()


class DropBlockedError(OperatorError):
    """A drop that may not go out as it is."""
