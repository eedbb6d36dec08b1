"""What takes a record out of a drop after the gates: suppression files, what was mailed or bought of late, duplicates.

A step takes out only who is still in; whom it would have taken besides is noted with the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from typing import Final

from daemon.db import Row, Store
from daemon.drop.keys import same_person
from daemon.drop.state import Drop

SAME_OFFER_DAYS: Final = 30
CONVERTED_DAYS: Final = 90
KINDS: Final = ("preference", "deceased", "prison", "prohibitory", "client")  # in this order a layer owns a record
_FULLNESS: Final = " + ".join(
    f"CASE WHEN {name} <> '' THEN 1 ELSE 0 END"
    for name in (
        *("a.name_prefix", "a.first_name", "a.middle_name", "a.last_name", "a.name_suffix", "a.company"),
        *("d.address2", "d.zip4", "d.delivery_point"),
    )
)


def take_out(store: Store, step: str, hits: Iterable[Row], disposition: str = "suppressed") -> dict[str, int]:
    """Take out whom a step has met, (addressee, reason) in the order of the addressees; return gross hits by reason.

    The first reason of an addressee owns it; the others, and all where an earlier step owns it, are noted.
    """
    gross: dict[str, int] = {}
    store.temporary("met", "addressee_id bigint PRIMARY KEY, reason text, others text")

    def rows() -> Iterator[Row]:
        for addressee_id, of_one in groupby(hits, lambda hit: hit[0]):
            reasons = list(dict.fromkeys(reason for _id, reason in of_one))
            for reason in reasons:
                gross[reason] = gross.get(reason, 0) + 1
            yield addressee_id, reasons[0], " ".join(reasons[1:])

    if store.load("met", ("addressee_id", "reason", "others"), rows()):
        met = "addressee_id IN (SELECT addressee_id FROM met) AND reason <> 'seed'"
        of_met = "(SELECT {} FROM met WHERE met.addressee_id = checking.addressee_id)"
        both = of_met.format("met.reason || ' ' || met.others")
        store.run(f"UPDATE checking SET also = trim(also || ' ' || {both}) WHERE step <> '' AND {met}")
        store.run(
            f"""UPDATE checking SET step = :step, disposition = :disposition, reason = {of_met.format("met.reason")},
            also = {of_met.format("met.others")} WHERE step = '' AND {met}""",
            step=step,
            disposition=disposition,
        )
    return gross


def suppressed(store: Store) -> Iterator[tuple[int, str]]:
    """Yield whom the suppression files name, each kind once, the kinds in their order."""
    order = " ".join(f"WHEN '{kind}' THEN {place}" for place, kind in enumerate(KINDS))
    for addressee_id, kind, _place in store.rows(
        f"""SELECT DISTINCT s.addressee_id, s.kind, CASE s.kind {order} ELSE 9 END FROM suppressed s
        JOIN checking k ON k.addressee_id = s.addressee_id ORDER BY 1, 3"""
    ):
        yield addressee_id, kind


def nearly(store: Store, verdict: str) -> Iterator[Row]:
    """Yield whom the second tier has found: to be removed, with the kind; or to be held until somebody has looked."""
    reason = "kind" if verdict == "remove" else "'suppression_review'"
    yield from store.rows(
        f"SELECT addressee_id, {reason} FROM nearly WHERE verdict = :verdict ORDER BY addressee_id", verdict=verdict
    )


def bought_or_mailed(store: Store, drop: Drop) -> Iterator[Row]:
    """Yield who has converted of late, and who was mailed the same offer: of one household, or one person."""
    _mailed_of_late(store, drop)
    yield from store.rows(
        """SELECT addressee_id, reason FROM (
        SELECT c.addressee_id, 'converted' AS reason FROM converted_hit c
        JOIN checking k ON k.addressee_id = c.addressee_id
        UNION SELECT addressee_id, 'same_offer' FROM mailed_of_late) AS met ORDER BY addressee_id, reason"""
    )


def _mailed_of_late(store: Store, drop: Drop) -> None:
    """Fill ``mailed_of_late`` from our own drops of the same client and offer, fewer than 30 days before."""
    store.temporary("mailed_of_late", "addressee_id bigint PRIMARY KEY")
    first = (drop.day - timedelta(days=SAME_OFFER_DAYS - 1)).isoformat()
    drops = store.all(
        """SELECT id FROM mail_drop WHERE client = :client AND offer = :offer AND state = 'mailed' AND id <> :drop
        AND mailed_on BETWEEN :first AND :day""",
        client=drop.client,
        offer=drop.offer,
        drop=drop.id,
        first=first,
        day=drop.mail_date,
    )
    if not drops:
        return
    of_drops = f"drop_id IN ({', '.join(str(number) for (number,) in drops)}) AND disposition = 'mailable'"
    store.run(
        f"""INSERT INTO mailed_of_late SELECT k.addressee_id FROM checking k
        WHERE k.addressee_id IN (SELECT addressee_id FROM drop_row WHERE {of_drops})"""
    )
    alike = "home_key" if drop.dedupe != "individual" else "home_key, first_name, generation"
    same = " AND ".join(f"m.{name} = w.{name}" for name in alike.split(", "))
    store.temporary("mailed_home", "home_key bigint, first_name text, generation text")
    store.run(
        f"""INSERT INTO mailed_home SELECT DISTINCT m.home_key, m.first_name, m.generation FROM match_key m
        WHERE m.home_key <> 0 AND m.addressee_id IN (SELECT addressee_id FROM drop_row WHERE {of_drops})"""
    )
    store.run("CREATE INDEX mailed_home_key ON mailed_home (home_key)")
    store.run(
        f"""INSERT INTO mailed_of_late SELECT k.addressee_id FROM checking k
        JOIN match_key m ON m.addressee_id = k.addressee_id
        WHERE EXISTS (SELECT 1 FROM mailed_home w WHERE {same})
        AND k.addressee_id NOT IN (SELECT addressee_id FROM mailed_of_late)"""
    )


def take_duplicates(store: Store, drop: Drop) -> int:
    """Take out every duplicate but its survivor; return how many.

    One of a household, or of a person: the first list given wins, then the address that was verified last, then the
    fuller record, then the lower record id.
    """
    if drop.dedupe == "none":
        return 0
    store.temporary("crowded", "home_key bigint PRIMARY KEY")
    store.run(
        """INSERT INTO crowded SELECT m.home_key FROM checking k JOIN match_key m ON m.addressee_id = k.addressee_id
        WHERE k.step = '' AND k.reason <> 'seed' AND m.home_key <> 0 GROUP BY m.home_key HAVING count(*) > 1"""
    )
    store.temporary("twin", "addressee_id bigint PRIMARY KEY, survivor_id bigint")
    found = store.load("twin", ("addressee_id", "survivor_id"), _twins(store, drop.dedupe))
    if found:
        store.run(
            """UPDATE checking SET step = 'dedupe', disposition = 'duplicate', reason = :level, survivor_id =
            (SELECT survivor_id FROM twin WHERE twin.addressee_id = checking.addressee_id)
            WHERE addressee_id IN (SELECT addressee_id FROM twin)""",
            level=drop.dedupe,
        )
    return found


def _twins(store: Store, level: str) -> Iterator[Row]:
    rows = store.rows(
        f"""SELECT m.home_key, k.addressee_id, m.first_name, m.generation FROM crowded w
        JOIN match_key m ON m.home_key = w.home_key JOIN checking k ON k.addressee_id = m.addressee_id
        JOIN addressee a ON a.id = k.addressee_id JOIN address d ON d.id = k.address_id
        WHERE k.step = '' AND k.reason <> 'seed'
        ORDER BY m.home_key, k.position, k.verified DESC, {_FULLNESS} DESC, a.record_id"""
    )
    for _home, of_home in groupby(rows, lambda row: row[0]):
        survivors: list[tuple[int, tuple[str, str]]] = []
        for _key, addressee_id, first_name, generation in of_home:
            person = (first_name, generation)
            for survivor, other in survivors:
                if level == "household" or same_person(person, other):
                    yield addressee_id, survivor
                    break
            else:
                survivors.append((addressee_id, person))
