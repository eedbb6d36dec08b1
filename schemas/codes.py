"""Every code table of the ACS layouts: what a code means and what it does to mail by default.

A reader drops no record because of a code that is not here; what is not here is asked of a
person. The default of every deliverability code can be changed per list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from schemas.layout import Confidence

PUB8A = "USPS Publication 8A, ACS Fulfillment Record Fields"
GUIDE = "USPS, ACS File Format Technical Guide Version 2, field values"
MTAC = "MTAC work group 136, proposed recommendations (2010-2011)"
READERS = "public programs that read real files"

STRENGTH: Mapping[str, int] = MappingProxyType(
    {"mailable": 0, "held": 1, "undeliverable": 2, "removed": 3, "deceased": 4}
)
"""Every status of an addressee, the weakest first. A notice never weakens a status, a move apart."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of one table.

    Attributes:
        status: the status it leads to by default; "" where it changes none.
        reason: the status reason, or the reason for keeping; "" where it decides nothing.
        outcome: ``moved``, ``suppressed``, ``held`` or ``kept``; "" where it decides nothing.
        reads_as: the present code that a retired one is read as, else "".
        strikes: notices on different days before it takes effect.
        confidence: of the meaning; what it does to mail is always our policy.
    """

    code: str
    meaning: str
    status: str = ""
    reason: str = ""
    source: str = GUIDE
    confidence: Confidence = "verified"
    outcome: str = ""
    reads_as: str = ""
    strikes: int = 1


Table = Mapping[str, Code]


def _table(*codes: Code) -> Table:
    table = {code.code: code for code in codes}
    if len(table) != len(codes):
        raise ValueError("a code stands twice in one table")
    return MappingProxyType(table)


def _plain(source: str, confidence: Confidence, **meanings: str) -> Table:
    """Return a table of codes that decide nothing. ``_1`` stands for ``1``, ``blank`` for blank."""
    return _table(
        *(
            Code("" if name == "blank" else name.lstrip("_"), meaning, source=source, confidence=confidence)
            for name, meaning in meanings.items()
        )
    )


def _suppress(code: str, meaning: str, reason: str, reads_as: str = "", strikes: int = 1) -> Code:
    return Code(code, meaning, "undeliverable", reason, PUB8A, "verified", "suppressed", reads_as, strikes)


def _hold(code: str, meaning: str, reason: str, reads_as: str = "") -> Code:
    return Code(code, meaning, "held", reason, MTAC if reads_as else PUB8A, "verified", "held", reads_as)


DELIVERABILITY_COA = _table(
    Code("", "new address supplied", "mailable", "moved", PUB8A, outcome="moved"),
    _suppress("G", "post office box closed, no forwarding order", "po_box_closed"),
    _suppress("K", "moved and left no address", "moved_left_no_address"),
    Code("W", "temporary change of address; no new address", "", "temporarily_away", PUB8A, outcome="kept"),
    replace(_suppress("C", "no delivery here; old files only", "no_mail_receptacle", "M"), confidence="single"),
)
"""What a COA's deliverability code says. Foreign and incomplete new addresses are held by other fields."""

DELIVERABILITY_NIXIE = _table(
    _suppress("A", "attempted, not known", "attempted_not_known"),
    _hold("E", "in dispute", "in_dispute"),
    _hold("I", "insufficient address", "insufficient_address"),
    _hold("L", "illegible", "illegible"),
    _suppress("M", "no mail receptacle", "no_mail_receptacle"),
    _suppress("N", "no such number", "no_such_number"),
    Code("P", "deceased", "deceased", "deceased", PUB8A, outcome="suppressed"),
    _hold("Q", "not deliverable as addressed, or forwarding order expired", "forwarding_order_expired"),
    _suppress("R", "refused", "refused", strikes=2),
    _suppress("S", "no such street", "no_such_street"),
    _suppress("U", "unclaimed", "unclaimed", strikes=2),
    _suppress("V", "vacant", "vacant"),
    _hold("B", "returned for better address; retired about February 2011", "insufficient_address", "I"),
    _hold("D", "outside delivery limits; retired about February 2011", "forwarding_order_expired", "Q"),
    _hold("X", "no such office; retired about February 2011", "forwarding_order_expired", "Q"),
)
"""What a nixie's deliverability code says. B, D and X were folded into I, Q and Q (MTAC work group 136)."""

RECORD_TYPE = _plain(
    GUIDE, "verified", H="header record", D="detail record, 700 characters", _2="detail record, 427 and 559 characters"
)
MOVE_TYPE = _plain(
    PUB8A,
    "verified",
    F="family: everyone with the same last name",
    I="individual: only the named person",
    B="business",
)
ADDRESS_TYPE = _plain(
    READERS,
    "single",
    F="foreign (new address only)",
    G="general delivery",
    H="highway contract route",
    P="PO box",
    R="rural route",
    S="street address",
    V="highway contract route with box",
    X="rural route with box",
)
FEE_NOTIFICATION = _plain(
    READERS,
    "single",
    E="electronic fee",
    _1="automated, first notice",
    _2="automated, second notice",
    _3="automated, third or later notice",
)
NOTIFICATION_TYPE = _plain(
    PUB8A,
    "verified",
    A="reserved",
    B="First-Class Mail",
    C="Periodicals, initial notice",
    D="USPS Marketing Mail (Standard Mail)",
    E="Package Services",
    F="Periodicals, follow-up notice",
)
TYPE_OF_ACS = _plain(GUIDE, "verified", T="Traditional ACS", O="OneCode ACS", F="Full-Service ACS", I="IMpb ACS")
PROCESSING_TYPE = _plain(
    READERS,
    "inferred",
    C="not published; probably a forwarding centre (CFS)",
    P="probably PARS",
    R="probably remote encoding",
    F="probably flats processing",
)
CAPTURE_TYPE = _plain(
    READERS, "inferred", I="not published", C="not published", F="not published", blank="not supplied"
)
SHAPE_OF_MAIL = _plain(READERS, "single", L="letter", F="flat", P="parcel")
MAIL_ACTION_CODE = _plain(
    READERS,
    "single",
    F="forwarded to the new address",
    R="returned to sender",
    D="discarded",
    X="secure destruction",
    U="unknown or not available",
)
COA_NIXIE_FLAG = _plain(GUIDE, "verified", C="change-of-address record", N="nixie record")
LEGACY_FILE_CLASS = _plain(
    READERS, "single", _1="First-Class Mail", _2="Periodicals", _3="Standard Mail A", _4="Standard Mail B"
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "record_type": RECORD_TYPE,
        "deliverability_coa": DELIVERABILITY_COA,
        "deliverability_nixie": DELIVERABILITY_NIXIE,
        "move_type": MOVE_TYPE,
        "address_type": ADDRESS_TYPE,
        "fee_notification": FEE_NOTIFICATION,
        "notification_type": NOTIFICATION_TYPE,
        "type_of_acs": TYPE_OF_ACS,
        "processing_type": PROCESSING_TYPE,
        "capture_type": CAPTURE_TYPE,
        "shape_of_mail": SHAPE_OF_MAIL,
        "mail_action_code": MAIL_ACTION_CODE,
        "coa_nixie_flag": COA_NIXIE_FLAG,
        "legacy_file_class": LEGACY_FILE_CLASS,
    }
)
"""Code tables by the name a layout's rows give them."""
