"""Adding up: what notices came, how, and what they cost. Money is whole mills until it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, NamedTuple

from daemon.costs.notices import Group
from daemon.costs.prices import Prices
from daemon.returns.report import PILES, dollars


@dataclass(slots=True)
class Sum:
    """The notices of a list, a drop, a client or all of them."""

    kinds: Counter[str] = field(default_factory=Counter)
    codes: Counter[tuple[str, str]] = field(default_factory=Counter)
    piles: Counter[str] = field(default_factory=Counter)
    electronic: int = 0
    counted: int = 0  # as the files say
    estimated: int = 0  # by the price table, for files that do not say
    from_table: int = 0  # notices that are in `estimated`
    unpriced: int = 0  # notices that neither says the price of
    paper: int = 0
    paper_cost: int = 0
    paper_unpriced: int = 0
    by_hand: int = 0  # what the electronic ones would have cost on paper
    by_hand_unpriced: int = 0

    @property
    def notices(self) -> int:
        """Return how many there are, whatever became of them."""
        return self.kinds.total()

    @property
    def cost(self) -> int:
        """Return what they cost, as far as a price is known."""
        return self.counted + self.estimated + self.paper_cost

    def add(self, group: Group, priced: Cost) -> None:
        """Put notices that are alike on their piles, with their cost."""
        self.kinds[group.kind] += group.notices
        self.codes[group.kind, group.code] += group.notices
        self.piles[group.outcome] += group.notices
        if group.file.kind == "paper":
            self.paper += group.notices
            self.paper_cost += priced.said + priced.table
            self.paper_unpriced += priced.unpriced
            return
        self.electronic += group.notices
        self.counted += priced.said
        self.estimated += priced.table
        self.from_table += priced.from_table
        self.unpriced += priced.unpriced
        self.by_hand += priced.by_hand or 0
        self.by_hand_unpriced += group.notices if priced.by_hand is None else 0

    def merge(self, part: Sum) -> None:
        """Add another sum to this one."""
        for each in fields(self):
            value = getattr(part, each.name)
            if isinstance(value, Counter):
                getattr(self, each.name).update(value)
            else:
                setattr(self, each.name, getattr(self, each.name) + value)

    def told(self) -> dict[str, Any]:
        """Return it as the report has it; the counts of each kind, of each code and of each pile add up to the notices.

        A cost that is not known whole is told as far as it is known; ``unpriced`` says how many notices are not in it.
        ``by_hand`` and ``saved`` are None where a price is missing.
        """
        whole = not (self.by_hand_unpriced or self.unpriced)
        electronic = self.counted + self.estimated
        return {
            "notices": self.notices,
            "kinds": {"coa": self.kinds["coa"], "nixie": self.kinds["nixie"], "unread": self.kinds[""]},
            "codes": [
                {"kind": kind or "unread", "code": code, "notices": count}
                for (kind, code), count in sorted(self.codes.items())
            ],
            "piles": {pile: self.piles[pile] for pile in PILES},
            "electronic": {
                "notices": self.electronic,
                "counted": dollars(self.counted),
                "by_price_table": dollars(self.estimated),
                "priced_by_table": self.from_table,
                "unpriced": self.unpriced,
                "cost": dollars(electronic),
                "by_hand": None if self.by_hand_unpriced else dollars(self.by_hand),
                "saved": signed(self.by_hand - electronic) if whole else None,
            },
            "paper": {
                "notices": self.paper,
                "cost": dollars(self.paper_cost),
                "unpriced": self.paper_unpriced,
            },
            "cost": dollars(self.cost),
        }


@dataclass(frozen=True, slots=True)
class Cost:
    """What one group of notices costs, in mills, and where that is known from."""

    said: int  # by the records themselves
    table: int  # by the price table
    from_table: int  # notices
    unpriced: int  # notices
    by_hand: int | None  # the same on paper; None where no price is known


class Account(NamedTuple):
    """An account, as far as it says what a notice costs and whose it is."""

    kind: str = ""  # participant | mailer
    full_service: bool = False
    mail_class: str = ""  # that of its lists, where they have one in common
    client: str = ""  # likewise


class Pricing:
    """What groups cost: as their file says, else by the price table of the file's day."""

    def __init__(self, prices: Prices, accounts: Mapping[str, Account], classes: Mapping[int, str]) -> None:
        """Take the table, the accounts by code, and each list's class of mail."""
        self._prices = prices
        self._accounts = accounts
        self._classes = classes

    def of(self, group: Group) -> Cost:
        """Return what a group costs."""
        account = self._accounts.get(group.account, Account())
        mail_class = self._classes.get(group.list_id or 0, account.mail_class)
        day, count = group.file.day, group.notices
        hand = self._prices.find("manual_notice", day, mail_class)
        by_hand = None if hand is None else hand.mills * count
        if group.mills or (group.file.kind == "acs" and group.file.has_fees):
            return Cost(group.mills, 0, 0, 0, by_hand)
        item = item_of(group.kind, account.kind, account.full_service)
        price = hand if group.file.kind == "paper" else self._prices.find(item, day, mail_class)
        if price is None:
            return Cost(0, 0, 0, count, by_hand)
        return Cost(0, price.mills * count, count, 0, by_hand)


def item_of(kind: str, account_kind: str, full_service: bool) -> str:
    """Return the item of the price table that an electronic notice is.

    >>> item_of("nixie", "participant", False), item_of("coa", "mailer", True)
    ('acs_traditional_nixie', 'acs_full_service')
    """
    if full_service:
        return "acs_full_service"
    return f"acs_{'onecode' if account_kind == 'mailer' else 'traditional'}_{'nixie' if kind == 'nixie' else 'coa'}"


def signed(mills: Fraction | int) -> str:
    """Return mills, whole or a part of one, as dollars and cents, below zero too; a half cent goes to the even side.

    It is rounded once: `dollars` would round what is rounded to mills already.

    >>> signed(-1500), signed(Fraction(3456, 100)), signed(Fraction(0))
    ('-1.50', '0.03', '0.00')
    """
    cents = round(Fraction(mills) / 10)
    sign, cents = "-" if cents < 0 else "", abs(cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"
