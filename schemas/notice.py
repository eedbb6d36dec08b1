"""What every reader yields, whatever the file: one notice a record.

Tuples, not models: a run may hold a million of them one after the other, and a
validated model per record costs many times the reading itself (docs/decisions/0002).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["coa", "nixie", "ncoa", "cass"]

ON_PAPER = "P"  # type of ACS of a notice that an operator entered; no layout has this letter


class NewAddress(NamedTuple):
    """The new address of a change of address, as it will be written. All text, blanks stripped."""

    address1: str  # delivery address line, unit and PMB included
    urbanization: str
    city: str
    state: str
    zip5: str
    zip4: str
    delivery_point: str
    foreign: bool  # address type F: a new address abroad
    address2: str = ""  # only where NCOALink or CASS gives a second line
    carrier_route: str = ""

    @property
    def usable(self) -> bool:
        """True where mail could be sent to it: a domestic line with a ZIP."""
        return bool(self.address1 and self.zip5) and not self.foreign


class Notice(NamedTuple):
    """One record of a return file, cut and cleaned; nothing decided.

    Dates are ISO text with the precision the file gives: ``"2026-05-17"``,
    ``"2026-05"`` (a month only; no day is invented) or ``""`` (none given).
    """

    line: int  # in the notification file, the header being line 1
    kind: Kind
    sequence: int
    account: str  # participant code or Mailer ID, as in the record
    key: str  # keyline without blanks, else the barcode's serial, else ""
    code: str  # deliverability code as read: "" on a COA means "new address given"
    move_type: str  # F, I, B on a COA; "" on a nixie
    move_date: str
    fulfilled: str  # fulfillment date; the header's create date where the layout has none
    prefix: str
    first_name: str  # "first name followed by middle name or initial"
    last_name: str
    suffix: str
    company: str  # the 47 characters of a business name (move type B), else ""
    old_number: str  # primary number of the old address
    old_address1: str  # the old delivery line put together from its parts; "" on a nixie
    old_city: str
    old_state: str
    old_zip: str
    new: NewAddress | None  # None on a nixie and where the record gives no new address at all
    charge: int  # fees of the record in mills (thousandths of a dollar)
    mail_class: str  # notification type A..F
    type_of_acs: str  # T, O, F, I; "" in layouts without the field; P on paper
