"""NCOALink results: what every reader of an answer yields, and what each return code does to mail."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from schemas.layout import Confidence

SIX = "six agreeing vendors' lists of NCOALink return codes"
ONE = "one vendor's documentation"

Treatment = Literal["move", "suppress", "hold", "near", "none"]


class NcoaRow(NamedTuple):
    """One row of an NCOALink answer, cut and cleaned; nothing decided. All text but ``line``.

    A mover may have several rows of one ``record_id``, told apart by ``role``.
    """

    line: int  # in the answer, the header being line 1
    record_id: str
    role: str  # "" where a record has one row; else A (no move), C (the new address), H (the old one)
    code: str  # NCOALink return code, two digits or A; "" where the row has none
    move_type: str  # I, F, B or ""
    move_date: str  # YYYY-MM or YYYY-MM-DD, "" where none is given
    address1: str  # the new address; in the way it will be written
    address2: str
    urbanization: str
    city: str
    state: str
    zip5: str
    zip4: str
    delivery_point: str
    carrier_route: str
    in_address1: str  # the address as it was sent, where the answer repeats it
    in_zip5: str
    note: str  # "" or what is to be reported: "flag-disagrees"
    fault: str  # "" or the field that cannot be read: the record is rejected


class ReturnCode(NamedTuple):
    """One NCOALink return code.

    Attributes:
        treatment: ``move`` to the new address; ``suppress``; ``hold``; ``near`` (a match that is not allowed);
            ``none`` (no match).
        reason: the status reason, or the reason for keeping.
        watched: told in the report: a unit number was dropped to match.
    """

    code: str
    meaning: str
    treatment: Treatment
    reason: str
    watched: bool = False
    source: str = SIX
    confidence: Confidence = "verified"

    @property
    def found(self) -> bool:
        """Say whether a licensee counts it among his matches: a move was found, and is not being withdrawn."""
        return self.treatment in ("move", "suppress", "hold") and self.code not in ("66", "77")


def _codes(*codes: ReturnCode) -> Mapping[str, ReturnCode]:
    return MappingProxyType({code.code: code for code in codes})


def _near(code: str, meaning: str) -> ReturnCode:
    return ReturnCode(code, meaning, "near", "ncoa_near_match")


RETURN_CODES = _codes(
    ReturnCode("A", "matched; new address supplied", "move", "moved"),
    ReturnCode("91", "matched without the unit that only the move has; new address supplied", "move", "moved", True),
    ReturnCode("92", "matched without the unit that only we have; new address supplied", "move", "moved", True),
    ReturnCode("00", "no match", "none", "ncoa_no_match"),
    ReturnCode("01", "moved abroad", "suppress", "ncoa_foreign"),
    ReturnCode("02", "moved, left no address", "suppress", "moved_left_no_address"),
    ReturnCode("03", "post office box closed, no forwarding order", "suppress", "po_box_closed"),
    _near("04", "family move from a unit, none in ours, and the names differ"),
    ReturnCode("05", "moved; the code of the new address stands for several", "suppress", "ncoa_address_withheld"),
    _near("06", "several moves fit, and their middle names differ"),
    _near("07", "several moves fit, and their genders differ"),
    _near("08", "two moves fit and lead to different addresses"),
    _near("09", "family move from a building's default, and the names differ"),
    _near("10", "family move from a route's default, and the names differ"),
    _near("11", "same surname and address, too little of a name for one person"),
    _near("12", "same surname and address, another middle name"),
    _near("13", "the genders of the names differ"),
    ReturnCode("14", "moved; the new address could not be converted", "suppress", "ncoa_address_withheld"),
    _near("15", "ours has no first name, or only initials"),
    _near("16", "the unit numbers differ"),
    _near("17", "the name differs, or is not enough"),
    _near("18", "family move from General Delivery, and the names differ"),
    ReturnCode("19", "moved; the new address is not coded yet, or temporary", "hold", "ncoa_pending"),
    _near("20", "several moves fit once chained, and lead to different addresses"),
    ReturnCode("66", "the move is being withdrawn; nothing may be forwarded", "hold", "ncoa_pending"),
    ReturnCode("77", "probably moved 19 to 48 months ago; address withheld (ANKLink)", "hold", "ncoa_older_move"),
)
"""What NCOALink answers about one record. The meaning is USPS's; what it does to mail is a default."""
