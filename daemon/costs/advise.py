"""Which endorsement for a list: what each would bring back and cost, on this list's own return history."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from daemon.costs.figure import Desk, Option, best_of
from daemon.costs.history import History, history_of, per_thousand
from daemon.costs.prices import Prices, how_to_enter, money
from daemon.costs.sums import item_of, signed
from daemon.db import reading
from daemon.errors import UsageError
from daemon.lists.known import Known, find_list
from daemon.wiring import House
from schemas.endorsements import SERVICES, SOURCE, Periods, Service, periods_of, service_of
from schemas.prices import ITEMS


@dataclass(frozen=True, slots=True)
class _Case:
    """All that the advice is about."""

    known: Known
    periods: Periods
    history: History
    options: list[Option]
    chosen: Option | None  # the one that the list has
    best: Option | None
    piece: int | None  # mills

    def net(self, option: Option) -> Fraction:
        return option.net(self.piece)

    def of_list(self, each: Fraction) -> str:
        """Return mills for each piece as dollars for one mailing to the whole list."""
        return signed(each * self.known.size)


def advise(house: House, name: str) -> dict[str, Any]:
    """Return what each endorsement of the list's class would bring back and cost, and which one to choose.

    ``{"list", "client", "class", "account", "service", "size", "endorsement", "option", "chosen", "history", "options":
    [{"endorsement", "option", "name", "chosen", "recommended", "periods", "told_per_thousand",
    "electronic_per_thousand", "paper_per_thousand", "forwarded_per_thousand", "lost_per_thousand",
    "unlearned_per_thousand", "fees_per_thousand", "fees_for_list", "net_per_thousand", "net_for_list",
    "saving_of_chosen", "complete", "unpriced", "historical"}], "electronic_or_manual", "recommendation", "notes",
    "source", "prices", "missing_prices"}``.

    Money is text, for a thousand pieces or for one mailing to the whole list. Where ``complete`` is false a price is
    missing, or returns that cost something are not known, and every amount of the option is only what it costs at
    least. ``net`` adds to the fees the pieces that nobody gets: of addressees who moved within the first period and
    were not forwarded to, and once more, at the next mailing, of everyone of whom nothing is told.
    ``saving_of_chosen`` is how much more an option's net is, for the whole list, than that of the endorsement the list
    has; None where either is not complete.

    Raises:
        UsageError: no such list, or it has no class of mail.
    """
    today = house.today()
    with reading(house.engine) as store:
        known = find_list(store, name)
        if known.mail_class not in SERVICES:
            raise UsageError(
                f"list {name} has no class of mail, and each class has endorsements of its own; set it with "
                f"`listkeeper list change {name} --class CLASS`"
            )
        prices, periods = Prices.of(store), periods_of(known.mail_class)
        service = service_of(known.mail_class, known.endorsement, known.option)
        history = history_of(store, known, periods, service)
    desk = Desk(prices, known, today)
    options = [desk.figure(each, history) for each in SERVICES[known.mail_class]]
    piece = desk.price("piece")
    chosen = next((option for option in options if option.service == service), None)
    case = _Case(known, periods, history, options, chosen, best_of(options, piece, chosen), piece)
    return {
        "list": known.name,
        "client": known.client,
        "class": known.mail_class,
        "account": known.code,
        "service": desk.acs,
        "size": known.size,
        "endorsement": known.endorsement,
        "option": known.option,
        "chosen": _name(service) if service else None,
        "history": history.told(periods),
        "options": [_told(case, each) for each in options],
        "electronic_or_manual": _electronic_or_manual(case, desk),
        "recommendation": _recommendation(case),
        "notes": _notes(case, service),
        "source": SOURCE,
        **prices.told(),
    }


def _told(case: _Case, option: Option) -> dict[str, Any]:
    net, chosen, priced = case.net(option), case.chosen, case.piece is not None
    whole = priced and option.complete
    saving = case.net(option) - case.net(chosen) if whole and chosen and chosen.complete else None
    names = zip(case.periods.names, case.history.rates, option.service.fates, strict=True)
    return {
        "endorsement": option.service.endorsement,
        "option": option.service.option,
        "name": _name(option.service),
        "chosen": option is chosen,
        "recommended": option is case.best,
        "periods": [
            {
                "period": name,
                "per_thousand": per_thousand(rate),
                "piece": fate.piece,
                "tells": fate.tells or None,
                "by": ("piece" if fate.on_paper else "notice") if fate.tells else None,
                "fees": list(fate.fees),
            }
            for name, rate, fate in names
        ],
        "told_per_thousand": per_thousand(option.told_of),
        "electronic_per_thousand": per_thousand(option.electronic),
        "paper_per_thousand": per_thousand(option.on_paper),
        "forwarded_per_thousand": per_thousand(option.forwarded),
        "lost_per_thousand": per_thousand(option.lost),
        "unlearned_per_thousand": per_thousand(option.unlearned),
        "fees_per_thousand": _thousand(option.fees),
        "fees_for_list": case.of_list(option.fees),
        "net_per_thousand": _thousand(net) if priced else None,
        "net_for_list": case.of_list(net) if priced else None,
        "saving_of_chosen": None if saving is None else case.of_list(saving),
        "complete": option.complete,
        "unpriced": sorted(option.unpriced),
        "historical": sorted(option.historical),
    }


def _thousand(each: Fraction) -> str:
    return signed(each * 1000)


def _electronic_or_manual(case: _Case, desk: Desk) -> dict[str, Any] | None:
    """Return what the electronic notices of the list's endorsement, or else of the best one, would cost on paper."""
    option = case.chosen if case.chosen and case.chosen.electronic else case.best
    if option is None:
        return None
    known, rate = case.known, option.electronic
    electronic, manual = desk.find(item_of("coa", known.kind, known.full_service)), desk.find("manual_notice")
    saved = None
    if electronic is not None and manual is not None:
        saved = case.of_list(rate * (manual.mills - electronic.mills))
    return {
        "name": _name(option.service),
        "notices_per_thousand": per_thousand(rate),
        "electronic": electronic.told() if electronic else None,
        "manual": manual.told() if manual else None,
        "electronic_per_thousand": _thousand(rate * electronic.mills) if electronic else None,
        "manual_per_thousand": _thousand(rate * manual.mills) if manual else None,
        "saved_for_list": saved,
    }


def _name(service: Service) -> str:
    """Return an endorsement as people say it: ``change, option 2``; ``none``."""
    return f"{service.endorsement}, option {service.option}" if service.endorsement else "none"


def _recommendation(case: _Case) -> dict[str, Any]:
    """Return the advice, and its reasons in sentences. It is firm where it rests on present prices and real history."""
    best = case.best
    if best is None:
        items = {item for option in case.options for item in option.unpriced} | (set() if case.piece else {"piece"})
        why = ["No endorsement can be figured whole.", *(_enter(item) for item in sorted(items))]
        return {"endorsement": None, "option": None, "name": None, "change": None, "firm": False, "why": why}
    net = case.net(best)
    why = [
        f"Of 1,000 pieces {per_thousand(best.told_of)} would tell us something, {per_thousand(best.electronic)} "
        f"electronically, and {per_thousand(best.forwarded)} be forwarded.",
        f"Fees: ${_thousand(best.fees)} for 1,000 pieces, ${case.of_list(best.fees)} for a mailing to all "
        f"{case.known.size:,} of the list; with lost pieces ${_thousand(net)} for 1,000.",
        *_against_chosen(case, best),
    ]
    open_ones = [option for option in case.options if not option.complete and case.net(option) < net]
    if open_ones:
        names = "; ".join(_name(option.service) for option in open_ones)
        items = {item for option in open_ones for item in option.unpriced}
        entered = f", once {', '.join(sorted(items))} is entered" if items else ", or more"
        why.append(f"May cost less{entered}: {names}.")
    if case.history.assumed:
        why.append("It rests on an assumption, not on what came back of this list.")
    if best.historical:
        why.append(f"It rests on historical prices: {', '.join(sorted(best.historical))}.")
    return {
        "endorsement": best.service.endorsement,
        "option": best.service.option,
        "name": _name(best.service),
        "change": best is not case.chosen,
        "firm": not (open_ones or case.history.assumed or best.historical),
        "why": why,
    }


def _against_chosen(case: _Case, best: Option) -> list[str]:
    chosen = case.chosen
    if chosen is best:
        return ["It is what the list has."]
    if chosen is None:
        return []
    if chosen.unpriced:
        return [
            f"The list has {_name(chosen.service)}, of which prices are missing: {', '.join(sorted(chosen.unpriced))}."
        ]
    more = case.net(chosen) - case.net(best)
    return [
        f"The list has {_name(chosen.service)}, with ${_thousand(case.net(chosen))} for 1,000: ${case.of_list(more)} "
        "more for each mailing."
    ]


def _enter(item: str) -> str:
    return f"{ITEMS[item]}: price not entered: {how_to_enter(item)}"


def _notes(case: _Case, service: Service | None) -> list[str]:
    known, history = case.known, case.history
    notes = []
    if history.assumed:
        notes.append(
            f"{history.why}. Assumed instead: 11-14 % have moved within a year, as a trade article says, so 125 of "
            "1,000 pieces. Older moves and nixies are not assumed, so what is returned costs more than is shown."
        )
    notes += [
        f"{name}: what the list prints now brings nothing back, so they count as none." for name in history.unseen
    ]
    if known.endorsement == "electronic":
        notes.append("Electronic Service Requested: the ACS profile says what happens, and the STID goes before it.")
    elif service is None:
        notes.append(f"The class {known.mail_class} has no {known.endorsement}, option {known.option or 1}.")
    if case.piece is not None:
        notes.append(
            f"A lost piece counts as ${money(case.piece)}; `listkeeper price add piece` enters what yours costs."
        )
    return notes
