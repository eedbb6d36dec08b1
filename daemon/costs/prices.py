"""The price table: what the operator has entered, before the historical rows that ship."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from daemon.db import Store, reading, writing
from daemon.errors import UsageError
from daemon.returns.report import dollars
from daemon.wiring import House
from schemas.prices import CLASSES, ITEMS, SHIPPED, base_of

HIGHEST: Final = 1_000_000_000  # mills: a million dollars for one thing is a slip of the hand


class Priced(NamedTuple):
    """One row of the table."""

    item: str  # with ":class" where it is of one class of mail
    from_date: str  # as exactly as the source has it; "" where it has no first day
    mills: int
    source: str
    note: str = ""
    until: str = ""
    entered: bool = True  # by the operator; False where it ships
    historical: bool = False  # not known to hold today
    counts: bool = True  # False where no day is known on which it held

    def told(self) -> dict[str, Any]:
        """Return it as the reports list it."""
        return {
            "item": self.item,
            "price": money(self.mills),
            "from": self.from_date or None,
            "source": self.source,
            "historical": self.historical,
        }

    def held_on(self, day: str) -> bool:
        """Say whether it may have been in force on a day."""
        return self.counts and self.from_date <= day and (not self.until or day <= self.until)


_SHIPPED: Final = tuple(
    Priced(row.item, row.from_date, row.mills, row.source, row.note, row.until, False, row.historical, row.counts)
    for row in SHIPPED
)


class Prices:
    """The whole table, read once. It remembers which prices were asked for, found or not."""

    def __init__(self, entered: Iterable[tuple[str, str, int, str, str]]) -> None:
        """Take the operator's rows: item, first day, mills, source, note; the later entered last."""
        self.rows: tuple[Priced, ...] = (*_SHIPPED, *(Priced(*row) for row in entered))
        self._of: dict[str, list[Priced]] = {}
        for row in self.rows:
            self._of.setdefault(row.item, []).append(row)
        self._found: dict[tuple[str, str, str], Priced | None] = {}
        self.used: set[Priced] = set()
        self.missing: set[str] = set()

    @classmethod
    def of(cls, store: Store) -> Prices:
        """Read the table."""
        return cls(store.all("SELECT item, from_date, mills, source, note FROM price ORDER BY id"))

    def look_up(self, item: str, on: str) -> Priced | None:
        """Return the newest row of exactly this item whose first day is not after the day; the operator's first.

        Of two of the operator's for one day the one entered later.
        """
        held = [(row.entered, row.from_date, at) for at, row in enumerate(self._of.get(item, ())) if row.held_on(on)]
        return self._of[item][max(held)[-1]] if held else None

    def find(self, item: str, on: str, mail_class: str = "") -> Priced | None:
        """Return the price of an item for a class of mail on a day, None where no price is known.

        The operator's word goes before a row that ships, and the price of the class before the general one.
        """
        asked = (item, on, mail_class)
        if asked not in self._found:
            self._found[asked] = self._find(item, on, mail_class)
        return self._found[asked]

    def _find(self, item: str, on: str, mail_class: str) -> Priced | None:
        names = [f"{item}:{mail_class}", item] if mail_class else [item]
        found = [row for row in (self.look_up(name, on) for name in names) if row is not None]
        if not found:
            self.missing.add(item)
            return None
        best = next((row for row in found if row.entered), found[0])
        self.used.add(best)
        return best

    def told(self) -> dict[str, Any]:
        """Return which prices were counted with, and what to enter where there was none."""
        return {
            "prices": [row.told() for row in sorted(self.used)],
            "missing_prices": [{"item": item, "enter": how_to_enter(item)} for item in sorted(self.missing)],
        }


def price_of(store: Store, item: str, on: str) -> int | None:
    """Return what an item costs on a day (YYYY-MM-DD), in mills; None where no price is known.

    The newest row whose first day is not after the day; the operator's before the historical ones that ship.
    """
    found = Prices.of(store).look_up(item, on)
    return found.mills if found else None


def how_to_enter(item: str) -> str:
    """Return the command that enters the price of an item."""
    return f"listkeeper price add {item} --from DATE --price PRICE"


def money(mills: int) -> str:
    """Return a price as dollars, with the tenth of a cent where it has one.

    >>> money(210), money(2), money(65)
    ('0.21', '0.002', '0.065')
    """
    return f"{dollars(mills)}" if mills % 10 == 0 else f"{mills // 1000}.{mills % 1000:03d}"


def add_price(house: House, item: str, *, from_date: str, price: str, source: str = "") -> dict[str, Any]:
    """Enter what an item costs from a day on; return the row, and what it takes the place of.

    A second price of one item and day goes before the first; nothing is deleted.

    Args:
        item: one of `schemas.prices.ITEMS`, with ``:class`` where it holds for one class of mail.
        price: dollars, with at most three decimals.

    Raises:
        UsageError: no such item or class, no date, or no price.
    """
    _check_item(item)
    try:
        day = date.fromisoformat(from_date).isoformat()
    except ValueError:
        raise UsageError(f"--from: {from_date!r} is no date; write it as YYYY-MM-DD") from None
    mills = _mills(price)
    with writing(house.engine) as store:
        before = Prices.of(store).look_up(item, day)
        store.run(
            "INSERT INTO price (item, from_date, mills, source, note) VALUES (:item, :day, :mills, :source, '')",
            item=item,
            day=day,
            mills=mills,
            source=source.strip() or "the operator",
        )
    return {
        "item": item,
        "what": ITEMS[base_of(item)],
        "from": day,
        "price": money(mills),
        "source": source.strip() or "the operator",
        "instead_of": before.told() if before else None,
    }


def _check_item(item: str) -> None:
    base, colon, mail_class = item.partition(":")
    if base not in ITEMS:
        raise UsageError(f"there is no item {item!r}; `listkeeper price list` shows them")
    if colon and mail_class not in CLASSES:
        raise UsageError(f"{item!r}: the class after the colon is one of {', '.join(CLASSES)}")


def _mills(price: str) -> int:
    try:
        amount = Decimal(price.strip().removeprefix("$"))
    except InvalidOperation:
        raise UsageError(f"--price: {price!r} is no amount; write dollars, like 0.42") from None
    mills = amount * 1000
    if not amount.is_finite() or amount < 0 or mills != mills.to_integral_value() or mills > HIGHEST:
        raise UsageError(f"--price: {price!r} is no price; write dollars with at most three decimals, like 0.42")
    return int(mills)


def list_prices(house: House) -> dict[str, Any]:
    """Return the whole table, by item and first day, and which row of each item is in force today.

    ``{"today", "prices": [{"item", "what", "from", "until", "price", "source", "note", "entered", "historical",
    "in_force"}], "missing": [{"item", "what", "enter"}]}``. ``missing`` has the items without a present price: none
    at all, or only a historical one.
    """
    today = house.today()
    with reading(house.engine) as store:
        table = Prices.of(store)
    order = list(ITEMS)
    rows = sorted(table.rows, key=lambda row: (order.index(base_of(row.item)), row.item, row.entered, row.from_date))
    in_force = [row for row in rows if row is table.look_up(row.item, today)]
    present = {base_of(row.item) for row in in_force if not row.historical}
    missing = [
        {"item": item, "what": what, "enter": how_to_enter(item)} for item, what in ITEMS.items() if item not in present
    ]
    told = [
        {
            **row.told(),
            "what": ITEMS[base_of(row.item)],
            "until": row.until or None,
            "note": row.note,
            "entered": row.entered,
            "in_force": any(row is each for each in in_force),
        }
        for row in rows
    ]
    return {"today": today, "prices": told, "missing": missing}
