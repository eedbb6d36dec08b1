"""Whom the suppression files name among the records of a drop: sets in SQL, both sides in the order of the keys.

A record is met by its present address, and, where a file names people, by those it had before a move as well: who has
asked not to be mailed, or has died, did so under either. A file of addresses says nothing of who has left them. Where
the law or the trade asks for it, a person whose first name is not given counts as named (`register.WIDE`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final

from daemon.db import CHUNK, Row, Store
from daemon.drop.keys import id_key, keys_of, parts_of, same_person
from daemon.drop.register import WIDE, Registered, files_of
from daemon.lists.streams import streamed

CONVERTED_DAYS: Final = 90
EARLIER: Final = 3  # addresses before the present one that are looked at
_PROBES: Final = {"address": "probe_place", "household": "probe_home", "individual": "probe_home", "id": "probe_id"}
_COLUMNS: Final = {"probe_place": ("address_key", "point_key"), "probe_home": ("household_key", "home_key")}


def hits(store: Store, *, drop_lists: Sequence[int], client: str, kinds: Collection[str], mail_date: date) -> int:
    """Fill ``suppressed (addressee_id, kind, file_id, level)``: one row per addressee and file; return how many.

    Files of no client, of this client, or of one of the lists are held against the records of the lists, whatever
    their age (`stale`); a file of a list only against that list's own. Of kind converted counts what is fewer than 90
    days before the mail date. The match keys must be fresh (`keys.refresh_keys`).
    """
    store.temporary("suppressed", "addressee_id bigint, kind text, file_id bigint, level text")
    files = [each for each in files_in_scope(store, drop_lists, client) if each.kind in kinds]
    _meet(store, files, drop_lists, mail_date, CONVERTED_DAYS)
    return store.run(
        """INSERT INTO suppressed SELECT DISTINCT m.addressee_id, f.kind, m.file_id, f.level
        FROM suppression_met m JOIN suppression_file f ON f.id = m.file_id ORDER BY m.addressee_id, m.file_id"""
    )


def converted(
    store: Store, *, drop_lists: Sequence[int], client: str, mail_date: date, days: int = CONVERTED_DAYS
) -> int:
    """Fill ``converted_hit (addressee_id, file_id, on_date)``: who has bought of late, and when; return how many.

    Of late is fewer than ``days`` days before the mail date, that day itself included; the last purchase of each file.
    """
    store.temporary("converted_hit", "addressee_id bigint, file_id bigint, on_date text")
    files = [each for each in files_in_scope(store, drop_lists, client) if each.kind == "converted"]
    _meet(store, files, drop_lists, mail_date, days)
    return store.run(
        """INSERT INTO converted_hit SELECT addressee_id, file_id, max(on_date) FROM suppression_met
        GROUP BY addressee_id, file_id ORDER BY addressee_id, file_id"""
    )


def stale(store: Store, *, drop_lists: Sequence[int], client: str, on: date) -> list[str]:
    """Return a sentence for each file in scope that is too old on a day: kind, source, its end and the remedy."""
    return [
        f"suppression file {each.id} ({each.kind}, {each.source}) is of {each.as_of} and was good to {each.good_to}; "
        "load a newer one with `listkeeper suppress add`"
        for each in files_in_scope(store, drop_lists, client)
        if each.state(on.isoformat()) == "stale"
    ]


def files_in_scope(store: Store, drop_lists: Collection[int], client: str) -> list[Registered]:
    """Return the files in force that a drop is held against: of no client, of its own, or of one of its lists."""
    return [
        each
        for each in files_of(store, in_force=True)
        if each.client in ("", client) and (each.list_id is None or each.list_id in drop_lists)
    ]


def _meet(store: Store, files: list[Registered], drop_lists: Sequence[int], mail_date: date, days: int) -> None:
    """Fill ``suppression_met (addressee_id, file_id, on_date)`` with whom the files name; a row may come twice."""
    store.temporary("suppression_met", "addressee_id bigint, file_id bigint, on_date text")
    listed = ", ".join(str(int(number)) for number in drop_lists)
    if not files or not listed:
        return
    store.temporary("suppressing", "file_id bigint PRIMARY KEY, list_id bigint, wide integer, dated integer")
    store.load(
        "suppressing",
        ("file_id", "list_id", "wide", "dated"),
        [(each.id, each.list_id, int(each.kind in WIDE), int(each.kind == "converted")) for each in files],
    )
    store.temporary(
        "suppression_doubt",
        "addressee_id bigint, file_id bigint, on_date text, first_name text, generation text, their_first text, "
        "their_generation text, wide integer",
    )
    levels = sorted({each.level for each in files})
    for probe in sorted({_PROBES[level] for level in levels}):
        _fill(store, probe, listed)
        for level in levels:
            if _PROBES[level] == probe:
                _probe(store, level, probe, mail_date, days)
        _drop(store, probe)
    store.load("suppression_met", ("addressee_id", "file_id", "on_date"), _same_people(store))
    _drop(store, "suppression_doubt", "suppressing")


def _fill(store: Store, probe: str, listed: str) -> None:
    """Make the keys that a level is probed with, in their order."""
    store.temporary("probe_loose", "key bigint, addressee_id bigint")
    if probe == "probe_id":
        store.load("probe_loose", ("key", "addressee_id"), _id_keys(store, listed))
    else:
        one, other = _COLUMNS[probe]
        for column, where in ((one, f"m.{one} <> 0"), (other, f"m.{other} NOT IN (0, m.{one})")):
            store.run(
                f"""INSERT INTO probe_loose SELECT m.{column}, m.addressee_id
                FROM match_key m JOIN addressee a ON a.id = m.addressee_id WHERE a.list_id IN ({listed}) AND {where}"""
            )
    if probe == "probe_home":
        store.load("probe_loose", ("key", "addressee_id"), _earlier_keys(store, listed))
    store.temporary(probe, "key bigint, addressee_id bigint")
    store.run(f"INSERT INTO {probe} SELECT key, addressee_id FROM probe_loose ORDER BY key")
    _drop(store, "probe_loose")
    if store.postgres:
        store.run(f"ANALYZE {probe}")


def _probe(store: Store, level: str, probe: str, mail_date: date, days: int) -> None:
    """Hold one level's keys against the files: who is plainly named is met, who may be is in doubt."""
    values = {"level": level, "after": (mail_date - timedelta(days=days)).isoformat(), "until": mail_date.isoformat()}
    found = """FROM {probe} p CROSS JOIN suppression_key s CROSS JOIN suppressing f CROSS JOIN addressee a {names}
        WHERE s.level = :level AND s.key = p.key AND f.file_id = s.file_id AND a.id = p.addressee_id
        AND (f.list_id IS NULL OR f.list_id = a.list_id)
        AND (f.dated = 0 OR (s.on_date > :after AND s.on_date <= :until)) {which}"""
    if level != "individual":
        store.run(
            f"""INSERT INTO suppression_met SELECT p.addressee_id, s.file_id, s.on_date
            {found.format(probe=probe, names="", which="")}""",
            **values,
        )
        return
    store.run(
        f"""INSERT INTO suppression_doubt SELECT p.addressee_id, s.file_id, s.on_date, m.first_name, m.generation,
        s.first_name, s.generation, f.wide {
            found.format(
                probe=probe,
                names="CROSS JOIN match_key m",
                which="AND m.addressee_id = p.addressee_id "
                "AND (m.generation = s.generation OR m.generation = '' OR s.generation = '')",
            )
        }""",
        **values,
    )
    store.run(
        """INSERT INTO suppression_met SELECT addressee_id, file_id, on_date FROM suppression_doubt
        WHERE first_name = their_first"""
    )


def _same_people(store: Store) -> Iterator[Row]:
    """Yield those in doubt who are one person: another form of the first name, an initial, or none at all."""
    with streamed(
        store,
        """SELECT addressee_id, file_id, on_date, first_name, generation, their_first, their_generation, wide
        FROM suppression_doubt WHERE first_name <> their_first""",
    ) as rows:
        for *met, first_name, generation, their_first, their_generation, wide in rows:
            if same_person((first_name, generation), (their_first, their_generation), wide=bool(wide)):
                yield tuple(met)


def _id_keys(store: Store, listed: str) -> Iterator[Row]:
    with streamed(store, f"SELECT record_id, id FROM addressee WHERE list_id IN ({listed})") as rows:
        while chunk := list(islice(rows, CHUNK)):
            yield from ((id_key(record_id), number) for record_id, number in chunk)


def _earlier_keys(store: Store, listed: str) -> Iterator[Row]:
    """Yield the keys of the households that movers belonged to before: of each the last few addresses.

    Whoever has not moved costs nothing here, and a move no more than a few keys, however long its history is.
    """
    with streamed(
        store,
        f"""SELECT a.id, {parts_of("f")}
        FROM addressee a CROSS JOIN change c CROSS JOIN address f CROSS JOIN address d
        WHERE a.list_id IN ({listed}) AND a.move_month <> '' AND c.addressee_id = a.id AND c.turned
        AND c.undone_at IS NULL AND c.from_address_id <> c.to_address_id AND c.kind IN ('moved', 'client')
        AND f.id = c.from_address_id AND d.id = a.address_id AND f.place_id <> d.place_id ORDER BY a.id, c.id DESC""",
    ) as rows:
        of, seen = 0, 0
        for addressee_id, *parts in rows:
            of, seen = addressee_id, seen + 1 if addressee_id == of else 1
            if seen > EARLIER:
                continue
            made = keys_of(*parts)
            yield from ((key, addressee_id) for key in {made.household, made.home} if key)


def _drop(store: Store, *tables: str) -> None:
    for table in tables:
        store.run(f"DROP TABLE {'pg_temp' if store.postgres else 'temp'}.{table}")
