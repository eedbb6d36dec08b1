"""Where an addressee stands: what a notice, an import or an undo may change of them."""

from __future__ import annotations

from typing import NamedTuple


class Standing(NamedTuple):
    """The columns of an addressee that every change carries, before and after; undo puts the former back."""

    address_id: int
    status: str
    status_reason: str
    status_by: str  # "", client, operator, notice, ncoa, cass
    base_status: str  # what the client or an operator has set; it comes back when an address is left
    base_reason: str
    address_since: str
    move_month: str
    needs_cass: bool


STANDING = Standing._fields


class AddressText(NamedTuple):
    """The text of one address, with its coding."""

    urbanization: str
    address1: str
    address2: str
    city: str
    state: str
    zip5: str
    zip4: str
    delivery_point: str
    carrier_route: str
