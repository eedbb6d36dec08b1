"""What each ancillary service endorsement does to a piece, and what comes back: one row per class and endorsement.

A *period* is the age of the move when the piece arrives: for most classes months 1 to 12, months 13 to 18, and after
that, where a piece without a known move stands too. "Option 1" and "option 2" are never printed: they are chosen in the
ACS profile or by the STID.

Source: keyline-and-labels, section 4: DMM 507.1.5 as quoted by AccuZIP technical note 123, MailPro July/August 2008,
PostalPro and RIBBS; Return, option 2, of the classes but First-Class by the USPS's STID table of 2024. Option 2 and
Periodicals are of medium confidence, packages of low.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

Piece = Literal["forwarded", "returned", "discarded"]
Tells = Literal["", "address", "reason"]
Fee = Literal["notice", "forward_postage", "single_piece", "weighted", "return_package"]

SOURCE: Final = "DMM 507.1.5, as quoted by AccuZIP, MailPro and PostalPro"


class Fate(NamedTuple):
    """What becomes of a piece in one period.

    Attributes:
        piece: where the piece goes.
        tells: what the mailer learns: nothing, the new address, or the reason.
        fees: what the mailer pays for it. ``notice`` is a separate notice, electronic with ACS; without it the piece
            itself, where it is returned, carries what is told.
    """

    piece: Piece
    tells: Tells = ""
    fees: tuple[Fee, ...] = ()

    @property
    def on_paper(self) -> bool:
        """Say whether what is told comes on a piece that somebody has to enter by hand."""
        return bool(self.tells) and "notice" not in self.fees


class Service(NamedTuple):
    """One endorsement of one class: what becomes of a piece in each period."""

    endorsement: str  # "" = none printed
    option: int
    fates: tuple[Fate, Fate, Fate]


class Periods(NamedTuple):
    """The periods of a class: their names, and the first month of the second and of the third."""

    names: tuple[str, str, str]
    second: int
    third: int | None  # None: a move never grows old; only a nixie stands in the third


MOST: Final = Periods(("months 1-12", "months 13-18", "later, or no move known"), 12, 18)
PERIODICALS: Final = Periods(("first 60 days", "later", "no move known"), 2, None)

_FORWARDED: Final = Fate("forwarded")
_DISCARDED: Final = Fate("discarded")
_FORWARDED_TOLD: Final = Fate("forwarded", "address", ("notice",))
_DISCARDED_TOLD: Final = Fate("discarded", "address", ("notice",))
_POSTAGE_TOLD: Final = Fate("forwarded", "address", ("forward_postage", "notice"))
_DISCARDED_WHY: Final = Fate("discarded", "reason", ("notice",))


def _returned(*fees: Fee) -> tuple[Fate, Fate]:
    return Fate("returned", "address", fees), Fate("returned", "reason", fees)


def _like_marketing(back: Fee, back_forwarded: Fee) -> tuple[Service, ...]:
    """Return rows as of Marketing Mail: ``back`` pays for a return at once, ``back_forwarded`` for one after months."""
    return (
        Service("address", 1, (_FORWARDED_TOLD, *_returned(back_forwarded))),
        Service("address", 2, (_FORWARDED_TOLD, *_returned(back_forwarded, "notice"))),
        Service("forwarding", 1, (_FORWARDED, *_returned(back_forwarded))),
        Service("return", 1, (_returned(back)[0], *_returned(back))),
        Service("return", 2, (_returned(back, "notice")[0], *_returned(back, "notice"))),
        Service("change", 1, (_DISCARDED_TOLD, _DISCARDED_TOLD, _DISCARDED_WHY)),
        Service("change", 2, (_POSTAGE_TOLD, _DISCARDED_TOLD, _DISCARDED_WHY)),
    )


_FIRST_CLASS: Final = (
    Service("", 1, (_FORWARDED, *_returned())),
    Service("forwarding", 1, (_FORWARDED, *_returned())),
    Service("address", 1, (_FORWARDED_TOLD, *_returned())),
    Service("address", 2, (_FORWARDED_TOLD, *_returned("notice"))),
    Service("return", 1, (_returned()[0], *_returned())),
    Service("return", 2, (_returned("notice")[0], *_returned("notice"))),
    Service("change", 1, (_DISCARDED_TOLD, _DISCARDED_TOLD, _DISCARDED_WHY)),
    Service("change", 2, (_FORWARDED_TOLD, _DISCARDED_TOLD, _DISCARDED_WHY)),
)
_MARKETING: Final = (
    Service("", 1, (_DISCARDED, _DISCARDED, _DISCARDED)),
    *_like_marketing("single_piece", "weighted"),
)
_PERIODICALS: Final = (
    Service("", 1, (_FORWARDED, _DISCARDED_TOLD, _DISCARDED_WHY)),
    Service("address", 1, (_FORWARDED, *_returned("single_piece"))),
)
_PACKAGE: Final = (
    Service("", 1, (_FORWARDED, *_returned("return_package"))),
    *_like_marketing("return_package", "return_package"),
)

SERVICES: Final = {
    "first-class": _FIRST_CLASS,
    "marketing": _MARKETING,
    "periodicals": _PERIODICALS,
    "package": _PACKAGE,
}


def periods_of(mail_class: str) -> Periods:
    """Return the periods of a class.

    >>> periods_of("periodicals").names[0]
    'first 60 days'
    """
    return PERIODICALS if mail_class == "periodicals" else MOST


def service_of(mail_class: str, endorsement: str, option: int | None) -> Service | None:
    """Return the row of an endorsement, option 1 where none is chosen; None where the class has no such row.

    ``electronic`` has none: what it does is set in the ACS profile.

    >>> service_of("marketing", "change", None).fates[0].piece
    'discarded'
    >>> service_of("marketing", "electronic", None) is None
    True
    """
    rows = SERVICES.get(mail_class, ())
    return next((row for row in rows if (row.endorsement, row.option) == (endorsement, option or 1)), None)
