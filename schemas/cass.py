"""The file given to an address engine, and what every reader of its answer yields."""

from __future__ import annotations

from typing import Final, NamedTuple

OUTGOING: Final = (
    *("record_id", "name_prefix", "first_name", "middle_name", "last_name", "name_suffix", "company"),
    *("urbanization", "address1", "address2", "city", "state", "zip5", "zip4"),
)
"""Columns of the file that goes out, for CASS and NCOALink alike."""

DELIVERABLE: Final = ("Y", "D", "S")
"""DPV confirmations of a delivery point: confirmed; unit missing; unit not confirmed."""


class CassRow(NamedTuple):
    """One row of a CASS answer, cut and cleaned; nothing decided. All text but ``line``; flags are Y, N or ""."""

    line: int  # in the answer, the header being line 1
    record_id: str
    address1: str  # as standardised
    address2: str
    urbanization: str
    city: str
    state: str
    zip5: str
    zip4: str
    delivery_point: str
    check_digit: str
    carrier_route: str
    elot: str  # four digits, then A or D where given
    record_type: str  # F G H P R S
    dpv: str  # Y D S N R or ""
    dpv_footnotes: str  # pairs of characters run together: AABB
    cmra: str
    vacant: str
    no_stat: str
    no_stat_reason: str
    lacslink: str  # indicator and return code run together
    suitelink: str
    rdi: str  # Y residential, N business
    ews: str
    footnotes: str  # letters of the matching, as the engine gives them
    lock: str  # "" or the flag by which the engine says that it has locked itself
    in_address1: str  # the address as it was sent, where the answer repeats it
    in_zip5: str
    fault: str  # "" or the field that cannot be read: the record is rejected
