"""What has come back of one list's mail: by what became of its people, for each thousand pieces."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final, NamedTuple

from daemon.costs.notices import DAY_OF_FILE, labels_written, mailed_drops
from daemon.db import Store
from daemon.lists.known import Known
from schemas.endorsements import Periods, Service

FEW_PIECES: Final = 500
FEW_RETURNS: Final = 20
# Where a list has no history: the middle of the 11 to 14 % of records that have moved in a year. Nothing is known of
# older moves and of nixies then.
MOVED_PERCENT: Final = (11, 14)
MOVED_SOURCE: Final = "trade article on seven steps before a drop, undated: 11-14 % of records have moved"

Rates = tuple[Fraction, Fraction, Fraction]  # returns for each piece mailed, by period


class History(NamedTuple):
    """What is known of one list's mail."""

    pieces: int
    counts: tuple[int, int, int]  # notices, by period
    temporary: int  # away for a time: nothing to correct
    rates: Rates
    assumed: bool  # too little history: the article's share of movers instead
    why: str | None
    unseen: tuple[str, ...]  # periods of which the present endorsement brings nothing back

    def told(self, periods: Periods) -> dict[str, Any]:
        """Return it as the advice has it. Rates are by the thousand pieces, with one decimal."""
        return {
            "pieces": self.pieces,
            "notices": sum(self.counts) + self.temporary,
            "temporarily_away": self.temporary,
            "periods": [
                {"period": name, "notices": count, "per_thousand": per_thousand(rate)}
                for name, count, rate in zip(periods.names, self.counts, self.rates, strict=True)
            ],
            "enough": not self.assumed,
            "assumed": {"source": MOVED_SOURCE, "percent": list(MOVED_PERCENT)} if self.assumed else None,
            "why": self.why,
            "unseen": list(self.unseen),
        }


def per_thousand(rate: Fraction) -> str:
    """Return a rate by the thousand with one decimal; a half goes to the even side.

    >>> per_thousand(Fraction(1, 80))
    '12.5'
    """
    tenths = round(rate * 10_000)
    return f"{tenths // 10}.{tenths % 10}"


def history_of(store: Store, known: Known, periods: Periods, service: Service | None) -> History:
    """Return what has come back of a list's mail, from the batches that stand.

    A move without a new address, and a nixie, stand in the last period. The age of a move is counted in calendar
    months, from the month of the move to that of the notice. Under 500 pieces or 20 returns the rates are those of the
    article, and `assumed` says so.
    """
    pieces = sum(each.pieces for each in mailed_drops(store) if each.list_id == known.id)
    pieces += labels_written(store, "0000-01-01", "9999-12-31").get(known.id, 0)
    counts, temporary = _counts(store, known, periods)
    why = _too_little(pieces, sum(counts))
    rates = tuple(Fraction(count, pieces) for count in counts) if why is None else _assumed()
    unseen = () if service is None or why else _unseen(service, periods)
    return History(pieces, counts, temporary, (rates[0], rates[1], rates[2]), why is not None, why, unseen)


def _too_little(pieces: int, returns: int) -> str | None:
    if pieces < FEW_PIECES:
        return f"{pieces:,} pieces mailed; {FEW_PIECES} are needed to say what comes back"
    if returns < FEW_RETURNS:
        return f"{returns} of {pieces:,} pieces came back; {FEW_RETURNS} are needed to say what comes back"
    return None


def _assumed() -> Rates:
    return Fraction(sum(MOVED_PERCENT), 200), Fraction(0), Fraction(0)


def _unseen(service: Service, periods: Periods) -> tuple[str, ...]:
    return tuple(name for name, fate in zip(periods.names, service.fates, strict=True) if not fate.tells)


def _counts(store: Store, known: Known, periods: Periods) -> tuple[tuple[int, int, int], int]:
    day = f"CASE WHEN d.fulfilled <> '' THEN d.fulfilled ELSE {DAY_OF_FILE} END"
    rows = store.rows(
        f"""SELECT kind, code, move, day, count(*) FROM
        (SELECT d.kind, d.code, substr(d.move_date, 1, 7) AS move, substr({day}, 1, 7) AS day
        FROM batch b CROSS JOIN decision d WHERE b.status = 'applied' AND b.kind IN ('acs', 'paper')
        AND d.id BETWEEN b.first_decision AND b.last_decision AND d.batch_id = b.id
        AND d.list_id = :list AND NOT d.answered AND d.kind IN ('coa', 'nixie')) each_notice GROUP BY 1, 2, 3, 4""",
        list=known.id,
    )
    counts, temporary = [0, 0, 0], 0
    for kind, code, move, month, count in rows:
        if code == "W":
            temporary += count
        else:
            counts[_period(kind, code, move, month, periods)] += count
    return (counts[0], counts[1], counts[2]), temporary


def _period(kind: str, code: str, move: str, month: str, periods: Periods) -> int:
    if kind == "nixie" or code:
        return 2
    if len(move) < 7 or len(month) < 7:
        return 0
    age = 12 * int(month[:4]) + int(month[5:7]) - 12 * int(move[:4]) - int(move[5:7])
    if periods.third is not None and age >= periods.third:
        return 2
    return 0 if age < periods.second else 1
