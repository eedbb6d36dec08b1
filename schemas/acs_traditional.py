"""Traditional ACS, 427 characters a line, and the legacy OneCode and first SingleSource layout, 559.

The 559 record is the 427 record with a Mailer ID and a piece number where participant code
and keyline stand, and a barcode tail. The move date is a month (CCYYMM) in both. Neither
has a flag, a type of ACS, product fees or a fulfillment date. The 559 nixie is inferred from
the 559 COA and the 427 nixie: read, never relied upon, warned about on first use.

Source: USPS Publication 8A, "ACS Fulfillment Record Fields"; DMM Advisory 2012-12-18 (the
559 format); Naviga Circulation User Manual, Appendix B, whose slips the record length corrects.
"""

from __future__ import annotations

from schemas import acs_rows as rows
from schemas.layout import Confidence, Family, Field, Layout, shifted

PUB8A = "USPS Publication 8A, ACS Fulfillment Record Fields"
LEGACY = "DMM Advisory 2012-12-18 (OneCode ACS format); public readers of real files"


def _header(name: str, length: int, source: str, filler: Confidence) -> Layout:
    return Layout(
        name=f"{name}.header",
        length=length,
        source=source,
        fields=(
            Field("record_type", 1, 1, "A", ("H",), "record_type"),
            Field("customer_id", 2, 7, "N"),
            Field("create_date", 8, 15, "N", date="CCYYMMDD"),
            Field("total_acs_record_count", 16, 24, "N"),
            Field("total_coa_count", 25, 33, "N"),
            Field("total_nixie_count", 34, 42, "N"),
            Field("shipment_number", 43, 50, "N"),
            Field("file_class", 51, 51, "N", ("1", "2", "3", "4"), "legacy_file_class"),
            Field("media_type", 52, 52, note="9 seen for electronic delivery"),
            Field("filler", 53, length, confidence=filler),
        ),
    )


HEAD = (
    Field("record_type", 1, 1, "N", ("2",), "record_type"),
    Field("sequence_number", 2, 9, "N"),
)
TRADITIONAL_KEY = (
    Field("participant_code", 10, 16, "A"),
    Field("keyline", 17, 32),
)
LEGACY_KEY = (
    Field("mailer_id_6", 10, 15, "N", blank_ok=True, confidence="single"),
    Field("filler_a", 16, 16, confidence="single"),
    Field("mailpiece_identifier", 17, 25, confidence="single", note="the serial of the Intelligent Mail barcode"),
    Field("filler_b", 26, 32, confidence="single"),
)
SITE = (Field("usps_site_id", 41, 43, "N"),)


def _moved(coa_codes: tuple[str, ...], names: Confidence, plus4: Confidence) -> tuple[Field, ...]:
    """Return positions 33 to 412 of a COA: the same in both layouts, believed on different grounds."""
    return (
        Field("move_effective_date", 33, 38, "N", date="CCYYMM", note="a month; no day is given"),
        Field("move_type", 39, 39, "A", ("F", "I", "B"), "move_type"),
        Field("deliverability_code", 40, 40, "A", coa_codes, "deliverability_coa"),
        *SITE,
        *shifted(rows.NAME, -6, confidence=names),
        *shifted(rows.OLD_ADDRESS, -6),
        *shifted(rows.NEW_TYPE, -6),
        *shifted(rows.NEW_ADDRESS, -14),
        *shifted(rows.NEW_PLUS4, -14, confidence=plus4),
        Field(
            "new_dpbc",
            344,
            346,
            "N",
            blank_ok=True,
            confidence=plus4,
            note="delivery point and check digit",
        ),
        *shifted(rows.NEW_LABEL, -26),
    )


def _due(confidence: Confidence) -> tuple[Field, ...]:
    """Return positions 415 to 427 of a COA."""
    return (
        Field("postage_due", 415, 418, "N", implied_decimals=2, blank_ok=True),
        *shifted(rows.NEW_PMB, 197, confidence=confidence),
        *shifted(rows.MAIL_CLASS, -13),
    )


NIXIE_CLASS = Field(
    "notification_type",
    427,
    427,
    "A",
    (*rows.MAIL_CLASSES, ""),
    "notification_type",
    blank_ok=True,
    confidence="inferred",
    note="blank is legal; the same slot as on a COA",
)


def _barcode_tail(confidence: Confidence, fillers: tuple[str, str]) -> tuple[Field, ...]:
    """Return positions 428 to 559 of a legacy record."""
    return (
        *shifted(rows.BARCODE, -13, confidence=confidence),
        Field(fillers[0], 459, 459, confidence=confidence),
        Field("mailer_id_9", 460, 468, "N", blank_ok=True, confidence=confidence),
        *shifted(rows.PACKAGE_BARCODE, -3, confidence=confidence),
        Field(fillers[1], 504, 559, confidence=confidence),
    )


TRADITIONAL_427 = Family(
    name="traditional_427",
    length=427,
    version="",
    month_only=True,
    header=_header("traditional_427", 427, PUB8A, "verified"),
    coa=Layout(
        name="traditional_427.coa",
        length=427,
        source=PUB8A,
        fields=(
            *HEAD,
            *TRADITIONAL_KEY,
            *_moved(("", "G", "K", "W", "C"), "verified", "inferred"),
            Field("filler_1", 413, 414),
            *_due("inferred"),
        ),
    ),
    nixie=Layout(
        name="traditional_427.nixie",
        length=427,
        source=PUB8A,
        fields=(
            *HEAD,
            *TRADITIONAL_KEY,
            Field("filler_1", 33, 39),
            Field("deliverability_code", 40, 40, "A", rows.OLD_NIXIE_CODES, "deliverability_nixie"),
            *SITE,
            Field("filler_2", 44, 209, confidence="single"),
            Field("old_zip_code", 210, 214, "N", confidence="single"),
            Field("filler_3", 215, 426, confidence="inferred", note="one source runs this through 427"),
            NIXIE_CLASS,
        ),
    ),
)

ONECODE_LEGACY_559 = Family(
    name="onecode_legacy_559",
    length=559,
    version="",
    month_only=True,
    inferred=True,
    header=_header("onecode_legacy_559", 559, LEGACY, "single"),
    coa=Layout(
        name="onecode_legacy_559.coa",
        length=559,
        source=LEGACY,
        fields=(
            *HEAD,
            *LEGACY_KEY,
            *_moved(("", "G", "K", "W"), "single", "single"),
            *shifted(rows.FEE_NOTIFICATION, -26, confidence="single"),
            Field("filler_1", 414, 414, confidence="single"),
            *_due("single"),
            *_barcode_tail("single", ("filler_2", "filler_3")),
        ),
    ),
    nixie=Layout(
        name="onecode_legacy_559.nixie",
        length=559,
        source=LEGACY,
        fields=(
            *HEAD,
            *LEGACY_KEY,
            Field("filler_1", 33, 39, confidence="inferred"),
            Field(
                "deliverability_code",
                40,
                40,
                "A",
                rows.OLD_NIXIE_CODES,
                "deliverability_nixie",
                confidence="inferred",
            ),
            *shifted(SITE, 0, confidence="inferred"),
            Field("filler_2", 44, 209, confidence="inferred"),
            Field("old_zip_code", 210, 214, "N", confidence="inferred"),
            Field("filler_3", 215, 412, confidence="inferred"),
            *shifted(rows.FEE_NOTIFICATION, -26, confidence="inferred"),
            Field("filler_4", 414, 426, confidence="inferred"),
            NIXIE_CLASS,
            *_barcode_tail("inferred", ("filler_5", "filler_6")),
        ),
    ),
)
