"""What each endorsement of a class comes to for one list: what it brings back, what it loses, what it costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from daemon.costs.history import History
from daemon.costs.prices import Priced, Prices
from daemon.costs.sums import item_of
from daemon.lists.known import Known
from schemas.endorsements import Fate, Service
from schemas.prices import ITEMS, weighted_fee

NOTICES: Final = frozenset(item for item in ITEMS if item.startswith("acs_"))


@dataclass(slots=True)
class Option:
    """One endorsement, figured for one list. Amounts are mills for each piece mailed."""

    service: Service
    fees: Fraction = Fraction(0)
    lost: Fraction = Fraction(0)  # pieces that reach nobody although their addressee is known to have moved lately
    unlearned: Fraction = Fraction(0)  # records that stay wrong, so that the next piece is lost as well
    forwarded: Fraction = Fraction(0)
    electronic: Fraction = Fraction(0)
    on_paper: Fraction = Fraction(0)
    unpriced: set[str] = field(default_factory=set)  # items without any price
    unfigured: bool = False  # it pays for returns of which nothing is known or assumed
    historical: set[str] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Say whether it costs no more than it is figured to."""
        return not (self.unpriced or self.unfigured)

    @property
    def told_of(self) -> Fraction:
        """Return for how many pieces the mailer learns something."""
        return self.electronic + self.on_paper

    def net(self, piece: int | None) -> Fraction:
        """Return fees, and the pieces that are lost now and the next time, at the price of one piece."""
        return self.fees + (self.lost + self.unlearned) * (piece or 0)


class Desk:
    """What an endorsement costs one list at today's prices."""

    def __init__(self, prices: Prices, known: Known, today: str) -> None:
        """Take the table, the list, and the day whose prices count."""
        self._prices = prices
        self._known = known
        self._today = today
        full = known.kind == "mailer" and known.full_service
        self.acs = "full-service" if full else "onecode" if known.kind == "mailer" else "traditional"

    def find(self, item: str) -> Priced | None:
        """Return the price of an item for this list."""
        return self._prices.find(item, self._today, self._known.mail_class)

    def price(self, item: str) -> int | None:
        """Return what an item costs this list, in mills."""
        found = self.find(item)
        return found.mills if found else None

    def figure(self, service: Service, history: History) -> Option:
        """Return what an endorsement comes to at the rates of a history."""
        option = Option(service)
        for at, (fate, rate) in enumerate(zip(service.fates, history.rates, strict=True)):
            if history.assumed and not rate:
                option.unpriced.update(item for item in self._items(fate) if self.find(item) is None)
                option.unfigured |= any(item not in NOTICES for item in self._items(fate))
            elif rate:
                self._add(option, fate, rate, movable=at == 0)
        return option

    def _add(self, option: Option, fate: Fate, rate: Fraction, *, movable: bool) -> None:
        for item in self._items(fate):
            found = self.find(item)
            if found is None:
                option.unpriced.add(item)
                continue
            if found.historical:
                option.historical.add(item)
            weighted = item == "single_piece" and "weighted" in fate.fees
            option.fees += rate * (weighted_fee(found.mills) if weighted else found.mills)
        if fate.piece == "forwarded":
            option.forwarded += rate
        elif movable:
            option.lost += rate
        if not fate.tells:
            option.unlearned += rate
        elif fate.on_paper:
            option.on_paper += rate
        else:
            option.electronic += rate

    def _items(self, fate: Fate) -> list[str]:
        items = []
        for fee in fate.fees:
            if fee == "notice":
                kind = "coa" if fate.tells == "address" else "nixie"
                items.append(item_of(kind, self._known.kind, self._known.full_service))
            else:
                items.append("single_piece" if fee == "weighted" else fee)
        return [*items, "hand_entry"] if fate.on_paper else items


def best_of(options: list[Option], piece: int | None, chosen: Option | None = None) -> Option | None:
    """Return the option of the lowest net, of those that are figured whole; None where there is none.

    Of two that cost the same it is the one that the list has, else the one that tells more of what may come back
    electronically.
    """
    known = [option for option in options if option.complete]
    if piece is None or not known:
        return None
    return min(known, key=lambda option: (option.net(piece), option is not chosen, -_electronic(option.service)))


def _electronic(service: Service) -> int:
    return sum(bool(fate.tells) and not fate.on_paper for fate in service.fates)
