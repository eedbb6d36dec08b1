"""What the first line of a notification file says about the rest."""

from __future__ import annotations

from typing import NamedTuple

from daemon.errors import SetAsideError
from daemon.intake.fields import iso_date
from schemas.acs_singlesource import GROUPS
from schemas.layout import Family


class Group(NamedTuple):
    """One count group of a SingleSource header. Fees in mills. None where the field cannot be read."""

    records: int | None
    fee: int | None
    coa: int | None
    coa_fee: int | None
    nixie: int | None
    nixie_fee: int | None


class Header(NamedTuple):
    """The facts of a header. (customer_id, shipment_number, create_date) name the shipment."""

    customer_id: str
    create_date: str  # ISO
    shipment_number: str
    total: int
    coa: int
    nixie: int
    groups: dict[str, Group]  # by prefix: trd, ocd, fs, impb; empty in 427 and 559

    @property
    def fee_mills(self) -> int | None:
        """All group fees, in mills; None where there are none or one cannot be read."""
        known = [group.fee for group in self.groups.values() if group.fee is not None]
        return sum(known) if known and len(known) == len(self.groups) else None


def read_header(family: Family, line: bytes, file: str) -> Header:
    """Return the facts of a header line of the family's length.

    Raises:
        SetAsideError: ``unreadable-header``, naming the field: a total is no number, the
            date is none, or customer or shipment cannot be read.
    """
    values = family.header.read(line.decode("latin-1"))

    def refuse(field: str) -> SetAsideError:
        return SetAsideError(
            "this field of the header cannot be read; ask for the file again",
            reason="unreadable-header",
            file=file,
            line=1,
            field=field,
        )

    def total(field: str) -> int:
        number = _number(values[field])
        if number is None:
            raise refuse(field)
        return number

    def name(field: str) -> str:
        text = values[field]
        if not (text and text.isascii() and text.isprintable()):
            raise refuse(field)
        return text

    created = iso_date(values["create_date"])
    if created is None or len(created) != 10:
        raise refuse("create_date")
    return Header(
        customer_id=name("customer_id"),
        create_date=created,
        shipment_number=name("shipment_number"),
        total=total("total_acs_record_count"),
        coa=total("total_coa_count"),
        nixie=total("total_nixie_count"),
        groups={prefix: _group(values, prefix) for prefix in GROUPS if f"{prefix}_record_count" in family.header},
    )


def _group(values: dict[str, str], prefix: str) -> Group:
    def mills(field: str) -> int | None:
        cents = _number(values[f"{prefix}_{field}"])
        return None if cents is None else 10 * cents

    def count(field: str) -> int | None:
        return _number(values[f"{prefix}_{field}"])

    return Group(
        count("record_count"),
        mills("acs_fee_amount"),
        count("coa_count"),
        mills("coa_acs_fee_amount"),
        count("nixie_count"),
        mills("nixie_acs_fee_amount"),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
