"""Cut one record into a notice: only the fields a decision or a report needs, nothing kept between records."""

from __future__ import annotations

from collections.abc import Callable

from daemon.intake.fields import Dates, FeesOf, account_and_key
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE
from schemas.errors import RecordError
from schemas.layout import Family, Layout
from schemas.notice import Kind, NewAddress, Notice

NOTHING = slice(0, 0)  # where a layout has no such field

WITHOUT_ADDRESS = ("G", "K", "W")  # codes that never bring a new address, whatever stands in its fields

# Our name of a field, and the names the layouts give it, the first that is there.
SEQUENCE = ("sequence_number",)
ACCOUNT = ("acs_mailer_id", "participant_code", "mailer_id_9")
SPARE_ACCOUNT = ("mailer_id_6",)
KEY = ("keyline_sequence_serial_number", "keyline", "mailpiece_identifier")
BARCODE = ("intelligent_mail_barcode",)

_BOTH = (
    SEQUENCE,
    ACCOUNT,
    SPARE_ACCOUNT,
    KEY,
    BARCODE,
    ("deliverability_code",),
    ("fulfillment_date",),
    ("old_zip_code",),
    ("notification_type",),
    ("type_of_acs",),
)
_COA = (
    "move_effective_date",
    "move_type",
    "last_name",
    "first_name",
    "name_prefix",
    "name_suffix",
    "old_primary_number",
    "old_pre_directional",
    "old_street_name",
    "old_street_suffix",
    "old_post_directional",
    "old_unit_designator",
    "old_secondary_number",
    "old_city",
    "old_state",
    "new_address_type",
    "new_pmb",
    "new_urbanization",
    "new_primary_number",
    "new_pre_directional",
    "new_street_name",
    "new_street_suffix",
    "new_post_directional",
    "new_unit_designator",
    "new_secondary_number",
    "new_city",
    "new_state",
    "new_zip_code",
    "new_plus4_code",
    "new_address_label",
)
_NOT_NEEDED = ("notification_type", "type_of_acs", "intelligent_mail_barcode")


def place(layout: Layout, *names: str) -> slice:
    """Return where the first of these fields stands that the layout has, or an empty place."""
    return next((layout[name].slice for name in names if name in layout), NOTHING)


def _delivery_point(layout: Layout) -> slice:
    """Return the two digits of the delivery point; 427 and 559 follow them with a check digit."""
    start = place(layout, "new_delivery_point", "new_dpbc").start
    return slice(start, start + 2)


def pairs_place(layout: Layout) -> slice:
    """Return where the six product pairs stand, or an empty place."""
    return layout.span("product_code_1", "product_code_fee_6") if "product_code_1" in layout else NOTHING


def needed(layout: Layout) -> tuple[str, ...]:
    """Return the names of the fields that must be readable for a decision.

    The barcode is among them only where it stands in for a blank account or key.
    """
    wanted = {"coa_nixie_flag", "new_delivery_point", "new_dpbc", *_COA, *(name for names in _BOTH for name in names)}
    return tuple(row.name for row in layout.fields if row.name in wanted and row.name not in _NOT_NEEDED)


def kind_by_code(code: str, move_date: str, move_type: str) -> Kind:
    """Return what a record of a layout without a flag is.

    By its code; where no table has the code, a record with a move date or type is a COA.
    """
    if code in DELIVERABILITY_COA:
        return "coa"
    if code in DELIVERABILITY_NIXIE or not (move_date.strip("0 ") or move_type.strip()):
        return "nixie"
    return "coa"


class Cutter:
    """Cuts records of one family.

    Args:
        created: the header's create date, the fulfillment date of layouts that have none.
    """

    def __init__(self, family: Family, created: str) -> None:
        coa, nixie = family.coa, family.nixie
        both = [place(coa, *names) for names in _BOTH]
        self._coa: Callable[[str], tuple[str, ...]] = coa.picker(
            *both, _delivery_point(coa), coa.span("last_name", "name_suffix"), *_COA
        )
        self._nixie: Callable[[str], tuple[str, ...]] = nixie.picker(*(place(nixie, *names) for names in _BOTH))
        self._flag = place(coa, "coa_nixie_flag")
        self._pairs = pairs_place(coa)
        self._kind_fields = coa.picker("deliverability_code", "move_effective_date", "move_type")
        self._created = "" if "fulfillment_date" in coa else created
        self._dates = Dates()
        self._fees = FeesOf()

    def kind(self, text: str) -> Kind:
        """Return what a record is.

        Raises:
            RecordError: ``bad_record_type``, the flag says neither.
        """
        flag = text[self._flag]
        if flag == "C":
            return "coa"
        if flag == "N":
            return "nixie"
        if flag:
            raise RecordError("coa_nixie_flag", "bad_record_type")
        code, move_date, move_type = self._kind_fields(text)
        return kind_by_code(code.strip(), move_date, move_type)

    def notice(self, text: str, line: int) -> Notice:
        """Return what one record of the family's length says.

        Raises:
            RecordError: the record is one that the first pass rejected.
        """
        flag = text[self._flag]  # most records say what they are in one letter
        if flag == "C" or (flag != "N" and self.kind(text) == "coa"):
            return self._moved(text, line)
        return self._returned(text, line)

    def _returned(self, text: str, line: int) -> Notice:
        (sequence, account, spare, key, barcode, code, fulfilled, old_zip, mail_class, type_of_acs) = map(
            str.strip, self._nixie(text)
        )
        account, key = account_and_key(account, spare, key, barcode)
        return Notice(
            line,
            "nixie",
            _sequence(sequence),
            account,
            key,
            code,
            "",
            "",
            self._date(fulfilled, "fulfillment_date") or self._created,
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            old_zip,
            None,
            self._fees[text[self._pairs]].mills,
            mail_class if mail_class.isalnum() else "",
            type_of_acs if type_of_acs.isalnum() else "",
        )

    def _date(self, text: str, field: str) -> str:
        value = self._dates[text]
        if value is None:
            raise RecordError(field)
        return value

    def _moved(self, text: str, line: int) -> Notice:
        (
            sequence,
            account,
            spare,
            key,
            barcode,
            code,
            fulfilled,
            old_zip,
            mail_class,
            type_of_acs,
            delivery_point,
            company,
            move_date,
            move_type,
            last_name,
            first_name,
            prefix,
            suffix,
            old_number,
            old_pre,
            old_street,
            old_suffix,
            old_post,
            old_unit,
            old_secondary,
            old_city,
            old_state,
            new_type,
            pmb,
            urbanization,
            number,
            pre,
            street,
            street_suffix,
            post,
            unit,
            secondary,
            city,
            state,
            zip5,
            zip4,
            label,
        ) = map(str.strip, self._coa(text))
        account, key = account_and_key(account, spare, key, barcode)
        if move_type == "B":
            last_name = first_name = prefix = suffix = ""
        else:
            company = ""
        new: NewAddress | None = None
        if code not in WITHOUT_ADDRESS:
            # Zeros in an optional number say the same as blanks: not given.
            zip5, zip4 = zip5 if zip5.strip("0") else "", zip4 if zip4.strip("0") else ""
            if not zip4 and delivery_point == "00":
                delivery_point = ""
            address1 = label or joined(number, pre, street, street_suffix, post, unit, secondary)
            if pmb:
                address1 = with_pmb(address1, pmb)
            new = NewAddress(address1, urbanization, city, state, zip5, zip4, delivery_point, new_type == "F")
            if code and new == NOWHERE:
                new = None
        return Notice(
            line,
            "coa",
            _sequence(sequence),
            account,
            key,
            code,
            move_type,
            self._date(move_date, "move_effective_date"),
            self._date(fulfilled, "fulfillment_date") or self._created,
            prefix,
            first_name,
            last_name,
            suffix,
            company,
            old_number,
            joined(old_number, old_pre, old_street, old_suffix, old_post, old_unit, old_secondary),
            old_city,
            old_state,
            old_zip,
            new,
            self._fees[text[self._pairs]].mills,
            mail_class if mail_class.isalnum() else "",
            type_of_acs if type_of_acs.isalnum() else "",
        )


NOWHERE = NewAddress("", "", "", "", "", "", "", False)


def joined(*parts: str) -> str:
    """Return the parts that are filled, with single blanks between all words."""
    return " ".join(" ".join(parts).split())


def with_pmb(address1: str, pmb: str) -> str:
    """Return an address line with its private mailbox at the end, once.

    >>> with_pmb("10 MAIN ST", "45"), with_pmb("10 MAIN ST PMB 45", "PMB 45")
    ('10 MAIN ST PMB 45', '10 MAIN ST PMB 45')
    """
    words = pmb.upper().replace("#", " ").split()
    number = " ".join(words[1:] if words[:1] == ["PMB"] else words).removeprefix("PMB")
    if not number or f" PMB {number} " in f" {joined(address1.upper().replace('#', ' '))} ":
        return address1
    return f"{address1} PMB {number}".strip()


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise RecordError("sequence_number")
    return int(text)
