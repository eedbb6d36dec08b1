"""Rows that several ACS layouts share, at the positions SingleSource has them.

A layout that has the same run elsewhere takes it `shifted`, so no field stands twice.
Source: USPS, ACS File Format Technical Guide Version 2, COA and nixie records; USPS
Publication 8A, "ACS Fulfillment Record Fields". Rows the guide's readable part does not
print rest on public programs that read real files; ``confidence`` says which.
"""

from __future__ import annotations

from schemas.layout import Field

MAIL_CLASSES = ("A", "B", "C", "D", "E", "F")
NIXIE_CODES = ("A", "E", "I", "L", "M", "N", "P", "Q", "R", "S", "U", "V")
OLD_NIXIE_CODES = tuple(sorted((*NIXIE_CODES, "B", "D", "X")))
OLD_TYPES = ("G", "H", "P", "R", "S", "V", "X", "")
FEE_MARKS = ("E", "1", "2", "3", "")

NAME = (
    Field("last_name", 50, 69, note="move type B: the four name fields (47 characters) hold one business name"),
    Field("first_name", 70, 84, note="first name followed by middle name or initial"),
    Field("name_prefix", 85, 90),
    Field("name_suffix", 91, 96),
)

OLD_ADDRESS = (
    Field("old_address_type", 97, 97, "A", OLD_TYPES, "address_type", blank_ok=True),
    Field("old_urbanization", 98, 125),
    Field("old_primary_number", 126, 135),
    Field("old_pre_directional", 136, 137, "A"),
    Field("old_street_name", 138, 165),
    Field("old_street_suffix", 166, 169, "A"),
    Field("old_post_directional", 170, 171, "A"),
    Field("old_unit_designator", 172, 175),
    Field("old_secondary_number", 176, 185),
    Field("old_city", 186, 213),
    Field("old_state", 214, 215, "A"),
    Field("old_zip_code", 216, 220, "N"),
)

NEW_TYPE = (Field("new_address_type", 221, 221, "A", ("F", *OLD_TYPES), "address_type", blank_ok=True),)

NEW_PMB = (Field("new_pmb", 222, 229, blank_ok=True, note="private mailbox"),)

NEW_ADDRESS = (
    Field("new_urbanization", 230, 257),
    Field("new_primary_number", 258, 267),
    Field("new_pre_directional", 268, 269, "A"),
    Field("new_street_name", 270, 297),
    Field("new_street_suffix", 298, 301, "A"),
    Field("new_post_directional", 302, 303, "A"),
    Field("new_unit_designator", 304, 307),
    Field("new_secondary_number", 308, 317),
    Field("new_city", 318, 345),
    Field("new_state", 346, 347, "A"),
    Field("new_zip_code", 348, 352, "N", blank_ok=True),
)

NEW_PLUS4 = (
    Field("new_zip_hyphen", 353, 353, values=("-", "")),
    Field("new_plus4_code", 354, 357, "N", blank_ok=True),
)

NEW_LABEL = (Field("new_address_label", 373, 438, note="the new delivery line formatted as one label line"),)

FEE_NOTIFICATION = (Field("fee_notification", 439, 439, values=FEE_MARKS, table="fee_notification"),)

MAIL_CLASS = (Field("notification_type", 440, 440, "A", MAIL_CLASSES, "notification_type"),)

BARCODE = (
    Field(
        "intelligent_mail_barcode",
        441,
        471,
        blank_ok=True,
        note="digits, left-justified; short routing leaves blanks",
    ),
)

PACKAGE_BARCODE = (Field("intelligent_mail_package_barcode", 472, 506, blank_ok=True),)


def product_pairs(start: int) -> tuple[Field, ...]:
    """Return the six pairs of product code and fee, twelve characters each; a blank or zero pair is unused."""
    rows: list[Field] = []
    for number in range(1, 7):
        at = start + 12 * (number - 1)
        rows.append(Field(f"product_code_{number}", at, at + 5, "N", blank_ok=True))
        rows.append(Field(f"product_code_fee_{number}", at + 6, at + 11, "N", implied_decimals=2, blank_ok=True))
    return tuple(rows)
