"""What Move Update may cost: an estimate, month by month, of pieces mailed to an address that had been left.

The USPS counts a piece whose address was moved from, by a change of address between 95 days and 18 months old,
against all pieces of the month of whoever submits the mailing: the bureau, for all clients together (USPS Publication
685, chapter 3). What we can count is what came to our own ears: notices and NCOALink answers, before the mailing or
after it. A move that nobody has told us of is not in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from daemon.care.cycles import MOVE_UPDATE_DAYS, OUTSIDE_MOVE_UPDATE
from daemon.costs.notices import Mailed
from daemon.costs.prices import Prices
from daemon.db import Store
from daemon.returns.report import dollars
from schemas.prices import MOVE_UPDATE_THRESHOLD

OLDEST_DAYS: Final = 548  # 18 months: an older move is no error
_TOLD: Final = ("moved", "suppressed", "held", "review")  # outcomes of a notice that was about the address on file


class _Error(NamedTuple):
    drop_id: int
    known: bool  # told to us before the piece was mailed


def move_update(store: Store, prices: Prices, mailed: Iterable[Mailed], clients: dict[int, str]) -> dict[str, Any]:
    """Return the estimate for these drops: the whole bureau by month, and each client's part of it.

    ``{"months": [{"month", "pieces", "known", "found_later", "errors", "percent", "allowed", "over", "price",
    "assessment", "clients"}], "threshold_percent", "why"}``. ``known`` had been told before the day of mailing and was
    not applied; ``found_later`` was told afterwards. ``percent`` is rounded down to a thousandth; ``assessment`` is
    None where no price is known. ``why`` says why there are no months.
    """
    drops = [each for each in mailed if each.mail_class not in OUTSIDE_MOVE_UPDATE]
    errors = Counter(_errors(store, drops))
    months: dict[str, list[Mailed]] = {}
    for each in drops:
        months.setdefault(each.mailed_on[:7], []).append(each)
    return {
        "threshold_percent": f"{MOVE_UPDATE_THRESHOLD * 100:.1f}",
        "months": [_month(month, of, errors, prices, clients) for month, of in sorted(months.items())],
        "why": None if months else "no drop that Move Update is about was mailed in these days",
    }


def _month(
    month: str, mailed: list[Mailed], errors: Counter[tuple[int, _Error]], prices: Prices, clients: dict[int, str]
) -> dict[str, Any]:
    pieces, known, later = Counter[str](), Counter[str](), Counter[str]()
    for each in mailed:
        client = clients.get(each.list_id, "")
        pieces[client] += each.pieces
        known[client] += errors[each.list_id, _Error(each.drop_id, True)]
        later[client] += errors[each.list_id, _Error(each.drop_id, False)]
    total, found = pieces.total(), known.total() + later.total()
    allowed = int(total * MOVE_UPDATE_THRESHOLD)
    over = max(0, found - allowed)
    price = prices.find("move_update_assessment", max(each.mailed_on for each in mailed))
    return {
        "month": month,
        "pieces": total,
        "known": known.total(),
        "found_later": later.total(),
        "errors": found,
        "percent": f"{found * 100_000 // total / 1000:.3f}" if total else "0.000",
        "allowed": allowed,
        "over": over,
        "price": price.told() if price else None,
        "assessment": dollars(over * price.mills) if price else None,
        "clients": [
            {"client": client, "pieces": count, "known": known[client], "found_later": later[client]}
            for client, count in sorted(pieces.items())
        ],
    }


def _errors(store: Store, drops: list[Mailed]) -> list[tuple[int, _Error]]:
    """Return the pieces of these drops that went to an address left 95 days to 18 months before, one a piece."""
    if not drops:
        return []
    store.temporary("costs_mailed", "drop_id integer PRIMARY KEY, mailed_on text, oldest text, newest text")
    days = {each.drop_id: each.mailed_on for each in drops}
    store.load(
        "costs_mailed",
        ("drop_id", "mailed_on", "oldest", "newest"),
        [(number, day, _before(day, OLDEST_DAYS), _before(day, MOVE_UPDATE_DAYS)) for number, day in days.items()],
    )
    outcomes = ", ".join(f"'{outcome}'" for outcome in _TOLD)
    # A move of which only the month is known counts from its first day.
    rows = store.rows(
        f"""SELECT r.list_id, m.drop_id, max(CASE WHEN substr(b.applied_at, 1, 10) < m.mailed_on THEN 1 ELSE 0 END)
        FROM decision d CROSS JOIN costs_mailed m CROSS JOIN drop_row r CROSS JOIN batch b CROSS JOIN address was
        CROSS JOIN address printed
        WHERE d.kind IN ('coa', 'ncoa') AND d.move_date <> '' AND d.outcome IN ({outcomes})
        AND substr(d.move_date || '-01', 1, 10) BETWEEN m.oldest AND m.newest
        AND r.drop_id = m.drop_id AND r.addressee_id = d.addressee_id AND r.disposition = 'mailable'
        AND b.id = d.batch_id AND b.status = 'applied'
        AND was.id = d.address_id AND printed.id = r.address_id AND was.place_id = printed.place_id
        GROUP BY r.list_id, m.drop_id, r.addressee_id"""
    )
    return [(list_id, _Error(drop_id, bool(known))) for list_id, drop_id, known in rows]


def _before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
