"""What things cost: the items of the price table, and the historical rows that ship with it.

No present price was found in any public source, so none ships: the operator enters what is in force
(``listkeeper price add``). What ships is history, each row with its source, and Full-Service, which is free.

An item may have a price of its own for one class of mail: ``acs_traditional_coa:first-class``.
Money is whole mills (thousandths of a dollar).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

CLASSES: Final = ("first-class", "marketing", "periodicals", "package")

ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "acs_traditional_coa": "electronic notice of a move, participant code",
        "acs_traditional_nixie": "electronic notice of a nixie, participant code",
        "acs_onecode_coa": "electronic notice of a move, Mailer ID",
        "acs_onecode_nixie": "electronic notice of a nixie, Mailer ID",
        "acs_onecode_later": "third or later notice of one move, automated letters",
        "acs_full_service": "electronic notice, Full-Service",
        "manual_notice": "notice on paper (Form 3547 or 3579), keyed by hand",
        "hand_entry": "the bureau's own work to enter one returned piece",
        "single_piece": "single-piece price of a piece: what a return costs, and what the weighted fee is made of",
        "forward_postage": "postage of a forwarded piece that the mailer pays (Change, option 2)",
        "return_package": "return of a package, at its own class's price",
        "piece": "all that one mailed piece costs: paper, print, postage",
        "move_update_assessment": "charge for a piece over the Move Update threshold",
    }
)
"""Every item of the price table, and what it is."""

WEIGHTED: Final = Decimal("2.472")  # times the single-piece First-Class price; keyline-and-labels, section 4 (P19, P20)
# Errors among the eligible pieces of a calendar month, by the submitter of the mailing's papers, all clients together.
# Source: USPS Publication 685, chapter 3.
MOVE_UPDATE_THRESHOLD: Final = Decimal("0.005")

BULLETIN_2007: Final = "Postal Bulletin 22203A, 2007"
ARTICLE: Final = "trade article on NCOA and ACS"


@dataclass(frozen=True, slots=True)
class Shipped:
    """One row that ships with the price table.

    Attributes:
        item: one of `ITEMS`, with ``:class`` where it holds for one class of mail only.
        from_date: ``2007-05-14``, ``2002-09`` or ``2009``, as exactly as the source has it; "" where it has none.
        until: the last day on which it held; "" where that is not known.
        counts: False for a row that no day can be given: it is shown, and never counted with.
        historical: False where it holds today.
    """

    item: str
    from_date: str
    mills: int
    source: str
    note: str = ""
    until: str = ""
    counts: bool = True
    historical: bool = True


def _electronic(item: str) -> tuple[Shipped, ...]:
    undated = "undated, of the 1990s"
    return (
        Shipped(item, "", 200, "admonline.com, Address Change Service", undated, counts=False),
        Shipped(item, "", 210, BULLETIN_2007, "the price before that of 2007", until="2007-05-13"),
        Shipped(item, "2007-05-14", 250, BULLETIN_2007, "classes other than First-Class"),
        Shipped(f"{item}:first-class", "2007-05-14", 60, BULLETIN_2007),
    )


def _automated(item: str) -> tuple[Shipped, ...]:
    note = "automated letters, the first two notices of one move"
    return (
        Shipped(f"{item}:first-class", "2007-05-14", 0, BULLETIN_2007, note),
        Shipped(f"{item}:marketing", "2007-05-14", 20, BULLETIN_2007, note),
    )


SHIPPED: Final = (
    *_electronic("acs_traditional_coa"),
    *_electronic("acs_traditional_nixie"),
    *_automated("acs_onecode_coa"),
    *_automated("acs_onecode_nixie"),
    Shipped("acs_onecode_later:first-class", "2007-05-14", 50, BULLETIN_2007),
    Shipped("acs_onecode_later:marketing", "2007-05-14", 150, BULLETIN_2007),
    Shipped("acs_full_service", "2009", 0, "82 FR 49123; USPS Publication 8", "pieces that qualify", historical=False),
    Shipped("manual_notice", "", 500, "admonline.com, Address Change Service", "undated, of the 1990s", counts=False),
    Shipped("manual_notice", "", 750, ARTICLE, "against 0.21 for the electronic one", counts=False),
    Shipped("manual_notice", "2002-09", 700, "MDDC Press Association, September 2002"),
    Shipped("manual_notice", "2007-05-14", 500, BULLETIN_2007),
    Shipped("manual_notice:periodicals", "2013-02", 500, "National Newspaper Association", "Form 3579"),
    Shipped("manual_notice:periodicals", "2016", 590, "Texas Press Association", "Form 3579; about 2016"),
    Shipped("piece", "", 650, "trade article on seven steps before a drop", "all-in, a drop of 50,000"),
    Shipped("move_update_assessment", "2010", 70, "licensees on the Move Update assessment, 2010"),
    Shipped("move_update_assessment", "2018", 80, "BCC and Fairrington on census assessments, 2018"),
)
"""The rows that ship. No row of it is a present price but Full-Service's."""


def weighted_fee(single_piece: int) -> int:
    """Return what the return of a piece of Marketing Mail costs under the weighted fee, in mills.

    2.472 times the single-piece First-Class price, rounded up to the next whole cent.

    >>> weighted_fee(1000), weighted_fee(500)
    (2480, 1240)
    """
    return -(-single_piece * int(WEIGHTED * 1000) // 10_000) * 10


def base_of(item: str) -> str:
    """Return an item without the class it is of.

    >>> base_of("manual_notice:periodicals"), base_of("piece")
    ('manual_notice', 'piece')
    """
    return item.partition(":")[0]
