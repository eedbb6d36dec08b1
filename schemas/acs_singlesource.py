"""SingleSource ACS notification files, versions 01 and 02: 700 characters a line.

Version 02 differs in one place: position 618 of a COA became ``delivery_point_validation``.
The guide's 702 characters are these 700 and CRLF.

Source: USPS, ACS File Format Technical Guide Version 2 (editions 2017-05-02 and 2018-02-20),
header, COA and nixie record layouts. The guide's body is not publicly readable: positions
rest on four public programs that read real files and agree.
"""

from __future__ import annotations

from schemas import acs_rows as rows
from schemas.layout import Confidence, Family, Field, Layout

LENGTH = 700
SOURCE = "USPS, ACS File Format Technical Guide Version 2, record layouts"

GROUPS = {"trd": "T", "ocd": "O", "fs": "F", "impb": "I"}
"""Count groups of the header, and the ``type_of_acs`` of the records each one counts."""

END_MARKER = (Field("end_marker", 700, 700, note="value not published; opaque, ignored by the reader"),)


def _group(prefix: str, start: int) -> tuple[Field, ...]:
    """Return one count group of the header: records, COAs, nixies, each with its fees."""
    parts: list[Field] = []
    for name, at in (("", start), ("coa_", start + 20), ("nixie_", start + 40)):
        parts.append(Field(f"{prefix}_{name or 'record_'}count", at, at + 8, "N"))
        parts.append(Field(f"{prefix}_{name}acs_fee_amount", at + 9, at + 19, "N", implied_decimals=2))
    return tuple(parts)


def _header(version: str) -> Layout:
    return Layout(
        name=f"singlesource_v{version}.header",
        length=LENGTH,
        source=SOURCE,
        fields=(
            Field("record_type", 1, 1, "A", ("H",), "record_type"),
            Field("file_version", 2, 3, "N", (version,)),
            Field("customer_id", 4, 9, "N"),
            Field("create_date", 10, 17, "N", date="CCYYMMDD"),
            Field("shipment_number", 18, 27, "N"),
            Field("total_acs_record_count", 28, 36, "N"),
            Field("total_coa_count", 37, 45, "N"),
            Field("total_nixie_count", 46, 54, "N"),
            *_group("trd", 55),
            *_group("ocd", 115),
            *_group("fs", 175),
            *_group("impb", 235),
            Field("filler", 295, 699),
            *END_MARKER,
        ),
    )


def _head(version: str) -> tuple[Field, ...]:
    """Return positions 1 to 36 of every detail record."""
    return (
        Field("record_type", 1, 1, "A", ("D",), "record_type"),
        Field("file_version", 2, 3, "N", (version,)),
        Field("sequence_number", 4, 11, "N"),
        Field("acs_mailer_id", 12, 20, note="7-letter participant code, or a 6- or 9-digit Mailer ID"),
        Field("keyline_sequence_serial_number", 21, 36),
    )


SITE = (Field("usps_site_id", 47, 49, "N", note="the USPS unit that made the record"),)

# Positions 439 to 534 and 543 to 617 are the same on COA and nixie.
NOTICE_TAIL = (
    *rows.FEE_NOTIFICATION,
    *rows.MAIL_CLASS,
    *rows.BARCODE,
    *rows.PACKAGE_BARCODE,
    Field("id_tag", 507, 522, blank_ok=True, note="UPU ID tag"),
    Field("hardcopy_to_electronic_flag", 523, 523, blank_ok=True, note="value set not public; passed through"),
    Field("type_of_acs", 524, 524, "A", ("T", "O", "F", "I"), "type_of_acs"),
    Field("fulfillment_date", 525, 532, "N", date="CCYYMMDD"),
    Field("processing_type", 533, 533, "A", ("C", "P", "R", "F"), "processing_type"),
    Field("capture_type", 534, 534, "A", ("I", "C", "F", ""), "capture_type"),
)
PIECE_TAIL = (
    Field("shape_of_mail", 543, 543, "A", ("L", "F", "P"), "shape_of_mail"),
    Field("mail_action_code", 544, 544, "A", ("F", "R", "D", "X", "U"), "mail_action_code"),
)

COA_END = {
    "01": (Field("filler", 618, 699),),
    "02": (
        Field("delivery_point_validation", 618, 618, blank_ok=True, note="value set not public; passed through"),
        Field("filler", 619, 699),
    ),
}
NIXIE_END: dict[str, Confidence] = {"01": "verified", "02": "single"}


def _coa(version: str) -> Layout:
    return Layout(
        name=f"singlesource_v{version}.coa",
        length=LENGTH,
        source=SOURCE,
        fields=(
            *_head(version),
            Field("move_effective_date", 37, 44, "N", date="CCYYMMDD", note="day 00: only the month is known"),
            Field("move_type", 45, 45, "A", ("F", "I", "B"), "move_type"),
            Field("deliverability_code", 46, 46, "A", ("", "G", "K", "W"), "deliverability_coa"),
            *SITE,
            *rows.NAME,
            *rows.OLD_ADDRESS,
            *rows.NEW_TYPE,
            *rows.NEW_PMB,
            *rows.NEW_ADDRESS,
            *rows.NEW_PLUS4,
            Field("new_delivery_point", 358, 359, "N", blank_ok=True),
            Field("new_abbreviated_city_name", 360, 372, note="13-character postal abbreviation"),
            *rows.NEW_LABEL,
            *NOTICE_TAIL,
            Field("made_available_date", 535, 542, "N", date="CCYYMMDD", blank_ok=True),
            *PIECE_TAIL,
            Field("coa_nixie_flag", 545, 545, "A", ("C",), "coa_nixie_flag"),
            *rows.product_pairs(546),
            *COA_END[version],
            *END_MARKER,
        ),
    )


def _nixie(version: str) -> Layout:
    return Layout(
        name=f"singlesource_v{version}.nixie",
        length=LENGTH,
        source=SOURCE,
        fields=(
            *_head(version),
            Field("filler_1", 37, 45, note="move date and type on a COA"),
            Field("deliverability_code", 46, 46, "A", rows.NIXIE_CODES, "deliverability_nixie"),
            *SITE,
            Field("filler_2", 50, 215, note="names and old address on a COA"),
            Field("old_zip_code", 216, 220, "N"),
            Field("filler_3", 221, 438, note="new address on a COA"),
            *NOTICE_TAIL,
            Field("filler_4", 535, 542, confidence="single", note="made-available date on a COA"),
            *PIECE_TAIL,
            Field("coa_nixie_flag", 545, 545, "A", ("N",), "coa_nixie_flag"),
            *rows.product_pairs(546),
            Field("filler_5", 618, 699, confidence=NIXIE_END[version], note="618 stays filler in version 02"),
            *END_MARKER,
        ),
    )


def _family(version: str) -> Family:
    return Family(
        name=f"singlesource_v{version}",
        length=LENGTH,
        version=version,
        header=_header(version),
        coa=_coa(version),
        nixie=_nixie(version),
        month_only=False,
    )


SINGLESOURCE_V01 = _family("01")
SINGLESOURCE_V02 = _family("02")
