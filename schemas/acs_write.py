"""Write ACS notification files: for the demonstration, the tests and the benchmarks.

Pure: text in, bytes out. Header counts, groups and fees are computed from the records, so a
file written here always closes, unless a caller asks for one that does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schemas.acs import FAMILIES
from schemas.acs_singlesource import GROUPS
from schemas.errors import LayoutError
from schemas.layout import Family, Layout
from schemas.notice import Kind

END_MARKER = "*"  # its value is not published; readers ignore it
LINE_END = b"\r\n"

_KNOWN = frozenset(row.name for family in FAMILIES for each in (family.coa, family.nixie) for row in each.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address in the parts a COA carries. ``label`` is put together where it is not given."""

    number: str = ""
    pre_directional: str = ""
    street: str = ""
    suffix: str = "ST"
    post_directional: str = ""
    unit_designator: str = ""
    unit_number: str = ""
    pmb: str = ""
    urbanization: str = ""
    city: str = ""
    state: str = ""
    zip5: str = ""
    zip4: str = ""
    delivery_point: str = ""
    address_type: str = "S"
    label: str | None = None

    @property
    def line(self) -> str:
        """The delivery line, unit and private mailbox included."""
        if self.label is not None:
            return self.label
        parts = (
            self.number,
            self.pre_directional,
            self.street,
            self.suffix if self.street else "",
            self.post_directional,
            self.unit_designator,
            self.unit_number,
            f"PMB {self.pmb}" if self.pmb else "",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One record to write, by the field names of SingleSource; other layouts take what they have room for.

    ``fees`` are (product code, mills). ``sequence`` None is the next number of its account.
    """

    kind: Kind
    account: str
    values: Mapping[str, str]
    type_of_acs: str
    fees: tuple[tuple[str, int], ...] = ()
    sequence: int | None = None


def coa(
    *,
    account: str,
    keyline: str = "",
    move_date: str = "2026-05-01",
    move_type: str = "I",
    code: str = "",
    last_name: str = "",
    first_name: str = "",
    prefix: str = "",
    suffix: str = "",
    company: str = "",
    old: Place | None = None,
    new: Place | None = None,
    fulfilled: str = "2026-05-20",
    mail_class: str = "B",
    type_of_acs: str = "",
    barcode: str = "",
    fees: Iterable[tuple[str, int]] = (),
    sequence: int | None = None,
    **fields: str,
) -> Detail:
    """Return a change of address.

    Dates are ISO text (``YYYY-MM-DD``, ``YYYY-MM``, ``""``) or raw digits. ``company`` fills
    the 47 characters of the four name fields. ``type_of_acs`` follows from the account where
    it is not given. ``fields`` overrule any field by its SingleSource name.
    """
    old, new = old or Place(), new or Place()
    names = {"last_name": last_name, "first_name": first_name, "name_prefix": prefix, "name_suffix": suffix}
    if company:
        whole = company.ljust(47)
        names = dict(zip(names, (whole[:20], whole[20:35], whole[35:41], whole[41:]), strict=True))
    values = {
        **_shared(keyline, code, old.zip5, fulfilled, mail_class, barcode),
        **names,
        "move_effective_date": _digits(move_date),
        "move_type": move_type,
        **_parts("old", old),
        **_parts("new", new),
        "new_pmb": new.pmb,
        "new_zip_hyphen": "-" if new.zip4 else "",
        "new_plus4_code": new.zip4,
        "new_delivery_point": new.delivery_point,
        "new_abbreviated_city_name": new.city[:13],
        "new_address_label": new.line,
        "made_available_date": _digits(fulfilled)[:8],
        **fields,
    }
    return Detail(
        kind="coa",
        account=account,
        values=values,
        type_of_acs=type_of_acs or default_type(account),
        fees=tuple(fees),
        sequence=sequence,
    )


def nixie(
    *,
    account: str,
    keyline: str = "",
    code: str = "A",
    old_zip: str = "",
    fulfilled: str = "2026-05-20",
    mail_class: str = "B",
    type_of_acs: str = "",
    barcode: str = "",
    fees: Iterable[tuple[str, int]] = (),
    sequence: int | None = None,
    **fields: str,
) -> Detail:
    """Return a nixie: mail that could not be delivered. Arguments as of `coa`."""
    return Detail(
        kind="nixie",
        account=account,
        values={**_shared(keyline, code, old_zip, fulfilled, mail_class, barcode), **fields},
        type_of_acs=type_of_acs or default_type(account),
        fees=tuple(fees),
        sequence=sequence,
    )


def default_type(account: str) -> str:
    """Return the type of ACS an account code stands for: participant code ``T``, Mailer ID ``O``."""
    return "O" if account.isdigit() else "T"


def _shared(  # noqa: PLR0917 - six fields both kinds of record have, in their order
    keyline: str, code: str, old_zip: str, fulfilled: str, mail_class: str, barcode: str
) -> dict[str, str]:
    return {
        "keyline_sequence_serial_number": keyline,
        "deliverability_code": code,
        "usps_site_id": "101",
        "old_zip_code": old_zip,
        "fulfillment_date": _digits(fulfilled),
        "fee_notification": "E",
        "notification_type": mail_class,
        "intelligent_mail_barcode": barcode,
        "processing_type": "P",
        "capture_type": "I",
        "shape_of_mail": "L",
        "mail_action_code": "F" if code == "" else "U",
    }


def _parts(which: str, place: Place) -> dict[str, str]:
    return {
        f"{which}_address_type": place.address_type if place.line else "",
        f"{which}_urbanization": place.urbanization,
        f"{which}_primary_number": place.number,
        f"{which}_pre_directional": place.pre_directional,
        f"{which}_street_name": place.street,
        f"{which}_street_suffix": place.suffix if place.street else "",
        f"{which}_post_directional": place.post_directional,
        f"{which}_unit_designator": place.unit_designator,
        f"{which}_secondary_number": place.unit_number,
        f"{which}_city": place.city,
        f"{which}_state": place.state,
        f"{which}_zip_code": place.zip5,
    }


def _digits(iso: str) -> str:
    digits = iso.replace("-", "")
    return digits + "00" if len(digits) == 6 else digits


@dataclass(slots=True)
class HeaderSums:
    """Counts and fees of the details written so far: what their header will say.

    A file too large to hold is written by hand: `detail_line` for each record, each counted
    here, then `header_line` in front.
    """

    family: Family
    coa: int = 0
    nixie: int = 0
    groups: dict[str, int] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)

    def count(self, detail: Detail) -> int:
        """Count one record; return its sequence number."""
        if detail.kind == "coa":
            self.coa += 1
        else:
            self.nixie += 1
        prefix = next((name for name, letter in GROUPS.items() if letter == detail.type_of_acs), None)
        if prefix is not None and self.family.flagged:
            cents = sum(mills for _, mills in detail.fees) // 10
            for name in (prefix, f"{prefix}_{detail.kind}"):
                count = f"{name}_record_count" if name == prefix else f"{name}_count"
                self.groups[count] = self.groups.get(count, 0) + 1
                self.groups[f"{name}_acs_fee_amount"] = self.groups.get(f"{name}_acs_fee_amount", 0) + cents
        number = self.sequences.get(detail.account, 0) + 1 if detail.sequence is None else detail.sequence
        self.sequences[detail.account] = number
        return number


def header_line(
    sums: HeaderSums,
    *,
    customer: str = "123456",
    shipment: str = "1",
    create_date: str = "2026-05-20",
    **fields: str,
) -> str:
    """Return the header that fits the records counted. ``fields`` overrule any of its fields.

    Raises:
        LayoutError: a value does not fit, or there is no such field.
    """
    values = {
        "customer_id": customer,
        "create_date": _digits(create_date),
        "shipment_number": shipment,
        "total_acs_record_count": str(sums.coa + sums.nixie),
        "total_coa_count": str(sums.coa),
        "total_nixie_count": str(sums.nixie),
        **{name: str(value) for name, value in sums.groups.items()},
    }
    optional = {"end_marker": END_MARKER, "file_class": "1", "media_type": "9"}
    values.update({name: value for name, value in optional.items() if name in sums.family.header})
    return sums.family.header.write(**{**values, **fields})


def detail_line(family: Family, detail: Detail, sequence: int) -> str:
    """Return one record in the family's layout.

    Raises:
        LayoutError: a value does not fit its field, or no layout has a field of that name.
    """
    layout = family.coa if detail.kind == "coa" else family.nixie
    values = {
        **detail.values,
        "type_of_acs": detail.type_of_acs,
        "sequence_number": str(sequence),
        "end_marker": detail.values.get("end_marker", END_MARKER),
        **_account(family, detail.account),
    }
    for number, (code, mills) in enumerate(detail.fees, start=1):
        values[f"product_code_{number}"] = values.get(f"product_code_{number}", code)
        values[f"product_code_fee_{number}"] = values.get(f"product_code_fee_{number}", str(mills // 10))
    return layout.write(**_fitted(family, layout, values))


def _account(family: Family, account: str) -> dict[str, str]:
    if family.flagged:
        return {"acs_mailer_id": account}
    if "participant_code" in family.coa:
        return {"participant_code": account}
    return {"mailer_id_9" if len(account) == 9 else "mailer_id_6": account}


def _fitted(family: Family, layout: Layout, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values under the layout's own names; what it has no field for is left out."""
    fitted = dict(values)
    key = fitted.get("keyline_sequence_serial_number", "")
    fitted.update({"keyline": key, "mailpiece_identifier": key})
    point = fitted.get("new_delivery_point", "")
    fitted["new_dpbc"] = point and point + "0"
    if family.month_only:
        fitted["move_effective_date"] = fitted.get("move_effective_date", "")[:6]
    for name in values:
        if name not in _KNOWN:
            raise LayoutError("no layout has such a field", layout=layout.name, field=name)
    return {name: value for name, value in fitted.items() if name in layout}


def notification(
    family: Family,
    records: Iterable[Detail | bytes],
    *,
    fix_counts: bool = True,
    line_end: bytes = LINE_END,
    customer: str = "123456",
    shipment: str = "1",
    create_date: str = "2026-05-20",
    **header: str,
) -> bytes:
    """Return a whole notification file, in the order the records are given.

    Args:
        records: details, or lines of raw bytes that stand as they are and are not counted.
        fix_counts: False leaves every count of the header zero but for those in ``header``.
        header: overrules any field of the header.

    Raises:
        LayoutError: a value does not fit its field.
    """
    sums = HeaderSums(family)
    lines: list[bytes] = []
    for record in records:
        if isinstance(record, bytes):
            lines.append(record)
        else:
            lines.append(detail_line(family, record, sums.count(record)).encode("ascii"))
    if not fix_counts:
        sums = HeaderSums(family)
    first = header_line(sums, customer=customer, shipment=shipment, create_date=create_date, **header)
    return b"".join(line + line_end for line in (first.encode("ascii"), *lines))
