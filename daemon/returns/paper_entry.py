"""One return on paper as it was entered: a key, and why the piece came back or where the addressee has moved to."""

from __future__ import annotations

import re
from datetime import date
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from daemon.errors import UsageError
from daemon.returns.paper_key import Found
from daemon.returns.paper_printed import Printed
from schemas.codes import DELIVERABILITY_COA, DELIVERABILITY_NIXIE
from schemas.notice import ON_PAPER, NewAddress, Notice

LETTERS: Final = "AEILMNPQRSUVKG"  # those that a yellow label or a card can say
MOVE_TYPES: Final = MappingProxyType({"individual": "I", "family": "F", "business": "B"})
PRICE: Final = "manual_notice"

_COA: Final = ("K", "G")
_CODES: Final = {letter: (DELIVERABILITY_COA if letter in _COA else DELIVERABILITY_NIXIE)[letter] for letter in LETTERS}
WORDS: Final = MappingProxyType(
    {code.reason.replace("_", "-"): letter for letter, code in _CODES.items()}
    | {"box-closed": "G", "forwarding-expired": "Q", "not-deliverable-as-addressed": "Q"}
)
_ZIP: Final = re.compile(r"([0-9]{5})(?:[ -]?([0-9]{4}))?", re.ASCII)
_STATE: Final = re.compile(r"[A-Z]{2}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST: Final = 100


class FieldError(UsageError):
    """Something that was typed is not what it should be. ``field`` says what; it is not quoted."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class Entry(NamedTuple):
    """One return on paper. ``line`` is where it stands in its file or session."""

    line: int
    key: str  # as it was scanned or typed
    code: str  # of the reason; "" with a new address
    new: NewAddress | None
    move_type: str  # F, I, B; "" with a reason, or where the record's own name says it
    moved: str  # move date, a day or a month; "" where it was not given
    on: str  # the day the piece came back
    old_zip: str  # of the piece, where it is not the one we think

    @property
    def said(self) -> str:
        """Return what came back says, in a word or two."""
        return "moved" if self.new is not None else _CODES[self.code].meaning


def reason_code(text: str) -> str:
    """Return the letter of a reason, which is given as a letter or in words.

    Raises:
        FieldError: nobody knows the reason.

    >>> reason_code("v"), reason_code("Vacant"), reason_code("moved left no address"), reason_code("box-closed")
    ('V', 'V', 'K', 'G')
    """
    letter = text.strip().upper()
    if len(letter) == 1 and letter in LETTERS:
        return letter
    known = WORDS.get("-".join(re.split(r"[\s_,-]+", text.strip().lower())))
    if known is None:
        raise FieldError("reason", f"is none we know; give one of the letters {' '.join(LETTERS)}, or its words")
    return known


def entry_of(line: int, today: str, values: dict[str, str]) -> Entry:
    """Return an entry from what was typed or read, each by its name; what is blank was not given.

    Args:
        values: ``key``; ``reason``, or ``address1``, ``city``, ``state``, ``zip5`` and perhaps ``zip4``,
            ``urbanization``, ``move_type``, ``moved``; ``on`` (today, if not given) and ``old_zip``.

    Raises:
        FieldError: a field is missing, or not what it should be; both a reason and an address, or neither.
    """
    given = {name: " ".join(_plain(name, text).split()) for name, text in values.items() if text.strip()}
    on = _day(given.get("on", today), "on")
    if on > today:
        raise FieldError("on", "is a day that has not come")
    old_zip = given.get("old_zip", "")
    if old_zip:
        old_zip = _zip("old_zip", old_zip)[0]
    place = ("address1", "city", "state", "zip5", "zip4", "urbanization", "move_type", "moved")
    moves = [name for name in place if name in given]
    if "reason" in given:
        if moves:
            raise FieldError(moves[0], "a piece came back either for a reason or with a new address, not both")
        code = reason_code(given["reason"])
        return Entry(line, values["key"], code, None, "", "", on, old_zip)
    if not moves:
        raise FieldError("reason", "say why the piece came back, or give the new address")
    move_type = given.get("move_type", "").lower()
    if move_type and move_type not in MOVE_TYPES and move_type.upper() not in MOVE_TYPES.values():
        raise FieldError("move_type", f"is one of {', '.join(MOVE_TYPES)}")
    return Entry(
        line,
        values["key"],
        "",
        new_address(given),
        MOVE_TYPES.get(move_type, move_type.upper()),
        _date(given["moved"], "moved") if "moved" in given else "",
        on,
        old_zip,
    )


def new_address(given: dict[str, str]) -> NewAddress:
    """Return the new address of a yellow label, in capitals, as the USPS writes it.

    Raises:
        FieldError: a part is missing, or no state or ZIP.
    """
    for name in ("address1", "city", "state", "zip5"):
        if name not in given:
            raise FieldError(name, "is missing; a new address has address1, city, state and zip5")
    zip5, zip4 = _zip("zip5", given["zip5"])
    zip4 = given.get("zip4", zip4)
    if zip4 and not (len(zip4) == 4 and zip4.isascii() and zip4.isdigit()):
        raise FieldError("zip4", "has four digits")
    state = given["state"].upper()
    if not _STATE.fullmatch(state):
        raise FieldError("state", "has two letters")
    upper = {name: given.get(name, "").upper() for name in ("address1", "city", "urbanization")}
    return NewAddress(upper["address1"], upper["urbanization"], upper["city"], state, zip5, zip4, "", False)


def notice_of(entry: Entry, found: Found, piece: Printed, charge: int) -> Notice:
    """Return what an entry says, as the record of a return file would say it.

    The piece bears the addressee's own name, so the notice does; a record with a company and no last name is moved as
    a business where nothing else is said. The old address is the piece's.
    """
    coa = entry.new is not None or entry.code in _COA
    person = found.person
    move_type = entry.move_type
    if coa and not move_type:
        move_type = "B" if person.company and not person.last_name else "I"
    business = move_type == "B"
    return Notice(
        line=entry.line,
        kind="coa" if coa else "nixie",
        sequence=entry.line,
        account=found.account,
        key=found.key,
        code=entry.code,
        move_type=move_type if coa else "",
        move_date=entry.moved,
        fulfilled=entry.on,
        prefix="",
        first_name="" if business else person.first_name,
        last_name="" if business else person.last_name,
        suffix="" if business else person.suffix,
        company=person.company if business else "",
        old_number=piece.number if coa else "",
        old_address1=piece.address1 if coa else "",
        old_city=piece.city if coa else "",
        old_state=piece.state if coa else "",
        old_zip=piece.zip5,
        new=entry.new,
        charge=charge,
        mail_class="",
        type_of_acs=ON_PAPER,
    )


def kept_values(entry: Entry) -> dict[str, Any]:
    """Return an entry as a session keeps it; without its line, which the session's file gives."""
    fields = entry._asdict()
    del fields["line"]
    fields["new"] = entry.new._asdict() if entry.new else None
    return fields


def kept_entry(line: int, values: dict[str, Any]) -> Entry:
    """Return the entry that :func:`kept_values` took apart."""
    new = values["new"]
    return Entry(line, **{**values, "new": NewAddress(**new) if new else None})


def _plain(name: str, text: str) -> str:
    if name != "key" and (_UNPRINTABLE.search(text.strip()) or len(text) > _LONGEST):
        raise FieldError(name, "has a control character, or is far too long")
    return text


def _zip(name: str, text: str) -> tuple[str, str]:
    match = _ZIP.fullmatch(text)
    if match is None or not match[1].strip("0"):
        raise FieldError(name, "is no ZIP: five digits, or nine")
    return match[1], match[2] or ""


def _day(text: str, field: str) -> str:
    if len(text) != 10:
        raise FieldError(field, "is no date; write it as YYYY-MM-DD")
    return _date(text, field)


def _date(text: str, field: str) -> str:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", text, re.ASCII):
            day = date.fromisoformat(text if len(text) == 10 else f"{text}-01")
            if 1900 <= day.year <= 2199:
                return text
    except ValueError:
        pass
    raise FieldError(field, "is no date; write it as YYYY-MM-DD, or YYYY-MM where only the month is known")
